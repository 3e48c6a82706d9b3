"""图解 written as Markdown: the same as its YAML, every mistake at its line, nothing past the gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sitefiles import codes, fact, page_of, problems, write, yml

COURSE = {"courses/ke/course.yml": yml(title="本课")}
LESSON = "courses/ke/lessons/01-tu.infographic.md"
STEPS = """
## 看表号
右上角有四样东西。
四样都要有。
- 表号
- 制定机关

## 填数 ##
数：3 天
1. 照账填
2. 签字

---
**下面**是正文。

::: intranet
内部的话。
:::
"""


def tree(root: Path, body: str = STEPS, layout: str = "steps", **keys: object) -> Path:
    return write(root, {**COURSE, LESSON: fact(body, title="图", layout=layout, **keys)})


def test_headings_lists_and_words_become_blocks(tmp_path: Path) -> None:
    root = tree(tmp_path)
    assert problems(root) == []
    page = page_of(root, "infographic:ke/tu")
    first, second = page.data["blocks"]
    assert (first["title"], first["items"]) == ("看表号", ("表号", "制定机关"))
    assert first["text"] == "右上角有四样东西。四样都要有。"
    assert (second["title"], second["number"], second["unit"]) == ("填数", "3", "天")
    assert second["items"] == ("照账填", "签字")
    assert "**下面**是正文。" in page.text
    assert "内部的话" not in page.text
    assert "内部的话" in page_of(root, "infographic:ke/tu", "intranet").text


def test_it_is_the_same_page_as_from_yaml(tmp_path: Path) -> None:
    blocks = [
        {"title": "要交吗", "text": "先看。", "yes": "交", "no": "不交"},
        {"title": "交"},
    ]
    one = tree(tmp_path / "md", "## 要交吗\n先看。\n是：交\n否：不交\n\n## 交\n", "tree")
    other = write(
        tmp_path / "yml",
        {**COURSE, LESSON.replace(".md", ".yml"): yml(title="图", layout="tree", blocks=blocks)},
    )
    identity = "infographic:ke/tu"
    assert page_of(one, identity).data["blocks"] == page_of(other, identity).data["blocks"]
    assert page_of(one, identity).url == page_of(other, identity).url


@pytest.mark.parametrize(
    ("layout", "body", "key", "value"),
    [
        ("numbers", "## 收入\n数：163876 亿元\n- 同比：0.5%\n", "facts", {"同比": "0.5%"}),
        ("compare", "## 甲\n- 谁：企业\n\n## 乙\n- 谁：个人\n", "facts", {"谁": "企业"}),
        ("timeline", "## 登记\n时间：1月1日\n", "at", "1月1日"),
        ("form", "## 单位名称\n填：示例公司\n", "value", "示例公司"),
        ("steps", "## 一\n- 比例：照写\n", "items", ("比例：照写",)),
    ],
)
def test_each_layout_has_its_words(
    layout: str, body: str, key: str, value: object, tmp_path: Path
) -> None:
    root = tree(tmp_path, body, layout)
    assert problems(root) == []
    assert page_of(root, "infographic:ke/tu").data["blocks"][0][key] == value


def test_levels_come_from_headings(tmp_path: Path) -> None:
    root = tree(tmp_path, "## 省\n### 市\n#### 县\n### 另一市\n", "hierarchy")
    levels = [b["level"] for b in page_of(root, "infographic:ke/tu").data["blocks"]]
    assert levels == [1, 2, 3, 2]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("先说一句。\n## 一\n", 0),
        ("## 一\n::: intranet\n内部\n:::\n", 1),
        ("## 一\n  <!-- 注 -->\n", 1),
        ("## 一\n--8<-- faq:mlk/x\n", 1),
        ("## 一\n时间：1月\n", 1),
        ("## 一\n#### 二\n", 1),
    ],
)
def test_mistakes_are_told_at_their_line(body: str, line: int, tmp_path: Path) -> None:
    root = tree(tmp_path, body)
    text = (root / LESSON).read_text("utf-8").split("\n")
    start = text.index("---", 1) + 2
    found = problems(root)
    assert found
    assert set(codes(found)) == {"FMT004"}
    assert found[0].where.line == start + line


def test_keys_that_the_body_gives_are_refused_above(tmp_path: Path) -> None:
    assert codes(problems(tree(tmp_path, blocks=[{"title": "一"}]))) == ["FMT004"]
    assert codes(problems(tree(tmp_path, "没有标题。"))) != []


def test_both_forms_of_one_lesson_are_refused(tmp_path: Path) -> None:
    root = tree(tmp_path)
    beside = yml(title="图", layout="steps", blocks=[{"title": "一"}])
    write(root, {LESSON.replace(".md", ".yml"): beside})
    assert "REF001" in codes(problems(root))
