"""The service as a program: started, asked, told to stop under load; backups restored, everything taken out."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service import backup, cli
from service.roles import EXPERT
from service.store import audit, outbox, people
from service.store.audit import Act
from service.store.engine import Store
from tests.conftest import ROOT
from tests.service_databases import House
from tests.service_world import World, world
from tests.webservers import answering, free_port

PROGRAM = "import sys; from service.cli import main; sys.exit(main(sys.argv[1:]))"


@contextmanager
def served(folder: Path, **told: object) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """`weike serve` as a process; its port."""
    port = free_port()
    lines = {"profile": "internet", "data": str(folder / "data"), "port": port} | told
    file = folder / "service.toml"
    file.write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in lines.items()))
    words = [sys.executable, "-c", PROGRAM, "serve", "--settings", str(file)]
    with (
        (folder / "err").open("w") as err,
        subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=err, text=True) as process,
    ):
        try:
            answering(port, process)
            yield port, process
        finally:
            process.terminate()
            process.wait(40)


def ask(port: int, seen: Counter[str], over: threading.Event) -> None:
    """One client after the other, each with a connection of its own, until nobody listens any more."""
    while not over.is_set():
        try:
            link = socket.create_connection(("127.0.0.1", port), 10)
        except OSError:
            seen["shut"] += 1
            return
        with link:
            try:
                link.sendall(b"GET /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answer = b""
                while part := link.recv(65536):
                    answer += part
            except OSError as error:
                answer = repr(error).encode()
            whole = answer.startswith(b"HTTP/1.1 200") and answer.rstrip().endswith(b"</html>")
            seen["whole" if whole else "broken"] += 1
            if not whole:
                seen[answer[:60].decode("latin-1")] += 1


def keep(port: int, seen: Counter[str], over: threading.Event) -> None:
    """One connection, request after request, until it is told that the connection ends."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    while not over.is_set():
        try:
            link.request("GET", "/login")
            answer = link.getresponse()
            answer.read()
        except ConnectionRefusedError:
            seen["shut"] += 1
            break
        except OSError as error:
            seen["broken"] += 1
            seen[repr(error)] += 1
            break
        seen["whole"] += 1
        if answer.will_close:
            seen["told"] += 1
            break
    link.close()


