"""Captions from a narration: the author's words, at most two lines, timed to the voice; WebVTT; transcript."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from builder.media.speech import Piece, Sentence, syllables
from builder.media.speech_lexicon import house
from builder.media.speech_numbers import COUNT, WRITTEN
from builder.media.text_layout import NEVER_FIRST, NEVER_LAST, wrap

SIZE = 100.0  # any size serves: lines are counted in full-width characters
WIDE, LINES = 18, 2
SHORTEST = 1.0  # seconds a reader needs to notice that the words have changed
CLAUSE = re.compile(r"(?:[，：；。！？；…]+|[,;!?](?!\d)|——)[”’」』）)》]*")
HANZI = re.compile("[一-鿿]")
COMMA, LIST = 1.1, 0.5  # pauses inside a sentence, in syllables
# Where a line of two may end when there is no punctuation: after these, or before these, in no common word.
AFTER = re.compile(
    r"(?<!目)的(?![确士])|(?<=[一-鿿])了(?!解)|地(?=[一-鿿]{2})(?<!各地|当地|土地|耕地)|、"
)
BEFORE = re.compile(
    r"(?<![总温缓])和(?!平|谐)|(?<![参给])与|以及|(?<![以涉普])及(?!时|格)|或者|(?<!或)或(?!者|许)|"
    r"(?<![存现正实内所])在(?!线|职|册)|(?<![核反面针应相绝校])对(?!象|方|外|比|于应)|(?<!不)按(?!照$)|(?<![一-鿿]不)不得"
)


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: from and to in seconds, and its lines."""

    start: float
    end: float
    lines: tuple[str, ...]


def captions(sentences: Sequence[Sentence], spans: Sequence[tuple[float, float]]) -> list[Cue]:
    """The captions of `sentences`, spoken in `spans` (from, to in seconds, in order).

    None is shorter than a second and none overlaps the next; one that must last longer than its words
    lets the next begin later.
    """
    cues: list[Cue] = []
    for sentence, (start, end) in zip(sentences, spans, strict=True):
        parts = list(_parts(sentence))
        weights = [_weight(sentence, *part) for part in parts]
        total, done = sum(weights) or 1.0, 0.0
        for (first, last), weight in zip(parts, weights, strict=True):
            begin = start + (end - start) * done / total
            done += weight
            finish = start + (end - start) * done / total
            begin = max(begin, cues[-1].end if cues else 0.0)
            finish = max(finish, begin + SHORTEST)
            cues.append(
                Cue(_ms(begin), _ms(finish), tuple(_lines(sentence, first, last, balance=True)))
            )
    return cues


def webvtt(cues: Sequence[Cue]) -> str:
    """The captions as a WebVTT file."""
    blocks = ["WEBVTT"]
    for number, cue in enumerate(cues, 1):
        lines = "\n".join(_escaped(line) for line in cue.lines)
        blocks.append(f"{number}\n{_clock(cue.start)} --> {_clock(cue.end)}\n{lines}")
    return "\n\n".join(blocks) + "\n"


def transcript(parts: Sequence[Sequence[Sentence]]) -> str:
    """All that is said, in the author's words, a paragraph for each part (scene)."""
    return "".join("".join(s.shown for s in part) + "\n" for part in parts if part)


def _parts(sentence: Sentence) -> Iterator[tuple[int, int]]:
    """Cut a sentence into captions, after punctuation where that can be."""
    text = sentence.shown
    inside = {i for p in sentence.pieces for i in range(p.start + 1, p.end)}
    ends = [m.end() for m in CLAUSE.finditer(text) if m.end() not in inside]
    start, best = 0, 0
    for end in [*ends, len(text)]:
        if best > start and _crowded(sentence, start, best, end):
            yield start, best
            start = best
        while len(lines := _lines(sentence, start, end)) > LINES:
            cut = _past(text, start, sum(len("".join(x.split())) for x in lines[:LINES]))
            yield start, cut
            start = cut
        best = end
    if text[start:].strip():
        yield start, len(text)


