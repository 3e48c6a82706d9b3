"""One sweep over all that is known: every detector, one ranked list.

A sweep judges the newest number of each series, and older ones that the newest snapshots corrected. With
`changed` it judges again only the indicators that those series can affect: everything of the indicators
themselves and every relation they take part in. The answer is what a full sweep says of the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from builder.indicators.store import Store
from builder.indicators.warn.area import areas
from builder.indicators.warn.contradiction import contradictions
from builder.indicators.warn.expect import outlook
from builder.indicators.warn.finding import Finding
from builder.indicators.warn.limits import Limits
from builder.indicators.warn.ranges import ranges
from builder.indicators.warn.relations import Bound, Relation
from builder.indicators.warn.sheet import Sheet, sheet
from builder.indicators.warn.swing import swings
from builder.indicators.warn.vintages import vintages
from builder.values import Indicator, Key, Region, Revision

DEFAULT = Limits()


@dataclass(frozen=True)
class Scope:
    """What is judged again: every number of these indicators, and these relations. None: everything."""

    indicators: frozenset[str] | None = None
    relations: frozenset[str] | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether a sweep of this scope would say this again if it still held."""
        if finding.kind == "relation":
            return self.relations is None or _relation(finding) in self.relations
        return self.indicators is None or finding.key.indicator in self.indicators


def scope_of(changed: Collection[Key] | None, relations: Sequence[Relation]) -> Scope:
    """What new numbers of these series can affect: their indicators, and relations that these are in."""
    if changed is None:
        return Scope()
    own = frozenset(key.indicator for key in changed)
    return Scope(own, frozenset(r.id for r in relations if _members(r) & own))


def renewed(before: Sequence[Finding], after: Sequence[Finding], scope: Scope) -> list[Finding]:
    """The list after a sweep of what changed: `before`, save what was judged again, with `after`."""
    kept = [finding for finding in before if not scope.covers(finding)]
    return _ranked([*kept, *after])


def sweep(
    store: Store,
    indicators: Mapping[str, Indicator],
    regions: Mapping[str, Region],
    relations: Sequence[Relation] = (),
    bounds: Sequence[Bound] = (),
    *,
    now: datetime,
    changed: Collection[Key] | None = None,
    limits: Limits = DEFAULT,
) -> list[Finding]:
    """Everything in `store` that somebody should look at, the most important first.

    `store` holds what is known at `now`: hand in `store.as_of(now)` where it holds more. `changed`: the
    series that have new numbers since the last sweep; None: judge all.
    """
    scope = scope_of(changed, relations)
    touched = [r for r in relations if scope.relations is None or r.id in scope.relations]
    loaded = scope.indicators and scope.indicators.union(*map(_members, touched))
    found: list[Finding] = []
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        revisions = _newest_round(store, now, limits)
        for panel in store.panels.values():
            table = sheet(panel, indicators, regions, revisions, loaded, limits)
            if table is not None:
                found += _judged(table, touched, bounds, revisions, limits)
    return _ranked([finding for finding in found if scope.covers(finding)])


def _judged(
    table: Sheet,
    relations: Sequence[Relation],
    bounds: Sequence[Bound],
    revisions: Sequence[Revision],
    limits: Limits,
) -> Iterator[Finding]:
    seen = outlook(table)
    yield from swings(table, seen, limits)
    yield from areas(table, seen, limits)
    yield from contradictions(table, relations, limits)
    yield from ranges(table, bounds)
    yield from vintages(table, seen, revisions, bounds, limits)


def _ranked(findings: Sequence[Finding]) -> list[Finding]:
    return sorted({f.id: f for f in findings}.values(), key=lambda f: (-f.rank, f.id))


def _members(relation: Relation) -> frozenset[str]:
    return frozenset(term.indicator for term in (relation.of, *relation.others))


def _relation(finding: Finding) -> str:
    return finding.rule.partition(":")[2].rpartition("/")[0]


def _newest_round(store: Store, now: datetime, limits: Limits) -> list[Revision]:
    """Corrections and withdrawals of the newest snapshots."""
    released = [s.vintage.release for s in store.snapshots if s.vintage.release <= now]
    if not released:
        return []
    since = max(released) - timedelta(days=limits.round_days)
    return [r for r in store.revisions() if since < r.later.release <= now]
