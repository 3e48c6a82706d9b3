"""The geometry of one panel: caption, board, bubbles, figures and things, in units of its canvas.

A narrow panel is 640 wide: on a phone, at 343 px, its 30-unit text is 16 px high. A wide panel spans
two narrow ones and their gap. The height follows from what is said: nothing is ever clipped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from builder.media import cast, comic_own
from builder.media.cast import Box, Point
from builder.media.chart_spec import ChartSpec
from builder.media.comic_bubbles import SLACK, Bubble, Words, place, with_tails
from builder.media.comic_chart import Sheet, sheet
from builder.media.comic_own import Own
from builder.media.text_layout import measure, wrap

NARROW, WIDE = 640.0, 1304.0
CAPTION_SIZE, CAPTION_LEAD, CAPTION_PAD = 29.0, 38.0, 8.0
BOARD_SIZE, BOARD_LEAD, BOARD_PAD = 34.0, 50.0, 26.0
SPACE, HEADROOM = 16.0, 42.0
LOW, HIGH = 560.0, 740.0  # least height; from where on figures sink
EMPTY, BARE = 280.0, 60.0  # room for things where nobody is, and without things
TALL, HELD = 430.0, 484.0  # what they keep of their canvas, and with something in the hand
SIGNS = frozenset({"question", "exclaim", "check", "cross", "bulb"})  # hang in the air
BOARDS = frozenset({"blackboard", "whiteboard"})
ALONE, PAIR = 1, 2


@dataclass(frozen=True, slots=True)
class Actor:
    """A figure in its place: the canvas at (x, y), `scale` times its size.

    `eyes` and `lips` take the place of the mood's own, in films.
    """

    who: str
    mood: str
    gesture: str
    facing: str
    prop: str
    x: float
    y: float
    scale: float
    eyes: str = ""
    lips: str = ""
    own: Own | None = None  # the author's picture in the place of a drawing
    kept: float = float(cast.HEIGHT)  # how much of the canvas shows

    @property
    def face(self) -> Box:
        """The face with its hair."""
        if self.own:
            return comic_own.face(self.own.box(self.x, self.y, self.scale, self.kept))
        face = cast.anchors(self.who, self.gesture, self.facing).face
        s = self.scale
        return Box(self.x + face.x * s, self.y + face.y * s, face.w * s, face.h * s)

    @property
    def mouth(self) -> Point:
        """Where its tails point."""
        if self.own:
            return comic_own.mouth(self.own.box(self.x, self.y, self.scale, self.kept))
        mouth = cast.anchors(self.who, self.gesture, self.facing).mouth
        return Point(self.x + mouth.x * self.scale, self.y + mouth.y * self.scale)


@dataclass(frozen=True, slots=True)
class Thing:
    """A prop that stands or hangs."""

    name: str
    x: float
    y: float
    scale: float


@dataclass(frozen=True, slots=True)
class Board:
    """Lines on a black or white board, or a sheet with a chart."""

    box: Box
    lines: tuple[str, ...]
    size: float
    lead: float
    white: bool
    sheet: Sheet | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A panel with everything in its place."""

    width: float
    height: float
    caption: tuple[str, ...]
    band: float
    scene: str
    turn: int
    actors: tuple[Actor, ...]
    things: tuple[Thing, ...]
    board: Board | None
    bubbles: tuple[Bubble, ...]

    def faces(self) -> list[Box]:
        """The boxes of all faces."""
        return [a.face for a in self.actors]


@dataclass(slots=True)
class _Stage:
    """A panel while it is being placed; `beside`: the board stands between the figures."""

    width: float
    top: float  # where bubbles may begin
    board: Board | None
    beside: bool
    people: Sequence[Mapping[str, Any]]
    objects: Sequence[str]
    height: float = 0.0
    scale: float = 0.0
    kept: float = 0.0
    zone: float = 0.0
    body: float = 0.0
    actors: Sequence[Actor] = ()
    bubbles: Sequence[Bubble] = ()

    @property
    def foot(self) -> float:
        """What stays free under a board between figures."""
        return 130.0 if self.objects else 60.0


def layout(panel: Mapping[str, Any], width: float, turn: int, height: float = 0.0) -> Layout:
    """Place all of one panel of a comic file. `height` asks for a taller panel than it needs."""
    people = _people(panel)
    caption = (
        tuple(wrap(panel["caption"], width - 40, CAPTION_SIZE, 700)) if panel["caption"] else ()
    )
    band = len(caption) * CAPTION_LEAD + 2 * CAPTION_PAD if caption else 0.0
    roomy = width > NARROW and len(people) <= PAIR
    board = _board(panel, width, band + SPACE, roomy=roomy)
    if panel.get("chart") is not None:
        board = _charted(panel["chart"], width, band + SPACE, turn, roomy=roomy)
    beside = board is not None and roomy
    top = band + SPACE + (board.box.h + SPACE if board and not beside else 0.0)
    objects = [p for p in panel["props"] if not (board and p in BOARDS)]
    stage = _Stage(width, top, board, beside, people, objects, height)
    _size(stage, _words(panel, people))
    things = _settle(stage, hung=panel["scene"] in HUNG)
    return Layout(width, stage.height, caption, band, panel["scene"], turn, tuple(stage.actors),
                  things, stage.board, tuple(stage.bubbles))  # fmt: skip


