"""Reads of series from a store of 510,000 numbers: the service's feed against Datasette's JSON API, in turns.

200 connections that are kept open, one series of 60 months a request, chosen at random; both on SQLite
with the same numbers, one process each, over the loopback. Needs weike's environment.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

from benchmarks.measure import options, say

BAR, SLOWEST = 5.0, 0.250  # times as many answers; seconds of the 99th of a hundred
CONNECTIONS, SECONDS, WARM = 200, 10.0, 2.0
INDICATORS, CITIES, MONTHS = 500, 16, 60
FIRST = 2021 * 12  # ordinal of the first month
Where = Callable[[str, str], str]  # indicator and region → the address of a series


def main() -> int:
    """Print answers a second, their ratio, the slowest; exit 1 when a bar is broken."""
    parser = options(str(__doc__), 3, rivals=True)
    parser.add_argument("--serve", type=int, default=0, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    work = chosen.work.resolve()
    if chosen.serve:
        return serve(work, chosen.serve)
    work.mkdir(parents=True, exist_ok=True)
    made = prepare(work)
    say(f"{made} numbers, {CONNECTIONS} connections, {SECONDS:.0f} s a turn")
    datasette = environment(chosen.rivals)
    held: dict[str, list[Figure]] = {"weike": [], "datasette": []}
    for _ in range(chosen.rounds):
        with weike(work) as server:
            held["weike"].append(load(server, ours))
        with rival(work, datasette) as server:
            held["datasette"].append(load(server, theirs))
    return verdict(held)


# --- the numbers ----------------------------------------------------------------------------------


def names() -> list[str]:
    """Every indicator."""
    return [f"zhibiao-{n:03d}" for n in range(INDICATORS)]


def codes() -> list[str]:
    """A province and its cities."""
    return ["990000", *(f"99{n:02d}00" for n in range(1, CITIES + 1))]


def prepare(work: Path) -> int:
    """Put the same numbers into both databases; how many."""
    draw = Random(8)  # the same every time
    told = {
        (name, code): [round(draw.uniform(1, 999), 1) for _ in range(MONTHS)]
        for name in names()
        for code in codes()
    }
    _ours(work, told)
    _theirs(work, told)
    return len(told) * MONTHS


def _ours(work: Path, told: dict[tuple[str, str], list[float]]) -> None:
    from builder import bundle
    from builder.bundle import Artefact
    from builder.indicators import document
    from builder.indicators.store import Store as Values
    from builder.values import Indicator, Measure, Numbers, Region
    from service.store import figures, intake, migrate
    from service.store.engine import Connection, Store
    from service.store.figures import Put

    shown = {"value": Measure("亿元", 1)}
    more = ("monitor", "工业", "month", shown, "gyc", "public", "示范省统计局")
    indicators = {n: Indicator(n, n, n[:12], *more, levels=("省", "市")) for n in names()}
    areas = {c: Region(c, f"地区{c}", "省" if c == "990000" else "市", "990000") for c in codes()}
    numbers = Numbers(indicators, areas, Values(()), "990000")
    said = {"audiences": {"public": {"label": "公众", "public": True}}}
    folder = work / "bundle"
    rows = [
        Artefact(document.PATH, document.write(numbers), "application/json"),
        Artefact("data/audiences.json", json.dumps(said).encode(), "application/json"),
    ]
    lines = []
    for row in rows:
        target = folder / row.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(row.body)
        lines.append(bundle.listed(row))
    (folder / bundle.MANIFEST).write_bytes(bundle.manifest({}, lines))
    file = work / "service" / "intranet.db"
    file.parent.mkdir(exist_ok=True)
    for old in file.parent.glob("intranet.db*"):
        old.unlink()
    store = Store(f"sqlite:///{file}")
    migrate.upgrade(store, "intranet")

    def put(connection: Connection) -> None:
        for month in range(MONTHS):
            number = intake.open_batch(
                connection, template="t", division="gyc", period=str(month), kind="new", state="scheduled",
                title=f"{month}", source="示例数据", made_by=1, made=1, name=f"b{month}", release=1000 * (month + 1),
                swept=1,
            )  # fmt: skip
            puts = [
                Put(name, "value", code, FIRST + month, values[month], "", "public", "add")
                for (name, code), values in told.items()
            ]
            figures.put(connection, number, 1000 * (month + 1), puts)

    store.write(put)
    store.close()


def _theirs(work: Path, told: dict[tuple[str, str], list[float]]) -> None:
    file = work / "datasette.db"
    file.unlink(missing_ok=True)
    connection = sqlite3.connect(file)
    connection.execute(
        "CREATE TABLE figures (indicator TEXT, measure TEXT, region TEXT, period TEXT, value REAL, "
        "PRIMARY KEY (indicator, measure, region, period)) WITHOUT ROWID"
    )
    connection.executemany(
        "INSERT INTO figures VALUES (?, 'value', ?, ?, ?)",
        (
            (name, code, f"{(FIRST + n) // 12}-{(FIRST + n) % 12 + 1:02d}", value)
            for (name, code), values in told.items()
            for n, value in enumerate(values)
        ),
    )
    connection.execute("ANALYZE")
    connection.commit()
    connection.execute("VACUUM")
    connection.close()


# --- the servers ----------------------------------------------------------------------------------


def serve(work: Path, port: int) -> int:
    """The service, as `weike serve` runs it."""
    from service.cli import main as run

    told = work / "service.toml"
    told.write_text(
        f'data = "{work / "service"}"\nbundle = "{work / "bundle"}"\nport = {port}\n'
        'feed_rate = "1000000/second"\n',
        "utf-8",
    )
    return run(["serve", "--settings", str(told)])


class Server(NamedTuple):
    """A running server: its port, the number of its process."""

    port: int
    pid: int

    def cpu(self) -> float:
        """Seconds of CPU time that it has used; 0 where the system does not say."""
        try:
            told = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def weike(work: Path) -> Iterator[Server]:
    """The service on a free port."""
    port = free()
    words = [sys.executable, "-m", "benchmarks.service", "--work", str(work), "--rivals", str(work), "--serve", str(port)]  # fmt: skip
    with running(words, port) as pid:
        yield Server(port, pid)


@contextmanager
def rival(work: Path, datasette: Path) -> Iterator[Server]:
    """Datasette on a free port, with the settings its documentation gives for data that never changes."""
    port = free()
    words = [str(datasette), "serve", "-i", str(work / "datasette.db"), "-h", "127.0.0.1", "-p", str(port)]  # fmt: skip
    words += ["--setting", "default_cache_ttl", "0", "--setting", "allow_facet", "off"]
    words += ["--setting", "suggest_facets", "off"]
    with running(words, port) as pid:
        yield Server(port, pid)


def environment(folder: Path) -> Path:
    """The program `datasette`, in an environment of its own that is made on first use."""
    place = folder / "datasette"
    program = place / "bin" / "datasette"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        subprocess.run([str(place / "bin" / "pip"), "-q", "install", "datasette"], check=True)
    return program


@contextmanager
def running(words: list[str], port: int) -> Iterator[int]:
    """A server, until it is no longer needed."""
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ
    )
    try:
        until = time.monotonic() + 180
        while not listens(port):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{words[0]} does not start")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free() -> int:
    """A port that nobody uses."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody answers at a port."""
    with socket.socket() as made:
        return made.connect_ex(("127.0.0.1", port)) == 0


