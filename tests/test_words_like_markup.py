"""Words that look like attributes are words: no judge of finished pages takes them for addresses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builder.audit import addresses, audit
from builder.build import build
from builder.bundle import Artefact
from builder.config import load_config
from builder.render.wechat import budget
from tests.sitefiles import CONFIG, NOW, faq, write
from tests.test_wechat_article import ACCOUNTS, push
from tests.test_wechat_prose import shown
from tests.wechat_sample import article

LIKE = [
    ' src="images/a.png"',
    ' href="mei/you/"',
    ' srcset="a.png 1x, b.png 2x"',
    'x src="https://evil.example/a.png"',
    ' content="null"',
]
HTML = "text/html"


@pytest.mark.parametrize("words", LIKE)
@pytest.mark.parametrize(
    "form", ["正文写着{}，仅此而已。", "`<img{}>`", "```\n<img{}>\n```", "```html\n<img{}>\n```"]
)
def test_a_site_with_such_words_is_built(words: str, form: str, tmp_path: Path) -> None:
    files = {
        "site_config.yml": CONFIG + ACCOUNTS,
        "faq/mlk/wen.md": faq(form.format(words), summary=f"概要{words}"),
        "content/pushes/yi.yml": push("faq:mlk/wen"),
    }
    _, said = build(write(tmp_path / "in", files), tmp_path / "out", [], NOW, jobs=1)
    assert [p.code for p in said if p.code.startswith("OUT")] == []


def test_addresses_are_read_in_tags_alone() -> None:
    text = (
        '<p title="a"> src="x.png" href="y/"</p><a class="b" href="z/"><img alt="" src="w.png"> src="v.png"</a>'
        '<img srcset="s.png 1x, t.png 2x"> srcset="u.png 1x"'
    )
    found = addresses(Artefact("site/index.html", text.encode(), HTML))
    assert found == {"site/z/index.html", "site/w.png", "site/s.png", "site/t.png"}


def test_hosts_are_read_in_tags_alone(tmp_path: Path) -> None:
    edition = load_config(write(tmp_path, {})).edition("internet")
    words = '<img src="a.png"> src="https://evil.example/a.png" 2x, https://evil.example/b.png'
    assert list(audit(Artefact("site/index.html", words.encode(), HTML), edition)) == []
    fetching = '<img alt="" src="https://evil.example/a.png">'
    found = list(audit(Artefact("site/index.html", fetching.encode(), HTML), edition))
    assert [problem.code for problem in found] == ["OUT002"]


@pytest.mark.parametrize("words", LIKE[:3])
def test_an_article_counts_and_names_its_pictures_only(words: str) -> None:
    made = article(f"正文{words * 5}和`{words}`。\n\n```\n<img{words}>\n```\n\n![图](tu.png)\n")
    assert shown(made.html).replace("\u00a0", " ").count(words.strip()) == 7
    assert re.findall(r'(?<=\ssrc=")images/[^"]+', made.html) == [made.images[0].name]
    assert made.budget.characters == len(made.html) + budget.ADDRESS - budget.NAME
