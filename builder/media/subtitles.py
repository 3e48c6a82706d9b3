"""Captions from a narration: the author's words, at most two lines, timed to the voice; WebVTT; transcript."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from builder.media.speech import Piece, Sentence, syllables
from builder.media.text_layout import wrap

SIZE = 100.0  # any size serves: lines are counted in full-width characters
WIDE, LINES = 18, 2
SHORTEST = 1.0  # seconds a reader needs to notice that the words have changed
CLAUSE = re.compile(r"[，、：；。！？,;!?…—]+[”’」』）)》]*")
COMMA, LIST = 1.1, 0.5  # pauses inside a sentence, in syllables


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
            cues.append(Cue(_ms(begin), _ms(finish), tuple(_lines(sentence, first, last, balance=True))))
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
        if len(_lines(sentence, start, end)) > LINES and best > start:
            yield start, best
            start = best
        while len(lines := _lines(sentence, start, end)) > LINES:
            cut = _past(text, start, sum(len("".join(x.split())) for x in lines[:LINES]))
            yield start, cut
            start = cut
        best = end
    if text[start:].strip():
        yield start, len(text)


def _past(text: str, start: int, letters: int) -> int:
    """The place after so many characters that are no blanks."""
    while letters:
        letters -= not text[start].isspace()
        start += 1
    return start


def _lines(sentence: Sentence, start: int, end: int, balance: bool = False) -> list[str]:
    """Lines of a part. What is read as one (10:30, 3:2) is wrapped as one: its signs pass for digits."""
    text = re.sub(r"\s", " ", sentence.shown)
    masked = list(text)
    for piece in sentence.pieces:
        if _figure(text, piece):
            for i in range(piece.start, piece.end):
                masked[i] = text[i] if text[i].isalnum() or text[i] in " .,%‰" else "0"
    wrapped = wrap("".join(masked[start:end]).strip(), WIDE * SIZE, SIZE, balance=balance)
    lines = []
    for line in wrapped:
        after = _past(text, start, len("".join(line.split())))
        lines.append(text[start:after].strip())
        start = after
    return [line for line in lines if line]


def _figure(text: str, piece: Piece) -> bool:
    return piece.end - piece.start > 1 and text[piece.start] in "0123456789-+±" and piece.end - piece.start < WIDE


def _weight(sentence: Sentence, start: int, end: int) -> float:
    """How long a part takes, in syllables, its pauses included."""
    said = "".join(p.spoken for p in sentence.pieces if start <= p.start < end)
    return syllables(said) + COMMA * len(re.findall("[，：]", said)) + LIST * said.count("、") + 0.01


def _ms(seconds: float) -> float:
    return round(seconds, 3)


def _clock(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3600000:02}:{ms // 60000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
