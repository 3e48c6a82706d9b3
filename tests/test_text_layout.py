"""Lines of Chinese text: nothing lost, nothing too wide, marks and numbers where they belong."""

from __future__ import annotations

import random

import pytest

from builder.media import fonts, raster, text_layout
from builder.media.text_layout import NEVER_FIRST, NEVER_LAST, measure, wrap, wrap_rich
from builder.typography import set_text

PIECES = (
    "规模以上工业", "2000万元", "1—2月", "5.8%", "，", "。", "（", "）", "“四上”", "单位", "GDP", " ", "102.1", "个百分点", "！", "《统计法》",
    "-1.5%", "企业", "……", "：", "12,345.67亿元", "B204-1表", "的", "是",
)  # fmt: skip


def texts(count: int) -> list[str]:
    draw = random.Random(20261122)
    return ["".join(draw.choice(PIECES) for _ in range(draw.randint(1, 40))) for _ in range(count)]


def bare(text: str) -> str:
    return text.replace(" ", "")


@pytest.mark.parametrize("width", [160.0, 240.0, 343.0])
def test_nothing_is_lost_and_nothing_is_too_wide(width: float) -> None:
    for text in texts(200):
        lines = wrap(text, width, 20)
        assert bare("".join(lines)) == bare(text)
        for line in lines:
            assert measure(line, 20) <= width + 0.1 or len(line) == 1, (text, line)


def test_marks_and_numbers() -> None:
    """Where every unbreakable piece fits a line, no rule is broken."""
    for text in texts(300):
        for line in wrap(text, 300, 16)[1:]:
            assert line[0] not in NEVER_FIRST or len(line) == 1 or line[0] == "-", (text, line)
        for line in wrap(text, 300, 16)[:-1]:
            assert line[-1] not in NEVER_LAST, (text, line)
    assert wrap("营业收入2000万元及以上", 150, 20) == ["营业收入", "2000万元及以上"]
    assert all("“四上”" in "".join(wrap("这是“四上”单位", w, 20)) for w in (100.0, 120.0, 140.0))


def test_lines_are_balanced() -> None:
    text = "统计调查对象应当依照统计法的规定真实准确完整及时地提供资料"
    assert len(wrap(text, 400, 20)) == len(wrap(text, 400, 20, balance=False))
    lengths = [measure(line, 20) for line in wrap(text, 400, 20)]
    assert max(lengths) - min(lengths) <= 40


def test_bold() -> None:
    lines = wrap_rich("年底前**必须**完成**101-1表**核实。", 160, 20)
    assert "".join(s.text for line in lines for s in line) == "年底前必须完成101-1表核实。"
    assert [s.text for line in lines for s in line if s.bold] == ["必须", "101-1表"]
    for line in lines:
        for span in line:
            assert span.width == pytest.approx(measure(span.text, 20, 700 if span.bold else 400))


def test_font() -> None:
    assert fonts.missing("统计调查制度，①℃±“”—…2024ABC") == set()
    assert fonts.missing("统\U0010fffd") == {"\U0010fffd"}
    assert fonts.advances("统a", 10, 700)[0] == 10.0
    assert fonts.subset("统计") == fonts.subset("计统")
    assert 500 < len(fonts.subset("统计微课", 700)) < 20_000


def test_pixels_show_the_text() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 40"><text x="5" y="30" font-size="24" '
        f'font-family="{fonts.FAMILIES}">{{}}</text></svg>'
    )
    shown, empty = (raster.image(svg.format(words), 200) for words in ("统计", ""))
    assert shown.size == (200, 80)
    assert shown.getcolors() != empty.getcolors()
    assert raster.webp(svg.format("统"), 300) == raster.webp(svg.format("统"), 300)
    assert raster.avif(svg.format("统"), 300)[4:12] == b"ftypavif"


def test_an_outside_picture_is_not_fetched() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
        '<image href="/etc/hostname" width="10" height="10"/><image href="http://127.0.0.1:9/x.png" width="9" height="9"/></svg>'
    )
    colours = raster.image(svg, 20).getcolors()
    assert colours == [(400, (255, 255, 255))]


def test_units_are_the_same_for_pages_and_pictures() -> None:
    found = text_layout.TOKEN.match("3个百分点")
    assert found is not None
    assert found.group() == "3个百分点"
    assert set_text("3个百分点") == '<span class="keep">3个百分点</span>'
