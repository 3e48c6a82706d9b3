"""Tells of saved files, once a save is over: editors write aside, rename, empty and fill again."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch
from watchdog.observers.polling import PollingObserver

from builder.config import CONFIG_FILE
from builder.read import FOLDERS

QUIET = 0.012  # a save is over when nothing has happened for so long
PATIENCE = 0.12  # how long a file may be empty or away in the middle of a save
LONGEST = 0.25
CALM = 0.25  # a pause after a change
CHANGES = frozenset({"created", "modified", "deleted", "moved", "closed"})


class Watch(FileSystemEventHandler):
    """Watches the authored folders and the site configuration under one root."""

    def __init__(
        self,
        root: Path,
        changed: Callable[[set[str]], None],
        knows: Callable[[str], bool],
        calm: Callable[[], None] = lambda: None,
        observer: Callable[[], BaseObserver] = Observer,
    ) -> None:
        """`changed` gets paths relative to `root`, `calm` tells of a pause after it; on a thread of ours."""
        self.root = root
        self.changed = changed
        self.knows = knows
        self.calm = calm
        self.native = True
        self._touched: set[str] = set()
        self._last = 0.0
        self._awake = threading.Condition()
        self._closed = False
        self._watched: dict[str, ObservedWatch] = {}
        self._observer = observer()
        self._thread = threading.Thread(target=self._run, name="preview-watch", daemon=True)

    def start(self) -> None:
        """Begin; falls back to looking again and again where the system's way fails."""
        try:
            self._schedule()
            self._observer.start()
        except OSError:
            self.native = False
            self._watched.clear()
            self._observer = PollingObserver(timeout=0.5)
            self._schedule()
            self._observer.start()
        self._thread.start()

    def stop(self) -> None:
        """End both threads."""
        with self._awake:
            self._closed = True
            self._awake.notify_all()
        self._observer.stop()
        self._observer.join()
        self._thread.join()

    def _schedule(self) -> None:
        self._observer.schedule(self, str(self.root))
        for folder in FOLDERS:
            self._follow(folder)

    def _follow(self, folder: str) -> None:
        """Watch a folder under the root, again when it was made anew."""
        old = self._watched.pop(folder, None)
        if old is not None:
            self._observer.unschedule(old)
        if (self.root / folder).is_dir():
            path = str(self.root / folder)
            self._watched[folder] = self._observer.schedule(self, path, recursive=True)

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Note an event; called by the observer."""
        if event.event_type not in CHANGES or (
            event.is_directory and event.event_type == "modified"
        ):
            return
        paths = {p for p in map(self._relative, (event.src_path, event.dest_path)) if p}
        ours = {p for p in paths if p == CONFIG_FILE or p.partition("/")[0] in FOLDERS}
        for path in ours & set(FOLDERS):
            if event.event_type in {"created", "moved"}:
                self._follow(path)
        if ours:
            with self._awake:
                self._touched |= ours
                self._last = time.monotonic()
                self._awake.notify_all()

    def _relative(self, path: bytes | str) -> str:
        if not path:
            return ""
        try:
            return Path(os.fsdecode(path)).relative_to(self.root).as_posix()
        except ValueError:
            return ""

    def _run(self) -> None:
        self.calm()
        while (touched := self._gather()) is not None:
            self.changed(touched)
            with self._awake:
                busy = self._awake.wait_for(lambda: self._closed or bool(self._touched), CALM)
            if not busy:
                self.calm()

    def _gather(self) -> set[str] | None:
        """Wait for events, then for the save to be over; None when the watch is closed."""
        with self._awake:
            self._awake.wait_for(lambda: self._closed or bool(self._touched))
            began = time.monotonic()
            while not self._closed and (wait := self._wait(began)) > 0:
                self._awake.wait(wait)
            touched, self._touched = self._touched, set()
            return None if self._closed else touched

    def _wait(self, began: float) -> float:
        """How much longer the save may take."""
        now = time.monotonic()
        quiet = self._last + (PATIENCE if any(map(self._half, self._touched)) else QUIET)
        return min(quiet, began + LONGEST) - now

    def _half(self, path: str) -> bool:
        """True for a known file that is empty or away: most likely a save has only begun."""
        if not self.knows(path):
            return False
        try:
            return (self.root / path).stat().st_size == 0
        except OSError:
            return True
