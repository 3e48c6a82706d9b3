"""Runs commands and says what they took: wall time, CPU time of all processes, peak memory.

Two cores that others use too make wall time waver; CPU time wavers less. Figures are medians over
rounds in which every contender has its turn, and only ratios are judged.
"""

from __future__ import annotations

import argparse
import atexit
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
SETTLE = 3.0  # seconds for what was written before to reach the disk
# Every contender keeps its compiled modules, as on a user's machine: the unscored first round writes them.
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took, in seconds."""

    wall: float
    cpu: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu)


@dataclass(slots=True)
class Peak:
    """The highest sums over all processes of a run, in bytes."""

    pss: int = 0
    rss: int = 0


def run(command: Sequence[str], peak: Peak | None = None, **environ: str) -> Cost:
    """Run a command to its end on a disk at rest; raise with its output when it fails."""
    if hasattr(os, "sync"):
        os.sync()
    time.sleep(SETTLE)
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={name: v for name, v in {**os.environ, **environ}.items() if name != NO_BYTECODE},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, done, peak), daemon=True)
    if peak is not None:
        watch.start()
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    done.set()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        text = output.decode("utf-8", "replace")[-2000:]
        raise SystemExit(f"{' '.join(command)} failed:\n{text}")
    return Cost(wall, used.ru_utime + used.ru_stime)


ASIDE: list[Path] = []
NUMBERS = itertools.count()


def put_aside(path: Path) -> None:
    """Move a folder out of the way, to be deleted at the end.

    Some disks remember what was deleted for minutes, and are slow to make new files meanwhile.
    """
    if path.exists():
        if not ASIDE:
            ASIDE.append(Path(tempfile.mkdtemp(prefix=".aside-", dir=path.parent)))
            atexit.register(shutil.rmtree, ASIDE[0], ignore_errors=True)
        path.rename(ASIDE[0] / str(next(NUMBERS)))


def _watch(session: int, done: threading.Event, peak: Peak | None) -> None:
    while peak is not None and not done.wait(0.04):
        pss = rss = 0
        for pid in _members(session):
            try:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
            except OSError:
                continue
            for line in text.splitlines():
                if line.startswith("Pss:"):
                    pss += int(line.split()[1]) * 1024
                elif line.startswith("Rss:"):
                    rss += int(line.split()[1]) * 1024
        peak.pss, peak.rss = max(peak.pss, pss), max(peak.rss, rss)


def _members(session: int) -> list[int]:
    """The processes of a session: the command that began it, and its children."""
    found = []
    for item in Path("/proc").iterdir():
        if item.name.isdigit():
            try:
                fields = (item / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session:
                found.append(int(item.name))
    return found


def weike(root: Path, out: Path, now: str) -> list[str]:
    """The command that builds all editions, as a user runs it."""
    script = str(ROOT / "weike.py")
    return [sys.executable, script, "build", "--root", str(root), "--out", str(out), "--now", now]


@dataclass(slots=True)
class Rounds:
    """The costs of all contenders, round by round."""

    costs: dict[str, list[Cost]] = field(default_factory=dict)

    def race(self, contenders: Mapping[str, Callable[[], Cost]], rounds: int) -> None:
        """One round to warm up, then `rounds` rounds; each starts with another contender."""
        names = list(contenders)
        for number in range(rounds + 1):
            at = number % len(names)
            for name in names[at:] + names[:at]:
                cost = contenders[name]()
                if number:
                    self.costs.setdefault(name, []).append(cost)
                say(f"round {number} {name}: wall {cost.wall:.2f} s, CPU {cost.cpu:.2f} s")

    def median(self, name: str) -> Cost:
        """The median of each figure."""
        costs = self.costs[name]
        return Cost(median(c.wall for c in costs), median(c.cpu for c in costs))

    def table(self) -> None:
        """Print medians."""
        for name in self.costs:
            cost = self.median(name)
            print(f"{name:<34} wall {cost.wall:8.2f} s   CPU {cost.cpu:8.2f} s", flush=True)

    def ratio(self, name: str, other: str, bar: float) -> bool:
        """Print name : other beside its bar; the wall time is judged."""
        mine, theirs = self.median(name), self.median(other)
        pairs = zip(self.costs[name], self.costs[other], strict=True)
        low, high = bounds([a.wall / b.wall for a, b in pairs])
        wall, cpu = mine.wall / theirs.wall, mine.cpu / theirs.cpu
        print(
            f"{name} : {other} = wall {wall:.3f} ({low:.3f} to {high:.3f}), CPU {cpu:.3f}", end=""
        )
        return verdict(wall, bar)


def bounds(values: Sequence[float]) -> tuple[float, float]:
    """Lowest and highest."""
    return min(values), max(values)


def verdict(value: float, bar: float) -> bool:
    """Print the bar and whether `value` holds it."""
    print(f"; bar {bar:.3f}: {'holds' if value <= bar else 'BROKEN'}", flush=True)
    return value <= bar


def say(text: str) -> None:
    """Progress, beside the figures."""
    print(text, file=sys.stderr, flush=True)


def options(text: str, rounds: int, rivals: bool) -> argparse.ArgumentParser:
    """The options that all figures share."""
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("--work", type=Path, required=True, help="a folder for trees and outputs")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--entries", type=int, default=1000)
    if rivals:
        parser.add_argument("--rivals", type=Path, required=True, help="a folder for their venv")
    return parser
