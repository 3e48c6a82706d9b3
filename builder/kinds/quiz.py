"""测一测: questions with explained options; play comes with the portal."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from builder.kinds.front import Kind, Slug, Strict, TextFrontMatter, lesson_pattern
from builder.model import Entry
from builder.problems import Problem


class Option(Strict):
    """One answer to choose, and why it is right or wrong."""

    text: Annotated[str, Field(min_length=1, max_length=200)]
    right: bool = False
    why: Annotated[str, Field(max_length=300)] = ""


class Question(Strict):
    """A question. `id` is stable, so that progress survives edits."""

    id: Slug
    text: Annotated[str, Field(min_length=1, max_length=300)]
    type: Literal["single", "multiple", "judge"] = "single"
    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=8)]
    explain: Annotated[str, Field(max_length=400)] = ""


class Quiz(TextFrontMatter):
    """A quiz lesson."""

    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=50)]
    passing: Annotated[int, Field(ge=0, le=50, alias="pass")] = 0


def check(entry: Entry) -> Iterator[Problem]:
    """Ids differ; single choice and judgement have one right answer, multiple choice at least one."""
    seen: set[str] = set()
    where = entry.where("questions")
    for number, question in enumerate(entry.data["questions"], 1):
        right = sum(1 for option in question["options"] if option["right"])
        if question["id"] in seen:
            yield Problem(
                "QUZ001",
                where,
                f"第 {number} 题的 id `{question['id']}` 与前面的题重复。",
                "每题用不同的 id，发布后不再改。",
            )
        seen.add(question["id"])
        if question["type"] == "multiple" and right < 1:
            yield Problem(
                "QUZ001", where, f"第 {number} 题没有正确选项。", "给正确的选项写 right: true。"
            )
        if question["type"] != "multiple" and right != 1:
            yield Problem(
                "QUZ001",
                where,
                f"第 {number} 题有 {right} 个正确选项，单选和判断题只能有 1 个。",
                "改选项，或把 type 改成 multiple。",
            )
    if entry.data["passing"] > len(entry.data["questions"]):
        yield Problem("QUZ001", entry.where("pass"), "及格题数比总题数还多。", "改小 pass。")


KIND = Kind(
    "quiz", "测一测", "ci", Quiz, lesson_pattern(".quiz.yml"), "lesson", "courses", check=check
)
