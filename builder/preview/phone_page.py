"""The sheet of one WeChat article: two phones, and beside them all that an editor needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from string import Template
from typing import TYPE_CHECKING

from builder.kinds import BY_NAME
from builder.model import Page
from builder.preview.phone_frame import FOLDER, Head
from builder.problems import LABELS, Problem

if TYPE_CHECKING:
    from builder.render.wechat.article import Article, Image

THEMES = {"daily": "日常", "campaign": "专题"}
PLACES = {"weibo": "微博", "toutiao": "头条"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """An article and all that its sheet says of it. `themes`: the address of the same in each theme.

    `base` is the address of the sheet, `home` that of the list, `page` that of the page on the site.
    `version` changes with the article.
    """

    article: Article
    problems: Sequence[Problem]
    head: Head
    push: Page | None
    theme: str
    themes: Mapping[str, str]
    base: str
    home: str
    page: str
    version: str


def sheet(given: Sheet, style: Mapping[str, str]) -> bytes:
    """The whole page of an article."""
    body = (
        f"{_top(given)}"
        f'<main id="main" class="ph-main" tabindex="-1">{_phones(given)}<div class="ph-side">'
        f"{_copying(given)}{_checks(given)}{_length(given)}{_cover(given)}{_short(given)}{_pictures(given)}"
        "</div></main>"
    )
    return whole(given.article.title, body, style)


def said(title: str, text: str, home: str, style: Mapping[str, str]) -> bytes:
    """A page that says one thing."""
    back = f'<p><a href="{escape(home)}">回推送清单</a></p>'
    body = f'<main id="main" class="wkp-said" tabindex="-1"><h1>{escape(title)}</h1><p>{text}</p>{back}</main>'
    return whole(title, body, style)


def whole(title: str, body: str, style: Mapping[str, str]) -> bytes:
    """A page of this room. `style`: addresses of the site's own files by their names."""
    page = Template((FOLDER / "phone.html").read_text("utf-8"))
    found = {"weike": style["weike.css"], "scheme": style["scheme.js"]}
    return page.substitute(title=escape(title), body=body, **found).encode()


# --- the sheet ------------------------------------------------------------------------------------------


def _top(given: Sheet) -> str:
    article, push = given.article, given.push
    crumbs = f'<a href="{escape(given.home)}">推送</a>'
    if push is not None:
        crumbs += f"<span>{escape(push.title)}</span>{_numbers(given, push)}"
    if given.page:
        crumbs += f'<a href="{escape(given.page)}">看网页</a>'
    themes = "".join(
        f'<a href="{escape(given.themes[name])}"{_current(name == given.theme)}>{label}</a>'
        for name, label in THEMES.items()
    )
    if article.html:
        themes = f'<nav class="ph-themes" aria-label="换一种样式"><b>样式</b>{themes}</nav>'
    else:
        themes = ""  # pictures have none
    kind = BY_NAME[article.kind].label if article.kind in BY_NAME else "合集"
    return (
        f'<header class="ph-top"><nav class="ph-crumbs" aria-label="位置">{crumbs}</nav>'
        f'<div class="ph-title"><h1>{escape(article.title)}</h1><span class="plate">{kind}</span></div>'
        f"{themes}</header>"
    )


def _current(yes: bool) -> str:
    return ' aria-current="true"' if yes else ""


def _numbers(given: Sheet, push: Page) -> str:
    """The other articles of the same push."""
    here = int(given.base.rstrip("/").rpartition("/")[2])
    root = given.base.rstrip("/").rpartition("/")[0]
    count = len(push.data["articles"])
    links = (
        f'<a href="{escape(root)}/{n}/"{_current(n == here)}>第 {n} 篇</a>'
        for n in range(1, count + 1)
    )
    return "".join(links) if count > 1 else ""


def _phones(given: Sheet) -> str:
    def phone(name: str, label: str) -> str:
        source = f"{given.base}{name}.html?v={given.version[:12]}"
        return (
            f'<figure class="ph-phone is-{name}"><figcaption>{label}</figcaption>'
            f'<iframe src="{escape(source)}" title="{label}下的文章" sandbox="allow-same-origin"></iframe></figure>'
        )

    return f'<div class="ph-phones">{phone("light", "浅色")}{phone("dark", "深色")}</div>'


def card(name: str, title: str, inside: str) -> str:
    """A part of a page under a heading of its own."""
    return f'<section class="ph-card" aria-labelledby="{name}"><h2 id="{name}">{title}</h2>{inside}</section>'


def _copying(given: Sheet) -> str:
    article = given.article
    rows = [("标题", "title", article.title, 32), ("作者", "author", article.author, 16)]
    rows += [("摘要", "digest", article.digest, 120), ("原文链接", "url", article.url, 0)]
    fields = "".join(_field(*row) for row in rows if row[2])
    what = "文字" if article.pictures else "整篇"
    return card(
        "ph-copy",
        "粘到公众号编辑器",
        f'<p class="ph-big"><button type="button" class="btn btn-main" data-paste="{escape(given.base)}paste.json">'
        f'复制{what}</button><span class="ph-told" role="status"></span></p>'
        f'<dl class="ph-fields">{fields}</dl>'
        '<p class="ph-note">公众号后台可能不收粘贴的图片（待核）。图片没有跟过去时，用下面“图片”里的按钮一张一张复制；'
        "用 weike push 推送的不必粘贴。</p>",
    )


