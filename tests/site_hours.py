"""Releases for a later hour, as tests make, seal and look at them."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from builder.bundle import Bundle
from builder.model import BEIJING
from publish.wechat import plan as wechat
from publish.wechat.steps import Wishes
from tests.site_bundles import Office, bundle_of, release, site, tree

AT = datetime(2026, 12, 21, 9, 30, tzinfo=BEIJING)
NEWS = "zq-wei-gongbu"  # in a name, a page and a file: nobody may meet it before the hour


def news(root: Path, now: datetime = AT, weight: int = 1) -> Bundle:
    """Version 2 with a page that nobody knows of yet, made for the hour."""
    page = f"<p>{NEWS} 5.3%</p>".encode() * weight
    return bundle_of(root / "news", site(2) | {f"articles/{NEWS}/index.html": page}, now)


def office(root: Path, **keys: object) -> Office:
    desk = Office(root, wai={"place": "local", "path": root / "srv", **keys})
    desk.clock = AT - timedelta(hours=2)
    assert desk.push(release(root, 1)) == 0, desk.told
    return desk


def closed(desk: Office, bundle: Bundle, at: datetime = AT, *words: object) -> str:
    """Plan and seal; the code that is shown."""
    when = ["--bundle", bundle.root, "--at", at.isoformat()]
    assert desk.do("plan", *when) == 0, desk.told
    assert desk.do("push", *when, *words) == 0, desk.told
    return next((n.strip() for n in desk.told.splitlines() if n.startswith("    ")), "")


def armed(state: Path, push: str = "kaifangri") -> None:
    """Store a plan of a WeChat push, as `weike plan wechat` does."""
    blank: dict[str, object] = {"str": "", "Wishes": Wishes()}
    kinds = {f.name: str(f.type) for f in fields(wechat.Plan)}
    made: dict[str, Any] = {name: blank.get(kind, ()) for name, kind in kinds.items()} | {
        "push": push
    }
    wechat.store(state, wechat.Plan(**made))


def shown(root: Path) -> dict[str, bytes]:
    return tree(root / "srv" / "current")


def holds(folder: Path, word: str) -> list[str]:
    """Files below a folder that have a word in their name or bytes."""
    found = tree(folder)
    return [p for p, data in found.items() if word in p or word.encode() in data]
