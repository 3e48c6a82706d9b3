"""Once a day: files that no work holds any more go from the disk."""

from __future__ import annotations

from service.ticks import DAY, Job
from service.uploads import keeping

JOBS = (Job("files", DAY, keeping.sweep),)
