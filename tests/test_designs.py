"""A design is judged as the build judges the file that it becomes: the same findings, at the same places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from builder.config import load_config
from builder.designs import Ground, judge, path_of
from builder.indicators.definitions import indicator_of, slug
from builder.indicators.regions import regions_of
from builder.indicators.template_keys import DESIGNED, written
from builder.kinds.template import Template
from builder.problems import Problem
from builder.read import read
from tests import numbered
from tests.sitefiles import problems, write

RIGHT: dict[str, Any] = {
    "title": "工业月报",
    "audience": "intranet",
    "division": "mlk",
    "date": "2026-11-20",
    "frequency": "month",
    "regions": {"level": "市", "within": "990000"},
    "layout": "regions_down",
    "rows": [{"indicator": "gongye", "measure": "yoy"}, {"indicator": "gongye", "of": "#其中"}],
    "due": {"day": 15},
}
WRONG: list[dict[str, Any]] = [
    {},
    {"title": ""},
    {"title": "{{ind:x}}", "note": "<!-- x"},
    {"audience": "niemand"},
    {"division": "keine"},
    {"date": "2026-02-30"},
    {"summary": "长" * 121},
    {"frequency": "quarter"},
    {"regions": ["990100", "880000"]},
    {"regions": {"within": "990000"}},
    {"regions": {"codes": ["990000"], "level": "市"}},
    {"layout": "quer"},
    {"rows": []},
    {"rows": [{"indicator": "gongye", "measure": "mom"}, {"indicator": "gongy"}]},
    {"rows": [{"indicator": "gongye"}, {"indicator": "gongye"}]},
    {"rows": [{"indicator": "gongye", "indent": 9, "of": "长" * 13}]},
    {"rows": [{"indicator": "gongye", "label": "a\u200bb"}, {"measure": "yoy"}]},
    {"checks": ["meiyou"]},
    {"due": {"day": 32}},
    {"due": {"lag": 1}},
]


def ground(root: Path) -> Ground:
    """What the build itself judges by."""
    library, config = read(root)[0], load_config(root)
    entries = [library.entries[name] for name in library.entries]
    return Ground(
        {slug(e): indicator_of(e) for e in entries if e.kind == "indicator"},
        regions_of(entries),
        (),
        frozenset(config.audiences),
        library.organisations,
    )


@pytest.mark.parametrize("wrong", WRONG, ids=[str(w)[:40] for w in WRONG])
def test_the_build_says_of_the_file_what_the_judge_says_of_the_design(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    keys = {k: v for k, v in (RIGHT | wrong).items() if v}
    write(tmp_path, {**numbered.SITE, path_of("biao"): written(keys)})
    built = {p for p in problems(tmp_path) if p.where.path == path_of("biao") and kept(p)}
    template, faults = judge("biao", keys, ground(tmp_path))
    assert {fault.problem for fault in faults} == built
    assert bool(faults) == bool(wrong)
    assert template is not None or faults


def kept(problem: Problem) -> bool:
    """Wording is judged where the file is reviewed."""
    return problem.code[:3] in {"FMT", "IND", "FEN", "YML", "REF"}


def test_every_key_of_a_template_is_designed_or_kept() -> None:
    """A new key of the schema must be put into the designer, or be one of those that any entry has."""
    from builder.kinds.front import FrontMatter

    own = {*Template.model_fields} - {*FrontMatter.model_fields}
    assert own <= {*DESIGNED}
