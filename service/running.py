"""Processes that answer: started together, told to stop together, and none leaves a request unanswered."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from service import doors
from service.app import create_app
from service.desk import Desk
from service.logs import Handed, Log
from service.settings import Refused, Settings

GRACE, QUIET = 20, 1.0  # seconds for requests under way; for those that are on their way
HALFWAY = 0.1  # seconds for handshakes that were begun
Open = Callable[[Settings], Desk]


class Gentle(uvicorn.Server):
    """Stops listening, answers whoever has come already, then ends."""

    def __init__(self, config: uvicorn.Config, desk: Desk) -> None:
        """`desk`: is told that connections end."""
        super().__init__(config)
        self.desk = desk

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, but whoever was told to stop and did has not failed: the exit code is 0."""
        words = (signal.SIGTERM, signal.SIGINT)
        before = {word: signal.signal(word, self.handle_exit) for word in words}
        try:
            yield
        finally:
            for word, old in before.items():
                signal.signal(word, old)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Whoever was let in is answered, and told that this connection ends."""
        self.desk.draining = True
        for listening in sockets or []:
            await self._shut(listening)
        for server in self.servers:
            server.close()
        end = time.monotonic() + QUIET
        while self.server_state.connections and time.monotonic() < end:
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)

    async def _shut(self, listening: socket.socket) -> None:
        """Let in all who wait at the door, then close it."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(listening.fileno())
        doors.hear_no_more(listening)
        await asyncio.sleep(HALFWAY)
        for came in doors.waiting(listening):
            await loop.connect_accepted_socket(self._protocol, came)
        for server in self.servers:
            server.close()
        listening.close()

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made


def run(told: Settings, opened: Open) -> int:
    """Answer until told to stop; the exit code. `opened` opens the service of one process."""
    listening = listen(told)
    if told.workers == 1:
        return _answer(told, opened, listening)
    listening.close()  # it can be had: each process opens its own
    if not hasattr(os, "fork"):
        raise Refused("这个系统上只能用一个进程（workers = 1）。")
    return _several(told, opened)


def listen(told: Settings, shared: bool = False) -> socket.socket:
    """A socket at the address of the settings, not yet listening; `Refused` when it can't be had.

    `shared`: other processes may have one at the same address.
    """
    family = socket.AF_INET6 if ":" in told.host else socket.AF_INET
    # The protocol by name: asyncio sends small pieces at once only where it stands there.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listening.bind((told.host, told.port))
    except OSError as error:
        listening.close()
        raise Refused(f"{told.host}:{told.port} 用不了：{error.strerror}。") from error
    return listening


def _answer(told: Settings, opened: Open, listening: socket.socket) -> int:
    desk = opened(told)
    desk.log = Log(sys.stderr)
    logging.getLogger().addHandler(Handed(desk.log))
    config = uvicorn.Config(
        create_app(desk, background=True),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(told.proxies),
        forwarded_allow_ips=",".join(told.proxies) or None,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=65,  # longer than nginx keeps a connection: it is the one to end it
        limit_concurrency=1000,
    )
    desk.log.tell("start", process=os.getpid())
    Gentle(config, desk).run(sockets=[listening])
    desk.log.tell("stop", process=os.getpid())
    return 0


def _several(told: Settings, opened: Open) -> int:
    """One parent that starts processes anew when they die, and hands on the word to stop."""
    log, children, over = Log(sys.stderr), set[int](), False

    def stop(number: int, frame: object) -> None:
        nonlocal over
        over = True
        for child in children:
            os.kill(child, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not over:
        while len(children) < told.workers and not over:
            children.add(_child(told, opened))
        gone = _wait(children)
        children -= gone
        if gone and not over:
            log.tell("process died", "error", count=len(gone))
            time.sleep(1)
    while children:
        children -= _wait(children)
    return 0


def _child(told: Settings, opened: Open) -> int:
    number = os.fork()
    if number:
        return number
    for word in (signal.SIGTERM, signal.SIGINT):
        signal.signal(word, signal.SIG_DFL)
    try:
        os._exit(_answer(told, opened, listen(told, shared=True)))
    except BaseException as error:  # noqa: BLE001  # the child must not go on as the parent
        Log(sys.stderr).trouble("process failed", error)
        os._exit(1)


def _wait(children: set[int]) -> set[int]:
    """Children that have ended; waits a little for the first."""
    gone = {c for c in children if os.waitpid(c, os.WNOHANG)[0]}
    if not gone:
        time.sleep(0.1)
    return gone
