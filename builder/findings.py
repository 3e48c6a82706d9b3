"""pydantic's findings, said in Chinese and mapped to lines and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from builder.problems import Problem, Where, suggest
from builder.yaml_source import Node

_WORDS: Mapping[str, tuple[str, str]] = {
    "string_type": ("这里要写一段文字", "不要写成列表或多层。"),
    "int_parsing": ("这里要写整数", "只写数字，不带单位。"),
    "int_type": ("这里要写整数", "只写数字，不带单位。"),
    "int_from_float": ("这里要写整数", "只写数字，不带单位。"),
    "float_parsing": ("这里要写数", "只写数字，不带单位。"),
    "float_type": ("这里要写数", "只写数字，不带单位。"),
    "finite_number": ("这里要写数", "写普通的数，不写 nan、inf。"),
    "bool_parsing": ("这里只能写 true 或 false", "是写 true，否写 false。"),
    "bool_type": ("这里只能写 true 或 false", "是写 true，否写 false。"),
    "list_type": ("这里要写成列表", "每行以 - 开头，或写成 [甲, 乙]。"),
    "tuple_type": ("这里要写成列表", "每行以 - 开头，或写成 [甲, 乙]。"),
    "dict_type": ("这里要写成“键: 值”", "换行缩进两格，一行一个键。"),
    "mapping_type": ("这里要写成“键: 值”", "换行缩进两格，一行一个键。"),
    "model_type": ("这里要写成“键: 值”", "换行缩进两格，一行一个键。"),
    "model_attributes_type": ("这里要写成“键: 值”", "换行缩进两格，一行一个键。"),
}


def findings(
    error: ValidationError, node: Node, path: str, model: type[BaseModel]
) -> list[Problem]:
    """Turn every finding into a problem at the line and column of its key in `node`."""
    found: dict[tuple[str | int, ...], Problem] = {}
    for detail in error.errors(include_url=False):
        steps = _written(detail, node)
        if detail["type"] == "too_short" and not _short(detail, node.find(steps).value):
            continue  # a list of which an item is wrong: only the item is told
        # A value that may be one of several things fails once for each: the first says what is meant.
        found.setdefault(steps, _finding(detail, steps, node, path, model))
    return list(found.values())


def _short(detail: ErrorDetails, written: object) -> bool:
    least: int = detail.get("ctx", {}).get("min_length", 0)
    return not isinstance(written, list) or len(written) < least


def _written(detail: ErrorDetails, node: Node) -> tuple[str | int, ...]:
    """The steps an author wrote: without pydantic's names for the choices it tried."""
    last = len(detail["loc"]) - 1
    steps: list[str | int] = []
    inner = node.value
    for number, step in enumerate(detail["loc"]):
        known = isinstance(inner, dict) and step in inner
        if known or (isinstance(inner, list) and isinstance(step, int) and step < len(inner)):
            inner = inner[step].value
        elif number < last or detail["type"] != "missing":
            break
        steps.append(step)
    return tuple(steps)


def _finding(
    detail: ErrorDetails,
    steps: tuple[str | int, ...],
    node: Node,
    path: str,
    model: type[BaseModel],
) -> Problem:
    kind = detail["type"]
    name = ".".join(str(s) for s in steps)
    where = Where(path, *node.place(steps))
    if kind == "extra_forbidden":
        hint = suggest(str(steps[-1]), _known(model, steps[:-1]))
        return Problem(
            "FMT002",
            where,
            f"键 `{steps[-1]}` 不认识。",
            hint or "删去这一行，或对照手册改正键名。",
        )
    if kind == "missing":
        return Problem("FMT003", where, f"缺少 `{steps[-1]}`。", f"补上 `{name}: …`。")
    message, action = _say(kind, detail)
    return Problem("FMT004", where, f"`{name}`：{message}。", action)


def _say(kind: str, detail: ErrorDetails) -> tuple[str, str]:
    context = detail.get("ctx", {})
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "literal_error":
        return (
            f"只能是 {str(context.get('expected', '')).replace(' or ', '、').replace(', ', '、')} 之一",
            "从中选一个，照样写。",
        )
    if kind == "value_error":
        return str(context.get("error", detail["msg"])), "改正后再试。"
    if kind.endswith("too_long"):
        return f"太长，最多 {context.get('max_length')}", "压缩到限度以内。"
    if kind.endswith("too_short"):
        return f"太少，至少 {context.get('min_length')}", "补足。"
    if kind in {"greater_than_equal", "greater_than"}:
        return f"太小，至少 {context.get('ge', context.get('gt'))}", "改成合理的数。"
    if kind in {"less_than_equal", "less_than"}:
        return f"太大，至多 {context.get('le', context.get('lt'))}", "改成合理的数。"
    if kind == "string_pattern_mismatch":
        return "写法不对", "对照手册里的样例改正。"
    return "值不合要求", "对照手册改正。"


def _known(model: type[BaseModel], steps: Sequence[str | int]) -> list[str]:
    """Key names allowed at `steps` below `model`, aliases as authors write them."""
    here: Any = model
    for step in steps:
        if isinstance(step, int):
            continue
        fields = getattr(here, "model_fields", {})
        match = next((f for n, f in fields.items() if step in (n, f.alias)), None)
        here = _model_in(match.annotation) if match else None
    fields = getattr(here, "model_fields", {})
    return [f.alias or n for n, f in fields.items()]


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        found = _model_in(inner)
        if found is not None:
            return found
    return None
