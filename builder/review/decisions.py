"""What a reviewer's form does: pass a step, send back, withdraw; and what is said afterwards."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from builder.approvals import DECISION_LABELS, STEP_LABELS, Record, Refused, labels
from builder.approvals.standing import STATES
from builder.kinds.front import HIDDEN
from builder.review.hall import concerns, may_withdraw, possible
from builder.review.office import Item, Office
from builder.review.pages.item import Values, item_view, path_of, person_name
from builder.review.pages.listing import division_name, following, strokes
from builder.review.visit import Visit

MOST_NOTE, MOST_CHANGE = 2000, 200


def decide(visit: Visit) -> Response:
    """Pass a step or send back; the same page again, with what was written, when it is refused."""
    given = visit.given
    values = Values(given.get("step", ""), given.get("note", ""), given.get("change", "").strip())
    with visit.hall.entered() as office:
        item = office.item(visit.identity)
        try:
            record = _decided(visit, office, item, values)
        except Refused as refused:
            item = office.item(visit.identity)
            wrong = Values(values.step, values.note, values.change, str(refused))
            view = item_view(office, visit.hall.looks, item, visit.person, wrong)
            return visit.page("item.html", 409, **view)
    return RedirectResponse(f"/signed/{path_of(item.id)}?did={record.digest}", 303)


def _decided(visit: Visit, office: Office, item: Item, values: Values) -> Record:
    _fit(values)
    signer, version = visit.session.signer, visit.given.get("version", "")
    if visit.given.get("act") == "reject":
        if not concerns(item, visit.person):
            raise Refused("这个处室的内容不归您审，不能退回。")
        step = values.step or next(iter(possible(item, visit.person) or visit.person.steps))
        return office.reject(item.id, step, signer, version, values.note)
    if visit.given.get("act") != "approve":
        raise Refused("没有看出是通过还是退回。请用页面上的按钮。")
    step = values.step
    return office.approve(item.id, step, signer, version, values.note, values.change)


def _fit(values: Values) -> None:
    if len(values.note) > MOST_NOTE:
        raise Refused(f"意见太长：{len(values.note)} 字，最多 {MOST_NOTE} 字。")
    if len(values.change) > MOST_CHANGE or "\n" in values.change:
        raise Refused(f"修改说明只写一行，最多 {MOST_CHANGE} 字。")
    if HIDDEN.search(values.note) or HIDDEN.search(values.change):
        raise Refused("意见或修改说明里有看不见的字符，请重新打一遍，不要从别处粘贴。")


def signed(visit: Visit) -> Response:
    """What was put down, what comes next, and the next item that waits."""
    did = visit.request.query_params.get("did", "")
    with visit.hall.entered() as office:
        item = office.item(visit.identity)
        record = next((j.record for j in item.log if j.record.digest == did), None)
        if record is None:
            raise Refused("没有这条审核记录。")
        after, waiting = following(office, visit.person, item.id)
        return visit.page(
            "signed.html",
            item=item,
            record=record,
            who=person_name(office, record),
            did=STEP_LABELS.get(record.step, "") + DECISION_LABELS[record.decision],
            state=STATES[item.state],
            strokes=strokes(item),
            turn=labels(item.next_steps),
            others=_others(office, item),
            again=labels(possible(item, visit.person)),
            after=after,
            after_division=division_name(office, after.division) if after else "",
            waiting=waiting,
            editions="、".join(office.config.editions[n].label for n in item.editions),
        )


def _others(office: Office, item: Item) -> str:
    """Who may take the next steps."""
    names = [p.name for p in office.staff.people.values() if p.keys and possible(item, p)]
    return "、".join(names[:6]) + ("等" if len(names) > 6 else "")


# --- taking back ------------------------------------------------------------------------------------


def withdrawal(visit: Visit, reason: str = "", wrong: str = "") -> Response:
    """Ask once more before something is taken back."""
    with visit.hall.entered() as office:
        item = office.item(visit.identity)
        out = [office.config.editions[n].label for n in item.released]
        allowed = may_withdraw(item, visit.person)
        view = {
            "item": item,
            "out": "、".join(out),
            "allowed": allowed,
            "version": released_version(item),
        }
        status = 409 if wrong else 200
        return visit.page("withdraw.html", status, reason=reason, wrong=wrong, **view)


def withdraw(visit: Visit) -> Response:
    """Take an item back."""
    reason = visit.given.get("note", "")
    try:
        _fit(Values(note=reason))
        with visit.hall.entered() as office:
            item = office.item(visit.identity)
            if item.released and not may_withdraw(item, visit.person):
                raise Refused("这一项不归您撤回。")
            if visit.given.get("version", "") != released_version(item):
                raise Refused("批准的版本刚刚变了，请重新看一遍再撤。")
            record = office.withdraw(item.id, visit.session.signer, reason)
    except Refused as refused:
        return withdrawal(visit, reason, str(refused))
    return RedirectResponse(f"/signed/{path_of(item.id)}?did={record.digest}", 303)


def released_version(item: Item) -> str:
    """What is out now: the approved version of every edition."""
    return " ".join(sorted(r.version for r in item.released.values()))
