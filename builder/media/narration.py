"""A voice for a narration: engines behind one interface, tried in order; the last one is silence.

Each engine is given the sentences and gives a `Track`, or says in Chinese why it can't. What reaches outside
(running a command, loading a library) is an argument.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from builder.media import voice_samples
from builder.media.speech import Sentence, in_hanzi, syllables
from builder.media.speech_lexicon import Lexicon, house
from builder.problems import Problem, Where

PACE = 4.4  # syllables a second: an unhurried newsreader
INNER = {"，": 0.25, "：": 0.25, "、": 0.12}


class Unavailable(Exception):
    """An engine can't speak; the message is a Chinese clause that says why."""


Skipped = tuple[tuple[str, str], ...]  # engines that were tried before, each with its reason


@dataclass(frozen=True, slots=True)
class Track:
    """A spoken narration: samples (24 kHz mono 16 bit; None = silent), and from when to when each sentence is.

    `synthetic`: a machine speaks, so that the label for such sound is due. `skipped`: engines that were
    tried before.
    """

    engine: str
    label: str
    pcm: bytes | None
    spans: tuple[tuple[float, float], ...]
    seconds: float
    synthetic: bool
    skipped: Skipped = ()


class Engine(Protocol):
    """Something that can speak."""

    @property
    def name(self) -> str:
        """What the manifest calls it."""

    @property
    def label(self) -> str:
        """What an author reads."""

    def speak(self, sentences: Sequence[Sentence], lexicon: Lexicon, /) -> Track:
        """Speak all sentences, or raise `Unavailable`."""


def narrate(
    sentences: Sequence[Sentence], engines: Sequence[Engine], lexicon: Lexicon | None = None
) -> Track:
    """The track of the first engine that can; silence when none can."""
    book, skipped = lexicon or house(), []
    for engine in engines:
        try:
            track = engine.speak(sentences, book)
        except Unavailable as why:
            skipped.append((engine.label, str(why)))
            continue
        return replace(track, skipped=tuple(skipped))
    return replace(Silent().speak(sentences, book), skipped=tuple(skipped))


def notices(label: str, skipped: Skipped, where: Where) -> list[Problem]:
    """What an author is told when the first choice could not be had and `label` spoke."""
    if not skipped:
        return []
    reasons = "；".join(f"{name}：{why}" for name, why in skipped)
    return [
        Problem(
            "NAR002",
            where,
            f"旁白用了“{label}”。没有用上的：{reasons}。",
            "照原因补齐就会用上；这样发也可以，字幕和文字稿不受影响。",
        )
    ]


@dataclass(frozen=True, slots=True)
class Silent:
    """No voice: subtitles timed as if one spoke."""

    name: str = "silent"
    label: str = "无声，按字数估时"

    def speak(self, sentences: Sequence[Sentence], _: Lexicon) -> Track:
        """Always can."""
        lengths = [estimate(sentence.spoken) for sentence in sentences]
        spans, total = spaced(sentences, lengths)
        return Track(self.name, self.label, None, spans, total, synthetic=False)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The author's recording of the whole narration. `decode` gives samples or raises `Unreadable`."""

    data: bytes
    decode: Callable[[bytes], bytes] = voice_samples.from_wav
    name: str = "recorded"
    label: str = "作者录音"

    def speak(self, sentences: Sequence[Sentence], _: Lexicon) -> Track:
        """The recording as it is; sentences are found by its pauses."""
        try:
            pcm = self.decode(self.data)
        except voice_samples.Unreadable as why:
            raise Unavailable(str(why)) from None
        if not voice_samples.trimmed(pcm):
            raise Unavailable("录音里没有声音")
        spans = aligned(sentences, pcm)
        return Track(self.name, self.label, pcm, spans, voice_samples.seconds(pcm), synthetic=False)


@dataclass(frozen=True, slots=True)
class Synthetic:
    """A machine that speaks a sentence at a time: `load` gives the function that does, or raises `Unavailable`.

    The function is given a sentence and gives samples. `latin`: whether the voice knows letters.
    `identity`: what else decides how it sounds. `quick`: far faster than one listens.
    """

    name: str
    label: str
    load: Callable[[Lexicon], Callable[[Sentence], bytes]]
    latin: bool = True
    identity: str = ""
    quick: bool = False

    def speak(self, sentences: Sequence[Sentence], lexicon: Lexicon) -> Track:
        """Sentence by sentence, with our own pauses between, whatever silence the machine leaves."""
        say, parts, lengths = self.load(lexicon), [], []
        for sentence in sentences:
            pcm = voice_samples.trimmed(say(self._readable(sentence, lexicon)))
            length = voice_samples.seconds(pcm)
            least, most = estimate(sentence.spoken) / 6, estimate(sentence.spoken) * 6 + 5
            if not least <= length <= most:
                raise Unavailable(f"“{sentence.shown[:12]}”念出来是 {length:.1f} 秒，不合情理")
            parts += [pcm, voice_samples.silence(sentence.pause)]
            lengths.append(length)
        spans, _ = spaced(sentences, lengths)
        sound = b"".join(parts)
        return Track(
            self.name, self.label, sound, spans, voice_samples.seconds(sound), synthetic=True
        )

    def _readable(self, sentence: Sentence, lexicon: Lexicon) -> Sentence:
        if self.latin:
            return sentence
        return replace(sentence, spoken=in_hanzi(sentence.spoken, lexicon), hints=())


def estimate(spoken: str) -> float:
    """How many seconds a reading takes, about; at least 0.3."""
    pauses = sum(INNER.get(c, 0.0) for c in spoken)
    return max(0.3, syllables(spoken) / PACE + pauses)


def spaced(
    sentences: Sequence[Sentence], lengths: Sequence[float]
) -> tuple[tuple[tuple[float, float], ...], float]:
    """From when to when each sentence is when it takes so long and its pause follows; and the whole length."""
    spans, at = [], 0.0
    for sentence, length in zip(sentences, lengths, strict=True):
        spans.append((at, at + length))
        at += length + sentence.pause
    return tuple(spans), at


def aligned(sentences: Sequence[Sentence], pcm: bytes) -> tuple[tuple[float, float], ...]:
    """Where sentences are in a recording: shared out by length, moved to the nearest long enough pause."""
    frames = voice_samples.quiet_frames(pcm)
    loud = [i for i, quiet in enumerate(frames) if not quiet]
    start, end = loud[0] / 50, (loud[-1] + 1) / 50
    spans, total = spaced(sentences, [estimate(s.spoken) for s in sentences])
    scale = (end - start) / (total - sentences[-1].pause) if sentences else 1.0
    gaps = _gaps(frames)
    made: list[tuple[float, float]] = []
    begin = start
    for (_, finish), following in itertools.pairwise(spans):
        ideal = start + (finish + following[0]) / 2 * scale
        near = [g for g in gaps if abs(sum(g) / 2 - ideal) < 1.5 and g[0] > begin]
        best = min(
            near, key=lambda g: abs(sum(g) / 2 - ideal) - min(0.6, g[1] - g[0]), default=None
        )
        stop, after = best or (max(begin, ideal), max(begin, ideal))
        made.append((begin, stop))
        begin = after
    return (*made, (begin, max(begin, end))) if sentences else ()


def _gaps(frames: Sequence[bool], least: int = 9) -> list[tuple[float, float]]:
    """Pauses of at least 0.18 s, from and to in seconds."""
    gaps, first = [], None
    for i, quiet in enumerate([*frames, False]):
        if quiet and first is None:
            first = i
        elif not quiet and first is not None:
            if i - first >= least:
                gaps.append((first / 50, i / 50))
            first = None
    return gaps
