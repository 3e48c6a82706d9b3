"""Formulas in articles: words where words say the same, else a lean drawing, else a picture."""

from __future__ import annotations

import re

import pytest
from PIL import Image as Pil
from PIL import ImageChops

from builder.media import raster
from builder.media.formulas import formula
from builder.render.wechat.budget import LESS, USUAL, Allowance
from builder.render.wechat.lint import lint
from builder.render.wechat.prose_formula import FINE, lean
from builder.render.wechat.prose_latex import linear
from tests.test_wechat_prose import html, shown
from tests.wechat_sample import article


@pytest.mark.parametrize(
    ("latex", "words"),
    [
        ("x_1", "x1"),
        ("x^2", "x2"),
        ("a \\times b", "a × b"),
        ("x = -1", "x = −1"),
        ("\\frac{p_1}{p_0} \\times 100", "p1/p0 × 100"),
        ("5.2\\%", "5.2%"),
        ("\\text{同比} > 0", "同比 > 0"),
        ("\\alpha_t", "αt"),
        ("a~b", "a b"),
        ("\\text{a~b}", "a b"),
        ("\\left.x\\right|", "x|"),
        ("\\left(a\\right)", "(a)"),
        ("f'", "f′"),
        ("90^\\circ", "90°"),
        ("\\mathrm{G D P}", "GDP"),
        ("1,234.5", "1,234.5"),
        ("(\\frac{a}{b})(c)", "(a/b)(c)"),
        ("y = \\frac{a}{b}，x = \\frac{1}{2}", "y = a/b，x = 1/2"),
        ("a-\\frac12+b", "a − 1/2 + b"),
    ],
)
def test_short_formulas_are_words(latex: str, words: str) -> None:
    assert shown(linear(latex)) == words


@pytest.mark.parametrize(
    "latex",
    [
        "\\frac{1}{2}x",  # could be read as 1/(2x)
        "\\frac{1}{n}(x_1+x_2)",
        "S=\\frac{1}{2}(a+b)h",
        "(a+b)\\frac12",
        "\\frac{1}{2}[c]",
        "\\frac{1}{2}\\div 3",
        "\\frac{1}{2}\\left(a\\right)",
        "\\left(a\\right)\\frac{1}{2}",
        "\\frac{1}{2}/c",
        "\\frac{1}{2}%c",
        "x \\div \\frac{a}{b}",
        "2\\frac{1}{2}",
        "\\frac{a+b}{c}",
        "x_1^2",  # one above the other
        "e^{x^2}",
        "\\frac12 x",  # ½x
        "\\frac12x = 3",
        "2\\frac12",
        "\\frac123",
        "a%b",  # what stands behind it is a remark
        "a \\& b & c",
        "f \\circ g",
        "x^2 _1",
        "\\left<a\\right>",
        "\\left",
        "\\mathrm{CO_2}",
        "\\mathrm{a-b}",
        "\\text{x $y$}",
        "\\text{a_b}",
        "\\operatorname{sin}x",
        "x^'",
        "x^ 12",
        "x^\\,",
        "\\sum x",
        "\\sqrt{x}",
        "\\begin{cases}1\\end{cases}",
        "{a",
        "x^",
        "a}",
    ],
)
def test_what_words_would_change_is_drawn(latex: str) -> None:
    assert linear(latex) == ""


@pytest.mark.parametrize(
    ("latex", "words"),
    [
        ("x^12", "<em>x</em><sup>1</sup>2"),
        ("x_12", "<em>x</em><sub>1</sub>2"),
        ("x^{12}", "<em>x</em><sup>12</sup>"),
        ("x^1,2", "<em>x</em><sup>1</sup>,2"),
        ("\\frac12", "1/2"),
        ("\\frac34 + 1", "3/4 + 1"),
        ("\\frac{12}3", "12/3"),
    ],
)
def test_outside_braces_one_digit_is_taken(latex: str, words: str) -> None:
    assert linear(latex) == words
    braced = re.sub(r"([\^_]) *(\d)", r"\1{\2}", latex)
    braced = re.sub(r"frac(\d)(\d)", r"frac{\1}{\2}", braced)
    assert drawn(latex) == drawn(braced), "as the site sets it"


def drawn(latex: str) -> str:
    """The paths of a formula on the site."""
    return re.sub(r'aria-label="[^"]*"', "", formula(latex))


def test_a_stacked_fraction_on_its_own_line_is_drawn() -> None:
    assert linear("\\frac{a}{b}", block=True) == ""


