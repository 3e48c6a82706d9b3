"""The lexicon: how letters, codes, units and polyphonic words are read. An author can extend it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from builder.findings import findings
from builder.problems import Problem, Where
from builder.yaml_source import parse

HOUSE = Path(__file__).with_name("lexicon.yml")
SYLLABLE = re.compile(r"[a-zv]{1,6}[1-5]")


def _readable(value: str) -> str:
    if re.search(r"[0-9%<>{}]", value):
        raise ValueError("读音里不要写数字和符号，写出怎么念，例如 C P I 或 三幺五")
    return value


def _pinyin(value: str) -> str:
    if not all(SYLLABLE.fullmatch(s) for s in value.split()):
        raise ValueError("拼音一字一音，声调写在后面，例如 zeng1 zhang3，ü 写作 v")
    return value


Reading = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_readable)]
Pinyin = Annotated[str, Field(min_length=2, max_length=120), AfterValidator(_pinyin)]


class LexiconFile(BaseModel):
    """One lexicon file; every part may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    words: Mapping[str, Reading] = {}
    letters: Mapping[str, Reading] = {}
    units: Mapping[str, Reading] = {}
    pinyin: Mapping[str, Pinyin] = {}


@dataclass(frozen=True)
class Lexicon:
    """Readings, and the patterns that find what they are for."""

    words: Mapping[str, str]
    letters: Mapping[str, str]
    units: Mapping[str, str]
    pinyin: Mapping[str, str]
    word: re.Pattern[str] = field(init=False)
    unit: re.Pattern[str] = field(init=False)
    many: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        """Longest first, and never a part of a longer Latin word or number."""
        for name, keys in (("word", self.words), ("unit", self.units), ("many", self.pinyin)):
            object.__setattr__(self, name, _any(keys, hanzi=name == "many"))


def _any(keys: Mapping[str, str], hanzi: bool) -> re.Pattern[str]:
    ordered = sorted(keys, key=lambda key: (-len(key), key))
    if hanzi or not ordered:
        return re.compile("|".join(map(re.escape, ordered)) or r"(?!)")
    return re.compile("|".join(map(_whole, ordered)))


def _whole(key: str) -> str:
    before = r"(?<![A-Za-z])" if key[0].isascii() and key[0].isalpha() else ""
    before = r"(?<![\d.])" if key[0].isdecimal() else before
    after = r"(?![A-Za-z])" if key[-1].isascii() and key[-1].isalpha() else ""
    after = r"(?!\.?\d)" if key[-1].isdecimal() else after
    return before + re.escape(key) + after


def read(text: str, path: str) -> tuple[LexiconFile, list[Problem]]:
    """Read a lexicon file; what is wrong with it comes as placed problems beside an empty lexicon."""
    node, problems = parse(text, path)
    if node is None:
        return LexiconFile(), problems
    try:
        made = LexiconFile.model_validate(node.plain())
    except ValidationError as error:
        return LexiconFile(), findings(error, node, path, LexiconFile)
    for word, sounds in made.pinyin.items():
        if len(word) != len(sounds.split()):
            place = node.place(("pinyin", word))
            problems.append(_count(word, sounds, path, place))
    return (LexiconFile(), problems) if problems else (made, [])


def _count(word: str, sounds: str, path: str, place: tuple[int, int]) -> Problem:
    return Problem(
        "NAR001",
        Where(path, *place),
        f"“{word}”有 {len(word)} 个字，写了 {len(sounds.split())} 个音。",
        "一个字写一个音，中间空一格。",
    )


@cache
def house() -> Lexicon:
    """The lexicon that comes with the program."""
    made, problems = read(HOUSE.read_text("utf-8"), HOUSE.name)
    assert not problems, problems
    return Lexicon(made.words, made.letters, made.units, made.pinyin)


def extended(own: LexiconFile) -> Lexicon:
    """The house lexicon with an author's entries over it."""
    base = house()
    return Lexicon(
        {**base.words, **own.words},
        {**base.letters, **own.letters},
        {**base.units, **own.units},
        {**base.pinyin, **own.pinyin},
    )
