"""What people said of warnings: states, explanations that stop the repeat, and how often a rule is right.

A verdict names the warning by its id, and besides by rule, series and period: so a list of verdicts can be
read and counted without the sweep that raised them. It holds no number. No numpy here: kinds import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from builder.indicators.rules import MeasureName, Name, PeriodText
from builder.indicators.warn.finding import Finding
from builder.indicators.warn.relations import Day
from builder.values import Key

State = Literal["new", "acknowledged", "explained", "corrected", "false_alarm"]
STATES: Mapping[State, str] = {
    "new": "新",
    "acknowledged": "已知悉",
    "explained": "已说明",
    "corrected": "已更正",
    "false_alarm": "误报",
}
OPEN: tuple[State, ...] = ("new", "acknowledged")
RIGHT: tuple[State, ...] = ("explained", "corrected")  # the number was odd indeed


def _one_line(value: str) -> str:
    if "\n" in value or not value.strip():
        raise ValueError("写一行，不能空着")
    return value.strip()


class Verdict(BaseModel):
    """What one person said of one warning.

    `until`: the last day on which an explanation or a false alarm holds; till then it also covers other
    warnings of the same rule about the same series. Empty: it holds for ever, for this number only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    warning: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    rule: Annotated[str, Field(pattern=r"^[a-z][a-z0-9:-]{0,80}/\d{1,3}$")]
    indicator: Name
    measure: MeasureName
    region: Annotated[str, Field(pattern=r"^\d{6}$")]
    period: PeriodText
    state: Literal["acknowledged", "explained", "corrected", "false_alarm"]
    by: Annotated[str, Field(max_length=80), AfterValidator(_one_line)]
    on: Annotated[Day, Field(min_length=10)]
    text: Annotated[str, Field(max_length=500)] = ""
    until: Day = ""

    @model_validator(mode="after")
    def _whole(self) -> Verdict:
        if self.state in ("explained", "false_alarm") and not self.text.strip():
            raise ValueError("已说明和误报要写理由（text）")
        if self.until and self.state not in ("explained", "false_alarm"):
            raise ValueError("until 只用于已说明和误报")
        if self.until and self.until < self.on:
            raise ValueError("until 不能早于 on")
        return self

    @property
    def series(self) -> tuple[str, ...]:
        """Rule and series: what an explanation covers while it lasts."""
        return self.rule, self.indicator, self.measure, self.region


@dataclass(frozen=True, slots=True)
class Item:
    """One warning in the inbox. `covered`: an explanation of an earlier one stands for it."""

    finding: Finding
    state: State
    verdict: Verdict | None = None
    covered: bool = False


@dataclass(frozen=True, slots=True)
class Precision:
    """How often a rule was right, of the warnings on which somebody has decided."""

    rule: str
    right: int
    false: int
    open: int

    @property
    def share(self) -> float | None:
        """None while nothing is decided."""
        decided = self.right + self.false
        return self.right / decided if decided else None


def draft(finding: Finding, by: str, on: date) -> dict[str, str]:
    """The keys of a verdict on this warning, for a person to fill in `state` and `text`."""
    return {
        "warning": finding.id,
        "rule": finding.rule,
        "indicator": finding.key.indicator,
        "measure": finding.key.measure,
        "region": finding.key.region,
        "period": str(finding.period),
        "state": "acknowledged",
        "by": by,
        "on": on.isoformat(),
    }


class Opinions:
    """What people said, ready to be asked about one warning after another."""

    def __init__(self, verdicts: Sequence[Verdict], today: date) -> None:
        """Of several words on one warning the last holds: the latest day; on one day the later in the list.

        What is dated after `today` is not said yet.
        """
        self._today = today.isoformat()
        self._latest = _latest(verdicts, today)
        words = sorted(self._latest.values(), key=lambda v: v.until)
        self._lasting = {v.series: v for v in words if v.until >= self._today}

    def on(self, warning: str, rule: str, key: Key) -> tuple[State, Verdict | None, bool]:
        """State of a warning, the verdict that gives it, and whether that was on an earlier warning."""
        own = self._latest.get(warning)
        if own is not None and (not own.until or own.until >= self._today):
            return own.state, own, False
        other = self._lasting.get((rule, *key))
        if other is not None:
            return other.state, other, True
        return "new", None, False


def inbox(findings: Iterable[Finding], verdicts: Sequence[Verdict], today: date) -> list[Item]:
    """Warnings with their states: open ones first, the highest rank before the others."""
    said = Opinions(verdicts, today)
    items = [Item(finding, *said.on(finding.id, finding.rule, finding.key)) for finding in findings]
    return sorted(items, key=lambda i: (i.state not in OPEN, -i.finding.rank, i.finding.id))


def precision(
    verdicts: Sequence[Verdict], today: date, raised: Iterable[tuple[str, str]] = ()
) -> list[Precision]:
    """Rule by rule, from the last word on each warning by `today`.

    `raised`: id and rule of warnings; those of which nobody said anything count as open.
    """
    latest = _latest(verdicts, today)
    rules = {v.warning: v.rule for v in latest.values()} | dict(raised)
    found: dict[str, list[int]] = {}
    for warning, rule in rules.items():
        state = latest[warning].state if warning in latest else "new"
        place = 0 if state in RIGHT else 1 if state == "false_alarm" else 2
        found.setdefault(rule, [0, 0, 0])[place] += 1
    return [Precision(rule, *counts) for rule, counts in sorted(found.items())]


def _latest(verdicts: Sequence[Verdict], today: date) -> dict[str, Verdict]:
    said = [v for v in verdicts if v.on <= today.isoformat()]
    return {v.warning: v for v in sorted(said, key=lambda v: v.on)}
