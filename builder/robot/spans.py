"""Months and years in a question: `9月`, `去年`, `前三季度`, `1—2月` become spans of one year.

`theme/assets/robot-engine.js` holds the twin. Months without a year are the last that have begun.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from builder.tokens import fold

NUM = "([0-9]{1,4}|十[一二]?|[一二两三四五六七八九])"
YEAR = "(?:([0-9]{4}|2[1-9])年度?的?|(今年|本年|去年|上年|前年|明年|后年)度?的?)"
# Only compared with, not asked for: “比去年同期”.
COMPARED = re.compile(
    "(?:比|较)(?:去年|上年|上个?月|上个?季度|今年|[0-9]{4}年)(?:同期|同月)?|(?:去年|上年)(?:同期|同月)"
    "|[跟和与同](?:去年|上年|上个?月|上个?季度|今年|[0-9]{4}年)相?比"
)
SPAN = re.compile(
    f"{YEAR}?(?:{NUM}月?份?(?:[-~～]|—{{1,2}}|–|至|到){NUM}月份?|[前头]{NUM}个?月|([前头])?第?{NUM}个?季度"
    f"|(首季)度?|([上下])半年|(全年)|{NUM}月份?末?底?(?![0-9]{{1,2}}[日号])|q([1-4]))"
    f"|([0-9]{{4}})[-./]([0-9]{{1,2}})(?![0-9])|(这个|这|本|上个?|下个?)(月|季)份?度?末?|{YEAR}[末底]?"
)
SPOKEN = {c: n for n, c in enumerate("一二三四五六七八九十", 1)} | {"十一": 11, "十二": 12, "两": 2}
AGO = {"今年": 0, "本年": 0, "去年": 1, "上年": 1, "前年": 2, "明年": -1, "后年": -2}
SO_FAR = {3: "一季度", 6: "上半年", 9: "前三季度", 12: "全年"}
# What asks for a figure, what guesses at one, and what asks how figures are made or told instead.
FIGURE = re.compile(
    "多少|几个点|增速|增长|[涨跌升降快慢]|转正|转负|[能会]到|好不好|是几|预计|预测|估"
)
GUESS = re.compile("预计|预测|估|[能会]到|[能会]有|能不能完成|破")
MADE = re.compile(
    "怎么|为什么|什么时候|几号|哪|[报填算]|登记|入库|纳统|公布|发布|截止|区别|标准|要不要|多少钱"
)
QUARTERS = "一二三四"


class Span(NamedTuple):
    """Months of a year, from `first` to `last`; `first` is 0 where only the year was named."""

    year: int
    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read `2026.1-10`, as packages write it."""
        year, _, months = text.partition(".")
        first, _, last = months.partition("-")
        return cls(int(year), int(first), int(last))

    def __str__(self) -> str:
        return f"{self.year}.{self.first}-{self.last}"

    @property
    def label(self) -> str:
        """For readers: `2026年前三季度`."""
        return f"{self.year}年{self._months()}"

    def _months(self) -> str:
        if self.first == self.last:
            return f"{self.last}月"
        if self.first < 2:
            return SO_FAR.get(self.last, f"1—{self.last}月") if self.first else ""
        if self.last % 3 == 0 and self.last - self.first == 2:
            return f"{QUARTERS[self.last // 3 - 1]}季度"
        return "下半年" if (self.first, self.last) == (7, 12) else f"{self.first}—{self.last}月"


def pending(asked: tuple[Span, ...], text: str, day: str) -> str:
    """The time, if a figure is asked for of one that isn't over on `day`; empty otherwise."""
    said = fold(text)
    if not asked or not FIGURE.search(said) or MADE.search(said):
        return ""
    open_ = (span for span in asked if _open(span, day, guess=bool(GUESS.search(said))))
    return next((span.label for span in open_), "")


def _open(span: Span, day: str, *, guess: bool) -> bool:
    if span.first or guess:
        return f"{span.year}-{span.last:02d}" >= day[:7]
    return span.year > int(day[:4])


def spans(text: str, day: str) -> tuple[tuple[Span, ...], str]:
    """The spans that a question names, and what is left of it, folded."""
    found: list[Span] = []

    def take(m: re.Match[str]) -> str:
        span = _span(m, day, found[-1].year if found else 0)
        if span is None:
            return m[0]
        if span not in found:
            found.append(span)
        return " "

    left = SPAN.sub(take, COMPARED.sub(" ", fold(text)))
    return tuple(found), left


def _span(m: re.Match[str], day: str, told: int) -> Span | None:
    """`told`: the year that was named before, which counts for months that name none."""
    now, month = int(day[:4]), int(day[5:7])
    if m[13]:
        return _months(int(m[13]), int(m[14]), int(m[14]))
    if m[15]:
        return _relative(m[15], m[16], now, month)
    year = _year(m[1] or m[17], m[2] or m[18], now)
    if m[17] or m[18]:
        return Span(year, 0, 12)
    months = _named(m)
    if months is None:
        return None
    late = month < 7 if m[10] else months[0] > month
    return _months(year or told or now - late, *months)


def _named(m: re.Match[str]) -> tuple[int, int] | None:
    if m[3]:
        return _number(m[3]), _number(m[4])
    if m[5]:
        return 1, _number(m[5])
    if m[7] or m[12] or m[8]:
        last = 3 * _number(m[7] or m[12] or "1")
        return (1 if m[6] else last - 2), last
    if m[9]:
        return (1, 6) if m[9] == "上" else (7, 12)
    return (1, 12) if m[10] else (_number(m[11]), _number(m[11]))


def _months(year: int, first: int, last: int) -> Span | None:
    return Span(year, first, last) if 1 <= first <= last <= 12 and 1900 <= year < 2100 else None


def _number(text: str) -> int:
    return SPOKEN.get(text) or int(text)


def _year(digits: str, word: str, now: int) -> int:
    if word:
        return now - AGO[word]
    value = int(digits or 0)
    return value + 2000 if 0 < value < 100 else value


def _relative(which: str, what: str, now: int, month: int) -> Span:
    step = {"上": -1, "下": 1}.get(which[0], 0)
    size = 1 if what == "月" else 3
    ordinal = (now * 12 + month - 1) // size + step
    last = ordinal * size % 12 + size
    return Span(ordinal * size // 12, last - size + 1, last)
