"""Reviews are only ever added: finds lines that some commit, or somebody since, took out of the log."""

from __future__ import annotations

from pathlib import Path

from builder.approvals.found import git
from builder.approvals.records import LOG


def lost_lines(root: Path) -> list[tuple[str, str]]:
    """(file, line) of every record that git has seen and that is not in its file now.

    Whoever puts the lines back has mended it. Empty without git; a cut-off history tells less.
    """
    lost: dict[tuple[str, str], None] = {}
    shorter = _shorter(root, "log", "-m", "--format=") | _shorter(root, "diff", "HEAD")
    for path in sorted(shorter):
        said = git(
            root, "log", "-m", "-p", "-U0", "--no-renames", "--format=", "--", f":(top){path}"
        )
        now = git(root, "diff", "-p", "-U0", "--no-renames", "HEAD", "--", f":(top){path}")
        rows = ((said or b"") + b"\n" + (now or b"")).decode("utf-8", "replace").split("\n")
        there = _lines(root, path)
        for row in rows:
            if row.startswith("-{") and row[1:].rstrip("\r") not in there:
                lost[path, row[1:]] = None
    return list(lost)


def _shorter(root: Path, *words: str) -> set[str]:
    """Files of the log that lost lines, by their path in the repository."""
    said = git(root, *words, "--no-renames", "--numstat", "-z", "--", LOG) or b""
    rows = (row.strip("\n").split("\t") for row in said.decode("utf-8", "replace").split("\0"))
    return {row[2] for row in rows if len(row) == 3 and row[1] not in {"0", "-"}}


def _lines(root: Path, path: str) -> frozenset[str]:
    prefix = (git(root, "rev-parse", "--show-prefix") or b"").decode("utf-8", "replace").strip()
    try:
        data = (root / path.removeprefix(prefix)).read_bytes()
    except OSError:
        return frozenset()
    return frozenset(row.removesuffix("\r") for row in data.decode("utf-8", "replace").split("\n"))
