"""What every request passes before any page sees it: our own name, no stranger's form, no flood."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY = 64 * 1024
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
# A page under review never runs a script where an opened key is, and is framed by our pages alone.
SHOWN_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin allow-popups"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
TOO_MUCH = "发来的内容太大。密钥文件不超过 4 KB，意见不超过 2000 字。"
METHODS = frozenset({"GET", "HEAD", "POST"})


class Guard:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], *, secure: bool) -> None:
        """`hosts`: names under which we are asked (empty: any, where a certificate vouches for it)."""
        self.app = app
        self.hosts = hosts
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, _Sealed(send, secure=self.secure))

    async def _request(self, scope: Scope, receive: Receive, send: _Sealed) -> None:
        status, why = self._refused(scope)
        if why:
            await PlainTextResponse(why, status)(scope, receive, send)
            return
        await self.app(scope, _Measured(receive), send)

    def _refused(self, scope: Scope) -> tuple[int, str]:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if scope["method"] not in METHODS:
            return 405, "这里只能看和提交表单。"
        if len(hosts) != 1 or (self.hosts and hosts[0].lower() not in self.hosts):
            return 403, "地址不对：请用启动时打印的那个地址打开。"
        if scope["method"] == "POST" and not self._ours(headers, hosts[0]):
            return 403, "这个表单不是从本站的页面发出来的，没有受理。请从审核页面里操作。"
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BODY:
            return 413, TOO_MUCH
        return 200, ""

    def _ours(self, headers: Headers, host: str) -> bool:
        """True when a form comes from a page of ours: browsers say so in Origin, older ones in Referer."""
        said = headers.getlist("origin") or headers.getlist("referer")
        if len(said) != 1:
            return False
        parts = urlsplit(said[0])
        return (parts.scheme, parts.netloc.lower()) == (
            "https" if self.secure else "http",
            host.lower(),
        )


class _Measured:
    """Counts what comes in."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.count = 0

    async def __call__(self) -> Message:
        message = await self.receive()
        self.count += len(message.get("body", b""))
        if self.count > MOST_BODY:
            raise HTTPException(413, TOO_MUCH)
        return message


class _Sealed:
    """Puts our headers on every answer that has none of its own."""

    def __init__(self, send: Send, *, secure: bool) -> None:
        self.send = send
        self.secure = secure

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if self.secure:
                headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        await self.send(message)
