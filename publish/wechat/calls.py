"""WeChat's calls by name, each with what it answers. `Client` carries them; nothing in here knows HTTP.

Every method gives an `Outcome`: see outcome.py. Article dicts are sent as they are, all their keys kept.
Methods marked (reads) change nothing and are tried once more by themselves when the answer is lost.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from publish.wechat.events import PublishJob, job_of
from publish.wechat.outcome import Done, Kind, Outcome, Refused, Unknown

T = TypeVar("T")
Json = dict[str, Any]
File = tuple[str, bytes, str]  # ASCII name, the bytes, MIME type: never a file object


@dataclass(frozen=True, slots=True)
class Material:
    """A permanent material: its id, and for pictures its address."""

    media_id: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft of the box. Its articles lack the key `content` when the list was asked for without."""

    media_id: str
    articles: tuple[Json, ...]
    updated: int  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: how many there are in all, and those asked for, newest first."""

    total: int
    items: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Submitted:
    """freepublish/submit was accepted; whether it succeeds is for `publish_get` or the event to say."""

    publish_id: str
    msg_data_id: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A mass send was accepted (or had been, by an earlier call with the same clientmsgid)."""

    msg_id: str
    msg_data_id: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """Live numbers of one call, today."""

    daily_limit: int
    used: int
    remain: int


