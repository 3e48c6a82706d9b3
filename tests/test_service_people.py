"""Who gets in, who does not, and that every try is in the record."""

from __future__ import annotations

import re
from io import BytesIO

import pyotp
import pytest
import xlsxwriter
from sqlalchemy import text

from service import proofs
from service.people import setup
from service.roles import ADMIN, AUDITOR, EDITOR, EXPERT, KEEPERS, LEADER, NAMES, SECURITY, clash
from service.store import audit, people
from tests.service_world import ORIGIN, WORD, World

KEEPERS_FORM = {"login": "guanli", "name": "王敏", "password": WORD, "security": "anquan", "auditor": "shenji"}  # fmt: skip


def acts(service: World, act: str) -> list[tuple[str, str]]:
    with service.desk.store.read() as connection:
        return [(r.actor, r.outcome) for r in audit.newest(connection, 500, act=act)]


def test_the_first_link_makes_three_keepers_once(service: World) -> None:
    link, browser = setup.first_link(service.desk), service.browser()
    assert browser.get(link).status_code == 200
    made = browser.post(link, data=KEEPERS_FORM)
    assert made.status_code == 200
    assert len(re.findall(rf"{ORIGIN}/welcome/[\w-]+", made.text)) == 2
    with service.desk.store.read() as connection:
        held = [(u.login, set(u.roles)) for u in people.find(connection)]
    assert held == [("guanli", {ADMIN}), ("anquan", {SECURITY}), ("shenji", {AUDITOR})]
    assert browser.post(link, data=KEEPERS_FORM).status_code == 410
    assert setup.first_link(service.desk) == ""
    assert browser.get("/users").headers["location"] == "/second"  # the second factor comes first


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": "duan1A"}, "密码至少"),
        ({"password": "guanli-Aa-1234"}, "用户名"),
        ({"password": "alllowercase1"}, "三种"),
        ({"login": "王"}, "小写字母"),
        ({"security": "guanli"}, "三个人"),
    ],
)
def test_a_set_up_that_is_wrong_is_told_and_changes_nothing(
    service: World, changed: dict[str, str], said: str
) -> None:
    link = setup.first_link(service.desk)
    made = service.browser().post(link, data=KEEPERS_FORM | changed)
    assert made.status_code == 422
    assert said in made.text
    with service.desk.store.read() as connection:
        assert people.count(connection) == 0
    assert service.browser().get(link).status_code == 200


def test_a_link_that_is_old_is_over(service: World) -> None:
    link = setup.first_link(service.desk)
    service.clock.forward(hours=25)
    assert service.browser().get(link).status_code == 410


def test_a_password_opens_and_a_wrong_one_says_nothing(service: World) -> None:
    service.user(EXPERT, login="lisi")
    browser = service.browser()
    wrong = browser.post("/login", data={"login": "lisi", "password": "x" * 12})
    nobody = browser.post("/login", data={"login": "meiyou", "password": "x" * 12})
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.text == nobody.text
    right = browser.post(
        "/login", data={"login": "lisi", "password": WORD, "to": "//boese.example"}
    )
    assert (right.status_code, right.headers["location"]) == (303, "/")
    assert "HttpOnly" in right.headers["set-cookie"]
    assert "SameSite=lax" in right.headers["set-cookie"]
    assert browser.get("/account").status_code == 200
    assert sorted(o for _, o in acts(service, "login")) == ["done", "wrong", "wrong"]


def test_too_many_wrong_tries_shut_the_door_for_a_while(service: World) -> None:
    service.user(EXPERT, login="lisi")
    browser = service.browser()
    for _ in range(5):
        browser.post("/login", data={"login": "lisi", "password": "x" * 12})
    shut = browser.post("/login", data={"login": "lisi", "password": WORD})
    assert shut.status_code == 429
    service.clock.forward(minutes=2)
    assert browser.post("/login", data={"login": "lisi", "password": WORD}).status_code == 303


