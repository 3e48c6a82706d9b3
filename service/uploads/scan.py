"""The virus scanner: clamd over its socket, spoken as its manual says (INSTREAM). Off until it is set."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

from service.room import Stopped

PIECE = 256 << 10
WAIT = 120.0  # seconds for a whole file
CLEAN, FOUND = "OK", "FOUND"


def scan(file: Path, where: str) -> None:
    """Ask the scanner at `unix:/path` or `host:port`; `Stopped` when it finds something or can't be asked."""
    try:
        said = _ask(file, where)
    except (OSError, ValueError) as error:
        raise Stopped(503, "病毒扫描暂时用不了，文件没有收。请过一会儿再传。") from error
    if said.endswith(FOUND):
        raise Stopped(422, "病毒扫描发现问题，文件没有收。请先杀毒。")
    if not said.endswith(CLEAN):
        raise Stopped(
            503, "病毒扫描没有扫完，文件没有收。请过一会儿再传，或者请管理员看扫描的大小限制。"
        )


def _ask(file: Path, where: str) -> str:
    with _connected(where) as line, file.open("rb") as body:
        line.sendall(b"zINSTREAM\0")
        while piece := body.read(PIECE):
            line.sendall(struct.pack("!I", len(piece)) + piece)
        line.sendall(struct.pack("!I", 0))
        said = b""
        while (read := line.recv(4096)) and len(said) < 4096:
            said += read
    return said.rstrip(b"\0\n").decode("utf-8", "replace")


def _connected(where: str) -> socket.socket:
    if where.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(WAIT)
        try:
            line.connect(where.removeprefix("unix:"))
        except OSError:
            line.close()
            raise
        return line
    host, _, port = where.rpartition(":")
    return socket.create_connection((host, int(port)), WAIT)
