"""Chinese typesetting of finished HTML text: joins, unbroken numbers, links to term cards.

Works on the text between tags and never inside code, so that what is copied stays what was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

CJK = "\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u2014\u2018\u2019\u201c\u201d\u2026"
JOIN = re.compile(rf"(?<=[{CJK}])[ \t]*\n[ \t]*(?=[{CJK}])")
SPLIT = re.compile(r"(<[^>]*>)")
UNITS = (
    "个百分点|百分点|万亿元|亿元|万元|千元|元|万亿|亿|万人|人次|人|户|家|个|项|条|张|份|篇|课|年|月|日|号|时|分钟|分|秒|天|周|季度|"
    "岁|万吨|吨标准煤|吨|千克|公斤|克|公里|千米|平方米|立方米|米|亩|公顷|万千瓦时|亿千瓦时|千瓦时|倍|次|位|级|类|章|条|款|版|期|届|℃|%|‰|％"
)
NUMBER = re.compile(
    rf"(?:\d{{4}}年\d{{1,2}}月\d{{1,2}}日|\d{{4}}年\d{{1,2}}月|\d{{1,2}}月\d{{1,2}}日|[+\-−±]?\d[\d,]*(?:\.\d+)?(?:[—–\-~～至]\d[\d,]*(?:\.\d+)?)?\s?(?:{UNITS}))"
)
QUIET = frozenset({"pre", "code", "svg", "math", "script", "style"})
NO_LINK = QUIET | {
    "a",
    "h1",
    "h2",
    "h3",
    "h4",
    "summary",
    "label",
    "button",
    "figcaption",
    "dt",
    "mark",
}


def set_text(html: str) -> str:
    """Remove line breaks between Chinese characters and keep numbers with their units."""
    return "".join(_pieces(html))


def _pieces(html: str) -> Iterator[str]:
    quiet = 0
    parts = SPLIT.split(html)
    for number, part in enumerate(parts):
        if number % 2:
            quiet = max(0, quiet + _step(part, QUIET))
            yield part
        elif quiet or not part:
            yield part
        else:
            yield NUMBER.sub(_keep, JOIN.sub("", part)) if part.strip() else part


def _keep(match: re.Match[str]) -> str:
    text = match.group(0)
    return f'<span class="keep">{text}</span>' if len(text) <= 18 else text


def _step(tag: str, names: frozenset[str]) -> int:
    name = tag[1:].lstrip("/").split(None, 1)[0].rstrip("/>").lower() if len(tag) > 2 else ""
    if name not in names:
        return 0
    return -1 if tag.startswith("</") else (0 if tag.endswith("/>") else 1)


class TermLinks:
    """Links the first mention of each term in a page to its card."""

    def __init__(self, terms: Mapping[str, str]) -> None:
        """`terms` maps a name to the site path of its card."""
        self.terms = dict(terms)
        names = sorted(self.terms, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, names))) if names else None

    def apply(self, html: str, base: str, own: str = "") -> str:
        """Return `html` with the links; `own` is the page's path, which never links to itself."""
        if self.pattern is None or not self.pattern.search(html):
            return html
        used = {own}
        out: list[str] = []
        quiet = 0
        for number, part in enumerate(SPLIT.split(html)):
            if number % 2:
                quiet = max(0, quiet + _step(part, NO_LINK))
            elif not quiet and part:
                part = self._mention(part, base, used)
            out.append(part)
        return "".join(out)

    def _mention(self, text: str, base: str, used: set[str]) -> str:
        assert self.pattern is not None

        def link(match: re.Match[str]) -> str:
            url = self.terms[match.group(0)]
            if url in used:
                return match.group(0)
            used.add(url)
            return f'<a class="term-link" href="{base}{url}">{match.group(0)}</a>'

        return self.pattern.sub(link, text)
