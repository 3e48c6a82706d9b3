"""The format of a package, version 1: a fixed head, a signed manifest, the parts one after another.

    0   10  magic
    10   2  version, big-endian
    12   4  length of the manifest, big-endian
    16  32  public key of the signer (Ed25519)
    48  64  signature over DOMAIN + bytes 0…47 + manifest
    112     manifest: canonical JSON, UTF-8
    …       parts, in the manifest's order, to the very end of the file

Nothing of the manifest is looked at before its signature is found good.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple, Never

from builder.problems import Refused
from publish.airgap.names import clash, fault

MAGIC = b"\x89WEIKE\r\n\x1a\n"  # shows a text-mode copy, like PNG's
VERSION = 1
HEAD = struct.Struct(">10sHI32s64s")
SIGNED = 48  # bytes of the head that the signature covers
DOMAIN = b"weike airgap package 1\n"
SUFFIX = ".wkpkg"
MOST_MANIFEST = 16 << 20
MOST_FILES = 50_000
MOST_BYTES = 64 << 30  # of all files together
MOST_SEQUENCE = 999_999_999
EXPANSION = 1032  # deflate can't do better
LONGEST_LIFE = timedelta(days=400)
KINDS = {"release": "网站发布包", "robot": "智能问答包", "inbox": "来件包", "receipts": "回执包"}
DIRECTIONS = {"out": "内网到外网", "in": "外网到内网"}
RAW, DEFLATE = "raw", "deflate"
WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
HASH = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"[0-9a-f]{16}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LONGEST_NOTE = 200


class Rejected(Refused):
    """A package that is not taken. `why` is a word for programs, the text a Chinese sentence."""

    def __init__(self, why: str, text: str) -> None:
        """Keep both."""
        super().__init__(text)
        self.why = why


class File(NamedTuple):
    """One file of the result."""

    path: str
    size: int
    sha256: str


class Part(NamedTuple):
    """One content that the package carries; `packed` bytes of it in the file, hashed as they lie there."""

    sha256: str
    size: int
    how: str
    packed: int
    packed_sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a package is and holds."""

    kind: str
    direction: str
    stream: str
    sender: str
    sequence: int
    made: datetime
    expires: datetime
    base: str | None
    signer: str
    note: str
    files: tuple[File, ...]
    parts: tuple[Part, ...]

    @property
    def digest(self) -> str:
        """The name of the result: one hash over paths, sizes and hashes of its files."""
        return digest_of(self.files)


