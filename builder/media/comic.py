"""漫画: panels of a comic file become pictures.

For a page: one SVG a panel, a wide one also for broad screens, and shared definitions once.
For files: a strip, one panel below another with places to cut it, or a sheet of two columns.
The same panels give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from builder.media import raster
from builder.media.cast import ART, Point
from builder.media.comic_draw import Ink, lettering, panel
from builder.media.comic_place import NARROW, WIDE, Layout, layout
from builder.media.text_layout import wrap
from builder.memo import code_version

GAP, EDGE = 24.0, 28.0
TITLE_SIZE, TITLE_LEAD, CREDIT_SIZE, CREDIT_LEAD = 46.0, 62.0, 24.0, 36.0
FILE = "manhua.webp"  # the long picture beside a page
STRIP_PX = 750  # width of the long picture: what a phone shows, small enough to send
NUMBERS = "零一二三四五六七八九十"
SHOWN = {"speech": "说", "thought": "想", "sound": "声音", "narration": "旁白"}

Panels = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Picture:
    """One panel for a page: its SVG for phones, another for broad screens where it spans a row."""

    narrow: str
    broad: str
    words: str


@dataclass(frozen=True, slots=True)
class Comic:
    """A comic for a page."""

    definitions: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """A picture of a whole comic; `cuts` are heights, in px, at which it may be cut."""

    svg: str
    width: int
    height: int
    cuts: tuple[int, ...]


def rows(panels: Panels) -> list[list[int]]:
    """Numbers of the panels in each row of a broad screen: two, or one that spans the row."""
    found: list[list[int]] = []
    waiting: list[int] = []
    for n, spec in enumerate(panels):
        if spec["wide"]:
            found += [waiting] if waiting else []
            found.append([n])
            waiting = []
        else:
            waiting.append(n)
            if len(waiting) == 2:
                found.append(waiting)
                waiting = []
    return found + ([waiting] if waiting else [])


def layouts(panels: Panels) -> tuple[list[Layout], dict[int, Layout]]:
    """Every panel in its narrow form, those of a row equally high; and the broad forms by number."""
    narrow: list[Layout] = [layout(p, NARROW, n) for n, p in enumerate(panels)]
    broad: dict[int, Layout] = {}
    for row in rows(panels):
        if len(row) == 1:
            broad[row[0]] = layout(panels[row[0]], WIDE, row[0])
            continue
        high = max(narrow[n].height for n in row)
        for n in row:
            if narrow[n].height < high:
                narrow[n] = layout(panels[n], NARROW, n, high)
    return narrow, broad


def pictures(panels: Panels, uid: str) -> Comic:
    """The panels for a page. `uid` begins the ids of the shared drawings."""
    narrow, broad = layouts(panels)
    ink = Ink(uid)
    made = []
    for n, spec in enumerate(panels):
        said = words(spec, n)
        slim = _svg(narrow[n], ink, said, "pic pic-slim" if n in broad else "pic")
        wide = _svg(broad[n], ink, said, "pic pic-broad") if n in broad else ""
        made.append(Picture(slim, wide, said))
    sheet = ink.definitions()
    defs = f'<svg class="pic-defs" width="0" height="0" aria-hidden="true" focusable="false">{sheet}</svg>'
    return Comic(defs, tuple(made))


def words(spec: Mapping[str, Any], number: int) -> str:
    """All that is written in a panel, for readers who don't see it."""
    count = NUMBERS[number + 1] if number < 10 else str(number + 1)
    said = [f"第{count}格"]
    said += [spec["caption"]] if spec["caption"] else []
    said += [f"板上写着：{'；'.join(spec['board'])}"] if spec["board"] else []
    for say in spec["says"]:
        who = (
            f"{say['who']}{SHOWN[say['kind']]}"
            if say["who"] and say["kind"] in {"speech", "thought"}
            else ""
        )
        said.append(f"{who}：{say['text']}" if who else say["text"])
    return "。".join(s.rstrip("。") for s in said) + "。"


def _svg(found: Layout, ink: Ink, said: str, kind: str) -> str:
    w, h = f"{found.width:g}", f"{found.height:.0f}"
    return (
        f'<svg class="{kind}" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img"'
        f" aria-label={quoteattr(said)}>{panel(found, ink)}</svg>"
    )


def strip(
    panels: Panels, title: str, signed: Sequence[str], width: int = STRIP_PX, columns: int = 1
) -> Strip:
    """The whole comic as one picture with title and credits; real text, no page needed."""
    narrow, broad = layouts(panels)
    grid = [[n] for n in range(len(panels))] if columns == 1 else rows(panels)
    inner = NARROW if columns == 1 else WIDE
    ink = Ink("s")
    total = inner + 2 * EDGE
    head = wrap(title, inner, TITLE_SIZE, 700)
    out, y = [], EDGE + len(head) * TITLE_LEAD + 14
    cuts: list[float] = []
    for row in grid:
        x, high = EDGE, 0.0
        for n in row:
            found = broad[n] if columns > 1 and len(row) == 1 else narrow[n]
            out.append(_framed(found, ink, x, y))
            x, high = x + found.width + GAP, max(high, found.height)
        y += high
        cuts.append(y + GAP / 2)
        y += GAP
    foot = [line for text in signed for line in wrap(text, inner, CREDIT_SIZE)]
    end = y + len(foot) * CREDIT_LEAD + EDGE / 2
    lines = [(Point(EDGE, EDGE + TITLE_SIZE + TITLE_LEAD * n), t) for n, t in enumerate(head)]
    small = [(Point(EDGE, y + CREDIT_SIZE + CREDIT_LEAD * n), t) for n, t in enumerate(foot)]
    body = "".join(out) + lettering(lines, TITLE_SIZE, 700, ink)
    body += lettering(small, CREDIT_SIZE, 400, ink) if small else ""
    ground = f'<rect {ink.paint("paper", "")} width="{total:g}" height="{end:.0f}"/>'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total:g} {end:.0f}" width="{total:g}"'
        f' height="{end:.0f}"><title>{escape(title)}</title>{ink.definitions()}{ground}{body}</svg>'
    )
    factor = width / total
    return Strip(svg, width, round(end * factor), tuple(round(c * factor) for c in cuts[:-1]))


def strip_webp(panels: Panels, title: str, signed: Sequence[str], width: int = STRIP_PX) -> bytes:
    """The long picture as WebP."""
    return raster.webp(strip(panels, title, signed, width).svg, width)


def _framed(found: Layout, ink: Ink, x: float, y: float) -> str:
    """A panel at a place of a picture, cut to its frame."""
    w, h = f"{found.width:g}", f"{found.height:.1f}"
    return (
        f'<svg x="{x:g}" y="{y:.1f}" width="{w}" height="{h}" viewBox="0 0 {w} {h}">{panel(found, ink)}</svg>'
        f'<rect {ink.paint("", "ink", 4)} x="{x:g}" y="{y:.1f}" width="{w}" height="{h}"/>'
    )


@lru_cache(maxsize=1)
def version() -> str:
    """A hash of the code and drawings that comics are made with."""
    here = Path(__file__).parent
    code = ["fonts.py", "text_layout.py", "units.py", "raster.py", "cast.py"]
    files = [*(here / name for name in code), *here.glob("comic*.py"), *ART.rglob("*.svg")]
    return code_version(*(str(p) for p in [*sorted(files), ART / "cast.json"]))
