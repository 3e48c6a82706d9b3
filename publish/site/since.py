"""What happened on a server since a release was closed for its hour, and would be undone by opening it.

Entries are compared, not pages: a hash of approvals names the version of an entry, wherever its words
stand. A page changes with its neighbours, too, and with the hour.
"""

from __future__ import annotations

from datetime import datetime

from builder.problems import Refused
from publish.site.orders import Order
from publish.site.places import Standing
from publish.site.plan import plain
from publish.site.release import ODD, Gone, Record

MOST = 5  # entries that a message names


def judge(
    name: str, order: Order, bare: Record, standing: Standing, *, overwrite: bool = False
) -> None:
    """`Refused` when opening would replace what is newer or show again what was taken back.

    `overwrite`: somebody has seen which changes it would undo. What was taken back needs another release.
    """
    shown = standing.shown
    if shown and shown.moment > bare.moment:
        raise Refused(
            f"{name} 上是 {plain(shown.now)} 生成的，封存的一版更旧（{plain(bare.now)}），打开会把新的换成旧的，不开封。重新生成一版，重新封存。"
        )
    if back := bare.holding(_taken_back(order, bare, standing)):
        raise Refused(
            f"{name}：封存的一版里有后来撤回的内容（{_some(back)}），打开会让它重新公开，不开封。重新生成一版，重新封存。"
        )
    if not overwrite and (lost := undone(order, bare, standing)):
        raise Refused(
            f"{name} 封存以后又发过别的改动，封存的一版里没有（{_some(lost)}），打开会换回旧的，不开封。重新生成一版，重新封存；来不及，看过这几篇确实可以换回，加 --overwrite。"
        )


def undone(order: Order, bare: Record, standing: Standing) -> list[str]:
    """Entries that readers get in one version, and would get in an older one or no more."""
    shown = standing.shown
    if shown is None:
        return []
    before = standing.find(order.before)
    then = before.entries if before else {}
    changed = {i for i in {*then, *shown.entries} if then.get(i) != shown.entries.get(i)}
    lost = {i for i in changed if bare.entries.get(i) != shown.entries.get(i)}
    older = [r for r in standing.records if r.sooner(shown)]
    for entry, version in shown.entries.items():  # closed with what had been replaced already
        own = bare.entries.get(entry, version)
        if own != version and any(r.entries.get(entry) == own for r in older):
            lost.add(entry)
    return sorted(lost)


def _taken_back(order: Order, bare: Record, standing: Standing) -> dict[str, Gone]:
    """What was taken back since it was closed, or is in it in the very version that was.

    Not what readers get at this moment in the same version: that was published again, properly.
    """
    shown = standing.shown
    found = {}
    for record in standing.records:
        older = [r for r in standing.records if r.sooner(record)]
        for entry, gone in record.withdrawn.items():
            own = bare.entries.get(entry, "")
            if own and shown and shown.entries.get(entry) == own:
                continue
            same = any(r.entries.get(entry) == own for r in older if own)
            if same or _since(order, record, gone):
                found[entry] = gone
    return found


def _since(order: Order, record: Record, gone: Gone) -> bool:
    """Whether something was taken back after the container was closed, as far as its server tells."""
    if not order.carried:
        return record.id not in order.known
    try:
        return datetime.fromisoformat(gone.time) > datetime.fromisoformat(order.made)
    except ODD:  # nobody can say when
        return True


def _some(entries: list[str]) -> str:
    more = f" 等 {len(entries)} 篇" if len(entries) > MOST else ""
    return "、".join(entries[:MOST]) + more
