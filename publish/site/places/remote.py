"""A server behind SSH, as the system's own `ssh` reaches it: keys, known hosts and agents are its affair.

Files go by rsync where both sides have it, else as one tar. The server itself tells the hash of every
file; nothing is believed because a program ended well.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shlex
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from builder.problems import Refused
from publish.site.places import (
    CROSSED,
    DAMAGED,
    ELSEWHERE,
    FOREIGN,
    LINKED,
    MISSING,
    Clock,
    Key,
    Source,
    Standing,
    scripts,
)
from publish.site.places.copies import kept
from publish.site.release import IDENTITY, File, Record, read
from publish.site.targets import Target

SLOW = 20  # seconds for a connection to come about
ROOM = 64 * 1024 * 1024
PORTION = 64 * 1024 * 1024
HASH = re.compile(r"[0-9a-f]{64}")


class Remote:
    """The folder `target.path` on `target.host`, laid out as `folder.Folder` does."""

    def __init__(self, target: Target, state: Path) -> None:
        """`state`: records that were read once are kept there."""
        self.target = target
        self.kept = state / "site" / target.name
        self.tools: frozenset[str] = frozenset()
        self.digests: dict[str, str] = {}  # of containers that were laid and checked
        self.wait_for_disk = "sync"

    # --- what is there ------------------------------------------------------------------------

    def standing(self) -> Standing:
        """What is there."""
        rows = [line.split("\t") for line in self._text(scripts.STANDING).splitlines()]
        lacking = [row[1] for row in rows if row[0] == "lacks"]
        if lacking:
            raise Refused(f"{self._host} 缺少 {'、'.join(lacking)}：请管理员装上再发。")
        if any(row[0] == "folder" for row in rows):
            raise Refused(
                f"{self.target.where}/current 是普通文件夹，不是符号链接：先把它改名移走，再发布。"
            )
        self.tools = frozenset(row[1] for row in rows if row[0] == "has")
        link = next((r[1] for r in rows if r[0] == "current"), "")
        top, _, current = link.rpartition("/")
        if link and (top != "releases" or not IDENTITY.fullmatch(current)):
            raise Refused(LINKED.format(self.target.where, link))
        strange = [row[1] for row in rows if row[0] == "strange"]
        if strange and not any(row[0] == "record" for row in rows):
            some = "、".join(strange[:5])
            raise Refused(FOREIGN.format(self.target.where, some, ELSEWHERE))
        records = [self._record(*row[1].split(maxsplit=1)) for row in rows if row[0] == "record"]
        return Standing(current, tuple(sorted(records, key=lambda r: r.number)))

    def _record(self, sha256: str, path: str) -> Record:
        identity = path.rpartition("/")[2].removesuffix(".json")
        return kept(
            self.kept / f"{sha256}.json",
            lambda: self._run(scripts.RECORD, identity),
            lambda data: hashlib.sha256(data).hexdigest() == sha256,
        )

    def wrong(self, record: Record) -> list[str]:
        """Files that are not what the record says, missing ones, strange ones."""
        return _wrong(_hashes(self._text(scripts.HASHES, record.id)), record.all)

    def clock(self) -> Clock | None:
        """The server's time; a reading is as sure as its answer was quick."""
        before = time.monotonic()
        said = self._text(scripts.CLOCK).strip().rstrip(".N%")
        took = time.monotonic() - before
        fine = 0.0 if "." in said else 1.0
        # the server answers somewhere between being asked and being heard
        moment = datetime.fromtimestamp(float(said) + took / 2, UTC)
        return Clock(moment, took / 2 + fine)

    # --- placing ------------------------------------------------------------------------------

    def put(self, record: Record, source: Source, standing: Standing, folder: Path | None) -> int:
        """Place a release whole and checked; files of older ones are linked, not sent."""
        said = self._text(scripts.BEGIN, record.id)
        there, files = _hashes(said), record.all
        stray = [p for p, sha256 in there.items() if p not in files or files[p].sha256 != sha256]
        if stray:
            self._lines(scripts.REMOVE, record.id, stray)
        have = {p for p in there if p not in stray}
        old = {p: r for p in files if p not in have and (r := _older(p, files[p], standing))}
        lost = [p for p in record.carried if p not in have and p not in old]
        if lost:
            raise Refused(MISSING.format(lost[0]))
        send = sorted(p for p in files if p not in have and p not in old)
        self._room(said, sum(files[p].size for p in send))
        if old:
            self._lines(scripts.LINK, record.id, (f"{old[p]}\t{p}" for p in sorted(old)))
        copied = {p for p, how in old.items() if how.startswith("cp")}
        self._send(record, send, source, folder)
        wrong = self._timed(record, {*send, *have, *copied})
        if again := [p for p in wrong if p in record.files and p in old]:  # damaged where they lay
            self._lines(scripts.REMOVE, record.id, again)
            self._send(record, again, source, folder)
            wrong, send = self._timed(record, set(again)), [*send, *again]
        if lost := [p for p in wrong if p in record.carried]:
            raise Refused(DAMAGED.format(lost[0]))
        if wrong:
            raise Refused(
                f"放到 {self._host} 的文件和清单不符：{'、'.join(wrong[:5])}。网站没有变，请再发一次；还是这样，请管理员查磁盘。"
            )
        self._run(scripts.DONE, record.id, self.wait_for_disk, data=record.write())
        return sum(files[p].size for p in send)

    def _timed(self, record: Record, fresh: set[str]) -> list[str]:
        """Give files their times; what the server then says is not as it should be."""
        lines = (f"{record.all[p].time}\t{p}" for p in sorted(fresh))
        return _wrong(_hashes(self._lines(scripts.TIMES, record.id, lines)), record.all)

    def _room(self, said: str, need: int) -> None:
        free = next((int(n[5:]) * 1024 for n in said.splitlines() if n.startswith("free\t")), None)
        if free is not None and free < need + ROOM:
            raise Refused(
                f"{self._host} 的磁盘只剩 {free >> 20} MB，需要 {(need + ROOM) >> 20} MB：腾出空间再发。"
            )

    def _send(self, record: Record, paths: list[str], source: Source, folder: Path | None) -> None:
        if not paths:
            return
        if folder is not None and "rsync" in self.tools and shutil.which("rsync"):
            self._rsync(record, paths, folder)
            return
        for batch in _batches(paths, record):
            packed = io.BytesIO()
            with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as box:
                for path in batch:
                    data = source(path)
                    member = tarfile.TarInfo(path)
                    member.size, member.mtime = len(data), record.all[path].time
                    member.mode = 0o644
                    box.addfile(member, io.BytesIO(data))
            self._run(scripts.UNTAR, record.id, data=packed.getvalue())

    def _rsync(self, record: Record, paths: list[str], folder: Path) -> None:
        there = f"{self.target.host}:{self.target.path}/releases/.{record.id}.part/"
        words = [
            "rsync",
            "-r",
            "-s",
            "--checksum",
            "--no-links",
            "--chmod=D755,F644",
            "--files-from=-",
        ]
        words += ["-e", shlex.join(self._ssh()), f"{folder}/", there]
        self._call(words, "\n".join(paths).encode(), "rsync")

    def show(self, record: Record, standing: Standing) -> None:
        """Make it what readers get, in one step."""
        if self._text(scripts.SHOW, record.id, standing.current):
            raise Refused(CROSSED.format(self._host))

    def drop(self, identities: list[str], standing: Standing) -> None:
        """Remove releases, records first, and what cut-off runs left."""
        self._run(scripts.DROP, data="".join(f"{i}\n" for i in identities).encode())

    # --- sealed -------------------------------------------------------------------------------

    def lay(self, name: str, file: Path) -> None:
        """Put a container beside the releases."""
        if "openssl" not in self.tools:
            self.standing()
        if "openssl" not in self.tools:
            raise Refused(f"{self._host} 没有 openssl，到时开不了封：请管理员装上。")
        with file.open("rb") as stream:
            self._run(scripts.LAY, name, stream=stream)

    def laid(self, name: str) -> str:
        """Its hash; empty when it isn't there."""
        found = HASH.match(self._text(scripts.LAID, name))
        self.digests[name] = found.group() if found else ""
        return self.digests[name]

    def unlay(self, name: str) -> None:
        """Remove it."""
        self._run(scripts.UNLAY, name)

    def pour(self, name: str, key: Key) -> tuple[Record, Path | None]:
        """Decrypt there; `put` has every file's hash told."""
        keys = f"{key.cipher.hex()}\n{key.start.hex()}\n".encode()
        digest = self.digests.get(name) or self.laid(name)
        record = read(self._run(scripts.POUR, name, digest, data=keys))
        self.wait_for_disk = ":"  # the hour has struck
        return record, None

    # --- ssh ----------------------------------------------------------------------------------

    @property
    def _host(self) -> str:
        return self.target.host

    def _ssh(self) -> list[str]:
        target = self.target
        words = ["ssh", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={SLOW}", *_shared()]
        words += ["-F", target.ssh_config] if target.ssh_config else []
        words += ["-i", target.identity] if target.identity else []
        return [*words, "-p", str(target.port)] if target.port != 22 else words

    def _run(
        self, script: str, *arguments: str, data: bytes = b"", stream: IO[bytes] | None = None
    ) -> bytes:
        command = shlex.join(["sh", "-c", script, "weike", self.target.path, *arguments])
        return self._call([*self._ssh(), self._host, command], stream or data, "ssh")

    def _text(self, script: str, *arguments: str) -> str:
        return self._run(script, *arguments).decode("utf-8", "replace")

    def _lines(self, script: str, identity: str, lines: Iterable[str]) -> str:
        text = "".join(f"{line}\n" for line in lines)
        return self._run(script, identity, data=text.encode()).decode("utf-8", "replace")

    def _call(self, words: list[str], data: bytes | IO[bytes], program: str) -> bytes:
        given: dict[str, Any] = {"input": data} if isinstance(data, bytes) else {"stdin": data}
        try:
            done = subprocess.run(words, capture_output=True, check=False, **given)
        except FileNotFoundError:
            raise Refused(f"这台机器没有 {program}：请装上 OpenSSH 客户端。") from None
        if done.returncode:
            raise Refused(self._said(done.returncode, done.stderr.decode("utf-8", "replace")))
        return bytes(done.stdout)

    def _said(self, code: int, stderr: str) -> str:
        last = next((n.strip() for n in reversed(stderr.splitlines()) if n.strip()), "没有说明")
        if code == 255:
            return f"连不上 {self._host}（{last}）：检查网络、账号和密钥，先用 ssh 手工登录一次。网站没有变。"
        return f"{self._host} 上没有做成（{last}）：检查 {self.target.path} 的权限和磁盘空间，再发一次会接着做。"


@lru_cache(maxsize=1)
def _shared() -> tuple[str, ...]:
    """One connection for all calls of a run: a handshake for each would cost the seconds after an hour."""
    if os.name == "nt":
        return ()
    folder = Path(tempfile.gettempdir()) / f"weike-ssh-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o077:
        return ()
    return ("-o", "ControlMaster=auto", "-o", f"ControlPath={folder}/%C", "-o", "ControlPersist=30")


def _older(path: str, file: File, standing: Standing) -> str:
    """How to get the same bytes from a release that lies there: by a link when their time is the same too."""
    there = [r for r in reversed(standing.records) if path in r.all]
    same = [r for r in there if r.all[path].sha256 == file.sha256]
    linked = next((r.id for r in same if r.all[path] == file), "")
    return f"ln\t{linked}" if linked else f"cp\t{same[0].id}" if same else ""


def _batches(paths: list[str], record: Record) -> Iterator[list[str]]:
    """Paths in portions that fit into memory."""
    batch: list[str] = []
    size = 0
    for path in paths:
        if batch and size + record.all[path].size > PORTION:
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += record.all[path].size
    yield batch


def _hashes(said: str) -> dict[str, str]:
    """What a server says lies there, each with its hash; none of what is no plain file of a plain name."""
    found = {}
    for line in said.splitlines():
        mark, _, path = line.partition("  ./")
        if HASH.fullmatch(mark.removeprefix("\\")) or mark == scripts.ODD:
            found[path] = mark if path not in found else scripts.ODD
    return found


def _wrong(there: dict[str, str], files: dict[str, File]) -> list[str]:
    bad = {p for p, f in files.items() if there.get(p) != f.sha256}
    return sorted(bad | {p for p in there if p not in files})
