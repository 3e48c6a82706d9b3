"""What `weike check` asks of the snapshots of a root besides their own words: are they kept, are they secret."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from builder.indicators import kept, library, scan, seals
from builder.model import BEIJING
from builder.problems import Problem, Refused


def survey(root: Path, clock: datetime | None = None) -> list[Problem]:
    """What is wrong at the real time, though no build meets it yet.

    Released snapshots that were changed, sealed files that will not open, unreleased numbers that authors
    wrote down: the last two as far as this machine's key goes.
    """
    now, files = clock or datetime.now(BEIJING), library.read_files(root)
    try:
        key = seals.key_of()
    except Refused:
        key = None  # told where the snapshots are read
    problems = [*kept.changed(root, files, now, key), *library.spoilt(files, key)]
    return problems if key is None else [*problems, *scan.survey(root, now, key)]
