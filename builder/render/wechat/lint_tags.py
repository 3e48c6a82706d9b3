"""Tags, attributes, links and pictures that WeChat takes out or shows wrongly."""

from __future__ import annotations

import re
from collections.abc import Iterator

from builder.render.wechat import links, lint_drawings, lint_lists
from builder.render.wechat.seen import Look
from builder.render.wechat.tree import ROOT, Node, Tree, names

Found = Iterator[tuple[str, str]]

INLINE = names("span strong em b i u s del sup sub small code a br wbr img ruby rb rt rp svg mark")
BLOCKS = names(
    "section p h1 h2 h3 h4 h5 h6 blockquote ul ol li dl dt dd hr table caption colgroup "
    "col thead tbody tfoot tr th td pre figure figcaption"
)
OFFICIAL = names(
    "mp-common-profile mp-common-mpaudio mp-common-poi mp-common-product mp-miniprogram qqmusic"
)
GONE = {
    "script": "脚本",
    "style": "样式表",
    "link": "样式表",
    "iframe": "嵌入页",
    "video": "视频",
    "audio": "音频",
    "object": "嵌入对象",
    "embed": "嵌入对象",
    "form": "表单",
    "input": "表单",
    "button": "按钮",
    "select": "表单",
    "textarea": "表单",
    "label": "表单",
    "details": "折叠块",
    "summary": "折叠块",
    "math": "MathML 公式",
    "canvas": "画布",
    "div": "div 块，用 section",
}
PICTURE = re.compile(r"images/[0-9a-z][0-9a-z._-]*\.(?:jpe?g|png)")
KEPT = re.compile(
    r"https?://mmbiz\.q(?:pic|logo)\.cn/[!-~]*"
)  # where WeChat's own components have pictures
SPACES = re.compile(r"[\n\r\t]|^ | {2}")
NEST = 10


def whole(tree: Tree) -> Found:
    """What shows only in the article as a whole."""
    for tag in tree.loose:
        yield "balance", f"多出一个 </{tag}>，标签没有配对。"
    for aside in tree.asides:
        yield "comment", f"有注释或声明“{aside.strip()[:12]}”，读者不该拿到，删去。"
    if tree.root.own.strip():
        yield "loose", f"“{tree.root.own.strip()[:12]}”不在任何段落里，用 section 或 p 包起来。"
    top = tree.root.elements
    if top and not _words_first(top[0]):
        yield "first-svg", "第一个节点是 svg，前面要有文字，否则保存后会消失。"


def _words_first(node: Node) -> bool:
    while node.tag != "svg":
        if node.own.strip() or node.tag == "img" or not node.elements:
            return True
        node = node.elements[0]
    return False


def judge(node: Node, look: Look) -> Found:
    """Faults of one element's tag, attributes and place among others."""
    if not node.closed:
        yield "balance", f"<{node.tag}> 没有结束标签。"
    if look.drawn:
        yield from lint_drawings.judge(node)
    elif node.tag in GONE:
        yield "tag", f"微信会删掉 <{node.tag}>（{GONE[node.tag]}）。"
    elif node.tag not in INLINE | BLOCKS | OFFICIAL:
        yield "tag", f"微信文章里没有 <{node.tag}> 这个标签。"
    yield from _attributes(node, look)
    yield from _nesting(node)
    if node.tag == "img":
        yield from _picture(node)
    elif node.tag == "a":
        yield from _link(node)
    elif node.tag in {"pre", "code"}:
        yield from _code(node, look)


