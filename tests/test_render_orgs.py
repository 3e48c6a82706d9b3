"""The organisations of a bundle: those who write for it; inside all of them."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from builder.model import Organisation
from builder.render.orgs import PATH, render

ORGS = {
    "bgs": Organisation("bgs", "办公室"),
    "gyc": Organisation("gyc", "工业统计处", "工业"),
    "sjj": Organisation("sjj", "某厅", partner=True),
    "jiazhou": Organisation("jiazhou", "甲州市统计局", city=True),
}


@pytest.mark.parametrize(("public", "named"), [(True, ["gyc"]), (False, ["bgs", "gyc", "jiazhou"])])
def test_an_open_edition_names_who_writes_for_it(public: bool, named: list[str]) -> None:
    site: Any = SimpleNamespace(
        organisations=ORGS,
        pages={"faq:a": SimpleNamespace(division="gyc"), "faq:b": SimpleNamespace(division="sjj")},
        edition=SimpleNamespace(public=public),
    )
    (made,) = render(site)
    told = json.loads(made.body)
    assert (made.path, [o["id"] for o in told]) == (PATH, named)
    assert told[named.index("gyc")] == {
        "id": "gyc",
        "name": "工业统计处",
        "short": "工业",
        "city": False,
    }
