"""图解: whatever an author may write stands inside its box, on the poster as on paper."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import zlib
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from builder.kinds.infographic import ONLY, Block, Infographic
from builder.media import fonts, infographic, infographic_book, infographic_pdf
from builder.media.chart_spec import ChartSpec, read
from builder.media.infographic import LAYOUTS, MOTIFS, Poster, pieces, svg
from builder.media.infographic_draw import GETA, WIDTH, Box, Picture, Text, drawable, stacked, tally
from builder.media.infographic_draw import Piece as Band
from builder.media.infographic_shape import (
    banks,
    bars,
    faults,
    named,
    nested,
    numeral,
    pairs,
    spoken,
    ways,
)
from tests.chart_specs import varied
from tests.conftest import lacking
from tests.sitefiles import SOURCES, head, problems, write

SEEDS = range(100)
WORDS = "统计报表单位企业审核登记收入增长百分之数据台账原始记录。，、；：“”（）《》——……12,345.67亿元5.8%GDP CPI-0.3 2026年11月"
COMMON = {"title": "题", "audience": "public", "division": "mlk", "date": "2026-11-20"}


def words(random_: random.Random, most: int) -> str:
    """Some text; short more often than as long as may be."""
    length = most if random_.random() < 0.1 else random_.randint(1, max(1, min(most, 40)))
    return "".join(random_.choice(WORDS) for _ in range(length)).strip() or "数"


def some(random_: random.Random, most: int) -> str:
    return words(random_, most) if random_.random() < 0.6 else ""


@lru_cache
def chart(number: int) -> ChartSpec:
    """One of twenty charts, with a source that fills lines."""
    spec, _problems = read(varied(20)[number], "")
    assert spec
    return spec.model_copy(update={"source": "示例省统计局" * (number % 5 * 6 + 1)})


def a_block(random_: random.Random, layout: str, at: int, count: int) -> dict[str, Any]:
    block: dict[str, Any] = {
        "title": words(random_, 200),
        "text": some(random_, 400),
        "items": [words(random_, 200) for _ in range(random_.choice((0, 1, 2, 3, 12)))],
    }
    if layout in {"numbers", "compare", "hierarchy", "steps"}:
        block |= {"number": some(random_, 40), "unit": some(random_, 40)}
    if layout in {"numbers", "compare"}:
        names = ("谁报", "几号报", words(random_, 200))
        block["facts"] = {n: words(random_, 200) for n in names if random_.random() < 0.7}
    if layout == "hierarchy":
        block["level"] = min(4, at + 1, random_.randint(1, 4))
    if layout == "timeline":
        block["at"] = some(random_, 40)
    if layout == "form":
        block["value"] = some(random_, 120)
    if layout in ONLY["chart"] and random_.random() < 0.2:
        block["chart"] = chart(random_.randrange(20))
    if layout == "tree" and at + 1 < count:
        pair = [str(at + 2), words(random_, 200)]
        random_.shuffle(pair)
        block["yes"], block["no"] = pair
    return block


def dumped(block: dict[str, Any]) -> dict[str, Any]:
    """A block as a page holds it: with every default, its chart as it is."""
    made = Block(**block)
    return made.model_dump() | {"chart": made.chart}


def a_poster(seed: int) -> Poster:
    """A poster of one of the layouts with random words up to the limits of the schema."""
    random_ = random.Random(seed)
    layout = sorted(LAYOUTS)[seed % len(LAYOUTS)]
    count = random_.choice((1, 2, 3, 5, 8, 24))
    blocks = [a_block(random_, layout, at, count) for at in range(count)]
    if layout == "hierarchy":
        for before, block in pairwise(blocks):
            block["level"] = min(block["level"], before["level"] + 1)
    return Poster(
        title=words(random_, 200),
        layout=layout,
        blocks=tuple(dumped(block) for block in blocks),
        division=some(random_, 30),
        key="==" + words(random_, 80).replace("*", "") + "==，" + words(random_, 80),
        root=some(random_, 80),
        sample=random_.random() < 0.5,
        sources=tuple(words(random_, 200) for _ in range(random_.randint(0, 12))),
        site="统计微课",
        owner="示范省统计局",
    )


def over_charts(marks: list[Any]) -> list[str]:
    """Texts that stand on a chart."""
    charts = [m for m in marks if isinstance(m, Picture) and m.w > WIDTH / 2]
    found = []
    for mark in (m for m in marks if isinstance(m, Text)):
        left, top, right, bottom = mark.extent
        for drawn in charts:
            across = left < drawn.x + drawn.w and drawn.x < right
            if across and top < drawn.y + drawn.h - 0.5 and drawn.y + 0.5 < bottom:
                found.append(f"over a chart: {mark.text}")
    return found


def boxes_are_kept(marks: list[Any]) -> list[str]:
    """What is wrong with a drawing: text past its right edge, over other text, or across a box's border."""
    texts = [(mark, mark.extent) for mark in marks if isinstance(mark, Text)]
    frames = [mark for mark in marks if isinstance(mark, Box) and not mark.under]
    wrong = []
    for mark, (left, _, right, _) in texts:
        if right > mark.right + 0.5 or left < 0 or right > WIDTH:
            wrong.append(f"past its edge: {mark.text}")
    wrong += over_charts(marks)
    texts.sort(key=lambda found: found[1][1])
    for number, (mark, (left, top, right, bottom)) in enumerate(texts):
        for other, (left_2, top_2, right_2, bottom_2) in texts[number + 1 :]:
            if top_2 >= bottom - 0.5:
                break
            if left < right_2 - 0.5 and left_2 < right - 0.5 and top < bottom_2 - 0.5:
                wrong.append(f"over one another: {mark.text} / {other.text}")
        for box in frames:
            apart = (
                right <= box.x or left >= box.x + box.w or bottom <= box.y or top >= box.y + box.h
            )
            inside = (
                box.x <= left
                and right <= box.x + box.w + 0.5
                and box.y <= top + 0.5
                and bottom <= box.y + box.h + 0.5
            )
            if not apart and not inside:
                wrong.append(f"across a border: {mark.text} {box}")
    return wrong


