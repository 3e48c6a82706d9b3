"""Chinese typesetting of finished HTML text: joins, unbroken numbers, links to term cards.

Works on the text between tags and never inside code, so that what is copied stays what was written.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Mapping
from functools import lru_cache

from builder.media.units import UNITS

CJK = (
    "\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u2014\u2018\u2019\u201c\u201d\u2026"
    "\U00020000-\U0003ffff"  # rare characters, as in names
)
JOIN = re.compile(rf"\n(?:(?<=[{CJK}]\n)(?=[{CJK}<])|(?<=>\n)(?=[{CJK}]))")
BLANK_JOIN = re.compile(rf"(?<=[{CJK}])[ \t]*\n[ \t]*(?=[{CJK}<])|(?<=>)[ \t]*\n[ \t]*(?=[{CJK}])")
DIGIT = "0-9０-９"
# Begins with a set of characters: the engine skips to one of them, which is six times as fast as trying
# each alternative everywhere. Possessive: a page of digits costs no more than a page of words.
NUMBER = re.compile(
    rf"[{DIGIT}+\-−±](?:(?<=[{DIGIT}])[{DIGIT}]{{3}}年[{DIGIT}]{{1,2}}月(?:[{DIGIT}]{{1,2}}日)?|"
    rf"(?<=[{DIGIT}])[{DIGIT}]?月[{DIGIT}]{{1,2}}日|"
    rf"(?<![{DIGIT},].)(?:(?<=[{DIGIT}])|[{DIGIT}])[{DIGIT},]*+(?:\.[{DIGIT}]++)?+"
    rf"(?:[—–\-~～至][{DIGIT}][{DIGIT},]*+(?:\.[{DIGIT}]++)?+)?+\s?(?:{UNITS}))"
)
LONGEST = 18
# Whole elements in which nothing is touched, and those besides in which no link is put.
QUIET = re.compile(r"(<(pre|code|svg|math)\b.*?</\2>)", re.DOTALL)
NO_LINK = re.compile(
    r"<(pre|code|svg|math|a|figure|h[1-4]|summary|label|button|figcaption|dt|mark)\b.*?</\1>",
    re.DOTALL,
)


def set_text(html: str) -> str:
    """Remove line breaks between Chinese characters and keep numbers with their units."""
    if "</pre>" not in html and "</code>" not in html and "</svg>" not in html:
        return _set(html)
    parts = QUIET.split(html)
    return "".join(_set(p) if n % 3 == 0 else p for n, p in enumerate(parts) if n % 3 != 2)


def _set(html: str) -> str:
    padded = any(blank in html for blank in (" \n", "\n ", "\t\n", "\n\t"))
    html = (BLANK_JOIN if padded else JOIN).sub("", html)
    out: list[str] = []
    at = 0
    for match in NUMBER.finditer(html):
        start, text = match.start(), match.group()
        in_tag = html.rfind("<", at, start) > html.rfind(">", at, start)
        if not in_tag and len(text) <= LONGEST:
            out += [html[at:start], f'<span class="keep">{text}</span>']
            at = match.end()
    return "".join([*out, html[at:]])


class TermLinks:
    """Links the first mention of each term in a page to its card."""

    def __init__(self, terms: Mapping[str, str]) -> None:
        """`terms` maps a name to the site path of its card."""
        names = sorted(terms, key=lambda name: (-len(name), name))
        holders = {name for name in names for other in names if other != name and other in name}
        self.terms = tuple((name, terms[name], name in holders) for name in names)

    def apply(self, html: str, base: str, own: str = "") -> str:
        """Return `html` with the links; `own` is the page's path, which never links to itself."""
        return _apply(self.terms, html, base, own)


@lru_cache(maxsize=64)
def _apply(terms: tuple[tuple[str, str, bool], ...], html: str, base: str, own: str) -> str:
    """The same for two editions that know the same terms, so kept."""
    present = [term for term in terms if term[0] in html]
    if all(url == own for _, url, _ in present):
        return html
    taken = list(_taken(html))
    starts = [start for start, _ in taken]
    found: dict[str, tuple[int, int]] = {}
    for name, url, holds_another in present:
        while (at := _first_free(html, name, taken, starts)) >= 0:
            place = bisect(starts, at)
            starts.insert(place, at)
            taken.insert(place, (at, at + len(name)))
            if url != own and (url not in found or at < found[url][0]):
                found[url] = (at, at + len(name))
            if not holds_another:  # else a shorter name must not be linked inside this one
                break
    return _linked(html, base, found)


@lru_cache(maxsize=64)
def _taken(html: str) -> tuple[tuple[int, int], ...]:
    """Spans of elements in which no link is put; kept, since editions share texts."""
    return tuple(m.span() for m in NO_LINK.finditer(html))


def _first_free(html: str, name: str, taken: list[tuple[int, int]], starts: list[int]) -> int:
    """Where `name` first stands outside tags and the spans taken; -1 when nowhere."""
    at = html.find(name)
    while at >= 0:
        if html.rfind("<", 0, at) > html.rfind(">", 0, at):
            at = html.find(name, html.find(">", at))
            continue
        before = bisect(starts, at) - 1
        if before < 0 or taken[before][1] <= at:
            following = before + 1
            if following >= len(taken) or taken[following][0] >= at + len(name):
                return at
            at = html.find(name, at + 1)
        else:
            at = html.find(name, taken[before][1])
    return -1


def _linked(html: str, base: str, found: Mapping[str, tuple[int, int]]) -> str:
    out: list[str] = []
    last = 0
    for url, (start, end) in sorted(found.items(), key=lambda item: item[1]):
        out += [
            html[last:start],
            f'<a class="term-link" href="{base}{url}">',
            html[start:end],
            "</a>",
        ]
        last = end
    return "".join([*out, html[last:]])
