"""What keeps machines out without asking people for pictures: a trap, a moment's time, and rates."""

from __future__ import annotations

from service.desk import Desk
from service.limits import origin
from service.proofs import kept
from service.room import Stopped, Visitor

LEAST, LONGEST = 3_000, 24 * 3_600_000  # ms between the page and its form
PURPOSE = "question-form"
ASK = ("5/10 minutes", "20/day")  # new questions from one address
ALL = "300/hour"  # from all together
LOOK = "60/10 minutes"  # searches and looks from one address
GUESS = "10/10 minutes"  # wrong words for one question
TOO_MANY = "提得太多了，请 {} 后再来。急事请打问处室页上的电话。"


def stamp(desk: Desk) -> str:
    """What a form carries: when it was given out, sealed."""
    return desk.sealer(PURPOSE).seal(str(desk.clock()))


def filled(desk: Desk, given: str, trap: str) -> None:
    """`Stopped` when a form was filled by what fills every field at once."""
    if trap:
        raise Stopped(422, "最后一格请空着，它不是给人填的。")
    try:
        age = desk.clock() - int(desk.sealer(PURPOSE).open(given))
    except ValueError:
        raise Stopped(422, "页面不完整，请重新打开提问页再交。写的内容还在下面。") from None
    if age < LEAST:
        raise Stopped(422, "交得太快了，请看一遍再交。写的内容还在下面。")
    if age > LONGEST:
        raise Stopped(422, "页面开得太久了，请再交一次。写的内容还在下面。")


def may_look(desk: Desk, asks: Visitor) -> None:
    """`Stopped` (429) when one address looks too often."""
    _wait(desk.limits.wait(LOOK, "question-look", _who(asks)))


def may_ask(desk: Desk, asks: Visitor) -> None:
    """`Stopped` (429) when one address, or all together, ask too much."""
    for rate in ASK:
        _wait(desk.limits.wait(rate, "question-ask", _who(asks)))
    _wait(desk.limits.wait(ALL, "question-ask-all"))


def missed(desk: Desk, number: str, asks: Visitor) -> None:
    """Count a wrong word for a question; `Stopped` (429) when there were too many."""
    _wait(desk.limits.wait(GUESS, "question-key", number))
    _wait(desk.limits.wait(GUESS, "question-key-from", _who(asks)))


def _who(asks: Visitor) -> str:
    return kept(origin(asks.address))[:16]


def _wait(seconds: int) -> None:
    if seconds:
        told = f"{seconds} 秒" if seconds < 90 else f"{-(-seconds // 60)} 分钟"
        raise Stopped(429, TOO_MANY.format(told))
