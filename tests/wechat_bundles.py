"""Small bundles of pushes, in the form that the builder hands over, signed off as a release is."""

from __future__ import annotations

import hashlib
import html
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from struct import pack
from typing import Any

from builder import bundle
from builder.bundle import APPROVALS, WITHDRAWN, Artefact, seal_digest

NOW = "2026-11-21T09:00:00+08:00"
JSON = "application/json"
ACCOUNTS = {
    "tjj": {"name": "示范统计", "type": "subscription", "verified": True},
    "fuwu": {"name": "示范服务号", "type": "service", "verified": True},
    "geren": {"name": "没认证的号", "type": "subscription", "verified": False},
}


def picture(seed: str) -> bytes:
    """A PNG of 8 × 8 that no other seed gives."""
    colour = hashlib.sha256(seed.encode()).digest()[:3]
    rows = (b"\0" + colour * 8) * 8

    def chunk(name: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def film(seed: str, size: int = 2000) -> bytes:
    """Something that begins as an mp4 does."""
    return b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + hashlib.sha256(seed.encode()).digest() * (
        size // 32
    )


@dataclass(frozen=True)
class Sample:
    """One article to be: `words` are its paragraphs, `images` the seeds of the pictures between them."""

    id: str
    title: str
    words: tuple[str, ...] = (
        "一季度全省规模以上工业增加值同比增长6.1%。",
        "数据来源：示范省统计局。",
    )
    images: tuple[str, ...] = ("甲",)
    cover: str = "封面"
    pictures: tuple[str, ...] = ()
    film: str = ""
    ai: bool = False
    author: str = "工业处"
    digest: str = "一句话说清楚"
    extra: str = ""  # HTML as it is
    entries: tuple[str, ...] = ()
    fields: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Sending:
    """One push to be."""

    id: str
    articles: tuple[Sample, ...]
    kind: str = "draft"
    account: str = "tjj"
    to: str = "all"
    after: str = ""
    title: str = "十一月的推送"

    def but(self, **changes: Any) -> Sending:
        """The same with changes."""
        return replace(self, **changes)


def eight(images: int = 5) -> tuple[Sample, ...]:
    """Eight articles with so many pictures each."""
    return tuple(
        Sample(
            f"faq:gyc/{n}",
            f"第{n}个问题怎么答",
            tuple(f"第{n}篇第{p}段，增长{n}.{p}%。" for p in range(4)),
            tuple(f"图{n}-{p}" for p in range(images)),
            cover=f"封面{n}",
        )
        for n in range(1, 9)
    )


def _name(data: bytes, suffix: str = "png") -> str:
    return f"images/{hashlib.sha256(data).hexdigest()[:12]}.{suffix}"


def _artefacts(push: Sending, number: int, one: Sample) -> tuple[str, list[Artefact]]:
    folder = f"wechat/{push.id}/{number:02d}-{one.id.rpartition('/')[2]}"
    sources = (*(one.entries or (one.id,)),)
    data = {_name(picture(s)): picture(s) for s in (*one.images, one.cover, *one.pictures) if s}
    blocks = [f"<p>{html.escape(w)}</p>" for w in one.words]
    blocks += [f'<section><img src="{_name(picture(s))}" alt="图"></section>' for s in one.images]
    text = f"<section>{''.join(blocks)}{one.extra}</section>"
    marked = hashlib.sha256(f"{one}".encode()).hexdigest()[:12]
    files = [Artefact(f"{folder}/{n}", d, "image/png", sources) for n, d in data.items()]
    moving = f"site/films/{_name(film(one.film), 'mp4')[7:]}" if one.film else ""
    if moving:
        files.append(Artefact(moving, film(one.film), "video/mp4", sources))
    body = {
        "format": 1,
        "id": one.id,
        "push": push.id,
        "kind": one.id.partition(":")[0],
        "theme": "daily",
        "title": one.title,
        "author": one.author,
        "digest": one.digest,
        "source_url": f"https://tjj.example.gov.cn/{one.id.replace(':', '/')}/?v={marked}",
        "cover": {
            "file": _name(picture(one.cover)),
            "crop_235": "0.0_0.0_1.0_0.4",
            "crop_11": "0.0_0.0_1.0_1.0",
        },
        "images": [
            {
                "file": n,
                "sha256": hashlib.sha256(d).hexdigest(),
                "bytes": len(d),
                "width": 8,
                "height": 8,
                "alt": "图",
            }
            for n, d in data.items()
        ],
        "pictures": [_name(picture(s)) for s in one.pictures],
        "text": "\n".join(one.words),
        "video": {"file": moving, "title": one.title, "digest": one.digest} if moving else None,
        "ai": one.ai,
        "links": {},
        "budget": {
            "characters": len(text),
            "bytes": len(text.encode()),
            "top": [],
            "fallbacks": [],
        },
        "short": {},
        "said": [],
        **dict(one.fields),
    }
    plain = json.dumps(body, ensure_ascii=False).encode()
    files.append(Artefact(f"{folder}/article.html", text.encode(), "text/html", sources))
    files.append(Artefact(f"{folder}/article.json", plain, JSON, sources))
    return f"{folder}/article.json", files


def make(
    root: Path,
    pushes: Sequence[Sending],
    *,
    withdrawn: Sequence[str] = (),
    header: Mapping[str, Any] | None = None,
    approved: Sequence[str] = (),
) -> Path:
    """Write a bundle at `root`, over the one that was there. `approved`: ids besides those that are used."""
    listed, files = [], dict[str, Artefact]()
    for push in pushes:
        paths = []
        for number, one in enumerate(push.articles, 1):
            path, made = _artefacts(push, number, one)
            paths.append(path)
            files |= {a.path: a for a in made}
        fields = ("id", "title", "account", "kind", "to", "after")
        row = {n: getattr(push, n) for n in fields}
        listed.append({**row, "division": "gyc", "theme": "daily", "articles": paths})
    used = {i for a in files.values() for i in a.sources}
    entries = {i: hashlib.sha256(i.encode()).hexdigest() for i in sorted(used | set(approved))}
    seal = {"trust": "t" * 64, "settings": ["s" * 64], "entries": entries}
    gone = [{"id": i, "url": f"https://tjj.example.gov.cn/{i}/", "time": NOW} for i in withdrawn]
    plain: dict[str, Any] = {
        "data/pushes.json": {"format": 1, "pushes": listed, "accounts": ACCOUNTS},
        APPROVALS: seal,
        WITHDRAWN: {"entries": gone},
    }
    for path, value in plain.items():
        files[path] = Artefact(path, json.dumps(value, ensure_ascii=False).encode(), JSON)
    fresh = root.with_name(f"{root.name}.new")
    fresh.mkdir(parents=True)
    lines = bundle.stage(files.values(), fresh)
    head = {
        "edition": "internet",
        "audiences": ["public"],
        "public": True,
        "base_url": "https://tjj.example.gov.cn/",
        "now": NOW,
        "approvals": seal_digest(seal),
        "pages": 1,
        **(header or {}),
    }
    (fresh / bundle.MANIFEST).write_bytes(bundle.manifest(head, lines))
    bundle.swap(fresh, root)
    return root
