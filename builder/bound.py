"""Texts bound to numbers: references, charts and tables by query, put in at the gate.

A reference becomes a link of its own scheme, `[5.2%](num:cpi "5.2 …")`, which `markup` makes into a
number with its card; a block becomes a plain chart block or a table. Code stays as it was written.
Imported only where a text asks for numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from builder.fences import IMAGE, INLINE_CODE, REFERENCE, code_state
from builder.indicators import grid as grids
from builder.indicators import reference as refs
from builder.indicators.definitions import indicator_of, slug
from builder.indicators.grid import Grid, Unanswered
from builder.indicators.query import Query
from builder.indicators.reference import Faulty
from builder.indicators.regions import regions_of
from builder.kinds import queried
from builder.kinds.queried import (
    QueriedChart,
    QueriedTable,
    Undrawable,
    as_yaml,
    drawn,
    note,
    read,
    sources,
)
from builder.markup import BLOCK_FORMULA, INLINE_FORMULA
from builder.media import chart_spec, charts
from builder.media.chart_spec import ChartSpec
from builder.memo import Memo, code_version, digest
from builder.model import Entry, Library, MdText
from builder.problems import Problem, Where
from builder.values import Cited, Numbers

TITLED = re.compile(r"[ \t>]*(?:!!!|\?\?\?\+?|===)[ \t]")  # lines whose words stand in quotes
OPENS = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)]|:|!!!|\?\?\?|===|\[\^)(?=[\s\w+\"])")
WORDS: Mapping[str, type[QueriedTable]] = {"chart": QueriedChart, "data": QueriedTable}
# A block within a quote would be printed as it stands.
IN_QUOTE = re.compile(
    r"^[ \t]*>[ \t>]*(?:`{3,}|~{3,})[ \t]*(?:chart|data)\b[^\n]*(?:\n[ \t]*>[^\n]*)*?\n[ \t>]*from[ \t]*:",
    re.MULTILINE,
)
HEADS = {"period": "时期", "region": "地区", "indicator": "指标", "measure": "口径"}
NOTHING = "还没有指标"
T = TypeVar("T")
VERSION = code_version(*(str(room.__file__) for room in (grids, refs, queried, chart_spec)))
Steps = tuple[str | int, ...]


@dataclass(slots=True)
class Binder:
    """Puts numbers into the texts of one entry. `cited` takes what the page must tell of them.

    `links` takes the addresses of their indicators. `withheld`: entries that are known and not out yet.
    `memo` keeps tables and charts under everything they follow from.
    """

    numbers: Numbers | None
    problems: list[Problem]
    links: dict[str, str]
    withheld: Container[str] = ()
    memo: Memo | None = None
    cited: dict[tuple[str, str, str, str], Cited] = field(default_factory=dict)

    def lines(self, lines: list[str], at: Callable[[int, int], Where]) -> None:
        """Bind the lines of one text in place, each line staying one item.

        `at` gives the place to tell for a line and a column of the text.
        """
        blocks = list(_blocks("\n".join(lines)))
        for number, line, found in references(lines):
            lines[number - 1] = self._line(line, found, number, at)
        for block in blocks:
            made = self._block(block, at)
            lines[block.fence - 1 : block.last] = [made] + [""] * (block.last - block.fence)

    def plain(self, text: str) -> str:
        """A text of one line with numbers as plain words; what is wrong was told elsewhere."""
        return refs.FOUND.sub(lambda m: self._words(m[0]), text)

    def _words(self, source: str) -> str:
        try:
            assert self.numbers is not None
            return refs.resolved(refs.parse(source), self.numbers).text
        except (Faulty, AssertionError):
            return ""

    def _line(
        self, line: str, found: Sequence[Place], number: int, at: Callable[[int, int], Where]
    ) -> str:
        made, done = [], 0
        for place in found:
            made += [line[done : place.start], self._number(place, number, at)]
            done = place.end
        return "".join([*made, line[done:]])

    def _number(self, place: Place, number: int, at: Callable[[int, int], Where]) -> str:
        try:
            if place.formula:
                raise Faulty(0, "公式里不能引用数", "把数写在公式外面。")
            asked = refs.parse(place.text)
            if self.numbers is None:
                raise Faulty(0, NOTHING, "先在 content/indicators/ 里写好指标和快照。")
            quoted = refs.resolved(asked, self.numbers)
        except Faulty as wrong:
            where = at(number, place.start + wrong.at + 1)
            self.problems.append(Problem("IND004", where, f"{wrong.why}。", wrong.action))
            return ""
        cited = quoted.cited
        self._cite((cited.indicator, cited.measure, cited.region, cited.period), cited)
        if place.bare:
            return quoted.text
        title = refs.told(cited).translate({ord('"'): "”", ord("["): "［", ord("]"): "］"})
        return f'[{quoted.text}](num:{cited.indicator} "{quoted.value} {title}")'

    # --- blocks ---------------------------------------------------------------------------------

    def _block(self, block: Block, at: Callable[[int, int], Where]) -> str:
        asked, node, problems = read(block.body, "", 1, WORDS[block.word])
        if asked is None or node is None:
            self._tell(block, problems, at)
            return ""
        wanted = {**asked.model_dump(), "query": asked.query}
        try:
            made, told = self._kept(asked.query, repr(asked), lambda: self._written(wanted))
        except (Unanswered, Undrawable) as wrong:
            steps = wrong.steps if isinstance(wrong, Unanswered) else ()
            line, column = node.place(("from", *steps))
            problem = Problem("IND004", Where("", line, column), f"{wrong.why}。", wrong.action)
            self._tell(block, [problem], at)
            return ""
        self._cite_each(told)
        return "\n".join(f"{block.indent}{row}" if row else row for row in ["", *made, ""])

    def _written(self, asked: Mapping[str, Any]) -> tuple[list[str], list[Cited]]:
        """The lines of a plain chart block or of a table, and what must be told of its numbers."""
        found = self.grid(asked["query"])
        if "type" in asked:
            lines = ["```chart", *as_yaml(drawn(asked, found)), "```"]
        else:
            lines = list(table(found, asked["title"], asked["note"]))
        return lines, self._told_of(found)

    def grid(self, query: Query) -> Grid:
        """The table that answers a query; `Unanswered` when this edition knows none."""
        if self.numbers is None:
            raise Unanswered(NOTHING, "先在 content/indicators/ 里写好指标和快照。")
        fault = next(grids.judged(query, self.numbers.indicators, self.numbers.regions), None)
        if fault:
            raise Unanswered(fault[1].rstrip("。"), fault[2], fault[0])
        return grids.grid(query, self.numbers)

    def _kept(self, query: Query, asked: str, make: Callable[[], T]) -> T:
        """What `make` makes of the numbers that a query asks for; `asked` says how."""
        if self.memo is None or self.numbers is None:
            return make()
        marks = [self.numbers.marks.get(name, "") for name in query.indicator]
        return self.memo.get(digest("asked", VERSION, self.numbers.shape, asked, *marks), make)

    def _cite(self, key: tuple[str, str, str, str], cited: Cited) -> None:
        self.cited.setdefault(key, cited)
        self.links[f"indicator:{cited.indicator}"] = cited.url

    def _told_of(self, found: Grid) -> list[Cited]:
        """A page that shows a table tells of each indicator once."""
        assert self.numbers is not None
        told: dict[str, Cited] = {}
        for row in found.cells:
            for shown in row:
                name = shown.cell.key.indicator if shown.cell else ""
                if shown.cell and name not in told:
                    region = self.numbers.regions[shown.cell.key.region]
                    known = self.numbers.indicators[name]
                    told[name] = refs.cited(shown.cell, known, region, "")
        return list(told.values())

    def _cite_each(self, told: Sequence[Cited]) -> None:
        for cited in told:
            self._cite((cited.indicator, "", "", ""), cited)

    def _tell(
        self, block: Block, problems: Sequence[Problem], at: Callable[[int, int], Where]
    ) -> None:
        for problem in problems:
            where = at(*block.place(problem.where))
            self.problems.append(Problem(problem.code, where, problem.message, problem.action))

    def own(self, entry: Entry, data: dict[str, Any], *, public: bool) -> dict[str, Any]:
        """The own data of an indicator or a dashboard, as far as an edition may know it.

        Who may see what is no reader's business; targets and what a number is used for are for those inside. In a dashboard numbers
        stand in place of queries; a block that finds none is told and left out.
        """
        if entry.kind == "indicator":
            gone = {"grants", *(("target", "target_measure", "disclosure") if public else ())}
            return {key: value for key, value in data.items() if key not in gone}
        made = []
        for number, block in enumerate(data["blocks"], 1):
            try:
                made.append(self._shown(block))
            except (Unanswered, Undrawable) as wrong:
                code = "IND005" if self._later(block, wrong) else "IND004"
                said = f"第 {number} 块：{wrong.why}{'，这次不排' if code == 'IND005' else ''}。"
                self.problems.append(Problem(code, entry.where("blocks"), said, wrong.action))
        return {**data, "blocks": tuple(made)}

    def _later(self, block: Mapping[str, Any], wrong: Exception) -> bool:
        """Whether only time is lacking: an overview has what is there, and more when it comes."""
        if isinstance(wrong, Unanswered) and wrong.why == refs.NONE:
            return True
        asked = (*block["numbers"], *(block[k]["query"] for k in ("chart", "table") if block[k]))
        names = (f"indicator:{name}" for query in asked for name in query.indicator)
        return any(name in self.withheld for name in names)

    def _shown(self, block: Mapping[str, Any]) -> Mapping[str, Any]:
        chart, listed = block["chart"], block["table"]
        found = [self.grid(query) for query in block["numbers"]]
        made = {**block, "numbers": tuple(found), "note": ""}
        if listed:
            one = self.grid(listed["query"])
            title = block["title"] or listed["title"] or one.title
            made |= {"table": one, "title": title, "note": note(listed["note"], one, title)}
            found.append(one)
        for each in found:
            self._cite_each(self._told_of(each))
        if chart:
            kept = self._kept(chart["query"], repr(chart), lambda: self._drawn(chart))
            made["chart"], told = kept
            self._cite_each(told)
        return made

    def _drawn(self, chart: Mapping[str, Any]) -> tuple[ChartSpec, list[Cited]]:
        found = self.grid(chart["query"])
        return drawn(chart, found), self._told_of(found)


def table(found: Grid, title: str, own: str) -> Iterator[str]:
    """A Markdown table with its title over it, its source and notes under it."""
    unit = f"（单位：{found.unit}）" if found.unit else ""
    yield f"**{_cell(title or found.title)}**{unit}"
    yield ""
    yield f"|{HEADS[found.by]}|{'|'.join(map(_cell, found.columns))}|"
    yield f"|---|{'---:|' * len(found.columns)}"
    for label, row in zip(found.rows, found.cells, strict=True):
        yield f"|{_cell(label)}|{'|'.join(_cell(c.text) for c in row)}|"
    yield ""
    yield f"来源：{_cell(sources(found))}。{_cell(note(own, found, title or found.title))}"


def _cell(text: str) -> str:
    """Words that Markdown must not read as its own."""
    escaped = re.sub(r"([\\`*_\[\]{}>|#])", r"\\\1", text)
    return re.sub(r"[$=~<]", lambda m: f"&#{ord(m[0])};", escaped)  # which no backslash takes back


# --- finding ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A reference in a line. `bare`: only plain words can stand there. `formula`: none can."""

    text: str
    start: int
    end: int
    bare: bool = False
    formula: bool = False


