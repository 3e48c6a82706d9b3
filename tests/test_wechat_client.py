"""The calls of the client against the stand-in, over real HTTP: what is sent and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from publish.wechat.calls import Draft, Quota
from publish.wechat.client import Client
from publish.wechat.outcome import Done, Kind, Refused, Trouble, Unknown, must
from tests.wechat_account import (
    JPEG,
    MP4,
    PICTURE,
    account,
    article,
    opening,
)
from tests.wechat_standin import StandIn


@pytest.fixture
def wechat() -> Iterator[StandIn]:
    with account() as standin:
        yield standin


@pytest.fixture
def client(wechat: StandIn, tmp_path: Path) -> Iterator[Client]:
    with opening(wechat, tmp_path) as one:
        yield one


# What is sent


def test_all_keys_of_an_article_are_sent_as_raw_utf8(wechat: StandIn, client: Client) -> None:
    one = article(
        client,
        title="“人均”𠮷",
        article_type="news",
        pic_crop_235_1="0_0.1_1_0.9",
        pic_crop_1_1="0.2_0_0.8_1",
        need_open_comment=1,
        content_source_url="https://tjj.gov.cn/a?v=0123456789ab",
        cover_info={"crop_percent_list": []},
        product_info={},
    )
    media_id = must(client.draft_add([one]))
    sent = wechat.requests("draft/add")[0]
    assert sent["body"] == {"articles": [one]}
    assert sent["mime"] == "application/json; charset=utf-8"
    kept = must(client.draft_get(media_id))[0]
    for key in ("title", "pic_crop_235_1", "content_source_url", "need_open_comment"):
        assert kept[key] == one[key]


def test_uploads_are_bytes_with_ascii_name_and_type(wechat: StandIn, client: Client) -> None:
    assert must(client.image_upload(PICTURE)).startswith("http://mmbiz.qpic.cn/")
    file = wechat.requests("media/uploadimg")[0]["file"]
    assert (file["name"], file["mime"], file["size"]) == ("a.jpg", "image/jpeg", len(JPEG))


def test_a_film_and_its_description(client: Client) -> None:
    film = must(client.material_add_video(("a.mp4", MP4, "video/mp4"), "片名", "“介绍”"))
    assert must(client.material_get(film.media_id))["description"] == "“介绍”"  # type: ignore[call-overload]  # a film is told of in JSON
    assert must(client.mass_video(film.media_id, "片名", "介绍"))


@pytest.mark.parametrize(
    "picture", [("图.jpg", JPEG, "image/jpeg"), ("a.jpg", b"", "image/jpeg"), ("a.jpg", "x", "")]
)
def test_what_can_not_be_uploaded_is_not_sent(
    wechat: StandIn, client: Client, picture: Any
) -> None:
    outcome = client.image_upload(picture)
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.code) == (Kind.CONTENT, None)
    assert not wechat.requests()


def test_text_that_is_no_text_is_not_sent(wechat: StandIn, client: Client) -> None:
    outcome = client.draft_add([{"title": "\ud800"}])
    assert isinstance(outcome, Refused)
    assert not wechat.requests()


# Every call once


def test_drafts_from_first_to_last(client: Client) -> None:
    one = article(client)
    first, second = must(client.draft_add([one, one])), must(client.draft_add([one]))
    must(client.draft_update(first, 1, one | {"title": "新"}))
    assert [a["title"] for a in must(client.draft_get(first))] == ["题", "新"]
    assert must(client.draft_count()) == 2
    total, drafts = must(client.draft_batchget(0, 1))
    assert (total, [d.media_id for d in drafts]) == (2, [second])
    bare: list[Draft] = must(client.draft_batchget(content=False))[1]
    assert [("content" in a, "title" in a) for a in bare[0].articles] == [(False, True)]
    must(client.draft_delete(second))
    gone = client.draft_get(second)
    assert isinstance(gone, Refused)
    assert (gone.kind, gone.code) == (Kind.GONE, 40007)


def test_publishing_from_first_to_last(client: Client) -> None:
    one = article(client)
    media_id = must(client.draft_add([one, one]))
    publish_id = must(client.publish_submit(media_id)).publish_id
    assert must(client.publish_get(publish_id)).running
    job = must(client.publish_get(publish_id))
    assert (job.ok, [place for place, _ in job.articles]) == (True, [1, 2])
    assert [a["url"] for a in must(client.publish_article(job.article_id))] == [
        address for _, address in job.articles
    ]
    page = must(client.publish_batchget())
    assert (page.total, page.items[0]["article_id"]) == (1, job.article_id)
    must(client.publish_delete(job.article_id, 1))
    assert must(client.publish_article(job.article_id))[0]["is_deleted"]
    must(client.publish_delete(job.article_id))
    assert must(client.publish_get(publish_id)).status == 5


def test_materials_from_first_to_last(client: Client) -> None:
    picture = must(client.material_add_image(PICTURE))
    assert picture.url
    assert must(client.material_get(picture.media_id)) == JPEG
    assert must(client.material_batchget("image")).items[0]["media_id"] == picture.media_id
    must(client.material_delete(picture.media_id))
    assert isinstance(client.material_get(picture.media_id), Refused)


def test_mass_sends_from_first_to_last(wechat: StandIn, client: Client) -> None:
    media_id = must(client.draft_add([article(client)]))
    assert must(client.mass_preview("zhang_san", media_id))
    sent = must(client.mass_send(media_id, tag=None, client_msg_id="push-1"))
    assert wechat.requests("message/mass/sendall")[0]["body"]["filter"] == {
        "is_to_all": True,
        "tag_id": "",
    }
    assert [must(client.mass_get(sent.msg_id)) for _ in range(2)] == ["SENDING", "SEND_SUCCESS"]
    must(client.mass_speed_set(3))
    assert must(client.mass_speed()) == 3
    must(client.mass_delete(sent.msg_id))
    assert must(client.mass_get(sent.msg_id)) == "DELETE"


def test_a_second_send_is_told_apart(wechat: StandIn, client: Client) -> None:
    media_id = must(client.draft_add([article(client)]))
    first = must(client.mass_send(media_id, tag=2, client_msg_id="push-1"))
    soon = client.mass_send(media_id, tag=2, client_msg_id="push-1")
    assert isinstance(soon, Refused)
    assert (soon.kind, soon.code) == (Kind.SLOW, 45066)
    wechat.advance(61)
    later = client.mass_send(media_id, tag=2, client_msg_id="push-1")
    assert isinstance(later, Done)
    assert (later.already, later.value.msg_id) == (True, first.msg_id)


def test_quota(client: Client) -> None:
    must(client.draft_count())
    assert must(client.quota("draft/count")) == Quota(1000, 1, 999)
    assert isinstance(client.quota("draft/x"), Refused)
    must(client.clear_quota())
    assert must(client.quota("draft/count")).used == 0


def test_json_of_a_call_has_no_escapes(wechat: StandIn, client: Client) -> None:
    outcome = client.draft_add([{"title": "\x07"}])  # a control character can't be written raw
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.code) == (Kind.CONTENT, 40033)


def test_must_raises_what_the_clerk_can_read() -> None:
    with pytest.raises(Trouble, match="先向微信查清楚"):
        must(Unknown("断了。"))


@pytest.mark.parametrize("number", ["", "x", "１２", "1.5"])
def test_a_mass_send_without_a_number_is_refused_and_asks_nobody(
    wechat: StandIn, client: Client, number: str
) -> None:
    outcome = client.mass_delete(number, 1)
    assert isinstance(outcome, Refused)
    assert outcome.kind is Kind.PERSON
    assert "手工" in str(outcome)
    assert wechat.requests("message/mass/delete") == []
