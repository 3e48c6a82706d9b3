"""A folder of this machine or a mounted one.

    releases/<id>/       one whole release; releases/<id>.json its record, written last
    current              a symbolic link to one of them: the web server's root
    sealed/              containers that are still closed

Where there are no symbolic links (`switch: files`), `current` is a folder whose files are put in place
one by one, each in one step: lasting ones first, then pages, then what is gone is removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from builder.problems import Refused
from publish.site import sealed
from publish.site.places import (
    CROSSED,
    DAMAGED,
    ELSEWHERE,
    FOREIGN,
    LINKED,
    Clock,
    Key,
    Source,
    Standing,
)
from publish.site.release import IDENTITY, ODD, REHEARSAL, STRAY, File, Record, lasting, read

CURRENT, RELEASES, SEALED = "current", "releases", "sealed"
SHOWN, JOURNAL = "shown", ".switch.json"  # in releases/, for `switch: files`
FRESH = re.compile(r"\.(.+)\.\d+")  # a file that is being put in place
ROOM = 64 * 1024 * 1024  # what must stay free on the disk


class Folder:
    """A web server's folder that this machine can write."""

    def __init__(self, root: Path, by_file: bool = False) -> None:
        """`by_file`: no symbolic links there."""
        self.root = root
        self.by_file = by_file
        self.releases = root / RELEASES
        self.written: list[Path] = []

    # --- what is there ------------------------------------------------------------------------

    def standing(self) -> Standing:
        """What is there."""
        there = self.releases.glob("[0-9]*.json")
        records = [read(p.read_bytes()) for p in there if IDENTITY.fullmatch(p.stem)]
        whole = [r for r in records if (self.releases / r.id).is_dir()]
        going = ""
        with suppress(FileNotFoundError, *ODD):
            going = str(json.loads((self.releases / JOURNAL).read_bytes())["to"])
        standing = Standing(self._current(), tuple(sorted(whole, key=lambda r: r.number)), going)
        if not standing.records and (strange := self._strange(standing)):
            raise Refused(FOREIGN.format(self.root, _some(strange), ELSEWHERE))
        return standing

    def _strange(self, standing: Standing) -> list[str]:
        """What others put where ours is to go, when nothing of ours is there yet."""
        inside = self.releases.iterdir() if self.releases.is_dir() else ()
        found = [f"{RELEASES}/{p.name}" for p in inside if not _ours(p.name)]
        current = self.root / CURRENT
        if self.by_file and not (standing.current or standing.going) and current.is_dir():
            found += [f"{CURRENT}/{p.name}" for p in current.iterdir()]
        return sorted(found)

    def _current(self) -> str:
        current = self.root / CURRENT
        if self.by_file:
            if current.is_symlink():
                raise Refused(
                    f"{current} 是符号链接（以前是 switch: link），不能逐个文件换：在 sites.yml 里改回 switch: link；要用 files，先把这个链接删掉（读者会暂时打不开），马上重新做计划再发。"
                )
            shown = self.releases / SHOWN
            return shown.read_text("ascii").strip() if shown.exists() and current.exists() else ""
        if current.is_symlink():
            target = current.readlink()
            if target.parent != Path(RELEASES) or not IDENTITY.fullmatch(target.name):
                raise Refused(LINKED.format(self.root, target))
            return target.name
        if current.exists():
            raise Refused(
                f"{current} 是普通文件夹，不是符号链接：先把它改名移走，再发布；这台机器不能用符号链接的，在 sites.yml 里写 switch: files。"
            )
        return ""

    def wrong(self, record: Record) -> list[str]:
        """Files that are not what the record says, missing ones, strange ones."""
        return _wrong(self._tree(record.id), record.all)

    def _tree(self, identity: str) -> Path:
        shown = self.by_file and self._current() == identity
        return self.root / CURRENT if shown else self.releases / identity

    def clock(self) -> Clock | None:
        """None: it is this machine's."""
        return None

    # --- placing ------------------------------------------------------------------------------

    def put(self, record: Record, source: Source, standing: Standing, folder: Path | None) -> int:
        """Place a release whole and checked; files of older ones are linked, not sent."""
        del folder
        self._room(record, standing)
        part = self._part(record.id)
        for stray in [p for p in _files(part) if p not in record.all]:
            (part / stray).unlink()
        sent = sum(self._one(part, path, record, source, standing) for path in sorted(record.all))
        wrong = _wrong(part, record.all)
        if wrong:
            raise Refused(
                f"放到 {self.root} 的文件和清单不符：{_some(wrong)}。磁盘可能有问题；网站没有变，查过磁盘再发一次。"
            )
        _on_disk(self.written)  # before anything points to them
        self.written.clear()
        part.rename(self.releases / record.id)
        _write(self.releases / f"{record.id}.json", record.write())
        return sent

    def _room(self, record: Record, standing: Standing) -> None:
        there = {f.sha256 for r in standing.records for f in r.all.values()}
        need = sum(f.size for f in record.all.values() if f.sha256 not in there) + ROOM
        _folder(self.releases)
        free = shutil.disk_usage(self.releases).free
        if free < need:
            raise Refused(
                f"{self.root} 所在的磁盘只剩 {free >> 20} MB，需要 {need >> 20} MB：腾出空间再发。"
            )

    def _part(self, identity: str) -> Path:
        """The folder in which a release is being placed; what a cut-off run placed is used again."""
        part, tree = self.releases / f".{identity}.part", self.releases / identity
        if tree.exists() and not part.exists():
            tree.rename(part)
        _folder(part)
        return part

    def _one(
        self, part: Path, path: str, record: Record, source: Source, standing: Standing
    ) -> int:
        file, target = record.all[path], part / path
        if not _is(target, file):
            target.unlink(missing_ok=True)  # never write into a file that another release shares
            _folder(target.parent)
            if not self._from_older(target, path, file, standing):
                if path not in record.files:
                    raise Refused(DAMAGED.format(path))
                return self._fresh(target, source(path), file)
        elif int(target.stat().st_mtime) != file.time:
            data = target.read_bytes()
            target.unlink()
            self._fresh(target, data, file)
        return 0

    def _from_older(self, target: Path, path: str, file: File, standing: Standing) -> bool:
        """The same bytes from a release that lies here; linked when their time is the same too."""
        older = [r for r in reversed(standing.records) if path in r.all]
        for record in sorted(older, key=lambda r: r.all[path] != file):
            known = self.releases / record.id / path
            if record.all[path].sha256 != file.sha256 or not _is(known, file):
                continue
            if record.all[path] != file or not _linked(known, target):
                self._fresh(target, known.read_bytes(), file)
            return True
        return False

    def _fresh(self, target: Path, data: bytes, file: File) -> int:
        target.write_bytes(data)
        target.chmod(0o644)
        os.utime(target, (file.time, file.time))
        self.written.append(target)
        return len(data)

    # --- showing ------------------------------------------------------------------------------

    def show(self, record: Record, standing: Standing) -> None:
        """Make it what readers get, in one step; file by file where there are no links."""
        if self._current() != standing.current:
            raise Refused(CROSSED.format(self.root))
        if self.by_file:
            self._file_by_file(record, standing)
            return
        fresh = self.root / f".{CURRENT}.{os.getpid()}"
        fresh.unlink(missing_ok=True)
        try:
            fresh.symlink_to(f"{RELEASES}/{record.id}", target_is_directory=True)
        except OSError as error:
            raise Refused(
                f"{self.root} 里建不了符号链接（{error.strerror}）：在 sites.yml 里给它写 switch: files。"
            ) from None
        fresh.replace(self.root / CURRENT)

    def _file_by_file(self, record: Record, standing: Standing) -> None:
        current, tree = self.root / CURRENT, self.releases / record.id
        _write(self.releases / JOURNAL, json.dumps({"to": record.id}).encode())
        _folder(current)
        for path in sorted(record.all, key=lambda p: (not lasting(p), p)):
            file, target = record.all[path], current / path
            if not _is(target, file) or int(target.stat().st_mtime) != file.time:
                _folder(target.parent)
                fresh = target.with_name(f".{target.name}.{os.getpid()}")
                self._fresh(fresh, (tree / path).read_bytes(), file)
                _into(fresh, target)
        ours = {p for r in (*standing.records, record) for p in r.all}
        gone = [p for p in _files(current) if p not in record.all and _named(p) & ours]
        for path in gone:  # never what others put there
            (current / path).unlink(missing_ok=True)
        _prune(current, gone)
        _write(self.releases / SHOWN, record.id.encode())
        (self.releases / JOURNAL).unlink()

    # --- removing -----------------------------------------------------------------------------

    def drop(self, identities: list[str], standing: Standing) -> None:
        """Remove releases, records first, and what cut-off runs left."""
        for identity in identities:
            (self.releases / f"{identity}.json").unlink(missing_ok=True)
        for left in self.releases.iterdir() if self.releases.is_dir() else ():
            recorded = (self.releases / f"{left.name}.json").exists()
            recorded &= not left.name.startswith(REHEARSAL)
            ours = IDENTITY.fullmatch(left.name) or STRAY.fullmatch(left.name)
            if ours and left.is_dir() and left.name != self._current() and not recorded:
                shutil.rmtree(left, ignore_errors=True)
        for record in self.releases.glob(f"{REHEARSAL}-*.json"):
            if IDENTITY.fullmatch(record.stem):
                record.unlink()
        for link in self.root.glob(f".{CURRENT}.*"):
            if link.is_symlink() and FRESH.fullmatch(link.name):
                link.unlink(missing_ok=True)

    # --- sealed -------------------------------------------------------------------------------

    def lay(self, name: str, file: Path) -> None:
        """Put a container beside the releases; nobody but its owner reads that folder."""
        folder = self.root / SEALED
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = folder / f".{name}.part"
        shutil.copyfile(file, part)
        _on_disk([part])
        part.replace(folder / name)

    def laid(self, name: str) -> str:
        """Its hash; empty when it isn't there."""
        file = self.root / SEALED / name
        return _hash(file) if file.exists() else ""

    def unlay(self, name: str) -> None:
        """Remove it."""
        (self.root / SEALED / name).unlink(missing_ok=True)

    def pour(self, name: str, key: Key) -> tuple[Record, Path | None]:
        """Decrypt beside the releases; `put` finds the files there and checks each.

        They are not waited for until they are on the disk: the hour has struck.
        """
        room = self.releases / f".{name}.open"
        shutil.rmtree(room, ignore_errors=True)
        _folder(room)
        record = read(sealed.pour(self.root / SEALED / name, key, room))
        for folder in _folders(room):
            folder.chmod(0o755)
        part = self.releases / f".{record.id}.part"
        shutil.rmtree(part, ignore_errors=True)
        room.rename(part)
        return record, part


