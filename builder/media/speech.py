"""Authored Chinese → what a voice says, sentence by sentence, with the place of each in the authored text.

Rules are tried at each place in one fixed order; what no rule takes is said as it stands. A sentence keeps
its pieces, so that subtitles show the author's figures while the voice reads words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from builder.media import speech_amounts, speech_codes, speech_times
from builder.media.speech_lexicon import Lexicon, house
from builder.media.speech_marks import bare, even
from builder.media.speech_numbers import COUNT

Rule = tuple[re.Pattern[str], Callable[[re.Match[str], Lexicon], str | None]]

END = re.compile(r"(?:[。！？!?；;…]+|(?<!\d)\.(?=\s|$))[”’」』）)》]*\s*|[ \t]*\n\s*")
LONGEST = 90  # characters; voices lose their breath, and some their input, on more
PAUSES = {"。": 0.4, "！": 0.4, "？": 0.4, "!": 0.4, "?": 0.4, "；": 0.3, ";": 0.3, "…": 0.5}
ASIDE = re.compile(r"(?<=[一-鿿])[（(]\s?[A-Za-z][A-Za-z&/ .\-]*[)）]")
COUNTED = "①②③④⑤⑥⑦⑧⑨⑩"
SIGNS = {
    **{c: "一二三四五六七八九十"[n] + "，" for n, c in enumerate(COUNTED)},
    **{c: "一二三四五六七八九十"[n] for n, c in enumerate("ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ")},
    "≥": "大于等于", "≤": "小于等于", "≧": "大于等于", "≦": "小于等于", ">": "大于", "<": "小于",
    "±": "正负", "×": "乘", "÷": "除以", "=": "等于", "≠": "不等于", "≈": "约等于", "+": "加",
    "→": "到", "&": "和", "%": "百分比", "‰": "千分比", "℃": "摄氏度", "½": "二分之一", "¼": "四分之一",
    "²": "平方", "³": "立方", "√": "，", "—": "，", "…": "，", "|": "，", "·": "", "•": "", "-": "",
    "（": "，", "）": "，", "(": "，", ")": "，", "〔": "，", "〕": "，", "[": "，", "]": "，", "【": "，", "】": "，",
    "《": "", "》": "", "〈": "", "〉": "", "“": "", "”": "", "‘": "", "’": "", "「": "", "」": "", "『": "", "』": "",
    '"': "", "'": "", "~": "，", "～": "，", "*": "", "#": "", "_": "", "/": "，", "\\": "", "@": "", "^": "",
    "$": "", "¥": "", "￥": "", "★": "", "☆": "", "✓": "", "✔": "", "✗": "", "●": "", "■": "", "◆": "", "▲": "",
    "{": "", "}": "", "`": "", "\ufeff": "", "\u200b": "", ":": "：", ",": "，", ";": "；", "?": "？", "!": "！",
}  # fmt: skip
TIDY = (
    (re.compile(r"[\s]+"), " "),
    (re.compile(r"(?<![A-Za-z]) | (?![A-Za-z])"), ""),
    (re.compile(r"[，、：；]*([。！？；])[，。、：；]*"), r"\1"),
    (re.compile(r"[，、：]{2,}"), "，"),
    (re.compile(r"^[，、：；。！？]+|[，、：]+$"), ""),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters `start` to `end` of a sentence's `shown`, and what is said for them."""

    start: int
    end: int
    spoken: str


