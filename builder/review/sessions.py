"""Who is signed in. Opened keys live in this process's memory and nowhere else."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from builder.approvals import Signer

IDLE = 15 * 60.0  # seconds without a request, then the key is forgotten
MOST = 200  # sessions at one time; the longest idle makes room
TRIES = 5  # wrong PINs of one key from one address
TRIES_HERE = 20  # of whatever keys from one address
PAUSE = 5 * 60.0  # seconds to wait after them
MOST_NOTED = 2000

Tick = Callable[[], float]  # seconds that only grow


@dataclass(slots=True)
class Session:
    """A person at work: his opened key, the word that his forms carry, when he was last heard of."""

    signer: Signer
    word: str
    seen: float


class Sessions:
    """Sessions by the hash of their cookie."""

    def __init__(self, tick: Tick) -> None:
        """`tick` tells the seconds."""
        self._tick = tick
        self._open: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, signer: Signer) -> str:
        """Sign somebody in; returns what goes into his cookie."""
        cookie = secrets.token_urlsafe(32)
        with self._lock:
            self._forget()
            while len(self._open) >= MOST:
                self._open.popitem(last=False)
            self._open[_name(cookie)] = Session(signer, secrets.token_urlsafe(24), self._tick())
        return cookie

    def find(self, cookie: str) -> Session | None:
        """The session of a cookie, if it is still open; it is kept open by this."""
        with self._lock:
            self._forget()
            session = self._open.get(_name(cookie))
            if session is not None:
                session.seen = self._tick()
                self._open.move_to_end(_name(cookie))
            return session

    def end(self, cookie: str) -> None:
        """Forget a session and its key."""
        with self._lock:
            self._open.pop(_name(cookie), None)

    def __len__(self) -> int:
        return len(self._open)

    def _forget(self) -> None:
        now = self._tick()
        for name in [n for n, s in self._open.items() if now - s.seen > IDLE]:
            del self._open[name]


class Throttle:
    """Counts wrong PINs. A name is a key at an address, or an address alone."""

    def __init__(self, tick: Tick) -> None:
        """`tick` tells the seconds."""
        self._tick = tick
        self._wrong: OrderedDict[tuple[str, ...], tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str, key: str) -> int:
        """Seconds until another try is heard; 0 when it is heard at once."""
        with self._lock:
            left = [self._left(n, most) for n, most in _counted(address, key)]
        return max(left)

    def wrong(self, address: str, key: str) -> None:
        """Note a wrong PIN."""
        with self._lock:
            for name, _ in _counted(address, key):
                count, when = self._wrong.pop(name, (0, 0.0))
                stale = self._tick() - when > PAUSE
                self._wrong[name] = (1 if stale else count + 1), self._tick()
            while len(self._wrong) > MOST_NOTED:
                self._wrong.popitem(last=False)

    def right(self, address: str, key: str) -> None:
        """Forget what was counted against this key at this address."""
        with self._lock:
            self._wrong.pop((address, key), None)

    def _left(self, name: tuple[str, ...], most: int) -> int:
        count, when = self._wrong.get(name, (0, 0.0))
        left = when + PAUSE - self._tick()
        return int(left) + 1 if count >= most and left > 0 else 0


def _counted(address: str, key: str) -> Sequence[tuple[tuple[str, ...], int]]:
    return ((address, key), TRIES), ((address,), TRIES_HERE)


def _name(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
