"""All snapshot files of a site: which exist at a moment, and whether they agree with one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from builder.indicators import laid, seals
from builder.indicators.layers import Snapshot
from builder.indicators.seals import SUFFIX, ReleaseKey
from builder.indicators.snapshots import FOLDER, MAX_BYTES, examine
from builder.problems import Problem, Refused, Where

SEALED_HINT = "在有开封密钥的机器上生成：环境变量 WEIKE_RELEASE_KEY 指密钥文件，见运维手册。"


class File(NamedTuple):
    """One snapshot file: its path under the root, its text."""

    path: str
    text: str

    @property
    def sealed(self) -> bool:
        """Whether its numbers are hidden."""
        return self.path.endswith(SUFFIX)

    @property
    def name(self) -> str:
        """The id that its name gives it."""
        return self.path.rpartition("/")[2].partition(".")[0]


def read_files(root: Path) -> list[File]:
    """Every snapshot file under `root`, by name; links are not followed."""
    folder = root / FOLDER
    if folder.is_symlink() or not folder.is_dir():
        return []
    found = (p for p in sorted(folder.glob("*.json")) if p.is_file() and not p.is_symlink())
    return [File(f"{FOLDER}/{path.name}", _text(path)) for path in found]


def _text(path: Path) -> str:
    with path.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def admitted(
    files: Iterable[File], now: datetime, clock: datetime, key: ReleaseKey | None = None
) -> tuple[list[Snapshot], list[Problem]]:
    """The snapshots that exist at `now`, and everything that is wrong with any of the files.

    `clock` is the real time: a file in the clear whose hour lies ahead of it is an error, whatever `now`
    says. A sealed file is opened with `key` once its hour has come, and is as good as absent before.
    """
    good: list[tuple[File, Snapshot]] = []
    problems: list[Problem] = []
    for file in files:
        text, said = _opened(file, now, key) if file.sealed else (file.text, [])
        problems += said
        if text is None:
            continue
        snapshot, said = examine(text, file.path)
        problems += said
        if snapshot is not None:
            problems += () if file.sealed else early(file.path, snapshot.vintage.release, clock)
            good.append((file, snapshot))
    problems += _quarrels(good)
    return [s for _, s in good if s.vintage.release <= now], problems


def _opened(file: File, now: datetime, key: ReleaseKey | None) -> tuple[str | None, list[Problem]]:
    where = Where(file.path)
    try:
        head = seals.sealed_head(file.text)
        if now < seals.release_of(head):
            return None, []
        if key is None:
            message = f"“{head['title']}”到了发布时间，这台机器没有开封密钥，这次当它不存在。"
            return None, [Problem("SNP008", where, message, SEALED_HINT)]
        return seals.opened(file.text, key, now), []
    except Refused as refused:
        return None, [_shut(file, refused)]


def _shut(file: File, refused: Refused) -> Problem:
    action = "用封存时指定的密钥；文件坏了的，从 git 里取回。"
    return Problem("SNP009", Where(file.path), str(refused), action)


def spoilt(files: Iterable[File], key: ReleaseKey | None) -> Iterator[Problem]:
    """Sealed files that can't be opened when their hour comes; without the key what can be told of them."""
    for file in files:
        if file.sealed:
            try:
                seals.sealed_head(file.text)
                if key is not None:
                    seals.unsealed(file.text, key)
            except Refused as refused:
                yield _shut(file, refused)


def early(path: str, release: datetime, clock: datetime) -> Iterator[Problem]:
    """A file in the clear whose hour lies ahead of the real time."""
    if release > clock:
        where = Where(path, 1, 1)
        message = f"这个快照到 {release.isoformat()} 才发布，现在却是明文，谁都看得到。"
        action = f"运行 weike seal {path} 封存；明文已经提交过的，马上告诉管库的人。"
        yield Problem("SNP001", where, message, action)


def _quarrels(good: Sequence[tuple[File, Snapshot]]) -> Iterator[Problem]:
    by_id = {snapshot.vintage.id: file for file, snapshot in good}
    for name, fault in laid.faults([s for _, s in good]):
        file = by_id[name]
        yield fault.problem("" if file.sealed else file.text, file.path)
