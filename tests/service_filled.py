"""A service in which there is something of everything: what programs that try every route find there.

One folder holds its database, files and bundle; runs work on copies of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service import bearers
from service.intake import sweeping
from service.intake.grid import name_of
from service.proofs import kept
from service.roles import (
    ADMIN,
    AUDITOR,
    CITY,
    DESK,
    EDITOR,
    ENTRANT,
    EXPERT,
    LEADER,
    SECURITY,
)
from service.store import alarms, programs
from service.store.engine import Connection
from tests.contest_world import BEGIN, SEED, Contest, contest
from tests.intake_world import Bureau, make_bundle
from tests.questions_world import Staff, act, answered, ask
from tests.service_bundle import bundle
from tests.service_world import World, world
from tests.test_service_appraisal import RULES as APPRAISAL
from tests.test_service_feed import lay, one

DIVISIONS = {"bgs": "办公室", "gyc": "工业统计处", "nyc": "能源统计处", "mlk": "名录库处"}
CITIES = {"jia": "甲州市", "yi": "乙州市", "jiazhou": "甲州市统计局"}
FRAGMENT = (
    '<ol class="line" data-live>\n<li id="pp1"><time datetime="2026-11-18T09:00:00+08:00">09:00</time>'
    '<div class="prose"><p>主会场坐满。</p></div></li>\n</ol>\n'
)
ENTRIES = [
    {"id": "live:kai", "kind": "live", "title": "示例直播", "url": "live/kai/"},
    {
        "id": "lesson:k/1",
        "kind": "lesson",
        "title": "课",
        "url": "k/1/",
        "division": "gyc",
        "published": "2026-02-01",
    },
]
# Whose calls a run makes: a name, the role, the unit. Those of the contest are seated in it.
CALLERS = {
    "nobody": ("", ""),
    "division": (EDITOR, "gyc"),
    "office": (EDITOR, "bgs"),
    "city": (CITY, "jia"),
    "desk": (DESK, ""),
    "expert": (EXPERT, "da"),
    "leader": (LEADER, ""),
    "security": (SECURITY, ""),
    "audit": (AUDITOR, ""),
    "system": (ADMIN, ""),
    "entrant": (ENTRANT, "yi"),
    "program": ("", ""),  # shows a token instead of a session
}
TOKEN = f"{bearers.PREFIX}{'x' * 43}"


@dataclass
class Filled:
    """Where it lies, and what stands in it: numbers and words that a caller may name."""

    folder: Path
    profile: str
    database: str = ""
    users: dict[str, int] = field(default_factory=dict)
    words: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def dist(self) -> Path:
        """The bundle."""
        return self.folder / "dist"


def fill(folder: Path, profile: str, database: str = "") -> Filled:
    """Make one in an empty folder."""
    made = Filled(folder, profile, database)
    folder.mkdir(parents=True, exist_ok=True)
    numbers = make_bundle(folder / "numbers")
    orgs = [{"id": i, "name": n, "short": n[:2], "city": False} for i, n in DIVISIONS.items()]
    orgs += [{"id": i, "name": n, "short": n[:2], "city": True} for i, n in CITIES.items()]
    more = {p.relative_to(numbers).as_posix(): p.read_bytes() for p in (numbers / "data").rglob("*") if p.is_file()}  # fmt: skip
    more |= {"data/orgs.json": json.dumps(orgs).encode(), "data/entries.json": json.dumps(ENTRIES).encode()}  # fmt: skip
    more["site/live/kai/fragment.html"] = FRAGMENT.encode()
    told = {"bundle": bundle(made.dist, more=more), "live_dir": folder / "served"}
    with world(folder / "data", profile, database, feed_rate="100000/second", **told) as found:
        for name, (role, org) in CALLERS.items():
            if role and name != "expert":
                made.users[name] = found.user(role, org=org, login=f"who-{name}")
        _program(found, made, profile)
        second = found.user(EDITOR, org="gyc", login="second")
        _contest(found, folder, made)
        _questions(found, made, second)
        _live(found, made)
        if profile == "intranet":
            _numbers(found, made, second)
            rules = {"rules": ("r.yml", APPRAISAL.encode())}
            done = found.browser(made.users["office"]).post("/appraisals", files=rules)
            assert done.status_code == 303, done.text
            handed = {"item": "xun", "many": "3", "proof": "三场培训"}
            browser = found.browser(made.users["division"])
            assert browser.post("/appraisals/nian-2026/handed", data=handed).status_code == 303
    made.words |= {
        "template": ["yuebao"], "kind": ["new", "revise"], "one": [1], "user": [4, 9], "host": [*DIVISIONS], "helper": [*DIVISIONS],
        "org": [*DIVISIONS, *CITIES], "slug": ["dasai", "nian-2026", "kai"], "contest": ["dasai"],
        "version": [1, 2, 3, 4], "days": [5], "role": [EXPERT, CITY], "category": ["tu", "ji"],
        "table": ["dianliang", "paiwei"], "form": ["json", "csv", "xlsx"], "outputFormat": ["csv", "xlsx", "json-stat2"],
        "valueCodes[region]": ["990000", "9901*", "*"], "valueCodes[measure]": ["value", "value,yoy"],
        "valueCodes[period]": ["top(2)", "from(2026-01)"], "asOf": ["2026-11-18", "2026-11-18T10:00:00+08:00"],
        "release": ["2026-12-24T10:00:00+08:00", "2026-12-24T10:00"], "item": ["xun"], "many": ["2", "1.5"],
        "step": ["check", "review", "approve", "schedule", "reject", "hold", "drop"],
        "verb": ["submit", "reopen", "withdraw", "publicity", "final", "objection", "strike"],
        "session": ["1"], "seed_from": ["收盘指数"], "due": ["2026-12-10T18:00"], "until": ["2026-12-20T18:00"],
        "state": ["new", "answered", "acknowledged", "explained", "false_alarm"], "audience": ["", "public"],
        "period": ["2026-09", "2026-10", "2026-11", "2026-12"], "start": ["2026-01-01"], "end": ["2026-12-31"],
        "reason": ["依据台账更正"], "why": ["请核实后再办"], "words": ["企业停产检修后恢复"], "text": ["停产企业照报，没有发生的填零。"],
        "title": ["停产期间月报表怎么报"], "short": ["停产期间照报，填零。"], "cited": [""], "quote": [""], "link": [""],
        "summary": ["一句话说明这件作品好在哪里"], "story": ["怎么做的。" * 20], "team": ["张三丰"], "contact": ["0531-1234"],
        "answer": ["属实，改正。"], "proof": ["三场培训"], "said": ["请补充"], "site": [""], "once": [""],
        "points": ["1.5"], "login": ["who-desk", "lisi"], "expert": [made.users["expert"]],
    }  # fmt: skip
    return made


def _program(found: World, made: Filled, profile: str) -> None:
    """A program of this machine, which reads what editors read."""
    admin, security = made.users["system"], made.users["security"]
    until, roles = found.clock() + 99 * 86_400_000, [EDITOR] if profile == "intranet" else []

    def let_in(connection: Connection) -> None:
        number = programs.add(connection, "监测平台", kept(TOKEN), until, found.clock(), admin)
        told = roles, "", ["127.0.0.0/8"]
        programs.grant(connection, number, told, found.clock(), security)

    found.desk.store.write(let_in)


def _contest(found: World, folder: Path, made: Filled) -> None:
    """One that never closes, with works, and a round that is being judged."""
    held: Contest = contest(found, folder, ("da", "da", "yi"), closes='""')
    made.users["expert"] = held.experts[0]
    works = [held.work("gyc"), held.work("jia"), held.work("nyc")]
    browser = found.browser(held.staff[0])
    begun = browser.post("/office/dasai/rounds")
    assert begun.status_code == 303, begun.text
    number = int(begun.headers["location"].rpartition("/")[2])
    told = {"expert": held.experts}
    assert browser.post(f"/office/rounds/{number}/panel", data=told).status_code == 303
    started = browser.post(f"/office/rounds/{number}/begin", data=BEGIN | {"seed": SEED})
    assert started.status_code == 303, started.text
    made.words["work"] = works
    made.words["duty"] = [row.id for row in held.duties(number, made.users["expert"])]
    for caller in ("entrant", "city"):
        sent = {"contest": "dasai"}
        assert found.browser(made.users[caller]).post("/works", data=sent).status_code == 303


def _questions(found: World, made: Filled, second: int) -> None:
    """One answered, one that is worked on, two new ones."""
    receipts = [ask(found, f"我们厂停产了第{n}个月，月报表的产值还要不要报") for n in range(1, 5)]
    mine = found.browser(made.users["division"])
    desk, other = found.browser(made.users["desk"]), found.browser(second)
    answered(found, Staff(desk, mine, other, mine, desk), 1)
    assert act(desk, 2, "dispatch", host="gyc", days=5).status_code == 303
    assert act(mine, 2, "accept").status_code == 303
    assert act(desk, 3, "dispatch", host="gyc", days=5).status_code == 303
    made.words["question"] = [2, 3, 4, 1]
    made.words["number"] = [r.number for r in receipts]
    made.words["key"] = ["", *(r.key for r in receipts)]


def _live(found: World, made: Filled) -> None:
    """A post that is out, and one that waits."""
    browser = found.browser(made.users["division"])
    for text in ("现场的话。", "又一句。"):
        sent = browser.post("/live/on/kai", data={"text": text})
        assert sent.status_code == 303, sent.text
    let = found.browser(made.users["office"])
    assert let.post("/live/posts/1/approve", data={"version": "1"}).status_code == 303


def _numbers(found: World, made: Filled, second: int) -> None:
    """A batch that is out, one that is approved, one that is being filled; older numbers."""
    gov = Bureau(found)
    people = {"wang": made.users["division"], "li": second, "zhao": made.users["leader"]}
    for name, user in people.items():
        gov.browsers[name] = found.browser(user)
    lay(gov, "alt", found.clock() - 90_000, *(one(r, m, 10.0 + m % 5) for r in ("990000", "990100") for m in range(24300, 24310)))  # fmt: skip
    cells = {("dianliang", "value", "990000"): "61.25"}
    made.words["cell"] = [name_of(place) for place in cells]
    gov.released(cells, "2026-06")
    waiting = gov.start("2026-07")
    assert gov.fill(waiting, cells).status_code == 303
    assert gov.step(waiting, "check", "wang").status_code == 303
    filling = gov.start("2026-08")
    assert gov.fill(filling, cells).status_code == 303
    made.words["batch"] = [filling, waiting]
    sweeping.run(found.desk)
    lay(gov, "neu", found.clock() - 1000, one("990000", 24310, 999.5))
    sweeping.run(found.desk)
    with found.desk.store.read() as connection:
        made.words["alarm"] = [row.id for row in alarms.every(connection)][:9]
    assert made.words["alarm"]
