"""The invented numbers as snapshots: years in volumes, the last months at the hour of their release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from catalogue import Row
from define import audience_of, last_told, room
from motion import Floats
from numbers_told import Told
from places import PROVINCE, city_codes, county_codes
from revisions import CORRECTIONS, Correction, initial
from tracks import axis_of

from builder.indicators.spelling import write
from builder.indicators.store import Block
from builder.values import Period

# The province begins with 2021, its cities with 2022. A declared relation compares WATCHED month by month.
CITIES_SINCE = 2  # years after 2020
WATCHED = {"gongye-yongdianliang": {"yoy"}}
AWAITED = {"hs-zhengquan", "hs-guandao", "hs-guangbo"}  # not in yet for 2026-Q3: see the ledger
COUNTIES_SINCE = {"month": 58, "quarter": 19}  # 2024-11, 2024-Q4
SOURCE = "示范省统计局（示例数据，由示例程序生成）"
NOTE = "示例数据：由 docs/sample-data 里的程序生成，不是任何地方的统计结果，不能引用。"
PEOPLE = {"gyc": ("何静", "徐宏")}
# bucket → hours of release, by room
_MONTHS: Mapping[str, Mapping[str, str]] = {
    "2026-07": {
        "pmi": "2026-07-31T09:30", "jiage": "2026-08-09T09:30", "yuedu": "2026-08-14T10:00",
        "diaocha": "2026-08-14T10:00", "caijin": "2026-08-20T15:00", "xiaoyi": "2026-08-27T09:30",
        "neibu": "2026-08-28T09:00",
    },
    "2026-08": {
        "pmi": "2026-08-31T09:30", "jiage": "2026-09-09T09:30", "yuedu": "2026-09-15T10:00",
        "diaocha": "2026-09-15T10:00", "caijin": "2026-09-18T15:00", "xiaoyi": "2026-09-27T09:30",
        "neibu": "2026-09-28T09:00",
    },
    "2026-09": {
        "pmi": "2026-09-30T09:30", "jiage": "2026-10-14T09:30", "yuedu": "2026-10-20T10:00",
        "diaocha": "2026-10-20T10:00", "caijin": "2026-10-23T15:00", "xiaoyi": "2026-10-27T09:30",
        "neibu": "2026-10-28T09:00",
    },
    "2026-10": {
        "pmi": "2026-10-31T09:30", "jiage": "2026-11-09T09:30", "yuedu": "2026-11-16T10:00",
        "diaocha": "2026-11-16T10:00", "caijin": "2026-11-18T15:00", "neibu": "2026-11-19T09:00",
    },
    "2026-Q3": {
        "diaocha": "2026-10-20T10:00", "jidu": "2026-10-20T15:00", "gdp": "2026-10-22T10:00",
        "hesuan": "2026-10-23T09:00", "neibu": "2026-10-28T09:00",
    },
}  # fmt: skip
# Earlier years in two volumes: bucket → hour of release, how it is spoken of
_VOLUMES = {
    "2021-2023": ("2024-04-20T10:00", "2021—2023年"),
    "2024-2026": ("2026-07-28T10:00", "2024年至2026年上半年"),
}
RESEARCH = "2026-09-22T10:00"  # the year's R&D comes in autumn
_TITLES = {
    "lishi": "经济运行数据", "pmi": "采购经理指数", "jiage": "价格数据", "yuedu": "主要经济数据",
    "diaocha": "调查总队数据", "caijin": "财政、金融、环境数据", "xiaoyi": "工业效益和服务业数据",
    "neibu": "分地区内部数据", "jidu": "季度数据", "gdp": "地区生产总值", "hesuan": "核算基础数据",
    "yanfa": "研发数据",
}  # fmt: skip
_DIVISIONS = {
    "pmi": "dcd", "jiage": "dcd", "diaocha": "dcd", "xiaoyi": "gyc", "gdp": "hss", "hesuan": "hss",
    "yanfa": "skc",
}  # fmt: skip


@dataclass(slots=True)
class Volume:
    """What will be one snapshot."""

    id: str
    title: str
    audience: str
    division: str
    release: str
    blocks: list[Block] = field(default_factory=list)


def snapshots(table: Mapping[str, Row], told: Told) -> dict[str, str]:
    """The text of every snapshot of the province by its id."""
    volumes: dict[str, Volume] = {}
    for row in table.values():
        for measure in row.shape.measures:
            for codes, audience in _groups(row):
                for bucket, columns in _buckets(row, codes):
                    for block in _blocks(row, measure, codes, columns, told):
                        _volume(volumes, row, bucket, audience).blocks.append(block)
    made = {v.id: _text(v) for v in volumes.values()}
    return made | {c.id: _correction(c, table, told) for c in CORRECTIONS}


def _groups(row: Row) -> Iterator[tuple[list[str], str]]:
    """Regions that go out together, and to whom."""
    open_codes, closed = [PROVINCE], list[str]()
    if "市" in row.levels:
        (closed if audience_of(row, "市") == "intranet" else open_codes).extend(city_codes())
    yield open_codes, audience_of(row, "省")
    if closed:
        yield closed, "intranet"
    if "县" in row.levels:
        counties = [code for city in city_codes() for code in county_codes(city)]
        yield counties, audience_of(row, "县")


def _buckets(row: Row, codes: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    axis = axis_of(row)
    first = axis.a_year
    if not codes[0].endswith("00"):
        first = COUNTIES_SINCE[axis.frequency]
    found: dict[str, list[int]] = {}
    for place in range(first, last_told(row)):
        found.setdefault(_bucket(row, axis.label(place)), []).append(place)
    yield from found.items()


def _bucket(row: Row, label: str) -> str:
    if label in _MONTHS or (label == "2025" and row.slug.startswith("rd-")):
        return label
    return "2021-2023" if label < "2024" else "2024-2026"


def _blocks(
    row: Row, measure: str, codes: Sequence[str], columns: Sequence[int], told: Told
) -> Iterator[Block]:
    """One block, or one of the province and one of its cities, of which less is told."""
    since = CITIES_SINCE * axis_of(row).a_year
    late = [c for c in columns if c >= since]
    if codes[0] == PROVINCE and (measure not in _of_cities(row) or len(late) < len(columns)):
        parts = [([PROVINCE], columns), (list(codes[1:]), late)]
    else:
        parts = [(list(codes), late if codes[0] != PROVINCE else list(columns))]
    for regions, places in parts:
        if (
            regions
            and places
            and (regions[0] == PROVINCE or measure in _of_cities(row, regions[0]))
        ):
            block = _block(row, measure, regions, places, told)
            if block is not None:
                yield block


def _of_cities(row: Row, code: str = "990100") -> set[str]:
    """What is told of cities, and of counties: rather sums since January than single months."""
    measures = set(row.shape.measures)
    if {"ytd", "ytd_yoy"} <= measures:
        measures -= (
            {"yoy", "value"} if not code.endswith("00") else {"yoy"} - WATCHED.get(row.slug, set())
        )
    elif not code.endswith("00"):
        measures -= {"yoy"}
    return measures


def _block(
    row: Row, measure: str, codes: Sequence[str], columns: Sequence[int], told: Told
) -> Block | None:
    values = np.array([told[row.slug, measure, code][list(columns)] for code in codes]) + 0.0
    labels = [axis_of(row).label(place) for place in columns]
    if row.slug in AWAITED and "2026-Q3" in labels:
        values[:, labels.index("2026-Q3")] = np.nan
    for (slug, name, code, label), number in initial(told).items():
        if slug == row.slug and name == measure and label in labels and code in codes:
            values[codes.index(code), labels.index(label)] = number
    kept = [n for n in range(len(labels)) if not np.isnan(values[:, n]).all()]
    if not kept:
        return None
    values = values[:, kept]
    periods = tuple(Period.parse(labels[n]) for n in kept)
    marks = _marks(row, measure, codes, periods, values)
    return Block("add", row.slug, measure, periods, tuple(codes), values, marks)


def _marks(
    row: Row, measure: str, codes: Sequence[str], periods: Sequence[Period], values: Floats
) -> dict[tuple[int, int], str]:
    """Marks of the province's numbers; those of cities would double the size of the file."""
    combined = row.shape.combined or "combined" in row.more
    made: dict[tuple[int, int], str] = {}
    for (line, column), value in np.ndenumerate(values):
        period = periods[column]
        if np.isnan(value) or codes[line] != PROVINCE:
            continue
        if combined and (period.frequency, period.place) == ("month", 2):
            made[line, column] = "combined"
        elif room(row) == "gdp" and period.year == 2026:
            made[line, column] = "preliminary"
        elif row.kind in {"price", "pricei"} and value == (100 if "index" in measure else 0):
            made[line, column] = "level"
    return made


