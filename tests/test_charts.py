"""Charts: every type can be read by eye, by ear and by table; the same each time; nothing hostile gets in."""

from __future__ import annotations

import gzip
import json
import random
import re
import time
from xml.etree import ElementTree as Xml

import pytest

from builder.markup import render
from builder.media import chart_style, charts
from builder.media.chart_engine import ChartError, draw
from builder.media.chart_options import layouts, option
from builder.media.chart_scale import classes, nice_pair, nice_range
from builder.media.chart_spec import ChartSpec
from builder.media.text_layout import measure
from builder.plain import plain
from builder.problems import CATALOGUE
from tests.chart_specs import BY_TYPE, raw, varied

SVG = "{http://www.w3.org/2000/svg}"
SVGS = re.compile(r"<svg .*?</svg>", re.DOTALL)
DATA = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)


def spec_of(body: str) -> ChartSpec:
    spec, problems = charts.read(body, "a.md")
    assert spec is not None, problems
    return spec


def apart(html: str) -> tuple[str, list[str]]:
    """What a browser shows, and the blocks of data beside it."""
    return DATA.sub("", html), DATA.findall(html)


def found(body: str, line: int = 10) -> list[tuple[str, int, int]]:
    text = f"前文\n\n```chart\n{body}\n```\n"
    return [
        (p.code, p.where.line, p.where.column) for p in charts.mistakes(text, "content/a.md", line)
    ]


# --- what readers get ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BY_TYPE)
def test_every_type_has_a_name_a_sentence_and_its_numbers(kind: str) -> None:
    spec = spec_of(BY_TYPE[kind])
    html = charts.figure(spec)
    pictures = SVGS.findall(html)
    assert len(pictures) == (1 if kind == "sparkline" else 2)
    for picture in pictures:
        root = Xml.fromstring(picture)
        assert root.get("role") == "img"
        titled, told = root.get("aria-labelledby", "").split()
        assert root[0].tag == "title"
        assert (root[0].get("id"), root[0].text) == (titled, spec.title)
        assert root[1].tag == "desc"
        assert root[1].get("id") == told
        assert len(root[1].text or "") > 8
        assert len(list(root.iter("path"))) + len(list(root.iter("circle"))) > 1
    rows = Xml.fromstring(html[html.index("<table") : html.index("</table>") + 8]).findall(".//td")
    assert all(cell.get("class") == "n" and cell.text for cell in rows)
    assert len(rows) >= max(1, len(spec.x))


@pytest.mark.parametrize("level", [-3, 1, 5])
@pytest.mark.parametrize("kind", ["line", "bar", "stacked"])
def test_an_authors_line_is_drawn_wherever_it_lies(kind: str, level: int) -> None:
    """A target above everything that came about is what the chart is for."""
    several = "  乙: [1, 1, 1]\n" if kind == "stacked" else ""
    spec = spec_of(
        f"title: 投资和目标\ntype: {kind}\nsource: 示例\nx: [一, 二, 三]\nunit: '%'\n"
        f"series:\n  甲: [2.5, 2, 1.9]\n{several}marks:\n  目标: {level}\n"
    )
    for picture in SVGS.findall(charts.figure(spec)):
        root = Xml.fromstring(picture)
        height = float(root.get("viewBox", "").split()[3])
        boxes = [box for words, box in _boxes(root) if words == f"目标 {level}"]
        assert len(boxes) == 1
        assert 0 <= boxes[0][1] < boxes[0][3] <= height


@pytest.mark.parametrize("kind", BY_TYPE)
def test_nothing_in_it_that_a_strict_page_refuses(kind: str) -> None:
    html, (data,) = apart(charts.figure(spec_of(BY_TYPE[kind])))
    assert not re.search(r"[<>&]|function|=>|javascript:", data)
    assert not re.search(r"\sstyle=|<style|<script|\son\w+=|href=|url\((?!#)|https?:|@import", html)
    assert not re.search(r"#0d0e|rgba?\(13, ?14", html, re.IGNORECASE)  # no stand-in is left
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(ids)
    assert "zr" not in "".join(ids)


