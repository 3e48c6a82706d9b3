"""A placed panel as SVG markup. Text stays text; big drawings go into shared definitions."""

from __future__ import annotations

from dataclasses import dataclass, field

from builder.media import cast, comic_chart
from builder.media.cast import Box, Point
from builder.media.comic_bubbles import CUTS, Bubble
from builder.media.comic_chart import NOTE_LEAD, TITLE_LEAD, TITLE_SIZE, Sheet
from builder.media.comic_place import (
    CAPTION_LEAD,
    CAPTION_PAD,
    CAPTION_SIZE,
    HUNG,
    Actor,
    Board,
    Layout,
    Thing,
)
from builder.media.fonts import FAMILIES
from builder.media.svg_text import escape, quoted

LINE = 3.4  # ink of everything in a panel, in its units
SHIFTS = (0.5, 0.2, 0.8, 0.35, 0.65)  # which part of a wide backdrop shows, by turn
FLOORS = {"classroom": 590, "meeting": 600}
ROUND = 20.0


@dataclass(slots=True)
class Ink:
    """Colours of one theme, and the drawings that several panels share, by their ids."""

    uid: str
    theme: str = "light"
    shared: dict[str, str] = field(default_factory=dict)

    def colour(self, role: str) -> str:
        """The colour of a role in this theme."""
        found: str = cast.CAST["palette"][self.theme][role]
        return found

    def use(self, key: str, markup: str, x: float, y: float, scale: float) -> str:
        """A shared drawing at a place."""
        name = f"{self.uid}-{key}"
        self.shared.setdefault(name, markup)
        return f'<use href="#{name}" transform="translate({x:.1f} {y:.1f}) scale({scale:.4g})"/>'

    def definitions(self) -> str:
        """Everything that was used, to stand once in the page or file."""
        groups = (f'<g id="{k}">{v}</g>' for k, v in self.shared.items())
        return f"<defs>{''.join(groups)}</defs>" if self.shared else ""

    def paint(self, fill: str, line: str = "ink", width: float = LINE) -> str:
        """Class and attributes of a filled shape with a line."""
        names = " ".join(n for n in (f"c-{fill}" if fill else "", f"s-{line}" if line else "") if n)
        inside = self.colour(fill) if fill else "none"
        edge = f' stroke="{self.colour(line)}" stroke-width="{width:g}"' if line else ""
        return f'class="{names}" fill="{inside}"{edge} stroke-linejoin="round"'


def panel(found: Layout, ink: Ink) -> str:
    """The content of a panel, to stand in an `<svg>` of its size."""
    parts = [draw_backdrop(found, ink)]
    if found.board:
        parts.append(draw_board(found.board, ink))
    parts += [draw_thing(t, ink) for t in found.things]
    parts += [draw_actor(a, ink) for a in found.actors]
    parts += [_bubble(b, ink) for b in found.bubbles]
    if found.caption:
        band = ink.paint("sun", "")
        parts.append(f'<path {band} d="M0 0H{found.width:g}V{found.band:g}H0Z"/>')
        parts.append(f'<path {ink.paint("", "ink", 3)} d="M0 {found.band:g}H{found.width:g}"/>')
        first = CAPTION_PAD + CAPTION_LEAD / 2 + CAPTION_SIZE * 0.36
        places = [(Point(20, first + CAPTION_LEAD * n), t) for n, t in enumerate(found.caption)]
        parts.append(lettering(places, CAPTION_SIZE, 700, ink))
    return "".join(parts)


def lettering(
    lines: list[tuple[Point, str]], size: float, weight: int, ink: Ink, role: str = "ink",
    anchor: str = "",
) -> str:  # fmt: skip
    """One text element, so that a reader selects a bubble as a whole."""
    spans = "".join(
        f'<tspan x="{at.x:.1f}" y="{at.y:.1f}">{escape(line)}</tspan>' for at, line in lines
    )
    more = f' text-anchor="{anchor}"' if anchor else ""
    bold = f' font-weight="{weight}"' if weight != 400 else ""
    return (
        f'<text class="c-{role}" fill="{ink.colour(role)}" font-family={quoted(FAMILIES)}'
        f' font-size="{size:g}"{bold}{more}>{spans}</text>'
    )


