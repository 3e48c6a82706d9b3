"""What was read from a form, held against rules and against what is known: findings get the form's cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from builder.indicators.defined import Defined
from builder.indicators.form_read import Reading
from builder.indicators.incoming import Row
from builder.indicators.layers import Snapshot
from builder.indicators.sheet_xml import name_of
from builder.indicators.store import Store
from builder.indicators.validate import Flaw, said_of, validate
from builder.problems import Problem, Where
from builder.values import Key, Period, Vintage

ABSENT = frozenset({"required", "coverage"})  # rules on what is not there
MOST_TOLD = 10
LATER = "改对；确实如此的，在“备注”里说明。"


def judged(
    reading: Reading,
    others: Sequence[Snapshot],
    known: Defined,
    clock: datetime,
    correcting: bool = False,
) -> list[Problem]:
    """Rules that the form's numbers break, laid over `others`, and numbers that are known already.

    `correcting`: those are why the form was filled.
    """
    if reading.plan is None or not reading.rows:
        return []
    store, form = Store(others), reading.plan
    incoming = Snapshot(_vintage(others, clock), tuple(reading.blocks()))
    only = frozenset(s.indicator for s in form.series.values())
    since = {form.period.frequency: form.period.ordinal}
    asked = known.indicators, known.regions, known.rules, since, only
    old = validate(store, *asked)
    before = {(f.rule, f.key, f.period, f.seen) for f in old if not f.lacking}
    flaws = [
        flaw
        for said in validate(Store([*others, incoming]), *asked)
        if (flaw := said_of(said, reading.cells)) is not None
        and (flaw.rule, flaw.key, flaw.period, flaw.seen) not in before
        and flaw.period == form.period
        and ((flaw.key, flaw.period) in reading.cells or flaw.kind not in ABSENT)
    ]
    made = [_problem(placed(flaw, reading), reading) for flaw in flaws]
    return made if correcting else [*made, *_told(reading, store)]


def placed(flaw: Flaw, reading: Reading) -> Flaw:
    """A finding with the cell of the form in which its number stands, if it stands in one."""
    where = reading.cells.get((flaw.key, flaw.period))
    return replace(flaw, cell=_cell(where, reading)) if where else flaw


def _cell(where: Where, reading: Reading) -> str:
    return f"表“{reading.sheet}” {name_of(where.line - 1, where.column - 1)}"


def _problem(flaw: Flaw, reading: Reading) -> Problem:
    where = reading.cells.get((flaw.key, flaw.period)) or Where(reading.file)
    said = f"{flaw.cell}：{flaw.sentence}" if flaw.cell else flaw.sentence
    code, action = ("FRM011", "改对再交。") if flaw.hard else ("FRM012", LATER)
    return Problem(code, where, said, action)


def _vintage(others: Sequence[Snapshot], clock: datetime) -> Vintage:
    """Later than all there is."""
    last = max([clock, *(s.vintage.release for s in others)])
    return Vintage("~form", "", "", last, "", "", "")


def _told(reading: Reading, store: Store) -> Iterator[Problem]:
    """Numbers that are known already and are others in the form; many are summed up."""
    found = [
        (row, cell)
        for row in changed(reading.rows, store)
        if (cell := store.cell(Key(row.indicator, row.measure, row.region), row.period))
        and cell.mark != "withdrawn"
    ]
    for row, cell in found[:MOST_TOLD]:
        where = reading.cells[cell.key, row.period]
        was = "——" if cell.value is None else f"{cell.value:.15g}"
        now = "——" if row.value is None else f"{row.value:.15g}"
        said = f"{_cell(where, reading)}：已经有过 {was}（快照 {cell.vintage.id}），这里是 {now}。"
        yield Problem("FRM012", where, said, "更正用 weike snapshot correct，写明理由。")
    if len(found) > MOST_TOLD:
        said = f"还有 {len(found) - MOST_TOLD} 格和已经有的数不同。"
        yield Problem("FRM012", Where(reading.file), said, "是不是拿错了表？")


def changed(rows: Sequence[Row], store: Store) -> list[Row]:
    """The rows that say something else than `store` does, or something new."""
    return [row for row in rows if not _same(row, store)]


def _same(row: Row, store: Store) -> bool:
    found = store.cell(Key(row.indicator, row.measure, row.region), Period(*row.period))
    if found is None:
        return False
    values = [np.nan if v is None else v for v in (found.value, row.value)]
    return bool(np.array_equal(values[:1], values[1:], equal_nan=True)) and found.mark == row.mark
