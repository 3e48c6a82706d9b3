"""Released numbers as snapshot files of the content tree; those whose hour has not come are sealed or left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from builder.indicators import seals, spelling
from builder.indicators.snapshots import FOLDER, HIDDEN, LONGEST, same
from service.desk import Desk
from service.intake.known import Known, known
from service.intake.released import at, blocks
from service.store import figures, intake, people
from service.store.engine import Connection

LONG = {"note": LONGEST["note"], "author": LONGEST["author"], "title": LONGEST["title"]}


def snapshots(desk: Desk, release_key: str = "") -> dict[str, str]:
    """Path under the root of the content → text, for every batch that is out by the clock.

    A batch is one file for each audience that its numbers belong to. `release_key`: a public key; with
    it, batches that wait for their hour come sealed to it; without it they do not come.
    """
    now, said = desk.clock(), known(desk)
    made: dict[str, str] = {}
    with desk.store.read() as connection:
        names = {user.id: (user.name, user.login) for user in people.find(connection)}
        for batch in intake.released(connection, now):
            for name, text in _files(connection, said, batch, names):
                made[f"{FOLDER}/{name}.json"] = text
        for batch in intake.waiting(connection, now) if release_key else ():
            for name, text in _files(connection, said, batch, names):
                made[f"{FOLDER}/{name}{seals.SUFFIX}"] = seals.seal(text, release_key)
    return made


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
