"""机器人话术: greetings and small talk, refusals on principle, topics of others, words that mean the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from builder.kinds.front import (
    FrontMatter,
    Kind,
    Line,
    Lines,
    Ref,
    Strict,
    folder_pattern,
    listed,
)
from builder.model import Entry
from builder.problems import Problem

Say = Annotated[str, Field(min_length=1, max_length=300)]
Row = Annotated[tuple[Line, ...], BeforeValidator(listed), Field(min_length=1)]
Synonyms = Annotated[tuple[Line, ...], Field(min_length=2)]


class TalkField(Strict):
    """A reply that tells nothing of statistics. `handover`: who helps further, said wherever the robot can't."""

    kind: Literal["greeting", "thanks", "bye", "about", "handover", "other"] = "other"
    ask: Lines = ()
    say: Say


class RefusalField(Strict):
    """Questions that are never answered: by rows of words, one of each, or by likeness to `ask`."""

    title: Line
    say: Say
    ask: Lines = ()
    when: tuple[Row, ...] = ()
    unless: Lines = ()
    link: Ref | Literal[""] = ""


class ElsewhereField(Strict):
    """What is somebody else's business: `who` says whose, and claims nothing else."""

    topic: Line
    who: Line
    words: Lines = ()
    ask: Lines = ()


class Script(FrontMatter):
    """One file of scripts for the robot."""

    talks: tuple[TalkField, ...] = ()
    refusals: tuple[RefusalField, ...] = ()
    elsewhere: tuple[ElsewhereField, ...] = ()
    same: tuple[Synonyms, ...] = ()
    near: tuple[Synonyms, ...] = ()


PARTS = ("talks", "refusals", "elsewhere", "same", "near")


def refs(entry: Entry) -> Iterator[str]:
    """Ids of all entries that a script leads to."""
    for rule in entry.data.get("refusals", ()):
        yield from filter(None, [rule["link"]])


def check(entry: Entry) -> Iterator[Problem]:
    """Something is in it, and each rule can apply."""
    if entry.valid.start or entry.valid.to:
        message = "话术没有有效期，写了 valid 也不会到期撤下。"
        action = "删去 valid；有期限的事写成百问百答或流程。"
        yield Problem("ROB001", entry.where("valid"), message, action)
    if not any(entry.data[name] for name in PARTS):
        yield Problem("ROB001", entry.where(), "话术是空的。", f"至少写一项：{'、'.join(PARTS)}。")
    for name in ("refusals", "elsewhere", "talks"):
        for number, row in enumerate(entry.data[name], 1):
            if row["ask"] or row.get("when") or row.get("words") or row.get("kind") == "handover":
                continue
            message = f"{name} 第 {number} 条没有写 ask，永远用不上。"
            yield Problem("ROB001", entry.where(name), message, "写几个大家会怎么问。")


KIND = Kind(
    "script",
    "机器人话术",
    "wen",
    Script,
    folder_pattern("content/robot", ".yml"),
    "",
    "robot",
    page=False,
    article=False,
    check=check,
)
