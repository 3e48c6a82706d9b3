"""The stand-in refuses what WeChat documents as refused; asked by plain HTTP, not by our client."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.wechat_plain import JPEG, Held, Json, article, draft
from tests.wechat_standin import StandIn
from tests.wechat_world import Settings

PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 200
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"v" * 200


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn(Settings(polls=1)) as server:
        yield server


@pytest.fixture
def plain(standin: StandIn) -> Held:
    client = Held(standin)
    client.fresh()
    return client


# Tokens


def test_an_ordinary_request_gives_the_same_token(plain: Held) -> None:
    assert len(plain.token) == 512
    assert plain.fresh()["access_token"] == plain.token


def test_force_ends_the_old_one_and_has_its_rules(plain: Held) -> None:
    old = plain.token
    plain.standin.advance(31)
    assert plain.fresh(force=True)["access_token"] != old
    assert plain.fresh(force=True)["errcode"] == 45011
    plain.token = old
    assert plain.code("draft/batchget", {"offset": 0, "count": 1}) == 40001
    for _ in range(19):
        plain.standin.advance(31)
        assert "access_token" in plain.fresh(force=True)
    plain.standin.advance(31)
    assert plain.fresh(force=True)["errcode"] == 45009


def test_renewal_five_minutes_early_keeps_both(plain: Held) -> None:
    old = plain.token
    plain.standin.advance(7200 - 200)
    assert plain.fresh()["access_token"] != old
    plain.token, new = old, plain.token
    assert plain.code("draft/get", {"media_id": "x"}) == 40007
    plain.standin.advance(300)
    assert plain.code("draft/get", {"media_id": "x"}) == 42001
    plain.token = new
    assert plain.code("draft/get", {"media_id": "x"}) == 40007


def test_token_and_stable_token_are_apart(plain: Held) -> None:
    s = plain.standin.world.settings
    query = {"grant_type": "client_credential", "appid": s.appid, "secret": s.secret}
    other = json.loads(plain.send("GET", "token", b"", "", **query)[2])["access_token"]
    assert other != plain.token
    assert plain.code("draft/get", {"media_id": "x"}) == 40007
    plain.token = other
    assert plain.code("draft/get", {"media_id": "x"}) == 40007


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [("appid", "wx1", 40013), ("secret", "no", 40125), ("grant_type", "x", 40002)],
)
def test_wrong_credentials(plain: Held, field: str, value: str, code: int) -> None:
    assert plain.fresh(False, **{field: value})["errcode"] == code


def test_an_address_not_on_the_list(plain: Held) -> None:
    plain.standin.set(ip_allowed=False)
    found = plain.fresh()
    assert found["errcode"] == 40164
    assert "203.0.113.7" in found["errmsg"]


def test_no_token_a_strange_one_an_old_one(plain: Held) -> None:
    good, plain.token = plain.token, ""
    assert plain.code("draft/get", {"media_id": "x"}) == 41001
    plain.token = "strange"
    assert plain.code("draft/get", {"media_id": "x"}) == 40001
    plain.token = good
    plain.standin.expire()
    assert plain.code("draft/get", {"media_id": "x"}) == 42001


# Requests


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 44002),
        (b"{", 47001),
        (b"[]", 47001),
        ('{"media_id":"好"}'.encode("gbk"), 47001),
        (rb'{"media_id":"\u597d"}', 40033),
        (rb'{"media_id":"a\\u597d"}', 40007),  # a backslash and letters, no escape
        (rb'{"media_id":"a\\\u597d"}', 40033),
        (b'{"media_id":7}', 40007),
    ],
)
def test_json_is_raw_utf8(plain: Held, body: bytes, code: int) -> None:
    assert plain.code("draft/get", body) == code


def test_get_where_post_is_needed_and_unknown_paths(plain: Held) -> None:
    found = plain.send("GET", "draft/get", access_token=plain.token)[2]
    assert json.loads(found)["errcode"] == 43002
    assert plain.code("draft/ad", {"x": 1}) == 40066


# Pictures and films


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"GIF89a" + b"g" * 50, "a.jpg", 40005),
        (b"RIFF....WEBP", "a.png", 40005),
        (JPEG + bytes(1024 * 1024), "a.jpg", 40009),
        (JPEG + bytes(1024 * 1024 - len(JPEG)), "a.jpg", 40009),
        (JPEG + bytes(1024 * 1024 - len(JPEG) - 1), "a.jpg", 0),
        (b"", "a.jpg", 44001),
        (JPEG, "图.jpg", 41005),
        (PNG, "a.png", 0),
    ],
)
def test_uploadimg(plain: Held, data: bytes, name: str, code: int) -> None:
    found = plain.upload("media/uploadimg", data, name)
    assert found.get("errcode", 0) == code
    assert ("url" in found) == (code == 0)


def test_uploadimg_answers_text_plain(plain: Held) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="media"; filename="a.png"\r\n\r\n' + PNG
    mime = "multipart/form-data; boundary=x"
    _, headers, found = plain.send(
        "POST", "media/uploadimg", body + b"\r\n--x--\r\n", mime, access_token=plain.token
    )
    assert headers["Content-Type"] == "text/plain"
    assert json.loads(found)["url"].startswith("http://mmbiz.qpic.cn/")


@pytest.mark.parametrize(
    ("kind", "data", "extra", "code"),
    [
        ("image", b"GIF89a....", {}, 0),
        ("image", b"<svg/>", {}, 40137),
        ("image", JPEG + bytes(10 * 1024 * 1024), {}, 40009),
        ("thumb", PNG, {}, 40137),
        ("thumb", JPEG + bytes(64 * 1024), {}, 40012),
        ("news", JPEG, {}, 40004),
        ("video", MP4, {}, 47001),
        ("video", MP4, {"description": '{"title":"片","introduction":"介"}'}, 0),
        ("video", MP4, {"description": '{"title":"片"}'}, 40035),
        ("video", MP4, {"description": '{"title":"\\u7247","introduction":"介"}'}, 40033),
        ("video", JPEG, {"description": '{"title":"片","introduction":"介"}'}, 40005),
        ("video", MP4 + bytes(10 * 1024 * 1024), {"description": "{}"}, 40011),
    ],
)
def test_add_material(
    plain: Held, kind: str, data: bytes, extra: dict[str, str], code: int
) -> None:
    found = plain.upload("material/add_material", data, extra=extra, type=kind)
    assert found.get("errcode", 0) == code


def test_a_material_is_kept_listed_and_deleted(plain: Held) -> None:
    media_id = plain.image(PNG)
    body = json.dumps({"media_id": media_id}).encode()
    got = plain.send("POST", "material/get_material", body, access_token=plain.token)[2]
    assert got == PNG
    listed = plain.call("material/batchget_material", {"type": "image", "offset": 0, "count": 20})
    assert [one["media_id"] for one in listed["item"]] == [media_id]
    assert plain.code("material/del_material", {"media_id": media_id}) == 0
    assert plain.code("material/get_material", {"media_id": media_id}) == 40007
    assert (
        plain.code("material/batchget_material", {"type": "image", "offset": 0, "count": 21})
        == 40035
    )


# Drafts

BROKEN: list[tuple[Json, int]] = [
    ({"title": "题" * 33}, 45003),
    ({"title": "题" * 32}, 0),
    ({"title": ""}, 40035),
    ({"author": "名" * 17}, 45110),
    ({"digest": "摘" * 129}, 45004),
    ({"content": ""}, 44003),
    ({"content": "文" * 20_000}, 45002),
    ({"content": "文" * 19_999}, 0),
    ({"content_source_url": "https://a.cn/" + "x" * 1012}, 45005),
    ({"thumb_media_id": ""}, 40007),
    ({"thumb_media_id": "M_1"}, 40007),
    ({"pic_crop_235_1": "0_0_1"}, 53402),
    ({"pic_crop_1_1": "0.5_0_0.5_1"}, 53402),
    ({"pic_crop_1_1": "0.1_0_0.9_1", "pic_crop_235_1": "0_0.1_1_0.9"}, 0),
    ({"article_type": "video"}, 40035),
    ({"title": 7}, 40035),
]


@pytest.mark.parametrize(("more", "code"), BROKEN)
def test_what_an_article_must_be(plain: Held, more: Json, code: int) -> None:
    one = article(plain.image()) | more
    assert plain.code("draft/add", {"articles": [one]}) == code
    assert len(plain.standin.effects("draft/add")) == (code == 0)


def test_eight_articles_and_no_more(plain: Held) -> None:
    one = article(plain.image())
    assert plain.code("draft/add", {"articles": [one] * 8}) == 0
    assert plain.code("draft/add", {"articles": [one] * 9}) == 45008
    assert plain.code("draft/add", {"articles": []}) == 44003
    assert plain.code("draft/add", {"articles": one}) == 44003


def test_update_takes_one_object_at_an_index_that_is_there(plain: Held) -> None:
    one = article(plain.image())
    media_id = draft(plain, one, one)
    new = one | {"title": "新"}
    assert (
        plain.code("draft/update", {"media_id": media_id, "index": 1, "articles": [new]}) == 47001
    )
    assert plain.code("draft/update", {"media_id": media_id, "index": 2, "articles": new}) == 40114
    assert plain.code("draft/update", {"media_id": media_id, "articles": new}) == 40035
    assert plain.code("draft/update", {"media_id": media_id, "index": 1, "articles": new}) == 0
    kept = plain.call("draft/get", {"media_id": media_id})["news_item"]
    assert [a["title"] for a in kept] == ["题", "新"]


def test_newspic(plain: Held) -> None:
    pictures = [{"image_media_id": plain.image()}]
    one = {"article_type": "newspic", "title": "题", "content": "只有字"}
    assert plain.code("draft/add", {"articles": [one]}) == 40035
    with_pictures = one | {"image_info": {"image_list": pictures}}
    assert plain.code("draft/add", {"articles": [with_pictures | {"content": "<p>x</p>"}]}) == 45166
    many = one | {"image_info": {"image_list": pictures * 21}}
    assert plain.code("draft/add", {"articles": [many]}) == 40035
    media_id = draft(plain, with_pictures)
    kept = plain.call("draft/get", {"media_id": media_id})["news_item"][0]
    assert (kept["article_type"], kept["image_info"]["image_list"]) == ("newspic", pictures)


def test_scripts_and_what_is_not_wechats_own_are_filtered(plain: Held) -> None:
    own = plain.upload("media/uploadimg", PNG)["url"]
    content = (
        f'<p onclick="x()">甲<script>bad()</script><img src="{own}"><img src="https://tjj.gov.cn/a.png">'
        '<a href="https://tjj.gov.cn/">外</a><a href="https://mp.weixin.qq.com/s/x">内</a><video src="v">乙</video></p>'
    )
    media_id = draft(plain, article(plain.image(), content=content))
    kept = plain.call("draft/get", {"media_id": media_id})["news_item"][0]["content"]
    for gone in ("script", "bad", "onclick", "tjj.gov.cn", "video", "乙"):
        assert gone not in kept
    for stays in ("甲", "外", "内", "mp.weixin.qq.com", own.removeprefix("http")):
        assert stays in kept
    assert len(plain.standin.state()["stripped"]) == 5


def test_an_empty_digest_is_the_first_54_characters(plain: Held) -> None:
    media_id = draft(plain, article(plain.image(), content="<p>" + "字" * 60 + "</p>"))
    kept = plain.call("draft/get", {"media_id": media_id})["news_item"][0]
    assert kept["digest"] == "字" * 54


def test_lists_newest_first(plain: Held) -> None:
    made = [draft(plain) for _ in range(3)]
    found = plain.call("draft/batchget", {"offset": 1, "count": 20, "no_content": 1})
    assert found["total_count"] == 3
    assert [one["media_id"] for one in found["item"]] == made[1::-1]
    first = found["item"][0]["content"]["news_item"][0]
    assert "content" not in first
    assert "title" in first
    assert plain.code("draft/batchget", {"offset": 0, "count": 21}) == 40035
