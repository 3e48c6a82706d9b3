"""What differs between two forms of an article, in words a clerk can read.

WeChat changes what it is given (addresses of pictures, styles); people change drafts by hand. Both are
shown as lines of text taken out and put in.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

BLOCK = re.compile(
    "address|article|aside|blockquote|br|d[dlt]|details|div|fieldset|fig(caption|ure)|footer|form|h[1-6]|header"
    "|hr|li|main|nav|[ou]l|p|pre|section|t(able|body|[dhr]|foot|head)"
)
SHOWN = 12  # changed lines of one article that are printed
WORDS = {
    "title": "题目",
    "author": "作者",
    "digest": "摘要",
    "content_source_url": "阅读原文",
    "thumb_media_id": "封面",
}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.images: list[str] = []
        self.shape: list[str] = []
        self.hidden = self.links = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        kept = {n: v for n, v in sorted(known.items()) if n not in {"src", "data-src"}}
        self.shape.append(f"<{tag} {kept}>")
        if tag in {"script", "style"}:
            self.hidden += 1
        self.links += tag == "a" and "href" in known
        if tag == "img":
            self.images.append((known.get("data-src") or known.get("src", "")).partition("?")[0])
            self.shape.append(self.images[-1])
        if BLOCK.fullmatch(tag):
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self.hidden = max(0, self.hidden - 1)
        if BLOCK.fullmatch(tag):
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.lines[-1] += data
            self.shape.append(_plain(data))


def _plain(text: str) -> str:
    return re.sub(r"[\s\u00a0\u200b\ufeff]+", " ", text).strip()


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


def lines_of(html: str) -> list[str]:
    """The text of an article, a block a line, spaces made one."""
    return [line for line in map(_plain, _read(html).lines) if line]


def fingerprint(article: Mapping[str, Any]) -> dict[str, Any]:
    """What we keep of an article as WeChat has it, to see later whether somebody changed it."""
    reader = _read(str(article.get("content", "")))
    lines = [line for line in map(_plain, reader.lines) if line]
    pictures = [*reader.images, *_newspic(article)]
    links = reader.links
    shape = hashlib.sha256("\n".join(filter(None, reader.shape)).encode()).hexdigest()
    words = {name: str(article.get(name, "") or "") for name in WORDS}
    return {**words, "lines": lines, "pictures": pictures, "links": links, "shape": shape}


def _newspic(article: Mapping[str, Any]) -> list[str]:
    found = (article.get("image_info") or {}).get("image_list") or ()
    return [str(i.get("image_media_id", "")) for i in found]


def _changed_words(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name, word in WORDS.items():
        before, after = old.get(name, ""), new.get(name, "")
        if before == after:
            continue
        if name == "thumb_media_id":
            yield "封面换了"
        else:
            yield f"{word}：{before or '（空）'} → {after or '（空）'}"


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What differs between two fingerprints; nothing when they are alike."""
    said = [*_changed_words(old, new), *text_changes(old["lines"], new["lines"])]
    if old["pictures"] != new["pictures"]:
        before, after = len(old["pictures"]), len(new["pictures"])
        said.append(
            f"图片从 {before} 张变成 {after} 张" if before != after else "有图片换了或换了位置"
        )
    if not said and old["shape"] != new["shape"]:
        said.append("文字和图片没变，排版改过")
    return said


def text_changes(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Lines taken out and put in, in their order, the first ones only when there are many."""
    said: list[str] = []
    matcher = difflib.SequenceMatcher(None, list(old), list(new), autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            said += [f"－ {_short(line)}" for line in old[a:b]]
            said += [f"＋ {_short(line)}" for line in new[c:d]]
    if len(said) > SHOWN:
        rest = len(said) - SHOWN
        return [*said[:SHOWN], f"……还有 {rest} 行不同"]
    return said


def _short(line: str) -> str:
    return line if len(line) <= 160 else f"{line[:157]}……"


def stripped(sent: Mapping[str, Any], got: Mapping[str, Any]) -> list[str]:
    """What WeChat did not keep of an article (as `draft/add` took it, and as `draft/get` gave it back)."""
    before, after = fingerprint(sent), fingerprint(got)
    names = ("title", "author", "digest", "content_source_url")
    said = [
        f"{WORDS[n]}：{before[n]} → {after[n] or '（没有了）'}"
        for n in names
        if before[n] and before[n] != after[n]  # an empty digest is filled by WeChat
    ]
    joined = ["".join(lines).replace(" ", "") for lines in (before["lines"], after["lines"])]
    if joined[0] != joined[1]:
        changes = text_changes(before["lines"], after["lines"])
        said += changes or ["文字有出入"]
    if len(before["pictures"]) != len(after["pictures"]):
        said.append(f"图片发去 {len(before['pictures'])} 张，留下 {len(after['pictures'])} 张")
    if before["links"] != after["links"]:
        said.append(f"链接发去 {before['links']} 个，留下 {after['links']} 个")
    return said
