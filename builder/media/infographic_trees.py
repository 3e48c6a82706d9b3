"""Comparison, decision tree, hierarchy, annotated form: blocks that stand to one another."""

from __future__ import annotations

from collections.abc import Sequence

from builder.media.infographic_draw import (
    INNER,
    MARGIN,
    WIDTH,
    Box,
    Piece,
    Stroke,
    plate,
)
from builder.media.infographic_lists import big
from builder.media.infographic_shape import Block, Node, Way, banks, labels, nested, ways
from builder.media.palette import (
    AMBER,
    AMBER_WASH,
    BLUE,
    BLUE_WASH,
    EDGE,
    GOOD,
    GOOD_WASH,
    HAIR,
    INK,
    INK_2,
    RED,
    RED_WASH,
    SURFACE,
)

WASHES = (BLUE_WASH, AMBER_WASH, GOOD_WASH)


def compare(blocks: Sequence[Block]) -> list[Piece]:
    """Columns side by side, what belongs together on one line."""
    made: list[Piece] = []
    for bank in banks(blocks):
        made.append(_heads(bank))
        for name in labels(bank):
            made += [_band(name), _cells([b["facts"].get(name, "—") for b in bank])]
        if any(b["items"] for b in bank):
            made.append(_cells([tuple(b["items"]) for b in bank]))
        made[-1].add(Stroke(((MARGIN, made[-1].height), (WIDTH - MARGIN, made[-1].height)), INK, 4))
        made.append(Piece(36))
    return made[:-1]


def _columns(count: int) -> tuple[float, list[float]]:
    wide = INNER / count
    return wide, [MARGIN + wide * n for n in range(count)]


def _heads(bank: Sequence[Block]) -> Piece:
    piece = Piece()
    wide, lefts = _columns(len(bank))
    for left, block in zip(lefts, bank, strict=True):
        place = (left + 24, 22, wide - 48)
        bottom = piece.text(place, block["title"], 38, 700)
        if block["number"]:
            bottom = big(piece, (left + 24, bottom, wide - 48), block["number"], block["unit"], 64)
        if block["text"]:
            bottom = piece.text((left + 24, bottom + 2, wide - 48), block["text"], 28, fill=INK_2)
        piece.height = max(piece.height, bottom + 22)
    piece.below(
        *(
            Box(left, 0, wide, piece.height, wash, under=True)
            for left, wash in zip(lefts, WASHES, strict=False)
        )
    )
    piece.add(Stroke(((MARGIN, 0), (WIDTH - MARGIN, 0)), INK, 4))
    piece.add(Stroke(((MARGIN, piece.height), (WIDTH - MARGIN, piece.height)), INK, 3))
    return piece


def _band(name: str) -> Piece:
    piece = Piece()
    piece.height = piece.text((MARGIN + 24, 12, INNER - 48), name, 26, 700, BLUE)
    piece.below(Box(MARGIN, 0, INNER, piece.height, SURFACE, under=True))
    piece.add(Stroke(((MARGIN, 0), (WIDTH - MARGIN, 0)), HAIR, 2))
    return piece


def _cells(cells: Sequence[str | tuple[str, ...]]) -> Piece:
    piece = Piece()
    wide, lefts = _columns(len(cells))
    for left, cell in zip(lefts, cells, strict=True):
        place = (left + 24, 4, wide - 48)
        bottom = piece.text(place, cell) if isinstance(cell, str) else piece.list(place, cell)
        piece.height = max(piece.height, bottom + 16)
    piece.below(Box(MARGIN, 0, INNER, piece.height, SURFACE, under=True))
    for left in lefts[1:]:
        piece.add(Stroke(((left, 4), (left, piece.height - 12)), HAIR, 2))
    return piece


STEP = 60
TRUNK, NODE, SIDE = MARGIN + 60, 580, MARGIN + 580 + 96


def tree(blocks: Sequence[Block]) -> list[Piece]:
    """Questions down the trunk, outcomes to the right."""
    return [_question(blocks, at, answers) for at, answers in enumerate(ways(blocks))]


def _question(blocks: Sequence[Block], at: int, answers: tuple[Way, ...]) -> Piece:
    piece = Piece()
    block = blocks[at]
    wide = NODE if answers else INNER
    top = piece.text((MARGIN + 28, 22, wide - 56), block["title"], 36, 700)
    if block["text"]:
        top = piece.text((MARGIN + 28, top + 2, wide - 56), block["text"], 28, fill=INK_2)
    if block["number"]:
        top = big(piece, (MARGIN + 28, top, wide - 56), block["number"], block["unit"], 56)
    tall = piece.list((MARGIN + 28, top + 4, wide - 56), block["items"], 28) + 22
    down = next((way for way in answers if way.down), None)
    foot = 18.0
    for way in (way for way in answers if not way.down):
        foot = _outcome(piece, blocks, way, foot) + 18
    tall = max(tall, foot)
    fill = SURFACE if answers else GOOD_WASH
    piece.below(Box(MARGIN, 0, wide, tall, fill, INK, 4, 12))
    piece.height = tall
    if down:
        piece.height = tall + 84
        piece.add(Stroke(((TRUNK, tall), (TRUNK, piece.height - 3)), INK, 4))
        tip = piece.height - 3
        piece.add(Stroke(((TRUNK - 12, tip - 14), (TRUNK, tip), (TRUNK + 12, tip - 14)), INK, 4))
        _answer(piece, TRUNK - 24, tall + 14, down)
    elif at + 1 < len(blocks):
        piece.height = tall + 40
    return piece


