"""`weike preview`: the site while it is being written, made page by page, on this machine only."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType

from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from builder.config import load_config
from builder.model import BEIJING
from builder.preview.desk import Clock, Desk, Say
from builder.preview.server import Server, listen
from builder.preview.watch import Watch


def serve(root: Path, edition: str, port: int, now: datetime | None) -> int:
    """Watch `root` and serve it until Ctrl-C; `now` fixes the clock. Returns the exit code."""
    known = load_config(root).editions
    if edition and edition not in known:
        print(f"没有叫 `{edition}` 的版本，只有：{'、'.join(known)}。")
        return 1
    try:
        with Preview(root, edition, port, clock=(lambda: now) if now else _clock) as preview:
            preview.greet()
            gc.collect()
            gc.freeze()  # what was read stays: no need to look through it at every save
            wait()
    except OSError as error:
        print(f"预览开不起来：{error.strerror}。换一个端口，如 --port 8100。")
        return 1
    except KeyboardInterrupt:
        print("\n预览已停下。")
    return 0


def wait() -> None:
    """Sleep until Ctrl-C; in short turns, so that it is heard on Windows too."""
    forever = threading.Event()
    while not forever.wait(0.5):
        pass


def _clock() -> datetime:
    return datetime.now(BEIJING).replace(microsecond=0)


def _tell(text: str) -> None:
    print(text, flush=True)


class Preview:
    """A running preview; a context manager that ends all it began."""

    def __init__(
        self,
        root: Path,
        edition: str = "",
        port: int = 8000,
        *,
        clock: Clock = _clock,
        observer: Callable[[], BaseObserver] = Observer,
        say: Say = _tell,
    ) -> None:
        """Read everything and bind the addresses; nothing runs before `with`."""
        self.say = say
        self.desk = Desk(root.resolve(), edition, clock, say)
        self.servers: list[Server] = listen(self.desk, port)
        desk = self.desk
        self.watch = Watch(root.resolve(), desk.refresh, desk.shelf.knows, desk.settle, observer)
        self._threads = [
            threading.Thread(target=s.serve_forever, args=(0.1,), name="preview-http", daemon=True)
            for s in self.servers
        ]

    @property
    def port(self) -> int:
        """The port both addresses listen on."""
        return int(self.servers[0].server_address[1])

    def greet(self) -> None:
        """Say where to look."""
        sight = self.desk.sights[self.desk.first]
        label = sight.selection.site.edition.label
        count = len(sight.selection.site.pages)
        self.say(
            f"打开 http://localhost:{self.port}/ 看{label}（{count} 篇）。存盘就换新，按 Ctrl-C 停下。"
        )
        if not self.watch.native:
            self.say("系统的文件通知用不了，改为每半秒看一次。")

    def __enter__(self) -> Preview:
        """Watch and serve."""
        self.watch.start()
        self.desk.refresh(())  # what was saved between reading and watching
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop watching, let readers go, close the addresses."""
        self.watch.stop()
        self.desk.close()
        for server in self.servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()
