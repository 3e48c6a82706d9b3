"""图解: blocks in one of a few fixed layouts; here schema and words."""

from typing import Annotated, Literal

from pydantic import Field

from builder.kinds.front import Kind, Line, Lines, Strict, TextFrontMatter, lesson_pattern


class Block(Strict):
    """One piece of an infographic. `yes` and `no` name the next step in a decision tree."""

    title: Line
    text: Annotated[str, Field(max_length=400)] = ""
    items: Lines = ()
    number: str = ""
    unit: str = ""
    no: str = ""
    yes: str = ""


class Infographic(TextFrontMatter):
    """An infographic lesson."""

    key: Line | str = ""
    duration: Annotated[int, Field(ge=1, le=30)] = 3
    layout: Literal[
        "steps", "compare", "timeline", "tree", "numbers", "hierarchy", "checklist", "form"
    ]
    blocks: Annotated[tuple[Block, ...], Field(min_length=1, max_length=24)]


KIND = Kind(
    "infographic",
    "图解",
    "tu",
    Infographic,
    lesson_pattern(".infographic.yml"),
    "lesson",
    "courses",
    needs_source=True,
)
