"""Programs with a token: two people let one in, to read and no more, from where it stands, for as long as it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from service import backup, bearers
from service.proofs import kept
from service.roles import ADMIN, SECURITY
from service.store import audit, people, programs
from tests.intake_world import Bureau, bureau
from tests.service_world import World, world
from tests.test_service_feed import DATA, JIA, PROVINCE, YI, lay, one

HERE = "testclient"  # no address: what the tests' client says of itself
NETS = "10.1.2.0/24 2001:db8:1::/48"


class Keepers:
    """The two who let programs in, and the programs."""

    def __init__(self, found: World) -> None:
        self.world = found
        self.admin, self.security = found.signed(ADMIN), found.signed(SECURITY)

    def make(self, name: str = "监测平台", days: int = 30) -> tuple[int, str]:
        """A new one: its number and its token."""
        made = self.admin.post("/programs", data={"name": name, "days": str(days)})
        assert made.status_code == 200, made.text
        token = re.search(r"wkp_[\w-]{40,}", made.text)
        assert token is not None
        with self.world.desk.store.read() as connection:
            return programs.every(connection)[0].id, token[0]

    def grant(self, number: int, *roles: str, org: str = "", nets: str = NETS) -> httpx.Response:
        """Rights for it."""
        told = {"role": list(roles), "org": org, "nets": nets}
        return self.security.post(f"/programs/{number}/grant", data=told)

    def let_in(self, *roles: str, org: str = "", name: str = "监测平台", days: int = 30) -> str:
        """The token of one that has these rights."""
        number, token = self.make(name, days)
        assert self.grant(number, *roles, org=org).status_code == 303
        return token


def caller(found: World, token: str, address: str = "10.1.2.3") -> httpx.Client:
    """A program at an address."""
    from starlette.testclient import TestClient

    made = TestClient(
        found.client.app, base_url="http://fuwu.example.gov.cn", client=(address, 40000)
    )
    made.headers["authorization"] = f"Bearer {token}"
    return made


def acts(found: World, act: str) -> list[tuple[str, str, Any]]:
    with found.desk.store.read() as connection:
        return [
            (r.actor, r.outcome, json.loads(r.detail))
            for r in audit.newest(connection, 50, act=act)
        ]


@pytest.fixture
def gov(tmp_path: Path) -> Iterator[Bureau]:
    with bureau(tmp_path) as found:
        now, month = found.world.clock(), 24312
        lay(found, "alt", now - 9000, *(one(r, month, 5.5) for r in (PROVINCE, JIA, YI)))
        lay(found, "rang", now - 8000, *(one(r, month, 3.0, indicator="paiwei", measure="yoy") for r in (PROVINCE, JIA, YI)))  # fmt: skip
        lay(found, "kommt", now + 60_000, one(PROVINCE, month + 1, 31337.25))
        yield found


def regions(answer: httpx.Response) -> list[str]:
    found: list[str] = answer.json()["dimension"]["region"]["category"]["index"]
    return found


def test_two_people_let_a_program_in(gov: Bureau) -> None:
    who = Keepers(gov.world)
    number, token = who.make()
    assert token not in who.admin.get("/programs").text
    program = caller(gov.world, token)
    assert program.get(DATA).status_code == 401  # no rights yet
    assert who.admin.post(f"/programs/{number}/grant", data={"nets": NETS}).status_code == 403
    assert who.security.post("/programs", data={"name": "别的", "days": "3"}).status_code == 403
    assert who.grant(number, "editor").status_code == 303
    assert regions(program.get(DATA)) == [PROVINCE, JIA, YI]
    assert "处室编辑看得到的" in who.security.get("/programs").text
    assert [a[2] for a in acts(gov.world, "program.make")] == [{"days": 30}]
    assert acts(gov.world, "program.grant")[0][2]["roles"] == ["editor"]
    with gov.world.desk.store.read() as connection:
        held = programs.by_hash(connection, kept(token))
    assert held is not None
    assert token not in repr(held)


def test_nobody_gives_rights_to_what_they_made(service: World) -> None:
    """Whoever was one keeper and becomes the other is still one person."""
    who = Keepers(service)
    number, _ = who.make()
    with service.desk.store.read() as connection:
        program = programs.one(connection, number)
    assert program is not None
    service.desk.store.write(lambda c: people.grant(c, program.made_by, [SECURITY]))
    told = who.admin.post(f"/programs/{number}/grant", data={"nets": "10.0.0.0/8"})
    assert (told.status_code, "另一个人" in told.text) == (403, True)


@pytest.mark.parametrize(
    ("roles", "org", "plain", "ranked"),
    [
        ((), "", [PROVINCE], [PROVINCE]),
        (("editor",), "", [PROVINCE, JIA, YI], [PROVINCE, JIA, YI]),
        (("city",), "jia", [PROVINCE, JIA, YI], [PROVINCE, JIA]),
        (("city",), "", [PROVINCE, JIA, YI], [PROVINCE]),
    ],
)
def test_a_program_reads_what_it_was_given(
    gov: Bureau, roles: tuple[str, ...], org: str, plain: list[str], ranked: list[str]
) -> None:
    program = caller(gov.world, Keepers(gov.world).let_in(*roles, org=org))
    assert regions(program.get(DATA)) == plain
    assert regions(program.get("/api/v2/tables/paiwei/data")) == ranked
    sent = program.post(DATA, json={"selection": []})
    assert (sent.status_code, sent.content) == (200, program.get(DATA).content)
    for path in (
        DATA,
        f"{DATA}?asOf=2099-01-01",
        "/api/v2/tables/dianliang/whole.csv",
        "/api/v2/tables",
    ):
        assert "31337" not in program.get(path).text
    assert regions(gov["nobody"].get(DATA)) == [PROVINCE]  # what one was given is nobody else's


def test_all_that_is_wrong_with_a_token_is_said_alike(gov: Bureau) -> None:
    who, said = Keepers(gov.world), set()
    token = who.let_in("editor", name="一号")
    unknown = caller(gov.world, "wkp_" + "x" * 43)
    elsewhere = caller(gov.world, token, "10.1.3.3")
    waiting = caller(gov.world, who.make("二号")[1])
    number, gone = who.make("三号", 1)
    who.grant(number)
    revoked = caller(gov.world, gone)
    assert revoked.get(DATA).status_code == 200
    assert who.admin.post(f"/programs/{number}/revoke").status_code == 303
    number, old = who.make("四号", 1)
    who.grant(number)
    expired = caller(gov.world, old)
    assert expired.get(DATA).status_code == 200
    gov.forward(days=1)
    for program in (unknown, elsewhere, waiting, revoked, expired, caller(gov.world, "x"), caller(gov.world, token, "here")):  # fmt: skip
        told = program.get(DATA)
        said.add((told.status_code, told.text))
        assert program.post(DATA, json={"selection": []}).status_code == 401
    [(status, text)] = said
    assert (status, "程序口令不能用" in text) == (401, True)
    why = {a[2]["why"] for a in acts(gov.world, "program.use")}
    assert why == {"address", "waiting", "revoked", "expired"}
    assert caller(gov.world, token).get(DATA).status_code == 200


def test_what_was_revoked_is_written_down_once_an_hour(gov: Bureau) -> None:
    who = Keepers(gov.world)
    number, token = who.make()
    who.grant(number)
    program = caller(gov.world, token)
    assert who.security.post(f"/programs/{number}/revoke").status_code == 303
    assert [program.get(DATA).status_code for _ in range(9)] == [401] * 9
    assert acts(gov.world, "program.use") == [("", "refused", {"why": "revoked"})]
    gov.forward(hours=1, seconds=1)
    assert program.get(DATA).status_code == 401
    assert len(acts(gov.world, "program.use")) == 2
    assert Keepers(gov.world).security.post(f"/programs/{number}/revoke").status_code == 409
    assert Keepers(gov.world).grant(number).status_code == 409


def test_last_use_is_a_day(gov: Bureau) -> None:
    who = Keepers(gov.world)
    token = who.let_in()
    assert "还没有用过" in who.admin.get("/programs").text
    assert caller(gov.world, token).get("/api/v2/config").status_code == 200
    with gov.world.desk.store.read() as connection:
        held = programs.every(connection)[0]
    assert (held.used + 8 * 3_600_000) % 86_400_000 == 0
    assert "最近一次用是 2026-11-" in who.admin.get("/programs").text


def test_each_program_is_counted_for_itself(tmp_path: Path) -> None:
    with bureau(tmp_path, feed_rate="3/minute") as gov:
        lay(gov, "alt", gov.world.clock() - 9000, one(PROVINCE, 24312, 5.5))
        who = Keepers(gov.world)
        one_, two = (caller(gov.world, who.let_in(name=n)) for n in ("一号", "二号"))
        assert [one_.get(DATA).status_code for _ in range(4)] == [200, 200, 200, 429]
        assert two.get(DATA).status_code == 200
        guessing = caller(gov.world, "wkp_falsch", "10.9.9.9")
        assert {guessing.get(DATA).status_code for _ in range(61)} == {401, 429}
        assert two.get(DATA).status_code == 200


@pytest.mark.parametrize("profile", ["internet", "intranet"])
def test_programs_at_every_route(tmp_path: Path, profile: str) -> None:
    """Read routes of the feed and the packages alone: by a list of their own, not by what routes say of themselves."""
    with world(tmp_path, profile) as found:
        who = Keepers(found)
        token = who.let_in(*(("editor", "city", "leader") if profile == "intranet" else ()))
        good, bad = caller(found, token), caller(found, "wkp_" + "y" * 43)
        for client in (good, bad):
            client.headers["origin"] = "http://fuwu.example.gov.cn"
        open_ = re.compile(
            r"(GET /api/v2/.*|POST /api/v2/tables/\{table\}/data|GET /robot/packages.*)"
        )
        seen = 0
        for route in found.client.app.state.routes:  # type: ignore[attr-defined]  # it is a FastAPI
            path, method = (
                re.sub(r"\{[^}]*\}", "1", route.path),
                next(iter(route.methods - {"HEAD"})),
            )
            may = open_.fullmatch(f"{method} {route.path}") is not None
            told = good.request(method, path)
            assert (told.status_code in {401, 403}) != may, (method, path, told.status_code)
            assert bad.request(method, path).status_code == (401 if may else 403), (method, path)
            seen += may
        assert seen == (10 if profile == "intranet" else 3)


def test_a_session_beside_a_token_lends_it_nothing(gov: Bureau) -> None:
    token = Keepers(gov.world).let_in()
    both = gov.world.browser(gov.ids["zhao"])
    both.headers["authorization"] = f"Bearer {token}"
    assert both.get(DATA).status_code == 401  # the browser's address is none of the program's
    assert both.get("/intake").status_code == 403
    assert gov["zhao"].get("/intake").status_code == 200


def test_other_words_of_authorization_change_nothing(gov: Bureau) -> None:
    for word in ("Basic eDp5", "Bearer", "bearer eyJhbGciOi", "Digest x"):
        told = gov["zhao"].get("/intake", headers={"authorization": word})
        assert told.status_code == 200, word
    assert caller(gov.world, Keepers(gov.world).let_in()).get("/health").status_code == 403


def test_on_the_internet_there_is_nothing_to_give(outside: World) -> None:
    who = Keepers(outside)
    number, token = who.make()
    assert who.grant(number, "editor").status_code == 422
    assert who.grant(number).status_code == 303
    assert (
        caller(outside, token).get("/robot/packages").status_code == 503
    )  # let in; there is no bundle
    assert caller(outside, token).get("/api/v2/config").status_code == 404


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"nets": ""}, "没有填对"),
        ({"nets": " , "}, "1 到"),
        ({"nets": "10.0.0.1/33"}, "不是地址范围"),
        ({"nets": "fuwu.example"}, "不是地址范围"),
        ({"nets": "0.0.0.0/0"}, "太宽"),
        ({"nets": "::/0"}, "太宽"),
        ({"nets": "::ffff:10.0.0.0/104"}, "IPv4"),
        ({"nets": "\n".join(f"10.0.0.{n}" for n in range(21))}, "1 到"),
        ({"nets": NETS, "role": "admin"}, "不能给程序"),
        ({"nets": NETS, "role": ["editor", "nichts"]}, "不能给程序"),
        ({"nets": NETS, "org": "<b>"}, "单位编号"),
    ],
)
def test_rights_that_are_none_are_refused(service: World, told: dict[str, Any], said: str) -> None:
    who = Keepers(service)
    number, token = who.make()
    answer = who.security.post(
        f"/programs/{number}/grant", data=told, headers={"accept": "application/json"}
    )
    assert (answer.status_code, said in answer.json()["error"]) == (422, True)
    assert caller(service, token).get("/api/v2/config").status_code == 401


@pytest.mark.parametrize("told", [{"name": "x", "days": "3"}, {"name": "平台", "days": "401"}, {"name": "平台", "days": "0"}, {"name": "平台"}])  # fmt: skip
def test_a_program_needs_a_name_and_an_end(service: World, told: dict[str, str]) -> None:
    who = Keepers(service)
    assert who.admin.post("/programs", data=told).status_code == 422
    who.make("平台")
    assert who.admin.post("/programs", data={"name": " 平台 ", "days": "3"}).status_code == 409


def test_addresses() -> None:
    nets = ("10.1.2.0/24", "2001:db8:1::/48")
    for address, inside in {
        "10.1.2.255": True, "::ffff:10.1.2.7": True, "2001:db8:1:2::3": True, "10.1.3.0": False,
        "2001:db8:2::1": False, "": False, HERE: False, "10.1.2.3%eth0": False, "0x0a010203": False,
    }.items():  # fmt: skip
        assert bearers.within(nets, address) == inside, address


def test_hashes_are_no_part_of_an_export_and_a_restore_lets_nobody_in(
    gov: Bureau, tmp_path: Path
) -> None:
    token = Keepers(gov.world).let_in("editor")
    backup.export(gov.world.desk, tmp_path / "out")
    whole = "".join(p.read_text("utf-8") for p in (tmp_path / "out").rglob("*.json*"))
    assert kept(token) not in whole
    assert token not in whole
    assert (
        "programs.hash"
        in json.loads((tmp_path / "out" / "list.json").read_text("utf-8"))["left_out"]
    )
    made = backup.make(gov.world.desk)
    with world(tmp_path / "new") as other:
        backup.refill(other.desk, made)
        with other.desk.store.read() as connection:
            assert [p.state for p in programs.every(connection)] == ["waiting"]
        assert caller(other, token).get("/api/v2/config").status_code == 401
        number = 1
        assert Keepers(other).grant(number, "editor").status_code == 303
        assert caller(other, token).get("/api/v2/config").status_code == 200


def test_what_ended_long_ago_is_forgotten(service: World) -> None:
    from service.people import tidy

    who = Keepers(service)
    who.let_in(days=1)
    service.clock.forward(days=service.desk.settings.keep_audit_days)
    tidy.tidy(service.desk)
    with service.desk.store.read() as connection:
        assert len(programs.every(connection)) == 1
    service.clock.forward(days=2)
    tidy.tidy(service.desk)
    with service.desk.store.read() as connection:
        assert programs.every(connection) == []
