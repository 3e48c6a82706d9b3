"""The steps of an appraisal, each judged and done in one write.

open (units hand in) → counted → shown (objections) → signed. Whoever counted does not sign; an objection is
proposed by one and decided by another; what a unit hands in is checked by somebody else than who handed it in.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from service.appraisal import facts as counting
from service.appraisal.reckoning import reckon
from service.appraisal.rules import Item, Rules, parse
from service.authored import digest
from service.roles import EDITOR, LEADER
from service.room import AtDesk, Stopped
from service.store import appraisal, audit
from service.store.audit import Act
from service.store.engine import Connection
from service.store.people import User

DAY = 86_400_000
STATES = {"open": "填报中", "counted": "已汇总", "shown": "公示中", "signed": "已签发"}
FROM = {"count": {"open", "counted"}, "show": {"counted"}, "back": {"shown"}, "sign": {"shown"}}
GONE = "别人刚改过，请刷新后再做。"


def load(desk: AtDesk, text: bytes, actor: str) -> str:
    """Open an appraisal by these rules; they are frozen from now on. Its slug."""
    rules = parse(text)
    names = counting.units(rules, counting.served(desk))
    if not names:
        raise Stopped(422, "规则里的单位，网站的机构清单里一个也没有。")

    def put(connection: Connection) -> str:
        if appraisal.find(connection, rules.slug) is not None:
            raise Stopped(409, f"已经有考评 {rules.slug}：规则开了以后不能改。")
        number = appraisal.add(
            connection,
            slug=rules.slug,
            rules=text.decode("utf-8-sig"),
            digest=digest(text),
            made=desk.clock(),
            units=json.dumps(names, ensure_ascii=False),
        )
        _record(desk, connection, actor, "open", number, {"digest": digest(text)})
        return rules.slug

    return desk.store.write(put)


def hand_in(desk: AtDesk, user: User, slug: str, item: str, many: int, proof: str) -> None:
    """A unit reports what it did."""

    def put(connection: Connection) -> None:
        row, rules = held(connection, slug, {"open"})
        if user.org not in json.loads(row.units):
            raise Stopped(403, "您的单位不在这次考评里。")
        wanted(rules, item, "handed")
        if not 1 <= many <= 999 or not proof.strip():
            raise Stopped(422, "写清做了几件，凭什么算。")
        number = appraisal.hand(
            connection, appraisal=row.id, item=item, unit=user.org, many=many,
            proof=proof.strip()[:1000], by=user.id, at=desk.clock(),
        )  # fmt: skip
        _record(desk, connection, str(user.id), "hand", row.id, {"handed": number})

    desk.store.write(put)


def check(desk: AtDesk, user: User, slug: str, number: int, right: bool, reason: str) -> None:
    """The office looks at a report: it counts, or it does not and is told why."""

    def put(connection: Connection) -> None:
        row, rules = held(connection, slug, {"open"})
        office(user, rules)
        found = appraisal.one_handed(connection, number)
        if found is None or found.appraisal != row.id:
            raise Stopped(404, "没有这一条。")
        if found.by == user.id:
            raise Stopped(403, "自己填报的，要由别人核。")
        if not right and not reason.strip():
            raise Stopped(422, "不算的，写明为什么。")
        state = "counted" if right else "refused"
        appraisal.check(connection, number, state, user.id, reason.strip()[:300])
        _record(desk, connection, str(user.id), "check", row.id, {"handed": number, "to": state})

    desk.store.write(put)


def count(desk: AtDesk, user: User, slug: str, version: int) -> None:
    """Count everything now. It can be done again until it is shown."""
    bundle = counting.served(desk)

    def put(connection: Connection) -> None:
        row, rules = held(connection, slug, FROM["count"], version)
        office(user, rules)
        left = [h for h in appraisal.handed_in(connection, row.id) if h.state == "handed"]
        if left:
            raise Stopped(409, f"还有 {len(left)} 条填报没有核。")
        names = json.loads(row.units)
        facts: dict[str, Any] = dict(counting.gather(connection, row.id, rules, names, bundle))
        facts["changes"] = changes(connection, row.id)
        _keep(connection, row, rules, facts, state="counted", collected_by=user.id)
        _record(desk, connection, str(user.id), "count", row.id)

    desk.store.write(put)


def show(desk: AtDesk, user: User, slug: str, version: int) -> None:
    """Make the list known to those who are judged; from now on they may object."""

    def put(connection: Connection) -> None:
        row, rules = held(connection, slug, FROM["show"], version)
        office(user, rules)
        appraisal.change(connection, row.id, state="shown", shown=desk.clock())
        _record(desk, connection, str(user.id), "show", row.id)

    desk.store.write(put)


def object_to(desk: AtDesk, user: User, slug: str, item: str, text: str) -> None:
    """A unit objects while the list is shown."""

    def put(connection: Connection) -> None:
        row, rules = held(connection, slug, {"shown"})
        if user.org not in json.loads(row.units):
            raise Stopped(403, "您的单位不在这次考评里。")
        if desk.clock() > row.shown + rules.objection_days * DAY:
            raise Stopped(409, "公示期过了。")
        wanted(rules, item)
        if not text.strip():
            raise Stopped(422, "写明哪里不对，凭什么。")
        number = appraisal.object_to(
            connection, appraisal=row.id, unit=user.org, item=item,
            text=text.strip()[:2000], by=user.id, at=desk.clock(),
        )  # fmt: skip
        _record(desk, connection, str(user.id), "object", row.id, {"objection": number})

    desk.store.write(put)


def propose(desk: AtDesk, user: User, slug: str, number: int, points: str, answer: str) -> None:
    """The office proposes what to do about an objection; empty `points`: nothing changes."""
    if points and not _signed_number(points):
        raise Stopped(422, "加减的分写成 1.5 或 -2 这样的数，不改就空着。")

    def put(connection: Connection) -> None:
        row, rules = held(connection, slug, {"shown"})
        office(user, rules)
        _objection(connection, row, number, {"open", "proposed"})
        if not answer.strip():
            raise Stopped(422, "写明答复。")
        appraisal.settle(
            connection, number, state="proposed", points=points, answer=answer.strip()[:2000],
            proposed_by=user.id,
        )  # fmt: skip
        _record(desk, connection, str(user.id), "propose", row.id, {"objection": number})

    desk.store.write(put)


def decide(desk: AtDesk, user: User, slug: str, number: int, agreed: bool) -> None:
    """Another person decides; where points change, everything is reckoned again."""

    def put(connection: Connection) -> None:
        row, rules = held(connection, slug, {"shown"})
        if LEADER not in user.roles:
            office(user, rules)
        found = _objection(connection, row, number, {"proposed"})
        if user.id in {found.proposed_by, found.by}:
            raise Stopped(403, "提议的人和提异议的人不能自己决定。")
        state = "open" if not agreed else "upheld" if found.points else "refused"
        appraisal.settle(connection, number, state=state, decided_by=user.id if agreed else 0)
        facts = json.loads(row.facts) | {"changes": changes(connection, row.id)}
        _keep(connection, row, rules, facts)
        _record(
            desk, connection, str(user.id), "decide", row.id, {"objection": number, "to": state}
        )

    desk.store.write(put)


def back(desk: AtDesk, user: User, slug: str, version: int) -> None:
    """Take the list back and count again: something was wrong with all of it."""

    def put(connection: Connection) -> None:
        row, rules = held(connection, slug, FROM["back"], version)
        office(user, rules)
        appraisal.change(connection, row.id, state="counted", shown=0)
        _record(desk, connection, str(user.id), "back", row.id)

    desk.store.write(put)


def sign(
    desk: AtDesk, user: User, slug: str, version: int, sealing: Callable[[bytes], str]
) -> None:
    """A leader signs the result: after the publicity, every objection decided, and not who counted.

    `sealing`: what the service's key makes of the result; empty text where it has none.
    """

    def put(connection: Connection) -> None:
        row, rules = held(connection, slug, FROM["sign"], version)
        if LEADER not in user.roles:
            raise Stopped(403, "由领导签发。")
        if user.id == row.collected_by:
            raise Stopped(403, "汇总的人不能签发。")
        if desk.clock() <= row.shown + rules.objection_days * DAY:
            raise Stopped(409, "公示期还没有满。")
        left = [
            o
            for o in appraisal.objections_of(connection, row.id)
            if o.state in {"open", "proposed"}
        ]
        if left:
            raise Stopped(409, f"还有 {len(left)} 条异议没有决定。")
        appraisal.change(
            connection, row.id, state="signed", signed_by=user.id, signed=desk.clock(),
            signature=sealing(row.result.encode()),
        )  # fmt: skip
        _record(
            desk, connection, str(user.id), "sign", row.id, {"digest": digest(row.result.encode())}
        )

    desk.store.write(put)


# --- what the steps stand on ----------------------------------------------------------------------


def held(
    connection: Connection, slug: str, states: set[str] | None = None, version: int = 0
) -> tuple[Any, Rules]:
    """An appraisal and its rules; `Stopped` when it is not there, or not where this step begins."""
    row = appraisal.find(connection, slug)
    if row is None:
        raise Stopped(404, "没有这次考评。")
    if version and row.version != version:
        raise Stopped(409, GONE)
    if states is not None and row.state not in states:
        raise Stopped(409, f"这次考评现在是“{STATES[row.state]}”，不能做这一步。")
    return row, parse(row.rules.encode())


def office(user: User, rules: Rules) -> None:
    """Only editors of the office that runs it."""
    if EDITOR not in user.roles or user.org != rules.office:
        raise Stopped(403, "由办考评的处室来做。")


def wanted(rules: Rules, item: str, counts: str = "") -> Item:
    """An item of the rules; `Stopped` when there is none such."""
    found = rules.item(item)
    if found is None or (counts and found.counts != counts):
        raise Stopped(422, "没有这个考评项目。")
    return found


def changes(connection: Connection, number: int) -> list[list[str]]:
    """What objections changed: unit, item, points."""
    return [
        [o.unit, o.item, o.points]
        for o in appraisal.objections_of(connection, number)
        if o.state == "upheld"
    ]


def _keep(
    connection: Connection, row: Any, rules: Rules, facts: dict[str, Any], **values: Any
) -> None:
    names = json.loads(row.units)
    lines = reckon(rules, list(names), facts)
    told = counting.log(rules, names, facts) | {
        "result": [[n.unit, f"{n.whole.numerator}/{n.whole.denominator}", n.place] for n in lines]
    }
    appraisal.change(
        connection,
        row.id,
        facts=json.dumps(facts, ensure_ascii=False),
        result=json.dumps(told, ensure_ascii=False, sort_keys=True),
        **values,
    )


def _objection(connection: Connection, row: Any, number: int, states: set[str]) -> Any:
    found = appraisal.one_objection(connection, number)
    if found is None or found.appraisal != row.id:
        raise Stopped(404, "没有这条异议。")
    if found.state not in states:
        raise Stopped(409, GONE)
    return found


def _signed_number(text: str) -> bool:
    whole, dot, part = text.removeprefix("-").partition(".")
    digits = whole.isdigit() and (part.isdigit() if dot else True)
    return digits and text.isascii() and len(whole) <= 3 and len(part) <= 2


def _record(
    desk: AtDesk, connection: Connection, actor: str, act: str, number: int,
    detail: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    done = Act(actor, f"appraisal.{act}", f"appraisal:{number}", detail=detail)
    audit.record(connection, desk.clock(), done)
