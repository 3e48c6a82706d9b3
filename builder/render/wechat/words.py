"""The words around an article: title, author, digest, within what WeChat allows."""

from __future__ import annotations

import re
from html import unescape

from builder.model import Page

# 字 (api_draft_add): title ≤ 32, author ≤ 16, digest ≤ 128; older papers say 120, so that is kept.
TITLE, AUTHOR, DIGEST = 32, 16, 120
BREAKS = re.compile(r"(?<=[。！？；!?;])")
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
    """Words of a piece of HTML, without drawings."""
    return " ".join(unescape(TAGS.sub("", html)).split())


def shortened(text: str, most: int = DIGEST) -> str:
    """Whole sentences as far as there is room; where the first is too long, its beginning and “…”."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    out = ""
    for sentence in BREAKS.split(text):
        if len(out) + len(sentence) > most:
            break
        out += sentence
    if out:
        return out
    cut = text[: most - 1]
    return f"{cut[: max(cut.rfind('，'), cut.rfind('、'), most // 2)].rstrip('，、')}…"


def too_long(title: str, author: str, text: str) -> list[str]:
    """What WeChat may refuse, in Chinese."""
    limits = (("标题", title, TITLE), ("作者", author, AUTHOR), ("摘要", text, DIGEST))
    return [
        f"{name}有 {len(words)} 字，公众号最多 {most} 字"
        for name, words, most in limits
        if len(words) > most
    ]
