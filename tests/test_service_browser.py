"""Pages of people in a real browser: passkeys from registration to unlocking, axe, widths, light and dark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from service.people import setup
from service.roles import ADMIN, AUDITOR, EDITOR, EXPERT, SECURITY
from service.store import outbox, people, programs
from service.store.engine import Connection
from tests.browser import axe, chromium
from tests.service_asked import asked, signed_in
from tests.service_world import WORD, World

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FULL = bool(os.environ.get("WEIKE_FULL"))
SHOTS = os.environ.get("WEIKE_SHOTS")  # a folder: what was looked at is kept there


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[World, str]]:
    with asked(tmp_path / "data") as found:
        yield found


def enter(context: BrowserContext, live: tuple[World, str], user: int) -> None:
    name, value = signed_in(live[0], user).split("=", 1)
    context.add_cookies([{"name": name, "value": value, "url": live[1]}])


def authenticator(page: Page) -> None:
    """A key in the machine that says yes, as a finger on a sensor would."""
    talk = page.context.new_cdp_session(page)
    talk.send("WebAuthn.enable")
    told = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    talk.send("WebAuthn.addVirtualAuthenticator", {"options": told})


def test_a_passkey_is_registered_shown_and_unlocks(
    browser: Browser, live: tuple[World, str]
) -> None:
    world, address = live
    user = world.user(EXPERT, login="lisi")
    world.desk.store.write(lambda c: people.grant(c, user, [EDITOR]))
    page = browser.new_page()
    authenticator(page)

    def sign_in() -> None:
        page.goto(f"{address}/login")
        page.fill("[name=login]", "lisi")
        page.fill("[name=password]", WORD)
        page.click("main button[type=submit]")

    sign_in()
    page.wait_for_url("**/account/second")
    page.fill("[name=label]", "办公室的电脑")
    page.click("[data-passkey=new]")
    page.wait_for_url("**/account")
    assert "办公室的电脑" in page.inner_text("main")
    page.click("form.rv-me button")
    page.wait_for_url("**/login")
    sign_in()
    page.wait_for_url("**/second")
    page.click("[data-passkey=show]")
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/account")
    page.click("text=现在锁住")
    page.wait_for_url("**/unlock")
    page.goto(f"{address}/account")
    page.wait_for_url("**/unlock?to=/account")
    page.click("[data-passkey=unlock]")
    page.wait_for_url("**/account")
    with world.desk.store.read() as connection:
        (key,) = people.passkeys_of(connection, user)
    assert key.count >= 2  # the key's own count goes on: a copy would be seen
    page.close()


def middles(page: Page, pattern: str) -> list[tuple[float, float]]:
    """Where the dots of a pattern are."""
    found = []
    for n in pattern:
        box = page.locator(f".sv-dots:visible button[value='{n}']").bounding_box()
        assert box is not None
        found.append((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
    return found


def draw(page: Page, pattern: str) -> None:
    """From dot to dot with the button held."""
    first, *rest = middles(page, pattern)
    page.mouse.move(*first)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def test_a_pattern_is_drawn_tapped_and_typed(browser: Browser, live: tuple[World, str]) -> None:
    world, address = live
    user = world.user(EXPERT, login="lisi")
    context = browser.new_context(has_touch=True)
    enter(context, live, user)
    page = context.new_page()
    page.goto(f"{address}/account")
    page.click("text=给这台设备设图案")
    told = page.locator("[data-dots=set] [data-told]")
    draw(page, "1475")
    assert "太短" in told.inner_text()
    draw(page, "14759632")
    draw(page, "14759863")
    assert "两遍不一样" in told.inner_text()
    draw(page, "1475963")
    draw(page, "1475963")
    assert "两遍一样" in told.inner_text()
    page.fill("#f-drawn-password", WORD)
    page.click("[data-dots=set] [type=submit]")
    page.wait_for_url("**/account")
    assert "这台设的是图案" in page.inner_text("main")

    def locked() -> None:
        page.goto(f"{address}/account")
        page.click("text=现在锁住")
        page.wait_for_url("**/unlock")

    locked()
    draw(page, "1475369")
    page.wait_for_selector("text=还可以试 4 次")
    draw(page, "1475963")
    page.wait_for_url(f"{address}/")
    locked()
    for place in middles(page, "1475963"):
        page.touchscreen.tap(*place)
    page.click("[data-dots=unlock] [type=submit]")
    page.wait_for_url(f"{address}/")
    locked()
    for n in "1475963":  # by keys
        page.locator(f".sv-dots button[value='{n}']").focus()
        page.keyboard.press("Enter")
    page.locator("[data-dots=unlock] [type=submit]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    locked()
    page.fill("#f-pin", "1475963")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    context.close()


def test_without_a_script_the_number_is_typed(browser: Browser, live: tuple[World, str]) -> None:
    world, address = live
    user = world.user(EXPERT)
    context = browser.new_context(java_script_enabled=False)
    enter(context, live, user)
    page = context.new_page()
    page.goto(f"{address}/account")
    assert not page.is_visible("text=设图案")
    assert page.is_visible("text=给这台设备设短密码")
    context.close()


def test_a_line_over_a_dot_takes_it_along(browser: Browser, live: tuple[World, str]) -> None:
    world, address = live
    context = browser.new_context()
    enter(context, live, world.user(EXPERT))
    page = context.new_page()
    page.goto(f"{address}/account")
    page.click("text=给这台设备设图案")
    for n in "137":  # by keys: 2 and 5 lie between
        page.locator(f".sv-dots button[value='{n}']").focus()
        page.keyboard.press("Space")
    pressed = page.locator(".sv-dots button[aria-pressed=true]")
    assert [b.get_attribute("value") for b in pressed.all()] == ["1", "2", "3", "5", "7"]
    context.close()


def places(world: World) -> list[tuple[str, int | None, str]]:
    """Name, user and path of what is looked at."""
    link = setup.first_link(world.desk)
    admin, security, auditor = (world.user(r) for r in (ADMIN, SECURITY, AUDITOR))
    expert = world.user(EXPERT, org="gyc")
    failed = world.desk.store.write(lambda c: outbox.post(c, world.clock(), outbox.MAIL, "3", {}))

    def trouble(connection: Connection) -> None:
        outbox.settle(connection, failed, outbox.FAILED, "邮件服务器回答 451。")
        outbox.tell(connection, world.clock(), [admin], "有一份报表等您审核", "/x")

    world.desk.store.write(trouble)
    world.desk.store.write(lambda c: let_in(c, world.clock(), admin, security))
    assert expert
    return [
        ("login", None, "/login"),
        ("setup", None, link),
        ("users", admin, "/users"),
        ("rights", security, "/users"),
        ("programs", admin, "/programs"),
        ("program-rights", security, "/programs"),
        ("account", admin, "/account"),
        ("password", admin, "/account/password"),
        ("second", admin, "/account/second"),
        ("notices", admin, "/notices"),
        ("outbox", admin, "/outbox"),
        ("audit", auditor, "/audit"),
    ]


def let_in(connection: Connection, now: int, admin: int, security: int) -> None:
    """Programs in every state."""
    day = 86_400_000
    for number, name in enumerate(
        ("全省经济运行监测平台", "政务大厅机器人", "旧的看板", "过期的"), 1
    ):
        until = now + (day if name != "过期的" else -day)
        programs.add(connection, name, str(number), until, now - 9 * day, admin)
    told = ["editor", "leader"], "jiazhou", ["10.1.2.0/24", "2001:db8:1234:5678::/64"]
    programs.grant(connection, 2, told, now, security)
    programs.used(connection, 2, now - day)
    programs.revoke(connection, 3, now, security)


def test_a_token_is_shown_once(browser: Browser, live: tuple[World, str]) -> None:
    world, address = live
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        enter(context, live, world.user(ADMIN))
        page = context.new_page()
        page.goto(f"{address}/programs")
        if scheme == "dark":
            page.click("details summary")
        page.fill("[name=name]", f"监测平台{scheme}")
        page.click("main form button[type=submit]")
        token = page.inner_text(".sv-token")
        assert token.startswith("wkp_")
        for width in (1280, 375):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/program-made-{width}-{scheme}.png", full_page=True)
        found = axe(page, TAGS)
        assert [v["id"] for v in found] == []
        page.click("text=回到程序口令")
        assert token not in page.content()
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_its_page(
    browser: Browser, live: tuple[World, str], scheme: Literal["light", "dark"]
) -> None:
    world, address = live
    wrong = []
    mine = places(world)
    for name, user, path in mine if FULL else mine[scheme == "dark" :: 2]:
        context = browser.new_context(color_scheme=scheme)
        if user is not None:
            enter(context, live, user)
        page = context.new_page()
        page.goto(address + path)
        for detail in page.query_selector_all("details"):
            detail.evaluate("d => d.open = true")
        for width in (1280, 375):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                wrong.append((name, width, f"{wide} px wide"))
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{name}-{width}-{scheme}.png", full_page=True)
        wrong += [(name, v["id"], v["nodes"][0]["html"][:120]) for v in axe(page, TAGS)]
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        bright = sum(int(n) for n in paper.strip("rgba()").split(",")[:3]) > 382
        assert bright == (scheme == "light"), (name, paper)
        context.close()
    assert wrong == []
