"""What the shared engine finds in a batch: beside the cell it stands in, with what was said of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder.indicators.form_check import ABSENT
from builder.indicators.incoming import Row, blocks_of
from builder.indicators.layers import Snapshot
from builder.indicators.store import Store
from builder.indicators.validate import Flaw, said_of, validate
from builder.values import Key, Period, Template, Vintage
from service.intake import batches, released
from service.intake.readers import Reader
from service.store import intake
from service.store.engine import Connection


@dataclass(frozen=True, slots=True)
class Found:
    """One finding. `id`: the same as long as what was seen is. `words`: how it was explained."""

    id: str
    rule: str
    hard: bool
    key: Key
    sentence: str
    words: str = ""


def of_batch(
    connection: Connection, reader: Reader, batch: Any, part: Template, now: int
) -> list[Found]:
    """What is wrong with the cells that the reader may see, held against what is released and theirs to see."""
    form = batches.plan_of(reader.known, part, batch.period)
    asked = batches.places(form)
    rows = [
        r
        for r in intake.cells(connection, batch.id)
        if (r.indicator, r.measure, r.region) in asked and (r.value is not None or r.mark)
    ]
    said = {name: row.words for name, row in intake.said(connection, batch.id).items()}
    period = form.period
    asked_for = {Key(*place) for place in asked}
    flaws = [
        f
        for f in _judged(connection, reader, rows, period, now)
        if f.key in asked_for or f.kind not in ABSENT
    ]
    found = [_found(flaw, said) for flaw in flaws]
    return [*_unlaid(connection, reader, batch, now), *found]


def _judged(
    connection: Connection, reader: Reader, cells: Sequence[Any], period: Period, now: int
) -> list[Flaw]:
    known, mine = reader.known, frozenset(row.indicator for row in cells)
    if not mine:
        return []
    beside = known.beside(mine)
    others = released.snapshots(connection, known, beside, now, reader.may_key)
    named = {name: known.said.indicators[name] for name in beside}
    asked = named, known.said.regions, known.said.rules, {period.frequency: period.ordinal}, mine
    before = {_name(f) for f in validate(Store(others), *asked) if not f.lacking}
    told = {(Key(r.indicator, r.measure, r.region), period) for r in cells}
    fresh = Snapshot(_latest(now), tuple(blocks_of("add", _rows(cells, period))))
    return [
        flaw
        for raw in validate(Store([*others, fresh]), *asked)
        if (flaw := said_of(raw, told)) is not None
        and flaw.period == period
        and _name(flaw) not in before
    ]


def _rows(cells: Iterable[Any], period: Period) -> list[Row]:
    return [
        Row(r.indicator, r.measure, r.region, period, r.value, r.mark)
        for r in cells
        if r.mark != "withdrawn"
    ]


def _latest(now: int) -> Vintage:
    return Vintage("~batch", "", "", released.at(now + 1000), "", "", "")


def _name(flaw: Flaw) -> tuple[object, ...]:
    return flaw.rule, flaw.key, flaw.period, flaw.seen


def _found(flaw: Flaw, said: Mapping[str, str]) -> Found:
    told = repr(_name(flaw)).encode()
    name = hashlib.blake2b(told, digest_size=8).hexdigest()
    return Found(name, flaw.rule, flaw.hard, flaw.key, flaw.sentence, said.get(name, ""))


def _unlaid(connection: Connection, reader: Reader, batch: Any, now: int) -> list[Found]:
    """What would keep a number from being released, told as long as it can still be mended."""
    if not reader.keeps(batch.division):
        return []
    _, wrong = batches.laid(connection, reader.known, batch, max(now, batch.release) + 1000)
    nothing = Key("", "", "")
    return [Found(f"laid-{n}", "laid", True, nothing, said) for n, said in enumerate(wrong)]
