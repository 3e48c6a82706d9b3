"""Inline styles that WeChat takes out, or that break its page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from builder.render.wechat import colour, lint_lists
from builder.render.wechat.seen import LINE_WIDTH, Look, pixels, scroller
from builder.render.wechat.tree import Node

Found = Iterator[tuple[str, str]]

STRIPPED = {
    "font-family": "微信统一用自己的字体，删去。",
    "font": "它连字体一起定了，分开写 font-size、font-weight、line-height。",
    "position": "微信会删掉定位，或使深色模式认错底色；改用正常的排列。",
    "float": "微信会删掉浮动；改用 display:flex 或 inline-block。",
    "animation": "@keyframes 会被删掉，动画不会动。",
    "animation-name": "@keyframes 会被删掉，动画不会动。",
    "mix-blend-mode": "混色以后看不看得清说不准，删去。",
    "order": "会打乱先后次序，深色模式按原来的次序认底色。",
    "transform": "变形会使文字离开自己的底色；删去。",
    "-webkit-text-fill-color": "用 color。",
    "content": "伪元素会被删掉。",
    "src": "微信会删掉字体文件。",
}
FAMILY = '"mp-quote", PingFang SC, system-ui, -apple-system'
HIDING = {
    ("display", "none"): "display:none 把内容藏起来",
    ("visibility", "hidden"): "visibility:hidden 把内容藏起来",
    ("visibility", "collapse"): "visibility:collapse 把内容藏起来",
}
SMALLEST = 12.0
FAR = 100.0
SIDES = 200.0
TIGHT = 0.999
COLOURED = (
    "color",
    "background-color",
    "border-color",
    *(f"border-{side}-color" for side in ("top", "right", "bottom", "left")),
)
PLAIN = frozenset({"inherit", "initial", "unset", "currentcolor"})
CUT = frozenset({"hidden", "clip"})
# Which of one, two, three or four values a side has.
SIDES_OF = {
    "top": (0, 0, 0, 0),
    "right": (0, 1, 1, 1),
    "bottom": (0, 0, 2, 2),
    "left": (0, 1, 1, 3),
}
SIDE = re.compile(r"\s+")


def judge(node: Node, look: Look) -> Found:
    """Faults of one element's inline style."""
    words = bool(node.text.strip()) and not look.drawn
    if words:
        yield from _lines(node, look)
    if not look.free and (not look.drawn or node.tag == "svg"):
        yield from _widths(node, look)
    if not node.style:
        return
    yield from _stripped(node, look)
    for name, value in node.style.items():
        yield from _value(name, value.lower())
        yield from _listed(name, value, look)
    yield from _hidden(node, look, words)
    if words:
        yield from _heights(node, look)


def _listed(name: str, value: str, look: Look) -> Found:
    """What is not on the lists of properties and values."""
    if name in STRIPPED or name.startswith(("--", "grid")):
        return
    if not lint_lists.known(name, look.drawn):
        yield "style", f"样式 {name} 不在可以用的之内：微信可能删掉它，也可能藏住、翻转内容；删去。"
    elif not lint_lists.sound(name, value, look.drawn):
        yield "value", f"样式 {name} 的值“{value[:24]}”认不准，写成常见的样子（px、em、百分比）。"


def _stripped(node: Node, look: Look) -> Found:
    for name, why in STRIPPED.items():
        value = node.style.get(name)
        if value is None or (look.drawn and name == "transform"):
            continue
        if name == "font-family" and _plain_family(value):
            continue
        if value.lower() not in {"static", "none", "normal", "0"} or name.startswith("font"):
            yield name, f"样式 {name}：{why}"
    shown = node.style.get("display", "").lower()
    if "grid" in shown or any(n.startswith("grid") for n in node.style):
        yield "grid", "微信会删掉网格布局（grid）；改用 flex 或表格。"
    if node.style.get("flex-direction", "").endswith("-reverse"):
        yield "order", "flex-direction 反着排会打乱先后次序，深色模式会认错底色。"


def _plain_family(value: str) -> bool:
    def plain(text: str) -> str:
        return SIDE.sub(" ", text.replace('"', "").replace("'", "")).strip()

    return plain(value).startswith(plain(FAMILY))


