"""Figures that an author drew: pictures by mood in the panels of a comic."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from builder.media import comic, comic_own
from builder.media.clean import AI_LABEL
from builder.media.comic_own import Own
from builder.media.comic_place import NARROW, WIDE, layout
from tests.sitefiles import Content, actual, bundles, page_of, picture, problems, write, yml
from tests.test_comic import written

PATH = "courses/ke/lessons/01-hua.comic.yml"
PANELS = """\
panels:
  - cast: [{who: 小李}, {who: 张科长, mood: happy}]
    says: [{who: 小李, text: 您好}, {who: 张科长, text: 请坐，先喝口水再说。}]
  - says: [{who: 张科长, text: 听懂了吗？, mood: worried}]
"""
CAST = "cast: [小李, {张科长: {neutral: zhang.png, happy: zhang-xiao.webp}}]\n"


def files(cast: str = CAST, panels: str = PANELS, **keys: object) -> Content:
    return {
        "courses/ke/course.yml": yml(title="课"),
        PATH: yml(title="漫画", **keys) + cast + panels,
        "courses/ke/lessons/zhang.png": picture("PNG", "RGBA", (300, 400)),
        "courses/ke/lessons/zhang-xiao.webp": picture("WEBP", size=(900, 1200)),
    }


@pytest.mark.parametrize("size", [(300, 400), (1200, 300), (100, 900), (1, 1)])
@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("words", ["好", "很长的一句话，" * 17])
def test_a_picture_stands_whole_on_the_lower_edge(
    size: tuple[int, int], width: float, words: str
) -> None:
    own = {"张科长": {"neutral": Own("zhang.png", *size)}}
    says = [{"who": "小李", "text": words}, {"who": "小王", "text": words}]
    plain = written({"cast": [{"who": "小李"}], "says": says[:1]})
    plain |= {"cast": [plain["cast"][0], plain["cast"][0] | {"who": "张科长"}]}
    plain["says"] = [*plain["says"], plain["says"][0] | {"who": "张科长"}]
    found = layout(comic_own.dressed([plain], own)[0], width, 0)
    actor = found.actors[1]
    assert actor.own
    box = actor.own.box(actor.x, actor.y, actor.scale, actor.kept)
    assert box.bottom == pytest.approx(found.height)
    assert box.w / box.h == pytest.approx(size[0] / size[1])
    assert box.x >= -1
    assert box.right <= width + 1
    assert box.y >= found.band
    assert not any(bubble.box.meets(actor.face) for bubble in found.bubbles)
    assert [b.speaker for b in found.bubbles] == [0, 1]


def test_a_mood_without_a_picture_is_neutral() -> None:
    own = {"张科长": {"neutral": Own("a", 3, 4), "happy": Own("b", 3, 4)}}
    panel = written({"says": [{"who": "", "text": "好"}]})
    for mood, href in (("neutral", "a"), ("happy", "b"), ("worried", "a")):
        says = [{"who": "张科长", "text": "好", "mood": mood, "kind": "speech"}]
        (dressed,) = comic_own.dressed([panel | {"says": says}], own)
        assert dressed["cast"][0]["own"].href == href


def test_a_page_and_a_strip_show_the_pictures(tmp_path: Path) -> None:
    notes = {"zhang.png": {"credit": "示例画社", "ai_generated": True}}
    root = write(tmp_path / "root", files(assets=notes))
    assert problems(root) == []
    bundle = bundles(root, tmp_path / "out")["internet"]
    text = bundle.read("site/courses/ke/hua/index.html").decode()
    shown = re.findall(r'<image href="([^"]+)"', text)
    page = page_of(root, "comic:ke/hua")
    stem = page.files["zhang-xiao.webp"].removesuffix(".webp")
    assert f"../../../{page.files['zhang.png']}" in shown
    assert f"../../../{stem}-900.webp" in shown
    for href in shown:
        assert f"site/{href.removeprefix('../../../')}" in bundle.files
    assert "张科长的图：示例画社　AI生成" in text
    assert "data:image" not in text
    strip = bundle.read(actual(bundle.root, "site/courses/ke/hua/manhua.webp"))
    assert AI_LABEL in strip
    image = Image.open(io.BytesIO(strip)).convert("RGB")
    assert image.getpixel((image.width // 2, 100)) is not None
    plain = write(tmp_path / "plain", files(assets={}))
    other = bundles(plain, tmp_path / "other")["internet"]
    other_strip = other.read(actual(other.root, "site/courses/ke/hua/manhua.webp"))
    assert AI_LABEL not in other_strip


def test_the_strip_has_the_pixels_inside() -> None:
    """A picture of one strange colour is found in the strip where the figure stands."""
    green = io.BytesIO()
    Image.new("RGB", (300, 400), (1, 254, 3)).save(green, "PNG")
    panels = [written({"says": [{"who": "小李", "text": "好"}]})]
    panels[0]["says"][0]["who"] = "张科长"
    own = {"张科长": {"neutral": Own(comic_own._packed(green.getvalue()), 300, 400)}}
    strip = comic.strip_webp(comic_own.dressed(panels, own), "题", ("示例",), 320)
    image = Image.open(io.BytesIO(strip)).convert("RGB")
    assert sum(n for n, colour in image.getcolors(1 << 20) or [] if colour == (1, 254, 3)) > 9000


MISTAKES = {
    "neutral": ("cast: {张科长: {happy: zhang.png}}\n", "至少要有一张 neutral"),
    "mood": ("cast: {张科长: {neutral: zhang.png, calm: zhang.png}}\n", "没有这个表情"),
    "house": ("cast: {小李: {neutral: zhang.png}}\n", "自带的人物"),
    "name": ("cast: [小王]\n", "没有这个人物"),
    "shape": ("cast: {张科长: zhang.png}\n", "至少要有一张 neutral"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_cast_is_a_placed_problem(name: str, tmp_path: Path) -> None:
    cast, said = MISTAKES[name]
    panels = "panels:\n  - {caption: 一}\n"
    found = problems(write(tmp_path, files(cast, panels)))
    line = yml(title="漫画").count("\n") + 1
    assert [(p.code, p.where.path, p.where.line) for p in found] == [("FMT004", PATH, line)]
    assert said in found[0].message


@pytest.mark.parametrize("key", ["gesture: point", "facing: left", "prop: report"])
def test_a_picture_moves_no_hands(key: str, tmp_path: Path) -> None:
    panels = f"panels:\n  - cast:\n      - {{who: 张科长, {key}}}\n"
    found = problems(write(tmp_path, files(panels=panels)))
    assert [(p.code, p.where.line) for p in found] == [
        ("FMT004", (yml() + CAST + panels).count("\n"))
    ]
    assert "写了也不会出现" in found[0].message


def test_a_missing_file_and_a_vector_are_placed_problems(tmp_path: Path) -> None:
    cast = "cast: {张科长: {neutral: meiyou.png, happy: hua.svg}}\n"
    given = dict(files(cast)) | {"courses/ke/lessons/hua.svg": "<svg/>"}
    found = problems(write(tmp_path, given))
    line = yml(title="漫画").count("\n") + 1
    assert {(p.code, p.where.path, p.where.line) for p in found} >= {
        ("AST001", PATH, line),
        ("AST002", PATH, line),
    }
