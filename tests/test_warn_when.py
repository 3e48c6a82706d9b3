"""When a warning says that a number is of: a February that stands for January, too, is called both months."""

from __future__ import annotations

import numpy as np
import pytest

from builder.indicators.warn.finding import Finding
from builder.values import Period
from tests.warned import CODES, RATE, block, found, growth, store


def only(findings: list[Finding]) -> Finding:
    """The one there is."""
    assert len(findings) == 1, [f.sentence for f in findings]
    return findings[0]


FEBRUARY = Period.parse("2026-02")
JOINED = {(row, 59): "combined" for row in range(17)}


def test_a_february_that_stands_for_january_is_called_both_months() -> None:
    values = growth()
    values[4, -1] = 60.0
    told = block(RATE, values, FEBRUARY, marks=JOINED)
    swing = only(found(store(told), RATE, kind="swing"))
    assert swing.sentence.startswith("丁州市2026年1—2月用电量同比增长60.0%")
    assert swing.when == "2026年1—2月"
    plain = only(found(store(block(RATE, values, FEBRUARY)), RATE, kind="swing"))
    assert (plain.when, plain.sentence[:11]) == ("2026年2月", "丁州市2026年2月用")


def test_what_is_missing_among_numbers_of_two_months_is_of_two_months() -> None:
    values = growth()
    values[4, -1] = np.nan
    marks = {place: mark for place, mark in JOINED.items() if place[0] != 4}
    gone = only(found(store(block(RATE, values, FEBRUARY, marks=marks)), RATE, kind="vintage"))
    assert gone.sentence.startswith("丁州市2026年1—2月用电量（同比）没有数")
    values[[7, 8], -1] = np.nan
    marks = {place: mark for place, mark in marks.items() if place[0] not in (7, 8)}
    several = found(store(block(RATE, values, FEBRUARY, marks=marks)), RATE, kind="vintage")
    assert only(several).sentence.startswith("2026年1—2月用电量的覆盖面缩小了")


@pytest.mark.parametrize("action", ["correct", "withdraw"])
def test_a_revision_of_two_months_is_told_as_such(action: str) -> None:
    values = growth()
    values[4, -1] = 5.0
    number = np.array([[np.nan if action == "withdraw" else 9.0]])
    marks = {} if action == "withdraw" else {(0, 0): "combined"}
    new = block(RATE, number, FEBRUARY, CODES[4:5], action=action, reason="核实", marks=marks)
    known = store(block(RATE, values, FEBRUARY, marks=JOINED), later=[new])
    wanted = "vanished/1" if action == "withdraw" else "revised/1"
    said = next(f for f in found(known, RATE, kind="vintage") if f.rule == wanted)
    assert said.sentence.startswith("丁州市2026年1—2月用电量")
    assert said.when == "2026年1—2月"
