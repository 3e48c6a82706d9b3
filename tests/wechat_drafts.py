"""The stand-in's draft box and what is published from it."""

from __future__ import annotations

import re
from typing import Any

from tests import wechat_events as events
from tests.wechat_content import filtered, plain
from tests.wechat_form import No, number_of, text_of
from tests.wechat_world import ARTICLE_DEFAULTS, Json, World

MOST = 8
KEPT = ("pic_crop_235_1", "pic_crop_1_1", "cover_info", "product_info", "image_info")


def add(world: World, found: Json) -> Json:
    """draft/add: 1 to 8 articles."""
    articles = found.get("articles")
    if not isinstance(articles, list) or not articles:
        raise No(44003, "empty news data")
    if len(articles) > MOST:
        raise No(45008, "article size out of limit")
    kept = [_article(world, article) for article in articles]
    media_id = world.new("D_")
    world.state["drafts"][media_id] = {"articles": kept, "updated": int(world.now()), "job": ""}
    world.did("draft/add", media_id, kept[0]["content_source_url"])
    return {"media_id": media_id}


def update(world: World, found: Json) -> Json:
    """draft/update: one article, an object, at an index that is there."""
    media_id, draft = _draft(world, found)
    if not isinstance(found.get("articles"), dict):
        raise No(47001, "data format error")
    index = number_of(found, "index", 0, 10**6, default=-1)
    if index >= len(draft["articles"]):
        raise No(40114, "invalid index value")
    article = _article(world, found["articles"])
    if article["article_type"] != draft["articles"][index]["article_type"]:
        raise No(40035, "invalid parameter: article_type")
    draft["articles"][index] = article
    draft["updated"] = int(world.now())
    world.did("draft/update", media_id, f"{index} {article['content_source_url']}")
    return {}


def get(world: World, found: Json) -> Json:
    """draft/get."""
    _, draft = _draft(world, found)
    return {"news_item": draft["articles"]}


def delete(world: World, found: Json) -> Json:
    """draft/delete."""
    media_id, _ = _draft(world, found)
    del world.state["drafts"][media_id]
    world.did("draft/delete", media_id)
    return {}


def count(world: World, _: Json) -> Json:
    """draft/count."""
    return {"total_count": len(world.state["drafts"])}


def batchget(world: World, found: Json) -> Json:
    """draft/batchget."""
    return _listed(world, found, world.state["drafts"], "media_id")


def _listed(world: World, found: Json, kept: Json, name: str) -> Json:
    bare = number_of(found, "no_content", 0, 1)
    total, rows = world.page(found, kept)
    items = [
        {
            name: identity,
            "content": {"news_item": _bare(one["articles"]) if bare else one["articles"]},
            "update_time": one["updated"],
        }
        for identity, one in rows
    ]
    return {"total_count": total, "item_count": len(items), "item": items}


def _bare(articles: list[Json]) -> list[Json]:
    """no_content=1: all but the field `content`."""
    return [{k: v for k, v in article.items() if k != "content"} for article in articles]


def _draft(world: World, found: Json) -> tuple[str, Json]:
    media_id = found.get("media_id", "")
    draft = world.state["drafts"].get(media_id) if isinstance(media_id, str) else None
    if draft is None:
        raise No(40007, "invalid media_id")
    return media_id, draft


# Articles


def _article(world: World, article: Any) -> Json:
    """Check one article and give it as it is kept."""
    if not isinstance(article, dict):
        raise No(47001, "data format error")
    kind = article.get("article_type", "news")
    if kind not in ("news", "newspic"):
        raise No(40035, "invalid parameter: article_type")
    kept: Json = ARTICLE_DEFAULTS | {"article_type": kind}
    kept |= _texts(article)
    kept |= _news(world, article, kept) if kind == "news" else _newspic(world, article)
    kept |= {key: article[key] for key in (*KEPT, *ARTICLE_DEFAULTS) if key in article}
    _crops(kept)
    kept["url"] = f"http://mp.weixin.qq.com/s?__biz=preview&tempkey={world.new()}"
    return kept


def _texts(article: Json) -> Json:
    title = text_of(article, "title")
    if len(title) > 32:
        raise No(45003, "title size out of limit")
    author = text_of(article, "author", needed=False)
    if len(author) > 16:
        raise No(45110, "author size out of limit")
    digest = text_of(article, "digest", needed=False)
    if len(digest) > 128:
        raise No(45004, "description size out of limit")
    content = article.get("content", "")
    if not isinstance(content, str) or not content:
        raise No(44003, "empty news data")
    if len(content) >= 20_000 or len(content.encode()) >= 1024 * 1024:
        raise No(45002, "content size out of limit")
    source = text_of(article, "content_source_url", needed=False)
    if len(source.encode()) > 1024:
        raise No(45005, "link size out of limit")
    digest = digest or plain(content)[:54]
    return {
        "title": title,
        "author": author,
        "digest": digest,
        "content": content,
        "content_source_url": source,
    }


def _news(world: World, article: Json, kept: Json) -> Json:
    thumb = article.get("thumb_media_id", "")
    material = world.state["materials"].get(thumb) if isinstance(thumb, str) else None
    if material is None or material["type"] not in ("image", "thumb"):
        raise No(40007, "invalid media_id")
    addresses = set(world.state["pictures"]) | {
        m["url"] for m in world.state["materials"].values() if m["type"] == "image"
    }
    known = addresses | {a.replace("http://", "https://", 1) for a in addresses}
    content, stripped = filtered(
        kept["content"], lambda address: address in known, world.settings.rewrite
    )
    world.state.setdefault("stripped", []).extend(stripped)
    return {"content": content, "thumb_media_id": thumb, "thumb_url": material["url"]}


