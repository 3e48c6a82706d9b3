"""Words as a scene: title cards, and the first and the last picture of a film.

Sizes are sought from the largest down; what does not fit readably on one card goes on to the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from builder.media import cast
from builder.media.cast import Box
from builder.media.covers import DOORS, PEOPLE, PHRASE, POSES
from builder.media.infographic import markup
from builder.media.infographic_draw import Box as Area
from builder.media.infographic_draw import Mark, Piece, Stroke, drawable, tally
from builder.media.palette import AMBER, AMBER_TEXT, BLUE, HAIR, INK, INK_2, PAPER, SURFACE
from builder.media.stage import Beat, Look, Talk, canvas, inner_box, picture_box, timed
from builder.media.text_layout import Span, measure, wrap, wrap_rich
from builder.memo import digest

if TYPE_CHECKING:
    from PIL import Image

LEAD = 1.32
STOPS = frozenset("，；：。！？")  # where a clause ends
PAUSES = STOPS | {"、"}  # where a line ends well
LABEL = 40  # a letter of it is 37 high, 5 % of the shorter side are 36
PERSON = cast.HEIGHT / cast.WIDTH


@dataclass(frozen=True, slots=True)
class Set:
    """A card as it is set: the words' box, the figure's (no width: none), sizes, pages of lines."""

    words: Box
    figure: Box
    title: int
    size: int
    pages: tuple[tuple[str, ...], ...]


# --- cards ----------------------------------------------------------------------------------------


def play(scene: Mapping[str, Any], look: Look, frames: int, talk: Talk = ()) -> Iterator[Beat]:
    """The title, then line after line."""
    yield from timed(pictures(scene, look), frames, talk)


def poster(scene: Mapping[str, Any], look: Look) -> Image.Image:
    """The card with all its lines."""
    return pictures(scene, look)[-1]


def pictures(scene: Mapping[str, Any], look: Look) -> list[Image.Image]:
    """The card as it grows, one picture a line."""
    card, caption = _card(scene)
    found = set_card(card, look, caption)
    person = _person(card["figure"], found.figure, look)
    made = []
    for number, lines in enumerate(found.pages):
        least = 0 if number == 0 else 1
        for shown in range(least, len(lines) + 1):
            words = "".join(markup(mark) for mark in card_marks(card, found, number, shown))
            made.append(canvas(look, person + words, caption))
    return made


def _card(scene: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """The card of a scene and its headline; a caption by itself becomes the card."""
    if scene.get("card"):
        return scene["card"], scene["caption"]
    nobody = {"who": "小统", "mood": "smile", "gesture": "explain", "facing": "", "prop": ""}
    figure = None if scene["caption"] else nobody
    return {"title": scene["caption"], "lines": (), "figure": figure}, ""


def set_card(card: Mapping[str, Any], look: Look, caption: str = "") -> Set:
    """Where all of a card stands: on as few pages as can be, then as large as fits, the figure too."""
    lines = tuple(card["lines"])
    best: Set | None = None
    for figure, (title, size) in product(_figures(card, look, caption), _sizes(look, bool(lines))):
        words = _beside(figure, look, caption, bool(lines))
        pages = _pages(card["title"], lines, words, title, size)
        if pages and (best is None or len(pages) < len(best.pages)):
            best = Set(words, figure, title, size, pages)
            if len(pages) == 1:
                return best
    assert best is not None, "the smallest letters fit any card"
    return best


def _sizes(look: Look, lines: bool) -> list[tuple[int, int]]:
    """Sizes of title and lines, from the largest."""
    least = look.small
    most = 68 if lines else 88
    body = range(60 if look.small >= 40 else 52, least - 1, -2)
    sizes = [(max(least, min(most, size * 3 // 2)), size) for size in body]
    return [*([(88, least), (76, least)] if not lines else []), *sizes, (least + 4, least), (least, least)]  # fmt: skip


def _figures(card: Mapping[str, Any], look: Look, caption: str) -> list[Box]:
    """Places for the figure, the largest first; the last is none, for words that need all room."""
    room = picture_box(look, caption)
    nobody = Box(0, 0, 0, 0)
    if not card["figure"]:
        return [nobody]
    made = []
    for share in (0.94, 0.8, 0.64):
        if look.frame.w > look.frame.h:
            tall = room.h * share
            wide = tall / PERSON
            made.append(Box(look.frame.w - wide - look.margin, room.bottom - tall, wide, tall))
        else:
            tall = room.h * share * 0.62
            wide = tall / PERSON
            made.append(Box(look.frame.w - wide - look.margin, room.bottom - tall, wide, tall))
    return [*made, nobody]


def _beside(figure: Box, look: Look, caption: str, lines: bool) -> Box:
    """The room that a figure leaves to the words: at its left, on narrow frames above it."""
    inner = inner_box(look, caption)
    if not figure.w and not lines:  # it stands in a box
        return Box(inner.x + 36, inner.y + 44, inner.w - 82, inner.h - 88)
    if not figure.w:
        return inner
    if look.frame.w > look.frame.h:
        return Box(inner.x, inner.y, figure.x - 16 - inner.x, inner.h)
    return Box(inner.x, inner.y, inner.w, figure.y - inner.y)


def _pages(
    title: str, lines: Sequence[str], room: Box, big: int, size: int
) -> tuple[tuple[str, ...], ...]:
    """The lines on as many cards as they need under their title; nothing where the title does not fit."""
    over = _title_height(title, room.w, big)
    if over > room.h or (title and not _few(title, room.w, big)):
        return ()
    pages: list[list[str]] = [[]]
    taken = over
    for line in lines:
        tall = _line_height(line, room.w, size)
        if taken + tall > room.h:
            if not pages[-1]:
                return ()
            pages.append([])
            taken = over
            if taken + tall > room.h:
                return ()
        pages[-1].append(line)
        taken += tall
    return tuple(map(tuple, pages))


def _few(title: str, width: float, size: float) -> bool:
    """Whether a title stands on at most three lines, none passing the width."""
    found = phrased(title, width, size)
    return len(found) <= 3 and all(measure(line, size, 700) <= width for line in found)


def phrased(words: str, width: float, size: float) -> list[str]:
    """Lines that break after punctuation where that costs no line, else even ones."""
    lines = clauses(words, width, size)
    even = wrap(drawable(words), width, size, 700)
    return lines if lines and len(lines) <= len(even) else even


def clauses(words: str, width: float, size: float) -> list[str]:
    """Lines that break after punctuation only; nothing where a clause is wider than a line."""
    lines = [""]
    for phrase in PHRASE.findall(drawable(words)):
        if lines[-1] and measure(lines[-1] + phrase, size, 700) > width:
            lines.append("")
        lines[-1] += phrase
    return lines if all(measure(line, size, 700) <= width for line in lines) else []


def _title_height(title: str, width: float, size: float) -> float:
    return len(phrased(title, width, size)) * size * LEAD + 36 if title else 0.0


def _line_height(line: str, width: float, size: float) -> float:
    return len(_broken(line, width, size)) * size * 1.36 + size * 0.36


def _broken(line: str, width: float, size: float) -> list[str]:
    return wrap(drawable(line), width - size * 0.85, size, 500)


def card_marks(card: Mapping[str, Any], found: Set, page: int, shown: int) -> list[Mark]:
    """The words of one page with the first `shown` lines; their place does not change as they grow."""
    piece = Piece()
    room, lines = found.words, found.pages[page]
    tall = _title_height(card["title"], room.w, found.title)
    tall += sum(_line_height(line, room.w, found.size) for line in lines)
    top = room.y + (room.h - tall) / 2
    if card["title"]:
        centred = not card["lines"] and not found.figure.w
        if centred:
            sheet(piece, Box(room.x - 36, top - 40, room.w + 82, tall + 68))
        top = _title(piece, card["title"], Box(room.x, top, room.w, 0), found.title, centred)
    for line in lines[:shown]:
        top = _line(piece, line, Box(room.x, top, room.w, 0), found.size)
    return piece.marks


def _title(piece: Piece, title: str, place: Box, size: float, centred: bool = False) -> float:
    """Large words with a bar of amber below; give the bottom."""
    top = place.y
    lines = phrased(title, place.w, size)
    widest = max(measure(line, size, 700) for line in lines)
    left = place.x + (place.w - widest) / 2 if centred else place.x
    for line in lines:
        piece.text((left, top, widest + 1), line, size, 700, lead=LEAD)
        top += size * LEAD
    bar = 112.0
    at = place.x + (place.w - bar) / 2 if centred else left
    piece.add(Area(at, top + 8, bar, 8, AMBER))
    return top + 36


def _line(piece: Piece, line: str, place: Box, size: float) -> float:
    dot = size * 0.36
    piece.add(Area(place.x, place.y + size * 0.68 + size * 0.18 - dot / 2, dot, dot, AMBER_TEXT, radius=dot / 2))  # fmt: skip
    top = place.y + size * 0.18
    left = place.x + size * 0.85
    for words in _broken(line, place.w, size):
        piece.text((left, top, place.x + place.w - left + 1), words, size, 500, lead=1.36)
        top += size * 1.36
    return top + size * 0.18


def _person(figure: Mapping[str, Any] | None, place: Box, look: Look) -> str:
    """Somebody on a floor line before a patch of colour."""
    if not figure or not place.w:
        return ""
    facing = figure["facing"] or "left"
    gesture = figure["gesture"] or "explain"
    return standing(place, figure["who"], figure["mood"], gesture, facing, figure["prop"], DOORS[1]) + (
        floor(place.bottom, look)
    )  # fmt: skip


def standing(
    place: Box, who: str, mood: str, gesture: str, facing: str, prop: str, door: str
) -> str:
    """A figure that fills `place`, the patch behind it cut off at the floor."""
    scale = place.h / cast.HEIGHT
    drawn = cast.figure(who, mood, gesture, facing, prop, ink=round(4.5 / scale, 2))
    middle, radius = place.x + place.w / 2, place.w * 0.56
    high = place.bottom - place.w * 0.42
    drop = (radius**2 - (place.bottom - high) ** 2) ** 0.5
    return (
        f'<path d="M{middle - drop:g} {place.bottom:g}A{radius:g} {radius:g} 0 1 1 {middle + drop:g} {place.bottom:g}Z" fill="{door}"/>'
        f'<g transform="translate({place.x:g} {place.y:g}) scale({scale:.5g})">{drawn}</g>'
    )


def floor(y: float, look: Look) -> str:
    """A line across the frame, nothing below it: a figure is drawn a little longer than its canvas."""
    return (
        f'<rect y="{y:g}" width="{look.frame.w:g}" height="{look.frame.h - y:g}" fill="{PAPER}"/>'
        f'<path d="M0 {y:g}H{look.frame.w:g}" stroke="{INK}" stroke-width="4"/>'
    )


# --- the first and the last picture ---------------------------------------------------------------


def opening(
    title: str, kind: str, course: str, division: str, site: str, look: Look, label: str = ""
) -> Image.Image:
    """The first picture of a film and its poster: title, kind, course, who made it, a figure."""
    turn = int(digest("cover", title)[:8], 16)
    door = DOORS[turn % len(DOORS)]
    mood, gesture = POSES[turn // 4 % len(POSES)]
    who = PEOPLE[turn // 16 % len(PEOPLE)]
    held = "report" if gesture == "hold" else ""
    marks, figure = opening_marks(title, kind, course, (division, site), look, label)
    person = standing(figure, who, mood, gesture, "left", held, door)
    words = "".join(markup(mark) for mark in marks)
    ground = floor(figure.bottom, look) if figure.bottom < look.frame.h else ""
    return canvas(look, person + ground + words + _edge(look))


def opening_marks(
    title: str, kind: str, course: str, makers: Sequence[str], look: Look, label: str
) -> tuple[list[Mark], Box]:
    """The words of the first picture, and where the figure stands."""
    best: tuple[int, list[Mark], Box] | None = None
    for share in (1.0, 0.88, 0.76, 0.64, 0.5):  # a long title needs some of the figure's room
        size, marks, figure = _opening(title, (kind, course), makers, look, label, share)
        if best is None or size > best[0]:
            best = size, marks, figure
        if size >= look.small * 1.4:
            break
    assert best is not None, "there is a first size"
    return best[1], best[2]


def _opening(
    title: str,
    heads: tuple[str, str],
    makers: Sequence[str],
    look: Look,
    label: str,
    share: float,
) -> tuple[int, list[Mark], Box]:
    """The size of the title, the words, and where a figure stands that has `share` of its full height."""
    piece = Piece()
    wide, tall = look.frame.w > look.frame.h, look.frame.w < look.frame.h
    small, edge = look.small, look.margin + 16
    room = Box(edge, edge + look.top, look.frame.w - 2 * edge, look.frame.h - 2 * (edge + look.top))
    person = share * (600.0 if wide else 640.0 if tall else 330.0)
    floor_at = look.frame.h
    if tall:
        below = _makers(piece, makers, label, room, room.w, small)
        floor_at = below - 28
    place = Box(look.frame.w - person / PERSON - 28, floor_at - person, person / PERSON, person)
    if not tall:
        width = place.x - room.x + 24
        below = _makers(piece, makers, label, room, width, small)
    across = place.x - room.x + 24 if wide else room.w
    top = _kind(piece, *heads, Box(room.x, room.y, across, 0), small)
    height = (below if wide else min(below, place.y + 30)) - top - 24
    lines, size = _largest(title, across, height, 96 if wide else 84)
    at = top + max(0.0, height - len(lines) * size * LEAD) / 2
    for line in lines:
        piece.text((room.x, at, across + 1), line, size, 700, lead=LEAD)
        at += size * LEAD
    return size, piece.marks, place


def _kind(piece: Piece, kind: str, course: str, place: Box, size: float) -> float:
    """The plate of the kind, the course beside it or below; give the bottom."""
    wide = measure(drawable(kind), size, 700) + size
    tall = size * 1.5
    piece.add(Area(place.x, place.y, wide, tall, BLUE, radius=6))
    piece.text((place.x + size / 2, place.y, wide), kind, size, 700, "#ffffff")
    left = place.x + wide + 20
    words = drawable(course)
    if measure(words, size, 500) <= place.w - wide - 20:
        piece.text((left, place.y, place.x + place.w - left + 1), words, size, 500, INK_2)
        return place.y + tall
    return piece.text((place.x, place.y + tall + 8, place.w), words, size, 500, INK_2, 1.35)


def _makers(
    piece: Piece, makers: Sequence[str], label: str, room: Box, width: float, size: float
) -> float:
    """Who made the film, and that a machine speaks, from the foot up; give the top."""
    lines = [line for name in makers if name for line in wrap(drawable(name), width, size, 500)]
    bottom = room.bottom
    if label:
        _label(piece, label, room.x, bottom)
        bottom -= 74
    top = bottom - len(lines) * size * 1.35
    for number, line in enumerate(lines):
        piece.text((room.x, top + number * size * 1.35, width + 1), line, size, 500, INK_2, 1.35)
    piece.add(Area(room.x, top - 22, 112, 8, AMBER))
    return top - 22


def _largest(title: str, width: float, height: float, most: int) -> tuple[list[str], int]:
    """The title as large as it stands whole; broken after punctuation unless that makes it much smaller."""
    sizes = [(size, True) for size in range(most, int(most * 0.64), -2)]
    for size, strict in [*sizes, *((size, False) for size in range(most, 19, -2))]:
        lines = clauses(title, width, size) if strict else phrased(title, width, size)
        if lines and len(lines) * size * LEAD <= height:
            return lines, size
    return phrased(title, width, 18), 18


def closing(
    key: str, lines: Sequence[str], site: str, owner: str, look: Look, label: str = ""
) -> Image.Image:
    """The last picture: the sentence to remember in its box, lines such as sources, who is behind it."""
    marks = closing_marks(key, lines, (site, owner), look, label)
    return canvas(look, "".join(markup(mark) for mark in marks) + _edge(look))


def closing_marks(
    key: str, lines: Sequence[str], makers: Sequence[str], look: Look, label: str
) -> list[Mark]:
    """The marks of the last picture."""
    piece = Piece()
    small, edge = look.small, look.margin + 16
    room = Box(edge, edge + look.top, look.frame.w - 2 * edge, look.frame.h - 2 * (edge + look.top))
    foot = _signature(piece, makers, label, room, small)
    height = foot - 28 - room.y
    told = [line for text in lines if text for line in wrap(drawable(text), room.w, small, 400)]
    under = len(told) * small * 1.4 + (20 if told and key else 0)
    if key:
        key, size = _by_clauses(key, room.w - 72, height - under - 112)
        tall = len(_rich(key, room.w - 72, size)) * size * LEAD + 100
        top = room.y + max(0.0, (height - under - tall) / 2)
        bottom = _remember(piece, key, Box(room.x, top, room.w, tall), size)
    else:
        bottom = room.y + max(0.0, (height - under) / 2) - 20
    top = bottom + 20
    for line in told:
        piece.text((room.x, top, room.w + 1), line, small, 400, INK_2, 1.4)
        top += small * 1.4
    return piece.marks


def _by_clauses(words: str, width: float, height: float) -> tuple[str, int]:
    """The sentence with a line for each clause, unless that makes it much smaller; and its size."""
    parted = ""
    for number, piece in enumerate(re.split(r"==|\*\*", words)):
        mark = "**" if number % 2 else ""
        for clause in re.findall(r"[^，；：。！？]*[，；：。！？]*", piece)[:-1]:
            ended = parted.rstrip("*")[-1:] in STOPS
            parted += ("\n" if ended else "") + mark + clause + mark
    whole, large = _box_size(words, width, height), _box_size(parted, width, height)
    return (parted, large) if large >= 0.7 * whole else (words, whole)


def _box_size(words: str, width: float, height: float) -> int:
    """The largest size that fits; a little smaller where that breaks no marked words and no phrase."""
    fitting = [s for s in range(64, 17, -2) if len(_rich(words, width, s)) * s * LEAD <= height]
    largest = fitting[0] if fitting else 18

    def torn(size: int) -> tuple[int, int, int]:
        lines = _rich(words, width, size)
        ends = sum(line[-1].text[-1:] not in PAUSES for line in lines[:-1])
        return sum(span.bold for line in lines for span in line), ends, -size

    return min((s for s in fitting if s >= largest * 0.75), key=torn, default=largest)


def _rich(words: str, width: float, size: float) -> list[list[Span]]:
    """Lines with their weighty words; a little narrower, since words of weight 500 are wider than 400."""
    marked = re.sub(r"==(.+?)==", r"**\1**", drawable(words))
    return wrap_rich(marked, width - size, size)


def sheet(piece: Piece, box: Box) -> None:
    """The house's box: paper with an ink line, its amber shadow a little off."""
    piece.add(Area(box.x + 10, box.y + 12, box.w - 10, box.h, AMBER, radius=12))
    piece.add(Area(box.x, box.y, box.w - 10, box.h, SURFACE, INK, 4, 12))


