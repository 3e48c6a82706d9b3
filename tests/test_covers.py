"""Covers: the title stands whole, inside its place, clear of the figure; same title, same bytes."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from PIL import Image

from builder.media import covers, fonts
from builder.media.text_layout import measure
from tests.sitefiles import actual, bundles, codes, exif, faq, picture, problems, write, yml

WORDS = (
    "统计",
    "四上企业",
    "入库",
    "：",
    "，",
    "从",
    "“先进库”",
    "2026年",
    "1—8月",
    "第一周",
    "怎样",
    "报表",
    "B204-1表",
    "数",
    "GDP",
    "？",
)


def titles(count: int) -> list[str]:
    draw = random.Random(7)
    made = ["".join(draw.choice(WORDS) for _ in range(draw.randint(1, 14))) for _ in range(count)]
    return ["统", "一" * 80, *made]


@pytest.mark.parametrize("shape", list(covers.SHAPES))
def test_titles_stand_in_their_place(shape: str) -> None:
    _, _, width, height = covers.SHAPES[shape].words
    room = height - 2 * covers.SHAPES[shape].largest * 0.5 * 1.9
    for title in titles(150):
        words = covers.set_title(title, width, room, covers.SHAPES[shape].largest)
        assert 1 <= len(words.lines) <= 4
        assert len(words.lines) * words.leading <= room
        assert all(measure(line, words.size, 700) <= width + 0.1 for line in words.lines), title
        shown = "".join(words.lines).replace(" ", "")
        assert shown == title or (shown.endswith("…") and title.startswith(shown[:-1])), title


def test_lines_break_after_punctuation_where_they_can() -> None:
    words = covers.set_title("新上岗第一周：五天学会看表、填表、守密", 640, 300, 80)
    assert words.lines[0] == "新上岗第一周："


@pytest.mark.parametrize(
    ("shape", "size"), [("wechat", (900, 383)), ("square", (600, 600)), ("share", (1200, 630))]
)
def test_pictures(shape: str, size: tuple[int, int]) -> None:
    data = covers.picture("开放日，把统计搬进菜市场", "示范省统计局", "专栏", shape)
    image = Image.open(io.BytesIO(data), formats=["JPEG"])
    assert image.size == size
    assert len(data) < 150_000
    assert data == covers.picture("开放日，把统计搬进菜市场", "示范省统计局", "专栏", shape)
    assert data != covers.picture("别的题目", "示范省统计局", "专栏", shape)


def test_marks_of_markup_are_text() -> None:
    svg = covers.cover("A<B&C>", "处<室>", "课程")
    assert "A&lt;B&amp;C&gt;" in svg
    assert fonts.missing("课程专栏开放日") == set()


def test_an_author_s_own_cover(tmp_path: Path) -> None:
    """It fills the shape, its metadata goes, and what a model made says so, seen and unseen."""
    lesson, beside = "courses/ke/course.yml", "courses/ke/feng.jpg"
    data = picture("JPEG", size=(900, 900), exif=exif("内部照片"))
    for made_by_ai in (False, True):
        note = {"alt": "封面", "ai_generated": made_by_ai}
        text = yml(title="课", wechat={"cover": "feng.jpg"}, assets={"feng.jpg": note})
        root = write(tmp_path / str(made_by_ai), {lesson: text, beside: data})
        bundle = bundles(root, root / "out")["internet"]
        own = (bundle.root / actual(bundle.root, "site/courses/ke/fenmian.jpg")).read_bytes()
        with Image.open(io.BytesIO(own)) as image:
            assert image.size == (1200, 630)
            corner = image.crop((900, 540, 1190, 610)).convert("L").getextrema()
        assert (b"AIGC" in own) == made_by_ai
        assert (corner[1] > 240) == made_by_ai, "white letters on a plate"
        assert "内部照片".encode() not in own
        assert not [p for p in bundle.files if p.startswith("site/assets/files/")]


def test_any_page_may_have_a_cover_of_its_own(tmp_path: Path) -> None:
    data = picture("PNG", "RGBA", size=(64, 64))
    text = faq(wechat={"cover": "feng.png"})
    root = write(tmp_path, {"faq/mlk/yi.md": text, "faq/mlk/feng.png": data})
    bundle = bundles(root, tmp_path / "out")["internet"]
    page = (bundle.root / "site/faq/mlk/yi/index.html").read_text("utf-8")
    cover = actual(bundle.root, "site/faq/mlk/yi/fenmian.jpg")
    shown = cover.removeprefix("site/")
    assert f'og:image" content="https://tjj.example.gov.cn/weike/{shown}"' in page
    assert cover in bundle.files


def test_a_broken_cover_is_told_at_its_place(tmp_path: Path) -> None:
    text = faq(wechat={"cover": "feng.png"})
    root = write(tmp_path, {"faq/mlk/yi.md": text, "faq/mlk/feng.png": b"<svg/>"})
    found = problems(root)
    assert set(codes(found)) == {"AST002"}
    assert found[0].where.line > 1
