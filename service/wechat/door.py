"""Where WeChat calls: `/wechat`, as it is written in the account's own settings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from wechatpy.replies import TextReply

from service.desk import Desk
from service.roles import ANYONE
from service.room import AtDesk, Room, Stopped
from service.settings import WeChat
from service.store import wechat
from service.store.wechat import OUTSIDE
from service.wechat import letters, seals
from service.wechat.letters import Letter, Unreadable
from service.wechat.replying import answer
from service.wechat.seals import FORGED, LATE, Seal
from service.wechat.wording import fitted

room = Room("wechat", OUTSIDE)
NONE = "没有接公众号。"
STRANGE = "这不是公众号的消息。"
USED = "这个签名已经用过。"


@dataclass(frozen=True, slots=True)
class Call:
    """What stands in the address that WeChat calls."""

    signature: str = ""
    timestamp: str = ""
    nonce: str = ""
    echostr: str = ""
    encrypt_type: str = ""
    msg_signature: str = ""


Called = Annotated[Call, Depends()]


@room.get("/wechat", ANYONE, include_in_schema=False)
def proof(call: Called, desk: AtDesk) -> Response:
    """WeChat asks whether this is the account's server: it gets its word back."""
    _, seal = _account(desk)
    _signed(desk, seal, call)
    _once(desk, call, call.echostr.encode())
    if not call.echostr.isascii() or not call.echostr.isprintable() or len(call.echostr) > 128:
        raise Stopped(403, STRANGE)
    return PlainTextResponse(call.echostr)


@room.post("/wechat", ANYONE, include_in_schema=False, most=letters.MOST)
async def message(request: Request, call: Called, desk: AtDesk) -> Response:
    """A message or an event."""
    body = await request.body()
    return await run_in_threadpool(_answered, desk, call, body)


def _answered(desk: Desk, call: Call, body: bytes) -> Response:
    told, seal = _account(desk)
    letter = _letter(desk, seal, call, body)
    said = answer(desk, told, letter)
    if not said:
        return PlainTextResponse("success")
    seconds = desk.clock() // 1000
    reply = TextReply(
        source=letter.to, target=letter.who, content=fitted(said), time=seconds
    ).render()
    if seal.aes:
        reply = seal.closed(reply, hashlib.sha256(body).hexdigest()[:16], seconds)
    return Response(reply, media_type="application/xml")


def _letter(desk: Desk, seal: Seal, call: Call, body: bytes) -> Letter:
    """The letter, when it is WeChat's, new or a repetition, and meant for this account."""
    _signed(desk, seal, call)
    try:
        if seal.aes:
            box = letters.fields(body).get("Encrypt", "")
            if not seal.signed(call.msg_signature, call.timestamp, call.nonce, box):
                raise Stopped(403, FORGED)
            body = seal.opened(box)
        elif call.encrypt_type not in {"", "raw"}:
            raise Stopped(403, "设置里没有 EncodingAESKey，收不了加密的消息。")
        letter = letters.read(body)
    except Unreadable as error:
        raise Stopped(403, STRANGE) from error
    _once(desk, call, letter.key.encode())
    return letter


def _signed(desk: Desk, seal: Seal, call: Call) -> None:
    """`Stopped` when WeChat did not sign it, or not now. Before anything of the body is looked at."""
    told = desk.settings.wechat
    assert told is not None
    if not seal.signed(call.signature, call.timestamp, call.nonce):
        raise Stopped(403, FORGED)
    if not seals.fresh(call.timestamp, desk.clock(), told.window_seconds):
        raise Stopped(403, LATE)


def _once(desk: Desk, call: Call, bound: bytes) -> None:
    """`Stopped` when the signature came with something else before: it says nothing of a plain body."""
    key = hashlib.sha256(f"{call.timestamp} {call.nonce}".encode()).hexdigest()
    what = hashlib.sha256(bound).hexdigest()
    if desk.store.write(lambda c: wechat.seen(c, key, desk.clock(), what)):
        raise Stopped(403, USED)


def _account(desk: Desk) -> tuple[WeChat, Seal]:
    told = desk.settings.wechat
    if told is None:
        raise Stopped(404, NONE)
    return told, seals.opened(told)
