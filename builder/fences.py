"""The gate on text: blank what other audiences own, drop comments, find what a text refers to.

Works on source text, before any HTML exists, and keeps every line where it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

OPEN = re.compile(r"^[ \t>]*(:{3,})[ \t]*([^\s:].*?)[ \t]*$")
CLOSE = re.compile(r"^[ \t>]*(:{3,})[ \t]*$")
CODE = re.compile(r"^[ \t>]*(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}|~{3,})(.*)$")
COLONS = "：﹕︓∶ː꞉"
UNSEEN = "".join(
    map(
        chr,
        [
            *range(9),
            11,
            12,
            *range(14, 32),
            *range(0x200B, 0x2010),
            *range(0x2060, 0x2065),
            0xFE0F,
            0xFEFF,
        ],
    )
)
PLAIN = str.maketrans(COLONS, ":" * len(COLONS), UNSEEN)
# Begins with a set of characters, so that the engine skips to one of them.
SUSPECT = re.compile(
    rf"[:{COLONS}<＜\-](?:(?<=[:{COLONS}])[{UNSEEN}]*[:{COLONS}]|(?<=[<＜])\s?[!！]|(?<=-)-8<)"
)
NEARLY = re.compile(r":::|^[\s>*+.)\d-]*::\s*(?:[A-Za-z][\w-]*\s*)?$")
NEARLY_COMMENT = re.compile(r"[<＜]\s?[!！]\s?[-－—–]")
INLINE_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
REFERENCE = re.compile(
    r"\]\(\s*<?([^\s()<>]+)>?(?:\s+[\"'(][^)]*)?\s*\)|^\s{0,3}\[(?!\^)[^\]]+\]:\s*<?([^\s<>]+)>?",
    re.MULTILINE,
)
IMAGE = re.compile(r"!\[([^\]]*)\]\(\s*<?([^\s()<>]+)>?")
MAX_FENCES = 8
CROWD = ("",)  # nobody's audience: deeper than any fence may stand, and refused
INCLUDE = re.compile(r"^([ \t]*)--8<--\s+\"([^\"]*)\"\s*$")


@dataclass(slots=True)
class Fenced:
    """A text with the audiences of each line. `mistakes`: (line of the text, column, message, action)."""

    lines: list[str]
    owners: list[tuple[str, ...]]
    marks: list[bool]
    mistakes: list[tuple[int, int, str, str]] = field(default_factory=list)

    def shown_to(self, audiences: frozenset[str]) -> str:
        """The text for readers of `audiences`: other lines and the fence marks are blank."""
        if not any(self.marks):
            return "\n".join(self.lines)
        return "\n".join(
            line if not mark and audiences.issuperset(owners) else ""
            for line, owners, mark in zip(self.lines, self.owners, self.marks, strict=True)
        )


def read_fences(text: str, known: frozenset[str]) -> Fenced:
    """Find `::: audience` … `:::` fences (nested too, also in lists and quotes, not in code)."""
    if not SUSPECT.search(text):
        lines = text.split("\n")
        return Fenced(lines, [()] * len(lines), [False] * len(lines))
    mistakes: list[tuple[int, int, str, str]] = []
    lines = _without_comments(text, mistakes).split("\n")
    result = Fenced(lines, [], [], mistakes)
    stack: list[tuple[str, int]] = []
    code = ""
    for number, line in enumerate(lines, 1):
        code, is_code = code_state(code, line)
        opened, closed = OPEN.match(line), CLOSE.match(line)
        if is_code and (opened or closed):
            mistakes.append(
                (
                    number,
                    1,
                    "代码块里不能出现 ::: 围栏。",
                    "把围栏移到代码块外面；代码块要用同样的符号收尾。",
                )
            )
        mark = not is_code and bool(opened or closed)
        if not (is_code or mark):
            mistakes += _nearly(line, number)
        if mark and opened:
            stack.append((_audience(opened, number, known, mistakes), number))
        owners = _owners(stack, mark, mistakes)
        if mark and closed:
            if stack:
                stack.pop()
            else:
                mistakes.append(
                    (number, 1, "多了一个围栏收尾 :::。", "删去这一行，或在前面补上 ::: 受众。")
                )
        result.owners.append(owners)
        result.marks.append(mark)
    for name, number in stack:
        mistakes.append((number, 1, f"围栏 ::: {name} 没有收尾。", "在这一块后面单独写一行 :::。"))
    if code:
        mistakes.append((len(lines), 1, "代码块没有收尾。", "在代码块后面补上同样的符号。"))
    return result


def _owners(
    stack: list[tuple[str, int]], mark: bool, mistakes: list[tuple[int, int, str, str]]
) -> tuple[str, ...]:
    """The audiences of the fences around a line; nobody's, and a mistake, where they are too deep."""
    if len(stack) <= MAX_FENCES:
        return tuple(name for name, _ in stack)
    if mark and len(stack) == MAX_FENCES + 1:
        message = f"围栏嵌套超过 {MAX_FENCES} 层。"
        mistakes.append((stack[-1][1], 1, message, "把内容分开，减少围栏的层次。"))
    return CROWD


