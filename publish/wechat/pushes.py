"""The pushes of a bundle: what is to be sent, read and checked. From here on nothing but these is looked at."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from builder.bundle import WITHDRAWN, Bundle
from publish.ledger import canonical

PUSHES = "data/pushes.json"
FORMAT = 1
SRC = re.compile(r'(?<=\ssrc=")images/[^"]+(?=")')
MIME = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
SENDS = {
    "draft": "存草稿",
    "publish": "发布",
    "mass": "群发",
    "newspic": "贴图",
    "video": "视频消息",
    "withdrawn": "收回已发的",
}
WITHDRAWAL = "withdrawn"  # the name of a push that no file describes


class Unreadable(Exception):
    """What the bundle says of its pushes can't be used; the text says where and why, in Chinese."""


@dataclass(frozen=True, slots=True)
class File:
    """One file to upload, by its path in the bundle."""

    path: str
    name: str  # as the article calls it
    sha256: str
    size: int

    @property
    def suffix(self) -> str:
        """Its suffix in small letters, with the dot."""
        return PurePosixPath(self.path).suffix.lower()

    def upload(self, bundle: Bundle) -> tuple[str, bytes, str]:
        """Name, bytes, type. The name is made of its hash: it is found again by it."""
        mime = MIME.get(self.suffix, "video/mp4")
        return f"{self.sha256[:32]}{self.suffix}", _bytes(bundle, self.path), mime


@dataclass(frozen=True, slots=True)
class Piece:
    """One article: exactly what is sent, but for the addresses of pictures, which WeChat gives.

    `marker`: its "阅读原文", by which it is found again. `body`: pictures inside the text.
    """

    id: str
    kind: str
    title: str
    author: str
    summary: str
    marker: str
    html: str
    cover: File | None
    crops: tuple[str, str]
    body: tuple[File, ...]
    pictures: tuple[File, ...]
    text: str
    film: File | None
    film_words: tuple[str, str]
    ai: bool
    said: tuple[str, ...]
    entries: tuple[str, ...]  # all that is in it: several for a collection

    @property
    def digest(self) -> str:
        """One hash over all that is sent."""
        return hashlib.sha256(
            canonical(
                [
                    [self.title, self.author, self.summary, self.marker, self.html, self.text],
                    [self.cover.sha256 if self.cover else "", *self.crops],
                    [[f.name, f.sha256] for f in self.body],
                    [f.sha256 for f in self.pictures],
                    [self.film.sha256 if self.film else "", *self.film_words],
                ]
            )
        ).hexdigest()


@dataclass(frozen=True, slots=True)
class Push:
    """One message. `type`, `verified`: of its account; `after`: not before then."""

    id: str
    title: str
    division: str
    account: str
    name: str  # of the account, for people
    type: str
    verified: bool
    kind: str
    to: str
    after: datetime | None
    pieces: tuple[Piece, ...]

    @property
    def tag(self) -> int | None:
        """The tag of those who are to get it; None for everybody."""
        return None if self.to == "all" else int(self.to.removeprefix("tag:"))

    @property
    def readers(self) -> str:
        """Who gets it, in Chinese."""
        return "全部关注者" if self.tag is None else f"标签 {self.tag} 的关注者"


@dataclass(frozen=True, slots=True)
class Gone:
    """An entry that was out and is withdrawn."""

    id: str
    url: str
    time: str


def read_pushes(bundle: Bundle) -> dict[str, Push]:
    """All pushes of a bundle by the name that a clerk uses; `Unreadable` when they are not as they must be."""
    if PUSHES not in bundle.files:
        return {}
    data = _json(bundle, PUSHES)
    try:
        if data["format"] != FORMAT:
            raise Unreadable(f"{PUSHES} 的格式是 {data['format']}，这里只认 {FORMAT}。")
        accounts = data.get("accounts", {})
        found = [_push(bundle, p, accounts.get(p["account"], {})) for p in data["pushes"]]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Unreadable(f"{PUSHES} 读不懂（{error!r}）：用同一版的程序重新生成。") from None
    return {push.id: push for push in found}


def withdrawal(account: str) -> Push:
    """A push of nothing: it only takes back what is withdrawn."""
    title = "撤回的内容"
    return Push(
        *(
            WITHDRAWAL,
            title,
            "",
            account,
            account,
            "subscription",
            True,
            WITHDRAWAL,
            "all",
            None,
            (),
        )
    )


def read_withdrawn(bundle: Bundle) -> list[Gone]:
    """What was out once and is withdrawn."""
    if WITHDRAWN not in bundle.files:
        return []
    found = _json(bundle, WITHDRAWN)
    return [Gone(e["id"], e["url"], e["time"]) for e in found["entries"]]


def _json(bundle: Bundle, path: str) -> Any:
    if path not in bundle.files:
        raise Unreadable(f"{path} 不在成品包的清单里：重新生成。")
    try:
        return json.loads(_bytes(bundle, path))
    except ValueError as error:
        raise Unreadable(f"{path} 读不出来（{error}）：重新生成。") from None


