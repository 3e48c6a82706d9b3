"""The Markdown dialect: safe whatever is written, well set in Chinese, quick on hostile text."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from builder.markup import ATTRIBUTES, TAGS, render, screen
from builder.model import Picture
from builder.typography import TermLinks, set_text

ROOT = Path(__file__).resolve().parent.parent
LINKS = {"faq:mlk/a": "faq/mlk/a/"}
FILES = {"a.csv": "assets/files/a.csv"}
PICTURES = {"a.png": Picture("assets/files/a.png", 24, 16, "图")}


def made(text: str) -> str:
    return render(text, LINKS, PICTURES, FILES, "../").html


def unsafe(html: str) -> list[str]:
    """Whatever a browser could run or fetch: tags, attributes and addresses beyond the allowed."""
    found = []
    for node in LexborHTMLParser(f"<body>{html}").css("body *"):
        allowed = {*ATTRIBUTES["*"], *ATTRIBUTES.get(node.tag or "", ())}
        inner = node.tag in {"svg", "path", "g", "rect", "line", "polygon", "polyline", "title"}
        if node.tag not in TAGS and not inner:
            found.append(f"<{node.tag}>")
        for name, value in node.attributes.items():
            if name.startswith("on") or name in {"style", "srcdoc", "srcset", "formaction"}:
                found.append(f"{node.tag} {name}")
            elif not inner and name not in allowed:
                found.append(f"{node.tag} {name}?")
            if name in {"href", "src"} and not re.match(
                r"https?://|mailto:|tel:|#|\.\./", value or ""
            ):
                found.append(f"{node.tag} {name}={value}")
    return found


ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//a.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<img src=x\nonerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>",
    "<iframe src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>a</a>",
    "<style>*{display:none}</style>",
    "<details open ontoggle=alert(1)>",
    "<div markdown='1' onclick='a'>a</div>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "[a](javascript:alert)",
    "[a](JaVaScRiPt:alert)",
    "[a](java\tscript:alert)",
    "[a](&#106;avascript:alert)",
    "[a](javascript&colon;alert)",
    "[a](%6aavascript:alert)",
    "[a](\x01javascript:alert)",
    "[a](<javascript:alert(1)>)",
    '[a](javascript:alert "题")',
    "[a](vbscript:msgbox)",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](file:///etc/passwd)",
    "[a](//a.example/)",
    "[a](\\\\a.example\\b)",
    "[a][x]\n\n[x]: javascript:alert",
    "<javascript:alert>",
    "<data:text/html,a>",
    "![a](javascript:alert)",
    "![a](https://a.example/b.png)",
    "![a](data:image/svg+xml;base64,PHN2Zz4=)",
    '![a](a.png" onerror="alert(1))',
    '![a](a.png "x\\" onerror=\\"alert(1)")',
    '![" onerror="alert(1)](a.png)',
    "[a](https://a.example){: onclick=alert(1) }",
    "[a](https://a.example){: href=javascript:alert(1) }",
    "[a](https://a.example){: style='position:fixed' }",
    "![a](a.png){: src=//a.example/b.png }",
    "![a](a.png){: onerror=alert(1) srcset=//a.example/b }",
    "# a {: onclick=alert(1) }",
    "段\n{: onmouseover=alert(1) style=color:red data-x=1 }",
    "| a {: onclick=alert(1) } | b |\n|---|---|\n| c | d |",
    "```html {: onclick=alert(1) }\n<script>\n```",
    "``` {.html onclick=alert(1)}\n<script>\n```",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    "[^<script>]\n\n[^<script>]: a",
    '=== "<script>alert(1)</script>"\n    a',
    '??? note "<img src=x onerror=alert(1)>"\n    a',
    '!!! note "<script>" onclick\n    a',
    "{<script>|<img src=x onerror=alert(1)>}",
    "$\\href{javascript:alert(1)}{a}$",
    "$<script>alert(1)</script>$",
    "$\\text{</svg><script>alert(1)</script>}$",
    "==<script>alert(1)</script>==",
    "词\n:   <script>alert(1)</script>",
    "- [x] <script>alert(1)</script>",
    "\x02wzxhzdk:0\x03 \x02klzzwxh:0000\x03",
    "WEIKEFORMULA0X $x$",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_written_becomes_active(text: str) -> None:
    for whole in (text, f"- {text}", f"> {text}", f"**{text}**", f"[{text}](faq:mlk/a)"):
        if screen(whole) is None:
            assert unsafe(made(whole)) == []


def test_the_judge_of_safety_can_fail() -> None:
    assert unsafe("<script>a</script>") == ["<script>"]
    assert unsafe("<p onclick=a>") == ["p onclick"]
    assert unsafe("<a href='javascript:a'>") == ["a href=javascript:a"]
    assert unsafe("<img src=//a.example>") == ["img src=//a.example"]
    assert unsafe("<p data-x=1>") == ["p data-x?"]
    assert unsafe(made("[甲](faq:mlk/a) ![乙](a.png) **丙** `丁` $x^2$")) == []


PIECES = st.sampled_from(
    [
        *ATTACKS,
        "<",
        ">",
        '"',
        "'",
        "`",
        "[",
        "](",
        ")",
        "![",
        "{:",
        "}",
        "\n",
        "\n\n",
        "    ",
        "- ",
        "> ",
        "甲",
        "&",
        "\\",
    ]
)


@settings(max_examples=250)
@given(st.lists(PIECES, min_size=1, max_size=6).map("".join))
def test_no_mixture_becomes_active(text: str) -> None:
    if screen(text) is None:
        assert unsafe(made(text)) == []


NAUGHTY = [
    "undefined", "null", "NaN", "1/0", "0x0", "\\", "\\\\", "-$1.00", "1E+02", "０１２３", "...", "<>?:\"{}|_+",
    "Ω≈ç√∫˜µ≤≥÷", "田中さんに", "𠜎𠜱𠝹", "👾 🙇 💁", "👨‍👩‍👧‍👦", "مرحبا", "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮", "\u202etest\u202c", "\u200b\u2060\ufeff",
    "'; DROP TABLE users; --", "$(touch /tmp/x)", "%s%s%n", "{{7*7}}", "${{7*7}}", "{% raw %}", "../../etc/passwd", "CON", "=1+1",
    "\x00", "\x0b", "\x1f", "\x7f", "\x85", "\u2028", "\ufffe", "[]()", "![]()", "[](", "****", "____", "~~~", "```", "---",
    "|", "|-|", "[^]: a", "[^a]", "*a", "a*", "_a_b_", "<a@b.example>", "#", "# #", "1.", "-", ">", ":   ", "{:", "{: }", "$", "$$", "$$\n$$", "{|}", "==", "===",
    '=== ""', "!!!", "!!! ", "???", "--8<--", "[x]", "- [x]", "***\n***", "\t\t\t", "a\\", "&amp;", "&#0;", "&#xFFFFFFFF;",
]  # fmt: skip


@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_strings_are_rendered(text: str) -> None:
    for whole in (
        text,
        f"甲{text}乙",
        f"# {text}",
        f"| {text} |\n|---|\n| {text} |",
        f"[{text}](faq:mlk/a)",
        f"```\n{text}\n```",
    ):
        if screen(whole) is None:
            html = made(whole)
            assert unsafe(html) == []
            assert "\x02" not in html
            assert "\x03" not in html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("中文\n换行", "<p>中文换行</p>"),
        ("中文，\n换行", "<p>中文，换行</p>"),
        ("English\nwords", "<p>English\nwords</p>"),
        ("中文\nwords", "<p>中文\nwords</p>"),
        ("**粗。**后", "<p><strong>粗。</strong>后</p>"),
        ("前**“粗”**后", "<p>前<strong>“粗”</strong>后</p>"),
        ("前**（粗）**，后", "<p>前<strong>（粗）</strong>，后</p>"),
        ("数==（标）==后", "<p>数<mark>（标）</mark>后</p>"),
        ("用时3天", '<p>用时<span class="keep">3天</span></p>'),
        ("1,234.5 万元", '<p><span class="keep">1,234.5 万元</span></p>'),
        ("2026年11月20日", '<p><span class="keep">2026年11月20日</span></p>'),
        ("降-5.6%", '<p>降<span class="keep">-5.6%</span></p>'),
        ("3—5个百分点", '<p><span class="keep">3—5个百分点</span></p>'),
        ("`3天`", "<p><code>3天</code></p>"),
        ("a_b_c", "<p>a_b_c</p>"),
        ("1. 甲\n3. 乙", "<ol>\n<li>甲</li>\n<li>乙</li>\n</ol>"),
        ("2026\\. 年", "<p>2026. 年</p>"),
        ("&nbsp;&lt;b&gt;", "<p>&nbsp;&lt;b&gt;</p>"),
        ("A & B", "<p>A &amp; B</p>"),
        ("<b>粗</b>", "<p>&lt;b&gt;粗&lt;/b&gt;</p>"),
        ("[甲](faq:mlk/a#节)", '<p><a href="../faq/mlk/a/#节">甲</a></p>'),
        ("[甲](faq:mlk/meiyou)", "<p><a>甲</a></p>"),
        ("[甲](a.csv)", '<p><a href="../assets/files/a.csv">甲</a></p>'),
        ("甲**乙**丙==丁==戊", "<p>甲<strong>乙</strong>丙<mark>丁</mark>戊</p>"),
        ("1 == 2，a==b", "<p>1 == 2，a==b</p>"),
        ("{统|tǒng}", "<p><ruby>统<rp>（</rp><rt>tǒng</rt><rp>）</rp></ruby></p>"),
    ],
)
def test_chinese_is_set_as_it_should_be(text: str, html: str) -> None:
    assert made(text) == html


def test_headings_are_lowered_and_their_ids_are_their_words() -> None:
    shown = render(
        "# 什么是 四上？\n\n## 同名\n\n## 同名\n\n### 《细》节", {}, {}, {}, "../", "t1-"
    )
    ids = re.findall(r"<h(\d) id=\"([^\"]+)\"", shown.html)
    assert ids[0] == ("2", "t1-什么是-四上")
    assert len({i for _, i in ids}) == 4
    assert [h.id for h in shown.toc] == [i for _, i in ids]


def test_ids_of_notes_and_tabs_keep_apart_on_one_page() -> None:
    text = '甲[^1]\n\n[^1]: 注\n\n=== "一"\n    乙'
    one, two = (render(text, {}, {}, {}, "../", prefix).html for prefix in ("t1-", "t2-"))
    ids = [re.findall(r'\bid="([^"]+)"', html) for html in (one, two)]
    assert len(ids[0]) == len(ids[1]) >= 3
    assert not set(ids[0]) & set(ids[1])
    for html, known in ((one, ids[0]), (two, ids[1])):
        wanted = re.findall(r'(?:href="#|for=")([^"]+)"', html)
        assert set(wanted) <= set(known)


def test_a_term_is_linked_at_its_first_mention_only() -> None:
    links = TermLinks({"四上单位": "terms/sishang/", "四上": "terms/si/", "名录": "terms/minglu/"})
    html = "<h2>四上单位</h2><p><code>四上单位</code><a href='#'>四上单位</a>看四上单位，四上单位和名录。</p>"
    shown = links.apply(html, "../../", "terms/minglu/")
    assert shown.count("term-link") == 1
    assert 'href="../../terms/sishang/">四上单位</a>，四上单位和名录' in shown
    assert shown.startswith("<h2>四上单位</h2><p><code>四上单位</code><a href='#'>四上单位</a>看<a")
    assert links.apply("<p>无关</p>", "") == "<p>无关</p>"
    assert TermLinks({}).apply(html, "") == html


def test_setting_touches_no_code_and_no_tag() -> None:
    html = '<p title="3天">甲\n乙</p><pre><code>3天\n甲\n乙</code></pre>'
    assert set_text(html) == '<p title="3天">甲乙</p><pre><code>3天\n甲\n乙</code></pre>'


# --- hostile text, in a process that can be killed --------------------------------------------

HOSTILE = {
    "brackets": "'[' * 19000",
    "brackets in a row": "'|' + '[' * 19000",
    "brackets in a table": "'|a|b|\\n|-|-|\\n' + ('|' + '[' * 9000 + '|\\n') * 3",
    "brackets over paragraphs": "('[' * 390 + '\\n\\n') * 100",
    "stars": "('*a_b' * 90 + '\\n\\n') * 50",
    "backticks": "('` ' * 390 + '\\n\\n') * 30",
    "quotes": "'> ' * 5000 + 'a'",
    "quotes and lists": "'> - ' * 4000 + 'a'",
    "lists": "'- ' * 9000 + 'a'",
    "lists by indent": "'\\n'.join('\\t' * n + '- a' for n in range(60))",
    "admonitions by indent": "'\\n'.join('    ' * n + '!!! note' for n in range(60))",
    "digits": "'1' * 19999",
    "digits and commas": "('1,' * 9999 + '\\n\\n') * 10",
    "spaces at line ends": "('中' + ' ' * 19000 + '\\n') * 20",
    "notes that call themselves": "'[^1]\\n\\n[^1]: [^1]'",
    "headings": "'# a\\n\\n' * 20000",
    "links": "('[a](' * 90 + '\\n\\n') * 50",
    "openings of tags": "'<' * 19000",
    "ampersands": "'&' * 19999",
    "formulas": "'$x$ ' * 190",
    "one long line": "'甲' * 500000",
}  # fmt: skip
WORKER = """
import sys, time, resource
sys.path.insert(0, {root!r})
from builder.markup import render, screen
render("warm", {{}}, {{}}, {{}}, "")
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
for name, text in {texts}:
    began = time.process_time()
    if screen(text) is None:
        render(text, {{}}, {{}}, {{}}, "")
    print(name, round(time.process_time() - began, 2), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of processor time here")
def test_hostile_text_is_refused_or_done_quickly() -> None:
    texts = "[" + ", ".join(f"({name!r}, {code})" for name, code in HOSTILE.items()) + "]"
    program = WORKER.format(root=str(ROOT), texts=texts)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    times = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
    assert list(times) == list(HOSTILE), f"stopped after {list(times)[-1:]}: {done.stderr[-500:]}"
    assert {name: t for name, t in times.items() if float(t) > 2} == {}


def test_rare_characters_are_chinese_too() -> None:
    """𠮷 and its like lie beyond the first plane."""
    assert set_text("<p>统计𠮷\n𠮷家</p>") == "<p>统计𠮷𠮷家</p>"
    assert set_text("<p>𠮷 \n𠮷</p>") == "<p>𠮷𠮷</p>"


@pytest.mark.parametrize("note", ["见\n\n    $$x$$", "\n    $$\\frac{a}{b}$$", "$$x$$", "甲 $x$"])
def test_a_footnote_may_end_with_a_formula(note: str) -> None:
    html = made(f"甲[^a]\n\n[^a]: {note}\n")
    assert html.count('<span class="math') == 1
    assert html.count('class="footnote-backref"') == 1