@pytest.mark.parametrize("kind", BY_TYPE)
def test_no_two_labels_meet_and_none_is_cut(kind: str) -> None:
    for body in (BY_TYPE[kind], *(b for b in varied(60) if f"type: {kind}\n" in b)):
        for picture in SVGS.findall(charts.figure(spec_of(body))):
            width = float(picture.split('viewBox="0 0 ')[1].split()[0])
            boxes = list(_boxes(Xml.fromstring(picture)))
            for n, (words, box) in enumerate(boxes):
                assert box[0] >= -3, (words, box, body)
                assert box[2] <= width + 3, (words, box, body)
                for others, other in boxes[n + 1 :]:
                    assert not _meet(box, other), (words, others, body)


@pytest.mark.parametrize("kind", BY_TYPE)
@pytest.mark.parametrize(("width", "size"), [(952, 47.3), (888, 47.3), (572, 28.2), (550, 28.2)])
def test_labels_keep_apart_in_other_drawings(kind: str, width: float, size: float) -> None:
    """As wide as in a poster, beside a timeline, in a panel and in a wide panel."""
    for body in (BY_TYPE[kind], *(b for b in varied(60) if f"type: {kind}\n" in b)):
        drawn, high = charts.placed(spec_of(body), (10, 20, width), "a", size, 200)
        root = Xml.fromstring(drawn)
        assert (root.get("x"), root.get("y")) == ("10.0", "20.0")
        inner = float(root.get("viewBox", "").split()[2])
        assert width / inner * 15 >= size
        assert high == pytest.approx(float(root.get("height", "")), abs=0.1)
        boxes = list(_boxes(root))
        for n, (words, box) in enumerate(boxes):
            assert box[0] >= -3, (words, body)
            assert box[2] <= inner + 3, (words, body)
            assert not [other for other, there in boxes[n + 1 :] if _meet(box, there)], (
                words,
                body,
            )


Box = tuple[float, float, float, float]


def _boxes(root: Xml.Element) -> list[tuple[str, Box]]:
    boxes = []
    for one in root.iter("text"):
        words = one.text or ""
        if not words.strip():
            continue
        size = float(one.get("font-size", "15px").removesuffix("px"))
        shift = re.search(r"translate\(([-\d.]+) ([-\d.]+)\)", one.get("transform", ""))
        x, y = map(float, shift.groups()) if shift else (0.0, 0.0)
        x, y = x + float(one.get("x", 0)), y + float(one.get("y", 0))
        wide = measure(words, size)
        left = x - {"middle": wide / 2, "end": wide}.get(one.get("text-anchor", "start"), 0.0)
        boxes.append((words, (left, y - size * 0.42, left + wide, y + size * 0.42)))
    return boxes


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] - 1 and b[0] < a[2] - 1 and a[1] < b[3] - 1 and b[1] < a[3] - 1


def test_the_sentence_tells_highest_lowest_and_last() -> None:
    told = charts.describe(spec_of(BY_TYPE["line"]))
    assert told == "折线图。增速：最高 5.6%（5月），最低 -0.8%（6月），最后一项 4.4%（7月）。"


@pytest.mark.parametrize(
    ("kind", "column", "said"),
    [
        ("regions", "5.0, 5, 3, 2, 2", "数：最高 5.0亿元（甲、乙并列），最低 2亿元（丁、戊并列）。"),
        ("regions", "5, 5, 5, 5, 2", "数：最高 5亿元（甲、乙、丙等4项并列），最低 2亿元（戊）。"),
        ("regions", "5, 5, 5, 5, 5", "数：都是 5亿元。"),
        ("pie", "3, 3, 2, 1, 1", "共 5 项，最大是甲、乙并列（3亿元，占 30.0%），最小是丁、戊并列（1亿元，占 10.0%）。"),
        ("pie", "2, 2, 2, 2, 2", "共 5 项，都是 2亿元。"),
    ],
)  # fmt: skip
def test_those_who_share_an_extreme_are_named_together(kind: str, column: str, said: str) -> None:
    body = f"type: {kind}\ntitle: 各地\nunit: 亿元\nsource: 示例数据\nx: [甲, 乙, 丙, 丁, 戊]\n"
    told = charts.describe(spec_of(f"{body}series:\n  数: [{column}]\n"))
    assert told.partition("。")[2] == said


