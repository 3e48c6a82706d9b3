"""What early warning and validation say of the numbers of one edition, as plain data, kept between builds.

A sweep looks at every number. What it says is kept by a hash of all that it looks at, so a build that
changes none of it computes nothing. Only for editions that are not public: the gate gives no others rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from builder import values
from builder.memo import Memo, code_version, digest
from builder.model import BEIJING
from builder.values import A_YEAR, Key, Numbers

Row = dict[str, Any]
# States of a warning: what people said of it. Those that end it take its mark away.
STATES: Mapping[str, str] = {
    "new": "待核实",
    "acknowledged": "核实中",
    "explained": "已说明",
    "corrected": "已更正",
    "false_alarm": "误报",
}
OPEN = ("new", "acknowledged")
TOLD = ("by", "on", "text", "until")  # of a verdict, besides its state
MOST = 2000  # warnings, and findings, that are kept


@lru_cache(maxsize=1)
def _version() -> str:
    """A hash of the code that judges."""
    room = Path(values.__file__).parent / "indicators"
    own = [*room.glob("warn/*.py"), *room.glob("checks/*.py"), *room.glob("*.py")]
    return code_version(__file__, *map(str, sorted(own)))


class Watch:
    """The judgements about one edition's numbers."""

    def __init__(self, numbers: Numbers, now: datetime, memo: Memo) -> None:
        """Nothing is judged before it is asked for."""
        self.numbers, self.now, self.memo = numbers, now, memo

    @cached_property
    def known(self) -> str:
        """A hash of numbers, definitions, regions and rules."""
        held = self.numbers
        told = [snapshot.vintage for snapshot in held.store.snapshots]
        rules = [
            (name, {key: rules.get(key) for key in ("rules", "relations", "bounds")})
            for name, rules in sorted(held.rulesets.items())
        ]
        return digest(
            _version(),
            repr(sorted(held.marks.items())),
            *map(repr, (held.indicators, held.regions, told, rules)),
        )

    def _rules(self, key: str) -> tuple[Any, ...]:
        return tuple(r for rules in self.numbers.rulesets.values() for r in rules.get(key, ()))

    @cached_property
    def warnings(self) -> tuple[int, list[Row]]:
        """How many there are, and the most important of them, each with what people said of it."""
        count, rows = self.memo.get(digest("warnings", self.known), self._sweep)
        from builder.indicators.warn.inbox import Opinions

        said = Opinions(self.numbers.verdicts, self._today)
        made = []
        for row in rows:
            key = Key(row["indicator"], row["measure"], row["region"])
            state, verdict, _ = said.on(row["id"], row["rule"], key)
            told = {k: getattr(verdict, k) for k in TOLD} if verdict else {}
            made.append(row | told | {"state": state, "open": state in OPEN})
        return count, made

    @property
    def _today(self) -> date:
        """The day for which pages are made: what people say later is not said yet."""
        return self.now.astimezone(BEIJING).date()

    @cached_property
    def precision(self) -> list[Row]:
        """How often each rule was right, of those on which somebody has decided."""
        from builder.indicators.warn.inbox import precision

        rows = self.warnings[1]
        raised = ((row["id"], row["rule"]) for row in rows)
        said = precision(self.numbers.verdicts, self._today, raised)
        labels = {row["rule"]: row["label"] for row in rows}
        return [
            asdict(p) | {"label": labels.get(p.rule, ""), "share": p.share}
            for p in said
            if p.share is not None
        ]

    def _sweep(self) -> tuple[int, list[Row]]:
        from builder.indicators.warn.finding import KINDS
        from builder.indicators.warn.sweep import sweep

        held: Any = self.numbers.store  # what a site holds is such a store
        found = sweep(
            held,
            self.numbers.indicators,
            self.numbers.regions,
            self._rules("relations"),
            self._rules("bounds"),
            now=self.now,
        )
        rows = [
            {
                "id": f.id,
                "kind": f.kind,
                "label": KINDS[f.kind],
                "rule": f.rule,
                "indicator": f.key.indicator,
                "measure": f.key.measure,
                "region": f.key.region,
                "period": str(f.period),
                "when": f.when,
                "score": round(f.score, 1),
                "inputs": [tuple(pair) for pair in f.inputs],
                "sentence": f.sentence,
            }
            for f in found[:MOST]
        ]
        return len(found), rows

    @cached_property
    def _open(self) -> dict[str, list[Row]]:
        """Warnings that nobody has settled, by indicator."""
        found: dict[str, list[Row]] = {}
        for row in self.warnings[1]:
            if row["open"]:
                found.setdefault(row["indicator"], []).append(row)
        return found

    @cached_property
    def places(self) -> frozenset[tuple[str, ...]]:
        """Indicator, measure, region, period of every open warning."""
        rows = (row for row in self.warnings[1] if row["open"])
        return frozenset(
            tuple(row[k] for k in ("indicator", "measure", "region", "period")) for row in rows
        )

    def of(self, indicator: str) -> list[Row]:
        """The open warnings about an indicator, the most important first."""
        return self._open.get(indicator, [])

    @cached_property
    def flaws(self) -> tuple[int, list[Row]]:
        """How many numbers of the last year break a rule, and which."""
        return self.memo.get(digest("flaws", self.known), self._validate)

    def _validate(self) -> tuple[int, list[Row]]:
        from builder.indicators.validate import validate

        held: Any = self.numbers.store
        since = {
            frequency: panel.start + max(0, panel.width - A_YEAR[frequency])
            for frequency, panel in held.panels.items()
        }
        known, areas = self.numbers.indicators, self.numbers.regions
        found = validate(held, known, areas, self._rules("rules"), since)
        return len(found), [
            {
                "rule": f.rule,
                "hard": f.hard,
                "untold": bool(f.lacking),
                "indicator": f.key.indicator,
                "measure": f.key.measure,
                "region": f.key.region,
                "period": str(f.period),
                "when": f.when,
                "expected": f.expected,
                "seen": f.seen,
                "sentence": f.sentence,
            }
            for f in found[:MOST]
        ]


def by_kind(rows: Sequence[Row]) -> Iterator[tuple[str, str, list[Row]]]:
    """Rows of one kind together, in the order of the first of each."""
    for kind in dict.fromkeys(row["kind"] for row in rows):
        mine = [row for row in rows if row["kind"] == kind]
        yield kind, mine[0]["label"], mine
