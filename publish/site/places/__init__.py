"""Where a site stands: a folder of this machine, a server behind SSH, storage that speaks S3.

All three answer the same questions (`Place`), so that what a push does is written once, in `carry`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from publish.site.release import Record
from publish.site.targets import Target

CROSSED = "{} 刚被另一台机器更新过：用 weike status site 看清楚，重新做计划再发。"
FOREIGN = "{} 里已经有不是 weike 放的东西（{}）：不发布，免得盖掉或删掉它。{}"
ELSEWHERE = "在 sites.yml 里换一个空的文件夹；这些东西确实不要了，先备份、移走，再发布。"
LINKED = "{}/current 是符号链接，指着 {}，不是 weike 发布的一版：不发布。在 sites.yml 里换一个空的文件夹；确实要用这里，先把 current 改名移走。"
DAMAGED = "旧版留下的文件 {} 已经损坏：加 --forget 重新做计划，不再保留旧版的文件。"
MISSING = "旧版留下的文件 {} 不在了：加 --forget 重新做计划。"
Source = Callable[[str], bytes]  # the bytes of one file of a release, already checked


@dataclass(frozen=True, slots=True)
class Standing:
    """What a server holds: the release that readers get, and every whole one, by number.

    `going`: a switch file by file that was cut off on its way to this release.
    """

    current: str = ""
    records: tuple[Record, ...] = ()
    going: str = ""

    @property
    def shown(self) -> Record | None:
        """The release that readers get."""
        return self.find(self.current)

    def find(self, identity: str) -> Record | None:
        """A whole release by its id."""
        return next((r for r in self.records if r.id == identity), None)


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of another machine, and by how much that reading may be wrong (seconds)."""

    time: datetime
    unsure: float


@dataclass(frozen=True, slots=True)
class Key:
    """What opens one sealed release."""

    cipher: bytes
    start: bytes
    seal: bytes


class Place(Protocol):
    """One server. Every call may be cut off at any point and done again."""

    def standing(self) -> Standing:
        """What is there."""

    def put(self, record: Record, source: Source, standing: Standing, folder: Path | None) -> int:
        """Place a release whole and checked, not shown yet; the number of bytes sent.

        `folder`: where the same files lie on this machine, when they do.
        """

    def show(self, record: Record, standing: Standing) -> None:
        """Make it what readers get in place of what `standing` says; `Refused` when that is not so any more."""

    def drop(self, identities: list[str], standing: Standing) -> None:
        """Remove placed releases, and what cut-off runs left."""

    def wrong(self, record: Record) -> list[str]:
        """Files of a placed release that are not what its record says, told by the server itself."""

    def clock(self) -> Clock | None:
        """The server's time, where it has one of its own that can be asked."""

    def lay(self, name: str, file: Path) -> None:
        """Put a sealed container beside the releases, where no reader gets."""

    def laid(self, name: str) -> str:
        """The SHA-256 of a container that lies there; empty when none does."""

    def unlay(self, name: str) -> None:
        """Remove a container."""

    def pour(self, name: str, key: Key) -> tuple[Record, Path | None]:
        """Open a container, to be placed by `put`; its record, and the folder when it is on this machine."""


def place(target: Target, state: Path, environ: Mapping[str, str]) -> Place:
    """The server of a target; nothing is asked of it yet."""
    if target.place == "local":
        from publish.site.places.folder import Folder

        return Folder(Path(target.path), target.switch == "files")
    if target.place == "ssh":
        from publish.site.places.remote import Remote

        return Remote(target, state)
    from publish.site.places.bucket import Bucket

    return Bucket(target, state, environ)
