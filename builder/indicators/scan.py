"""A search of every byte of a repository for numbers that nobody may know yet.

Which numbers those are, a machine with the release key knows: of sealed snapshots before their hour,
and of files in the clear that should not be there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from builder.indicators import repository, seals, snapshots
from builder.indicators.layers import Snapshot
from builder.indicators.library import File, read_files
from builder.indicators.seals import ReleaseKey
from builder.indicators.traces import Search, Trace
from builder.indicators.wanted import wanted
from builder.problems import Problem, Refused, Where
from builder.yaml_source import parse

AWAY = "删去这里的数，等到发布时间；提交过的马上告诉管库的人。"
SKIPPED = (
    ".git",
    ".venv",
)  # what git keeps is looked at as objects; installed packages are not ours
AUTHORED = ("content", "courses", "faq")
LARGEST = 1 << 30


class Held(NamedTuple):
    """The snapshots of a site as a search needs them. `closed`: sealed files that this machine can't open."""

    unreleased: list[tuple[File, Snapshot, str]]
    released: list[Snapshot]
    closed: list[File]


def held(files: Iterable[File], clock: datetime, key: ReleaseKey | None) -> Held:
    """Part the snapshots at the real time; sealed ones are opened, whatever their hour."""
    found = Held([], [], [])
    for file in files:
        text = file.text
        if file.sealed:
            try:
                assert key is not None
                text = seals.unsealed(file.text, key)
            except (Refused, AssertionError):
                found.closed.append(file)
                continue
        snapshot, _ = snapshots.examine(text, file.path)
        if snapshot is not None and snapshot.vintage.release > clock:
            found.unreleased.append((file, snapshot, text))
        elif snapshot is not None:
            found.released.append(snapshot)
    return found


def looked_for(root: Path, found: Held) -> Search:
    """What would betray the unreleased numbers of a site."""
    sums = {
        word: snapshot.vintage.id
        for _, snapshot, text in found.unreleased
        for word in (json.loads(text)["checksum"].partition(":")[2], snapshots.digest(text))
    }
    asked = {b.indicator for _, s, _ in found.unreleased for b in s.blocks}
    mine = (s for _, s, _ in found.unreleased)
    return Search(wanted(mine, found.released, names(root, asked), sums))


def names(root: Path, indicators: Iterable[str]) -> dict[str, Sequence[str]]:
    """How the definitions call each of these indicators: id, title, short name."""
    made: dict[str, Sequence[str]] = {}
    for name in sorted(indicators):
        path = root / "content" / "indicators" / f"{name}.yml"
        node = parse(path.read_text("utf-8-sig"), path.name)[0] if path.is_file() else None
        plain: Mapping[str, object] = node.plain() if node else {}
        called = [plain.get(k) for k in ("title", "short")]
        made[name] = [name, *(c for c in called if isinstance(c, str) and len(c) > 1)]
    return made


def survey(root: Path, clock: datetime, key: ReleaseKey) -> list[Problem]:
    """What authors wrote that betrays a number."""
    found = held(read_files(root), clock, key)
    if not found.unreleased:
        return []
    sought = looked_for(root, found)
    return [p for name in AUTHORED for p in working_tree(root, sought, name)]


def working_tree(root: Path, sought: Search, folder: str = "") -> Iterator[Problem]:
    """Every place of every file under `root` that betrays a number, the first of each kind in a file."""
    for path in _walk(root / folder):
        if path.stat().st_size <= LARGEST:
            data = path.read_bytes()
            yield from _told(sought.traces(data), path.relative_to(root).as_posix())


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith(SKIPPED))
        for name in sorted(files):
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink():
                yield path


def history(root: Path, sought: Search) -> Iterator[Problem]:
    """The same of every object that git keeps, whether any branch still leads to it or not."""
    objects = repository.objects(root)
    seen = {name: told for name, data in objects if (told := [*sought.traces(data)])}
    paths = repository.paths_of(root, seen)
    for name, told in seen.items():
        yield from _told(told, f"git:{name[:12]}:{paths.get(name, '?')}")


def _told(found: Iterable[Trace], path: str) -> Iterator[Problem]:
    """Where the numbers are; the numbers themselves are not said again."""
    for trace in found:
        inside = f"（里面的 {trace.inside}）" if trace.inside else ""
        message = f"这里{inside}有快照 {trace.snapshot} 里还没有发布的数。"
        yield Problem("SNP011", Where(path, 0 if trace.inside else trace.line), message, AWAY)
