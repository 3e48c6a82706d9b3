"""Sentences of the early warning, as a statistician would say them."""

from __future__ import annotations

from builder.indicators.warn.limits import GROWTH, INDICES
from builder.indicators.warn.sheet import Group
from builder.values import MEASURES, Indicator, Region, rounded

CLOSE = ("%", "‰")  # units that stand at both ends of an interval
SUBJECT = {
    "yoy": "同比",
    "mom": "环比",
    "ytd_yoy": "累计同比",
    "index": "指数",
    "ytd_index": "累计指数",
}


def number(value: float, group: Group) -> str:
    """As published, with its unit; indices have none."""
    return plain(value, group) + ("" if group.measure in INDICES else group.unit)


def plain(value: float, group: Group) -> str:
    """As published, without unit."""
    return rounded(value, group.decimals).replace("-", "−")


def interval(low: float | None, high: float | None, group: Group) -> str:
    """An expected interval: `2.1%～9.8%`, `9.1～10.2亿元`, `不低于2.1%`, `不高于9.8%`."""
    if low is None:
        return f"不高于{number(high, group)}" if high is not None else "不限"
    if high is None:
        return f"不低于{number(low, group)}"
    first = number(low, group) if group.unit in CLOSE else plain(low, group)
    return f"{first}～{number(high, group)}"


def place(region: Region, when: str, indicator: Indicator) -> str:
    """Where, when, what: `甲州市2026年9月用电量`."""
    return f"{region.name}{when}{indicator.name}"


def stated(value: float, group: Group) -> str:
    """What follows the subject: `同比增长38.2%`, `指数（上年同期=100）为103.2`, `为12.3亿元`."""
    measure = group.measure
    if measure in GROWTH:
        return f"{SUBJECT[measure]}{change(value, group)}"
    if measure in SUBJECT:
        return f"{SUBJECT[measure]}为{plain(value, group)}"
    return f"为{number(value, group)}"


def change(value: float, group: Group) -> str:
    """`增长38.2%`, `下降1.3%`, `持平`."""
    shown = rounded(abs(value), group.decimals)
    if float(shown) == 0:
        return "持平"
    return f"{'增长' if value > 0 else '下降'}{shown}{group.unit}"


def measure_name(measure: str) -> str:
    """The Chinese name of a measure."""
    return MEASURES[measure]


def because(why: str) -> str:
    """A reason as a sentence of its own; nothing when there is none."""
    return why if not why or why.endswith(("。", "！", "？")) else f"{why}。"


def subject(measure: str) -> str:
    """How a measure is called within a sentence: `同比`; nothing for amounts."""
    return SUBJECT.get(measure, "")


def much(score: float) -> str:
    """How far outside the interval: 1 is the threshold."""
    return "很多" if score >= 1.5 else "较多" if score >= 1 else "一些"
