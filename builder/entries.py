"""Questions that several stages ask of an entry."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from builder.fences import mentions, read_fences
from builder.kinds import BY_NAME, dialogue, push, script
from builder.model import Entry, Library, MdText
from builder.problems import Problem

Path = tuple[str | int, ...]


def strings(value: Any) -> Iterator[str]:
    """Every piece of text in nested data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from strings(inner)


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
    """True when an entry of fact names a source with its words, or needs none: its kind, or made-up numbers."""
    if not BY_NAME[entry.kind].needs_source or any(s.quote.strip() for s in entry.sources):
        return True
    return entry.kind == "indicator" and bool(entry.data["sample"])


def unreleased(entry: Entry, now: datetime) -> bool:
    """True for a snapshot before its hour: for every output it does not exist."""
    if entry.kind != "snapshot":
        return False
    return datetime.fromisoformat(entry.data["header"]["release"]) > now


def systems(entry: Entry) -> list[tuple[str, str]]:
    """The reporting systems that an entry follows: the key that names one, and its id."""
    own = entry.data["system"] if entry.kind == "indicator" else ""
    return [(k, ref) for k, ref in (("valid", entry.valid.system), ("system", own)) if ref]


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


def named_files(entry: Entry) -> list[tuple[str, str]]:
    """Every file an entry names outside Markdown: the key that names it, and its name as written."""
    named = [("posts", p["image"]) for p in entry.data.get("posts", ())]
    named += [("materials", m["file"]) for m in entry.data.get("materials", ())]
    named += [("assets", name) for name in entry.assets]
    if "panels" in entry.data:
        named += [("cast", file) for own in entry.data["cast"].values() for file in own.values()]
    for scene in entry.data.get("scenes", ()):
        named += [("scenes", scene["picture"]), ("scenes", (scene["clip"] or {}).get("file", ""))]
    named += [(key, entry.data.get(key, "")) for key in ("recording", "music")]
    named += [("wechat", entry.wechat.get("cover", ""))]
    return [(key, name) for key, name in named if name]


def for_all(text: str) -> str:
    """A text as somebody reads it who may read everything: without comments and the marks of fences."""
    fenced = read_fences(text, frozenset())
    return fenced.shown_to(frozenset(name for owners in fenced.owners for name in owners))


def used_files(entry: Entry, files: Container[str]) -> list[str]:
    """Paths of all that an entry uses for any audience and that is among `files`; its own file aside."""
    names = [name for _, name in named_files(entry)]
    if isinstance(entry.data.get("codes"), str):
        names.append(entry.data["codes"])
    for text in all_texts(entry):
        names += [m.target.partition("#")[0] for m in mentions(for_all(text))]
    paths = (asset_path(entry.path, name) for name in names if name and ":" not in name)
    return sorted({path for path in paths if path in files})


def references(entry: Entry) -> set[str]:
    """Ids of all entries that an entry links to, follows or asks for, for any audience."""
    found = {m.target.partition("#")[0] for text in all_texts(entry) for m in mentions(text)}
    found |= {m["link"] for m in entry.data.get("materials", ())}
    found |= {ref for _, ref in systems(entry)}
    found |= {*entry.data.get("supersedes", ()), *entry.data.get("prerequisites", ())}
    found |= {*push.refs(entry), *script.refs(entry), *dialogue.refs(entry)}
    return {target for target in found if target.partition(":")[0] in BY_NAME}


def alias_url(alias: str) -> str:
    """An old address as a site path that ends in a slash."""
    return alias.strip("/") + "/" if alias.strip("/") else ""


def in_file(problem: Problem, library: Library) -> Problem:
    """A problem found while rendering, which knows only ids (and `#key`), placed in the file of its entry."""
    identity, _, key = problem.where.path.partition("#")
    entry = library.entries.get(identity)
    if entry is None:
        return problem
    place = entry.where(key) if key else problem.where
    return replace(problem, where=replace(place, path=entry.path))
