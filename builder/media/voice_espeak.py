"""espeak-ng as a draft voice, through the library that the PyPI package espeakng-loader carries."""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable
from typing import Any

from builder.media import voice_samples
from builder.media.narration import Synthetic, Unavailable
from builder.media.speech import Sentence
from builder.media.speech_lexicon import Lexicon

RETRIEVE, BY_CHARACTER, UTF8 = 1, 1, 1
SPEED = 210  # words a minute; about 4.4 syllables a second in Mandarin
Library = Callable[[], tuple[str, str]]  # paths of the library and of its data


def espeak(library: Library | None = None) -> Synthetic:
    """The engine; `library` tells where the library and its data are."""
    find = library or installed

    def load(_: Lexicon) -> Callable[[Sentence], bytes]:
        speak = opened(*find())
        return lambda sentence: speak(sentence.spoken)

    return Synthetic("espeak", "espeak 草稿语音", load, latin=False, quick=True)


def installed() -> tuple[str, str]:
    """The library of espeakng-loader."""
    try:
        loader = importlib.import_module("espeakng_loader")
    except ImportError:
        raise Unavailable("没有装 espeakng-loader") from None
    return str(loader.get_library_path()), str(loader.get_data_path())


def opened(library: str, data: str) -> Callable[[str], bytes]:
    """Load the library; what comes back speaks a text."""
    try:
        speech = ctypes.CDLL(library)
        rate = speech.espeak_Initialize(RETRIEVE, 0, data.encode(), 0)
    except (OSError, AttributeError):
        raise Unavailable("espeak 的程序库打不开") from None
    if rate <= 0 or speech.espeak_SetVoiceByName(b"cmn") != 0:
        raise Unavailable("espeak 没有普通话语音")
    speech.espeak_SetParameter(1, SPEED, 0)
    made = bytearray()
    kind = ctypes.CFUNCTYPE(
        ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
    )

    def kept(sound: Any, count: int, _event: object) -> int:
        if sound and count > 0:
            made.extend(ctypes.string_at(sound, count * 2))
        return 0

    keep = kind(kept)
    speech.espeak_SetSynthCallback(keep)

    def speak(text: str) -> bytes:
        made.clear()
        given = text.encode("utf-8") + b"\0"
        failed = speech.espeak_Synth(given, len(given), 0, BY_CHARACTER, 0, UTF8, None, None)
        if failed or speech.espeak_Synchronize():
            raise Unavailable("espeak 没有念出来")
        return voice_samples.from_rate(bytes(made), rate)

    speak.keep = keep  # type: ignore[attr-defined]  # the library calls it as long as `speak` lives
    return speak
