"""What was not answered: nobody is told by it, and nobody's words are more than words in the report."""

from __future__ import annotations

import json
import re
import unicodedata
from html.parser import HTMLParser

import markdown
import pytest
import quickjs
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from builder.render.web.shell import THEME
from builder.robot import learning
from builder.robot.engine import Robot
from builder.robot.masks import masked
from builder.yaml_source import parse
from tests.robot_world import DAY
from tests.test_robot_engine import PACKAGE

SPOKEN = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
SPELLINGS = (
    str,
    lambda c: chr(ord(c) + 0xFEE0),
    lambda c: chr(0x2460 + int(c) - 1) if c != "0" else "⓪",
    lambda c: chr(0x660 + int(c)),
    SPOKEN.__getitem__,
)
BREAKS = ("", " ", ".", "-", "．", "－", "—", " - ", "·", "\u200b", "\u3000", "(", "/", "_")


@pytest.fixture(scope="module")
def twin() -> quickjs.Context:
    context = quickjs.Context()
    code = (THEME / "assets" / "robot.js").read_text("utf-8")
    context.eval("var window = {}, document = {querySelectorAll: function () { return []; }};")
    context.eval(code)
    return context


def figures(text: str) -> str:
    """All figures of a text, however they are written."""
    spoken = {said: figure for figure, said in SPOKEN.items()}
    found = (spoken.get(c, c) for c in unicodedata.normalize("NFKC", text))
    return "".join(str(unicodedata.decimal(c)) for c in found if unicodedata.decimal(c, None) is not None)  # fmt: skip


@st.composite
def secret(draw: st.DrawFn) -> tuple[str, str]:
    """A number that tells a person, and one of the ways to write it."""
    kind = draw(st.sampled_from(("mobile", "landline", "person", "penguin")))
    digits = st.text("0123456789", min_size=20, max_size=20)
    tail = draw(digits)
    number = {
        "mobile": "1" + draw(st.sampled_from("3456789")) + tail[:9],
        "landline": "0871" + tail[:8],
        "person": "5" + tail[:5] + "1990" + tail[5:13],
        "penguin": "7" + tail[: draw(st.integers(4, 9))],
    }[kind]
    spell = draw(st.sampled_from(SPELLINGS if kind != "person" else SPELLINGS[:4]))
    between = draw(st.lists(st.sampled_from(BREAKS), min_size=len(number), max_size=len(number)))
    said = "".join(spell(c) + gap for c, gap in zip(number[:-1], between, strict=False))
    said += spell(number[-1])
    if kind == "person" and draw(st.booleans()):
        said = said[: -len(spell(number[-1]))] + draw(st.sampled_from("xXｘＸ"))
        number = number[:-1]
    lead = draw(st.sampled_from(("QQ", "qq号：", "ＱＱ ", "扣扣"))) if kind == "penguin" else ""
    return number, f"{lead}{said}"


@given(found=secret(), before=st.sampled_from(("", "我的电话", "企业晚报，打", "是")), after=st.sampled_from(("", "，谢谢", "怎么办")))  # fmt: skip
def test_no_number_of_a_person_stays(found: tuple[str, str], before: str, after: str) -> None:
    number, said = found
    left = masked(f"{before}{said}{after}")
    assert "［号码］" in left
    assert number not in figures(left)
    assert len(figures(left)) < 5


