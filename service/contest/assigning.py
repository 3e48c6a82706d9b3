"""Who judges what: nobody a work of their own unit or city, all about the same number, by a public seed.

The same works, experts, conflicts and seed give the same assignment, on any machine.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from service.contest.rules import Rules


@dataclass(frozen=True, slots=True)
class Judge:
    """An expert: number, name, unit."""

    id: int
    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A work as conflicts see it: whose it is, its units, the people named in it."""

    id: int
    owner: int
    units: tuple[str, ...]
    people: tuple[str, ...]


def conflict(
    rules: Rules, judge: Judge, work: Subject, declared: Collection[tuple[int, str]]
) -> str:
    """Why a judge may not judge a work, as a word for the log; empty when they may.

    `declared`: (work, unit) pairs of this judge, one of each pair empty.
    """
    if judge.id == work.owner or judge.name in work.people:
        return "self"
    if judge.unit and judge.unit in work.units:
        return "unit"
    mine, theirs = city(rules, judge.unit), {city(rules, u) for u in work.units}
    if mine and mine in theirs:
        return "city"
    if any(w == work.id or (u and u in work.units) for w, u in declared):
        return "declared"
    return ""


def city(rules: Rules, unit: str) -> str:
    """The city that a unit belongs to; empty for those of the province."""
    found = rules.unit(unit)
    return found.city if found else ""


def lot(seed: str, *told: object) -> str:
    """A number that the seed and nothing else decides."""
    return hashlib.sha256("|".join([seed, *map(str, told)]).encode()).hexdigest()


def assign(
    seed: str,
    works: Sequence[int],
    judges: Sequence[int],
    barred: Collection[tuple[int, int]],
    each: int,
    held: Mapping[int, Collection[int]] | None = None,
) -> dict[int, list[int]]:
    """Judges of each work, `each` of them or as many as there may be; loads as even as conflicts let.

    `barred`: (work, judge) pairs; `held`: what stands already and stays.
    """
    plan = _Plan(seed, works, judges, barred, held or {})
    most = max((len(v) for v in plan.loads.values()), default=0)
    for limit in range(1, len(works) + most + 1):  # one more for everybody, then the next
        plan.fill(each, limit)
        if all(len(g) >= min(each, len(plan.may[w])) for w, g in plan.given.items()):
            break
    return {work: sorted(given) for work, given in plan.given.items()}


class _Plan:
    """Works, judges, and who has what so far."""

    def __init__(
        self,
        seed: str,
        works: Sequence[int],
        judges: Sequence[int],
        barred: Collection[tuple[int, int]],
        held: Mapping[int, Collection[int]],
    ) -> None:
        shut = set(barred)
        self.order = sorted(works, key=lambda w: lot(seed, "work", w))
        self.may = {
            w: sorted(
                (j for j in judges if (w, j) not in shut), key=lambda j: lot(seed, "pair", w, j)
            )
            for w in works
        }
        self.given: dict[int, set[int]] = {w: set(held.get(w, ())) for w in works}
        self.fixed = {(w, j) for w, js in self.given.items() for j in js}
        self.loads: dict[int, set[int]] = {j: set() for j in judges}
        for work, having in self.given.items():
            for judge in having:
                self.loads.setdefault(judge, set()).add(work)

    def fill(self, each: int, limit: int) -> None:
        """Give judges to works in turn, until all judges have `limit` or nobody more can be given."""
        stuck: set[int] = set()  # what can't be placed at this limit can't be later either
        for _ in range(each):
            for work in self.order:
                if all(len(load) >= limit for load in self.loads.values()):
                    return
                if (
                    work not in stuck
                    and len(self.given[work]) < each
                    and not self.place(work, limit)
                ):
                    stuck.add(work)

    def place(self, work: int, limit: int) -> bool:
        """Give a work one more judge, none having more than `limit`; others may pass works on for it."""
        came: dict[int, tuple[int, int]] = {}  # judge -> the work that wants them, and whose it was
        waiting, met = deque([(work, 0)]), {work}
        while waiting:
            wants, whose = waiting.popleft()
            for judge in self.may[wants]:
                if judge in came or judge in self.given[wants]:
                    continue
                came[judge] = (wants, whose)
                if len(self.loads[judge]) < limit:
                    self._pass_on(judge, came)
                    return True
                theirs = {w for w in self.loads[judge] if (w, judge) not in self.fixed} - met
                waiting.extend((other, judge) for other in sorted(theirs))
                met |= theirs
        return False

    def _pass_on(self, judge: int, came: dict[int, tuple[int, int]]) -> None:
        while judge:
            work, before = came[judge]
            self.given[work].add(judge)
            self.loads[judge].add(work)
            if before:
                self.given[work].discard(before)
                self.loads[before].discard(work)
            judge = before
