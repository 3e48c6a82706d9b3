"""The early warning over what is out: after each release, of what that release can have changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from builder.indicators.warn.finding import Finding
from builder.indicators.warn.sweep import Scope, scope_of, sweep
from builder.values import Key, Period
from service.desk import Desk
from service.intake import notices, released
from service.intake.known import Known, known
from service.roles import EDITOR
from service.room import Stopped
from service.store import alarms, audit, figures, intake, people
from service.store.audit import Act
from service.store.engine import Connection
from service.ticks import Job

OPEN = ("new", "acknowledged")
DAY = 86_400_000
DUE = 3 * DAY  # to answer an alarm, from when it was raised


def run(desk: Desk) -> int:
    """Look at the batches that came out since the last time; how many alarms are new."""
    if desk.settings.profile != "intranet":
        return 0
    now = desk.clock()
    with desk.store.read() as connection:
        fresh = intake.unswept(connection, now)
        if not fresh:
            return 0
        keys = {_key(row) for batch in fresh for row in figures.of_batch(connection, batch.id)}
    try:
        said = known(desk)
    except Stopped:
        return 0  # without a bundle nothing can be judged; later it will be
    found, scope = _swept(desk, said, keys, now)
    return desk.store.write(lambda c: _kept(c, desk, said, found, scope, [b.id for b in fresh]))


def _key(row: Any) -> Key:
    return Key(row.indicator, row.measure, row.region)


def _swept(desk: Desk, said: Known, keys: set[Key], now: int) -> tuple[list[Finding], Scope]:
    """What a sweep says of the indicators that these series can affect."""
    relations = said.said.relations
    scope = scope_of(keys, relations)
    beside = {
        term.indicator
        for r in relations
        if r.id in (scope.relations or ())
        for term in (r.of, *r.others)
    }
    with desk.store.read() as connection:
        held = released.store(connection, said, {*(scope.indicators or ()), *beside}, now)
    moment: datetime = released.at(now)
    bounds = said.said.bounds
    where = said.said.indicators, said.said.regions, relations, bounds
    return sweep(held, *where, now=moment, changed=keys), scope


def _kept(
    connection: Connection,
    desk: Desk,
    said: Known,
    found: Iterable[Finding],
    scope: Scope,
    batches: list[int],
) -> int:
    now, news = desk.clock(), {f.id: f for f in found}
    held = {row.id: row for row in alarms.every(connection)}
    lasting = _lasting(held.values(), released.at(now).date().isoformat())
    fresh = [f for f in news.values() if f.id not in held]
    for one in fresh:
        alarms.add(connection, _row(said, one, now, lasting))
    judged = [row.id for row in held.values() if scope.covers(_finding(row))]
    alarms.gone(connection, [i for i in judged if i not in news and not held[i].gone], on=True)
    alarms.gone(connection, [i for i in news if i in held and held[i].gone], on=False)
    for number in batches:
        intake.change(connection, number, swept=1)
    told = {"alarms": len(fresh), "batches": len(batches)}
    audit.record(connection, now, Act("", "alarm.sweep", detail=told))
    divisions = {said.said.indicators[f.key.indicator].division for f in fresh}
    heard = people.holding(connection, EDITOR, divisions)
    notices.tell(connection, desk, heard, "warned", "/warnings")
    return len(fresh)


def _lasting(rows: Iterable[Any], today: str) -> Mapping[tuple[str, ...], Any]:
    """Explanations that also stand for later alarms of the same rule about the same series."""
    return {
        (r.rule, r.indicator, r.measure, r.region): r
        for r in rows
        if r.state in {"explained", "false_alarm"} and r.until and r.until >= today
    }


def _row(
    said: Known, one: Finding, now: int, lasting: Mapping[tuple[str, ...], Any]
) -> dict[str, Any]:
    other = lasting.get((one.rule, *one.key))
    return {
        "id": one.id,
        "rule": one.rule,
        "kind": one.kind,
        "indicator": one.key.indicator,
        "measure": one.key.measure,
        "region": one.key.region,
        "period": str(one.period),
        "division": said.said.indicators[one.key.indicator].division,
        "rank": one.rank,
        "sentence": one.sentence,
        "inputs": json.dumps(one.inputs, ensure_ascii=False),
        "state": other.state if other else "new",
        "owner": other.owner if other else 0,
        "deadline": now + DUE,
        "words": other.words if other else "",
        "until": other.until if other else "",
        "by": other.by if other else 0,
        "made": now,
        "changed": now,
        "gone": 0,
        "version": 1,
    }


def _finding(row: Any) -> Finding:
    """As much of a kept alarm as a scope asks for."""
    key, period = Key(row.indicator, row.measure, row.region), Period.parse(row.period)
    told = (None, None, None, 0.0, row.rank, (), row.sentence)
    return Finding(row.id, row.rule, row.kind, key, period, *told)


JOBS = (Job("warnings", 5_000, run),)
