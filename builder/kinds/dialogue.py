"""机器人流程: a guided dialogue, step by step, with choices and numbers to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field

from builder.kinds.front import (
    FrontMatter,
    Kind,
    Line,
    Lines,
    Ref,
    Slug,
    Strict,
    folder_pattern,
)
from builder.model import Entry
from builder.problems import Problem
from builder.tokens import RUN, fold

MOST = 200  # steps
# A conclusion that says one of these states a fact, which somebody must be able to look up.
FACT = re.compile(
    r"\d\s*(?:[%‰万亿元人年月日天户家吨]|个百分点|小时)|[一二两三四五六七八九十百千万]+(?:万元|亿元|个月|天内|日前|日内)"
    r"|标准|门槛|达标|达到|制度|办法|规定|依法|法律|统计法|第.{1,4}条|期限|截止|应当|必须|不得|需要报|要报|入库|退库|纳入|处罚|罚款"
)


class ChoiceField(Strict):
    """One way on; `also`: other words for it."""

    text: Annotated[Line, Field(max_length=40)]
    to: Slug
    also: Lines = ()


class BoundField(Strict):
    """Where a number leads: `to` when it is at least `least`; the last one has no `least`."""

    to: Slug
    least: Annotated[float, Field(allow_inf_nan=False)] | Literal[""] = ""


class StepField(Strict):
    """What is said, then choices or a number (in `unit`); neither ends the dialogue.

    `links`: entries to read. `sources`: which of the file's sources it leans on, counted from 1.
    """

    id: Slug
    say: Annotated[str, Field(min_length=1, max_length=400)]
    choices: Annotated[tuple[ChoiceField, ...], Field(max_length=12)] = ()
    unit: str = ""
    bounds: tuple[BoundField, ...] = ()
    links: tuple[Ref, ...] = ()
    sources: tuple[Annotated[int, Field(ge=1, le=99)], ...] = ()


class Dialogue(FrontMatter):
    """A guided dialogue. It begins with its first step."""

    ask: Lines = ()
    steps: Annotated[tuple[StepField, ...], Field(min_length=2, max_length=MOST)]


def refs(entry: Entry) -> Iterator[str]:
    """Ids of all entries that a dialogue leads to."""
    for step in entry.data.get("steps", ()):
        yield from step.get("links", ())


def check(entry: Entry) -> Iterator[Problem]:
    """Every step can be reached, leads somewhere that exists, and each number finds its way."""
    steps = {step["id"]: step for step in entry.data["steps"]}
    where = entry.where("steps")
    if len(steps) < len(entry.data["steps"]):
        yield Problem("ROB002", where, "有两步用了同一个 id。", "每一步的 id 各不相同。")
    for name, step in steps.items():
        for target in _ways(step):
            if target not in steps:
                message = f"第 `{name}` 步指向 `{target}`，没有这一步。"
                yield Problem("ROB002", where, message, "改 to，或补上这一步。")
        yield from _numbers(entry, name, step)
        yield from _words(entry, name, step)
        yield from _proved(entry, name, step)
    reached = _reached(steps, entry.data["steps"][0]["id"])
    for name in [n for n in steps if n not in reached]:
        yield Problem("ROB002", where, f"第 `{name}` 步走不到。", "让某一步指向它，或删去。")
    for name in [n for n in steps if n in reached and not _ends(steps, n)]:
        message = f"从第 `{name}` 步怎么走都到不了结论，一直绕圈。"
        yield Problem("ROB002", where, message, "让其中一步指向一个结论。")
    for text in _repeated(entry.data["ask"]):
        message = f"“{text}”写了两遍。"
        yield Problem("ROB005", entry.where("ask"), message, "删去一个。")


def _ends(steps: dict[str, dict[str, object]], first: str) -> bool:
    """Whether some way from a step leads to a conclusion; a way to nowhere is told by itself."""
    return any(not set(_ways(steps[n])) & set(steps) for n in _reached(steps, first))


def _repeated(texts: Iterable[str]) -> list[str]:
    """Each text that stands there again, however it is written."""
    seen, found = set[str](), []
    for text in texts:
        said = "".join(RUN.findall(fold(text)))
        if said in seen:
            found.append(text)
        seen.add(said)
    return found


def _words(entry: Entry, name: str, step: dict[str, Any]) -> Iterator[Problem]:
    """No word of a step leads two ways: the first would win, and nobody would know."""
    leads: dict[str, str] = {}
    for choice in step["choices"]:
        for word in (choice["text"], *choice["also"]):
            other = leads.setdefault(fold(word), choice["to"])
            if other != choice["to"]:
                message = f"第 `{name}` 步的“{word}”指向两处：`{other}` 和 `{choice['to']}`。"
                yield Problem("ROB002", entry.where("steps"), message, "留一处。")


def _proved(entry: Entry, name: str, step: dict[str, Any]) -> Iterator[Problem]:
    """A conclusion that states a fact leads to where it stands."""
    beyond = [str(n) for n in step["sources"] if n > len(entry.sources)]
    if beyond:
        message = f"第 `{name}` 步的 sources 写了第{'、'.join(beyond)}条出处，文件里只有{len(entry.sources)}条。"
        yield Problem("ROB004", entry.where("steps"), message, "从 1 数起，照文件头的 sources 写。")
    ends = not step["choices"] and not step["bounds"]
    if ends and not step["links"] and not step["sources"] and (fact := FACT.search(step["say"])):
        message = f"第 `{name}` 步的结论说了“{fact[0]}”，没有写请看哪一篇。"
        action = "在 links 里写依据在哪一篇，或在 sources 里写是文件头的第几条出处。"
        yield Problem("ROB004", entry.where("steps"), message, action)


def _numbers(entry: Entry, name: str, step: dict[str, object]) -> Iterator[Problem]:
    bounds = step["bounds"]
    assert isinstance(bounds, tuple)
    limits = [b["least"] for b in bounds]
    if bounds and (limits[-1] != "" or "" in limits[:-1]):
        message = f"第 `{name}` 步的 bounds 最后一条不写 least，前面每条都写。"
        yield Problem("ROB002", entry.where("steps"), message, "从大到小写，最后一条兜底。")
    elif any(a <= b for a, b in pairwise(limits[:-1])):
        message = f"第 `{name}` 步的 bounds 没有从大到小排，后面的永远用不上。"
        yield Problem("ROB002", entry.where("steps"), message, "按 least 从大到小排。")
    if bounds and not step["unit"]:
        message = f"第 `{name}` 步要填一个数，没有写 unit。"
        yield Problem("ROB002", entry.where("steps"), message, "写单位，如 万元、人。")


def _ways(step: dict[str, object]) -> Iterator[str]:
    for key in ("choices", "bounds"):
        rows = step[key]
        assert isinstance(rows, tuple)
        yield from (row["to"] for row in rows)


def _reached(steps: dict[str, dict[str, object]], first: str) -> set[str]:
    found, waiting = set[str](), [first]
    while waiting:
        name = waiting.pop()
        if name in steps and name not in found:
            found.add(name)
            waiting += _ways(steps[name])
    return found


KIND = Kind(
    "dialogue",
    "机器人流程",
    "wen",
    Dialogue,
    folder_pattern("content/robot/flows", ".yml"),
    "",
    "robot",
    needs_source=True,
    page=False,
    article=False,
    check=check,
)