def _field(label: str, name: str, text: str, most: int) -> str:
    over = most and len(text) > most
    count = (
        f'<small class="{"is-over" if over else ""}">{len(text)} / {most} 字</small>'
        if most
        else ""
    )
    return (
        f'<div><dt>{label}{count}</dt><dd><span id="ph-{name}">{escape(text)}</span>'
        f"{_button(f'ph-{name}', label)}</dd></div>"
    )


def _button(target: str, label: str) -> str:
    return f'<button type="button" class="ph-do" data-copy="{target}" aria-label="复制{label}">复制</button>'


def _bar(share: float, kind: str = "") -> str:
    """A bar that is `share` full; drawn, since the page may have no inline style."""
    width = max(0.0, min(100.0, share * 100))
    return (
        f'<svg class="ph-bar {kind}" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="100" height="4"/><rect width="{width:.1f}" height="4"/></svg>'
    )


def _length(given: Sheet) -> str:
    from builder.render.wechat.budget import MOST, MOST_BYTES

    used = given.article.budget
    share = used.characters / MOST
    kind = "is-over" if share >= 1 else "is-near" if share > 0.8 else ""
    told = (
        f"<p><b>{used.characters:,}</b> 个字符，上限 {MOST:,}，用了 {share:.0%}；"
        f"{_size(used.bytes)}，上限 {_size(MOST_BYTES)}。连标签带样式一起算。</p>"
    )
    most = max((n for _, n in used.top), default=1)
    rows = "".join(
        f"<li><span>{escape(label)}</span><b>{n:,}</b>{_bar(n / most)}</li>"
        for label, n in used.top
    )
    spent = f'<h3>占得多的</h3><ol class="ph-spent">{rows}</ol>' if rows else ""
    way = "".join(f"<li>{escape(what)}</li>" for what in used.fallbacks)
    less = f"<h3>为了不超，让了步的</h3><ul>{way}</ul>" if way else ""
    return card("ph-length", "长短", f"{_bar(share, kind)}{told}{spent}{less}")


def _size(count: int) -> str:
    return f"{count / 1024:,.0f} KB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"


def _checks(given: Sheet) -> str:
    rows = "".join(
        f'<li class="is-{p.severity.value}"><b>{LABELS[p.severity]}</b> {escape(_plain(p.message, given))}</li>'
        for p in given.problems
    )
    good = '<p class="ph-good">照微信的文章结构规则和深色模式的变色规则查过，没有发现问题。</p>'
    clean = "" if rows else good
    if given.article.ai:
        rows += '<li class="is-warning"><b>要声明</b> 里面有模型生成的内容，发表前要由人在公众号后台勾选相应的创作声明。</li>'
    listed = f'<ul class="ph-list">{rows}</ul>' if rows else ""
    return card("ph-checks", "检查", clean + listed)


def _plain(message: str, given: Sheet) -> str:
    """A message without the title it begins with: the sheet has it already."""
    return message.removeprefix(f"公众号文章《{given.article.title}》").lstrip("：的")


def _cover(given: Sheet) -> str:
    cover = given.article.cover
    if cover is None:
        return ""
    image = cover.image
    shown = "".join(
        f'<figure class="ph-crop"><svg viewBox="{_box(crop, image)}" role="img" aria-label="封面，{label}">'
        f'<image href="{escape(given.base)}{image.name}" width="{image.width}" height="{image.height}"/></svg>'
        f"<figcaption>{label}</figcaption></figure>"
        for crop, label in (
            (cover.crop_235, "2.35∶1，消息列表头条"),
            (cover.crop_11, "1∶1，转发和次条"),
        )
    )
    return card("ph-cover", "封面", f'<div class="ph-crops">{shown}</div>')


def _box(crop: str, image: Image) -> str:
    left, top, right, bottom = (float(v) for v in crop.split("_"))
    wide, high = image.width, image.height
    box = (left * wide, top * high, (right - left) * wide, (bottom - top) * high)
    return " ".join(f"{v:.2f}" for v in box)


def _short(given: Sheet) -> str:
    made = "".join(
        f"<h3>{label}<small>{len(text)} 字</small>{_button(f'ph-{name}', f'{label}短文')}</h3>"
        f'<p class="ph-short" id="ph-{name}">{escape(text)}</p>'
        for name, label in PLACES.items()
        if (text := given.article.short.get(name, ""))
    )
    return card("ph-short-title", "微博、头条", made) if made else ""


def _pictures(given: Sheet) -> str:
    rows = "".join(
        f'<li><a href="{escape(given.base)}{i.name}"><img src="{escape(given.base)}{i.name}" alt="{escape(i.alt or "图片")}" '
        f'loading="lazy"></a><span>{i.width} × {i.height}，{_size(len(i.data))}</span>'
        f'<button type="button" class="ph-do" data-picture="{escape(given.base)}{i.name}" '
        f'aria-label="复制第 {n} 张图片">复制</button></li>'
        for n, i in enumerate(given.article.images, 1)
    )
    title = f"图片（{len(given.article.images)} 张）"
    return card("ph-pictures", title, f'<ul class="ph-images">{rows}</ul>') if rows else ""