class Calls(ABC):
    """The calls that publishing needs."""

    @abstractmethod
    def ask(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        files: Mapping[str, File] | None = None,
        form: Mapping[str, str] | None = None,
        reads: bool = False,
    ) -> Outcome[Json]:
        """POST `body` (or `files` and `form`; GET when all are None) to cgi-bin/`path`; give the JSON answer."""

    @abstractmethod
    def fetch(self, path: str, body: Mapping[str, Any]) -> Outcome[Json | bytes]:
        """(reads) POST and take JSON or bytes, whichever comes."""

    # Drafts

    def draft_add(self, articles: Sequence[Mapping[str, Any]]) -> Outcome[str]:
        """Add a draft of 1–8 articles; gives its media_id."""
        return _pick(self.ask("draft/add", {"articles": list(articles)}), _text("media_id"))

    def draft_update(self, media_id: str, index: int, article: Mapping[str, Any]) -> Outcome[None]:
        """Replace the article at `index` (from 0). Articles can't be added, taken out or reordered so."""
        body = {"media_id": media_id, "index": index, "articles": dict(article)}
        return _pick(self.ask("draft/update", body), _nothing)

    def draft_get(self, media_id: str) -> Outcome[list[Json]]:
        """(reads) The articles of a draft as WeChat keeps them; Refused(GONE) when there is no such draft."""
        answer = self.ask("draft/get", {"media_id": media_id}, reads=True)
        return _pick(answer, lambda found: list(found["news_item"]))

    def draft_batchget(
        self, offset: int = 0, count: int = 20, *, content: bool = True
    ) -> Outcome[tuple[int, list[Draft]]]:
        """(reads) How many drafts there are, and at most 20 of them from `offset`, newest first."""
        body = {"offset": offset, "count": count, "no_content": 0 if content else 1}
        return _pick(self.ask("draft/batchget", body, reads=True), _drafts)

    def draft_delete(self, media_id: str) -> Outcome[None]:
        """Delete a draft for good."""
        return _pick(self.ask("draft/delete", {"media_id": media_id}), _nothing)

    def draft_count(self) -> Outcome[int]:
        """(reads) How many drafts there are."""
        return _pick(self.ask("draft/count", reads=True), lambda found: int(found["total_count"]))

    # Publishing (发布: no notice to subscribers)

    def publish_submit(self, media_id: str) -> Outcome[Submitted]:
        """Submit a draft; accepted is not published."""
        return _pick(self.ask("freepublish/submit", {"media_id": media_id}), _submitted)

    def publish_get(self, publish_id: str) -> Outcome[PublishJob]:
        """How a submission stands. 100 a day: poll with back-off; not tried again by itself."""
        return _pick(self.ask("freepublish/get", {"publish_id": publish_id}), job_of)

    def publish_delete(self, article_id: str, index: int = 0) -> Outcome[None]:
        """Take down published articles: the one at `index` (from 1), or all (0). Can't be undone. 10 a day."""
        body = {"article_id": article_id, "index": index}
        return _pick(self.ask("freepublish/delete", body), _nothing)

    def publish_article(self, article_id: str) -> Outcome[list[Json]]:
        """(reads) The articles published under this id, with `url` and `is_deleted`."""
        answer = self.ask("freepublish/getarticle", {"article_id": article_id}, reads=True)
        return _pick(answer, lambda found: list(found["news_item"]))

    def publish_batchget(
        self, offset: int = 0, count: int = 20, *, content: bool = True
    ) -> Outcome[Page]:
        """(reads) What was published: {article_id, content: {news_item}, update_time}, at most 20, newest first."""
        body = {"offset": offset, "count": count, "no_content": 0 if content else 1}
        return _pick(self.ask("freepublish/batchget", body, reads=True), _page)

    # Pictures, films

    def image_upload(self, picture: File) -> Outcome[str]:
        """media/uploadimg: a picture for use inside an article (jpg or png, < 1 MB); gives its address."""
        return _pick(self.ask("media/uploadimg", files={"media": picture}), _text("url"))

    def material_add_image(self, picture: File) -> Outcome[Material]:
        """Add a permanent picture (cover, newspic): at most 10 MB."""
        answer = self.ask(
            "material/add_material", query={"type": "image"}, files={"media": picture}
        )
        return _pick(answer, _material)

    def material_add_video(self, film: File, title: str, introduction: str) -> Outcome[Material]:
        """Add a permanent mp4 of at most 10 MB; its description goes as a form field."""
        form = {"description": raw_json({"title": title, "introduction": introduction})}
        answer = self.ask(
            "material/add_material", query={"type": "video"}, files={"media": film}, form=form
        )
        return _pick(answer, _material)

    def material_get(self, media_id: str) -> Outcome[Json | bytes]:
        """(reads) The bytes of a picture; of a film, its title, description and down_url."""
        return self.fetch("material/get_material", {"media_id": media_id})

    def material_delete(self, media_id: str) -> Outcome[None]:
        """Delete a permanent material; what uses it loses it."""
        return _pick(self.ask("material/del_material", {"media_id": media_id}), _nothing)

    def material_batchget(self, kind: str, offset: int = 0, count: int = 20) -> Outcome[Page]:
        """(reads) Permanent materials of one kind: {media_id, name, update_time, url}, at most 20."""
        body = {"type": kind, "offset": offset, "count": count}
        return _pick(self.ask("material/batchget_material", body, reads=True), _page)

    # Mass sends (群发: subscribers are notified)

    def mass_video(self, media_id: str, title: str, description: str) -> Outcome[str]:
        """Turn a permanent film into one that can be mass sent; gives the media_id for `mpvideo`."""
        body = {"media_id": media_id, "title": title, "description": description}
        return _pick(self.ask("media/uploadvideo", body), _text("media_id"))

    def mass_send(
        self,
        media_id: str,
        *,
        tag: int | None,
        client_msg_id: str,
        kind: str = "mpnews",
        ignore_reprint: bool = False,
    ) -> Outcome[Sent]:
        """Send to all (`tag` None) or to one tag. `kind`: mpnews (a draft's media_id) or mpvideo.

        `client_msg_id`: ≤ 64 bytes, the same for every try of one send; a second try within 24 hours comes
        back as Done(already=True) with the first one's msg_id, within a minute as Refused(SLOW).
        """
        body: Json = {
            "filter": {"is_to_all": tag is None, "tag_id": "" if tag is None else tag},
            kind: {"media_id": media_id},
            "msgtype": kind,
            "clientmsgid": client_msg_id,
        }
        if kind == "mpnews":
            body["send_ignore_reprint"] = int(ignore_reprint)
        return _pick(self.ask("message/mass/sendall", body), _sent)

    def mass_preview(self, wxid: str, media_id: str, kind: str = "mpnews") -> Outcome[str]:
        """Show it to one WeChat user (微信号) who follows the account; 100 a day. Gives the msg_id."""
        body = {"towxname": wxid, kind: {"media_id": media_id}, "msgtype": kind}
        return _pick(
            self.ask("message/mass/preview", body), lambda found: str(found.get("msg_id", ""))
        )

    def mass_get(self, msg_id: str) -> Outcome[str]:
        """(reads) SENDING, SEND_SUCCESS, SEND_FAIL or DELETE."""
        answer = self.ask("message/mass/get", {"msg_id": msg_id}, reads=True)
        return _pick(answer, _text("msg_status"))

    def mass_delete(self, msg_id: str, index: int = 0) -> Outcome[None]:
        """Take back a mass send: the article at `index` (from 1), or all (0). Its link dies with it."""
        if not (msg_id.isascii() and msg_id.isdecimal()):
            said = "这次群发没有留下消息号，程序删不了"
            return Refused(Kind.PERSON, None, said, "到公众号后台“发表记录”手工删除。")
        body = {"msg_id": int(msg_id), "article_idx": index}
        return _pick(self.ask("message/mass/delete", body), _nothing)

    def mass_speed(self) -> Outcome[int]:
        """(reads) The speed class of mass sends, 0 (fastest) to 4."""
        answer = self.ask("message/mass/speed/get", {}, reads=True)
        return _pick(answer, lambda found: int(found["speed"]))

    def mass_speed_set(self, speed: int) -> Outcome[None]:
        """Set the speed class, 0 (fastest) to 4."""
        return _pick(self.ask("message/mass/speed/set", {"speed": speed}), _nothing)

    # Quota

    def quota(self, path: str) -> Outcome[Quota]:
        """(reads) Today's numbers for one call; `path` as in "draft/add"."""
        answer = self.ask("openapi/quota/get", {"cgi_path": f"/cgi-bin/{path}"}, reads=True)
        return _pick(answer, _quota)


