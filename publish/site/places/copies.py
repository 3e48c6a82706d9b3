"""Copies of servers' records on this machine: each is fetched once, and once more when its copy is not whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from builder.problems import Refused
from publish.site.release import Record, read


def kept(
    file: Path, fetch: Callable[[], bytes], right: Callable[[bytes], bool] = lambda data: True
) -> Record:
    """The record whose copy lies in `file`; `right` says whether bytes are those that the server has.

    What the server itself holds and can't be read is `Refused`, and never kept.
    """
    try:
        data = file.read_bytes()
        if right(data):
            return read(data)
    except (OSError, Refused):
        pass  # none yet, or cut off: what the server says counts
    data = fetch()
    record = read(data)
    _store(file, data)
    return record


def _store(file: Path, data: bytes) -> None:
    """In one step: a copy is whole or not there."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_name(f".{file.name}.part")
    with fresh.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
