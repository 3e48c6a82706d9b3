"""What is read once and kept for long is put out of the way of Python's collector of cycles.

Now and then the collector goes through all that is held, and nobody is answered meanwhile: a third of a
second with the definitions of a whole site. What is set aside is still freed when nothing refers to it.
"""

from __future__ import annotations

import gc
from contextlib import suppress

from service.desk import Desk
from service.intake.known import known
from service.room import Stopped
from service.scripts import Seen, look
from service.store.columns import INSIDE


class Memory:
    """That of one process."""

    def __init__(self, desk: Desk) -> None:
        """Nothing is set aside until the first `settle`."""
        self.desk = desk
        self._seen: Seen | None = None
        self._settled = False

    def settle(self) -> bool:
        """Set aside what is there, after a start and whenever the bundle was swapped; whether it was done."""
        folder = self.desk.settings.bundle
        seen = look(folder / "manifest.json") if folder else None
        if self.desk.settings.profile in INSIDE:
            with suppress(Stopped):
                known(self.desk)
        self.desk.script()  # what could not be read the last time is tried again
        if self._settled and seen == self._seen:
            return False
        self._seen, self._settled = seen, True
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        return True
