"""`content/wording.yml`: what a bureau lets pass, with its reason, and words of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from builder.findings import findings
from builder.kinds.front import Line, Ref, Short, Strict, refuse
from builder.problems import CATALOGUE, Problem, Where
from builder.yaml_source import MAX_BYTES, parse

WORDING_FILE = "content/wording.yml"
# What may only be let pass in one named entry: a slip here can't be taken back.
GRAVE = ("PII", "SEC", "CEL")
PREFIXES = ("WRD", "HST", "MIS", *GRAVE)


class Allow(Strict):
    """One text that may stand, where, and why. `place` is filled in by the reader."""

    text: Line
    entry: Ref | Literal[""] = ""
    code: str = ""
    reason: Line


class OwnWord(Strict):
    """A wrong form that the bureau has met itself."""

    wrong: Short
    right: Short | Literal[""] = ""
    reason: Line
    clause: Line | Literal[""] = ""
    severity: Literal["error", "warning", "notice"] = "warning"


class WordingFile(Strict):
    """All of `content/wording.yml`."""

    allow: tuple[Allow, ...] = Field((), max_length=2000)
    words: tuple[OwnWord, ...] = Field((), max_length=2000)

    @model_validator(mode="after")
    def _sound(self) -> WordingFile:
        """Codes are known, grave ones name their entry, no word is listed twice or is right itself."""
        faults: list[tuple[tuple[str | int, ...], str]] = []
        for number, line in enumerate(self.allow):
            if line.code and (line.code not in CATALOGUE or not line.code.startswith(PREFIXES)):
                told = "、".join(c for c in CATALOGUE if c.startswith(PREFIXES))
                faults.append((("allow", number, "code"), f"没有这个代码，可以写：{told}"))
            elif line.code.startswith(GRAVE) and not line.entry:
                faults.append(
                    (("allow", number, "code"), "个人信息、密钥、单个调查对象的放行要写明 entry")
                )
        seen: set[str] = set()
        for number, word in enumerate(self.words):
            if word.wrong in seen:
                faults.append((("words", number, "wrong"), f"“{word.wrong}”写了两遍"))
            if word.wrong == word.right:
                faults.append((("words", number, "right"), "对的和错的写成了一样"))
            seen.add(word.wrong)
        refuse("WordingFile", faults)
        return self


def read_own(root: Path) -> tuple[WordingFile | None, list[Problem]]:
    """Read the file if there is one; a wrong one counts as none, with its problems."""
    try:
        data = (root / WORDING_FILE).read_bytes()
    except FileNotFoundError:
        return None, []
    except OSError as error:
        return None, [
            Problem(
                "FIL003", Where(WORDING_FILE), f"读不出来：{error.strerror}。", "检查文件权限。"
            )
        ]
    if len(data) > MAX_BYTES:
        message = f"超过 {MAX_BYTES // 1024} KB。"
        return None, [Problem("FIL001", Where(WORDING_FILE), message, "删去用不着的行。")]
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        place = Where(WORDING_FILE, data[: error.start].count(b"\n") + 1)
        return None, [
            Problem("FIL002", place, "这里的字节不是 UTF-8 文字。", "另存为 UTF-8 编码。")
        ]
    if not any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n")):
        return None, []
    node, problems = parse(text, WORDING_FILE)
    if node is None:
        return None, problems
    try:
        return WordingFile.model_validate(node.plain()), []
    except ValidationError as error:
        return None, findings(error, node, WORDING_FILE, WordingFile)
