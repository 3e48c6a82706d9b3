"""What a signature is bound to: the bytes of an item's files.

Texts are hashed as they are read: without a byte order mark, with plain line breaks. An editor or git
that only turns line breaks changes no word; every other byte counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

TEXTS = (".md", ".yml", ".yaml")


def file_digest(path: str, data: bytes) -> str:
    """SHA-256 of one file, in hex."""
    return hashlib.sha256(plain(path, data)).hexdigest()


def plain(path: str, data: bytes) -> bytes:
    """The bytes that are hashed and kept."""
    if not path.endswith(TEXTS):
        return data
    data = data.removeprefix(b"\xef\xbb\xbf")
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def version_digest(files: Mapping[str, str]) -> str:
    """One hash for all files of an item; each path counts with its hash."""
    sha = hashlib.sha256()
    for path in sorted(files):
        sha.update(f"{path}\0{files[path]}\n".encode())
    return sha.hexdigest()
