"""Designers in a test: forms as a browser sends them, taken from the page itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx2 as httpx

from builder.indicators.rules import Range, Required
from builder.values import Measure, Template
from tests.intake_world import INDICATORS, TEMPLATES, Bureau, bureau, indicator, make_bundle

OTHER = indicator("liangshi", "粮食产量", measures={"value": Measure("万吨", 1)})
KNOWN = {
    **INDICATORS,
    "yongmei": indicator("yongmei", "规上工业用煤量", measures={"value": Measure("万吨", 1, 0)}),
    "liangshi": type(OTHER)(
        **{n: getattr(OTHER, n) for n in OTHER.__slots__} | {"division": "nyc"}
    ),
}
RULES = (
    Range(id="dian-fanwei", rule="range", indicators=("dianliang",), low=0, high=900),
    Required(id="mei-bitian", rule="required", indicators=("yongmei",), hard=True),
)
RULESETS = {"gyc": {"rules": RULES, "relations": (), "bounds": ()}}


class Fields(HTMLParser):
    """What the form with an id would send, button aside."""

    def __init__(self, html: str, form: str = "design") -> None:
        super().__init__()
        self.form, self.inside = form, False
        self.found: list[tuple[str, str]] = []
        self.select, self.area, self.first = "", "", True
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {k: v or "" for k, v in attrs}
        if tag == "form":
            self.inside = told.get("id") == self.form
        if not self.inside:
            return
        name, value = told.get("name", ""), told.get("value", "")
        if tag == "input" and name:
            kind = told.get("type", "text")
            if kind not in {"checkbox", "radio"} or "checked" in told:
                self.found.append((name, value))
        elif tag == "select":
            self.select, self.first = name, True
        elif tag == "option" and self.select:
            if self.first:
                self.found.append((self.select, value))
                self.first = False
            elif "selected" in told:
                self.found[-1] = (self.select, value)
        elif tag == "textarea":
            self.area = name
            self.found.append((name, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            text = self.found[-1][1] + data
            self.found[-1] = (self.area, text)


def fields(page: str) -> list[tuple[str, str]]:
    """The fields of the designer's form; a browser drops the first line break of a text field."""
    return [(n, v.removeprefix("\n") if n == "note" else v) for n, v in Fields(page).found]


def changed(told: list[tuple[str, str]], **new: str) -> list[tuple[str, str]]:
    """Fields with other values; names of which there are several change in the first."""
    left = dict(new)
    return [(n, left.pop(n)) if n in left else (n, v) for n, v in told] + [*left.items()]


def begin(gov: Bureau, who: str = "wang", **told: str) -> int:
    """A design; its number."""
    made = gov[who].post("/designs", data=told or {"name": "yuebao", "base": "true"})
    assert made.status_code == 303, made.text
    return int(made.headers["location"].rpartition("/")[2])


def press(gov: Bureau, number: int, button: str, who: str = "wang", **new: str) -> httpx.Response:
    """Open the page, change fields, press a button."""
    told = changed(fields(gov[who].get(f"/designs/{number}").text), **new)
    return send(gov, number, [*told, ("do", button)], who)


def send(
    gov: Bureau, number: int, told: list[tuple[str, str]], who: str = "wang", where: str = ""
) -> httpx.Response:
    """The fields as a browser sends them."""
    from urllib.parse import urlencode

    kind = {"content-type": "application/x-www-form-urlencoded"}
    return gov[who].post(f"/designs/{number}{where}", content=urlencode(told), headers=kind)


def step(gov: Bureau, number: int, name: str, who: str, **more: str) -> httpx.Response:
    """Take a step with the version that is newest now."""
    row = kept(gov, number)
    told = {"version": str(row.version), **more}
    return gov[who].post(f"/designs/{number}/step/{name}", data=told)


def agreed(gov: Bureau, number: int) -> None:
    """Sent by one, approved by another."""
    for name, who in (("send", "wang"), ("approve", "li")):
        done = step(gov, number, name, who)
        assert done.status_code == 303, done.text


def kept(gov: Bureau, number: int) -> Any:
    """The row of a design."""
    from service.store import designs

    with gov.world.desk.store.read() as connection:
        return designs.find(connection, number)


def rebuilt(folder: Path, templates: dict[str, Template]) -> Path:
    """The bundle anew, with other templates."""
    import shutil

    shutil.rmtree(folder / "bundle", ignore_errors=True)
    return make_bundle(folder, KNOWN, templates, rulesets=RULESETS)


@contextmanager
def designers(folder: Path, **more: Any) -> Iterator[Bureau]:
    """The bureau with one more indicator, one of another division, and rules."""
    folder.mkdir(parents=True, exist_ok=True)
    with bureau(folder, bundle=rebuilt(folder, dict(TEMPLATES)), **more) as found:
        yield found
