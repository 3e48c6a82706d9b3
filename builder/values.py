"""The vocabulary of numbers: periods, regions, indicators, cells. Frozen data, no I/O, no numpy.

A number is found by five things: indicator, measure (当期, 累计, 同比 …), region, period and vintage,
the snapshot that brought it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, NamedTuple, Protocol

Frequency = Literal["month", "quarter", "half", "year"]
A_YEAR: Mapping[str, int] = {"month": 12, "quarter": 4, "half": 2, "year": 1}
FREQUENCIES: Mapping[str, str] = {
    "month": "月度",
    "quarter": "季度",
    "half": "半年度",
    "year": "年度",
}

# Measures: what a number of an indicator says. `Measure` in a definition gives unit and decimals.
MEASURES: Mapping[str, str] = {
    "value": "当期",
    "ytd": "累计",
    "yoy": "同比",
    "mom": "环比",
    "ytd_yoy": "累计同比",
    "index": "指数（上年同期=100）",
    "ytd_index": "累计指数（上年同期=100）",
}
LEVELS: tuple[str, ...] = ("国", "省", "市", "县")  # of regions, from above
# 披露类别, from the most restricted use to the least (the bureau decides who may see what of each).
DISCLOSURES: tuple[str, ...] = ("排位类", "考核类", "资源配置类", "重点关注类", "一般")
FAMILIES: Mapping[str, str] = {"monitor": "经济运行监测", "gdp": "GDP统一核算"}
DIRECTIONS: Mapping[str, str] = {"up": "越高越好", "down": "越低越好", "none": "不分好坏"}
# What may stand beside a number, or in place of one.
MARKS: Mapping[str, str] = {
    "preliminary": "初步数",
    "combined": "1—2月合并",  # a February that stands for January and February together
    "none": "——",  # asked for, and there is none
    "level": "持平",  # written so instead of 0
    "withdrawn": "已撤回",
}

_PERIOD = re.compile(
    r"(?P<year>(?:19|20)\d\d)(?:-(?P<month>0[1-9]|1[0-2])|-Q(?P<quarter>[1-4])|-H(?P<half>[12]))?",
    re.ASCII,
)
_QUARTERS = ("一季度", "上半年", "前三季度", "全年")


class Period(NamedTuple):
    """A span of the calendar; `ordinal` counts spans of its frequency since the year 0."""

    frequency: str
    ordinal: int

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read `2026-09`, `2026-Q3`, `2026-H1` or `2026`; raises ValueError with a Chinese sentence."""
        found = _PERIOD.fullmatch(text)
        if not found:
            raise ValueError(f"时期 `{text[:20]}` 要写成 2026-09、2026-Q3、2026-H1 或 2026")
        for frequency in ("month", "quarter", "half"):
            if found[frequency]:
                count = A_YEAR[frequency]
                return cls(frequency, int(found["year"]) * count + int(found[frequency]) - 1)
        return cls("year", int(found["year"]))

    @property
    def year(self) -> int:
        """The calendar year it lies in."""
        return self.ordinal // A_YEAR[self.frequency]

    @property
    def place(self) -> int:
        """Which month, quarter or half of its year, from 1."""
        return self.ordinal % A_YEAR[self.frequency] + 1

    def __str__(self) -> str:
        mark = {
            "month": f"-{self.place:02d}",
            "quarter": f"-Q{self.place}",
            "half": f"-H{self.place}",
        }
        return f"{self.year}{mark.get(self.frequency, '')}"

    def back(self, count: int = 1) -> Period:
        """The period `count` spans earlier (later, when negative)."""
        return Period(self.frequency, self.ordinal - count)

    @property
    def year_ago(self) -> Period:
        """The same span of the year before: what 同比 compares with."""
        return self.back(A_YEAR[self.frequency])

    def label(self, measure: str = "value", mark: str = "") -> str:
        """For readers: `2026年9月`, with a cumulative measure `2026年1—9月`.

        `mark`: of the number; a February that stands for January, too, says so.
        """
        if mark == "combined":
            return f"{self.year}年1—2月"
        so_far = measure.startswith("ytd")
        if self.frequency == "month":
            first = "1—" if so_far and self.place > 1 else ""
            return f"{self.year}年{first}{self.place}月"
        if self.frequency == "quarter":
            name = _QUARTERS[self.place - 1] if so_far else f"{'一二三四'[self.place - 1]}季度"
            return f"{self.year}年{name}"
        if self.frequency == "half":
            name = "全年" if so_far and self.place == 2 else ("上半年", "下半年")[self.place - 1]
            return f"{self.year}年{name}"
        return f"{self.year}年"


