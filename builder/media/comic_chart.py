"""A chart in a panel: a sheet of paper where else the board hangs, with title, picture and source."""

from __future__ import annotations

from dataclasses import dataclass

from builder.media import charts
from builder.media.chart_spec import ChartSpec
from builder.media.comic_bubbles import SLACK
from builder.media.text_layout import wrap

SIZE = 28.2  # units: 15 px on a phone, where a panel is 343 px wide
TALL = 200  # of a chart whose height is free, in its own pixels: the figures need room too
PAD, GAP = 18.0, 6.0
TITLE_SIZE, TITLE_LEAD, NOTE_LEAD = 30.0, 40.0, 38.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the paper, from top to bottom, and how much room it takes."""

    spec: ChartSpec
    name: str
    title: tuple[str, ...]
    notes: tuple[str, ...]
    width: float
    picture: float  # its height

    @property
    def above(self) -> float:
        """From the edge of the paper to the picture."""
        return PAD + len(self.title) * TITLE_LEAD + GAP

    @property
    def height(self) -> float:
        """Of the whole paper."""
        return self.above + self.picture + GAP + len(self.notes) * NOTE_LEAD + PAD


def sheet(spec: ChartSpec, width: float, name: str) -> Sheet:
    """`spec` on a paper of `width`; ids of its drawing begin with `name`."""
    inner = width - 2 * PAD
    unit = f"（单位：{spec.unit}）" if spec.unit and not spec.right else ""
    title = wrap(spec.title + unit, inner / SLACK, TITLE_SIZE, 700)
    marked = ["示例数据"] if spec.sample else []
    notes = [
        line
        for note in (*marked, *charts.said_below(spec))
        for line in wrap(note, inner / SLACK, SIZE)
    ]
    high = charts.height(spec, inner, SIZE, TALL)
    return Sheet(spec, name, tuple(title), tuple(notes), width, high)


def picture(found: Sheet, x: float, y: float) -> str:
    """The drawing alone, on a paper whose corner is at (x, y)."""
    place = (x + PAD, y + found.above, found.width - 2 * PAD)
    return charts.placed(found.spec, place, found.name, SIZE, TALL)[0]


def told(spec: ChartSpec) -> str:
    """A chart in words."""
    marked = "示例数据。" if spec.sample else ""
    return (
        f"图上画着：{spec.title}。{charts.describe(spec)}{marked}{''.join(charts.said_below(spec))}"
    )
