"""Making a package: contents are read once or twice, a block at a time, however large they are."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import BinaryIO

from builder.keys import SCHEME, Signer
from builder.problems import Refused
from publish.airgap.form import (
    DEFLATE,
    DOMAIN,
    EXPANSION,
    HEAD,
    MAGIC,
    MOST_MANIFEST,
    RAW,
    SIGNED,
    VERSION,
    File,
    Manifest,
    Part,
    Rejected,
    decode,
    encode,
)
from publish.airgap.read import BLOCK, blocks

LEVEL = 6
WORTH = 0.95  # what is not made smaller than this goes as it is
SMALL = 128  # bytes: not worth a try
PACKED = {  # already compressed
    *(".avif", ".br", ".docx", ".gif", ".gz", ".jpeg", ".jpg", ".m4a", ".mp3", ".mp4", ".pdf"),
    *(".png", ".pptx", ".webm", ".webp", ".woff", ".woff2", ".xlsx", ".zip"),
}
Source = Callable[[File], Path]


@dataclass(frozen=True, slots=True)
class Written:
    """A package that was made."""

    manifest: Manifest
    id: str
    size: int


def write(out: Path, draft: Manifest, wanted: set[str], source: Source, signer: Signer) -> Written:
    """Write the package `draft` with the contents whose hashes are `wanted`, signed.

    `source` gives the path of a file. `Refused` when a file is not what the draft says, or when `out` is
    there already; nothing is left of a package that did not come about.
    """
    if out.exists():
        raise Refused(f"{out} 已经有了，不覆盖：换一个文件名，或先移走它。")
    out.parent.mkdir(parents=True, exist_ok=True)
    firsts: dict[str, File] = {}
    for file in draft.files:
        if file.sha256 in wanted:
            firsts.setdefault(file.sha256, file)
    half = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with TemporaryFile(dir=out.parent) as spool:
            parts = tuple(_packed(f, source(f), spool) for f in firsts.values())
            manifest = replace(draft, parts=parts, signer=signer.fingerprint)
            start = head(manifest, signer)
            spool.seek(0)
            with half.open("xb") as target:
                target.write(start)
                for part, file in zip(parts, firsts.values(), strict=True):
                    _append(target, part, file, source(file), spool)
                target.flush()
                os.fsync(target.fileno())
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)
    size = len(start) + sum(p.packed for p in parts)
    return Written(manifest, hashlib.sha256(start).hexdigest(), size)


def head(manifest: Manifest, signer: Signer) -> bytes:
    """The head and the signed manifest; `Refused` when the manifest is one that nobody would take."""
    body = encode(manifest)
    try:
        if len(body) > MOST_MANIFEST:
            raise Rejected("limits", "清单太大")
        decode(body)
    except Rejected as fault:
        raise Refused(f"做不成包：{str(fault).partition('：不是好的包')[0]}。") from None
    public = _raw(signer.public)
    start = HEAD.pack(MAGIC, VERSION, len(body), public, bytes(64))[:SIGNED]
    return start + _raw(signer.sign(DOMAIN + start + body)) + body


def _raw(text: str) -> bytes:
    return base64.b64decode(text.removeprefix(SCHEME))


def _packed(file: File, path: Path, spool: BinaryIO) -> Part:
    """Compress a file into the spool, where that is worth it."""
    raw = Part(file.sha256, file.size, RAW, file.size, file.sha256)
    if file.size < SMALL or PurePosixPath(file.path).suffix.lower() in PACKED:
        return raw
    begin, most = spool.tell(), int(file.size * WORTH)
    engine = zlib.compressobj(LEVEL, zlib.DEFLATED, -15)
    seen, packed = hashlib.sha256(), 0
    with path.open("rb") as source:
        for data in _squeezed(engine, source):
            packed += len(data)
            if packed > most:
                break
            seen.update(data)
            spool.write(data)
    if packed > most or file.size > packed * EXPANSION:
        spool.seek(begin)
        spool.truncate()
        return raw
    return Part(file.sha256, file.size, DEFLATE, packed, seen.hexdigest())


def _squeezed(engine: zlib._Compress, source: BinaryIO) -> Iterator[bytes]:
    for data in blocks(source):
        yield engine.compress(data)
    yield engine.flush()


def _append(target: BinaryIO, part: Part, file: File, path: Path, spool: BinaryIO) -> None:
    """Append one part; the file itself is hashed here, or, when packed, once more."""
    seen, size = hashlib.sha256(), 0
    with path.open("rb") as source:
        for data in blocks(source):
            seen.update(data)
            size += len(data)
            if part.how == RAW:
                target.write(data)
    if (seen.hexdigest(), size) != (file.sha256, file.size):
        raise Refused(f"{file.path} 与清单不符，可能刚被改过：重新生成后再做包。")
    if part.how == DEFLATE:
        shutil.copyfileobj(_Limited(spool, part.packed), target, BLOCK)


class _Limited:
    """The next so many bytes of a file, as something to read from."""

    def __init__(self, file: BinaryIO, left: int) -> None:
        self.file, self.left = file, left

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none at the end."""
        data = self.file.read(min(size, self.left))
        self.left -= len(data)
        return data
