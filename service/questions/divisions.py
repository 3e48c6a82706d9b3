"""Who may be asked: the divisions that the bundle names."""

from __future__ import annotations

import json

from builder.bundle import Bundle
from service.desk import Desk

FILE = "data/orgs.json"


def divisions(desk: Desk) -> dict[str, str]:
    """Id → name of the divisions, in the bundle's order; empty when there is no bundle."""
    bundle = _bundle(desk)
    if bundle is None or FILE not in bundle.files:
        return {}
    try:
        return {o["id"]: o["name"] for o in json.loads(bundle.read(FILE)) if not o["city"]}
    except (OSError, ValueError):  # a swap is under way
        return {}


def audiences(desk: Desk) -> tuple[str, ...]:
    """For whom an answer may be written into the site: what this zone's edition shows."""
    bundle = _bundle(desk)
    return tuple(bundle.header.get("audiences", ("public",))) if bundle else ("public",)


def _bundle(desk: Desk) -> Bundle | None:
    """The one whose robot is asked, for it is read already."""
    script = desk.script()
    return script.bundle if script else desk.bundle()
