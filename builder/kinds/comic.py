"""漫画: panels with figures and bubbles; here schema and words, pictures come from `media`."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from builder.kinds.front import (
    Kind,
    Line,
    Lines,
    Slug,
    Strict,
    TextFrontMatter,
    lesson_pattern,
    listed,
)


class Say(Strict):
    """One bubble."""

    who: Line | str = ""
    text: Annotated[str, Field(max_length=120)]
    mood: str = ""
    kind: Literal["speech", "thought", "narration", "sound"] = "speech"


class Figure(Strict):
    """A character in a panel."""

    who: Line
    mood: Slug = "neutral"
    gesture: Slug | Literal[""] = ""
    facing: Literal["front", "left", "right"] = "front"
    prop: Slug | Literal[""] = ""


class Panel(Strict):
    """One picture of the story."""

    scene: Slug | Literal[""] = ""
    caption: Annotated[str, Field(max_length=60)] = ""
    wide: bool = False
    cast: tuple[Figure, ...] = ()
    props: Annotated[tuple[Slug, ...], BeforeValidator(listed)] = ()
    board: Lines = ()
    says: Annotated[tuple[Say, ...], Field(max_length=6)] = ()
    note: Annotated[str, Field(max_length=200)] = ""


class Comic(TextFrontMatter):
    """A comic lesson."""

    key: Line | str = ""
    duration: Annotated[int, Field(ge=1, le=30)] = 3
    cast: Lines = ()
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
