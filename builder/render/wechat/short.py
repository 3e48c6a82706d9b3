"""Copy-ready forms of an article for 微博 and 头条: whoever keeps those accounts pastes them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from builder.model import Page
from builder.render.wechat.words import shortened

WEIBO = (
    140  # characters of a post, link and topics counted in, each sign as one: no count is stricter
)
TITLE, SUMMARY, TEXT = 30, 80, 400  # of 头条: what its editor shows whole
TOPICS = 2
TOPIC = re.compile(r"[#＃\s]")


def forms(
    title: str,
    digest: str,
    url: str,
    tags: Iterable[str],
    text: str = "",
    state: str = "",
    warning: str = "",
) -> dict[str, str]:
    """The short forms by the name of the place.

    `text`: more than the digest, where there is more; `state`: in a word why the page is no longer to be
    followed, and `warning` the same as a sentence: both stand where nothing is cut off.
    """
    head = f"{state}：{title}" if state else title
    return {
        "weibo": weibo(head, digest, url, tags),
        "toutiao": toutiao(head, digest, url, f"{warning}{text or digest}"),
    }


def gist(page: Page) -> str:
    """What a page says in a paragraph: its answer or its summary, the sentence to remember."""
    data = page.data
    key = str(data.get("key", "")).replace("==", "")
    said = [
        data.get("answer", "") or page.summary,  # a question's summary mostly says its answer again
        data.get("definition", ""),
        data.get("confuse", ""),
    ]
    said += [f"一句话记住：{key}" if key else ""]
    found = dict.fromkeys(text.strip() for text in said if text)
    return "".join(text if text[-1] in "。！？" else f"{text}。" for text in found)


def weibo(title: str, digest: str, url: str, tags: Iterable[str]) -> str:
    """Topics, title, as much of the digest as fits, and the link: at most 140 characters.

    Where the address leaves too little room topics go first, then the end of the title.
    """
    topics = [f"#{name}#" for tag in tags if (name := TOPIC.sub("", tag))][:TOPICS]
    while True:
        room = WEIBO - len(url) - 1 - sum(map(len, topics))
        if not topics or room >= min(len(title) + 2, 24):
            break
        topics.pop()
    head = title if len(title) + 2 <= room else shortened(title, max(1, room - 2))
    left = room - len(head) - 2
    said = shortened(digest, left) if left >= 12 and digest and digest != title else ""
    body = f"【{head}】{said}" if len(head) + 2 <= room else ""
    return f"{''.join(topics)}{body} {url}".strip()


def whole_lines(text: str, most: int) -> str:
    """As many whole lines as there is room for; of the first one at least its beginning."""
    first, *rest = text.split("\n")
    said = shortened(first, most)
    for line in rest:
        if len(said) + 1 + len(line) > most:
            break
        said += f"\n{line}"
    return said


def toutiao(title: str, digest: str, url: str, text: str = "") -> str:
    """Title, digest and a text that ends with the way to the page, each on lines of its own."""
    said = whole_lines(text or digest, TEXT)
    lines = [
        f"标题：{shortened(title, TITLE)}",
        f"摘要：{shortened(digest, SUMMARY)}" if digest else "",
    ]
    return "\n".join([*filter(None, lines), f"正文：{said}", f"全文：{url}"])
