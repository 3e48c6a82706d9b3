"""Everything about one item on one page: how far it is, what changed, how it will look, what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from builder.approvals import (
    DECISION_LABELS,
    STEP_LABELS,
    STEPS,
    Judged,
    Person,
    Record,
    labels,
)
from builder.approvals.ledger import SITE_POLICY
from builder.approvals.standing import STATES
from builder.approvals.words import SITE_ITEMS
from builder.entries import all_texts, asset_path
from builder.fences import mentions
from builder.model import Entry
from builder.problems import Problem, Severity
from builder.review.hall import may_withdraw, possible, why_not
from builder.review.looks import NEW, OLD, Look, Looks
from builder.review.office import Item, Office
from builder.review.pages.changes import FileChange, changes
from builder.review.pages.checks import report
from builder.review.pages.listing import audience_name, division_name, strokes

SHORT = 12  # hex digits of a version that people read


@dataclass(frozen=True, slots=True)
class Step:
    """One review of the working version. `state`: done, now or later; `only`: editions that alone ask it."""

    name: str
    state: str
    who: str
    when: str
    only: str


@dataclass(frozen=True, slots=True)
class Shown:
    """How one edition will show an item: its page now and as approved last."""

    name: str
    label: str
    public: bool
    missing: str
    released: str
    new: Look
    old: Look


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the record of reviews."""

    time: str
    who: str
    what: str
    note: str
    change: str
    version: str
    why: str
    paper: bool


@dataclass(frozen=True, slots=True)
class Values:
    """What somebody has written into the form, and what was wrong with it."""

    step: str = ""
    note: str = ""
    change: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Base:
    """What the working version may be compared with: the version that these editions show now.

    `edition` names one of them; `approved` is empty where they show none.
    """

    edition: str
    labels: str
    approved: str


def item_view(
    office: Office, looks: Looks, item: Item, person: Person, values: Values, base: str = ""
) -> dict[str, Any]:
    """All that the page of an item shows. `base`: the edition whose version to compare with."""
    known = bases(office, item)
    against = next((b for b in known if b.edition == base), known[0])
    problems = office.problems(item.id) or _unread(office, item)
    entry = office.library.entries.get(item.id)
    files = _files(office, item, entry, against)
    steps = possible(item, person)
    errors = sum(p.severity is Severity.ERROR for p in problems)
    return {
        "item": item,
        "state": STATES[item.state],
        "division": division_name(office, item.division),
        "audience": audience_name(office, item),
        "strokes": strokes(item),
        "steps": _steps(office, item),
        "turn": labels(item.next_steps),
        "mine": [(s, STEP_LABELS[s]) for s in steps],
        "own_turn": labels(steps),
        "why_not": "" if steps else why_not(item, person),
        "may_withdraw": may_withdraw(item, person),
        "bases": known,
        "base": against,
        "fresh": not against.approved,
        "first_time": not item.released,
        "files": files,
        "touched": [f for f in files if f.state != "same"],
        "untouched": [f for f in files if f.state == "same"],
        "shown": _shown(office, looks, item),
        "checked": report(problems),
        "problems": len(problems),
        "errors": errors,
        "sources": entry.sources if entry else (),
        "log": [_told(office, j) for j in reversed(item.log)],
        "values": values,
        "rejected": _told(office, Judged(item.rejected)) if item.rejected else None,
        "short": item.version[:SHORT],
        "change_said": next((r.change for r in item.done.values()), ""),
        "someone_signed": bool(item.done),
    }


def _unread(office: Office, item: Item) -> list[Problem]:
    """What is wrong with the file of an approved entry that can't be read any more."""
    if item.path:
        return []
    paths = {path for release in item.released.values() for path in release.files}
    return [p for p in office.survey() if p.where.path in paths]


def _steps(office: Office, item: Item) -> list[Step]:
    asked = {
        name: SITE_POLICY[item.id]
        if item.id in SITE_ITEMS
        else office.config.steps(name, item.kind)
        for name in item.editions
    }
    found = []
    for step in (s for s in STEPS if any(s in steps for steps in asked.values())):
        asking = [office.config.editions[n].label for n, steps in asked.items() if step in steps]
        record = item.done.get(step)
        state = "now" if step in item.next_steps else "done" if record else "later"
        found.append(
            Step(
                STEP_LABELS[step],
                state,
                person_name(office, record) if record and state == "done" else "",
                _time(record.time) if record and state == "done" else "",
                "、".join(asking) if len(asking) < len(asked) else "",
            )
        )
    return found


def person_name(office: Office, record: Record) -> str:
    """Who made a record: name, division and title; the id of somebody unknown."""
    found = office.staff.people.get(record.person)
    if found is None:
        return record.person
    unit = office.library.organisations.get(found.division)
    return f"{found.name}（{(unit.short or unit.name) if unit else ''}{found.title}）"


def _time(time: str) -> str:
    return f"{time[:10]} {time[11:16]}"


def _told(office: Office, judged: Judged) -> Told:
    record = judged.record
    return Told(
        _time(record.time),
        person_name(office, record),
        STEP_LABELS.get(record.step, "") + DECISION_LABELS[record.decision],
        record.note,
        record.change,
        record.version[:SHORT],
        judged.why,
        bool(record.paper),
    )


def bases(office: Office, item: Item) -> list[Base]:
    """Every version that some edition shows now, the one furthest behind first.

    Editions that ask for fewer reviews may be ahead: whoever approves for the others must see all that
    is new to them.
    """
    found: dict[str, list[str]] = {}
    for name in item.editions:
        release = item.released.get(name)
        found.setdefault(release.version if release else "", []).append(name)
    every = [
        Base(
            names[0],
            "、".join(office.config.editions[n].label for n in names),
            item.released[names[0]].approved if version else "",
        )
        for version, names in found.items()
    ]
    return sorted(every, key=lambda b: b.approved) or [Base("", "", "")]


def _files(office: Office, item: Item, entry: Entry | None, base: Base) -> list[FileChange]:
    alts = _spoken(entry) if entry else {}
    old = office.approved(item.id, base.edition) if base.approved else None
    new = office.current(item.id)
    return changes(old, new, item.path, office.config, alts)


def _spoken(entry: Entry) -> dict[str, str]:
    """Text alternatives, by the path of the picture."""
    noted = {asset_path(entry.path, name): note.alt for name, note in entry.assets.items()}
    written = {
        asset_path(entry.path, m.target): m.alt
        for text in all_texts(entry)
        for m in mentions(text)
        if m.image and m.alt
    }
    return noted | written


def _shown(office: Office, looks: Looks, item: Item) -> list[Shown]:
    return [
        Shown(
            name,
            office.config.editions[name].label,
            office.config.edition(name).public,
            labels(item.missing.get(name, ())),
            _time(item.released[name].approved) if name in item.released else "",
            looks.page(NEW, name, item.id, office.mark),
            looks.page(OLD, name, item.id, office.mark),
        )
        for name in item.editions
    ]


def path_of(identity: str) -> str:
    """An item's id as a part of an address."""
    return identity.replace(":", "/", 1)
