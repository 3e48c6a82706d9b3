"""Files are kept under their hash, one copy of each, and given out so that a browser runs nothing of them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.responses import FileResponse, Response

from service.desk import Desk
from service.room import FILE, Stopped
from service.settings import MB, Settings
from service.store import files
from service.store.engine import Connection
from service.uploads import names
from service.uploads.judging import Judged, judge
from service.uploads.receiving import INCOMING, Draft
from service.uploads.scan import scan
from service.uploads.sorts import SORTS

FOLDER = "files"  # in the data folder, and in backups
YOUNG = 3_600_000  # ms: what is younger may belong to a write that is under way
SAFE = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was judged and may be kept."""

    draft: Draft
    name: str
    judged: Judged


def body(settings: Settings) -> int:
    """How many bytes a request with files may have; for the `most` of a route."""
    return (settings.upload_mb + 1) * MB


def take(desk: Desk, draft: Draft, allowed: Collection[str]) -> Taken:
    """Judge a file by name, content and virus scan; `Stopped` says why it is not taken."""
    name = names.clean(draft.name)
    found = judge(draft.path, name, allowed, draft.path.parent)
    if desk.settings.clamd:
        scan(draft.path, desk.settings.clamd)
    return Taken(draft, name, found)


def keep(connection: Connection, desk: Desk, taken: Taken, holder: str, sender: str) -> int:
    """Put a file in its place, inside the write that records it; the number of the row that holds it."""
    target = path(desk, taken.draft.digest)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if target.exists():
        os.utime(target)  # it is young again: no sweep takes it before this write is through
    else:
        taken.draft.path.chmod(0o600)
        taken.draft.path.replace(target)
        _settle(target.parent)
    return files.add(
        connection,
        digest=taken.draft.digest,
        holder=holder,
        name=taken.name,
        kind=taken.judged.kind,
        size=taken.draft.size,
        remarks=json.dumps(taken.judged.remarks, ensure_ascii=False),
        sender=sender,
        made=desk.clock(),
    )


def path(desk: Desk, digest: str) -> Path:
    """Where a file lies."""
    return desk.settings.data / FOLDER / digest[:2] / digest


GIVES: dict[str, Any] = {sort.media.partition(";")[0]: FILE for sort in SORTS.values()}


def served(desk: Desk, row: Any, name: str = "") -> Response:
    """A file to be saved, never shown by the browser. `name`: under which it is given out."""
    place = path(desk, row.digest)
    if not place.exists():
        raise Stopped(404, "文件不在了，请告诉管理员。")
    return FileResponse(
        place,
        media_type=SORTS[row.kind].media,
        filename=name or row.name,
        content_disposition_type="attachment",
        headers=SAFE,
    )


def sweep(desk: Desk) -> int:
    """Drop files that nobody holds any more, and what broken uploads left; how many files."""
    gone = 0

    def drop(connection: Connection) -> None:
        nonlocal gone
        held = files.held(connection)
        for file in sorted((desk.settings.data / FOLDER).glob("??/*")):
            if file.name not in held and _old(desk, file):
                file.unlink()
                gone += 1

    desk.store.write(drop)  # alone with the database: nobody keeps a file meanwhile
    for folder in (desk.settings.data / INCOMING).glob("*"):
        if _old(desk, folder):
            shutil.rmtree(folder, ignore_errors=True)
    return gone


def _old(desk: Desk, file: Path) -> bool:
    return desk.clock() - file.stat().st_mtime_ns // 1_000_000 > YOUNG


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
