"""A contest in a test: its rules, its people, and the way from a draft to a round that is judged."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx

from service.contest import command, held, judging, works
from service.roles import CITY, EDITOR, EXPERT
from service.room import Visitor
from service.store import contest as store
from service.store import files, people
from tests.service_world import World
from tests.uploaded import pdf

OFFICE = "bgs"
RULES = """\
slug: dasai
title: 统计大赛
sample: true
office: bgs
opens: {opens}
closes: {closes}
publicity_days: 5
eligible: [处室, 市]
per_unit: {per_unit}
team: 3
units:
  - {{id: bgs, name: 办公室, kind: 处室}}
  - {{id: gyc, name: 工业统计处, short: 工业, kind: 处室}}
  - {{id: nyc, name: 能源统计处, short: 能源, kind: 处室}}
  - {{id: jia, name: 甲州市, kind: 市, city: jia}}
  - {{id: jiaxian, name: 甲安县, kind: 市, city: jia}}
  - {{id: yi, name: 乙州市, kind: 市, city: yi}}
  - {{id: bing, name: 丙州市, kind: 市, city: bing}}
  - {{id: da, name: 示范大学, kind: 外单位}}
categories:
  - {{id: tu, name: 图解}}
  - {{id: ji, name: 技术, kinds: [pdf]}}
files: {{kinds: [pdf, png, docx, zip], least: 1, most: 3, each_mb: 1, whole_mb: 2}}
statements: {{originality: 我们自己做的。, guardian: 监护人同意。, showcase: 同意展示。}}
criteria:
  - {{id: a, name: 准确, weight: "0.35"}}
  - {{id: b, name: 清楚, weight: "0.4"}}
  - {{id: c, name: 创新, weight: "0.25"}}
scale: {{low: "0", high: "100", step: "{step}"}}
review: {{least: {least}, most: {most}, drop: true}}
awards:
  - {{name: 一等奖, count: 1, least: "80"}}
  - {{name: 二等奖, count: 2, least: "40"}}
