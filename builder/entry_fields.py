"""What the plain keys of any entry can say wrong: names that nobody registered, marks of Markdown out of place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from builder.entries import strings
from builder.model import Entry, MdText
from builder.organisations import ORGS_FILE
from builder.problems import Problem, suggest

MISPLACED = re.compile(r"(?m)^[ \t]*[:：]{3,}|--8<|<!--|\{\{ind\b")
MISPLACED_HINT = re.compile(r"[:：<\-{](?:(?<=[:：])[:：]{2}|(?<=-)-8<|(?<=<)!--|(?<=\{)\{ind)")
FENCE = ("FEN001", "删去；要分受众的话写在正文里。")
SIGNS = {"{{": ("IND004", "这里直接写数；要引用，写在正文里。"), "<": ("FEN002", FENCE[1])}


def registered(
    entry: Entry, organisations: Collection[str], audiences: frozenset[str], roles: frozenset[str]
) -> Iterator[Problem]:
    """What an entry names and nobody registered: audience, division, roles."""
    if entry.audience not in audiences:
        yield unknown("FMT005", entry, "audience", entry.audience, audiences, "受众")
    if entry.division not in organisations:
        found = unknown("FMT006", entry, "division", entry.division, organisations, "处室")
        yield replace(found, action=f"{found.action}处室在 {ORGS_FILE} 里登记。")
    for role in entry.roles:
        if roles and role not in roles:
            yield unknown("FMT004", entry, "roles", role, roles, "身份")
    for audience in _nested_audiences(entry.data):
        if audience not in audiences:
            yield unknown("FMT005", entry, "audience", audience, audiences, "受众")


def unknown(
    code: str, entry: Entry, key: str, value: str, known: Collection[str], label: str
) -> Problem:
    """`value` under `key` is none of `known`, which are what `label` says."""
    hint = suggest(value, known) or f"只能写：{'、'.join(sorted(known)[:40])}。"
    return Problem(code, entry.where(key), f"{label} `{value}` 没有登记。", hint)


def _nested_audiences(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("audience"), str) and value["audience"]:
            yield value["audience"]
        for inner in value.values():
            yield from _nested_audiences(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _nested_audiences(inner)


def misplaced(entry: Entry) -> Iterator[Problem]:
    """Fences and comments mean nothing outside Markdown: there they would be printed for all."""
    if entry.kind == "snapshot":  # judged by its own reader, and long
        return
    whole = repr((entry.title, entry.summary, entry.tags, entry.data, entry.sources))
    if not MISPLACED_HINT.search(whole):
        return
    fields = {"title": entry.title, "summary": entry.summary, "tags": entry.tags, **entry.data}
    for key, value in (fields | {"sources": tuple(map(asdict, entry.sources))}).items():
        plain = (text for text in strings(value) if not isinstance(text, MdText))
        found = next(filter(None, map(MISPLACED.search, plain)), None)
        if found:
            mark = found.group().strip()
            code, action = next((v for sign, v in SIGNS.items() if mark.startswith(sign)), FENCE)
            message = f"`{key}` 里有 `{mark}`，这里不排 Markdown，会原样印出来。"
            yield Problem(code, entry.where(key), message, action)
