"""短视频: scenes with spoken words; the transcript is part of the page from the start."""

from typing import Annotated

from pydantic import Field

from builder.kinds.front import Kind, Line, Strict, TextFrontMatter, lesson_pattern


class Scene(Strict):
    """One scene: what is seen, the caption, and what is said."""

    seconds: Annotated[int, Field(ge=1, le=120)]
    show: Annotated[str, Field(max_length=300)] = ""
    caption: Annotated[str, Field(max_length=80)] = ""
    narration: Annotated[str, Field(max_length=400)] = ""


class Video(TextFrontMatter):
    """A short video lesson."""

    key: Line | str = ""
    seconds: Annotated[int, Field(ge=5, le=600)]
    scenes: Annotated[tuple[Scene, ...], Field(min_length=1, max_length=40)]


KIND = Kind(
    "video",
    "短视频",
    "shi",
    Video,
    lesson_pattern(".video.yml"),
    "lesson",
    "courses",
    needs_source=True,
)
