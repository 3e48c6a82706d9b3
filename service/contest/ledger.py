"""The log of a round, from which everybody can count again, and the list that comes of it.

The log is written once, when the seals are opened, and never changed. What happens after (a work that is
struck out) stands beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from service.contest import counting, held, sealing, works
from service.contest.assigning import city
from service.contest.counting import Score
from service.desk import Desk
from service.store import contest as store
from service.store import people
from service.store.engine import Connection

if TYPE_CHECKING:
    from service.contest.judging import Round


def _line(kind: str, **told: Any) -> str:
    return json.dumps({"line": kind, **told}, ensure_ascii=False, sort_keys=True)


def write(connection: Connection, desk: Desk, found: Round) -> str:
    """The log as lines of JSON: rules, seed, works, judges, who was barred, every score; no comment."""
    rules, marks = found.contest.rules, _marks(connection, found.id)
    lines = [
        _line(
            "contest", slug=rules.slug, sha256=found.contest.row.sha256,
            categories=[c.id for c in rules.categories],
            criteria=[{"id": c.id, "weight": c.weight} for c in rules.criteria],
            scale=rules.scale.model_dump(), least=rules.review.least, drop=rules.review.drop,
            awards=[a.model_dump() for a in rules.awards], digits=rules.digits,
        ),
        _line("round", number=found.row.number, seed=found.row.seed, closed=desk.clock()),
    ]  # fmt: skip
    for entry in store.where(connection, store.entries, round=found.id):
        work = works.load(connection, desk, entry.work)
        of = _places(rules, work.units)
        lines.append(
            _line("work", id=entry.work, code=entry.code, category=work.row.category, of=of)
        )
    lines += [
        _line("judge", id=marks[user.id], of=_places(rules, (user.org,)))
        for user in people.find(connection, marks)
    ]
    left = store.where(connection, store.conflicts, round=found.id)
    lines += [_line("bar", work=row.work, judge=marks[row.user]) for row in left if row.work]
    for row in store.where(connection, store.duties, round=found.id, state="done"):
        values = list(sealing.unseal(desk, row).values)
        lines.append(_line("score", work=row.work, judge=marks[row.user], values=values))
    return "\n".join(lines) + "\n"


def _marks(connection: Connection, number: int) -> dict[int, str]:
    return {p.user: p.mark for p in store.where(connection, store.panel, round=number)}


def _places(rules: Any, units: tuple[str, ...]) -> list[str]:
    """Units and the cities they belong to, by which conflicts are told."""
    return sorted({p for u in units for p in (u, city(rules, u)) if p})


def rows(log: str, kind: str) -> Iterator[dict[str, Any]]:
    """The lines of one kind."""
    for text in log.splitlines():
        row = json.loads(text)
        if row.pop("line") == kind:
            yield row


def recount(connection: Connection, number: int) -> None:
    """Count the list from the log, without what is struck out, and keep it as a new edition."""
    row = store.one(connection, store.rounds, number)
    assert row is not None
    rules = held.by_id(connection, row.contest).rules
    entered = {e.work for e in store.where(connection, store.entries, round=number, struck="")}
    mine = {w["id"]: w["category"] for w in rows(row.log, "work") if w["id"] in entered}
    scores = (
        Score(s["work"], s["judge"], tuple(s["values"]))
        for s in rows(row.log, "score")
        if s["work"] in entered
    )
    listed = counting.count(rules, row.seed, mine, scores)
    told = [_told(p, rules.digits) for p in listed]
    store.change(
        connection, store.rounds, number,
        places=json.dumps(told, ensure_ascii=False), edition=row.edition + 1,
    )  # fmt: skip


def _told(place: counting.Place, digits: int) -> dict[str, Any]:
    told = asdict(place)
    told["exact"] = counting.exact(place.mean)
    told["mean"] = counting.shown(place.mean, digits)
    told["whole"] = counting.shown(place.whole, digits)
    told["criteria"] = [counting.shown(c, digits) for c in place.criteria]
    return told


def published(connection: Connection, row: Any) -> str:
    """The log as anybody may have it: judges by their marks, without where they are from; and the list."""
    lines = []
    for text in row.log.splitlines():
        told = json.loads(text)
        if told["line"] in {"judge", "work"}:
            told.pop("of")
        lines.append(json.dumps(told, ensure_ascii=False, sort_keys=True))
    return "\n".join([*lines, *_after(connection, row)]) + "\n"


def whole(connection: Connection, row: Any) -> str:
    """The log as those who run the contest have it, with what conflicts are told by; and the list."""
    return str(row.log) + "\n".join(_after(connection, row)) + "\n"


def _after(connection: Connection, row: Any) -> Iterator[str]:
    for entry in store.where(connection, store.entries, round=row.id):
        if entry.struck:
            yield _line("struck", work=entry.work)
    for place in json.loads(row.places):
        yield _line(
            "place", **{n: place[n] for n in ("category", "place", "work", "mean", "award")}
        )


def digest(log: str) -> str:
    """The hash of a log as it is given out."""
    return hashlib.sha256(log.encode()).hexdigest()
