"""Site HTML as WeChat's: what stays, what becomes something else, and that no word is lost."""

from __future__ import annotations

import os
import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from builder.render.wechat.lint import lint
from builder.render.wechat.prose_tree import tree
from builder.render.wechat.themes import CAMPAIGN, DAILY, THEMES, plain
from tests.wechat_sample import BASE, SAMPLE, article, press, site

FULL = bool(os.environ.get("WEIKE_FULL"))
# Written here on purpose and not taken from the code: what may stand in an article at all.
TAGS = {
    "a",
    "br",
    "code",
    "em",
    "h2",
    "h3",
    "h4",
    "hr",
    "img",
    "p",
    "path",
    "rp",
    "rt",
    "ruby",
    "s",
    "section",
    "span",
    "strong",
    "sub",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "th",
    "tr",
    "u",
}
ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "data-w", "data-ratio"},
    "path": {"d"},
    "section": {"data-ignore-width"},
    "svg": {"viewbox", "viewBox", "role", "aria-label", "fill"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
STYLES = {
    "background",
    "border",
    "border-bottom",
    "border-collapse",
    "border-left",
    "border-radius",
    "border-top",
    "color",
    "display",
    "font-size",
    "font-style",
    "font-weight",
    "height",
    "line-height",
    "margin",
    "margin-right",
    "max-width",
    "min-width",
    "overflow-wrap",
    "overflow-x",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-top",
    "text-align",
    "text-decoration",
    "text-emphasis",
    "-webkit-text-emphasis",
    "text-emphasis-position",
    "text-indent",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
}
VALUES = re.compile(
    r"!important|url\(|gradient|currentcolor|position|float|grid|flex|start|end\b", re.IGNORECASE
)


def strangers(html: str) -> list[str]:
    """Tags, attributes, properties and values that have no business in an article."""
    found = []
    for node in LexborHTMLParser(html).css("body *"):
        tag = node.tag or ""
        if tag not in TAGS:
            found.append(tag)
        for name, value in node.attributes.items():
            if name != "style":
                found += [] if name in ATTRIBUTES.get(tag, ()) else [f"{tag}[{name}]"]
                continue
            for rule in filter(None, (value or "").split(";")):
                prop, _, said = rule.partition(":")
                found += [] if prop in STYLES else [prop]
                found += [said] if VALUES.search(said) else []
                if prop == "width" and said.endswith("px"):
                    found.append(rule)
    return found


def shown(html: str) -> str:
    """The words of an article."""
    body = LexborHTMLParser(html).body
    return body.text() if body is not None else ""


def html(text: str) -> str:
    return article(text).html


def bare(text: str) -> str:
    """An article without styles, to be read in a test."""
    return re.sub(r' style="[^"]*"', "", html(text))


# --- what stays and what becomes something else -----------------------------------------------------


def test_the_sample_that_peers_are_measured_on_is_clean_and_short() -> None:
    made = article(SAMPLE)
    assert 900 <= len(SAMPLE.encode()) <= 1000
    assert strangers(made.html) == []
    assert lint(made.html) == []
    assert made.budget.characters <= 8_000
    assert made.budget.fallbacks == ()
    assert made.html.count("<svg") == 1  # the other formula is words


@pytest.mark.parametrize("theme", ["daily", "campaign"])
@pytest.mark.parametrize("sparing", [False, True])
def test_both_themes_are_clean_also_when_they_spare(theme: str, sparing: bool) -> None:
    chosen = plain(THEMES[theme]) if sparing else THEMES[theme]
    made = article(SAMPLE, chosen).html
    assert strangers(made) == []
    assert lint(made) == []


def test_themes_know_the_same_roles() -> None:
    assert set(DAILY) == set(CAMPAIGN)
    assert any(DAILY[role] != CAMPAIGN[role] for role in DAILY)


def test_nested_lists_are_lines_with_markers_set_in_by_depth() -> None:
    made = html("1. 甲\n    - 乙\n        1. 丙\n        2. 丁\n2. 戊\n")
    rows = re.findall(r"padding-left:([\d.]+)em;text-indent:[^>]*><span[^>]*>(.*?)</span>(.)", made)
    assert rows == [
        ("1.5", "1.", "甲"),
        ("3", "◦", "乙"),
        ("4.5", "①", "丙"),
        ("4.5", "②", "丁"),
        ("1.5", "2.", "戊"),
    ]
    assert "<ul" not in made
    assert "<li" not in made


def test_a_list_goes_on_from_its_own_number_and_wide_markers_have_room() -> None:
    made = html("98. 甲\n99. 乙\n100. 丙\n")
    assert [m[1] for m in re.findall(r"(<span[^>]*>)(\d+\.)</span>", made)] == [
        "98.",
        "99.",
        "100.",
    ]
    widths = re.findall(r"text-indent:-([\d.]+)em", made)
    assert set(widths) == {"2.7"}


def test_blocks_within_an_item_stay_in_it_and_are_set_in() -> None:
    made = html("1. 甲\n\n    第二段\n\n    ```\n    x  = 1\n    ```\n\n2. 乙\n")
    order = [made.index(word) for word in ("甲", "第二段", "x\u00a0\u00a0=\u00a01", "乙")]
    assert order == sorted(order)
    assert made.count('<section style="padding-left:1.5em">') == 2


def test_tasks_are_signs() -> None:
    made = bare("- [x] 甲\n- [ ] 乙\n    - [x] 丙\n\n1. [x] 丁\n")
    assert "<span>☑\ufe0e</span>甲" in made
    assert "<span>☐\ufe0e</span>乙" in made
    assert "<span>☑\ufe0e</span>丙" in made
    assert "<input" not in made
    assert "丁" in made


def test_definitions() -> None:
    assert "<p>名词</p><p>释义。</p>" in bare("名词\n:   释义。\n")


def test_a_number_in_a_table_is_never_broken_and_the_table_scrolls() -> None:
    made = html("| 地区 | 总量 |\n|---|---:|\n| 甲 | 1,234.56万元 |\n")
    box = re.search(
        r'<section style="([^"]*)" data-ignore-width(?:="")?><table style="([^"]*)"', made
    )
    assert box is not None
    assert "overflow-x:auto" in box[1]
    assert "white-space:nowrap" in box[2]
    cell = re.search(r'<td style="([^"]*)">1,234.56万元</td>', made)
    assert cell is not None
    assert "text-align:right" in cell[1]
    assert "white-space:normal" not in cell[1]


def test_long_words_in_a_cell_wrap_and_a_wide_table_says_so() -> None:
    long = "这一格的说明很长，长到手机上一行放不下，要折行"
    made = html(f"| 地区 | 说明 | 数 |\n|---|---|---:|\n| 甲 | {long} | 1.2 |\n")
    cell = re.search(rf'<td style="([^"]*)">{long}</td>', made)
    assert cell is not None
    assert "white-space:normal" in cell[1]
    wide = html("| " + " | ".join(f"第{n}列的名称" for n in range(8)) + " |\n" + "|---" * 8 + "|\n")
    assert "左右滑动" in wide
    assert "左右滑动" not in html("| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n")


@pytest.mark.parametrize(
    "span",
    [
        '2"><a href=https://evil.example/>点</a>',
        'x"> data-evil="1',
        "2 onclick",
        "0",
        "1001",
        "٢",
        "-1",
    ],
)
def test_a_span_that_is_no_number_is_left_out_of_pages_and_articles(span: str) -> None:
    text = f"| 甲 | 乙 |\n|---|---|\n| 子 {{: colspan='{span}' rowspan='{span}'}} | 丑 |\n"
    written = f"<table><tr><td colspan='{span}' rowspan='3'>子</td></tr></table>"
    for html in (site(text), article(text).html, press().prose(written)):
        assert "colspan" not in html
        assert "evil" not in html
    assert 'rowspan="3"' in press().prose(written)


def test_cells_that_span_others_do() -> None:
    text = "| 甲 | 乙 |\n|---|---|\n| 子 {: colspan=2 rowspan='1000'} | 丑 |\n"
    for html in (site(text), article(text).html):
        assert ' colspan="2"' in html
        assert ' rowspan="1000"' in html


@pytest.mark.parametrize(
    ("kind", "label"),
    [("note", "说明"), ("tip", "窍门"), ("warning", "注意"), ("danger", "严禁")],
)
def test_an_alert_without_a_title_has_its_chinese_label(kind: str, label: str) -> None:
    assert f"<p>{label}</p><p>正文</p>" in bare(f"!!! {kind}\n    正文\n")
    assert f"<p>{label}</p><p>正文</p>" in bare(f"??? {kind}\n    正文\n")
    assert "<p>自己的</p><p>正文</p>" in bare(f'!!! {kind} "自己的"\n    正文\n')


def test_what_folds_and_tabs_stand_open_in_order() -> None:
    made = shown(html('??? tip "点开"\n    里面\n\n=== "甲"\n    第一页\n\n=== "乙"\n    第二页\n'))
    order = [made.index(word) for word in ("点开", "里面", "甲", "第一页", "乙", "第二页")]
    assert order == sorted(order)


def test_a_set_of_tabs_within_a_tab_stays_in_it() -> None:
    text = """=== "本地单位"

    先看类别

    === "新办"

        六月底前报

    === "变更"

        九月底前报

    再看期限

=== "外地单位"

    不用报
"""
    words = re.sub(r"<[^>]*>", "|", article(text).html)
    assert [w for w in words.split("|") if w.strip()] == [
        "本地单位",
        "先看类别",
        "新办",
        "六月底前报",
        "变更",
        "九月底前报",
        "再看期限",
        "外地单位",
        "不用报",
    ]


def test_links_become_notes_once_each_and_wechat_articles_stay_links() -> None:
    made = article(
        "[甲](https://a.example.com/x)、[乙](https://a.example.com/x)、[丙](faq:mlk/bie)、"
        "[丁](https://mp.weixin.qq.com/s/AbC-_1)、[附件](biao.csv)、[上面](#某处)\n\n## 某处\n"
    )
    text = shown(made.html)
    assert "甲[1]、乙[1]、丙[2]、丁、附件[3]、上面" in text
    assert text.count("https://a.example.com/x") == 1
    assert f"[2] 丙：{BASE}faq/mlk/bie/" in text
    assert f"[3] 附件：{BASE}assets/biao.csv" in text
    assert re.findall(r'<a href="([^"]*)"', made.html) == ["https://mp.weixin.qq.com/s/AbC-_1"]
    assert made.links == {"https://mp.weixin.qq.com/s/AbC-_1": "丁"}


@pytest.mark.parametrize(
    "url",
    [
        "https://mp.weixin.qq.com/mp/profile_ext?action=home",
        "https://mp.weixin.qq.com.example.com/s/abc",
        "https://example.com/?u=https://mp.weixin.qq.com/s/abc",
        "https://mp.weixin.qq.com/s",
    ],
)
def test_what_only_looks_like_a_wechat_article_is_no_link(url: str) -> None:
    made = article(f"[甲]({url})\n")
    assert "<a " not in made.html
    assert url.replace("&", "&amp;") in made.html


def test_a_picture_that_leads_somewhere_is_named_by_its_words() -> None:
    text = shown(html("[![一张图](tu.png)](https://a.example.com/)\n"))
    assert "[1] 一张图：https://a.example.com/" in text
    assert "一张图[1]" not in text


def test_an_address_that_is_written_out_needs_no_note() -> None:
    text = shown(html("<https://www.example.com/> 和 [www.example.com](https://www.example.com)\n"))
    assert "[1]" not in text
    assert text.count("www.example.com") == 2


def test_a_link_to_a_term_is_its_word() -> None:
    p = press()
    made = p.prose('<p>见<a class="term-link" href="../../../terms/tongbi/">同比</a>。</p>')
    assert shown(made) == "见同比。"
    assert p.notes.lines == []


def test_footnotes_and_links_share_one_run_of_numbers() -> None:
    made = shown(
        html(
            "甲[^a]，[乙](https://a.example.com/)，丙[^a]。\n\n[^a]: 脚注见[丁](https://b.example.com/)。\n"
        )
    )
    assert "甲[1]，乙[3]，丙[1]。" in made
    assert "[1] 脚注见丁[2]。" in made
    assert "[2] 丁：https://b.example.com/" in made
    assert "[3] 乙：https://a.example.com/" in made
    assert "↩" not in made


def test_two_texts_of_one_article_keep_their_footnotes_apart() -> None:
    p = press()
    first = p.prose(site("甲[^a]。\n\n[^a]: 第一。\n"))
    p.page("faq/mlk/bie/")
    second = p.prose(site("乙[^a]。\n\n[^a]: 第二。\n"))
    assert shown(first).strip() == "甲[1]。"
    assert shown(second).strip() == "乙[2]。"
    assert [n.html for n in p.notes.lines] == ["第一。", "第二。"]


def test_ruby_keeps_brackets_for_where_it_is_dropped() -> None:
    made = html("{统|tǒng}计\n")
    assert "<ruby>统<rp>（</rp><rt>tǒng</rt><rp>）</rp></ruby>计" in made


def test_code_keeps_every_blank_and_line() -> None:
    made = html("```\n甲\n    乙  丙\n\n\t丁\n```\n")
    words = re.search(r"<code>(.*?)</code>", made)
    assert words is not None
    rows = [re.sub(r"<[^>]*>", "", row) for row in words[1].split("<br>")]
    assert [row.replace("\u00a0", " ") for row in rows] == ["甲", "    乙  丙", "", "    丁"]
    assert "<pre" not in made


def test_coloured_code_says_the_same_and_no_colour_reaches_over_a_line() -> None:
    source = 'x = 1  # 数\ny = """一\n二"""\n'
    made = re.search(r"<code>(.*)</code>", html(f"```python\n{source}```\n"))
    assert made is not None
    rows = made[1].split("<br>")
    assert all(row.count("<span") == row.count("</span>") for row in rows)
    text = "\n".join(re.sub(r"<[^>]*>", "", row) for row in rows)
    assert text.replace("\u00a0", " ").replace("&quot;", '"') == source.rstrip("\n")
    assert len(set(re.findall(r"color:(#\w+)", made[1]))) >= 3


@pytest.mark.parametrize("box", ["warning", "important", "note"])
def test_marked_lines_of_code_read_in_boxes_too(box: str) -> None:
    code = '    > ```python hl_lines="1"\n    > x = 1  # 数\n    > ```\n'
    made = html(f'!!! {box} "题"\n{code}')
    assert [str(fault) for fault in lint(made)] == []
    assert "font-weight:700" in made.partition("<code>")[2]


def test_chinese_emphasis_is_dotted_and_bold_beside_quotes_is_bold() -> None:
    made = html("**“四上”**单位，*强调*，*italic*，*𠮷*\n")
    assert "<strong>“四上”</strong>单位" in made
    assert re.search(r'<em style="font-style:normal[^"]*">强调</em>', made)
    assert re.search(r'<em style="font-style:normal[^"]*">𠮷</em>', made), "rare ones too"
    assert "<em>italic</em>" in made


def test_a_picture_has_its_size_caption_and_signatures() -> None:
    made = article('![一张图](tu.png "图的说明")\n')
    found = re.search(
        r'<img src="(images/[0-9a-f]{12}\.(?:png|jpg))" alt="一张图" data-w="900" data-ratio="0.4444"',
        made.html,
    )
    assert found is not None
    assert [i.name for i in made.images] == [found[1]]
    assert "图的说明　图：自绘　AI生成" in shown(made.html)


def test_a_picture_that_is_not_there_leaves_its_words() -> None:
    assert "没有的图" in shown(
        press().prose('<p><img src="../../../assets/x.png" alt="没有的图"></p>')
    )


def test_a_chart_is_a_picture_with_title_stamp_and_words() -> None:
    text = "```chart\ntype: bar\ntitle: 八月高\nunit: 亿元\nx: [七月, 八月]\nseries:\n  甲: [1, 2]\nsource: 示例\n```\n"
    made = article(text)
    assert len(made.images) == 1
    assert "八月高" in shown(made.html)
    assert "示例数据" in shown(made.html)
    assert made.images[0].alt
    assert "互动查看" not in made.html


# --- any text at all ---------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["同比", "环比", "1,234.5万元", "GDP", "2026年11月", "x < y & z", "“四上”", "5.2%"]
)
INLINE = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        st.builds("**{}**".format, inner),
        st.builds("*{}*".format, inner),
        st.builds("=={}==".format, inner),
        st.builds("`{}`".format, WORDS),
        st.builds("[{}](https://a.example.com/{})".format, WORDS, st.integers(0, 3)),
        st.builds("[{}](faq:mlk/bie)".format, WORDS),
        st.builds("{{统|tǒng}}{}".format, inner),
        st.builds("{} $x_1^2$".format, inner),
        st.builds("{}，{}".format, inner, inner),
        st.builds("{}[^a]".format, inner),
        st.builds("![{}](tu.png)".format, WORDS),
    ),
    max_leaves=5,
)