def _push(bundle: Bundle, data: Mapping[str, Any], account: Mapping[str, Any]) -> Push:
    after = datetime.fromisoformat(data["after"]) if data.get("after") else None
    if data["kind"] not in SENDS or data["kind"] == WITHDRAWAL:
        raise Unreadable(f"推送 {data['id']} 的方式 `{data['kind']}` 不认识：重新生成。")
    return Push(
        data["id"].removeprefix("push:"),
        data["title"],
        data.get("division", ""),
        data["account"],
        account.get("name", "") or data["account"],
        account.get("type", "subscription"),
        account.get("verified", True),
        data["kind"],
        data.get("to") or "all",
        after,
        tuple(_piece(bundle, path) for path in data["articles"]),
    )


def _piece(bundle: Bundle, path: str) -> Piece:
    data = _json(bundle, path)
    folder = path.rpartition("/")[0]
    source = f"{folder}/article.html"
    html = "" if source not in bundle.files else _text(bundle, source)
    cover, film = data.get("cover") or {}, data.get("video") or {}
    names = tuple(dict.fromkeys(SRC.findall(html)))
    hashes = {i["file"]: i["sha256"] for i in data.get("images", ())}

    def file(name: str, at: str) -> File:
        line = bundle.files.get(at)
        if line is None:
            raise Unreadable(f"{path} 用到 {name}，成品包里没有：重新生成。")
        if hashes.get(name, line.sha256) != line.sha256:
            raise Unreadable(f"{at} 与 {path} 里写的校验值不符：重新生成。")
        _bytes(bundle, at)  # what is not what the manifest says must be seen before the first call
        return File(at, name, line.sha256, line.size)

    def beside(name: str) -> File:
        return file(name, f"{folder}/{name}")

    return Piece(
        data["id"],
        data.get("kind", ""),
        data["title"],
        data.get("author", ""),
        data.get("digest", ""),
        data.get("source_url", ""),
        html,
        beside(cover["file"]) if cover else None,
        (cover.get("crop_235", ""), cover.get("crop_11", "")),
        tuple(map(beside, names)),
        tuple(map(beside, data.get("pictures", ()))),
        data.get("text", ""),
        file(film["file"], film["file"]) if film else None,
        (film.get("title", ""), film.get("digest", "")),
        bool(data.get("ai")),
        tuple(data.get("said", ())),
        tuple(bundle.files[path].sources),
    )


def _text(bundle: Bundle, path: str) -> str:
    try:
        return _bytes(bundle, path).decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path} 读不出来（{error}）：重新生成。") from None


def _bytes(bundle: Bundle, path: str) -> bytes:
    try:
        return bundle.read(path)
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path} 读不出来（{error}）：重新生成。") from None


def files_of(push: Push, use: str) -> Iterator[tuple[File, list[int]]]:
    """Every file that must be at WeChat for this push, once, with the places of the articles that use it.

    `use`: `body` for pictures in texts, `material` for what needs a permanent id.
    """
    found: dict[str, tuple[File, list[int]]] = {}
    for place, piece in enumerate(push.pieces, 1):
        covers = [piece.cover] if piece.cover and push.kind not in {"newspic", "video"} else []
        pictures = list(piece.pictures) if push.kind == "newspic" else []
        films = [piece.film] if piece.film and push.kind == "video" else []
        plain = [] if push.kind in {"newspic", "video"} else list(piece.body)
        for file in plain if use == "body" else [*covers, *pictures, *films]:
            found.setdefault(file.sha256, (file, []))[1].append(place)
    for file, places in found.values():
        yield file, list(dict.fromkeys(places))


def payload(
    piece: Piece, kind: str, urls: Mapping[str, str], media: Mapping[str, str]
) -> dict[str, Any]:
    """The article as `draft/add` takes it. `urls`, `media`: by the hash of a file, what WeChat gave for it."""
    if kind == "newspic":
        pictures = [{"image_media_id": media[f.sha256]} for f in piece.pictures]
        return {
            "article_type": "newspic",
            "title": piece.title,
            "content": piece.text,
            "content_source_url": piece.marker,
            "need_open_comment": 0,
            "only_fans_can_comment": 0,
            "image_info": {"image_list": pictures},
        }
    by_name = {f.name: urls[f.sha256] for f in piece.body}
    return {
        "article_type": "news",
        "title": piece.title,
        "author": piece.author,
        "digest": piece.summary,
        "content": SRC.sub(lambda found: by_name[found[0]], piece.html),
        "content_source_url": piece.marker,
        "thumb_media_id": media[piece.cover.sha256] if piece.cover else "",
        "need_open_comment": 0,
        "only_fans_can_comment": 0,
        "pic_crop_235_1": piece.crops[0],
        "pic_crop_1_1": piece.crops[1],
    }
