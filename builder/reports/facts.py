"""From the records, the drafts and what each edition shows to `Progress`: facts, and no word unapproved."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from builder.approvals import History, Record, Release, Staff, version_digest
from builder.approvals.ledger import SITE_POLICY, policies_of
from builder.approvals.standing import SITE_TITLES, next_steps, state_of
from builder.approvals.words import SITE_ITEMS
from builder.config import SiteConfig
from builder.entries import all_texts, quoted, used_files
from builder.fences import read_fences
from builder.kinds import BY_NAME
from builder.kinds.column import gathers
from builder.kinds.sections import TABS, tab_of
from builder.model import Entry, Out, Progress, Shelf, Standing

HOST = re.compile(r"https?://([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that a report may be made from.

    `drafts`: the files as they lie there. `shown`: edition → what it shows, as approved; `held`: edition → why
    others stay out. `here`: path → SHA-256 of the file that lies there; `files`: paths of pictures and
    attachments.
    """

    config: SiteConfig
    staff: Staff
    courses: Mapping[str, History]
    drafts: Mapping[str, Entry]
    shown: Mapping[str, Mapping[str, Entry]]
    held: Mapping[str, Mapping[str, str]]
    here: Callable[[str], str]
    files: Container[str]
    divisions: Container[str] = field(default_factory=frozenset)


def progress(known: Known, audiences: frozenset[str]) -> Progress:
    """What those may know who belong to all of `audiences`: of entries and editions that are for them."""
    editions = [n for n, e in known.config.editions.items() if set(e.audiences) <= audiences]
    every = dict.fromkeys((*known.drafts, *known.courses))
    items = [i for i in every if i.partition(":")[0] in BY_NAME and _meant(known, i) <= audiences]
    known = replace(known, shown={name: known.shown.get(name, {}) for name in editions})
    rules = _Rules(known)
    told = (_standing(known, i, rules) for i in items)
    found = (s for s in told if s is not None)
    settings = (_setting(known, i, rules) for i in SITE_ITEMS if i in known.courses)
    return Progress(
        tuple(sorted((*settings, *found), key=lambda s: (s.kind in BY_NAME, s.id))),
        tuple(shelf for name in editions for shelf in _shelves(known, name)),
        {name: _hosts(known, name) for name in editions if known.config.edition(name).public},
    )


# --- reviews --------------------------------------------------------------------------------------


def _meant(known: Known, item: str) -> set[str]:
    """Audiences of an item: of its draft, of what is shown of it, of what was withdrawn; else all of them."""
    versions = [known.drafts.get(item), *(shown.get(item) for shown in known.shown.values())]
    meant = {entry.audience for entry in versions if entry is not None}
    course = known.courses.get(item)
    if course is not None and course.withdrawn is not None:
        meant.add(course.withdrawn.subject)
    return meant or set(known.config.audiences)


class _Rules:
    """What each kind needs, and who may take a step; asked anew only for another kind or division."""

    def __init__(self, known: Known) -> None:
        self.staff = known.staff
        self.policies = {kind: policies_of(known.config, kind) for kind in BY_NAME}
        self.newer = _newer(known)
        self.known: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}

    def names(self, step: str, division: str, done: Mapping[str, Record]) -> tuple[str, ...]:
        """Names of those who may take a step on a version, of which other steps are `done`."""
        key = step, division
        if key not in self.known:
            may = (p for p in self.staff.people.values() if p.may(step, division))
            self.known[key] = tuple((p.id, p.name) for p in may)
        held = {r.person for s, r in done.items() if s != step}
        return tuple(name for person, name in self.known[key] if person not in held)


def _standing(known: Known, item: str, rules: _Rules) -> Standing | None:
    """Where an entry stands; None for one whose file is gone and of which nothing was approved."""
    kind = item.partition(":")[0]
    course = known.courses.get(item) or History(item)
    draft = known.drafts.get(item)
    shown = {name: e for name, entries in known.shown.items() if (e := entries.get(item))}
    policies = rules.policies[kind]
    released = {name: r for name in policies if (r := course.release(name)) is not None}
    if draft is None and not released:
        return None
    out = {name: released[name] for name in shown if name in released}
    best = shown.get(max(out, key=lambda name: out[name].approved, default=""))
    entry = draft or best
    editions = [
        name
        for name, e in known.config.editions.items()
        if (entry.audience in e.audiences if entry else name in released)
    ]
    asked = {name: policies[name] for name in editions}
    division = _division(known, entry, course)
    version = _version(known, draft, out)
    here = {name: r for name, r in released.items() if name in asked}
    told = _told(course, version, here, asked, division, rules)
    why = [known.held.get(n, {}).get(item, "") for n in here if n in known.shown and n not in out]
    return Standing(
        item,
        kind,
        best.title if best else "",
        division,
        told[0],
        told[1],
        told[2],
        best.valid.to if best else "",
        rules.newer.get(best.valid.system, "") if best and kind != "system" else "",
        entry is not None and not quoted(entry),
        {name: _out(r) for name, r in out.items()},
        "；".join(dict.fromkeys(w for w in why if w)) if told[0] == "approved" else "",
    )


