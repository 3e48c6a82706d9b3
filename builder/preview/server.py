"""Serves the sights of a desk to this machine alone: no file is ever opened for an address."""

from __future__ import annotations

import errno
import os
import re
import socket
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from urllib.parse import parse_qs, quote, unquote

from builder.preview.desk import THEME, Desk, Look
from builder.preview.phone import ROOM
from builder.render.web import HTML

HOSTS = ("localhost", "127.0.0.1", "[::1]")
HEARTBEAT = 15.0
TRIES = 20
OWN = "/-/"
FILES = {
    "preview.js": "text/javascript; charset=utf-8",
    "preview.css": "text/css; charset=utf-8",
    "phone.js": "text/javascript; charset=utf-8",
    "phone.css": "text/css; charset=utf-8",
}
RANGE = re.compile(r"bytes=(?=\d|-\d)(\d{0,12})-(\d{0,12})")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PLAIN = "text/plain; charset=utf-8"


class Server(ThreadingHTTPServer):
    """One loopback address."""

    daemon_threads = True
    block_on_close = False
    # On Windows, reuse would let two previews share one port.
    allow_reuse_address = os.name == "posix"

    def __init__(self, address: tuple[str, int], desk: Desk) -> None:
        """Bind to `address`, IPv6 when it has a colon."""
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.desk = desk
        self.files = {name: (THEME / name).read_bytes() for name in FILES}
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        """Bind without asking the network for this machine's name, as http.server would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that went away is nothing to tell of."""


def listen(desk: Desk, port: int) -> list[Server]:
    """Bind both loopback addresses to `port`, or to the next free one; 0 takes any."""
    for number in range(max(port, 0), min(port + TRIES, 65536)):
        try:
            servers = _bind(desk, number)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL}:
                raise
        else:
            if number != port:
                desk.say(f"端口 {port} 已被占用，改用 {number}。")
            return servers
    raise OSError(errno.EADDRINUSE, f"从 {port} 起的 {TRIES} 个端口都用不了")


