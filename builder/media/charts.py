"""Charts: what an author wrote in a `chart` block becomes a figure that everyone can read.

`figure` is for pages: two pictures (wide pages, phones) of which a style sheet shows one, a caption,
the source and the numbers as a table. `svg` is one picture for other media.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape

from builder.media import (
    chart_engine,
    chart_live,
    chart_options,
    chart_raw,
    chart_rounds,
    chart_scale,
    chart_spec,
    chart_style,
    chart_words,
)
from builder.media.chart_engine import ChartError
from builder.media.chart_options import Layout, fitted, layouts, option
from builder.media.chart_spec import ChartSpec, read
from builder.media.chart_words import describe, every_word, said_below, table
from builder.memo import code_version, digest
from builder.problems import Problem, Where

_ROOMS = (
    chart_engine, chart_live, chart_options, chart_raw, chart_rounds, chart_scale, chart_spec, chart_style, chart_words,
)  # fmt: skip
ASKS = re.compile(r"^from[ \t]*:", re.MULTILINE)  # numbers by query, put in at the gate
FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<word>[\w{.#-]*)")
__all__ = [
    "ChartError",
    "ChartSpec",
    "asks",
    "blocks",
    "describe",
    "every_word",
    "figure",
    "height",
    "mistakes",
    "placed",
    "read",
    "said_below",
    "svg",
    "table",
    "version",
    "words",
]


@lru_cache(maxsize=1)
def version() -> str:
    """A hash of all that decides what a chart looks like."""
    library = digest(chart_engine.SOURCE.read_bytes())
    rooms = code_version(__file__, *(str(room.__file__) for room in _ROOMS))
    return digest(library, chart_live.script(), rooms)


def figure(spec: ChartSpec, name: str = "") -> str:
    """A `<figure>` for a page. Ids begin with `name`, by default made from the spec.

    Raises `ChartError` when ECharts can't draw it.
    """
    name = name or ident(spec)
    every = layouts(spec)
    pictures = "".join(
        _picture(spec, layout, f"{name}-{n}", len(every) > 1) for n, layout in enumerate(every)
    )
    unit = f"<small>单位：{escape(spec.unit)}</small>" if spec.unit and not spec.right else ""
    stamp = '<span class="stamp">示例数据</span>' if spec.sample else ""
    notes = [escape(note) for note in said_below(spec)]
    note = f'<p class="fig-note">{stamp}{" ".join(notes)}</p>' if notes or stamp else ""
    kind = " chart-spark" if spec.type == "sparkline" else ""
    return (
        f'<figure class="chart{kind}"><figcaption class="fig-title">{escape(spec.title)}{unit}</figcaption>'
        f'<div class="chart-box">{pictures}</div>{note}'
        f'<button class="chart-do" type="button">互动查看</button>{chart_live.beside(spec)}'
        f'<details class="chart-data"><summary>看数据</summary>{table(spec)}</details></figure>'
    )


def svg(spec: ChartSpec, narrow: bool = False, page: bool = False) -> str:
    """One picture by itself: with colours of its own, or (`page`) with the variables of a page."""
    every = layouts(spec)
    layout = every[-1] if narrow else every[0]
    made = _picture(
        spec, layout, ident(spec), both=False, palette=None if page else chart_style.LIGHT
    )
    size = f'width="{layout.width}" height="{layout.height}"'
    return made.replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" {size} ', 1)


def placed(
    spec: ChartSpec, place: tuple[float, float, float], name: str, size: float, tall: int = 300
) -> tuple[str, float]:
    """A chart as a part of another drawing, at (x, y, width), and the height it takes.

    Its words are `size` units high in that drawing; `tall`, in its own pixels, is its height where that
    is free. Its own words are those of the drawing: it has no title and no description.
    """
    x, y, width = place
    layout = _in_drawing(spec, width, size, tall)
    inside = chart_engine.draw(
        option(spec, layout), layout.width, layout.height, name, chart_style.LIGHT
    )
    high = layout.height * width / layout.width
    more = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{high:.1f}"'
    return f"{chart_engine.root(layout.width, layout.height, more)}{inside}</svg>", high


def height(spec: ChartSpec, width: float, size: float, tall: int = 300) -> float:
    """How high `placed` will be."""
    layout = _in_drawing(spec, width, size, tall)
    return layout.height * width / layout.width


def _in_drawing(spec: ChartSpec, width: float, size: float, tall: int) -> Layout:
    return fitted(spec, int(width / size * chart_style.SIZE), tall)


def ident(spec: ChartSpec) -> str:
    """A name for the ids of this chart, the same wherever and whenever it is drawn."""
    return f"chart-{digest(repr(spec))[:8]}"


def _picture(
    spec: ChartSpec, layout: Layout, name: str, both: bool, palette: Mapping[str, str] | None = None
) -> str:
    inside = chart_engine.draw(option(spec, layout), layout.width, layout.height, name, palette)
    shown = ("chart-narrow" if layout.narrow else "chart-wide") if both else "chart-one"
    labels = f'class="{shown}" role="img" aria-labelledby="{name}-t {name}-d" focusable="false"'
    return (
        f"{chart_engine.root(layout.width, layout.height, labels)}"
        f'<title id="{name}-t">{escape(spec.title)}</title>'
        f'<desc id="{name}-d">{escape(describe(spec))}</desc>{inside}</svg>'
    )


# --- charts within Markdown ---------------------------------------------------------------------


def asks(body: str) -> bool:
    """Whether a block asks for numbers instead of telling them."""
    return bool(ASKS.search(body))


def blocks(text: str, word: str = "chart") -> Iterator[tuple[int, int, str, int]]:
    """The chart blocks of a text: first line of the body (from 1), indent, body, line of its fence."""
    if word not in text:
        return
    opened: tuple[str, bool, int, int] | None = None
    body: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        found = FENCE.match(line)
        if opened is None:
            if found:
                opened = (
                    found["fence"],
                    found["word"].strip("{.") == word,
                    len(found["indent"]),
                    number,
                )
                body = []
        elif found and found["fence"].startswith(opened[0]) and not line.strip(" \t`~"):
            if opened[1]:
                yield opened[3] + 1, opened[2], "\n".join(body), opened[3]
            opened = None
        else:
            body.append(line[min(opened[2], len(line) - len(line.lstrip(" \t"))) :])


def mistakes(text: str, path: str, line: int) -> Iterator[Problem]:
    """What is wrong with the charts of a text that begins on `line` of `path`."""
    for first, indent, body, fence in blocks(text):
        if asks(body):
            continue  # judged by `bound`
        spec, problems = read(body, path, line + first - 1)
        for problem in problems:
            where = problem.where
            place = Where(
                path, min(where.line, line + first - 1 + body.count("\n")), where.column + indent
            )
            yield Problem(problem.code, place, problem.message, problem.action)
        if spec is not None and spec.type == "option":
            try:
                svg(spec)
            except ChartError as error:
                message = f"ECharts 画不出这张图：{str(error)[:80]}。"
                place = Where(path, line + fence - 1, indent + 1)
                yield Problem(
                    "CHT002", place, message, "对照 ECharts 手册检查 option，或改用现成的图种。"
                )


def words(text: str) -> str:
    """`text` with each chart block replaced by its title and the names of its series, for search."""
    found = list(blocks(text))
    if not found:
        return text
    lines = text.split("\n")
    for first, _, body, fence in reversed(found):
        spec, _problems = read(body, "")
        told = f"{spec.title} {' '.join(spec.series)}" if spec else ""
        lines[fence - 1 : first + body.count("\n") + 1] = [told]
    return "\n".join(lines)
