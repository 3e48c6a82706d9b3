"""Rules that people write as YAML, read strictly: text stays text, no key twice, no aliases, nothing unknown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

MOST = 256 << 10  # bytes
M = TypeVar("M", bound=BaseModel)


class Refused(Exception):
    """Rules that can't be used; the text names every fault, in Chinese."""


class Strict(BaseModel):
    """Nothing unknown, nothing changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def digest(text: bytes) -> str:
    """The hash by which rules are known."""
    return hashlib.sha256(text).hexdigest()


def read(text: bytes, model: type[M]) -> M:
    """The bytes of a YAML file as `model`; `Refused` says all that is wrong."""
    if len(text) > MOST:
        raise Refused(f"规则文件太大，最多 {MOST >> 10} KB。")
    try:
        return model.model_validate(_Loader(text.decode("utf-8-sig")).get_single_data())
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(f"规则文件读不懂：{error}") from error
    except ValidationError as error:
        raise Refused("\n".join(_faults(error))) from error


def _faults(error: ValidationError) -> Iterable[str]:
    for fault in error.errors():
        where = ".".join(str(step) for step in fault["loc"]) or "规则"
        yield f"{where}：{fault['msg'].removeprefix('Value error, ')}"


class _Loader(yaml.BaseLoader):
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("不能用 * 引用")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [key.value for key, _ in node.value]
        if twice := {str(k) for k in keys if keys.count(k) > 1}:
            raise yaml.YAMLError(f"写了两次：{'、'.join(sorted(twice))}")
        return super().construct_mapping(node, deep)
