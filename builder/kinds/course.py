"""微课: a course, its lessons ordered by the number before their names."""

import re
from typing import Annotated

from pydantic import BeforeValidator

from builder.kinds.front import Kind, Line, Lines, Ref, TextFrontMatter, listed


class Course(TextFrontMatter):
    """What a course is for."""

    objectives: Lines = ()
    suits: Lines = ()
    key: Line | str = ""
    prerequisites: Annotated[tuple[Ref, ...], BeforeValidator(listed)] = ()


KIND = Kind(
    "course",
    "课程",
    "ke",
    Course,
    re.compile(r"courses/(?P<slug>[a-z0-9-]+)/course\.yml"),
    "course",
    "courses",
)
