"""How many pixels a picture says it has: read from its header, nothing is decoded."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from service.room import Stopped

PIXELS = 100_000_000
SIDE = 30_000
FRAMES = range(0xC0, 0xD0)  # JPEG's start of a frame, but for three of them
NOT_FRAMES = (0xC4, 0xC8, 0xCC)
BARE = (0x01, *range(0xD0, 0xD8))  # markers without a length


def look(file: Path, kind: str) -> bool:
    """`Stopped` when a picture is too large or its header can't be read; whether it has data of a camera."""
    with file.open("rb") as body:
        size, camera = {"png": _png, "webp": _webp, "jpg": _jpeg}[kind](body)
    wide, high = size
    if wide < 1 or high < 1:
        raise Stopped(422, "图片的文件头坏了，请重新导出再传。")
    if wide > SIDE or high > SIDE or wide * high > PIXELS:
        raise Stopped(422, f"图片太大：{wide}×{high}，最多一亿像素，每边最多 {SIDE}。")
    return camera


Seen = tuple[tuple[int, int], bool]


def _png(body: BinaryIO) -> Seen:
    head = body.read(33)
    if head[12:16] != b"IHDR" or head[8:12] != b"\0\0\0\r":
        return (0, 0), False
    size = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    while len(chunk := body.read(8)) == 8:
        length, name = int.from_bytes(chunk[:4], "big"), chunk[4:]
        if name in {b"eXIf", b"IDAT", b"IEND"}:
            return size, name == b"eXIf"
        if name == b"acTL":
            raise Stopped(422, "会动的 PNG 不收，请用视频。")
        body.seek(length + 4, 1)
    return (0, 0), False


def _webp(body: BinaryIO) -> Seen:
    head = body.read(32)
    kind, told = head[12:16], head[20:]
    if kind == b"VP8X":
        if told[0] & 2:
            raise Stopped(422, "会动的 WebP 不收，请用视频。")
        wide = 1 + int.from_bytes(told[4:7], "little")
        return (wide, 1 + int.from_bytes(told[7:10], "little")), bool(told[0] & 8)
    if kind == b"VP8 " and told[3:6] == b"\x9d\x01\x2a":
        sides = int.from_bytes(told[6:8], "little"), int.from_bytes(told[8:10], "little")
        return (sides[0] & 0x3FFF, sides[1] & 0x3FFF), False
    if kind == b"VP8L" and told[:1] == b"\x2f":
        bits = int.from_bytes(told[1:5], "little")
        return (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)), False
    return (0, 0), False


def _jpeg(body: BinaryIO) -> Seen:
    body.seek(2)
    size, camera = (0, 0), False
    while len(mark := body.read(2)) == 2 and mark[0] == 0xFF:
        if mark[1] == 0xFF:  # padding
            body.seek(-1, 1)
            continue
        if mark[1] in BARE:
            continue
        length = int.from_bytes(body.read(2), "big")
        if mark[1] in {0xD9, 0xDA} or length < 2:
            break
        part = body.read(length - 2)
        camera |= mark[1] == 0xE1 and part.startswith(b"Exif\0")
        if mark[1] in FRAMES and mark[1] not in NOT_FRAMES and len(part) >= 5:
            found = int.from_bytes(part[3:5], "big"), int.from_bytes(part[1:3], "big")
            size = max(size, found, key=lambda s: s[0] * s[1])
    return size, camera