def references(lines: Sequence[str]) -> Iterator[tuple[int, str, list[Place]]]:
    """Each line outside code that has references: its number, itself, the references."""
    formulas = _formula_lines(lines)
    for number, line in _outside_code(lines):
        if refs.HINT not in line:
            continue
        seen = INLINE_CODE.sub(lambda m: " " * len(m.group(0)), line)
        bare = [m.span() for m in (*IMAGE.finditer(seen), *REFERENCE.finditer(seen))]
        inside = [m.span() for m in re.finditer(INLINE_FORMULA, seen)]
        titled = bool(TITLED.match(line))
        found = [
            Place(
                m[0],
                *m.span(),
                bare=titled or any(a <= m.start() < b for a, b in bare),
                formula=number in formulas or any(a <= m.start() < b for a, b in inside),
            )
            for m in refs.FOUND.finditer(seen)
        ]
        if found:
            yield number, line, found


def _outside_code(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Lines that are no code: neither fenced, nor set in by four blanks where no list or box is open."""
    code, opened, blank, indented = "", False, True, False
    for number, line in enumerate(lines, 1):
        code, is_code = code_state(code, line)
        if is_code:
            continue
        set_in = line.startswith(("    ", "\t"))
        if line.strip() and not set_in:
            opened = bool(OPENS.match(line)) or (opened and not blank)
        indented = set_in and not opened and (blank or indented)
        blank = not line.strip()
        if not indented:
            yield number, line


def _formula_lines(lines: Sequence[str]) -> set[int]:
    text = "\n".join(lines)
    if "$$" not in text:
        return set()
    spans = (m.span() for m in re.finditer(BLOCK_FORMULA, text, re.DOTALL))
    return {
        n
        for start, end in spans
        for n in range(text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 2)
    }


@dataclass(frozen=True, slots=True)
class Block:
    """A block that asks for numbers: its word, first line of its body, indent, body, line of its fence."""

    word: str
    first: int
    width: int
    body: str
    fence: int

    @property
    def last(self) -> int:
        """The line of its closing fence."""
        return self.first + self.body.count("\n") + (1 if self.body else 0)

    @property
    def indent(self) -> str:
        """The blanks before each of its lines."""
        return " " * self.width

    def place(self, where: Where) -> tuple[int, int]:
        """Line and column in the text of a place in the body."""
        line = min(max(where.line, 1), self.body.count("\n") + 1)
        return self.first + line - 1, where.column + self.width


def _blocks(text: str) -> Iterator[Block]:
    for word in WORDS:
        for first, width, body, fence in charts.blocks(text, word):
            if charts.asks(body):
                yield Block(word, first, width, body, fence)


# --- judged without numbers -----------------------------------------------------------------------


class Known:
    """The definitions of a library, against which texts are judged whatever the numbers are.

    `later`: indicators that exist and have no approved version.
    """

    def __init__(self, library: Library) -> None:
        """Every entry is looked at, in scope or not."""
        entries = [library.entries[name] for name in library.entries]
        self.indicators = {slug(e): indicator_of(e) for e in entries if e.kind == "indicator"}
        self.regions = regions_of(entries)
        held = (name.partition(":") for name in library.withheld)
        self.later = frozenset(name for kind, _, name in held if kind == "indicator")

    def faults(self, text: MdText, path: str) -> Iterator[Problem]:
        """What is wrong with what a text of `path` asks for; its comments are blank."""
        yield from self._references(text, path)
        for quoted in IN_QUOTE.finditer(text):
            where = Where(path, text.line + text.count("\n", 0, quoted.start()), 1)
            action = "去掉行首的 >，放在引用外面。"
            yield Problem("IND004", where, "引用（>）里不能用查询要数。", action)
        for block in _blocks(text):
            asked, node, problems = read(block.body, "", 1, WORDS[block.word])
            if asked is not None and node is not None:
                problems = [
                    Problem("IND004", Where("", *node.place(("from", *steps))), why, action)
                    for steps, why, action in self.query_faults(asked.query)
                ]
            for problem in problems:
                line, column = block.place(problem.where)
                where = Where(path, text.line + line - 1, column)
                yield Problem(problem.code, where, problem.message, problem.action)

    def _references(self, text: MdText, path: str) -> Iterator[Problem]:
        for number, _, found in references(text.split("\n")):
            for place in found:
                try:
                    asked = refs.parse(place.text)
                    if asked.indicator not in self.later:
                        refs.judged(asked, self.indicators, self.regions)
                except Faulty as wrong:
                    where = Where(path, text.line + number - 1, place.start + wrong.at + 1)
                    yield Problem("IND004", where, f"{wrong.why}。", wrong.action)

    def query_faults(self, query: Query) -> Iterator[grids.Fault]:
        """What is wrong with a query, unless an indicator of it is held back."""
        if not self.later.intersection(query.indicator):
            yield from grids.judged(query, self.indicators, self.regions)
