"""What the linter's lists refuse and let be: rules of `test_wechat_lint.py`, each with articles."""

from __future__ import annotations

WORDS = "这是一段会被藏起来的文字"


def _p(style: str) -> str:
    return f'<p style="{style}">{WORDS}</p>'


def _box(style: str) -> str:
    return f'<section style="{style}"><p>{WORDS}</p></section>'


# rule: (articles that break it, articles that keep it)
LISTED: dict[str, tuple[list[str], list[str]]] = {
    "style": (
        [
            _p("clip-path:inset(100%)"),
            _p("-webkit-line-clamp:1;-webkit-box-orient:vertical"),
            _p("scale:0"),
            _p("translate:-999px"),
            _p("rotate:180deg"),
            _p("zoom:0.01"),
            _p("filter:opacity(0)"),
            _p("filter:invert(1)"),
            _p("-webkit-mask-image:linear-gradient(transparent,transparent)"),
            _p("content-visibility:hidden"),
            _p("-webkit-text-stroke:9px #fff"),
            _p("-webkit-text-security:disc"),
            _p("writing-mode:vertical-rl"),
            _p("columns:5"),
            _box("display:flex;flex-flow:row-reverse"),
        ],
        [_p("margin:0;padding:0 2px"), _box("display:flex;flex-wrap:wrap;gap:8px")],
    ),
    "value": (
        [
            _p("display:/**/none"),
            _p("display:-webkit-box"),
            _p("font-size:bogus"),
            _p("min-width:max-content"),
            _p("margin:calc(1em + 2px)"),
            _p("letter-spacing:-1em"),
            _p("border:1px solid url(a)"),
            _p("line-height:calc(0px)"),
            _box("width:calc(100% + 200px)"),
            _box("flex-wrap:wrap-reverse"),
            _box("background:\\75rl(https://x.cn/a)"),
            _box("background-image:image-set('https://x.cn/a.png' 1x)"),
            _box("overflow:clip"),
        ],
        [
            _p("margin:0 auto -2.5px;border:1px dashed rgba(1, 2, 3, 0.4)"),
            _p("border-radius:9px 13px 8px 12px/12px 8px 13px 9px;letter-spacing:.5px"),
            _p("text-decoration:underline;text-emphasis:dot;vertical-align:-0.2em"),
            _box("background:linear-gradient(rgba(1,2,3,.4), #fff);border-top:none"),
            _p("color:inherit;font-size:1.2em;line-height:150%"),
        ],
    ),
    "twice": (
        [
            f'<p style="display:none" style="color:#222">{WORDS}</p>',
            '<img src="images/a.png" src="images/b.png" alt="" data-w="9">',
            _p("font-size:0;font-size:bogus"),
            _p("color:#111;COLOR:#fff"),
        ],
        [_p("margin:0;margin-left:2px")],
    ),
    "inline": (
        [
            "<section><span><section>块</section></span></section>",
            "<section><strong><p>块</p></strong></section>",
            "<section><code><table><tbody></tbody></table></code></section>",
        ],
        ["<section><p><span><strong>字</strong></span></p></section>"],
    ),
}

# More of the rules that stand in the other file: (rule, what breaks it).
MORE = [
    ("hidden", _p("margin-top:-9999px")),
    ("hidden", _p("margin:-500px 0 0")),
    ("hidden", _p("margin:0 0 -60px")),
    ("hidden", _box("width:0;overflow:hidden")),
    ("hidden", _box("max-width:1px")),
    ("height", _box("max-height:10px;overflow-y:hidden")),
    ("height", _box("max-height:10px;overflow:clip")),
    ("opacity", _p("opacity:.01")),
    ("opacity", _p("opacity:30%")),
    ("opacity", '<section style="opacity:0"><svg viewBox="0 0 1 1"></svg></section>'),
    ("attribute", '<section>图<svg viewBox="0 0 9 9" opacity="0"></svg></section>'),
    ("attribute", '<img src="images/a.png" alt="" data-w="900" width="800">'),
    ("attribute", '<section style="overflow-x:auto"><table width="900"></table></section>'),
    ("attribute", '<p dir="rtl">abc 123</p>'),
    ("attribute", '<mp-miniprogram onclick="x()"></mp-miniprogram>'),
    (
        "attribute",
        '<mp-miniprogram data-miniprogram-imageurl="https://evil.cn/x.png"></mp-miniprogram>',
    ),
    ("width", '<section>图<svg width="800" viewBox="0 0 9 9"></svg></section>'),
    (
        "line-height",
        '<section style="line-height:18px"><h2>从外面来的行高比这个题目的字小</h2></section>',
    ),
    ("nodeleaf", '<section nodeleaf="">字<img src="images/a.png" alt="" data-w="9"></section>'),
    ("link", '<p><a href="https://mp.weixin.qq.com/mp/profile_ext?action=home">号</a></p>'),
    ("link", '<p><a href="https://mp.weixin.qq.com:8443/s/abc">口</a></p>'),
    ("link", '<p><a href="https://mp.weixin.qq.com/s">空</a></p>'),
    ("begin", '<section>图<svg viewBox="0 0 9 9"><animate begin="a.end+1s"/></svg></section>'),
    ("svg", '<section>图<svg viewBox="0 0 9 9"><animate attributeName="href"/></svg></section>'),
]
