"""What a build hands over: files with a manifest, swapped in whole or not at all.

Public: `publish` and `service` read a site through `Bundle` and nothing else.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

FORMAT = 1
MANIFEST = "manifest.json"
APPROVALS = "data/approvals.json"  # only in a release: which reviews each entry has
WITHDRAWN = "data/withdrawn.json"  # only in a release: what was out once and is withdrawn
JOURNAL = ".weike-swap"
MANY = 500


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file to be: path inside the edition's folder, bytes, media type, the entries it came from.

    `made_by`: whose voice speaks in it, where it has one.
    """

    path: str
    body: bytes
    media_type: str
    sources: tuple[str, ...] = ()
    made_by: str = ""


class Sheaf(NamedTuple):
    """Files that belong together: a key over all they are made from, their maker, whose words are in them."""

    key: str
    make: Callable[[], Iterator[Artefact]]
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """One file of a bundle as its manifest names it."""

    path: str
    sha256: str
    size: int
    media_type: str
    sources: tuple[str, ...]
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A finished edition on disk."""

    root: Path
    header: Mapping[str, Any]
    files: Mapping[str, Listed] = field(default_factory=dict)
    digest: str = ""  # sha256 of the very bytes of the manifest that `load` parsed

    def read(self, path: str) -> bytes:
        """The bytes of one listed file; ValueError when they are not what the manifest says."""
        data = (self.root / path).read_bytes()
        if hashlib.sha256(data).hexdigest() != self.files[path].sha256:
            raise ValueError(f"{path} 与清单不符")
        return data


def seal_digest(seal: Mapping[str, Any]) -> str:
    """One hash over a list of approvals: the settings' records and, by entry, those of every page."""
    rows = [*seal["settings"], *(f"{i} {seal['entries'][i]}" for i in sorted(seal["entries"]))]
    return hashlib.sha256("\n".join([seal["trust"], *rows]).encode()).hexdigest()


class PathConflict(Exception):
    """Two producers of one path."""

    def __init__(self, path: str) -> None:
        """Keep the path."""
        super().__init__(path)
        self.path = path


def listed(artefact: Artefact) -> Listed:
    """The manifest line of an artefact."""
    return Listed(
        artefact.path,
        hashlib.sha256(artefact.body).hexdigest(),
        len(artefact.body),
        artefact.media_type,
        artefact.sources,
        artefact.made_by,
    )


def own_name(path: str, body: bytes) -> str:
    """`path` with a hash of the content in its name: other bytes, another name, so it may be kept for ever."""
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}{dot}{suffix}"


def stage(artefacts: Iterable[Artefact], folder: Path) -> list[Listed]:
    """Write artefacts under `folder` and list them; `PathConflict` when two claim one path."""
    lines: list[Listed] = []
    made: set[str] = set()
    for artefact in artefacts:
        line = listed(artefact)
        lines.append(line)
        target = f"{folder}/{artefact.path}"
        parent = target.rpartition("/")[0]
        if parent not in made:
            _folder(parent)
            made.add(parent)
        _write(target, artefact.body)
    return lines


def _folder(path: str) -> None:
    """Make a folder; nearly always its parent is there already. Plain calls: this runs for every page."""
    try:
        os.mkdir(path)  # noqa: PTH102
    except FileExistsError:
        return
    except FileNotFoundError:
        os.makedirs(path, exist_ok=True)  # noqa: PTH103


def keep(old: Path, path: str, sha256: str, folder: Path) -> int:
    """Link `old/path` into `folder` if its bytes are the ones named; their number, or -1.

    The bytes are read and hashed: a link that was not looked at could carry anything.
    """
    try:
        with open(f"{old}/{path}", "rb", buffering=0) as source:  # noqa: PTH123  # runs for every page
            data = source.read()
        if hashlib.sha256(data).hexdigest() != sha256:
            return -1
        target = f"{folder}/{path}"
        _folder(target.rpartition("/")[0])
        os.link(f"{old}/{path}", target)
    except OSError:
        return -1
    return len(data)


def _write(target: str, body: bytes) -> None:
    try:
        handle = os.open(
            target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644
        )
    except FileExistsError:
        raise PathConflict(target) from None
    try:
        written = os.write(handle, body)
        while written < len(body):
            written += os.write(handle, body[written:])
    finally:
        os.close(handle)


