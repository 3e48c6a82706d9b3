"""Strict YAML with the line and column of every key.

Nodes are built from parser events under a depth cap: libyaml's own composer recurses and dies on deep
nesting. Every scalar stays text, so `0111`, `9:30`, `6.30` and `no` mean what they look like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from builder.problems import Problem, Where

MAX_BYTES = 512 * 1024
MAX_DEPTH = 12
LOADER = getattr(yaml, "CLoader", yaml.Loader)


@dataclass(slots=True)
class Node:
    """A YAML value with its place (1-based). Mappings also keep the place of each key."""

    value: Any
    line: int
    column: int
    block: bool = False
    keys: dict[str, tuple[int, int]] | None = None

    def plain(self) -> Any:
        """The value without places: str, list or dict. Empty plain scalars in mappings are dropped."""
        if isinstance(self.value, dict):
            return {k: n.plain() for k, n in self.value.items() if n.value != ""}
        if isinstance(self.value, list):
            return [n.plain() for n in self.value]
        return self.value

    def find(self, path: Sequence[str | int]) -> Node:
        """The deepest node on `path`; steps that lead nowhere end the walk."""
        node = self
        for step in path:
            inner = node.value
            if isinstance(inner, dict) and step in inner:
                node = inner[str(step)]
            elif isinstance(inner, list) and isinstance(step, int) and step < len(inner):
                node = inner[step]
            else:
                break
        return node

    def place(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column to show for `path`: the key's own place if its parent has that key."""
        if path:
            parent = self.find(path[:-1])
            if parent.keys and path[-1] in parent.keys:
                return parent.keys[str(path[-1])]
        node = self.find(path)
        return node.line, node.column


class _Refused(Exception):
    def __init__(self, code: str, line: int, column: int, message: str, action: str) -> None:
        super().__init__(message)
        self.problem = (code, line, column, message, action)


def parse(text: str, path: str, first_line: int = 1) -> tuple[Node | None, list[Problem]]:
    """Parse one YAML document; `first_line` is the line of `path` on which `text` starts.

    Returns the root mapping, or None with the problems that forbid it.
    """
    try:
        _plain_breaks(text, first_line)
        return _document("\n" * (first_line - 1) + text), []
    except _Refused as refused:
        code, line, column, message, action = refused.problem
        return None, [Problem(code, Where(path, line, column), message, action)]
    except yaml.MarkedYAMLError as error:
        return None, [_syntax(error, text, path, first_line)]
    except (yaml.YAMLError, ValueError) as error:
        return None, [
            Problem(
                "YML001",
                Where(path, first_line, 1),
                f"YAML 读不懂：{_odd(error)}。",
                "删去看不见的控制字符，再存成 UTF-8。",
            )
        ]


def _plain_breaks(text: str, first_line: int) -> None:
    """Refuse the breaks that YAML counts as lines and editors do not show: places would be wrong."""
    found = re.search("[\x85\u2028\u2029]", text)
    if found:
        before = text[: found.start()]
        raise _Refused(
            "YML001",
            first_line + before.count("\n"),
            found.start() - before.rfind("\n"),
            "这里有一个看不见的换行符。",
            "删去这个字符，用回车换行。",
        )


def _document(text: str) -> Node:
    events = iter(yaml.parse(text, Loader=LOADER))
    root: Node | None = None
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise _refuse("YML001", event, "一个文件里只能有一份 YAML。", "删去多余的 `---`。")
        if isinstance(event, yaml.NodeEvent):
            root = _node(event, events, 0)
    if root is None:
        raise _Refused("YML001", 1, 1, "这里是空的。", "至少写上 title、audience、division。")
    if not isinstance(root.value, dict):
        raise _Refused(
            "YML001",
            root.line,
            root.column,
            "最外层要写成“键: 值”。",
            "一行一个键，冒号后留一个空格。",
        )
    return root


