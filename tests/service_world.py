"""A service in a test: its database, its people, and browsers that are signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2 as httpx
from sqlalchemy import inspect
from starlette.testclient import TestClient

from service import proofs
from service.app import create_app
from service.desk import Desk
from service.proofs import Passwords
from service.roles import PRIVILEGED
from service.room import cookie_name
from service.settings import Settings
from service.store import migrate, people
from service.store.engine import Connection, Store

ORIGIN = "http://fuwu.example.gov.cn"
START = 1_795_000_000_000  # a moment in November 2026
CHEAP = Passwords(time_cost=1, memory_kib=64)
WORD = "Zheng-Que-7-Mi"


@dataclass
class Clock:
    """Time that stands until it is told to go on."""

    now: int = START

    def __call__(self) -> int:
        return self.now

    def forward(self, **parts: int) -> None:
        self.now += 1000 * (
            parts.get("days", 0) * 86_400
            + parts.get("hours", 0) * 3600
            + parts.get("minutes", 0) * 60
            + parts.get("seconds", 0)
        )


@dataclass
class World:
    """One running service."""

    desk: Desk
    clock: Clock
    client: TestClient
    _held: dict[str, int] = field(default_factory=dict)

    def user(self, *roles: str, org: str = "", login: str = "") -> int:
        """A user with a password and these roles."""
        name = login or f"u{len(self._held)}-{'-'.join(roles)}"

        def make(connection: Connection) -> int:
            user = people.add_user(connection, name, f"{name}先生", org, "", self.clock())
            people.change(connection, user, password=CHEAP.hash(WORD), changed=self.clock())
            people.grant(connection, user, roles)
            if PRIVILEGED & set(roles):
                sealed = self.desk.sealer("totp").seal(proofs.new_totp(), str(user))
                people.change(connection, user, totp=sealed)
            return user

        self._held[name] = self.desk.store.write(make)
        return self._held[name]

    def browser(self, user: int | None = None, second: bool = True) -> httpx.Client:
        """A browser, signed in as a user; nobody's when `user` is None."""
        made = TestClient(self.client.app, base_url=ORIGIN, follow_redirects=False)
        made.headers["origin"] = ORIGIN
        made.headers["accept"] = "text/html"
        if user is not None:
            given = proofs.token()
            self.desk.store.write(
                lambda c: people.open_session(
                    c, proofs.kept(given), user, self.clock(), "test", second
                )
            )
            made.cookies.set(cookie_name(self.desk.settings.secure), given)
        return made

    def signed(self, *roles: str, org: str = "") -> httpx.Client:
        """A browser of a new user with these roles."""
        return self.browser(self.user(*roles, org=org))


_FRESH: dict[
    str, bytes
] = {}  # migrated SQLite files by profile: a copy takes a hundredth of the time


def prepared(told: Settings) -> Store:
    """The database of these settings, brought to today's form by migrations: once a process, copied since."""
    file = told.data / f"{told.profile}.db"
    copied = not told.database and not file.exists() and told.profile in _FRESH
    if copied:
        file.write_bytes(_FRESH[told.profile])
    store = Store(told.url)
    if copied or (told.database and _migrated(store)):
        return store
    migrate.upgrade(store, told.profile)
    if not told.database and told.profile not in _FRESH:
        store.close()
        _FRESH[told.profile] = file.read_bytes()
        store = Store(told.url)
    return store


def _migrated(store: Store) -> bool:
    with store.writer.connect() as connection:
        return inspect(connection).has_table("alembic_version")


@contextmanager
def world(
    folder: Path, profile: str = "intranet", database: str = "", **more: object
) -> Iterator[World]:
    """A service on a database of its own."""
    told = Settings.model_validate(
        {"profile": profile, "data": folder, "address": ORIGIN, "database": database, **more}
    )
    folder.mkdir(parents=True, exist_ok=True)
    store = prepared(told)
    clock = Clock()
    desk = Desk(told, store, clock, CHEAP)
    with TestClient(create_app(desk), base_url=ORIGIN, raise_server_exceptions=True) as client:
        yield World(desk, clock, client)


Deed = Callable[[World], object]
