"""The count: done again by a program that shares no line with ours, over random scores, conflicts and ties."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import random
from collections import Counter
from contextlib import redirect_stdout
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.contest import assigning, counting, ledger
from service.contest.counting import Score
from service.contest.rules import Rules, parse
from tests.contest_world import contest, rules
from tests.service_world import World

FULL = bool(os.environ.get("WEIKE_FULL"))
UNITS = ("gyc", "nyc", "jia", "jiaxian", "yi", "bing", "da", "da", "da", "da", "da", "da", "gyc", "yi", "bing")  # fmt: skip


@pytest.fixture(scope="module")
def recount() -> ModuleType:
    """The other program, as a module."""
    file = Path(__file__).parents[1] / "docs" / "contest_recount.py"
    spec = importlib.util.spec_from_file_location("contest_recount", file)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def again(recount: ModuleType, file: Path, text: str) -> tuple[int, str]:
    file.write_text(text, encoding="utf-8")
    said = io.StringIO()
    with redirect_stdout(said):
        return recount.main(str(file)), said.getvalue()


def log_of(found: Rules, seed: str, works: dict[int, str], scores: list[Score]) -> str:
    """A log as the service writes it."""
    lines: list[dict[str, Any]] = [
        {
            "line": "contest", "categories": [c.id for c in found.categories],
            "criteria": [{"id": c.id, "weight": c.weight} for c in found.criteria],
            "scale": found.scale.model_dump(), "least": 0, "drop": found.review.drop,
            "awards": [a.model_dump() for a in found.awards], "digits": found.digits,
        },
        {"line": "round", "seed": seed},
        *({"line": "work", "id": w, "category": c} for w, c in works.items()),
        *({"line": "judge", "id": j} for j in sorted({s.judge for s in scores})),
        *({"line": "score", "work": s.work, "judge": s.judge, "values": list(s.values)} for s in scores),
    ]  # fmt: skip
    listed = counting.count(found, seed, works, scores)
    lines += [
        {
            "line": "place", "category": p.category, "place": p.place, "work": p.work,
            "mean": counting.shown(p.mean, found.digits), "award": p.award,
        }
        for p in listed
    ]  # fmt: skip
    return "".join(json.dumps(line) + "\n" for line in lines)


@settings(max_examples=400 if FULL else 60)
@given(
    seed=st.text(min_size=1, max_size=12),
    works=st.dictionaries(st.integers(1, 40), st.sampled_from(["tu", "ji"]), min_size=1, max_size=12),
    drop=st.booleans(),
    few=st.booleans(),
    chance=st.randoms(use_true_random=False),
)  # fmt: skip
def test_the_other_program_counts_the_same(
    tmp_path_factory: pytest.TempPathFactory, recount: ModuleType,
    seed: str, works: dict[int, str], drop: bool, few: bool, chance: random.Random,
) -> None:  # fmt: skip
    """Few different values: most works tie somewhere, up to the draw."""
    found = parse(rules().replace("drop: true", f"drop: {str(drop).lower()}").encode())
    values = ["50", "80"] if few else [f"{n / 2:g}" for n in range(201)]
    scores = [
        Score(work, f"E{n}", tuple(chance.choice(values) for _ in range(3)))
        for work in works
        for n in range(chance.randrange(0, 9))
    ]
    text = log_of(found, seed, works, scores)
    file = tmp_path_factory.mktemp("log") / "log.jsonl"
    assert again(recount, file, text)[0] == 0
    for n, line in enumerate(lines := text.splitlines()):
        told = json.loads(line)
        if told["line"] == "place":
            told["place"] += 1
            spoilt = [*lines[:n], json.dumps(told), *lines[n + 1 :]]
            assert again(recount, file, "\n".join(spoilt))[0] == 1
            break


@pytest.mark.parametrize(
    ("totals", "drop", "mean"),
    [
        ([10, 20, 30, 40], True, Fraction(25)),  # four: nothing falls away
        ([0, 20, 30, 40, 100], True, Fraction(30)),
        ([0, 20, 30, 40, 100], False, Fraction(38)),
        ([50, 50, 50, 50, 50], True, Fraction(50)),
        ([0, 0, 1, 1, 1, 3, 3], True, Fraction(6, 5)),  # one of equals falls away, not all
    ],
)
def test_the_highest_and_the_lowest(totals: list[int], drop: bool, mean: Fraction) -> None:
    assert counting.trimmed([Fraction(t) for t in totals], drop) == mean


def test_ties_are_parted_in_the_order_that_is_written() -> None:
    found = parse(rules(most=5).encode())

    def five(*values: tuple[str, str, str]) -> list[tuple[str, str, str]]:
        return [*values, *[("50", "50", "50")] * (5 - len(values))]

    given_scores = {
        1: five(("60", "50", "50"), ("40", "50", "50")),  # the trimmed mean is 50
        2: five(("60", "50", "50"), ("50", "50", "50")),  # the same; the whole mean is higher
        3: five(("57", "50", "45.1"), ("50", "50", "50")),
        4: five(),
        5: five(),
    }
    scores = [Score(w, f"E{n}", v) for w, vs in given_scores.items() for n, v in enumerate(vs)]
    listed = counting.count(found, "s", dict.fromkeys(given_scores, "tu"), scores)
    assert {p.mean for p in listed} == {Fraction(50)}
    order = [p.work for p in listed]
    assert order[:2] == [2, 3]
    lots = {w: hashlib.sha256(f"s|draw|{w}".encode()).hexdigest() for w in (1, 4, 5)}
    assert order[2:] == sorted(lots, key=lots.__getitem__)
    assert [p.place for p in listed] == [1, 2, 3, 4, 5]


@given(st.fractions(min_value=0, max_value=1000), st.integers(0, 8))
def test_means_are_shown_rounded_half_up(value: Fraction, digits: int) -> None:
    told = counting.shown(value, digits)
    assert len(told.partition(".")[2]) == digits
    assert abs(Fraction(told) - value) <= Fraction(1, 2 * 10**digits)
    assert counting.shown(Fraction(1, 8), 2) == "0.13"


def test_a_prize_that_nobody_deserves_stays_vacant() -> None:
    found = parse(rules().encode())
    assert counting.awarded(found, [Fraction(90), Fraction(85), Fraction(50), Fraction(45)]) == ["一等奖", "二等奖", "二等奖", ""]  # fmt: skip
    assert counting.awarded(found, [Fraction(79), Fraction(40), Fraction(39)]) == ["二等奖", "二等奖", ""]  # fmt: skip


# --- who judges what ------------------------------------------------------------------------------


@settings(max_examples=300 if FULL else 60)
@given(
    seed=st.text(max_size=8),
    works=st.sets(st.integers(1, 60), min_size=1, max_size=25),
    judges=st.sets(st.integers(100, 120), min_size=1, max_size=9),
    each=st.integers(1, 5),
    chance=st.randoms(use_true_random=False),
)
def test_assignment_is_even_and_keeps_conflicts(
    seed: str, works: set[int], judges: set[int], each: int, chance: random.Random
) -> None:
    barred = {(w, j) for w in works for j in judges if chance.random() < 0.25}
    plan = assigning.assign(seed, sorted(works), sorted(judges), barred, each)
    shuffled = chance.sample(sorted(works), len(works)), chance.sample(sorted(judges), len(judges))
    assert plan == assigning.assign(seed, *shuffled, barred, each)
    loads = Counter(j for mine in plan.values() for j in mine)
    for work, mine in plan.items():
        may = [j for j in judges if (work, j) not in barred]
        assert len(mine) == len(set(mine)) == min(each, len(may))
        assert set(mine) <= set(may)
    for work, mine in plan.items():  # nobody could pass a work to somebody who has two less
        for judge in mine:
            for other in judges - set(mine):
                if (work, other) not in barred:
                    assert loads[judge] - loads[other] <= 1


def test_without_conflicts_loads_differ_by_one_at_most() -> None:
    plan = assigning.assign("s", range(1, 201), range(300, 315), set(), 5)
    loads = Counter(j for mine in plan.values() for j in mine)
    assert set(loads.values()) <= {66, 67}


# --- the whole way --------------------------------------------------------------------------------


def test_a_whole_contest_is_counted_again(
    service: World, tmp_path: Path, recount: ModuleType
) -> None:
    """200 works (24 in the quick run), 15 experts, conflicts, ties: the published list is the one of the log."""
    made = contest(service, tmp_path, UNITS, most=5, least=3, step="10")
    chance = random.Random(2026)
    units = ["jia", "jiaxian", "yi", "bing", "gyc", "nyc"]
    for _ in range(200 if FULL else 24):
        made.work(chance.choice(units), category=chance.choice(["tu", "ji"]))
    number = made.round()
    gone = {d.id for d in made.duties(number) if chance.random() < 0.03}
    for duty in made.duties(number):
        if duty.id in gone:
            assert made.browser(duty.user).post(f"/reviews/{duty.id}/leave").status_code == 303
    made.score_all(number, Steps(2026))
    assert made.close(number).status_code == 303
    struck = json.loads(made.row(number).places)[0]["work"]
    assert made.move(number, "strike", subject=struck, why="抄的").status_code == 303
    assert made.move(number, "publish").status_code == 303
    text = service.browser().get("/contest/dasai/rounds/1/log").text
    code, said = again(recount, tmp_path / "log.jsonl", text)
    assert (code, said[:4]) == (0, "重算一致")
    with service.desk.store.read() as connection:
        whole = ledger.whole(connection, made.row(number))
    assert again(recount, tmp_path / "whole.jsonl", whole)[0] == 0
    rows = service.browser().get("/contest/dasai/list").json()["rows"]
    listed = [p for p in map(json.loads, text.splitlines()) if p["line"] == "place"]
    assert [(r["work"], r["mean"], r["award"]) for r in rows] == [
        (p["work"], p["mean"], p["award"]) for p in listed
    ]
    assert len(rows) == (200 if FULL else 24) - 1
    means = [r["mean"] for r in rows]
    assert len(set(means)) < len(means)  # there were ties


class Steps(random.Random):
    """Scores in steps of ten: many ties."""

    def randrange(self, *told: Any, **more: Any) -> int:
        """A multiple of twenty, which is halved."""
        return 20 * super().randrange(3, 11)
