"""The pages of appraisals: what is being counted, the list, objections, the signed report."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Annotated, Any

import xlsxwriter
from fastapi import File, Form, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.appraisal import acts
from service.appraisal.acts import DAY, STATES
from service.appraisal.reckoning import reckon, shown
from service.appraisal.rules import Refused, Rules, parse
from service.authored import MOST
from service.roles import CITY, EDITOR, LEADER, may
from service.room import FILE, Asks, AtDesk, Room, Stopped, Visitor
from service.signing import signer_of
from service.store import appraisal
from service.store.columns import INSIDE
from service.web.pages import page

ROLES = frozenset({EDITOR, CITY, LEADER})
TAKING, WORK, LEAD = may(EDITOR, CITY, LEADER), may(EDITOR), may(EDITOR, LEADER)
room = Room("appraisal", INSIDE)
MENU = (("/appraisals", "考评", ROLES),)
Version = Annotated[int, Form(ge=1)]
Text = Annotated[str, Form(max_length=2000)]
PUBLIC = {"shown", "signed"}  # states in which those who are judged see the list
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

LOG: dict[str, Any] = {  # what a recount reads
    "application/json": {
        "type": "object",
        "required": ["slug", "title", "items", "units", "names", "facts", "result"],
        "properties": {
            "units": {"type": "array", "items": {"type": "string"}},
            "names": {"type": "object", "additionalProperties": {"type": "string"}},
            "result": {"type": "array", "items": {"type": "array", "minItems": 3, "maxItems": 3}},
        },
    }
}


@room.get("/appraisals", TAKING)
def listing(request: Request, desk: AtDesk, asks: Asks) -> Response:
    """All appraisals."""
    with desk.store.read() as connection:
        rows = [(r, parse(r.rules.encode())) for r in appraisal.everything(connection)]
    return page(request, "appraisal/list.html", rows=rows, states=STATES)


@room.post("/appraisals", WORK, most=MOST + 4096)
def load(rules: Annotated[UploadFile, File()], desk: AtDesk, asks: Asks) -> Response:
    """Open an appraisal by a file of rules."""
    text = rules.file.read()
    try:
        acts.office(asks.known, parse(text))
        slug = acts.load(desk, text, asks.actor)
    except Refused as error:
        raise Stopped(422, str(error)) from error
    return RedirectResponse(f"/appraisals/{slug}", 303)


@room.get("/appraisals/{slug}", TAKING)
def one(request: Request, slug: str, desk: AtDesk, asks: Asks) -> Response:
    """One appraisal, as far as whoever looks may see it."""
    with desk.store.read() as connection:
        row, rules = acts.held(connection, slug)
        handed = appraisal.handed_in(connection, row.id)
        objections = appraisal.objections_of(connection, row.id)
    runs = _runs(asks, rules)
    mine = [h for h in handed if runs or h.unit == asks.known.org]
    told = [o for o in objections if runs or o.unit == asks.known.org or row.state == "signed"]
    names = json.loads(row.units)
    until = row.shown + rules.objection_days * DAY if row.shown else 0
    return page(
        request, "appraisal/one.html", row=row, rules=rules, names=names, runs=runs, handed=mine,
        objections=told, lines=_lines(row, rules, asks), states=STATES, shown=shown, until=until,
        taking=asks.known.org in names, leads=LEADER in asks.known.roles,
        over=bool(until) and desk.clock() > until,
    )  # fmt: skip


@room.post("/appraisals/{slug}/handed", TAKING)
def hand_in(
    slug: str,
    item: Annotated[str, Form(max_length=40)],
    many: Annotated[int, Form()],
    proof: Text,
    desk: AtDesk,
    asks: Asks,
) -> Response:
    """A unit reports what it did."""
    acts.hand_in(desk, asks.known, slug, item, many, proof)
    return _to(slug)


@room.post("/appraisals/{slug}/handed/{number}", WORK)
def check(
    slug: str,
    number: int,
    right: Annotated[bool, Form()],
    desk: AtDesk,
    asks: Asks,
    reason: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """The office looks at a report."""
    acts.check(desk, asks.known, slug, number, right, reason)
    return _to(slug)


@room.post("/appraisals/{slug}/count", WORK)
def count(slug: str, version: Version, desk: AtDesk, asks: Asks) -> Response:
    """Count everything now."""
    acts.count(desk, asks.known, slug, version)
    return _to(slug)


@room.post("/appraisals/{slug}/show", WORK)
def show(slug: str, version: Version, desk: AtDesk, asks: Asks) -> Response:
    """Make the list known to those who are judged."""
    acts.show(desk, asks.known, slug, version)
    return _to(slug)


@room.post("/appraisals/{slug}/back", WORK)
def back(slug: str, version: Version, desk: AtDesk, asks: Asks) -> Response:
    """Take the list back."""
    acts.back(desk, asks.known, slug, version)
    return _to(slug)


@room.post("/appraisals/{slug}/objections", TAKING)
def object_to(
    slug: str, item: Annotated[str, Form(max_length=40)], text: Text, desk: AtDesk, asks: Asks
) -> Response:
    """A unit objects."""
    acts.object_to(desk, asks.known, slug, item, text)
    return _to(slug)


@room.post("/appraisals/{slug}/objections/{number}", WORK)
def propose(
    slug: str,
    number: int,
    answer: Text,
    desk: AtDesk,
    asks: Asks,
    points: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """The office proposes what to do."""
    acts.propose(desk, asks.known, slug, number, points.strip(), answer)
    return _to(slug)


@room.post("/appraisals/{slug}/objections/{number}/decide", LEAD)
def decide(
    slug: str, number: int, agreed: Annotated[bool, Form()], desk: AtDesk, asks: Asks
) -> Response:
    """Another person decides."""
    acts.decide(desk, asks.known, slug, number, agreed)
    return _to(slug)


@room.post("/appraisals/{slug}/sign", may(LEADER))
def sign(slug: str, version: Version, desk: AtDesk, asks: Asks) -> Response:
    """A leader signs the result."""
    signer = signer_of(desk)
    acts.sign(desk, asks.known, slug, version, lambda data: signer.sign(data) if signer else "")
    return _to(slug)


@room.get("/appraisals/{slug}/log.json", TAKING, gives=LOG)
def log(slug: str, desk: AtDesk, asks: Asks) -> Response:
    """All facts and the result, for a recount by `docs/appraisal_recount.py`; its signature in a header."""
    row, _ = _seen(slug, desk, asks)
    more = {"Content-Disposition": f'attachment; filename="{slug}.json"'}
    if row.signature:
        more["Weike-Signature"] = row.signature
    return Response(row.result, media_type="application/json; charset=utf-8", headers=more)


@room.get("/appraisals/{slug}/list.xlsx", TAKING, gives={XLSX: FILE})
def workbook(slug: str, desk: AtDesk, asks: Asks) -> Response:
    """The list as a workbook."""
    row, rules = _seen(slug, desk, asks)
    made, names = BytesIO(), json.loads(row.units)
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("考评")
    sheet.write_row(0, 0, ["名次", "单位", *(i.name for i in rules.items), "合计"])
    for at, line in enumerate(reckon(rules, list(names), json.loads(row.facts)), 1):
        sheet.write_number(at, 0, line.place)
        sheet.write_string(at, 1, names[line.unit])
        for column, item in enumerate(rules.items, 2):
            sheet.write_number(at, column, float(shown(line.points[item.id])))
        sheet.write_number(at, 2 + len(rules.items), float(shown(line.whole)))
    book.close()
    more = {"Content-Disposition": f'attachment; filename="{slug}.xlsx"'}
    return Response(made.getvalue(), media_type=XLSX, headers=more)


def _seen(slug: str, desk: AtDesk, asks: Visitor) -> tuple[Any, Rules]:
    with desk.store.read() as connection:
        row, rules = acts.held(connection, slug)
    if not row.result or (row.state not in PUBLIC and not _runs(asks, rules)):
        raise Stopped(403, "还没有公示。")
    return row, rules


def _runs(asks: Visitor, rules: Rules) -> bool:
    return EDITOR in asks.known.roles and asks.known.org == rules.office


def _lines(row: Any, rules: Rules, asks: Visitor) -> list[Any]:
    """The list, for those who may see it in this state."""
    if not row.facts or (row.state not in PUBLIC and not _runs(asks, rules)):
        return []
    return reckon(rules, list(json.loads(row.units)), json.loads(row.facts))


def _to(slug: str) -> Response:
    return RedirectResponse(f"/appraisals/{slug}", 303)
