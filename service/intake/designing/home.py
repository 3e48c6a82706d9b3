"""Approved designs as files of the content: only over what they were made from, never over what a person changed."""

from __future__ import annotations

from pathlib import Path

from builder.indicators.template_keys import Keys, commented, digest, written
from service.desk import Desk
from service.intake.designing.inforce import NOTHING, keys_in
from service.room import Stopped
from service.store import designs
from service.written import Plan


def files(desk: Desk, root: Path) -> Plan:
    """What approved designs are to write under the root of the content."""
    from builder.designs import path_of  # only here: it loads every kind of content

    if desk.settings.profile != "intranet":
        raise Stopped(403, "互联网区的服务没有数据模板。")
    with desk.store.read() as connection:
        rows = designs.approved(connection)
    made: dict[str, bytes] = {}
    same, taken = [], []
    for row in rows:
        path = path_of(row.name)
        text = _text(root / path, row.name, keys_in(row), row.bases.split())
        if text is None:
            taken.append(path)
        elif text:
            made[path] = text.encode()
        else:
            same.append(path)
    return Plan(made, tuple(same), tuple(taken))


def _text(file: Path, name: str, keys: Keys, bases: list[str]) -> str | None:
    """What a file should hold; empty when it says so already; None when it is not ours to write.

    A file with comments is not: they would be lost. Keys that the designer does not know stay.
    """
    from builder.designs import read  # as above

    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return written(keys) if NOTHING in bases else None
    there = read(name, data)
    if there.faults:
        return None
    if there.keys == keys:
        return ""
    if digest(there.keys) not in bases or commented(data.decode("utf-8-sig", "replace")):
        return None
    return written(keys, there.others)
