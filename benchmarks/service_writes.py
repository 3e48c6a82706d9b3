"""The load of `benchmarks.service` with one write in five: questions, and drafts of works for a contest.

200 connections on one SQLite database: series of the feed are read, questions are asked without an
account, entrants save their drafts. Afterwards the database is looked at: all that was acknowledged is
there, once. Needs weike's environment with that of the tests.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from benchmarks import service as reads
from benchmarks.measure import options, say

SHARE, SLOWEST = 0.2, 0.5  # of all requests; seconds of the 99th of a hundred, reads and writes
CONNECTIONS, SECONDS, WARM = reads.CONNECTIONS, 20.0, 2.0
CONTEST = "dasai"
NUMBER = re.compile(rb"<dd>(Q?[\w-]+)</dd>")


def main() -> int:
    """Print answers a second, the slowest, what was lost; exit 1 when a bar is broken."""
    parser = options(str(__doc__), 1, rivals=False)
    parser.add_argument("--serve", type=int, default=0, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    work = chosen.work.resolve()
    if chosen.serve:
        return serve(work, chosen.serve)
    work.mkdir(parents=True, exist_ok=True)
    good = True
    for _ in range(chosen.rounds):
        say(
            f"{reads.prepare(work)} numbers, {CONNECTIONS} connections, {SHARE:.0%} writes, {SECONDS:.0f} s"
        )
        people = entrants(work)
        with weike(work) as server:
            told = asyncio.run(_load(server.port, people))
        good = verdict(told, lost(work, told)) and good
    return 0 if good else 1


# --- who writes -----------------------------------------------------------------------------------


@dataclass
class Entrant:
    """Somebody with a session, and a draft: its version, the title that was acknowledged last."""

    cookie: str
    work: int
    version: int = 1
    title: str = ""


@dataclass
class Told:
    """What came of the load: seconds of each read and write, questions and drafts that were acknowledged."""

    people: list[Entrant]
    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    saved: int = 0
    errors: list[str] = field(default_factory=list)


def entrants(work: Path) -> list[Entrant]:
    """A contest that is open, and for each connection somebody who enters it with a draft."""
    from builder.model import BEIJING
    from service import proofs
    from service.cli import open_desk
    from service.contest import command, held, works
    from service.desk import Desk, milliseconds
    from service.roles import CITY
    from service.room import Visitor, cookie_name
    from service.settings import Settings
    from service.store import people
    from service.store.engine import Connection
    from tests.contest_world import rules

    desk = open_desk(Settings(data=work / "service", bundle=work / "bundle"))
    now, day = datetime.fromtimestamp(milliseconds() // 1000, BEIJING), timedelta(days=1)
    span = {"opens": (now - day).isoformat(timespec="seconds"), "closes": (now + 30 * day).isoformat(timespec="seconds")}  # fmt: skip
    file = work / f"{CONTEST}.yml"
    file.write_text(rules(**span), "utf-8")
    before = Desk(desk.settings, desk.store, clock=lambda: milliseconds() - 2 * 86_400_000)
    command.load(before, file)
    command.freeze(before, CONTEST)

    def make(connection: Connection) -> list[Entrant]:
        contest, made = held.by_slug(connection, CONTEST), []
        for number in range(CONNECTIONS):
            user = people.add_user(
                connection, f"c{number}", f"第{number}人", "gyc", "", desk.clock()
            )
            people.grant(connection, user, [CITY])
            given = proofs.token()
            people.open_session(connection, proofs.kept(given), user, desk.clock(), "load", True)
            asks = Visitor(people.find(connection, [user])[0], "127.0.0.1", second=True)
            entered = works.begin(connection, desk, asks, contest)
            made.append(Entrant(f"{cookie_name(False)}={given}", entered))
        return made

    found = desk.store.write(make)
    desk.store.close()
    return found


def serve(work: Path, port: int) -> int:
    """As `benchmarks.service` does; without the limits on questions, which are set for people."""
    from service.questions import gate

    gate.ASK, gate.ALL = ("1000000/second", "1000000/second"), "1000000/second"
    return reads.serve(work, port)


@contextmanager
def weike(work: Path) -> Iterator[reads.Server]:
    """The service on a free port."""
    port = reads.free()
    words = [sys.executable, "-m", "benchmarks.service_writes", "--work", str(work), "--serve", str(port)]  # fmt: skip
    with reads.running(words, port) as pid:
        yield reads.Server(port, pid)


# --- the load -------------------------------------------------------------------------------------


async def _load(port: int, people: list[Entrant]) -> Told:
    told = Told(people)
    stamp = await _stamp(port)
    await asyncio.sleep(3.1)  # a form that comes back at once is a machine's
    begun = time.perf_counter()
    span = begun + WARM, begun + WARM + SECONDS
    await asyncio.gather(*(_one(port, n, stamp, span, told) for n in range(CONNECTIONS)))
    return told


async def _stamp(port: int) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET /questions HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    )
    page = (await reader.read()).decode()
    writer.close()
    found = re.search(r'name="stamp" value="([^"]+)"', page)
    assert found is not None, page[:500]
    return found[1]


async def _one(port: int, number: int, stamp: str, span: tuple[float, float], told: Told) -> None:
    draw, me, turn = Random(number), told.people[number], 0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    every, places = reads.names(), reads.codes()
    while (began := time.perf_counter()) < span[1]:
        turn += 1
        writes = draw.random() < SHARE
        kind = draw.choice(("question", "work")) if writes else "read"
        if kind == "read":
            asked = _get(port, reads.ours(draw.choice(every), draw.choice(places)))
        elif kind == "question":
            text = f"第{number}号单位第{turn}次问：规模以上工业企业的报表什么时候报？"
            asked = _post(port, "/questions", {"text": text, "stamp": stamp})
        else:
            me.title = f"第{number}号作品第{turn}稿"
            asked = _post(port, f"/works/{me.work}", _draft(me), me.cookie)
        writer.write(asked)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reads.body_of(reader, head.lower())
        except (OSError, asyncio.IncompleteReadError) as error:
            told.errors.append(f"{kind}: {error!r}")
            break
        done = time.perf_counter()
        _note(kind, head, body, me, told)
        if span[0] <= done < span[1]:
            (told.writes if writes else told.reads).append(done - began)
    writer.close()


def _note(kind: str, head: bytes, body: bytes, me: Entrant, told: Told) -> None:
    status = head[9:12]
    if kind == "read" and status == b"200" and body.count(b"2024-") >= 12:
        return
    if kind == "question" and status == b"200" and (found := NUMBER.search(body)):
        told.numbers.append(found[1].decode())
    elif kind == "work" and status == b"303":
        told.saved += 1
        me.version += 1
    else:
        told.errors.append(f"{kind}: {status.decode()} {body[:200].decode('utf-8', 'replace')}")


def _get(port: int, where: str) -> bytes:
    return f"GET {where} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\n\r\n".encode()


def _post(port: int, where: str, told: dict[str, str], cookie: str = "") -> bytes:
    body = urlencode(told).encode()
    lines = [
        f"POST {where} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Origin: http://127.0.0.1:{port}", "Accept: text/html",
        "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}",
        *([f"Cookie: {cookie}"] if cookie else []),
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode() + body


def _draft(me: Entrant) -> dict[str, str]:
    return {
        "version": str(me.version), "category": "tu", "title": me.title, "summary": "一句话说明这件作品好在哪里",
        "story": "怎么做的。" * 20, "team": "张三丰 工业统计处", "contact": "0531-1234", "original": "true",
    }  # fmt: skip


# --- what came of it ------------------------------------------------------------------------------


def lost(work: Path, told: Told) -> list[str]:
    """What was acknowledged and is not there, or is there twice; faults of the record."""
    from sqlalchemy import func, select

    from service.cli import open_desk
    from service.settings import Settings
    from service.store import audit, contest, questions

    desk, wrong = open_desk(Settings(data=work / "service", bundle=work / "bundle")), list[str]()
    with desk.store.read() as connection:
        kept = set(connection.execute(select(questions.questions.c.number)).scalars())
        wrong += [f"question {n}" for n in told.numbers if n not in kept]
        if len(kept) != len(told.numbers):
            wrong.append(f"{len(told.numbers)} questions acknowledged, {len(kept)} there")
        for one in told.people:
            row = contest.one(connection, contest.works, one.work)
            assert row is not None
            if row.version != one.version or (one.version > 1 and row.title != one.title):
                wrong.append(
                    f"work {one.work}: {row.version} {row.title}, not {one.version} {one.title}"
                )
        wrong += audit.broken(connection)
        acts = connection.execute(
            select(func.count()).where(audit.audit.c.act.in_(("question.ask", "work.save")))
        ).scalar_one()
        if acts != len(told.numbers) + told.saved:
            wrong.append(f"{acts} acts recorded")
    desk.store.close()
    return [str(w) for w in wrong]


def verdict(told: Told, wrong: list[str]) -> bool:
    """Print what came of it; whether the bars hold."""
    slow = []
    for name, times in (("reads", told.reads), ("writes", told.writes)):
        ordered = sorted(times) or [0.0]
        slow.append(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))])
        print(
            f"{name:7} {len(times) / SECONDS:6.0f} answers/s   p50 {ordered[len(ordered) // 2] * 1000:5.0f} ms"
            f"   p99 {slow[-1] * 1000:5.0f} ms"
        )
    for line in [*told.errors[:5], *wrong[:5]]:
        print(line)
    good = not told.errors and not wrong and max(slow) <= SLOWEST
    print(
        f"{len(told.numbers)} questions and {told.saved} drafts acknowledged, lost or twice {len(wrong)}, errors "
        f"{len(told.errors)}, p99 {max(slow) * 1000:.0f} ms (bar {SLOWEST * 1000:.0f} ms): {'held' if good else 'BROKEN'}"
    )
    return good


if __name__ == "__main__":
    sys.exit(main())
