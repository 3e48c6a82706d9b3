"""The gate on text: fences, comments, includes, links and dates."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from builder.fences import read_fences
from tests.sitefiles import (
    NOW,
    bundles,
    codes,
    contents,
    fact,
    faq,
    md,
    problems,
    site_of,
    write,
    yml,
)

SITES = Path(__file__).parent / "sites"
KNOWN = frozenset({"public", "intranet", "leaders"})
PUBLIC = frozenset({"public"})


def shown(text: str, *audiences: str) -> str:
    """The text for readers of `audiences`, without its blank lines."""
    fenced = read_fences(text, KNOWN)
    assert fenced.mistakes == []
    selected = fenced.shown_to(frozenset(audiences or ("public",)))
    assert selected.count("\n") == text.count("\n")
    return "\n".join(line for line in selected.split("\n") if line.strip())


def mistakes(text: str) -> list[tuple[int, str]]:
    return [(line, message) for line, _, message, _ in read_fences(text, KNOWN).mistakes]


@pytest.mark.parametrize(
    "text",
    [
        "甲\n::: intranet\n密\n:::\n乙",
        "甲\n:::intranet\n密\n:::\n乙",
        "甲\n:::   intranet  \t\n密\n:::  \n乙",
        "甲\n::::: intranet\n密\n:::\n乙",
        "甲\n::: intranet\n密\n:: public\n密\n:::\n乙".replace(":: public\n", "::: public\n")
        + "\n:::",
        "甲\n    ::: intranet\n    密\n    :::\n乙",
        "甲\n\t::: intranet\n\t密\n\t:::\n乙",
        "甲\n> ::: intranet\n> 密\n> :::\n乙",
        "甲\n> > ::: intranet\n> > 密\n> > :::\n乙",
        "甲\n::: intranet\n```\n密\n```\n密\n:::\n乙",
        "甲\n::: intranet\n~~~\n密\n~~~\n:::\n乙",
        "甲\n::: intranet\n- 密\n    - 密\n\n    密\n:::\n乙",
        "甲\n::: intranet\n密 <!-- 注 -->\n:::\n乙",
        "甲\n<!-- 密\n::: intranet\n密 -->\n乙",
        "甲<!-- 密 -->\n乙",
        "甲\n<!--> 密 -->\n乙",
        "甲\n<!--\n密\n\n密\n-->\n乙",
        "甲\n<!---->乙",
        "甲\n```\n<!-- 密 -->\n```\n乙".replace("```\n", "", 0),
    ],
)
def test_what_is_for_others_is_blank_and_lines_stay(text: str) -> None:
    left = shown(text)
    assert "密" not in left
    assert "甲" in left
    assert "乙" in left or text.endswith("乙\n:::")


def test_a_fence_shows_its_text_to_its_audience() -> None:
    text = "甲\n::: intranet\n内\n:::: leaders\n领\n::::\n:::\n::: leaders\n乙\n:::"
    assert shown(text) == "甲"
    assert shown(text, "public", "intranet") == "甲\n内"
    assert shown(text, "public", "leaders") == "甲\n乙"
    assert shown(text, *KNOWN) == "甲\n内\n领\n乙"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("甲\n::: intranet\n密", 2, "没有收尾"),
        ("甲\n:::\n乙", 2, "多了一个"),
        ("::: 内部\n密\n:::", 1, "没有登记"),
        ("::: Intranet\n密\n:::", 1, "没有登记"),
        ("::: intranet leaders\n密\n:::", 1, "没有登记"),
        ("```\n::: intranet\n```", 2, "代码块里"),
        ("~~~~\n:::\n~~~\n~~~~", 2, "代码块里"),
        ("::: intranet\n:::\n```python\nx = 1", 4, "代码块没有收尾"),
        ("甲\n<!-- 密", 2, "注释 <!-- 没有收尾"),
        ("甲\n<!-->\n乙", 2, "注释 <!-- 没有收尾"),
    ],
)
def test_a_wrong_fence_is_said_at_its_line(text: str, line: int, words: str) -> None:
    assert any(at == line and words in message for at, message in mistakes(text))


@pytest.mark.parametrize(
    "mark",
    [
        "：：： intranet",
        "::： intranet",
        "∶∶∶ intranet",
        "﹕﹕﹕intranet",
        "：：intranet",
        ":: intranet",
        "\u3000::: intranet",
        "\u00a0::: intranet",
        "\u200b::: intranet",
        "\ufeff::: intranet",
        "::\u200b: intranet",
        "\x02::: intranet",
        ":::\u3000intranet",
        "- ::: intranet",
        "1. ::: intranet",
        "# ::: intranet",
        "| ::: intranet |",
        "文字 ::: intranet",
        "\\::: intranet",
        "<！-- 密 -->",
        "＜!-- 密 --＞",
        "<!— 密 —>",
        "<! -- 密 -->",
    ],
)
def test_what_only_looks_like_a_mark_is_refused(mark: str) -> None:
    """It would be printed for everyone, and what follows with it."""
    assert [line for line, _ in mistakes(f"甲\n\n{mark}\n密\n")] == [3]


@pytest.mark.parametrize(
    "text",
    [
        "比例 3:1:2",
        "时间 9:30:00",
        "`std::vector`、`::: intranet`",
        "甲：乙：丙",
        "甲\n:   定义",
        "a::b",
        "注意：：",
        "A --> B",
        "x <! y",
    ],
)
def test_colons_and_arrows_in_text_are_no_marks(text: str) -> None:
    assert mistakes(text) == []


AUDIENCES = sorted(KNOWN)
TOKENS = {name: f"密{name}密" for name in AUDIENCES}
LINES = st.sampled_from(
    [
        *(
            f"{indent}{mark} {name}"
            for name in AUDIENCES
            for indent in ("", "  ", "    ", "> ")
            for mark in (":::", "::::")
        ),
        *[":::", "    :::", "> :::", "::::: "] * 4,
        *[
            "```",
            "~~~",
            "    ```",
            "````python",
            "- ```",
            "> ~~~",
            "<!--",
            "-->",
            "<!-- 甲 -->",
            "甲 <!-- ",
            " --> 乙",
        ],
        *[
            "- 项",
            "1. 项",
            "    - 项",
            "> 引文",
            "",
            "| a | b |",
            "!!! note",
            "## 题",
            "`:::`",
            "[链接](faq:a/b)",
        ],
        *["WORDS"] * 12,
    ]
)


@example(["<!--", "::: intranet", "-->", "WORDS"], set())
@settings(max_examples=400)
@given(st.lists(LINES, max_size=24), st.sets(st.sampled_from(AUDIENCES)))
def test_no_word_of_a_fence_reaches_other_readers(rows: list[str], readers: set[str]) -> None:
    """A second reading, written apart, says who may see each line; the gate never shows more."""
    lines: list[str] = []
    stack: list[str] = []
    comment = False
    for row in rows:
        bare = "" if comment else row.lstrip(" >")  # a fence in a comment is none
        comment = (comment or "<!--" in row) and "-->" not in row
        if bare.startswith(":::") and bare.strip(": "):
            stack.append(bare.strip(": "))
        elif bare.startswith(":::") and stack:
            stack.pop()
        lines.append("".join(TOKENS[name] for name in stack) or "公开" if row == "WORDS" else row)
    fenced = read_fences("\n".join(lines), KNOWN)
    selected = fenced.shown_to(frozenset(readers))
    assert selected.count("\n") == max(0, len(lines) - 1)
    if not fenced.mistakes:  # a text with mistakes is never built
        assert not any(TOKENS[name] in selected for name in KNOWN - readers)
        assert ":::" not in selected.replace("`:::`", "")
        assert "<!--" not in selected


@settings(max_examples=200)
@given(st.text(alphabet=":：<!->`~ \n\tai密\u3000\u200b", max_size=60), st.booleans())
def test_any_text_keeps_its_lines(text: str, inside: bool) -> None:
    whole = f"::: intranet\n{text}\n:::" if inside else text
    fenced = read_fences(whole, KNOWN)
    selected = fenced.shown_to(PUBLIC)
    assert selected.count("\n") == whole.count("\n")
    if inside and not fenced.mistakes and not any(f":::{tail}" in text for tail in ("", " ")):
        assert "密" not in selected


# --- time and proof ---------------------------------------------------------------------------

LATER = {"date": "2026-11-21", "tags": ["以后"], "division": "jiazhou", "title": "以后的事"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("faq/jiazhou/hou.md", faq(**LATER)),
        ("content/terms/hou.md", fact(definition="定义。", names=["示例题目"], **LATER)),
        ("content/systems/hou.md", fact(deadlines=[{"name": "报", "day": 25}], **LATER)),
        ("content/columns/hou.yml", yml(gather={"kinds": ["faq"]}, **LATER)),
        ("courses/hou/course.yml", yml(**LATER)),
        ("faq/jiazhou/daihe.md", faq(sources=[], tags=["待核"])),
    ],
)
def test_what_is_withheld_leaves_the_internet_bundle_as_if_deleted(
    path: str, text: str, tmp_path: Path
) -> None:
    rest = {"faq/mlk/a.md": faq("示例题目"), "content/articles/2026/a.md": md(type="news")}
    root = write(tmp_path / "root", {**rest, path: text})
    bundles(root, tmp_path / "with")
    (root / path).unlink()
    shutil.rmtree(root / ".cache")
    bundles(root, tmp_path / "without")
    first, second = (contents(tmp_path / name / "internet") for name in ("with", "without"))
    assert first == second


def test_a_withheld_course_withholds_its_lessons(tmp_path: Path) -> None:
    files = {"courses/a/course.yml": yml(**LATER), "courses/a/lessons/01-b.md": fact()}
    assert site_of(write(tmp_path, files)).pages == {}


def test_a_day_begins_at_midnight_in_beijing(tmp_path: Path) -> None:
    root = write(tmp_path, {"faq/mlk/a.md": faq(date="2026-11-21")})
    last = NOW.replace(hour=23, minute=59, second=59)
    assert site_of(root, now=last).pages == {}
    assert set(site_of(root, now=last.replace(day=21, hour=0)).pages) == {"faq:mlk/a"}


def test_unverified_facts_stay_inside_and_say_so(tmp_path: Path) -> None:
    root = write(tmp_path, {"faq/mlk/a.md": faq(sources=[{"title": "甲"}])})
    assert codes(problems(root)) == ["SRC001"]
    assert site_of(root).pages == {}
    assert site_of(root, "intranet").pages["faq:mlk/a"].unverified


def test_expired_entries_carry_a_banner_and_leave_the_search(tmp_path: Path) -> None:
    files = {
        "faq/mlk/a.md": faq(valid={"to": "2026-11-19"}, title="旧的问题"),
        "faq/mlk/b.md": faq(valid={"to": "2026-11-20"}, title="新的问题"),
    }
    made = bundles(write(tmp_path / "root", files), tmp_path / "dist")["internet"]
    pages = {n: made.read(f"site/faq/mlk/{n}/index.html").decode() for n in "ab"}
    assert site_of(tmp_path / "root").pages["faq:mlk/a"].expired
    assert "2026-11-19" in pages["a"]
    assert "失效" in pages["a"] or "过期" in pages["a"]
    found = made.read("site/search/index.json").decode()
    assert "旧的问题" not in found
    assert "新的问题" in found
