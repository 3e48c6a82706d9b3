"""Real database servers on loopback, each with a data folder of its own, never run by root."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.conftest import lacking
from tests.webservers import answering, free_port

OWNER, READER = "weike_owner", "weike_reader"
PASSWORD = "Mi-ma/9@7:x"  # with all that an address must escape
QUOTED = "Mi-ma%2F9%407%3Ax"
NOBODY = "nobody"


class Server(NamedTuple):
    """A database: the addresses of one who may write, and of one who may read."""

    name: str
    owner: str
    reader: str


def found(program: str, *folders: str) -> str:
    """Where a program is; the test is skipped, or fails where all is required, when it is nowhere."""
    newest = [str(p) for f in folders for p in sorted(Path("/").glob(f.lstrip("/")), reverse=True)]
    places = os.pathsep.join([os.environ.get("PATH", ""), *newest, "/usr/sbin"])
    where = shutil.which(program, path=places)
    if where is None:
        lacking(program)
    return str(where)


class _House:
    """A folder that belongs to whoever runs the server, and programs run by them."""

    def __init__(self, here: Path) -> None:
        self.here = here
        self.who: dict[str, object] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam(NOBODY)
            os.chown(here, user.pw_uid, user.pw_gid)
            self.who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self.environ = {**os.environ, "HOME": str(here), "LC_ALL": "C"}

    def run(self, words: Sequence[str], told: str = "") -> None:
        done = subprocess.run(  # type: ignore[call-overload]  # whose, when root
            words,
            cwd=self.here,
            env=self.environ,
            input=told.encode(),
            capture_output=True,
            check=False,
            timeout=120,
            **self.who,
        )
        assert done.returncode == 0, (done.stdout + done.stderr).decode()[-2000:]

    @contextmanager
    def serve(
        self, words: Sequence[str], port: int, stop: signal.Signals = signal.SIGTERM
    ) -> Iterator[None]:
        with (
            (self.here / "log").open("wb") as log,
            subprocess.Popen(  # type: ignore[call-overload]  # as above
                words, cwd=self.here, env=self.environ, stdout=log, stderr=log, **self.who
            ) as process,
        ):
            try:
                answering(port, process)
                yield
            finally:
                process.send_signal(stop)


@contextmanager
def postgresql() -> Iterator[Server]:
    """PostgreSQL with passwords; both users know the same."""
    folder = "/usr/lib/postgresql/*/bin"
    initdb, server, psql = (found(p, folder) for p in ("initdb", "postgres", "psql"))
    with tempfile.TemporaryDirectory(prefix="weike-pg-", ignore_cleanup_errors=True) as place:
        house, port = _House(Path(place)), free_port()
        (Path(place) / "password").write_text(PASSWORD)
        (Path(place) / "password").chmod(0o644)
        new = [initdb, "-D", f"{place}/data", "-U", OWNER, "--auth=scram-sha-256", "-E", "UTF8"]
        house.run([*new, "--no-locale", "--no-sync", f"--pwfile={place}/password"])
        words = [server, "-D", f"{place}/data", "-h", "127.0.0.1", "-p", str(port), "-k", place]
        with house.serve([*words, "-c", "fsync=off"], port, signal.SIGINT):  # waits for no client
            house.environ["PGPASSWORD"] = PASSWORD
            asked = [psql, "-h", "127.0.0.1", "-p", str(port), "-U", OWNER, "-d", "postgres"]
            grant = (
                f"CREATE USER {READER} PASSWORD '{PASSWORD}'; GRANT pg_read_all_data TO {READER};"
            )
            house.run([*asked, "-v", "ON_ERROR_STOP=1"], grant)
            at = f"127.0.0.1:{port}/postgres"
            yield Server(
                "postgresql", *(f"postgresql://{u}:{QUOTED}@{at}" for u in (OWNER, READER))
            )


@contextmanager
def mysql() -> Iterator[Server]:
    """MariaDB, which speaks as MySQL does."""
    install, server = found("mariadb-install-db"), found("mariadbd")
    client = found("mariadb")
    with tempfile.TemporaryDirectory(prefix="weike-my-", ignore_cleanup_errors=True) as place:
        house, port = _House(Path(place)), free_port()
        data, socket = f"--datadir={place}/data", f"--socket={place}/s"
        new = [install, "--no-defaults", data, "--auth-root-authentication-method=normal"]
        house.run([*new, "--skip-test-db", f"--tmpdir={place}"])
        words = [server, "--no-defaults", data, socket, f"--port={port}", f"--tmpdir={place}"]
        quick = ["--bind-address=127.0.0.1", "--skip-name-resolve", f"--pid-file={place}/pid"]
        with house.serve([*words, *quick, "--innodb-flush-log-at-trx-commit=0"], port):
            told = "CREATE DATABASE weike CHARACTER SET utf8mb4;" + "".join(
                f"CREATE USER {u}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'; GRANT {g} ON weike.* TO {u}@'127.0.0.1';"
                for u, g in ((OWNER, "ALL"), (READER, "SELECT, EXECUTE"))
            )
            house.run([client, "--no-defaults", socket, "-u", "root"], told)
            at = f"127.0.0.1:{port}/weike?charset=utf8mb4"
            yield Server("mysql", *(f"mysql://{u}:{QUOTED}@{at}" for u in (OWNER, READER)))


@contextmanager
def sqlite() -> Iterator[Server]:
    """A file; whoever can read it can write it."""
    with tempfile.TemporaryDirectory(prefix="weike-lite-") as place:
        (Path(place) / "a b.db").touch()
        address = f"sqlite:///{place}/a b.db"
        yield Server("sqlite", address, address)


SERVERS = {"sqlite": sqlite, "postgresql": postgresql, "mysql": mysql}
