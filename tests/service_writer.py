"""Writes steps (a user, its act, its notice) as fast as it can and notes what was acknowledged, until it is killed."""

from __future__ import annotations

import os
import signal
import sys
import threading

from service.store import audit, outbox, people
from service.store.audit import Act
from service.store.engine import Connection, Store, Unavailable

THREADS = 3


def step(connection: Connection, login: str) -> None:
    """One step of a workflow: all three rows or none."""
    user = people.add_user(connection, login, "某人", "", "", 1)
    audit.record(connection, 1, Act("", "step", f"user:{user}"))
    outbox.post(connection, 1, outbox.PAGE, str(user), {"text": "您有一条通知"})


def write(store: Store, name: str, notes: int) -> None:
    """Until the end."""
    number = 0
    while True:
        number += 1
        login = f"{name}-{number}"
        try:
            store.write(lambda c, one=login: step(c, one))  # type: ignore[misc]
        except Unavailable:
            continue  # not acknowledged
        os.write(notes, f"{login}\n".encode())


def live(url: str, life: str, acknowledged: str) -> None:
    """One life."""
    notes = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    store = Store(url)
    names = [f"l{life}-t{n}" for n in range(THREADS)]
    threads = [threading.Thread(target=write, args=(store, name, notes)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        told = line.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            live(*told)
        print(child, flush=True)