@pytest.mark.parametrize("seed", SEEDS)
def test_every_text_stands_inside_its_box_and_no_two_overlap(seed: int) -> None:
    bands = pieces(a_poster(seed))
    assert boxes_are_kept(stacked(bands).marks) == []
    for band in bands:
        low = max((m.extent[3] for m in band.marks if isinstance(m, Text)), default=0)
        assert low <= band.height + 0.5


@pytest.mark.parametrize("seed", SEEDS)
def test_every_character_is_drawn_and_none_is_lost(seed: int) -> None:
    poster = a_poster(seed)
    drawn = "".join(mark.text for mark in stacked(pieces(poster)).marks if isinstance(mark, Text))
    assert not fonts.missing(drawn)
    for block in poster.blocks:
        for said in (block["title"], block["text"], *block["items"], block["at"], block["value"]):
            assert set(re.sub(r"\s", "", said)) <= set(drawn)


@pytest.mark.parametrize("seed", range(8))
def test_same_words_give_the_same_bytes(seed: int) -> None:
    poster = a_poster(seed)
    assert svg(poster) == svg(a_poster(seed))
    assert infographic_pdf.pdf(poster) == infographic_pdf.pdf(a_poster(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_paper_has_pages_that_hold_their_bands(seed: int) -> None:
    bands = pieces(a_poster(seed))
    pages, size = infographic_pdf.shared_out(bands)
    assert [band for page in pages for band in page] == bands
    height = infographic_book.PAGE / size
    assert all(len(page) == 1 or sum(b.height for b in page) <= height for page in pages)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_a_pdf_has_a_title_a_language_embedded_fonts_and_its_words(layout: str) -> None:
    poster = a_poster(sorted(LAYOUTS).index(layout))
    data = infographic_pdf.pdf(poster)
    assert data.startswith(b"%PDF-1.7")
    assert data.endswith(b"%%EOF\n")
    assert poster.title.encode("utf-16-be").hex().encode() in data
    assert b"/Lang(zh-CN)" in data
    assert b"CreationDate" not in data
    assert data.count(b"/FontFile3") >= 1
    assert b"/Count 0" not in data
    tables = "".join(
        zlib.decompress(found).decode("latin-1")
        for found in re.findall(rb"stream\n(.*?)\nendstream", data, re.DOTALL)
        if b"beginbfchar" in _opened(found)
    )
    assert all(f"<{ord(c):04x}>" in tables for c in poster.title if not c.isspace())


def _opened(packed: bytes) -> bytes:
    return zlib.decompressobj().decompress(packed)


def test_a_reader_of_pdf_finds_the_words(tmp_path: Path) -> None:
    if not shutil.which("pdftotext"):
        lacking("pdftotext")
    blocks = tuple(Block(title=t, text="照着做。").model_dump() for t in ("第一件事", "第二件事"))
    (tmp_path / "a.pdf").write_bytes(infographic_pdf.pdf(Poster("怎么报", "steps", blocks)))
    done = subprocess.run(
        ["pdftotext", str(tmp_path / "a.pdf"), "-"], capture_output=True, check=True
    )
    assert not done.stderr
    found = done.stdout.decode()
    assert "怎么报" in found
    assert "第二件事" in found
    assert "照着做。" in found


def test_every_layout_has_a_figure_that_can_be_drawn() -> None:
    assert set(MOTIFS) == set(LAYOUTS)
    for layout in LAYOUTS:
        assert "<g" in infographic.motif(layout)


def test_a_poster_becomes_a_picture() -> None:
    data = infographic.webp(a_poster(3))
    assert data[:4] == b"RIFF"
    assert data[8:12] == b"WEBP"


def test_a_poster_too_tall_for_webp_is_made_narrower() -> None:
    blocks = tuple(Block(title="长", items=["字" * 200] * 12).model_dump() for _ in range(24))
    poster = Poster("很长", "steps", blocks)
    assert stacked(pieces(poster)).height > infographic.TALLEST
    assert infographic.webp(poster)[8:12] == b"WEBP"


def test_what_the_font_lacks_is_replaced_and_told() -> None:
    assert drawable("甲\U0001f600乙") == f"甲{GETA}乙"


def test_a_tally_draws_five_strokes_to_a_character() -> None:
    band = Band()
    tally(band, 0, 0, 7)
    assert len(band.marks) == 10


def test_numerals() -> None:
    assert [numeral(n) for n in (1, 10, 11, 20, 24)] == ["一", "十", "十一", "二十", "二十四"]


# --- charts in blocks ---


def with_chart(layout: str) -> Poster:
    blocks: list[dict[str, Any]] = [
        {"title": "甲"},
        {"title": "乙", "chart": chart(1)},
        {"title": "丙"},
    ]
    return Poster("题", layout, tuple(dumped(block) for block in blocks))


@pytest.mark.parametrize("layout", sorted(ONLY["chart"]))
def test_a_chart_is_drawn_large_with_its_title_mark_and_source(layout: str) -> None:
    poster = with_chart(layout)
    whole = stacked(pieces(poster))
    (drawn,) = [m for m in whole.marks if isinstance(m, Picture) and m.w > WIDTH / 2]
    inner = float(drawn.svg.split('viewBox="0 0 ')[1].split()[0])
    assert 15 * drawn.w / inner * 343 / WIDTH >= 15, "15 px on a phone"
    assert drawn.x >= 0
    assert drawn.x + drawn.w <= WIDTH
    said = "".join(m.text for m in whole.marks if isinstance(m, Text))
    assert chart(1).title in said
    assert "示例数据" in said
    assert chart(1).source in said
    assert "var(" not in svg(poster)
    assert b"/Subtype/Image" in infographic_pdf.pdf(poster)


def test_a_block_with_a_chart_has_a_row_to_itself() -> None:
    def of(*charted: bool) -> list[list[int]]:
        return pairs([{"chart": chart(0) if c else None} for c in charted])

    assert of(False, False, False) == [[0, 1], [2]]
    assert of(False, True, False, False) == [[0], [1], [2, 3]]


@pytest.mark.parametrize("layout", sorted(set(LAYOUTS) - ONLY["chart"]))
def test_other_layouts_refuse_a_chart(layout: str) -> None:
    blocks = [{"title": "甲", "chart": chart(0)}]
    with pytest.raises(ValidationError, match="用不上 chart"):
        Infographic.model_validate({**COMMON, "layout": layout, "blocks": blocks})


def test_a_mistake_in_a_chart_is_told_at_its_key(tmp_path: Path) -> None:
    path = "courses/ke/lessons/01-tu.infographic.yml"
    body = "layout: numbers\nblocks:\n  - title: 甲\n    chart:\n      type: bar\n      title: 题\n      source: 示例数据\n      x: [甲, 乙]\n      series:\n        数: [1, 2, 3]\n"
    text = head(sources=SOURCES) + body
    root = write(tmp_path, {path: text, "courses/ke/course.yml": head(objectives=["会填"])})
    (problem,) = (p for p in problems(root) if p.code == "FMT004")
    assert (problem.where.path, problem.where.line) == (path, text.count("\n"))
    assert "对不上" in problem.message


def test_an_option_that_can_not_be_drawn_is_a_placed_problem(tmp_path: Path) -> None:
    path = "courses/ke/lessons/01-tu.infographic.yml"
    raw = "{series: [{type: heatmap, data: [[0, 0, 1]]}]}"
    body = f"layout: steps\nblocks:\n  - title: 甲\n    chart: {{type: option, title: 题, source: 示例数据, summary: 高。, option: {raw}}}\n"
    text = head(sources=SOURCES) + body
    root = write(tmp_path, {path: text, "courses/ke/course.yml": head(objectives=["会填"])})
    assert [p.where.path for p in problems(root) if p.code == "CHT002"] == [path]


# --- how blocks stand to one another ---


def tree(*blocks: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [Block(title=t, yes=y, no=n).model_dump() for t, y, n in blocks]


def test_an_answer_names_a_block_by_title_by_the_words_before_the_colon_or_by_number() -> None:
    blocks = tree(("一问：甲", "", ""), ("二问：乙", "", ""), ("丙", "", ""))
    assert named(blocks, "二问：乙") == named(blocks, "二问") == named(blocks, "2") == 1
    assert named(blocks, "第三步") == named(blocks, "转第3步") == 2
    assert named(blocks, "9") is None
    assert named(blocks, "停下") is None


def test_answers_outside_a_tree_are_said_as_items() -> None:
    [block] = spoken("steps", tree(("对得上吗", "报数", "回头找单据")))
    assert block["items"] == ("是：报数", "否：回头找单据")


def test_the_trunk_is_the_answer_that_leads_to_the_next_block() -> None:
    found = ways(tree(("甲", "停", "乙"), ("乙", "丙", "丙"), ("丙", "", "")))
    assert [(w.key, w.down) for w in found[0]] == [("yes", False), ("no", True)]
    assert [w.down for w in found[1]] == [False, True]
    assert found[2] == ()


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        (tree(("甲", "乙", "停"), ("乙", "", "")), []),
        (tree(("甲", "甲", "停")), [(0, "yes")]),
        (tree(("甲", "乙", "停"), ("乙", "1", "停")), [(1, "yes")]),
        (tree(("甲", "走", "停"), ("乙", "走", "停")), [(1, "title")]),
        (tree(("甲", "乙", ""), ("乙", "", "")), [(0, "yes")]),
        (
            tree(("甲", "走", "停"), ("乙", "丙", "停"), ("丙", "", "")),
            [(1, "title"), (2, "title")],
        ),
    ],
)
def test_faults_of_a_tree(blocks: list[dict[str, Any]], expected: list[tuple[int, str]]) -> None:
    assert [(at, key) for at, key, _ in faults(blocks)] == expected


def test_levels_become_a_tree() -> None:
    blocks = [Block(title=str(n), level=n).model_dump() for n in (1, 2, 2, 1)]
    top = nested(blocks)
    assert [len(node.under) for node in top] == [2, 0]


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (3, [3]), (4, [2, 2]), (5, [3, 2])])
def test_columns_stand_in_even_banks(count: int, sizes: list[int]) -> None:
    blocks = [Block(title=str(n)).model_dump() for n in range(count)]
    assert [len(bank) for bank in banks(blocks)] == sizes


