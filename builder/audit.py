"""Stage 6: a last look at the bytes. Judges single artefacts, so that processes can share the work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote

from builder.bundle import Artefact
from builder.model import Edition
from builder.problems import Problem, Where

TEXT = ("text/", "application/json", "application/xml", "application/atom+xml", "image/svg+xml")
LOADING = re.compile(
    r"<(?:script|img|source|video|audio|iframe|embed|object|link(?=[^>]*rel=\"(?:stylesheet|preload|icon|manifest|prefetch)))\b[^>]*?\b(?:src|href|data|poster)=\"(?:https?:)?//([^/\"]+)",
    re.IGNORECASE,
)
CSS_LOADING = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])(?:https?:)?//([^/'\")]+)")
ACTIVE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:ld\+)?json\")|\son[a-z]+\s*=\s*[\"']|javascript:|\sstyle\s*=\s*\"|<style\b",
    re.IGNORECASE,
)
HREF = re.compile(r"<(?:a|link|script|img|source|use)\b[^>]*?\b(?:href|src)=\"([^\"]*)\"")
FENCE = re.compile(r"(?m)^[ \t>]*:::+[ \t]*[A-Za-z]|<!--\s*(?!\[)|--8&lt;--|--8<--|WEIKEFORMULA\d")
BAD_META = re.compile(r"<meta [^>]*content=\"(?:|null|None|undefined)\"")


def audit(artefact: Artefact, edition: Edition) -> Iterator[Problem]:
    """Outside hosts, inline script or style, left-over marks, empty metadata."""
    if not artefact.media_type.startswith(TEXT):
        return
    text = artefact.body.decode("utf-8", "replace")
    where = Where(f"dist/{edition.name}/{artefact.path}")
    page = artefact.media_type.startswith("text/html")
    loading = LOADING if page else CSS_LOADING
    if page or artefact.media_type.startswith(("text/css", "image/svg")):
        for host in sorted(set(loading.findall(text))):
            yield Problem("OUT002", where, f"要从外部主机 {host} 取文件。", "把文件放进站内。")
    if page:
        yield from _page(text, where)


def _page(text: str, where: Where) -> Iterator[Problem]:
    found = ACTIVE.search(text)
    if found:
        yield Problem(
            "OUT004",
            where,
            f"页面里出现了内联脚本或样式：{found.group(0)[:40]}",
            "这是程序的错误，请报告。",
        )
    body = re.sub(r"<(pre|code)\b.*?</\1>", "", text, flags=re.DOTALL)
    found = FENCE.search(body)
    if found:
        yield Problem(
            "OUT004",
            where,
            f"页面里出现了没有处理的标记：{found.group(0)[:40]}",
            "检查原文里的围栏、注释和引入。",
        )
    if BAD_META.search(text):
        yield Problem(
            "OUT006", where, "页面元数据是空的或 null。", "补全站点配置和这一篇的文件头。"
        )


def addresses(artefact: Artefact) -> set[str]:
    """Paths under the site root that a page leads to, its own excluded; outside addresses left out."""
    if not artefact.media_type.startswith("text/html"):
        return set()
    here = PurePosixPath(artefact.path).parent
    found: set[str] = set()
    for href in set(HREF.findall(artefact.body.decode("utf-8", "replace"))):
        path = href.partition("#")[0].partition("?")[0]
        if not path or ":" in path or path.startswith("//"):
            continue
        found.add(path if path.startswith("/") else _resolve(here, unquote(path)))
    return found


def _resolve(here: PurePosixPath, path: str) -> str:
    parts = list(here.parts)
    for step in path.split("/"):
        if step == "..":
            if parts:
                parts.pop()
        elif step not in {"", "."}:
            parts.append(step)
    return "/".join(parts) + ("/index.html" if path.endswith(("/", ".")) else "")


def dead_links(
    wanted: Mapping[str, set[str]], made: set[str], edition: Edition
) -> Iterator[Problem]:
    """Pages that lead to files which were not made."""
    for path in sorted(wanted):
        for target in sorted(wanted[path]):
            if (
                not target.startswith("/")
                and target not in made
                and f"{target}/index.html" not in made
            ):
                yield Problem(
                    "OUT003",
                    Where(f"dist/{edition.name}/{path}"),
                    f"链接的 {target} 没有生成。",
                    "检查站点配置里的链接和这一篇的链接。",
                )
