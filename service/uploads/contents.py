"""What lies inside a file besides what its first bytes tell: programs, pages, another file behind it.

Read in pieces that overlap, so that memory does not grow with the file.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from service.room import Stopped

PIECE = 1 << 20
OVERLAP = 256
TAIL = 65_557  # where the end of a zip's list may stand
LIST_END = b"PK\x05\x06"
# in small letters
FOREIGN = (b"<script", b"<?php", b"<!doctype html", b"rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
SEALED = re.compile(rb"/Encrypt\s+\d+\s+\d+\s+R")
AUTHOR = re.compile(rb"/Author\s*(\(\s*[^)\s]|<\s*[0-9A-Fa-f])")
STREAM = re.compile(rb"stream\r?\n")
INFLATED = 64 << 20  # bytes of all packed objects of one file
PACKED = 20_000  # of them


def named(word: str) -> bytes:
    """A pattern for a name in a PDF after its slash, any of whose letters may be written as its number: `/J#61vaScript`."""
    return b"".join(b"(?:%c|#%02x|#%02X)" % (ord(c), ord(c), ord(c)) for c in word)


RUNS = re.compile(
    b"/(?:"
    + b"|".join(named(w) for w in ("JavaScript", "Launch", "RichMedia", "EmbeddedFile"))
    + rb")\b"
)
OBJECTS = re.compile(b"/" + named("ObjStm") + rb"\b")


def pieces(file: Path) -> Iterator[tuple[int, bytes]]:
    """The bytes of a file in overlapping pieces, each with its place."""
    with file.open("rb") as body:
        kept, at = b"", 0
        while read := body.read(PIECE):
            yield at - len(kept), kept + read
            at += len(read)
            kept = (kept + read)[-OVERLAP:]


def foreign(file: Path, kind: str) -> None:
    """`Stopped` when something else could be read out of the file than what it is."""
    for _, piece in pieces(file):
        small = piece.lower()
        if any(mark in small for mark in FOREIGN):
            raise Stopped(422, "文件里夹着网页脚本、程序或另一个压缩包，没有收。")
    with file.open("rb") as body:
        head = body.read(1024)
        size = body.seek(0, 2)
        body.seek(max(0, size - TAIL))
        tail = body.read()
    if kind != "pdf" and b"%PDF-" in head:
        raise Stopped(422, "文件里夹着一个 PDF，没有收。")
    if LIST_END in tail and _lists(tail, size):
        raise Stopped(422, "文件后面夹着一个压缩包，没有收。")


def _lists(tail: bytes, size: int) -> bool:
    """Whether it is a zip's list that ends here, and not four bytes by chance."""
    for found in re.finditer(re.escape(LIST_END), tail):
        record = tail[found.start() : found.start() + 22]
        if len(record) < 22:
            continue
        length, comment = (
            int.from_bytes(record[12:16], "little"),
            int.from_bytes(record[20:], "little"),
        )
        at = size - len(tail) + found.start()
        if length <= at and comment <= len(tail) - found.start() - 22:
            return True
    return False


def pdf(file: Path) -> bool:
    """`Stopped` when a PDF runs or carries something, or can't be looked into; whether it names an author."""
    packed: set[int] = set()
    author = False
    for at, piece in pieces(file):
        _runs(piece)
        if SEALED.search(piece):
            raise Stopped(422, "加了密的 PDF 查不了，请去掉密码再传。")
        packed |= {at + m.start() for m in OBJECTS.finditer(piece)}
        author |= bool(AUTHOR.search(piece))
    for body in _objects(file, sorted(packed)):
        _runs(body)
        author |= bool(AUTHOR.search(body))
    return author


def _runs(body: bytes) -> None:
    if RUNS.search(body):
        raise Stopped(422, "PDF 里有脚本、能启动的程序或附件，请另存为普通 PDF 再传。")


def _objects(file: Path, places: list[int]) -> Iterator[bytes]:
    if len(places) > PACKED:
        raise Stopped(422, "PDF 里的对象多得不正常，没有收。")
    left = INFLATED
    with file.open("rb") as body:
        for place in places:
            body.seek(place)
            near = body.read(PIECE)
            begin = STREAM.search(near)
            if begin is None:
                continue
            try:
                found = zlib.decompressobj().decompress(near[begin.end() :], left + 1)
            except zlib.error:
                continue
            left -= len(found)
            if left < 0:
                raise Stopped(422, "PDF 解开以后太大，没有收。")
            yield found