# --- the load -------------------------------------------------------------------------------------


class Figure:
    """What one turn came to."""

    def __init__(self, rate: float, times: list[float], errors: int, cpu: float) -> None:
        """`times`: seconds of each answer, in any order; `cpu`: of the server, an answer, in seconds."""
        ordered = sorted(times) or [0.0]
        self.rate, self.errors, self.cpu = rate, errors, cpu
        self.middle = ordered[len(ordered) // 2]
        self.slow = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def ours(name: str, code: str) -> str:
    """A series of the service."""
    return f"/api/v2/tables/{name}/data?valueCodes%5Bmeasure%5D=value&valueCodes%5Bregion%5D={code}"


def theirs(name: str, code: str) -> str:
    """The same of Datasette."""
    return f"/datasette/figures.json?indicator={name}&measure=value&region={code}&_shape=array&_size=100"


def load(server: Server, path: Where) -> Figure:
    """One turn: connections ask one series after another, each as soon as it has its answer."""
    return asyncio.run(_load(server, path))


async def _load(server: Server, path: Where) -> Figure:
    before, asked = server.cpu(), [0]
    begun = time.perf_counter()
    count, end = begun + WARM, begun + WARM + SECONDS
    times: list[float] = []
    errors = [0]
    await asyncio.gather(
        *(
            _ask(server.port, path, Random(n), (count, end), (times, errors, asked))
            for n in range(CONNECTIONS)
        )
    )
    cpu = (server.cpu() - before) / max(1, asked[0])
    return Figure(len(times) / SECONDS, times, errors[0], cpu)


async def _ask(
    port: int,
    path: Where,
    draw: Random,
    span: tuple[float, float],
    into: tuple[list[float], list[int], list[int]],
) -> None:
    times, errors, asked = into
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    every, places = names(), codes()
    while (began := time.perf_counter()) < span[1]:
        where = path(draw.choice(every), draw.choice(places))
        writer.write(
            f"GET {where} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\n\r\n".encode()
        )
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await body_of(reader, head.lower())
        except (OSError, asyncio.IncompleteReadError):
            errors[0] += 1
            break
        done = time.perf_counter()
        asked[0] += 1
        if not head.startswith(b"HTTP/1.1 200") or body.count(b"2024-") < 12:
            errors[0] += 1
        if span[0] <= done < span[1]:
            times.append(done - began)
    writer.close()


async def body_of(reader: asyncio.StreamReader, head: bytes) -> bytes:
    """The body of an answer whose head was read; `head` in lower case."""
    if b"transfer-encoding: chunked" not in head:
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return await reader.readexactly(length)
    parts = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    await reader.readexactly(2)
    return b"".join(parts)


def verdict(held: dict[str, list[Figure]]) -> int:
    """Print what came of it."""
    for name, figures in held.items():
        rate = median(f.rate for f in figures)
        middle, slow = (median(getattr(f, key) for f in figures) for key in ("middle", "slow"))
        print(
            f"{name:10} {rate:7.0f} answers/s   p50 {middle * 1000:5.0f} ms   p99 {slow * 1000:5.0f} ms"
            f"   CPU {median(f.cpu for f in figures) * 1000:.2f} ms an answer   errors {sum(f.errors for f in figures)}"
        )
    ratios = [a.rate / b.rate for a, b in zip(held["weike"], held["datasette"], strict=True)]
    slow = median(f.slow for f in held["weike"])
    errors = sum(f.errors for f in held["weike"])
    good = median(ratios) >= BAR and slow <= SLOWEST and not errors
    print(f"ratio {median(ratios):.2f} (bar {BAR:g}), p99 {slow * 1000:.0f} ms (bar {SLOWEST * 1000:.0f} ms), errors {errors}: {'held' if good else 'BROKEN'}")  # fmt: skip
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
