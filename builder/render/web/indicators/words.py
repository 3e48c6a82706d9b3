"""How numbers are said on pages: signs, units, short names of periods, sentences that the data bear out."""

from __future__ import annotations

from builder.render.web.indicators.plots import signed
from builder.values import MARKS, Cell, Indicator, Measure, Period, rounded

GROWTH = frozenset({"yoy", "mom", "ytd_yoy"})
# What a reader looks for first.
LEADS = ("yoy", "ytd_yoy", "value", "ytd", "index", "ytd_index", "mom")
NAMES = {
    "value": "当期",
    "ytd": "累计",
    "yoy": "同比",
    "mom": "环比",
    "ytd_yoy": "累计同比",
    "index": "指数",
    "ytd_index": "累计指数",
}
BASES = {
    "yoy": "上年同期=0",
    "ytd_yoy": "上年同期=0",
    "mom": "上期=0",
    "index": "上年同期=100",
    "ytd_index": "上年同期=100",
}
AGAINST = {"month": "上月", "quarter": "上季度", "half": "上半年期", "year": "上年"}


def number(value: float | None, known: Measure, name: str) -> str:
    """A number as published, with its sign; empty where there is none."""
    return "" if value is None else signed(value, rounded(value, known.decimals), name in GROWTH)


def told(cell: Cell | None, known: Indicator) -> str:
    """A cell for a table: the number, or what stands in its place."""
    if cell is None:
        return ""
    if cell.value is None:
        return MARKS.get(cell.mark, "——")
    name = cell.key.measure
    mark = "（初步）" if cell.mark == "preliminary" else ""
    return number(cell.value, known.measures[name], name) + mark


def with_unit(text: str, unit: str) -> str:
    """`5.2%`, `12.3亿元`."""
    return f"{text}{after(unit)}" if text else ""


def after(unit: str) -> str:
    """A unit as it follows a number: one that names a base (`农村=1`) stands apart."""
    return f"（{unit}）" if "=" in unit else unit


def short(period: Period) -> str:
    """A period where there is little room."""
    if period.frequency == "month":
        return f"{period.year}.{period.place:02d}"
    if period.frequency == "quarter":
        return f"{period.year}年{period.place}季"
    if period.frequency == "half":
        return f"{period.year}年{'上下'[period.place - 1]}"
    return f"{period.year}"


def points(known: Measure, name: str) -> str:
    """What a difference of two such numbers is counted in."""
    if known.unit == "%":
        return "个百分点"
    return known.unit or ("点" if "index" in name else "")


def change(now: Cell, before: Cell | None, known: Indicator) -> str:
    """How a number differs from the one before, in words that the two bear out; empty when there is none."""
    name = now.key.measure
    measure = known.measures[name]
    if before is None or now.value is None or before.value is None or not _alike(now, before):
        return ""
    new, old = (float(rounded(v, measure.decimals)) for v in (now.value, before.value))
    gap = rounded(abs(new - old), measure.decimals)
    earlier = _earlier(now, before)
    if not float(gap):
        return f"与{earlier}持平"
    return f"比{earlier}{'提高' if new > old else '回落'}{gap}{points(measure, name)}"


def _alike(now: Cell, before: Cell) -> bool:
    """Whether the two can be set against each other: not sums over spans of different length."""
    name, both = now.key.measure, "combined" in {now.mark, before.mark}
    return name != "ytd" and not (both and (name == "value" or now.mark == "combined"))


def _earlier(now: Cell, before: Cell) -> str:
    """What the number before is called."""
    if before.mark == "combined":
        return "1—2月"
    if now.key.measure.startswith("ytd") and now.period.year != before.period.year:
        return "上年全年"
    return AGAINST[now.period.frequency]


def headline(now: Cell, before: Cell | None, known: Indicator) -> str:
    """A title that states what the newest number says."""
    name = now.key.measure
    text = with_unit(number(now.value, known.measures[name], name), known.measures[name].unit)
    said = f"{now.when}{NAMES[name]}{text}"
    more = change(now, before, known) if name in GROWTH else ""
    return f"{said}，{more}" if more else said
