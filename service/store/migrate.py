"""Databases of older versions become today's: Alembic, a branch of revisions for each feature.

A database has the branches of its profile and no others: the internet's has no table for a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, inspect

from service.store import (
    alarms,
    appraisal,
    audit,
    checks,
    contest,
    deeds,
    designs,
    figures,
    files,
    intake,
    leases,
    live,
    outbox,
    parcels,
    people,
    programs,
    questions,
    scripts,
    wechat,
)
from service.store.columns import EVERYWHERE, INSIDE, metadata
from service.store.engine import Store

HERE = Path(__file__).parent / "migrations"
# What each branch makes, and whose databases have it. A line a feature.
BRANCHES: dict[str, tuple[tuple[str, ...], tuple[ModuleType, ...]]] = {
    "people": (
        ("internet", "intranet"),
        (people, audit, checks, outbox, deeds, leases, programs),
    ),
    "questions": (EVERYWHERE, (questions, parcels)),
    "robot": (EVERYWHERE, (scripts,)),
    "wechat": (wechat.OUTSIDE, (wechat,)),
    "live": (EVERYWHERE, (live,)),
    "files": (("internet", "intranet"), (files,)),
    "contest": (EVERYWHERE, (contest,)),
    "appraisal": (INSIDE, (appraisal,)),
    "intake": (INSIDE, (intake, figures, alarms)),
    "designs": (INSIDE, (designs,)),
}


class Newer(Exception):
    """The database was made by a newer version of the program."""


def branches(profile: str) -> list[str]:
    """The branches that a profile's database has."""
    return [name for name, (profiles, _) in BRANCHES.items() if profile in profiles]


def tables(profile: str) -> list[Table]:
    """The tables of a profile's database, as the code knows them."""
    return [t for t in metadata.sorted_tables if profile in t.info["profiles"]]


def upgrade(store: Store, profile: str) -> None:
    """Bring a database to today's form, or make it; `Newer` when it is of tomorrow."""
    with store.writer.connect() as connection:
        _known(connection)
        for name in branches(profile):
            command.upgrade(_config(connection, profile), f"{name}@head")
        connection.commit()


def waiting(store: Store, profile: str) -> list[str]:
    """The branches that are older than the code."""
    script = ScriptDirectory.from_config(_config(None, profile))
    with store.writer.connect() as connection:
        heads = MigrationContext.configure(connection).get_current_heads()
    held = {r.revision for r in script.get_all_current(heads)}  # a head stands for all it leans on
    return [n for n in branches(profile) if script.get_revision(f"{n}@head").revision not in held]


def strangers(store: Store, profile: str) -> set[str]:
    """Tables that a profile's database must not have, or lacks."""
    with store.writer.connect() as connection:
        there = set(inspect(connection).get_table_names()) - {"alembic_version"}
    return there ^ {t.name for t in tables(profile)}


def draft(store: Store, branch: str, revision: str, message: str) -> None:
    """Write a new revision of a branch from what the code has and `store` has not; for developers."""
    profile = BRANCHES[branch][0][0]
    mine = MetaData(naming_convention=metadata.naming_convention)
    for module in BRANCHES[branch][1]:
        for held in vars(module).values():
            if isinstance(held, Table) and held.name not in mine.tables:
                held.to_metadata(mine)
    script = ScriptDirectory.from_config(_config(None, profile))
    first = not any(branch in (r.branch_labels or ()) for r in script.walk_revisions())
    with store.writer.connect() as connection:
        config = _config(connection, profile)
        config.attributes["metadata"] = mine
        command.revision(
            config,
            message,
            autogenerate=True,
            rev_id=revision,
            head="base" if first else f"{branch}@head",
            branch_label=branch if first else None,
            depends_on=None if not first or branch == "people" else "people_1",
        )


def _config(connection: Connection | None, profile: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["profile"] = profile
    return config


def _known(connection: Connection) -> None:
    script = ScriptDirectory(str(HERE))
    mine = {r.revision for r in script.walk_revisions()}
    held: Iterable[str] = MigrationContext.configure(connection).get_current_heads()
    if strange := sorted(set(held) - mine):
        raise Newer(f"数据库比程序新（{'、'.join(strange)}）：请升级程序，不要用旧程序打开它。")
