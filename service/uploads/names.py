"""Names that files are sent with: kept as they are, or refused; never mended in silence."""

from __future__ import annotations

import unicodedata

from service.room import Stopped

LONGEST = 120  # signs
BYTES = 255  # what file systems hold
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
WRONG = frozenset('/\\:*?"<>|')
DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}
)


def fault(name: str) -> str:
    """What is wrong with a file's name, in Chinese; empty when nothing is."""
    if not name.strip(". ") or name != name.strip(" ") or name[-1] == "." or name[0] == ".":
        return "文件名不能空着，不能以点或空格开头、结尾"
    if len(name) > LONGEST or len(name.encode("utf-8", "replace")) > BYTES:
        return f"文件名太长，最多 {LONGEST} 个字"
    if any(unicodedata.category(c) in HIDDEN for c in name):
        return "文件名里有看不见的字符，请改名再传"
    if WRONG & set(name):
        return '文件名里不能有 / \\ : * ? " < > |'
    if name.partition(".")[0].lower() in DEVICES:
        return "这个文件名在 Windows 上不能用，请改名再传"
    return ""


def clean(name: str) -> str:
    """The name in its composed form; `Stopped` when it can't be taken."""
    composed = unicodedata.normalize("NFC", name)
    if why := fault(composed):
        raise Stopped(422, f"{why}。")
    return composed


def ending(name: str) -> str:
    """What follows the last dot, in small letters."""
    return name.rpartition(".")[2].lower() if "." in name else ""
