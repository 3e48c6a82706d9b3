"""What the robot could not answer, in order: like questions together, the nearest answer, what to do.

Numbers and addresses were masked where they were asked, and are again here. Questions are anybody's words:
in the report they are text, and mean nothing to what shows it.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from builder.robot.engine import Robot
from builder.robot.masks import masked

# What Markdown may read as more than a sign; the last ones only where they stand so.
SIGNS = re.compile(
    r"[\\`*_{}\[\]()#|~!$^@]|^[+\-=]|(?<=\d)\.(?= |$)|:(?=//)|(?<=www)\.", re.IGNORECASE
)
ALIKE = 0.42  # the cosine from which two questions are one
NEAR = 0.14  # the score from which an answer is there, and only a wording lacks
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Question:
    """One question that was not answered, or badly."""

    text: str
    verdict: str = ""
    hit: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that ask the same. `advice`: wording (add to `near`), new, elsewhere."""

    questions: tuple[Question, ...]
    advice: str
    near: str
    title: str
    score: float


def one_line(text: str) -> str:
    """Without breaks, and without signs that nobody sees."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def escaped(text: str) -> str:
    """Text of one line that Markdown shows as it is: no markup, no link, no HTML."""
    return html.escape(SIGNS.sub(r"\\\g<0>", one_line(text)), quote=False)


def read(lines: Iterable[str]) -> tuple[list[Question], int]:
    """The questions of an exported list, and how many lines could not be read."""
    found: dict[str, Question] = {}
    bad = 0
    for line in lines:
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text = one_line(masked(str(row["text"])))[:LONGEST]
            verdict, hit = str(row.get("verdict", "")), str(row.get("hit", ""))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            bad += 1
            continue
        if text:
            found.setdefault(text, Question(text, verdict, hit))
    return list(found.values()), bad


def grouped(questions: Sequence[Question], robot: Robot, day: str) -> list[Group]:
    """Like questions together, the largest group first."""
    weighed = [_weights(q.text, robot) for q in questions]
    taken = [False] * len(questions)
    groups = []
    for number, mine in enumerate(weighed):
        if taken[number]:
            continue
        members = [n for n in range(number, len(questions)) if not taken[n]]
        members = [n for n in members if n == number or _cosine(mine, weighed[n]) >= ALIKE]
        for n in members:
            taken[n] = True
        groups.append(_group([questions[n] for n in members], robot, day))
    return sorted(groups, key=lambda g: (-len(g.questions), g.questions[0].text))


def _weights(text: str, robot: Robot) -> dict[str, float]:
    index = robot.index
    return {t: index.worth.get(t, index.rarest) for t in robot.reader.tokens(text)}


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    both = sum(one[t] * other[t] for t in one if t in other)
    size = math.hypot(*one.values()) * math.hypot(*other.values())
    return both / size if size else 0.0


def _group(questions: Sequence[Question], robot: Robot, day: str) -> Group:
    """The answer nearest to most of them, and what would help."""
    scores: dict[int, float] = {}
    abroad = 0
    for question in questions:
        _, fits = robot.fits(question.text, day)
        abroad += bool(fits) and robot.rows[fits[0].row].part == "elsewhere"
        for fit in fits[:3]:
            if robot.rows[fit.row].part == "items":
                number = robot.rows[fit.row].number
                scores[number] = scores.get(number, 0.0) + fit.score
    if 2 * abroad > len(questions):
        return Group(tuple(questions), "elsewhere", "", "", 0.0)
    if not scores:
        return Group(tuple(questions), "new", "", "", 0.0)
    best = max(scores, key=lambda n: (scores[n], -n))
    item, score = robot.package.items[best], scores[best] / len(questions)
    wrong = any(q.verdict == "bad" and q.hit == item.id for q in questions)
    advice = "wording" if score >= NEAR and not wrong else "new"
    return Group(tuple(questions), advice, item.id, item.title, score)


def report(groups: Sequence[Group], bad: int = 0) -> str:
    """The list for editors, in Markdown."""
    count = sum(len(g.questions) for g in groups)
    rows = ["# 小统没答上、没答好的问题", "", f"{count} 个问题，归成 {len(groups)} 组。"]
    if bad:
        rows.append(f"有 {bad} 行读不懂，没有算进来。")
    for number, group in enumerate(groups, 1):
        rows += [
            "",
            f"## {number}. {escaped(group.questions[0].text)}（{len(group.questions)}）",
            "",
        ]
        rows += [_advice(group), ""]
        rows += [f"- {escaped(q.text)}" for q in group.questions[:12]]
        if group.advice == "wording":
            asks = [f"  - {json.dumps(q.text, ensure_ascii=False)}" for q in group.questions[:5]]
            rows += ["", "可以加进 `ask` 的问法：", "", "```yaml", "ask:", *asks, "```"]
    return "\n".join(rows) + "\n"


def _advice(group: Group) -> str:
    near = (
        f"最近的一篇是 `{group.near}`（{escaped(group.title)}，{group.score:.2f}）"
        if group.near
        else ""
    )
    if group.advice == "wording":
        return f"{near}：看看是不是同一件事，是就补问法。"
    if group.advice == "elsewhere":
        return "多半是别的部门的事：在话术的 `elsewhere` 里补几个词。"
    return f"{near}，不像同一件事：可能要新写一篇。" if near else "没有相近的内容：可能要新写一篇。"