def test_numbers_stay_as_they_were_written() -> None:
    html = charts.figure(spec_of(BY_TYPE["bar"]))
    assert '<td class="n">205,727.0</td>' in html
    assert '<td class="n">—</td>' in charts.figure(spec_of(BY_TYPE["line"]))


def test_what_is_written_is_not_rounded() -> None:
    body = (
        BY_TYPE["bar"]
        .replace("454712.1", "454712.125")
        .replace("x: [2020年一季度", "x: [第3.14159项")
    )
    drawn = charts.svg(spec_of(body))
    assert ">454712.125</text>" in drawn
    assert "第3.14159项" in drawn
    small = BY_TYPE["combined"].replace("[3.1, 2.7, 5.4, 2.5, -0.5]", "[-0.7, -0.2, 0.5, 0.7, 0.6]")
    assert ">0.25</text>" in charts.svg(spec_of(small), narrow=True)  # a step of the right axis


def test_words_are_told_apart_from_markup() -> None:
    body = BY_TYPE["line"].replace("增速", "<b>&增速").replace("5月", "<script>")
    for picture in SVGS.findall(charts.figure(spec_of(body))):
        Xml.fromstring(picture)
    shown, (data,) = apart(charts.figure(spec_of(body)))
    assert "<b>" not in shown
    assert "<script" not in shown
    assert "<" not in data
    assert "<b>&增速" in str(json.loads(data)["options"])


def test_lines_and_bars_differ_without_colour() -> None:
    three = "{a: [1, 2, 3], b: [2, 3, 4], c: [3, 5, 6]}"
    base = f"title: t\nsource: 示例数据\nx: [甲, 乙, 丙]\nseries: {three}"
    line = charts.svg(spec_of(f"type: line\n{base}"))
    assert len(set(re.findall(r'stroke-dasharray="([^"]+)"', line))) >= 2
    assert "<pattern" in charts.svg(spec_of(f"type: stacked\n{base}"))


def test_every_dot_of_a_pattern_is_drawn() -> None:
    """An arc that ends where it began is nothing to a browser."""
    for kind in BY_TYPE:
        for drawn in re.findall(r' d="([^"]+)"', charts.figure(spec_of(BY_TYPE[kind]))):
            assert not re.search(r"M([-\d.]+ [-\d.]+)A[1-9][\d.]* [\d.]+ 0 1 1 \1(?!\d)", drawn), (
                drawn
            )


# --- what the browser is told, so that it can draw the chart again ------------------------------


@pytest.mark.parametrize("kind", BY_TYPE)
def test_beside_a_picture_stand_the_options_it_was_drawn_from(kind: str) -> None:
    spec = spec_of(BY_TYPE[kind])
    html = charts.figure(spec)
    told = json.loads(apart(html)[1][0])
    boxes = [list(map(float, b.split()[2:])) for b in re.findall(r'viewBox="([^"]+)"', html)]
    assert told["sizes"] == boxes
    assert len(told["options"]) == (1 if kind in {"option", "sparkline"} else 2)
    for one, (width, height) in zip(told["options"], told["sizes"], strict=False):
        drawn = draw(one, int(width), int(height), "a", chart_style.LIGHT)
        here = draw(option(spec, layouts(spec)[told["options"].index(one)]), int(width), int(height), "a", chart_style.LIGHT)  # fmt: skip
        assert re.sub(r"font-family=\S+", "", drawn) == re.sub(r"font-family=\S+", "", here)
    assert told["units"] == [spec.unit_of(name) for name in spec.series]


def test_regions_tell_which_row_of_the_table_a_bar_is() -> None:
    told = json.loads(apart(charts.figure(spec_of(BY_TYPE["regions"])))[1][0])
    names = spec_of(BY_TYPE["regions"]).x
    assert [names[n] for n in told["order"]] == told["options"][0]["yAxis"]["data"]


