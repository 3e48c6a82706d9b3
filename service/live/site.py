"""The live pages of the site that is served, and the files that this service writes beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from builder.bundle import Bundle
from service.desk import Desk
from service.live import fragments
from service.live.pictures import FOLDER, write
from service.live.steps import OUT, REMOVED
from service.store import live
from service.ticks import Job

ENTRIES, FRAGMENT, PICTURES = "data/entries.json", "fragment.html", "live/"
PAUSE = (
    3000  # ms: what was let out is on the page within ten seconds, whatever was in the way before
)


@dataclass(frozen=True, slots=True)
class Place:
    """One live page: its id, its title, its address below the site, its own fragment."""

    id: str
    title: str
    url: str
    own: str

    @property
    def slug(self) -> str:
        """The id without its kind."""
        return self.id.partition(":")[2]

    @property
    def closed(self) -> bool:
        """Whether the site says that it is over."""
        return fragments.closed(self.own)


def places(desk: Desk) -> tuple[Place, ...]:
    """The live pages of the bundle, those under way first."""
    bundle = desk.bundle()
    found = list(_found(bundle)) if bundle else []
    return tuple(sorted(found, key=lambda p: (p.closed, p.id)))


def place(desk: Desk, page: str) -> Place | None:
    """One of them."""
    return next((p for p in places(desk) if p.id == page), None)


def settle(desk: Desk) -> list[str]:
    """Write what is not yet as it should be; the addresses of what was written."""
    if desk.settings.live_dir is None:
        return []
    with desk.store.read() as connection:
        wanted = set(live.pages(connection, (OUT, REMOVED)))
    if not wanted:
        return []
    return [p.url for p in places(desk) if p.id in wanted and rewrite(desk, p)]


def rewrite(desk: Desk, where: Place) -> bool:
    """Bring one page's fragment and pictures up to date; whether there was anything to do. OSError when it can't."""
    root = desk.settings.live_dir
    if root is None:
        return False
    with desk.store.read() as connection:
        rows = live.of_page(connection, where.id, (OUT,))
        gone = live.of_page(connection, where.id, (REMOVED,))
        over = live.over(connection, where.id)
    folder = root / where.url
    names = {row.picture for row in rows if row.picture}
    for name in sorted(names):
        _copy(desk.settings.data / FOLDER / name, folder / PICTURES / name)
    base = f"{'../' * where.url.count('/')}{where.url}{PICTURES}"
    lost = [fragments.name(row) for row in gone]
    text = fragments.merged(where.own, rows, lost, base, over=over)
    changed = _put(folder / FRAGMENT, text.encode())
    for row in gone:
        if row.picture and row.picture not in names:
            (folder / PICTURES / row.picture).unlink(missing_ok=True)
    return changed


def _found(bundle: Bundle) -> Iterator[Place]:
    if ENTRIES not in bundle.files:
        return
    for entry in json.loads(bundle.read(ENTRIES)):
        path = f"site/{entry['url']}{FRAGMENT}"
        if entry["kind"] == "live" and path in bundle.files:
            with suppress(OSError, fragments.Strange):
                own = bundle.read(path).decode()
                fragments.parsed(own)
                yield Place(entry["id"], entry["title"], entry["url"], own)


def _copy(source: Path, target: Path) -> None:
    if not target.exists():
        write(target, source.read_bytes())


def _put(file: Path, body: bytes) -> bool:
    with suppress(FileNotFoundError):
        if file.read_bytes() == body:
            return False
    write(file, body)
    return True


JOBS = (Job("live", PAUSE, settle),)
