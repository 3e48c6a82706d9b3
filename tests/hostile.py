"""What spoils a file: hostile bytes, YAML values, pieces of Markdown, and bombs that grow with `n`."""

from __future__ import annotations

import random
from collections.abc import Callable

PAIRS = (
    "[", "](", "![", "[^", "**", "*a ", "_", "`", "``", "==", "~~", "$", "{", "{a|", "<", "<!--", "&", "\\", "\\.", "\\-",
    "![](", "[a](b", "[a]: ", "[^a]: ", "<a", "</", "{: #a ", "{.", "--8<--", ":::", "|", "^", "(", "“", "1亿元", "$$",
)  # fmt: skip
STARTS = (
    "> ", "- ", "* ", "1. ", "+ ", "    ", "  - ", "> - ", "- > ", "1) ", ": ", ":   ", "\t", ">\t", "!!! note\n    ", "# ",
    '??? note "a"\n    ', '=== "a"\n    ', "- [ ] ", "[^1]: ", "> 1. ", "```\n", "~~~\n", "$$", "| ", "- - ", ">> ",
)  # fmt: skip
ROWS = (
    "# a", "## a", "- a", "1. a", "> a", "[^1]", "[^1]: a", "[^a]: b [^a]", "a | b\n-|-\nc | d", "| a |", ": a", "***", "---", "",
    '=== "a"\n\n    b\n', "!!! note\n    a\n", '??? note "a"\n\n    b\n', "```\na\n```", "- [ ] a", "[a]: b", "===", "a\n===", "\\", "\\.\\.",
    "<div>", "同比增长5%，四上单位", "$a$", "{统|tong}", "![a](b.png)", "*a*", "[a](faq:mlk/x)", "::: intranet", '--8<-- "snippet:x"',
)  # fmt: skip
BOMBS: tuple[Callable[[random.Random, int], str], ...] = (
    lambda rng, n: rng.choice(PAIRS) * n,
    lambda rng, n: rng.choice(PAIRS) * n + "a" + rng.choice(("]", ")", "](a)", "**", "}", ">", "`", "$")) * n,
    lambda rng, n: "".join(rng.choices(PAIRS, k=min(n, 20_000))),
    lambda rng, n: rng.choice(STARTS) * n + "a",
    lambda rng, n: "".join(rng.choices(STARTS, k=min(n, 5_000))) + "a",
    lambda rng, n: "\n".join(" " * (4 * i) + rng.choice(STARTS) + "a" for i in range(min(n, 400))),
    lambda rng, n: "\n\n".join("    " * (i % 11) + rng.choice(STARTS) + "a" for i in range(n)),
    lambda rng, n: "\n".join([rng.choice(ROWS)] * n),
    lambda rng, n: "\n\n".join([rng.choice(ROWS)] * n),
    lambda rng, n: "\n".join(rng.choices(ROWS, k=n)),
    lambda rng, n: "\n\n".join(f"a[^{i}]\n\n[^{i}]: b" for i in range(min(n, 20_000))),
    lambda rng, n: "\n".join(f"# a\n# a-{i}" for i in range(n)),
    lambda rng, n: "|" + "a|" * n + "\n|" + "-|" * n + "\n" + ("|" + "b|" * n + "\n") * 3,
    lambda rng, n: "\n".join([rng.choice(PAIRS) * 90] * n),
    lambda rng, n: "\n".join([rng.choice(("\\.", "\\-\\(", "a\\!", "a&b;")) * 9_000] * min(n, 60)),
    lambda rng, n: "$" + rng.choice(("\\frac{1}", "{", "\\sqrt", "x^", "\\left(", "\\begin{array}", "\\text{", "&")) * min(n, 60) + "$",
    lambda rng, n: "a" * n + "\n===\n" * 3,
    lambda rng, n: " ".join(f"[{i}][{i}]" for i in range(min(n, 90))) + "\n\n" + "\n".join(f"[{i}]: b" for i in range(n)),
)  # fmt: skip

