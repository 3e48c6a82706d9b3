"""微课: a course, its lessons ordered by the number before their names."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator

from builder.kinds.front import Kind, Line, Lines, Ref, TextFrontMatter, listed
from builder.model import Entry
from builder.problems import Problem


class Course(TextFrontMatter):
    """What a course is for."""

    objectives: Lines = ()
    suits: Lines = ()
    key: Line | str = ""
    prerequisites: Annotated[tuple[Ref, ...], BeforeValidator(listed)] = ()


def check(entry: Entry) -> Iterator[Problem]:
    """Lessons find their course by its folder, so a course is named by it."""
    if entry.id.partition(":")[2] != entry.path.split("/")[1]:
        message = "课程不能另写 id：课时按文件夹找课程。"
        yield Problem("FMT004", entry.where("id"), message, "删去 id；要改名就改文件夹名。")


KIND = Kind(
    "course",
    "课程",
    "ke",
    Course,
    re.compile(r"courses/(?P<slug>[a-z0-9-]+)/course\.yml"),
    "course",
    "courses",
    check=check,
)
