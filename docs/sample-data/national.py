"""The national figures of national_series.csv as two snapshots: real numbers, real gaps, nothing filled in."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from places import NATION

from builder.indicators.spelling import write
from builder.indicators.store import Block
from builder.values import Period

TABLE = Path(__file__).with_name("national_series.csv")
SLUGS = {
    "一般公共预算收入(全国)": "quanguo-caizheng-shouru",
    "全国城镇调查失业率": "quanguo-diaocha-shiyelv",
    "制造业采购经理指数": "quanguo-pmi",
    "非制造业商务活动指数": "quanguo-pmi-fei-zhizaoye",
    "国内生产总值": "quanguo-gdp",
    "第三产业增加值": "quanguo-disan-chanye",
    "居民消费价格指数(全国)": "quanguo-cpi",
    "居民消费价格指数(农村)": "quanguo-cpi-nongcun",
    "工业生产者出厂价格指数": "quanguo-ppi",
    "社会消费品零售总额": "quanguo-shehui-xiaofeipin",
    "规模以上工业增加值": "quanguo-gongye-zengjiazhi",
}
MEASURES = {
    "当月": "value",
    "指数": "value",
    "累计": "ytd",
    "同比": "yoy",
    "环比": "mom",
    "累计同比": "ytd_yoy",
    "当月(上年同月=100)": "index",
    "累计(上年同期=100)": "ytd_index",
}
RELEASE = "2026-11-21T12:00:00+08:00"
NOTE = (
    "全国数据。原表没有写各期的发布时间，这里的发布时间是编辑组收录的日期。有的时期没有数，没有补。"
)
TITLE = "国家统计局公布的全国月度、季度数据（本站指标数据表）"
TREASURY = "财政部公布的全国财政收支数据（本站指标数据表）"
FISCAL = "一般公共预算收入(全国)"


def national_snapshots() -> dict[str, str]:
    """The text of the two snapshots by their ids: of 国家统计局 and of 财政部."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    parts = {
        "quanguo-tongji": (
            "全国主要指标（国家统计局）",
            TITLE,
            [r for r in lines if r["indicator"] != FISCAL],
        ),
        "quanguo-caizheng": (
            "全国一般公共预算收入（财政部）",
            TREASURY,
            [r for r in lines if r["indicator"] == FISCAL],
        ),
    }
    return {number: _text(number, *part) for number, part in parts.items()}


def _text(number: str, title: str, source: str, lines: list[dict[str, str]]) -> str:
    series: dict[tuple[str, str], dict[str, float]] = {}
    for line in lines:
        key = line["indicator"], MEASURES[line["measure"]]
        series.setdefault(key, {})[line["period"]] = float(line["value"])
    blocks = []
    for (name, measure), numbers in series.items():
        periods = tuple(Period.parse(p) for p in sorted(numbers))
        values = np.array([[numbers[str(p)] for p in periods]])
        marks = {
            (0, n): "combined"
            for n, p in enumerate(periods)
            if str(p) == "2023-02" and name == "规模以上工业增加值"
        }
        blocks.append(Block("add", SLUGS[name], measure, periods, (NATION,), values, marks))
    head = {
        "id": number,
        "title": title,
        "audience": "public",
        "division": "zhc",
        "release": RELEASE,
        "author": "宋兰",
        "approver": "罗毅",
        "sources": [
            _source(source, lines, name) for name in dict.fromkeys(r["indicator"] for r in lines)
        ],
        "note": NOTE,
    }
    return write(head, blocks)


def _source(title: str, lines: list[dict[str, str]], name: str) -> dict[str, str]:
    """Where one indicator's numbers come from, with its first line word for word."""
    first = next(r for r in lines if r["indicator"] == name)
    return {
        "title": title,
        "locator": name,
        "quote": ",".join(first.values()),
        "seen": "2026-11-21",
    }
