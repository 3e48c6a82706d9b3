"""GDP统一核算: a ledger of the base numbers that departments supply, and whether they agree with what is known.

Which industry needs which base indicator from which department, by when, and whether it came. GDP
itself is never computed here: 国家统计局统一组织和实施地区生产总值核算工作 (统计法 第二十条).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from builder.indicators.rules import MeasureName, Name
from builder.values import Indicator, Key, Period

if TYPE_CHECKING:
    from builder.indicators.store import Store  # with numpy, which kinds do without

STATES: Mapping[str, str] = {"received": "已收到", "missing": "未收到", "doubtful": "存疑"}
GDP = re.compile(r"(?:地区|国内)生产总值|\bGDP\b", re.IGNORECASE)


def _day(value: str) -> str:
    if value:
        try:
            date.fromisoformat(value)
        except ValueError:
            raise ValueError("日期要写成 2026-10-16 这样") from None
    return value


def _period(value: str) -> str:
    Period.parse(value)
    return value


Day = Annotated[str, AfterValidator(_day)]


class Supply(BaseModel):
    """One base number: for which industry, which indicator, from whom, by when, and whether it came."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    industry: Annotated[str, Field(min_length=1, max_length=40)]
    indicator: Name
    measure: MeasureName = "value"
    department: Annotated[str, Field(min_length=1, max_length=40)]
    due: Day
    received: Day = ""
    state: Literal["received", "missing", "doubtful"] = "missing"
    note: Annotated[str, Field(max_length=300)] = ""


class Ledger(BaseModel):
    """The base numbers of one period of accounting. `region`: whose; the province when empty."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    period: Annotated[str, AfterValidator(_period)]
    region: Annotated[str, Field(pattern=r"^(\d{6})?$")] = ""
    rows: Annotated[tuple[Supply, ...], Field(min_length=1, max_length=2000)]


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong or doubtful with one row (from 0). `hard`: the row contradicts itself."""

    row: int
    hard: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How far the numbers of one industry, or of one department, are."""

    name: str
    received: int
    missing: int
    doubtful: int
    overdue: int

    @property
    def total(self) -> int:
        """How many numbers it needs."""
        return self.received + self.missing + self.doubtful


def overdue(row: Supply, today: date) -> bool:
    """Due before today, and not there."""
    return row.state == "missing" and bool(row.due) and row.due < today.isoformat()


def tallies(
    rows: Sequence[Supply], by: Literal["industry", "department"], today: date
) -> list[Tally]:
    """Counts for each industry or department, in the order of the ledger."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        here = counts.setdefault(getattr(row, by), Counter())
        here[row.state] += 1
        here["overdue"] += overdue(row, today)
    return [
        Tally(name, c["received"], c["missing"], c["doubtful"], c["overdue"])
        for name, c in counts.items()
    ]


def review(
    ledger: Ledger, indicators: Mapping[str, Indicator], store: Store | None, region: str
) -> list[Remark]:
    """What contradicts itself in the ledger, and what contradicts the numbers that are known.

    `region`: the code whose numbers the ledger speaks of when it names none.
    """
    found = [r for n, row in enumerate(ledger.rows) for r in _row(n, row, indicators)]
    found += _repeated(ledger.rows)
    if store is not None:
        for number, row in enumerate(ledger.rows):
            found += _known(number, row, ledger, indicators, store, ledger.region or region)
    return sorted(found, key=lambda r: (r.row, not r.hard, r.sentence))


def _row(number: int, row: Supply, indicators: Mapping[str, Indicator]) -> Iterator[Remark]:
    told = f"“{row.industry}”要的 `{row.indicator}`"
    known = indicators.get(row.indicator)
    if known is None:
        yield Remark(number, True, f"{told}没有这个指标。")
    elif GDP.search(known.name):
        yield Remark(
            number, True, f"“{known.name}”由国家统计局统一核算（统计法第二十条），不列入基础数据。"
        )
    elif row.measure not in known.measures:
        yield Remark(number, True, f"{told}没有这一项（{row.measure}）。")
    if row.state != "missing" and not row.received:
        yield Remark(number, True, f"{told}写了{STATES[row.state]}，没有写收到的日期。")
    if row.state == "missing" and row.received:
        yield Remark(number, True, f"{told}写了收到的日期，状态却是未收到。")
    if row.state == "doubtful" and not row.note.strip():
        yield Remark(number, True, f"{told}存疑，没有写疑在哪里。")
    if row.received and row.received > row.due:
        yield Remark(number, False, f"{told} {row.due} 到期，{row.received} 才收到。")


def _repeated(rows: Sequence[Supply]) -> Iterator[Remark]:
    seen: dict[tuple[str, str, str, str], int] = {}
    sent: dict[tuple[str, str], tuple[int, str]] = {}
    for number, row in enumerate(rows):
        same = (row.industry, row.indicator, row.measure, row.department)
        if seen.setdefault(same, number) != number:
            yield Remark(number, True, f"与第 {seen[same] + 1} 行重复。")
        first = sent.setdefault((row.indicator, row.measure), (number, row.department))
        if first[1] != row.department:
            yield Remark(
                number,
                False,
                f"`{row.indicator}` 第 {first[0] + 1} 行由{first[1]}提供，这里由{row.department}提供，要统一。",
            )


def _known(
    number: int,
    row: Supply,
    ledger: Ledger,
    indicators: Mapping[str, Indicator],
    store: Store,
    region: str,
) -> Iterator[Remark]:
    known = indicators.get(row.indicator)
    period = Period.parse(ledger.period)
    if known is None or known.frequency not in {period.frequency, "month"}:
        return
    if known.frequency == "month" and period.frequency == "quarter":
        period = Period("month", period.ordinal * 3 + 2)  # 季末月
    elif known.frequency != period.frequency:
        return
    cell = store.cell(Key(row.indicator, row.measure, region), period)
    there = cell is not None and cell.value is not None
    name = f"“{known.name}”{period.label(row.measure)}"
    if row.state == "received" and not there:
        yield Remark(number, False, f"{name}写了已收到，数据里没有。")
    if row.state == "missing" and there:
        yield Remark(number, False, f"{name}写了未收到，数据里已经有。")


def states(rows: Iterable[Supply]) -> Counter[str]:
    """How many rows are in each state."""
    return Counter(row.state for row in rows)
