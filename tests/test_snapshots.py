"""The file of a snapshot: what is read, what is refused and where."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.indicators import laid
from builder.indicators.places import place
from builder.indicators.snapshots import examine, parse
from builder.indicators.spelling import checksum, document, text_of, write
from builder.indicators.store import Block, Snapshot
from builder.problems import BuildFailed
from builder.values import Period
from tests.numbers_world import START, block, blocks, head, libraries, snapshot

Change = Callable[[dict[str, Any]], object]


def good() -> dict[str, Any]:
    add = block([[5.1, None, 3], [0, 2.25, 1e6]], ["2026-07", "2026-08", "2026-09"], ["990000", "990100"], marks={(0, 1): "none", (1, 0): "level"})  # fmt: skip
    fix = block([[5.0]], ["2026-06"], action="correct", reason="依据年报修订")
    out = block([[None]], ["2026-05"], action="withdraw", reason="来源撤回数据")
    return document(head(), [add, fix, out])


def told(made: dict[str, Any], stamp: bool = True) -> list[tuple[str, str]]:
    """(code, place) of every problem of a document."""
    text = text_of({**made, "checksum": checksum(made)} if stamp else made)
    return [(p.code, str(p.where)) for p in examine(text, "s.json")[1]]


def test_what_is_written_is_read_and_written_again_the_same() -> None:
    text = text_of(good())
    snapshot = parse(text)
    assert snapshot.vintage.release.isoformat() == "2026-10-18T10:00:00+08:00"
    assert snapshot.vintage.source == "示例数据"
    first, fix, out = snapshot.blocks
    assert np.array_equal(first.values, [[5.1, np.nan, 3], [0, 2.25, 1e6]], equal_nan=True)
    assert first.marks == {(0, 1): "none", (1, 0): "level"}
    assert (fix.action, fix.reason, out.action) == ("correct", "依据年报修订", "withdraw")
    assert write(head(), snapshot.blocks) == text
    assert json.loads(text) == good()


def clean(found: Block) -> bool:
    """Whether a file may hold such a block at all."""
    held = found.action == "withdraw" or not np.isnan(found.values).all() or bool(found.marks)
    return held and all((m == "none") == np.isnan(found.values[at]) for at, m in found.marks.items())  # fmt: skip


@given(blocks().filter(clean))
def test_any_good_block_survives_its_file(found: Block) -> None:
    text = write(head(), [found])
    (again,) = parse(text).blocks
    assert np.array_equal(again.values, found.values, equal_nan=True)
    assert (again.periods, again.regions, again.marks) == (found.periods, found.regions, found.marks)  # fmt: skip
    assert write(head(), [again]) == text


def _set(*path: Any) -> Change:
    *steps, last, value = path

    def change(made: dict[str, Any]) -> None:
        here: Any = made
        for step in steps:
            here = here[step]
        here[last] = value

    return change


def _drop(key: str) -> Change:
    return lambda made: made.pop(key)


WRONG: dict[str, tuple[Change, str, str]] = {
    "format": (_set("format", "weike-snapshot/2"), "SNP002", "s.json:2:2"),
    "missing": (_drop("approver"), "SNP002", "s.json:1:1"),
    "no zone": (_set("release", "2026-10-18T10:00:00"), "SNP002", "s.json:7:2"),
    "other zone": (_set("release", "2026-10-18T02:00:00+00:00"), "SNP002", "s.json:7:2"),
    "no such day": (_set("release", "2026-02-30T10:00:00+08:00"), "SNP002", "s.json:7:2"),
    "other digits": (_set("release", "２026-10-18T10:00:00+08:00"), "SNP002", "s.json:7:2"),
    "one person": (_set("approver", " 甲".strip()), "SNP006", "s.json:9:2"),
    "one person, wide": (lambda m: m.update(author="Li Lei", approver="ｌｉ lei"), "SNP006", ""),
    "no source": (_set("sources", []), "SNP002", "s.json:10:2"),
    "hidden sign": (_set("title", "数\u202e据"), "SNP002", "s.json:4:2"),
    "half a character": (_set("note", "\ud800"), "SNP002", ""),
    "id": (_set("id", "../x"), "SNP002", "s.json:3:2"),
    "action": (_set("blocks", 0, "action", "replace"), "SNP002", "s.json:13:4"),
    "measure": (_set("blocks", 0, "measure", "yoyo"), "SNP002", "s.json:15:4"),
    "indicator": (_set("blocks", 0, "indicator", "CPI"), "SNP002", "s.json:14:4"),
    "period": (_set("blocks", 0, "periods", 1, "2026-13"), "SNP002", "s.json:16:27"),
    "period twice": (_set("blocks", 0, "periods", 1, "2026-07"), "SNP004", "s.json:16:27"),
    "region twice": (_set("blocks", 0, "regions", 1, "990000"), "SNP004", "s.json:17:26"),
    "an enterprise": (_set("blocks", 0, "regions", 1, "91110000802100433B"), "SNP002", "s.json:17:26"),
    "text for a number": (_set("blocks", 0, "values", 1, 2, "3.0"), "SNP002", "s.json:20:15"),
    "truth for a number": (_set("blocks", 0, "values", 1, 2, True), "SNP002", "s.json:20:15"),
    "too few rows": (_set("blocks", 0, "values", [[1, 2, 3]]), "SNP002", "s.json:18:4"),
    "too few numbers": (_set("blocks", 0, "values", 0, [1, 2]), "SNP002", "s.json:19:5"),
    "far too large": (_set("blocks", 0, "values", 0, 0, 1e15), "SNP002", "s.json:19:6"),
    "huge": (_set("blocks", 0, "values", 0, 2, 10**400), "SNP002", "s.json:19:17"),
    "mark outside": (_set("blocks", 0, "marks", {"2,0": "none"}), "SNP002", "s.json:22:14"),
    "mark unknown": (_set("blocks", 0, "marks", {"0,0": "withdrawn"}), "SNP002", ""),
    "none with a number": (_set("blocks", 0, "marks", {"0,0": "none"}), "SNP002", ""),
    "level with a number": (_set("blocks", 0, "marks", {"0,0": "level"}), "SNP002", ""),
    "preliminary nothing": (_set("blocks", 0, "marks", {"0,1": "preliminary"}), "SNP002", ""),
    "combined in July": (_set("blocks", 0, "marks", {"0,0": "combined"}), "SNP002", ""),
    "correct, no reason": (lambda m: m["blocks"][1].pop("reason"), "SNP002", ""),
    "withdraw, no reason": (_set("blocks", 2, "reason", "  "), "SNP002", ""),
    "withdraw with a number": (_set("blocks", 2, "values", [[1]]), "SNP002", ""),
    "no numbers": (_set("blocks", 1, "values", [[None]]), "SNP002", ""),
    "no blocks": (_set("blocks", []), "SNP002", "s.json:11:2"),
    "a cell in two blocks": (_set("blocks", 1, "periods", ["2026-07"]), "SNP004", ""),
    "a cell told and withdrawn": (_set("blocks", 2, "periods", ["2026-09"]), "SNP004", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_at_its_place(name: str) -> None:
    change, code, where = WRONG[name]
    made = good()
    change(made)
    found = told(made, stamp="\ud800" not in made.get("note", ""))
    assert [c for c, _ in found] == [code]
    assert not where or found[0][1] == where


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('"note"', '"notes"', "s.json:11:2"),
        ('"measure"', '"measur"', "s.json:16:4"),
        ('"blocks": [', '"blocks": ["text",', "s.json:12:13"),
        ('"blocks": [', '"block": [', "s.json:12:2"),
    ],
)
def test_what_does_not_belong_is_told_at_its_place(old: str, new: str, where: str) -> None:
    text = text_of({**good(), "note": "基数调整"}).replace(old, new, 1)
    found = examine(text, "s.json")[1]
    assert {p.code for p in found} == {"SNP002"}
    assert where in [str(p.where) for p in found]


def test_a_changed_number_is_noticed_by_the_checksum() -> None:
    text = text_of(good()).replace("5.1", "5.2", 1)
    (problem,) = examine(text, "s.json")[1]
    assert (problem.code, problem.where.line) == ("SNP003", text.count("\n") - 1)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("[]", 1),
        ('{"a": 1,\n "a": 2}', 2),
        ('{"b": {},\n "c": [{"a": 1}, {"a": 2,\n "a": 3}]}', 3),
        ('{"blocks": [NaN]}', 1),
        ('{"blocks": [-Infinity]}', 1),
        ('{"a": ' + "[" * 100_000, 1),
        ('{"a": ' + "9" * 5000 + "}", 1),
        ('{"a": 1,\n\n b}', 3),
    ],
    ids=range(9),
)
def test_what_is_no_such_json_is_one_placed_problem(text: str, line: int) -> None:
    snapshot, (problem,) = examine(text, "s.json")
    assert snapshot is None
    assert (problem.code, problem.where.line) == ("SNP002", line)


def test_nan_written_as_a_number_beyond_all_is_refused() -> None:
    text = text_of(good()).replace("5.1", "1e999", 1)
    assert [p.code for p in examine(text)[1]] == ["SNP002"]
    with pytest.raises(BuildFailed):
        parse(text)


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    (problem,) = examine("[" * (16 * 1024 * 1024 + 1))[1]
    assert problem.code == "FIL001"


@given(st.integers(0, 10_000), st.text('0123456789[]{}",:\n nulltrue.eE-+\\a\ud800中', max_size=6))
def test_whatever_happens_to_a_file_there_is_no_traceback(at: int, instead: str) -> None:
    text = text_of(good())
    at %= len(text)
    snapshot, problems = examine(text[:at] + instead + text[at + 3 :], "s.json")
    assert (snapshot is None) == bool(problems)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(json_values, st.sampled_from([None, 2]), st.data())
def test_a_place_is_where_the_value_stands(value: Any, indent: int | None, data: Any) -> None:
    text = json.dumps(value, indent=indent)
    path: list[str | int] = []
    here = value
    while isinstance(here, dict | list) and here and data.draw(st.booleans()):
        step = data.draw(
            st.sampled_from([*here] if isinstance(here, dict) else [*range(len(here))])
        )
        path, here = [*path, step], here[step]
    line, column = place(text, path)
    shown = "\n".join(text.split("\n")[line - 1 :])[column - 1 :]
    wanted = json.dumps(path[-1]) if path and isinstance(path[-1], str) else json.dumps(here, indent=indent)  # fmt: skip
    assert shown.startswith(wanted.split("\n")[0])


def test_three_hundred_thousand_numbers_are_read_in_half_a_second() -> None:
    rng = np.random.default_rng(7)
    months = tuple(Period.parse("2021-01").back(-n) for n in range(60))
    regions = tuple(f"99{n:04d}" for n in range(100))
    tables = [
        Block("add", f"i{n}", "yoy", months, regions, np.round(rng.normal(5, 3, (100, 60)), 1))
        for n in range(50)
    ]
    text = write(head(), tables)
    started = perf_counter()
    snapshot = parse(text)
    took = perf_counter() - started
    assert sum(b.values.size for b in snapshot.blocks) == 300_000
    assert took < 0.5


# --- over the whole library -------------------------------------------------------------------------


@given(libraries())
def test_quarrels_are_those_that_a_dict_finds(snapshots: list[Snapshot]) -> None:
    state: dict[Any, str] = {}
    wrong = set()
    for one in laid.ordered(snapshots):
        before = dict(state)
        for number, part in enumerate(one.blocks):
            for row, region in enumerate(part.regions):
                for column, period in enumerate(part.periods):
                    cell = part.indicator, part.measure, region, period
                    at = row, column
                    if (
                        part.action != "withdraw"
                        and np.isnan(part.values[at])
                        and at not in part.marks
                    ):
                        continue
                    was = before.get(cell, "")
                    bad = {"add": was == "held", "correct": not was, "withdraw": was != "held"}
                    if bad[part.action]:
                        wrong.add((one.vintage.id, number, row * len(part.periods) + column))
                    state[cell] = "gone" if part.action == "withdraw" else "held"
    assert {(q.snapshot, q.block, q.cell) for q in laid.quarrels(snapshots)} == wrong


@pytest.mark.parametrize("text", ["20２６-09", "2026-0９", "2026-09\n", "2026-Q５", "٢٠٢٦"])
def test_periods_are_written_in_plain_figures(text: str) -> None:
    with pytest.raises(ValueError, match="要写成"):
        Period.parse(text)


def _for(audience: str, one: Snapshot) -> Snapshot:
    return replace(one, vintage=replace(one.vintage, audience=audience))


@pytest.mark.parametrize("action", ["correct", "withdraw"])
def test_what_the_public_knows_is_not_changed_for_those_inside_alone(action: str) -> None:
    value = None if action == "withdraw" else 5.2
    change = block([[value]], ["2026-09"], action=action, reason="依据更正")
    released = _for("public", snapshot("a", block([[5.1]], ["2026-09"])))
    later = START + timedelta(hours=1)
    good = _for("public", snapshot("b", change, release=later))
    assert not laid.quarrels([released, good])
    quiet = _for("intranet", snapshot("b", change, release=later))
    ((name, fault),) = laid.faults([released, quiet])
    assert name == "b"
    assert "给“public”发布的" in fault.message
    assert "public" in fault.action


def test_what_those_inside_knew_first_is_withdrawn_there_and_then_released() -> None:
    inside = _for("intranet", snapshot("a", block([[5.1]], ["2026-09"])))
    gone = block([[None]], ["2026-09"], action="withdraw", reason="正式发布")
    soon, hour = START + timedelta(seconds=59), START + timedelta(seconds=60)
    withdrawn = _for("intranet", snapshot("b", gone, release=soon))
    released = _for("public", snapshot("c", block([[5.2]], ["2026-09"]), release=hour))
    assert not laid.quarrels([inside, withdrawn, released])
    ((_, fault),) = laid.faults([inside, released])
    assert "给“intranet”的快照撤回" in fault.action
