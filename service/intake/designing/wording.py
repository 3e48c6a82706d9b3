"""What the builder finds in a design, said to somebody who sees a form and no file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builder.problems import Severity
from builder.values import FREQUENCIES, MEASURES

if TYPE_CHECKING:
    from builder.designs import Fault
    from builder.values import Indicator

LABELS: Mapping[str, str] = {
    "title": "表名",
    "audience": "给谁看",
    "division": "处室",
    "date": "日期",
    "summary": "一句话说明",
    "frequency": "频度",
    "regions": "地区",
    "layout": "排法",
    "rows": "行",
    "checks": "校验",
    "note": "填表说明",
    "due": "报送期限",
    "indicator": "指标",
    "measure": "口径",
    "label": "名称",
    "indent": "缩进",
    "of": "前面加",
    "level": "哪一级",
    "within": "在哪里",
    "codes": "地区",
    "lag": "哪个月",
    "day": "几日",
}
PATH = re.compile(r"^`([a-z]+)((?:\.\w+)*)`(：| 里有)")
MISSING = re.compile(r"缺少 `(\w+)`")
ITEM = re.compile(r"^rows 第 \d+ 项(?:的|：)?")
LAYOUTS = {"regions_down": "一行一个地区", "indicators_down": "一行一个指标"}
GIVEN = ("division", "date")  # nothing on the page changes them
NAMES = {**MEASURES, **FREQUENCIES, **LAYOUTS}
SLUG = re.compile(r"(?<![\w-])[a-z0-9][a-z0-9-]*(?![\w-])")
LOOSE = re.compile(r"(?<=[\u3000-\u9fff“”，。：])[ ]+(?=[\u3000-\u9fff“”，。：])")
MARKDOWN = "这里不排 Markdown，"
CODE = re.compile(rf"(?<![\w-])({'|'.join(sorted(NAMES, key=len, reverse=True))})(?![\w-])")
WORD = re.compile(rf"`?(?<![\w-])({'|'.join(sorted(LABELS, key=len, reverse=True))})(?![\w.-])`?")
# What to do, for whoever has no file: the builder's own words name files and keys.
DO: Mapping[str, str] = {
    "regions": "在“地区”里重选。",
    "checks": "去掉这一条的勾。",
    "division": "请管内容的人登记。",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One finding as the page shows it. `anchor`: where on the page; `hard`: it must be mended first."""

    place: str
    text: str
    anchor: str
    hard: bool


def said(fault: Fault, indicators: Mapping[str, Indicator]) -> Said:
    """A finding in plain words, and where it is. `indicators`: what their ids are called."""
    problem = fault.problem
    inner = _inner(problem.message) or _inner(problem.action)
    place, anchor = _place(fault, inner)
    hard = problem.severity is Severity.ERROR
    told = f"{_sentence(problem.message)}{_action(fault)}".removeprefix(f"“{place}”").strip()
    named = SLUG.sub(lambda m: f"“{indicators[m[0]].name}”" if m[0] in indicators else m[0], told)
    return Said(place, LOOSE.sub("", named.removeprefix("里的")), anchor, hard)


def _inner(text: str) -> str:
    """The key of a row that a sentence is about."""
    found = re.search(r"`?rows\.\d+\.(\w+)", text)
    return found[1] if found else ""


def _place(fault: Fault, inner: str) -> tuple[str, str]:
    if fault.row >= 0:
        name = f"，{LABELS[inner]}" if inner in LABELS else ""
        return f"第 {fault.row + 1} 行{name}", f"r-{fault.row}"
    key = fault.key
    missing = MISSING.search(fault.problem.message)
    if missing and missing[1] in LABELS:
        key = missing[1]
    return LABELS.get(key, "这张表"), f"f-{key}" if key in LABELS and key not in GIVEN else "main"


def _sentence(message: str) -> str:
    if missing := MISSING.search(message):
        return "还没有选。" if missing[1] in {"rows", "regions", "indicator"} else "还没有填。"
    if path := PATH.match(message):
        rest = message[path.end() :]
        message = f"里面有{rest.replace(MARKDOWN, '')}" if path[3] == " 里有" else rest
    return _plain(ITEM.sub("", message))


def _action(fault: Fault) -> str:
    problem = fault.problem
    if problem.code == "FMT003":
        return ""
    if MARKDOWN in problem.message:
        return "删去。"
    if fault.key in DO and fault.row < 0:
        return DO[fault.key]
    return "" if re.search(r"[`/]|\.yml", problem.action) else _plain(problem.action)


def _plain(text: str) -> str:
    named = CODE.sub(lambda m: NAMES[m[1]], text)
    named = WORD.sub(lambda m: f"“{LABELS[m[1]]}”", named)
    return re.sub("[`']", "", named).replace("列出代码", "自己挑")
