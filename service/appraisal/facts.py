"""What counts, from where it is kept: pages, answers, parts in others' answers, works, corrections, reports, means."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from builder.bundle import Bundle
from service.appraisal.rules import Item, Rules
from service.room import AtDesk, Stopped
from service.store import appraisal
from service.store.engine import Connection

ORGS, ENTRIES = "data/orgs.json", "data/entries.json"
BEIJING = timezone(timedelta(hours=8))
Fact = list[Any]  # how many (a number, or the text of an exact one), of how many
DONE = {  # what the service saw units do
    "helped": appraisal.helped_between,
    "works": appraisal.works_between,
    "corrected": appraisal.corrected_between,
}


def units(rules: Rules, bundle: Bundle) -> dict[str, str]:
    """Id → name of those who take part, in the bundle's order."""
    wanted = {"divisions": False, "cities": True}
    kinds = {wanted[name] for name in rules.units}
    told = json.loads(bundle.read(ORGS))
    return {o["id"]: o["name"] for o in told if o["city"] in kinds and o["id"] not in rules.without}


def served(desk: AtDesk) -> Bundle:
    """The bundle of this service; `Stopped` when it has none."""
    found = desk.bundle()
    if found is None or ORGS not in found.files or ENTRIES not in found.files:
        raise Stopped(503, "还没有业务网版的网站可读：请运维在设置里写好 bundle，并重新生成网站。")
    return found


def gather(
    connection: Connection, number: int, rules: Rules, who: Iterable[str], bundle: Bundle
) -> dict[str, dict[str, Fact]]:
    """All facts of the period, by item and unit; units without any are left out."""
    mine = frozenset(who)
    told, when = appraisal.counted(connection, number), span(rules)
    found: dict[str, dict[str, Fact]] = {}
    for item in rules.items:
        if item.counts == "entries":
            found[item.id] = _entries(item, rules, bundle)
        elif item.counts == "answers":
            found[item.id] = _answers(connection, *when)
        elif item.counts == "handed":
            found[item.id] = {u: [many, 0] for u, many in told.get(item.id, {}).items()}
        elif item.counts in DONE:
            many = DONE[item.counts](connection, *when)
            found[item.id] = {u: [n, 0] for u, n in many.items()}
        else:
            means = appraisal.best_means(connection, item.contest)
            found[item.id] = {u: [mean, 0] for u, mean in means.items()}
        found[item.id] = {u: fact for u, fact in sorted(found[item.id].items()) if u in mine}
    return found


def span(rules: Rules) -> tuple[int, int]:
    """The period in ms since 1970: from its first second to the one after its last."""
    first, last = (
        datetime.fromisoformat(day).replace(tzinfo=BEIJING) for day in (rules.first, rules.last)
    )
    return int(first.timestamp() * 1000), int((last + timedelta(days=1)).timestamp() * 1000)


def _entries(item: Item, rules: Rules, bundle: Bundle) -> dict[str, Fact]:
    counts: dict[str, int] = {}
    for page in json.loads(bundle.read(ENTRIES)):
        if page["kind"] in item.kinds and rules.first <= page["published"] <= rules.last:
            counts[page["division"]] = counts.get(page["division"], 0) + 1
    return {unit: [many, 0] for unit, many in counts.items()}


def _answers(connection: Connection, since: int, until: int) -> dict[str, Fact]:
    """Of the questions that fell due in the period, those that were answered by then."""
    found: dict[str, Fact] = {}
    for row in appraisal.due_between(connection, since, until):
        fact = found.setdefault(row.host, [0, 0])
        fact[0] += int(0 < row.answered <= row.first_due)
        fact[1] += 1
    return found


def log(rules: Rules, names: Mapping[str, str], facts: Mapping[str, Any]) -> dict[str, Any]:
    """All that a recount needs but the result, as it is exported."""
    return {
        "slug": rules.slug,
        "title": rules.title,
        "items": [
            i.model_dump(include={"id", "counts", "points", "most", "least", "few", "high"})
            for i in rules.items
        ],
        "units": list(names),
        "names": dict(names),
        "facts": dict(facts),
    }
