"""The robot of the bundle that is served: read once, and again when the bundle is swapped."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from builder.bundle import Bundle, load
from builder.robot.engine import Robot
from builder.robot.package import load as read

FILE = "robot/package.json"
BEIJING = timezone(timedelta(hours=8))
Seen = tuple[int, int, int]  # inode, time and size of a bundle's manifest


@dataclass(frozen=True, slots=True)
class Script:
    """One package as it is served: the robot that answers from it, its bytes, the bundle it came with."""

    robot: Robot
    data: bytes
    version: str
    bundle: Bundle

    @property
    def base(self) -> str:
        """The address of the site, with its slash."""
        return str(self.bundle.header.get("base_url", ""))

    def address(self, url: str) -> str:
        """The whole address of what an item or a reply points to; empty stays empty."""
        return url if not url or "://" in url else self.base + url


class Scripts:
    """Keeps the newest package that could be read; what can't be read never takes its place."""

    def __init__(self, folder: Path | None) -> None:
        """`folder`: `dist/<edition>`; None when the service has no bundle."""
        self.folder = folder
        self._held: Script | None = None
        self._seen: Seen | None = None
        self._turn = threading.Lock()

    def now(self) -> Script | None:
        """The package of this moment; while a new one is read, all but one reader get the one before."""
        if self.folder is None:
            return None
        seen = look(self.folder / "manifest.json")
        if seen == self._seen or seen is None:
            return self._held
        if not self._turn.acquire(blocking=self._held is None):
            return self._held
        try:
            if seen != self._seen:
                self._take(self.folder, seen)
            return self._held
        finally:
            self._turn.release()

    def _take(self, folder: Path, seen: Seen) -> None:
        try:
            bundle = load(folder)
            data = bundle.read(FILE) if FILE in bundle.files else b""
            if data:
                self._held = Script(Robot(read(data)), data, _version(data), bundle)
            else:  # an edition that gives no scripts: what it no longer says is said no more
                self._held = None
        except OSError:
            return  # a swap was under way: asked again next time
        except ValueError:
            pass  # broken: what was there stays, until there is another
        self._seen = seen


def day_of(moment: int) -> str:
    """The day (ISO, Beijing) of a moment in milliseconds: what holds is judged by it."""
    return datetime.fromtimestamp(moment / 1000, UTC).astimezone(BEIJING).date().isoformat()


def look(file: Path) -> Seen | None:
    """What tells one manifest from the next; None when there is none at this moment."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _version(data: bytes) -> str:
    return str(json.loads(data)["version"])
