"""Which template holds now: the bundle's, or an approved design over the very version it was made from.

git stays the truth. A design takes the place of a template only as long as the bundle still has what the
design was made from (`bases`); whatever else the bundle has, the design that came home too, goes first. A
batch stays with the design it was opened with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from builder.indicators.template_keys import Keys, digest, keys_of, template_of_keys
from builder.values import Template
from service.desk import Desk
from service.intake.known import Known, known
from service.room import Stopped
from service.store import audit, designs
from service.store.audit import Act
from service.store.engine import Connection
from service.ticks import Job

NOTHING = "-"  # the base of a new template
NO_TEMPLATE = "没有这张数据模板，或者不归您开填。"


@dataclass(frozen=True, slots=True)
class Held:
    """A template that new batches may be opened with. `design`: its number; 0: it is the bundle's."""

    template: Template
    design: int = 0


def keys_in(row: Any) -> Keys:
    """The keys of a design or of one of its versions."""
    found: Keys = json.loads(row.told)
    return found


def made(row: Any, said: Known) -> Template:
    """The template of an approved design, with the regions of today."""
    return template_of_keys(row.name, keys_in(row), said.said.regions)


def base_of(said: Known, name: str) -> str:
    """What the bundle has under a name: its digest."""
    template = said.said.templates.get(name)
    return digest(keys_of(template)) if template else NOTHING


def holds(row: Any, said: Known) -> bool:
    """Whether the bundle still has what a design was made from."""
    return base_of(said, row.name) in row.bases.split()


def is_home(row: Any, said: Known) -> bool:
    """Whether the bundle has the very template of a design."""
    return base_of(said, row.name) == digest(keys_in(row))


def current(connection: Connection, said: Known) -> dict[str, Held]:
    """Every template that holds now, by its name."""
    found = {t.id: Held(t) for t in said.said.templates.values()}
    for row in designs.approved(connection):
        if holds(row, said):
            found[row.name] = Held(made(row, said), row.id)
    return found


def of_batch(connection: Connection, said: Known, batch: Any) -> Template | None:
    """The template of a batch: that of its design, else what the bundle has."""
    row = designs.of_batch(connection, batch.id)
    return made(row, said) if row else said.said.templates.get(batch.template)


def of_batches(
    connection: Connection, said: Known, batches: Iterable[Any]
) -> dict[int, Template | None]:
    """The same for many, by their numbers."""
    rows = {row.id: made(row, said) for row in designs.used(connection)}
    opened = designs.opened(connection)
    bundled = said.said.templates
    return {b.id: rows.get(opened.get(b.id, 0)) or bundled.get(b.template) for b in batches}


def every(connection: Connection, said: Known) -> list[Template]:
    """Every template that a batch may have been opened with; some names come more than once."""
    return [*said.said.templates.values(), *(made(row, said) for row in designs.used(connection))]


def settle(desk: Desk) -> int:
    """Note which designs have come home: they do not come back when git takes them back. How many."""
    try:
        said = known(desk)
    except Stopped:
        return 0
    with desk.store.read() as connection:
        home = [row for row in designs.approved(connection) if is_home(row, said)]

    def note(connection: Connection, row: Any) -> None:
        now = designs.find(connection, row.id)
        if now is not None and now.state == designs.APPROVED:
            designs.change(connection, row.id, state=designs.HOME)
            audit.record(connection, desk.clock(), Act("", "design.home", f"design:{row.id}"))

    for row in home:
        desk.store.write(lambda c, row=row: note(c, row))  # type: ignore[misc]  # bound at once
    return len(home)


JOBS = (Job("designs", 60_000, settle, wanted=lambda desk: desk.settings.profile == "intranet"),)
