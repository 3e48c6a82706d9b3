"""What is done again and again beside the requests: one thread, and of several processes only one at a time."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from service.desk import Desk
from service.store import leases
from service.store.engine import Unavailable

PAUSE = 2.0  # seconds between two looks
SECOND, DAY = 1000, 86_400_000
AGAIN = 10 * 60 * SECOND


@dataclass(frozen=True, slots=True)
class Job:
    """`run` is called at most every `every` ms, by one process, which has `hold` ms before another may.

    What fails is tried again after `AGAIN` ms, or `every` when that is less.
    """

    name: str
    every: int
    run: Callable[[Desk], object]
    hold: int = 15 * 60 * SECOND
    wanted: Callable[[Desk], bool] = lambda desk: True  # a look that costs little


class Ticks:
    """The thread of one process."""

    def __init__(self, desk: Desk, jobs: tuple[Job, ...], pause: float = PAUSE) -> None:
        """Nothing runs until `start`."""
        self.desk, self.jobs, self.pause = desk, jobs, pause
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticks", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the job under way; at most 20 seconds are waited for it."""
        self._over.set()
        self._thread.join(20)

    def once(self) -> list[str]:
        """Do what is due now; the names of what was done."""
        return [job.name for job in self.jobs if not self._over.is_set() and self._do(job)]

    def _run(self) -> None:
        while not self._over.wait(self.pause):
            self.once()

    def _do(self, job: Job) -> bool:
        desk, mine = self.desk, f"job:{job.name}"
        try:
            if not self._taken(job, mine):
                return False
            try:
                job.run(desk)
            except BaseException:
                ran = desk.clock() - job.every + min(AGAIN, job.every)
                desk.store.write(lambda c: leases.drop(c, mine, self.name, ran))
                raise
            desk.store.write(lambda c: leases.drop(c, mine, self.name))
        except Unavailable as error:
            desk.log.trouble("job waits", error, job=job.name)
            return False
        except Exception as error:  # noqa: BLE001  # one job's mistake must not stop the others
            desk.log.trouble("job failed", error, job=job.name)
            return False
        return True

    def _taken(self, job: Job, mine: str) -> bool:
        desk, told = self.desk, (job.hold, job.every)
        with desk.store.read() as connection:
            if not leases.free(connection, mine, self.name, desk.clock(), *told):
                return False
        if not job.wanted(desk):
            return False
        return desk.store.write(lambda c: leases.take(c, mine, self.name, desk.clock(), *told))
