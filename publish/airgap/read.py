"""Taking a package apart, strictly: every byte of it is accounted for, or it is not taken.

The order is fixed: head, whose key, signature, manifest, whether the key may, time; then the parts, each
hashed as it lies in the file and as it is unpacked, a block at a time; then the end of the file.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from publish.airgap.form import (
    DEFLATE,
    DOMAIN,
    HEAD,
    MAGIC,
    MOST_MANIFEST,
    SIGNED,
    VERSION,
    File,
    Manifest,
    Part,
    Rejected,
    decode,
)
from publish.airgap.trust import Trust, Trusted, in_time, judge

BLOCK = 1 << 20
Base = Mapping[str, Path]  # hash → a file of the base that is said to have it


@dataclass(frozen=True, slots=True)
class Package:
    """A package whose head and manifest are good; its parts are looked at by `check` or `unpack`."""

    path: Path
    size: int
    id: str  # hash over head and manifest, which names the package
    manifest: Manifest
    signer: Trusted
    _file: BinaryIO
    _start: int

    def check(self, keep: Mapping[str, Path] | None = None) -> None:
        """Go through all parts; `Rejected` when anything is not as the manifest says.

        Nothing is written but the contents in `keep`, by their hashes, each to its path.
        """
        for part in self._parts():
            if keep and part.sha256 in keep:
                with keep[part.sha256].open("wb") as made:
                    made.writelines(unpacked(self._file, part))
            else:
                for _ in unpacked(self._file, part):
                    pass

    def unpack(self, folder: Path, base: Base) -> None:
        """Write every file of the result under `folder`, which is made; `Rejected` as in `check`.

        What the package does not carry comes from `base`: hashed, then linked or copied.
        """
        places: dict[str, list[File]] = {}
        for file in self.manifest.files:
            places.setdefault(file.sha256, []).append(file)
        carried = {p.sha256 for p in self.manifest.parts}
        folder.mkdir()
        for sha256, files in places.items():
            if sha256 not in carried:
                _from_base(base, files[0], folder)
                _again(folder, files)
        for part in self._parts():
            files = places[part.sha256]
            target = _place(folder, files[0])
            with target.open("xb") as made:
                made.writelines(unpacked(self._file, part))
                if not hasattr(os, "sync"):  # where all can't be told at once to reach the disk
                    made.flush()
                    os.fsync(made.fileno())
            _again(folder, files)

    def _parts(self) -> Iterator[Part]:
        """Each part, the file standing at its beginning; after the last one, the file must end."""
        self._file.seek(self._start)
        yield from self.manifest.parts
        if self._file.read(1):
            raise _more()


def blocks(file: BinaryIO, size: int = -1) -> Iterator[bytes]:
    """The bytes of a file, a block at a time; `size` of them, or all."""
    left = size
    while left and (data := file.read(BLOCK if size < 0 else min(BLOCK, left))):
        left -= len(data)
        yield data


@contextmanager
def opened(path: Path, trust: Trust, now: datetime) -> Iterator[Package]:
    """Open a package for reading; `Rejected` when its head, signature, manifest, key or time is not good."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(HEAD.size)
        if head[: len(MAGIC)] != MAGIC[: len(head)] or not head:
            raise Rejected("magic", "不是跨网的包，或者开头坏了（例如被当作文本拷过）：请重新拷。")
        if len(head) < HEAD.size:
            raise _cut()
        _, version, length, key, signature = HEAD.unpack(head)
        if version != VERSION:
            text = f"包的格式是第 {version} 版，这里只认第 {VERSION} 版：用同一版的程序做包。"
            raise Rejected("version", text)
        if length > MOST_MANIFEST:
            raise Rejected("limits", "包的清单太大：不是好的包，请对方重新做一个。")
        body = file.read(length)
        if len(body) < length:
            raise _cut()
        signer = trust.holder(key)
        _verify(key, signature, DOMAIN + head[:SIGNED] + body)
        manifest = decode(body)
        judge(signer, manifest, now)
        in_time(manifest, now)
        start = HEAD.size + length
        if size != start + sum(p.packed for p in manifest.parts):
            raise _cut() if size < start + sum(p.packed for p in manifest.parts) else _more()
        name = hashlib.sha256(head + body).hexdigest()
        yield Package(path, size, name, manifest, signer, file, start)


