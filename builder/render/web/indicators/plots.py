"""Small pictures of numbers in the house style, as HTML with SVG: no script, no style attribute.

Each comes in two drawings, for wide pages and for phones, so that its words stay legible. Places are
told by SVG attributes alone: pages allow no inline style.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from markupsafe import Markup

Value = float | None
LEFT, RIGHT, TOP, BOTTOM = 56, 22, 26, 34
# Drawings for wide pages and for phones, of which a style sheet shows one: (width, height, low height).
SIZES = (("plot-wide", 880, 320, 180), ("plot-narrow", 380, 260, 170))
MINUS = "\u2212"


def signed(value: float, text: str, growth: bool) -> str:
    """A published number as the pages write it: a true minus, a plus before growth."""
    plain = text.lstrip("-")
    if value < 0 and float(plain):
        return f"{MINUS}{plain}"
    return f"+{plain}" if growth and float(plain) else plain


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers that cover a span; always with zero where the span touches it."""
    if high <= low:
        high = low + (abs(low) or 1.0) * 0.1
    rough = (high - low) / max(1, most - 1)
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(s * size for s in (1, 2, 2.5, 5, 10) if s * size >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(n * step, 10) for n in range(first, last + 1)]


def _worded(tick: float, every: Sequence[float]) -> str:
    """A tick as it is written: large ones counted in 万 or 亿, for their room is narrow."""
    top = max(map(abs, every))
    for size, word in ((1e8, "亿"), (1e4, "万")):
        if top >= 10 * size:
            text = _plain(tick / size, [mark / size for mark in every])
            return f"{text}{word}" if tick else "0"
    return _plain(tick, every)


def _plain(tick: float, every: Sequence[float]) -> str:
    step = every[1] - every[0] if len(every) > 1 else 1.0
    places = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    if step == 2.5 * 10.0 ** math.floor(math.log10(step)):
        places = max(places, 1)
    text = f"{abs(tick):,.{places}f}"
    return f"{MINUS}{text}" if tick < 0 and float(text.replace(",", "")) else text


def line(
    labels: Sequence[str], values: Sequence[Value], said: str, end: str, zero: bool = False
) -> Markup:
    """A curve with its last point marked. `zero`: growth, whose sides of zero are told apart.

    `labels` and `values` go together; a gap is None. `said` is what the picture says, for those who do
    not see it; `end` the last number in words.
    """
    known = [v for v in values if v is not None]
    low, high = min(known), max(known)
    marks = ticks(min(low, 0.0) if zero else low, max(high, 0.0) if zero else high)

    def inside(box: _Box) -> str:
        runs = _runs(box, values)
        made = [_grid(box, marks), _dates(box, labels)]
        if zero:
            for name, upper in (("up", True), ("down", False)):
                made += [_area(box, run, name, upper) for run in runs]
            made.append(_level(box, 0.0))
        made += [f'<path class="g-curve" d="{_path(run)}"/>' for run in runs]
        return "".join(made) + _end(box, _last(values), known[-1], end)

    return _plot(len(values), marks, inside, said)


def bars(labels: Sequence[str], values: Sequence[Value], said: str, end: str) -> Markup:
    """Bars up and down from zero, the last one with its number."""
    known = [v for v in values if v is not None]
    marks = ticks(min([*known, 0.0]), max([*known, 0.0]), 4)

    def inside(box: _Box) -> str:
        made = [_grid(box, marks), _dates(box, labels), _level(box, 0.0)]
        wide = box.step * 0.56
        for place, value in enumerate(values):
            if value:
                top, foot = sorted((box.y(value), box.y(0.0)))
                kind = "up" if value > 0 else "down"
                at = f'x="{box.x(place) - wide / 2:.1f}" y="{top:.1f}"'
                made.append(
                    f'<rect class="g-bar-{kind}" {at} width="{wide:.1f}" height="{foot - top:.1f}"/>'
                )
        return "".join(made) + _word(box, _last(values), known[-1], end)

    return _plot(len(values), marks, inside, said, flat=True)


def _last(values: Sequence[Value]) -> int:
    return next(n for n in range(len(values) - 1, -1, -1) if values[n] is not None)