@given(
    st.text(st.sampled_from("1390（ ，.-，@＠ａbcxX_号微信qvQ:：点(／\n１②٣四*年😀"), max_size=40)
)
def test_masked_alike_in_a_page(twin: quickjs.Context, text: str) -> None:
    assert twin.eval("window.wkMasked")(text) == masked(text)
    assert masked(masked(text)) == masked(text) or "［" in masked(text)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("邮箱ａ．ｂ＠ｃ．ｃｎ", "邮箱［邮箱］"), ("写给zhang.san@tjj.gov.cn吧", "写给［邮箱］吧"),
        ("zhang(at)qq.com", "［邮箱］"), ("a.b @ 163。com", "［邮箱］"), ("abc艾特163点com", "［邮箱］"),
        ("加我微信zhang_san88", "加我微信［账号］"), ("vx：abcde123", "vx：［账号］"), ("ＷＸ号是li-si2000", "WX号是［账号］"),
        ("QQ12345", "QQ［号码］"), ("139.1234.5678", "［号码］"), ("139，1234，5678", "［号码］"),
        ("一三九一二三四五六七八", "［号码］"), ("110101 19900101 001 Ｘ", "［号码］"),
        # what editors need to understand a question stays
        ("2023、2024、2025年收入2000万元", "2023、2024、2025年收入2000万元"), ("2024-2025年增速", "2024-2025年增速"),
        ("2025年9月CPI", "2025年9月CPI"), ("107-1表怎么填", "107-1表怎么填"), ("微信公众号怎么关注", "微信公众号怎么关注"),
        ("二〇二六年一季度", "二〇二六年一季度"), ("三四五月份", "三四五月份"),
    ],
)  # fmt: skip
def test_masks(twin: quickjs.Context, said: str, left: str) -> None:
    assert masked(said) == left
    assert twin.eval("window.wkMasked")(said) == left


# --- the report -----------------------------------------------------------------------------------

NASTY = (
    "`rm -rf`月亮上有什么", "| a | b |月亮", "[点我](http://evil.example/)", "<img src=x onerror=alert(1)>月亮", "![图](x)月亮",
    "# 大题月亮", "- 列表月亮", "1. 列表月亮", "> 引用月亮", "```\n月亮\n```", "月亮\n\n# 大题", "http://evil.example/月亮",
    "www.evil.example月亮", "&lt;b&gt;月亮", "**月亮**", "月亮\u2028# x", "月亮\x1b[31m", "~~月亮~~", "\\[月亮\\](x)", "<!--月亮",
    "月亮{% raw %}", "月亮\u202e反", "$月亮$", "***", "月亮 ## ",
)  # fmt: skip


class Marks(HTMLParser):
    """The elements of a page, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.add(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("question", NASTY)
@pytest.mark.parametrize("reader", ["commonmark", "gfm", "python"])
def test_words_are_no_more_than_words(question: str, reader: str) -> None:
    line = json.dumps({"text": question}, ensure_ascii=False)
    (asked,), _ = learning.read([line])
    assert asked.text == learning.one_line(masked(question))
    text = learning.report([learning.Group((asked,), "new", "", "", 0.0)])
    if reader == "python":
        page = Marks(markdown.markdown(text, extensions=["tables", "fenced_code"]))
    else:
        made = MarkdownIt("commonmark", {"html": True})
        page = Marks((made.enable(["table", "strikethrough"]) if reader == "gfm" else made).render(text))  # fmt: skip
    assert page.found == {"h1", "h2", "p", "ul", "li"}
    if reader != "python":  # which knows fewer signs to put a stroke before
        assert page.words.count(asked.text.strip()) == 2
    assert not re.search(r"(?<!\\):(?=//)|www(?=\.)", text)


def test_a_wording_can_be_copied_as_it_is() -> None:
    asked = learning.Question('报表```晚交" : [罚] #钱')
    text = learning.report([learning.Group((asked,), "wording", "faq:a", "题`目|", 0.5)])
    block = text.split("```yaml\n")[1].rsplit("\n```", 1)[0]
    node, said = parse(block, "x")
    assert node is not None, said
    assert node.plain() == {"ask": [asked.text]}
    assert "题\\`目\\|" in text


def test_like_questions_are_still_found_when_they_were_masked() -> None:
    found, _ = learning.read([json.dumps({"text": "报表晚交了罚钱吗，电话139 1234 5678"})])
    (group,) = learning.grouped(found, Robot(PACKAGE), DAY)
    assert group.near == "faq:a"
