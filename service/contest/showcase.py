"""Works that got a prize become cases of the site: files for `weike pull contest`, to be read before they are out.

Only of rounds whose result is final, and of entrants who agreed to it. A case comes with its pictures.
What people changed since it was written is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from service import written
from service.contest import board, casefile, casepictures, judging, works
from service.contest.judging import FINAL, Round
from service.desk import Desk
from service.store import contest as store
from service.store.engine import Connection
from service.web.pages import day
from service.written import Plan

FOLDER = "content/cases"


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its file, its text, the pictures beside it by path."""

    path: str
    text: str
    pictures: Mapping[str, bytes]


def cases(desk: Desk, audience: str = "intranet") -> list[Case]:
    """All of them. `audience`: for whom they are written, as the site names it."""
    with desk.store.read() as connection:
        return [
            case
            for row in store.where(connection, store.rounds, state=FINAL)
            for case in _of(connection, desk, judging.load(connection, row.id), audience)
        ]


def plan(desk: Desk, audience: str, root: Path) -> Plan:
    """What is to be written under `root`, what is there already, what people changed."""
    files: dict[str, bytes] = {}
    same: list[str] = []
    taken: list[str] = []
    for case in cases(desk, audience):
        made = {case.path: case.text.encode(), **case.pictures}
        if _theirs(case, root):
            taken.append(case.path)
            continue
        found = written.compared(made, root)
        files |= found.files
        same += found.same
    return Plan(files, tuple(same), tuple(taken))


def _theirs(case: Case, root: Path) -> bool:
    """Whether somebody changed the case or a picture of it, or has another file under one of its names."""
    there = written.body(root / case.path)
    if there is None or there == case.text.encode():
        held = ((written.body(root / path), body) for path, body in case.pictures.items())
        return any(found not in {None, body} for found, body in held)
    text = there.decode("utf-8", "replace")
    folder = (root / case.path).parent
    beside = [written.body(folder / name) or b"" for name in casepictures.named(text)]
    return not written.untouched(text, *beside)


def _of(connection: Connection, desk: Desk, found: Round, audience: str) -> Iterator[Case]:
    done = store.where(connection, store.moves, round=found.id, verb="final", state="done")
    rules, when = found.contest.rules, day(done[-1].decided)
    for row in board.rows(connection, desk, found):
        work = works.load(connection, desk, row.work)
        if row.award and ("showcase" in work.agreed or not rules.statements.showcase):
            stem = f"{rules.slug}-{found.row.number}-{row.code.lower()}"
            pictures, left = casepictures.brought(desk, work, stem)
            text = casefile.case(work, row, audience, when, pictures, left)
            beside = {f"{FOLDER}/{p.name}": p.body for p in pictures}
            yield Case(f"{FOLDER}/{stem}.md", text, beside)
