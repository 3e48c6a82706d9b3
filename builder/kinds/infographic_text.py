"""图解 written as Markdown: headings are blocks, lists their items, a few words with a colon the rest.

    ## 看表号
    右上角有四样东西。
    - 表号
    - 制定机关

What follows a line `---` is the text under the picture. Every value keeps its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from builder.problems import Problem, Where
from builder.yaml_source import Node

HEADING = re.compile(r"(#{2,5})\s+(.+?)\s*#*\s*")
ITEM = re.compile(r"(?:[-*+]|\d{1,2}[.)])\s+(.+)")
MARKED = re.compile(r"(数|时间|是|否|填)\s*[：:]\s*(.+)")
FACT = re.compile(r"([^：:]{1,40})[：:]\s*(.+)")
KEYS = {"数": "number", "时间": "at", "是": "yes", "否": "no", "填": "value"}
WITH_FACTS = frozenset({"numbers", "compare"})
GUARDED = re.compile(r"\s*(?::::|<!--|--8<--)")  # what only texts know: here nobody would heed it


@dataclass(slots=True)
class _Block:
    """A block while it is read: values and the places of its keys."""

    line: int
    values: dict[str, Node] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)

    def put(self, key: str, value: str, line: int, column: int) -> None:
        """Set a value; one that is there gets the words added."""
        if key in self.values:
            self.values[key].value += value
        else:
            self.values[key] = Node(value, line, column)
            self.places[key] = (line, column)

    def add(self, key: str, name: str, value: str, line: int) -> None:
        """Add a line to a list (no name) or a pair to a mapping."""
        if key not in self.values:
            self.values[key] = Node({} if name else [], line, 1, keys={} if name else None)
            self.places[key] = (line, 1)
        held = self.values[key]
        if name:
            held.value[name] = Node(value, line, 1)
            assert held.keys is not None
            held.keys[name] = (line, 1)
        else:
            held.value.append(Node(value, line, 1))

    def node(self) -> Node:
        """The block as a mapping."""
        return Node(self.values, self.line, 1, keys=self.places)


def read_blocks(body: str, first: int, layout: str, path: str) -> tuple[Node, Node, list[Problem]]:
    """Blocks and the text below them, of a Markdown `body` that begins on line `first` of `path`."""
    blocks: list[_Block] = []
    problems: list[Problem] = []
    lines = body.split("\n")
    rest = Node("", first + len(lines), 1)
    for number, line in enumerate(lines):
        at = first + number
        if line.rstrip() == "---":
            rest = Node("\n".join(lines[number + 1 :]), at + 1, 1)
            break
        if not line.strip():
            continue
        if GUARDED.match(line):
            said = "图解的格子里不能用围栏、注释和引入。"
            problems.append(Problem("FMT004", Where(path, at, 1), said, "移到 --- 之后的正文里。"))
        elif heading := HEADING.fullmatch(line):
            blocks.append(_Block(at))
            blocks[-1].put("title", heading[2], at, heading.start(2) + 1)
            if len(heading[1]) > 2:
                blocks[-1].put("level", str(len(heading[1]) - 1), at, 1)
        elif not blocks:
            said = "第一个“## 标题”之前的字没有格子可放。"
            problems.append(Problem("FMT004", Where(path, at, 1), said, "移到 --- 之后，或删去。"))
        else:
            _line(blocks[-1], line.strip(), at, layout)
    return Node([b.node() for b in blocks], first, 1), rest, problems


def _line(block: _Block, line: str, at: int, layout: str) -> None:
    item, marked = ITEM.fullmatch(line), MARKED.fullmatch(line)
    fact = FACT.fullmatch(item[1]) if item and layout in WITH_FACTS else None
    if fact:
        block.add("facts", fact[1].strip(), fact[2], at)
    elif item:
        block.add("items", "", item[1], at)
    elif marked and KEYS[marked[1]] == "number":
        figure, _, unit = marked[2].partition(" ")
        block.put("number", figure, at, 1)
        if unit.strip():
            block.put("unit", unit.strip(), at, 1)
    elif marked:
        block.put(KEYS[marked[1]], marked[2], at, 1)
    else:
        block.put("text", line, at, 1)
