"""Pages as readers will see them, files of either version, and forms to print."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from builder.problems import has_errors
from builder.review.guard import SHOWN_POLICY
from builder.review.looks import NEW, OLD
from builder.review.pages import page
from builder.review.pages.changes import PICTURES
from builder.review.visit import Visit

SHOWN = {"Content-Security-Policy": SHOWN_POLICY}
BARE = {"Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'"}
RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})")
FORMS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


def look(visit: Visit) -> Response:
    """A file of an edition, on one side."""
    given = visit.request.path_params
    side, edition, address = given["side"], given["edition"], given["address"]
    if side not in {OLD, NEW} or any(s in {".", ".."} for s in address.split("/")):
        raise HTTPException(404)
    with visit.hall.entered() as office:
        mark = office.mark
    found = visit.hall.looks.get(side, edition, address, mark)
    if found is None and address and not address.endswith("/"):
        below = visit.hall.looks.get(side, edition, f"{address}/", mark)
        if below is not None:
            target = quote(f"/look/{side}/@{edition}/{address}/", safe="/@")
            return RedirectResponse(target, 302)
    if found is None:
        return _said("没有这一页", "这一版里没有这个地址。", 404)
    if has_errors(found.problems) and not found.body:
        return _said("这一页排不出来", found.problems[0].message, 500)
    return _sent(visit, found.body, found.media_type)


def _said(title: str, text: str, status: int) -> Response:
    return HTMLResponse(page("shown.html", title=title, text=text), status, SHOWN)


def _sent(visit: Visit, body: bytes, media_type: str) -> Response:
    """A file whole, or the one range of it that a player asks for."""
    asked = RANGE.fullmatch(visit.request.headers.get("range", ""))
    if not asked or int(asked[1]) >= len(body):
        return Response(body, headers={**SHOWN, "Accept-Ranges": "bytes"}, media_type=media_type)
    first = int(asked[1])
    last = min(int(asked[2]), len(body) - 1) if asked[2] else len(body) - 1
    more = {**SHOWN, "Content-Range": f"bytes {first}-{last}/{len(body)}"}
    return Response(body[first : last + 1], 206, more, media_type)


def picture(visit: Visit) -> Response:
    """A file of an item, as approved last or as it lies there: pictures to look at, others to keep."""
    side, path = visit.request.path_params["side"], visit.request.query_params.get("path", "")
    with visit.hall.entered() as office:
        item = office.item(visit.identity)
        base = visit.request.query_params.get("base", "")
        files = office.approved(item.id, base) if side == OLD else office.current(item.id)
    data = (files or {}).get(path)
    if data is None or side not in {OLD, NEW}:
        raise HTTPException(404)
    kind = PICTURES.get(PurePosixPath(path).suffix.lower())
    if kind:
        return Response(data, headers=BARE, media_type=kind)
    return _download(data, PurePosixPath(path).name, "application/octet-stream")


def form(visit: Visit) -> Response:
    """The 审核表 of an item, to print."""
    kind = visit.request.path_params["kind"]
    if kind == "docx":
        from builder.review.form_docx import form_docx as make
    elif kind == "pdf":
        from builder.review.form_pdf import form_pdf as make
    else:
        raise HTTPException(404)
    with visit.hall.entered() as office:
        item = office.item(visit.identity)
        data = make(office, item.id)
    name = f"审核表-{item.id.replace(':', '-').replace('/', '-')}.{kind}"
    return _download(data, name, FORMS[kind])


def _download(data: bytes, name: str, media_type: str) -> Response:
    said = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(data, headers={**BARE, "Content-Disposition": said}, media_type=media_type)
