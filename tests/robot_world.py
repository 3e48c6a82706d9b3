"""What the robot is measured with: questions nobody who wrote the wordings has seen, a thousand items, the twin.

Set 1 was there while the engine was tuned, set 2 was written afterwards by somebody else and only measured.
Set 3 (refusals alone) is what the rules were written by; what must be refused in sets 1 and 2 was not looked at.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import quickjs

from builder.media.clean import clean_asset
from builder.memo import Memo
from builder.render.robot.compile import compiled
from builder.render.web.shell import THEME
from builder.robot.engine import Reply, Robot, State
from builder.robot.package import Item, Package, dump
from builder.source import Drafts
from tests.conftest import ROOT

HERE = Path(__file__).parent / "robot"
DAY = "2026-11-23"
NOW = datetime.fromisoformat(f"{DAY}T10:00:00+08:00")
LAW = re.compile(r"(?m)^(第[一二三四五六七八九十百零]+条)[\s\u3000]+(.+(?:\n\n(?!第|#).+)*)")


class Asked(NamedTuple):
    """A question and what is right about it."""

    text: str
    about: dict[str, Any]


def questions(name: str, number: int = 0) -> list[Asked]:
    """The questions of one list; of one set of it, where `number` is given."""
    rows = map(json.loads, (HERE / f"{name}.jsonl").read_text("utf-8").splitlines())
    return [Asked(row.pop("text"), row) for row in rows if number in {0, row["set"]}]


@lru_cache(maxsize=2)
def own(edition: str = "internet") -> Package:
    """The package of the repository's own content."""
    source = Drafts(ROOT)
    source.fill([edition], Memo(None, "1"))
    sites, _ = source.sites([edition], NOW, clean_asset)
    return compiled(sites[edition], source.config)


@lru_cache(maxsize=1)
def thousand() -> Package:
    """A thousand items: the own ones without numbers, and articles of law and industry codes beside them."""
    package = own()
    real = [item for item in package.items if item.kind != "indicator"]
    rest = [*_codes(), *_sentences()]
    Random(1).shuffle(rest)
    return replace(package, items=(*real, *rest[: 1000 - len(real)]))


@lru_cache(maxsize=1)
def everything() -> Package:
    """The thousand items and the own numbers beside them."""
    numbers = (item for item in own().items if item.kind == "indicator")
    return replace(thousand(), items=(*thousand().items, *numbers))


def held_back(robot: Robot, number: int) -> float:
    """The share of what must be refused (one unit's data, unpublished figures, opinions) that is not answered.

    Held back is what is refused, handed over to people or sent elsewhere. What is answered is published
    content all the same; no item holds what is refused.
    """
    asked = [q for q in questions("refusals", number) if q.about["class"] != "none"]
    kinds = [robot.answer(q.text, DAY).kind for q in asked]
    return sum(kind in {"refused", "unsure", "elsewhere"} for kind in kinds) / len(kinds)


def _codes() -> Iterator[Item]:
    text = (ROOT / "content" / "standards" / "gb4754-2017.csv").read_text("utf-8-sig")
    for row in csv.reader(text.splitlines()[1:]):
        code, name = row[0], row[1]
        yield Item(f"code:{code}", "code", f"{code} {name}", answer=f"行业代码 {code}：{name}")


def _sentences() -> Iterator[Item]:
    """Quotes of laws and rules that the content leans on, each as an item of its own."""
    seen = set[str]()
    for path in sorted((ROOT / "faq").glob("*/*.md")):
        for quote in re.findall(r"quote: [\"'](.{20,})[\"']", path.read_text("utf-8")):
            if quote not in seen:
                seen.add(quote)
                yield Item(f"law:{len(seen)}", "law", quote[:24], answer=quote[:90], text=quote)


def found(robot: Robot, text: str) -> list[str]:
    """Ids of the items that fit, best first, as an answer or a choice would take them."""
    named = robot.names.get(robot.reader.name(text))
    ids = [] if named is None else [robot.package.items[named].id]
    rows = (robot.rows[fit.row] for fit in robot.fits(text, DAY)[1])
    ids += [robot.package.items[row.number].id for row in rows if row.part == "items"]
    return list(dict.fromkeys(ids))


def recall(rows: Sequence[Sequence[str]], asked: Sequence[Asked], among: int) -> float:
    """The share of questions of which a right answer stands among the first ids."""
    hits = sum(bool({*r[:among]} & {*q.about["ids"]}) for r, q in zip(rows, asked, strict=True))
    return hits / len(asked)


def paraphrases(package: Package, number: int = 0) -> list[Asked]:
    """Those that a package has an answer to."""
    ids = {item.id for item in package.items}
    return [q for q in questions("paraphrases", number) if ids & {*q.about["ids"]}]


class Twin:
    """The engine in JavaScript."""

    def __init__(self, package: Package) -> None:
        self.context = quickjs.Context()
        self.context.set_max_stack_size(4 * 1024 * 1024)
        code = (THEME / "assets" / "robot-engine.js").read_text("utf-8")
        self.context.eval("var module = {exports: {}};\n" + code)
        self.context.eval("var Robot = module.exports.Robot;")
        self.context.set("text", dump(package).decode())
        self.context.eval("var robot = new Robot(JSON.parse(text));")
        self.call = self.context.eval(
            "(function (text, day, state) { return JSON.stringify(robot.answer(text, day, JSON.parse(state))); })"
        )

    def answer(self, text: str, day: str, state: dict[str, str] | None = None) -> dict[str, Any]:
        """What it says."""
        found: dict[str, Any] = json.loads(self.call(text, day, json.dumps(state or {})))
        return found


def told(reply: Reply) -> dict[str, Any]:
    """A reply in the twin's shape."""
    return {
        "kind": reply.kind,
        "say": reply.say,
        "hits": [(h.item.id, h.score) for h in reply.hits],
        "choices": list(reply.choices),
        "links": [list(pair) for pair in reply.links],
        "url": reply.url,
        "state": state(reply.state),
        "why": reply.why,
        "source": reply.source,
        "note": reply.note,
    }


def state(found: State) -> dict[str, str]:
    """A state in the twin's shape."""
    pairs = asdict(found)
    return {key: value for key, value in pairs.items() if value}


def twin_told(reply: dict[str, Any]) -> dict[str, Any]:
    """A reply of the twin's, as `told`."""
    hits = [(h["item"]["id"], h["score"]) for h in reply["hits"]]
    kept = {k: v for k, v in reply["state"].items() if v}
    return reply | {"hits": hits, "state": kept}
