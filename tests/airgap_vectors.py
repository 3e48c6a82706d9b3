"""The packages of docs/airgap/vectors, good and bad, put together byte by byte.

`python -m tests.airgap_vectors` writes them anew.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.airgap_world import entry, key

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "airgap" / "vectors"
NOW = "2026-11-21T02:00:00Z"
MOMENT = datetime(2026, 11, 21, 2, tzinfo=UTC)
Plain = dict[str, Any]
# 3,000 times “a” and a line, as deflate writes it: fixed here, since another zlib may write it otherwise
LONG = b"a" * 3000 + b"\n"
PACKED = bytes.fromhex("edc1210100000002a0ee4bff9ff08601680100807719")


def public(number: int) -> str:
    return "ed25519:" + base64.b64encode(key(number).public_key().public_bytes_raw()).decode()


def trusted() -> str:
    """The keys of the vectors: 1 and 2 good, 3 revoked, 4 too early, 5 too late; 6 is not there."""
    back = {"who": "李四（外网机房）", "sender": "outside", "streams": "[inbox, receipts]"}
    return "".join(
        [
            "# 测试样本的密钥，私钥是公开的：不要抄到真的清单里\n",
            entry(public(1)),
            entry(public(2), directions="[in]", **back),
            entry(public(3), revoked="2026-11-20"),
            entry(public(4), since="2026-11-22"),
            entry(public(5), until="2026-11-20"),
        ]
    )


def name(number: int) -> str:
    return hashlib.sha256(public(number).encode()).hexdigest()[:16]


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def head(body: bytes, number: int = 1, version: int = 1) -> bytes:
    """The first 112 bytes for a manifest."""
    start = b"\x89WEIKE\r\n\x1a\n" + version.to_bytes(2, "big") + len(body).to_bytes(4, "big")
    start += key(number).public_key().public_bytes_raw()
    return start + key(number).sign(b"weike airgap package 1\n" + start + body)


def manifest(tree: dict[str, bytes], number: int = 1, /, **words: Any) -> Plain:
    """What a manifest says of these files, but for `words`."""
    rows: list[list[Any]]
    rows = [[p, len(b), sha(b)] for p, b in sorted(tree.items(), key=lambda i: i[0].encode())]
    contents = {sha(b): b for b in tree.values()}
    parts = [
        [s, len(contents[s]), "raw", len(contents[s]), s] for s in dict.fromkeys(r[2] for r in rows)
    ]
    made = {
        "base": None,
        "direction": "out",
        "expires": "2026-12-21T02:00:00Z",
        "files": rows,
        "format": 1,
        "kind": "release",
        "made": NOW,
        "note": "",
        "parts": parts,
        "sender": "inside",
        "sequence": 1,
        "signer": name(number),
        "stream": "internet",
    } | words
    return {"digest": sha(canonical(made["files"]))} | made


def package(plain: Plain, payload: bytes, number: int = 1) -> bytes:
    body = canonical(plain)
    return head(body, number) + body + payload


def simple(number: int = 1, **words: Any) -> bytes:
    """A good package of one file, but for `words`."""
    return package(manifest({"a.txt": b"one\n"}, number, **words), b"one\n", number)


def at(path: str) -> bytes:
    return package(manifest({path: b"one\n"}), b"one\n")


def packed(size: int = len(LONG), data: bytes = PACKED, lying: bytes = b"") -> bytes:
    """A package of one deflated file."""
    row = [sha(LONG), size, "deflate", len(lying or data), sha(lying or data)]
    rows = [["long.txt", size, sha(LONG)]]
    return package(manifest({}, files=rows, parts=[row]), data)


def flipped(data: bytes, place: int, bits: int = 1) -> bytes:
    return data[:place] + bytes([data[place] ^ bits]) + data[place + 1 :]


def spelled(change: Callable[[bytes], bytes]) -> bytes:
    """A package whose manifest is spelled otherwise, rightly signed."""
    body = change(canonical(manifest({"a.txt": b"one\n"})))
    return head(body) + body + b"one\n"


def without(*keys: str, **words: Any) -> bytes:
    plain = manifest({"a.txt": b"one\n"}) | words
    return package({k: v for k, v in plain.items() if k not in keys}, b"one\n")


def good() -> Iterator[tuple[str, bytes]]:
    """Packages that are to be taken."""
    yield "plain", simple()
    yield "deflate", packed()
    tree = {"index.html": b"<p>\n", "微课/第一课/封面.txt": "图\n".encode(), "empty.txt": b""}
    same = {**tree, "copy.html": b"<p>\n"}
    yield "tree", package(manifest(same), b"<p>\n" + b"" + "图\n".encode())
    plain = manifest({"a.txt": b"one\n", "b.txt": b"two\n"}, base="ab" * 32)
    plain["parts"] = plain["parts"][1:]
    yield "incremental", package(plain, b"two\n")
    words = {"kind": "receipts", "stream": "receipts", "direction": "in", "sender": "outside"}
    yield "receipts", package(manifest({"receipts.json": b"{}"}, 2, **words), b"{}", 2)
    yield "note", simple(note="第一批，请在周五前装上", sequence=999_999_999)
    yield "robot", simple(kind="robot", stream="robot")
    yield "ten-minutes-ahead", simple(made="2026-11-21T02:10:00Z")


def bad() -> Iterator[tuple[str, str, bytes]]:
    """Packages that are to be refused, each with why."""
    whole = simple()
    size = len(whole)
    yield "empty", "magic", b""
    yield "text-mode", "magic", whole.replace(b"\r\n", b"\n", 1)
    yield "magic", "magic", flipped(whole, 3)
    yield "version-2", "version", flipped(whole, 11, 3)
    yield "cut-in-head", "truncated", whole[:100]
    yield "cut-in-manifest", "truncated", whole[:300]
    yield "cut-in-content", "truncated", whole[:-1]
    yield "one-more-byte", "trailing", whole + b"\0"
    yield "twice", "trailing", whole + whole
    yield "huge-manifest", "limits", flipped(whole, 12)
    yield "longer-manifest", "signature", flipped(whole, 15)
    yield "flipped-key", "unknown-key", flipped(whole, 20)
    yield "flipped-signature", "signature", flipped(whole, 60)
    yield "flipped-manifest", "signature", flipped(whole, 200)
    yield "flipped-content", "content", flipped(whole, size - 2)
    yield "unsigned", "signature", whole[:48] + bytes(64) + whole[112:]
    other = simple(sequence=2)
    yield "other-signature", "signature", whole[:48] + other[48:112] + whole[112:]
    yield "unknown-key", "unknown-key", simple(6)
    yield "other-key", "signature", whole[:16] + simple(2)[16:48] + whole[48:]
    yield "revoked-key", "revoked-key", simple(3)
    yield "key-not-yet", "key-not-yet", simple(4)
    yield "key-expired", "key-expired", simple(5)
    yield "key-expired-backdated", "key-expired", simple(5, made="2026-11-01T02:00:00Z")
    yield "key-before-its-time", "key-not-yet", simple(made="2025-12-31T15:59:59Z")
    yield "other-signer", "wrong-key", simple(signer=name(2))
    yield "other-sender", "wrong-key", simple(sender="outside")
    yield "other-stream", "wrong-stream", simple(stream="inbox", kind="inbox")
    yield "other-direction", "wrong-direction", simple(direction="in")
    yield "future", "future", simple(made="2026-11-21T02:10:01Z")
    yield "expired", "expired", simple(made="2026-11-01T02:00:00Z", expires=NOW)
    yield from bad_manifests()
    yield from bad_paths()
    yield from bad_parts()


def bad_manifests() -> Iterator[tuple[str, str, bytes]]:
    yield "space", "manifest", spelled(lambda b: b.replace(b'"format":1', b'"format": 1'))
    yield "escaped", "manifest", spelled(lambda b: b.replace(b'"a.txt"', b'"\\u0061.txt"'))
    yield (
        "key-twice",
        "manifest",
        spelled(lambda b: b.replace(b'"format":1', b'"format":1,"format":1')),
    )
    yield "final-newline", "manifest", spelled(lambda b: b + b"\n")
    yield "byte-order-mark", "manifest", spelled(lambda b: b"\xef\xbb\xbf" + b)
    yield "not-utf-8", "manifest", spelled(lambda b: b.replace(b"inside", b"insid\xe9"))
    yield "no-json", "manifest", spelled(lambda _: b"[" * 5000)
    yield "a-list", "manifest", spelled(lambda b: b"[" + b + b"]")
    yield "float", "manifest", spelled(lambda b: b.replace(b'"sequence":1', b'"sequence":1.0'))
    yield "true", "manifest", simple(sequence=True)
    yield "sequence-0", "manifest", simple(sequence=0)
    yield "format-2", "manifest", simple(format=2)
    yield "more-keys", "manifest", without(more=1)
    yield "fewer-keys", "manifest", without("note")
    yield "other-digest", "manifest", simple(digest="ab" * 32)
    yield "short-base", "manifest", simple(base="ab")
    yield "line-in-note", "manifest", simple(note="一\n二")
    yield "stream-with-slash", "manifest", simple(stream="../internet")
    yield "no-such-day", "manifest", simple(made="2026-02-30T02:00:00Z")
    yield "local-time", "manifest", simple(made="2026-11-21T10:00:00+08:00")
    yield "long-life", "manifest", simple(expires="2027-12-27T02:00:00Z")
    yield "expires-first", "manifest", simple(expires=NOW)
    yield "unknown-kind", "kind", simple(kind="program")
    yield "unknown-direction", "kind", simple(direction="up")
    yield "robot-of-another-stream", "kind", simple(kind="robot", stream="receipts")
    yield "robot-of-an-edition", "kind", simple(kind="robot")
    yield "inbox-of-another-stream", "kind", simple(kind="inbox", stream="receipts")
    yield "receipts-of-an-edition", "kind", simple(kind="receipts")
    yield "release-named-receipts", "kind", simple(stream="receipts")
    yield "release-named-release", "kind", simple(stream="release")
    yield "no-files", "limits", package(manifest({}), b"")
    huge = [["a.bin", 1 << 37, sha(b"")]]
    yield "huge-file", "limits", package(manifest({}, base="ab" * 32, files=huge), b"")


def bad_paths() -> Iterator[tuple[str, str, bytes]]:
    named = {
        "absolute": "/etc/passwd",
        "parent": "../a.txt",
        "parent-inside": "a/../../b.txt",
        "dot": "./a.txt",
        "empty-part": "a//b.txt",
        "final-slash": "a/",
        "backslash": "..\\a.txt",
        "drive": "C:/a.txt",
        "stream": "a.txt:hidden",
        "device": "css/NUL",
        "device-with-suffix": "com1.txt",
        "device-superscript": "com\u00b9",
        "final-dot": "a./b.txt",
        "final-space": "a.txt ",
        "wildcard": "a*.txt",
        "control": "a\x07.txt",
        "zero": "a\0.txt",
        "turned": "a\u202etxt.exe",
        "decomposed": "cafe\u0301.txt",
        "long": "a/" * 100 + "a.txt",
        "long-name": "表" * 90,
    }
    for what, path in named.items():
        yield f"path-{what}", "path", at(path)
    pair = {"A.txt": b"one\n", "a.txt": b"one\n"}
    yield "path-case", "path", package(manifest(pair), b"one\n")
    pair = {"Css/a.txt": b"one\n", "css/b.txt": b"one\n"}
    yield "path-case-of-folder", "path", package(manifest(pair), b"one\n")
    pair = {"a": b"one\n", "a/b.txt": b"one\n"}
    yield "path-file-and-folder", "path", package(manifest(pair), b"one\n")
    pair = {"a.txt": b"one\n", "b.txt": b"one\n"}
    rows = manifest(pair)["files"]
    yield "path-unsorted", "path", package(manifest(pair, files=rows[::-1]), b"one\n")
    yield "path-twice", "path", package(manifest(pair, files=[rows[0], rows[0]]), b"one\n")


def bad_parts() -> Iterator[tuple[str, str, bytes]]:
    pair = {"a.txt": b"one\n", "b.txt": b"two\n"}
    parts = manifest(pair)["parts"]
    yield "contents-swapped", "content", package(manifest(pair), b"two\none\n")
    yield "parts-swapped", "parts", package(manifest(pair, parts=parts[::-1]), b"two\none\n")
    yield (
        "part-twice",
        "parts",
        package(manifest(pair, parts=[parts[0], *parts]), b"one\none\ntwo\n"),
    )
    yield "part-missing", "parts", package(manifest(pair, parts=parts[:1]), b"one\n")
    yield "part-unused", "parts", without(files=manifest({"a.txt": b"one\n"})["files"], parts=parts)
    rows = [["a.txt", 4, sha(b"one\n")], ["b.txt", 5, sha(b"one\n")]]
    yield "two-sizes", "parts", package(manifest({}, files=rows, parts=parts[:1]), b"one\n")
    long = [*parts[0][:3], 5, parts[0][4]]
    yield "raw-other-length", "parts", simple(parts=[long])
    yield "unknown-packing", "parts", simple(parts=[[*parts[0][:2], "zstd", *parts[0][3:]]])
    yield "bomb", "parts", packed(size=len(PACKED) * 1032 + 1)
    yield "deflate-longer", "content", packed(size=len(LONG) - 1)
    yield "deflate-shorter", "content", packed(size=len(LONG) + 1)
    yield "deflate-and-more", "content", packed(data=PACKED + b"\0")
    yield "deflate-unfinished", "content", packed(data=PACKED[:-1])
    yield (
        "deflate-other-bits",
        "content",
        packed(data=flipped(PACKED, len(PACKED) - 1, 0x80), lying=PACKED),
    )
    wrong = [[parts[0][0], 4, "raw", 4, "ab" * 32]]
    yield "raw-two-hashes", "parts", simple(parts=wrong)


def expected() -> dict[str, Any]:
    """What expected.json says."""
    rows = {f"good-{n}": "" for n, _ in good()} | {f"bad-{n}": why for n, why, _ in bad()}
    return {"now": NOW, "packages": {f"{n}.wkpkg": rows[n] for n in rows}}


def packages() -> dict[str, bytes]:
    """Every package by its file name."""
    found = {f"good-{n}.wkpkg": d for n, d in good()}
    return found | {f"bad-{n}.wkpkg": d for n, _, d in bad()}


def files() -> dict[str, bytes]:
    """All that lies in the folder."""
    told = json.dumps(expected(), ensure_ascii=False, indent=1) + "\n"
    return packages() | {"expected.json": told.encode(), "trusted-keys.yml": trusted().encode()}


def main() -> None:
    """Write the folder."""
    assert zlib.decompress(PACKED, -15) == LONG
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for path, data in files().items():
        (FOLDER / path).write_bytes(data)


if __name__ == "__main__":
    main()
