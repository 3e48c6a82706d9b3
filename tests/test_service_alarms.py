"""The early warning's inbox after releases, and the leaders' page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.values import Period
from service.intake import alarming, sweeping
from service.store import alarms
from tests.intake_world import Bureau, bureau
from tests.test_service_feed import lay, one

PROVINCE, JIA, YI = "990000", "990100", "990200"
LAST = Period.parse("2026-08").ordinal
D = ("dianliang", "value")


@pytest.fixture
def gov(tmp_path: Path) -> Iterator[Bureau]:
    """Five quiet years are out and were looked at."""
    with bureau(tmp_path) as found:
        months = range(LAST - 59, LAST + 1)
        quiet = [
            one(r, m, round(50 + (m * 7 % 5) / 10, 2)) for r in (PROVINCE, JIA) for m in months
        ]
        lay(found, "frueher", found.world.clock() - 90_000, *quiet)
        sweeping.run(found.world.desk)
        yield found


def rows(gov: Bureau) -> list[Any]:
    with gov.world.desk.store.read() as connection:
        return [r for r in alarms.every(connection) if r.period == "2026-09"]


def leap(gov: Bureau) -> Any:
    """A number four times what it was comes out; its alarm."""
    number = gov.start()
    gov.fill(number, {(*D, PROVINCE): "210.5"})
    page = gov["wang"].get(f"/intake/{number}").text
    for finding in re.findall(r'name="finding" value="(\w+)"', page):
        told = {"finding": finding, "words": "企业停产检修后恢复"}
        assert gov["wang"].post(f"/intake/{number}/explain", data=told).status_code == 303
    gov.moved(number)
    assert sweeping.run(gov.world.desk) == 0
    assert "210.5" not in gov["zhao"].get("/warnings").text
    gov.world.clock.forward(seconds=2)
    assert sweeping.run(gov.world.desk) >= 1
    assert sweeping.run(gov.world.desk) == 0
    return rows(gov)[0]


def test_a_leap_is_told_after_its_release_and_not_before(gov: Bureau) -> None:
    row = leap(gov)
    assert (row.state, row.indicator, row.region) == ("new", "dianliang", PROVINCE)
    assert row.sentence in gov["zhao"].get("/warnings").text
    assert row.sentence in gov["zhao"].get("/board").text
    assert gov["jia"].get("/warnings").status_code == 403
    shown = gov["zhao"].get("/board").text
    assert "210.50" in shown


def judge(gov: Bureau, who: str, row: Any, state: str, **more: str) -> int:
    told = {"state": state, "version": str(row.version), **more}
    return int(gov[who].post(f"/warnings/{row.id}", data=told).status_code)


def test_an_alarm_goes_its_way(gov: Bureau) -> None:
    row = leap(gov)
    assert judge(gov, "sun", row, "acknowledged") == 404
    assert judge(gov, "wang", row, "explained") == 422
    assert judge(gov, "wang", row, "acknowledged") == 303
    assert judge(gov, "li", row, "false_alarm", words="口径变了") == 409  # stale
    [fresh, *_] = rows(gov)
    assert (fresh.state, fresh.owner) == ("acknowledged", gov.ids["wang"])
    assert judge(gov, "li", fresh, "false_alarm", words="口径变了") == 303
    [done, *_] = rows(gov)
    assert judge(gov, "li", done, "explained", words="再想一想") == 409
    assert done.sentence not in gov["zhao"].get("/board").text
    assert done.sentence in gov["zhao"].get("/warnings?all=1").text


def test_owners_are_editors_of_the_division(gov: Bureau) -> None:
    row = leap(gov)
    path = f"/warnings/{row.id}/owner"
    assert gov["zhao"].post(path, data={"owner": gov.ids["sun"]}).status_code == 422
    told = {"owner": gov.ids["li"], "deadline": "2026-12-24"}
    assert gov["zhao"].post(path, data=told).status_code == 303
    assert rows(gov)[0].owner == gov.ids["li"]
    assert "2026-12-24" in gov["li"].get("/warnings").text


def test_an_explanation_holds_for_the_next_month(gov: Bureau) -> None:
    row = leap(gov)
    for one_of in rows(gov):
        judge(gov, "wang", one_of, "explained", words="新厂投产", until="2027-12-31")
    later = gov.start("2026-10")
    gov.fill(later, {(*D, PROVINCE): "820"})
    page = gov["wang"].get(f"/intake/{later}").text
    for finding in re.findall(r'name="finding" value="(\w+)"', page):
        gov["wang"].post(
            f"/intake/{later}/explain", data={"finding": finding, "words": "新厂投产了"}
        )
    gov.moved(later)
    gov.world.clock.forward(seconds=2)
    sweeping.run(gov.world.desk)
    with gov.world.desk.store.read() as connection:
        same = [r for r in alarms.every(connection) if r.period == "2026-10" and r.rule == row.rule]
    assert {r.state for r in same} <= {"explained"}


def test_precision_is_counted_by_rule(gov: Bureau) -> None:
    row = leap(gov)
    judge(gov, "wang", row, "false_alarm", words="口径变了")
    told = {p.rule: p for p in alarming.precision(rows(gov))}
    assert told[row.rule].share == 0.0
    assert sum(p.open for p in told.values()) == len(rows(gov)) - 1
