"""A mobile platform on loopback that answers as the public documents of 企业微信 say.

developer.work.weixin.qq.com/document/path/91039 (tokens), …/90236 (messages), …/90455 (error codes). No real
platform was asked.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.service_mailbox import certificate

CORP, SECRET, AGENT = "ww0123456789abcdef", "geheim-geheim", 1000002


@dataclass
class Corp:
    """One organisation on it, and how the platform is to behave."""

    address: str
    people: set[str] = field(default_factory=lambda: {"lisi"})
    token: str = "token-1"
    lasts: int = 7200
    fetched: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    refuse: list[int] = field(default_factory=list)  # error codes of the next calls of message/send
    status: int = 200
    raw: bytes = b""  # said instead of anything

    def expire(self) -> None:
        """The token given last holds no more."""
        self.token = f"{self.token}x"

    def answer(self, path: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
        """What is said to one call."""
        if path.endswith("/gettoken"):
            self.fetched += 1
            if (query.get("corpid"), query.get("corpsecret")) != (CORP, SECRET):
                return {"errcode": 40001, "errmsg": "invalid credential"}
            said = {"errcode": 0, "errmsg": "ok", "access_token": self.token}
            return said | {"expires_in": self.lasts}
        if query.get("access_token") != self.token:
            return {"errcode": 40014, "errmsg": "invalid access_token"}
        if self.refuse:
            return {"errcode": self.refuse.pop(0), "errmsg": "refused, hint: [1]"}
        told = json.loads(body)
        if not set(told["touser"].split("|")) & self.people:
            named = {"errcode": 81013, "errmsg": "user & party & tag all invalid"}
            return named | {"invaliduser": told["touser"]}
        self.got.append(told)
        return {"errcode": 0, "errmsg": "ok", "msgid": "x"}


@contextmanager
def corp(folder: Path | None = None) -> Iterator[Corp]:
    """The platform; with a folder for its certificate it speaks TLS."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            body, told = self.rfile.read(size), urlsplit(self.path)
            found.paths.append(f"{self.command} {told.path}")
            query = {k: v[0] for k, v in parse_qs(told.query).items()}
            said = found.raw or json.dumps(found.answer(told.path, query, body)).encode()
            self.send_response(found.status)
            if found.status in {301, 302}:
                self.send_header("Location", f"{found.address}/anderswo")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def do_GET(self) -> None:
            self._any()

        def do_POST(self) -> None:
            self._any()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as its base calls it
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        scheme = "http"
        if folder is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate(folder))
            server.socket = context.wrap_socket(server.socket, server_side=True)
            scheme = "https"
        found = Corp(f"{scheme}://localhost:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
