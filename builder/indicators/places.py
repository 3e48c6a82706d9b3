"""Where in a JSON text a value stands: line and column for a path of keys and numbers.

Only texts that `json.loads` accepts are walked, and only once something in them is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from json.decoder import JSONDecoder
from typing import NamedTuple

from builder.problems import Problem, Where

SPACE = re.compile(r"[ \t\n\r]*")
_decode = JSONDecoder(parse_constant=lambda name: None, parse_int=lambda digits: None).raw_decode


class Fault(NamedTuple):
    """One thing that is wrong: problem code, path of keys and numbers, what, and what to do."""

    code: str
    path: tuple[str | int, ...]
    message: str
    action: str = ""

    def problem(self, text: str, file: str) -> Problem:
        """The fault at its line and column of `text`, the content of `file`."""
        try:
            at = place(text, self.path) if self.path else (1, 1)
        except (ValueError, IndexError, RecursionError):
            at = (1, 1)
        return Problem(self.code, Where(file, *at), self.message, self.action)


def place(text: str, path: Sequence[str | int]) -> tuple[int, int]:
    """Line and column, from 1, of the value at `path`: of its key where it has one.

    Steps that lead nowhere end the walk at the value that has no such step.
    """
    at = shown = _past(text, 0)
    for step in path:
        found = _inside(text, at, step)
        if found is None:
            break
        shown, at = found
    return line_column(text, shown)


def line_column(text: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of one character."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def doubled(text: str) -> tuple[int, str] | None:
    """Where the first key stands that its object has already, and the key; None when there is none."""
    stack: list[set[str] | None] = []
    at = _past(text, 0)
    while at < len(text):
        sign = text[at]
        if sign == "{":
            stack.append(set())
        elif sign == "[":
            stack.append(None)
        elif sign in "]}":
            stack.pop()
        elif sign == '"':
            word, end = _decode(text, at)
            after = _past(text, end)
            here = stack[-1] if stack else None
            if here is not None and text[after : after + 1] == ":":
                if word in here:
                    return at, word
                here.add(word)
            at = after
            continue
        at += 1
    return None


def _inside(text: str, at: int, step: str | int) -> tuple[int, int] | None:
    """Where the key (or the value, in a list) stands, and where the value; None when it is not there."""
    if text[at : at + 1] != ("{" if isinstance(step, str) else "["):
        return None
    number, at = 0, _past(text, at + 1)
    while text[at] not in "]}":
        shown = at
        name: str | int = number
        if isinstance(step, str):
            name, at = _decode(text, at)
            at = _past(text, _past(text, at) + 1)
        if name == step:
            return shown, at
        at = _past(text, _decode(text, at)[1])
        at = _past(text, at + 1) if text[at] == "," else at
        number += 1
    return None


def _past(text: str, at: int) -> int:
    found = SPACE.match(text, at)
    return found.end() if found else at
