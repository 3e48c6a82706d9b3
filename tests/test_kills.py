"""A build that is killed at any moment leaves a whole `dist/` behind, old or new."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from builder import bundle
from tests.corpus import built, drawn, sample, weike

KILLS = 20 if os.environ.get("WEIKE_FULL") else 4
EDITIONS = ("internet", "intranet")


def clock(number: int) -> str:
    """The moment as of which build `number` is made: it tells builds apart."""
    return f"2026-11-21T10:{number:02d}:00+08:00"


def whole(out: Path) -> dict[str, str]:
    """Each edition's moment, after every file was found to be what its manifest says."""
    found = {}
    for name in EDITIONS:
        edition = bundle.load(out / name)
        for path in edition.files:
            edition.read(path)
        there = {
            p.relative_to(edition.root).as_posix() for p in edition.root.rglob("*") if p.is_file()
        }
        assert there == {*edition.files, bundle.MANIFEST}
        found[name] = str(edition.header["now"])
    return found


def kill_at(words: tuple[str, ...], now: str, moment: Callable[[], bool]) -> bool:
    """Start a build and kill it once `moment` says so; True when it had not ended yet."""
    with weike(*words, "--now", now) as process:
        while process.poll() is None and not moment():
            time.sleep(0.0005)
        process.kill()
        process.stdout.close() if process.stdout else None
        return process.wait() != 0


def after(seconds: float) -> Callable[[], bool]:
    """A moment some time from now."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def at_swap(out: Path, pause: float) -> Callable[[], bool]:
    """A moment about the swap: the manifest stands in the staging folder."""
    seen: list[float] = []

    def reached() -> bool:
        if not seen and any(out.glob(f".*.new-*/{bundle.MANIFEST}")):
            seen.append(time.monotonic())
        return bool(seen) and time.monotonic() >= seen[0] + pause

    return reached


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_killed_builds_leave_a_whole_dist(tmp_path: Path) -> None:
    root, out = sample(tmp_path / "root"), tmp_path / "dist"
    drawn(root / ".cache" / "media")
    words = ("build", "--root", str(root), "--out", str(out), "--jobs", "2", "--draft-media")
    built(*words, "--now", clock(0))
    started = time.monotonic()
    built(*words, "--now", clock(0))
    duration = time.monotonic() - started
    rng = random.Random()
    left = [whole(out)]
    killed = 0
    for number in range(1, KILLS + 1):
        pause = rng.random() * 0.03
        moment = at_swap(out, pause) if number % 3 == 2 else after(rng.random() * duration)
        killed += kill_at(words, clock(number), moment)
        left.append(whole(out))
        assert all(left[-1][n] in {left[-2][n], clock(number)} for n in EDITIONS)
    fresh = [sum(found[n] == clock(i) for n in EDITIONS) for i, found in enumerate(left)][1:]
    print(f"\n{killed} of {KILLS} died in a build of {duration:.1f} s; new editions left: {fresh}")
    assert killed >= KILLS // 3, "the kills came too late to say anything"
    time.sleep(duration)  # workers of a killed build end by themselves
    built(*words, "--now", clock(0))
    assert sorted(p.name for p in out.iterdir()) == sorted(EDITIONS)
    assert set(whole(out).values()) == {clock(0)}
