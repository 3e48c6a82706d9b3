"""Strict JSON with the line and column of every top-level key, as nodes like those of `yaml_source`.

For files that programs write and people look at: what stands deeper is placed at its top-level key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping
from typing import Any

from builder.problems import Problem, Where
from builder.yaml_source import Node

BLANK = re.compile(r"[ \t\n\r]*")


class _Doubtful(ValueError):
    """JSON that can be read, and means nothing certain."""


class _Wrong(Exception):
    def __init__(self, at: int, why: str) -> None:
        super().__init__(why)
        self.at, self.why = at, why


def parse(text: str, path: str, opaque: Container[str] = ()) -> tuple[Node | None, list[Problem]]:
    """The object that `text` holds; None with the problem that forbids it.

    `opaque`: keys whose values are only looked at for their syntax, and left out.
    """
    try:
        values: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        for key, at, value in _pairs(text):
            place = _place(text, at)
            if key in keys:
                raise _Wrong(at, f"键 `{key[:40]}` 写了两遍")
            keys[key] = place
            if key not in opaque:
                values[key] = _node(value, place)
        return Node(values, 1, 1, keys=keys), []
    except _Wrong as wrong:
        return None, [_problem(path, _place(text, wrong.at), wrong.why)]
    except json.JSONDecodeError as error:
        return None, [_problem(path, (error.lineno, error.colno), "JSON 读不懂")]
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, _Doubtful) else "JSON 读不懂，可能嵌套太深"
        return None, [_problem(path, (1, 1), why)]


def _problem(path: str, place: tuple[int, int], why: str) -> Problem:
    action = "这类文件由 weike snapshot 生成，不要手改；重新生成一份。"
    return Problem("JSN001", Where(path, *place), f"{why}。", action)


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _pairs(text: str) -> Iterator[tuple[str, int, Any]]:
    """Each top-level key, where it stands, and its value."""
    decoder = json.JSONDecoder(parse_constant=_constant, object_pairs_hook=_once)
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        raise _Wrong(at, "最外层要是一个对象，以 { 开头")
    at = _skip(text, at + 1)
    more = text[at : at + 1] != "}"
    while more:
        if text[at : at + 1] != '"':
            raise _Wrong(at, "这里要写一个带引号的键")
        key, end = decoder.raw_decode(text, at)
        colon = _skip(text, end)
        if text[colon : colon + 1] != ":":
            raise _Wrong(colon, "键后面少了冒号")
        value, end = decoder.raw_decode(text, _skip(text, colon + 1))
        yield key, at, value
        at = _skip(text, end)
        more = text[at : at + 1] == ","
        at = _skip(text, at + 1) if more else at
    if text[at : at + 1] != "}":
        raise _Wrong(at, "两项之间少了逗号，或最后少了 }")
    if _skip(text, at + 1) != len(text):
        raise _Wrong(_skip(text, at + 1), "对象后面还有东西")


def _skip(text: str, at: int) -> int:
    found = BLANK.match(text, at)
    return found.end() if found else at


def _constant(name: str) -> Any:
    raise _Doubtful(f"里面有 {name}，数要写成普通的数，没有就写 null")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Doubtful("有一个键写了两遍")
    return found


def _node(value: Any, place: tuple[int, int]) -> Node:
    """A value with its top-level key's place; numbers and the like stay what they are."""
    if isinstance(value, Mapping):
        inner = {str(k): _node(v, place) for k, v in value.items()}
        return Node(inner, *place, keys=dict.fromkeys(inner, place))
    if isinstance(value, list):
        return Node([_node(v, place) for v in value], *place)
    return Node(value, *place)
