"""The language and privacy gate: places, audiences, the allow-list, what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder import wording
from builder.config import load_config
from builder.problems import Problem, Severity, as_json, as_text
from builder.read import read
from tests.sitefiles import codes, fact, faq, problems, write, yml


def said(root: Path) -> list[Problem]:
    """What the gate alone says of a tree."""
    return wording.survey(root, read(root)[0], load_config(root))


def of(tmp_path: Path, body: str, /, **keys: object) -> list[Problem]:
    return said(write(tmp_path / "root", {"faq/mlk/a.md": faq(body, **keys)}))


def serious(found: list[Problem]) -> list[str]:
    return [p.code for p in found if p.severity is not Severity.NOTICE]


def test_a_fault_has_its_line_column_clause_and_remedy(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {"faq/mlk/a.md": faq("第一行。\n\n中华人民共合国成立。")})
    (found,) = said(root)
    text = (root / "faq/mlk/a.md").read_text("utf-8").split("\n")
    assert text[found.where.line - 1][found.where.column - 1 :].startswith("中华人民共合国")
    assert (found.code, found.instead) == ("WRD001", "中华人民共和国")
    assert "单项否决" in found.clause
    shown = as_text([found], lambda path: text)
    assert "建议改为：中华人民共和国" in shown
    assert f"依据：{found.clause}" in shown
    assert '"instead": "中华人民共和国"' in as_json([found])
    assert "clause" not in as_json([Problem("FIL004", found.where, "别的。")])


def test_check_tells_it_and_a_sound_entry_has_nothing(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {"faq/mlk/a.md": faq("比重为5%，比上年提高3%。")})
    assert codes(problems(root)) == ["WRD002"]
    write(root, {"faq/mlk/a.md": faq("比重为5%，比上年提高3个百分点。")})
    assert problems(root) == []


@pytest.mark.parametrize(
    ("where", "keys"),
    [
        ("title", {"title": "攻府网站"}),
        ("summary", {"summary": "攻府网站"}),
        ("answer", {"answer": "攻府网站。"}),
        ("ask", {"ask": ["别的", "攻府网站"]}),
        ("tags", {"tags": ["统计", "攻府"]}),
    ],
)
def test_every_field_of_an_entry_is_read(
    tmp_path: Path, where: str, keys: dict[str, object]
) -> None:
    (found,) = of(tmp_path, "正文。", **keys)
    line = (tmp_path / "root/faq/mlk/a.md").read_text("utf-8").split("\n")[found.where.line - 1]
    assert line.startswith(f"{where}:")
    assert line[found.where.column - 1 :].startswith("攻府")


def test_quotes_code_and_addresses_are_nobodys_wording(tmp_path: Path) -> None:
    quote = [{"title": "某文件", "quote": "农业部的工商局", "seen": "2026-11-01"}]
    body = "代码`帐户`和 [链接](https://a.example/台帐) 。\n\n```\n记帐\n```\n\n<!-- 帐本 -->"
    assert of(tmp_path, body, sources=quote) == []


def test_prose_between_two_charts_is_read_and_what_they_ask_is_not(tmp_path: Path) -> None:
    chart = "```chart\ntype: line\ntitle: {title}\nfrom: {{indicator: cpi, measure: yoy}}\n```\n"
    body = chart.format(title="甲") + "\n这是攻府网站。\n\n" + chart.format(title="攻府网站")
    lines = [p.where.line for p in of(tmp_path, body) if p.code == "WRD001"]
    text = (tmp_path / "root/faq/mlk/a.md").read_text("utf-8").split("\n")
    assert [text[n - 1] for n in lines] == ["这是攻府网站。", "title: 攻府网站"]
    assert "WRD004" not in codes(said(tmp_path / "root"))  # `cpi` is an id there


def test_numbers_of_people_are_found_in_code_quotes_and_notes(tmp_path: Path) -> None:
    number = "11010519491231002X"
    quote = [{"title": "某文件", "quote": f"证号{number}", "seen": "2026-11-01"}]
    keys = {"sources": quote, "editorial": {"notes": f"本人 {number}"}}
    found = of(tmp_path, f"`{number}`\n\n<!-- {number} -->", **keys)
    assert [p.code for p in found] == ["PII001"] * 4
    assert found[0].instead == "11*************02X"


@pytest.mark.parametrize(
    "written",
    [
        "11010519491231002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "110105-19491231-002x",
        "1 1 0 1 0 5 1 9 4 9 1 2 3 1 0 0 2 X",
    ],
)
def test_an_identity_number_is_known_however_it_is_written(tmp_path: Path, written: str) -> None:
    assert serious(of(tmp_path, f"号码{written}。")) == ["PII001"]


@pytest.mark.parametrize(
    "right",
    [
        "35*************123",
        "110105194912310021",  # the check digit is wrong
        "统一社会信用代码91110000100001342X",
        "订单号110105194912310020",
        "办公电话 010-68783311，热线 12340。",
        "手机 138****1234。",
        "2026-11-21 2026-11-22 各一次",
        "2024年1013567亿元，2023年1294272亿元",
    ],
)
def test_other_numbers_and_masked_ones_pass(tmp_path: Path, right: str) -> None:
    assert of(tmp_path, right) == []


def test_ways_to_reach_a_person_are_for_the_public_text_only(tmp_path: Path) -> None:
    body = "联系小李 13912345678。"
    assert serious(of(tmp_path, body)) == ["PII002"]
    inside = write(tmp_path / "b", {"faq/nbc/b.md": faq(body, audience="intranet")})
    assert said(inside) == []
    fenced = of(tmp_path, f"前。\n\n::: intranet\n{body}\n内网 http://10.1.2.3/ 。\n:::\n\n后。")
    assert fenced == []


def test_internal_hosts_are_found_where_the_public_reads(tmp_path: Path) -> None:
    body = "打开 http://10.20.1.5:8080/ 或 http://oa/login 、weike.example 、\\\\fs01\\share 。"
    assert serious(of(tmp_path, body)) == ["HST001"] * 4
    assert of(tmp_path, body.replace("。", ""), audience="intranet") == []
    assert of(tmp_path, "网址 https://tjj.example.gov.cn/weike/ ，版本 v10.2.3.4。") == []


def test_places_in_yaml_are_exact(tmp_path: Path) -> None:
    quiz = yml(title="测一测").replace("\n", "\n") + (
        "questions:\n"
        "  - id: q1\n"
        "    text: 哪句对？\n"
        "    explain: 看清。\n"
        "    options:\n"
        "      - {text: 工商局登记, right: true, why: 好。}\n"
        "      - {text: 税务登记, right: false, why: 不对，中华人民共合国没有。}\n"
        "text: |\n  第一行。\n  再一行有布署二字。\n"
    )
    course = yml(title="课程", audience="public")
    root = write(
        tmp_path / "root",
        {"courses/ke/course.yml": course, "courses/ke/lessons/01-kao.quiz.yml": quiz},
    )
    lines = (root / "courses/ke/lessons/01-kao.quiz.yml").read_text("utf-8").split("\n")
    told = {p.code: lines[p.where.line - 1][p.where.column - 1 :] for p in said(root)}
    assert told["WRD003"].startswith("工商局登记")
    assert told["WRD001"].startswith("中华人民共合国没有")
    assert told["WRD005"].startswith("布署二字")


def test_a_false_option_may_show_what_is_wrong(tmp_path: Path) -> None:
    quiz = yml(title="测一测") + (
        "questions:\n  - id: q1\n    text: 哪句对？\n    options:\n"
        "      - {text: 比重提高3%, right: false, why: 不对。}\n"
        "      - {text: 比重提高3个百分点, right: true, why: 对。}\n"
    )
    root = write(
        tmp_path / "root",
        {"courses/ke/course.yml": yml(title="课程"), "courses/ke/lessons/01-kao.quiz.yml": quiz},
    )
    assert said(root) == []


def test_a_title_of_a_document_is_as_it_was_given(tmp_path: Path) -> None:
    source = [{"title": "农业部关于1-9月的通知", "quote": "原文", "seen": "2026-11-01"}]
    assert of(tmp_path, "见《工商行政管理局登记办法》。", sources=source) == []


def test_the_allow_list_needs_a_reason_and_says_when_it_is_idle(tmp_path: Path) -> None:
    allow = "allow:\n  - {text: 旅游局, entry: 'faq:mlk/a', reason: 原文如此}\n  - {text: 没有的, reason: 旧}\n"
    root = write(
        tmp_path / "root", {"faq/mlk/a.md": faq("旅游局的网站。"), "content/wording.yml": allow}
    )
    (idle,) = said(root)
    assert (idle.code, idle.where.path) == ("WRD006", "content/wording.yml")
    assert "没有的" in idle.message
    assert "FIL004" not in codes(problems(root))


def test_grave_findings_are_only_let_pass_in_a_named_entry(tmp_path: Path) -> None:
    number = "11010519491231002X"
    files = {"faq/mlk/a.md": faq(f"号码{number}。")}
    write(
        tmp_path / "root",
        files | {"content/wording.yml": f"allow:\n  - {{text: {number}, reason: 演示}}\n"},
    )
    assert "PII001" in codes(said(tmp_path / "root"))
    named = f"allow:\n  - {{text: {number}, entry: 'faq:mlk/a', reason: 演示}}\n"
    write(tmp_path / "root", {"content/wording.yml": named})
    assert said(tmp_path / "root") == []


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("allow:\n  - {text: 甲}\n", 2, "FMT003"),
        ("allow:\n  - {text: 甲, reason: 乙, why: 丙}\n", 2, "FMT002"),
        ("allow:\n  - text: 甲\n    reason: 乙\n    code: ABC\n", 4, "FMT004"),
        ("allow:\n  - text: 甲\n    reason: 乙\n    code: PII001\n", 4, "FMT004"),
        (
            "words:\n  - {wrong: 甲, right: 乙, reason: 丙}\n  - {wrong: 甲, reason: 丁}\n",
            3,
            "FMT004",
        ),
        ("words:\n  - {wrong: 甲, reason: 丙, severity: bad}\n", 2, "FMT004"),
        ("allow: [\n", 2, "YML001"),
    ],
)
def test_a_bad_list_is_told_at_its_place(tmp_path: Path, text: str, line: int, code: str) -> None:
    root = write(tmp_path / "root", {"content/wording.yml": text})
    found = said(root)
    assert [(p.code, p.where.line) for p in found] == [(code, line)]
    assert found[0].action


def test_words_of_the_bureau(tmp_path: Path) -> None:
    own = "words:\n  - {wrong: 示范省统计网, right: 示范省统计局网站, reason: 本局规定, severity: error}\n"
    root = write(
        tmp_path / "root", {"faq/mlk/a.md": faq("见示范省统计网。"), "content/wording.yml": own}
    )
    (found,) = said(root)
    assert (found.code, found.instead) == ("WRD001", "示范省统计局网站")
    assert "本局规定" in found.message


def test_the_version_follows_code_and_rules() -> None:
    assert wording.version() == wording.version()
    assert len(wording.version()) == 32


def test_an_entry_without_source_lines_still_has_its_key(tmp_path: Path) -> None:
    root = write(
        tmp_path / "root", {"content/terms/a.md": fact("正文。", title="攻府", definition="释义。")}
    )
    library = read(root)[0]
    (entry,) = library.entries.values()
    rules, _ = wording.load_rules(root)
    found = wording.judge(entry, library, load_config(root), rules)
    assert [(p.code, p.where.line) for p in found] == [("WRD001", entry.places["title"][0])]


@pytest.mark.parametrize(
    "piece", ["10.", "1家企业产值1", "翻两番", "从100亿元", "密码a1", "| 1 ", "eyJ", "《"]
)
def test_a_hostile_text_takes_no_longer_than_its_length(tmp_path: Path, piece: str) -> None:
    import time

    root = write(tmp_path / "root", {})
    rules, config = wording.load_rules(root)[0], load_config(root)

    def seconds(size: int) -> float:
        write(root, {"faq/mlk/a.md": faq(piece * (size // len(piece)))})
        library = read(root)[0]
        (entry,) = library.entries.values()
        began = time.process_time()
        wording.judge(entry, library, config, rules)
        return time.process_time() - began

    seconds(1000)
    assert seconds(80_000) < 10 * max(seconds(20_000), 0.05)
