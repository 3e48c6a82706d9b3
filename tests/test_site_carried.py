"""Sealed releases carried to the other side, and what is armed beside them."""

from __future__ import annotations

import json
from pathlib import Path

from publish.site import orders
from tests.site_bundles import Office, expected, site
from tests.site_hours import AT, NEWS, armed, closed, holds, news, office, shown


def test_carried_to_the_other_side(tmp_path: Path) -> None:
    """Closed where no server can be reached, placed and opened by a machine that never saw the pages."""
    desk = office(tmp_path)
    inside = Office(tmp_path / "in", wai={"place": "ssh", "host": "nobody.invalid", "path": "/srv"})
    inside.clock = desk.clock
    disc = tmp_path / "disc"
    desk.typed = closed(inside, news(tmp_path), AT, "--out", disc)
    assert len(list(disc.iterdir())) == 2
    assert not holds(disc, NEWS)
    assert desk.do("push", "--take", disc) == 0, desk.told
    assert not holds(tmp_path / "srv", NEWS)
    assert not holds(desk.state, NEWS)
    assert desk.do("status") == 0
    assert "封存着一版" in desk.told
    assert desk.do("push", "--open") == 0, desk.told
    page = {f"articles/{NEWS}/index.html": f"<p>{NEWS} 5.3%</p>".encode()}
    assert shown(tmp_path) == expected([1, 2]) | page


def test_what_was_carried_and_is_not_whole(tmp_path: Path) -> None:
    desk = office(tmp_path)
    disc = tmp_path / "disc"
    inside = Office(tmp_path / "in", wai={"place": "local", "path": tmp_path / "x"})
    inside.clock = desk.clock
    closed(inside, news(tmp_path), AT, "--out", disc)
    (container,) = disc.glob("*.sealed")
    data = container.read_bytes()
    container.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert desk.do("push", "--take", disc) == 1
    assert "原件不符" in desk.told
    container.unlink()
    assert desk.do("push", "--take", disc) == 1
    assert "没有带全" in desk.told
    order = disc / "wai.json"
    plain = json.loads(order.read_bytes())
    for key, value in (
        ("name", "../../x.sealed"),
        ("then", [["wechat; rm"]]),
        ("at", "2026-12-21"),
    ):
        order.write_text(json.dumps(plain | {key: value}), "utf-8")
        assert desk.do("push", "--take", disc) == 1
        assert "读不懂" in desk.told
    order.write_text(json.dumps(plain | {"target": "../../etc"}), "utf-8")
    assert desk.do("push", "--take", disc) == 1
    assert "没有叫" in desk.told
    assert desk.do("push", "--take", tmp_path / "nothing") == 1
    assert shown(tmp_path) == site(1)


def test_nothing_is_armed_without_a_plan(tmp_path: Path) -> None:
    desk = office(tmp_path)
    when = ["--bundle", news(tmp_path).root, "--at", AT.isoformat()]
    assert desk.do("plan", *when) == 0
    assert desk.do("push", *when, "--then", "kaifangri") == 1
    assert "weike plan wechat kaifangri" in desk.told
    assert not list(orders.waiting(desk.state, []))
    assert not (tmp_path / "srv/sealed").exists()
    assert desk.do("push", *when, "--then", "kaifangri", "--rehearse") == 0, desk.told


def test_armed_and_carried_to_the_other_side(tmp_path: Path) -> None:
    """There the push has its own plan and its own bundle, named when it is opened."""
    desk = office(tmp_path)
    inside = Office(tmp_path / "in", wai={"place": "local", "path": tmp_path / "x"})
    inside.clock, disc = desk.clock, tmp_path / "disc"
    desk.typed = closed(inside, news(tmp_path), AT, "--then", "kaifangri", "--out", disc)
    assert desk.do("push", "--take", disc) == 1
    assert "weike plan wechat kaifangri" in desk.told
    armed(desk.state)
    assert desk.do("push", "--take", disc) == 0, desk.told
    assert desk.do("push", "--open", "--bundle", tmp_path / "v1") == 0, desk.told
    there = ["--bundle", str(tmp_path / "v1"), "--state", str(desk.state)]
    assert desk.ran == [["push", "wechat", "kaifangri", *there]]
