"""数据库映射: how numbers are read from an existing database. For those inside; no page, no password."""

from __future__ import annotations

from collections.abc import Iterator

from builder.indicators import mapped
from builder.kinds.front import FrontMatter, Kind, folder_pattern
from builder.model import Entry
from builder.problems import Problem


class Mapping(mapped.DatabaseMapping, FrontMatter):
    """A mapping file."""


def check(entry: Entry) -> Iterator[Problem]:
    """What one mapping can say wrong by itself."""
    for key, said, action in mapped.faults(mapped.DatabaseMapping(**entry.data)):
        yield Problem("FRM013", entry.where(key), f"{said}。", action)


KIND = Kind(
    "mapping",
    "数据库映射",
    "zhi",
    Mapping,
    folder_pattern("content/indicators/databases", ".yml"),
    "",
    "indicators",
    page=False,
    check=check,
)