def _size(stage: _Stage, words: Sequence[Words]) -> None:
    """Find the height of the panel and the scale of its figures; they grow where there is room."""
    asked, count, wide = stage.height, len(stage.people), stage.width > NARROW
    stage.scale = _scale(count, stage.width)
    for _ in range(2):
        stage.actors = _actors(stage)
        stage.bubbles, stage.zone = place(words, [a.mouth for a in stage.actors], stage.width)
        above = stage.top + stage.zone + HEADROOM
        stage.kept = _kept(above, stage.scale, HELD if any(a.prop for a in stage.actors) else TALL)
        nobody = EMPTY if stage.objects else BARE
        stage.body = (stage.kept - 32) * stage.scale if count else nobody
        least = math.ceil(above + stage.body)
        if stage.beside and stage.board:
            under = stage.top + stage.zone + SPACE + stage.board.box.h + stage.foot
            least = max(least, math.ceil(under))
        stage.height = max(least, LOW, asked)
        grown = stage.scale + (stage.height - least) / (stage.kept - 32)
        if not 0 < count <= PAIR or grown - stage.scale < 0.02:
            break
        stage.scale = min(grown, 1.0 if wide or count <= ALONE else 0.86)


def _settle(stage: _Stage, *, hung: bool) -> tuple[Thing, ...]:
    """Put everything at its height; returns the things."""
    y, kept = stage.height - stage.kept * stage.scale, stage.kept
    stage.actors = [replace(a, y=y, kept=kept) for a in stage.actors]
    faces = [a.face for a in stage.actors]
    head = min((f.y for f in faces), default=stage.height - stage.body)
    start, board = head - HEADROOM - stage.zone, stage.board
    if stage.beside and board:
        low = stage.height - stage.foot - board.box.h - SPACE
        start = min(start, low - stage.zone)
    start = max(stage.top, start)
    stage.bubbles = with_tails(stage.bubbles, faces, [a.mouth for a in stage.actors], start)
    if not (stage.beside and board):
        return _things(stage.objects, stage.actors, stage.width, stage.height, head)
    y = (start + stage.zone + SPACE + stage.height - stage.foot + 10 - board.box.h) / 2
    stage.board = _lowered(board, y, stage.actors, 0.0 if hung else stage.width)
    return _under(stage.objects, stage.board.box, stage.height)