@pytest.mark.parametrize("kind", BY_TYPE)
def test_the_data_of_a_chart_weighs_little(kind: str) -> None:
    html = charts.figure(spec_of(BY_TYPE[kind]))
    weight = len(gzip.compress(html.encode())) - len(gzip.compress(DATA.sub("", html).encode()))
    assert weight < 800


# --- the same each time -------------------------------------------------------------------------


def test_same_spec_same_bytes_in_any_order() -> None:
    bodies = [*BY_TYPE.values(), *varied(20)]
    first = [charts.figure(spec_of(body)) for body in bodies]
    order = list(range(len(bodies)))
    random.Random(4).shuffle(order)
    again = {n: charts.figure(spec_of(bodies[n])) for n in order}
    assert [again[n] for n in range(len(bodies))] == first


def test_charts_on_one_page_do_not_share_ids() -> None:
    text = "\n\n".join(f"```chart\n{b}\n```" for b in [BY_TYPE["stacked"]] * 2 + [BY_TYPE["pie"]])
    html = render(text, {}, {}, {}, "").html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert html.count("<figure") == 3
    assert len(ids) == len(set(ids))
    assert render(text, {}, {}, {}, "", "t1-").html.count('id="t1-chart') == len(
        re.findall(r'id="chart', html)
    )


def test_a_picture_by_itself_has_colours_of_its_own() -> None:
    picture = charts.svg(spec_of(BY_TYPE["bar"]), narrow=True)
    assert Xml.fromstring(picture).tag == f"{SVG}svg"
    assert "var(" not in picture


# --- within Markdown ----------------------------------------------------------------------------


def test_a_block_becomes_a_figure_and_a_block_within_a_block_does_not() -> None:
    block = f"```chart\n{BY_TYPE['line']}\n```"
    nested = "- 项\n\n" + "\n".join(f"    {line}" for line in block.split("\n"))
    assert render(f"前\n\n{block}\n\n后", {}, {}, {}, "").html.count("<figure") == 1
    assert render(nested, {}, {}, {}, "").html.count("<figure") == 1
    shown = f"````\n{block}\n````"
    assert render(shown, {}, {}, {}, "").html.count("<figure") == 0
    assert not list(charts.blocks(shown))


def test_what_can_not_be_drawn_stays_as_it_was_written() -> None:
    html = render("```chart\ntype: <b>\n```", {}, {}, {}, "").html
    assert html == "<pre><code>type: &lt;b&gt;</code></pre>"


def test_search_sees_title_and_series_only() -> None:
    text = plain(f"前文\n\n```chart\n{BY_TYPE['line']}\n```\n\n后文")
    assert text.split() == ["前文", "工业增加值增速", "增速", "后文"]


# --- mistakes -----------------------------------------------------------------------------------

BASE = "type: line\ntitle: 题\nsource: 示例数据\nx: [甲, 乙, 丙]\nseries:\n  数: [1, 2, 3]"


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "column"),
    [
        ("[1, 2, 3]", "[1, 2]", "CHT001", 18, 3),
        ("[1, 2, 3]", "[1, 二, 3]", "FMT004", 18, 10),
        ("[1, 2, 3]", "[1, NaN, 3]", "FMT004", 18, 10),
        ("[1, 2, 3]", "[1, .inf, 3]", "FMT004", 18, 10),
        ("[1, 2, 3]", "[1, 1e999, 3]", "FMT004", 18, 10),
        ("[1, 2, 3]", "[—, —, —]", "CHT001", 18, 3),
        ("type: line", "type: lien", "FMT004", 13, 1),
        ("title: 题\n", "", "FMT003", 13, 1),
        ("source: 示例数据", "sauce: 示例数据", "FMT002", 15, 1),
        ("type: line", "type: pie\nhighlight: 丁", "CHT001", 14, 1),
        ("[1, 2, 3]", "[1, 2, 3", "YML001", 18, 0),
        ("x: [甲, 乙, 丙]", "x: [甲]", "CHT001", 16, 1),
        ("type: line", "type: bar\nzero: false", "CHT001", 14, 1),
        ("type: line", "type: combined", "CHT001", 13, 1),
        ("type: line", "type: combined\nright: [无]", "CHT001", 14, 9),
    ],
)
def test_a_mistake_is_told_at_its_place(
    old: str, new: str, code: str, line: int, column: int
) -> None:
    assert old in BASE
    told = found(BASE.replace(old, new))
    assert any(c == code and n == line and (not column or k == column) for c, n, k in told), told
    assert {c for c, _, _ in told} <= set(CATALOGUE)


