"""What an author writes to get a chart: the keys, and every mistake at its line.

For people who know Excel: `x` is the first column, each of `series` another column.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic import ValidationError as Invalid

from builder.findings import findings
from builder.media.chart_raw import raw_faults, typed
from builder.problems import Problem, Where, suggest
from builder.yaml_source import parse

MOST_BYTES, MOST_POINTS = 40_000, 2_000
MISSING = frozenset({"", "-", "—", "——", "…", "null", "~", "缺"})
NUMBER = re.compile(r"[+-]?(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{1,9})?")
WIDE = str.maketrans("０１２３４５６７８９．－−＋，", "0123456789.--+,")


class Figure(NamedTuple):
    """A number as authored, which tables and labels repeat, and its value."""

    text: str
    value: float


def _figure(written: Any) -> Figure | None:
    if isinstance(written, Figure):
        return written
    if not isinstance(written, str):
        raise ValueError("这里要写一个数")  # noqa: TRY004  # pydantic words only ValueError
    text = written.strip().translate(WIDE)
    if text in MISSING:
        return None
    if not NUMBER.fullmatch(text):
        hint = "，单位写在 unit 里" if re.match(r"[+-]?[\d,.]+\D", text) else ""
        raise ValueError(f"`{written[:30]}` 不是数{hint}；缺数写 —")
    return Figure(text.lstrip("+"), float(text.replace(",", "")))


def _some(written: Any) -> Figure:
    found = _figure(written)
    if found is None:
        raise ValueError("这里不能缺数")
    return found


Value = Annotated[Figure | None, BeforeValidator(_figure)]
Level = Annotated[Figure, BeforeValidator(_some)]
Words = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\ue000-\uf8ff]*$")
]
Line = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\ue000-\uf8ff]*$")]
Type = Literal[
    "line", "bar", "stacked", "combined", "pie", "rose", "radar", "heatmap", "regions", "sparkline",
    "multiples", "option",
]  # fmt: skip
ONE_SERIES = frozenset({"pie", "rose", "regions", "sparkline"})
WHOLE = frozenset({"pie", "rose", "stacked"})  # parts of a whole: nothing below zero
LEAST = {"radar": 3, "line": 2, "sparkline": 2, "multiples": 2}
MOST = {"pie": 10, "rose": 10, "radar": 10, "regions": 40, "bar": 40, "stacked": 40, "combined": 40}
MOST_SERIES = {"heatmap": 31, "multiples": 12, "radar": 4}


class ChartSpec(BaseModel):
    """One chart. `x` and `series` are a table's head column and its other columns."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    type: Type
    title: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    source: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    unit: Annotated[str, StringConstraints(max_length=12)] = ""
    note: Line = ""
    summary: Line = ""
    x: tuple[Words, ...] = Field(default=(), max_length=400)
    series: dict[Words, tuple[Value, ...]] = Field(default={}, max_length=31)
    right: tuple[Words, ...] = ()
    right_unit: Annotated[str, StringConstraints(max_length=12)] = ""
    marks: dict[Words, Level] = Field(default={}, max_length=3)
    highlight: Words | None = None
    zero: bool = True
    option: dict[str, Any] = {}

    @property
    def sample(self) -> bool:
        """Whether the numbers are made up to teach with."""
        return "示例" in self.source

    @property
    def values(self) -> list[float]:
        """Every number there is."""
        return [f.value for column in self.series.values() for f in column if f]

    def unit_of(self, name: str) -> str:
        """The unit of one series."""
        return self.right_unit if name in self.right else self.unit


def read(body: str, path: str, line: int = 1) -> tuple[ChartSpec | None, list[Problem]]:
    """The chart of one YAML text that begins on `line` of `path`; None when it can't be drawn."""
    if len(body) > MOST_BYTES:
        message = f"图表的数据太多，超过 {MOST_BYTES // 1000} KB。"
        return None, [_problem(path, line, 1, message, "先汇总再画，全表作附件。")]
    if not body.strip():
        message = "图表是空的。"
        return None, [_problem(path, line, 1, message, "至少写 type、title、source、x、series。")]
    node, problems = parse(body, path, line)
    if node is None:
        return None, problems
    plain = node.plain()
    if "option" in plain:
        plain["option"] = typed(plain["option"])
    try:
        spec = ChartSpec.model_validate(plain)
    except Invalid as error:
        return None, findings(error, node, path, ChartSpec)
    faults = [
        _problem(path, *node.place(steps), message, action)
        for steps, message, action in mistaken(spec)
    ]
    return (None if faults else spec), faults


