"""Content-addressed store for pure costly functions.

A value is kept under the hash of everything it was made from, the code version included. A memo can be
deleted at any time: it only saves work. Selection is never kept here.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
SPARE = 5000


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
    """One pickle file per room. `fresh` counts what had to be computed."""

    def __init__(self, path: Path | None, version: str) -> None:
        """Open the memo at `path` (None: keep nothing). Another version or a broken file means empty."""
        self.path = path
        self.version = version
        self.fresh = 0
        self._old: dict[str, object] = {}
        self._used: dict[str, object] = {}
        if path is not None and path.is_file():
            self._old = _load(path, version)

    def get(self, key: str, make: Callable[[], T]) -> T:
        """Return the value kept under `key`, else make and keep it."""
        if key in self._used:
            return self._used[key]  # type: ignore[return-value]  # keys are typed by their maker
        if key in self._old:
            value: T = self._old[key]  # type: ignore[assignment]
        else:
            value = make()
            self.fresh += 1
        self._used[key] = value
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
        self._used[key] = value
        self.fresh += 1

    def items(self) -> Iterator[tuple[str, object]]:
        """The values used since opening, to be carried to another process."""
        return iter(self._used.items())

    def take(
        self, items: Iterator[tuple[str, object]] | list[tuple[str, object]], fresh: int
    ) -> None:
        """Add values computed elsewhere."""
        self._used.update(items)
        self.fresh += fresh

    def save(self) -> None:
        """Write the values. A memo that can't be written is no error: it is only an aid.

        Values that were not asked for this time stay while there are few of them.
        """
        if self.path is None or not self.fresh:
            return
        kept = (
            self._used if len(self._old) > SPARE + 2 * len(self._used) else self._old | self._used
        )
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.path.parent, suffix=".tmp")
            with os.fdopen(handle, "wb") as out:
                pickle.dump((self.version, kept), out, protocol=5)
            Path(name).replace(self.path)
        except OSError:
            return


def _load(path: Path, version: str) -> dict[str, object]:
    try:
        with path.open("rb") as source:
            kept_version, kept = pickle.load(source)  # noqa: S301  # our own file, in our own cache
    except Exception:  # noqa: BLE001  # a torn or foreign file only costs the saved work
        return {}
    return kept if kept_version == version and isinstance(kept, dict) else {}
