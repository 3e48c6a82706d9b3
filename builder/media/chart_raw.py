"""Options for ECharts that an author wrote as such: typed, and refused where they reach further."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

TOP = frozenset(
    [
        "angleAxis",
        "calendar",
        "color",
        "dataset",
        "grid",
        "legend",
        "parallel",
        "parallelAxis",
        "polar",
        "radar",
        "radiusAxis",
        "series",
        "singleAxis",
        "visualMap",
        "xAxis",
        "yAxis",
    ]
)
SERIES = frozenset(
    [
        "bar",
        "boxplot",
        "candlestick",
        "funnel",
        "gauge",
        "heatmap",
        "line",
        "parallel",
        "pie",
        "radar",
        "sankey",
        "scatter",
        "sunburst",
        "themeRiver",
        "tree",
        "treemap",
    ]
)
KEYS = frozenset(
    [
        "__proto__",
        "constructor",
        "prototype",
        "image",
        "link",
        "sublink",
        "graphic",
        "toolbox",
        "renderItem",
        "html",
        "extraCssText",
        "backgroundColor",
        "renderMode",
        "tooltip",
        "timeline",
        "media",
        "brush",
        "nodeClick",
    ]
)
REACHES = re.compile(r"(?i)://|url\s*\(|javascript:|data:|function|=>|[<>\\\x00-\x1f\ue000-\uf8ff]")
NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,12})?")
CONSTANTS = {"true": True, "false": False, "null": None}
MOST = 4_000
AXES = frozenset({"xAxis", "yAxis", "angleAxis", "radiusAxis"})
Path = tuple[str | int, ...]
Fault = tuple[Path, str, str]


def typed(value: Any, words: bool = False) -> Any:
    """Text that reads as a number, true, false or null becomes it; names of categories stay text."""
    if isinstance(value, dict):
        return {k: typed(v, k in {"name", "formatter"}) for k, v in value.items()}
    if isinstance(value, list):
        return [typed(v, words) for v in value]
    if words or not isinstance(value, str):
        return value
    if value in CONSTANTS:
        return CONSTANTS[value]
    if NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return value


def raw_faults(option: dict[str, Any], told: bool) -> Iterator[Fault]:
    """Why an option can't be used: where, why, what to do. `told`: the author wrote a summary."""
    if not option.get("series"):
        yield ("type",), "option 里要有 series。", "照 ECharts 手册写 option。"
        return
    if not told:
        yield (
            ("type",),
            "type 是 option 时要写 summary。",
            "用一句话说出图上最要紧的数，给看不见图的人。",
        )
    for key in sorted(set(option) - TOP):
        yield ("option", key), f"option 里不能写 `{key}`。", f"只能写：{'、'.join(sorted(TOP))}。"
    yield from _series(option["series"])
    count = 0
    for path, value in _walk(option, ("option",)):
        count += 1
        key = str(path[-1])
        if key in KEYS:
            yield path, f"option 里不能写 `{key}`。", "删去：图里不放外来的图和程序。"
        elif isinstance(value, str) and REACHES.search(value):
            yield path, f"`{key}` 的值不能采用。", "不能写网址、程序和尖括号。"
    if count > MOST:
        yield ("option",), f"option 里超过 {MOST} 个值。", "先汇总再画。"


def _series(series: Any) -> Iterator[Fault]:
    for number, one in enumerate(series if isinstance(series, list) else [series]):
        kind = one.get("type") if isinstance(one, dict) else None
        if kind not in SERIES:
            place = (
                ("option", "series", number, "type")
                if isinstance(series, list)
                else ("option", "series")
            )
            yield (
                place,
                f"series 的 type 不能是 `{kind}`。",
                f"只能写：{'、'.join(sorted(SERIES))}。",
            )


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for step, one in inner:
        yield (*path, step), one
        yield from _walk(one, (*path, step))


def raw_table(option: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the data of an option, as far as a table can show them."""
    every = option["series"] if isinstance(option["series"], list) else [option["series"]]
    names = _categories(option)
    rows: list[list[str]] = []
    for place, one in enumerate(every):
        name = str(one.get("name") or f"第 {place + 1} 组")
        for number, item in enumerate(one.get("data") or []):
            label = names[number] if number < len(names) else str(number + 1)
            value = item.get("value") if isinstance(item, dict) else item
            if isinstance(item, dict) and item.get("name"):
                label = str(item["name"])
            shown = "，".join(map(str, value)) if isinstance(value, list) else str(value)
            rows.append([name, label, "—" if value is None else shown])
    return ["组", "项", "数"], rows


def _categories(option: dict[str, Any]) -> list[str]:
    for axis in AXES & set(option):
        first = option[axis][0] if isinstance(option[axis], list) and option[axis] else option[axis]
        if isinstance(first, dict) and isinstance(first.get("data"), list):
            return [str(n) for n in first["data"]]
    return []
