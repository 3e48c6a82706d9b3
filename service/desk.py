"""What every route works with: the database, the clock, the settings, the bundle that is being served."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from builder.bundle import Bundle, load_or_none
from service.limits import Limits
from service.logs import Log, Meter
from service.proofs import Passwords, Sealer
from service.scripts import Script, Scripts, Seen, look
from service.settings import Settings
from service.store import audit
from service.store.audit import Act
from service.store.engine import Connection, Store

T = TypeVar("T")
Clock = Callable[[], int]


def milliseconds() -> int:
    """Now, since 1970, UTC."""
    return time.time_ns() // 1_000_000


@dataclass
class Desk:
    """One running service. Effects are fields, so that tests can hand in their own."""

    settings: Settings
    store: Store
    clock: Clock = milliseconds
    passwords: Passwords = field(default_factory=Passwords)
    log: Log = field(default_factory=Log)
    meter: Meter = field(default_factory=Meter)
    limits: Limits = field(init=False)
    draining: bool = False  # connections end with the answer under way
    # Takes a question that nobody could answer (connection, moment, masked text); the number it got.
    unanswered: Callable[[Connection, int, str], str] = lambda _connection, _at, _text: ""
    _secret: bytes = b""
    _scripts: Scripts = field(init=False)
    _bundle: tuple[Seen, Bundle | None] | None = None

    def __post_init__(self) -> None:
        """What depends on the settings and the clock."""
        self.limits = Limits(self.clock)
        self._scripts = Scripts(self.settings.bundle)

    def sealer(self, purpose: str) -> Sealer:
        """Seals for one purpose."""
        if not self._secret:
            self._secret = self.settings.secret()
        return Sealer(self._secret, purpose)

    def act(self, deed: Callable[[Connection], T], done: Act | Callable[[T], Act]) -> T:
        """Do something and record it, both or neither. `done` may need what the deed gave."""

        def both(connection: Connection) -> T:
            result = deed(connection)
            told = done if isinstance(done, Act) else done(result)
            audit.record(connection, self.clock(), told)
            return result

        return self.store.write(both)

    def note(self, done: Act) -> None:
        """Record something that was tried and changed nothing else."""
        self.store.write(lambda connection: audit.record(connection, self.clock(), done))

    def bundle(self) -> Bundle | None:
        """The bundle that is served now; it may be swapped at any time."""
        folder = self.settings.bundle
        if folder is None:
            return None
        seen = look(folder / "manifest.json")
        if seen is None:
            return load_or_none(folder)
        held = self._bundle
        if held is None or held[0] != seen:
            self._bundle = held = (seen, load_or_none(folder))
        return held[1]

    def script(self) -> Script | None:
        """The robot of that bundle; None when there is none."""
        return self._scripts.now()