def _problem(path: str, line: int, column: int, message: str, action: str) -> Problem:
    return Problem("CHT001", Where(path, line, column), message, action)


Fault = tuple[tuple[str | int, ...], str, str]


def mistaken(spec: ChartSpec) -> Iterator[Fault]:
    """What only shows when the keys are seen together: where, why, what to do."""
    if spec.type == "option":
        yield from raw_faults(spec.option, bool(spec.summary))
        return
    if spec.option:
        yield ("option",), "写了 option，type 就要写 option。", "二者选一。"
    yield from _table_faults(spec)
    yield from _number_faults(spec)
    yield from _named(spec)


def _table_faults(spec: ChartSpec) -> Iterator[Fault]:
    for key in ("x", "series"):
        if not getattr(spec, key):
            place = (key,) if key in spec.model_fields_set else ("type",)
            yield place, f"缺少 `{key}`。", "x 写各项名称，series 写各列的数。"
            return
    least, most = LEAST.get(spec.type, 1), MOST.get(spec.type, 400)
    if not least <= len(spec.x) <= most:
        yield (
            ("x",),
            f"这种图要有 {least} 至 {most} 项，写了 {len(spec.x)} 项。",
            "增减项目，或换一种图。",
        )
    allowed = 1 if spec.type in ONE_SERIES else MOST_SERIES.get(spec.type, 6)
    if len(spec.series) > allowed:
        yield (
            ("series",),
            f"这种图最多 {allowed} 列数，写了 {len(spec.series)} 列。",
            "分成几张图。",
        )
    if len(spec.x) * len(spec.series) > MOST_POINTS:
        yield ("series",), f"超过 {MOST_POINTS} 个数。", "先汇总再画。"
    for name, column in spec.series.items():
        if len(column) != len(spec.x):
            message = f"`{name}` 有 {len(column)} 个数，x 有 {len(spec.x)} 项，对不上。"
            yield ("series", name), message, "补齐；缺数写 —。"
        elif not any(column):
            yield ("series", name), f"`{name}` 一个数也没有。", "写上数，或删去这一列。"


def _number_faults(spec: ChartSpec) -> Iterator[Fault]:
    for name, column in spec.series.items():
        below = next((n for n, f in enumerate(column) if f and f.value < 0), None)
        if below is not None and spec.type in WHOLE:
            yield ("series", name, below), "表示构成的图里不能有负数。", "改用 bar。"
        gap = next((n for n, f in enumerate(column) if f is None), None)
        if gap is not None and spec.type in {"pie", "rose", "radar", "regions"}:
            yield ("series", name, gap), "这种图里不能缺数。", "补上数，或去掉这一项。"
    if spec.type in {"pie", "rose"} and spec.values and not math.fsum(spec.values):
        yield ("series",), "各项合计是 0，画不出构成。", "核对数。"


def _named(spec: ChartSpec) -> Iterator[Fault]:
    if spec.type == "combined" and not spec.right:
        yield ("type",), "combined 要写明哪几列用右轴。", "加上 right: [列名]。"
    if spec.right and spec.type != "combined":
        yield ("right",), "只有 combined 有右轴。", "删去 right，或把 type 改成 combined。"
    for number, name in enumerate(spec.right):
        if name not in spec.series:
            yield (
                ("right", number),
                f"series 里没有 `{name}`。",
                suggest(name, spec.series) or "写列名。",
            )
    if spec.right and not set(spec.series) - set(spec.right):
        yield ("right",), "全部列都用了右轴。", "至少留一列用左轴。"
    if spec.highlight and spec.highlight not in spec.x:
        yield (
            ("highlight",),
            f"x 里没有 `{spec.highlight}`。",
            suggest(spec.highlight, spec.x) or "写 x 里的一项。",
        )
    if not spec.zero and spec.type not in {"line", "multiples", "sparkline"}:
        yield ("zero",), "用长短表示大小的图必须从 0 起。", "删去 zero: false。"
