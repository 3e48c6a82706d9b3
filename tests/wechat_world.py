"""The stand-in's account: its tokens, quotas, materials, drafts, publications and mass sends, and their rules.

What the documentation says is refused, is refused. Where only the community speaks, the harsher reading holds.
All state is in one dict of plain values, so that it can be saved after every request and read again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.wechat_form import No, number_of, text_of

BEIJING = timezone(timedelta(hours=8))
DAILY = {  # API_Call_Limits, a new account
    "token": 2000,
    "stable_token": 500_000,
    "draft/add": 1000,
    "draft/get": 500,
    "draft/delete": 1000,
    "draft/update": 1000,
    "draft/count": 1000,
    "draft/batchget": 1000,
    "freepublish/submit": 100,
    "freepublish/get": 100,
    "freepublish/delete": 10,
    "freepublish/getarticle": 100,
    "freepublish/batchget": 100,
    "media/uploadimg": 100_000,
    "media/uploadvideo": 10,
    "material/add_material": 100_000,
    "message/mass/sendall": 100,
    "message/mass/preview": 100,
}
ARTICLE_DEFAULTS = {"need_open_comment": 0, "only_fans_can_comment": 0, "show_cover_pic": 0}
Json = dict[str, Any]


@dataclass
class Settings:
    """What a test may set of the account and of the platform."""

    appid: str = "wx0000000000000001"
    secret: str = "s" * 32
    account: str = "subscription"  # or "service"
    verified: bool = True  # False: no freepublish (48001)
    ip_allowed: bool = True  # False: 40164
    ip: str = "203.0.113.7"
    protected: bool = False  # API 群发保护: an administrator must confirm
    wxids: list[str] = field(default_factory=lambda: ["zhang_san"])
    tags: list[int] = field(default_factory=lambda: [2, 100])
    limits: dict[str, int] = field(default_factory=dict)  # instead of DAILY's
    results: list[int] = field(
        default_factory=list
    )  # publish_status of the next submissions; then 0
    polls: int = 1  # so many freepublish/get and mass/get answer "running" first
    events: str = "once"  # once, twice, lost
    as_mass: bool = False  # a publication's event comes as MASSSENDJOBFINISH (seen in the wild)
    rewrite: bool = True  # the back end writes the markup its own way
    expires_in: int = 7200
    callback: str = ""  # events are POSTed there, too


class World:
    """One account. Every call takes and gives plain values; `No` is a refusal."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self._clock = clock
        self.files: dict[str, bytes] = {}
        self.outbox: list[str] = []  # events not fetched yet
        self.state: Json = {
            "seq": 0,
            "offset": 0.0,
            "tokens": {},  # token -> {until, dead}
            "current": {},  # token | stable_token -> token
            "forced": [],
            "used": {},  # day -> path -> number
            "cleared": {},  # month -> number
            "drafts": {},
            "pictures": {},
            "materials": {},
            "jobs": {},
            "published": {},
            "sends": {},
            "client_ids": {},
            "sent_at": [],
            "previews": [],
            "did": [],  # [path, id, detail]: every lasting effect, in order
        }

    # Clock, numbers, effects

    def now(self) -> float:
        """Seconds since 1970, on the stand-in's own clock."""
        return self._clock() + float(self.state["offset"])

    def moment(self) -> datetime:
        """The same in Beijing."""
        return datetime.fromtimestamp(self.now(), BEIJING)

    def new(self, prefix: str = "") -> str:
        """A new identifier, never used before."""
        self.state["seq"] += 1
        return f"{prefix}{self.state['seq']:09d}"

    def did(self, path: str, identity: str, detail: str = "") -> None:
        """Note a lasting effect."""
        self.state["did"].append([path, identity, detail])

    # Tokens

    def token(self, kind: str, asked: Mapping[str, Any]) -> Json:
        """stable_token and /token: isolated from one another."""
        if asked.get("grant_type") != "client_credential":
            raise No(40002, "invalid grant_type")
        if asked.get("appid") != self.settings.appid:
            raise No(40013, "invalid appid")
        if asked.get("secret") != self.settings.secret:
            raise No(40125, "invalid appsecret, view more at http://t.cn/RAEkdVq")
        if not self.settings.ip_allowed:
            ip = self.settings.ip
            raise No(40164, f"invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist")
        self.count(kind)
        force = kind == "token" or asked.get("force_refresh") is True
        if kind == "stable_token" and force:
            self._allow_force()
        now = self.now()
        held = self.state["current"].get(kind, "")
        kept = self.state["tokens"].get(held)
        if force or not kept or kept["dead"] or kept["until"] - now < 300:
            if kept and force and kind == "stable_token":
                kept["dead"] = True
            if kept and kind == "token":
                kept["until"] = min(kept["until"], now + 300)
            seed = self.new("t")
            held = (hashlib.sha512(seed.encode()).hexdigest() * 4)[:512]  # they may be that long
            kept = {"until": now + self.settings.expires_in, "dead": False}
            self.state["tokens"][held] = kept
            self.state["current"][kind] = held
        return {"access_token": held, "expires_in": int(kept["until"] - now)}

    def _allow_force(self) -> None:
        now = self.now()
        recent = [at for at in self.state["forced"] if at > now - 86_400]
        if recent and now - recent[-1] < 30:
            raise No(45011, "api minute-quota reach limit, must slower, retry next minute")
        if len(recent) >= 20:
            raise No(45009, "reach max api daily quota limit")
        self.state["forced"] = [*recent, now]

    def check_token(self, token: str) -> str:
        """good, or a refusal."""
        if not token:
            raise No(41001, "access_token missing")
        kept = self.state["tokens"].get(token)
        if kept is None or kept["dead"]:
            raise No(40001, "invalid credential, access_token is invalid or not latest")
        if kept["until"] <= self.now():
            raise No(42001, "access_token expired")
        return "good"

    # Quotas

    def count(self, path: str) -> None:
        """Count a call of today."""
        day = self.state["used"].setdefault(f"{self.moment():%Y-%m-%d}", {})
        if day.get(path, 0) >= self.limit(path):
            raise No(45009, "reach max api daily quota limit")
        day[path] = day.get(path, 0) + 1

    def limit(self, path: str) -> int:
        """How many calls a day."""
        return self.settings.limits.get(path, DAILY.get(path, 100_000))

    def quota(self, found: Json) -> Json:
        """openapi/quota/get."""
        path = text_of(found, "cgi_path").removeprefix("/cgi-bin/")
        if not found["cgi_path"].startswith("/cgi-bin/") or path not in DAILY:
            raise No(76003, "cgi_path not found, please check")
        used = self.state["used"].get(f"{self.moment():%Y-%m-%d}", {}).get(path, 0)
        limit = self.limit(path)
        return {"quota": {"daily_limit": limit, "used": used, "remain": limit - used}}

    def clear_quota(self, found: Json) -> Json:
        """Ten times a month."""
        if found.get("appid") != self.settings.appid:
            raise No(40013, "invalid appid")
        month = f"{self.moment():%Y-%m}"
        cleared = self.state["cleared"].get(month, 0)
        if cleared >= 10:
            raise No(48006, "forbid to clear quota because of reaching the limit")
        self.state["cleared"][month] = cleared + 1
        self.state["used"].pop(f"{self.moment():%Y-%m-%d}", None)
        return {}

    # Lists

    def page(self, found: Json, kept: Mapping[str, Json]) -> tuple[int, list[tuple[str, Json]]]:
        """A page of what is kept, newest first: offset, and 1 to 20 of them."""
        offset = number_of(found, "offset", 0, 10**9)
        count = number_of(found, "count", 1, 20)
        rows = sorted(kept.items(), key=lambda row: (row[1]["updated"], row[0]), reverse=True)
        return len(rows), rows[offset : offset + count]