def _nearly(line: str, number: int) -> Iterator[tuple[int, int, str, str]]:
    """What looks like a fence or a comment to its author, but is none: it would be printed for all."""
    text = INLINE_CODE.sub("", line)
    if NEARLY.search(text.translate(PLAIN)):
        action = "围栏单独占一行，用三个半角冒号，前面不能有文字、列表符号或全角空格；举例时放进行内代码。"
        yield number, 1, "这一行像是受众围栏，但写法不对。", action
    if "--8<" in text and not INCLUDE.match(line):
        yield number, 1, "这一行像是引入，但写法不对。", '写成 --8<-- "snippet:名称"，单独占一行。'
    if NEARLY_COMMENT.search(text):
        yield number, 1, "这一行像是注释，但写法不对。", "注释写成 <!-- … -->，全用半角符号。"


def _audience(
    opened: re.Match[str],
    number: int,
    known: frozenset[str],
    mistakes: list[tuple[int, int, str, str]],
) -> str:
    name = opened.group(2)
    if name not in known:
        allowed = "、".join(sorted(known))
        mistakes.append(
            (
                number,
                opened.start(2) + 1,
                f"围栏的受众 `{name[:40]}` 没有登记。",
                f"只能写：{allowed}。",
            )
        )
    return name


def code_state(code: str, line: str) -> tuple[str, bool]:
    """Follow fenced code blocks: (open marker or "", whether this line belongs to code)."""
    found = CODE.match(line)
    if not found:
        return code, bool(code)
    marker, rest = found.group(1), found.group(2)
    if not code:
        return ("", False) if "`" in rest and marker[0] == "`" else (marker, True)
    if marker[0] == code[0] and len(marker) >= len(code) and not rest.strip():
        return "", True
    return code, True


def _without_comments(text: str, mistakes: list[tuple[int, int, str, str]]) -> str:
    """Blank `<!-- … -->` wherever it stands, keeping the line breaks."""
    out: list[str] = []
    at = 0
    while True:
        start = text.find("<!--", at)
        if start < 0:
            return "".join(out) + text[at:]
        end = text.find("-->", start + 4)
        if end < 0:
            mistakes.append(
                (text.count("\n", 0, start) + 1, 1, "注释 <!-- 没有收尾。", "在注释后面写 -->。")
            )
            return "".join(out) + text[at:start] + "\n" * text.count("\n", start)
        out.append(text[at:start] + "\n" * text.count("\n", start, end))
        at = end + 3


@dataclass(frozen=True, slots=True)
class Mention:
    """An address in a text, and where it stands (line and column of the text)."""

    target: str
    line: int
    column: int
    image: bool = False
    alt: str = ""


@lru_cache(maxsize=4096)
def mentions(text: str) -> tuple[Mention, ...]:
    """Addresses of links, pictures and reference definitions outside code.

    Asked of the same text by every edition, so kept.
    """
    return tuple(_mentions(text))


def _mentions(text: str) -> Iterator[Mention]:
    if "](" not in text and "]:" not in text:
        return
    code, is_code = "", False
    blocks = "```" in text or "~~~" in text
    for number, raw in enumerate(text.split("\n"), 1):
        if blocks:
            code, is_code = code_state(code, raw)
        if is_code or "]" not in raw:
            continue
        line = INLINE_CODE.sub(lambda m: " " * len(m.group(0)), raw)
        alts = {m.start(2): m.group(1) for m in IMAGE.finditer(line)}
        for found in REFERENCE.finditer(line):
            group = 1 if found.group(1) is not None else 2
            start = found.start(group)
            yield Mention(found.group(group), number, start + 1, start in alts, alts.get(start, ""))


def asks(text: str) -> bool:
    """Whether a text may ask for numbers, by reference or by query; quickly, since nearly none does."""
    return "{{ind" in text or ("from:" in text and ("```" in text or "~~~" in text))


def includes(text: str) -> Iterator[tuple[int, str, str]]:
    """Include lines: (line of the text, indent, id)."""
    if "--8<--" not in text:
        return
    code = ""
    for number, line in enumerate(text.split("\n"), 1):
        code, is_code = code_state(code, line)
        found = None if is_code else INCLUDE.match(line)
        if found:
            yield number, found.group(1), found.group(2)
