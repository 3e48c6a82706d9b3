"""Mapping files as data: how rows of an existing database are numbers of ours. No database is touched here."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from builder.model import BEIJING
from builder.problems import suggest
from builder.values import A_YEAR, MARKS, Indicator, Period

PARTS = ("indicator", "measure", "region", "period", "value", "mark")
Part = Literal["indicator", "measure", "region", "period", "value", "mark"]
Text = Annotated[str, Field(min_length=1, max_length=120)]
Environ = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{2,60}$")]
TableName = Annotated[str, Field(pattern=r"^[^\W\d][\w$]{0,62}(?:\.[^\W\d][\w$]{0,62})?$")]
SLOTS: Mapping[str, str] = {
    "Y": r"(?P<year>(?:19|20)[0-9]{2})",
    "M": r"(?P<month>0?[1-9]|1[0-2])",
    "Q": r"(?P<quarter>0?[1-4])",
    "H": r"(?P<half>0?[12])",
}
SLOT = re.compile(r"\{([^{}]*)\}")
LAST = {"quarter": 3, "half": 6, "year": 12}  # months of a span
SELECT = re.compile(r"\s*(?:select|with)\b", re.IGNORECASE)
SOUND = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`")
ZONED = re.compile(r":\d\d(?:\.\d+)?\s*(?:[Zz]|[+-]\d\d(?::?\d\d)?)$")  # a time of day and its zone
WRITES = re.compile(r"\binto\b", re.IGNORECASE)  # INTO OUTFILE writes where nothing else may
MOST_SELECT = 20_000


class _Mapped(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Column(_Mapped):
    """One series of a wide table: a column of numbers."""

    indicator: Text
    measure: Text = "value"
    region: str = ""


class DatabaseMapping(_Mapped):
    """Where the numbers are and what their columns mean.

    `columns`: part of a number → column. `fixed`: part → what it is in all rows. `series`: column →
    series, for tables with a column for each. `codes`: part → code there → ours. `unlisted`: what to do
    with codes that are not in `codes`. `url_env` names the variable that holds the address.
    """

    url_env: Environ
    table: TableName | Literal[""] = ""
    select: Annotated[str, Field(max_length=MOST_SELECT)] = ""
    columns: Mapping[Part, Text]
    fixed: Mapping[Part, Text] = {}
    series: Mapping[Text, Column] = {}
    codes: Mapping[Part, Mapping[str, str]] = {}
    period: Annotated[str, Field(max_length=60)] = "{Y}-{M}"
    unlisted: Literal["refuse", "skip"] = "refuse"
    rows: Annotated[int, Field(ge=1, le=2_000_000)] = 200_000
    seconds: Annotated[int, Field(ge=1, le=600)] = 60


def faults(known: DatabaseMapping) -> Iterator[tuple[str, str, str]]:
    """What one mapping says wrong by itself: (key, sentence without full stop, what to do)."""
    if bool(known.table) == bool(known.select):
        yield (
            "table",
            "table 和 select 要写一个，也只写一个",
            "简单的写 table；要筛选、要联表的写 select。",
        )
    if known.select and (said := _unsound(known.select)):
        yield "select", said, "写一条 SELECT，不带分号。"
    yield from _parts(known)
    if said := _pattern_fault(known.period):
        yield "period", said, "写成 {Y}{M}、{Y}年{M}月、{Y}Q{Q}、{Y}，或 date。"
    for code, mark in known.codes.get("mark", {}).items():
        if mark and mark not in MARKS:
            yield (
                "codes",
                f"mark 的 `{code}` 对到 `{mark}`，没有这个记号",
                f"可写：{'、'.join(MARKS)}。",
            )


def _parts(known: DatabaseMapping) -> Iterator[tuple[str, str, str]]:
    """Each part of a number comes from one place."""
    wide = {"indicator", "measure", "value"} if known.series else set[str]()
    for part in PARTS:
        told = (part in known.columns) + (part in known.fixed) + (part in wide)
        if told > 1:
            yield "columns", f"{part} 写在了两处", "columns、fixed、series 里留一处。"
        elif not told and part not in {"mark", "measure"} and not _by_series(known, part):
            yield "columns", f"没有写 {part} 从哪一列来", "在 columns 或 fixed 里写上。"
    for part in ("value", "mark"):
        if part in known.fixed:
            yield "fixed", f"{part} 不能是固定的", "写在 columns 里。"


def _by_series(known: DatabaseMapping, part: str) -> bool:
    """Whether each series says the part itself: only regions can be told so besides."""
    return part == "region" and bool(known.series) and all(s.region for s in known.series.values())


def _unsound(text: str) -> str:
    """Why a statement is not one question; empty when it is."""
    bare = SOUND.sub("''", text)
    if not SELECT.match(text):
        return "select 要以 SELECT 或 WITH 开头，这里只读不写"
    if ";" in bare:
        return "select 里有分号，只能是一条"
    if WRITES.search(bare):
        return "select 里有 INTO，这里只读不写"
    return "select 里有注释" if re.search(r"--|/\*|#", bare) else ""


def _pattern_fault(pattern: str) -> str:
    if pattern == "date":
        return ""
    slots = SLOT.findall(pattern)
    if strange := [s for s in slots if s not in SLOTS]:
        return f"period 里的 {{{strange[0][:10]}}} 不认识"
    if slots.count("Y") != 1 or len(slots) > 2 or len({*slots}) < len(slots):
        return "period 里要有一个 {Y}，此外最多一个 {M}、{Q} 或 {H}"
    return ""


def names(
    known: DatabaseMapping,
    indicators: Mapping[str, Indicator],
    regions: Container[str],
    later: Container[str] = (),
) -> Iterator[tuple[str, str, str]]:
    """What a mapping names and nobody defined, as `faults` tells it.

    `later`: indicators that exist and can't be judged by now.
    """
    for key, name, measure in _named(known):
        found = indicators.get(name)
        if found is None and name not in later:
            hint = suggest(name, indicators) or "检查编号。"
            yield key, f"指标 `{name}` 没有定义", hint
        elif found and measure and measure not in found.measures:
            yield key, f"“{found.name}”没有 {measure}", f"可写：{'、'.join(found.measures)}。"
    codes = [*known.codes.get("region", {}).values(), known.fixed.get("region", "")]
    for code in filter(None, [*codes, *(s.region for s in known.series.values())]):
        if code not in regions:
            yield "codes", f"地区 `{code}` 不在地区表里", "对照 regions.yml 改正。"


def _named(known: DatabaseMapping) -> Iterator[tuple[str, str, str]]:
    """(key, indicator, measure) wherever a mapping names them; no measure where a row says it."""
    for series in known.series.values():
        yield "series", series.indicator, series.measure
    if "indicator" in known.fixed:
        yield "fixed", known.fixed["indicator"], known.fixed.get("measure", "")
    for name in known.codes.get("indicator", {}).values():
        slug, _, measure = name.partition(".")
        yield "codes", slug, measure


# --- periods ----------------------------------------------------------------------------------------


class BadPeriod(ValueError):
    """A period that can't be read; a Chinese sentence without its full stop."""