def _answer(piece: Piece, x: float, y: float, way: Way) -> None:
    color, wash = (GOOD, GOOD_WASH) if way.key == "yes" else (RED, RED_WASH)
    piece.add(Box(x, y, 48, 48, wash, color, 3, 24))
    piece.text((x + 10, y + 3, 29), way.answer, 28, 700, color)


def _outcome(piece: Piece, blocks: Sequence[Block], way: Way, top: float) -> float:
    """The words an answer leads to, at the right of the question; give the bottom."""
    color, wash = (GOOD, GOOD_WASH) if way.key == "yes" else (RED, RED_WASH)
    width = WIDTH - MARGIN - SIDE
    words = way.text if way.target is None else f"转到：{blocks[way.target]['title']}"
    spare = Piece()
    foot = spare.text((SIDE + 20, top + 12, width - 40), words, 28, 700) + 12
    middle = max(top + 30, top + (foot - top) / 2)
    foot = max(foot, top + 60)
    piece.add(Stroke(((MARGIN + NODE, middle), (SIDE, middle)), color, 4))
    piece.add(Box(SIDE, top, width, foot - top, wash, color, 3, 10), *spare.marks)
    _answer(piece, MARGIN + NODE + 22, middle - 24, way)
    return foot


def hierarchy(blocks: Sequence[Block], root: str = "") -> list[Piece]:
    """Boxes on the lines of a tree, the deeper the farther in."""
    made = []
    if root:
        piece = Piece()
        _, tall = plate(piece, MARGIN, 0, root, 36)
        piece.height = tall + 28
        piece.add(Stroke(((MARGIN + 24, tall), (MARGIN + 24, piece.height)), INK, 4))
        made.append(piece)
    _branches(made, nested(blocks), [], bool(root))
    return made


def _branches(made: list[Piece], nodes: Sequence[Node], trunks: list[bool], rooted: bool) -> None:
    """Pieces of `nodes`; `trunks` says for each line at the left whether it goes on below."""
    for number, node in enumerate(nodes, 1):
        lines = [*trunks, number < len(nodes)] if rooted else []
        piece = _branch(node.block, len(lines), bool(node.under))
        for depth, goes_on in enumerate(lines):
            x = MARGIN + 24 + depth * STEP
            own = depth == len(lines) - 1
            if goes_on or own:
                piece.below(Stroke(((x, 0), (x, piece.height if goes_on else 44)), INK, 4))
            if own:
                piece.below(Stroke(((x, 44), (x + STEP - 24, 44)), INK, 4))
        made.append(piece)
        _branches(made, node.under, lines, True)


def _branch(block: Block, depth: int, parent: bool) -> Piece:
    piece = Piece()
    left = MARGIN + depth * STEP
    width = WIDTH - MARGIN - left
    side = 340 if block["number"] else 0
    bottom = piece.text((left + 26, 16, width - 52 - side), block["title"], 34, 700)
    if block["text"]:
        bottom = piece.text((left + 26, bottom, width - 52 - side), block["text"], 28, fill=INK_2)
    if side:
        place = (WIDTH - MARGIN - side + 4, 10, side - 24)
        bottom = max(bottom, big(piece, place, block["number"], block["unit"], 56))
    bottom = piece.list((left + 26, bottom + 4, width - 52), block["items"], 28) + 14
    piece.below(Box(left, 0, width, bottom, BLUE_WASH if parent else SURFACE, INK, 3, 10))
    piece.height = bottom + 22
    if parent:
        x = left + 24
        piece.add(Stroke(((x, bottom), (x, piece.height)), INK, 4))
    return piece


CELL = 470


def form(blocks: Sequence[Block]) -> list[Piece]:
    """The cells of a form at the left, each with a numbered note at the right."""
    made = []
    for number, block in enumerate(blocks, 1):
        piece = Piece()
        note = MARGIN + CELL + 64
        top = piece.text((MARGIN + 24, 18, CELL - 90), block["title"], 32, 700)
        if block["value"]:
            top = piece.text((MARGIN + 24, top + 4, CELL - 48), block["value"], 28, 400, BLUE)
        piece.add(Stroke(((MARGIN + 24, top + 26), (MARGIN + CELL - 24, top + 26)), HAIR, 2))
        top += 44
        right = (
            piece.text((note, 18, WIDTH - MARGIN - note), block["text"], 28)
            if block["text"]
            else 18
        )
        if block["number"]:
            right = big(
                piece, (note, right, WIDTH - MARGIN - note), block["number"], block["unit"], 48
            )
        right = piece.list((note, right + 2, WIDTH - MARGIN - note), block["items"], 28) + 16
        piece.height = max(top, right, 112)
        piece.below(Box(MARGIN, 0, CELL, piece.height, SURFACE, INK, 4, under=True))
        _callout(piece, number)
        made.append(piece)
    return made


def _callout(piece: Piece, number: int) -> None:
    x = MARGIN + CELL
    piece.add(Stroke(((x + 20, 42), (x + 56, 42)), EDGE, 3, dash=True))
    piece.add(Box(x - 24, 18, 48, 48, AMBER, INK, 3, 24))
    words = str(number)
    piece.text((x - 8.5 * len(words), 18, 60), words, 28, 700, INK, 1.7)
