"""From a span of a sheet to a line and column of the authored file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from builder.problems import Where
from builder.wording.passages import Passage, Sheet
from builder.yaml_source import Node, parse

Source = Callable[[], Sequence[str]]  # the lines of an entry's file, as the reader counts them
REACH = 60  # lines over which one YAML value may run


class Finder:
    """Places of one entry's findings. The file is only read, and its YAML parsed, when there is one."""

    def __init__(self, sheet: Sheet, source: Source | None) -> None:
        """Without `source` a value in YAML has the place of its top key."""
        self.sheet = sheet
        self._source = source
        self._lines: Sequence[str] | None = None
        self._node: Node | None = None

    def place(self, start: int, end: int) -> Where:
        """Where the span begins."""
        passage, offset = self.sheet.at(start)
        words = passage.text[offset : offset + end - start].split("\n")[0]
        entry = self.sheet.entry
        if passage.line:
            before = passage.text[:offset]
            line = passage.line + before.count("\n")
            column = offset - before.rfind("\n")
            return Where(entry.path, *self._near(line, column, words, passage))
        key = str(passage.path[0])
        line, column = entry.places.get(key, (1, 1))
        if self._source is None:
            return Where(entry.path, line, column)
        if node := self._parsed():
            found = node.find(passage.path)
            line, column = found.line, found.column
        return Where(entry.path, *self._forward(line, column, words, passage, offset))

    def lines(self) -> Sequence[str]:
        """The file's lines; none when it can't be read."""
        if self._lines is None:
            self._lines = self._source() if self._source else ()
        return self._lines

    def _near(self, line: int, column: int, words: str, passage: Passage) -> tuple[int, int]:
        """A Markdown text in YAML is indented, and may be folded: look for the words around."""
        lines = self.lines()
        if not lines or line > len(lines) or lines[line - 1].startswith(words, column - 1):
            return line, column
        at = lines[line - 1].find(words)
        if at >= 0:
            indent = len(lines[line - 1]) - len(lines[line - 1].lstrip())
            exact = lines[line - 1].find(words, max(0, column - 1 + indent - 2))
            return line, (exact if exact >= 0 else at) + 1
        for number in range(passage.line, min(len(lines), line + REACH) + 1):
            at = lines[number - 1].find(words)
            if at >= 0:
                return number, at + 1
        return line, column

    def _forward(
        self, line: int, column: int, words: str, passage: Passage, offset: int
    ) -> tuple[int, int]:
        """The same occurrence of the words that the passage has at `offset`."""
        skip = passage.text.count(words, 0, offset) if words else 0
        lines = self.lines()
        at = max(0, column - 1)
        for number in range(line, min(len(lines), line + REACH) + 1):
            while (found := lines[number - 1].find(words, at)) >= 0 and words:
                if not skip:
                    return number, found + 1
                skip -= 1
                at = found + len(words)
            at = 0
        return line, column

    def _parsed(self) -> Node | None:
        """The YAML of the file: all of it, or the front matter."""
        if self._node is None:
            lines = list(self.lines())
            path = self.sheet.entry.path
            if path.endswith(".md"):
                ends = [n for n, text in enumerate(lines) if text.rstrip() == "---"]
                if len(ends) < 2:
                    return None
                self._node, _ = parse("\n".join(lines[1 : ends[1]]), path, 2)
            else:
                self._node, _ = parse("\n".join(lines), path)
        return self._node
