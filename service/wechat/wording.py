"""A reply of the robot as the text of one WeChat message."""

from __future__ import annotations

import re

from builder.robot.engine import Reply
from service.scripts import Script

BYTES = 2048  # of the text of one message
ENDS = re.compile(r"[。！？；…\n]+[”」』）]*")
MORE = "（后面还有，请看全文。）"
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
WHICH, PERHAPS = "您问的是哪一个？回复数字。", "是不是想问（回复数字）："


def worded(reply: Reply, script: Script, last: str = "") -> str:
    """The whole text, `last` at its end; never longer than WeChat takes, cut at the end of a sentence."""
    told, link = _told(reply, script)
    tail = "\n".join(part for part in (f"全文：{link}" if link else "", last) if part)
    return fitted(told, tail)


def offered(reply: Reply) -> tuple[str, ...]:
    """What a number leads to that is sent back; the steps of a dialogue count for themselves."""
    return tuple(hit.item.title for hit in reply.hits) if reply.kind in {"choice", "unsure"} else ()


def fitted(text: str, tail: str = "", most: int = BYTES) -> str:
    """`text` and `tail` in at most `most` bytes; of the text whole sentences are left away."""
    text, tail = plain(text), plain(tail)
    whole = f"{text}\n{tail}".strip("\n")
    if _size(whole) <= most:
        return whole
    if _size(tail) + _size(MORE) + 2 >= most:
        tail = ""
    room = most - _size(f"\n{MORE}\n{tail}")
    head = text.encode()[:room].decode("utf-8", "ignore")
    ends = [found.end() for found in ENDS.finditer(head)]
    head = head[: ends[-1]] if ends else head
    return "\n".join(part for part in (head.rstrip("\n"), MORE, tail) if part)


def plain(text: str) -> str:
    """Without signs that XML may not hold, and without what would end its CDATA."""
    return CONTROL.sub("", text.replace("\r\n", "\n")).replace("]]>", "]] >")


def _size(text: str) -> int:
    return len(text.encode())


def _told(reply: Reply, script: Script) -> tuple[str, str]:
    """Text and link."""
    if reply.kind == "answer":
        item = reply.hits[0].item
        rows = [reply.note, item.title if reply.note else "", item.answer or item.title]
        return _joined(*rows, _from(item.source)), script.address(item.url)
    lead = {"choice": WHICH, "unsure": PERHAPS}.get(reply.kind, "") if reply.hits else ""
    choices = reply.choices or offered(reply)
    listed = [f"{number}. {text}" for number, text in enumerate(choices, 1)]
    links = [f"{title}：{script.address(url)}" for title, url in reply.links]
    text = _joined(reply.note, reply.say, lead, *listed, _from(reply.source), *links)
    return text, script.address(reply.url)


def _from(source: str) -> str:
    return f"出处：{source}" if source else ""


def _joined(*rows: str) -> str:
    return "\n".join(row for row in rows if row)
