"""What stands around an article: an own cover, the short form for 微博, the film of a message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from builder.body import VERSION, Body
from builder.build import build
from builder.config import load_config
from builder.media.clean import AI_LABEL
from builder.media.studio import Studio, ready
from builder.memo import Memo
from builder.render.wechat import (
    parts_film,
    short,
)
from builder.render.wechat.parts_ground import Ground
from tests.conftest import lacking
from tests.own_articles import FULL
from tests.sitefiles import NOW, faq, picture, site_of, write, yml
from tests.test_wechat_parts import WORDS, fits, small


def test_an_own_cover_is_filled_and_labelled(tmp_path: Path) -> None:
    keys: dict[str, Any] = {
        "wechat": {"cover": "feng.png"},
        "assets": {"feng.png": {"alt": "街景", "ai_generated": True}},
    }
    files: dict[str, str | bytes] = {
        "faq/mlk/tu.md": faq("正文", **keys),
        "faq/mlk/feng.png": picture("PNG", size=(1400, 1400)),
    }
    wechat, site = small(tmp_path, files)
    article = wechat.article(site.pages["faq:mlk/tu"])
    assert article.cover is not None
    fits(article.cover.image)
    assert (article.cover.image.width, article.cover.image.height) == (900, 383)
    assert AI_LABEL in article.cover.image.data
    assert article.ai


@settings(max_examples=2000 if FULL else 200)
@given(WORDS, WORDS, st.integers(0, 60), st.lists(WORDS, max_size=5))
def test_weibo_is_never_too_long(title: str, said: str, path: int, tags: list[str]) -> None:
    url = f"https://tjj.example.gov.cn/weike/{'a' * path}/"
    post = short.weibo(title, said, url, tags)
    assert len(post) <= short.WEIBO
    assert post.endswith(url)
    assert post.count("#") % 2 == 0


def test_the_film_of_a_message_is_the_one_of_the_page(tmp_path: Path) -> None:
    if not ready():
        lacking("the group of video packages")
    scenes = (
        "seconds: 20\nscenes:\n  - {caption: 开头, narration: 一句话。, card: {title: 一句话}}\n"
    )
    root = write(
        tmp_path / "in",
        {
            "courses/ke/course.yml": yml(title="课"),
            "courses/ke/lessons/01-pian.video.yml": yml(title="片子", summary="看片。") + scenes,
        },
    )
    bundle = build(root, tmp_path / "out", ["internet"], NOW, jobs=1, draft=True)[0][0]
    config = load_config(root)
    site = site_of(root)
    studio = Studio(root, config.narration, config.video, draft=True)
    memo = Memo(root / ".cache" / "prose.pickle", VERSION)
    ground = Ground(site, Body(site, memo, studio), config)
    film = parts_film.film(site.pages["video:ke/pian"], ground)
    assert film is not None
    assert f"site/{film['file']}" in bundle.files
    assert (film["title"], film["digest"]) == ("片子", "看片。")
