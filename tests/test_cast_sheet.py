"""Sheets of the cast: every figure that a page shows is in them, in the page's own colours."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import get_args

import pytest

from builder.config import Person
from builder.media import cast, cast_sheet
from builder.problems import BuildFailed
from builder.render.web.shell import THEME
from tests.site import Edition, build_once
from tests.sitefiles import CONFIG, bundles, problems, write, yml

SVG = "{http://www.w3.org/2000/svg}"
USED = re.compile(r'<use href="([^"#]*)#([^"]+)" width="400"')
SCHEMES = {"": ":root", "dark": '[data-md-color-scheme="slate"]', "contrast": '[data-md-color-scheme="contrast"] use'}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Edition]:
    """The repository's own content, built."""
    return build_once(tmp_path_factory)


def symbols(svg: str) -> set[str]:
    return {e.get("id", "") for e in ET.fromstring(svg)}


@pytest.mark.parametrize("who", cast.PEOPLE)
def test_a_sheet_has_every_mood_and_no_colour_of_its_own(who: str) -> None:
    svg = cast_sheet.sheet(who)
    assert symbols(svg) >= set(cast.MOODS)
    assert not re.search(r"#[0-9a-f]{3,6}|class=|NaN", svg)
    assert svg == cast_sheet.sheet(who)


def test_each_colour_is_known_in_each_scheme() -> None:
    text = "".join((THEME / "assets" / n).read_text("utf-8") for n in ("weike.css", "figures.css"))
    wanted = set(cast.PALETTES["page"].values())
    assert {
        v for who in cast.PEOPLE for v in re.findall(r"var\([^)]*\)", cast_sheet.sheet(who))
    } <= wanted
    for scheme in SCHEMES.values():
        blocks = re.findall(rf"{re.escape(scheme)}[^{{}}]*\{{([^}}]*)\}}", text)
        known = {f"var({name})" for block in blocks for name in re.findall(r"--[\w-]+(?=:)", block)}
        # Dark keeps the light colours that it does not name.
        assert wanted <= known or scheme.endswith('"slate"]'), (scheme, wanted - known)


def test_every_figure_of_every_page_is_in_its_sheet(site: dict[str, Edition]) -> None:
    found: dict[str, set[str]] = {}
    shown = set()
    for edition in site.values():
        for name in edition.pages:
            for href, key in USED.findall(edition.bytes(name).decode()):
                path = edition.resolve(name, href) if not href.startswith("/") else ""
                if path:
                    if path not in found:
                        found[path] = symbols(edition.bytes(path).decode())
                    assert key in found[path], (name, path, key)
                    shown.add(key)
    assert {"puzzled-think-right", "smile-explain-left", "neutral"} & shown
    assert len(found) >= 4


def test_a_figure_that_the_cast_does_not_know_is_a_placed_problem(tmp_path: Path) -> None:
    home = "home:\n  roles:\n    - {id: town, title: 统计员, text: 名录, link: courses/, picture: li}\n"
    root = write(tmp_path, {"site_config.yml": CONFIG + home})
    with pytest.raises(BuildFailed) as failed:
        problems(root)
    (said,) = failed.value.problems
    assert said.where.line == CONFIG.count("\n") + 3
    assert "小李" in said.message
    assert get_args(Person) == tuple(cast.PEOPLE)


def test_a_stranger_in_a_live_post_has_a_letter(tmp_path: Path) -> None:
    live = (
        "start: 2026-11-20T09:00:00+08:00\nend: 2026-11-20T11:00:00+08:00\nplace: 会议室\nposts:\n"
        "  - {time: 2026-11-20T09:00:00+08:00, talk: [{who: 张处长, text: 开会。}, {who: 小周, text: 好。}]}\n"
    )
    files = {
        "courses/ke/course.yml": yml(title="课"),
        "courses/ke/lessons/01-bo.live.yml": yml(title="直播") + live,
    }
    bundle = bundles(write(tmp_path, files), tmp_path / "out")["internet"]
    text = bundle.read("site/courses/ke/bo/index.html").decode()
    assert 'aria-hidden="true"><b>张</b></span>' in text
    assert f"{cast_sheet.path('小周')}#neutral" in text
