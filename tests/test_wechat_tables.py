"""Tables on a phone: words wrap before anything scrolls, figures stand to the right, code stays code."""

from __future__ import annotations

import re

import pytest

from builder.render.wechat.lint import lint
from builder.render.wechat.parts_rules import EXAMPLES, template
from builder.render.wechat.prose_tree import Element, tree
from builder.render.wechat.table_widths import SHEETS, em, grid, is_figure, shape
from tests.test_wechat_prose import shown, strangers
from tests.wechat_sample import article, press, unkept

WORDS = "这是一段要折行的说明"


def rows(text: str) -> list[Element]:
    """The rows of a table as the site has it."""
    lines = [re.split(r"\s*\|\s*", line) for line in text.strip().split("\n")]
    html = "".join(
        f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in line)}</tr>"
        for tag, line in zip(["th", *["td"] * len(lines)], lines, strict=False)
    )
    return [e for e in tree(f"<table>{html}</table>").walk() if e.tag == "tr"]


def aligned(text: str) -> frozenset[int]:
    """The columns whose figures stand to the right by themselves."""
    return shape(grid(rows(text))).figures


@pytest.mark.parametrize(
    ("column", "right"),
    [
        ("当月 1,234.5 -0.5 ——", True),
        ("数 12个 3.4个百分点 无", True),
        ("比 5.2—5.8% ≥3 …", True),
        ("数 12 待核 3", False),
        ("时间 2022年9月 2022年10月 2022年11月", False),
        ("行业代码 5411 5412 5413", False),
        ("类 0111 0112 0113", False),
        ("年份 2021 2022 2023", False),
        ("条 第3条 第4条 第5条", False),
        ("数 — — —", False),
    ],
)
def test_a_column_of_figures_stands_to_the_right(column: str, right: bool) -> None:
    table = "\n".join(f"项目 | {cell}" for cell in column.split())
    assert aligned(table) == (frozenset({1}) if right else frozenset())


def test_the_first_column_names_the_rows() -> None:
    assert aligned("序 | 数\n1 | 2\n3 | 4") == frozenset({1})


def test_figures_and_their_heads_are_set_right_without_the_author() -> None:
    html = article("| 地区 | 总量 |\n|---|---|\n| 甲 | 1,234.5 |\n").html
    assert re.search(r'<th style="[^"]*text-align:right">总量<', html)
    assert re.search(r'<td style="[^"]*text-align:right">1,234.5<', html)
    assert re.search(r'<td style="(?![^"]*right)[^"]*">甲<', html)


@pytest.mark.parametrize("rule", [":-:", "--:", "---"])
def test_a_sentence_wraps_whatever_the_column(rule: str) -> None:
    html = article(f"| 甲 | 说明 |\n|---|{rule}|\n| 1 | {WORDS * 5} |\n| 2 | 短 |\n").html
    cell = re.search(rf'<td style="([^"]*)">{WORDS}', html)
    assert cell is not None
    assert "white-space:normal" in cell[1]
    assert "text-align" not in cell[1]
    assert ("text-align:right" in html) == (rule != "---")
    assert "左右滑动" not in html


@pytest.mark.parametrize("columns", [2, 3, 4])
def test_words_wrap_before_a_table_scrolls(columns: int) -> None:
    line = " | ".join([WORDS * 2] * (columns - 1) + ["1,234.5万元"])
    laid = shape(grid(rows(f"{line}\n{line}")))
    assert not laid.scrolls
    assert sum(laid.most) <= laid.sheet.room
    assert laid.most[-1] == em("1,234.5万元"), "a figure is as wide as it is"
    html = article("\n".join([f"| {line} |", "|---" * columns + "|", f"| {line} |"])).html
    assert "左右滑动" not in html
    assert lint(html) == []
    assert strangers(html) == []


def test_what_does_not_fit_in_small_letters_scrolls() -> None:
    five = " | ".join(["1,234,567.8万元"] * 5)
    laid = shape(grid(rows(f"{five}\n{five}")))
    assert laid.scrolls
    assert "左右滑动" in article(f"| {five} |\n{'|---' * 5}|\n| {five} |\n").html
    tight = " | ".join([WORDS[:6]] * 4)
    assert shape(grid(rows(f"{tight}\n{tight}"))).sheet == SHEETS[0]
    narrow = " | ".join(["12,345.67"] * 4)
    assert shape(grid(rows(f"{narrow}\n{narrow}"))).sheet == SHEETS[1]


def test_cells_that_span_others_count_where_they_stand() -> None:
    html = "<tr><th rowspan=2>甲</th><th colspan=2>乙丙丁戊己庚辛壬癸子丑寅卯</th></tr><tr><td>1</td><td>2</td></tr>"
    cells = grid([e for e in tree(f"<table>{html}</table>").walk() if e.tag == "tr"])
    assert [[c.column for c in line] for line in cells] == [[0, 1], [1, 2]]
    assert shape(cells).figures == {1, 2}


def test_figures_are_known() -> None:
    assert all(map(is_figure, ["1", " 1,234.56 ", "−3.4%", "约5万人", "5.2—5.8%", "+0.1个百分点"]))
    assert not any(map(is_figure, ["", "2022年9月", "3月", "第3条", "GDP", "1号", "1 2", "A1"]))


@pytest.mark.parametrize("fence", ['python linenums="1"', 'python linenums="7" hl_lines="2"'])
def test_code_with_numbered_lines_keeps_its_lines(fence: str) -> None:
    made = article(f"```{fence}\nif a:\n    b = 1\nc = 2\n```\n")
    assert strangers(made.html) == []
    code = re.findall(r"<code>(.*?)</code>", made.html)
    assert len(code) == 1
    plain = [re.sub(r"<[^>]*>", "", line) for line in code[0].split("<br>")]
    assert [line.replace("\u00a0", " ") for line in plain] == ["if a:", "    b = 1", "c = 2"]
    assert "<table" not in made.html


def test_blocks_in_a_cell_stay_blocks() -> None:
    made = press().prose(
        "<table><tr><td><p>一</p><p>二</p></td><td><pre><code>a\n  b</code></pre></td></tr></table>"
    )
    assert made.count("<p ") == 2
    assert "a<br>\u00a0\u00a0b" in made
    assert shown(made).startswith("一二a")


def test_a_template_stands_on_end() -> None:
    ledger = {
        "name": "产销台账",
        "columns": ["月份", "期初库存"],
        "note": "",
        "rows": [["9月", "120"]],
    }
    one = unkept(template(ledger, press()))
    assert re.findall(r"<t[hd][^>]*>([^<]*)", one) == [
        "栏目",
        "示例",
        "月份",
        "9月",
        "期初库存",
        "120",
    ]
    two = template(ledger | {"rows": [["9月", "120"], ["10月"]]}, press())
    assert "示例一" in two
    assert "示例二" in two
    many = unkept(template(ledger | {"rows": [["9月", "120"]] * (EXAMPLES + 1)}, press()))
    assert re.findall(r"<th[^>]*>([^<]*)", many) == ["月份", "期初库存"]
