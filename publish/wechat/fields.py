"""Reading what a bundle says, strictly: every field of its own type, or a sentence that says which is not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Never

SHOWN = 60  # characters of a wrong value that are quoted


class Unreadable(Exception):
    """What the bundle says of its pushes can't be used; the text says where and why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one object. `where`: the file, and the place in it, for people."""

    where: str
    data: Mapping[str, Any]

    @classmethod
    def of(cls, where: str, data: object) -> Fields:
        """The fields of `data`; `Unreadable` when it has none."""
        if not isinstance(data, Mapping):
            raise Unreadable(f"{where} 应是一组字段，写的是 {_shown(data)}：重新生成。")
        return cls(where, data)

    def wrong(self, name: str, wanted: str) -> Never:
        """Say that a field is not as it must be."""
        got = f"写的是 {_shown(self.data[name])}" if name in self.data else "却没有写"
        raise Unreadable(f"{self.where} 的 {name} 应是{wanted}，{got}：用同一版的程序重新生成。")

    def text(self, name: str, default: str | None = None) -> str:
        """A string that can be written as UTF-8."""
        value = self.data.get(name, default)
        if not isinstance(value, str) or not _writable(value):
            self.wrong(name, "一段文字")
        return value

    def name(self, name: str) -> str:
        """A string that is not empty."""
        return self.text(name) or self.wrong(name, "一段文字，不能空着")

    def one_of(self, name: str, values: Mapping[str, object] | tuple[str, ...]) -> str:
        """One of these words."""
        value = self.data.get(name)
        if not isinstance(value, str) or value not in values:
            self.wrong(name, "、".join(values) + " 里的一个")
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        """True or false, written so."""
        value = self.data.get(name, default)
        if not isinstance(value, bool):
            self.wrong(name, " true 或 false")
        return value

    def moment(self, name: str) -> datetime | None:
        """A time with its zone; None where nothing is written."""
        text = self.data.get(name)
        if text is None or text == "":
            return None
        try:
            moment = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            moment = None
        if moment is None or moment.utcoffset() is None:
            self.wrong(name, "带时区的时间，如 2026-12-01T10:00:00+08:00")
        return moment

    def items(self, name: str, default: list[Any] | None = None) -> list[Any]:
        """A list."""
        value = self.data.get(name, default)
        if not isinstance(value, list):
            self.wrong(name, "一列")
        return value

    def texts(self, name: str, default: list[Any] | None = None) -> list[str]:
        """A list of strings."""
        found = self.items(name, default)
        if not all(isinstance(x, str) and _writable(x) for x in found):
            self.wrong(name, "一列文字")
        return found

    def groups(self, name: str, default: list[Any] | None = None) -> list[Fields]:
        """A list of objects."""
        rows = enumerate(self.items(name, default), 1)
        return [Fields.of(f"{self.where} 的 {name} 第 {n} 项", row) for n, row in rows]

    def group(self, name: str) -> Fields | None:
        """An object; None where there is none."""
        value = self.data.get(name)
        return Fields.of(f"{self.where} 的 {name}", value) if value is not None else None


def _writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a sign
        return False
    return True


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    text = text if _writable(text) else json.dumps(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
