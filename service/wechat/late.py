"""Answers that took too long go out as customer messages, as long as WeChat still lets them.

WeChat takes five within 48 hours of what a reader wrote. Nobody is told when one can't be sent: the row
says why.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from publish.secrets import NoSecret
from publish.wechat.client import open_client
from publish.wechat.outcome import Done, Kind, Outcome, Refused
from service.desk import Desk
from service.settings import WeChat
from service.store import wechat
from service.store.wechat import DROPPED, OWED, SENT
from service.ticks import Job
from service.wechat.letters import Letter
from service.wechat.replying import opened, recalled, reply, settled
from service.wechat.wording import fitted

UNTIL = 48 * 3_600_000  # ms after the message
PAUSES = (5, 30, 120, 600, 3600)  # seconds before the next try
AGAIN = (Kind.TOKEN, Kind.SLOW, Kind.NETWORK)
KEPT, TALKS, REQUESTS = 3 * 86_400_000, 30 * 60_000, 2 * 3_600_000  # ms


class Caller(Protocol):
    """As much of the client as is used."""

    def ask(self, path: str, body: dict[str, Any]) -> Outcome[Any]:
        """Carry out one call."""

    def close(self) -> None:
        """Close the connections."""


Opening = Callable[[WeChat, Desk], Caller]


def client_of(told: WeChat, desk: Desk) -> Caller:
    """The one way to WeChat, of this account."""

    def now() -> datetime:
        return datetime.fromtimestamp(desk.clock() / 1000, UTC)

    return open_client(told.account, told.state, now=now, timeout=(5.0, 10.0))


def send(desk: Desk, opening: Opening = client_of) -> int:
    """Send what is owed now; how many were sent."""
    told = desk.settings.wechat
    if told is None:
        return 0
    with desk.store.read() as connection:
        rows = wechat.owed(connection, desk.clock())
    if not rows:
        return 0
    try:
        client = opening(told, desk)
    except (NoSecret, ValueError) as error:
        desk.log.trouble("wechat has no secret", error)
        for row in rows:
            _settle(desk, row, "没有公众号的密钥", again=True)
        return 0
    try:
        return sum(_sent(desk, told, row, client) for row in rows)
    finally:
        client.close()


def _sent(desk: Desk, told: WeChat, row: Any, client: Caller) -> bool:
    if desk.clock() - row.at > UNTIL:
        return _settle(desk, row, "过了 48 小时", again=False)
    try:
        letter = opened(desk, row)
    except ValueError:
        return _settle(desk, row, "打不开：换过密钥", again=False)
    text = fitted(_text(desk, told, row, letter))
    if not text:
        return _settle(desk, row, "没有要说的", again=False)
    body = {"touser": letter.who, "msgtype": "text", "text": {"content": text}}
    outcome = client.ask("message/custom/send", body)
    if isinstance(outcome, Done):
        desk.store.write(lambda c: wechat.settle(c, row.key, SENT, ""))
        return True
    final = isinstance(outcome, Refused) and outcome.kind not in AGAIN
    return _settle(desk, row, str(outcome), again=not final)


def _text(desk: Desk, told: WeChat, row: Any, letter: Letter) -> str:
    """The answer, thought over again with all the time there is; the first try passes a question on."""
    with desk.store.read() as connection:
        memory = recalled(connection, row.who, desk.clock())
    said = reply(desk, told, letter, memory)
    if row.tries:
        return said.text
    return desk.store.write(lambda c: settled(c, desk, row.who, said))


def _settle(desk: Desk, row: Any, said: str, *, again: bool) -> bool:
    again = again and row.tries + 1 < len(PAUSES)
    due = desk.clock() + PAUSES[min(row.tries, len(PAUSES) - 1)] * 1000
    state = OWED if again else DROPPED
    desk.store.write(lambda c: wechat.settle(c, row.key, state, said, due if again else 0))
    return False


def forget(desk: Desk) -> None:
    """Drop messages, talks and signatures that are needed no more."""
    if desk.settings.wechat is not None:
        now = desk.clock()
        desk.store.write(lambda c: wechat.forget(c, now - KEPT, now - TALKS, now - REQUESTS))


JOBS = (Job("wechat", 2000, send), Job("wechat-forget", 3_600_000, forget))