def _crowded(sentence: Sentence, start: int, best: int, end: int) -> bool:
    """Whether the clause from `best` to `end` is better shown in a caption of its own."""
    lines = len(_lines(sentence, start, end))
    if lines != LINES or best - start < WIDE // 2 - 1:
        return lines > LINES
    return not _halves(
        sentence, start, end, [m.end() for m in CLAUSE.finditer(sentence.shown, start, end)]
    )


def _past(text: str, start: int, letters: int) -> int:
    """The place after so many characters that are no blanks."""
    while letters:
        letters -= not text[start].isspace()
        start += 1
    return start


def _lines(sentence: Sentence, start: int, end: int, balance: bool = False) -> list[str]:
    """Lines of a part; with `balance` two lines part where one would breathe, if that can be."""
    lines = _wrapped(sentence, start, end, balance)
    if not balance or len(lines) != LINES:
        return lines
    text = sentence.shown
    for places in (
        [m.end() for m in CLAUSE.finditer(text, start, end)],
        [
            *(m.end() for m in AFTER.finditer(text, start, end)),
            *(m.start() for m in BEFORE.finditer(text, start, end)),
        ],
        [i for i in range(start, end) if HANZI.match(text, i) and HANZI.match(text, i - 1)],
    ):
        if halves := _halves(sentence, start, end, places):
            return halves
    return lines


def _halves(sentence: Sentence, start: int, end: int, places: list[int]) -> list[str]:
    """Two lines, parted at the most even of `places` that parts nothing; empty when there is none."""
    text = sentence.shown
    inside = {i for p in sentence.pieces for i in range(p.start + 1, p.end)}
    for found in [*house().many.finditer(text), *COUNT.finditer(text)]:
        inside.update(range(found.start() + 1, found.end()))
    inside |= {
        i for i in range(1, len(text)) if text[i] in NEVER_FIRST or text[i - 1] in NEVER_LAST
    }
    fit = [i for i in places if i not in inside and _even(start, i, end)]
    for place in sorted(fit, key=lambda i: abs(start + end - 2 * i)):
        halves = [_wrapped(sentence, start, place), _wrapped(sentence, place, end)]
        if all(len(half) == 1 for half in halves):
            return [halves[0][0], halves[1][0]]
    return []


def _even(start: int, place: int, end: int) -> bool:
    return start + 4 <= place <= end - 4 and 0.25 <= (place - start) / (end - start) <= 0.75


def _wrapped(sentence: Sentence, start: int, end: int, balance: bool = False) -> list[str]:
    """Lines by width. What is read as one (10:30, 3:2) is wrapped as one: its signs pass for digits."""
    text = re.sub(r"\s", " ", sentence.shown)
    masked = list(WRITTEN.sub(lambda m: "０" * len(m[0]), text))
    for piece in sentence.pieces:
        if _figure(text, piece):
            for i in range(piece.start, piece.end):
                masked[i] = _digit(masked[i])
    wrapped = wrap("".join(masked[start:end]).strip(), WIDE * SIZE, SIZE, balance=balance)
    lines = []
    for line in wrapped:
        after = _past(text, start, len("".join(line.split())))
        lines.append(text[start:after].strip())
        start = after
    return [line for line in lines if line]


def _digit(char: str) -> str:
    """A sign inside a figure as a digit that is no narrower."""
    if char.isalnum() or char in " .,%‰":
        return char
    return "0" if char.isascii() else "０"


def _figure(text: str, piece: Piece) -> bool:
    return (
        piece.end - piece.start > 1
        and text[piece.start] in "0123456789-+±"
        and piece.end - piece.start < WIDE
    )


def _weight(sentence: Sentence, start: int, end: int) -> float:
    """How long a part takes, in syllables, its pauses included."""
    said = "".join(p.spoken for p in sentence.pieces if start <= p.start < end)
    return (
        syllables(said) + COMMA * len(re.findall("[，：]", said)) + LIST * said.count("、") + 0.01
    )


def _ms(seconds: float) -> float:
    return round(seconds, 3)


def _clock(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3600000:02}:{ms // 60000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
