"""The stand-in's mass sends and previews."""

from __future__ import annotations

from datetime import datetime

from tests import wechat_drafts as drafts
from tests import wechat_events as events
from tests.wechat_form import No, number_of, text_of
from tests.wechat_materials import material
from tests.wechat_world import BEIJING, Json, World

CONFIRM = 30 * 60
KINDS = ("mpnews", "mpvideo")


def sendall(world: World, found: Json) -> Json:
    """message/mass/sendall."""
    now = world.now()
    recent = world.state["sent_at"] = [at for at in world.state["sent_at"] if at > now - 60]
    recent.append(now)
    if len(recent) > 60:
        raise No(45011, "api minute-quota reach limit, must slower, retry next minute")
    kind, media_id = _message(world, found)
    to_all, tag = _receivers(world, found)
    client_id = text_of(found, "clientmsgid", needed=False)
    if len(client_id.encode()) > 64:
        raise No(45067, "clientmsgid size out of limit")
    _repeated(world, client_id)
    if number_of(found, "send_ignore_reprint", 0, 1) and kind != "mpnews":
        raise No(40035, "invalid parameter: send_ignore_reprint")
    _there(world, kind, media_id)
    _allowance(world, to_all)
    return _accept(world, kind, media_id, tag, client_id)


def _message(world: World, found: Json) -> tuple[str, str]:
    kind = found.get("msgtype")
    if kind not in KINDS or not isinstance(found.get(kind), dict):
        raise No(40008, "invalid message type")
    return str(kind), text_of(found[str(kind)], "media_id")


def _receivers(world: World, found: Json) -> tuple[bool, object]:
    """is_to_all and tag_id: the key must be there, null is refused (40152)."""
    told = found.get("filter")
    if not isinstance(told, dict) or not isinstance(told.get("is_to_all"), bool):
        raise No(40035, "invalid parameter: filter")
    if told.get("tag_id") is None:
        raise No(40152, "invalid tag_id")
    if not told["is_to_all"] and told["tag_id"] not in world.settings.tags:
        raise No(40152, "invalid tag_id")
    return told["is_to_all"], told["tag_id"]


def _repeated(world: World, client_id: str) -> None:
    """The same clientmsgid: too fast within a minute, then the earlier one's msg_id for a day."""
    earlier = world.state["client_ids"].get(client_id) if client_id else None
    if not earlier:
        return
    age = world.now() - earlier["at"]
    if age < 60:
        raise No(45066, "same clientmsgid retry too fast")
    if age < 86_400:
        raise No(45065, "clientmsgid exist", msg_id=earlier["msg_id"])


def _there(world: World, kind: str, media_id: str) -> None:
    kept = world.state["drafts"] if kind == "mpnews" else world.state.setdefault("mass_videos", {})
    if media_id not in kept:
        raise No(40007, "invalid media_id")


def _allowance(world: World, to_all: bool) -> None:
    """认证订阅号: one a day. 服务号: to all once a day, and four a month reach a subscriber."""
    today, month = f"{world.moment():%Y-%m-%d}", f"{world.moment():%Y-%m}"
    sends = [s for s in world.state["sends"].values() if s["status"] != "SEND_FAIL"]
    days = [f"{datetime.fromtimestamp(s['at'], BEIJING):%Y-%m-%d}" for s in sends]
    if world.settings.account == "subscription":
        spent = today in days
    else:
        all_today = any(d == today and s["to_all"] for d, s in zip(days, sends, strict=True))
        spent = (to_all and all_today) or sum(d.startswith(month) for d in days) >= 4
    if spent:
        raise No(45028, "has no masssend quota")


def _accept(world: World, kind: str, media_id: str, tag: object, client_id: str) -> Json:
    msg_id = int(world.new("3"))
    draft = world.state["drafts"].pop(media_id) if kind == "mpnews" else None
    world.state["sends"][str(msg_id)] = {
        "at": world.now(),
        "kind": kind,
        "media_id": media_id,
        "to_all": tag == "",
        "tag": tag,
        "status": "SENDING",
        "polls": world.settings.polls,
        "confirmed": not world.settings.protected,
        "draft": draft,
        "article_id": "",
    }
    if client_id:
        world.state["client_ids"][client_id] = {"msg_id": msg_id, "at": world.now()}
    source = draft["articles"][0]["content_source_url"] if draft else ""
    world.did("message/mass/sendall", str(msg_id), source)
    answer = {"errmsg": "send job submission success", "msg_id": msg_id}
    return answer | {"msg_data_id": int(world.new("4"))}


def get(world: World, found: Json) -> Json:
    """message/mass/get."""
    msg_id, send = _send(world, found)
    settle(world, msg_id)
    if send["status"] == "SENDING" and send["confirmed"]:
        if send["polls"] > 0:
            send["polls"] -= 1
        else:
            finish(world, msg_id)
    return {"msg_id": int(msg_id), "msg_status": send["status"]}


def settle(world: World, msg_id: str) -> None:
    """Nobody confirmed for half an hour: it failed."""
    send = world.state["sends"][msg_id]
    if not send["confirmed"] and world.now() - send["at"] > CONFIRM and send["status"] == "SENDING":
        send["status"] = "SEND_FAIL"
        events.sent(world, msg_id, "err(40002)", [])


def finish(world: World, msg_id: str) -> None:
    """The send is done: subscribers have it, its articles have addresses."""
    send = world.state["sends"][msg_id]
    send["status"] = "SEND_SUCCESS"
    if send["draft"]:
        drafts.publish(world, send, send["draft"])
        send["draft"] = None
    events.sent(world, msg_id, "send success", drafts.addresses(world, send))


def delete(world: World, found: Json) -> Json:
    """message/mass/delete: the links die."""
    msg_id, send = _send(world, found)
    index = number_of(found, "article_idx", 0, 8)
    if index == 0:
        send["status"] = "DELETE"
        world.state["published"].pop(send["article_id"], None)
    world.did("message/mass/delete", msg_id, str(index))
    return {}


def _send(world: World, found: Json) -> tuple[str, Json]:
    msg_id = str(found.get("msg_id", ""))
    if msg_id not in world.state["sends"]:
        raise No(40059, "invalid msg id")
    return msg_id, world.state["sends"][msg_id]


def preview(world: World, found: Json) -> Json:
    """message/mass/preview, by 微信号 or openid."""
    kind, media_id = _message(world, found)
    wxid = found.get("towxname") or found.get("touser")
    if wxid not in world.settings.wxids:
        raise No(40132, "invalid wechat id")
    _there(world, kind, media_id)
    world.state["previews"].append([wxid, media_id])
    world.did("message/mass/preview", media_id, str(wxid))
    return {"errmsg": "preview success", "msg_id": int(world.new("3"))}


def uploadvideo(world: World, found: Json) -> Json:
    """media/uploadvideo: a permanent film becomes one that can be mass sent."""
    material(world, found, "video")
    text_of(found, "title")
    media_id = world.new("V_")
    world.state.setdefault("mass_videos", {})[media_id] = found["media_id"]
    return {"type": "video", "media_id": media_id, "created_at": int(world.now())}


def speed(world: World, _: Json) -> Json:
    """message/mass/speed/get."""
    level = world.state.setdefault("speed", 0)
    return {"speed": level, "realspeed": (80, 60, 45, 30, 10)[level]}


def speed_set(world: World, found: Json) -> Json:
    """message/mass/speed/set."""
    world.state["speed"] = number_of(found, "speed", 0, 4, default=-1)
    return {}
