"""A province with three cities and a few indicators, its bundle, and the people who fill, check and release."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx

from builder import bundle
from builder.bundle import Artefact
from builder.indicators import document
from builder.indicators.store import Store
from builder.values import Grant, Indicator, Measure, Numbers, Region, Template, TemplateRow
from service.intake.grid import name_of
from service.roles import CITY, EDITOR, EXPERT, LEADER
from tests.service_world import World, world

RATE, SUM = Measure("%", 1, -100), Measure("亿千瓦时", 2, 0)
REGIONS = {
    "990000": Region("990000", "示范省", "省"),
    "990100": Region("990100", "甲州市", "市", "990000", "jia"),
    "990200": Region("990200", "乙州市", "市", "990000", "yi"),
    "990101": Region("990101", "晓坞区", "县", "990100"),
}
INSIDE = (Grant("intranet", ("市", "县")),)


def indicator(slug: str, name: str, **more: Any) -> Indicator:
    told: dict[str, Any] = {
        "levels": ("省", "市", "县"),
        "grants": INSIDE,
        "sample": True,
        **more,
    }
    measures = told.pop("measures", {"value": SUM, "yoy": RATE})
    return Indicator(
        slug,
        name,
        name[:12],
        "monitor",
        "工业",
        "month",
        measures,
        "gyc",
        "public",
        "示范省统计局",
        **told,
    )


INDICATORS = {
    i.id: i
    for i in (
        indicator("dianliang", "全社会用电量"),
        indicator("paiwei", "排位的指标", disclosure="排位类"),
    )
}
ROWS = (
    TemplateRow("dianliang", "value", ""),
    TemplateRow("dianliang", "yoy", "用电量同比"),
    TemplateRow("paiwei", "yoy", ""),
)
TEMPLATES = {
    t.id: t
    for t in (
        Template(
            "yuebao",
            "工业月报",
            "intranet",
            "gyc",
            "month",
            tuple(REGIONS),
            ROWS,
            date="2026-11-20",
        ),
        Template(
            "qita",
            "别处的月报",
            "intranet",
            "nyc",
            "month",
            ("990000",),
            ROWS[:1],
            date="2026-11-20",
        ),
    )
}
AUDIENCES = {
    "public": {"public": True},
    "intranet": {"public": False},
}


def make_bundle(
    root: Path,
    indicators: Mapping[str, Indicator] = INDICATORS,
    templates: Mapping[str, Template] = TEMPLATES,
    **more: Any,
) -> Path:
    """A bundle of the business network, as far as the service reads it."""
    numbers = Numbers(indicators, REGIONS, Store(()), "990000", templates=templates, **more)
    folder = root / "bundle"
    lines = bundle.stage(
        [
            Artefact(document.PATH, document.write(numbers), "application/json"),
            Artefact(
                "data/audiences.json",
                json.dumps({"format": "weike-audiences/1", "audiences": AUDIENCES}).encode(),
                "application/json",
            ),
        ],
        folder,
    )
    (folder / bundle.MANIFEST).write_bytes(bundle.manifest({"now": "2026-11-20"}, lines))
    return folder


@dataclass
class Bureau:
    """A service with people: who they are, and their browsers."""

    world: World
    ids: dict[str, int] = field(default_factory=dict)
    browsers: dict[str, httpx.Client] = field(default_factory=dict)

    def __getitem__(self, name: str) -> httpx.Client:
        return self.browsers[name]

    def forward(self, **parts: int) -> None:
        """Time goes on, and everybody signs in again."""
        self.world.clock.forward(**parts)
        self.browsers |= {name: self.world.browser(user) for name, user in self.ids.items()}

    def start(self, period: str = "2026-09", who: str = "wang", **more: str) -> int:
        """A batch; its number."""
        told = {"template": "yuebao", "period": period, **more}
        made = self[who].post("/intake", data=told)
        assert made.status_code == 303, made.text
        return int(made.headers["location"].rpartition("/")[2])

    def version(self, number: int, who: str = "wang") -> str:
        """The version that the page of a batch carries."""
        found = re.search(r'name="version" value="(\d+)"', self[who].get(f"/intake/{number}").text)
        return found[1] if found else "0"

    def fill(
        self, number: int, cells: Mapping[tuple[str, str, str], str], who: str = "wang"
    ) -> httpx.Response:
        told = {name_of(place): text for place, text in cells.items()}
        return self[who].post(
            f"/intake/{number}/cells", data={**told, "version": self.version(number, who)}
        )

    def step(self, number: int, step: str, who: str, **more: str) -> httpx.Response:
        told = {"version": self.version(number, who), **more}
        return self[who].post(f"/intake/{number}/step/{step}", data=told)

    def released(
        self, cells: Mapping[tuple[str, str, str], str], period: str = "2026-09", **more: str
    ) -> int:
        """A batch that is out, one second from now."""
        number = self.start(period, **more)
        assert self.fill(number, cells).status_code == 303
        self.moved(number)
        self.world.clock.forward(seconds=2)
        return number

    def moved(self, number: int, ahead: int = 1) -> None:
        """Take a filled batch to its hour."""
        for step, who in (("check", "wang"), ("review", "li"), ("approve", "zhao")):
            made = self.step(number, step, who)
            assert made.status_code == 303, made.text
        made = self.step(number, "schedule", "zhao", release=self.hour(ahead))
        assert made.status_code == 303, made.text

    def hour(self, ahead: int) -> str:
        """So many seconds from now, as a form carries it."""
        from service.intake.released import at

        return at(self.world.clock() // 1000 * 1000 + ahead * 1000).strftime("%Y-%m-%dT%H:%M:%S")


PEOPLE = {
    "wang": (EDITOR, "gyc"),
    "li": (EDITOR, "gyc"),
    "zhao": (LEADER, ""),
    "sun": (EDITOR, "nyc"),
    "jia": (CITY, "jia"),
    "yi": (CITY, "yi"),
    "zhuan": (EXPERT, ""),
}


@contextmanager
def bureau(folder: Path, database: str = "", **more: Any) -> Iterator[Bureau]:
    """The service of the business network with its bundle and its people."""
    folder.mkdir(parents=True, exist_ok=True)
    told: dict[str, Any] = {"feed_rate": "100000/second", **more}
    if "bundle" not in told:
        told["bundle"] = make_bundle(folder)
    with world(folder / "data", database=database, **told) as found:
        made = Bureau(found)
        for name, (role, org) in PEOPLE.items():
            made.ids[name] = found.user(role, org=org, login=name)
            made.browsers[name] = found.browser(made.ids[name])
        made.browsers["nobody"] = found.browser()
        yield made


def xlsx(data: bytes, cells: Mapping[str, Any]) -> bytes:
    """A form with these cells (`D7` → what is typed) filled by another program."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data))
    for name, value in cells.items():
        book["数据"][name] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