def _volume(volumes: dict[str, Volume], row: Row, bucket: str, audience: str) -> Volume:
    name = "hesuan" if row.gdp else "neibu" if audience == "intranet" else room(row)
    if bucket in _VOLUMES and name not in {"neibu", "hesuan"}:
        name = "diaocha" if row.division == "dcd" else "lishi"
    release = _VOLUMES[bucket][0] if bucket in _VOLUMES else ""
    if bucket == "2025":
        name, release = ("yanfa", RESEARCH) if audience == "public" else ("neibu-yanfa", RESEARCH)
    number = f"{name}-{bucket.lower()}"
    if number not in volumes:
        base = name.removeprefix("neibu-")
        title = f"{_spoken(bucket)}{_TITLES[base]}{'（分市，内部）' if base != name else ''}（示例数据）"
        when = (release or _MONTHS[bucket][name]) + ":00+08:00"
        inner = "intranet" if name == "hesuan" else audience
        volumes[number] = Volume(number, title, inner, _DIVISIONS.get(base, "zhc"), when)
    return volumes[number]


def _spoken(bucket: str) -> str:
    if bucket in _VOLUMES:
        return _VOLUMES[bucket][1]
    year, _, part = bucket.partition("-")
    if not part:
        return f"{year}年"
    return f"{year}年前三季度" if part == "Q3" else f"{year}年{int(part)}月"


def _text(volume: Volume) -> str:
    author, approver = PEOPLE.get(volume.division, ("宋兰", "罗毅"))
    source = (
        SOURCE.replace("示范省统计局", "国家统计局示范调查总队")
        if volume.division == "dcd"
        else SOURCE
    )
    head = {
        "id": volume.id,
        "title": volume.title,
        "audience": volume.audience,
        "division": volume.division,
        "release": volume.release,
        "author": author,
        "approver": approver,
        "sources": [{"title": source}],
        "note": NOTE,
    }
    return write(head, volume.blocks)


def _correction(made: Correction, table: Mapping[str, Row], told: Told) -> str:
    blocks = []
    for slug, measure, codes, labels in made.cells:
        axis = axis_of(table[slug])
        places = [axis.labels().index(label) for label in labels]
        values = np.array([told[slug, measure, code][places] for code in codes]) + 0.0
        if made.action == "withdraw":
            values = np.full_like(values, np.nan)
        periods = tuple(Period.parse(label) for label in labels)
        blocks.append(
            Block(made.action, slug, measure, periods, tuple(codes), values, {}, made.reason)
        )
    volume = Volume(made.id, made.title, "public", made.division, made.release, blocks)
    return _text(volume)
