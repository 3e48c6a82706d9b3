"""Review records: one signed line each, in a file that only grows.

A line is JSON in one canonical spelling, so that nobody can make two lines of one signature. `after`
names the lines before it: a line can't be taken out of the middle, and none can be put there. Where in
the file a line stands means nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from builder.approvals.digests import version_digest
from builder.approvals.words import DECISION_LABELS, ITEM, STEPS
from builder.problems import Refused

FOLDER = "content/approvals"
LOG = f"{FOLDER}/log"
SUFFIX = ".jsonl"
PURPOSE = b"weike-review-1\n"  # a signature given here is good for nothing else
MAX_LINE = 64 * 1024


@dataclass(frozen=True)
class Record:
    """One decision of one person on one version of one item.

    `division` owns the item. `files`: path → SHA-256 of everything that was looked at, the item's own file
    among it. `note` stays inside; `change` is the public word on what changed. `after`: digests of the
    lines that had none after them when this one was written. `key`: fingerprint of the key that signed.
    `paper`: for a form signed by hand, the clerk who entered it and the scan. `subject`: for a revoked
    key, its fingerprint, or `void:` and its fingerprint when nothing it signed may count.
    """

    item: str
    decision: str
    step: str
    person: str
    time: str
    division: str
    files: Mapping[str, str]
    note: str = ""
    change: str = ""
    after: str = ""
    key: str = ""
    paper: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""
    signature: str = ""

    @cached_property
    def version(self) -> str:
        """The hash over all files."""
        return version_digest(self.files)

    @cached_property
    def line(self) -> str:
        """The record as it stands in the log, without its line break."""
        return _canonical({name: getattr(self, name) for name in NAMES})

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the line; nobody can guess it, since the signature is part of it."""
        return hashlib.sha256(self.line.encode()).hexdigest()

    @cached_property
    def before(self) -> tuple[str, ...]:
        """Digests of the lines that this one was written after."""
        return tuple(self.after.split())

    def payload(self) -> bytes:
        """What is signed: the line without the signature, which only step, subject and time come after."""
        mark = ',"signature":"'
        at = self.line.rindex(mark)
        end = self.line.index('"', at + len(mark)) + 1
        return PURPOSE + (self.line[:at] + self.line[end:]).encode()


_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


NAMES = tuple(f.name for f in fields(Record))
MAPPINGS = frozenset({"files", "paper"})
KNOWN, WORDS = frozenset(NAMES), frozenset({"", *STEPS})
# Spare bits at its end would make more lines of one signature.
SIGNATURE = re.compile(r"(?:[A-Za-z0-9+/]{85}[AQgw]==)?")
SHA256 = re.compile(r"[0-9a-f]{64}")
AFTER = re.compile(r"(?:[0-9a-f]{64}(?: [0-9a-f]{64})*)?")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")
PATH = re.compile(r"(?!.*(?:^|/)\.{0,2}(?:/|$))[^\\\x00-\x1f]+")


def parse_line(line: str) -> Record:
    """Read one line; ValueError when it is anything but the canonical spelling of a record."""
    data = json.loads(line)
    if not isinstance(data, dict) or data.keys() != KNOWN:
        raise ValueError("keys")
    for name, value in data.items():
        if name not in MAPPINGS:
            if type(value) is not str:
                raise ValueError(name)
        elif type(value) is not dict or any(type(x) is not str for x in value.values()):
            raise ValueError(name)
    record = Record(**data)
    if record.line != line or not ITEM.fullmatch(record.item):
        raise ValueError("spelling")
    if record.decision not in DECISION_LABELS or record.step not in WORDS:
        raise ValueError("decision")
    _strict(record)
    return record


def _strict(record: Record) -> None:
    """ValueError unless times can be compared as text and everything has one spelling only."""
    if not TIME.fullmatch(record.time) or not AFTER.fullmatch(record.after):
        raise ValueError("time")
    datetime.fromisoformat(record.time)
    for path, sha256 in record.files.items():
        if not PATH.fullmatch(path) or not SHA256.fullmatch(sha256):
            raise ValueError("files")
    if not SIGNATURE.fullmatch(record.signature):
        raise ValueError("signature")


def log_path(item: str) -> str:
    """The file that holds an item's records, under the root."""
    if not ITEM.fullmatch(item):
        raise Refused(f"`{item[:80]}` 不是编号。编号写成 种类:名称，如 faq:mlk/sishang。")
    kind, _, name = item.partition(":")
    return f"{LOG}/{kind}/{name}{SUFFIX}"