# --- files ------------------------------------------------------------------------------------


def _linked(known: Path, target: Path) -> bool:
    try:
        os.link(known, target)
    except OSError:  # a file system without links
        return False
    return True


def _is(path: Path, file: File) -> bool:
    """Whether a plain file of these bytes lies there: a link is none, wherever it leads."""
    try:
        there = path.lstat()
        plain = stat.S_ISREG(there.st_mode) and there.st_size == file.size
        return plain and _hash(path) == file.sha256
    except OSError:
        return False


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _files(folder: Path) -> list[str]:
    """All that lies below and is no folder; a link to one is not followed."""
    found = []
    for here, folders, files in os.walk(folder):
        names = [*files, *(n for n in folders if os.path.islink(f"{here}/{n}"))]  # noqa: PTH114  # of every file
        found += [Path(here, name).relative_to(folder).as_posix() for name in names]
    return found


def _wrong(folder: Path, files: dict[str, File]) -> list[str]:
    bad = [path for path, file in files.items() if not _is(folder / path, file)]
    return sorted({*bad, *(p for p in _files(folder) if p not in files)})


def _some(paths: list[str]) -> str:
    return "、".join(paths[:5]) + (f" 等 {len(paths)} 个" if len(paths) > 5 else "")


def _folder(path: Path) -> None:
    """Make folders that a web server may read, whatever the umask."""
    if not path.is_dir():
        _folder(path.parent)
        with suppress(FileExistsError):
            path.mkdir()
        path.chmod(0o755)


