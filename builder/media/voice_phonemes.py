"""Pinyin → the phonemes that the Kokoro voice was trained on (IPA with arrows for tones)."""

from __future__ import annotations

import re

INITIALS = {
    "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l", "g": "k", "k": "kʰ", "h": "x",
    "j": "ʨ", "q": "ʨʰ", "x": "ɕ", "zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s",
}  # fmt: skip
# 0 marks where the tone goes.
FINALS = {
    "a": "a0", "ai": "ai0", "an": "a0n", "ang": "a0ŋ", "ao": "au0", "e": "ɤ0", "ei": "ei0", "en": "ə0n", "eng": "ə0ŋ",
    "er": "ɚ0", "i": "i0", "ia": "ja0", "ian": "jɛ0n", "iang": "ja0ŋ", "iao": "jau0", "ie": "je0", "in": "i0n",
    "ing": "i0ŋ", "iong": "jʊ0ŋ", "iou": "jou0", "o": "wo0", "ong": "ʊ0ŋ", "ou": "ou0", "u": "u0", "ua": "wa0",
    "uai": "wai0", "uan": "wa0n", "uang": "wa0ŋ", "uei": "wei0", "uen": "wə0n", "ueng": "wə0ŋ", "uo": "wo0",
    "v": "y0", "ve": "ɥe0", "van": "ɥɛ0n", "vn": "y0n", "io": "jɔ0",
}  # fmt: skip
SHORT = {"iu": "iou", "ui": "uei", "un": "uen"}
ROUNDED = {"u": "v", "ue": "ve", "uan": "van", "un": "vn"}
TONES = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
MARKS = {"，": ", ", "、": ", ", "。": ". ", "！": "! ", "？": "? ", "：": ": ", "；": "; "}
# What the model calls each sign.
VOCABULARY = {
    ";": 1, ":": 2, ",": 3, ".": 4, "!": 5, "?": 6, "(": 12, ")": 13, " ": 16, "ʦ": 20, "ʨ": 21, "ꭧ": 23,
    "a": 43, "b": 44, "c": 45, "d": 46, "e": 47, "f": 48, "h": 50, "i": 51, "j": 52, "k": 53, "l": 54,
    "m": 55, "n": 56, "o": 57, "p": 58, "q": 59, "r": 60, "s": 61, "t": 62, "u": 63, "v": 64, "w": 65,
    "x": 66, "y": 67, "z": 68, "ɔ": 76, "ɕ": 77, "ə": 83, "ɚ": 85, "ɛ": 86, "ɥ": 99, "ɨ": 101, "ŋ": 112,
    "ɻ": 126, "ʂ": 130, "ʊ": 135, "ɤ": 140, "ʰ": 162, "↓": 169, "→": 171, "↗": 172, "↘": 173,
}  # fmt: skip
SYLLABLE = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcs])?([a-z]+)([1-5])")


def phonemes(pinyin: str) -> str:
    """The phonemes of one syllable such as zhang3; nothing for what is no syllable."""
    found = SYLLABLE.fullmatch(pinyin.replace("ü", "v").replace("u:", "v"))
    if not found:
        return ""
    initial, rest, tone = found[1] or "", found[2], found[3]
    final = _final(initial, rest)
    if initial in {"zh", "ch", "sh", "r", "z", "c", "s"} and final == "i":
        sound = "ɨ0"
    elif pinyin[:-1] == "o":
        sound = "ɔ0"
    else:
        sound = FINALS.get(final, "")
    return INITIALS.get(initial, "") + sound.replace("0", TONES[tone]) if sound else ""


def _final(initial: str, rest: str) -> str:
    """The full form of a final: yue → ve, wen → uen, (j)u → v, (l)iu → iou."""
    if not initial:
        if rest.startswith("yu"):
            return "v" + rest[2:]
        if rest[0] == "y":
            rest = rest[1:] if rest[1:2] == "i" else "i" + rest[1:]
        elif rest[0] == "w":
            rest = rest[1:] if rest[1:2] == "u" else "u" + rest[1:]
        return {"iou": "iou", "uei": "uei", "uen": "uen"}.get(rest, rest)
    if initial in {"j", "q", "x"} and rest in ROUNDED:
        return ROUNDED[rest]
    return SHORT.get(rest, rest)
