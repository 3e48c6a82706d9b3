"""What git knows of snapshot files: their versions over time, and every object that it keeps.

Read only. Nothing that lies in the repository, nor anybody's settings, may make git say less.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from builder.indicators.snapshots import FOLDER
from builder.model import BEIJING

SECONDS = 120
EVERY = ("log", "--reverse", "--first-parent", "-m", "--no-renames", "--raw", "--no-abbrev")


class Version(NamedTuple):
    """What one commit made of a file: its time, and the name of the bytes; empty where it took it away."""

    time: datetime
    blob: str


def git(root: Path, *words: str, data: bytes | None = None) -> bytes | None:
    """What git prints; None without git, outside a repository, or when it fails."""
    command = ["git", "-C", str(root), "-c", "core.quotePath=false", *words]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


def versions(root: Path) -> dict[str, list[Version]]:
    """Every version of every snapshot file on the way to the last commit, the oldest first."""
    prefix = git(root, "rev-parse", "--show-prefix")
    words = ("--no-ext-diff", "--no-relative", "--format=%x01%ct", "-z", "--", FOLDER)
    said = git(root, *EVERY, *words) if prefix is not None else None
    if prefix is None or said is None:
        return {}
    inside = prefix.decode("utf-8", "replace").strip()
    found: dict[str, list[Version]] = {}
    moment = datetime.fromtimestamp(0, BEIJING)
    rows = iter(said.decode("utf-8", "replace").split("\0"))
    for row in rows:
        head = row.strip("\n")
        if head.startswith("\x01"):
            stamp, _, head = head[1:].partition("\n")
            moment = datetime.fromtimestamp(int(stamp), BEIJING)
            head = head.strip("\n")
        if head.startswith(":"):  # ":mode mode before after status", and then the path
            blob = head.split()[3]
            path = next(rows, "").removeprefix(inside)
            found.setdefault(path, []).append(Version(moment, blob if blob.strip("0") else ""))
    return found


def blobs(root: Path, names: Iterable[str]) -> dict[str, bytes]:
    """The bytes of these objects, read by one process; those that git has no more are left out."""
    asked = "".join(f"{name}\n" for name in dict.fromkeys(names))
    said = git(root, "cat-file", "--batch", data=asked.encode()) if asked else b""
    out = io.BytesIO(said or b"")
    found: dict[str, bytes] = {}
    while head := out.readline().split():
        if len(head) == 3:
            found[head[0].decode()] = out.read(int(head[2]))
            out.read(1)
    return found


def name_of(data: bytes, like: str) -> str:
    """What git calls these bytes, in a repository whose names are as long as `like`."""
    kind = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return kind(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def objects(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every blob, commit message and tag that the repository keeps, reachable or not: name and bytes."""
    words = ["git", "-C", str(root), "cat-file", "--batch-all-objects", "--unordered", "--batch"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        out = process.stdout
        assert out is not None
        while head := out.readline().split():
            size = int(head[2])
            data = out.read(size)
            out.read(1)
            if head[1] != b"tree":
                yield head[0].decode(), data


def paths_of(root: Path, names: Iterable[str]) -> dict[str, str]:
    """Under which path some commit holds each of these objects, where one does."""
    wanted = set(names)
    said = git(root, "rev-list", "--all", "--objects", "--reflog") if wanted else None
    rows = (row.partition(" ") for row in (said or b"").decode("utf-8", "replace").split("\n"))
    return {name: path for name, _, path in rows if name in wanted and path}


def held(root: Path, path: str) -> bool:
    """Whether git holds, or is about to hold, any version of a file."""
    staged = git(root, "ls-files", "--", f":(literal){path}")
    past = git(root, "log", "--all", "--reflog", "-1", "--format=%h", "--", f":(literal){path}")
    return bool(staged) or bool(past)
