"""Templates become pages; every value is escaped where it is put in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from service.roles import NAMES

HERE = Path(__file__).parent / "templates"
SYSTEMS = (
    ("Android", "安卓"),
    ("iPhone", "苹果手机"),
    ("iPad", "苹果平板"),
    ("Windows", "Windows"),
    ("Mac OS", "苹果电脑"),
    ("Linux", "Linux"),
)
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox", "火狐"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
BEIJING = timezone(timedelta(hours=8))
CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def page(request: Request, template: str, status: int = 200, **view: Any) -> HTMLResponse:
    """A whole page. It knows who looks at it and where its neighbours are."""
    visitor = getattr(request.state, "visitor", None)
    settings = request.app.state.desk.settings
    told = {
        "user": visitor.user if visitor else None,
        "idle": settings.idle_minutes,
        "unseen": visitor.unseen if visitor else 0,
        "rooms": rooms(request) if visitor else [],
        "here": request.url.path,
        "inside": settings.profile == "intranet",
        **view,
    }
    body = environment().get_template(template).render(**told)
    return HTMLResponse(body, status, headers={"Cache-Control": "no-store"})


def rooms(request: Request) -> list[tuple[str, str]]:
    """Address and name of what this visitor may open, as features put them down."""
    user = request.state.visitor.user
    held = user.roles if user else frozenset()
    return [
        (where, name)
        for where, name, roles in request.app.state.rooms
        if (not roles and not user) or roles & held
    ]


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The Jinja2 environment."""
    made = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"when": when, "day": day, "agent": agent}
    made.globals["role_names"] = NAMES
    return made


def when(moment: int) -> str:
    """A moment as people write it, in Beijing."""
    return _local(moment).strftime("%Y-%m-%d %H:%M")


def day(moment: int) -> str:
    """Its day."""
    return _local(moment).strftime("%Y-%m-%d")


def agent(said: str) -> str:
    """A browser and its system, from what it says of itself."""
    system = next((name for word, name in SYSTEMS if word in said), "")
    browser = next((name for word, name in BROWSERS if word in said), "浏览器")
    return f"{system} {browser}".strip()


def _local(moment: int) -> datetime:
    return datetime.fromtimestamp(moment / 1000, UTC).astimezone(BEIJING)


def wants_page(headers: Mapping[str, str]) -> bool:
    """Whether a browser asks, not a program."""
    return "text/html" in headers.get("accept", "")
