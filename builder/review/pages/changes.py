"""The files of an item, as approved last and as they lie there: texts compared, pictures side by side."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from builder.approvals.digests import TEXTS, plain
from builder.config import SiteConfig
from builder.fences import read_fences
from builder.review.diff import Block, Row, compare, fold, whole

MOST_ROWS = 4000
READABLE = (*TEXTS, ".csv", ".txt", ".json")
PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".avif": "image/avif",
}
STATES = {"added": "新加", "removed": "去掉", "changed": "有改动", "same": "没有改"}
KEY = re.compile(r"([a-z][a-z_]*):(?:\s|$)")
# Keys of the head that a director need not know by their spelling.
KEYS = {
    "id": "编号",
    "title": "标题",
    "audience": "给谁看",
    "division": "处室",
    "date": "日期",
    "updated": "更新日期",
    "summary": "摘要",
    "answer": "一句话答案",
    "tags": "标签",
    "levels": "层级",
    "roles": "身份",
    "forms": "表号",
    "valid": "有效期",
    "sources": "出处",
    "ask": "其他问法",
    "assets": "图片和附件",
    "aliases": "旧网址",
    "key": "要点",
    "type": "类型",
    "panels": "漫画分格",
    "cast": "人物",
    "scenes": "镜头",
    "music": "音乐",
    "blocks": "图块",
    "layout": "版式",
    "posts": "直播条目",
    "questions": "题目",
    "passing": "合格线",
    "duration": "时长",
    "objectives": "目标",
    "suits": "适合谁",
    "prerequisites": "先学什么",
    "names": "别名",
    "supersedes": "代替了",
    "codes": "代码表",
    "deadlines": "报送期限",
    "start": "开始",
    "end": "结束",
    "place": "地点",
    "host": "主办",
    "programme": "议程",
    "speakers": "主讲",
    "materials": "材料",
    "gather": "收哪些内容",
    "wechat": "公众号",
    "editorial": "编辑记录",
    "divisions": "处室清单",
    "cities": "市州清单",
    "people": "审核人清单",
    "site": "网站信息",
    "audiences": "受众",
    "editions": "版本",
    "review": "审核要求",
    "home": "首页",
    "columns": "栏目",
    "narration": "旁白",
    "video": "视频",
    "wording": "用语",
}
NEVER = "编辑记录，不发布"
COMMENT = "注释，不发布"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a comparison. `key` and `seen` (who sees it) are said where they begin."""

    row: Row
    key: str = ""
    seen: str = ""
    fenced: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines that are shown together, or folded away."""

    lines: tuple[Line, ...]
    folded: bool


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file. `form`: `text`, `picture` or `other`; sizes in bytes, -1 where there is no such file."""

    path: str
    form: str
    state: str
    old_size: int
    new_size: int
    stretches: tuple[Stretch, ...] = ()
    counts: str = ""
    cut: int = 0
    alt: str = ""
    note: str = ""

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return STATES[self.state]


def changes(
    old: Mapping[str, bytes] | None,
    new: Mapping[str, bytes],
    own: str,
    config: SiteConfig,
    alts: Mapping[str, str],
) -> list[FileChange]:
    """Every file of either version, the item's `own` first. `alts`: path → its text alternative.

    `old` is None when nothing was approved before.
    """
    before = old or {}
    paths = sorted({*before, *new}, key=lambda p: (p != own, p))
    return [_change(p, before.get(p), new.get(p), config, alts.get(p, "")) for p in paths]


def _change(
    path: str, old: bytes | None, new: bytes | None, config: SiteConfig, alt: str
) -> FileChange:
    before = None if old is None else plain(path, old)
    after = None if new is None else plain(path, new)
    state = "added" if old is None else "removed" if new is None else "changed"
    state = "same" if before == after else state
    sizes = -1 if old is None else len(old), -1 if new is None else len(new)
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in PICTURES:
        return FileChange(path, "picture", state, *sizes, alt=alt)
    try:
        texts = _text(before), _text(after)  # a spreadsheet's CRLF is no character to be shown
    except UnicodeDecodeError:
        return FileChange(path, "other", state, *sizes, alt=alt)
    if suffix not in READABLE:
        return FileChange(path, "other", state, *sizes, alt=alt)
    return _texts(path, texts, state, sizes, config)


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode().replace("\r\n", "\n")


def _texts(
    path: str,
    texts: tuple[str | None, str | None],
    state: str,
    sizes: tuple[int, int],
    config: SiteConfig,
) -> FileChange:
    old, new = texts
    if old is None:
        rows = whole(new or "")
    else:
        rows = compare(old, new or "")
        if new is None:
            rows = [r for r in rows if r.old is not None]
    shown = rows[:MOST_ROWS]
    authored = path.endswith(TEXTS)
    told = _Told(old or "", new or "", config, path) if authored else None
    stretches = tuple(_stretch(block, told) for block in fold(shown))
    return FileChange(
        path,
        "text",
        state,
        *sizes,
        stretches=stretches,
        counts=_counts(rows) if state == "changed" else "",
        cut=len(rows) - len(shown),
    )


def _counts(rows: Sequence[Row]) -> str:
    words = (("changed", "改了"), ("removed", "删了"), ("added", "加了"))
    found = [(sum(r.state == state for r in rows), word) for state, word in words]
    return "，".join(f"{word} {n} 行" for n, word in found if n)


def _stretch(block: Block, told: _Told | None) -> Stretch:
    lines: list[Line] = []
    last = "", ""
    for row in block.rows:
        key, seen = told.of(row) if told else ("", "")
        fresh = key if key != last[0] else "", seen if seen != last[1] else ""
        lines.append(Line(row, *fresh, fenced=bool(seen)))
        last = key, seen
    return Stretch(tuple(lines), block.folded)


class _Told:
    """What is known of each line of the two texts."""

    def __init__(self, old: str, new: str, config: SiteConfig, path: str) -> None:
        self._old = _facts(old, config, path)
        self._new = _facts(new, config, path)

    def of(self, row: Row) -> tuple[str, str]:
        """The key that a row belongs to, and who sees it."""
        return self._new[row.new_line - 1] if row.new_line else self._old[row.old_line - 1]


def _facts(text: str, config: SiteConfig, path: str) -> list[tuple[str, str]]:
    fenced = read_fences(text, frozenset(config.audiences))
    facts = []
    keys = _keys(text, path)
    lines = text.split("\n")
    for line, bare, owners, key in zip(lines, fenced.lines, fenced.owners, keys, strict=True):
        seen = _readers(owners, config) if owners else ""
        if line.strip() and not bare.strip():
            seen = COMMENT
        facts.append((KEYS.get(key, key), NEVER if key == "editorial" else seen))
    return facts


def _keys(text: str, path: str) -> Iterator[str]:
    """The top-level key of each line: of the head of a Markdown file, of the whole of a YAML file."""
    inside, key, marks = not path.endswith(".md"), "", 0
    for line in text.split("\n"):
        if path.endswith(".md") and line.rstrip() == "---" and marks < 2:
            marks += 1
            inside, key = marks == 1, ""
        elif inside and (found := KEY.match(line)):
            key = found[1]
        yield key if inside else ""


def _readers(owners: Collection[str], config: SiteConfig) -> str:
    """In which editions a line with these audiences stands."""
    names = [e.label for e in config.editions.values() if set(owners) <= set(e.audiences)]
    if len(names) == len(config.editions):
        return ""
    return f"只在{'、'.join(names)}" if names else "哪个版本都不出"
