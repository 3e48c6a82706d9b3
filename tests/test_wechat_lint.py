"""The linter for WeChat articles: every rule has articles that break it and articles that keep it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from PIL import ImageColor

from builder.render.wechat import colour, lint_looks, lint_styles, lint_tags
from builder.render.wechat.colour import (
    DARK_PAPER,
    Colour,
    contrast,
    dark_background,
    dark_ink,
    parse,
)
from builder.render.wechat.dark import darkened
from builder.render.wechat.lint import lint, summed
from builder.render.wechat.tree import declarations, read
from tests.wechat_lint_lists import LISTED, MORE

PICTURE = '<img src="images/0a1b2c3d4e5f.png" alt="图" data-w="900" style="max-width:100%">'


def p(style: str, inside: str = "统计数据") -> str:
    return f'<p style="{style}">{inside}</p>'


def wrapped(style: str, inside: str = "<p>统计数据</p>") -> str:
    return f'<section style="{style}">{inside}</section>'


def chain(count: int, style: str = "margin:0") -> str:
    return f'<section style="{style}">' * count + "字" + "</section>" * count


def drawing(inside: str, more: str = "") -> str:
    return f'<section>图<svg viewBox="0 0 10 10" {more}>{inside}</svg></section>'


def table(cell: str, box: str = "overflow-x:auto", mark: str = "data-ignore-width") -> str:
    return f'<section {mark} style="{box}"><table><tbody><tr>{cell}</tr></tbody></table></section>'


# rule: (articles that break it, articles that keep it)
CASES: dict[str, tuple[list[str], list[str]]] = {
    **LISTED,
    "balance": (
        ["<p>没关上", "<p>一</p></section>", "<p><section>块</section></p>", "<p><b>粗</p>"],
        ["<p>一<br>二</p>", "<section><p>一</p></section>", f"<p>{PICTURE}</p>"],
    ),
    "comment": (
        ["<p>一<!-- 内部备注 --></p>", "<!doctype html><p>一</p>", "<p>一</p><?php echo 1 ?>"],
        ["<p>&lt;!-- 字 --&gt;</p>"],
    ),
    "loose": (["散字<p>一</p>", "<p>一</p>散字"], ["<p>一</p>\n<p>二</p>"]),
    "first-svg": (
        ['<section><svg viewBox="0 0 1 1"></svg></section><p>一</p>'],
        [drawing(""), f'<section>{PICTURE}<svg viewBox="0 0 1 1"></svg></section>'],
    ),
    "tag": (
        [
            "<div>一</div>",
            "<section><script>1</script></section>",
            "<section><style>p{}</style></section>",
            '<section><iframe src="x"></iframe></section>',
            "<section><video></video></section>",
            "<p><input></p>",
            "<section><details><summary>一</summary></details></section>",
            "<p><button>按</button></p>",
            "<section><math><mi>x</mi></math></section>",
            "<p><font>字</font></p>",
            "<marquee>字</marquee>",
        ],
        [
            "<section><h2>题</h2><p>字<sup>1</sup></p><blockquote>引</blockquote></section>",
            "<p><ruby>统<rt>tǒng</rt></ruby></p>",
            "<section><mp-common-profile data-id='x'></mp-common-profile></section>",
        ],
    ),
    "attribute": (
        [
            '<p class="a">一</p>',
            '<p id="a">一</p>',
            '<p onclick="x()">一</p>',
            '<p contenteditable="true">一</p>',
            '<p><a href="https://mp.weixin.qq.com/s/a" target="_blank">一</a></p>',
            '<table bgcolor="#fff"></table>',
        ],
        [
            '<p style="margin:0" data-ignore-dm="" lang="zh" aria-hidden="true">一</p>',
            '<p dir="ltr">一</p>',
            table('<td colspan="2">一</td>'),
        ],
    ),
    "no-dark": (['<p data-no-dark="">一</p>'], ['<p data-ignore-dm="low-contrast">一</p>']),
    "nested-list": (
        [
            "<ul><li>一<ol><li>二</li></ol></li></ul>",
            "<ul><li><section><ul></ul></section></li></ul>",
        ],
        ["<ul><li>一</li></ul><ol><li>二</li></ol>"],
    ),
    "leaf": (
        ['<p><span leaf=""><section>块</section></span></p>'],
        ['<p><span leaf=""><strong>字</strong></span></p>'],
    ),
    "nodeleaf": (
        ['<section nodeleaf=""><section>块</section></section>'],
        [f'<section nodeleaf="">{PICTURE}</section>'],
    ),
    "nest": (
        [chain(10), chain(14)],
        [chain(9), "<section>" * 6 + chain(8) + "</section>" * 6, chain(6, "a:b") + chain(6)],
    ),
    "base64": (['<p><img src="data:image/png;base64,AA" alt="" data-w="1"></p>'], [PICTURE]),
    "image": (
        [
            '<p><img src="https://example.gov.cn/a.png" alt="" data-w="1"></p>',
            '<p><img src="../images/a.png" alt="" data-w="1"></p>',
            '<p><img src="images/a.webp" alt="" data-w="1"></p>',
            '<p><img alt="" data-w="1"></p>',
        ],
        [PICTURE, '<p><img src="images/ab12.jpg" alt="" data-w="1"></p>'],
    ),
    "data-w": (
        ['<img src="images/a.png" alt="">', '<img src="images/a.png" alt="" data-w="0">'],
        [PICTURE],
    ),
    "alt": (
        ['<img src="images/a.png" data-w="9">'],
        ['<img src="images/a.png" data-w="9" alt="">'],
    ),
    "link": (
        [
            '<p><a href="https://www.stats.gov.cn/">局</a></p>',
            '<p><a href="https://mp.weixin.qq.com.evil.cn/s">假</a></p>',
            '<p><a href="https://mp.weixin.qq.com@evil.cn/">假</a></p>',
            '<p><a href="#a">页内</a></p>',
            '<p><a href="javascript:alert(1)">脚本</a></p>',
            '<p><a href="//mp.weixin.qq.com/s">没有协议</a></p>',
            '<p><a href="faq/mlk/yi/">站内</a></p>',
            '<p><a href="https://[">坏</a></p>',
        ],
        ['<p><a href="https://mp.weixin.qq.com/s/AbC-1?x=1#y">往期</a></p>'],
    ),
    "pre": (
        ["<pre>一段普通的文字</pre>", "<pre><code>长行</code></pre>"],
        [
            '<pre style="white-space:pre-wrap"><code>短</code></pre>',
            '<pre style="overflow-x:auto" data-ignore-width><code>长</code></pre>',
        ],
    ),
    "code": (
        [
            "<p><code>if a:\n  b</code></p>",
            "<p><code>a  b</code></p>",
            "<p><code><span>if</span> a</code></p>",
            '<pre style="white-space:pre-wrap"><code>a\nb</code></pre>',
        ],
        ["<p><code>a b</code></p>", "<p><code>if&nbsp;a:<br>&nbsp;&nbsp;b</code></p>"],
    ),
    "svg": (
        [
            drawing('<defs><path d="M0"/></defs>'),
            drawing('<use href="#a"/>'),
            drawing('<use xlink:href="#a"/>'),
            drawing('<path d="M0" fill="url(#a)"/>'),
            drawing('<linearGradient id="a"></linearGradient>'),
            drawing("<foreignObject><p>字</p></foreignObject>"),
            drawing("<image href='a.png'/>"),
        ],
        [drawing('<g><path d="M0" fill="currentColor"/></g>')],
    ),
    "svg-black": (
        [
            drawing('<path d="M0"/>'),
            drawing('<g fill="black"><path d="M0"/></g>'),
            drawing('<path d="M0" fill="none" stroke="#222"/>'),
            drawing('<text style="fill:#000">字</text>'),
            drawing('<rect width="5" height="5" fill="#fff"/><path d="M0"/>'),
        ],
        [
            drawing('<path d="M0" fill="currentColor"/>'),
            drawing('<path d="M0"/>', 'style="background:#fff"'),
            drawing('<rect width="10" height="10" fill="#fff"/><path d="M0"/>'),
            drawing('<path d="M0" fill="none"/>'),
            drawing('<path d="M0" fill="#d0483f" stroke="#f0a030"/>'),
        ],
    ),
    "begin": (
        [
            drawing('<animate begin="touchstart"></animate>'),
            drawing('<animate begin="click"></animate>'),
        ],
        [
            drawing('<animate begin="touchstart; click"></animate>'),
            drawing('<animate begin="1s"/>'),
        ],
    ),
    "font-family": (
        [
            p("font-family:SimSun"),
            p("font-family: Arial, sans-serif"),
            drawing('<text font-family="x" fill="none"/>'),
        ],
        [
            p("font-size:16px"),
            p("font-family:'mp-quote', PingFang SC, system-ui, -apple-system, Arial"),
        ],
    ),
    "font": ([p("font:bold 16px serif")], [p("font-weight:700;font-size:16px")]),
    "position": ([p("position:relative;left:2px"), p("position:absolute")], [p("position:static")]),
    "float": ([p("float:left")], [p("float:none")]),
    "animation": ([p("animation:a 1s")], [p("margin:1px")]),
    "animation-name": ([p("animation-name:a")], [p("animation-name:none")]),
    "mix-blend-mode": ([p("mix-blend-mode:multiply")], [p("mix-blend-mode:normal")]),
    "order": (
        [p("order:2"), wrapped("display:flex;flex-direction:row-reverse")],
        [p("order:0"), wrapped("display:flex")],
    ),
    "transform": (
        [p("transform:translateY(20px)")],
        [p("transform:none"), drawing('<g style="transform:scale(2)"></g>')],
    ),
    "-webkit-text-fill-color": ([p("-webkit-text-fill-color:#111")], [p("color:#111")]),
    "content": ([p("content:'x'")], [p("margin:0")]),
    "src": ([p("src:local(a)")], [p("margin:0")]),
    "grid": (
        [
            wrapped("display:grid"),
            wrapped("grid-template-columns:1fr 1fr"),
            wrapped("display:inline-grid"),
        ],
        [wrapped("display:flex")],
    ),
    "important": ([p("color:#111 !important"), p("color:#111!IMPORTANT")], [p("color:#111")]),
    "var": ([p("color:var(--a)"), p("--a:1")], [p("margin:1em")]),
    "url": ([p("background:url(a.png)"), p("list-style-image:URL('x')")], [p("list-style:none")]),
    "script": ([p("width:expression(1)"), p("a:javascript:1"), p("a:@import x")], [p("width:50%")]),
    "text-align": (
        [p("text-align:start"), p("text-align:end")],
        [p("text-align:left"), p("text-align:justify")],
    ),
    "caret": (
        [p("caret-color:rgba(0, 0, 0, 0)"), p("caret-color:transparent")],
        [p("caret-color:#111"), p("caret-color:auto")],
    ),
    "gradient": (
        [
            p("background:linear-gradient(#fff,#eee)"),
            p("background-image:-webkit-linear-gradient(left,#fff,#eee)"),
            wrapped("background-image:radial-gradient(#fff,#eee)"),
            p("background-clip:text"),
        ],
        [wrapped("background:linear-gradient(#fff,#eee)", "<br>"), p("background:#fff")],
    ),
    "number": (
        [
            table("<td>1234.5</td>"),
            table("<td>-12.3%</td>"),
            table("<th>2026年</th>"),
            table("<td>1,234 亿元</td>"),
            p("word-break:break-all"),
        ],
        [
            table('<td style="white-space:nowrap">1234.5</td>'),
            table("<td>3</td>"),
            table("<td>甲州市</td>"),
            wrapped("overflow-x:auto;white-space:nowrap", "<p>12</p>").replace(
                "<section", "<section data-ignore-width", 1
            ),
            p("overflow-wrap:anywhere"),
        ],
    ),
    "colour": (
        [
            p("color:oklch(0.5 0.2 240)"),
            p("background-color:color-mix(in srgb,#fff,#000)"),
            p("border-color:墨"),
        ],
        [
            p("color:hsl(210, 60%, 30%)"),
            p("border-color:#111 #222"),
            p("color:inherit"),
            p("background-color:rgb(0 0 0 / 5%)"),
        ],
    ),
    "hidden": (
        [p("display:none"), p("visibility:hidden"), p("text-indent:-9999px")],
        [p("display:block"), p("text-indent:2em")],
    ),
    "opacity": (
        [p("opacity:0"), wrapped("opacity:0.0", PICTURE)],
        [p("opacity:.6"), wrapped("opacity:0", "<br>")],
    ),
    "size": (
        [p("font-size:0"), p("font-size:10px"), wrapped("font-size:11px")],
        [p("font-size:12px"), p("font-size:1em")],
    ),
    "line-height": (
        [
            p("line-height:0"),
            p("line-height:.8"),
            p("line-height:12px"),
            p("line-height:90%"),
            wrapped("line-height:18px", '<p style="font-size:24px">大</p>'),
        ],
        [
            p("line-height:1.8"),
            p("line-height:1"),
            wrapped("line-height:0", PICTURE),
            p("font-size:24px"),
        ],
    ),
    "height": (
        [
            wrapped("height:0"),
            wrapped("height:0px;overflow:hidden"),
            wrapped("height:80px"),
            wrapped("max-height:80px;overflow:hidden"),
        ],
        [
            wrapped("min-height:80px"),
            wrapped("height:auto"),
            wrapped("height:0", PICTURE),
            wrapped("height:100px;overflow-y:auto").replace(
                "<section", "<section data-ignore-width", 1
            ),
            wrapped("height:100%"),
        ],
    ),
    "width": (
        [
            wrapped("width:500px"),
            wrapped("min-width:30em"),
            wrapped("width:120%"),
            wrapped("width:400pt"),
            wrapped("margin-left:294pt"),
            wrapped("margin:0 -40px"),
            wrapped("padding:0 110px"),
        ],
        [
            wrapped("width:100%"),
            wrapped("width:40px"),
            wrapped("padding:0 16px"),
            wrapped("width:800px;overflow-x:auto").replace(
                "<section", "<section data-ignore-width", 1
            ),
        ],
    ),
    "table": (
        ["<table><tbody><tr><td>一</td></tr></tbody></table>", table("<td>一</td>", "margin:0")],
        [table("<td>一</td>"), table("<td>一</td>", "overflow:auto hidden")],
    ),
    "scroll": ([table("<td>一</td>", mark="")], [table("<td>一</td>")]),
    "contrast-light": (
        [
            p("color:#999"),
            p("color:#fff"),
            p("color:rgba(0,0,0,.4)"),
            p("background:#1b4a80", "字"),
            p("color:#888;font-size:20px"),
        ],
        [
            p("color:#555"),
            p("background:#1b4a80;color:#fff"),
            p("color:#888;font-size:24px"),
            p("color:#888;font-size:19px;font-weight:700"),
        ],
    ),
    "contrast-dark": (
        # a bright ground keeps its colour; a half dark text before it is told far enough from it, and is not
        [
            p("background:#d07800;color:#5a4a00"),
            p("background:#777;color:#fff", "字"),
            p("color:#1b4a80", '<span style="background:#5b8bd0">字</span>'),
        ],
        [
            p("color:#1b4a80"),
            p("background:#1b4a80;color:#fff"),
            p("background:rgba(27,74,128,.08);color:#1b4a80"),
        ],
    ),
    "glare": (
        [p("background:#eaf2fb"), wrapped("background:#fff4d6")],
        [
            p("background:#f5f5f5"),
            p("background:rgba(27,74,128,.08)"),
            p("background:#1b4a80;color:#fff"),
        ],
    ),
    "justify": (
        ["<section><p>字</p></section>", p("text-align:justify"), p("color:#111")],
        [
            p("text-align:left"),
            wrapped("text-align:center"),
            PICTURE,
            wrapped("text-align:left", p("text-align:justify")),
        ],
    ),
    "too-long": (
        [p("white-space:nowrap", "不许换行的文字比手机的一行还要长，会被截掉一截")],
        [
            p("white-space:nowrap", "2026 年 11 月"),
            p(
                "white-space:nowrap;overflow:hidden;text-overflow:ellipsis",
                "不许换行的文字比手机的一行还要长，会被截掉一截",
            ),
            table('<td style="white-space:nowrap">不许换行的文字比手机的一行还要长，可以横移</td>'),
        ],
    ),
}

BAD = [*MORE, *((rule, html) for rule, (bad, _) in CASES.items() for html in bad)]
GOOD = [(rule, html) for rule, (_, good) in CASES.items() for html in good]


@pytest.mark.parametrize(("rule", "html"), BAD)
def test_what_breaks_a_rule_is_found(rule: str, html: str) -> None:
    assert rule in {fault.rule for fault in lint(html)}, lint(html)


@pytest.mark.parametrize(("rule", "html"), GOOD)
def test_what_keeps_a_rule_is_let_be(rule: str, html: str) -> None:
    assert rule not in {fault.rule for fault in lint(html)}, lint(html)


def test_every_rule_has_articles_that_break_and_keep_it() -> None:
    folder = Path(lint_tags.__file__).parent
    text = "".join(path.read_text("utf-8") for path in sorted(folder.glob("lint_*.py")))
    rules = {*re.findall(r'yield\s*\(?\s*"([a-z0-9-]+)",', text)} | {*lint_styles.STRIPPED}
    assert rules == {*CASES}
    assert all(bad and good for bad, good in CASES.values())
    assert lint_looks.READABLE == 4.5


def test_a_plain_article_has_no_fault() -> None:
    html = (
        '<section style="font-size:16px;line-height:1.8;color:#1c2430;text-align:left;overflow-wrap:break-word">'
        '<h2 style="font-size:20px;line-height:1.4">题</h2><p style="margin:0 0 16px">字<strong>重</strong></p>'
        '<p style="font-size:14px;color:#4b5560">小字</p>'
        f'<section style="text-align:center">{PICTURE}</section>'
        f"{table(chr(60) + 'td style=' + chr(34) + 'white-space:nowrap' + chr(34) + '>1,234.5</td>')}</section>"
    )
    assert lint(html) == []


def test_faults_say_where_and_what_in_chinese() -> None:
    (fault,) = lint(p("text-align:left;float:left", "规模以上工业增加值同比增长百分之五点八"))
    assert (
        str(fault)
        == "<p>“规模以上工业增加值同比增长百…”：样式 float：微信会删掉浮动；改用 display:flex 或 inline-block。"
    )
    (fault,) = lint(
        '<section style="text-align:left"><p>图在下面</p><p><img src="images/a.png" alt="">  </p></section>'
    )
    assert str(fault).startswith("<img>旁边是“图在下面”：图片没有 data-w")


def test_faults_of_one_rule_are_one_sentence() -> None:
    told = summed(
        lint(
            wrapped("text-align:left", p("float:left") + p("float:right", "第二段") + p("order:3"))
        )
    )
    assert [t.partition("：")[0] for t in told] == ["<p>“统计数据”", "<p>“统计数据”"]
    assert told[0].endswith("（共 2 处）")
    assert not told[1].endswith("处）")


def test_styles_are_read_with_quotes_and_brackets() -> None:
    style = "background:url(a;b); color : #FFF ;x:'a;b';;margin:0 auto"
    assert declarations(style) == {
        "background": "url(a;b)",
        "color": "#FFF",
        "x": "'a;b'",
        "margin": "0 auto",
    }


def test_a_tree_keeps_what_stands_in_the_text() -> None:
    tree = read('<section><p>一<b>二</b></p><svg viewBox="0 0 1 1"></svg></section>')
    assert [n.tag for n in tree.nodes()] == ["section", "p", "b", "svg"]
    assert [n.start for n in tree.nodes()][-1] == '<svg viewBox="0 0 1 1">'
    assert tree.root.text == "一二"


@pytest.mark.parametrize(
    ("text", "colour_"),
    [
        ("#1b4a80", (27, 74, 128, 1)),
        ("#FFF", (255, 255, 255, 1)),
        ("#0008", (0, 0, 0, 136 / 255)),
        ("rgba(1, 2, 3, .5)", (1, 2, 3, 0.5)),
        ("rgb(10% 20% 30% / 40%)", (25.5, 51, 76.5, 0.4)),
        ("hsl(0, 100%, 50%)", (255, 0, 0, 1)),
        ("white", (255, 255, 255, 1)),
        ("transparent", (255, 255, 255, 0)),
    ],
)
def test_colours_are_read(text: str, colour_: tuple[float, ...]) -> None:
    ImageColor.getrgb("white")  # it keeps what it read, in the table of names itself
    assert parse(text) == pytest.approx(colour_)


@pytest.mark.parametrize(
    "text", ["", "墨", "#12", "rgb(1,2)", "rgb(a,b,c)", "oklch(1 0 0)", "12px"]
)
def test_what_is_no_colour_is_none(text: str) -> None:
    assert parse(text) is None


def test_contrast_is_that_of_the_web_guidelines() -> None:
    assert contrast(Colour(0, 0, 0), Colour(255, 255, 255)) == pytest.approx(21)
    assert contrast(Colour(118, 118, 118), Colour(255, 255, 255)) == pytest.approx(4.54, abs=0.01)


# Worked out by hand from the published rules: thresholds 250, 190, 65, 100; lightness 40 and 22 of 100.
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("#ffffff", "#191919"),  # a bright grey is turned over: 100 + 9.8 - 100
        ("#f5f5f5", "#232323"),  # 100 + 9.8 - 96.1
        ("#1b4a80", "#1b4a80"),  # neither too bright nor too dark
        ("#000000", "#383838"),  # lightness up to 22
        ("#ffffff80", "rgba(25,25,25,0.502)"),  # what shows through stays
    ],
)
def test_backgrounds_turn_as_published(before: str, after: str) -> None:
    given = parse(before)
    assert given is not None
    assert dark_background(given).css == after


def test_a_pale_tint_is_only_dimmed() -> None:
    turned = dark_background(Colour(234, 242, 251))
    assert colour.brightness(turned) == pytest.approx(190, abs=1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("#000000", "#a3a3a3"),  # lightness 0 → 90, and then no brighter than the page's own words
        ("#ffffff", "#ffffff"),  # white stays
        ("#888888", "#888888"),  # far enough from #191919
    ],
)
def test_words_turn_as_published(before: str, after: str) -> None:
    given = parse(before)
    assert given is not None
    assert dark_ink(given).css == after


@pytest.mark.parametrize(
    "ink", ["#000", "#1b4a80", "#b3261e", "#25603f", "#4b5563", "#c00", "#6b4e00"]
)
def test_words_on_bare_ground_are_brighter_by_65_at_least(ink: str) -> None:
    given = parse(ink)
    assert given is not None
    turned = dark_ink(given)
    assert colour.brightness(turned) - colour.brightness(DARK_PAPER) >= 64.9


def test_words_on_a_bright_ground_are_darkened() -> None:
    ground = Colour(190, 190, 190)
    assert colour.brightness(dark_ink(Colour(170, 170, 170), ground)) <= 125


def test_a_long_article_is_judged_quickly() -> None:
    piece = (
        '<section style="margin:0 0 16px;padding:10px"><p style="margin:0 0 16px;color:#1c2430">统计<strong>数据</strong>'
        "真实准确、完整及时。</p></section>"
    )
    html = f'<section style="text-align:left">{piece * 150}</section>'
    assert len(html) > 18_000
    began = time.perf_counter()
    assert lint(html) == []
    assert time.perf_counter() - began < 0.5


def test_an_article_is_shown_with_its_colours_turned() -> None:
    html = (
        '<section style="color:#000;border:1px solid #ddd">字<p style="background:#fff">白底</p>'
        '<p style="margin:0">不变</p><svg viewBox="0 0 1 1"><path style="fill:#000"/></svg></section>'
    )
    assert darkened(html) == (
        '<section style="color:#a3a3a3;border:1px solid #a3a3a3">字<p style="background:#191919;color:#a3a3a3">白底</p>'
        '<p style="margin:0">不变</p><svg viewBox="0 0 1 1"><path style="fill:#000"/></svg></section>'
    )


def test_what_has_no_colours_is_left_as_it_stands() -> None:
    html = f"<section><p>字&amp;“句”</p>{PICTURE}<br></section>"
    assert darkened(html) == html
