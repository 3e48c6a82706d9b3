"""A selection that is sent as JSON, as PxWebApi 2 takes it (`VariablesSelection` of its public description).

`{"selection": [{"variableCode": "region", "valueCodes": ["990000", "9901*"]}]}`: what stands nowhere is asked
for whole, as in an address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from service.intake.selection import MANY, Picked, listed
from service.room import Stopped

VARIABLES = ("measure", "region", "period")
HOW = '正文写成 {"selection": [{"variableCode": "region", "valueCodes": ["990000"]}]}。'
BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["selection"],
                "additionalProperties": False,
                "properties": {
                    "selection": {
                        "type": "array",
                        "maxItems": len(VARIABLES),
                        "items": {
                            "type": "object",
                            "required": ["variableCode", "valueCodes"],
                            "additionalProperties": False,
                            "properties": {
                                "variableCode": {"enum": list(VARIABLES)},
                                "valueCodes": {
                                    "type": "array",
                                    "maxItems": MANY,
                                    "items": {"type": "string"},
                                },
                                "codeList": {"type": "null"},
                            },
                        },
                    },
                    "placement": {"type": "null"},
                },
            }
        }
    },
}


def selection(body: bytes) -> Mapping[str, Picked]:
    """What a body asks for of each variable that it names; `Stopped` when it can't be read."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise Stopped(400, f"正文不是 JSON。{HOW}") from None
    if not isinstance(told, dict) or not isinstance(told.get("selection"), list):
        raise Stopped(400, f"正文里没有 selection。{HOW}")
    if told.get("placement") is not None:
        raise Stopped(400, "不能用 placement：这里不排版，口径、地区、时期的次序是定的。")
    _only(told, {"selection", "placement"})
    found: dict[str, Picked] = {}
    for one in told["selection"]:
        name, words = _variable(one)
        if name in found:
            raise Stopped(400, f"{name} 写了两次。")
        found[name] = listed(words, name)
    return found


def _variable(one: object) -> tuple[str, list[str]]:
    if not isinstance(one, dict):
        raise Stopped(400, f"selection 里的每一项是一个变量。{HOW}")
    name, words = one.get("variableCode"), one.get("valueCodes")
    if name not in VARIABLES:
        raise Stopped(400, f"variableCode 只能是 {'、'.join(VARIABLES)}。")
    if one.get("codeList") is not None:
        raise Stopped(400, "不能用 codeList：这里没有别的分组。")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise Stopped(400, f"{name} 的 valueCodes 是一列文字。")
    _only(one, {"variableCode", "valueCodes", "codeList"})
    return str(name), words


def _only(told: Mapping[str, Any], known: set[str]) -> None:
    if more := sorted(set(told) - known):
        raise Stopped(400, f"不认识 {more[0][:40]}。{HOW}")
