"""标准: a national or trade standard, with a browsable table of codes where it has one."""

import csv
import io
from typing import Annotated, Literal

from pydantic import BeforeValidator

from builder.kinds.front import Date, File, FrontMatter, Kind, Line, Ref, folder_pattern, listed
from builder.problems import Problem, Where

CODE_COLUMNS = ("code", "name", "level", "parent", "doubt")
CODE_LEVELS = {"门类": 1, "大类": 2, "中类": 3, "小类": 4}
Row = dict[str, str | int]


class Standard(FrontMatter):
    """A standard and its standing."""

    number: Line
    issued_by: str = ""
    issued: Date | Literal["", "待核"] = ""
    effective: Date | Literal["", "待核"] = ""
    status: Literal["current", "superseded"] = "current"
    supersedes: Annotated[tuple[Ref, ...], BeforeValidator(listed)] = ()
    codes: File | Literal[""] = ""


KIND = Kind(
    "standard",
    "标准",
    "zhi",
    Standard,
    folder_pattern("content/standards", ".md"),
    "standard",
    "standards",
    needs_source=True,
)


MOST_PROBLEMS = 50
MOST_BYTES = 1024 * 1024


def read_codes(data: bytes, where: Where) -> tuple[tuple[Row, ...], list[Problem]]:
    """Read a table of codes. A doubtful name is left out: a cut name must never be published."""
    if len(data) > MOST_BYTES:
        place = Where(where.path, 1)
        return (), [Problem("STD001", place, "代码表超过 1 MB。", "只留代码和名称，拆成几张表。")]
    try:
        text = data.decode("utf-8-sig")
        lines = list(reader := csv.DictReader(io.StringIO(text)))
    except UnicodeDecodeError as error:
        place = Where(where.path, data[: error.start].count(b"\n") + 1)
        return (), [Problem("STD001", place, "这里的字节不是 UTF-8 文字。", "存成 UTF-8 的 CSV。")]
    except csv.Error:
        place = Where(where.path, max(1, reader.line_num))
        return (), [Problem("STD001", place, "代码表读不懂。", "检查这一行的引号和逗号。")]
    if not lines or set(CODE_COLUMNS) - set(lines[0]):
        return (), [
            Problem(
                "STD001",
                Where(where.path, 1),
                "代码表缺列。",
                f"第一行写：{','.join(CODE_COLUMNS)}。",
            )
        ]
    seen: set[str] = set()
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, 2):
        if len(problems) >= MOST_PROBLEMS:
            break
        code, name, doubt = (str(line[k] or "").strip() for k in ("code", "name", "doubt"))
        problems += _row_problems(
            Where(where.path, number),
            code,
            name,
            str(line["level"]),
            str(line["parent"] or ""),
            doubt,
            seen,
        )
        seen.add(code)
        rows.append(
            {
                "code": code,
                "name": "" if doubt else name,
                "level": CODE_LEVELS.get(str(line["level"]), 4),
                "doubt": doubt,
            }
        )
    return tuple(rows), problems


def _row_problems(
    where: Where, code: str, name: str, level: str, parent: str, doubt: str, seen: set[str]
) -> list[Problem]:
    found: list[str] = []
    if not code or code in seen:
        found.append(f"代码 `{code}` 空着或重复")
    if level not in CODE_LEVELS:
        found.append(f"层级 `{level}` 不是门类、大类、中类、小类")
    if parent and parent not in seen:
        found.append(f"上级代码 `{parent}` 没有在前面出现")
    if not name and not doubt:
        found.append("名称空着，又没有标待核")
    return [Problem("STD001", where, f"{text}。", "改正这一行。") for text in found]


def codes_csv(rows: tuple[Row, ...]) -> bytes:
    """The table of codes as readers may download it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["代码", "名称", "层级", "备注"])
    names = {number: label for label, number in CODE_LEVELS.items()}
    for row in rows:
        writer.writerow([row["code"], row["name"], names[int(row["level"])], row["doubt"]])
    return b"\xef\xbb\xbf" + out.getvalue().encode()
