"""Timed releases where something goes wrong: sealing that fails, a line that fails, a ledger that is held."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from builder.problems import Refused
from publish.ledger import Ledger
from publish.site import opening, orders
from publish.site.carry import Errand, alone
from publish.site.opening import PATIENCE, Hands
from publish.site.orders import Order
from publish.site.places.folder import Folder
from publish.site.sealed import secret_of
from publish.site.targets import load
from tests.site_bundles import Office, bundle_of, release, site, tree
from tests.site_hours import AT, NEWS, armed, closed, news, office, shown

PAGE = f"articles/{NEWS}/index.html"


def receipts(state: Path) -> list[str]:
    with Ledger.view(state) as ledger:
        return [r.body["what"] for r in ledger.receipts()]


# --- sealing ------------------------------------------------------------------------------


def sealing(desk: Office, root: Path, *words: object) -> int:
    """Plan and seal once more; what it says is in `told`."""
    when = ["--bundle", root / "news", "--at", AT.isoformat()]
    assert desk.do("plan", *when) == 0, desk.told
    return desk.do("push", *when, *words)


@pytest.mark.parametrize("bad", ["there.txt", "no/such/stick/code.txt"])
def test_a_code_that_can_not_be_written_seals_nothing(tmp_path: Path, bad: str) -> None:
    """What waited before waits on, and its code opens it."""
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    (tmp_path / "there.txt").write_text("x", "utf-8")
    before = tree(tmp_path / "srv"), (desk.state / "timed/wai.json").read_bytes()
    assert sealing(desk, tmp_path, "--key-out", tmp_path / bad) == 1
    assert bad.rpartition("/")[2] in desk.told
    assert (tree(tmp_path / "srv"), (desk.state / "timed/wai.json").read_bytes()) == before
    assert (tmp_path / "there.txt").read_text("utf-8") == "x"
    assert desk.do("push", "--open") == 0, desk.told


def two_hosts(root: Path) -> Office:
    keys = {"place": "local"}
    desk = Office(root, eins=keys | {"path": root / "a"}, zwei=keys | {"path": root / "b"})
    desk.clock = AT - timedelta(hours=2)
    assert desk.push(release(root, 1)) == 0, desk.told
    return desk


@pytest.mark.parametrize("file", [False, True])
def test_one_host_that_fails_leaves_all_as_they_were(tmp_path: Path, file: bool) -> None:
    desk = two_hosts(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    before = [tree(tmp_path / name) for name in "ab"]
    kept = tree(desk.state / "timed")
    (tmp_path / "b/sealed").rename(tmp_path / "aside")
    (tmp_path / "b/sealed").write_bytes(b"in the way")
    words = ["--key-out", tmp_path / "code.txt"] if file else []
    assert sealing(desk, tmp_path, *words) == 1
    assert "开封码" not in desk.told
    assert not (tmp_path / "code.txt").exists()
    (tmp_path / "b/sealed").unlink()
    (tmp_path / "aside").rename(tmp_path / "b/sealed")
    assert [tree(tmp_path / name) for name in "ab"] == before
    assert tree(desk.state / "timed") == kept
    assert desk.do("push", "--open") == 0, desk.told
    assert PAGE in tree(tmp_path / "a/current").keys() & tree(tmp_path / "b/current").keys()


def test_a_folder_for_carrying_holds_all_or_what_it_held(tmp_path: Path) -> None:
    keys = {"place": "ssh", "host": "nobody.invalid"}
    desk = Office(tmp_path, eins=keys | {"path": "/srv/a"}, zwei=keys | {"path": "/srv/b"})
    desk.clock, out = AT - timedelta(hours=2), tmp_path / "disc"
    first = closed(desk, news(tmp_path), AT, "--out", out)
    assert first
    before = tree(out)
    assert len(before) == 4
    assert desk.do("plan", "--bundle", tmp_path / "news", "--at", AT.isoformat()) == 0
    desk.targets(eins=keys | {"path": "/srv/a"}, zwei=keys | {"path": "/srv/c"})
    words = ["--at", AT.isoformat(), "--out", out, "--key-out", tmp_path / "code.txt"]
    assert desk.do("push", "--bundle", tmp_path / "news", *words) == 1
    assert "zwei 一段改过" in desk.told
    assert tree(out) == before
    assert not list((desk.state / "timed").glob("*"))
    assert not (tmp_path / "code.txt").exists()


def test_the_code_is_told_before_anything_is_exchanged(tmp_path: Path) -> None:
    """Whenever the run is cut off, a code that is known opens what waits."""
    desk = two_hosts(tmp_path)
    first = closed(desk, news(tmp_path))
    (desk.state / "timed/zwei.json").unlink()
    (desk.state / "timed/zwei.json").mkdir()  # the second order can't be kept
    assert sealing(desk, tmp_path) == 1
    second = next(n.strip() for n in desk.told.splitlines() if n.startswith("    "))
    assert second != first
    (desk.state / "timed/zwei.json").rmdir()
    desk.typed = second
    assert desk.do("push", "eins", "--open") == 0, desk.told


def test_a_held_ledger_seals_nothing(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    before = tree(tmp_path / "srv")
    with Ledger.open(desk.state):
        assert sealing(desk, tmp_path) == 1
    assert "另一个 weike 正在发布" in desk.told
    assert tree(tmp_path / "srv") == before
    assert desk.do("push", "--open") == 0, desk.told


def test_an_order_that_can_not_be_read_is_sealed_anew(tmp_path: Path) -> None:
    desk = office(tmp_path)
    closed(desk, news(tmp_path))
    for bad in (b"", b"[]", b"[" * 100_000, b"{}"):
        (desk.state / "timed/wai.json").write_bytes(bad)
        assert desk.do("push", "--open") == 1
        assert "读不懂" in desk.told
    desk.typed = closed(desk, news(tmp_path))
    assert desk.do("push", "--open") == 0, desk.told


@pytest.mark.parametrize(
    "change",
    [
        {"wrapped": 5},
        {"sha256": None},
        {"base": 7},
        {"target": 7},
        {"made": "x"},
        {"made": "2026-12-21T07:30:00"},
        {"taken": []},
        {"known": [1]},
        {"known": None},
        {"then": [["wechat"]]},
        {"format": 1},
    ],
)
def test_an_order_of_another_shape_is_told(tmp_path: Path, change: dict[str, object]) -> None:
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    file = desk.state / "timed/wai.json"
    file.write_text(json.dumps(json.loads(file.read_bytes()) | change), "utf-8")
    for words in (("status",), ("push", "--open")):
        assert desk.do(*words) == 1
        assert "读不懂" in desk.told


# --- the last seconds -------------------------------------------------------------------------


class Line(Folder):
    """A place whose line fails for some seconds, as a network does."""

    def __init__(self, root: Path, now: Callable[[], datetime], until: datetime) -> None:
        super().__init__(root)
        self.now, self.until = now, until
        self.failed: list[datetime] = []

    def laid(self, name: str) -> str:
        """The first question of every look."""
        if AT - timedelta(seconds=20) <= self.now() < self.until:
            self.failed.append(self.now())
            raise Refused("连不上 web：检查网络。")
        return super().laid(name)


def opened(desk: Office, code: str, until: datetime) -> tuple[bool, Line]:
    """Wait and open over a line that fails until then."""
    (target,) = load(desk.state, [])
    line = Line(Path(target.path), lambda: desk.clock, until)
    errand = Errand(target, line, desk.state, lambda: desk.clock, desk.said.append)
    (order,) = orders.waiting(desk.state, [])

    def secret(order: Order) -> bytes:
        return secret_of(code)

    pairs = [(errand, order)]
    return opening.open_all(pairs, Hands(secret, desk.sleep, desk.run)), line


@pytest.mark.parametrize("left", [18.0, 5.0, 0.5, 0.0])
def test_a_line_that_fails_shortly_before_the_hour(tmp_path: Path, left: float) -> None:
    desk = office(tmp_path)
    code = closed(desk, news(tmp_path))
    good, line = opened(desk, code, AT - timedelta(seconds=left))
    assert good, desk.told
    assert line.failed
    assert sum("连不上 web" in said for said in desk.said) == 1, "said once, not every second"
    assert AT <= desk.clock < AT + timedelta(seconds=1)
    assert PAGE in shown(tmp_path)


def test_a_line_that_fails_at_the_hour(tmp_path: Path) -> None:
    desk = office(tmp_path)
    code = closed(desk, news(tmp_path))
    with pytest.raises(Refused, match="连不上 web"):
        opened(desk, code, AT + timedelta(hours=1))
    assert desk.clock >= AT
    assert shown(tmp_path) == site(1)


def test_another_run_that_ends_in_time_is_waited_for(tmp_path: Path) -> None:
    """An ordinary push of the same site holds it in the last half minute."""
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    busy = ExitStack()
    busy.enter_context(alone(desk.state, "wai"))

    def sleep(seconds: float) -> None:
        desk.clock += timedelta(seconds=seconds)
        if AT - desk.clock < timedelta(seconds=10):
            busy.close()

    desk.sleep = sleep
    with busy:
        assert desk.do("push", "--open") == 0, desk.told
    assert "另一个 weike 正在更新 wai" in desk.told
    assert PAGE in shown(tmp_path)


# --- the receipt ------------------------------------------------------------------------------


def test_a_receipt_that_can_not_be_written_is_written_later(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    naps: list[float] = []
    passing = desk.sleep

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        passing(seconds)

    desk.sleep = sleep
    with Ledger.open(desk.state):
        assert desk.do("push", "--open") == 0, desk.told
    assert naps.count(1.0) >= PATIENCE - 1
    assert "回执还没有写进账本" in desk.told
    assert PAGE in shown(tmp_path)
    assert receipts(desk.state) == ["release"]
    assert desk.do("status") == 0
    assert "有 1 份回执还没有写进账本" in desk.told
    assert desk.do("push", "--open") == 0, desk.told
    assert "补写了 1 份回执" in desk.told
    assert receipts(desk.state) == ["release", "timed"]
    with Ledger.view(desk.state) as ledger:
        (_, timed) = ledger.receipts()
        assert timed.body["at"] == AT.isoformat()
        assert timed.body["shown_ms"] == 0
        assert ledger.unsettled("site", "wai") == []
    assert desk.do("push", "--open") == 1
    assert "没有等着开封的版本" in desk.told


@pytest.mark.parametrize("verb", ["push", "rollback", "seal"])
def test_any_later_run_writes_it(tmp_path: Path, verb: str) -> None:
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    with Ledger.open(desk.state):
        assert desk.do("push", "--open") == 0, desk.told
    made = bundle_of(tmp_path / "b", site(3), AT + timedelta(minutes=1))
    desk.clock += timedelta(hours=1)
    if verb == "push":
        assert desk.push(made) == 0, desk.told
    elif verb == "rollback":
        assert desk.do("rollback", "wai") == 0, desk.told
    else:
        assert closed(desk, made, AT + timedelta(days=1))
    assert receipts(desk.state)[:2] == ["release", "timed"]


def test_one_that_was_written_already_is_not_written_twice(tmp_path: Path) -> None:
    """Cut off between the writing and the tidying up."""
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    with Ledger.open(desk.state):
        desk.do("push", "--open")
    (owed,) = (desk.state / "site/wai/owed").iterdir()
    data = owed.read_bytes()
    assert desk.do("push", "--open") == 0
    owed.write_bytes(data)
    assert desk.do("push", "--open") == 0
    assert receipts(desk.state) == ["release", "timed"]


def test_what_is_armed_runs_when_the_receipt_has_to_wait(tmp_path: Path) -> None:
    desk = office(tmp_path)
    armed(desk.state)
    desk.typed = closed(desk, news(tmp_path), AT, "--then", "kaifangri")
    with Ledger.open(desk.state):
        assert desk.do("push", "--open") == 0, desk.told
    assert [words[:3] for words in desk.ran] == [["push", "wechat", "kaifangri"]]
