"""依据: the documents that what was said leans on, each once, with the words quoted of it.

An article says them short: the quotes of one document stand together, and rows of a table of figures
become the series and the months they are of. Each figure as it was published stands on the web page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from builder.cited import Taken, taken
from builder.model import Page, Source
from builder.render.wechat import links
from builder.render.wechat.parts_bits import day

if TYPE_CHECKING:
    from builder.render.wechat.press import Press

Document = tuple[str, str, str]
# A row of a table of figures: series, month or quarter or year, measure, figure, unit.
ROW = re.compile(r"([^,]+),(\d{4})(?:-(\d{2})|-Q([1-4]))?,[^,]+,[+-]?\d[\d.]*,[^,]*")
ROWS = "每个数在网页版上。"


def sources(found: Iterable[Source], press: Press, title: str = "依据") -> str:
    """A heading and a list; nothing for no sources."""
    by = documents(found)
    if not by:
        return ""
    checked = [max(s.seen for s in quotes) for quotes in by.values()]
    out = []
    for number, (document, quotes) in enumerate(by.items(), 1):
        seen = checked[number - 1]
        older = (
            [f"{day(seen)}核对"] if seen and seen != max(checked) else []
        )  # the foot says the last
        lines = list(map(press.theme.words, [*_quoted(quotes), *older]))
        html = [f"{number}. {_named(document, press)}", *lines, *_address(document[2], press)]
        out.append(press.theme.put("p", "noted", "<br>".join(html)))
    return press.heading(title, "end") + press.theme.put("section", "notes", "".join(out))


def numbers(pages: Iterable[Page], press: Press) -> str:
    """The numbers that the text quotes, by who published them and when; their cards are on the web page."""
    by: dict[str, list[Taken]] = {}
    for line in taken(pages):
        said = "；".join(f"{source}，{day(released)}发布" for source, released in line.sources)
        by.setdefault(said, []).append(line)
    if not by:
        return ""
    words, strong = press.theme.words, press.theme.strong
    out = []
    for said, lines in by.items():
        each = [
            f"{strong(line.name)}{words('（示例数据）' if line.sample else '')}"
            f"{words('：' + '；'.join(line.told) if line.told else '')}"
            for line in lines
        ]
        out.append(press.theme.put("p", "noted", "<br>".join([*each, words(said)])))
    return press.heading("本页的数", "end") + press.theme.put("section", "notes", "".join(out))


def documents(found: Iterable[Source]) -> Mapping[Document, list[Source]]:
    """Sources by document, in order of first mention; the same words are quoted once."""
    by: dict[Document, list[Source]] = {}
    for source in found:
        quotes = by.setdefault((source.title, source.doc_no, source.url), [])
        if not any((s.locator, s.quote) == (source.locator, source.quote) for s in quotes):
            quotes.append(source)
    return by


def _named(document: Document, press: Press) -> str:
    """A document by its name and number: a link to an article of WeChat's, or the number of a note."""
    name, doc_no, url = document
    whole, words = _whole(url, press), press.theme.strong(name)
    noted = whole in press.notes.known or links.article(whole)
    shown = press.linked(whole, name, words) if noted else words
    return shown + (press.theme.words(f"（{doc_no}）") if doc_no else "")


def _address(url: str, press: Press) -> Iterator[str]:
    """Where a document is, unless its name says it already."""
    whole = _whole(url, press)
    if whole and whole not in press.notes.known and not links.article(whole):
        yield escape(whole)


def _whole(url: str, press: Press) -> str:
    return links.target(url, press.url) if url else ""


def _quoted(quotes: Sequence[Source]) -> Iterator[str]:
    """What is quoted of one document, a line for each place in it, and one for all rows of figures."""
    places: dict[str, list[str]] = {}
    rows = []
    for source in quotes:
        if row := ROW.fullmatch(source.quote):
            rows.append(row)
        else:
            places.setdefault(source.locator, []).extend(filter(None, [source.quote]))
    for place, words in places.items():
        said = "……".join(words)
        if place or said:
            yield f"{place}　{said}".strip("　")
    if rows:
        yield f"{'；'.join(_series(rows))}。{ROWS}"


def _series(rows: Iterable[re.Match[str]]) -> Iterator[str]:
    """The series that rows are of, each with the years, months or quarters that are quoted."""
    found: dict[str, dict[tuple[str, str], set[int]]] = {}
    for row in rows:
        name, year, month, quarter = row.groups()
        kind = "月" if month else "季度" if quarter else "年"
        numbers = found.setdefault(name.replace("(", "（").replace(")", "）"), {})
        numbers.setdefault(("" if kind == "年" else f"{year}年", kind), set()).add(
            int(month or quarter or year)
        )
    for name, periods in found.items():
        said = [
            f"{year}{_runs(sorted(numbers), kind)}" for (year, kind), numbers in periods.items()
        ]
        yield f"{name}，{'、'.join(said)}"


def _runs(numbers: Sequence[int], kind: str) -> str:
    """6, 7, 8 and 10 → 6—8、10月各月数."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    said = "、".join(f"{run[0]}—{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
    each = f"各{kind[0]}数" if len(numbers) > 1 else ""
    return f"{'第' if kind == '季度' else ''}{said}{kind}{each}"