def _people(panel: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The figures of a panel; without a cast, those who speak."""
    if panel["cast"]:
        return [dict(f) for f in panel["cast"]]
    found: dict[str, Mapping[str, str]] = {}
    for say in panel["says"]:
        if say["who"] in cast.PEOPLE and say["who"] not in found and len(found) < 4:
            found[say["who"]] = {"who": say["who"], "mood": say["mood"] or "neutral"}
    return list(found.values())


def _words(panel: Mapping[str, Any], people: Sequence[Mapping[str, str]]) -> list[Words]:
    """What is said, by whom; one who is out of the picture is named in the bubble."""
    names = [f["who"] for f in people]
    out = []
    for say in panel["says"]:
        who, kind = say["who"], say["kind"]
        if who in names and kind in {"speech", "thought"}:
            out.append(Words(kind, say["text"], names.index(who)))
        elif kind in {"sound", "vertical"} or who in {"", "旁白"}:
            out.append(
                Words(kind if kind in {"sound", "vertical"} else "narration", say["text"], -1)
            )
        else:
            prefix = "" if kind == "narration" else f"{who}："
            out.append(Words(kind, prefix + say["text"], -1))
    return out


def _scale(count: int, width: float) -> float:
    if width > NARROW:
        return 0.94 if count <= PAIR else 0.88
    return 0.86 if count <= ALONE else min(0.8, width / count / 322)


def _kept(above: float, scale: float, least: float) -> float:
    """How much of a figure's canvas shows: less of it when much is said."""
    spare = above + (520 - 32) * scale - HIGH
    return 520.0 if spare <= 0 else max(least, 520 - spare / scale)


def _actors(stage: _Stage) -> list[Actor]:
    """Figures side by side, looking at one another unless the author says how."""
    out = []
    for n, figure in enumerate(stage.people):
        share = _share(stage, n)
        turned = "right" if share < 0.5 else "left" if share > 0.5 else "front"
        if len(stage.people) == ALONE:
            turned = "right" if stage.objects or stage.beside else "front"
        gesture = figure.get("gesture") or ("hold" if figure.get("prop") else "rest")
        held = figure.get("prop") or ("report" if gesture == "hold" else "")
        pose = (figure["who"], figure.get("mood") or "neutral", gesture,
                figure.get("facing") or turned, held)  # fmt: skip
        x = stage.width * share - 200 * stage.scale
        out.append(Actor(*pose, x, 0.0, stage.scale, own=figure.get("own")))
    return out


def _share(stage: _Stage, number: int) -> float:
    """Where a figure stands, as a share of the panel's width."""
    count, wide = len(stage.people), stage.width > NARROW
    if count == ALONE:
        off = 0.2 if stage.beside else 0.36 if stage.objects and not wide else 0.5
        return 1 - off if stage.people[0].get("facing") == "left" else off
    if count == PAIR and wide:
        return ((0.14, 0.86) if stage.beside else (0.3, 0.7))[number]
    return (number + 0.5) / count


def _board(panel: Mapping[str, Any], width: float, y: float, *, roomy: bool) -> Board | None:
    """The board: at the top of a narrow panel, between the figures of a wide one."""
    if not panel["board"]:
        return None
    size, lead = (42.0, 62.0) if roomy else (BOARD_SIZE, BOARD_LEAD)
    most = width * (0.42 if roomy else 0.86) - 2 * BOARD_PAD
    lines = [line for text in panel["board"] for line in wrap(text, most / SLACK, size, 700)]
    hung = panel["scene"] in HUNG
    least = (620.0, 340.0) if roomy and hung else (330.0, 178.0) if hung else (240.0, 0.0)
    w = max(max(measure(t, size, 700) for t in lines) * SLACK + 2 * BOARD_PAD, least[0])
    h = max(len(lines) * lead + 2 * BOARD_PAD, least[1])
    white = panel["scene"] == "meeting" or "whiteboard" in panel["props"]
    return Board(Box((width - w) / 2, y, w, h), tuple(lines), size, lead, white)


def _charted(spec: ChartSpec, width: float, y: float, turn: int, *, roomy: bool) -> Board:
    """A sheet with a chart in the place of a board."""
    w = width * 0.45 if roomy else width - 2 * SPACE
    found = sheet(spec, w, f"ct{turn}-{width:.0f}")
    return Board(Box((width - w) / 2, y, w, found.height), (), 0.0, 0.0, True, found)


HUNG = frozenset(k for k, v in cast.CAST["backdrops"].items() if v["slot"])


def _lowered(board: Board, y: float, actors: Sequence[Actor], width: float) -> Board:
    """A board in the free room beside one figure or between two; it keeps its x when `width` is 0."""
    centre = board.box.x + board.box.w / 2
    if width and len(actors) == ALONE:
        centre = width * (0.62 if actors[0].x < width / 2 else 0.38)
    x = max(centre - board.box.w / 2, SPACE)
    return replace(board, box=board.box._replace(x=x, y=y))


def _under(names: Sequence[str], board: Box, height: float) -> tuple[Thing, ...]:
    """Things in a row below a board that stands between figures."""
    room = height - 14 - board.bottom - 10
    out = []
    x = board.x + board.w / 2 - len(names) * (room + 20) / 2 + 10
    for n, name in enumerate(names):
        w, h = cast.CAST["props"][name]["size"]
        scale = min(room / h, room / w)
        out.append(
            Thing(
                name, x + n * (room + 20) + (room - w * scale) / 2, height - 14 - h * scale, scale
            )
        )
    return tuple(out)


def _things(
    names: Sequence[str], actors: Sequence[Actor], width: float, height: float, head: float
) -> tuple[Thing, ...]:
    """Signs between the heads, other things on the ground between the bodies."""
    left, right = _free(actors, width)
    out = []
    for hangs in (True, False):
        row = [n for n in names if (n in SIGNS) == hangs]
        if not row:
            continue
        each = (right - left) / len(row)
        for n, name in enumerate(row):
            w, h = cast.CAST["props"][name]["size"]
            most = 130.0 if hangs else 210.0
            scale = min(each * 0.9 / w, most / h, most * 1.2 / w)
            x = left + each * (n + 0.5) - w * scale / 2
            y = head + 70 - h * scale / 2 + 40 if hangs else height - 14 - h * scale
            out.append(Thing(name, x, y, scale))
    return tuple(out)


def _free(actors: Sequence[Actor], width: float) -> tuple[float, float]:
    """The free strip for things: beside one figure, in the middle between several."""
    if not actors:
        return width * 0.2, width * 0.8
    reach = [(a.x + 84 * a.scale, a.x + 316 * a.scale) for a in actors]
    if len(actors) == ALONE:
        left, right = reach[0]
        return (right + 10, width - 20) if width - right > left else (20.0, left - 10)
    gaps = [(a[1], b[0]) for a, b in pairwise(reach)]
    a, b = max(gaps, key=lambda g: g[1] - g[0])
    return (a, b) if b - a >= 90 else ((a + b) / 2 - 45, (a + b) / 2 + 45)