def test_columns_count_the_indent_of_a_block() -> None:
    body = BASE.replace("[1, 2, 3]", "[1, x, 3]")
    text = "\n".join(
        ["- 项", "", *(f"    {line}" for line in ["```chart", *body.split("\n"), "```"])]
    )
    (problem,) = charts.mistakes(text, "a.md", 1)
    assert (problem.where.line, problem.where.column) == (9, 14)


def test_negative_parts_empty_blocks_and_floods_are_refused() -> None:
    assert found(BASE.replace("line", "pie").replace("[1, 2, 3]", "[1, -2, 3]"))[0][0] == "CHT001"
    assert found(BASE.replace("line", "pie").replace("[1, 2, 3]", "[0, 0, 0]"))[0][0] == "CHT001"
    assert found("")[0][0] == "CHT001"
    began = time.perf_counter()
    assert found(BASE.replace("[1, 2, 3]", str([1] * 1_000_000)))[0][0] == "CHT001"
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    "option",
    [
        "{series: [{type: custom, renderItem: 'function(){}'}]}",
        "{series: [{type: line, data: [1], symbol: 'image://http://a.cn/b.png'}]}",
        "{series: [{type: line, data: [1], label: {formatter: 'a => b'}}]}",
        "{graphic: {type: image}, series: [{type: line, data: [1]}]}",
        "{series: [{type: map, map: china}]}",
        "{series: [{type: line, data: [1], __proto__: {x: 1}}]}",
        "{series: [{type: treemap, data: [{name: a, value: 1, link: 'x'}]}]}",
        "{series: [{type: line, data: [1], name: '<img src=x>'}]}",
        "{backgroundColor: {image: x}, series: [{type: line, data: [1]}]}",
        "{toolbox: {}, series: [{type: line, data: [1]}]}",
        "{series: []}",
    ],
)
def test_options_that_reach_out_are_refused(option: str) -> None:
    assert [c for c, _, _ in found(raw(option))][:1] == ["CHT001"]


def test_a_hostile_option_can_not_hang_or_eat_memory() -> None:
    sankey = "{series: [{type: sankey, layoutIterations: 100000000, data: [{name: a}, {name: b}], links: [{source: a, target: b, value: 1}]}]}"
    gauge = "{series: [{type: gauge, splitNumber: 100000000, data: [1]}]}"
    began = time.process_time()
    for hostile in (sankey, gauge):
        assert [c for c, _, _ in found(raw(hostile))] == ["CHT002"]
    assert time.process_time() - began < 30
    charts.figure(spec_of(BY_TYPE["line"]))  # and the next chart is none the worse


def test_broken_options_are_told_not_thrown() -> None:
    with pytest.raises(ChartError):
        draw({"series": [{"type": "heatmap", "data": [[0, 0, 1]]}]}, 100, 100, "a")
    told = found(raw("{series: [{type: heatmap, data: [[0, 0, 1]]}]}"))
    assert told == [("CHT002", 12, 1)]


# --- scales -------------------------------------------------------------------------------------


def test_two_axes_have_one_zero() -> None:
    left, right = nice_pair([100, 250], [-3, 5], 4)
    assert left["min"] / left["max"] == pytest.approx(right["min"] / right["max"])
    assert left["max"] >= 250
    assert right["min"] <= -3
    assert nice_pair([0], [0], 4)[0]["max"] > 0


def test_classes_hold_all_values() -> None:
    for values in ([1, 2], [70, 100], [-5, 5], [0.001, 0.0042], [3, 3], [1e9, 3e9]):
        bounds = classes(values, 5)
        assert bounds[0] <= min(values)
        assert bounds[-1] >= max(values)
        assert 2 <= len(bounds) <= 6
    assert nice_range([1, 9], 4, zero=True)["min"] == 0
