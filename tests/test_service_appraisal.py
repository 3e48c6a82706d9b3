"""An appraisal: the same facts give the same list, nobody decides alone, and nobody sees it too early."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import httpx2 as httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table

from builder.bundle import Artefact, manifest, stage
from service.appraisal.facts import log
from service.appraisal.reckoning import reckon, shown
from service.appraisal.rules import Item, Refused, Rules, parse
from service.roles import CITY, EDITOR, LEADER
from service.store import alarms, appraisal, contest, questions
from service.store.columns import added
from service.store.engine import Connection
from tests.conftest import ROOT
from tests.service_world import World, world

RULES = """\
slug: nian-2026
title: 2026年度考评
sample: true
first: 2026-01-01
last: 2026-12-31
units: [divisions]
office: bgs
without: [bgs]
items:
  - {id: ke, name: 微课, counts: entries, kinds: [lesson], points: 2, most: 5}
  - {id: da, name: 答复, counts: answers, points: 20, most: 20, least: 2, few: 10}
  - {id: xun, name: 培训, counts: handed, points: 1.5, most: 6}
  - {id: ping, name: 专家评分, counts: panel, contest: pingshen, points: 30, most: 30}
"""
ORGS = [
    {"id": "bgs", "name": "办公室", "city": False},
    {"id": "gyc", "name": "工业处", "city": False},
    {"id": "nyc", "name": "能源处", "city": False},
    {"id": "jiazhou", "name": "甲州市", "city": True},
]
PAGES = [
    {"id": f"lesson:k/{n}", "kind": "lesson", "division": "gyc", "published": f"2026-0{n}-01"}
    for n in range(1, 5)
] + [
    {"id": "lesson:k/alt", "kind": "lesson", "division": "nyc", "published": "2025-12-31"},
    {"id": "faq:nyc/x", "kind": "faq", "division": "nyc", "published": "2026-02-01"},
    {"id": "lesson:k/neu", "kind": "lesson", "division": "nyc", "published": "2026-12-31"},
]


def bundle(folder: Path) -> Path:
    files = {"data/orgs.json": ORGS, "data/entries.json": PAGES}
    lines = stage(
        (Artefact(p, json.dumps(told).encode(), "application/json") for p, told in files.items()),
        folder,
    )
    (folder / "manifest.json").write_bytes(manifest({"edition": "intranet", "now": "x"}, lines))
    return folder


@pytest.fixture
def running(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "data", bundle=bundle(tmp_path / "dist")) as found:
        yield found


class People:
    def __init__(self, found: World) -> None:
        self.office, self.second = found.signed(EDITOR, org="bgs"), found.signed(EDITOR, org="bgs")
        self.gyc, self.nyc = found.signed(EDITOR, org="gyc"), found.signed(EDITOR, org="nyc")
        self.city, self.leader = found.signed(CITY, org="jiazhou"), found.signed(LEADER)


def version(browser: httpx.Client) -> str:
    found = re.search(r'name="version" value="(\d+)"', browser.get(AT).text)
    return found[1] if found else "1"


def step(browser: httpx.Client, what: str) -> int:
    return browser.post(f"{AT}/{what}", data={"version": version(browser)}).status_code


AT = "/appraisals/nian-2026"


def opened(found: World, text: str = RULES) -> People:
    who = People(found)
    done = who.office.post("/appraisals", files={"rules": ("r.yml", text.encode())})
    assert done.status_code == 303, done.text
    return who


def ask(found: World, host: str, due: int, answered: int) -> None:
    def put(connection: Connection) -> None:
        number = questions.add(
            connection, number=f"{host}{due}{answered}", secret="s", state="x", text="t", made=1
        )
        questions.change(connection, number, 1, host=host, first_due=due, answered=answered)

    found.desk.store.write(put)


IN_2026 = 1_780_000_000_000


def test_a_whole_year(running: World) -> None:
    who = opened(running)
    for answered in (IN_2026, IN_2026 + 1, 0):  # in time, late, never
        ask(running, "gyc", IN_2026, answered)
    ask(running, "nyc", IN_2026, 5)
    assert (
        who.gyc.post(
            f"{AT}/handed", data={"item": "xun", "many": "3", "proof": "三场培训"}
        ).status_code
        == 303
    )
    assert (
        who.nyc.post(f"{AT}/handed", data={"item": "xun", "many": "9", "proof": "九场"}).status_code
        == 303
    )
    assert step(who.office, "count") == 409  # reports are to be looked at first
    assert who.office.post(f"{AT}/handed/1", data={"right": "true"}).status_code == 303
    assert who.office.post(f"{AT}/handed/2", data={"right": "false"}).status_code == 422  # why not?
    assert (
        who.office.post(
            f"{AT}/handed/2", data={"right": "false", "reason": "没有签到表"}
        ).status_code
        == 303
    )
    assert step(who.office, "count") == 303
    assert "名次" not in who.gyc.get(AT).text
    assert who.gyc.get(f"{AT}/log.json").status_code == 403
    assert step(who.office, "show") == 303
    told = json.loads(who.gyc.get(f"{AT}/log.json").text)
    # 工业：4 lessons × 2, at most 5; 1 of 3 in time × 20; 3 × 1.5. 能源：1 lesson × 2; too few questions: 10.
    assert told["result"] == [
        ["gyc", str(Fraction(5) + Fraction(20, 3) + Fraction(9, 2)), 1],
        ["nyc", "12/1", 2],
    ]
    assert (
        who.nyc.post(f"{AT}/objections", data={"item": "xun", "text": "签到表补上了"}).status_code
        == 303
    )
    assert (
        who.office.post(f"{AT}/objections/1", data={"points": "4.5", "answer": "属实"}).status_code
        == 303
    )
    assert who.office.post(f"{AT}/objections/1/decide", data={"agreed": "true"}).status_code == 403
    assert step(who.leader, "sign") == 409  # the time to object is not over
    running.clock.forward(days=8)
    who = People(running)
    assert step(who.leader, "sign") == 409  # an objection is open
    assert who.second.post(f"{AT}/objections/1/decide", data={"agreed": "true"}).status_code == 303
    assert who.nyc.post(f"{AT}/objections", data={"item": "xun", "text": "还有"}).status_code == 409
    assert who.office.post(f"{AT}/sign", data={"version": version(who.leader)}).status_code == 403
    assert step(who.leader, "sign") == 303
    signed = json.loads(who.city.get(f"{AT}/log.json").text)
    assert [row[0] for row in signed["result"]] == ["nyc", "gyc"]
    assert who.city.get(f"{AT}/list.xlsx").content[:2] == b"PK"
    assert step(who.office, "back") == 409


def test_experts_count_through_the_contest(running: World) -> None:
    def put(connection: Connection) -> None:
        def add(into: Table, **row: object) -> int:
            return added(connection, into, **row)

        number = add(contest.contests, slug="pingshen", sha256="x", rules="", frozen=1, made=1)
        work = add(
            contest.works, contest=number, owner=1, unit="gyc", category="c", state="taken", title="t",
            summary="", story="", sealed="", agreed="", version=1, made=1, changed=1, submitted=1,
        )  # fmt: skip
        add(
            contest.rounds, contest=number, number=1, state="final", seed="", seed_from="", due=0, until=0,
            log="", places=json.dumps([{"work": work, "exact": "260/3"}]), edition=1, made=1,
        )  # fmt: skip

    who = opened(running)
    running.desk.store.write(put)
    assert step(who.office, "count") == 303
    assert step(who.office, "show") == 303
    told = json.loads(who.gyc.get(f"{AT}/log.json").text)
    assert told["facts"]["ping"] == {"gyc": ["260/3", 0]}
    assert told["result"][0] == ["gyc", str(Fraction(5) + 10 + Fraction(26)) + "/1", 1]


DONE = (
    RULES.replace("  - {id: ping", "  - {id: hui, name: 会办, counts: helped, points: 2, most: 20}\n"
    "  - {id: song, name: 报送作品, counts: works, points: 3, most: 20}\n"
    "  - {id: gai, name: 更正, counts: corrected, points: 1, most: 20}\n  - {id: ping")
)  # fmt: skip


def test_what_units_did_in_the_service_counts_by_its_day(running: World) -> None:
    first = 1_767_196_800_000  # 2026-01-01 in Beijing
    after = first + 365 * 86_400_000

    def put(connection: Connection) -> None:
        for host, moments in (("nyc", (first, first + 5)), ("nyc", (after,)), ("gyc", (first,))):
            asked = questions.add(
                connection, number=f"{host}{moments}", secret="s", state="x", text="t", made=1
            )
            questions.change(connection, asked, 1, host=host)
            for at in moments:  # said twice: one question
                questions.note(connection, asked, at, 1, "gyc", "contribute", "材料")
            questions.note(connection, asked, first, 1, "nyc", "hand-back", "不归我们")
        open_ = added(
            connection, contest.contests, slug="a", sha256="x", rules="", frozen=1, made=1
        )
        for state, at in (("taken", first), ("submitted", after - 1), ("withdrawn", first), ("draft", 0), ("taken", first - 1)):  # fmt: skip
            added(
                connection, contest.works, contest=open_, owner=1, unit="nyc", category="c", state=state, title="t",
                summary="", story="", sealed="", agreed="", version=1, made=1, changed=1, submitted=at,
            )  # fmt: skip
        for number, (state, at) in enumerate((("corrected", after - 1), ("corrected", after), ("explained", first))):  # fmt: skip
            alarms.add(connection, {
                "id": str(number), "rule": "r", "kind": "a", "indicator": "i", "measure": "value", "region": "990000",
                "period": "2026-01", "division": "gyc", "rank": 1.0, "sentence": "x", "inputs": "{}", "state": state,
                "owner": 0, "deadline": 0, "words": "", "until": "", "by": 1, "made": 1, "changed": at, "gone": 0,
                "version": 1,
            })  # fmt: skip

    who = opened(running, DONE)
    running.desk.store.write(put)
    assert step(who.office, "count") == 303
    assert step(who.office, "show") == 303
    told = json.loads(who.gyc.get(f"{AT}/log.json").text)
    assert {name: told["facts"][name] for name in ("hui", "song", "gai")} == {
        "hui": {"gyc": [1, 0]},
        "song": {"nyc": [2, 0]},
        "gai": {"gyc": [1, 0]},
    }
    assert "会办别的处室的提问，每问 2 分" in who.gyc.get(AT).text


def test_whoever_counted_does_not_sign(running: World) -> None:
    who = opened(running)
    both = running.signed(EDITOR, LEADER, org="bgs")
    assert step(both, "count") == 303
    assert step(who.office, "show") == 303
    running.clock.forward(days=8)
    again = People(running)
    with running.desk.store.read() as connection:
        row = appraisal.find(connection, "nian-2026")
    assert row is not None
    fresh = running.browser(row.collected_by)
    assert step(fresh, "sign") == 403
    assert step(again.leader, "sign") == 303


def test_rules_are_frozen(running: World) -> None:
    who = opened(running)
    done = who.office.post(
        "/appraisals", files={"rules": ("r.yml", RULES.replace("2026年度", "改").encode())}
    )
    assert done.status_code == 409
    assert (
        who.gyc.post(
            "/appraisals", files={"rules": ("r.yml", RULES.replace("nian", "neu").encode())}
        ).status_code
        == 403
    )


def test_a_page_that_is_old_changes_nothing(running: World) -> None:
    who = opened(running)
    old = version(who.office)
    assert step(who.office, "count") == 303
    assert who.office.post(f"{AT}/count", data={"version": old}).status_code == 409


WRONG = {
    "an unknown key": RULES + "extra: 1\n",
    "a key twice": RULES + "slug: b\n",
    "points that are no number": RULES.replace("points: 1.5", "points: viel"),
    "an item twice": RULES.replace("id: da", "id: ke"),
    "entries without kinds": RULES.replace("kinds: [lesson], ", ""),
    "a panel without a contest": RULES.replace("contest: pingshen, ", ""),
    "the end before the beginning": RULES.replace("last: 2026-12-31", "last: 2025-12-31"),
    "an alias": RULES.replace("units: [divisions]", "units: &a [divisions]\nx: *a"),
    "no YAML": "a: [",
    "not UTF-8": "标题".encode("gb18030").decode("latin-1"),
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_rules_that_are_wrong_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse(text.encode("latin-1") if text == WRONG["not UTF-8"] else text.encode())


# --- reckoning ------------------------------------------------------------------------------------

exact = st.decimals("0", "99.99", places=2).map(str)
kinds = st.sampled_from(["entries", "answers", "helped", "works", "corrected", "handed", "panel"])


@st.composite
def cases(draw: st.DrawFn) -> tuple[Rules, list[str], dict[str, object]]:
    units = [f"u{n}" for n in range(draw(st.integers(1, 8)))]
    items = []
    for n in range(draw(st.integers(1, 5))):
        what = draw(kinds)
        most = draw(exact)
        more = (
            {"kinds": ["faq"]} if what == "entries" else {"contest": "c"} if what == "panel" else {}
        )
        items.append(
            {"id": f"i{n}", "name": "x", "counts": what, "points": draw(exact), "most": most, "least": draw(st.integers(1, 4)), "few": str(min(float(most), 1))[:5], **more}
        )  # fmt: skip
    rules = Rules.model_validate(
        {"slug": "s", "title": "t", "first": "2026-01-01", "last": "2026-12-31", "units": ["divisions"], "office": "b", "items": items}
    )  # fmt: skip
    facts: dict[str, object] = {
        i.id: {u: draw(_fact(i)) for u in units if draw(st.booleans())} for i in rules.items
    }
    facts["changes"] = [
        [draw(st.sampled_from(units)), draw(st.sampled_from(rules.items)).id, draw(st.sampled_from(["1.5", "-2", "0.25"]))]
        for _ in range(draw(st.integers(0, 3)))
    ]  # fmt: skip
    return rules, units, facts


def _fact(item: Item) -> st.SearchStrategy[list[object]]:
    if item.counts == "panel":
        return st.fractions(0, 100, max_denominator=50).map(
            lambda f: [f"{f.numerator}/{f.denominator}", 0]
        )
    if item.counts == "answers":
        return st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda t: [min(t), max(t)])
    return st.integers(0, 40).map(lambda n: [n, 0])


@given(cases())
def test_the_independent_recount_agrees(case: tuple[Rules, list[str], dict[str, object]]) -> None:
    rules, units, facts = case
    lines = reckon(rules, units, facts)
    told = log(rules, dict.fromkeys(units, "x"), facts)
    scope: dict[str, object] = {"__name__": "recount"}
    exec(compile((ROOT / "docs/appraisal_recount.py").read_text("utf-8"), "recount", "exec"), scope)
    recount = scope["recount"]
    assert callable(recount)
    assert recount(told) == [
        [n.unit, f"{n.whole.numerator}/{n.whole.denominator}", n.place] for n in lines
    ]
    assert [n.whole for n in lines] == sorted((n.whole for n in lines), reverse=True)
    for line in lines:
        assert sum(line.points.values()) == line.whole


def test_the_recount_is_a_program(tmp_path: Path) -> None:
    rules = parse(RULES.encode())
    told = log(rules, {"gyc": "工业处"}, {"ke": {"gyc": [2, 0]}, "changes": []})
    for result, code in ([["gyc", "14/1", 1]], 0), ([["gyc", "15/1", 1]], 1):
        (tmp_path / "log.json").write_text(json.dumps(told | {"result": result}), "utf-8")
        words = [
            sys.executable,
            str(ROOT / "docs/appraisal_recount.py"),
            str(tmp_path / "log.json"),
        ]
        assert subprocess.run(words, check=False, capture_output=True).returncode == code


@pytest.mark.parametrize(
    ("value", "text"), [("1/3", "0.33"), ("1/8", "0.13"), ("2", "2.00"), ("1/200", "0.01")]
)
def test_points_are_rounded_half_up(value: str, text: str) -> None:
    assert shown(Fraction(value)) == text
