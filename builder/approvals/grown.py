"""Reviews are only ever added: finds records that some commit, or somebody since, took out of the log."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from builder.approvals.found import git
from builder.approvals.records import LOG, SUFFIX, Record, parse_line

# Nothing that lies in the repository, nor anybody's settings, may make git say less.
PLAIN = ("--text", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative")
EVERY = ("log", "-m", "--full-history", "--format=", *PLAIN)


class Shorter:
    """Asks git which files of the log lost lines, while other work goes on; ask for them once."""

    def __init__(self, root: Path) -> None:
        """Begin to ask."""
        self._pool = ThreadPoolExecutor(3)
        self._said = [
            self._pool.submit(_shorter, root, *EVERY),
            self._pool.submit(_shorter, root, "diff", *PLAIN, "HEAD"),
            self._pool.submit(_hidden, root),
        ]

    def files(self) -> set[str]:
        """Their paths in the repository."""
        with self._pool:  # no thread is left when processes are forked
            return set().union(*(said.result() for said in self._said))


def lost_lines(
    root: Path, genuine: Callable[[Record], bool], shorter: Shorter | None = None
) -> list[tuple[str, str]]:
    """(file, line) of every record that git has seen and that is not in its file now.

    `genuine` tells whether somebody registered wrote it; anybody may clear away what is none. Whoever puts
    the lines back has mended it. Empty without git; a cut-off history tells less. `shorter`: where it
    was asked before.
    """
    lost: dict[tuple[str, str], None] = {}
    for path in sorted((shorter or Shorter(root)).files()):
        there = _lines(root, path)
        for row in _removed(root, path):
            if row not in there and _record(path, row, genuine):
                lost[path, row] = None
    return list(lost)


def unreadable(root: Path) -> bool:
    """True when there is a history that git, though it is here, does not open."""
    there = any((folder / ".git").exists() for folder in (root.resolve(), *root.resolve().parents))
    return there and shutil.which("git") is not None and git(root, "rev-parse", "--git-dir") is None


def _shorter(root: Path, *words: str) -> set[str]:
    """Files of the log that lost lines, by their path in the repository."""
    said = git(root, *words, "--numstat", "-z", "--", LOG) or b""
    rows = (row.strip("\n").split("\t") for row in said.decode("utf-8", "replace").split("\0"))
    return {row[2] for row in rows if len(row) == 3 and row[1] != "0"}


def _hidden(root: Path) -> set[str]:
    """Files of the log at which git was told not to look any more."""
    said = git(root, "ls-files", "-v", "-z", "--full-name", "--", LOG) or b""
    rows = (row.partition(" ") for row in said.decode("utf-8", "replace").split("\0") if row)
    return {path for mark, _, path in rows if mark != "H"}


def _removed(root: Path, path: str) -> set[str]:
    """Lines of a file that git has seen go, and all that the last commit has."""
    words = ("-p", "-U0", "--", f":(top){path}")
    said = [git(root, *EVERY, *words), git(root, "diff", *PLAIN, "HEAD", *words)]
    rows = {
        row[1:].removesuffix("\r")
        for text in said
        for row in (text or b"").decode("utf-8", "replace").split("\n")
        if row.startswith("-{")
    }
    head = (git(root, "show", f"HEAD:{path}") or b"").decode("utf-8", "replace")
    return rows | {row.removesuffix("\r") for row in head.split("\n") if row.startswith("{")}


def _record(path: str, row: str, genuine: Callable[[Record], bool]) -> bool:
    try:
        record = parse_line(row)
    except (ValueError, TypeError, RecursionError):
        return False
    name = path.partition(f"{LOG}/")[2].removesuffix(SUFFIX).replace("/", ":", 1)
    return record.item == name and genuine(record)


def _lines(root: Path, path: str) -> frozenset[str]:
    prefix = (git(root, "rev-parse", "--show-prefix") or b"").decode("utf-8", "replace").strip()
    file = root / path.removeprefix(prefix)
    try:
        data = b"" if file.is_symlink() else file.read_bytes()  # links are not read for reviews
    except OSError:
        return frozenset()
    return frozenset(row.removesuffix("\r") for row in data.decode("utf-8", "replace").split("\n"))
