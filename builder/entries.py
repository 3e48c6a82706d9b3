"""Questions that several stages ask of an entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from builder.kinds import BY_NAME
from builder.model import Entry, Library, MdText
from builder.problems import Problem

Path = tuple[str | int, ...]


def texts(value: Any, path: Path = ()) -> Iterable[tuple[Path, MdText]]:
    """Every Markdown text inside an entry's own data, with its path."""
    if isinstance(value, MdText):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from texts(inner, (*path, key))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from texts(inner, (*path, index))


def all_texts(entry: Entry) -> list[MdText]:
    """The body and every Markdown text in the entry's own data."""
    return [entry.text, *(text for _, text in texts(entry.data))]


def quoted(entry: Entry) -> bool:
    """True when an entry of fact names a source with its words, or its kind needs none."""
    return not BY_NAME[entry.kind].needs_source or any(s.quote.strip() for s in entry.sources)


def asset_path(entry_path: str, name: str) -> str:
    """Where an asset lies, from the entry that names it; names that climb out lead nowhere."""
    parts = entry_path.split("/")[:-1]
    for step in name.split("/"):
        if step == "..":
            if len(parts) <= 1:
                return ""
            parts.pop()
        elif step not in {"", "."}:
            parts.append(step)
    return "/".join(parts)


def alias_url(alias: str) -> str:
    """An old address as a site path that ends in a slash."""
    return alias.strip("/") + "/" if alias.strip("/") else ""


def in_file(problem: Problem, library: Library) -> Problem:
    """A problem found while rendering, which knows only ids, placed in the file of its entry."""
    entry = library.entries.get(problem.where.path)
    return replace(problem, where=replace(problem.where, path=entry.path)) if entry else problem