def raw_json(value: object) -> str:
    """JSON as WeChat wants it: UTF-8 itself, no \\u escapes."""
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _pick(outcome: Outcome[Json], take: Callable[[Json], T]) -> Outcome[T]:
    """Take the value out of an answer; an answer that lacks it is no proof that the thing was done."""
    if not isinstance(outcome, Done):
        return outcome
    try:
        return Done(take(outcome.value), outcome.already)
    except (KeyError, TypeError, ValueError):
        return Unknown("微信答复说成功，但答复里缺了应有的内容。")


def _text(key: str) -> Callable[[Json], str]:
    def take(found: Json) -> str:
        value = found[key]
        if not value:
            raise ValueError(key)
        return str(value)

    return take


def _nothing(found: Json) -> None:
    found["errcode"]  # an answer without one says nothing; wechatpy has seen to it that it is 0


def _material(found: Json) -> Material:
    return Material(_text("media_id")(found), str(found.get("url", "")))


def _submitted(found: Json) -> Submitted:
    return Submitted(_text("publish_id")(found), str(found.get("msg_data_id", "")))


def _sent(found: Json) -> Sent:
    return Sent(_text("msg_id")(found), str(found.get("msg_data_id", "")))


def _page(found: Json) -> Page:
    return Page(int(found["total_count"]), tuple(found.get("item") or ()))


def _drafts(found: Json) -> tuple[int, list[Draft]]:
    return int(found["total_count"]), [
        Draft(
            str(item["media_id"]),
            tuple((item.get("content") or {}).get("news_item") or ()),
            int(item.get("update_time") or 0),
        )
        for item in found.get("item") or ()
    ]


def _quota(found: Json) -> Quota:
    numbers = found["quota"]
    return Quota(int(numbers["daily_limit"]), int(numbers["used"]), int(numbers["remain"]))
