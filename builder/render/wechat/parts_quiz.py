"""A quiz: the questions with their options, and all answers with their reasons together at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from builder.model import Quiz
from builder.render.wechat.parts_bits import numeral, para, put

if TYPE_CHECKING:
    from collections.abc import Mapping

    from builder.render.wechat.press import Press

LETTERS = "ABCDEFGH"
TYPES = {"multiple": "（可选几项）", "judge": "（判断）"}


def lay(part: Quiz, press: Press) -> None:
    """Questions; a line that says where the answers are; answers."""
    many = len(part.questions)
    goal = f"，答对{numeral(part.passing)}题就算过关" if part.passing else ""
    press.block(
        "题目说明", para(press, f"共{numeral(many)}题{goal}。先自己答，答案和解释在最后。", "quiet")
    )
    for number, question in enumerate(part.questions, 1):
        press.block(f"第{numeral(number)}题", _asked(number, question, press))
    press.block("答案标题", press.heading("答案和解释"))
    for number, question in enumerate(part.questions, 1):
        press.block(f"第{numeral(number)}题答案", _answered(number, question, press))


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