def _attributes(node: Node, look: Look) -> Found:
    for name in node.twice:
        yield "twice", f"<{node.tag}> 的 {name} 写了两次，手机各认各的；留一个。"
    if node.attrs.get("dir", "ltr") != "ltr":
        yield "attribute", "dir 会使数字和字反着排，删去。"
    for name, value in node.attrs.items():
        if name in {"class", "id"}:
            yield "attribute", f"微信会删掉 {name} 属性，样式要写在 style 里。"
        elif name.startswith("on"):
            yield "attribute", f"微信会删掉脚本属性 {name}。"
        elif name == "data-no-dark":
            yield "no-dark", "data-no-dark 会让这里在深色模式下不变色，删去，改用合适的颜色。"
        elif node.tag in OFFICIAL and name.startswith("data-"):
            if "//" in value and not KEPT.fullmatch(value):
                yield "attribute", f"<{node.tag}> 的 {name} 指向外面的地址，微信会过滤。"
        elif not lint_lists.attribute(node.tag, name, look.drawn):
            yield "attribute", f"微信不认 <{node.tag}> 的 {name} 属性。"


def _nesting(node: Node) -> Found:
    around = [a.tag for a in node.above()]
    if node.tag in {"ul", "ol"} and {"ul", "ol"} & {*around}:
        yield "nested-list", "列表套着列表，微信会多出符号；里层改成带序号文字的 section。"
    if node.tag in BLOCKS and "p" in around:
        yield "balance", f"<p> 里放着 <{node.tag}>，微信会把段落拆开。"
    elif node.tag in BLOCKS and INLINE & {*around}:
        yield "inline", f"行内标签里放着 <{node.tag}>，微信会把它拆开；外面用 section。"
    if "leaf" in node.attrs and any(n.tag in BLOCKS for n in node.walk() if n is not node):
        yield "leaf", "span leaf 里只能是文字和行内标签。"
    if "nodeleaf" in node.attrs:
        inside = {n.tag for n in node.elements}
        if inside - OFFICIAL - {"img"} or node.text.strip():
            yield "nodeleaf", "section nodeleaf 里只能是图片或公众号的组件。"
    if _chain(node) == NEST:
        yield "nest", f"{NEST} 层一样的 <{node.tag}> 一层套一层，微信会精简，去掉多余的层。"


def _chain(node: Node) -> int:
    """How many elements like this one, each the only child of the next, end here."""
    count, below = 1, node
    parent = node.parent
    while (
        parent is not None
        and parent.tag != ROOT
        and (parent.tag, dict(parent.style)) == (node.tag, dict(node.style))
        and parent.elements == [below]
        and not parent.own.strip()
    ):
        count, below, parent = count + 1, parent, parent.parent
    return count


def _picture(node: Node) -> Found:
    src, wide = node.attrs.get("src", ""), node.attrs.get("data-w", "")
    if src.startswith("data:"):
        yield "base64", "图片直接写在 HTML 里（base64），微信会删掉；放进 images/。"
    elif not PICTURE.fullmatch(src):
        yield "image", f"图片“{src[:40]}”不在 images/ 里，微信会过滤外面的图片。"
    if not wide.isdigit() or not int(wide):
        yield "data-w", "图片没有 data-w（原图宽度，像素）。"
    if "alt" not in node.attrs:
        yield "alt", "图片没有文字替代 alt。"


def _link(node: Node) -> Found:
    target = node.attrs.get("href", "")
    if not links.article(target):
        yield "link", f"链接“{target[:40]}”不是公众号文章，微信不许点开；改成文末的编号附注。"


def _code(node: Node, look: Look) -> Found:
    if node.tag == "pre" and node.text.strip():
        if not any(n.tag == "code" for n in node.walk()):
            yield "pre", "<pre> 里是普通文字，手机上不换行；改用 p 或 section。"
        elif look.one_line and not look.scrolls:
            yield (
                "pre",
                "<pre> 里的长行在手机上会被截断；加 overflow-x:auto，或 white-space:pre-wrap。",
            )
    holds_code = node.tag == "pre" and any(n.tag == "code" for n in node.walk())
    if not holds_code and any(SPACES.search(words) for words in _texts(node)):
        yield "code", "代码里的空格和换行保存后会丢；空格写成不换行空格，换行写成 <br>。"


def _texts(node: Node) -> Iterator[str]:
    """The runs of words inside, each as it stands between two tags."""
    for child in node.children:
        if isinstance(child, str):
            yield child
        else:
            yield from _texts(child)