def _write(path: Path, data: bytes) -> None:
    """Write a small file in one step."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with fresh.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)


def _into(fresh: Path, target: Path, tries: int = 40) -> None:
    """Replace a file; on Windows a reader may hold the old one for a moment."""
    for left in reversed(range(tries)):
        try:
            fresh.replace(target)
        except PermissionError:
            if not left:
                raise
            time.sleep(0.05)
        else:
            return


def _prune(folder: Path, gone: list[str]) -> None:
    """Remove folders that hold nothing any more, now that these files are gone."""
    left = {up for path in gone for up in Path(path).parents if up.parts}
    for path in sorted(left, key=lambda p: -len(p.parts)):
        with suppress(OSError):
            (folder / path).rmdir()


def _ours(name: str) -> bool:
    """Whether we make something of this name among the releases."""
    fresh = FRESH.fullmatch(name)
    plain = (fresh[1] if fresh else name).removesuffix(".json")
    return bool(
        plain in {SHOWN, JOURNAL.removesuffix(".json")}
        or IDENTITY.fullmatch(plain)
        or STRAY.fullmatch(name)
    )


def _named(path: str) -> set[str]:
    """The file that a path is, or is being made into."""
    folder, _, name = path.rpartition("/")
    fresh = FRESH.fullmatch(name)
    return {path, f"{folder}/{fresh[1]}" if folder else fresh[1]} if fresh else {path}


def _folders(folder: Path) -> Iterator[Path]:
    return (p for p in folder.rglob("*") if p.is_dir())


def _on_disk(files: list[Path]) -> None:
    """Wait until files and their folders are on the disk, many at a time: one by one takes seconds."""
    folders = {f.parent for f in files} if os.name == "posix" else set()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(_sync, [*files, *folders]))


def _sync(path: Path) -> None:
    with suppress(FileNotFoundError):
        handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
