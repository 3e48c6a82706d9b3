"""The stand-in's pictures and films: what may be uploaded, and what comes back."""

from __future__ import annotations

import hashlib

from tests.wechat_form import No, Part, kind_of, read_json, text_of, upload
from tests.wechat_world import Json, World

MEGA = 1024 * 1024
PICTURES = {"jpeg", "png", "gif", "bmp"}


def uploadimg(world: World, parts: dict[str, Part]) -> Json:
    """A picture for use in articles: jpg or png, less than 1 MB."""
    part = upload(parts)
    kind = kind_of(part.data)
    if kind not in ("jpeg", "png"):
        raise No(40005, "invalid file type")
    if len(part.data) >= MEGA:
        raise No(40009, "invalid image size")
    sha = hashlib.sha256(part.data).hexdigest()
    address = f"http://mmbiz.qpic.cn/mmbiz_{kind}/{world.new('p')}{sha[:24]}/0?wx_fmt={kind}"
    world.state["pictures"][address] = {"sha": sha, "size": len(part.data)}
    world.did("media/uploadimg", address, sha)
    return {"url": address}


def add_material(world: World, kind: str, parts: dict[str, Part]) -> Json:
    """A permanent material."""
    checks = {"image": _image, "thumb": _thumb, "video": _video, "voice": _voice}
    if kind not in checks:
        raise No(40004, "invalid media type")
    part = upload(parts)
    more = checks[kind](parts, part)
    media_id = world.new("M_")
    sha = hashlib.sha256(part.data).hexdigest()
    address = f"http://mmbiz.qpic.cn/mmbiz_{kind_of(part.data)}/{media_id}{sha[:24]}/0"
    world.files[sha] = part.data
    world.state["materials"][media_id] = {
        "type": kind,
        "name": (part.file or b"").decode(),
        "sha": sha,
        "url": "" if kind in ("video", "voice") else address,
        "updated": int(world.now()),
        **more,
    }
    world.did("material/add_material", media_id, sha)
    return {"media_id": media_id} | ({"url": address} if kind in ("image", "thumb") else {})


def _image(_: dict[str, Part], part: Part) -> Json:
    if kind_of(part.data) not in PICTURES:
        raise No(40137, "invalid image format")
    if len(part.data) > 10 * MEGA:
        raise No(40009, "invalid image size")
    return {}


def _thumb(_: dict[str, Part], part: Part) -> Json:
    if kind_of(part.data) != "jpeg":
        raise No(40137, "invalid image format")
    if len(part.data) > 64 * 1024:
        raise No(40012, "invalid thumb size")
    return {}


def _voice(_: dict[str, Part], part: Part) -> Json:
    if len(part.data) > 2 * MEGA:
        raise No(40010, "invalid voice size")
    return {}


def _video(parts: dict[str, Part], part: Part) -> Json:
    if kind_of(part.data) != "mp4":
        raise No(40005, "invalid file type")
    if len(part.data) > 10 * MEGA:
        raise No(40011, "invalid video size")
    if "description" not in parts:  # the form field; in the query string it is not documented
        raise No(47001, "data format error: description")
    told = read_json(parts["description"].data)
    return {"title": text_of(told, "title"), "introduction": text_of(told, "introduction")}


def get_material(world: World, found: Json) -> Json | bytes:
    """The file itself; of a film, what is known of it."""
    media_id, kept = material(world, found)
    if kept["type"] == "video":
        address = f"http://mp.weixin.qq.com/mp/mp/video?media={media_id}"
        return {"title": kept["title"], "description": kept["introduction"], "down_url": address}
    return world.files[kept["sha"]]


def del_material(world: World, found: Json) -> Json:
    """Delete for good."""
    media_id, _ = material(world, found)
    del world.state["materials"][media_id]
    world.did("material/del_material", media_id)
    return {}


def batchget(world: World, found: Json) -> Json:
    """A page of one kind."""
    kind = text_of(found, "type")
    if kind not in ("image", "video", "voice", "news"):
        raise No(40004, "invalid media type")
    kept = {i: m for i, m in world.state["materials"].items() if m["type"] == kind}
    total, rows = world.page(found, kept)
    items = [
        {"media_id": i, "name": m["name"], "update_time": m["updated"], "url": m["url"]}
        for i, m in rows
    ]
    return {"total_count": total, "item_count": len(items), "item": items}


def count(world: World, _: Json) -> Json:
    """How many of each kind."""
    kinds = [m["type"] for m in world.state["materials"].values()]
    return {f"{kind}_count": kinds.count(kind) for kind in ("voice", "video", "image", "news")}


def material(world: World, found: Json, *kinds: str) -> tuple[str, Json]:
    """The material that a request names."""
    media_id = found.get("media_id", "")
    kept = world.state["materials"].get(media_id) if isinstance(media_id, str) else None
    if kept is None or (kinds and kept["type"] not in kinds):
        raise No(40007, "invalid media_id")
    return media_id, kept
