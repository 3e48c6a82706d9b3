"""漫画: panels with figures and bubbles; here schema and words, pictures come from `media`."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from builder.kinds.front import (
    Kind,
    Line,
    Short,
    Strict,
    TextFrontMatter,
    lesson_pattern,
    listed,
)
from builder.media.cast import GESTURES, MOODS, PEOPLE, PROPS, SCENES
from builder.problems import suggest

__all__ = ["DRAWN", "KIND", "OFF_STAGE", "SCENES", "Comic", "Figure", "Prop", "Speaker", "among"]
FACINGS = {"front": "正面", "left": "向左", "right": "向右"}
OFF_STAGE = ("旁白", "众人", "广播", "电话")  # voices without a figure


def among(label: str, known: Mapping[str, str], *, empty: bool = False) -> AfterValidator:
    """A word of the cast's own vocabulary; `known` gives each word and what it means."""

    def check(value: str) -> str:
        if value not in known and not (empty and value == ""):
            told = "、".join(k if v == k else f"{k} {v}" for k, v in known.items())
            raise ValueError(f"没有这个{label}。{suggest(value, known)}可以写：{told}")
        return value

    return AfterValidator(check)


def _drawable(value: str) -> str:
    """Refuse a character that the pictures' font lacks."""
    try:
        value.encode("gb2312")  # the font has all of it
    except UnicodeEncodeError:
        from builder.media.fonts import missing

        lacking = missing(value)
        if lacking:
            raise ValueError(
                f"画里的字体没有这些字符：{' '.join(sorted(lacking))}，换一个写法"
            ) from None
    return value


def _itself(names: tuple[str, ...]) -> dict[str, str]:
    return {name: name for name in names}


DRAWN = AfterValidator(_drawable)
Who = Annotated[str, among("人物", _itself(tuple(PEOPLE)))]
Speaker = Annotated[str, among("说话的人", _itself((*PEOPLE, *OFF_STAGE)), empty=True)]
Mood = Annotated[str, among("表情", MOODS)]
Prop = Annotated[str, among("东西", PROPS)]
# A board is too large for a hand.
IN_HAND = {k: v for k, v in PROPS.items() if k not in {"blackboard", "whiteboard"}}


class Say(Strict):
    """One bubble."""

    who: Speaker = ""
    text: Annotated[str, Field(min_length=1, max_length=120), DRAWN]
    mood: Annotated[str, among("表情", MOODS, empty=True)] = ""
    kind: Literal["speech", "thought", "narration", "sound"] = "speech"


class Figure(Strict):
    """A character in a panel. Without `facing` figures look at one another."""

    who: Who
    mood: Mood = "neutral"
    gesture: Annotated[str, among("动作", GESTURES, empty=True)] = ""
    facing: Annotated[str, among("朝向", FACINGS, empty=True)] = ""
    prop: Annotated[str, among("手里的东西", IN_HAND, empty=True)] = ""


class Panel(Strict):
    """One picture of the story."""

    scene: Annotated[str, among("背景", SCENES, empty=True)] = ""
    caption: Annotated[str, Field(max_length=60), DRAWN] = ""
    wide: bool = False
    cast: Annotated[tuple[Figure, ...], Field(max_length=4)] = ()
    props: Annotated[tuple[Prop, ...], Field(max_length=4), BeforeValidator(listed)] = ()
    board: Annotated[
        tuple[Annotated[Short, DRAWN], ...], Field(max_length=6), BeforeValidator(listed)
    ] = ()
    says: Annotated[tuple[Say, ...], Field(max_length=6)] = ()
    note: Annotated[str, Field(max_length=200)] = ""


class Comic(TextFrontMatter):
    """A comic lesson."""

    key: Line | str = ""
    duration: Annotated[int, Field(ge=1, le=30)] = 3
    cast: Annotated[tuple[Who, ...], BeforeValidator(listed)] = ()
    panels: Annotated[tuple[Panel, ...], Field(min_length=1, max_length=24)]


KIND = Kind(
    "comic",
    "漫画",
    "man",
    Comic,
    lesson_pattern(".comic.yml"),
    "lesson",
    "courses",
    needs_source=True,
)
