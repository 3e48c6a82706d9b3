"""The builder's own judgement of a design, with what the service knows of the site."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from builder.values import Template
from service.desk import Desk
from service.intake.designing import preview
from service.intake.designing.acts import MOST_CELLS
from service.intake.designing.wording import Said, said
from service.intake.known import Known
from service.room import Stopped

if TYPE_CHECKING:
    from builder.designs import Ground

ORGS = "data/orgs.json"


def judged(
    desk: Desk, known: Known, name: str, keys: Mapping[str, Any]
) -> tuple[Template | None, list[Said]]:
    """The template that keys make, and all that is wrong with them, in plain words."""
    from builder.designs import judge  # only here: it loads every kind of content

    template, faults = judge(name, keys, _ground(desk, known))
    return template, [said(fault, known.said.indicators) for fault in faults]


def sound(desk: Desk, known: Known, name: str, keys: Mapping[str, Any]) -> None:
    """`Stopped` with what is wrong, when something is: only what the build takes may be sent on."""
    template, found = judged(desk, known, name, keys)
    hard = [one for one in found if one.hard]
    if hard or template is None:
        told = [f"{one.place}：{one.text}" for one in hard[:10]]
        raise Stopped(422, "\n".join([f"还有 {len(hard)} 处要改：", *told]))
    if not preview.cells(template):
        raise Stopped(422, "地区里一个也没有：换一级，或换一个地方。")
    if preview.cells(template) > MOST_CELLS:
        raise Stopped(422, preview.too_large(template))


def fits(name: str) -> bool:
    """Whether a template can be called so."""
    from builder.designs import fits as rule  # as above

    return rule(name)


def _ground(desk: Desk, known: Known) -> Ground:
    from builder.designs import Ground  # as above

    told = known.said
    return Ground(
        told.indicators,
        told.regions,
        frozenset(rule.id for rule in told.rules),
        known.audiences,
        _organisations(desk) | {i.division for i in told.indicators.values()},
    )


def _organisations(desk: Desk) -> frozenset[str]:
    """Who is registered, as the bundle says; partners are known by what is theirs."""
    bundle = desk.bundle()
    if bundle is None or ORGS not in bundle.files:
        return frozenset()
    try:
        return frozenset(row["id"] for row in json.loads(bundle.read(ORGS)))
    except (OSError, ValueError):  # a swap is under way
        return frozenset()
