"""Which paths a package may carry: those that mean one and the same file on every system."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 200  # characters of a path
LONGEST_PART = 255  # bytes of one name in it
FORBIDDEN = re.compile(r'[\\:*?"<>|]')
DEVICES = re.compile(r"(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])")


def fault(path: str) -> str:
    """Why a path may not be in a package, in Chinese; empty when it may."""
    if not path or len(path) > LONGEST:
        return f"是空的，或者超过 {LONGEST} 个字"
    if not path.isprintable() or unicodedata.normalize("NFC", path) != path:
        return "有看不见的字符，或者不是统一的写法（NFC）"
    if FORBIDDEN.search(path):
        return '有 \\ : * ? " < > | 之一'
    return next((said for part in path.split("/") if (said := _fault(part))), "")


def _fault(part: str) -> str:
    if part in {"", ".", ".."}:
        return "不是一层层往下的相对路径"
    if len(part.encode()) > LONGEST_PART:
        return "有一层的名字太长"
    if part != part.strip() or part.endswith("."):
        return "有一层的名字以空格开头，或以空格、句点结尾"
    if DEVICES.fullmatch(part.partition(".")[0].rstrip().lower()):
        return "是 Windows 的设备名"
    return ""


def clash(paths: Iterable[str]) -> str:
    """The first path that another one stands in the way of on some system; empty when there is none.

    Two names that differ in case only, or a file where another path has a folder.
    """
    spelled: dict[str, str] = {}
    files: set[str] = set()
    for path in paths:
        folder, parents = "", path.split("/")[:-1]
        for name in parents:
            folder = f"{folder}/{name}" if folder else name
            if spelled.setdefault(_folded(folder), folder) != folder or folder in files:
                return path
        if _folded(path) in spelled:
            return path
        spelled[_folded(path)] = path
        files.add(path)
    return ""


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path.casefold())
