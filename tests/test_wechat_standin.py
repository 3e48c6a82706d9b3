"""The stand-in refuses what WeChat documents as refused; asked by plain HTTP, not by our client."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.wechat_standin import Remote, StandIn
from tests.wechat_world import Settings

JPEG = b"\xff\xd8\xff\xe0" + b"j" * 200
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 200
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"v" * 200
Json = dict[str, Any]


class Plain:
    """A WeChat client of nothing but http.client."""

    def __init__(self, port: int, settings: Settings) -> None:
        self.port, self.settings = port, settings
        self.token = ""

    def send(
        self, method: str, path: str, body: bytes = b"", mime: str = "", **query: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            headers = {"Content-Type": mime} if mime else {}
            connection.request(method, f"/cgi-bin/{path}?{urlencode(query)}", body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), answer.read()
        finally:
            connection.close()

    def fresh(self, force: bool = False, **instead: str) -> Json:
        s = self.settings
        asked = {"grant_type": "client_credential", "appid": s.appid, "secret": s.secret}
        body = json.dumps(asked | {"force_refresh": force} | instead).encode()
        found: Json = json.loads(self.send("POST", "stable_token", body)[2])
        self.token = found.get("access_token", self.token)
        return found

    def call(self, path: str, found: Json | bytes, **query: str) -> Json:
        body = found if isinstance(found, bytes) else json.dumps(found, ensure_ascii=False).encode()
        answer: Json = json.loads(
            self.send("POST", path, body, "application/json", access_token=self.token, **query)[2]
        )
        return answer

    def code(self, path: str, found: Json | bytes) -> int:
        return int(self.call(path, found).get("errcode", 0))

    def upload(
        self,
        path: str,
        data: bytes,
        name: str = "a.jpg",
        extra: dict[str, str] | None = None,
        **query: str,
    ) -> Json:
        lines = b""
        for key, text in (extra or {}).items():
            lines += (
                f'--xx\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{text}\r\n'.encode()
            )
        lines += f'--xx\r\nContent-Disposition: form-data; name="media"; filename="{name}"\r\n\r\n'.encode()
        body = lines + data + b"\r\n--xx--\r\n"
        found: Json = json.loads(
            self.send(
                "POST",
                path,
                body,
                "multipart/form-data; boundary=xx",
                access_token=self.token,
                **query,
            )[2]
        )
        return found

    def image(self, data: bytes = JPEG) -> str:
        return str(self.upload("material/add_material", data, type="image")["media_id"])


class Held(Plain):
    """The same, with the stand-in that it talks to."""

    def __init__(self, standin: StandIn) -> None:
        super().__init__(standin.port, standin.world.settings)
        self.standin = standin


def article(thumb: str, **more: Any) -> Json:
    return {"title": "题", "content": "<p>文</p>", "thumb_media_id": thumb} | more


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn(Settings(polls=1)) as server:
        yield server


@pytest.fixture
def plain(standin: StandIn) -> Held:
    client = Held(standin)
    client.fresh()
    return client


def draft(plain: Plain, *articles: Json) -> str:
    found = plain.call("draft/add", {"articles": list(articles) or [article(plain.image())]})
    return str(found["media_id"])


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


# Publishing


def test_a_draft_is_published_once_and_is_gone(plain: Held) -> None:
    media_id = draft(plain)
    publish_id = plain.call("freepublish/submit", {"media_id": media_id})["publish_id"]
    assert plain.code("freepublish/submit", {"media_id": media_id}) == 53501
    states = [plain.call("freepublish/get", {"publish_id": publish_id}) for _ in range(2)]
    assert [one["publish_status"] for one in states] == [1, 0]
    assert plain.code("freepublish/submit", {"media_id": media_id}) == 40007
    assert plain.code("draft/get", {"media_id": media_id}) == 40007
    article_id = states[1]["article_id"]
    assert len(plain.standin.events()) == 1
    assert plain.code("freepublish/delete", {"article_id": article_id, "index": 2}) == 40060
    assert plain.code("freepublish/delete", {"article_id": article_id}) == 0
    assert plain.code("freepublish/getarticle", {"article_id": article_id}) == 53600
    again = plain.call("freepublish/get", {"publish_id": publish_id})
    assert again["publish_status"] == 5


@pytest.mark.parametrize("status", [2, 3, 4])
def test_a_failed_publication_leaves_the_draft(plain: Held, status: int) -> None:
    plain.standin.set(results=[status], polls=0)
    media_id = draft(plain)
    publish_id = plain.call("freepublish/submit", {"media_id": media_id})["publish_id"]
    found = plain.call("freepublish/get", {"publish_id": publish_id})
    assert found["publish_status"] == status
    assert found["fail_idx"] == ([1] if status in (2, 4) else [])
    assert plain.code("draft/get", {"media_id": media_id}) == 0


def test_unverified_accounts_do_not_publish(plain: Held) -> None:
    plain.standin.set(verified=False)
    assert plain.code("freepublish/submit", {"media_id": draft(plain)}) == 48001
    assert plain.code("freepublish/get", {"publish_id": "1"}) == 48001


def test_events_once_twice_lost(plain: Held) -> None:
    for how, number in (("once", 1), ("twice", 2), ("lost", 0)):
        plain.standin.set(events=how)
        plain.call("freepublish/submit", {"media_id": draft(plain)})
        plain.standin.finish()
        assert len(plain.standin.events()) == number


# Mass sends


def send(plain: Plain, media_id: str, client_id: str = "", **told: Any) -> Json:
    body = {
        "filter": {"is_to_all": True, "tag_id": ""} | told,
        "mpnews": {"media_id": media_id},
        "msgtype": "mpnews",
        "send_ignore_reprint": 0,
    }
    return plain.call(
        "message/mass/sendall", body | ({"clientmsgid": client_id} if client_id else {})
    )


def test_who_it_goes_to(plain: Held) -> None:
    media_id = draft(plain)
    assert send(plain, media_id, tag_id=None)["errcode"] == 40152
    assert send(plain, media_id, is_to_all=False, tag_id=3)["errcode"] == 40152
    assert send(plain, media_id, is_to_all=False, tag_id=2)["errcode"] == 0


def test_one_a_day_for_a_subscription_account(plain: Held) -> None:
    assert send(plain, draft(plain))["errcode"] == 0
    assert send(plain, draft(plain))["errcode"] == 45028
    plain.standin.advance(86_400)
    plain.fresh()
    assert send(plain, draft(plain))["errcode"] == 0


def test_four_a_month_for_a_service_account() -> None:
    noon = 1_795_492_800.0  # 2026-11-24 12:00 in Beijing, some days before the month ends
    with StandIn(Settings(account="service"), clock=lambda: noon) as standin:
        plain = Held(standin)
        plain.fresh()
        assert send(plain, draft(plain))["errcode"] == 0
        assert send(plain, draft(plain))["errcode"] == 45028  # to all once a day
        for _ in range(3):
            assert send(plain, draft(plain), is_to_all=False, tag_id=2)["errcode"] == 0
        assert send(plain, draft(plain), is_to_all=False, tag_id=2)["errcode"] == 45028
        standin.advance(10 * 86_400)
        plain.fresh()
        assert send(plain, draft(plain))["errcode"] == 0


def test_the_same_clientmsgid(plain: Held) -> None:
    media_id = draft(plain)
    first = send(plain, media_id, "push-1")
    assert send(plain, media_id, "push-1")["errcode"] == 45066
    plain.standin.advance(61)
    again = send(plain, media_id, "push-1")
    assert (again["errcode"], again["msg_id"]) == (45065, first["msg_id"])
    assert send(plain, media_id, "x" * 65)["errcode"] == 45067
    assert len(plain.standin.effects("message/mass/sendall")) == 1


def test_an_administrator_must_confirm(plain: Held) -> None:
    plain.standin.set(protected=True, polls=0)
    msg_id = send(plain, draft(plain))["msg_id"]
    asked = {"msg_id": str(msg_id)}
    assert plain.call("message/mass/get", asked)["msg_status"] == "SENDING"
    plain.standin.confirm()
    assert plain.call("message/mass/get", asked)["msg_status"] == "SEND_SUCCESS"
    plain.standin.advance(86_400)
    plain.fresh()
    late = {"msg_id": str(send(plain, draft(plain))["msg_id"])}
    plain.standin.advance(1801)
    assert plain.call("message/mass/get", late)["msg_status"] == "SEND_FAIL"
    assert "err(40002)" in plain.standin.events()[-1]


def test_preview_goes_to_followers_only(plain: Held) -> None:
    body = {"mpnews": {"media_id": draft(plain)}, "msgtype": "mpnews"}
    assert plain.code("message/mass/preview", body | {"towxname": "zhang_san"}) == 0
    assert plain.code("message/mass/preview", body | {"towxname": "li_si"}) == 40132


# Quotas


def test_quotas_count_by_call_and_day(plain: Held) -> None:
    plain.standin.set(limits={"draft/get": 2})
    for _ in range(2):
        assert plain.code("draft/get", {"media_id": "x"}) == 40007
    assert plain.code("draft/get", {"media_id": "x"}) == 45009
    asked = {"cgi_path": "/cgi-bin/draft/get"}
    quota = plain.call("openapi/quota/get", asked)["quota"]
    assert quota == {"daily_limit": 2, "used": 2, "remain": 0}
    assert plain.code("openapi/quota/get", {"cgi_path": "draft/get"}) == 76003
    appid = {"appid": plain.standin.world.settings.appid}
    assert plain.code("clear_quota", appid) == 0
    assert plain.code("draft/get", {"media_id": "x"}) == 40007
    assert [plain.code("clear_quota", appid) for _ in range(10)] == [0] * 9 + [48006]


# Faults


def lost(act: Callable[[], object]) -> None:
    with pytest.raises((http.client.HTTPException, ConnectionError, TimeoutError)):
        act()


@pytest.mark.parametrize(
    ("do", "done"), [("cut_before", 0), ("cut_after", 1), ("cut_half", 1), ("cut_upload", 0)]
)
def test_connections_that_end(plain: Held, do: str, done: int) -> None:
    body = {"articles": [article(plain.image())]}
    plain.standin.fault("draft/add", do)
    lost(lambda: plain.call("draft/add", body))
    assert len(plain.standin.effects("draft/add")) == done
    assert plain.code("draft/add", body) == 0


def test_faults_wait_repeat_and_end(plain: Held) -> None:
    plain.standin.fault("draft/*", "code", code=-1, skip=1, times=2)
    got = [plain.code("draft/get", {"media_id": "x"}) for _ in range(4)]
    assert got == [40007, -1, -1, 40007]
    plain.standin.fault("*", "code", code=40001, times=-1)
    assert [plain.code("draft/get", {"media_id": "x"}) for _ in range(3)] == [40001] * 3
    assert "access_token" in plain.fresh()
    plain.standin.calm()
    assert plain.code("draft/get", {"media_id": "x"}) == 40007


def test_the_journal_holds_every_request_and_no_secret(plain: Held) -> None:
    plain.image()
    plain.code("draft/get", {"media_id": "x"})
    journal = plain.standin.requests()
    assert [(one["path"], one["code"]) for one in journal] == [
        ("stable_token", 0),
        ("material/add_material", 0),
        ("draft/get", 40007),
    ]
    assert journal[1]["effects"][0][0] == "material/add_material"
    text = json.dumps([journal, plain.standin.state()])
    assert plain.token not in text
    assert plain.standin.world.settings.secret not in text


def test_as_a_program_its_state_survives(tmp_path: Path) -> None:
    def run(act: Callable[[Remote, Plain], Any]) -> Any:
        command = [sys.executable, "-m", "tests.wechat_standin", "--folder", str(tmp_path)]
        with subprocess.Popen(
            [*command, "--settings", '{"polls": 0}'],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parent.parent,
        ) as program:
            assert program.stdout is not None
            told = json.loads(program.stdout.readline())
            remote = Remote(told["control"])
            plain = Plain(urlsplit(told["api"]).port or 0, Settings())
            plain.fresh()
            found = act(remote, plain)
            program.kill()
        return found

    media_id = run(lambda remote, plain: draft(plain))

    def later(remote: Remote, plain: Plain) -> Any:
        remote.edit(media_id, 0, title="改过")
        remote.fault("draft/count", "code", code=45009)
        assert plain.send("GET", "draft/count", access_token=plain.token)[2].count(b"45009")
        with pytest.raises(RuntimeError):
            remote.fault()
        assert remote.environ("tjj")["WEIKE_WECHAT_API"].endswith("/cgi-bin/")
        return plain.call("draft/get", {"media_id": media_id}), remote.effects("draft/add")

    found, effects = run(later)
    assert found["news_item"][0]["title"] == "改过"
    assert [one[1] for one in effects] == [media_id]
