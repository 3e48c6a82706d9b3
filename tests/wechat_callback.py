"""WeChat's side of the callback: it signs, encrypts and repeats as the platform does; wechatpy makes the crypto."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
import xmltodict  # type: ignore[import-untyped]  # it ships no types
from wechatpy.crypto import WeChatCrypto

from tests.service_world import World

TOKEN, APPID = "WeikeToken2026", "wx0123456789abcdef"
AES = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
READER, ACCOUNT = "oReader-1_abcdefghijklmnopqr", "gh_0123456789ab"


def told(folder: Path, aes: bool = True, **more: Any) -> dict[str, Any]:
    """Settings of an account, its secrets in files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "token").write_text(f"{TOKEN}\n", "utf-8")
    (folder / "aes").write_text(f"{AES}\n", "utf-8")
    made = {
        "account": "tjj",
        "appid": APPID,
        "token_file": folder / "token",
        "state": folder / "state",
    }
    return made | ({"aes_key_file": folder / "aes"} if aes else {}) | more


def sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def text_xml(
    text: str, number: int = 1, who: str = READER, kind: str = "text", more: str = ""
) -> str:
    body = f"<Content><![CDATA[{text}]]></Content>" if kind == "text" else more
    return (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[{who}]]></FromUserName>"
        f"<CreateTime>1795000000</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{body}<MsgId>{number}</MsgId></xml>"
    )


def event_xml(event: str, key: str = "", who: str = READER, at: int = 1795000000) -> str:
    return (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[{who}]]></FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>"
        f"<EventKey><![CDATA[{key}]]></EventKey></xml>"
    )


@dataclass
class Platform:
    """WeChat's servers, calling one service."""

    service: World
    aes: bool = True
    calls: int = 0
    numbers: int = 0
    crypto: WeChatCrypto = field(default_factory=lambda: WeChatCrypto(TOKEN, AES, APPID))

    def query(self, **other: str) -> dict[str, str]:
        """The signed part of an address."""
        self.calls += 1
        stamp, nonce = str(self.service.clock() // 1000), f"n{self.calls}"
        made = {"timestamp": stamp, "nonce": nonce, "signature": sha1(TOKEN, stamp, nonce)}
        return made | other

    def post(self, xml: str, query: dict[str, str] | None = None) -> httpx.Response:
        """Post a message, encrypted when the account is."""
        query = query or self.query()
        body = xml
        if self.aes:
            box = self.crypto.encrypt_message(xml, query["nonce"], query["timestamp"])
            found = xmltodict.parse(box)["xml"]
            query = query | {"encrypt_type": "aes", "msg_signature": found["MsgSignature"]}
            body = f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><Encrypt><![CDATA[{found['Encrypt']}]]></Encrypt></xml>"
        browser = self.service.browser()
        for name in ("origin", "accept"):
            del browser.headers[name]
        return browser.post("/wechat", params=query, content=body.encode())

    def opened(self, done: httpx.Response) -> dict[str, str]:
        """The answer as WeChat reads it."""
        assert done.status_code == 200, done.text
        if done.text == "success":
            return {}
        found: dict[str, str] = xmltodict.parse(done.text)["xml"]
        if self.aes:
            inner = self.crypto.decrypt_message(
                done.text, found["MsgSignature"], found["TimeStamp"], found["Nonce"]
            )
            found = xmltodict.parse(inner)["xml"]
        return found

    def say(self, text: str, who: str = READER) -> str:
        """A reader writes; the text that comes back."""
        self.numbers += 1
        return self.opened(self.post(text_xml(text, self.numbers, who))).get("Content", "")