def manifest(header: Mapping[str, Any], lines: Iterable[Listed]) -> bytes:
    """The manifest as bytes: same lines, same bytes."""
    files = [
        {
            "path": n.path,
            "sha256": n.sha256,
            "size": n.size,
            "type": n.media_type,
            "sources": list(n.sources),
        }
        | ({"made_by": n.made_by} if n.made_by else {})
        for n in sorted(lines, key=lambda n: n.path)
    ]
    head = json.dumps({"format": FORMAT, **header}, ensure_ascii=False, indent=1)
    rows = ",\n".join(json.dumps(file, ensure_ascii=False) for file in files)
    return f'{head[:-2]},\n "files": [\n{rows}\n ]\n}}\n'.encode()


def load(root: Path) -> Bundle:
    """Open a bundle; FileNotFoundError or ValueError when it is not one."""
    if not root.exists():
        recover(root)
    try:
        body = (root / MANIFEST).read_bytes()
        data = json.loads(body)
        files = {
            f["path"]: Listed(
                f["path"],
                f["sha256"],
                f["size"],
                f["type"],
                tuple(f["sources"]),
                f.get("made_by", ""),
            )
            for f in data.pop("files")
        }
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError("清单读不懂") from error
    return Bundle(root, data, files, hashlib.sha256(body).hexdigest())


def load_or_none(root: Path) -> Bundle | None:
    """The bundle at `root`, or None when there is none that can be read."""
    try:
        return load(root)
    except (OSError, ValueError):
        return None


# --- the swap ---------------------------------------------------------------------------------


def _exchange(a: Path, b: Path) -> bool:
    """Exchange two folders in one step (Linux renameat2); False where the system can't."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        done = libc.renameat2(-100, os.fsencode(a), -100, os.fsencode(b), 2)
    except (OSError, AttributeError):
        return False
    if done != 0 and ctypes.get_errno() not in {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(b))
    return bool(done == 0)


def swap(fresh: Path, target: Path, exchange: Callable[[Path, Path], bool] = _exchange) -> None:
    """Put `fresh` in the place of `target` so that a reader finds a whole folder at any moment.

    Exchange-rename where the system has it; else two renames with a journal that `recover` completes.
    OSError when it can't be: then `target` is what it was.
    """
    if not target.exists():
        fresh.rename(target)
    elif exchange(fresh, target):
        discard(fresh)
    else:
        old = target.with_name(f".{target.name}.old-{os.getpid()}")
        journal = target.with_name(f"{JOURNAL}-{target.name}")
        journal.write_text(json.dumps({"fresh": fresh.name, "old": old.name}), "utf-8")
        try:
            target.rename(old)
            if fresh.exists() or not target.exists():  # else a reader's `recover` was quicker
                fresh.rename(target)
        except OSError:  # somebody holds a file: the old one is back at once
            with suppress(OSError):
                if not target.exists():
                    old.rename(target)
                journal.unlink()
            raise
        journal.unlink(missing_ok=True)
        discard(old)


def discard(folder: Path) -> None:
    """Delete a folder that is out of use; one with many files in a process of its own.

    What such a process leaves, when it is cut off, the next build sweeps away.
    """
    try:
        few = sum(1 for _ in islice(folder.rglob("*"), MANY)) < MANY
    except OSError:  # a process of the build before is at it
        few = True
    if few:
        shutil.rmtree(folder, ignore_errors=True)
        return
    words = "import shutil, sys; shutil.rmtree(sys.argv[1], ignore_errors=True)"
    subprocess.Popen(  # nobody waits for it
        [sys.executable, "-S", "-E", "-c", words, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def recover(target: Path) -> None:
    """Complete a swap that was cut off between its two renames."""
    journal = target.with_name(f"{JOURNAL}-{target.name}")
    try:
        names = json.loads(journal.read_text("utf-8"))
    except FileNotFoundError:
        return
    except ValueError:  # cut off while it was written: nothing had moved yet
        journal.unlink(missing_ok=True)
        return
    fresh, old = target.with_name(names["fresh"]), target.with_name(names["old"])
    if not target.exists():
        (fresh if fresh.exists() else old).rename(target)
    journal.unlink(missing_ok=True)
    shutil.rmtree(old, ignore_errors=True)
