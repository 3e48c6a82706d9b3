"""What WeChat posts: XML from outside, read with care, then understood by wechatpy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from wechatpy import parse_message

MOST, DEEP, MANY = 64 * 1024, 6, 200  # bytes, levels, elements: WeChat's own have a tenth of it
NAME = re.compile(r"[\w@.-]{1,64}", re.ASCII)
TEXT, ASKED, VOICE = "text", "click", "voice"
SUBSCRIBED, LEFT, EVENT, OTHER = "subscribe", "unsubscribe", "event", "other"
EVENTS = {
    "subscribe": SUBSCRIBED,
    "subscribe_scan": SUBSCRIBED,
    "unsubscribe": LEFT,
    "click": ASKED,
}


class Unreadable(Exception):
    """It is no message of WeChat's, or one that could do harm."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message or event. `who` wrote it, `to`: our account. `key` tells it from all others.

    `text`: what was written, said, or the key of the menu button.
    """

    kind: str
    who: str
    to: str
    key: str
    text: str = ""


def fields(body: bytes) -> dict[str, str]:
    """The texts of a message's own elements. `Unreadable`: a DTD, an entity, too deep, too long, named twice."""
    if len(body) > MOST:
        raise Unreadable("too long")
    reader = _Reader()
    try:
        reader.parser.Parse(body.decode("utf-8").encode(), True)
    except (expat.ExpatError, UnicodeDecodeError) as error:
        raise Unreadable("no XML") from error
    return reader.found


def read(body: bytes) -> Letter:
    """The message; `Unreadable` when it is none."""
    found = fields(body)
    event = found.get("MsgType", "").strip().lower() == "event"
    try:
        message = parse_message(body.decode())
        who, to = found["FromUserName"].strip(), found["ToUserName"].strip()
        if not NAME.fullmatch(who) or not NAME.fullmatch(to):
            raise Unreadable("no name")
        return _letter(message, who, to, event)
    except (AttributeError, KeyError, TypeError, ValueError, expat.ExpatError) as error:
        raise Unreadable("no message") from error


def _letter(message: Any, who: str, to: str, event: bool) -> Letter:
    kind, text = _event(message) if event else _kind(message)
    # Events have no number; a second one of a kind in one second is WeChat's repetition of the first.
    number = f"{message.id}" if message.id else f"{message.time} {kind} {text}"
    return Letter(kind, who, to, f"{who} {number}", text)


def _event(message: Any) -> tuple[str, str]:
    name = EVENTS.get(str(getattr(message, "event", "")), EVENT)
    return name, str(message.key) if name == ASKED else ""


def _kind(message: Any) -> tuple[str, str]:
    if message.type == "text":
        return TEXT, str(message.content or "")
    if message.type == "voice" and message.recognition:
        return VOICE, str(message.recognition)
    return OTHER, ""


class _Reader:
    """Expat with all its doors shut that a message needs not."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8")
        self.found: dict[str, str] = {}
        self.path: list[str] = []
        self.count = 0
        self.parser.StartDoctypeDeclHandler = self._never
        self.parser.EntityDeclHandler = self._never
        self.parser.ExternalEntityRefHandler = self._never
        self.parser.ProcessingInstructionHandler = self._never
        self.parser.StartElementHandler = self._open
        self.parser.EndElementHandler = self._close
        self.parser.CharacterDataHandler = self._text

    def _never(self, *told: object) -> int:
        raise Unreadable("a DTD, an entity or an instruction")

    def _open(self, name: str, attributes: object) -> None:
        self.count += 1
        self.path.append(name)
        if self.count > MANY or len(self.path) > DEEP or attributes or self.path[0] != "xml":
            raise Unreadable("not WeChat's")
        if len(self.path) == 2 and name in self.found:
            raise Unreadable("named twice")
        if len(self.path) == 2:
            self.found[name] = ""

    def _close(self, name: str) -> None:
        self.path.pop()

    def _text(self, data: str) -> None:
        if len(self.path) == 2:
            self.found[self.path[1]] += data
