"""The first page: what this visitor may do here."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from service.roles import ANYONE
from service.room import Room
from service.web.pages import page

room = Room("home")


@room.get("/", ANYONE)
def home(request: Request) -> Response:
    """The rooms that are open to whoever asks."""
    return page(request, "home.html")
