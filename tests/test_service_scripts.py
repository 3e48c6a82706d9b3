"""The robot of the bundle that is served: read once, again after a swap, and never half."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from service.scripts import Ahead, Scripts, day_of
from tests.service_bundle import CPI, PACKAGE, bundle
from tests.service_world import START


def test_no_bundle_no_robot(tmp_path: Path) -> None:
    assert Scripts(None).now() is None
    assert Scripts(tmp_path / "nothing").now() is None


def test_it_is_read_once_and_again_when_the_bundle_was_swapped(tmp_path: Path) -> None:
    scripts = Scripts(bundle(tmp_path / "dist"))
    first = scripts.now()
    assert first is not None
    assert scripts.now() is first
    bundle(tmp_path / "dist", replace(PACKAGE, items=(replace(CPI, answer="换过的答案。"),)))
    second = scripts.now()
    assert second is not None
    assert second.version != first.version
    assert second.robot.answer("CPI是什么", "2026-11-20").hits[0].item.answer == "换过的答案。"


def test_it_is_read_before_anybody_asks_and_again_when_swapped(tmp_path: Path) -> None:
    scripts = Scripts(bundle(tmp_path / "dist"))
    said: list[Exception] = []
    ahead = Ahead(scripts.now, said.append, 0.01)
    ahead.start()
    try:
        held = wait(lambda: scripts._held)
        bundle(tmp_path / "dist", replace(PACKAGE, name="小计"))
        wait(lambda: scripts._held is not held)
    finally:
        ahead.stop()
    ahead._thread.join(10)
    assert not ahead._thread.is_alive()
    assert said == []


def test_what_can_not_be_read_is_told_and_the_thread_goes_on() -> None:
    tries: list[int] = []
    said: list[Exception] = []

    def read() -> None:
        tries.append(1)
        raise KeyError("version")

    ahead = Ahead(read, said.append, 0.01)
    ahead.start()
    try:
        wait(lambda: len(tries) > 2)
    finally:
        ahead.stop()
    assert [type(error) for error in said] == [KeyError]  # told once


def wait(found: Callable[[], object]) -> object:
    """Until there is something, ten seconds at most."""
    end = time.monotonic() + 10
    while not (there := found()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return there


def test_a_package_that_was_changed_by_hand_does_not_take_the_place_of_the_last(
    tmp_path: Path,
) -> None:
    scripts = Scripts(bundle(tmp_path / "dist"))
    first = scripts.now()
    file = tmp_path / "dist" / "robot" / "package.json"
    file.write_bytes(file.read_bytes().replace("反映居民".encode(), "反映人人".encode()))
    manifest = tmp_path / "dist" / "manifest.json"
    told = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps({**told, "now": "later"}), "utf-8")
    assert scripts.now() is first
    assert Scripts(tmp_path / "dist").now() is None


def test_an_edition_that_gives_no_scripts_any_more_is_silent(tmp_path: Path) -> None:
    scripts = Scripts(bundle(tmp_path / "dist"))
    assert scripts.now() is not None
    bundle(tmp_path / "dist", None, {"site/index.html": b"x"})
    assert scripts.now() is None


def test_nobody_waits_while_a_new_package_is_read(tmp_path: Path) -> None:
    scripts = Scripts(bundle(tmp_path / "dist"))
    first = scripts.now()
    bundle(tmp_path / "dist", replace(PACKAGE, name="小计"))
    with scripts._turn:  # as if somebody were reading it
        assert scripts.now() is first
    found = scripts.now()
    assert found is not None
    assert found.robot.package.name == "小计"


def test_many_first_askers_get_the_same_robot(tmp_path: Path) -> None:
    scripts = Scripts(bundle(tmp_path / "dist"))
    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(scripts.now())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len(set(map(id, got))) == 1


def test_a_day_begins_at_midnight_in_beijing() -> None:
    assert day_of(START) == "2026-11-18"
    midnight = START - START % 86_400_000 + 16 * 3_600_000
    assert day_of(midnight - 1) != day_of(midnight)
