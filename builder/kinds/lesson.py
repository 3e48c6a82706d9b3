"""课时: a lesson written as Markdown."""

from typing import Annotated

from pydantic import Field

from builder.kinds.front import FrontMatter, Kind, Line, lesson_pattern


class Lesson(FrontMatter):
    """One lesson: a sentence to remember, the minutes it takes, and the text."""

    key: Line | str = ""
    duration: Annotated[int, Field(ge=1, le=30)] = 5


KIND = Kind(
    "lesson", "图文课", "ci", Lesson, lesson_pattern(".md"), "lesson", "courses", needs_source=True
)