def canonical(data: object) -> bytes:
    """JSON with one spelling."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def digest_of(files: tuple[File, ...]) -> str:
    """The name of a set of files, sorted by path."""
    return hashlib.sha256(canonical([list(f) for f in files])).hexdigest()


def in_order(files: list[File]) -> tuple[File, ...]:
    """Files sorted as a manifest has them: by the bytes of their paths."""
    return tuple(sorted(files, key=lambda f: f.path.encode()))


def encode(manifest: Manifest) -> bytes:
    """A manifest as bytes: same content, same bytes."""
    return canonical(
        {
            "base": manifest.base,
            "digest": manifest.digest,
            "direction": manifest.direction,
            "expires": _written(manifest.expires),
            "files": [list(f) for f in manifest.files],
            "format": VERSION,
            "kind": manifest.kind,
            "made": _written(manifest.made),
            "note": manifest.note,
            "parts": [list(p) for p in manifest.parts],
            "sender": manifest.sender,
            "sequence": manifest.sequence,
            "signer": manifest.signer,
            "stream": manifest.stream,
        }
    )


def decode(data: bytes) -> Manifest:
    """Read a manifest; `Rejected` when it is not exactly what `encode` would have written."""
    try:
        raw: Any = json.loads(data.decode())
        manifest = _read(raw)
        same = encode(manifest) == data
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        _bad("manifest", "包的清单读不懂")
    if not same:
        _bad("manifest", "包的清单没有照规定的样子写")
    _check(manifest)
    return manifest


def _read(raw: dict[str, Any]) -> Manifest:
    files = tuple(File(*row) for row in raw["files"])
    parts = tuple(Part(*row) for row in raw["parts"])
    made, expires = _moment(raw["made"]), _moment(raw["expires"])
    plain = [raw[k] for k in ("kind", "direction", "stream", "sender", "signer", "note")]
    kind, direction, stream, sender, signer, note = plain
    if type(raw["sequence"]) is not int or not all(type(text) is str for text in plain):
        raise TypeError
    if raw["base"] is not None and not HASH.fullmatch(raw["base"]):
        raise ValueError
    base, sequence = raw["base"], raw["sequence"]
    return Manifest(
        kind, direction, stream, sender, sequence, made, expires, base, signer, note, files, parts
    )


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    if not TIME.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)


def _bad(why: str, text: str) -> Never:
    raise Rejected(why, f"{text}：不是好的包，请对方重新做一个。")


def _check(manifest: Manifest) -> None:
    """All that must hold of any manifest, whoever signed it."""
    words = (manifest.stream, manifest.sender)
    if manifest.kind not in KINDS or manifest.direction not in DIRECTIONS:
        _bad("kind", f"不认识的种类或方向（{manifest.kind[:40]!r}、{manifest.direction[:40]!r}）")
    if not bound(manifest.kind, manifest.stream):
        _bad("kind", f"种类“{manifest.kind}”和流“{manifest.stream[:40]}”对不上")
    if not all(WORD.fullmatch(w) for w in words) or not NAME.fullmatch(manifest.signer):
        _bad("manifest", "流、发送方或签名人的写法不对")
    if not 1 <= manifest.sequence <= MOST_SEQUENCE:
        _bad("manifest", "序号不对")
    if not timedelta(0) < manifest.expires - manifest.made <= LONGEST_LIFE:
        _bad("manifest", "时间不对")
    if len(manifest.note) > LONGEST_NOTE or not (manifest.note.isprintable()):
        _bad("manifest", "说明不对")
    _check_files(manifest)
    _check_parts(manifest)


def bound(kind: str, stream: str) -> bool:
    """Whether a package of this kind may be of this stream: keys are told streams, and so kinds with them.

    A release's stream is its edition, which has none of the kinds' names; the others' is their kind.
    """
    return stream not in KINDS if kind == "release" else stream == kind


def _count(number: object, most: int) -> bool:
    return type(number) is int and 0 <= number <= most


def _check_files(manifest: Manifest) -> None:
    files = manifest.files
    if not 1 <= len(files) <= MOST_FILES:
        _bad("limits", f"文件数 {len(files)} 不在 1 至 {MOST_FILES} 之间")
    for file in files:
        if not (
            type(file.path) is str and type(file.sha256) is str and HASH.fullmatch(file.sha256)
        ):
            _bad("manifest", "清单里有一行写得不对")
        if not _count(file.size, MOST_BYTES):
            _bad("limits", f"{file.path[:80]!r} 的大小不对")
        if said := fault(file.path):
            _bad("path", f"路径 {file.path[:80]!r} {said}")
    if sum(f.size for f in files) > MOST_BYTES:
        _bad("limits", "解开后太大")
    keys = [f.path.encode() for f in files]
    if any(a >= b for a, b in pairwise(keys)):
        _bad("path", "路径有重复，或者没有按次序排")
    if found := clash(f.path for f in files):
        _bad("path", f"路径 {found[:80]!r} 与另一个只差大小写，或与一个文件夹同名")


def _check_parts(manifest: Manifest) -> None:
    """Parts stand in the order in which the files first ask for them, each once, each asked for."""
    sizes: dict[str, int] = {}
    for file in manifest.files:
        if sizes.setdefault(file.sha256, file.size) != file.size:
            _bad("parts", "同一个内容写了两种大小")
    for part in manifest.parts:
        if not (type(part.sha256) is str and type(part.packed_sha256) is str):
            _bad("manifest", "清单里有一行写得不对")
        if not HASH.fullmatch(part.packed_sha256) or not _count(part.packed, MOST_BYTES):
            _bad("manifest", "清单里有一行写得不对")
        if type(part.size) is not int or sizes.get(part.sha256) != part.size:
            _bad("parts", "有一段内容没有文件用，或者大小对不上")
        if not _packing(part):
            _bad("parts", "有一段内容的压缩方式或大小不对")
    carried = {p.sha256 for p in manifest.parts}
    if [p.sha256 for p in manifest.parts] != [s for s in sizes if s in carried]:
        _bad("parts", "各段内容有重复，或者次序不对")
    if manifest.base is None and len(carried) != len(sizes):
        _bad("parts", "不是增量包，却缺内容")


def _packing(part: Part) -> bool:
    if part.how == RAW:
        return part.packed == part.size and part.packed_sha256 == part.sha256
    return part.how == DEFLATE and part.packed > 0 and part.size <= part.packed * EXPANSION
