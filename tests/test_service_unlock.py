"""A page that was left alone is locked, and opens for its owner alone; sessions and passwords that grow old."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2 as httpx
import pytest

from service.people import dots
from service.people.unlocking import fault
from service.roles import EDITOR, EXPERT
from service.store import audit, people
from tests.service_world import WORD, World, world

PIN = "271828"
NEW = "Geng-Hao-9-Mi-Ma"


def with_pin(service: World, *roles: str) -> tuple[int, httpx.Client]:
    user = service.user(*(roles or (EXPERT,)))
    browser = service.browser(user)
    done = browser.post("/account/pin", data={"pin": PIN, "password": WORD})
    assert done.status_code == 303
    assert "HttpOnly" in done.headers["set-cookie"]
    assert "SameSite=strict" in done.headers["set-cookie"]
    return user, browser


def test_an_idle_page_is_opened_again_by_a_short_number(service: World) -> None:
    _, browser = with_pin(service, EDITOR)
    service.clock.forward(minutes=31)
    assert browser.get("/account").headers["location"] == "/unlock?to=/account"
    shown = browser.get("/unlock?to=/account").text
    assert 'name="pin"' in shown
    assert "通知" not in shown  # nothing of the rooms behind
    wrong = browser.post("/unlock", data={"pin": "271829", "to": "/account"})
    assert (wrong.status_code, "还可以试 4 次" in wrong.text) == (401, True)
    right = browser.post("/unlock", data={"pin": PIN, "to": "/account"})
    assert (right.status_code, right.headers["location"]) == (303, "/account")
    assert browser.get("/account").status_code == 200  # the second factor is still shown


def test_five_wrong_numbers_and_the_password_is_asked_for(service_both: World) -> None:
    service = service_both
    user, browser = with_pin(service)
    assert browser.post("/lock").status_code == 303
    said = [browser.post("/unlock", data={"pin": f"99887{n}"}) for n in range(5)]
    assert [s.status_code for s in said] == [401] * 5
    assert "请用密码登录" in said[-1].text
    assert browser.post("/unlock", data={"pin": PIN}).status_code == 409
    assert browser.get("/account").headers["location"].startswith("/login")
    with service.desk.store.read() as connection:
        assert people.pins_of(connection, user) == []
        told = [r.outcome for r in audit.newest(connection, 99, act="unlock")]
    assert told == ["wrong"] * 5


def test_the_number_is_of_no_use_elsewhere(service: World) -> None:
    """Another browser with the stolen session, or another user's on the same machine, opens nothing."""
    user, browser = with_pin(service)
    thief = service.browser(user)
    browser.post("/lock")
    thief.post("/lock")
    assert (
        thief.get("/unlock").headers["location"] == "/"
    )  # it had no quick way: its session is over
    other = service.browser(service.user(EXPERT))
    other.cookies.set("weike-device", browser.cookies["weike-device"])
    other.post("/lock")
    assert other.post("/unlock", data={"pin": PIN}).status_code == 409
    with service.desk.store.read() as connection:
        (held,) = people.pins_of(connection, user)
    assert not service.desk.passwords.right(held.verifier, PIN)  # without the browser's own secret


def test_what_is_locked_opens_nothing_else(service: World) -> None:
    _, browser = with_pin(service)
    browser.post("/lock")
    machine = {"accept": "application/json"}
    for path in ("/account", "/notices", "/here", "/openapi.json"):
        assert browser.get(path, headers=machine).status_code == 401, path
    assert browser.post("/account/pin/off").status_code == 401
    assert browser.get("/").status_code == 200
    assert 'action="/logout"' not in browser.get("/").text
    assert browser.post("/leave").headers["location"].startswith("/login")
    assert browser.post("/unlock", data={"pin": PIN}).status_code == 409


def test_a_lock_does_not_outlive_the_session(service: World) -> None:
    _, browser = with_pin(service)
    service.clock.forward(hours=13)
    assert browser.get("/account").headers["location"].startswith("/login")


def test_only_who_knows_the_password_sets_a_number(service: World) -> None:
    browser = service.signed(EXPERT)
    assert browser.post("/account/pin", data={"pin": PIN, "password": "x"}).status_code == 401
    for pin in ("123456", "000000", "987654", "12345", "abcdef", "１２３４５７", "121212"):
        done = browser.post("/account/pin", data={"pin": pin, "password": WORD})
        assert done.status_code == 422, pin
    for _ in range(4):
        browser.post("/account/pin", data={"pin": PIN, "password": "x"})
    assert browser.post("/account/pin", data={"pin": PIN, "password": WORD}).status_code == 429


