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
from publish.wechat.fields import Fields, Unreadable

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
TYPES = ("subscription", "service")  # each has its own limit of mass sends
TO = re.compile(r"all|tag:[0-9]{1,9}")
ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
WITHDRAWAL = "withdrawn"  # the name of a push that no file describes


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
    data = Fields.of(PUSHES, _json(bundle, PUSHES))
    if data.data.get("format") != FORMAT:
        data.wrong("format", f" {FORMAT}")
    accounts = data.group("accounts") or data.wrong("accounts", "公众号的清单")
    found = [_push(bundle, p, accounts) for p in data.groups("pushes")]
    pushes = {push.id: push for push in found}
    if len(pushes) < len(found):
        raise Unreadable(f"{PUSHES} 里有两个推送同一个编号：重新生成。")
    return pushes


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
    found = Fields.of(WITHDRAWN, _json(bundle, WITHDRAWN))
    return [Gone(e.name("id"), e.text("url"), e.text("time")) for e in found.groups("entries")]


def _json(bundle: Bundle, path: str) -> Any:
    if path not in bundle.files:
        raise Unreadable(f"{path} 不在成品包的清单里：重新生成。")
    try:
        return json.loads(_bytes(bundle, path))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{path} 读不出来（{error}）：重新生成。") from None


def _push(bundle: Bundle, data: Fields, accounts: Fields) -> Push:
    identity, account = data.name("id").removeprefix("push:"), data.name("account")
    data = Fields(f"{PUSHES} 里的推送 {identity}", data.data)
    if not identity or identity == WITHDRAWAL:
        data.wrong("id", f"一个编号，不能是 {WITHDRAWAL}")
    if not ACCOUNT.fullmatch(account):
        data.wrong("account", "公众号的代号")
    known = accounts.group(account) or accounts.wrong(account, "这个公众号的名称、类型和认证")
    to = data.data.get("to") or "all"
    if not isinstance(to, str) or not TO.fullmatch(to):
        data.wrong("to", " all 或者 tag:数字")
    return Push(
        identity,
        data.text("title"),
        data.text("division", ""),
        account,
        known.text("name", "") or account,
        known.one_of("type", TYPES),
        known.flag("verified"),
        data.one_of("kind", tuple(k for k in SENDS if k != WITHDRAWAL)),
        to,
        data.moment("after"),
        tuple(_piece(bundle, path) for path in data.texts("articles")),
    )


def _piece(bundle: Bundle, path: str) -> Piece:
    data = Fields.of(path, _json(bundle, path))
    folder = path.rpartition("/")[0]
    source = f"{folder}/article.html"
    html = "" if source not in bundle.files else _text(bundle, source)
    cover, film = data.group("cover"), data.group("video")
    names = tuple(dict.fromkeys(SRC.findall(html)))
    hashes = {i.name("file"): i.name("sha256") for i in data.groups("images", [])}

    def file(name: str, at: str) -> File:
        line = bundle.files.get(at)
        if line is None:
            raise Unreadable(f"{path} 用到 {name}，成品包里没有：重新生成。")
        if hashes.get(name, line.sha256) != line.sha256:
            raise Unreadable(f"{at} 与 {path} 里写的校验值不符：重新生成。")
        size = len(_bytes(bundle, at))  # the manifest's word is taken for nothing
        return File(at, name, line.sha256, size)

    def beside(name: str) -> File:
        return file(name, f"{folder}/{name}")

    return Piece(
        data.name("id"),
        data.text("kind", ""),
        data.text("title"),
        data.text("author", ""),
        data.text("digest", ""),
        data.text("source_url", ""),
        html,
        beside(cover.name("file")) if cover else None,
        (cover.text("crop_235", ""), cover.text("crop_11", "")) if cover else ("", ""),
        tuple(map(beside, names)),
        tuple(map(beside, data.texts("pictures", []))),
        data.text("text", ""),
        file(film.name("file"), film.name("file")) if film else None,
        (film.text("title", ""), film.text("digest", "")) if film else ("", ""),
        data.flag("ai", default=False),
        tuple(data.texts("said", [])),
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