def _node(event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Node:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise _refuse(
            "YML003",
            event,
            "这里用了锚点（&）或别名（*）。",
            "把内容照写一遍；值以 & 或 * 开头时加引号。",
        )
    if getattr(event, "tag", None):
        raise _refuse(
            "YML003",
            event,
            "这里用了类型标签（!）。",
            "去掉感叹号开头的标签；值以 ! 开头时加引号。",
        )
    if depth > MAX_DEPTH:
        raise _refuse("YML004", event, f"嵌套超过 {MAX_DEPTH} 层。", "把层次理平。")
    mark = event.start_mark
    assert mark is not None
    line, column = mark.line + 1, mark.column + 1
    if isinstance(event, yaml.ScalarEvent):
        return Node(event.value, line, column, block=event.style in ("|", ">"))
    if isinstance(event, yaml.SequenceStartEvent):
        return Node(list(_items(events, depth)), line, column)
    return _mapping(events, depth, line, column)


def _items(events: Iterator[yaml.Event], depth: int) -> Iterator[Node]:
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            return
        yield _node(event, events, depth + 1)


def _mapping(events: Iterator[yaml.Event], depth: int, line: int, column: int) -> Node:
    values: dict[str, Node] = {}
    keys: dict[str, tuple[int, int]] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        key = _node(event, events, depth + 1)
        if not isinstance(key.value, str) or not key.value:
            raise _refuse("YML001", event, "键只能是一个词。", "检查冒号前面的写法。")
        if key.value in values:
            first = keys[key.value][0]
            raise _refuse(
                "YML002",
                event,
                f"键 `{key.value}` 写了两遍，同一处已经有过（本段第 {first} 行）。",
                "留一个，删一个。",
            )
        keys[key.value] = (key.line, key.column)
        values[key.value] = _node(next(events), events, depth + 1)
    return Node(values, line, column, keys=keys)


def _refuse(code: str, event: yaml.Event, message: str, action: str) -> _Refused:
    mark = event.start_mark
    assert mark is not None
    return _Refused(code, mark.line + 1, mark.column + 1, message, action)


_PHRASES: Mapping[str, tuple[str, str]] = {
    "cannot start any token": ("这里的字符不能开头", "值以特殊符号开头时，用引号把整个值括起来。"),
    "mapping values are not allowed": (
        "这一行多了一个冒号",
        "值里有“: ”时用引号括起来，或改用全角冒号。",
    ),
    "could not find expected ':'": ("少了冒号", "写成“键: 值”，冒号用半角，后面留一个空格。"),
    "did not find expected key": ("缩进对不齐", "同一层的键左边对齐，用空格，不用制表符。"),
    "did not find expected '-' indicator": ("列表项对不齐", "同一列表的 - 左边对齐。"),
    "unexpected end of stream": ("引号或括号没有收尾", "检查引号、方括号、花括号是否成对。"),
    "found unexpected document indicator": (
        "引号或括号没有收尾",
        "检查引号、方括号、花括号是否成对。",
    ),
    "did not find expected ',' or ']'": (
        "方括号没有收尾",
        "检查方括号是否成对，各项用半角逗号隔开。",
    ),
    "did not find expected ',' or '}'": (
        "花括号没有收尾",
        "检查花括号是否成对，各项用半角逗号隔开。",
    ),
}


def _syntax(error: yaml.MarkedYAMLError, text: str, path: str, first_line: int) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.split("\n")
    line = min(line, first_line + len(lines) - 1)
    shown = lines[line - first_line] if 0 <= line - first_line < len(lines) else ""
    where = Where(path, line, column)
    if "\t" in shown[: len(shown) - len(shown.lstrip())]:
        return Problem(
            "YML005", where, "这一行用制表符（Tab）缩进。", "改用空格缩进，一层两个空格。"
        )
    if "expected key" in (error.problem or "") and any(shown.count(q) > 1 for q in "\"'"):
        return Problem(
            "YML001",
            where,
            "引号没有配对，或收尾的引号后面还有字。",
            "值里要用引号时，外面换另一种引号，或改用中文引号“”。",
        )
    for phrase, (message, action) in _PHRASES.items():
        if phrase in (error.problem or ""):
            return Problem("YML001", where, f"{message}。", action)
    return Problem(
        "YML001",
        where,
        "YAML 写法有误，程序读到这里读不下去。",
        "对照手册里的样例检查这一行和上一行。",
    )


def _odd(error: Exception) -> str:
    position = getattr(error, "position", None)
    return f"第 {position} 个字符不是可见文字" if position is not None else "有不被接受的字符"