def _value(name: str, value: str) -> Found:
    if "!important" in value.replace(" ", ""):
        yield "important", f"样式 {name} 带着 !important，会使微信的公共样式和深色模式失效。"
    if "var(" in value or name.startswith("--"):
        yield "var", f"样式 {name} 用了变量，微信会删掉。"
    if "url(" in value:
        yield "url", f"样式 {name} 引用了外部文件 url(…)，微信会过滤；图片用 <img>。"
    if "expression(" in value or "javascript:" in value or "@" in value:
        yield "script", f"样式 {name} 里夹着脚本或规则，微信会删掉。"
    if name == "text-align" and value in {"start", "end"}:
        yield "text-align", f"text-align:{value} 各种手机显示不一，写 left 或 right。"
    if name == "caret-color" and (ink := colour.parse(value)) is not None and ink.a == 0:
        yield "caret", "光标颜色是透明的，编辑时看不见光标。"
    if (name == "background-clip" and value == "text") or name == "-webkit-background-clip":
        yield "gradient", "用背景给文字上色（background-clip:text），深色模式下会看不清。"
    if name == "word-break" and value == "break-all":
        yield "number", "word-break:break-all 会把数字和英文从中间断开；用 overflow-wrap:anywhere。"
    if name in COLOURED and value not in PLAIN and not _colours(value):
        yield "colour", f"颜色“{value[:24]}”微信认不出，写成 #rrggbb 或 rgba()。"


def _colours(value: str) -> bool:
    plain = value.replace("!important", "").strip()
    return all(p in PLAIN or colour.parse(p) is not None for p in lint_lists.pieces(plain))


def _hidden(node: Node, look: Look, words: bool) -> Found:
    style = node.style
    for (name, value), what in HIDING.items():
        if style.get(name, "").lower() == value:
            yield "hidden", f"{what}；读者看不见的内容不要放进文章。"
    faint = "opacity" in style and not lint_lists.sound("opacity", style["opacity"], False)
    if faint and (words or any(n.tag in {"img", "svg"} for n in node.walk())):
        yield "opacity", "opacity 把内容变得透明、看不清，删去。"
    if words and look.size < SMALLEST:
        what = (
            "字号是 0，文字被藏起来"
            if look.size == 0
            else f"字号 {look.size:.3g} 像素，手机上看不清"
        )
        yield "size", f"{what}，至少 {SMALLEST:.0f} 像素。"
    indent = pixels(style.get("text-indent", ""), look.size)
    if indent is not None and abs(indent) > FAR:
        yield "hidden", "text-indent 把文字推出了屏幕。"
    if any(_side(style, "margin", at, look) < -FAR / 4 for at in ("top", "bottom")):
        yield "hidden", "上下边距是负的，文字会叠在一起、退出屏幕。"
    for name in ("width", "max-width") if words else ():
        wide = pixels(style.get(name, ""), look.size)
        if wide is not None and wide < look.size:
            yield "hidden", f"{name}:{style[name]} 放不下一个字。"


def _lines(node: Node, look: Look) -> Found:
    own = node.own.strip() or "line-height" in node.style
    if own and look.line < look.size * TIGHT:
        yield (
            "line-height",
            f"行高 {look.line:.3g} 像素小于字号 {look.size:.3g} 像素，折行后叠在一起。",
        )


def _heights(node: Node, look: Look) -> Found:
    if scroller(dict(node.style)):
        return
    for name in ("height", "max-height"):
        high = pixels(node.style.get(name, ""), look.size)
        if high is None or node.style[name].strip().endswith("%"):
            continue
        if high == 0:
            yield "height", f"{name}:0 使里面的文字在手机上看不见。"
        elif name == "height" or any(CUT & {*v.split()} for v in _overflows(node)):
            yield (
                "height",
                f"写死了高度（{name}:{node.style[name]}），字一多就被截掉；用 min-height。",
            )


def _overflows(node: Node) -> Iterator[str]:
    return (v.lower() for k, v in node.style.items() if k.startswith("overflow"))


def _widths(node: Node, look: Look) -> Found:
    style = node.style
    for name in ("width", "min-width", "flex-basis"):
        value = style.get(name) or (node.attrs.get(name, "") if node.tag == "svg" else "")
        if node.tag == "svg" and value.isdigit():
            value += "px"
        wide = pixels(value, look.size)
        most = pixels(style.get("max-width", ""), look.size)
        if name != "min-width" and most is not None and most <= LINE_WIDTH + 0.5:
            continue
        if wide is not None and wide > LINE_WIDTH + 0.5:
            yield (
                "width",
                f"{name}:{value} 比手机屏幕宽（一行约 {LINE_WIDTH:.0f} 像素）；用百分比。",
            )
    sides = [
        _side(style, kind, at, look) for kind in ("margin", "padding") for at in ("left", "right")
    ]
    if any(s < -LINE_WIDTH / 20 for s in sides):
        yield "width", "左右边距是负的，内容会超出屏幕。"
    if sum(s for s in sides if s > 0) > SIDES:
        yield "width", "左右边距太大，手机上没有地方放字。"


def _side(style: object, kind: str, at: str, look: Look) -> float:
    assert isinstance(style, dict)
    value = style.get(f"{kind}-{at}")
    if value is None:
        parts = style.get(kind, "").split()
        if not parts:
            return 0.0
        value = parts[SIDES_OF[at][len(parts) - 1]] if len(parts) <= 4 else "0"
    return pixels(value, look.size) or 0.0
