"""When everything in a film happens: how long each scene stands, who speaks when, which subtitle shows.

Scenes follow the voice: each begins a breath before its first word and ends a breath after its last.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from builder.media.narration import Track
from builder.media.speech import Sentence
from builder.media.subtitles import Cue, captions

FPS = 25
OPENING, CLOSING = 63, 100  # frames of the first and the last card
LEAD, TAIL = 0.5, 0.45  # seconds before the first word of a scene and after its last
BREATH = 0.12  # seconds that a piece of a recording keeps around its words
QUIET = 3.0  # seconds of a scene in which nobody speaks
LEAST = 1.6

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Timing:
    """A film by parts: opening, scenes, closing.

    `lengths`: frames of each. `talk`: in each, from which to which of its frames somebody speaks.
    `cues`: subtitles, in seconds of the whole film. `pieces`: from which film frame on which seconds of
    the narration (from, to) are heard.
    """

    lengths: tuple[int, ...]
    talk: tuple[Spans, ...]
    cues: tuple[Cue, ...]
    pieces: tuple[tuple[int, float, float], ...]

    @property
    def frames(self) -> int:
        """Frames of the whole film."""
        return sum(self.lengths)

    @property
    def seconds(self) -> float:
        """How long the film is."""
        return self.frames / FPS

    def start(self, part: int) -> int:
        """The film frame on which a part begins."""
        return sum(self.lengths[:part])

    def shown(self, part: int) -> tuple[tuple[int, int, str], ...]:
        """Subtitles of a part: from and to in its own frames, the lines."""
        first = self.start(part)
        last = first + self.lengths[part]
        found = []
        for cue in self.cues:
            begin, end = max(round(cue.start * FPS), first), min(round(cue.end * FPS), last)
            if begin < end:
                found.append((begin - first, end - first, "\n".join(cue.lines)))
        return tuple(found)


def timed(
    scenes: Sequence[Mapping[str, Any]], said: Sequence[Sequence[Sentence]], track: Track
) -> Timing:
    """The timing of `scenes`; `said` holds the sentences of each, `track` how all were spoken in a row."""
    lengths, pieces = [OPENING], []
    talk: list[Spans] = [()]
    cues: list[Cue] = []
    number, at = 0, OPENING
    for scene, sentences in zip(scenes, said, strict=True):
        spans = track.spans[number : number + len(sentences)]
        if spans:
            begin, end = _piece(track, number, number + len(sentences))
            shift = at / FPS + LEAD - spans[0][0]
            frames = _frames(spans[-1][1] - spans[0][0] + LEAD + TAIL, scene)
            pieces.append((round((begin + shift) * FPS), begin, end))
            talk.append(_talk(spans, shift - at / FPS, frames))
            heard = [(a + shift, b + shift) for a, b in spans]
            cues += _within(captions(sentences, heard), (at + frames) / FPS)
        else:
            frames = _frames(QUIET, scene)
            talk.append(())
        lengths.append(frames)
        at += frames
        number += len(sentences)
    return Timing((*lengths, CLOSING), (*talk, ()), tuple(cues), tuple(pieces))


def _frames(wanted: float, scene: Mapping[str, Any]) -> int:
    clip = scene["clip"]
    least = max(LEAST, scene["seconds"] or 0.0, clip["end"] - clip["start"] if clip else 0.0)
    return math.ceil(max(wanted, least) * FPS)


def _piece(track: Track, first: int, last: int) -> tuple[float, float]:
    """The seconds of the track that belong to these sentences, with a breath but nobody else's words."""
    spans = track.spans
    before = spans[first - 1][1] if first else 0.0
    after = spans[last][0] if last < len(spans) else track.seconds
    return (
        max(before, spans[first][0] - BREATH),
        max(spans[last - 1][1], min(after, spans[last - 1][1] + BREATH)),
    )


def _talk(spans: Sequence[tuple[float, float]], shift: float, frames: int) -> Spans:
    return tuple(
        (round((a + shift) * FPS), min(frames, round((b + shift) * FPS))) for a, b in spans
    )


def _within(cues: list[Cue], end: float) -> list[Cue]:
    """No subtitle stands longer than its scene."""
    return [replace(cue, end=min(cue.end, end)) for cue in cues if cue.start < end]