@dataclass(frozen=True, slots=True)
class Hint:
    """How characters `start` to `end` of `spoken` sound: one syllable with its tone for each."""

    start: int
    end: int
    pinyin: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: its place in the authored text, as it is shown, as it is said, and the pause after it."""

    start: int
    end: int
    shown: str
    spoken: str
    pieces: tuple[Piece, ...]
    hints: tuple[Hint, ...]
    pause: float


def speak(text: str, lexicon: Lexicon | None = None) -> list[Sentence]:
    """The sentences of an authored narration; none for a text with nothing to say."""
    book = lexicon or house()
    plain = bare(text)
    flat = even(plain.text)
    pieces = list(_pieces(flat, book))
    sentences = []
    for start, end in _cuts(flat, pieces):
        own = [p for p in pieces if start <= p.start < end]
        spoken = tidy("".join(p.spoken for p in own))
        if not spoken:
            continue
        shown = plain.text[start:end]
        lead = len(shown) - len(shown.lstrip())
        shown = shown.strip()
        first = start + lead
        inner = tuple(
            Piece(max(0, p.start - first), min(len(shown), p.end - first), p.spoken)
            for p in own
            if p.end > first and p.start < first + len(shown)
        )
        places = plain.places[first], plain.places[first + len(shown) - 1] + 1
        sentences.append(
            Sentence(
                *places, shown, spoken, inner, tuple(_hints(spoken, book)), _pause(flat, start, end)
            )
        )
    return sentences


def said(text: str, lexicon: Lexicon | None = None) -> str:
    """The whole reading as one text."""
    return "".join(sentence.spoken for sentence in speak(text, lexicon))


def in_hanzi(spoken: str, lexicon: Lexicon) -> str:
    """For voices that know no Latin letters: each letter or word by characters that sound like it."""

    def sound(found: re.Match[str]) -> str:
        known = lexicon.letters.get(found[0])
        return known or "".join(lexicon.letters.get(c.upper(), "") for c in found[0])

    return re.sub(r"\s*([A-Za-z]+)\s*", lambda m: sound(re.match("[A-Za-z]+", m[1]) or m), spoken)


def syllables(spoken: str) -> float:
    """How many syllables a reading has, about: characters, letters, groups of vowels in words."""
    hanzi = len(re.findall(r"[一-鿿]", spoken))
    words = re.findall(r"[A-Za-z]+", spoken)
    return hanzi + sum(max(1, len(re.findall(r"[aeiouyAEIOUY]+", word))) for word in words)


def tidy(spoken: str) -> str:
    """Blanks between Chinese characters dropped; pauses that meet made one."""
    for pattern, kept in TIDY:
        spoken = pattern.sub(kept, spoken)
    return spoken if re.search(r"[一-鿿A-Za-z]", spoken) else ""


def _rules(book: Lexicon) -> tuple[Rule, ...]:
    aside: Rule = (ASIDE, lambda _found, _book: "")
    unit: Rule = (book.unit, speech_amounts.unit)
    listed: Rule = (book.word, speech_codes.listed)
    return (
        *speech_amounts.FIRST, *speech_codes.FIRST, aside, unit, listed,
        *speech_times.RULES, *speech_codes.RULES, *speech_amounts.RULES, *speech_codes.LAST,
    )  # fmt: skip


def _pieces(text: str, book: Lexicon) -> Iterator[Piece]:
    """Cut the text into what one rule reads at once; the pieces cover it without gap."""
    rules = _rules(book)
    at = 0
    while at < len(text):
        piece = (
            None
            if "一" <= text[at] <= "鿿" and not book.word.match(text, at)
            else _piece(text, at, book, rules)
        )
        yield piece or Piece(at, at + 1, SIGNS.get(text[at], text[at]))
        at = piece.end if piece else at + 1


def _piece(text: str, at: int, book: Lexicon, rules: tuple[Rule, ...]) -> Piece | None:
    for pattern, say in rules:
        found = pattern.match(text, at)
        if found and found.end() > at and (spoken := say(found, book)) is not None:
            return Piece(at, found.end(), spoken)
    return None


def _cuts(text: str, pieces: list[Piece]) -> Iterator[tuple[int, int]]:
    """Where sentences begin and end: never inside a piece, and not much longer than `LONGEST`."""
    inside = {place for p in pieces for place in range(p.start + 1, p.end)}
    whole = inside | {i for m in COUNT.finditer(text) for i in range(m.start() + 1, m.end())}
    start = 0
    for end in [*(m.end() for m in END.finditer(text) if m.end() not in inside), len(text)]:
        while end - start > LONGEST:
            cut = _breath(text, start, whole)
            yield start, cut
            start = cut
        if end > start:
            yield start, end
        start = end


def _breath(text: str, start: int, inside: set[int]) -> int:
    """The best place to cut a long sentence: after the last comma, else anywhere outside a piece."""
    last = start + LONGEST
    for marks in ("，：", "、，： "):
        found = [i + 1 for i in range(start + 20, last) if text[i] in marks and i + 1 not in inside]
        if found:
            return found[-1]
    free = [i for i in range(start + 1, last + 1) if i not in inside]
    return free[-1] if free else last


def _pause(text: str, start: int, end: int) -> float:
    chunk = text[start:end]
    if chunk.endswith("\n"):
        return 0.6
    return next((PAUSES[c] for c in reversed(chunk.rstrip("”’」』）)》 ")) if c in PAUSES), 0.2)


def _hints(spoken: str, book: Lexicon) -> Iterator[Hint]:
    for found in book.many.finditer(spoken):
        yield Hint(found.start(), found.end(), book.pinyin[found[0]])
