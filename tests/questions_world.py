"""Questions in tests: a bundle with divisions and a robot, askers without an account, a desk and divisions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx

from tests.service_bundle import bundle
from tests.service_world import World

DIVISIONS = {"gyc": "工业统计处", "mlk": "名录库处", "fwc": "服务业统计处"}
TEXT = "我们厂停产了三个月，月报表的产值还要不要报"


def put_bundle(folder: Path) -> Path:
    """A bundle that names three divisions."""
    orgs = [{"id": i, "name": n, "short": n[:2], "city": False} for i, n in DIVISIONS.items()]
    orgs.append({"id": "jiazhou", "name": "甲州市统计局", "short": "甲州", "city": True})
    return bundle(folder, more={"data/orgs.json": json.dumps(orgs).encode()})


@dataclass
class Receipt:
    """What an asker has."""

    number: str
    key: str


def fields(text: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, name
    return found[1]


def ask(
    world: World, text: str = TEXT, browser: httpx.Client | None = None, **more: str
) -> Receipt:
    """Ask as a browser does: the form, a moment, the look, the question."""
    asker = browser or world.browser()
    form = asker.get("/questions").text
    told = {"text": text, "stamp": fields(form, "stamp"), "once": fields(form, "once"), **more}
    world.clock.forward(seconds=10)
    assert asker.post("/questions/look", data=told).status_code == 200
    done = asker.post("/questions", data=told)
    assert done.status_code == 200, done.text
    number, key = re.findall(r"<dd>([^<]+)</dd>", done.text)
    return Receipt(number, key)


@dataclass
class Staff:
    """Browsers of those who work on questions."""

    desk: httpx.Client
    host: httpx.Client
    other: httpx.Client  # of the same division
    helper: httpx.Client
    leader: httpx.Client


def staff(world: World) -> Staff:
    """A desk, two editors of the division that answers, one of another, a leader."""
    return Staff(
        world.signed("desk"),
        world.signed("editor", org="gyc"),
        world.signed("editor", org="gyc"),
        world.signed("editor", org="mlk"),
        world.signed("leader"),
    )


def act(browser: httpx.Client, question: int, verb: str, **more: object) -> httpx.Response:
    """Do one act with the version that the page shows."""
    shown = browser.get(f"/desk/questions/{question}")
    version = re.search(r'<data value="(\d+)"', shown.text)
    data = {"version": version[1] if version else "1"} | more
    return browser.post(f"/desk/questions/{question}/{verb}", data=data)


ANSWER = {
    "title": "停产期间月报表怎么报？",
    "short": "停产期间月报表照报，产值填 0。",
    "text": "停产企业在当年仍按制度报送，没有发生的填 0。",
    "cited": "《示例制度》",
    "quote": "停产企业应当继续报送。",
    "link": "",
}


def answered(world: World, who: Staff, question: int, **approval: str) -> None:
    """From the desk to the asker."""
    assert act(who.desk, question, "dispatch", host="gyc", helper="mlk", days=5).status_code == 303
    assert act(who.host, question, "accept").status_code == 303
    assert act(who.host, question, "answer", **ANSWER, send="true").status_code == 303
    assert act(who.other, question, "approve", **approval).status_code == 303