def test_privileged_roles_show_a_second_factor_first(service: World) -> None:
    user = service.user(EDITOR, login="bianji")
    browser = service.browser(user, second=False)
    assert browser.get("/account").headers["location"] == "/second"
    with service.desk.store.read() as connection:
        held = people.secret(connection, user)
    secret = service.desk.sealer("totp").open(held.totp, str(user))
    code = pyotp.TOTP(secret).at(service.clock() // 1000)
    wrong = str((int(code) + 1) % 1_000_000).zfill(6)
    assert browser.post("/second", data={"code": wrong}).status_code == 401
    assert browser.post("/second", data={"code": code}).status_code == 303
    assert browser.get("/account").status_code == 200
    again = service.browser(user, second=False)
    assert again.post("/second", data={"code": code}).status_code == 401  # used before


def test_sessions_end_when_idle_and_in_any_case(service: World) -> None:
    browser = service.signed(EXPERT)
    for _ in range(23):
        service.clock.forward(minutes=29)
        assert browser.get("/account").status_code == 200
    service.clock.forward(minutes=31)
    assert browser.get("/account").status_code == 303
    fresh = service.signed(EXPERT)
    for _ in range(24):
        service.clock.forward(minutes=29)
        fresh.get("/account")
    service.clock.forward(minutes=29)
    assert fresh.get("/account").status_code == 303


def test_a_new_password_ends_all_other_sessions(service: World) -> None:
    user = service.user(EXPERT, login="lisi")
    here, there = service.browser(user), service.browser(user)
    new = "Geng-Hao-9-Mi-Ma"
    assert here.post("/account/password", data={"old": "x", "new": new}).status_code == 401
    assert here.post("/account/password", data={"old": WORD, "new": WORD}).status_code == 422
    assert here.post("/account/password", data={"old": WORD, "new": new}).status_code == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert (
        service.browser().post("/login", data={"login": "lisi", "password": new}).status_code == 303
    )


def test_a_digit_phone_is_set_up_by_showing_it(service: World) -> None:
    user = service.user(EXPERT, login="lisi")
    browser = service.browser(user, second=False)
    shown = browser.get("/account/second").text
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", shown)
    assert secret is not None
    for code in ("000000", "１２３４５６", "é"):
        assert browser.post("/account/second", data={"code": code}).status_code == 422
    code = pyotp.TOTP(secret[1]).at(service.clock() // 1000)
    assert browser.post("/account/second", data={"code": code}).status_code == 303
    with service.desk.store.read() as connection:
        kept = people.secret(connection, user).totp
    assert secret[1] not in kept
    assert service.desk.sealer("totp").open(kept, str(user)) == secret[1]
    lost = service.browser(user, second=False)  # who has not shown the old one can't change it
    assert lost.get("/account/second").status_code == 303


def test_rights_are_given_by_the_security_administrator_and_never_to_oneself(
    service: World,
) -> None:
    user, keeper = service.user(login="xin"), service.user(SECURITY)
    security, admin = service.browser(keeper), service.signed(ADMIN)
    assert admin.post(f"/users/{user}/roles", data={"role": EDITOR}).status_code == 403
    assert security.post(f"/users/{keeper}/roles", data={"role": SECURITY}).status_code == 403
    assert security.post(f"/users/{user}/roles", data={"role": [EDITOR, ADMIN]}).status_code == 409
    assert security.post(f"/users/{user}/roles", data={"role": "kaiser"}).status_code == 422
    assert security.post(f"/users/{user}/roles", data={"role": [EDITOR, LEADER]}).status_code == 303
    with service.desk.store.read() as connection:
        assert people.find(connection, [user])[0].roles == {EDITOR, LEADER}


@pytest.mark.parametrize("first", sorted(NAMES))
@pytest.mark.parametrize("second", sorted(NAMES))
def test_duties_are_kept_apart(first: str, second: str) -> None:
    apart = first != second and bool({first, second} & KEEPERS)
    assert bool(clash({first, second})) == apart


def test_the_last_keeper_stays(service: World) -> None:
    keeper = service.user(ADMIN)
    other = service.user(ADMIN)
    admin = service.browser(keeper)
    assert admin.post(f"/users/{keeper}/active", data={"on": "false"}).status_code == 403
    assert admin.post(f"/users/{other}/active", data={"on": "false"}).status_code == 303
    security = service.signed(SECURITY)
    assert security.post(f"/users/{keeper}/roles", data={"role": []}).status_code == 409


def test_whoever_is_shut_out_is_out_at_once(service: World) -> None:
    user, admin = service.user(EXPERT, login="lisi"), service.signed(ADMIN)
    browser = service.browser(user)
    assert admin.post(f"/users/{user}/active", data={"on": "false"}).status_code == 303
    assert browser.get("/account").status_code == 303
    assert browser.post("/login", data={"login": "lisi", "password": WORD}).status_code == 401


def sheet(*rows: tuple[str, ...]) -> bytes:
    made = BytesIO()
    book = xlsxwriter.Workbook(made)
    page = book.add_worksheet()
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    book.close()
    return made.getvalue()


HEADS = ("用户名", "姓名", "单位", "邮箱")


def test_a_list_adds_everybody_or_nobody(service: World) -> None:
    admin = service.signed(ADMIN)

    def send(data: bytes) -> tuple[int, str]:
        done = admin.post("/users/list", files={"sheet": ("ren.xlsx", data)})
        return done.status_code, done.text

    status, said = send(sheet(HEADS, ("zhangsan", "张三", "gyc", ""), ("李四", "李四", "", "")))
    assert (status, "李四：用户名用小写字母" in said) == (422, True)
    assert send(b"PK\x03\x04kein Blatt")[0] == 422
    assert send(sheet(("名字",), ("张三",)))[0] == 422
    status, said = send(sheet(HEADS, ("zhangsan", "张三", "gyc", ""), ("lisi", "李四", "", "")))
    assert (status, said.count("/welcome/")) == (200, 2)
    assert send(sheet(HEADS, ("lisi", "李四", "", ""), ("wangwu", "王五", "", "")))[0] == 409
    with service.desk.store.read() as connection:
        assert people.by_login(connection, "wangwu") is None


def test_an_invitation_sets_a_password_once(service: World) -> None:
    service.user(ADMIN)
    user = service.user(EXPERT, login="lisi")
    old = service.browser(user)
    first = service.desk.store.write(lambda c: setup.invite(c, user, service.clock()))
    second = service.desk.store.write(lambda c: setup.invite(c, user, service.clock()))
    browser = service.browser()
    assert browser.get(first).status_code == 410  # the newer link took its place
    new = "Yi-Ge-Xin-De-8"
    assert browser.post(second, data={"password": "kurz"}).status_code == 422
    assert browser.post(second, data={"password": new}).status_code == 303
    assert browser.post(second, data={"password": new}).status_code == 410
    assert old.get("/account").status_code == 303
    assert browser.post("/login", data={"login": "lisi", "password": new}).status_code == 303


def test_the_database_holds_no_secret_that_can_be_used(service: World) -> None:
    given = proofs.token()
    user = service.user(EXPERT)
    service.desk.store.write(
        lambda c: people.open_session(c, proofs.kept(given), user, service.clock(), "", second=True)
    )
    with service.desk.store.read() as connection:
        rows = [
            str(row)
            for table in ("users", "sessions", "tickets", "audit")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    assert not [row for row in rows if given in row or WORD in row]


def test_other_sites_can_not_post_for_somebody(service: World) -> None:
    browser = service.signed(EXPERT)
    for headers in ({"origin": "http://boese.example"}, {"origin": "null"}):
        assert browser.post("/account/sessions", headers=headers).status_code == 403
    del browser.headers["origin"]
    assert browser.post("/account/sessions").status_code == 403
    for headers in ({"sec-fetch-site": "cross-site"}, {"referer": "http://boese.example/"}):
        assert browser.post("/account/sessions", headers=headers).status_code == 403
    assert (
        browser.post("/account/sessions", headers={"referer": f"{ORIGIN}/account"}).status_code
        == 303
    )


def test_bodies_are_bounded(service: World) -> None:
    browser = service.browser()
    long = {"login": "a", "password": "x" * 400_000}
    assert browser.post("/login", data=long).status_code == 413
    chunks = (b"x" * 65536 for _ in range(20))
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert browser.post("/login", content=chunks, headers=form).status_code == 413
