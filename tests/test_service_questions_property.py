"""Whoever does whatever in whatever order: what must hold of questions holds after each act."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builder.keys import Signer, make_key, open_key
from service.questions import acts, answering, approving, asker, exchange, passing, timely
from service.questions.answering import Draft
from service.questions.steps import SAID, STATES, STEPS
from service.room import Stopped
from service.store import audit, people, questions
from service.store.people import User
from tests.questions_world import Receipt, ask, put_bundle
from tests.service_world import World, world

CANARIES = ("13987654321", "１３９８７６５４３２１", "kanarien@example.com", "王小鸟")
TEXT = "我叫王小鸟，停产了还要报月报表吗，回电话１３９８７６５４３２１"
FULL = bool(os.environ.get("WEIKE_FULL"))
WHO = st.integers(0, 7)
VERBS = (
    "dispatch", "accept", "back", "join", "leave", "escalate", "contribute", "extend", "draft", "submit",
    "approve", "reject", "refuse", "merge", "carry", "fetch", "withdraw", "rate", "reopen", "forget", "time",
)  # fmt: skip
STEP = st.tuples(
    st.sampled_from([*VERBS, "accept", "accept", "submit", "submit", "approve", "approve", "dispatch"]),
    WHO, st.integers(1, 2), st.sampled_from(["gyc", "mlk", "fwc"]), st.booleans(),
)  # fmt: skip
DRAFT = Draft("停产还报吗？", "照报。", "停产期间照报。")


def people_of(found: World) -> list[User]:
    """Two at the desk (one of them an editor too), two and more in divisions, a leader, one of no division."""
    ids = [
        found.user("desk"),
        found.user("desk", "editor", org="gyc"),
        found.user("editor", org="gyc"),
        found.user("editor", org="gyc"),
        found.user("editor", org="mlk"),
        found.user("editor", org="fwc"),
        found.user("leader"),
        found.user("editor"),
    ]
    with found.desk.store.read() as connection:
        return people.find(connection, ids)


def pass_time(found: World) -> None:
    """Three days, and what the clock brings."""
    found.clock.forward(days=3)
    timely.remind(found.desk)
    timely.close_old(found.desk)


def do(found: World, user: User, step: tuple[str, int, int, str, bool], mine: Receipt) -> None:
    """One act; what is not allowed is refused and changes nothing."""
    verb, _, number, division, other = step
    desk = found.desk
    deeds: dict[str, Any] = {
        "dispatch": lambda: passing.dispatch(desk, user, number, 0, division, ["mlk"] * other, 3),
        "accept": lambda: answering.accept(desk, user, number, 0),
        "back": lambda: answering.hand_back(desk, user, number, 0, "不归我们"),
        "join": lambda: answering.share(desk, user, number, 0, True),
        "leave": lambda: answering.share(desk, user, number, 0, False, "不参加"),
        "escalate": lambda: answering.escalate(desk, user, number, 0, [division], "要一起办"),
        "contribute": lambda: answering.contribute(desk, user, number, 0, "以登记为准"),
        "extend": lambda: passing.extend(desk, user, number, 0, 5, "要核实"),
        "draft": lambda: answering.write(desk, user, number, 0, DRAFT, False),
        "submit": lambda: answering.write(desk, user, number, 0, DRAFT, True),
        "approve": lambda: approving.approve(desk, user, number, 0, "public" if other else "", ""),
        "reject": lambda: approving.reject(desk, user, number, 0, "要改"),
        "refuse": lambda: passing.refuse(desk, user, number, 0, "不归统计"),
        "merge": lambda: passing.merge(desk, user, number, 0, mine.number),
        "carry": lambda: passing.carry(desk, user, number, 0),
        "fetch": lambda: passing.fetch(desk, user, number, 0),
        "withdraw": lambda: asker.withdraw(desk, number),
        "rate": lambda: asker.rate(desk, number, other),
        "reopen": lambda: asker.reopen(desk, number, "还不明白"),
        "forget": lambda: asker.forget(desk, number),
        "time": lambda: pass_time(found),
    }
    try:
        deeds[verb]()
    except Stopped as stop:
        refused = stop
    else:
        return
    assert refused.status in {403, 409, 422}
    assert re.search("[一-鿿]", refused.said)


def holds(found: World, before: dict[int, Any]) -> dict[int, Any]:
    """Judge all questions; the rows, for the next time."""
    with found.desk.store.read() as connection:
        rows = {r.id: r for r in questions.listed(connection)}
        for row in rows.values():
            versions = questions.answers_of(connection, row.id)
            states = Counter(a.state for a in versions)
            authors = {a.author for a in versions if a.reviewed}
            assert row.state in STATES
            assert states["published"] == (row.state in SAID), (row.state, states)
            assert states["review"] == (row.state == "review") or row.state == "withdrawn"
            for answer in versions:
                earlier = {a.author for a in versions if a.id <= answer.id}
                assert answer.reviewer not in earlier or not answer.reviewer
            assert len(authors) <= len(versions)
            was = before.get(row.id)
            if was is not None:
                assert not was.due or row.due, "a deadline got lost"
                assert not was.first_due or row.first_due == was.first_due
                assert row.version >= was.version
                moved = {v for v, table in STEPS.items() if was.state in table}
                assert row.state == was.state or moved
    return rows


def leaks(found: World, signer: Signer, asker: Receipt) -> list[str]:
    """Where a canary shows: pages, JSON, record, packages, the whole of notes and notices."""
    told: dict[str, str] = {}
    paths = ["/desk/questions", "/desk/questions/1", "/desk/questions/2", "/desk/questions/figures"]
    for role, browser in (("desk", found.signed("desk")), ("leader", found.signed("leader"))):
        for path in paths:
            told[f"{role} {path}"] = browser.get(path).text
    nobody = found.browser()
    told["asker"] = nobody.get(f"/questions/{asker.number}?key={asker.key}").text
    told["api"] = nobody.get(f"/api/questions/{asker.number}", headers={"x-key": asker.key}).text
    told["faq"] = nobody.get("/questions/faq.json").text
    for stream in ("asked", "faq"):
        told[stream] = exchange.make(found.desk, signer, stream).decode()
    with found.desk.store.read() as connection:
        told["audit"] = "".join(audit.lines(connection))
        told["text"] = json.dumps(
            [r.text for r in questions.listed(connection)], ensure_ascii=False
        )
    return [where for where, text in told.items() if any(word in text for word in CANARIES)]


@pytest.fixture(scope="module")
def signer() -> Signer:
    return open_key(make_key("测试", "geheim", 2), "geheim")


@settings(
    max_examples=150 if FULL else 8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, min_size=20, max_size=60))
def test_random_acts_of_random_people_keep_what_must_hold(
    signer: Signer, steps: list[tuple[str, int, int, str, bool]]
) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        with world(root / "data", "internet", bundle=put_bundle(root / "bundle")) as found:
            first, _ = (
                ask(found, TEXT, contact=CANARIES[2], agreed="true", topic="报表填报")
                for _ in range(2)
            )
            staff, rows = people_of(found), holds(found, {})
            for step in steps:
                do(found, staff[step[1]], step, first)
                rows = holds(found, rows)
            assert leaks(found, signer, first) == []
            with found.desk.store.read() as connection:
                assert list(audit.broken(connection)) == []
                assert list(audit.lines(connection))


def test_the_way_to_an_answer_is_found_by_such_acts(tmp_path: Path) -> None:
    """The property would hold of a service that does nothing: this way through it must be open."""
    with world(tmp_path / "d", "internet", bundle=put_bundle(tmp_path / "b")) as found:
        first = ask(found, TEXT, contact=CANARIES[2], agreed="true")
        staff = people_of(found)
        way = [
            ("dispatch", 0),
            ("accept", 2),
            ("submit", 2),
            ("approve", 2),
            ("approve", 3),
            ("rate", 0),
        ]
        states = []
        for verb, who in way:
            do(found, staff[who], (verb, who, 1, "gyc", True), first)
            with found.desk.store.read() as connection:
                states.append(acts.found(connection, 1).state)
        assert states == ["sent", "working", "review", "review", "answered", "closed"]