def _bind(desk: Desk, port: int) -> list[Server]:
    first = Server(("127.0.0.1", port), desk)
    try:
        return [first, Server(("::1", first.server_address[1]), desk)]
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            first.server_close()
            raise
        return [first]  # a machine without IPv6


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD from the desk."""

    protocol_version = "HTTP/1.1"
    server_version = "weike"
    sys_version = ""
    timeout = 60
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def do_GET(self) -> None:
        """A page, a file, or events."""
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body that nobody reads
        if not self._trusted():
            self._say(HTTPStatus.FORBIDDEN, "预览只给本机看，请用 http://localhost 打开。")
            return
        target = self.requestline.split(" ")[1] if self.requestline.count(" ") else ""
        path, _, query = target.partition("?")
        if path.startswith(OWN) and not path.startswith(f"/{ROOM}"):
            self._own(path.removeprefix(OWN), query)
        else:
            self._site(path)

    def do_HEAD(self) -> None:
        """The same without its body."""
        self.do_GET()

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Every other method is refused."""
        if name.startswith("do_"):
            return self._refuse
        raise AttributeError(name)

    def _refuse(self) -> None:
        self.close_connection = True
        self._say(HTTPStatus.METHOD_NOT_ALLOWED, "预览只能看。", {"Allow": "GET, HEAD"})

    def _trusted(self) -> bool:
        """Only requests under our own name: another name that leads here is an attack (DNS rebinding)."""
        port = self.server.server_address[1]
        names = {f"{host}:{port}" for host in HOSTS} | ({*HOSTS} if port == 80 else set())
        hosts = self.headers.get_all("Host", [])
        origin = self.headers.get("Origin")
        return (
            len(hosts) == 1
            and hosts[0].lower() in names
            and (origin is None or origin.removeprefix("http://").lower() in names)
        )

    # --- the site ---------------------------------------------------------------------------------

    def _site(self, path: str) -> None:
        found = self._address(path)
        if found is None:
            self._say(HTTPStatus.NOT_FOUND, "没有这一页。")
            return
        desk = self.server.desk
        edition, address = found
        look = desk.look(edition, address)
        if (look is None or look.status != HTTPStatus.OK) and not address.endswith("/"):
            folder = desk.look(edition, f"{address}/")
            if folder is not None and folder.status == HTTPStatus.OK:
                place = quote(desk.place(edition, f"{address}/"), safe="/@~")
                self._say(HTTPStatus.FOUND, "", {"Location": place})
                return
        if look is None:
            self._say(HTTPStatus.NOT_FOUND, "没有这个文件。")
        elif look.answer.media_type.startswith(("video/", "audio/")):
            self._film(look)
        else:
            body = look.answer.body if look.bare else _with_bar(look)
            self._send(look.status, body, look.answer.media_type, look.headers)

    def _film(self, look: Look) -> None:
        """A film whole, or the one range of it that a player asks for."""
        body, kind = look.answer.body, look.answer.media_type
        found = RANGE.fullmatch(self.headers.get("Range", ""))
        if not found:
            self._send(look.status, body, kind, {"Accept-Ranges": "bytes"})
            return
        first = int(found[1]) if found[1] else max(0, len(body) - int(found[2]))
        last = min(int(found[2]), len(body) - 1) if found[1] and found[2] else len(body) - 1
        if first > last:
            status, more = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, f"bytes */{len(body)}"
            self._say(status, "", {"Content-Range": more})
            return
        more = f"bytes {first}-{last}/{len(body)}"
        self._send(
            HTTPStatus.PARTIAL_CONTENT, body[first : last + 1], kind, {"Content-Range": more}
        )

    def _address(self, path: str) -> tuple[str, str] | None:
        """The edition and the address below its root; None for what can be no address."""
        try:
            plain = unquote(path, errors="strict")
        except UnicodeDecodeError:
            return None
        steps = plain.split("/")
        if steps[0] or "" in steps[1:-1] or any(s in {".", ".."} for s in steps):
            return None
        if any(c in "\\:" or not c.isprintable() for c in plain):
            return None
        desk = self.server.desk
        if len(steps) > 2 and steps[1].startswith("@"):
            name = steps[1][1:]
            return (name, "/".join(steps[2:])) if name in desk.sights else None
        return desk.first, plain[1:]

    # --- our own ----------------------------------------------------------------------------------

    def _own(self, name: str, query: str) -> None:
        if name in FILES:
            self._send(HTTPStatus.OK, self.server.files[name], FILES[name])
        elif name == "events" and self.command == "GET":
            self._events(parse_qs(query))
        else:
            self._say(HTTPStatus.NOT_FOUND, "没有这个文件。")

    def _events(self, query: Mapping[str, list[str]]) -> None:
        """Server-sent events for one open page: `page` when its bytes changed, `state` when what is said did."""
        page, mark = (query.get(key, [""])[0] for key in ("page", "mark"))
        found = self._address(query.get("at", [""])[0])
        if found is None:
            self._say(HTTPStatus.NOT_FOUND, "没有这一页。")
            return
        self.close_connection = True
        self._head(HTTPStatus.OK, "text/event-stream; charset=utf-8", {"Connection": "close"})
        self._write("retry: 700\n\n")
        desk, seen = self.server.desk, -1
        while not desk.closed:
            now = desk.wait(seen, HEARTBEAT)
            if now == seen:
                self._write(":\n\n")
                continue
            seen = now
            look = desk.look(*found) if found[0] in desk.sights else None
            if look is None or look.answer.tag != page:
                self._write(f"event: page\ndata: {now}\n\n")
                page = look.answer.tag if look else ""
            elif look.mark != mark:
                self._write(f"event: state\ndata: {look.told}\n\n")
            mark = look.mark if look else ""

    # --- answers ----------------------------------------------------------------------------------

    def _write(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()

    def _say(self, status: int, text: str, more: Mapping[str, str] | None = None) -> None:
        self._send(status, text.encode(), PLAIN, more)

    def _send(
        self, status: int, body: bytes, media_type: str, more: Mapping[str, str] | None = None
    ) -> None:
        self._head(status, media_type, {"Content-Length": str(len(body)), **(more or {})})
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _head(self, status: int, media_type: str, more: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Type": media_type, **more}.items():
            self.send_header(name, value)
        if self.close_connection and "Connection" not in more:
            self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server names it
        """Requests are not told; changes are, by the desk."""


def _with_bar(look: Look) -> bytes:
    """A page with our script and style; anything else as it is."""
    body = look.answer.body
    if look.answer.media_type != HTML or b"</body>" not in body:
        return body
    told = look.told.replace("<", "\\u003c").replace("&", "\\u0026")
    style = b'<link rel="stylesheet" href="/-/preview.css">'
    script = (
        f'<script type="application/json" id="wkp-state" data-mark="{look.mark}">{told}</script>'
        '<script src="/-/preview.js"></script>'
    )
    head, _, rest = body.partition(b"</head>")
    inner, _, tail = rest.rpartition(b"</body>")
    return b"".join((head, style, b"</head>", inner, script.encode(), b"</body>", tail))
