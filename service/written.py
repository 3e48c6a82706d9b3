"""Files that a program writes and people may change: a mark tells whether anybody has. Needs no database.

A file that was written here and changed by nobody since is written anew when what it tells of is; any
other file of that name stays as it is and is told of.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

BLANK = "0" * 16
MARK = re.compile(r"weike-pull:([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written under the root, what is there already, and what is left alone."""

    files: Mapping[str, bytes]
    same: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


def marked(make: Callable[[str], str], *beside: bytes) -> str:
    """The file that `make` makes of a mark, with its mark; `beside`: the pictures that belong to it."""
    return make(_mark(make(BLANK), beside))


def untouched(text: str, *beside: bytes) -> bool:
    """Whether a file and what belongs to it are as they were written here."""
    return any(
        _mark(text[: found.start(1)] + BLANK + text[found.end(1) :], beside) == found[1]
        for found in MARK.finditer(text)
    )


def body(file: Path) -> bytes | None:
    """The bytes of a file; None when there is none."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def compared(made: Mapping[str, bytes], root: Path) -> Plan:
    """Files that nobody is expected to change: what differs is written."""
    there = {path for path, told in made.items() if body(root / path) == told}
    return Plan({p: b for p, b in made.items() if p not in there}, tuple(sorted(there)))


def _mark(text: str, beside: tuple[bytes, ...]) -> str:
    told = hashlib.sha256(text.encode())
    for one in beside:
        told.update(hashlib.sha256(one).digest())
    return told.hexdigest()[:16]