def test_bars_begin_at_zero_and_only_like_is_compared_with_like() -> None:
    def of(*pairs: tuple[str, str]) -> list[float]:
        return bars([Block(title="t", number=n, unit=u).model_dump() for n, u in pairs])

    assert of(("50", "亿"), ("100", "亿"), ("25", "亿"), ("9", "个")) == [0.5, 1.0, 0.25, 0.0]
    assert of(("50", "亿"), ("100", "亿")) == [0, 0]
    assert of(("-5", "%"), ("3", "%"), ("4", "%")) == [0, 0, 0]


# --- mistakes are placed; as authors read them: tests/invalid/bad-tree ---


def test_schema_says_where_a_branch_leads_back() -> None:
    blocks = [{"title": "甲", "yes": "乙", "no": "1"}, {"title": "乙"}]
    with pytest.raises(ValidationError, match="绕圈子") as caught:
        Infographic.model_validate({**COMMON, "layout": "tree", "blocks": blocks})
    assert caught.value.errors()[0]["loc"] == ("blocks", 0, "no")


@pytest.mark.parametrize(("key", "value"), [("at", "5月"), ("value", "3"), ("facts", {"甲": "乙"})])
def test_words_that_a_layout_would_not_show_are_refused(key: str, value: Any) -> None:
    with pytest.raises(ValidationError, match="用不上"):
        Infographic.model_validate(
            {**COMMON, "layout": "steps", "blocks": [{"title": "甲", key: value}]}
        )


def test_a_level_can_not_be_skipped() -> None:
    blocks = [{"title": "甲"}, {"title": "乙", "level": 3}]
    with pytest.raises(ValidationError, match="跳到了 3"):
        Infographic.model_validate({**COMMON, "layout": "hierarchy", "blocks": blocks})