def stopped_under_load(port: int, process: subprocess.Popen[str]) -> Counter[str]:
    """What clients saw when the service was told to stop in the middle of their asking."""
    seen: Counter[str] = Counter()
    over = threading.Event()
    threads = [threading.Thread(target=ask, args=(port, seen, over)) for _ in range(12)]
    threads += [threading.Thread(target=keep, args=(port, seen, over)) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(1.5)
    before, begun = seen["whole"], time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    seen["after"], seen["ms"] = seen["whole"] - before, int((time.monotonic() - begun) * 1000)
    over.set()
    for thread in threads:
        thread.join(20)
    return seen


def test_told_to_stop_it_answers_everybody_it_let_in(tmp_path: Path) -> None:
    with served(tmp_path) as (port, process):
        seen = stopped_under_load(port, process)
        print(dict(seen))
        assert process.returncode == 0
    assert seen["broken"] == 0, seen
    assert seen["whole"] > 20
    assert seen["shut"] >= 12
    assert seen["ms"] < 10_000
    events = [json.loads(line)["event"] for line in (tmp_path / "err").read_text().splitlines()]
    assert (events[0], events[-1]) == ("start", "stop")
    assert "mistake" not in events


def test_several_processes_share_a_postgresql(tmp_path: Path, house: House) -> None:
    """Two answer; one that dies is started anew; told to stop, both answer whom they let in."""
    with served(tmp_path, workers=2, database=house.fresh("postgresql")) as (port, process):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        first = until(lambda: children.read_text().split(), 2)
        os.kill(int(first[0]), signal.SIGKILL)
        later = until(lambda: [c for c in children.read_text().split() if c != first[0]], 2)
        assert len(set(later) - set(first)) == 1
        end = time.monotonic() + 20
        while (tmp_path / "err").read_text().count('"start"') < 3 and time.monotonic() < end:
            time.sleep(0.05)
        seen = stopped_under_load(port, process)
        print(dict(seen))
        assert process.returncode == 0
    assert seen["broken"] == 0, seen
    assert seen["whole"] > 20


def until(look: object, count: int) -> list[str]:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found: list[str] = look()  # type: ignore[operator]
        if len(found) == count:
            return found
        time.sleep(0.05)
    raise AssertionError("they are not there")


def test_a_port_that_is_taken_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        file = tmp_path / "s.toml"
        port = taken.getsockname()[1]
        file.write_text(f'data = "{tmp_path}/data"\nport = {port}\n')
        assert cli.main(["serve", "--settings", str(file)]) == 1
    assert f"127.0.0.1:{port} 用不了" in capsys.readouterr().err


# --- a backup into an empty database; everything out ----------------------------------------------


def filled(service: World) -> Path:
    user = service.user(EXPERT, login="lisi")
    service.browser(user)
    service.desk.store.write(lambda c: outbox.tell(c, service.clock(), [user], "有事", "/x"))
    for _ in range(5):
        service.desk.note(Act(str(user), "x"))
    files = service.desk.settings.data / "files" / "ab"
    files.mkdir(parents=True)
    (files / "werk").write_bytes(b"\x00\xff")
    return backup.make(service.desk)


def program(folder: Path, database: str, *words: str) -> int:
    file = folder / "neu.toml"
    file.write_text(f'data = "{folder}/neu"\ndatabase = "{database}"\n')
    return cli.main(["service", *words, "--settings", str(file)])


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_is_restored_into_an_empty_database_and_no_other(
    service_both: World,
    tmp_path: Path,
    house: House,
    kind: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """From either kind into either kind: this is the way from SQLite to PostgreSQL."""
    made, database = filled(service_both), house.fresh(kind)
    assert program(tmp_path, database, "restore", str(made)) == 0
    assert "secret.key" in capsys.readouterr().err
    assert (tmp_path / "neu" / "files" / "ab" / "werk").read_bytes() == b"\x00\xff"
    store = Store(database or f"sqlite:///{tmp_path}/neu/intranet.db")
    with store.read() as connection:
        (user,) = people.find(connection)
        assert people.sessions_of(connection, user.id) == []
        assert outbox.unseen(connection, user.id) == 1
        assert list(audit.broken(connection)) == []
        assert audit.newest(connection, 1)[0].act == "restore"
    store.write(lambda c: people.add_user(c, "naechster", "x", "", "", 1))
    store.close()
    assert program(tmp_path, database, "restore", str(made)) == 1
    assert "已经有数据，不覆盖" in capsys.readouterr().err


def test_a_backup_of_the_other_zone_is_refused(tmp_path: Path) -> None:
    with world(tmp_path / "a", "internet") as outside, world(tmp_path / "b") as inside:
        made = filled(outside)
        with pytest.raises(backup.Spoilt, match="internet"):
            backup.refill(inside.desk, made)


def test_everything_is_taken_out_but_what_lets_somebody_in(
    service_both: World, tmp_path: Path
) -> None:
    filled(service_both)
    folder = tmp_path / "aus"
    counts = backup.export(service_both.desk, folder)
    assert counts["users"] == 1
    assert folder.stat().st_mode & 0o077 == 0
    (row,) = [json.loads(li) for li in (folder / "tables/users.jsonl").read_text().splitlines()]
    assert row["login"] == "lisi"
    assert "argon2" not in "".join(f.read_text() for f in (folder / "tables").iterdir())
    assert not (folder / "tables" / "sessions.jsonl").exists()
    told = json.loads((folder / "list.json").read_text())
    assert "users.password" in told["left_out"]
    assert told["files"]["files/ab/werk"]
    with pytest.raises(backup.Spoilt, match="不覆盖"):
        backup.export(service_both.desk, folder)
