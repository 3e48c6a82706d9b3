"""Numbers that were first told otherwise: three corrections and one withdrawal, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numbers_told import Told
from places import PROVINCE

Place = tuple[str, str, str, str]  # indicator, measure, region, period
INDUSTRIES = (
    "gdp-nonglinmuyu",
    "gdp-gongye",
    "gdp-jianzhuye",
    "gdp-pifa-lingshou",
    "gdp-jiaotong",
    "gdp-zhusu-canyin",
    "gdp-jinrong",
    "gdp-fangdichan",
    "gdp-xinxi",
    "gdp-zulin-shangwu",
    "gdp-qita",
)
THREE = ("diyi-chanye", "dier-chanye", "disan-chanye")
_YEAR = [f"2025-{month:02d}" for month in range(2, 13)]
_BING = "990300"


@dataclass(frozen=True, slots=True)
class Correction:
    """A snapshot that corrects or withdraws. `cells`: indicator, measure, regions, periods."""

    id: str
    title: str
    division: str
    release: str
    action: str
    reason: str
    cells: Sequence[tuple[str, str, Sequence[str], Sequence[str]]]


CORRECTIONS = (
    Correction(
        "xiuding-wangshang-2025",
        "2025年实物商品网上零售额修订（示例数据）",
        "myc",
        "2026-08-18T10:00:00+08:00",
        "correct",
        "年度核实后修订2025年各月累计额，增速按可比口径，不变（示例）",
        [("wangshang-lingshou", "ytd", [PROVINCE], _YEAR)],
    ),
    Correction(
        "heshi-gdp-2025",
        "2025年地区生产总值最终核实（示例数据）",
        "hss",
        "2026-09-28T10:00:00+08:00",
        "correct",
        "2025年年度核算由初步核算改为最终核实（示例）",
        [
            (slug, measure, [PROVINCE], ["2025-Q4"])
            for slug in ("gdp", *THREE, *INDUSTRIES)
            for measure in ("ytd", "ytd_yoy")
        ],
    ),
    Correction(
        "gengzheng-xiaoshou-mianji-2026-10",
        "2026年10月新建商品房销售面积更正（示例数据）",
        "tzc",
        "2026-11-18T16:00:00+08:00",
        "correct",
        "丙州市汇总时有一个县重复计入，更正该市和全省的数（示例）",
        [
            ("fang-xiaoshou-mianji", measure, [PROVINCE, _BING], ["2026-10"])
            for measure in ("ytd", "ytd_yoy")
        ],
    ),
    Correction(
        "chehui-huoyunliang-2026-10",
        "2026年10月庚州市货运量撤回（示例数据）",
        "fwc",
        "2026-11-19T17:00:00+08:00",
        "withdraw",
        "提供数据的部门来函说明这个市的口径有误，重新核实后再发布（示例）",
        [
            ("huoyunliang", measure, ["990700"], ["2026-10"])
            for measure in ("value", "ytd", "ytd_yoy")
        ],
    ),
)
_KEPT: dict[int, dict[Place, float]] = {}


def initial(told: Told) -> dict[Place, float]:
    """What was told first, where that differs from what is told now."""
    if id(told) not in _KEPT:
        _KEPT[id(told)] = _network_sales(told) | _accounts(told) | _floor_space(told)
    return _KEPT[id(told)]


def _network_sales(told: Told) -> dict[Place, float]:
    values = told["wangshang-lingshou", "ytd", PROVINCE]
    return {
        ("wangshang-lingshou", "ytd", PROVINCE, label): float(np.round(values[60 + n] * 1.013, 1))
        for n, label in enumerate(_YEAR, 1)
    }


@lru_cache(maxsize=1)
def _steps() -> dict[str, tuple[float, float]]:
    """By how much levels and growth of 2025 were first told higher or lower."""
    sizes = (0.2, -0.3, 0.5, -0.4, 0.3, -0.6, 0.2, -0.5, 0.4, -0.2, 0.1, 0.3, -0.4, 0.5)
    steps = (0.1, -0.1, 0.2, -0.2, 0.1, -0.2, 0.1, -0.2, 0.2, -0.1, 0.1, 0.1, -0.1, 0.2)
    return dict(zip((*THREE, *INDUSTRIES), zip(sizes, steps, strict=True), strict=True))


def _accounts(told: Told) -> dict[Place, float]:
    found: dict[Place, float] = {}
    for slug, (size, step) in _steps().items():
        level = told[slug, "ytd", PROVINCE][23] * (1 + size / 100)
        found[slug, "ytd", PROVINCE, "2025-Q4"] = float(np.round(level, 1))
        growth = told[slug, "ytd_yoy", PROVINCE][23] + step
        found[slug, "ytd_yoy", PROVINCE, "2025-Q4"] = float(np.round(growth, 1))
    whole = round(sum(found[s, "ytd", PROVINCE, "2025-Q4"] for s in THREE), 1)
    others = sum(found[s, "ytd", PROVINCE, "2025-Q4"] for s in INDUSTRIES[:-1])
    found["gdp", "ytd", PROVINCE, "2025-Q4"] = whole
    found[INDUSTRIES[-1], "ytd", PROVINCE, "2025-Q4"] = round(whole - others, 1)
    growth = told["gdp", "ytd_yoy", PROVINCE][23] + 0.1
    found["gdp", "ytd_yoy", PROVINCE, "2025-Q4"] = float(np.round(growth, 1))
    return found


def _floor_space(told: Told) -> dict[Place, float]:
    """One county counted twice."""
    found: dict[Place, float] = {}
    for code in (PROVINCE, _BING):
        now, before = (told["fang-xiaoshou-mianji", "ytd", code][n] for n in (81, 69))
        wrong = float(np.round(now + 38.4, 1))
        growth = told["fang-xiaoshou-mianji", "ytd_yoy", code][81] + 38.4 / before * 100
        found["fang-xiaoshou-mianji", "ytd", code, "2026-10"] = wrong
        found["fang-xiaoshou-mianji", "ytd_yoy", code, "2026-10"] = float(np.round(growth, 1))
    return found
