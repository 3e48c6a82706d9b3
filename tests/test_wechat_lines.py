"""A text as plain lines beside pictures: tasks, numbers, code, alerts, tabs and charts as they read."""

from __future__ import annotations

import pytest

from builder.render.wechat.plain_lines import lines
from tests.wechat_sample import site

CHART = "```chart\ntype: bar\ntitle: 八月高\nunit: 亿元\nx: [七月, 八月]\nseries:\n  甲: [1, 2]\nsource: 示例\n```\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- [x] 做完\n- [ ] 没做", "☑ 做完\n☐ 没做"),
        ("1. 一\n2. 二\n    1. 子\n    2. 丑\n3. 三", "1. 一\n2. 二\n1. 子\n2. 丑\n3. 三"),
        ("7. 一\n\n    第二段\n\n8. 二", "7. 一\n第二段\n8. 二"),
        ("1. [x] 一\n2. 二", "1. ☑ 一\n2. 二"),
        ("- 一\n- 二", "一\n二"),
        ("```\na\n  b\n\n\tc\n```", "a\n\u00a0\u00a0b\n\u00a0\u00a0\u00a0\u00a0c"),
        ("```python\nif a:\n    b\n```", "if\u00a0a:\n\u00a0\u00a0\u00a0\u00a0b"),
        ("!!! note\n    正文", "说明\n正文"),
        ('!!! warning "当心"\n    正文', "当心\n正文"),
        ("??? tip\n    正文", "窍门\n正文"),
        ('=== "甲页"\n    一\n\n=== "乙页"\n    二\n', "甲页\n一\n乙页\n二"),
        ('=== "甲"\n    === "内"\n        里\n', "甲\n内\n里"),
        ("甲[^a]乙。\n\n[^a]: 注", "甲乙。\n注"),
        ("$\\frac{a}{b}$ 与 $x^2$", "\\frac{a}{b} 与 x^2"),
        ("[甲](https://a.cn/x) 和 <https://b.cn/>", "甲（https://a.cn/x） 和 https://b.cn/"),
        ("| 甲 | 乙 |\n|---|---|\n| 1 | 2 |", "甲 乙\n1 2"),
    ],
)
def test_lines_read_as_the_page_does(text: str, said: str) -> None:
    assert lines(site(f"{text}\n")) == said


def test_a_chart_is_its_title_and_what_it_says() -> None:
    made = lines(site(CHART)).split("\n")
    assert made[0] == "八月高（单位：亿元）"
    assert made[1].startswith("柱形图。甲：最高 2亿元")
    assert made[2] == "示例数据 数据来源：示例。"
    assert len(made) == 3, "what is pressed on the page is not for these lines"
