"""Content-addressed store for pure costly functions.

A value is kept under the hash of everything it was made from, the code version included. A memo can be
deleted at any time: it only saves work. Selection is never kept here.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
BLOBS = "media"
DAY = 86_400
SPARE, EACH = 5000, 12  # values a file may hold: so many, and so many for each entry or page


def digest(*parts: str | bytes) -> str:
    """Hash the parts, each with its length so that no two lists collide; 32 hex digits."""
    sha = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        sha.update(len(data).to_bytes(8, "little"))
        sha.update(data)
    return sha.hexdigest()


def code_version(*files: str) -> str:
    """Hash source files, so that a memo made by other code is not used. Pass `__file__`s."""
    return digest(*(Path(name).read_bytes() for name in files))


class Memo:
    """One file per room: a line with the version, then records, each with length and hash.

    New values are added at the end. `fresh` counts what had to be computed.
    """

    def __init__(self, path: Path | None, version: str) -> None:
        """Open the memo at `path` (None: keep nothing). Another version or a foreign file means empty."""
        self.path = path
        self.version = version
        self.fresh = 0
        self._used: dict[str, object] = {}
        self._new: dict[str, object] = {}
        self._old, self._whole = _load(path, version) if path is not None else ({}, False)

    def get(self, key: str, make: Callable[[], T]) -> T:
        """Return the value kept under `key`, else make and keep it."""
        if key in self._used:
            return self._used[key]  # type: ignore[return-value]  # keys are typed by their maker
        if key in self._old:
            value: T = self._old[key]  # type: ignore[assignment]
            self._used[key] = value
        else:
            value = make()
            self.put(key, value)
        return value

    @property
    def empty(self) -> bool:
        """True when nothing was kept before."""
        return not self._old

    def peek(self, key: str) -> object:
        """The value kept under `key`, or None."""
        value = self._used.get(key, self._old.get(key))
        if value is not None:
            self._used[key] = value
        return value

    def put(self, key: str, value: object) -> None:
        """Keep a value made elsewhere."""
        self._used[key] = self._new[key] = value
        self.fresh += 1

    def blob(self, key: str, make: Callable[[], bytes]) -> bytes:
        """As `get`, for a picture or a film: kept in a file of its own, read when it is asked for."""
        if self.path is None:
            return self.get(f"blob {key}", make)
        file = self.path.parent / BLOBS / key[:2] / key
        with suppress(OSError):
            data = file.read_bytes()
            if data[:16] == hashlib.blake2b(data[16:], digest_size=16).digest():
                if time.time() - file.stat().st_mtime > DAY:
                    os.utime(file)
                return data[16:]
        made = make()
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            _put(file, hashlib.blake2b(made, digest_size=16).digest() + made)
        return made

    def open(self, used: int) -> None:
        """Make the file sound, so that this process and those it forks can add to it, in any order.

        `used` is how many entries or pages there are: a file with far more values begins anew.
        """
        if self.path is None:
            return
        if len(self._old) > SPARE + EACH * used:
            self._old, self._whole = {}, False
        if not self._whole:
            self._rewrite()

    def save(self) -> None:
        """Add the new values. A memo that can't be written is no error: it is only an aid."""
        if self.path is not None and self._new:
            with suppress(OSError), open(self.path, "ab", buffering=0) as out:  # noqa: PTH123
                out.write(_record(self._new))  # one call, so that two processes don't mix

    def _rewrite(self) -> None:
        assert self.path is not None
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _put(self.path, _head(self.version) + (_record(self._old) if self._old else b""))
            self._whole = True


def _put(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as out:
        out.write(data)
    Path(name).replace(path)


def forget_blobs(cache: Path, days: int = 60) -> None:
    """Delete pictures and films that no build has asked for in so many days."""
    for file in (cache / BLOBS).glob("*/*"):
        with suppress(OSError):
            if time.time() - file.stat().st_mtime > days * DAY:
                file.unlink()


Aside = Callable[[Callable[[], None]], None]


def at_once(work: Callable[[], None]) -> None:
    """Do `work` now."""
    work()


def aside(work: Callable[[], None]) -> None:
    """Do `work` in a process of its own that nobody waits for; at once where the system can't fork.

    For what only saves later work: the person who waits for the result need not wait for this.
    """
    if not sys.platform.startswith("linux"):
        work()
        return
    sys.stdout.flush()
    sys.stderr.flush()
    if os.fork():
        return
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        work()
    finally:
        os._exit(0)


def _head(version: str) -> bytes:
    return f"weike memo {version}\n".encode()


def _record(values: dict[str, object]) -> bytes:
    body = pickle.dumps(values, protocol=5)
    return len(body).to_bytes(8, "little") + hashlib.blake2b(body, digest_size=16).digest() + body


def _load(path: Path, version: str) -> tuple[dict[str, object], bool]:
    """All values of the sound records, and whether the file is sound to its end."""
    try:
        data = memoryview(path.read_bytes())
    except OSError:
        return {}, False
    head = _head(version)
    if data[: len(head)] != head:
        return {}, False
    found: dict[str, object] = {}
    at = len(head)
    while at < len(data):
        size = int.from_bytes(data[at : at + 8], "little")
        body = data[at + 24 : at + 24 + size]
        if hashlib.blake2b(body, digest_size=16).digest() != data[at + 8 : at + 24]:
            return found, False  # torn by a kill: what stands before it is good
        try:
            found.update(pickle.loads(body))  # noqa: S301  # our own file, in our own cache
        except Exception:  # noqa: BLE001  # made by other code: only the saved work is lost
            return found, False
        at += 24 + size
    return found, True