def pixels(head: str, inside: str) -> Pil.Image:
    """A drawing, black on white, two dots to a pixel of a phone."""
    start = head.replace(
        "<svg", '<svg xmlns="http://www.w3.org/2000/svg" width="360" height="122"', 1
    )
    start = re.sub(r' style="[^"]*"', "", start)
    return raster.image(f"{start}{inside}".replace("currentColor", "black"), 360).convert("L")


def test_a_lean_drawing_has_the_same_outline() -> None:
    latex = r"I_p=\frac{\sum p_1 q_1}{\sum p_0 q_1}\times \sqrt{100}"
    whole = formula(latex, block=True)
    small = lean(whole, latex, 20)
    assert 'fill="currentColor"' in small
    assert len(small) < len(whole) / 3
    head, inside = re.fullmatch(r"(<svg[^>]*>)(.*)", small, re.DOTALL).groups()  # type: ignore[union-attr]  # it is one
    rough = whole[whole.index(">") + 1 :].removesuffix("</svg>")
    wanted = pixels(head, f'<g transform="scale({FINE})">{rough}</g></svg>')
    off = ImageChops.difference(wanted, pixels(head, inside)).histogram()
    assert (
        sum(off[110:]) == 0
    )  # no dot is off by half; edges on quarter steps of the rasteriser may jump
    assert min(wanted.tobytes()) < 20


def test_a_formula_that_could_not_be_set_stays_as_written() -> None:
    assert "\\frac{同比}{二}" in shown(html("$\\frac{同比}{二}$\n"))


# --- wider than a phone ---------------------------------------------------------------------------

ROOTS = "+".join(f"\\sqrt{{{letter}}}" for letter in "abcdefgh")
LONG = "+".join(f"\\sqrt{{{letter}}}" for letter in "abcdefghijklmn")


def widths(made: str) -> list[tuple[float, bool]]:
    """The width of each drawing in em, and whether it gives way to what is around it."""
    styles = re.findall(r'<(?:svg|img)\b[^>]*style="([^"]*)"', made)
    return [
        (float(re.findall(r"width:([\d.]+)em", style)[0]), "max-width:100%" in style)
        for style in styles
    ]


@pytest.mark.parametrize(
    "text", [f"文中 ${ROOTS}$ 完。", f"- 甲\n    - 乙\n\n        $${ROOTS}$$\n"]
)
@pytest.mark.parametrize("allowance", [USUAL, LESS[0]])
def test_a_wide_formula_gives_way(text: str, allowance: Allowance) -> None:
    made = article(text, allowance=allowance).html
    ((width, gives),) = widths(made)
    assert width > 15
    assert gives
    assert "height:" not in re.sub(r"line-height", "", made.partition("<svg")[2].partition(">")[0])
    assert [str(fault) for fault in lint(made)] == []


@pytest.mark.parametrize("allowance", [USUAL, LESS[0]])
def test_a_much_wider_one_on_its_own_line_scrolls(allowance: Allowance) -> None:
    made = article(f"$${LONG}$$\n", allowance=allowance).html
    ((width, gives),) = widths(made)
    assert width > 26
    assert gives
    assert f'<section style="width:{width:.2f}em"><' in made, "and there is room to give way to"
    assert re.search(r'<section style="[^"]*overflow-x:auto"[^>]* data-ignore-width', made)
    assert "左右滑动" in made
    assert [str(fault) for fault in lint(made)] == []


def test_what_words_say_never_scrolls() -> None:
    made = html("$$y=a_1+b_2+c_3+d_4+e_5+f_6+g_7+h_8+i_9+j_1+k_2+l_3+m_4$$\n")
    assert "<svg" not in made
    assert "overflow" not in made.partition("<p")[2].replace("overflow-wrap", "")


def test_a_small_one_is_as_it_is() -> None:
    ((_, gives),) = widths(html("$$\\frac{\\sum a}{b}$$\n"))
    assert not gives


@pytest.mark.parametrize(
    ("style", "wide"),
    [
        ("width:40em", True),
        ("width:800px", True),
        ("width:40em;max-width:100%", False),
        ("width:20em", False),
    ],
)
def test_the_linter_measures_drawings(style: str, wide: bool) -> None:
    for inside in (
        f'<svg viewBox="0 0 9 9" style="{style}"><path d="M0 0" fill="currentColor"/></svg>',
        f'<img src="images/a.png" alt="x" data-w="900" style="{style}">',
    ):
        made = f'<section style="text-align:left"><p>图{inside}</p></section>'
        assert [fault.rule for fault in lint(made)] == (["width"] if wide else [])