BYTES = (
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\x1b[31m", b"\x7f", b"\x85", b"\xef\xbb\xbf", b"\xff\xfe",
    "\u202e".encode(), "\u2066".encode(), "\u200b".encode(), "\u2028".encode(), "\ufffe".encode(), "\U000e0001".encode(), b"\x02", b"\x03",
    b"\x02head\x03", b"\x01", "\U0001f600".encode(), "a\u0301".encode(), b"\t", b"\x0c", "\ue000".encode(), b"\x02wzxhzdk:0\x03",
)  # fmt: skip

VALUES = (
    "", "~", "null", "true", "-1", "1e400", "9" * 400, "9" * 5_000, "0x7fffffffffffffff", ".inf", "NaN", "-0", "1_000", "[]", "{}", "[[]]",
    "[a, b]", "{a: b}", "[{a: b}]", "'2026-02-30'", "0000-00-00", "9999-12-31", "10000-01-01", "2026-13-01", "0001-01-01", "2026-11-21T25:00",
    "'２０２６-11-21'", "'2026-11-21\\n'", '"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"\\x1b[31m"', '"\\u202egpj.exe"', '"\\u2028"', '"\\U0010ffff"',
    '"\\U00110000"', '"\\ufffe"', '"\\x85"', '"a\\nb"', "../../../etc/passwd", "/etc/passwd", "..\\..\\x", "faq:../../x", "course:..", "system:a//b",
    "snippet:%2e%2e", "'file:///etc/passwd'", "'javascript:alert(1)'", "'data:text/html,x'", "'//host/x'", "'https://a b'", "[../a/, /b/, ../../c]",
    "['', ' ', '/', '//', '.', '..']", "[assets/x, search, sitemap.xml, 404.html, index.html]", "'a?b#c'", "['a/?x', 'a#b', 'a%00b', 'a\\b', 'CON/']",
    "{../../x.png: {alt: a}}", "{.htaccess: {alt: a}}", "&a b", "*a", "!!int 3", "|\n  a\n  b", ">-\n  a", "'<script>alert(1)</script>'",
    "'\"><img src=x onerror=alert(1)>'", "'{{ 7*7 }}'", "'{% include \"x\" %}'", "'::: intranet'", "'<!-- a'", "'" + "统" * 79 + "'", "'" + "x" * 300 + "'",
    "'" + "x" * 100_000 + "'", "[" + ", ".join(f"t{i}" for i in range(3_000)) + "]", "'\u202e'", "'\u200b'", "'\u3000'", "\U0001f600", "intranet", "public",
    "internet", "mlk", "nobody", "xx:yy", "faq:mlk/x", "{from: 2026-12-31, to: 2026-01-01}", "{to: 0001-01-01}", "{to: 9999-12-31, system: system:x}", "100000",
    "[1, 2, 99]", "{tags: [], kinds: [x]}", "'\x02body\x03'", "24:00", "99:99", "'%s%n{0}{}'", "[public, public]", "'\ue000'", "'\\'", "[0, 13, -1]",
)  # fmt: skip

PIECES = (
    "[a](../../../etc/passwd)", "![a](../../orgs.yml)", "![](/etc/passwd)", "[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))", "![a](data:image/png;base64,AA)",
    "[a](faq:../x)", "[a](course:..)", "[a](//host/x)", "[a](assets/%2e%2e/x)", "[a](\\\\host\\x)", "<script>alert(1)</script>", "<img src=x onerror=y>",
    '\n--8<-- "../../../etc/passwd"\n', '\n--8<-- "snippet:../x"\n', '\n    --8<-- "faq:mlk/sishang"\n', "\n::: intranet\n", "\n:::\n", "\n::: nobody\n:::\n", "\n> ::: intranet\n",
    "<!-- ", " -->", "<!--->", "\n```\n", "\n~~~\n", "\n```{.python #x onclick=y}\n```\n", "\x02", "\x03", "\x02wzxhzdk:0\x03", "WEIKEFORMULA0X", "$WEIKEFORMULA1X$", "\x02body\x03",
    "{: onclick=alert(1) style=x }", "{: #wk-query .md-search }", "{a|b}", "{" * 30, "[^1]", "[^1]: [^1]", "$\\foo{$", "$$\\frac$$", "\n$$\n\\begin{x}\n$$\n", "&#0;", "&#x110000;",
    "\u202e", "\u2028", "\u200b" * 9, "\ud7ff", "\ufdd0", "\U0010ffff", "a" * 19_990, "\\" * 200, "*[a]: b", '\n=== "a"\n\n    b\n', '\n!!! "\n    a\n', "\n!!! note a b c\n    a\n",
    "\n# \n", "\n# {#x}\n", "\n## a {: #main }\n", "\n[x]: <javascript:alert(1)>\n[x]", "|a|b\n|-\n|c", "\n- [x] a\n", "\n: a\n", "'", '"', ": ", " #", "- ", "{{ x }}", "{% x %}",
)  # fmt: skip
