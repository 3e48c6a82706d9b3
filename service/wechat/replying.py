"""What is said to a message: at once, or later when it takes too long; twice the same to one that comes again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from builder.robot.engine import Reply, State
from builder.robot.masks import masked
from service.desk import Desk
from service.proofs import Sealer
from service.scripts import Script, day_of
from service.settings import WeChat
from service.store import wechat
from service.store.engine import Connection
from service.wechat import letters
from service.wechat.letters import Letter
from service.wechat.thinking import within
from service.wechat.wording import offered, worded

PATIENCE = 4.0  # seconds: WeChat hangs up after five
TALK = 30 * 60_000  # ms after which nobody goes on with a dialogue
OFTEN = "20/minute"  # messages of one subscriber
FILED = "5/day"  # questions of one subscriber that are passed on
FAST = "您发得太快了，歇一会儿再问。"
ONLY_TEXT = "我只看得懂文字。请把问题写成一句话，比如“企业晚报一天会怎样”。"
SILENT = "小统现在答不了，请过一会儿再问。"
PASSED = "您的问题已转给值守人员，编号 {}，答复会登在网站的百问百答里。请不要在这里发姓名、电话和证件号。"
WELCOME = "您好，我是小统，答基层统计的问题。把问题写成一句话就行。"
Think = Callable[[float, Callable[[], "Said"]], "Said | None"]


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a talk: where one is, and what numbers were offered for."""

    state: State = field(default_factory=State)
    offered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, what to remember, and the question where it was none of the robot's."""

    text: str
    memory: Memory = field(default_factory=Memory)
    unanswered: str = ""


def answer(desk: Desk, told: WeChat, letter: Letter, think: Think = within) -> str:
    """The text that answers a letter now; empty when nothing is to be said, or not yet."""
    begun = time.monotonic()
    sealer, now = desk.sealer("wechat"), desk.clock()
    key, who = sealer.mark(letter.key), sealer.mark(letter.who)
    with desk.store.read() as connection:
        held = wechat.message(connection, key)
        memory = _recalled(wechat.memory(connection, who, now - TALK))
    if held is not None:
        return str(held.answer)
    if letter.kind == letters.LEFT:
        desk.store.write(lambda c: wechat.leave(c, who))
        return ""
    if desk.limits.wait(OFTEN, "wechat", who):
        return FAST
    said = think(PATIENCE, lambda: reply(desk, told, letter, memory))

    def put(connection: Connection) -> str:
        before = wechat.message(connection, key)
        if before is not None:  # the same letter came again, and its copy was quicker
            return str(before.answer)
        if said is None or time.monotonic() - begun > PATIENCE:
            wechat.owe(connection, key, now, who, _sealed(sealer, letter, key))
            return ""
        text = settled(connection, desk, who, said)
        wechat.keep(connection, key, now, who, text)
        return text

    return desk.store.write(put)


def reply(desk: Desk, told: WeChat, letter: Letter, memory: Memory) -> Said:
    """What is said to a letter: of the settings, of the scripts, nothing else."""
    if letter.kind == letters.EVENT:
        return Said("", memory)
    if letter.kind == letters.OTHER:
        return Said(ONLY_TEXT, memory)
    script = desk.script()
    if letter.kind == letters.SUBSCRIBED:
        return Said(told.welcome or _greeting(script))
    question = letter.text
    if letter.kind == letters.ASKED:
        question = told.clicks.get(letter.text, "")
    elif question.strip().isdecimal() and 1 <= int(question.strip()[:3]) <= len(memory.offered):
        question = memory.offered[int(question.strip()[:3]) - 1]
    if not question:
        return Said("", memory)
    if script is None:
        return Said(SILENT, memory)
    found = script.robot.answer(question, day_of(desk.clock()), memory.state)
    return _said(found, script, question if letter.kind != letters.ASKED else "")


def settled(connection: Connection, desk: Desk, who: str, said: Said) -> str:
    """Remember the talk, pass a question on that was not answered; the text to send."""
    wechat.remember(connection, who, desk.clock(), _kept(said.memory))
    if not said.unanswered or desk.limits.wait(FILED, "wechat-filed", who):
        return said.text
    number = desk.unanswered(connection, desk.clock(), masked(said.unanswered))
    return f"{said.text}\n{PASSED.format(number)}" if number else said.text


def opened(desk: Desk, row: Any) -> Letter:
    """The letter to which an answer is owed."""
    kind, who, to, text = json.loads(desk.sealer("wechat").open(row.sealed, row.key))
    return Letter(kind, who, to, "", text)


def recalled(connection: Connection, who: str, now: int) -> Memory:
    """What is remembered of a subscriber's talk."""
    return _recalled(wechat.memory(connection, who, now - TALK))


def _said(found: Reply, script: Script, question: str) -> Said:
    memory = Memory(found.state, offered(found))
    if found.kind == "step":
        memory = replace(memory, offered=())
    lost = question if found.kind == "unsure" else ""
    return Said(worded(found, script), memory, lost)


def _greeting(script: Script | None) -> str:
    talks = script.robot.package.talks if script else ()
    return next((talk.say for talk in talks if talk.kind == "greeting"), WELCOME)


def _sealed(sealer: Sealer, letter: Letter, key: str) -> str:
    told = [letter.kind, letter.who, letter.to, letter.text[:600]]
    return sealer.seal(json.dumps(told, ensure_ascii=False), key)


def _kept(memory: Memory) -> str:
    state = memory.state
    told = [state.last, state.flow, state.step, state.beside, list(memory.offered)]
    return json.dumps(told, ensure_ascii=False) if any(told) else ""


def _recalled(told: str) -> Memory:
    if not told:
        return Memory()
    last, flow, step, beside, choices = json.loads(told)
    return Memory(State(last, flow, step, beside), tuple(choices))
