"""The file of a snapshot: strict reading, every fault with its line and column.

`examine` tells all that is wrong; `parse` gives the numbers or raises. What is judged here needs one
file alone; whether it agrees with what was released before is judged in `laid`.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from builder.indicators import blocks as block_rules
from builder.indicators.places import Fault, doubled, line_column
from builder.indicators.spelling import FORMAT, KEYS, checksum
from builder.indicators.store import Snapshot
from builder.problems import BuildFailed, Problem, Where, suggest
from builder.values import Vintage

FOLDER = "content/indicators/snapshots"
MAX_BYTES = 16 * 1024 * 1024
MOST = 60  # problems of one file that are told
RELEASE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
LONGEST = {"title": 80, "author": 40, "approver": 40, "note": 2000}
SOURCE_KEYS = {"title", "quote", "doc_no", "locator", "date", "url", "seen"}
REMAKE = "这个文件由 weike snapshot 生成；改了内容要重新生成，不要手改。"


class _Wrong(ValueError):
    """The text is no such JSON; the message is Chinese."""


def parse(text: str, path: str = "") -> Snapshot:
    """The snapshot that `text` holds; `BuildFailed` with placed problems when there is any fault."""
    snapshot, problems = examine(text, path)
    if snapshot is None:
        raise BuildFailed(problems)
    return snapshot


def examine(text: str, path: str = "") -> tuple[Snapshot | None, list[Problem]]:
    """The snapshot, or None and everything that is wrong. Asked twice, the work is done once."""
    snapshot, faults = _examined(text)
    return snapshot, [_placed(text, path, fault) for fault in faults]


def head_of(text: str) -> dict[str, Any]:
    """All keys but the numbers, of a text that `parse` accepts."""
    document = json.loads(text)
    return {k: v for k, v in document.items() if k != "blocks"}


@lru_cache(maxsize=256)
def _examined(text: str) -> tuple[Snapshot | None, tuple[Fault | Problem, ...]]:
    if len(text) > MAX_BYTES:
        message = f"超过 {MAX_BYTES >> 20} MB。"
        return None, (Fault("FIL001", (), message, "一次发布分成几个快照。"),)
    try:
        document = _load(text)
    except json.JSONDecodeError as error:
        where = Where("", error.lineno, error.colno)
        return None, (Problem("SNP002", where, "JSON 写到这里读不下去。", REMAKE),)
    except _Wrong as wrong:
        return None, (_doubled(text) or Fault("SNP002", (), f"{wrong}。", REMAKE),)
    except (ValueError, RecursionError):
        message = "JSON 读不懂：数字太长，或嵌套太深。"
        return None, (Fault("SNP002", (), message, REMAKE),)
    faults = _head(document)
    read = block_rules.read(document.get("blocks"))
    faults += read.faults
    if not faults:
        faults += _checksum(document)
    if faults:
        return None, tuple(faults[:MOST])
    return Snapshot(_vintage(document), tuple(read.blocks)), ()


def _load(text: str) -> dict[str, Any]:
    found = json.loads(text, object_pairs_hook=_once, parse_constant=_constant)
    if not isinstance(found, dict):
        raise _Wrong("最外层要是一个对象，以 { 开头")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Wrong("有一个键写了两遍")
    return found


def _constant(name: str) -> Any:
    raise _Wrong(f"里面有 {name}：数要写成普通的数，没有数写 null")


def _doubled(text: str) -> Problem | None:
    try:
        found = doubled(text)
    except ValueError:
        return None
    if found is None:
        return None
    where = Where("", *line_column(text, found[0]))
    return Problem("SNP002", where, f"键 `{found[1][:40]}` 写了两遍。", "留一个，删一个。")


def _placed(text: str, path: str, fault: Fault | Problem) -> Problem:
    if isinstance(fault, Fault):
        return fault.problem(text, path)
    where = Where(path, fault.where.line, fault.where.column)
    return Problem(fault.code, where, fault.message, fault.action)


# --- the header -------------------------------------------------------------------------------------


def _head(document: Mapping[str, Any]) -> list[Fault]:
    faults = [
        Fault("SNP002", (key,), f"键 `{key[:40]}` 不认识。{suggest(key, KEYS)}", "改对，或删去。")
        for key in document
        if key not in KEYS
    ]
    wanted = set(KEYS) - {"note", "blocks"}
    faults += [
        Fault("SNP002", (), f"缺少 `{key}`。", "补上。")
        for key in KEYS
        if key in wanted - {*document}
    ]
    for key, judge in JUDGES.items():
        if key in document and (said := judge(key, document[key])):
            faults.append(Fault("SNP002", (key,), f"{key} {said}。", "改对。"))
    return faults + _two_people(document)


def _two_people(document: Mapping[str, Any]) -> list[Fault]:
    author, approver = document.get("author"), document.get("approver")
    if not isinstance(author, str) or not isinstance(approver, str) or not same(author, approver):
        return []
    message = "作者和批准人是同一个人：数要两个人把关。"
    return [Fault("SNP006", ("approver",), message, "由另一个人核对、批准。")]


def same(one: str, other: str) -> bool:
    """Whether two spellings name one person."""
    spelled = [unicodedata.normalize("NFKC", n).casefold().split() for n in (one, other)]
    return "".join(spelled[0]) == "".join(spelled[1])


def _format(key: str, value: object) -> str:
    del key
    return "" if value == FORMAT else f"要写 {FORMAT}"


def _slug(key: str, value: object) -> str:
    del key
    good = isinstance(value, str) and SLUG.fullmatch(value)
    return "" if good else "只能用小写字母、数字和短横线，不超过 64 个字符"


def _line(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or value != value.strip():
        return "要写文字，前后不留空格"
    if HIDDEN.search(value):
        return "里面有看不见的字符"
    return f"超过 {LONGEST[key]} 字" if len(value) > LONGEST[key] else ""


def _note(key: str, value: object) -> str:
    if not isinstance(value, str) or HIDDEN.search(value.replace("\n", "")):
        return "要写文字，里面不能有看不见的字符"
    return f"超过 {LONGEST[key]} 字" if len(value) > LONGEST[key] else ""


def _release(key: str, value: object) -> str:
    del key
    return "" if moment(value) else "要写成 2026-10-18T10:00:00+08:00 这样，且日历上有这一天"


def moment(value: object) -> datetime | None:
    """The time that a release is written as; None when it is not written as one."""
    if not isinstance(value, str) or not RELEASE.fullmatch(value) or not value.isascii():
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _sources(key: str, value: object) -> str:
    del key
    if not isinstance(value, list) or not 1 <= len(value) <= 50:
        return "要写成列表，至少一条出处"
    for item in value:
        if not isinstance(item, dict) or not item.get("title") or not item.keys() <= SOURCE_KEYS:
            return f"每条要有 title，此外只能有 {'、'.join(sorted(SOURCE_KEYS - {'title'}))}"
        if any(not _text(v) for v in item.values()):
            return "每一项都要写文字，不超过 400 字，里面不能有看不见的字符"
    return ""


def _text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 400 and not HIDDEN.search(value)


def _sum(key: str, value: object) -> str:
    del key
    good = isinstance(value, str) and SHA256.fullmatch(value)
    return "" if good else "要写成 sha256: 加 64 位十六进制"


JUDGES = {
    "format": _format,
    "id": _slug,
    "title": _line,
    "audience": _slug,
    "division": _slug,
    "release": _release,
    "author": _line,
    "approver": _line,
    "sources": _sources,
    "note": _note,
    "checksum": _sum,
}


def _checksum(document: Mapping[str, Any]) -> list[Fault]:
    if checksum(document) == document["checksum"]:
        return []
    message = "校验和不符：这个文件写成以后被改过，或者传坏了。"
    action = "从 git 里取回原来的；要改数，另写一个更正的快照。"
    return [Fault("SNP003", ("checksum",), message, action)]


def _vintage(document: Mapping[str, Any]) -> Vintage:
    release = moment(document["release"])
    assert release is not None
    return Vintage(
        id=document["id"],
        title=document["title"],
        division=document["division"],
        release=release,
        author=document["author"],
        approver=document["approver"],
        source=sources_line(document["sources"]),
        note=document.get("note", ""),
        audience=document["audience"],
    )


def sources_line(sources: Sequence[Mapping[str, str]]) -> str:
    """The sources of a snapshot in one line, as tables and cards show it; one that is quoted often, once."""
    return "；".join(dict.fromkeys(s["title"] for s in sources))


def digest(text: str) -> str:
    """Names the very bytes of a snapshot file."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