def plain(value: Any) -> str:
    """A code or period as text: whole numbers without a point."""
    if isinstance(value, (float, Decimal)) and isfinite(value) and value == int(value):
        return str(int(value))
    return str(value).strip()


def period_of(value: Any, pattern: str, indicator: Indicator) -> Period:
    """The period that a column's value means; of the frequency of its indicator."""
    if pattern == "date":
        return _spanning(_day(value), indicator.frequency)
    text = plain(value)
    found = _compiled(pattern).fullmatch(text)
    if not found:
        raise BadPeriod(f"时期 `{text[:20]}` 不合 {pattern}")
    told = {k: int(v) for k, v in found.groupdict().items() if v is not None}
    return _fitted(told, indicator.frequency, text)


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = SLOT.split(pattern)
    made = [SLOTS[p] if n % 2 else re.escape(p) for n, p in enumerate(parts)]
    return re.compile("".join(made))


def _fitted(told: Mapping[str, int], frequency: str, text: str) -> Period:
    """Numbers of a quarter are often kept under its last month."""
    year = told["year"]
    if frequency == "year" and told.keys() == {"year"}:
        return Period("year", year)
    if frequency != "year" and frequency in told:
        return Period(frequency, year * A_YEAR[frequency] + told[frequency] - 1)
    span = LAST.get(frequency, 0)
    if span and told.get("month", 1) % span == 0 and "month" in told:
        return Period(frequency, year * A_YEAR[frequency] + told["month"] // span - 1)
    raise BadPeriod(f"时期 `{text[:20]}` 与指标的频度对不上")


def _day(value: Any) -> date:
    """The day in Beijing: a moment that names its zone may be another day there."""
    if isinstance(value, datetime):
        return (value.astimezone(BEIJING) if value.tzinfo else value).date()
    if isinstance(value, date):
        return value
    text = str(value).strip().replace("/", "-")
    try:
        if ZONED.search(text):
            return _day(datetime.fromisoformat(text))
        return date.fromisoformat(text[:10])
    except (ValueError, OverflowError):
        raise BadPeriod(f"日期 `{str(value)[:20]}` 读不出来") from None


def _spanning(day: date, frequency: str) -> Period:
    count = A_YEAR[frequency]
    return Period(frequency, day.year * count + (day.month - 1) * count // 12)
