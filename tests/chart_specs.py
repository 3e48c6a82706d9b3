"""Charts to test and to time with: one of each type, and many that differ."""

from __future__ import annotations

import random

_HEAD = 'title: {title}\nunit: "{unit}"\nsource: 示例数据\n'


def _body(kind: str, title: str, rest: str, unit: str = "%") -> str:
    return f"type: {kind}\n{_HEAD.format(title=title, unit=unit)}{rest}"


def raw(option: str) -> str:
    """A chart of an option as such."""
    return f"type: option\ntitle: 散点\nsource: 示例数据\nsummary: 越大越高。\noption: {option}"


BY_TYPE = {
    "line": _body("line", "工业增加值增速", "x: [1—2月, 3月, 4月, 5月, 6月, 7月]\nseries:\n  增速: [—, 3.9, 5.1, 5.6, -0.8, 4.4]"),
    "bar": _body("bar", "总量", "x: [2020年一季度, 上半年, 前三季度, 全年]\nseries:\n  总量: ['205,727.0', 454712.1, 719688.4, 1015986.2]\nhighlight: 全年", "亿元"),
    "stacked": _body("stacked", "三次产业", "x: [2023年, 2024年, 2025年]\nseries:\n  第一产业: [12, 13, 14]\n  第二产业: [52, 54, 56]\n  第三产业: [62, 65, 70]", "亿元"),
    "combined": _body("combined", "零售额和增速", "x: [6月, 7月, 8月, 9月, 10月]\nseries:\n  零售额: [38742, 35870, 36258, 37745, 40271]\n  同比: [3.1, 2.7, 5.4, 2.5, -0.5]\nright: [同比]\nright_unit: '%'", "亿元"),
    "pie": _body("pie", "行业构成", "x: [批发零售, 制造业, 建筑业, 租赁和商务服务业, 其他]\nseries:\n  单位数: [3200, 1500, 700, 900, 400]", "个"),
    "rose": _body("rose", "联网直报家数", "x: [工业, 建筑业, 批发零售, 住宿餐饮, 房地产]\nseries:\n  家数: [420, 210, 380, 120, 160]", "家"),
    "radar": _body("radar", "质量评分", "x: [准确性, 及时性, 完整性, 一致性, 可得性]\nseries:\n  本局: [92, 88, 95, 80, 76]\n  平均: [85, 90, 88, 82, 80]", "分"),
    "heatmap": _body("heatmap", "各县上报率", "x: [1月, 2月, 3月, 4月, 5月]\nseries:\n  甲县: [98, 97, 92, 99, 100]\n  乙县: [90, 85, 88, 92, —]\n  丙县: [70, 75, 80, 82, 90]"),
    "regions": _body("regions", "各市增速", "x: [甲州市, 乙州市, 丙州市, 丁州市]\nseries:\n  增速: [5.1, 7.2, -1.3, 3.3]\nmarks: {全省: 4.2}"),
    "sparkline": _body("sparkline", "走势", "x: [1月, 2月, 3月, 4月, 5月]\nseries:\n  增速: [5.1, 4.2, 4.3, 6.1, 5.8]"),
    "multiples": _body("multiples", "各专业增速", "x: [2022年, 2023年, 2024年]\nseries:\n  工业: [5.1, 4.2, 4.3]\n  建筑业: [2.1, 3.2, -1.3]\n  服务业: [7.1, 6.2, 5.3]"),
    "option": raw("{xAxis: {type: value}, yAxis: {type: value}, series: [{type: scatter, data: [[1, 2], [2, 4], [3, 5]]}]}"),
}  # fmt: skip

_NAMES = ["批发和零售业", "制造业", "建筑业", "住宿和餐饮业", "房地产业", "居民服务、修理和其他服务业", "农业", "金融业"]  # fmt: skip
_SERIES = ["本年", "上年同期", "累计", "可比口径"]
_KINDS = ["line", "bar", "stacked", "combined", "pie", "rose", "radar", "heatmap", "regions", "multiples"]  # fmt: skip


def varied(count: int, seed: int = 7) -> list[str]:
    """`count` different charts, the same for the same seed."""
    dice = random.Random(seed)
    return [_one(dice, _KINDS[n % len(_KINDS)], n) for n in range(count)]


def _one(dice: random.Random, kind: str, number: int) -> str:
    whole = kind in {"pie", "rose", "stacked", "radar"}
    names = dice.sample(_NAMES, dice.randint(3, 7))
    if kind in {"line", "multiples", "heatmap", "combined"}:
        names = [f"{m}月" for m in range(1, dice.randint(5, 13))]
    columns = {"pie": 1, "rose": 1, "regions": 1, "combined": 2}.get(kind, dice.randint(1, 3))
    size = dice.choice([10, 100, 5_000, 300_000])
    rows = "\n".join(
        f"  {name}: {[round(dice.uniform(0 if whole else -0.2, 1) * size + 1, 1) for _ in names]}"
        for name in _SERIES[:columns]
    )
    more = "\nright: [上年同期]\nright_unit: '%'" if kind == "combined" else ""
    return _body(
        kind, f"第 {number} 张图", f"x: [{', '.join(names)}]\nseries:\n{rows}{more}", "亿元"
    )
