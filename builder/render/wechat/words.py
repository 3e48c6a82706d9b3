"""The words around an article: title, author, digest, within what WeChat allows."""

from __future__ import annotations

import re
from html import unescape

from builder.model import Page
from builder.typography import NUMBER

# 字 (api_draft_add): title ≤ 32, author ≤ 16, digest ≤ 128; older papers say 120, so that is kept.
TITLE, AUTHOR, DIGEST = 32, 16, 120
BREAKS = re.compile(r"(?<=[。！？；!?;])")
NOTED = re.compile(r"<sup\b[^>]*>\[\d+\]</sup>")
FORMULA = re.compile(
    r'<svg\b[^>]*aria-label="公式 ([^"]*)".*?</svg>|<img\b[^>]*alt="公式 ([^"]*)"[^>]*>', re.DOTALL
)
RAISED = re.compile(r"<(sup|sub)\b[^>]*>(.*?)</\1>", re.DOTALL)
HIGH = dict(zip("0123456789+−-()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ", strict=True))
LOW = dict(zip("0123456789", "₀₁₂₃₄₅₆₇₈₉", strict=True))
RUN = re.compile(r"[0-9A-Za-z.,%+−-]+")  # a word or a number
ENDS = "，、：；（《“‘—· "  # nothing ends with these
TAGS = re.compile(r"<(?:svg|rt|rp|style)\b.*?</(?:svg|rt|rp|style)>|<[^>]*>", re.DOTALL)


def digest(page: Page, html: str = "") -> str:
    """What a reader sees under the title: the summary, the answer, or how the text begins."""
    data = page.data
    told = (
        page.wechat.get("digest"),
        page.summary,
        *map(data.get, ("answer", "definition", "key")),
    )
    said = next(filter(None, told), "")
    return shortened(str(said).replace("==", "") or plain(html))


def plain(html: str) -> str:
    """Words of a piece of an article: formulas as they were written, no numbers of notes."""
    html = NOTED.sub("", html)
    html = FORMULA.sub(lambda found: found[1] or found[2], html)
    html = RAISED.sub(lambda found: _raised(found[1], TAGS.sub("", found[2])), html)
    return " ".join(unescape(TAGS.sub("", html)).split())


def _raised(tag: str, words: str) -> str:
    """What stands high or low: as digits of that kind, else behind a sign where it would change a number."""
    small = HIGH if tag == "sup" else LOW
    if all(c in small for c in words):
        return "".join(small[c] for c in words)
    if tag == "sub":
        return words
    return f"^{words}" if len(words) == 1 else f"^({words})"


def shortened(text: str, most: int = DIGEST) -> str:
    """Whole sentences as far as there is room; where they would leave half of it, more and “…”."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    out = ""
    for sentence in BREAKS.split(text):
        if len(out) + len(sentence) > most:
            break
        out += sentence
    return out if len(out) * 2 >= most else f"{_cut(text, most - 1)}…"


def _cut(text: str, most: int) -> str:
    """The beginning: up to a comma near the end of the room, else all of it but half a number or word."""
    cut = text[:most]
    comma = max(cut.rfind("，"), cut.rfind("、"))
    if comma >= most * 0.8:
        return cut[:comma]
    inside = (
        m.start() for p in (NUMBER, RUN) for m in p.finditer(text) if m.start() < most < m.end()
    )
    return text[: min(inside, default=most) or most].rstrip(ENDS) or cut


def too_long(title: str, author: str, text: str) -> list[str]:
    """What WeChat may refuse, in Chinese."""
    limits = (("标题", title, TITLE), ("作者", author, AUTHOR), ("摘要", text, DIGEST))
    return [
        f"{name}有 {len(words)} 字，公众号最多 {most} 字"
        for name, words, most in limits
        if len(words) > most
    ]