def indented(text: str, first: str = "    ", rest: str = "    ") -> str:
    lines = text.split("\n")
    return "\n".join((first if n == 0 else rest) + line for n, line in enumerate(lines))


BLOCK = st.recursive(
    st.one_of(
        INLINE,
        st.builds("## {}".format, INLINE),
        st.builds("#### {}".format, WORDS),
        st.builds("| {} | {} |\n|---|---:|\n| {} | {} |".format, WORDS, WORDS, INLINE, WORDS),
        st.builds("```python\nx = '{}'\n\n    y  # {}\n```".format, WORDS, WORDS),
        st.builds('```yaml hl_lines="1"\nx: {}  # {}\n```'.format, WORDS, WORDS),
        st.builds("$$\n\\frac{{{}}}{{b}}\n$$".format, st.sampled_from("axy")),
        st.builds("{}\n:   {}".format, WORDS, INLINE),
        st.just("---"),
    ),
    lambda inner: st.one_of(
        st.builds(lambda a, b: f"{indented(a, '- ')}\n{indented(b, '- ')}", inner, inner),
        st.builds(lambda a, b: f"{indented(a, '1. ')}\n\n{indented(b)}", inner, inner),
        st.builds(lambda a: indented(a, "- [x] "), inner),
        st.builds(lambda a: indented(a, "> ", "> "), inner),
        st.builds(lambda a: f'!!! warning "当心"\n{indented(a)}', inner),
        st.builds(lambda a: f'??? note "点开"\n{indented(a)}', inner),
        st.builds(lambda a, b: f'=== "甲"\n{indented(a)}\n\n=== "乙"\n{indented(b)}', inner, inner),
        st.builds("{}\n\n{}".format, inner, inner),
    ),
    max_leaves=6,
)


