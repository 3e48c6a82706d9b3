"""How an article's length is counted, who spends most of it, and what gives way before it is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.render.wechat import budget
from builder.render.wechat.article import Budget
from builder.render.wechat.budget import LESS, USUAL, Allowance, Purse
from builder.render.wechat.themes import DAILY, SPARE, THEMES, plain
from tests.wechat_sample import article, press, site

ROOT_STYLE = len(THEMES["daily"].open("section", "root")) + len("</section>")
STACKED = "$$\n\\frac{\\sum p_1 q_%d}{\\sum p_0 q_%d}\n$$\n"


def formulas(count: int) -> str:
    return "\n".join(STACKED % (n, n) for n in range(1, count + 1))


def test_the_limit_is_wechats() -> None:
    assert budget.MOST == 20_000
    assert budget.MOST_BYTES == 1_000_000
    assert budget.ROOM < budget.MOST


def test_a_sign_outside_the_first_plane_counts_twice_and_a_picture_as_long_as_its_address() -> None:
    assert budget.length("甲a<") == 3
    assert budget.length("𠮷") == 2
    name = "images/0123456789ab.png"
    assert len(name) == budget.NAME
    assert budget.length(f'<img src="{name}">') == len('<img src="">') + budget.ADDRESS
    assert budget.size(f'甲<img src="{name}">') == 3 + len('<img src="">') + budget.ADDRESS


@given(st.text(max_size=200))
def test_length_is_what_javascript_counts(text: str) -> None:
    assert budget.length(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_all_that_is_spent_is_named_and_adds_up() -> None:
    made = press()
    long = "正文" * 50
    made.block(
        "正文",
        made.prose(site(f"{long}\n\n## 数\n\n| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n\n{formulas(1)}")),
    )
    made.block("落款", "<p>完</p>")
    labels = set(made.purse.spent)
    assert labels == {"正文", "表格（“数”下）", "公式（“数”下）", "落款"}
    assert sum(made.purse.spent.values()) == budget.length(made.html()) - ROOT_STYLE
    assert made.purse.spent["落款"] == len("<p>完</p>")
    assert made.purse.spent["正文"] > len(long)


def test_a_formula_in_a_table_is_counted_once() -> None:
    made = press()
    made.block("正文", made.prose(site("| 甲 |\n|---|\n| $\\sqrt{x}$ |\n")))
    spent = made.purse.spent
    assert sum(spent.values()) == budget.length(made.html()) - ROOT_STYLE
    assert spent["公式"] > 300
    assert spent["表格"] < 700


def test_formulas_are_drawings_while_there_is_room_for_all_of_them() -> None:
    few = article(formulas(2))
    assert few.html.count("<svg") == 2
    assert few.images == ()
    many = article(formulas(12))
    drawn = many.html.count("<svg")
    assert 0 < drawn < 12
    assert many.html.count("<img") == 12 - drawn
    assert many.budget.fallbacks == (f"公式改成了图片 {12 - drawn} 处",)


def test_one_formula_may_not_take_all() -> None:
    assert article("$$\n\\sum x\n$$\n", allowance=Allowance(each=100)).html.count("<svg") == 0
    purse = Purse(Allowance(formulas=1000, each=600))
    assert not purse.affords(601)
    assert purse.affords(600)
    assert not purse.affords(401)
    assert purse.affords(400)
    assert not purse.affords(1)


def test_what_is_spared_reads_as_well_and_is_shorter_step_by_step() -> None:
    text = (
        "1,234.5万元、2,345.6万元。\n\n| 甲 | 乙 |\n|---|---:|\n"
        + "| 丙 | 1,234.5 |\n" * 20
        + "\n"
        + formulas(2)
    )
    theme = THEMES["daily"]
    usual = article(text)
    drawn = article(text, theme, LESS[0])
    spare = article(text, plain(theme), LESS[2])
    assert usual.budget.characters > drawn.budget.characters > spare.budget.characters
    assert spare.budget.fallbacks == ("公式改成了图片 2 处", "省去了可有可无的样式")
    assert usual.budget.fallbacks == ()
    spared = [role for step in SPARE for role in step]
    assert all(plain(theme).style(role) == "" for role in spared)
    assert all(plain(theme, 1).style(role) == "" for role in SPARE[0])
    assert plain(theme, 1).style("keep") == theme.style("keep"), "numbers are broken last of all"
    kept = set(DAILY) - set(spared)
    assert all(plain(theme).style(role) == theme.style(role) for role in kept)
    assert "1,234.5" in spare.html


def test_what_is_too_long_says_by_how_much_and_where() -> None:
    top = (("表格（“各市”下）", 15_000), ("公式", 3_000))
    said = budget.over(Budget(20_123, 30_000, top))
    assert (
        said == "有 20,123 个字符，超出 124 个。占得最多的是：表格（“各市”下） 15,000、公式 3,000。"
    )
    assert "1,000,000 字节" in budget.over(Budget(5, 1_000_000))
    assert "超出 1 个" in budget.over(Budget(20_000, 0))
    assert budget.over(Budget(19_999, 999_999, top)) == ""


@pytest.mark.parametrize("allowance", [USUAL, *LESS])
def test_every_step_allows_less_than_the_one_before(allowance: Allowance) -> None:
    steps = [USUAL, *LESS]
    at = steps.index(allowance)
    for earlier in steps[:at]:
        assert allowance.formulas <= earlier.formulas
        assert allowance.spare >= earlier.spare
        assert allowance != earlier
