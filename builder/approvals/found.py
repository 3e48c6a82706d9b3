"""The bytes behind a hash: the file as it lies there, a stored copy, or what git still knows.

Whatever is found is hashed before it is given out.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from builder.approvals.digests import TEXTS, file_digest, plain
from builder.approvals.records import FOLDER

COPIES = f"{FOLDER}/copies"
SECONDS = 60
MOST_PATHS = 300  # in one command: Windows takes no longer ones


class Found:
    """Looks for bytes under one root; remembers what it hashed as long as the file stays the same."""

    def __init__(self, root: Path) -> None:
        """Nothing is read before it is asked for."""
        self.root = root
        self._here: dict[str, tuple[tuple[int, int], str]] = {}
        self._kept: dict[tuple[str, str], bytes] = {}

    def here(self, path: str) -> str:
        """SHA-256 of the file as it lies there; empty when there is none."""
        name = f"{self.root}/{path}"
        try:
            stat = os.stat(name)  # noqa: PTH116  # runs for every file
            mark = stat.st_mtime_ns, stat.st_size
            if self._here.get(path, ((0, -1), ""))[0] != mark:
                data = plain(path, _bytes(name))
                digest = hashlib.sha256(data).hexdigest()
                self._here[path] = mark, digest
                if path.endswith(TEXTS):
                    self._kept[path, digest] = data
            return self._here[path][1]
        except OSError:
            self._here.pop(path, None)
            return ""

    def get(self, path: str, sha256: str) -> bytes | None:
        """The bytes of that hash, once the file of that path; None when they can't be had."""
        known = self._kept.get((path, sha256))
        if known is None:
            known = self._near(path, sha256)
            if known is not None and path.endswith(TEXTS):  # asked for again for each edition
                self._kept[path, sha256] = known
        if known is None:
            self.recall([(path, sha256)])
            known = self._kept.get((path, sha256))
        return known

    def _near(self, path: str, sha256: str) -> bytes | None:
        for place in (path, f"{COPIES}/{sha256}"):
            try:
                data = plain(path, _bytes(f"{self.root}/{place}"))
            except OSError:
                continue
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
        return None

    def recall(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Look in git for all of these at once; one walk through the history costs as much as many."""
        missing = {w for w in wanted if w not in self._kept and self._near(*w) is None}
        if not missing:
            return
        blobs = _blobs(self.root, sorted({path for path, _ in missing}))
        with _Store(self.root) as store:
            for path, name in blobs:
                if not any(path == wanted for wanted, _ in missing):
                    continue  # all of its versions are found
                data = plain(path, store.read(name))
                key = path, file_digest(path, data)
                if key in missing:
                    self._kept[key] = data
                    missing.remove(key)

    def keep(self, files: Mapping[str, str]) -> list[Path]:
        """Store copies of the files of an approved version that no commit holds; what was written."""
        written = []
        for path, sha256 in files.items():
            target = self.root / COPIES / sha256
            if target.exists() or committed(self.root, path, sha256):
                continue
            data = self.get(path, sha256)
            if data is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
                fresh = target.with_name(f".{sha256}.new")
                fresh.write_bytes(data)
                fresh.replace(target)
                written.append(target)
        return written


def _bytes(name: str) -> bytes:
    with open(name, "rb", buffering=0) as file:  # noqa: PTH123  # runs for every file
        return file.read()


def committed(root: Path, path: str, sha256: str) -> bool:
    """True when the last commit holds these bytes under this path."""
    data = git(root, "show", f"HEAD:./{path}")
    return data is not None and file_digest(path, data) == sha256


def _blobs(root: Path, paths: list[str]) -> Iterable[tuple[str, str]]:
    """(path, object name) of every version of these files that any branch ever held, newest first."""
    prefix = git(root, "rev-parse", "--show-prefix")
    if prefix is None:
        return
    inside = prefix.decode("utf-8", "replace").strip()
    words = ("log", "--all", "--full-history", "--no-renames", "--no-relative", "--raw")
    for start in range(0, len(paths), MOST_PATHS):
        these = [f":(literal){path}" for path in paths[start : start + MOST_PATHS]]
        said = git(root, *words, "--no-abbrev", "--format=", "-z", "--", *these)
        rows = (said or b"").decode("utf-8", "replace").split("\0")
        seen: set[tuple[str, str]] = set()
        for head, path in zip(rows[::2], rows[1::2], strict=False):
            for name in head.split()[2:4]:  # ":mode mode before after status"
                if name.strip("0") and (path, name) not in seen:
                    seen.add((path, name))
                    yield path.removeprefix(inside), name


class _Store:
    """The objects of a repository, read through one process."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> _Store:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()

    def read(self, name: str) -> bytes:
        """The bytes of a blob; none when it is not there."""
        if self.process is None:
            words = ["git", "-C", str(self.root), "cat-file", "--batch"]
            pipe = subprocess.PIPE
            self.process = subprocess.Popen(
                words, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
            )
        to, back = self.process.stdin, self.process.stdout
        assert to is not None
        assert back is not None
        try:
            to.write(f"{name}\n".encode())
            to.flush()
        except OSError:
            return b""
        head = back.readline().split()
        if len(head) != 3:
            return b""
        data = back.read(int(head[2]))
        back.read(1)
        return data if head[1] == b"blob" else b""


def git(root: Path, *words: str) -> bytes | None:
    """What git says on its output; None without git, outside a repository, or when it refuses."""
    try:
        done = subprocess.run(  # fixed words, no shell
            ["git", "-C", str(root), *words], capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
