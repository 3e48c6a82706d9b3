"""The list of indicators: tables/*.csv, one file a theme, read into rows.

`shape` says how an indicator is counted; `SHAPES` what follows from it: frequency, measures, gaps.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

TABLES = Path(__file__).with_name("tables")
COUNTED = ("value", "ytd", "yoy", "ytd_yoy")


@dataclass(frozen=True, slots=True)
class Shape:
    """How numbers of a kind come: frequency, measures, whether January stands in February, months late."""

    frequency: str
    measures: tuple[str, ...]
    combined: bool = False
    additive: bool = False
    lag: int = 0


SHAPES = {
    "flow": Shape("month", COUNTED, combined=True, additive=True),
    "flow1": Shape("month", COUNTED, additive=True),
    "trade": Shape("month", COUNTED, combined=True, additive=True),
    "cum": Shape("month", ("ytd", "ytd_yoy")),
    "cumc": Shape("month", ("ytd", "ytd_yoy"), combined=True),
    "cumn": Shape("month", ("ytd",)),
    "rate": Shape("month", ("yoy", "ytd_yoy"), combined=True),
    "cumrate": Shape("month", ("ytd_yoy",), combined=True),
    "profit": Shape("month", ("ytd", "ytd_yoy"), combined=True, lag=1),
    "pratio": Shape("month", ("ytd",), combined=True, lag=1),
    "pratiov": Shape("month", ("value",), lag=1),
    "pstock": Shape("month", ("value", "yoy"), lag=1),
    "stock": Shape("month", ("value", "yoy")),
    "stockc": Shape("month", ("value", "yoy")),
    "count": Shape("month", ("value", "yoy")),
    "level": Shape("month", ("value",)),
    "levels": Shape("month", ("value",)),
    "price": Shape("month", ("yoy", "mom", "ytd_yoy")),
    "pricei": Shape("month", ("yoy", "mom", "ytd_yoy", "index", "ytd_index")),
    "priceq": Shape("quarter", ("yoy",)),
    "qcum": Shape("quarter", ("ytd", "ytd_yoy")),
    "qrate": Shape("quarter", ("ytd_yoy",)),
    "qstock": Shape("quarter", ("value", "yoy")),
    "qlevel": Shape("quarter", ("value",)),
    "qratio": Shape("quarter", ("ytd",)),
    "ann": Shape("year", ("value", "yoy")),
    "annlevel": Shape("year", ("value",)),
}
NO_JANUARY = {"stockc", "pstock", "pratiov"}  # told first at the end of February

# theme, division, publisher of each table
THEMES = {
    "zonghe": ("综合", "zhc", "tj"),
    "gongye": ("工业", "gyc", "tj"),
    "nengyuan": ("能源", "nyc", "tj"),
    "touzi": ("投资", "tzc", "tj"),
    "fangdichan": ("房地产", "tzc", "tj"),
    "jianzhuye": ("建筑业", "tzc", "tj"),
    "maoyi": ("贸易", "myc", "tj"),
    "waijing": ("外经", "myc", "tj"),
    "fuwuye": ("服务业", "fwc", "tj"),
    "jiaotong": ("交通邮电", "fwc", "tj"),
    "caizheng": ("财政", "zhc", "cz"),
    "jinrong": ("金融", "zhc", "rh"),
    "jiage": ("价格", "dcd", "dc"),
    "renkou": ("人口就业", "rkc", "tj"),
    "shouru": ("居民收入", "dcd", "dc"),
    "nongye": ("农业", "ncc", "tj"),
    "keji": ("科技", "skc", "tj"),
    "huanjing": ("环境", "nyc", "hj"),
    "hesuan": ("核算基础", "hss", "tj"),
}
PUBLISHERS = {
    "tj": "示范省统计局",
    "dc": "国家统计局示范调查总队",
    "sc": "示范省市场监督管理局",
    "dl": "示范省电力公司（示例）",
    "fg": "示范省发展和改革委员会",
    "hg": "示范海关（示例）",
    "sw": "示范省商务厅",
    "wl": "示范省文化和旅游厅",
    "jt": "示范省交通运输厅",
    "tl": "示范铁路局集团公司（示例）",
    "mh": "示范省机场集团（示例）",
    "yz": "示范省邮政管理局",
    "tx": "示范省通信管理局",
    "cz": "示范省财政厅",
    "rh": "示范省人民银行分行（示例）",
    "jg": "示范省金融监管局（示例）",
    "zq": "示范省证券监管局（示例）",
    "rs": "示范省人力资源和社会保障厅",
    "yb": "示范省医疗保障局",
    "zs": "示范省知识产权局",
    "kj": "示范省科学技术厅",
    "hj": "示范省生态环境厅",
    "ly": "示范省林业局",
    "zj": "示范省住房和城乡建设厅",
}
CLASSES = {"一": "一般", "重": "重点关注类", "考": "考核类", "排": "排位类", "资": "资源配置类"}
DIRECTIONS = {"u": "up", "d": "down", "n": "none"}
GROUPS = "+*#~"  # marks of the breakdowns of one whole; those with + are its `parts`
LEVELS = {"省": ("省",), "市": ("省", "市"), "县": ("省", "市", "县")}


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator of the list."""

    slug: str
    title: str
    short: str
    theme: str
    table: str
    division: str
    publisher: str
    shape: Shape
    kind: str
    unit: str
    decimals: int
    base: float
    growth: float
    season: str
    levels: tuple[str, ...]
    disclosure: str
    direction: str
    parent: str
    group: str
    share: float
    related: tuple[str, ...]
    more: dict[str, str] = field(default_factory=dict)

    @property
    def gdp(self) -> bool:
        """Whether it belongs to the base indicators of unified GDP accounting."""
        return self.table == "hesuan"

    @property
    def comparable(self) -> bool:
        """Whether growth may be computed from levels."""
        return "comparable" in self.more

    @property
    def intranet(self) -> bool:
        """Whether nothing of it is public."""
        return self.gdp or "intranet" in self.more

    def number(self, key: str, default: float) -> float:
        """A number of the last column."""
        return float(self.more.get(key, default))


