"""A library in which nothing lacks a part of itself: what stays out, and what that takes with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from builder.approvals import History, labels
from builder.config import SiteConfig
from builder.entries import alias_url
from builder.model import Entry, Library
from builder.release.versions import Drafted, Needs, Version, kind_name


def moved(shown: dict[str, Version], drafts: Drafted) -> dict[str, str]:
    """Entries make room for those that took over their addresses: approved later, or when their file is gone.

    Where a new address was approved, a file that somebody puts back brings the old page back to nobody.
    """
    taken: dict[str, str] = {}
    for v in shown.values():
        for alias in map(alias_url, v.entry.aliases):
            taken[alias] = max(taken.get(alias, ""), v.release.approved)
    gone = [
        i
        for i, v in shown.items()
        if v.entry.url in taken
        and (v.entry.path not in drafts.paths or v.release.approved < taken[v.entry.url])
    ]
    for identity in gone:
        del shown[identity]
    return dict.fromkeys(gone, "已经搬到别处")


def without(library: Library, held: Mapping[str, str], needs: Mapping[str, Needs]) -> Library:
    """The library less some entries, less those that lack a part then: their course, a text they include.

    What the rest refers to and has not got is held, too, so that only its words stay. `needs`: what
    each entry names.
    """
    entries, reasons = dict(library.entries), {**library.withheld, **held}
    for identity in held:
        entries.pop(identity, None)
    while hollow := {i: why for i, e in entries.items() if (why := _hollow(e, needs[i], entries))}:
        reasons |= hollow
        for identity in hollow:
            del entries[identity]
    for identity in entries:
        for target in needs[identity].entries:
            if target not in entries:
                reasons.setdefault(target, "没有这一篇")
    return replace(library, entries=entries, withheld=reasons)


def _hollow(entry: Entry, needs: Needs, shown: Mapping[str, Entry]) -> str:
    if entry.parent and entry.parent not in shown:
        return "所属课程没有批准"
    return next((f"引入的 {i} 没有批准" for i in needs.included if i not in shown), "")


def lacking(course: History | None, item: str, config: SiteConfig, edition: str) -> str:
    """Why an entry that lies there has no approved version."""
    if course is None or not course.log:
        return "没有送审"
    if course.withdrawn is not None and not course.steps:
        return "已撤回"
    if course.rejected and not course.steps:
        return "已退回"
    asked = config.steps(edition, kind_name(item))
    best = max((set(held) & set(asked) for held in course.steps.values()), key=len, default=set())
    missing = [s for s in asked if s not in best]
    return f"还差{labels(missing)}" if missing else "审核的次序不对"
