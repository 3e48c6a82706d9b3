"""Entry forms read back: a filled workbook → rows for a snapshot, and what is wrong, by sheet and cell.

Lines and columns are known by their codes and their names together, so that moved ones are read where
they stand, and one that says two things is refused. Nothing is taken from a cell that a formula made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from builder.indicators.form_cells import Filled, fill
from builder.indicators.form_heads import Heads, Told, find
from builder.indicators.form_layout import (
    BEFORE,
    DATA,
    FORMAT,
    KEEP,
    KEEP_ROWS,
    YEAR_AGO,
    Plan,
    plan,
    seal,
)
from builder.indicators.incoming import Row, blocks_of
from builder.indicators.layers import Block
from builder.indicators.workbook import Refusal, Sheet, Workbook
from builder.problems import Problem, Refused, Where, has_errors, suggest
from builder.values import Indicator, Key, Period, Region, Template

RESERVED = "WpsReserved"  # sheets that WPS keeps for itself
AGAIN = "用 weike snapshot form 重新生成这张表，把数抄过去。"


@dataclass(slots=True)
class Reading:
    """What a form came to. `rows` may be used only when no problem is an error.

    `cells`: for each number asked for, the sheet and cell that it stands in. `notes`: (line, what is
    noted of it).
    """

    file: str
    plan: Plan | None = None
    rows: list[Row] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    cells: dict[tuple[Key, Period], Where] = field(default_factory=dict)
    sheet: str = DATA

    @property
    def good(self) -> bool:
        """Whether the numbers may be taken."""
        return self.plan is not None and not has_errors(self.problems)

    def blocks(self, action: str = "add", reason: str = "") -> list[Block]:
        """The numbers as blocks of a snapshot."""
        return blocks_of(action, self.rows, reason)

    def note(self) -> str:
        """All notes in a few lines, for the note of a snapshot."""
        return "\n".join(f"{name}：{text}" for name, text in self.notes)


def read_form(
    data: bytes,
    name: str,
    templates: Mapping[str, Template],
    indicators: Mapping[str, Indicator],
    regions: Mapping[str, Region],
    template: str = "",
    period: Period | None = None,
) -> Reading:
    """Read a filled form. `name`: of the file, told with each problem.

    `template`, `period`: which are awaited; any when not given. Whatever the bytes are, problems come
    back and nothing is raised.
    """
    done = Reading(name)
    try:
        book = Workbook(data)
        layout = _identified(book, done, name, templates, indicators, regions)
        if layout is None or not _awaited(layout, done, name, template, period):
            return done
        sheet = _data(book, done, name)
    except Refusal as refusal:
        said = f"{refusal}，没有收。"
        done.problems.append(Problem("FRM001", Where(name), said, refusal.action))
        return done
    if sheet is None:
        return done
    done.plan, done.sheet = layout, sheet.name
    told = Told(name, sheet.name, done.problems)
    heads = find(sheet, layout, told)
    if heads is None:
        return done
    _take(fill(sheet, layout, heads, told), done)
    _hidden(sheet, heads, told)
    return done


def _take(filled: Filled, done: Reading) -> None:
    done.rows += filled.rows
    done.notes += filled.notes
    done.cells.update(filled.cells)


# --- which form it is -------------------------------------------------------------------------------


def _identified(
    book: Workbook,
    done: Reading,
    name: str,
    templates: Mapping[str, Template],
    indicators: Mapping[str, Indicator],
    regions: Mapping[str, Region],
) -> Plan | None:
    """The form that the workbook says it is, once that is true."""

    def wrong(said: str, action: str = AGAIN) -> None:
        done.problems.append(Problem("FRM002", Where(name), said, action))

    told = _kept(book)
    if told is None:
        wrong(f"没有“{KEEP}”这一页，认不出是哪张填报表。")
        return None
    if told["格式"] != FORMAT or told["校验"] != seal(told["模板"], told["版本"], told["时期"]):
        wrong(f"“{KEEP}”这一页被改过，认不出是哪张填报表。")
        return None
    known = templates.get(told["模板"])
    if known is None:
        wrong(f"没有数据模板 `{told['模板'][:40]}`。{suggest(told['模板'], templates)}")
        return None
    try:
        made = plan(known, indicators, regions, Period.parse(told["时期"]))
    except (ValueError, Refused) as error:
        wrong(str(error).rstrip("。") + "。")
        return None
    if made.version != told["版本"]:
        wrong(f"“{known.name}”的行、列或单位后来改过，这是按旧的做的表。")
        return None
    return made


def _kept(book: Workbook) -> dict[str, str] | None:
    """What the sheet for programs says; None when there is none."""
    for number, (title, _) in enumerate(book.names):
        if title.strip() != KEEP:
            continue
        cells = book.sheet(number).cells
        found = {
            cell.text.strip(): cells[row, 1].text.strip()
            for (row, column), cell in cells.items()
            if column == 0 and (row, 1) in cells and not cells[row, 1].formula
        }
        return {key: found.get(key, "") for key in KEEP_ROWS}
    return None


def _awaited(layout: Plan, done: Reading, name: str, template: str, period: Period | None) -> bool:
    mine = layout.template
    if template and mine.id != template:
        said = f"这是“{mine.name}”（{mine.id}）的表，要的是 {template} 的。"
        done.problems.append(Problem("FRM002", Where(name), said, "换成要的那张。"))
    if period and layout.period != period:
        said = f"这是 {layout.period.label()} 的表，要的是 {period.label()} 的。"
        done.problems.append(Problem("FRM002", Where(name), said, "换成要的那一期。"))
    return not done.problems


# --- which sheet ------------------------------------------------------------------------------------


def _data(book: Workbook, done: Reading, name: str) -> Sheet | None:
    """The sheet with the numbers; others are named, and not opened."""
    own = {KEEP, BEFORE, YEAR_AGO}
    left = [
        (n, t.strip(), h)
        for n, (t, h) in enumerate(book.names)
        if t.strip() not in own and not t.startswith(RESERVED)
    ]
    chosen = next((item for item in left if item[1] == DATA), left[0] if len(left) == 1 else None)
    if chosen is None:
        said = f"没有“{DATA}”这一页。"
        done.problems.append(Problem("FRM008", Where(name), said, f"把填数的一页改名为 {DATA}。"))
        return None
    for number, title, hidden in left:
        if number != chosen[0]:
            said = f"多出来的“{title}”页{'（隐藏的）' * hidden}没有读。"
            action = f"数填在“{DATA}”页；别的页删去。"
            code = "FRM007" if hidden else "FRM009"
            done.problems.append(Problem(code, Where(name), said, action))
    if book.remarked:
        said, action = "里面有批注，没有读。", "要留下的话写到“备注”栏。"
        done.problems.append(Problem("FRM009", Where(name), said, action))
    if chosen[2]:
        said = f"“{chosen[1]}”页是隐藏的，还是读了。"
        done.problems.append(Problem("FRM007", Where(name), said, "取消隐藏，核对以后再交。"))
    return book.sheet(chosen[0])


# --- what nobody sees -------------------------------------------------------------------------------


def _hidden(sheet: Sheet, heads: Heads, told: Told) -> None:
    """Hidden lines and columns with numbers are read, and named."""
    for row in sorted(heads.lines):
        if row in sheet.hidden_rows:
            told.at(
                "FRM007", (row, 0), "这一行是隐藏的，里面的数还是读了", "取消隐藏，核对以后再交。"
            )
    for column in sorted({*heads.columns, heads.mark, heads.note} - {-1}):
        if sheet.column_hidden(column):
            said = "这一列是隐藏的，里面的还是读了"
            told.at("FRM007", (heads.top, column), said, "取消隐藏，核对以后再交。")
