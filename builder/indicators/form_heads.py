"""Which line and which column of a filled form is which, wherever they stand by now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from builder.indicators.form_layout import COLUMN_CODE, LINE_CODE, MARK, NOTE, Head, Plan
from builder.indicators.numerals import SPACES, WIDE
from builder.indicators.sheet_xml import name_of
from builder.indicators.workbook import Sheet
from builder.problems import Problem, Where

SEARCHED = 80  # rows from the top in which the heads are looked for
MOST = 60  # findings of one code told one by one
Place = tuple[int, int]


@dataclass(slots=True)
class Told:
    """Takes findings on one sheet, each with its cell."""

    file: str
    sheet: str
    problems: list[Problem]
    counts: dict[str, int] = field(default_factory=dict)

    def at(self, code: str, place: Place, said: str, action: str = "") -> None:
        """A finding at a cell; `said` without its full stop. Many of one sort are cut short."""
        self.counts[code] = self.counts.get(code, 0) + 1
        where = self.where(place)
        if self.counts[code] <= MOST:
            shown = f"表“{self.sheet}” {name_of(*place)}：{said}。"
            self.problems.append(Problem(code, where, shown, action))
        elif self.counts[code] == MOST + 1:
            shown = f"表“{self.sheet}”：这样的问题还有，不一一列出。"
            self.problems.append(Problem(code, Where(self.file), shown, action))

    def where(self, place: Place) -> Where:
        """The file, and line and column from 1."""
        return Where(self.file, place[0] + 1, place[1] + 1)


@dataclass(frozen=True, slots=True)
class Heads:
    """Where everything is. `top`: the row of the heads; `mark`, `note`: their columns, −1 when gone."""

    top: int
    lines: Mapping[int, Head]
    columns: Mapping[int, Head]
    mark: int
    note: int


def bare(text: str) -> str:
    """A name as it is compared: without spaces, full-width signs as half-width ones."""
    return "".join(text.translate(SPACES).split()).translate(WIDE)


class _Sheet:
    """Texts of cells, by place, by row and by column."""

    def __init__(self, sheet: Sheet) -> None:
        self.texts = {place: cell.text for place, cell in sheet.cells.items() if cell.text.strip()}
        self.filled = {p for p, c in sheet.cells.items() if c.formula or c.text.strip()}
        self.in_row: dict[int, list[int]] = {}
        self.in_column: dict[int, list[int]] = {}
        for row, column in sorted(self.filled):
            self.in_row.setdefault(row, []).append(column)
            self.in_column.setdefault(column, []).append(row)

    def text(self, row: int, column: int) -> str:
        return self.texts.get((row, column), "")

    def search(self, word: str, rows: Iterable[int], last: bool = False) -> Place | None:
        """The first cell of these rows that says `word`; of a row the last, where asked for."""
        wanted = bare(word)
        for row in rows:
            columns = self.in_row.get(row, [])
            for column in reversed(columns) if last else columns:
                if bare(self.text(row, column)) == wanted:
                    return row, column
        return None


def find(sheet: Sheet, layout: Plan, told: Told) -> Heads | None:
    """The heads of a form, or None when there are none; everything that is odd is told."""
    cells = _Sheet(sheet)
    anchor = cells.search(LINE_CODE, range(SEARCHED)) or cells.search(
        layout.line_fields[0], range(SEARCHED)
    )
    if anchor is None:
        told.at(
            "FRM008", (0, 0), f"找不到表头（写着“{layout.line_fields[0]}”的一行）", "恢复表头。"
        )
        return None
    top = anchor[0]
    found = {w: cells.search(w, [top]) for w in layout.line_fields}
    found |= {w: cells.search(w, [top], last=True) for w in (MARK, NOTE, LINE_CODE)}
    at = {word: place[1] for word, place in found.items() if place}
    if not _whole(layout, at, top, told):
        return None
    left = at[layout.line_fields[0]]
    depth = len(layout.column_fields)
    coded = next((r for r in range(top, top + 12) if bare(cells.text(r, left)) == COLUMN_CODE), -1)
    first = coded + 1 if coded >= 0 else top + depth
    if coded < 0:
        told.at("FRM009", (top, left), f"“{COLUMN_CODE}”一行没有了，列按名称认", "核对读出的数。")
    aside = {*at.values()}
    columns = _columns(cells, layout, told, (top, coded, first), aside)
    lines = _lines(cells, layout, told, first, at, columns)
    return Heads(top, lines, columns, at.get(MARK, -1), at.get(NOTE, -1))


def _whole(layout: Plan, at: Mapping[str, int], top: int, told: Told) -> bool:
    """Whether the heads of lines are all there."""
    lost = [word for word in layout.line_fields if word not in at]
    if lost:
        said = f"表头里的“{'”“'.join(lost)}”不见了，或改了名"
        told.at("FRM008", (top, 0), said, "照发下去的表恢复表头。")
    for word in (MARK, NOTE, LINE_CODE):
        if word not in at:
            told.at("FRM009", (top, 0), f"“{word}”一栏没有了", "用不着可以不管。")
    return not lost


def _columns(
    cells: _Sheet, layout: Plan, told: Told, rows: tuple[int, int, int], aside: set[int]
) -> dict[int, Head]:
    top, coded, first = rows
    known, made = _Known(layout.columns, "列", layout.column_fields), dict[int, Head]()
    depth = len(layout.column_fields)
    for column in sorted(set(cells.in_column) - aside):
        code = cells.text(coded, column) if coded >= 0 else ""
        names = tuple(cells.text(top + n, column) for n in range(depth))
        below = cells.in_column[column][-1] >= first
        if not (code.strip() or any(n.strip() for n in names) or below):
            continue  # a title above the table
        head = known.which(code, names, (top, column), below, told)
        if head:
            made[column] = head
    known.judge(told, (top, 0))
    return made


def _lines(
    cells: _Sheet,
    layout: Plan,
    told: Told,
    first: int,
    at: Mapping[str, int],
    columns: Mapping[int, Head],
) -> dict[int, Head]:
    known, made = _Known(layout.lines, "行", layout.line_fields), dict[int, Head]()
    beside = {*columns, *(at[w] for w in (MARK, NOTE) if w in at)}
    for row in sorted(r for r in cells.in_row if r >= first):
        code = cells.text(row, at[LINE_CODE]) if LINE_CODE in at else ""
        names = tuple(cells.text(row, at[field]) for field in layout.line_fields)
        said = any((row, column) in cells.filled for column in beside)
        head = known.which(code, names, (row, at[layout.line_fields[0]]), said, told)
        if head:
            made[row] = head
    known.judge(told, (first, 0))
    return made


class _Known:
    """Lines or columns that a form must have, and those that were met."""

    def __init__(self, heads: Sequence[Head], word: str, fields: Sequence[str]) -> None:
        self.heads, self.word, self.fields = heads, word, fields
        self.by_code = {bare(h.code): h for h in heads}
        self.by_names: dict[tuple[str, ...], Head | None] = {}
        for head in heads:
            names = tuple(map(bare, head.names))
            self.by_names[names] = None if names in self.by_names else head
        self.met: dict[str, Place] = {}
        self.wrong: set[str] = set()

    def which(
        self, code: str, names: Sequence[str], place: Place, numbers: bool, told: Told
    ) -> Head | None:
        """What stands at `place`; None, and told why, when it can't be read."""
        plain = tuple(map(bare, names))
        head = self.by_code.get(bare(code))
        if head is None:
            head = self.by_names.get(plain)
            if head is None:
                self._stranger(code, names, place, numbers, told)
                return None
            said = f"这一{self.word}的代码没有了，按名称认作“{'、'.join(filter(None, head.names))}”"
            told.at("FRM009", place, said, "核对读出的数。")
        elif not any(plain):
            said = f"这一{self.word}的名称没有了，按代码认作“{'、'.join(filter(None, head.names))}”"
            told.at("FRM009", place, said, "核对读出的数。")
        elif said := self._renamed(head, names):
            self.wrong.add(head.code)
            told.at("FRM008", place, said, "改回原样；要报别的数，先改数据模板。")
            return None
        return self._once(head, place, told)

    def _once(self, head: Head, place: Place, told: Told) -> Head | None:
        if head.code in self.met:
            first = name_of(*self.met[head.code])
            said = f"和 {first} 是同一{self.word}“{'、'.join(filter(None, head.names))}”"
            told.at("FRM008", place, said, "留一个，删一个。")
            return None
        self.met[head.code] = place
        return head

    def _renamed(self, head: Head, names: Sequence[str]) -> str:
        for word, was, now in zip(self.fields, head.names, names, strict=True):
            if bare(was) != bare(now):
                return f"“{word}”原来是“{was}”，被改成了“{now.strip()[:30]}”"
        return ""

    def _stranger(
        self, code: str, names: Sequence[str], place: Place, numbers: bool, told: Told
    ) -> None:
        said = "、".join(n.strip()[:30] for n in (*names, code) if n.strip())
        named = f"“{said}”" if said else "没有名称"
        if numbers:
            told.at(
                "FRM008",
                place,
                f"这一{self.word}{named}，模板里没有，里面的没有读",
                "不该有的删去；改了名的改回原样。",
            )
        elif said:
            told.at("FRM009", place, f"{named}不是表里的{self.word}，没有读", "用不着可以不管。")

    def judge(self, told: Told, place: Place) -> None:
        """Tell what is missing, and that the order is another."""
        for head in self.heads:
            if head.code not in self.met and head.code not in self.wrong:
                said = f"少了一{self.word}“{'、'.join(filter(None, head.names))}”"
                told.at("FRM008", place, said, "恢复；没有数的写 ——。")
        order = [h.code for h in self.heads if h.code in self.met]
        if sorted(order, key=lambda c: self.met[c]) != order and self.word == "行":
            told.at("FRM009", place, "行的次序和原表不同，按代码和名称读的", "核对读出的数。")
        elif sorted(order, key=lambda c: self.met[c][1]) != order and self.word == "列":
            told.at("FRM009", place, "列的次序和原表不同，按代码和名称读的", "核对读出的数。")
