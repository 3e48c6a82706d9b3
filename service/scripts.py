"""The robot of the bundle that is served: read once, and again when the bundle is swapped."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
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


class Ahead:
    """A thread that reads each new bundle before anybody asks: to read one takes a second, and more when busy."""

    def __init__(
        self, read: Callable[[], object], tell: Callable[[Exception], None], pause: float = 2.0
    ) -> None:
        """`read` is called at the start and every `pause` seconds; `tell`: what it could not do."""
        self._read, self._tell, self._pause = read, tell, pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scripts", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is being read is not waited for."""
        self._over.set()

    def _run(self) -> None:
        told = False
        while True:
            try:
                self._read()
                told = False
            except Exception as error:  # noqa: BLE001  # whoever asks is told; the next bundle may be better
                if not told:
                    self._tell(error)
                told = True
            if self._over.wait(self._pause):
                return


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