def rows() -> dict[str, Row]:
    """All rows by slug, in the order of the themes, parents before their parts."""
    found = {row.slug: row for table in THEMES for row in _table(table)}
    ordered: dict[str, Row] = {}

    def put(row: Row) -> None:
        if row.parent and row.parent not in ordered:
            put(found[row.parent])
        ordered.setdefault(row.slug, row)

    for row in found.values():
        put(row)
    return ordered


def _table(table: str) -> list[Row]:
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return [_row(table, line) for line in csv.DictReader(file)]


def _row(table: str, line: dict[str, str]) -> Row:
    theme, division, publisher = THEMES[table]
    more = dict(word.partition("=")[::2] for word in line["more"].split())
    group = line["of"][:1] if line["of"] and line["of"][0] in GROUPS else ""
    return Row(
        slug=line["slug"],
        title=line["title"],
        short=line["short"],
        theme=theme,
        table=table,
        division=more.pop("div", division),
        publisher=PUBLISHERS[more.pop("pub", more.get("dept", publisher))],
        shape=SHAPES[line["shape"]],
        kind=line["shape"],
        unit=line["unit"],
        decimals=int(line["decimals"]),
        base=float(line["base"] or "nan"),
        growth=float(line["growth"] or 0),
        season=line["season"],
        levels=LEVELS[line["levels"]],
        disclosure=CLASSES[line["class"]],
        direction=DIRECTIONS[line["direction"]],
        parent=line["of"].lstrip(GROUPS),
        group=group,
        share=float(line["share"] or 1),
        related=tuple(line["related"].split()),
        more=more,
    )


def parts_of(table: dict[str, Row], slug: str, group: str = "+") -> list[Row]:
    """The rows that add up to `slug`; `group` tells its breakdowns apart."""
    return [r for r in table.values() if r.parent == slug and r.group == group]
