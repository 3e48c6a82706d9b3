"""`weike check --fix`: write the safe corrections into the authored files, and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from builder.config import SiteConfig
from builder.model import Entry, Library
from builder.wording.gate import found_in, lines_of, sift
from builder.wording.passages import sheet
from builder.wording.places import Finder
from builder.wording.rules import Rules

BREAK = re.compile(r"\r\n|\r|\n")
BOM = "\ufeff"


@dataclass(frozen=True, slots=True, order=True)
class Fix:
    """One correction: on this line and column of the file stands `old`, and `new` should."""

    path: str
    line: int
    column: int
    old: str
    new: str
    code: str

    def __str__(self) -> str:
        """A line for the person who asked."""
        return (
            f"{self.path}:{self.line}:{self.column}: “{self.old}” 改成 “{self.new}”（{self.code}）"
        )


def fixes(root: Path, library: Library, config: SiteConfig, rules: Rules) -> list[Fix]:
    """All safe corrections, in the order of the files. Nothing is written."""
    found: list[Fix] = []
    for entry in library.entries.values():
        found += _of_entry(root, entry, config, rules)
    return sorted(set(found))


def _of_entry(root: Path, entry: Entry, config: SiteConfig, rules: Rules) -> Iterable[Fix]:
    page = sheet(entry, config)
    safe = [f for f in sift(page, found_in(page, config, rules), rules)[0] if f.fix is not None]
    places = Finder(page, lines_of(root, entry))
    for one in safe:
        where = places.place(one.start, one.end)
        old = page.raw[one.start : one.end]
        lines = places.lines()
        if 0 < where.line <= len(lines) and lines[where.line - 1].startswith(old, where.column - 1):
            yield Fix(entry.path, where.line, where.column, old, one.fix or "", one.code)


def mend(root: Path, wanted: Sequence[Fix]) -> list[Fix]:
    """Write corrections; gives those that were made. A file that changed meanwhile is left alone there."""
    done: list[Fix] = []
    for path in dict.fromkeys(fix.path for fix in wanted):
        own = [fix for fix in wanted if fix.path == path]
        done += _in_file(root / path, own)
    return done


def _in_file(file: Path, wanted: Sequence[Fix]) -> list[Fix]:
    text = file.read_bytes().decode("utf-8")
    start = len(BOM) if text.startswith(BOM) else 0
    starts = [start, *(m.end() for m in BREAK.finditer(text))]
    done: list[Fix] = []
    pieces: list[str] = []
    at = 0
    for fix in sorted(wanted):
        here = starts[fix.line - 1] + fix.column - 1 if fix.line <= len(starts) else -1
        if here < at or not text.startswith(fix.old, here):
            continue
        pieces += [text[at:here], fix.new]
        at = here + len(fix.old)
        done.append(fix)
    if done:
        _replace(file, ("".join(pieces) + text[at:]).encode("utf-8"))
    return done


def _replace(file: Path, data: bytes) -> None:
    """Write a file so that it is there whole, old or new, with the rights it had."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        shutil.copymode(file, name)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