def draw_backdrop(found: Layout, ink: Ink) -> str:
    """The backdrop below the caption; a room with a board is set so that ours covers its own."""
    back = f'<path {ink.paint("wall", "")} d="M0 0H{found.width:g}V{found.height:g}H0Z"/>'
    if not found.scene:
        return back
    w, h = cast.CAST["backdrops"][found.scene]["size"]
    if found.board and found.scene in HUNG:
        sx, sy, sw, sh = cast.CAST["backdrops"][found.scene]["slot"]
        box = found.board.box
        scale = max(found.width / w, min(box.w / (sw + 50), box.h / (sh + 60)))
        x, y = box.x + box.w / 2 - (sx + sw / 2) * scale, box.y + box.h / 2 - (sy + sh / 2) * scale
        x = min(0.0, max(x, found.width - w * scale))
        floor = y + FLOORS[found.scene] * scale
        ground = f'<path {ink.paint("wash", "")} opacity=".8" d="M0 {floor:.1f}H{found.width:g}V{found.height:g}H0Z"/>'
        # The drawing brings a floor of its own; below it ours goes on.
        end = y + h * scale
        ground = ground.replace(f"M0 {floor:.1f}", f"M0 {min(end, found.height):.1f}")
        back += ground if end < found.height else ""
    else:
        scale = max(found.width / w, (found.height - found.band) / h)
        x = (found.width - w * scale) * SHIFTS[found.turn % len(SHIFTS)]
        y = found.height - h * scale
    return back + ink.use(
        f"b-{found.scene}", cast.backdrop(found.scene, theme=ink.theme), x, y, scale
    )


def _weight(scale: float) -> float:
    """The ink of a drawing that is scaled; in steps, so that panels share drawings."""
    return 4.0 if scale >= 0.72 else round(LINE / scale)


def draw_actor(actor: Actor, ink: Ink) -> str:
    """A figure in its place."""
    if actor.own:
        x, y, w, h = actor.own.box(actor.x, actor.y, actor.scale, actor.kept)
        size = f'x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}"'
        return f"<image href={quoted(actor.own.href)} {size}/>"
    weight = _weight(actor.scale)
    pose = (actor.who, actor.mood, actor.gesture, actor.facing, actor.prop)
    life = (actor.eyes, actor.lips)
    markup = cast.figure(*pose, ink=weight, theme=ink.theme, eyes=life[0], mouth=life[1])
    key = "-".join([cast.PEOPLE[actor.who], *filter(None, (*pose[1:], *life)), f"{weight:g}"])
    return ink.use(key, markup, actor.x, actor.y, actor.scale)


def draw_thing(thing: Thing, ink: Ink) -> str:
    """A prop in its place."""
    weight = round(LINE / thing.scale * 2) / 2
    markup = cast.prop(thing.name, ink=weight, theme=ink.theme)
    return ink.use(f"p-{thing.name}-{weight:g}", markup, thing.x, thing.y, thing.scale)


def draw_board(board: Board, ink: Ink) -> str:
    """A board with its lines."""
    b = board.box
    if board.sheet:
        return _pinned(board.sheet, b, ink)
    frame, inner = ("silver", "white") if board.white else ("wood", "board")
    rim = Box(b.x + 10, b.y + 10, b.w - 20, b.h - 20)
    out = [
        f'<rect {ink.paint(frame)} x="{b.x:.1f}" y="{b.y:.1f}" width="{b.w:.1f}" height="{b.h:.1f}" rx="6"/>',
        f'<rect {ink.paint(inner)} x="{rim.x:.1f}" y="{rim.y:.1f}" width="{rim.w:.1f}" height="{rim.h:.1f}" rx="3"/>',
    ]
    first = b.y + (b.h - len(board.lines) * board.lead) / 2 + board.lead / 2 + board.size * 0.36
    places = [
        (Point(b.x + b.w / 2, first + board.lead * n), line) for n, line in enumerate(board.lines)
    ]
    role = "ink" if board.white else "chalk"
    return "".join([*out, lettering(places, board.size, 700, ink, role, "middle")])


def _pinned(sheet: Sheet, b: Box, ink: Ink) -> str:
    """A sheet of paper with a chart, two pins in its upper corners."""
    paper = f'<rect {ink.paint("white")} x="{b.x:.1f}" y="{b.y:.1f}" width="{b.w:.1f}" height="{b.h:.1f}" rx="3"/>'
    pins = "".join(
        f'<circle {ink.paint("persimmon")} cx="{x:.1f}" cy="{b.y + 2:.1f}" r="7"/>'
        for x in (b.x + 22, b.right - 22)
    )
    first = b.y + comic_chart.PAD + TITLE_LEAD / 2 + TITLE_SIZE * 0.36
    title = [
        (Point(b.x + comic_chart.PAD, first + TITLE_LEAD * n), t) for n, t in enumerate(sheet.title)
    ]
    first = (
        b.bottom - comic_chart.PAD - NOTE_LEAD * (len(sheet.notes) - 0.5) + comic_chart.SIZE * 0.36
    )
    notes = [
        (Point(b.x + comic_chart.PAD, first + NOTE_LEAD * n), t) for n, t in enumerate(sheet.notes)
    ]
    words = lettering(title, TITLE_SIZE, 700, ink)
    words += lettering(notes, comic_chart.SIZE, 400, ink) if notes else ""
    return paper + pins + words + comic_chart.picture(sheet, b.x, b.y)


