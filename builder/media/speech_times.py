"""Rules for years, dates and times of day. A rule that declines gives None."""

from __future__ import annotations

import re

from builder.media.speech_lexicon import Lexicon
from builder.media.speech_numbers import by_digit, value
from builder.media.units import UNITS

DASH = r"\s?[-—~～]\s?"
YEAR = r"(?:19|20)\d\d"
DATE = re.compile(rf"(?<!\d)({YEAR})([-/.])(0?[1-9]|1[0-2])\2([12]\d|3[01]|0?[1-9])(?!\d)")
MONTH = re.compile(rf"(?<![\d-])({YEAR})-(0[1-9]|1[0-2])(?![-\d])")
SHORT_SPAN = re.compile(rf"(?<!\d)({YEAR})(?={DASH}\d\d年)")
SHORT_YEAR = re.compile(
    rf"(?:(?<={YEAR}[-—~～])\d\d(?=年)|(?<![\d.])\d\d(?=年\d\d?(?:月|[-—~～至]\d)))"
)
WITH_YEAR = re.compile(rf"(?<![\d.,])({YEAR})(?=\s?年)")
ALONE = re.compile(rf"(?<![\d.,¥$￥])({YEAR})(?![\d%‰])(?!\.\d)(?!,\d\d\d)")
QUARTER = re.compile(r"(?<![A-Za-z])Q([1-4])(?![\dA-Za-z])")
CLOCK = re.compile(r"(?<![\d:：])([01]?\d|2[0-4])[:：]([0-5]\d)(?:[:：]([0-5]\d))?(?![\d:：]|\.\d)")
VALUED = re.compile(
    rf"\s?(?:[多余来几名]|(?!年|级|版|期|届|度|课|月|日|号|章|条|款|类|时期|份报)(?:{UNITS}))"
)
NEAR = re.compile(r"(?:近|约|过去|历时|长达|超过)$")
RATIO = re.compile(r"(?:比例|比率|之比|配比|性别比|按|比)(?:[是为约达到]|大约)?\s?$")


def date(found: re.Match[str], _: Lexicon) -> str:
    """2024-11-21, 2024/11/21 and 2024.11.21."""
    year, _sign, month, day = found.groups()
    return f"{by_digit(year)}年{value(month.lstrip('0'))}月{value(day.lstrip('0'))}日"


def month(found: re.Match[str], _: Lexicon) -> str:
    """2024-09 → 二零二四年九月."""
    return f"{by_digit(found[1])}年{value(found[2].lstrip('0'))}月"


def digits(found: re.Match[str], _: Lexicon) -> str:
    """A year that is known to be one."""
    return by_digit(found[0])


def dated(found: re.Match[str], _: Lexicon) -> str | None:
    """2024年; but 近2000年 is a stretch of time."""
    if found[1].endswith("00") and NEAR.search(
        found.string[max(0, found.start() - 20) : found.start()]
    ):
        return None
    return by_digit(found[1])


def alone(found: re.Match[str], _: Lexicon) -> str | None:
    """Four digits from 1900 to 2099 with nothing that makes them a quantity: a year (2017版, 2024统计年鉴)."""
    rest = found.string[found.end() : found.end() + 40].lstrip()
    if rest.startswith("年"):  # `dated` has declined it
        return None
    span = re.match(rf"{DASH}(\d[\d,.]*)", rest)
    if span and not re.fullmatch(YEAR, span[1]):
        return None
    if VALUED.match(rest[span.end() :] if span else rest) or rest.startswith(("/", ":")):
        return None
    return by_digit(found[1])


def quarter(found: re.Match[str], _: Lexicon) -> str:
    """2024Q1, 2024年Q1 → 一季度."""
    before = found.string[max(0, found.start() - 20) : found.start()].rstrip(" -")
    return ("年" if before[-1:].isdigit() else "") + value(found[1]) + "季度"


def clock(found: re.Match[str], _: Lexicon) -> str | None:
    """10:30 → 十点三十分; 3:20 after 比例 is left to the rule for ratios."""
    if RATIO.search(found.string[max(0, found.start() - 20) : found.start()]) or found.string[
        found.end() :
    ].startswith("的比例"):
        return None
    hour, minute, second = found.groups()
    spoken = ("两" if hour.lstrip("0") == "2" else value(hour.lstrip("0") or "0")) + "点"
    if minute != "00" or second:
        spoken += _sixtieth(minute) + "分"
    return spoken + (_sixtieth(second) + "秒" if second else "")


def _sixtieth(digits: str) -> str:
    return (
        "零" + value(digits[1]) if digits[0] == "0" and digits != "00" else value(str(int(digits)))
    )


RULES = (
    (DATE, date),
    (MONTH, month),
    (SHORT_SPAN, digits),
    (SHORT_YEAR, digits),
    (WITH_YEAR, dated),
    (QUARTER, quarter),
    (CLOCK, clock),
    (ALONE, alone),
)
