"""What goes wrong with machines: a PostgreSQL that loses its power, a relay that swallows an answer, a full disk."""

from __future__ import annotations

import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Self

from tests.databases import OWNER, PASSWORD, QUOTED, _House, found
from tests.webservers import answering, free_port


class Postgres:
    """One server that keeps what it says (fsync on), can lose its power, and be started again."""

    def __init__(self) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="weike-pg-", ignore_cleanup_errors=True)
        self._house, self.port = _House(Path(self._place.name)), free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        place = self._place.name
        (Path(place) / "password").write_text(PASSWORD)
        (Path(place) / "password").chmod(0o644)
        new = [self._program("initdb"), "-D", f"{place}/data", "-U", OWNER, "-E", "UTF8"]
        new += ["--auth=scram-sha-256", "--no-locale", "--wal-segsize=1"]
        self._house.run([*new, f"--pwfile={place}/password"])
        self.start()
        return self

    def __exit__(self, *told: object) -> None:
        self.crash()
        self._place.cleanup()

    def start(self, largest: int = 0) -> None:
        """Begin, or begin again after a crash; `largest`: no file grows beyond so many bytes, as on a full disk."""
        place = self._place.name
        words = [self._program("postgres"), "-D", f"{place}/data", "-h", "127.0.0.1"]
        words += ["-p", str(self.port), "-k", place, "-c", "fsync=on", "-c", "max_wal_size=8MB"]
        with (Path(place) / "log").open("ab") as log:
            self._process = subprocess.Popen(  # type: ignore[call-overload]  # whose, when root
                words,
                cwd=place,
                env=self._house.environ,
                stdout=log,
                stderr=log,
                preexec_fn=partial(_bound, largest) if largest else None,  # noqa: PLW1509  # no threads of ours fork
                **self._house.who,
            )
        assert self._process is not None
        answering(self.port, self._process)

    def crash(self) -> None:
        """No farewell: nothing is written that was not."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(30)
            self._process = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"postgresql+psycopg://{OWNER}:{QUOTED}@127.0.0.1:{self.port}/postgres"

    @staticmethod
    def _program(name: str) -> str:
        return found(name, "/usr/lib/postgresql/*/bin")


def _bound(largest: int) -> None:
    """In the child: what a quota does."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))


class Relay:
    """Stands before a server; hands a COMMIT on and never brings the answer, when told so."""

    def __init__(self, port: int) -> None:
        self.swallow = False
        self._to = port
        self._threads: list[threading.Thread] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *told: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._to))
            thread = threading.Thread(target=self._pair, args=(client, server), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _pair(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            back = threading.Thread(target=self._back, args=(client, server), daemon=True)
            back.start()
            self._there(client, server)
            back.join(10)

    def _there(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                cut = self.swallow and b"COMMIT" in data
                if cut:
                    self.swallow = False
                    client.shutdown(socket.SHUT_RDWR)
                server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _back(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file that this process writes grows beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


# --- a service that writes until it is killed -----------------------------------------------------


class Nursery:
    """Forks writers from one process that has loaded everything."""

    def __init__(self) -> None:
        words = ["-m", "tests.service_writer"]
        python = sys.executable
        self._process = subprocess.Popen(
            [python, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *told: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def writer(self, url: str, life: int, acknowledged: Path) -> int:
        """A process that writes steps and notes each that was acknowledged; its id."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{url}\t{life}\t{acknowledged}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())
