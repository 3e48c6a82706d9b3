"""A voice that speaks no sentence twice: what it said is kept, and it is not even loaded while nothing is new."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from builder.media.narration import Engine, Synthetic, Unavailable
from builder.media.speech import Sentence, in_hanzi
from builder.media.speech_lexicon import Lexicon
from builder.memo import Memo, code_version, digest

Say = Callable[[Sentence], bytes]


def kept(engines: Iterable[Engine], memo: Memo, *, quick: bool = False) -> list[Engine]:
    """The same engines; those that speak sentence by sentence ask `memo` first.

    `quick`: a slow one says only what it said before.
    """
    return [
        _with(e, memo, quick and not e.quick) if isinstance(e, Synthetic) else e for e in engines
    ]


def version() -> str:
    """A hash of the code that voices are made with."""
    return code_version(*map(str, sorted(Path(__file__).parent.glob("voice_*.py"))))


def _with(engine: Synthetic, memo: Memo, mute: bool) -> Synthetic:
    def load(lexicon: Lexicon) -> Say:
        ready: list[Say] = []

        def fresh(sentence: Sentence) -> bytes:
            if mute:
                raise Unavailable("草稿不等它合成新的句子")
            if not ready:
                ready.append(engine.load(lexicon))
            return ready[0](sentence)

        def say(sentence: Sentence) -> bytes:
            spoken = in_hanzi(sentence.spoken, lexicon) if engine.latin else ""
            said = sentence.spoken, spoken, repr(sentence.hints)
            key = digest("voice", version(), engine.name, engine.label, engine.identity, *said)
            return memo.blob(key, partial(fresh, sentence))

        return say

    return replace(engine, load=load)
