"""The list of a site's pushes, each as the message that subscribers get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from builder.config import SiteConfig
from builder.kinds import BY_NAME
from builder.kinds.push import SENDS
from builder.model import Page, Site
from builder.preview.phone_page import THEMES, card, whole
from builder.problems import LABELS, Problem


def listing(
    site: Site,
    config: SiteConfig,
    base: str,
    problems: Sequence[Problem],
    sources: Mapping[str, str],
    style: Mapping[str, str],
) -> bytes:
    """All pushes of a site, with their articles; then what keeps others back."""
    cards = "".join(_push(push, site, config, base, sources) for push in site.pushes.values())
    none = '<p class="ph-note">还没有推送。在 content/pushes/ 里写一个，存盘后这里就有；见作者手册“推送”一章。</p>'
    shown = f'<div class="ph-cards">{cards}</div>' if cards else none
    held = "".join(
        f'<li class="is-{p.severity.value}"><b>{LABELS[p.severity]}</b> {escape(p.message)}'
        f" <code>{escape(p.where.path)}</code></li>"
        for p in problems
    )
    kept = card("ph-held", "没有编成的", f'<ul class="ph-list">{held}</ul>') if held else ""
    body = (
        '<header class="ph-top"><div class="ph-title"><h1>公众号推送</h1></div>'
        f'<p class="ph-note">{escape(site.edition.label)}里每一篇都能排成公众号文章：打开那一篇，点下面横条里的“公众号”。</p>'
        f'</header><main id="main" class="ph-lists" tabindex="-1">{shown}{kept}</main>'
    )
    return whole("推送", body, style)


def _push(push: Page, site: Site, config: SiteConfig, base: str, sources: Mapping[str, str]) -> str:
    data = push.data
    account = config.wechat.accounts.get(data["account"])
    facts = [SENDS[data["send"]], f"{THEMES[data['theme']]}样式"]
    if data["send"] == "mass":
        tag = data["to"].removeprefix("tag:")
        facts.insert(1, "给全部关注的人" if data["to"] == "all" else f"给标签 {tag} 的人")
    if data["after"]:
        facts.append(f"{data['after'][:16].replace('T', ' ')} 以后")
    chips = "".join(f"<li>{escape(fact)}</li>" for fact in facts)
    root = f"{base}{data['theme']}/{push.url}"
    rows = "".join(
        f'<li><a href="{escape(root)}{n}/"><img src="{escape(root)}{n}/cover" alt="" loading="lazy">'
        f"<span>{escape(_title(item, site))}<small>{escape(_what(item))}</small></span></a></li>"
        for n, item in enumerate(data["articles"], 1)
    )
    kind = " is-pictures" if data["send"] == "newspic" else ""
    return (
        f'<section class="ph-card ph-push"><h2>{escape(push.title)}</h2><ul class="ph-facts">{chips}</ul>'
        f'<p class="ph-from">{escape(account.name if account else data["account"])}，'
        f"<code>{escape(sources.get(push.id, ''))}</code></p>"
        f'<ol class="ph-articles{kind}">{rows}</ol></section>'
    )


def _title(item: Mapping[str, object], site: Site) -> str:
    given = str(item["title"] or "")
    return given or site.pages[str(item["entry"])].title


def _what(item: Mapping[str, object]) -> str:
    entries = item["entries"]
    if isinstance(entries, tuple) and entries:
        return f"合集，{len(entries)} 篇"
    return BY_NAME[str(item["entry"]).partition(":")[0]].label