def _newspic(world: World, article: Json) -> Json:
    """贴图: up to 20 permanent pictures, plain words."""
    if re.search(r"<[a-zA-Z/!]", article["content"]):
        raise No(45166, "invalid content")
    info = article.get("image_info")
    listed = info.get("image_list") if isinstance(info, dict) else None
    if not isinstance(listed, list) or not 1 <= len(listed) <= 20:
        raise No(40035, "invalid parameter: image_info")
    for one in listed:
        media_id = one.get("image_media_id") if isinstance(one, dict) else None
        kept = world.state["materials"].get(media_id) if isinstance(media_id, str) else None
        if kept is None or kept["type"] != "image":
            raise No(40007, "invalid media_id")
    return {}


def _crops(article: Json) -> None:
    for key in ("pic_crop_235_1", "pic_crop_1_1"):
        if key not in article:
            continue
        try:
            left, top, right, bottom = (float(part) for part in article[key].split("_"))
        except (ValueError, AttributeError):
            raise No(53402, "封面裁剪失败，请检查裁剪参数后重试") from None
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise No(53402, "封面裁剪失败，请检查裁剪参数后重试")


# Publishing


def submit(world: World, found: Json) -> Json:
    """freepublish/submit: accepted only; a draft goes out once."""
    _verified(world)
    media_id, draft = _draft(world, found)
    if draft["job"]:
        raise No(53501, "publish too fast")
    publish_id = world.new("1")
    results = world.settings.results
    world.state["jobs"][publish_id] = {
        "media_id": media_id,
        "result": results.pop(0) if results else 0,
        "polls": world.settings.polls,
        "status": 1,
        "article_id": "",
        "fail_idx": [],
    }
    draft["job"] = publish_id
    world.did("freepublish/submit", publish_id, media_id)
    return {"publish_id": publish_id, "msg_data_id": world.new("2")}


def status(world: World, found: Json) -> Json:
    """freepublish/get."""
    _verified(world)
    publish_id = str(found.get("publish_id", ""))
    job = world.state["jobs"].get(publish_id)
    if job is None:
        raise No(53502, "invalid publish_id")
    if job["status"] == 1:
        if job["polls"] > 0:
            job["polls"] -= 1
        else:
            finish(world, publish_id)
    return {"publish_id": publish_id} | outcome(world, job)


def outcome(world: World, job: Json) -> Json:
    """What the poll and the event say of a job."""
    answer: Json = {"publish_status": job["status"], "fail_idx": job["fail_idx"]}
    article = world.state["published"].get(job["article_id"])
    if job["status"] == 0 and article:
        items = addresses(world, job)
        detail = {"count": len(items), "item": items}
        answer |= {"article_id": job["article_id"], "article_detail": detail}
    return answer


def addresses(world: World, job: Json) -> list[Json]:
    """The addresses of what a job or a mass send put out."""
    article = world.state["published"].get(job["article_id"])
    return [
        {"idx": place, "article_url": one["url"]}
        for place, one in enumerate(article["articles"] if article else (), 1)
    ]


def finish(world: World, publish_id: str) -> None:
    """End a job as it was set to end; a published draft is no draft any more."""
    job = world.state["jobs"][publish_id]
    draft = world.state["drafts"].get(job["media_id"])
    job["status"] = job["result"] if draft else 3
    if job["status"] == 0:
        publish(world, job, world.state["drafts"].pop(job["media_id"]))
    elif draft:
        job["fail_idx"] = [1] if job["status"] in (2, 4) else []
        draft["job"] = ""
    events.published(world, publish_id, outcome(world, job))


def publish(world: World, job: Json, draft: Json) -> None:
    """Put a draft's articles among the published ones."""
    job["article_id"] = world.new("A_")
    articles = [
        article | {"url": f"http://mp.weixin.qq.com/s?mid={job['article_id']}&idx={place}"}
        for place, article in enumerate(draft["articles"], 1)
    ]
    world.state["published"][job["article_id"]] = {
        "articles": [one | {"is_deleted": False} for one in articles],
        "updated": int(world.now()),
    }
    world.did("published", job["article_id"], articles[0]["content_source_url"])


def take_down(world: World, found: Json) -> Json:
    """freepublish/delete: one of them (from 1), or all."""
    _verified(world)
    article_id, kept = _published(world, found)
    index = number_of(found, "index", 0, 10**6)
    if index > len(kept["articles"]):
        raise No(40060, "invalid article idx")
    for place, article in enumerate(kept["articles"], 1):
        article["is_deleted"] = article["is_deleted"] or index in (0, place)
    if all(article["is_deleted"] for article in kept["articles"]):
        for job in world.state["jobs"].values():
            if job["article_id"] == article_id:
                job["status"] = 5
        del world.state["published"][article_id]
    world.did("freepublish/delete", article_id, str(index))
    return {}


def getarticle(world: World, found: Json) -> Json:
    """freepublish/getarticle."""
    _verified(world)
    return {"news_item": _published(world, found)[1]["articles"]}


def published(world: World, found: Json) -> Json:
    """freepublish/batchget."""
    _verified(world)
    return _listed(world, found, world.state["published"], "article_id")


def _published(world: World, found: Json) -> tuple[str, Json]:
    article_id = found.get("article_id", "")
    kept = world.state["published"].get(article_id) if isinstance(article_id, str) else None
    if kept is None:
        raise No(53600, "invalid article_id")
    return article_id, kept


def _verified(world: World) -> None:
    if not world.settings.verified:
        raise No(48001, "api unauthorized")
