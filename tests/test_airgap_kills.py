"""Killed at any point, `apply` leaves the old release or the new one, whole; the next run goes on from there."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from dataclasses import replace
from hashlib import file_digest
from itertools import pairwise
from pathlib import Path

import pytest

from builder.bundle import MANIFEST, load
from publish.airgap import place, record
from publish.airgap.form import File
from publish.airgap.read import opened
from publish.airgap.trust import FILE
from publish.airgap.write import write
from publish.ledger import Ledger
from tests import airgap_vectors as vectors
from tests.airgap_cut import SWAPS
from tests.airgap_world import NOW, Side, contents, draft, release, sides, signer, trusting

ROOT = Path(__file__).resolve().parent.parent
FULL = bool(os.environ.get("WEIKE_FULL"))
KILLS = 100 if FULL else 5
HOSTILE = 3000 if FULL else 150
SLOW = 10  # seconds that no small package may take
LARGE = (300 if FULL else 48) << 20
MEMORY = 24 << 20


def tree(number: int) -> dict[str, bytes]:
    """Files of a release, many of them the same in each."""
    pages = {f"site/{n}/index.html": f"<p>{number} {n}\n".encode() * 60 for n in range(60)}
    films = {f"site/{n}.mp4": random.Random(n).randbytes(200_000) for n in range(8)}
    return {"site/index.html": f"<p>{number}\n".encode(), **pages, **films}


def whole(to: Path) -> str:
    """Which release a folder holds, every file of it as its manifest says."""
    bundle = load(to)
    for path in bundle.files:
        bundle.read(path)
    assert set(contents(to)) == {*bundle.files, MANIFEST}
    return bundle.read("site/index.html").decode()


@pytest.fixture
def two(tmp_path: Path) -> tuple[Side, Side]:
    return sides(tmp_path)


def apply(outside: Side, path: Path, to: Path) -> subprocess.Popen[bytes]:
    words = [
        sys.executable,
        "-m",
        "tests.airgap_worker",
        "apply",
        str(outside.state),
        str(path),
        str(to),
    ]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_killed_at_any_point(two: tuple[Side, Side]) -> None:
    inside, outside = two
    to, rng = outside.root / "www", random.Random(7)
    first, second, _ = (
        inside.push(f"{n}.wkpkg", "--bundle", str(release(inside.root / str(n), tree(n))))
        for n in (1, 2, 3)
    )
    outside.run("apply", str(first), "--to", str(to))
    started = time.monotonic()
    apply(outside, second, to).communicate()
    length = time.monotonic() - started
    now, outcomes = whole(to), set()
    for number in range(KILLS):
        path = inside.push(f"k{number}.wkpkg", "--bundle", str(inside.root / str(1 + number % 3)))
        new = f"<p>{1 + number % 3}\n"
        process = apply(outside, path, to)
        time.sleep(rng.uniform(0.3, 1.1) * length)
        process.kill()
        process.communicate()
        found = whole(to)
        assert found in {now, new}, number
        outcomes.add((process.returncode, found == new))
        with Ledger.open(outside.state, lambda: NOW) as ledger:
            place.settle(to, ledger)
            assert not ledger.unsettled(record.CHANNEL, str(to.resolve()))
        assert whole(to) == found
        assert not [p for p in outside.root.iterdir() if p.name.startswith(".")], number
        said = outside.run("apply", str(path), "--to", str(to))
        assert ("上次已经装好了" in said) == (found == new)
        assert whole(to) == new
        now = new
    assert any(code != 0 for code, _ in outcomes)


@pytest.mark.parametrize("moment", ["unpacked", *SWAPS])
def test_cut_off_at_each_step(two: tuple[Side, Side], moment: str) -> None:
    """The same as a kill, at the very places that a clock seldom hits."""
    inside, outside = two
    to = outside.root / "www"
    one = inside.push("1.wkpkg", "--bundle", str(release(inside.root / "one", tree(1))))
    next_ = inside.push("2.wkpkg", "--bundle", str(release(inside.root / "two", tree(2))))
    outside.run("apply", str(one), "--to", str(to))
    words = ", ".join(repr(str(w)) for w in (moment, outside.state, next_, to))
    code = f"from tests.airgap_cut import cut; cut({words})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 9, done
    came = moment in {"after swap", "between renames", "after renames"}
    assert whole(to) == ("<p>2\n" if came else "<p>1\n")
    said = outside.run("apply", str(next_), "--to", str(to))
    assert ("上次已经装好了" in said) == came
    assert whole(to) == "<p>2\n"
    assert not [p for p in outside.root.iterdir() if p.name.startswith(".")]
    with Ledger.view(outside.state, lambda: NOW) as ledger:
        assert [b["sequence"] for b in record.all_taken(ledger)] == [1, 2]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges two folders in one step")
def test_readers_meet_no_gap(two: tuple[Side, Side]) -> None:
    """While releases are exchanged, the page is always there, old or new."""
    inside, outside = two
    to = outside.root / "www"
    one = inside.push("1.wkpkg", "--bundle", str(release(inside.root / "one", tree(1))))
    outside.run("apply", str(one), "--to", str(to))
    stop, seen = threading.Event(), set()
    faults: list[OSError] = []

    def read() -> None:
        while not stop.is_set():
            try:
                seen.add((to / "site" / "index.html").read_bytes())
            except OSError as error:
                faults.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(2, 5):
        path = inside.push(
            f"{number}.wkpkg", "--bundle", str(release(inside.root / str(number), tree(number)))
        )
        outside.run("apply", str(path), "--to", str(to))
    stop.set()
    reader.join()
    assert not faults
    assert seen == {f"<p>{n}\n".encode() for n in range(1, 5)}


# --- a hostile file ------------------------------------------------------------------------------------------


def hostile() -> Iterator[bytes]:
    """Noise, and good packages with noise in them."""
    rng = random.Random(11)
    good = list(vectors.packages().values())
    for number in range(HOSTILE):
        data = bytearray(rng.choice(good) if number % 8 else rng.randbytes(rng.randrange(400)))
        for _ in range(rng.randrange(1, 9)):
            place = rng.randrange(len(data) + 1)
            act = rng.randrange(4)
            if act == 0 and data:
                data[place % len(data)] ^= rng.randrange(1, 256)
            elif act == 1:
                data[place:place] = rng.randbytes(rng.randrange(1, 40))
            elif act == 2:
                del data[place : place + rng.randrange(1, 40)]
            else:
                data[place:] = data[rng.randrange(len(data) + 1) :]
        yield bytes(data)
    bomb = vectors.LONG * 3000  # signed by a trusted hand, and said to be small
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    squeezed = engine.compress(bomb) + engine.flush()
    yield vectors.packed(size=4000, data=squeezed)
    yield vectors.packed(size=len(squeezed) * 1000, data=squeezed)
    yield vectors.spelled(lambda _: b"[" * 1_000_000)
    yield vectors.spelled(lambda _: b'{"a":' * 200_000)
    yield vectors.spelled(lambda _: b"9" * 1_000_000)


def test_a_hostile_file_costs_neither_time_nor_memory(tmp_path: Path) -> None:
    trusting(tmp_path / "keys", vectors.trusted())
    words = [sys.executable, "-m", "tests.airgap_worker", "judge", str(tmp_path / "keys" / FILE)]
    worker = subprocess.Popen(
        words, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert worker.stdin
    assert worker.stdout
    assert worker.stdout.readline() == "ready\n"
    good = set(vectors.packages().values())
    count, path = 0, tmp_path / "a.wkpkg"
    try:
        for data in hostile():
            path.write_bytes(data)
            timer = threading.Timer(SLOW, worker.kill)
            timer.start()
            worker.stdin.write(f"{path}\n")
            worker.stdin.flush()
            said = worker.stdout.readline()
            timer.cancel()
            assert said.startswith("= "), (count, said, data[:200])
            assert said != "= \n" or data in good, (count, data[:200])
            count += 1
    finally:
        worker.kill()
        worker.communicate()
    assert count == HOSTILE + 5


def test_a_large_package_is_never_in_memory(tmp_path: Path) -> None:
    """Made, verified, and placed in bounded memory; the time is printed with -s."""
    folder = tmp_path / "films"
    folder.mkdir()
    block = random.Random(3).randbytes(1 << 20)
    half = LARGE // 2
    for name in ("film.mp4", "text.html"):
        with (folder / name).open("wb") as file:
            for number in range(half >> 20):
                data = block if name == "film.mp4" else b"%07d text\n" % number * (1 << 16)
                file.write(number.to_bytes(4, "big") + data[4 : 1 << 20].ljust((1 << 20) - 4, b"."))
    rows = []
    for name in ("film.mp4", "text.html"):
        with (folder / name).open("rb") as file:
            rows.append(File(name, half, file_digest(file, "sha256").hexdigest()))
    out, trust = tmp_path / "a.wkpkg", trusting(tmp_path / "keys")
    made = replace(draft({}), files=tuple(rows))
    tracemalloc.start()
    spent = [time.process_time()]
    write(out, made, {f.sha256 for f in rows}, lambda f: folder / f.path, signer())
    spent.append(time.process_time())
    with opened(out, trust, NOW) as found:
        found.check()
        spent.append(time.process_time())
        found.unpack(tmp_path / "new", {})
        spent.append(time.process_time())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{LARGE >> 20} MB, {out.stat().st_size >> 20} MB packed, peak {peak >> 10} KB,", end=" ")
    print("write, check, unpack:", *(f"{b - a:.1f} s" for a, b in pairwise(spent)))
    assert peak < MEMORY
    assert half < out.stat().st_size < half * 1.2
    assert (tmp_path / "new" / "film.mp4").stat().st_size == half
