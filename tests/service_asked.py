"""A service on a real port, for programs that ask it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from service import proofs
from service.app import create_app
from service.desk import Desk, milliseconds
from service.room import cookie_name
from service.settings import Settings
from service.store import migrate, people
from service.store.engine import Store
from tests.service_world import CHEAP, Clock, World
from tests.webservers import free_port


class Real(Clock):
    """The machine's own time, which can be told to go on."""

    def __init__(self) -> None:
        super().__init__(0)

    def __call__(self) -> int:
        return milliseconds() + self.now


@contextmanager
def asked(
    folder: Path, profile: str = "intranet", host: str = "localhost", **more: object
) -> Iterator[tuple[World, str]]:
    """A service that listens on loopback by the machine's clock; its world and its address."""
    port = free_port()
    address = f"http://{host}:{port}"
    told = Settings.model_validate(
        {"profile": profile, "data": folder, "address": address, "port": port, **more}
    )
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(told.url)
    migrate.upgrade(store, profile)
    clock = Real()
    desk = Desk(told, store, clock, CHEAP)
    app = create_app(desk)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", port)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield World(desk, clock, None), address  # type: ignore[arg-type]  # nobody asks without a port
        finally:
            server.should_exit = True
            thread.join(30)


def signed_in(world: World, user: int) -> str:
    """A new session of a user: what the browser holds."""
    given = proofs.token()
    world.desk.store.write(
        lambda c: people.open_session(
            c, proofs.kept(given), user, world.clock(), "test", second=True
        )
    )
    return f"{cookie_name(world.desk.settings.secure)}={given}"
