"""A WeChat client of nothing but http.client: what judges the stand-in must not be our own client."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode

from tests.wechat_standin import StandIn
from tests.wechat_world import Settings

JPEG = b"\xff\xd8\xff\xe0" + b"j" * 200
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


def draft(plain: Plain, *articles: Json) -> str:
    found = plain.call("draft/add", {"articles": list(articles) or [article(plain.image())]})
    return str(found["media_id"])