def said(text: str) -> Counter[str]:
    """Every sign of a text that one can see."""
    return Counter(c for c in text if not c.isspace() and c not in "\u00a0\ufe0e\u2009\u2003")


def site_words(page: str) -> Counter[str]:
    """What a reader sees of a text on the site: without formulas, notes' numbers and ways back."""
    root = LexborHTMLParser(page)
    for node in root.css("svg, .math, .footnote-backref, .footnote-ref, figure.chart"):
        node.decompose()
    body = root.body
    return said(body.text() if body is not None else "")


@settings(max_examples=3000 if FULL else 120, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(BLOCK, min_size=1, max_size=4), st.one_of(INLINE, BLOCK))
def test_any_text_of_the_dialect_is_clean_and_whole(blocks: list[str], note: str) -> None:
    text = "\n\n".join(["开头。", *blocks, f"[^a]: {indented(note).lstrip()}"])
    page = site(text)
    made = article(text)
    assert strangers(made.html) == []
    assert [str(f) for f in lint(made.html)] == []
    assert site_words(page) - said(shown(made.html)) == Counter()


@settings(max_examples=5000 if FULL else 150)
@given(st.text(alphabet="#*-_`>|[]()!:=~$\\^{}<&\"' \n\t1.甲乙x", max_size=120))
def test_any_signs_are_clean_and_whole(text: str) -> None:
    page = site(text)
    made = article(text)
    assert strangers(made.html) == []
    assert site_words(page) - said(shown(made.html)) == Counter()


@settings(max_examples=60)
@given(st.text(alphabet="<>/abdivpspan \"'=&;甲", max_size=80))
def test_a_tree_holds_every_word(text: str) -> None:
    body = LexborHTMLParser(text).body
    assert tree(text).text == (body.text() if body is not None else "")
