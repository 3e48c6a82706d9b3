"""Roles × routes, from the app itself: every cell is asked, and nothing is open that does not say so."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from service.roles import NAMES
from service.room import Guarded
from tests.service_world import World, world

FULL = bool(os.environ.get("WEIKE_FULL"))
ROLES = [(), *((role,) for role in sorted(NAMES))]


def cells(found: World) -> list[Guarded]:
    return list(found.client.app.state.routes)  # type: ignore[attr-defined]


@pytest.mark.parametrize("profile", ["internet", "intranet"])
def test_every_role_at_every_route(tmp_path: Path, profile: str) -> None:
    """Refused is refused whatever is sent; let in is anything but 401, 403 and the way to the login."""
    with world(tmp_path, profile) as service:
        service.user()  # number 1, whom the cells name: whatever is done to them, nobody here is put out
        nobody = service.browser()
        browsers = {roles: service.signed(*roles) for roles in ROLES if roles}
        halfway = {
            roles: service.browser(service.user(*roles), second=False) for roles in ROLES if roles
        }
        wrong = []
        sample = 1 if FULL else 3 if profile == "intranet" else 6
        for route in cells(service)[::sample]:
            access = route.access
            assert access is not None
            path = re.sub(r"\{[^}]*\}", "1", route.path)
            method = next(iter((route.methods or set()) - {"HEAD"}))
            if path in {"/logout", "/lock", "/leave"}:
                continue  # it would end the session that the next cells need
            for roles in ROLES:
                browser = browsers.get(roles, nobody)
                done = browser.request(method, path)
                shut = done.status_code in {401, 403} or done.headers.get(
                    "location", ""
                ).startswith("/login")
                may = access.anyone or bool(set(roles) & access.roles)
                if shut == may and not _own_rule(route, done.status_code):
                    wrong.append((method, path, roles, done.status_code))
                if roles and access.second and not access.anyone and may and _needs(roles):
                    half = halfway[roles].request(method, path)
                    if half.status_code != 403 and half.headers.get("location") != "/second":
                        wrong.append((method, path, roles, half.status_code))
        assert wrong == []


def _needs(roles: tuple[str, ...]) -> bool:
    from service.roles import PRIVILEGED

    return bool(set(roles) & PRIVILEGED)


def _own_rule(route: Guarded, status: int) -> bool:
    """Routes whose own rule says 403 to whom the guard lets in (nobody changes their own rights, …)."""
    return status in {401, 403} and route.endpoint.__name__ in OWN


OWN = {"grant", "active", "second", "login"}


def test_a_route_without_access_can_not_be_made(tmp_path: Path) -> None:
    from service.room import Room

    with pytest.raises(TypeError):
        Room("x").get("/offen")  # type: ignore[call-arg]


def test_nothing_is_described_to_strangers(tmp_path: Path) -> None:
    with world(tmp_path) as service:
        browser = service.browser()
        assert {browser.get(p).status_code for p in ("/docs", "/redoc")} == {404}
        told = browser.get("/openapi.json", headers={"accept": "application/json"})
        assert (told.status_code, "paths" in told.text) == (401, False)
        assert "/users" in service.signed("expert").get("/openapi.json").json()["paths"]


def test_every_answer_stands_behind_the_same_headers(tmp_path: Path) -> None:
    with world(tmp_path) as service:
        browser = service.browser()
        for path in ("/", "/nichts", "/users", "/-/service.css", "/health"):
            told = browser.get(path).headers
            assert "default-src 'none'" in told["content-security-policy"], path
            assert "frame-ancestors 'none'" in told["content-security-policy"], path
            assert told["x-content-type-options"] == "nosniff", path


def test_numbers_that_no_database_holds_are_refused(tmp_path: Path) -> None:
    with world(tmp_path) as service:
        desk, auditor = service.signed("desk"), service.signed("auditor")
        huge = "9" * 21
        assert desk.get(f"/desk/questions/{huge}").status_code == 422
        told = {"version": "1"}
        assert desk.post(f"/desk/questions/{huge}/approve", data=told).status_code == 422
        assert desk.get(f"/desk/questions?before={huge}").status_code == 422
        assert auditor.get(f"/audit?before={huge}").status_code == 422