digits: 4
seed_from: 收盘指数
"""
USUAL: dict[str, object] = {
    "opens": "2026-11-10T09:00:00+08:00", "closes": "2026-12-01T09:00:00+08:00", "per_unit": 0,
    "least": 2, "most": 3, "step": "0.5",
}  # fmt: skip
SEED = "3371.52-20261201"


def rules(**changed: object) -> str:
    """The rules of the tests."""
    return RULES.format(**(USUAL | changed))


@dataclass
class Contest:
    """A contest of a service, and who is in it."""

    service: World
    number: int
    staff: list[int] = field(default_factory=list)
    experts: list[int] = field(default_factory=list)
    entrants: dict[str, int] = field(default_factory=dict)

    def browser(self, user: int) -> httpx.Client:
        """A browser of somebody."""
        return self.service.browser(user)

    def asks(self, user: int) -> Visitor:
        """Somebody, for calls behind the routes."""
        with self.service.desk.store.read() as connection:
            return Visitor(people.find(connection, [user])[0], "127.0.0.1", second=True)

    def entrant(self, unit: str) -> int:
        """Somebody of a unit who enters."""
        if unit not in self.entrants:
            self.entrants[unit] = self.service.user(CITY, org=unit, login=f"c-{unit}")
        return self.entrants[unit]

    def work(self, unit: str, title: str = "", category: str = "tu", **told: object) -> int:
        """A work that was sent in, by the way behind the routes."""
        asks, desk = self.asks(self.entrant(unit)), self.service.desk

        def make(connection: Any) -> int:
            found = held.by_id(connection, self.number)
            number = works.begin(connection, desk, asks, found)
            name = next(u.name for u in found.rules.units if u.id == unit)
            text = works.Told(
                category, title or f"第{number}件作品", "一句话说明这件作品好在哪里", "怎么做的。" * 20,
                f"张三丰 {name}", "0531-1234", original=True, showcase=True, **told,  # type: ignore[arg-type]
            )  # fmt: skip
            works.save(connection, desk, asks, number, 1, text)
            files.add(
                connection, digest="0" * 64, holder=f"work:{number}", name="甲.pdf", kind="pdf", size=9,
                remarks="[]", sender="1", made=1,
            )  # fmt: skip
            works.step(connection, desk, asks, number, "submit")
            return number

        return desk.store.write(make)

    def round(self, seed: str = SEED) -> int:
        """Close, collect, seat all experts, give the works out; the round's number."""
        self.service.clock.now = max(self.service.clock.now, CLOSES)
        browser = self.browser(self.staff[0])
        made = browser.post("/office/dasai/rounds")
        assert made.status_code == 303, made.text
        number = int(made.headers["location"].rpartition("/")[2])
        seated = browser.post(f"/office/rounds/{number}/panel", data={"expert": self.experts})
        assert seated.status_code == 303, seated.text
        begun = browser.post(f"/office/rounds/{number}/begin", data=BEGIN | {"seed": seed})
        assert begun.status_code == 303, begun.text
        return number

    def duties(self, number: int, user: int | None = None) -> list[Any]:
        """The duties of a round, or of one expert in it."""
        told = {"round": number} | ({"user": user} if user else {})
        with self.service.desk.store.read() as connection:
            return store.where(connection, store.duties, **told)

    def score(self, duty: Any, values: list[str], comment: str = "") -> httpx.Response:
        """What an expert sends."""
        told = {"version": str(duty.version), "value": values, "comment": comment}
        return self.browser(duty.user).post(f"/reviews/{duty.id}", data=told)

    def score_all(self, number: int, chance: random.Random) -> None:
        """Everybody scores everything, by the way behind the routes."""
        desk, asks = self.service.desk, {u: self.asks(u) for u in self.experts}
        duties = [d for d in self.duties(number) if d.state == "open"]

        def put(connection: Any) -> None:
            for duty in duties:
                values = [str(chance.randrange(0, 201) / 2) for _ in range(3)]
                judging.score(connection, desk, asks[duty.user], duty.id, duty.version, values)

        desk.store.write(put)

    def close(self, number: int) -> httpx.Response:
        """The time is up; open the seals."""
        self.service.clock.now = max(self.service.clock.now, DUE)
        return self.browser(self.staff[0]).post(f"/office/rounds/{number}/close")

    def move(self, number: int, verb: str, **told: object) -> httpx.Response:
        """One proposes, another confirms."""
        data = {"verb": verb} | {k: str(v) for k, v in told.items()}
        sent = self.browser(self.staff[0]).post(f"/office/rounds/{number}/moves", data=data)
        if sent.status_code != 303:
            return sent
        with self.service.desk.store.read() as connection:
            moves = store.where(connection, store.moves, round=number, state="open")
        other = self.browser(self.staff[1])
        return other.post(f"/office/moves/{moves[-1].id}", data={"yes": "true"})

    def row(self, number: int) -> Any:
        """A round as it stands."""
        with self.service.desk.store.read() as connection:
            return store.one(connection, store.rounds, number)


BEGIN = {"seed_from": "收盘指数", "due": "2026-12-10T18:00"}
CLOSES = 1_796_086_800_000  # 2026-12-01 09:00 in Beijing
DUE = 1_796_896_800_000  # 2026-12-10 18:00


def contest(
    service: World, folder: Path, experts: tuple[str, ...] = (), **changed: object
) -> Contest:
    """A contest that is open. `experts`: their units."""
    file = folder / "dasai.yml"
    service.clock.now -= 30 * 86_400_000
    file.write_text(rules(**changed))
    command.load(service.desk, file)
    command.freeze(service.desk, "dasai")
    service.clock.now += 30 * 86_400_000
    with service.desk.store.read() as connection:
        row = store.by_slug(connection, "dasai")
    assert row is not None
    made = Contest(service, row.id)
    made.staff = [service.user(EDITOR, org=OFFICE, login=f"office{n}") for n in range(2)]
    made.experts = [
        service.user(EXPERT, org=unit, login=f"expert{n}") for n, unit in enumerate(experts)
    ]
    return made


def numbers(text: str) -> list[int]:
    """The numbers of works in a page."""
    return [int(n) for n in re.findall(r"/works/(\d+)", text)]


PDF = pdf()