def _bubble(bubble: Bubble, ink: Ink) -> str:
    shapes = {
        "speech": _speech,
        "thought": _thought,
        "narration": _narration,
        "vertical": _narration,
        "sound": _sound,
    }
    cut = CUTS[bubble.kind]
    return shapes[bubble.kind](bubble, ink) + lettering(bubble.texts(), cut.size, cut.weight, ink)


def _rounded(b: Box, r: float, tail: str = "") -> str:
    """A box with round corners as a path; `tail` is drawn in its lower edge, from right to left."""
    x, y, right, bottom = b.x, b.y, b.right, b.bottom
    return (
        f"M{x + r:.1f} {y:.1f}H{right - r:.1f}Q{right:.1f} {y:.1f} {right:.1f} {y + r:.1f}"
        f"V{bottom - r:.1f}Q{right:.1f} {bottom:.1f} {right - r:.1f} {bottom:.1f}{tail}"
        f"H{x + r:.1f}Q{x:.1f} {bottom:.1f} {x:.1f} {bottom - r:.1f}V{y + r:.1f}"
        f"Q{x:.1f} {y:.1f} {x + r:.1f} {y:.1f}Z"
    )


def _speech(bubble: Bubble, ink: Ink) -> str:
    tail = ""
    if bubble.root and bubble.tip:
        root, tip = bubble.root, bubble.tip
        tail = f"H{root.x + 13:.1f}L{tip.x:.1f} {tip.y:.1f}L{root.x - 13:.1f} {root.y:.1f}"
    return f'<path {ink.paint("white")} d="{_rounded(bubble.box, ROUND, tail)}"/>'


def _thought(bubble: Bubble, ink: Ink) -> str:
    """A cloud, and three drops towards the one who thinks."""
    drops = ""
    if bubble.root and bubble.tip:
        (x, y), (tx, ty) = bubble.root, bubble.tip
        drops = "".join(
            f'<circle {ink.paint("white")} cx="{x + (tx - x) * s:.1f}" cy="{y + (ty - y) * s:.1f}" r="{r:g}"/>'
            for s, r in ((0.32, 8), (0.72, 5.5), (1.0, 3.5))
        )
    return f'<path {ink.paint("white")} d="{_cloud(bubble.box)}"/>{drops}'


def _cloud(b: Box) -> str:
    """Arcs around a box, all inside of it."""
    inner = Box(b.x + 11, b.y + 11, b.w - 22, b.h - 22)
    across, down = max(round(inner.w / 54), 2), max(round(inner.h / 46), 1)
    dx, dy = inner.w / across, inner.h / down
    steps = [(dx, 0.0)] * across + [(0.0, dy)] * down + [(-dx, 0.0)] * across + [(0.0, -dy)] * down
    arcs = "".join(
        f"a{r:.1f} {r:.1f} 0 0 1 {x:.2f} {y:.2f}"
        for x, y in steps
        for r in [max(abs(x), abs(y)) * 0.62]
    )
    return f"M{inner.x:.1f} {inner.y:.1f}{arcs}Z"


def _narration(bubble: Bubble, ink: Ink) -> str:
    b = bubble.box
    return f'<rect {ink.paint("paper")} x="{b.x:.1f}" y="{b.y:.1f}" width="{b.w:.1f}" height="{b.h:.1f}" rx="3"/>'


def _sound(bubble: Bubble, ink: Ink) -> str:
    """A burst: points on the box, hollows 14 units inside."""
    b, deep = bubble.box, 15.0
    across, down = max(round(b.w / 46), 3), max(round(b.h / 42), 2)
    top = [(b.x + b.w * n / across, b.y) for n in range(across)]
    right = [(b.right, b.y + b.h * n / down) for n in range(down)]
    low = [(b.right - b.w * n / across, b.bottom) for n in range(across)]
    left = [(b.x, b.bottom - b.h * n / down) for n in range(down)]
    points = [*top, *right, *low, *left]
    d = []
    for n, (x, y) in enumerate(points):
        nx, ny = points[(n + 1) % len(points)]
        mx, my = (x + nx) / 2, (y + ny) / 2
        mx = mx + deep if x == nx == b.x else mx - deep if x == nx else mx
        my = my + deep if y == ny == b.y else my - deep if y == ny else my
        d.append(f"{'L' if n else 'M'}{x:.1f} {y:.1f}L{mx:.1f} {my:.1f}")
    return f'<path {ink.paint("sun")} d="{"".join(d)}Z"/>'
