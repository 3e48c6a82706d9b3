"""漫画: panels of a comic file become pictures.

For a page: one SVG a panel, a wide one also for broad screens, and shared definitions once.
For files: a strip, one panel below another with places to cut it, or a sheet of two columns.
The same panels give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder.media import cast, charts, comic_chart, raster
from builder.media.cast import Point
from builder.media.clean import AI_LABEL
from builder.media.comic_draw import Ink, lettering, panel
from builder.media.comic_place import NARROW, WIDE, Layout, layout
from builder.media.svg_text import escape, quoted
from builder.media.text_layout import wrap
from builder.memo import digest

GAP, EDGE = 24.0, 28.0
TITLE_SIZE, TITLE_LEAD, CREDIT_SIZE, CREDIT_LEAD = 46.0, 62.0, 24.0, 36.0
FILE = "manhua.webp"  # the long picture beside a page
STRIP_PX = 750  # width of the long picture: what a phone shows, small enough to send
NUMBERS = "零一二三四五六七八九十"
SHOWN = {"speech": "说", "thought": "想", "sound": "声音", "narration": "旁白", "vertical": "旁白"}

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
    said += [comic_chart.told(spec["chart"])] if spec.get("chart") is not None else []
    for say in spec["says"]:
        who = (
            f"{say['who']}{SHOWN[say['kind']]}"
            if say["who"] and say["kind"] in {"speech", "thought"}
            else ""
        )
        said.append(f"{who}：{say['text']}" if who else say["text"])
    return "".join(s if s[-1:] in "。！？…" else f"{s}。" for s in said)


def _svg(found: Layout, ink: Ink, said: str, kind: str) -> str:
    w, h = f"{found.width:g}", f"{found.height:.0f}"
    return (
        f'<svg class="{kind}" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img"'
        f" aria-label={quoted(said)}>{panel(found, ink)}</svg>"
    )


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A whole comic arranged: its size, each panel's place, title and credits, places to cut."""

    width: float
    height: float
    placed: tuple[tuple[Layout, float, float], ...]
    title: tuple[tuple[Point, str], ...]
    signed: tuple[tuple[Point, str], ...]
    cuts: tuple[float, ...]


def _arranged(panels: Panels, title: str, signed: Sequence[str], columns: int) -> _Sheet:
    narrow, broad = layouts(panels)
    inner = NARROW if columns == 1 else WIDE
    head = wrap(title, inner, TITLE_SIZE, 700)
    placed, cuts = [], []
    y = EDGE + len(head) * TITLE_LEAD + 14
    for row in [[n] for n in range(len(panels))] if columns == 1 else rows(panels):
        x, high = EDGE, 0.0
        for n in row:
            found = broad[n] if columns > 1 and len(row) == 1 else narrow[n]
            placed.append((found, x, y))
            x, high = x + found.width + GAP, max(high, found.height)
        y += high + GAP
        cuts.append(y - GAP / 2)
    foot = [line for text in signed for line in wrap(text, inner, CREDIT_SIZE)]
    return _Sheet(
        inner + 2 * EDGE,
        round(y + len(foot) * CREDIT_LEAD + EDGE / 2),
        tuple(placed),
        tuple((Point(EDGE, EDGE + TITLE_SIZE + TITLE_LEAD * n), t) for n, t in enumerate(head)),
        tuple((Point(EDGE, y + CREDIT_SIZE + CREDIT_LEAD * n), t) for n, t in enumerate(foot)),
        tuple(cuts[:-1]),
    )


def strip(
    panels: Panels, title: str, signed: Sequence[str], width: int = STRIP_PX, columns: int = 1
) -> Strip:
    """The whole comic as one picture with title and credits; real text, no page needed."""
    sheet, ink = _arranged(panels, title, signed, columns), Ink("s")
    body = "".join(_framed(found, ink, x, y) for found, x, y in sheet.placed)
    factor = width / sheet.width
    cuts = tuple(round(c * factor) for c in sheet.cuts)
    return Strip(_document(sheet, title, ink, body), width, round(sheet.height * factor), cuts)


def strip_webp(
    panels: Panels,
    title: str,
    signed: Sequence[str],
    width: int = STRIP_PX,
    columns: int = 1,
    labelled: bool = False,
) -> bytes:
    """The same as WebP. Panels are drawn one by one: cut by their own edge, twice as fast as clipped.

    `labelled`: some of it was made by a model, and the file says so.
    """
    sheet = _arranged(panels, title, signed, columns)
    factor = width / sheet.width
    whole = raster.image(_document(sheet, title, Ink("s"), ""), width)
    for found, x, y in sheet.placed:
        drawn = raster.image(alone(found), round(found.width * factor))
        whole.paste(drawn, (round(x * factor), round(y * factor)))
    out = io.BytesIO()
    label = {"xmp": AI_LABEL} if labelled else {}
    whole.save(out, "WEBP", lossless=True, quality=40, method=1, **label)  # as small as method 3
    return out.getvalue()


def alone(found: Layout) -> str:
    """One panel with its frame, as a picture by itself."""
    ink = Ink("p")
    body = panel(found, ink)
    size = f'width="{found.width:g}" height="{found.height:g}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {found.width:g} {found.height:g}" {size}>'
        f"{ink.definitions()}{body}<rect {ink.paint('', 'ink', 8)} {size}/></svg>"
    )


def _document(sheet: _Sheet, title: str, ink: Ink, body: str) -> str:
    body += lettering(list(sheet.title), TITLE_SIZE, 700, ink)
    body += lettering(list(sheet.signed), CREDIT_SIZE, 400, ink) if sheet.signed else ""
    size = f'width="{sheet.width:g}" height="{sheet.height:g}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {sheet.width:g} {sheet.height:g}" {size}>'
        f"<title>{escape(title)}</title>{ink.definitions()}"
        f"<rect {ink.paint('paper', '')} {size}/>{body}</svg>"
    )


def _framed(found: Layout, ink: Ink, x: float, y: float) -> str:
    """A panel at a place of a picture, cut to its frame."""
    w, h = f"{found.width:g}", f"{found.height:.1f}"
    return (
        f'<svg x="{x:g}" y="{y:.1f}" width="{w}" height="{h}" viewBox="0 0 {w} {h}">{panel(found, ink)}</svg>'
        f'<rect {ink.paint("", "ink", 4)} x="{x:g}" y="{y:.1f}" width="{w}" height="{h}"/>'
    )


def version() -> str:
    """A hash of the code and drawings that comics are made with."""
    return digest(cast.version("comic*.py"), charts.version())