def _setting(known: Known, item: str, rules: _Rules) -> Standing:
    """Where `site:config` or `site:orgs` stands."""
    course, path = known.courses[item], SITE_ITEMS[item]
    release = course.release(item)
    named = course.log[-1].record.files if course.log else {}
    version = version_digest({p: known.here(p) for p in {*named, path}})
    released = {item: release} if release else {}
    told = _told(course, version, released, {item: SITE_POLICY[item]}, "", rules)
    return Standing(item, "site", SITE_TITLES[item], "", *told)


def _told(
    course: History,
    version: str,
    released: Mapping[str, Release],
    asked: Mapping[str, Sequence[str]],
    division: str,
    rules: _Rules,
) -> tuple[str, tuple[tuple[str, tuple[str, ...]], ...], str]:
    """State, what it waits for, and since which day."""
    done = course.steps.get(version, {})
    state = state_of(course, version, released, list(asked), done)
    steps = next_steps(done, asked, released, version) if state != "rejected" else ()
    waits = tuple((step, rules.names(step, division, done)) for step in steps)
    times = [r.time for r in done.values()]
    if state == "rejected":
        times = [course.rejected[version].time]
    elif state == "withdrawn" and course.withdrawn is not None:
        times = [course.withdrawn.time]
    return state, waits, max(times, default="")[:10] if state != "approved" else ""


def _division(known: Known, entry: Entry | None, course: History) -> str:
    """Whose it is; nobody's when a draft names what is no division."""
    if entry is not None:
        return entry.division if entry.division in known.divisions else ""
    return next((j.record.division for j in reversed(course.log) if j.record.division), "")


def _version(known: Known, draft: Entry | None, released: Mapping[str, Release]) -> str:
    """The version that lies there; empty when the file is gone."""
    if draft is None:
        return ""
    for release in released.values():  # nearly all lie there as they were approved
        files = release.files
        if draft.path in files and all(known.here(p) == d for p, d in files.items()):
            return release.version
    paths = (draft.path, *used_files(draft, known.files))
    return version_digest({path: known.here(path) for path in paths if known.here(path)})


def _newer(known: Known) -> dict[str, str]:
    """Reporting systems that another replaces → its id."""
    entries = (e for shown in known.shown.values() for e in shown.values() if e.kind == "system")
    return {old: entry.id for entry in entries for old in entry.data["supersedes"]}


def _out(release: Release) -> Out:
    steps = tuple(r.step for r in release.records)
    return Out(release.published[:10], steps, len({r.person for r in release.records}))


# --- the site -------------------------------------------------------------------------------------


def _shelves(known: Known, edition: str) -> Iterator[Shelf]:
    """The parts of an edition: those of the site, then the columns that authors made."""
    shown = known.shown.get(edition, {})
    by_tab: dict[str, list[Entry]] = {}
    for entry in shown.values():
        if BY_NAME[entry.kind].page:
            by_tab.setdefault(tab_of(BY_NAME[entry.kind].section), []).append(entry)
    for tab in TABS:
        meta = known.config.columns.get(tab.id)
        if meta is not None or tab.id in by_tab:
            title, kind, due = (meta.title, meta.type, meta.due) if meta else (tab.title, "", 0)
            days = _days(known, edition, by_tab.get(tab.id, ()))
            yield Shelf(edition, tab.id, title, kind, due, days)
    for column in (e for e in shown.values() if e.kind == "column"):
        members = [e for e in shown.values() if BY_NAME[e.kind].page and gathers(column, e)]
        days = _days(known, edition, members)
        yield Shelf(edition, column.id, column.title, "专栏", 0, days, column=True)


def _days(known: Known, edition: str, entries: Iterable[Entry]) -> tuple[str, ...]:
    """The days on which entries first came out, newest first."""
    found = (known.courses[e.id].release(edition) for e in entries if e.id in known.courses)
    return tuple(sorted((r.published[:10] for r in found if r is not None), reverse=True))


def _hosts(known: Known, edition: str) -> tuple[str, ...]:
    """Outside hosts that the texts and sources of an edition name."""
    audiences = frozenset(known.config.editions[edition].audiences)
    found: set[str] = set()
    for entry in known.shown.get(edition, {}).values():
        found |= {m for s in entry.sources for m in HOST.findall(s.url)}
        for text in all_texts(entry):
            if "://" in text:
                read = read_fences(text, frozenset(known.config.audiences))
                found |= set(HOST.findall(read.shown_to(audiences)))
    return tuple(sorted(h.lower() for h in found))
