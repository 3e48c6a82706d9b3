"""What is kept between builds: found again, never trusted when torn, shared by processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from builder.memo import EACH, SPARE, Memo, forget_blobs


def kept(path: Path, version: str = "1") -> Memo:
    """A memo as a new process finds it."""
    return Memo(path, version)


def fill(path: Path, values: dict[str, object], version: str = "1") -> None:
    """Add values as one process does."""
    memo = Memo(path, version)
    memo.open(1)
    for key, value in values.items():
        memo.put(key, value)
    memo.save()


def test_values_are_found_again(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "memo"
    fill(path, {"a": ("甲", 1)})
    fill(path, {"b": [2]})
    memo = kept(path)
    assert memo.get("a", lambda: ("made", 0)) == ("甲", 1)
    assert memo.peek("b") == [2]
    assert memo.fresh == 0
    assert memo.get("c", lambda: 3) == 3
    assert memo.fresh == 1


def test_another_version_or_a_foreign_file_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "memo"
    fill(path, {"a": 1})
    assert kept(path, "2").empty
    path.write_bytes(b"not ours\n" + os.urandom(500))
    assert kept(path).empty
    fill(path, {"b": 2})
    assert kept(path).peek("b") == 2


@pytest.mark.parametrize("lost", [1, 10, 30])
def test_a_torn_record_is_dropped_and_the_next_one_added_behind_sound_ones(
    tmp_path: Path, lost: int
) -> None:
    path = tmp_path / "memo"
    fill(path, {"a": 1})
    fill(path, {"b": 2})
    path.write_bytes(path.read_bytes()[:-lost])
    memo = kept(path)
    assert (memo.peek("a"), memo.peek("b")) == (1, None)
    fill(path, {"c": 3})
    assert [kept(path).peek(key) for key in "abc"] == [1, None, 3]


def test_a_flipped_byte_is_never_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "memo"
    fill(path, {"a": "x" * 100})
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    assert kept(path).empty


def test_a_crowded_file_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "memo"
    fill(path, {str(n): n for n in range(SPARE + EACH + 1)})
    fill(path, {"new": 1})
    assert kept(path).peek("5") is None
    assert kept(path).peek("new") == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_processes_add_to_one_file(tmp_path: Path) -> None:
    path = tmp_path / "memo"
    memo = Memo(path, "1")
    memo.open(1)
    children = []
    for number in range(6):
        child = os.fork()
        if not child:
            memo.put(f"k{number}", "值" * 200_000)
            memo.save()
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    assert all(kept(path).peek(f"k{n}") == "值" * 200_000 for n in range(6))


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="`aside` does the work at once on other systems"
)
def test_nobody_waits_for_what_is_done_aside(tmp_path: Path) -> None:
    """The work waits for a file that is made only after the program has ended: who waits, waits for ever."""
    go, done = tmp_path / "go", tmp_path / "done"
    words = (
        "import time; from pathlib import Path; from builder.memo import aside\n"
        "def work():\n"
        f"    while not Path({str(go)!r}).exists(): time.sleep(0.02)\n"
        f"    Path({str(done)!r}).touch()\n"
        "aside(work)\n"
        "print('以上')"
    )
    command = [sys.executable, "-X", "utf8", "-c", words]
    try:
        told = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
        assert told.decode().strip() == "以上"
        assert not done.exists()
    finally:
        go.touch()
    for _ in range(300):
        if done.exists():
            break
        time.sleep(0.1)
    assert done.exists()


def test_blobs(tmp_path: Path) -> None:
    made: list[bytes] = []

    def make() -> bytes:
        made.append(os.urandom(1000))
        return made[-1]

    first = kept(tmp_path / "memo").blob("ab12", make)
    assert kept(tmp_path / "memo").blob("ab12", make) == first
    assert len(made) == 1
    file = next((tmp_path / "media").glob("*/*"))
    file.write_bytes(file.read_bytes()[:-1])
    assert kept(tmp_path / "memo").blob("ab12", make) == made[1]
    assert Memo(None, "").blob("ab12", make) == made[2]
    os.utime(file, (0, 0))
    assert kept(tmp_path / "memo").blob("ab12", make) == made[1]
    forget_blobs(tmp_path)
    assert file.exists(), "asked for just now"
    os.utime(file, (0, 0))
    forget_blobs(tmp_path)
    assert not file.exists()