def _cut() -> Rejected:
    return Rejected("truncated", "包不完整，后面缺了：没有拷完，请重新拷。")


def _more() -> Rejected:
    return Rejected("trailing", "包的末尾多出了内容：被改过，或者拷坏了，请重新拷。")


def _verify(key: bytes, signature: bytes, data: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        text = "签名不对：包被改过，或者拷坏了。请重新拷一次，还不行就请对方重新做。"
        raise Rejected("signature", text) from None


def unpacked(file: BinaryIO, part: Part) -> Iterator[bytes]:
    """The bytes of a part, never more than it says; whoever takes them all has them verified."""
    lying, whole, size = hashlib.sha256(), hashlib.sha256(), 0
    packed = _lying(file, part.packed, lying)
    for data in _inflated(packed, part.size) if part.how == DEFLATE else packed:
        whole.update(data)
        size += len(data)
        yield data
    if (lying.hexdigest(), whole.hexdigest(), size) != (part.packed_sha256, part.sha256, part.size):
        raise _spoilt()


def _spoilt() -> Rejected:
    return Rejected("content", "包里有内容与清单不符：被改过，或者拷坏了，请重新拷。")


def _lying(file: BinaryIO, size: int, seen: hashlib._Hash) -> Iterator[bytes]:
    got = 0
    for data in blocks(file, size):
        got += len(data)
        seen.update(data)
        yield data
    if got != size:
        raise _cut()


def _inflated(packed: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Inflate one stream that must end exactly where its bytes do and give exactly `size` bytes."""
    engine = zlib.decompressobj(-15)
    got = 0
    try:
        for data in packed:
            while data and not engine.eof:
                made = engine.decompress(data, BLOCK)
                got += len(made)
                if got > size:
                    raise _spoilt()
                yield made
                data = engine.unconsumed_tail
            if data or engine.unused_data:  # after the end of the stream
                raise _spoilt()
        while not engine.eof and (made := engine.decompress(b"", BLOCK)):
            got += len(made)
            if got > size:
                raise _spoilt()
            yield made
    except zlib.error:
        raise _spoilt() from None
    if not engine.eof:
        raise _spoilt()


# --- files --------------------------------------------------------------------------------------------


def _place(folder: Path, file: File) -> Path:
    target = folder / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _from_base(base: Base, file: File, folder: Path) -> None:
    """Take a file over from the base, when it still is what it should be."""
    source = base.get(file.sha256)
    if source is None:
        text = f"{file.path} 包里没有，上一版里也没有：请对方做一个全量包（--base none）。"
        raise Rejected("base", text)
    if not same(source, file):
        text = f"本机上一版的 {source.name}（{file.path}）被改过或坏了，接不上：请对方做一个全量包（--base none）。"
        raise Rejected("base", text)
    _link(source, _place(folder, file))


def same(path: Path, file: File) -> bool:
    """True when the file at `path` has the content of `file`."""
    seen = hashlib.sha256()
    try:
        if path.is_symlink() or path.stat().st_size != file.size:
            return False
        with path.open("rb") as source:
            for data in blocks(source):
                seen.update(data)
    except OSError:
        return False
    return seen.hexdigest() == file.sha256


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # other disk, or a system without links
        shutil.copyfile(source, target)


def _again(folder: Path, files: list[File]) -> None:
    """The same content under its other names."""
    for file in files[1:]:
        shutil.copyfile(folder / files[0].path, _place(folder, file))
