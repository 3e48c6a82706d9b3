"""Released numbers as snapshot files of the content tree; those whose hour has not come are sealed or left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from builder.indicators import seals, spelling
from builder.indicators.snapshots import FOLDER, HIDDEN, LONGEST, same
from service.desk import Desk
from service.intake.known import Known, known
from service.intake.released import at, blocks
from service.room import Stopped
from service.store import figures, intake, people
from service.store.engine import Connection

EVER = 1 << 60
LONG = {"note": LONGEST["note"], "author": LONGEST["author"], "title": LONGEST["title"]}


def snapshots(desk: Desk, release_key: str = "", root: Path | None = None) -> dict[str, str]:
    """Path under the root of the content → text, for every batch that is out by the clock.

    A batch is one file for each audience that its numbers belong to. `release_key`: a public key; with
    it, batches that wait for their hour come sealed to it; without it they do not come. `root`: where the
    content is; what lies there sealed is not handed out again. `Stopped` when a file lies there sealed
    whose batch lost its hour: it would open all the same.
    """
    now, said = desk.clock(), known(desk)
    made: dict[str, str] = {}
    there = _sealed(root) if root else {}
    with desk.store.read() as connection:
        _orphans(connection, there)
        names = {user.id: (user.name, user.login) for user in people.find(connection)}
        for batch in intake.released(connection, now):
            for name, text in _files(connection, said, batch, names):
                if name not in there:
                    made[f"{FOLDER}/{name}.json"] = text
        for batch in intake.waiting(connection, now) if release_key else ():
            for name, text in _files(connection, said, batch, names):
                if name not in there:
                    made[f"{FOLDER}/{name}{seals.SUFFIX}"] = seals.seal(text, release_key)
    return made


def _sealed(root: Path) -> dict[str, str]:
    """Id → hour of every sealed file that lies in the content."""
    files = (path for path in (root / FOLDER).glob(f"*{seals.SUFFIX}") if path.is_file())
    heads = (seals.sealed_head(path.read_text("utf-8")) for path in files)
    return {head["id"]: head["release"] for head in heads}


def _orphans(connection: Connection, there: Mapping[str, str]) -> None:
    hours = {
        row.name: at(row.release).isoformat(timespec="seconds")
        for row in [*intake.released(connection, EVER), *intake.waiting(connection, EVER)]
    }
    names = intake.known_names(connection)
    for name, hour in sorted(there.items()):
        mine = next((n for n in names if n and name.startswith(f"{n}-")), "")
        if mine and hours.get(mine) != hour:
            raise Stopped(
                409,
                f"{name}{seals.SUFFIX} 在服务里取消或改了定时，到点还是会开封：先从内容里删掉它，再取。",
            )


def _files(
    connection: Connection, said: Known, batch: Any, names: Mapping[int, tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Name and text of each file of a batch; nothing for one that came as a file."""
    if batch.foreign:
        return
    rows = [
        row
        for row in figures.of_batch(connection, batch.id)
        if row.indicator in said.said.indicators
    ]
    words = "\n".join(row.words for row in intake.said(connection, batch.id).values())
    head = _head(batch, names, words)
    for audience in sorted({row.audience for row in rows}):
        mine = [row for row in rows if row.audience == audience]
        name = f"{batch.name}-{audience}"[:64].strip("-")
        told = blocks(said, mine, batch.reason)
        yield name, spelling.write({**head, "id": name, "audience": audience}, told)


def _head(batch: Any, names: Mapping[int, tuple[str, str]], words: str) -> dict[str, Any]:
    author, approver = _people(batch, names)
    note = "\n".join(t for t in (batch.note, words) if t)[: LONG["note"]]
    head: dict[str, Any] = {
        "title": batch.title[: LONG["title"]],
        "division": batch.division,
        "release": at(batch.release).isoformat(timespec="seconds"),
        "author": author,
        "approver": approver,
        "sources": [{"title": batch.source}],
    }
    return head | ({"note": note} if note.strip() else {})


def _people(batch: Any, names: Mapping[int, tuple[str, str]]) -> tuple[str, str]:
    """Who checked a batch and who approved it; two people of one name are told apart by their user names."""
    two = [names.get(n, (f"用户{n}", f"u{n}")) for n in (batch.checked_by, batch.approved_by)]
    told = _plain([name for name, _ in two])
    if same(*told):
        told = _plain([f"{name}（{login}）" for name, login in two])
    return told[0], told[1]


def _plain(names: Sequence[str]) -> list[str]:
    return [HIDDEN.sub("", name).strip()[: LONG["author"]] or "—" for name in names]
