"""A quiz: the questions with their options, and all answers with their reasons together at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from builder.model import Quiz
from builder.render.wechat import budget
from builder.render.wechat.parts_bits import numeral, para, put

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from builder.render.wechat.press import Press

SPARE = 4_000  # characters for what follows: sources, notes, foot
LETTERS = "ABCDEFGH"
TYPES = {"multiple": "（可选几项）", "judge": "（判断）"}


def lay(part: Quiz, press: Press) -> list[str]:
    """Questions; a line that says where the answers are; answers. As many of them as there is room for."""
    made = [
        (_asked(number, question, press), _answered(number, question, press))
        for number, question in enumerate(part.questions, 1)
    ]
    shown = _fitting(made, press)
    many, left = numeral(len(made)), len(made) - len(shown)
    goal = f"，答对{numeral(part.passing)}题就算过关" if part.passing and not left else ""
    part_of = f"，这里是前{numeral(len(shown))}题" if left else goal
    about = f"共{many}题{part_of}。先自己答，答案和解释在最后。"
    press.block("题目说明", para(press, about, "quiet"))
    for number, (asked, _) in enumerate(shown, 1):
        press.block(f"第{numeral(number)}题", asked)
    press.block("答案标题", press.heading("答案和解释"))
    for number, (_, answered) in enumerate(shown, 1):
        press.block(f"第{numeral(number)}题答案", answered)
    if not left:
        return []
    more = f"还有{numeral(left)}题，点文末“阅读原文”接着做。"
    press.block("其余题目", para(press, more, "quiet"))
    return [f"共 {len(made)} 题，文章里放得下的是前 {len(shown)} 题"]


def _fitting(made: Sequence[tuple[str, str]], press: Press) -> Sequence[tuple[str, str]]:
    """The first questions, as many as there is room for; one at least."""
    room = budget.ROOM - SPARE - budget.length(press.html())
    for number, pair in enumerate(made):
        room -= sum(map(budget.length, pair))
        if room < 0:
            return made[: max(1, number)]
    return made


def _asked(number: int, question: Mapping[str, Any], press: Press) -> str:
    kind = "" if question["text"].endswith("选）") else TYPES.get(question["type"], "")
    head = press.theme.put(
        "p", "tight", press.theme.strong(f"{numeral(number)}、{question['text']}") + kind
    )
    options = "".join(
        put("p", "option", press.theme.words(f"{letter}. {option['text']}"))
        for letter, option in zip(LETTERS, question["options"], strict=False)
    )
    return head + press.theme.put("section", "list", options)


def _answered(number: int, question: Mapping[str, Any], press: Press) -> str:
    """The right ones by letter and words, then why each is right or wrong."""
    lettered = list(zip(LETTERS, question["options"], strict=False))
    right = "；".join(f"{letter}　{o['text']}" for letter, o in lettered if o["right"])
    out = press.theme.put("p", "tight", press.theme.strong(f"{numeral(number)}、{right}"))
    out += para(press, question["explain"], "tight")
    out += "".join(
        para(press, f"{letter}　{'对' if o['right'] else '不选'}：{o['why']}", "quiet")
        for letter, o in lettered
        if o["why"]
    )
    return put("section", "row", out)