@pytest.mark.parametrize(("pin", "good"), [("271828", True), ("135790", True), ("112211", False)])
def test_numbers_that_are_guessed_first_are_refused(pin: str, good: bool) -> None:
    assert (fault(pin) == "") == good


# --- patterns on nine dots ------------------------------------------------------------------------

DRAWN = "1475963"


def test_a_pattern_is_a_number_that_is_drawn(service: World) -> None:
    """Stored, counted and voided as a typed one is; typed, it opens as well."""
    user = service.user(EXPERT)
    browser = service.browser(user)
    told = {"pin": DRAWN, "password": WORD, "drawn": "true"}
    assert browser.post("/account/pin", data=told).status_code == 303
    assert "这台设的是图案" in browser.get("/account").text
    browser.post("/lock")
    shown = browser.get("/unlock").text
    assert shown.count('aria-label="') >= 9
    assert re.search(r'<form[^>]*data-dots="unlock" hidden>', shown)  # without a script: the number
    assert "图案的数字" in shown
    assert DRAWN not in shown
    assert browser.post("/unlock", data={"pin": "1475369"}).status_code == 401
    assert browser.post("/unlock", data={"pin": DRAWN}).status_code == 303
    with service.desk.store.read() as connection:
        (held,) = people.pins_of(connection, user)
    assert (held.drawn, held.failed) == (1, 0)
    assert not service.desk.passwords.right(held.verifier, DRAWN)
    browser.post("/lock")
    said = [browser.post("/unlock", data={"pin": "1475369"}).status_code for _ in range(5)]
    assert said == [401] * 5
    assert browser.get("/account").headers["location"].startswith("/login")


def test_a_typed_number_shows_no_dots(service: World) -> None:
    _, browser = with_pin(service)
    browser.post("/lock")
    assert "data-dots" not in browser.get("/unlock").text


WEAK = ["123456", "987654", "147258369", "321654", "123654", "741852", "1478963", "123698745", "1235789", "741236"]  # fmt: skip
ODD = ["14759", "147741", "14759a", "0475963", "14759633", "", "１４７５９６", "147 596"]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [*((w, "太好猜") for w in WEAK), *((o, "点") for o in ODD), (DRAWN, ""), ("5192738", ""), ("258147369", "")],
)  # fmt: skip
def test_patterns_that_are_guessed_first_are_refused(pattern: str, said: str) -> None:
    found = dots.fault(pattern)
    assert (found == "", said in found) == (not said, True)
    if pattern in WEAK:
        assert "太好猜" in fault(pattern)  # typed it is the same way over the keys


def test_a_pattern_that_breaks_its_rules_is_not_kept(service: World) -> None:
    browser = service.signed(EXPERT)
    for pattern in ("271828", "123456", "14759"):
        told = {"pin": pattern, "password": WORD, "drawn": "true"}
        assert browser.post("/account/pin", data=told).status_code == 422, pattern
    told = {"pin": DRAWN, "password": "x", "drawn": "true"}
    assert browser.post("/account/pin", data=told).status_code == 401


def test_a_new_password_voids_the_numbers(service: World) -> None:
    user, browser = with_pin(service)
    assert browser.post("/account/password", data={"old": WORD, "new": NEW}).status_code == 303
    with service.desk.store.read() as connection:
        assert people.pins_of(connection, user) == []


def test_one_session_is_ended_from_another(service: World) -> None:
    user = service.user(EXPERT)
    here, there, third = (service.browser(user) for _ in range(3))
    shown = here.get("/account").text
    assert "登录着的地方" in shown
    marks = re.findall(r'name="session" value="([0-9a-f]{16})"', shown)
    assert len(marks) == 2
    assert here.post("/account/sessions", data={"session": marks[0]}).status_code == 303
    alive = [b.get("/account").status_code for b in (here, there, third)]
    assert sorted(alive) == [200, 200, 303]
    stranger = service.signed(EXPERT)
    stranger.post("/account/sessions", data={"session": marks[1]})
    assert [b.get("/account").status_code for b in (here, there, third)] == alive


def test_a_password_that_is_too_old_is_changed_first(tmp_path: Path) -> None:
    with world(tmp_path, password_days=90) as service:
        user = service.user(EXPERT, login="lisi")
        service.clock.forward(days=91)
        browser = service.browser()
        entered = browser.post("/login", data={"login": "lisi", "password": WORD})
        assert entered.headers["location"] == "/account/password"
        assert browser.get("/account").headers["location"] == "/account/password"
        assert browser.post("/account/sessions").status_code == 403
        assert "90 天以上" in browser.get("/account/password").text
        changed = browser.post("/account/password", data={"old": WORD, "new": NEW})
        assert changed.status_code == 303
        assert browser.get("/account").status_code == 200
        assert service.browser(user).get("/account").status_code == 200