def _remember(piece: Piece, words: str, box: Box, size: float) -> float:
    """The sentence to remember, its weighty words under the marker; give the bottom of its box."""
    sheet(piece, box)
    top = piece.text((box.x + 32, box.y + 14, box.w - 64), "一句话记住", 40, fill=INK_2, lead=1.4)
    for line in _rich(words, box.w - 72, size):
        left = box.x + 32
        for span in line:
            if span.bold:
                piece.add(Area(left, top + size * 0.86, span.width, size * 0.4, AMBER))
            piece.text(
                (left, top, span.width + 2), span.text, size, 700 if span.bold else 500, lead=LEAD
            )
            left += measure(span.text, size, 700 if span.bold else 500)
        top += size * LEAD
    return box.bottom + 12


def _signature(piece: Piece, makers: Sequence[str], label: str, room: Box, size: float) -> float:
    """The tally mark, who is behind the site, that a machine speaks; from the foot up, give the top."""
    bottom, left = room.bottom, room.x + 92
    width = room.right - left
    if label:
        said = label_width(label)
        beside = left + said + 500 <= room.right
        _label(piece, label, room.right - said if beside else room.x, bottom)
        width -= said + 32 if beside else 0
        bottom -= 0 if beside else 78
    lines = [
        (line, 400 if n else 700)
        for n, name in enumerate(makers)
        for line in wrap(drawable(name), width, size, 700)
        if name
    ]
    tall = max(72.0, len(lines) * size * 1.35)
    top = bottom - tall
    tally(piece, room.x, top + (tall - 68) / 2, 5, 68)
    at = top + (tall - len(lines) * size * 1.35) / 2
    for number, (line, weight) in enumerate(lines):
        fill = INK if weight == 700 else INK_2
        piece.text((left, at + number * size * 1.35, width + 1), line, size, weight, fill, 1.35)
    piece.add(Stroke(((room.x, top - 20), (room.right, top - 20)), HAIR, 2))
    return top - 20


def label_width(label: str) -> float:
    """How wide the plate is that says that a machine speaks."""
    return measure(drawable(label), LABEL, 500) + 32


def _label(piece: Piece, label: str, x: float, bottom: float) -> None:
    """The plate; its letters are as high as labels of what a machine made must be."""
    wide, tall = label_width(label), LABEL * 1.45
    piece.add(Area(x, bottom - tall, wide, tall, SURFACE, INK, 3, 6))
    piece.text((x + 16, bottom - tall, wide), label, LABEL, 500, INK, 1.45)


def _edge(look: Look) -> str:
    """The ink frame of covers."""
    return (
        f'<rect x="4" y="4" width="{look.frame.w - 8:g}" height="{look.frame.h - 8:g}" fill="none"'
        f' stroke="{INK}" stroke-width="8"/>'
    )
