"""One request of somebody who is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from builder.approvals import Person
from builder.review.hall import Hall
from builder.review.pages import page
from builder.review.sessions import Session


@dataclass(frozen=True)
class Visit:
    """The request, what its form says, who asks, and where."""

    request: Request
    given: Mapping[str, str]
    session: Session
    person: Person
    hall: Hall

    @cached_property
    def identity(self) -> str:
        """The id of the item in the address: `/item/faq/mlk/x` asks for `faq:mlk/x`."""
        return str(self.request.path_params["item"]).replace("/", ":", 1)

    def page(self, template: str, status: int = 200, **view: Any) -> Response:
        """A page for this person."""
        known = {"person": self.person, "word": self.session.word}
        return HTMLResponse(page(template, **known, **view), status)
