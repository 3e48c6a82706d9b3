"""The stand-in's finish events: once, twice or never, as the account is set."""

from __future__ import annotations

from tests.wechat_world import Json, World


def published(world: World, publish_id: str, found: Json) -> None:
    """Tell of a publication, as PUBLISHJOBFINISH or, as seen in the wild, as a mass send. `found`: the poll's answer."""
    items = found.get("article_detail", {}).get("item", [])
    if world.settings.as_mass:
        state = "send success" if found["publish_status"] == 0 else "send fail"
        sent(world, publish_id, state, items)
        return
    fields = f"<publish_id>{publish_id}</publish_id><publish_status>{found['publish_status']}</publish_status>"
    if "article_id" in found:
        listed = "".join(
            f"<item><idx>{one['idx']}</idx><article_url>{_cdata(one['article_url'])}</article_url></item>"
            for one in items
        )
        fields += (
            f"<article_id>{_cdata(found['article_id'])}</article_id>"
            f"<article_detail><count>{len(items)}</count>{listed}</article_detail>"
        )
    fields += "".join(f"<fail_idx>{place}</fail_idx>" for place in found["fail_idx"])
    _tell(world, "PUBLISHJOBFINISH", f"<PublishEventInfo>{fields}</PublishEventInfo>")


def sent(world: World, msg_id: str, state: str, items: list[Json]) -> None:
    """MASSSENDJOBFINISH."""
    listed = "".join(
        f"<item><ArticleIdx>{one['idx']}</ArticleIdx><ArticleUrl>{_cdata(one['article_url'])}</ArticleUrl></item>"
        for one in items
    )
    inner = (
        f"<MsgID>{msg_id}</MsgID><Status>{_cdata(state)}</Status><TotalCount>100</TotalCount>"
        "<FilterCount>80</FilterCount><SentCount>75</SentCount><ErrorCount>5</ErrorCount>"
        "<CopyrightCheckResult><Count>0</Count><ResultList></ResultList><CheckState>1</CheckState>"
        f"</CopyrightCheckResult><ArticleUrlResult><Count>{len(items)}</Count>"
        f"<ResultList>{listed}</ResultList></ArticleUrlResult>"
    )
    _tell(world, "MASSSENDJOBFINISH", inner)


def _tell(world: World, name: str, inner: str) -> None:
    xml = (
        f"<xml><ToUserName>{_cdata('gh_000000000001')}</ToUserName>"
        f"<FromUserName>{_cdata('oR5Gjjl_eiZoUpGozMo7dbBJ362A')}</FromUserName>"
        f"<CreateTime>{int(world.now())}</CreateTime><MsgType>{_cdata('event')}</MsgType>"
        f"<Event>{_cdata(name)}</Event>{inner}</xml>"
    )
    world.outbox.extend([xml] * {"once": 1, "twice": 2, "lost": 0}[world.settings.events])


def _cdata(text: str) -> str:
    return f"<![CDATA[{text}]]>"
