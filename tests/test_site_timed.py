"""Timed releases: nothing to be read a second before, all of it seconds after, and not without the key."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import secrets
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from builder.model import BEIJING
from builder.problems import Refused
from publish.ledger import Ledger
from publish.site import orders, sealed
from publish.site.sealed import Piece, coarse, code, fits, fresh, key_for, seal, secret_of
from tests.site_bundles import Office, bundle_of, expected, release, site, tree
from tests.site_hours import AT, NEWS, armed, closed, holds, news, office, shown
from tests.webservers import nginx


def test_nothing_before_everything_after(tmp_path: Path) -> None:
    desk = office(tmp_path)
    armed(desk.state)
    desk.typed = closed(desk, news(tmp_path), AT, "--then", "kaifangri")
    seen: list[tuple[float, bool]] = []

    def look() -> None:
        early = bool(holds(tmp_path / "srv", NEWS) or holds(desk.state / "timed", NEWS))
        seen.append(((desk.clock - AT).total_seconds(), early or shown(tmp_path) != site(1)))

    def sleep(seconds: float) -> None:
        """Time passes in ever smaller steps, down to half a second, and somebody looks at each."""
        end = desk.clock + timedelta(seconds=seconds)
        while desk.clock < end:
            step = max(0.5, (AT - desk.clock).total_seconds() / 4)
            desk.clock = min(end, desk.clock + timedelta(seconds=step))
            if desk.clock < AT:
                look()

    desk.sleep = sleep
    assert desk.do("push", "--open") == 0, desk.told
    assert max(t for t, _ in seen) >= -1
    assert not [t for t, early in seen if early]
    assert f"articles/{NEWS}/index.html" in shown(tmp_path)
    assert (desk.clock - AT).total_seconds() < 5
    here = ["--bundle", str(tmp_path / "news"), "--state", str(desk.state)]
    assert desk.ran == [["push", "wechat", "kaifangri", *here]]
    assert not list((tmp_path / "srv/sealed").iterdir())
    assert not list((desk.state / "timed").iterdir())
    with Ledger.view(desk.state) as ledger:
        assert [r.body["what"] for r in ledger.receipts()] == ["release", "timed"]
        assert ledger.unsettled("site", "wai") == []
    assert desk.do("push", "--open") == 1
    assert "没有等着开封的版本" in desk.told


def test_on_a_real_clock_read_through_nginx(tmp_path: Path) -> None:
    """Two hosts; somebody asks ten times a second."""
    here, there = tmp_path / "a", tmp_path / "b"
    now = datetime.now(BEIJING)
    keys = {"place": "local"}
    desk = Office(tmp_path, eins=keys | {"path": here}, zwei=keys | {"path": there})
    desk.clock = now
    assert desk.push(bundle_of(tmp_path / "v1", site(1), now - timedelta(hours=1))) == 0
    at = (now + timedelta(seconds=8)).replace(microsecond=0)
    desk.typed = closed(desk, news(tmp_path, at), at)
    machine = desk.machine()
    real = type(machine)(**{f: getattr(machine, f) for f in ("say", "complain", "ask", "run")})
    said: list[tuple[datetime, str, int, bytes]] = []
    over = threading.Event()

    def ask(url: str) -> None:
        from publish.site.watch import Reader

        while not over.is_set():
            with Reader(url) as reader:
                for path in (f"articles/{NEWS}/index.html", "index.html"):
                    status, _, body = reader.get(path)
                    said.append((datetime.now(BEIJING), path, status, body))
            time.sleep(0.1)

    with (
        nginx(here / "current", tmp_path / "n1") as one,
        nginx(there / "current", tmp_path / "n2") as two,
    ):
        askers = [threading.Thread(target=ask, args=(url,)) for url in (one, two)]
        for asker in askers:
            asker.start()
        try:
            from publish.site.cli import main

            opened = main("push", ["--open", "--state", str(desk.state)], real)
            time.sleep(max(0.0, 5 - (datetime.now(BEIJING) - at).total_seconds()))
        finally:
            over.set()
            for asker in askers:
                asker.join()
    assert opened == 0, desk.told
    before = [row for row in said if row[0] < at]
    assert len(before) > 10
    assert {row[2] for row in before if NEWS in row[1]} == {404}
    assert {row[3] for row in before if NEWS not in row[1]} == {site(1)["index.html"]}
    fresh_ones = [row[0] for row in said if NEWS in row[1] and row[2] == 200]
    stale = [row[0] for row in said if row[2] != 200 or row[3] == site(1)["index.html"]]
    first, last = min(fresh_ones) - at, max(stale) - at
    print(
        f"\nfirst seen {first.total_seconds():.2f} s after the hour, all of it after {last.total_seconds():.2f} s"
    )
    assert timedelta(0) <= first
    assert last < timedelta(seconds=5)
    for folder in (here, there):
        assert tree(folder / "current")["index.html"] == site(2)["index.html"]


def test_nobody_opens_before_the_hour(tmp_path: Path) -> None:
    from publish.site.carry import Errand
    from publish.site.opening import ready, unseal
    from publish.site.places import place
    from publish.site.targets import load

    desk = office(tmp_path)
    secret = secret_of(closed(desk, news(tmp_path)))
    (order,) = orders.waiting(desk.state, [])
    (target,) = load(desk.state, [])
    there = place(target, desk.state, {})
    errand = Errand(target, there, desk.state, lambda: desk.clock, desk.said.append)
    desk.clock = AT - timedelta(seconds=1)
    found = ready(errand, order, secret)
    with pytest.raises(Refused, match="还没到"):
        unseal(found)
    assert not holds(tmp_path / "srv", NEWS)
    path = desk.state / "timed/wai.json"
    plain = json.loads(path.read_bytes())
    path.write_text(json.dumps(plain | {"at": (AT - timedelta(hours=1)).isoformat()}), "utf-8")
    desk.typed = code(secret)
    assert desk.do("push", "--open") == 1, (
        "whoever changes the order does not change what is inside"
    )
    assert "被改过" in desk.told
    assert shown(tmp_path) == site(1)
    assert not holds(tmp_path / "srv", NEWS)


@pytest.mark.parametrize(
    "change",
    [
        {"at": (AT - timedelta(hours=1)).isoformat()},
        {"at": (AT + timedelta(hours=1)).isoformat()},
        {"then": [["wechat", "andere"]]},
        {"then": []},
        {"rehearsal": True},
        {"known": []},
        {"bundle": "/somewhere/else"},
    ],
)
def test_an_order_changed_by_hand_is_not_carried_out(
    tmp_path: Path, change: dict[str, object]
) -> None:
    """Even where the bundle itself would be let out already."""
    desk = office(tmp_path)
    made = news(tmp_path, desk.clock - timedelta(hours=1))
    armed(desk.state)
    desk.typed = closed(desk, made, AT, "--then", "kaifangri")
    path = desk.state / "timed/wai.json"
    plain = json.loads(path.read_bytes())
    path.write_text(json.dumps(plain | change), "utf-8")
    before = desk.clock
    assert desk.do("push", "--open") == 1
    assert "被改过" in desk.told
    assert desk.clock == before, "said at once"
    assert shown(tmp_path) == site(1)
    assert desk.ran == []
    path.write_text(json.dumps(plain), "utf-8")
    assert desk.do("push", "--open") == 0, desk.told


def test_what_was_taken_back_meanwhile_is_not_opened(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    files = {p: d for p, d in site(3).items() if not p.startswith("courses/ke2/")}
    at = desk.clock - timedelta(minutes=1)
    assert desk.push(bundle_of(tmp_path / "b", files, at, withdrawn=["courses/ke2/"])) == 0
    before = desk.clock
    assert desk.do("push", "--open") == 1
    assert "后来撤回的内容（faq:courses/ke2）" in desk.told
    assert desk.clock == before, "said long before the hour"
    assert not [p for p in shown(tmp_path) if "ke2" in p]
    assert desk.do("push", "--open", "--overwrite") == 1, "no word of anybody opens that"


def test_what_was_taken_back_while_it_waited(tmp_path: Path) -> None:
    """Another machine takes something back in the last minutes: the last look finds it."""
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    other = Office(tmp_path / "o", wai={"place": "local", "path": tmp_path / "srv"})
    other.clock = AT - timedelta(minutes=1)
    files = {p: d for p, d in site(3).items() if not p.startswith("courses/ke2/")}
    at = AT - timedelta(hours=1)
    gone = bundle_of(tmp_path / "b", files, at, withdrawn=["courses/ke2/"])
    pushed: list[int] = []

    def sleep(seconds: float) -> None:
        desk.clock += timedelta(seconds=seconds)
        if not pushed and desk.clock > AT - timedelta(minutes=1):
            pushed.append(other.push(gone))

    desk.sleep = sleep
    assert desk.do("push", "--open") == 1
    assert pushed == [0]
    assert "后来撤回的内容" in desk.told
    assert not [p for p in shown(tmp_path) if "ke2" in p]


def test_a_newer_release_is_not_replaced_by_a_sealed_one(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path, desk.clock - timedelta(hours=1)))
    newer = bundle_of(tmp_path / "b", site(3), desk.clock - timedelta(minutes=1))
    assert desk.push(newer) == 0, desk.told
    before = desk.clock
    assert desk.do("push", "--open") == 1
    assert "封存的一版更旧" in desk.told
    assert desk.clock == before
    assert shown(tmp_path) == expected([1, 3])


def test_a_release_made_for_the_hour_goes_out_no_other_way(tmp_path: Path) -> None:
    desk = office(tmp_path)
    made = news(tmp_path)
    assert desk.do("plan", "--bundle", made.root) == 1
    assert "在此刻之后" in desk.told
    early = (AT - timedelta(seconds=1)).isoformat()
    assert desk.do("plan", "--bundle", made.root, "--at", early) == 1
    assert desk.do("plan", "--bundle", made.root, "--at", AT.isoformat()) == 0
    assert desk.do("push", "--bundle", made.root) == 1
    assert "--at" in desk.told
    desk.clock = AT + timedelta(hours=1)
    assert desk.do("push", "--bundle", made.root, "--at", AT.isoformat()) == 1
    assert "已经过了" in desk.told


def test_late_is_better_than_never(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    desk.clock = AT + timedelta(minutes=3)
    assert desk.do("push", "--open") == 0
    assert f"articles/{NEWS}/index.html" in shown(tmp_path)


def test_the_state_tells_nothing(tmp_path: Path) -> None:
    """Names, sizes and numbers of files are hidden; unlike contents make like containers."""
    lengths = set()
    for weight in (1, 50, 3000):
        root = tmp_path / str(weight)
        root.mkdir()
        desk = office(root)
        closed(desk, news(root, weight=weight))
        (container,) = (root / "srv/sealed").iterdir()
        lengths.add(container.stat().st_size)
        order = (desk.state / "timed/wai.json").read_text("utf-8")
        assert NEWS not in order
        assert site(2).keys() & set(json.loads(order)) == set()
        assert not holds(root / "srv", NEWS)
        assert container.parent.stat().st_mode & 0o077 == 0 or os.name == "nt"
        assert NEWS not in container.name
    assert len(lengths) == 1


@pytest.mark.parametrize("length", [0, 1, 1 << 20, (1 << 20) + 1, 5 << 20, 37_123_456, 1 << 30])
def test_lengths_are_coarse(length: int) -> None:
    assert coarse(length) >= max(length, 0)
    assert coarse(length) % (1 << 20) == 0
    assert coarse(length) <= max(1 << 20, length * 9 // 8 + (1 << 20))
    assert len({coarse(n) for n in range(32 << 20, 64 << 20, 99_999)}) <= 9


def test_a_wrong_code_opens_nothing(tmp_path: Path) -> None:
    desk = office(tmp_path)
    right = closed(desk, news(tmp_path))
    desk.typed = code(fresh())
    assert desk.do("push", "--open") == 1
    assert "开封码不是" in desk.told
    desk.typed = right[:-1] + ("A" if right[-1] != "A" else "B")
    assert desk.do("push", "--open") == 1
    assert "对照纸上的再输一遍" in desk.told
    desk.typed = right.lower().replace("-", " ")
    assert desk.clock < AT
    assert desk.do("push", "--open") == 0, desk.told


def test_a_spoilt_container_is_found_beforehand(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.typed = closed(desk, news(tmp_path))
    (container,) = (tmp_path / "srv/sealed").iterdir()
    data = bytearray(container.read_bytes())
    data[1000] ^= 1
    container.write_bytes(data)
    assert desk.do("push", "--open") == 1
    assert "不在或被改过" in desk.told
    assert desk.clock < AT, "long before the hour"
    assert shown(tmp_path) == site(1)


def test_any_flipped_bit_breaks_the_seal(tmp_path: Path) -> None:
    secret, file = fresh(), tmp_path / "c"
    seal(file, secret, [Piece("a", 1, b"data")])
    whole = file.read_bytes()
    for at in [
        0,
        15,
        16,
        17,
        600,
        len(whole) // 2,
        len(whole) - 33,
        len(whole) - 32,
        len(whole) - 1,
    ]:
        spoilt = bytearray(whole)
        spoilt[at] ^= 0x10
        file.write_bytes(spoilt)
        assert not fits(file, key_for(file, secret)), at
    for cut in (whole[:-1], whole[:20], b"", whole + b"\0"):
        file.write_bytes(cut)
        assert len(cut) < 16 or not fits(file, key_for(file, secret))
    file.write_bytes(whole)
    assert fits(file, key_for(file, secret))


def test_a_container_does_not_reach_out_of_its_folder(tmp_path: Path) -> None:
    secret, file = fresh(), tmp_path / "c"
    for name in ("../out", "/etc/x", "a/../../out", "con", "a\\b"):
        seal(file, secret, [Piece(name, 1, b"x")])
        with pytest.raises(Refused, match="不该有"):
            sealed.pour(file, key_for(file, secret), tmp_path / "in")
    assert not (tmp_path / "out").exists()


def test_codes(tmp_path: Path) -> None:
    for _ in range(200):
        secret = fresh()
        word = code(secret)
        assert secret_of(word) == secret
        assert secret_of(f"# 注\n{word}\n") == secret
        place = secrets.randbelow(len(word))
        if word[place] != "-":
            other = "A" if word[place] != "A" else "C"
            slip = word[:place] + other + word[place + 1 :]
            with pytest.raises(Refused):
                secret_of(slip)
    for bad in ("", "A" * 56, "汉字"):
        with pytest.raises(Refused):
            secret_of(bad)


def test_only_the_opener_opens(tmp_path: Path) -> None:
    desk = office(tmp_path)
    assert desk.do("push", "--new-opener", tmp_path / "li.key") == 0
    assert desk.do("push", "--new-opener", tmp_path / "wang.key") == 0
    assert desk.do("push", "--new-opener", tmp_path / "li.key") == 1
    if os.name != "nt":
        assert (tmp_path / "li.key").stat().st_mode & 0o077 == 0
    closed(desk, news(tmp_path), AT, "--to", tmp_path / "li.key.pub")
    assert desk.do("push", "--open", "--private", tmp_path / "wang.key") == 1
    assert "另一个人" in desk.told
    assert desk.do("push", "--open", "--private", tmp_path / "li.key.pub") == 1
    assert "不是开封人的私钥文件" in desk.told
    assert desk.do("push", "--open", "--private", tmp_path / "li.key") == 0, desk.told
    assert f"articles/{NEWS}/index.html" in shown(tmp_path)


def test_the_code_in_a_file(tmp_path: Path) -> None:
    desk = office(tmp_path)
    closed(desk, news(tmp_path), AT, "--key-out", tmp_path / "ma.txt")
    text = (tmp_path / "ma.txt").read_text("utf-8")
    assert code(secret_of(text)) in text
    assert code(secret_of(text)) not in desk.told, "not on the screen"
    for file in desk.state.rglob("*"):
        assert file.is_dir() or secret_of(text) not in file.read_bytes()
    assert desk.do("push", "--open", "--key", tmp_path / "ma.txt") == 0, desk.told


class Late(http.server.BaseHTTPRequestHandler):
    """A server whose clock goes wrong."""

    off = 0.0
    now = AT

    def do_HEAD(self) -> None:
        self.send_response_only(200)
        moment = Late.now + timedelta(seconds=Late.off)
        self.send_header(
            "Date", format_datetime(moment.astimezone(__import__("datetime").UTC), usegmt=True)
        )
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


@contextmanager
def wrong_clock(desk: Office, off: float) -> Iterator[str]:
    Late.off, Late.now = off, desk.clock
    with http.server.HTTPServer(("127.0.0.1", 0), Late) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("off", "fine"), [(0.0, True), (-1.5, True), (-4.0, False), (4.0, False), (3600.0, False)]
)
def test_clocks_that_differ_are_refused(tmp_path: Path, off: float, fine: bool) -> None:
    from publish.site.carry import Errand
    from publish.site.opening import skew
    from publish.site.places import place
    from publish.site.targets import Target

    desk = Office(tmp_path, wai={"place": "local", "path": tmp_path / "srv"})
    with wrong_clock(desk, off) as url:
        target = Target("wai", "local", path=str(tmp_path / "srv"), verify_url=url)
        errand = Errand(
            target, place(target, desk.state, {}), desk.state, lambda: desk.clock, print
        )
        found = skew(errand)
        assert (found <= 1) == fine, found
        if not fine:
            at = AT
            desk.targets(wai={"place": "local", "path": tmp_path / "srv", "verify_url": url})
            desk.clock = at - timedelta(hours=1)
            desk.typed = closed(desk, news(tmp_path))
            Late.now = desk.clock
            assert desk.do("push", "--open") == 1
            assert "时钟" in desk.told
            assert not (tmp_path / "srv/current").exists()


def test_a_rehearsal_touches_nothing_that_is_shown(tmp_path: Path) -> None:
    desk = office(tmp_path)
    two = release(tmp_path, 2)
    desk.do("plan", "--bundle", two.root)
    before = tree(tmp_path / "srv")
    assert desk.do("push", "--bundle", two.root, "--rehearse") == 0, desk.told
    assert "演练成功" in desk.told
    assert tree(tmp_path / "srv") == before
    assert not list((desk.state / "timed").iterdir())
    assert desk.do("push", "--bundle", two.root) == 0, "the plan still holds"
    assert desk.ran == []


def test_what_is_armed_does_not_run_when_the_site_is_not_open(tmp_path: Path) -> None:
    desk = office(tmp_path)
    armed(desk.state)
    desk.typed = closed(desk, news(tmp_path), AT, "--then", "kaifangri")
    (container,) = (tmp_path / "srv/sealed").iterdir()

    def sleep(seconds: float) -> None:
        desk.clock += timedelta(seconds=seconds)
        if desk.clock >= AT:  # somebody takes it away in the last moment
            container.unlink(missing_ok=True)

    desk.sleep = sleep
    assert desk.do("push", "--open") == 1
    assert "没有运行" in desk.told
    assert desk.ran == []
    assert shown(tmp_path) == site(1)


def test_a_second_sealing_takes_the_place_of_the_first(tmp_path: Path) -> None:
    desk = office(tmp_path)
    first = closed(desk, news(tmp_path))
    second = closed(desk, news(tmp_path))
    assert len(list((tmp_path / "srv/sealed").iterdir())) == 1
    desk.typed = first
    assert desk.do("push", "--open") == 1
    desk.typed = second
    assert desk.do("push", "--open") == 0, desk.told


@pytest.mark.skipif(sys.platform == "win32", reason="no sshd there")
def test_behind_ssh(tmp_path: Path) -> None:
    """Opened there, by openssl and tar; on a real clock."""
    from tests.sshd import sshd

    host = f"web-{secrets.token_hex(4)}"
    with sshd(tmp_path / "sshd", host) as client:
        keys = {"place": "ssh", "host": host, "ssh_config": client, "path": tmp_path / "srv"}
        desk = Office(tmp_path, wai=keys)
        now = datetime.now(BEIJING)
        desk.clock = now
        assert desk.push(bundle_of(tmp_path / "v1", site(1), now - timedelta(hours=1))) == 0, (
            desk.told
        )
        at = (now + timedelta(seconds=12)).replace(microsecond=0)
        desk.typed = closed(desk, news(tmp_path, at), at)
        assert not holds(tmp_path / "srv", NEWS)
        machine = desk.machine()
        real = type(machine)(**{f: getattr(machine, f) for f in ("say", "complain", "ask", "run")})
        from publish.site.cli import main

        desk.said.clear()
        assert main("push", ["--open", "--state", str(desk.state)], real) == 0, desk.told
        print("\n" + desk.told)
        assert shown(tmp_path)["index.html"] == site(2)["index.html"]
        done = next(n for n in desk.said if "切换完" in n)
        late = float(done.rpartition("，")[2].split()[0])
        assert late < (
            5 if os.environ.get("WEIKE_FULL") else 60
        )  # the bar, where nothing else runs
        assert not list((tmp_path / "srv/sealed").iterdir())


def test_hash_of_the_container_is_what_is_checked(tmp_path: Path) -> None:
    desk = office(tmp_path)
    closed(desk, news(tmp_path))
    (order,) = orders.waiting(desk.state, [])
    (container,) = (tmp_path / "srv/sealed").iterdir()
    assert hashlib.sha256(container.read_bytes()).hexdigest() == order.sha256
    assert container.stat().st_size == order.size
