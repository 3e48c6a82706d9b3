"""The geometry of one panel: caption, board, bubbles, figures and things, in units of its canvas.

A narrow panel is 640 wide: on a phone, at 343 px, its 30-unit text is 16 px high. A wide panel spans
two narrow ones and their gap. The height follows from what is said: nothing is ever clipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder.media import cast
from builder.media.cast import Box, Point
from builder.media.comic_bubbles import SLACK, Bubble, Words, place, with_tails
from builder.media.text_layout import measure, wrap

NARROW, WIDE = 640.0, 1304.0
CAPTION_SIZE, CAPTION_LEAD, CAPTION_PAD = 28.0, 38.0, 8.0
BOARD_SIZE, BOARD_LEAD, BOARD_PAD = 34.0, 50.0, 26.0
SPACE, HEADROOM = 16.0, 42.0
LOW, HIGH = 560.0, 740.0  # least height; from where on figures sink
TALL, HELD = 430.0, 484.0  # what they keep of their canvas, and with something in the hand
SIGNS = frozenset({"question", "exclaim", "check", "cross", "bulb"})  # hang in the air
BOARDS = frozenset({"blackboard", "whiteboard"})
ALONE, PAIR = 1, 2


@dataclass(frozen=True, slots=True)
class Actor:
    """A figure in its place: the canvas at (x, y), `scale` times its size."""

    who: str
    mood: str
    gesture: str
    facing: str
    prop: str
    x: float
    y: float
    scale: float

    @property
    def face(self) -> Box:
        """The face with its hair."""
        face = cast.anchors(self.who, self.gesture, self.facing).face
        s = self.scale
        return Box(self.x + face.x * s, self.y + face.y * s, face.w * s, face.h * s)

    @property
    def mouth(self) -> Point:
        """Where its tails point."""
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
    """Lines on a black or white board."""

    box: Box
    lines: tuple[str, ...]
    size: float
    lead: float
    white: bool


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


def layout(panel: Mapping[str, Any], width: float, turn: int, height: float = 0.0) -> Layout:
    """Place all of one panel of a comic file. `height` asks for a taller panel than it needs."""
    wide = width > NARROW
    people = _people(panel)
    caption = tuple(wrap(panel["caption"], width - 40, CAPTION_SIZE, 700)) if panel["caption"] else ()
    band = len(caption) * CAPTION_LEAD + 2 * CAPTION_PAD if caption else 0.0
    board = _board(panel, width, band + SPACE, roomy=wide and len(people) <= PAIR)
    beside = board is not None and wide and len(people) <= PAIR
    top = band + SPACE + (board.box.h + SPACE if board and not beside else 0.0)
    objects = [p for p in panel["props"] if not (board and p in BOARDS)]
    scale = _scale(len(people), width)
    for _ in range(2):
        actors = _actors(people, width, scale, aside=bool(objects) or beside, apart=beside)
        mouths = [a.mouth for a in actors]
        bubbles, zone = place(_words(panel, people), mouths, width)
        kept = _kept(top + zone + HEADROOM, scale, HELD if any(a.prop for a in actors) else TALL)
        least = top + zone + HEADROOM + (kept - 32) * scale
        if beside and board:
            least = max(least, top + zone + SPACE + board.box.h + 60)
        tall = max(least, LOW, height)
        grown = scale + (tall - least) / (kept - 32)
        if len(people) > PAIR or grown - scale < 0.02:
            break
        scale = min(grown, 1.0 if wide or len(people) <= ALONE else 0.86)
    y = tall - kept * scale
    actors = [_moved(a, y) for a in actors]
    faces = [a.face for a in actors]
    head = min((f.y for f in faces), default=tall - 330)
    placed = with_tails(bubbles, faces, [a.mouth for a in actors], max(top, head - HEADROOM - zone))
    if beside and board:
        low = max((b.box.bottom for b in placed), default=band)
        board = _lowered(board, (low + SPACE + tall - 50 - board.box.h) / 2, actors, width)
    things = _things(objects, actors, width, tall, head)
    return Layout(width, tall, caption, band, panel["scene"], turn, tuple(actors), things, board,
                  tuple(placed))  # fmt: skip


def _people(panel: Mapping[str, Any]) -> list[Mapping[str, str]]:
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
        elif kind == "sound" or who in {"", "旁白"}:
            out.append(Words("narration" if kind != "sound" else kind, say["text"], -1))
        else:
            prefix = "" if kind == "narration" else f"{who}："
            out.append(Words(kind, prefix + say["text"], -1))
    return out


def _scale(count: int, width: float) -> float:
    if width > NARROW:
        return 0.94 if count <= PAIR else 0.88
    return {0: 0.86, 1: 0.86, 2: 0.8}.get(count, width / count / 322)


def _kept(above: float, scale: float, least: float) -> float:
    """How much of a figure's canvas shows: less of it when much is said."""
    spare = above + (520 - 32) * scale - HIGH
    return 520.0 if spare <= 0 else max(least, 520 - spare / scale)


def _actors(
    people: Sequence[Mapping[str, str]], width: float, scale: float, *, aside: bool, apart: bool
) -> list[Actor]:
    """Figures side by side, looking at one another unless the author says how."""
    count = len(people)
    out = []
    for n, figure in enumerate(people):
        if count == ALONE:
            left = figure.get("facing") != "left"
            share = (0.36 if left else 0.64) if aside and width <= NARROW else 0.5
            share = (0.2 if left else 0.8) if apart else share
            auto = "right" if aside else "front"
        else:
            share = (n + 0.5) / count
            if count == PAIR and width > NARROW:
                share = (0.14, 0.86)[n] if apart else (0.3, 0.7)[n]
            auto = "right" if share < 0.5 else "left" if share > 0.5 else "front"
        gesture = figure.get("gesture") or ("hold" if figure.get("prop") else "rest")
        held = figure.get("prop") or ("report" if gesture == "hold" else "")
        out.append(
            Actor(figure["who"], figure.get("mood") or "neutral", gesture,
                  figure.get("facing") or auto, held, width * share - 200 * scale, 0.0, scale)
        )  # fmt: skip
    return out


def _moved(actor: Actor, y: float) -> Actor:
    return Actor(actor.who, actor.mood, actor.gesture, actor.facing, actor.prop, actor.x, y,
                 actor.scale)  # fmt: skip


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


HUNG = frozenset(k for k, v in cast.CAST["backdrops"].items() if v["slot"])


def _lowered(board: Board, y: float, actors: Sequence[Actor], width: float) -> Board:
    """A board in the free room beside one figure or between two."""
    centre = width / 2
    if len(actors) == ALONE:
        centre = width * (0.62 if actors[0].x < width / 2 else 0.38)
    x = min(max(centre - board.box.w / 2, SPACE), width - SPACE - board.box.w)
    return Board(board.box._replace(x=x, y=y), board.lines, board.size, board.lead, board.white)


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
    gaps = [(a[1], b[0]) for a, b in zip(reach, reach[1:], strict=False)]
    a, b = max(gaps, key=lambda g: g[1] - g[0])
    return (a, b) if b - a >= 90 else ((a + b) / 2 - 45, (a + b) / 2 + 45)
