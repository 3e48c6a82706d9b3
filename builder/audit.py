"""Stage 6: a last look at the bytes. Judges single artefacts, so that processes can share the work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import lru_cache
from itertools import chain
from urllib.parse import unquote

from builder.bundle import Artefact
from builder.entries import strings
from builder.model import Edition, Entry, Library, MdText, Source
from builder.problems import Problem, Where
from builder.secret_shapes import secrets

TEXT = ("text/", "application/json", "application/xml", "application/atom+xml", "image/svg+xml")
ADDRESS = (' href="', ' src="')
SRCSET = ' srcset="'
OUTSIDE = re.compile(r'="(?:https?:)?//([^/"]+)')
OUTSIDE_IN_SET = re.compile(r'\d[wx],\s*(?:https?:)?//([^/"]+)')
# Elements that make a browser fetch; a link does so for these relations.
FETCHING = (
    "script",
    "img",
    "source",
    "video",
    "audio",
    "iframe",
    "embed",
    "object",
    "use",
    "image",
    "track",
    "input",
)
FETCHED = re.compile(
    r"rel=\"[^\"]*(?:stylesheet|preload|icon|manifest|prefetch|preconnect|import)", re.IGNORECASE
)
CSS_LOADING = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])(?:https?:)?//([^/'\")]+)")
# Any of these words brings the slower look below; pages of ours have none of them.
HANDLER = re.compile(r" on[a-z]+ ?=")
SUSPECT = ("javascript:", " style=", " style =", "<style", "<script>", "<script \n")
ACTIVE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:ld\+)?json\")|"
    r"<[a-z](?:[^>\"]|\"[^\"]*\")*?\s(?:(?:on[a-z]+|style)\s*=|(?:href|src|action|data)\s*=\s*\"?\s*javascript:)|<style\b",
    re.IGNORECASE,
)
ARTICLES = "wechat/"
OWN_STYLE = re.compile(r' style="[^"<>]*"')
FENCE = re.compile(r"(?m)^[ \t>]*:::+[ \t]*[A-Za-z]|<!--\s*(?!\[)|--8&lt;--|--8<--|\ue0f0")
FENCE_WORDS = (":::", "<!--", "--8", "\ue0f0")
SOURCE = tuple(f.name for f in fields(Source))
EMPTY = re.compile(r'<meta\b[^>]*\bcontent="(?:null|None|undefined)?"')


def told_secrets(library: Library) -> Iterator[Problem]:
    """Keys and tokens in what authors wrote, for whomever: nothing is built while one is there."""
    for entry in library.entries.values():
        for key, text in _written(entry):
            for start, _, what in secrets(text):
                where = entry.where(key)
                if isinstance(text, MdText):
                    column = start - text.rfind("\n", 0, start)
                    where = Where(entry.path, text.line + text.count("\n", 0, start), column)
                action = "删去；已经提交过的，马上在它的系统里作废、重置。"
                yield Problem("SEC001", where, f"这里像是{what}。", action)


def _written(entry: Entry) -> Iterator[tuple[str, str]]:
    """(key, text) of all that an author wrote."""
    yield "", entry.text
    listed = (("tags", entry.tags), ("forms", entry.forms), ("aliases", entry.aliases))
    for source in entry.sources:
        yield "sources", " ".join(getattr(source, name) for name in SOURCE)
    for note in entry.assets.values():
        yield "assets", f"{note.alt} {note.credit} {note.map_approval}"
    own = (
        ("title", entry.title),
        ("summary", entry.summary),
        *listed,
        ("assets", (*entry.assets,)),
    )
    for key, value in (*own, *entry.data.items(), *entry.editorial.items(), *entry.wechat.items()):
        for text in strings(value):
            yield key, text


def audit(artefact: Artefact, edition: Edition) -> Iterator[Problem]:
    """Outside hosts, inline script or style, left-over marks, empty metadata."""
    if not artefact.media_type.startswith(TEXT):
        return
    text = _text(artefact.body)
    where = Where(f"dist/{edition.name}/{artefact.path}")
    if artefact.media_type.startswith("text/html"):
        article = artefact.path.startswith(ARTICLES)  # WeChat keeps no style but an element's own
        yield from _page(OWN_STYLE.sub("", text) if article else text, where)
    elif artefact.media_type.startswith(("text/css", "image/svg")):
        yield from _outside(CSS_LOADING, text, where)


@lru_cache(maxsize=1)
def _text(body: bytes) -> str:
    """The bytes as text; kept for the next judge of the same bytes."""
    return body.decode("utf-8", "replace")


def _outside(loading: re.Pattern[str], text: str, where: Where) -> Iterator[Problem]:
    for host in sorted(set(loading.findall(text))):
        yield Problem("OUT002", where, f"要从外部主机 {host} 取文件。", "把文件放进站内。")


def _fetched(text: str, where: Where) -> Iterator[Problem]:
    """Outside addresses in elements that fetch; in links for readers they are welcome."""
    sets = OUTSIDE_IN_SET.finditer(text) if SRCSET in text else ()
    for found in chain(OUTSIDE.finditer(text), sets):
        if not _in_tag(text, found.start()):
            continue
        start = text.rfind("<", 0, found.start())
        tag = text[start + 1 : text.find(">", found.end())]
        name = tag.split(None, 1)[0].lower()
        if name in FETCHING or (name == "link" and FETCHED.search(tag)):
            message = f"要从外部主机 {found.group(1)} 取文件。"
            yield Problem("OUT002", where, message, "把文件放进站内。")


def _page(text: str, where: Where) -> Iterator[Problem]:
    yield from _fetched(text, where)
    suspect = any(word in text for word in SUSPECT) or HANDLER.search(text)
    found = ACTIVE.search(text) if suspect else None
    if found:
        message = f"页面里出现了内联脚本或样式：{found.group(0)[:40]}"
        yield Problem("OUT004", where, message, "这是程序的错误，请报告。")
    if any(word in text for word in FENCE_WORDS):
        body = re.sub(r"<(pre|code)\b.*?</\1>", "", text, flags=re.DOTALL)
        found = FENCE.search(body)
        if found:
            message = f"页面里出现了没有处理的标记：{found.group(0)[:40]}"
            yield Problem("OUT004", where, message, "检查原文里的围栏、注释和引入。")
    if EMPTY.search(text):
        yield Problem(
            "OUT006", where, "页面元数据是空的或 null。", "补全站点配置和这一篇的文件头。"
        )


def addresses(artefact: Artefact) -> set[str]:
    """Paths under the site root that a page leads to; outside addresses left out."""
    if not artefact.media_type.startswith("text/html"):
        return set()
    here = artefact.path.split("/")[:-1]
    root = "../" * (len(here) - 1)
    found: set[str] = set()
    text = _text(artefact.body)
    hrefs = {value for mark in ADDRESS for value in _values(text, mark)}
    sets = (item for value in _values(text, SRCSET) for item in value.split(","))
    hrefs.update(item.split()[0] for item in sets if item.strip())
    for href in hrefs:
        if root and href.startswith(root):
            found.add(_under(here[0], href[len(root) :]) or _target(here, _path(href)))
        elif (path := _path(href)) and ":" not in path and not path.startswith("//"):
            found.add(path if path.startswith("/") else _target(here, path))
    return found


def _values(text: str, mark: str) -> Iterator[str]:
    """The values of an attribute. Words of a text may look like it: they stand in no tag."""
    at = text.find(mark)
    while at >= 0:
        end = text.find('"', at + len(mark))
        if _in_tag(text, at):
            yield text[at + len(mark) : end]
        at = text.find(mark, at + len(mark))


def _in_tag(text: str, at: int) -> bool:
    """Whether a place is within a tag; in finished pages both signs stand for nothing else."""
    return text.rfind("<", 0, at) > text.rfind(">", 0, at)


def _path(href: str) -> str:
    return href.partition("#")[0].partition("?")[0]


@lru_cache(maxsize=20_000)
def _under(top: str, href: str) -> str:
    """The file behind an address under the site root; empty when it must be walked step by step."""
    rest = _path(href)
    if "./" in rest:
        return ""
    return f"{top}/{rest}index.html" if rest.endswith("/") or not rest else f"{top}/{rest}"


def _target(here: list[str], path: str) -> str:
    """The path a relative address leads to, seen from the folder `here`."""
    parts = list(here)
    for step in unquote(path).split("/"):
        if step == "..":
            if parts:
                parts.pop()
        elif step not in {"", "."}:
            parts.append(step)
    return "/".join(parts) + ("/index.html" if path.endswith(("/", ".")) else "")


def dead_links(wanted: Mapping[str, str], made: set[str], edition: Edition) -> Iterator[Problem]:
    """Files that pages lead to and that were not made. `wanted` maps each to one of those pages."""
    for target in sorted(wanted):
        if target[0] != "/" and target not in made and f"{target}/index.html" not in made:
            where = Where(f"dist/{edition.name}/{wanted[target]}")
            message = f"链接的 {target} 没有生成。"
            yield Problem("OUT003", where, message, "检查站点配置里的链接和这一篇的链接。")
