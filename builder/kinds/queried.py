"""Charts and tables whose numbers come from a query: what an author writes, and the chart that becomes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints, ValidationError

from builder.findings import findings
from builder.indicators.query import Query
from builder.kinds.front import Strict
from builder.media.chart_spec import ChartSpec, Figure, Level, Type, Words, mistaken
from builder.model import BEIJING
from builder.problems import Problem
from builder.yaml_source import Node, parse

if TYPE_CHECKING:
    from builder.indicators.grid import Grid

Said = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\ue000-\uf8ff]*$")]
Title = Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00-\x1f\ue000-\uf8ff]*$")]


class QueriedTable(Strict):
    """A table by a query. `title` stands over it; without one the numbers name themselves."""

    query: Annotated[Query, Field(alias="from")]
    title: Title = ""
    note: Said = ""


class QueriedChart(QueriedTable):
    """A chart by a query; its other keys are those of a `chart` block."""

    type: Type
    source: Said = ""
    summary: Said = ""
    right: tuple[Words, ...] = ()
    marks: Annotated[Mapping[Words, Level], Field(max_length=3)] = {}
    highlight: Words | None = None
    zero: bool = True


def read(
    body: str, path: str, line: int, model: type[QueriedTable]
) -> tuple[QueriedTable | None, Node | None, list[Problem]]:
    """A block that begins on `line` of `path`: what it asks, its places, and what is wrong with it."""
    node, problems = parse(body, path, line)
    if node is None:
        return None, None, problems
    try:
        return model.model_validate(node.plain()), node, []
    except ValidationError as error:
        return None, node, findings(error, node, path, model)


class Undrawable(ValueError):
    """Numbers that make no such chart; the message says why, `action` what to do."""

    def __init__(self, why: str, action: str) -> None:
        super().__init__(why)
        self.why, self.action = why, action


def drawn(asked: Mapping[str, object], grid: Grid) -> ChartSpec:
    """The chart of a table of numbers; `asked` has the keys of a `QueriedChart`."""
    right = _right(asked, grid)
    left = {u for n, u in enumerate(grid.units) if n not in right} if grid.units else {grid.unit}
    beyond = {grid.units[n] if grid.units else grid.unit for n in right}
    if len(left) > 1 or len(beyond) > 1:
        why = f"各列的单位不同（{'、'.join(sorted(left | beyond))}），画不到一根轴上"
        raise Undrawable(why, "用 combined 和 right 分到两根轴，或分成几张图。")
    names = [_bare(grid, n) for n in range(len(grid.columns))]
    plain = {
        **{key: asked[key] for key in ("type", "summary", "highlight", "zero")},
        "marks": _marks(asked["marks"]),
        "title": asked["title"] or grid.title[:60],
        "source": asked["source"] or sources(grid),
        "note": note(asked["note"], grid, str(asked["title"]) or grid.title),
        "unit": next(iter(left), ""),
        "right": tuple(names[n] for n in right),
        "right_unit": next(iter(beyond), ""),
        "x": grid.rows,
        "series": {
            name: tuple(row[n].value or "—" for row in grid.cells) for n, name in enumerate(names)
        },
    }
    try:
        spec = ChartSpec.model_validate(plain)
    except ValidationError as error:
        wrong = "、".join(dict.fromkeys(str(e["loc"][0]) for e in error.errors() if e["loc"]))
        raise Undrawable(
            f"这些数画不成图：{wrong} 不合要求", "少要一些数，或把名称写短。"
        ) from None
    for _, why, action in mistaken(spec):
        raise Undrawable(why.rstrip("。"), action)
    return spec


def _right(asked: Mapping[str, object], grid: Grid) -> list[int]:
    """Which columns stand at the right axis; a column may be named with its unit or without."""
    wanted = asked["right"]
    found = list[int]()
    for name in wanted if isinstance(wanted, tuple) else ():
        place = next((n for n, c in enumerate(grid.columns) if name in {c, _bare(grid, n)}), None)
        if place is None:
            raise Undrawable(f"没有叫 `{name}` 的列", f"可写：{'、'.join(grid.columns[:12])}。")
        found.append(place)
    return found


def _marks(levels: object) -> dict[str, Figure]:
    """Marks as a chart takes them: an entry's data holds them as plain pairs."""
    return {n: Figure(*f) for n, f in levels.items()} if isinstance(levels, Mapping) else {}


def _bare(grid: Grid, place: int) -> str:
    unit = grid.units[place] if grid.units else ""
    return grid.columns[place].removesuffix(f"（{unit}）")


def sources(grid: Grid) -> str:
    """Where numbers come from, in a line; made-up ones say so."""
    said = "；".join(s for s in grid.sources if s)
    sample = "示例数据" if grid.sample and "示例" not in said else ""
    room = 200 - len(sample) - 2
    said = said if len(said) <= room else f"{said[: room - 1]}…"
    return "，".join(filter(None, (said, sample))) or "待核"


def note(own: object, grid: Grid, title: str) -> str:
    """What stands under numbers: the author's words, of when they are, what marks mean, when they came out.

    `title` stands over them: what it says of their period is not said again.
    """
    newest = max((v.release for v in grid.vintages), default=None)
    day = newest.astimezone(BEIJING) if newest else None
    told = f"{day.year}年{day.month}月{day.day}日发布" if day else ""
    when = "" if grid.when in title or grid.when in str(own) else f"{grid.when}的数"
    parts = [when, str(own).rstrip("。"), *grid.notes, told]
    return f"{'。'.join(p for p in parts if p)}。"[:200]


def as_yaml(spec: ChartSpec) -> Iterator[str]:
    """The lines of a plain chart block that says the same."""
    told = partial(json.dumps, ensure_ascii=False)  # strings of JSON are strings of YAML
    for key in ("type", "title", "source", "unit", "right_unit", "note", "summary", "highlight"):
        if getattr(spec, key):
            yield f"{key}: {told(getattr(spec, key))}"
    if not spec.zero:
        yield "zero: false"
    yield f"x: {told(spec.x)}"
    yield "series:"
    for name, column in spec.series.items():
        yield f"  {told(name)}: {told([f.text if f else '—' for f in column])}"
    if spec.right:
        yield f"right: {told(spec.right)}"
    if spec.marks:
        yield f"marks: {told({name: figure.text for name, figure in spec.marks.items()})}"