@dataclass(frozen=True, slots=True)
class Region:
    """An area: six-digit code, name, level (国 省 市 县), the code of what it lies in, its organisation."""

    code: str
    name: str
    level: str
    parent: str = ""
    organisation: str = ""
    short: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """How one measure of an indicator is shown: its unit and how many decimals are published.

    `lowest` and `highest`: what the number can't be below or above by its nature.
    """

    unit: str
    decimals: int
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """口径卡: the five things that must be published (统计法实施条例 第二十七条), and where it comes from."""

    meaning: str = ""
    scope: str = ""
    method: str = ""
    formula: str = ""
    sample: str = ""
    form: str = ""  # 表号
    system: str = ""  # 报表制度: an entry id


@dataclass(frozen=True, slots=True)
class Grant:
    """Who may see which numbers: those of these region levels and frequencies belong to `audience`.

    The first grant that fits counts; numbers that none fits belong to the audience of the indicator.
    """

    audience: str
    levels: tuple[str, ...] = ()
    frequencies: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """When numbers usually come out: `lag` months after the month in which a period ends, on `day` at `time`.

    `dates`: period → moment with +08:00, which overrules the rest; `day` 0: only those.
    """

    lag: int = 1
    day: int = 0
    time: str = ""
    dates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Indicator:
    """The definition of an indicator.

    `additive`: 累计 is the sum of the months. `comparable`: growth may be computed from its levels; where
    False (the usual case) published growth is on another basis and is never recomputed. `parts`: ids
    that add up to it. `combined`: January is not reported by itself, February stands for both.
    """

    id: str
    name: str
    short: str
    family: str
    theme: str
    frequency: str
    measures: Mapping[str, Measure]
    division: str
    audience: str
    publisher: str
    disclosure: str = "一般"
    direction: str = "none"
    levels: tuple[str, ...] = ("省",)
    grants: tuple[Grant, ...] = ()
    card: Card = field(default_factory=Card)
    additive: bool = False
    comparable: bool = False
    combined: bool = False
    parts: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    sample: bool = False
    entry: str = ""  # id of the entry that defines it, its page
    url: str = ""
    schedule: Schedule | None = None

    def audience_of(self, level: str, measure: str) -> str:
        """Which audience numbers of this region level and measure belong to."""
        for grant in self.grants:
            if (
                (not grant.levels or level in grant.levels)
                and (not grant.frequencies or self.frequency in grant.frequencies)
                and (not grant.measures or measure in grant.measures)
            ):
                return grant.audience
        return self.audience


class Key(NamedTuple):
    """One series: which indicator, which measure, of which region."""

    indicator: str
    measure: str
    region: str


