"""The geometry of a panel in a film: figures, board and things of one scene in a frame, in its units.

Figures stand on the lower edge, where subtitles may cover their bodies. What they hold and what
stands beside them must be seen, so then a table stands in front, its top just above the subtitle.
On a broad frame a board and things stand between the figures; on a narrow one the board hangs above
their heads. Faces, lines of a board and things are never covered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from builder.media import cast
from builder.media.cast import Box
from builder.media.comic_place import BOARDS, HUNG, SIGNS, Actor, Board, Thing
from builder.media.stage import Look, headline_box
from builder.media.stage_things import board, hanging, standing

ROW = 150.0  # the height of a row of things that hang
EDGE, GAP, AIR = 24.0, 18.0, 26.0
CROWN, CHIN, CUT = 32.0, 243.0, 480.0  # of a figure's canvas; a table covers it from CUT on
MIDDLE = 200.0
# Scales of figures; the least keeps faces readable.
MOST, TALLEST, LEAST = 1.05, 1.35, 0.585
SIZES = {"16:9": (66, 40), "9:16": (58, 34), "1:1": (44, 34)}  # of lines on a board
ROOMY = (
    (1.0,),
    (0.85, 0.7, 0.6),
    (0.75, 0.68, 0.6),
    (0.68, 0.6),
    (0.66, 0.6),
)  # least scales, by figures
SLAB = 30.0  # what is seen of the top of a table
BODY = {
    "front": (68.0, 334.0),
    "left": (82.0, 322.0),
    "right": (78.0, 318.0),
}  # shoulder to shoulder
ARMS = {  # how far arms reach on the canvas
    ("point", "front"): (12.0, 334.0),
    ("point", "left"): (10.0, 322.0),
    ("point", "right"): (78.0, 390.0),
    ("hold", "front"): (60.0, 342.0),
    ("hold", "left"): (78.0, 330.0),
    ("hold", "right"): (70.0, 322.0),
    ("explain", "front"): (12.0, 390.0),
    ("explain", "left"): (10.0, 374.0),
    ("explain", "right"): (28.0, 390.0),
    ("stop", "front"): (68.0, 388.0),
    ("stop", "left"): (18.0, 322.0),
    ("stop", "right"): (78.0, 384.0),
}
TAIL = {"front": (200.0, 336.0), "left": (200.0, 348.0), "right": (52.0, 200.0)}  # 小周's hair
CLOUD = {"front": (40.0, 200.0), "left": (40.0, 200.0), "right": (200.0, 360.0)}  # of who thinks


@dataclass(frozen=True, slots=True)
class Scenery:
    """A panel with everything in its place. `table`: the y of its top, 0 without one. `plates`:
    paper behind things that hang. `band`: where the headline ends."""

    width: float
    height: float
    scene: str
    actors: tuple[Actor, ...]
    things: tuple[Thing, ...]
    plates: tuple[Box, ...]
    board: Board | None
    table: float
    band: float


@dataclass(frozen=True, slots=True)
class _Pose:
    """A figure before it has a place, with the ends of arms and head, left and right of its middle."""

    who: str
    mood: str
    gesture: str
    facing: str
    prop: str
    arms: tuple[float, float]
    head: tuple[float, float]


@dataclass(slots=True)
class _Plan:
    """A panel while it is being placed; `top` to `low` is what subtitles and headline leave."""

    width: float
    height: float
    top: float
    low: float
    scene: str
    white: bool
    sizes: tuple[int, int]  # of lines on a board
    people: list[_Pose]
    objects: list[str]
    lines: Sequence[str]
    board: Board | None = None
    table: float = 0.0
    scale: float = 0.0

    @property
    def broad(self) -> bool:
        """Whether the frame is wider than high."""
        return self.width > self.height

    @property
    def covers(self) -> float:
        """The scale of a backdrop with a board of its own, 0 for others."""
        return (
            self.width / cast.CAST["backdrops"][self.scene]["size"][0]
            if self.scene in HUNG
            else 0.0
        )

    @property
    def slab(self) -> float:
        """Where the top of a table would be."""
        return self.low - SLAB + 6

    def tallest(self, top: float) -> float:
        """The largest scale at which heads end below `top`."""
        most = MOST if self.height <= self.width else TALLEST
        if self.table:
            return min(most, (self.table - top - AIR) / (CUT - CROWN))
        return min(most, (self.height - top - AIR) / (520 - CROWN))


def place(panel: Mapping[str, Any], look: Look, caption: str = "") -> Scenery:
    """All of a panel of a film in its place."""
    plan = _plan(panel, look, caption)
    aside, above = _divided(plan)
    top, row = plan.top, Box(0, 0, 0, 0)
    if plan.lines and not plan.broad:
        beside = above if plan.width == plan.height else []
        top, row = _hang(plan, len(beside), ROW + GAP if above and not beside else 0.0)
    if above and not row.h:
        side = min(ROW, (plan.width - 2 * EDGE) / len(above) - GAP)
        row = Box(EDGE, top + GAP, plan.width - 2 * EDGE, side)
        top = row.bottom
    actors, slot = _stand(plan, aside, top)
    things: tuple[Thing, ...] = ()
    plates: tuple[Box, ...] = ()
    if plan.lines and plan.broad:
        room = slot._replace(h=slot.h - 126) if aside else slot._replace(h=slot.h - GAP)
        plan.board = board(plan.lines, room, plan.sizes, white=plan.white, covers=plan.covers)
        slot = Box(slot.x, slot.bottom - 112, slot.w, 112)
    if aside:
        head = min((a.face.y + a.face.h * 0.4 for a in actors), default=slot.y + slot.h / 3)
        largest = 200.0 if actors else 300.0
        slot = slot._replace(h=slot.h + (SLAB * 0.6 if plan.table else 0.0))
        things = standing(aside, slot, largest, head)
    elif above:
        if row.w > row.h and not plan.board:  # nearer to the heads they belong to
            head = min((a.face.y for a in actors), default=plan.low)
            row = row._replace(y=max(row.y, min(head - 2 * AIR - row.h, plan.height * 0.3)))
        columns = len(above) if row.w > row.h * 2 else _beside(len(above))
        things, plates = hanging(above, row, columns)
    return Scenery(plan.width, plan.height, plan.scene, tuple(actors), things, plates, plan.board, plan.table, plan.top)  # fmt: skip


def _hang(plan: _Plan, beside: int, below: float) -> tuple[float, Box]:
    """Hang the board above the heads; things may have a column at its side. Returns where both end.

    `below` stays free under it. Figures give way until the lines are large enough.
    """
    row, top = Box(0, 0, 0, 0), plan.top + GAP
    for least in ROOMY[len(plan.people)]:
        foot = (
            plan.table - (CUT - CROWN) * least
            if plan.table
            else plan.height - (520 - CROWN) * least
        )
        alone = plan.low - GAP - (190.0 if plan.objects and not beside else 0.0)
        most = (foot - AIR - below if plan.people else alone) - top
        columns = _beside(beside)
        each = min(most / -(-beside // columns), 110.0) if beside else 0.0
        column = each * columns
        room = Box(EDGE, top, plan.width - 2 * EDGE - column, most)
        found = board(plan.lines, room, plan.sizes, white=plan.white, covers=plan.covers)
        plan.board = _moved(found, top)
        tall = each * -(-beside // columns)
        row = Box(room.right, top, column, tall) if beside else row
        if found.size >= plan.sizes[1]:
            break
    return max(top + found.box.h, row.bottom), row


def _beside(count: int) -> int:
    """Columns of things at the side of a board."""
    return 1 if count <= 2 else 2


def _moved(board: Board, y: float) -> Board:
    return replace(board, box=board.box._replace(y=y))


def _plan(panel: Mapping[str, Any], look: Look, caption: str) -> _Plan:
    band = headline_box(look, caption)
    plan = _Plan(
        look.frame.w, look.frame.h, band.bottom or look.top, look.subtitle.y - 8, panel["scene"],
        panel["scene"] == "meeting" or "whiteboard" in panel["props"], SIZES[look.name], [],
        [p for p in panel["props"] if not (panel["board"] and p in BOARDS)], panel["board"],
    )  # fmt: skip
    count = len(panel["cast"])
    for n, figure in enumerate(panel["cast"]):
        share = (n + 0.5) / count
        turned = "right" if share < 0.5 else "left" if share > 0.5 else "front"
        if count == 1 and (plan.objects or (plan.lines and plan.broad)):
            turned = "right"
        pose = _pose(figure, turned)
        if pose.prop and _hides_face(pose):  # it stands beside instead
            plan.objects.append(pose.prop)
            pose = _measured(pose.who, pose.mood, pose.gesture, pose.facing, "")
        plan.people.append(pose)
    tall = plan.height > plan.width  # there subtitles stand high, over all hands
    if plan.people and (tall or any(p.prop for p in plan.people)):
        plan.table = plan.slab
    return plan


def _pose(figure: Mapping[str, str], turned: str) -> _Pose:
    gesture = figure.get("gesture") or ("hold" if figure.get("prop") else "rest")
    held = figure.get("prop") or ("report" if gesture == "hold" else "")
    return _measured(figure["who"], figure.get("mood") or "neutral", gesture,
                     figure.get("facing") or turned, held)  # fmt: skip


def _measured(who: str, mood: str, gesture: str, facing: str, prop: str) -> _Pose:
    """The pose with what it takes to both sides."""
    face = cast.anchors(who, gesture, facing).face
    head = (face.x, face.right)
    if who == "小周":
        head = (min(head[0], TAIL[facing][0]), max(head[1], TAIL[facing][1]))
    spans = [arms(gesture, facing), head]
    spans += [_held(who, gesture, facing, prop)[:3:2]] if prop else []
    spans += [CLOUD[facing]] if mood == "thinking" else []
    reach = (MIDDLE - min(s[0] for s in spans), max(s[1] for s in spans) - MIDDLE)
    return _Pose(who, mood, gesture, facing, prop, reach, (MIDDLE - head[0], head[1] - MIDDLE))


def arms(gesture: str, facing: str) -> tuple[float, float]:
    """From where to where a body with its arms reaches, on its canvas."""
    return ARMS.get((gesture, facing), BODY[facing])


def _held(who: str, gesture: str, facing: str, name: str) -> tuple[float, float, float, float]:
    """What is in the hand, on the canvas: left, top, right, bottom."""
    hand, entry = cast.anchors(who, gesture, facing).hand, cast.CAST["props"][name]
    scale, (gx, gy), (w, h) = entry["hand_scale"], entry["grip"], entry["size"]
    x, y = hand.x - gx * scale, hand.y - gy * scale
    return x, y, x + w * scale, y + h * scale


def _hides_face(pose: _Pose) -> bool:
    left, top, right, bottom = _held(pose.who, pose.gesture, pose.facing, pose.prop)
    face = cast.anchors(pose.who, pose.gesture, pose.facing).face
    inner = Box(face.x + 20, face.y + 20, face.w - 40, face.h - 30)
    return Box(left + 8, top + 8, right - left - 16, bottom - top - 16).meets(inner)


def _divided(plan: _Plan) -> tuple[list[str], list[str]]:
    """Things that stand beside figures, and those that hang above their heads for want of room."""
    if not plan.objects:
        return [], []
    count = len(plan.people)
    room = plan.width - 2 * EDGE - 2 * GAP - _wish(plan)
    units = sum(sum(p.arms) for p in plan.people)
    least = 0.7 if plan.height == plan.width else 0.8
    if plan.broad or not count or (count <= 2 and room / units >= least):
        if set(plan.objects) - SIGNS or plan.lines:
            plan.table = plan.slab
        return plan.objects, []
    return [], plan.objects


def _wish(plan: _Plan) -> float:
    """The width that board and things between the figures should have at least."""
    columns = len(plan.objects) if plan.lines else _columns(plan.objects)
    wanted = columns * (150.0 if plan.broad else 128.0)
    if plan.lines and plan.broad:
        wanted = max(wanted, (860.0, 860.0, 540.0, 500.0, 470.0)[len(plan.people)])
    return wanted


def _columns(objects: Sequence[str]) -> int:
    """Signs hang over the things that stand."""
    signs = sum(name in SIGNS for name in objects)
    return max(signs, len(objects) - signs)


# --- figures ----------------------------------------------------------------------------------------


def _stand(plan: _Plan, aside: Sequence[str], top: float) -> tuple[list[Actor], Box]:
    """The figures, and the free room between them (beside a single one)."""
    between = bool(aside) or bool(plan.lines and plan.broad)
    left, right = _groups(plan.people, between)
    wish = _wish(plan) + 2 * GAP if between else 0.0
    tight = sum(_needed(g, loose=False) for g in (left, right))
    room = max(plan.width - 2 * EDGE - wish, min(LEAST * tight, plan.width * 0.7))
    wish = plan.width - 2 * EDGE - room if between else 0.0
    plan.scale = _scale(plan, (left, right), room, top)
    if not plan.table and plan.people and plan.scale * (520 - CHIN) < plan.height - plan.low + 8:
        plan.table = plan.slab  # faces would come under the subtitle
        plan.scale = _scale(plan, (left, right), room, top)
    bottom = plan.table + (520 - CUT) * plan.scale if plan.table else plan.height
    groups = [g for g in (left, right) if g]
    if not between:
        centres = _spread(groups[0], plan.scale, EDGE, plan.width - EDGE) if groups else []
    else:
        loose = (_needed(left, loose=True) + _needed(right, loose=True)) * plan.scale <= room
        half = _needed(left, loose=loose) * plan.scale
        spare = room - half - _needed(right, loose=loose) * plan.scale
        half += spare / 2 if left and right else spare if left else 0.0
        centres = _spread(left, plan.scale, EDGE, EDGE + half) if left else []
        begin = plan.width - EDGE - room + half
        centres += _spread(right, plan.scale, begin, plan.width - EDGE) if right else []
    s = plan.scale
    actors = [
        Actor(p.who, p.mood, p.gesture, p.facing, p.prop, x - MIDDLE * s, bottom - 520 * s, s)
        for p, x in zip(plan.people, centres, strict=True)
    ]
    begin = max((c + p.arms[1] * s for p, c in zip(left, centres, strict=False)), default=EDGE)
    end = min(
        (c - p.arms[0] * s for p, c in zip(right, centres[len(left) :], strict=True)),
        default=plan.width - EDGE,
    )
    y = max(top, plan.top) + GAP
    return actors, Box(begin + GAP, y, end - begin - 2 * GAP, (plan.table or plan.low) - y)


def _groups(people: Sequence[_Pose], between: bool) -> tuple[list[_Pose], list[_Pose]]:
    """Who stands left and who right of what stands between them."""
    if not between:
        return list(people), []
    if len(people) == 1:
        return ([], list(people)) if people[0].facing == "left" else (list(people), [])
    half = (len(people) + 1) // 2
    return list(people[:half]), list(people[half:])


def _scale(plan: _Plan, groups: Sequence[list[_Pose]], room: float, top: float) -> float:
    """As large as height and width allow; shoulders may overlap, faces and hands may not."""
    loose = sum(_needed(g, loose=True) for g in groups)
    tight = sum(_needed(g, loose=False) for g in groups)
    if not loose:
        return plan.tallest(top)
    wide = max(room / loose, min(room / (0.5 * loose + 0.5 * tight), 0.85), min(room / tight, 0.72))
    return min(plan.tallest(top), wide)


def _needed(group: Sequence[_Pose], *, loose: bool) -> float:
    """The width of a row of figures, in units of their canvas."""
    if not group:
        return 0.0
    steps = sum(_step(a, b, loose=loose) for a, b in pairwise(group))
    return group[0].arms[0] + steps + group[-1].arms[1]


def _step(a: _Pose, b: _Pose, *, loose: bool) -> float:
    """From the middle of one figure to that of the next."""
    if loose:
        return a.arms[1] + b.arms[0] + 10
    return max(a.arms[1] + b.head[0], a.head[1] + b.arms[0], 180.0) + 8


def _spread(group: Sequence[_Pose], scale: float, start: float, end: float) -> list[float]:
    """Where the middles of a row stand: close enough to talk, the rest of the room at both sides."""
    steps = [_step(a, b, loose=True) for a, b in pairwise(group)]
    tight = [_step(a, b, loose=False) for a, b in pairwise(group)]
    outer = group[0].arms[0] + group[-1].arms[1]
    spare = (end - start) / scale - outer - sum(steps)
    if spare >= 0:
        more = min(spare / (len(group) + 1), 230.0)
        steps = [s + more for s in steps]
    elif steps:
        short = min(1.0, -spare / max(sum(steps) - sum(tight), 1.0))
        steps = [s - (s - t) * short for s, t in zip(steps, tight, strict=True)]
    x = (start + end - (outer + sum(steps)) * scale) / 2 + group[0].arms[0] * scale
    out = [x]
    for step in steps:
        out.append(out[-1] + step * scale)
    return out
