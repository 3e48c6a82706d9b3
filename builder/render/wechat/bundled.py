"""Articles as files of the bundle: what `publish` reads, and nothing else does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from builder.bundle import Artefact
from builder.config import WechatConfig
from builder.model import Page
from builder.render.wechat.article import Article, Image

FORMAT = 1
JSON = "application/json"
HTML = "text/html; charset=utf-8"
TYPES = {"jpg": "image/jpeg", "png": "image/png"}
PUSHES = "data/pushes.json"


def folder(push: Page, number: int, article: Article) -> str:
    """Where an article stands in the bundle."""
    name = article.id.partition(":")[2].replace("/", "-")
    slug = "heji" if article.id.startswith("collection:") else name
    return f"wechat/{slug_of(push)}/{number:02d}-{slug}"


def slug_of(push: Page) -> str:
    """A push's name within file names."""
    return push.id.partition(":")[2].replace("/", "-")


def files(push: Page, place: str, article: Article, pages: Sequence[Page]) -> Iterator[Artefact]:
    """The files of one article about `pages`: what is sent, what is told about it, its pictures.

    Each names all entries whose words it may hold, those that pages or the push's leads include, too.
    """
    included = (i for page in (*pages, push) for i in page.included)
    ids = tuple(dict.fromkeys((push.id, *(p.id for p in pages), *included)))
    yield Artefact(f"{place}/article.html", article.html.encode(), HTML, ids)
    yield Artefact(f"{place}/article.json", _json(_told(push, article)), JSON, ids)
    for image in article.images:
        suffix = image.name.rpartition(".")[2]
        yield Artefact(f"{place}/{image.name}", image.data, TYPES[suffix], ids)


def listed(pushes: Iterable[tuple[Page, list[str]]], config: WechatConfig) -> Artefact:
    """The list of all pushes, each with its articles in order, and what is known of their accounts."""
    rows = [
        {
            "id": push.id,
            "title": push.title,
            "division": push.division,
            "account": push.data["account"],
            "kind": push.data["send"],
            "to": push.data["to"],
            "after": push.data["after"],
            "theme": push.data["theme"],
            "articles": [f"{place}/article.json" for place in places],
        }
        for push, places in pushes
    ]
    used = {row["account"] for row in rows}
    accounts = {i: a.model_dump() for i, a in sorted(config.accounts.items()) if i in used}
    return Artefact(PUSHES, _json({"format": FORMAT, "accounts": accounts, "pushes": rows}), JSON)


def mark(article: Article) -> str:
    """Twelve digits by which a draft is found again: a hash of all that is sent."""
    sent = (article.title, article.author, article.digest, article.text, article.film, article.html)
    names = (image.name for image in article.images)
    cover = article.cover
    crops = (cover.image.name, cover.crop_235, cover.crop_11) if cover else ()
    whole = "\n".join((*sent, *names, *article.pictures, *crops))
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def _told(push: Page, article: Article) -> dict[str, Any]:
    cover = article.cover
    return {
        "format": FORMAT,
        "id": article.id,
        "push": push.id,
        "kind": article.kind,
        "theme": article.theme,
        "title": article.title,
        "author": article.author,
        "digest": article.digest,
        "source_url": f"{article.url}?v={mark(article)}",
        "cover": {"file": cover.image.name, "crop_235": cover.crop_235, "crop_11": cover.crop_11}
        if cover
        else None,
        "images": [_image(image) for image in article.images],
        "pictures": list(article.pictures),
        "text": article.text,
        "video": {"file": article.film, "title": article.title, "digest": article.digest}
        if article.film
        else None,
        "ai": article.ai,
        "links": article.links,
        "budget": {
            "characters": article.budget.characters,
            "bytes": article.budget.bytes,
            "top": [list(pair) for pair in article.budget.top],
            "fallbacks": list(article.budget.fallbacks),
        },
        "short": article.short,
        "said": list(article.said),
    }


def _image(image: Image) -> dict[str, Any]:
    return {
        "file": image.name,
        "sha256": hashlib.sha256(image.data).hexdigest(),
        "bytes": len(image.data),
        "width": image.width,
        "height": image.height,
        "alt": image.alt,
    }


def _json(data: object) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()