@dataclass(frozen=True, slots=True)
class Vintage:
    """What is known of a snapshot besides its numbers. `audience`: who may see it, where that is known."""

    id: str
    title: str
    division: str
    release: datetime
    author: str
    approver: str
    source: str
    note: str = ""
    audience: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One number at its place. `value` is None where a mark says there is none."""

    key: Key
    period: Period
    value: float | None
    vintage: Vintage
    mark: str = ""

    @property
    def when(self) -> str:
        """For readers, the time it is of: a February that stands for January, too, says so."""
        return self.period.label(self.key.measure, self.mark)


@dataclass(frozen=True, slots=True)
class Revision:
    """A cell that a later snapshot corrected or withdrew, as `action` says.

    `after` is None where it was withdrawn, or where it turned out that there is no number. `was` and
    `mark` are the marks that stood beside the two.
    """

    key: Key
    period: Period
    before: float | None
    after: float | None
    earlier: Vintage
    later: Vintage
    reason: str
    action: str = ""
    was: str = ""
    mark: str = ""

    @property
    def when(self) -> str:
        """For readers, the time it is of: what has no number any more is called as its number was."""
        mark = self.was if self.after is None else self.mark
        return self.period.label(self.key.measure, mark)


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One row of a data template: which series, under which label; `of`: `#其中` before it."""

    indicator: str
    measure: str
    label: str
    indent: int = 0
    of: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A data template (数据模板): what a form asks for. `regions` are codes, from above.

    `layout`: regions_down or indicators_down. `checks`: ids of validation rules. `due`: months after the
    month in which a period ends, and the day of that month. The last four are as they were authored:
    `level` and `within` name the regions where no codes do.
    """

    id: str
    name: str
    audience: str
    division: str
    frequency: str
    regions: tuple[str, ...]
    rows: tuple[TemplateRow, ...]
    layout: str = "indicators_down"
    checks: tuple[str, ...] = ()
    note: str = ""
    due: tuple[int, int] | None = None
    summary: str = ""
    date: str = ""
    level: str = ""
    within: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """One line of the release calendar: numbers of `period` of these indicators are due at `at`.

    It follows from definitions alone, never from a snapshot. `exact`: the moment was written down, not
    reckoned; `clock`: an hour is known, not only the day.
    """

    at: datetime
    period: Period
    indicators: tuple[str, ...]
    exact: bool = False
    clock: bool = True


class Held(Protocol):
    """What may be asked of a store of values by those who don't know how it keeps them."""

    @property
    def snapshots(self) -> Sequence[Any]:
        """The snapshots in the order of their release."""
        ...

    @property
    def panels(self) -> Mapping[str, Any]:
        """Dense tables by frequency."""
        ...

    def series(self, key: Key, frequency: str) -> Any:
        """One series, or None."""
        ...

    def cell(self, key: Key, period: Period) -> Cell | None:
        """One number, or None."""
        ...

    def latest(self, key: Key, frequency: str) -> Cell | None:
        """The newest number of a series, or None."""
        ...

    def revisions(self) -> list[Revision]:
        """Every correction and withdrawal."""
        ...

    def as_of(self, moment: datetime) -> Held:
        """What was known at a moment."""
        ...


@dataclass(frozen=True, slots=True)
class Numbers:
    """All numbers that one edition may know at one moment, and what they mean.

    `home`: the code of the province, the region meant where none is named; `nation`: that of 全国, if
    there is one. `targets` (slug → year → number and measure), `rulesets` (slug → rules, relations,
    bounds), `ledgers` and `verdicts` are empty in an edition for the public. `marks`: a hash for each
    indicator over all its numbers; `shape`: one over all definitions and regions.
    """

    indicators: Mapping[str, Indicator]
    regions: Mapping[str, Region]
    store: Held
    home: str = ""
    nation: str = ""
    templates: Mapping[str, Template] = field(default_factory=dict)
    rulesets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ledgers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    verdicts: tuple[Any, ...] = ()
    targets: Mapping[str, Mapping[int, tuple[float, str]]] = field(default_factory=dict)
    calendar: tuple[Due, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    shape: str = ""

    def region_of(self, indicator: Indicator, measure: str) -> str:
        """The region meant where none is named: the province, or the nation where only it has numbers."""
        for code in (self.home, self.nation):
            if code and self.store.latest(Key(indicator.id, measure, code), indicator.frequency):
                return code
        return self.home or self.nation


@dataclass(frozen=True, slots=True)
class Cited:
    """A number that a page shows in its text, with all that must be told of it."""

    indicator: str
    name: str
    url: str
    measure: str
    region: str
    period: str
    text: str
    source: str
    released: str
    sample: bool = False


PLAIN = 1e9  # below it no two numbers of six decimals are the same float


def rounded(value: float, decimals: int) -> str:
    """The number as published: rounded half up from its shortest decimal form, with all its decimals."""
    if 0 < abs(value) < PLAIN and decimals <= 6:
        text = f"{value:.{decimals}f}"
        if float(text) == value:  # nothing to round: most numbers are held as they were published
            return text
    text = repr(float(value))
    whole, _, rest = text.partition(".")
    rest = "" if rest == "0" else rest
    if len(rest) <= decimals and (not rest or rest.isdigit()) and whole.lstrip("-").isdigit():
        if whole == "-0" and not rest.strip("0"):
            whole = "0"
        return f"{whole}.{rest.ljust(decimals, '0')}" if decimals else whole
    places = Decimal(1).scaleb(-decimals)
    done = Decimal(text).quantize(places, rounding=ROUND_HALF_UP)
    return f"{done or abs(done):f}"  # no negative zero
