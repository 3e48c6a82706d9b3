"""What `weike check` asks of the snapshots of a root besides their own words: are they kept, are they secret."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from builder.indicators import kept, library, scan
from builder.model import BEIJING
from builder.problems import Problem


def survey(root: Path, clock: datetime | None = None) -> list[Problem]:
    """Released snapshots that were changed, unreleased numbers that authors wrote down; at the real time."""
    now = clock or datetime.now(BEIJING)
    changed = kept.changed(root, library.read_files(root), now)
    return [*changed, *scan.survey(root, now)]
