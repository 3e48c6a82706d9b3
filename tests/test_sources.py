"""Strict sources: what is written is what is meant, and every mistake has its line and column."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builder.cli import main
from builder.kinds import BY_NAME, KINDS
from builder.problems import CATALOGUE, Problem, Where, as_json, as_text
from builder.read import parse_entry
from builder.yaml_source import MAX_BYTES, MAX_DEPTH, parse
from tests.sitefiles import codes, faq, head, problems, write

GOOD = "title: 甲\naudience: public\ndivision: mlk\ndate: 2026-11-01\n"


def plain(text: str) -> object:
    node, said = parse(text, "a.yml")
    assert node is not None, said
    return node.plain()


def refused(text: str) -> Problem:
    node, said = parse(text, "a.yml")
    assert node is None
    assert len(said) == 1
    return said[0]


@pytest.mark.parametrize(
    "value",
    [
        "0111",
        "010101",
        "9:30",
        "6.30",
        "no",
        "on",
        "yes",
        "~",
        "null",
        "1e3",
        "0x1F",
        "2026-11-01",
        "12:30:45",
        "1_000",
        "+1",
        ".5",
        ".inf",
        "=",
        "TRUE",
        "是",
    ],
)
def test_a_scalar_stays_the_text_it_is(value: str) -> None:
    assert plain(f"a: {value}\nb: [{value}]\n") == {"a": value, "b": [value]}


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "YML002", 3, 1),
        ("a:\n  b: 1\n  b: 2\n", "YML002", 3, 3),
        ("a: &x 1\n", "YML003", 1, 4),
        ("a: 1\nb: *x\n", "YML003", 2, 4),
        ("a: &x [1]\nb: {<<: *x}\n", "YML003", 1, 4),
        ("a: !!python/object/apply:os.system [ls]\n", "YML003", 1, 4),
        ("a: !!str 1\n", "YML003", 1, 4),
        ("a:\n\tb: 1\n", "YML005", 2, 1),
        ("a: 1\n---\nb: 2\n", "YML001", 2, 1),
        ("a: [1, 2\n", "YML001", 2, 1),
        ("a: 'x\n", "YML001", 2, 1),
        ("a: b: c\n", "YML001", 1, 5),
        ("甲: 乙: 丙\n", "YML001", 1, 5),
        ("- 1\n", "YML001", 1, 1),
        ("? [a]\n: 1\n", "YML001", 1, 3),
        ("a: @x\n", "YML001", 1, 4),
        ("a: `x`\n", "YML001", 1, 4),
        ("", "YML001", 1, 1),
        ("# 只有注释\n", "YML001", 1, 1),
    ],
)
def test_what_is_refused_is_refused_at_its_place(
    text: str, code: str, line: int, column: int
) -> None:
    problem = refused(text)
    assert (problem.code, problem.where.line, problem.where.column) == (code, line, column)
    assert problem.action


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\ufffe"])
def test_control_characters_are_refused(char: str) -> None:
    assert refused(f"a: x{char}y\n").code == "YML001"


@pytest.mark.parametrize("opener", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused_at_once(opener: str) -> None:
    assert refused("a:\n " + opener * 5000).code in {"YML001", "YML004"}
    assert refused("a: " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)).code == "YML004"
    assert plain("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1))


def test_an_alias_bomb_does_not_load() -> None:
    rows = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    assert refused("\n".join(rows)).code == "YML003"


def said(data: bytes, path: str = "faq/mlk/a.md") -> list[Problem]:
    kind = BY_NAME["faq"]
    return list(parse_entry(path, data, kind)[1])


def test_bom_and_crlf_are_accepted_and_lines_stay_right() -> None:
    text = faq("第一行\n\n第二行").replace("\n", "\r\n")
    entry, found = parse_entry("faq/mlk/a.md", b"\xef\xbb\xbf" + text.encode(), BY_NAME["faq"])
    assert not found
    assert entry is not None
    assert entry.text.rstrip("\n") == "第一行\n\n第二行"
    assert entry.text.line == text.split("\r\n").index("第一行") + 1


def test_other_encodings_are_refused_with_their_line() -> None:
    found = said(faq("好").encode() + "中文\n".encode("gb18030"))
    assert codes(found) == ["FIL002"]
    assert found[0].where.line == faq("好").count("\n") + 1


def test_a_file_of_half_a_megabyte_is_refused(tmp_path: Path) -> None:
    body = "字" * (MAX_BYTES // 3 + 1)
    found = problems(write(tmp_path, {"faq/mlk/a.md": faq(body)}))
    assert codes(found) == ["FIL001"]
    assert not problems(write(tmp_path, {"faq/mlk/a.md": faq("短")}))


@pytest.mark.parametrize(
    ("extra", "code", "line", "column", "words"),
    [
        ("tagz: [甲]\n", "FMT002", 7, 1, "是不是想写 `tags`"),
        ("valid:\n  form: 2026-01-01\n", "FMT002", 8, 3, "是不是想写 `from`"),
        ("sources:\n  - title: 甲\n    qoute: 乙\n", "FMT002", 9, 5, "是不是想写 `quote`"),
        ("tags:\n  a: b\n", "FMT004", 7, 1, "列表"),
        ("levels: [省, 村]\n", "FMT004", 7, 13, "之一"),
        ("valid: {to: 2026-02-30}\n", "FMT004", 7, 9, "日期"),
        ("assets:\n  ../a.png: {alt: 甲}\n", "FMT004", 8, 3, "文件名"),
        ("sources:\n  - quote: 乙\n", "FMT003", 8, 5, "title"),
        ("summary: " + "长" * 121 + "\n", "FMT004", 7, 1, "太长"),
        ("id: 中文\n", "FMT004", 7, 1, "小写字母"),
    ],
)
def test_findings_stand_at_line_and_column_of_their_key(
    extra: str, code: str, line: int, column: int, words: str
) -> None:
    found = said(f"---\n{GOOD}answer: 乙\n{extra}---\n正文\n".encode())
    assert [(p.code, p.where.line, p.where.column) for p in found] == [(code, line, column)]
    assert words in found[0].message + found[0].action
    assert not any(word in found[0].message for word in ("Input", "should", "valid "))


def test_all_findings_of_a_file_come_at_once() -> None:
    found = said(b"---\ntitle: a\ndate: x\nlevels: y\nzzz: 1\n---\n")
    assert sorted(codes(found)) == ["FMT002", *["FMT003"] * 3, "FMT004", "FMT004"]


def test_hidden_characters_in_a_title_are_refused() -> None:
    text = faq().replace("示例题目", "示例\u202e题目")
    assert codes(said(text.encode())) == ["FMT004"]


@pytest.mark.parametrize("text", ["", "正文", "---\ntitle: a\n", "----\n", " ---\ntitle: a\n---\n"])
def test_a_missing_head_is_said(text: str) -> None:
    assert codes(said(text.encode())) == ["FMT001"]


def test_the_text_output_has_a_caret_under_chinese() -> None:
    problem = Problem("FMT004", Where("a.md", 2, 5), "话。", "改。")
    shown = as_text([problem], lambda path: ["---", "中文： 错"])
    assert shown.split("\n") == [
        "a.md:2:5: 错误 FMT004 话。",
        "    2 | 中文： 错",
        "      |        ^",
        "    怎么办：改。",
    ]


def test_a_long_line_is_cut_around_its_column() -> None:
    line = "字" * 500 + "错" + "字" * 500
    shown = as_text([Problem("FMT004", Where("a.md", 1, 501), "话。")], lambda path: [line])
    quoted, caret = shown.split("\n")[1:3]
    at = quoted.index("错") - len("    1 | ")
    assert caret.index("^") - len("    1 | ") == 2 * at


def test_json_has_exactly_the_agreed_keys_in_order() -> None:
    rows = json.loads(
        as_json(
            [
                Problem("FIL004", Where("b.md"), "乙"),
                Problem("REF003", Where("a.md", 3, 7), "甲", "改"),
            ]
        )
    )
    assert rows == [
        {"code": "REF003", "severity": "error", "path": "a.md", "line": 3, "column": 7}
        | {"message": "甲", "action": "改"},
        {"code": "FIL004", "severity": "notice", "path": "b.md", "line": 0, "column": 0}
        | {"message": "乙", "action": ""},
    ]
    keys = ["code", "severity", "path", "line", "column", "message", "action"]
    assert all(list(row) == keys for row in rows)


def test_check_prints_json_and_exits_1_on_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"faq/mlk/a.md": faq(tagz="甲")})
    assert main(["check", "--root", str(tmp_path), "--format", "json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [r["code"] for r in rows if r["severity"] == "error"] == ["FMT002"]
    write(tmp_path, {"faq/mlk/a.md": faq()})
    assert main(["check", "--root", str(tmp_path), "--format", "json"]) == 0


def test_every_kind_has_a_json_schema(tmp_path: Path) -> None:
    write(tmp_path, {"faq/mlk/a.md": faq()})
    main(["check", "--root", str(tmp_path), "--schemas", str(tmp_path / "schemas")])
    found = {
        p.name.removesuffix(".schema.json"): json.loads(p.read_text("utf-8"))
        for p in (tmp_path / "schemas").iterdir()
    }
    assert set(found) == {"site_config", "orgs", *(k.name for k in KINDS)}
    for kind in KINDS:
        schema = found[kind.name]
        assert schema["additionalProperties"] is False
        assert {"title", "audience", "division", "date"} <= set(schema["required"])


def test_codes_are_well_formed_and_strays_are_notices(tmp_path: Path) -> None:
    assert all(len(c) == 6 and c[:3].isupper() and c[3:].isdigit() for c in CATALOGUE)
    names = [".hidden.md", "a.md~", "#a.md#", "a.bak", "~$a.docx", ".DS_Store", "Thumbs.db"]
    found = problems(
        write(tmp_path, {f"faq/mlk/{n}": "x" for n in names} | {"faq/mlk/a.md": faq()})
    )
    assert codes(found) == ["FIL004"] * len(names)


def test_symbolic_links_and_bad_names_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"faq/mlk/a.md": faq(), "faq/mlk/坏 名.md": faq(), "out.md": faq()})
    (tmp_path / "faq/mlk/l.md").symlink_to(tmp_path / "out.md")
    assert sorted(codes(problems(tmp_path))) == ["FIL005", "FIL006"]


def test_yaml_entries_keep_the_lines_of_their_texts(tmp_path: Path) -> None:
    text = head(kind=None).replace("kind: null\n", "") + "text: |\n  一\n\n  [坏](faq:mlk/meiyou)\n"
    found = problems(write(tmp_path, {"content/columns/a.yml": text}))
    assert [(p.code, p.where.line, p.where.column) for p in found] == [("REF003", 8, 5)]
