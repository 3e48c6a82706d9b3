"""Before the close nothing tells of a score: two worlds that differ in scores alone answer alike to everybody."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx2 as httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.contest import held, moves
from service.roles import NAMES
from service.room import Guarded
from service.store import contest as store
from service.store import copies, migrate
from tests.contest_world import DUE, Contest, contest
from tests.service_world import World, world

FULL = bool(os.environ.get("WEIKE_FULL"))
NEAR = (
    "",
    "contest",
    "works",
    "reviews",
    "office",
    "audit",
    "notices",
)  # all that reads these tables
UNITS = ("gyc", "nyc", "da", "da", "bing")
SAID = "讲得清楚，例子𠀀好。"  # one sign that takes four bytes
WORKS = ("jia", "yi", "yi", "bing")
SHIFTING = re.compile(
    r"[A-Za-z0-9_-]{43}|[0-9a-f]{64}|expires=[^;]+"
)  # keys of forms, hashes, sessions


def stage(
    service: World, folder: Path, give: Callable[[Contest, int], None]
) -> tuple[Contest, int]:
    folder.mkdir(exist_ok=True)
    made = contest(service, folder, UNITS)
    for unit in WORKS:
        made.work(unit)
    number = made.round()
    give(made, number)
    return made, number


def routes(service: World, made: Contest, number: int) -> list[str]:
    """Every GET route of the service, with all numbers that lead somewhere."""
    found: list[Guarded] = service.client.app.state.routes  # type: ignore[attr-defined]
    duties = [d.id for d in made.duties(number)][: None if FULL else 1]
    told = []
    for route in found:
        if "GET" not in (route.methods or ()):
            continue
        if route.path.strip("/").partition("/")[0] not in NEAR:
            continue
        for one in sorted({1, 2, number, *duties}) if "{" in route.path else [0]:
            path = route.path.replace("{slug}", "dasai").replace("{path:path}", "x")
            told.append(re.sub(r"\{[^}]*\}", str(one), path))
    return sorted(set(told))


def seen(browser: httpx.Client, paths: list[str]) -> dict[str, tuple[int, str, str]]:
    answers = {}
    for path in paths:
        for accept in ("text/html", "application/json")[: 2 if FULL else 1]:
            done = browser.get(path, headers={"accept": accept})
            kept = {
                k: v
                for k, v in done.headers.items()
                if k not in {"date", "set-cookie", "x-request-id"}
            }
            text = SHIFTING.sub("~", done.text)
            answers[f"{accept} {path}"] = (
                done.status_code,
                text,
                SHIFTING.sub("~", str(sorted(kept.items()))),
            )
    return answers


def high(made: Contest, number: int) -> None:
    for duty in made.duties(number):
        assert made.score(duty, ["91.5", "97.5", "99.5"], SAID * 60).status_code == 303


def low(made: Contest, number: int) -> None:
    for duty in made.duties(number):
        said = "" if duty.work % 2 else "一句"
        assert made.score(duty, ["3.5", "6.5", str(duty.work)], said).status_code == 303


def first_work(made: Contest, number: int) -> None:
    """The first expert scores one work of theirs."""
    made.score(made.duties(number, made.experts[0])[0], ["91.5", "97.5", "99.5"])


def other_work(made: Contest, number: int) -> None:
    """The same expert, another work."""
    made.score(made.duties(number, made.experts[0])[-1], ["91.5", "97.5", "99.5"])


@pytest.mark.parametrize(
    ("one", "two"), [(high, low), (first_work, other_work)], ids=["scores", "counts"]
)
def test_worlds_that_differ_in_scores_answer_alike(
    tmp_path: Path, one: Callable[[Contest, int], None], two: Callable[[Contest, int], None]
) -> None:
    """Status, text and headers of every page, to every role, to those who run it, to entrants, to other experts."""
    with ExitStack() as stack:
        told = []
        for name, give in (("a", one), ("b", two)):
            service = stack.enter_context(world(tmp_path / name))
            made, number = stage(service, tmp_path / f"{name}-rules", give)
            roles = sorted(NAMES) if FULL else ["admin", "auditor", "editor", "expert", "leader"]
            who = {role: service.user(role, org="gyc") for role in roles}
            who |= {
                "office": made.staff[1],
                "entrant-yi": made.entrant("yi"),
                "expert-2": made.experts[1],
            }
            paths = routes(service, made, number)
            mine = {f"/reviews/{d.id}" for d in made.duties(number, made.experts[1])}
            answers = {
                role: seen(
                    service.browser(user),
                    [p for p in paths if role != "expert-2" or p not in mine],
                )
                for role, user in who.items()
            }
            answers["nobody"] = seen(service.browser(), paths)
            told.append(answers)
        for role, given_here in told[0].items():
            for path, answer in given_here.items():
                assert answer == told[1][role][path], (role, path)


def test_backups_and_copies_hold_no_score(service: World, tmp_path: Path) -> None:
    made, number = stage(service, tmp_path / "rules", high)
    with service.desk.store.read() as connection:
        text = "\n".join(copies.rows(connection, migrate.tables(service.desk.settings.profile)))
    assert "contest_duties" in text
    for canary in ("91.5", "97.5", "99.5", SAID):
        assert canary not in text
    lengths = {len(d.score) for d in made.duties(number)}
    low(made, number)
    assert lengths == {len(d.score) for d in made.duties(number)}
    assert len(lengths) == 1


VERBS = ("strike", "publish", "objection", "final", "nothing")


@settings(
    max_examples=60 if FULL else 5, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(["propose", "decide", "refuse", "close", "object", "wait", "extend"]),
            st.integers(0, 2),
            st.sampled_from(VERBS),
        ),
        max_size=25 if FULL else 10,
    )
)
def test_nothing_is_published_early_or_alone(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, int, str]]
) -> None:
    """Random acts of two of the office and a stranger: the list is out only after the close, by two."""
    with world(tmp_path_factory.mktemp("data") / "d") as service:
        made, number = stage(service, tmp_path_factory.mktemp("rules") / "r", lambda *_: None)
        who_are = [*made.staff, service.user("editor", org="gyc")]
        for act, who, verb in acts:
            step(made, number, service.browser(who_are[who]), act, verb)
            row = made.row(number)
            listed = service.browser().get("/contest/dasai/list").json()["rows"]
            with service.desk.store.read() as connection:
                done = store.where(connection, store.moves, round=number, state="done")
                waiting = store.where(connection, store.objections, round=number, state="new")
            assert all(m.by != m.other and {m.by, m.other} == set(made.staff) for m in done)
            assert bool(listed) == (row.state in {"public", "final"})
            if row.log:
                assert service.clock.now >= DUE
            if row.state in {"public", "final"}:
                assert any(m.verb == "publish" for m in done)
            if row.state == "final":
                assert any(m.verb == "final" for m in done)
                assert service.clock.now >= row.until
                assert not waiting


def step(made: Contest, number: int, browser: httpx.Client, act: str, verb: str) -> None:
    with made.service.desk.store.read() as connection:
        moving = store.where(connection, store.moves, round=number, state="open")
        waiting = store.where(connection, store.objections, round=number, state="new")
        entered = store.where(connection, store.entries, round=number, struck="")
    where, work = f"/office/rounds/{number}", entered[0].work if entered else 0
    if act == "wait":
        if made.service.clock.now < DUE and made.row(number).state == "judging":
            made.score_all(number, random.Random(1))
        made.service.clock.forward(days=4)
        return
    move = f"/office/moves/{moving[0].id if moving else 1}"
    subject = waiting[0].id if verb == "objection" and waiting else work
    strike = str(verb == "objection").lower()
    told = {
        "verb": verb,
        "subject": str(subject),
        "why": "因为",
        "upheld": "true",
        "strike": strike,
    }
    objected = {"text": "有异议", "name": "甲", "contact": "1", "work": str(work)}
    path, data = {
        "propose": (f"{where}/moves", told),
        "decide": (move, {"yes": "true"}),
        "refuse": (move, {"yes": "false"}),
        "close": (f"{where}/close", {}),
        "object": ("/contest/dasai/rounds/1/objections", objected),
        "extend": (f"{where}/extend", {"due": "2026-12-11T18:00"}),
    }[act]
    done = browser.post(path, data=data)
    assert done.status_code in {200, 303, 403, 404, 409, 422, 429}, done.text


def test_who_runs_it_is_of_its_office(service: World, tmp_path: Path) -> None:
    _, number = stage(service, tmp_path / "rules", low)
    stranger = service.signed("editor", org="gyc")
    leader = service.signed("leader", org="bgs")
    for path in (f"/office/rounds/{number}", "/office/dasai", "/office/dasai/works.csv"):
        assert stranger.get(path).status_code == 404
        assert leader.get(path).status_code == 403
    assert stranger.post(f"/office/rounds/{number}/close").status_code == 404
    assert held.NONE
    assert set(moves.STEPS) == set(moves.DO)
