"""Answers as files of the site: `faq/<division>/<slug>.md`. Needs no database and none of the service's packages.

A file that was written here and changed by nobody since is written anew when its answer is; any other
file of that name stays as it is and is told of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service import written
from service.written import Plan

LEVELS = ("省", "市", "县", "乡", "部门", "企业")
MARK = re.compile(r"（提问 \d{4}-\d+，第 \d+ 版，weike-pull:([0-9a-f]{16})）")
UNPROVED = "出处待核。"


class Unfit(Exception):
    """Rows that can't become files; the text says why, in Chinese."""


class Row(BaseModel):
    """One answer, as the service gives it."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    number: str = Field(pattern=r"^\d{4}-\d{5,9}$")
    edition: int = Field(ge=1)
    division: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    audience: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    title: str = Field(min_length=1, max_length=200)
    short: str = Field(min_length=1, max_length=80)
    text: str = Field(min_length=1, max_length=8000)
    cited: str = Field("", max_length=200)
    quote: str = Field("", max_length=400)
    link: str = Field("", pattern=r"^(https?://[^\s<>\"'\\]+)?$", max_length=400)
    form: str = Field("", max_length=20)
    level: str = Field("", max_length=20)
    checked: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")


def rows(told: Iterable[Any]) -> list[Row]:
    """Check rows; `Unfit` names the first that is wrong."""
    found = []
    for one in told:
        try:
            found.append(Row.model_validate(one))
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"])) or "整行"
            raise Unfit(f"取来的答复有一条写法不对（{where}），一条也没有写。") from None
    return found


def plan(found: Iterable[Row], root: Path) -> Plan:
    """Compare with the files that are there."""
    files: dict[str, bytes] = {}
    same, taken = [], []
    for row in found:
        path, made = f"faq/{row.division}/{row.slug}.md", page(row)
        target = root / path
        there = target.read_text("utf-8") if target.exists() else None
        if path in files:
            raise Unfit(f"两条答复都要写成 {path}，一条也没有写。")
        if there == made:
            same.append(path)
        elif there is None or _untouched(there, row.number):
            files[path] = made.encode()
        else:
            taken.append(path)
    return Plan(files, tuple(same), tuple(taken))


def page(row: Row) -> str:
    """The file of one answer."""
    return written.marked(lambda mark: _page(row, mark))


def _page(row: Row, digest: str) -> str:
    lines = [
        "---",
        f"title: {_word(row.title)}",
        f"audience: {row.audience}",
        f"division: {row.division}",
        f"date: {row.checked}",
    ]
    lines += [f"levels: [{row.level}]"] if row.level in LEVELS else []
    lines += [f"forms: [{_word(row.form)}]"] if row.form else []
    lines += [f"answer: {_word(row.short)}", *_source(row)]
    mark = f"（提问 {row.number}，第 {row.edition} 版，weike-pull:{digest}）"
    doubt = "" if row.quote else "待核：没有出处原文。"
    lines += ["editorial:", f"  notes: {_word(doubt + '来自问题征集' + mark)}", "---"]
    body = row.text.strip().replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join([*lines, body, *([] if row.quote else ["", f"（{UNPROVED}）"]), ""])


def _source(row: Row) -> list[str]:
    if not row.quote:
        return []
    told = [
        "sources:",
        f"  - title: {_word(row.cited)}",
        f"    quote: {_word(row.quote)}",
        f"    seen: {row.checked}",
    ]
    return told + ([f"    url: {_word(row.link)}"] if row.link else [])


def _untouched(text: str, number: str) -> bool:
    """Whether a file is as it was written here, for the same question."""
    found = MARK.search(text)
    return found is not None and f"提问 {number}，" in found[0] and written.untouched(text)


def _word(text: str) -> str:
    """One line, as YAML reads it whatever is in it."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)
