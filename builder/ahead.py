"""Folders of the next bundle, made beside the work that comes before its first file.

Making a folder costs more than linking a file into it, and a bundle has one for each page. While content
is read and judged, a process of its own makes those that the last bundle has. Only a gain of time:
without it, or where the system can't fork, folders are made one by one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

FORKS = sys.platform.startswith("linux")


class Ahead:
    """Folders that are being made by another process, which ends with `made`."""

    def __init__(self, pairs: Iterable[tuple[Path, Path]]) -> None:
        """For each last bundle and its successor: give the second the folders of the first."""
        wanted = [(str(old), str(new)) for old, new in pairs if old.is_dir()] if FORKS else []
        self._child = 0
        if not wanted:
            return
        self._told, tell = os.pipe()
        self._child = os.fork()
        if self._child:
            os.close(tell)
            return
        code = 1
        try:
            paths = [path for old, new in wanted for path in _copied(old, new)]
            with os.fdopen(tell, "wb") as out:
                out.write(b"\0".join(map(os.fsencode, paths)))
            code = 0
        finally:
            os._exit(code)

    def made(self) -> list[str] | None:
        """The folders that were made, those above others first; None when that can't be told.

        Waits until nothing more is made.
        """
        if not self._child:
            return []
        with os.fdopen(self._told, "rb") as told:
            found = told.read()
        status = os.waitpid(self._child, 0)[1]
        self._child = 0
        return None if status else [os.fsdecode(path) for path in found.split(b"\0") if path]


def _copied(old: str, new: str) -> Iterator[str]:
    """Make the folders below `old` below `new`; what can't be made now is made later, or told then."""
    with suppress(OSError):
        os.mkdir(new)  # noqa: PTH102  # plain calls: this runs for every page
        yield new
        with os.scandir(old) as found:
            for item in found:
                if item.is_dir(follow_symlinks=False):
                    yield from _copied(item.path, f"{new}/{item.name}")


def drop_unused(made: Sequence[str] | None, top: Path, used: Iterable[str]) -> None:
    """Remove those folders below `top` that hold none of its files `used`; None: look at all there are.

    One that stayed could name what nobody may know, so a failure is told.
    """
    kept = {f"{top}"}
    for path in used:
        parent = f"{top}/{path}".rpartition("/")[0]
        while parent not in kept:
            kept.add(parent)
            parent = parent.rpartition("/")[0]
    if made is None:
        made = [here for here, _, _ in os.walk(top)]
    for path in reversed(made):
        if path.startswith(f"{top}/") and path not in kept:
            with suppress(FileNotFoundError):
                os.rmdir(path)  # noqa: PTH106
