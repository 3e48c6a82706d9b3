"""快照: numbers released together, in the clear or sealed until their hour. No page.

The header is an entry's; the numbers are read by `builder.indicators.snapshots` and only where they
are wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from builder.kinds.front import FrontMatter, Kind, Long, Moment, Short, SourceField
from builder.model import Entry
from builder.problems import Problem

MAX_BYTES = 16 * 1024 * 1024
OPAQUE = frozenset({"blocks", "envelope"})  # the numbers, which only `builder.indicators` reads
FOLDER = "content/indicators/snapshots/"


class Header(FrontMatter):
    """What every snapshot says in the clear. `release`: before it the snapshot does not exist."""

    format: str
    release: Moment


class Snapshot(Header):
    """A snapshot in the clear; its `blocks` hold the numbers."""

    format: Literal["weike-snapshot/1"]
    author: Short
    approver: Short
    sources: Annotated[tuple[SourceField, ...], Field(min_length=1)]
    note: Long = ""
    checksum: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class Sealed(Header):
    """A snapshot that only the release key opens; its title and id tell no number."""

    format: Literal["weike-sealed/1"]
    to: Short


def model_of(path: str) -> type[Header]:
    """Which of the two a file is, by its name."""
    return Sealed if path.endswith(".sealed.json") else Snapshot


def check(entry: Entry) -> Iterator[Problem]:
    """Name and id agree; the rest is judged by `builder.indicators.snapshots`."""
    stem = entry.path.rpartition("/")[2].partition(".")[0]
    if entry.id != f"snapshot:{stem}":
        said = f"编号 `{entry.id.partition(':')[2]}` 与文件名 `{stem}` 不同。"
        yield Problem("IND002", entry.where("id"), said, "两处写成一样。")


KIND = Kind(
    "snapshot",
    "快照",
    "shu",
    Snapshot,
    re.compile(rf"{FOLDER}(?P<slug>[a-z0-9-]+)(?:\.sealed)?\.json"),
    "",
    "indicators",
    page=False,
    check=check,
)