@dataclass(frozen=True, slots=True)
class ItemLog:
    """All lines of one item: records in their order, and the numbers of lines that are none."""

    item: str
    records: tuple[Record, ...]
    broken: tuple[int, ...] = ()


class Logs(Mapping[str, ItemLog]):
    """Logs by item. `raw` has their bytes; a log is parsed when it is asked for."""

    def __init__(self, raw: Mapping[str, bytes]) -> None:
        """Take the bytes of each item's file."""
        self.raw = raw
        self._parsed: dict[str, ItemLog] = {}

    def __getitem__(self, item: str) -> ItemLog:
        """One item's log."""
        if item not in self._parsed:
            self._parsed[item] = parse_log(item, self.raw[item])
        return self._parsed[item]

    def __iter__(self) -> Iterator[str]:
        """The items, in the order of their files."""
        return iter(self.raw)

    def __len__(self) -> int:
        """How many items have a log."""
        return len(self.raw)


def read_logs(root: Path) -> Logs:
    """Every item's log under `root`; links and files elsewhere in the folder are not followed."""
    return Logs(dict(_logs(root)))


def _logs(root: Path) -> Iterator[tuple[str, bytes]]:
    base = root / LOG
    if base.is_symlink() or not base.is_dir():
        return
    for name in _names(str(base), ""):
        item = name.removesuffix(SUFFIX).replace("/", ":", 1)
        if ITEM.fullmatch(item):
            with open(f"{base}/{name}", "rb", buffering=0) as file:  # noqa: PTH123  # runs for all
                yield item, file.read()


def _names(base: str, folder: str) -> Iterator[str]:
    """Logs below a folder by their names, in a fixed order; links are not followed."""
    for found in sorted(os.scandir(f"{base}/{folder}"), key=lambda e: e.name):
        if found.is_dir(follow_symlinks=False):
            yield from _names(base, f"{folder}{found.name}/")
        elif found.name.endswith(SUFFIX) and found.is_file(follow_symlinks=False):
            yield f"{folder}{found.name}"


def read_log(root: Path, item: str) -> ItemLog:
    """One item's log; empty when there is none."""
    return parse_log(item, log_bytes(root, item))


def log_bytes(root: Path, item: str) -> bytes:
    """The file of one item's log; empty when there is none."""
    path = root / log_path(item)
    return path.read_bytes() if path.is_file() else b""


def parse_log(item: str, data: bytes) -> ItemLog:
    """The records of one file. Lines that are none, or speak of another item, are noted and left out."""
    records: list[Record] = []
    broken: list[int] = []
    seen: set[str] = set()
    for number, raw in enumerate(data.split(b"\n"), 1):
        row = raw.removesuffix(b"\r")
        if not row:
            continue
        try:
            if len(row) > MAX_LINE:
                raise ValueError("length")
            record = parse_line(row.decode())
            if record.item != item:
                raise ValueError("item")
        except (ValueError, TypeError, RecursionError):
            broken.append(number)
            continue
        if record.digest not in seen:  # merges may bring a line twice
            seen.add(record.digest)
            records.append(record)
    return ItemLog(item, tuple(records), tuple(broken))


def heads(records: Sequence[Record]) -> str:
    """The lines that none comes after yet, as the next line names them."""
    named = {digest for record in records for digest in record.before}
    return " ".join(sorted({r.digest for r in records} - named))


def append(root: Path, *records: Record) -> None:
    """Add signed records, each after the one before, at the end of their item's log: all, or none.

    They are flushed when this returns. `Refused` when another line came in since they were written.
    """
    path = root / log_path(records[0].item)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file, _alone(file):
        file.seek(0)
        before = file.read()
        if records[0].after != heads(parse_log(records[0].item, before).records):
            raise Refused("刚才有别人也审了这一篇，这次没有记下。请重新看一遍再签。")
        start = b"" if not before or before.endswith(b"\n") else b"\n"
        end = file.seek(0, os.SEEK_END)
        try:
            file.write(start + b"".join(r.line.encode() + b"\n" for r in records))
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            file.truncate(end)
            raise


class _alone:  # noqa: N801  # reads as a word of the language
    """Hold a file for this process while a line is added."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def __enter__(self) -> None:
        if os.name == "nt":
            import msvcrt

            self.file.seek(0)
            msvcrt.locking(self.file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        if os.name == "nt":
            import msvcrt

            self.file.seek(0)
            msvcrt.locking(self.file.fileno(), msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(self.file, fcntl.LOCK_UN)
