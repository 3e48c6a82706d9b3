"""Whether the last build still stands: nothing that it was made from has changed, and nothing that it made.

For previews of the content alone: a release is made from what was approved, each time anew. What a build
depends on is read again, byte for byte; what it made is known by size, time and place on the disk.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from builder import bundle
from builder.bundle import Bundle
from builder.memo import Memo, digest
from builder.model import BEIJING
from builder.problems import Problem

CONFIG, FOLDERS = "site_config.yml", ("content", "courses", "faq")
BIG = 1 << 22  # bytes: films and the like are known by their marks, as everything in a bundle is
TEXTS = (".md", ".yml", ".yaml", ".json")  # what can tell a moment; always read
KEY_FILE = "WEIKE_RELEASE_KEY"
OWN = "WEIKE_"
CLOCK = re.compile(rb"(?<!\d)([01]?\d|2[0-4])(?::|\xef\xbc\x9a)([0-5]\d)(?::([0-5]\d))?(?!\d)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be built: the folders of content and bundles, the editions (all when empty), films as drafts."""

    root: Path
    out: Path
    editions: tuple[str, ...] = ()
    draft: bool = False

    @property
    def file(self) -> Path:
        """Where the record of the last build lies."""
        return self.root / ".cache" / "standing.pickle"


@dataclass(frozen=True, slots=True)
class Record:
    """What was made: from what, when, what it said, and by which marks its files are known.

    `clock`: seconds of the day at which something may begin or end.
    """

    source: str
    now: datetime
    clock: tuple[int, ...]
    marks: Mapping[str, str]
    problems: tuple[Problem, ...]


def source(asked: Asked, environ: Mapping[str, str] = os.environ) -> str:
    """One hash over all that a build is made from, but the clock: content, history, settings, the code itself."""
    return digest(
        str(asked.out),
        *asked.editions,
        str(asked.draft),
        *_content(asked.root),
        _history(asked.root),
        *_surroundings(environ),
        *_marks(Path(__file__).parent),
    )


def standing(
    asked: Asked, made_from: str, now: datetime
) -> tuple[list[Bundle], list[Problem]] | None:
    """The bundles of the last build and what it said, when a build at `now` would make just these; else None.

    Only the manifest tells the time of a build: it is set to `now`.
    """
    record = Memo(asked.file, _version()).peek("last")
    if not isinstance(record, Record) or record.source != made_from or not _same(record, now):
        return None
    if any(_marked(asked.out / name) != marks for name, marks in record.marks.items()):
        return None
    try:
        bundles = [bundle.load(asked.out / name) for name in record.marks]
    except (OSError, ValueError):
        return None
    if now != record.now:
        bundles = [_at(b, now) for b in bundles]
        remember(asked, made_from, bundles, record.problems, now)
    return bundles, list(record.problems)


def remember(
    asked: Asked,
    made_from: str,
    bundles: Sequence[Bundle],
    problems: Sequence[Problem],
    now: datetime,
) -> None:
    """Keep what a build made. `made_from`: `source` as it was before anything was read."""
    marks = {b.root.name: _marked(b.root) for b in bundles}
    manifests = [bundle.manifest(b.header, b.files.values()) for b in bundles]
    record = Record(made_from, now, _clock(asked.root), marks, tuple(problems))
    with suppress(OSError):
        asked.file.unlink(missing_ok=True)
        if manifests == [
            (b.root / bundle.MANIFEST).read_bytes() for b in bundles
        ]:  # ours to the end
            memo = Memo(asked.file, _version())
            memo.put("last", record)
            memo.open(1)
            memo.save()


# --- what a build is made from --------------------------------------------------------------------


def _files(folder: Path, below: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything below a folder that is no folder, links as themselves."""
    for item in sorted(os.scandir(folder), key=lambda i: i.name):
        if item.is_dir(follow_symlinks=False):
            if item.name != "__pycache__":
                yield from _files(Path(item.path), f"{below}{item.name}/")
        else:
            yield f"{below}{item.name}", item


def _authored(root: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    for folder in FOLDERS:
        with suppress(FileNotFoundError):
            yield from _files(root / folder, f"{folder}/")


def _content(root: Path) -> Iterator[str | bytes]:
    yield _config(root)
    for path, item in _authored(root):
        yield path
        film = item.stat(follow_symlinks=False).st_size > BIG and not path.endswith(TEXTS)
        yield _mark(item) if item.is_symlink() or film else _bytes(item.path)


def _config(root: Path) -> bytes:
    with suppress(FileNotFoundError):  # the build says so
        return (root / CONFIG).read_bytes()
    return b""


def _bytes(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123  # runs for every file
        return file.read()


def _history(root: Path) -> str:
    """The commit from which dates come."""
    command = [
        "git",
        "-C",
        str(root),
        "rev-parse",
        "--is-shallow-repository",
        "--show-prefix",
        "HEAD",
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=30, check=False)  # fixed words
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _surroundings(environ: Mapping[str, str]) -> Iterator[str]:
    """The Python and its packages, our own words in the environment, the key that opens sealed numbers."""
    yield sys.version
    for folder in sys.path:
        if folder.endswith("-packages") and Path(folder).is_dir():
            yield from sorted(n for n in os.listdir(folder) if n.endswith("-info"))  # noqa: PTH208
    yield from (f"{name}={environ[name]}" for name in sorted(environ) if name.startswith(OWN))
    with suppress(OSError):
        yield digest(Path(environ[KEY_FILE]).read_bytes()) if environ.get(KEY_FILE) else ""


def _marks(folder: Path) -> Iterator[str]:
    yield from (f"{path} {_mark(item)}" for path, item in _files(folder))


def _mark(item: os.DirEntry[str]) -> str:
    held = item.stat(follow_symlinks=False)
    return f"{held.st_size} {held.st_mtime_ns} {held.st_ino}"


def _marked(folder: Path) -> str:
    """One hash over the marks of all files of a bundle; empty when there is none."""
    try:
        return digest("\n".join(_marks(folder)))
    except OSError:
        return ""


def _version() -> str:
    return digest(Path(__file__).read_bytes())


# --- the clock ------------------------------------------------------------------------------------


def _same(record: Record, now: datetime) -> bool:
    """Whether nothing can have begun or ended: one day, and no time of day that any text tells in between."""
    if now == record.now:
        return True
    early, late = sorted((record.now.astimezone(BEIJING), now.astimezone(BEIJING)))
    if early.date() != late.date():
        return False
    return not any(_second(early) < second <= _second(late) for second in record.clock)


def _second(moment: datetime) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _clock(root: Path) -> tuple[int, ...]:
    """Every time of day that is told anywhere: far more than the moments that matter, and all of these.

    Authored times are Beijing's by their schema, and so is the day after which a date counts.
    """
    found = set(_told(_config(root)))
    for path, item in _authored(root):
        if path.endswith(TEXTS) and not item.is_symlink():
            found.update(_told(_bytes(item.path)))
    return tuple(sorted(found))


def _told(text: bytes) -> Iterable[int]:
    for hour, minute, second in CLOCK.findall(text):
        yield int(hour) * 3600 + int(minute) * 60 + int(second or 0)


def _at(made: Bundle, now: datetime) -> Bundle:
    """The same bundle as a build at `now` would make it."""
    header = {**made.header, "now": now.isoformat(timespec="seconds")}
    fresh = made.root / f".{bundle.MANIFEST}"
    fresh.write_bytes(bundle.manifest(header, made.files.values()))
    fresh.replace(made.root / bundle.MANIFEST)
    return Bundle(made.root, header, made.files)