def spark(values: Sequence[Value], zero: bool = False) -> Markup:
    """A curve so small that it has no words; the number stands beside it."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return Markup("")
    low, high = min([*known, 0.0] if zero else known), max([*known, 0.0] if zero else known)
    span = (high - low) or 1.0
    places = [
        (100 * n / (len(values) - 1), 34 - 30 * (v - low) / span)
        for n, v in enumerate(values)
        if v is not None
    ]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    level = 34 - 30 * (0.0 - low) / span
    base = (
        f'<line x1="0" x2="100" y1="{level:.1f}" y2="{level:.1f}"/>'
        if zero and low < 0 < high
        else ""
    )
    x, y = places[-1]
    return Markup(
        f'<svg class="spark" viewBox="0 0 100 38" preserveAspectRatio="none" aria-hidden="true">{base}'
        f'<path d="{path}"/><path class="end" d="M{x:.1f} {y:.1f}h0"/></svg>'
    )


def rows(items: Sequence[tuple[str, float, str, str]], own: str = "") -> Markup:
    """Horizontal bars from a common zero: (name, value, value as written, address or nothing) of each.

    `own` marks the row of that name.
    """
    if not items:
        return Markup("")
    low, high = min(0.0, *(v for _, v, *_ in items)), max(0.0, *(v for _, v, *_ in items))
    span = (high - low) or 1.0
    made = []
    for name, value, text, url in items:
        left, wide = (min(value, 0.0) - low) / span * 84, abs(value) / span * 84
        kind = "down" if value < 0 else "up"
        word = f'<a href="{escape(url)}">{escape(name)}</a>' if url else escape(name)
        zero = -low / span * 84
        mark = ' class="is-latest"' if name == own else ""
        made.append(
            f'<li{mark}><span>{word}</span><svg class="row-bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect class="g-bar-{kind}" x="{left:.2f}" y="1.5" width="{max(wide, 0.3):.2f}" height="9"/>'
            f'<line class="g-zero" x1="{zero:.2f}" x2="{zero:.2f}" y1="0" y2="12"/></svg>'
            f"<b>{escape(text)}</b></li>"
        )
    return Markup(f'<ul class="row-bars">{"".join(made)}</ul>')


class _Box:
    """Where numbers stand in a plot's drawing."""

    def __init__(self, count: int, marks: Sequence[float], wide: int, tall: int) -> None:
        self.count, self.low, self.high = count, marks[0], marks[-1]
        self.wide, self.tall = wide, tall
        self.step = (wide - LEFT - RIGHT) / max(1, count)

    def x(self, place: int) -> float:
        return LEFT + (place + 0.5) * self.step

    def y(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.tall - BOTTOM - share * (self.tall - TOP - BOTTOM)


def _grid(box: _Box, marks: Sequence[float]) -> str:
    made = []
    for place, mark in enumerate(marks):
        y = box.y(mark)
        mid = " y-mid" if 0 < place < len(marks) - 1 and mark else ""
        made.append(
            f'<path class="g-line" d="M{LEFT} {y:.1f}H{box.wide - RIGHT}"/>'
            f'<text class="y{mid}" x="{LEFT - 10}" y="{y + 5:.1f}">{_worded(mark, marks)}</text>'
        )
    return "".join(made)


LABEL = 72  # room that the words of a period take


def _dates(box: _Box, labels: Sequence[str]) -> str:
    """Some of the periods. The first and last keep to the edges, where they have no room below their points."""
    count, roomy = len(labels), box.step >= LABEL
    inner = (1, 2, 3) if box.wide > 600 else (2,)
    places = sorted({0, count - 1, *(round(n * (count - 1) / 4) for n in inner)})
    made = []
    for place in places:
        first, last = not place and not roomy, place == count - 1 and not roomy
        edge = " x-start" if first else " x-end" if last else " x-mid"
        x = LEFT if first else box.wide - RIGHT if last else box.x(place)
        made.append(
            f'<text class="x{edge}" x="{x:.1f}" y="{box.tall - 8}">{escape(labels[place])}</text>'
        )
    return "".join(made)


def _runs(box: _Box, values: Sequence[Value]) -> list[list[tuple[float, float]]]:
    """The curve in pieces without gaps."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            if runs[-1]:
                runs.append([])
        else:
            runs[-1].append((box.x(place), box.y(value)))
    return [run for run in runs if run]


def _path(run: Sequence[tuple[float, float]]) -> str:
    ends = "h0" if len(run) == 1 else ""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in run) + ends


def _area(box: _Box, run: Sequence[tuple[float, float]], name: str, upper: bool) -> str:
    """The surface between curve and zero, on one side of it: the other side is cut off exactly."""
    zero = box.y(0.0)
    points: list[tuple[float, float]] = []
    for place, (x, y) in enumerate(run):
        if place:
            before = run[place - 1]
            if (before[1] - zero) * (y - zero) < 0:
                part = (zero - before[1]) / (y - before[1])
                points.append((before[0] + part * (x - before[0]), zero))
        points.append((x, min(y, zero) if upper else max(y, zero)))
    if len(points) < 2:
        return ""
    return f'<path class="g-area-{name}" d="{_path(points)}L{points[-1][0]:.1f} {zero:.1f}L{points[0][0]:.1f} {zero:.1f}Z"/>'


def _level(box: _Box, value: float) -> str:
    y = box.y(value)
    return f'<path class="g-zero" d="M{LEFT} {y:.1f}H{box.wide - RIGHT}"/>'


def _end(box: _Box, place: int, value: float, text: str) -> str:
    dot = f'<circle class="g-end" cx="{box.x(place):.1f}" cy="{box.y(value):.1f}" r="7"/>'
    return dot + _word(box, place, value, text)


def _word(box: _Box, place: int, value: float, text: str) -> str:
    y = box.y(value)
    above = y - 16 if y - 16 > 18 else y + 30
    return f'<text class="at" x="{min(box.x(place) + 8, box.wide - 4):.1f}" y="{above:.1f}">{escape(text)}</text>'


def _plot(
    count: int, marks: Sequence[float], inside: Callable[[_Box], str], said: str, flat: bool = False
) -> Markup:
    drawn = []
    for name, wide, tall, low in SIZES:
        box = _Box(count, marks, wide, low if flat else tall)
        size = f'viewBox="0 0 {box.wide} {box.tall}"'
        drawn.append(
            f'<svg class="{name}" {size} role="img" aria-label="{escape(said)}">{inside(box)}</svg>'
        )
    return Markup(f'<div class="plot-svg">{"".join(drawn)}</div>')
