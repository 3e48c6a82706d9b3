"""Packages of rows between the zones: one file of lines, signed, read whole or not at all.

First line: the manifest, JSON with sorted keys. Second: an Ed25519 signature over `MARK` and that line, in
base64. Then the rows, JSON, one a line; the manifest holds their number and SHA-256. The idea is that of
`docs/airgap`; a package here is small and is taken into a database, so it needs no parts and no base.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from builder.keys import Signer, fingerprint, signed

MARK = b"weike rows 1\n"
FORMAT = "weike-rows/1"
MOST = 64 << 20  # bytes of a package
EARLY = 10 * 60_000  # ms that another clock may be ahead
DAY = 86_400_000


class Rejected(Exception):
    """The package is not taken; the text says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a package says of itself. Times in ms; `stream` is what it holds, `sequence` counts by sender and stream."""

    format: str
    sender: str
    stream: str
    sequence: int
    made: int
    expires: int
    rows: int
    sha256: str
    public: str


@dataclass(frozen=True, slots=True)
class Trusted:
    """A key that is believed: whose it is, what it may sign."""

    key: str
    sender: str
    streams: tuple[str, ...]
    who: str = ""
    revoked: bool = False


def pack(
    signer: Signer, sender: str, stream: str, sequence: int, rows: Sequence[Mapping[str, Any]], now: int, days: int = 30
) -> bytes:  # fmt: skip
    """The bytes of a package."""
    body = b"".join(_line(row) for row in rows)
    digest = hashlib.sha256(body).hexdigest()
    told = Manifest(
        FORMAT, sender, stream, sequence, now, now + days * DAY, len(rows), digest, signer.public
    )
    head = _line(asdict(told))
    return head + signer.sign(MARK + head).encode() + b"\n" + body


def unpack(
    data: bytes, trusted: Sequence[Trusted], stream: str, now: int
) -> tuple[Manifest, list[dict[str, Any]]]:
    """What a package holds, after all of it was checked; `Rejected` otherwise. The sequence is the caller's to judge."""
    if len(data) > MOST:
        raise Rejected("包太大了，不收。")
    head, _, rest = data.partition(b"\n")
    signature, _, body = rest.partition(b"\n")
    told = _manifest(head)
    key = next((t for t in trusted if t.key == told.public), None)
    if key is None:
        raise Rejected(f"不认识签这个包的密钥（{fingerprint(told.public)}）。")
    if key.revoked:
        raise Rejected(f"{key.who or key.sender} 的密钥已经吊销，它签的包都不收。")
    if not signed(told.public, signature.decode("ascii", "replace"), MARK + head + b"\n"):
        raise Rejected("签名不对：包改动过，或者没有拷完。")
    if (told.sender, told.stream) != (key.sender, stream) or stream not in key.streams:
        raise Rejected("这个密钥不能签这种包，或者发送方不对。")
    if told.made > now + EARLY:
        raise Rejected("包的时间在以后：请核对两边的时钟。")
    if told.expires <= now:
        raise Rejected("包过期了，请对方重新做。")
    if hashlib.sha256(body).hexdigest() != told.sha256:
        raise Rejected("包的内容与清单不符：没有拷完，或者改动过。")
    return told, _rows(body, told.rows)


def fresh(manifest: Manifest, last: int) -> None:
    """`Rejected` when this package, or a later one, was taken before."""
    if manifest.sequence <= last:
        raise Rejected(f"第 {manifest.sequence} 号包收过了，已经收到第 {last} 号。")


def load_trusted(file: Path) -> list[Trusted]:
    """The keys of a TOML file of `[[key]]` tables; `Rejected` when it can't be read."""
    try:
        found = tomllib.loads(file.read_text("utf-8-sig")).get("key", [])
        return [
            Trusted(
                str(k["key"]),
                str(k["sender"]),
                tuple(map(str, k["streams"])),
                str(k.get("who", "")),
                bool(k.get("revoked", False)),
            )
            for k in found
        ]
    except OSError as error:
        raise Rejected(f"密钥清单 {file} 打不开：{error.strerror}。") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError):
        raise Rejected(
            f"密钥清单 {file} 读不懂：每个密钥一段 [[key]]，写 key、sender、streams。"
        ) from None


def write(file: Path, data: bytes) -> None:
    """Put a file in its place at once, whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    stage = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        with stage.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        stage.replace(file)
    finally:
        stage.unlink(missing_ok=True)


def _line(row: Mapping[str, Any]) -> bytes:
    told = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return told.encode() + b"\n"


def _manifest(head: bytes) -> Manifest:
    try:
        told = Manifest(**json.loads(head))
    except (TypeError, ValueError, RecursionError):
        raise Rejected("这不是微课服务的包，或者开头坏了。") from None
    numbers = (told.sequence, told.made, told.expires, told.rows)
    words = (told.sender, told.stream, told.sha256, told.public)
    if told.format != FORMAT or any(type(n) is not int or n < 0 for n in numbers):
        raise Rejected("包的清单写法不对。")
    if not all(isinstance(w, str) for w in words) or not told.sequence:
        raise Rejected("包的清单写法不对。")
    return told


def _rows(body: bytes, count: int) -> list[dict[str, Any]]:
    try:
        rows = [json.loads(line) for line in body.splitlines()]
    except (ValueError, RecursionError):
        raise Rejected("包里有一行读不懂。") from None
    if len(rows) != count or not all(isinstance(r, dict) for r in rows):
        raise Rejected("包里的行数不对。")
    return rows
