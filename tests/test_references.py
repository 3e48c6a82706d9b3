"""What a text refers to: links, pictures, included texts, items of lists; each for its audience."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.fences import mentions
from tests.sitefiles import (
    Content,
    bundles,
    codes,
    fact,
    faq,
    md,
    page_of,
    picture,
    problems,
    site_of,
    write,
    yml,
)

SITES = Path(__file__).parent / "sites"

INNER: Content = {"faq/nbc/nei.md": faq(audience="intranet", title="内部问题")}


@pytest.mark.parametrize(
    "body",
    [
        "[内](faq:nbc/nei)",
        "[内](<faq:nbc/nei>)",
        '[内](faq:nbc/nei "题")',
        "[内](faq:nbc/nei#节)",
        "[内][n]\n\n[n]: faq:nbc/nei",
        "[n]\n\n[n]: <faq:nbc/nei> '题'",
        "- 列表 [内](faq:nbc/nei)",
        "> [内](faq:nbc/nei)",
        "| a |\n|---|\n| [内](faq:nbc/nei) |",
        "!!! note\n    [内](faq:nbc/nei)",
        '--8<-- "faq:nbc/nei"',
    ],
)
def test_a_public_page_that_leads_inside_is_an_error_at_its_line(body: str, tmp_path: Path) -> None:
    text = faq(body)
    found = problems(write(tmp_path, {**INNER, "faq/mlk/a.md": text}))
    assert codes(found) == ["REF004"]
    wanted = next(n for n, row in enumerate(text.split("\n"), 1) if "faq:nbc/nei" in row)
    assert (found[0].where.path, found[0].where.line) == ("faq/mlk/a.md", wanted)


@pytest.mark.parametrize("body", ["::: intranet\n{}\n:::", "`{}`", "```\n{}\n```", "<!-- {} -->"])
def test_links_in_fences_code_and_comments_are_no_matter(body: str, tmp_path: Path) -> None:
    text = faq(body.format("[内](faq:nbc/nei)"))
    root = write(tmp_path, {**INNER, "faq/mlk/a.md": text})
    assert problems(root) == []
    assert page_of(root, "faq:mlk/a").links == {}


@pytest.mark.parametrize(
    "keys",
    [{"valid": {"system": "system:nei"}}, {"supersedes": ["system:nei"]}],
)
def test_front_matter_that_names_internal_entries_is_an_error(
    keys: dict[str, object], tmp_path: Path
) -> None:
    files = {
        "content/systems/nei.md": fact(audience="intranet"),
        "content/systems/a.md": fact(**keys),
    }
    assert codes(problems(write(tmp_path, files))) == ["REF004"]


def test_prerequisites_and_materials_are_followed_too(tmp_path: Path) -> None:
    files: Content = {
        "courses/nei/course.yml": yml(audience="intranet"),
        "courses/a/course.yml": yml(prerequisites=["course:nei"]),
        "content/events/a.md": md(
            type="training", start="2026-11-25", materials=[{"title": "甲", "link": "course:nei"}]
        ),
    }
    assert codes(problems(write(tmp_path, files))) == ["REF004", "REF004"]


def test_addresses_are_found_where_markdown_finds_them() -> None:
    text = (
        "![图](a.png) [甲](b.csv '题') `[丙](d)` <https://a.example/>\n\n```\n[丁](e)\n```\n[r]: f"
    )
    found = [(m.target, m.line, m.image, m.alt) for m in mentions(text)]
    assert found == [("a.png", 1, True, "图"), ("b.csv", 1, False, ""), ("f", 6, False, "")]


def test_pictures_of_internal_blocks_do_not_go_out(tmp_path: Path) -> None:
    body = "![公](a.png)\n\n::: intranet\n![内](b.png)\n:::"
    root = write(
        tmp_path,
        {
            "faq/mlk/a.md": faq(body),
            "faq/mlk/a.png": picture("PNG"),
            "faq/mlk/b.png": picture("PNG", size=(9, 9)),
        },
    )
    assert set(page_of(root, "faq:mlk/a").pictures) == {"a.png"}
    assert len(site_of(root).assets) == 1
    assert len(site_of(root, "intranet").assets) == 2


def test_includes_are_selected_and_keep_to_their_indent(tmp_path: Path) -> None:
    files = {
        "content/snippets/s.md": md("一\n::: intranet\n内\n:::\n二<!-- 注 -->"),
        "faq/mlk/a.md": faq('- 甲\n    --8<-- "snippet:s"\n'),
    }
    root = write(tmp_path, files)
    assert problems(root) == []
    lines = [line for line in page_of(root, "faq:mlk/a").text.split("\n") if line]
    assert lines == ["- 甲", "    一", "    二"]
    assert "    内" in page_of(root, "faq:mlk/a", "intranet").text.split("\n")


def test_includes_that_run_in_circles_are_errors(tmp_path: Path) -> None:
    files = {
        "content/snippets/s.md": md('--8<-- "snippet:t"'),
        "content/snippets/t.md": md('--8<-- "snippet:s"'),
        "faq/mlk/a.md": faq('--8<-- "snippet:s"\n--8<-- "snippet:meiyou"'),
    }
    assert set(codes(problems(write(tmp_path, files)))) == {"INC001"}


def test_includes_can_not_grow_without_end(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"content/snippets/s{n}.md": md(f'--8<-- "snippet:s{n + 1}"\n' * 60) for n in range(3)
    }
    files["content/snippets/s3.md"] = md("甲" * 1000)
    files["faq/mlk/a.md"] = faq('--8<-- "snippet:s0"')
    found = problems(write(tmp_path, files))
    assert {p.code for p in found if p.where.path == "faq/mlk/a.md"} == {"INC001"}
    assert page_of(tmp_path, "faq:mlk/a").text == ""


def test_a_page_names_all_whose_words_stand_in_it(tmp_path: Path) -> None:
    """Of each audience those that it reads, however deep; so does every file made with the page."""
    files: Content = {
        "content/snippets/s.md": fact('甲\n\n--8<-- "snippet:t"', title="片段"),
        "content/snippets/t.md": fact("乙", title="片段"),
        "content/snippets/nei.md": fact("丙", title="片段", audience="intranet"),
        "faq/mlk/b.md": faq("别的问题。", title="别的问题？"),
        "faq/mlk/a.md": faq(
            '--8<-- "snippet:s"\n\n--8<-- "snippet:s"\n\n'
            '::: intranet\n--8<-- "snippet:nei"\n:::\n\n--8<-- "faq:mlk/b"'
        ),
    }
    root = write(tmp_path, files)
    both = ("snippet:s", "snippet:t")
    page, inside = (page_of(root, "faq:mlk/a", e) for e in ("internet", "intranet"))
    assert page.included == (*both, "faq:mlk/b")
    assert inside.included == (*both, "snippet:nei", "faq:mlk/b")
    assert page_of(root, "faq:mlk/b").included == ()
    made = bundles(root, tmp_path / "dist")["internet"].files
    named = {line.sources for p, line in made.items() if p.startswith("site/faq/mlk/a/")}
    assert named == {("faq:mlk/a", *both, "faq:mlk/b")}


def test_an_included_file_name_that_means_two_files_is_an_error(tmp_path: Path) -> None:
    files: Content = {
        "content/snippets/s.md": md("![甲](t.png)"),
        "content/snippets/t.png": picture("PNG"),
        "faq/mlk/t.png": picture("PNG", size=(9, 9)),
        "faq/mlk/a.md": faq('![乙](t.png)\n\n--8<-- "snippet:s"'),
    }
    assert set(codes(problems(write(tmp_path, files)))) == {"INC001"}


@pytest.mark.parametrize("key", ["summary", "answer", "title"])
def test_marks_outside_markdown_are_refused(key: str, tmp_path: Path) -> None:
    root = write(tmp_path, {"faq/mlk/a.md": faq(**{key: "甲 <!-- 密 -->"})})
    assert codes(problems(root)) == ["FEN002"]
    write(root, {"faq/mlk/a.md": faq(**{key: "::: intranet"})})
    assert codes(problems(root)) == ["FEN001"]


def test_items_of_lists_go_to_their_audience(tmp_path: Path) -> None:
    rows = [{"title": "甲"}, {"title": "乙", "audience": "intranet"}]
    event = md(type="training", start="2026-11-25", programme=rows)
    root = write(tmp_path, {"content/events/a.md": event})
    titles = [
        [item["title"] for item in page_of(root, "event:a", edition).data["programme"]]
        for edition in ("internet", "intranet")
    ]
    assert titles == [["甲"], ["甲", "乙"]]
    assert "audience" not in page_of(root, "event:a", "intranet").data["programme"][1]
    write(root, {"content/events/a.md": event.replace('"intranet"', '"neibu"')})
    assert codes(problems(root)) == ["FMT005"]


def test_audiences_are_configuration() -> None:
    root = SITES / "audiences"
    assert problems(root) == []
    seen = {
        edition: " ".join(p.text for p in site_of(root, edition).pages.values())
        for edition in ("open", "inside", "top", "partner")
    }
    words = ("公开文字", "内部文字", "领导文字", "内部并且领导")
    shown_in = {name: [w in text for w in words] for name, text in seen.items()}
    assert shown_in == {
        "open": [True, False, False, False],
        "inside": [True, True, False, False],
        "top": [True, True, True, True],
        "partner": [True, False, True, False],
    }


def test_a_public_lesson_of_an_internal_course_is_an_error(tmp_path: Path) -> None:
    files = {
        "courses/a/course.yml": yml(audience="intranet"),
        "courses/a/lessons/01-b.md": fact(),
    }
    assert codes(problems(write(tmp_path, files))) == ["REF004"]


def test_a_map_for_the_public_needs_its_approval_number(tmp_path: Path) -> None:
    files: Content = {"faq/mlk/a.md": faq("![全省地图](a.png)"), "faq/mlk/a.png": picture("PNG")}
    root = write(tmp_path, files)
    assert codes(problems(root)).count("AST004") == 1
    note = {"a.png": {"map_approval": "示S（2026）001号（示例）"}}
    write(root, {"faq/mlk/a.md": faq("![全省地图](a.png)", assets=note)})
    assert "AST004" not in codes(problems(root))


def test_formulas_and_tags_are_told_at_their_place(tmp_path: Path) -> None:
    body = "一行\n\n同比 $\\frac{本期}{b}$ 与 <b>粗</b>\n\n`<i>` 是代码"
    found = problems(write(tmp_path, {"faq/mlk/a.md": faq(body)}))
    placed = {p.code: p.where.column for p in found if p.code.startswith("MRK")}
    assert placed == {"MRK002": 4, "MRK003": 21}


def test_files_that_are_named_and_missing_are_errors(tmp_path: Path) -> None:
    keys = {"assets": {"meiyou.png": {"alt": "无"}}, "wechat": {"cover": "fengmian.png"}}
    found = codes(problems(write(tmp_path, {"faq/mlk/a.md": faq(**keys)})))
    assert found.count("AST001") == 2


def test_a_course_is_named_by_its_folder(tmp_path: Path) -> None:
    text = "title: 课\naudience: public\ndivision: mlk\ndate: 2026-01-01\nid: bie\n"
    found = problems(write(tmp_path, {"courses/ke/course.yml": text}))
    assert [str(p.where) for p in found if p.code == "FMT004"] == ["courses/ke/course.yml:5:1"]
