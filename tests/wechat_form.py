"""Reading requests as strictly as WeChat's documentation asks: raw UTF-8 JSON, and uploads with a name and bytes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u[0-9a-fA-F]{4}")
_NAME = re.compile(rb'name="([^"]*)"')
_FILE = re.compile(rb'filename\*?=("([^"]*)"|[^;\r\n]+)')


class No(Exception):
    """WeChat's refusal: a code, its English text, and what else the answer holds."""

    def __init__(self, code: int, text: str, **more: Any) -> None:
        super().__init__(f"{code} {text}")
        self.code, self.text, self.more = code, text, more


@dataclass
class Part:
    """One part of a multipart body."""

    name: str
    file: bytes | None  # the file's name as sent
    mime: str
    data: bytes


def read_json(body: bytes) -> dict[str, Any]:
    """Read a JSON object; escapes are refused as documented (40033)."""
    if not body.strip():
        raise No(44002, "empty post data")
    if _ESCAPE.search(body):
        raise No(
            40033,
            "invalid charset. please check your request, if include \\uxxxx will create fail!",
        )
    try:
        found = json.loads(body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise No(47001, "data format error") from None
    if not isinstance(found, dict):
        raise No(47001, "data format error")
    return found


def read_form(body: bytes, content_type: str) -> dict[str, Part]:
    """Read a multipart body by its boundary."""
    found = re.search(r'boundary="?([^";]+)', content_type)
    if not content_type.startswith("multipart/form-data") or not found:
        raise No(41005, "media data missing")
    parts: dict[str, Part] = {}
    for piece in body.split(b"--" + found[1].encode())[1:]:
        if piece.startswith(b"--"):
            break
        head, _, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name, file = _NAME.search(head), _FILE.search(head)
        mime = re.search(rb"(?i)content-type:\s*([^\r\n]+)", head)
        if name:
            parts[name[1].decode()] = Part(
                name[1].decode(),
                (file[2] if file[2] is not None else file[1]) if file else None,
                mime[1].decode() if mime else "",
                data.removesuffix(b"\r\n"),
            )
    return parts


def upload(parts: dict[str, Part]) -> Part:
    """The file of an upload: named `media`, with an ASCII file name, not empty."""
    part = parts.get("media")
    if part is None or not part.file or not part.file.isascii():
        raise No(41005, "media data missing")
    if not part.data:
        raise No(44001, "empty media data")
    return part


def kind_of(data: bytes) -> str:
    """jpeg, png, gif, bmp, mp4 by the first bytes; empty for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data.startswith(b"BM"):
        return "bmp"
    return "mp4" if data[4:8] == b"ftyp" else ""


def text_of(found: dict[str, Any], key: str, *, needed: bool = True) -> str:
    """A text field of a request."""
    value = found.get(key, "")
    if not isinstance(value, str) or (needed and not value):
        raise No(40035, f"invalid parameter: {key}")
    return value


def number_of(found: dict[str, Any], key: str, low: int, high: int, default: int = 0) -> int:
    """A number field of a request, within its range."""
    value = found.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise No(40035, f"invalid parameter: {key}")
    return value
