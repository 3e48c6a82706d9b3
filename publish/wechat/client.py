"""The one way to WeChat: wechatpy's client, with its proven faults kept out.

    client = open_client("tjj", state, now=…)          # secrets, token store and address from this machine
    outcome = client.draft_add([article])              # see calls.py and outcome.py

What is ours: the token comes from stable_token and, as everything else, from our own base address; one bounded retry
after a token was refused (at most three token requests in all, then the client stops asking for a while); uploads are
bytes, so that a retry sends them again whole; JSON is raw UTF-8; no redirects; timeouts; no exception, repr or log
holds a token or a secret.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
import urllib3
from wechatpy.client import WeChatClient
from wechatpy.exceptions import WeChatClientException

from publish import secrets
from publish.wechat.calls import Calls, File, Json, raw_json
from publish.wechat.errors import DUPLICATE, FRESH_TOKEN, refusal
from publish.wechat.outcome import Done, Kind, Outcome, Refused, Trouble, Unknown
from publish.wechat.tokens import FORCED_A_DAY, Tokens
from publish.wechat.wire import Wire, checked_base, failure

OFFICIAL = "https://api.weixin.qq.com/"
API = OFFICIAL + "cgi-bin/"
API_VARIABLE = "WEIKE_WECHAT_API"  # another address: the stand-in, or the bureau's own relay
EARLY = 300  # seconds: WeChat renews so long before the end, and both tokens hold meanwhile
REST = timedelta(
    minutes=10
)  # how long a client asks nothing more once fresh tokens are refused, too
JSON_TYPE = {"Content-Type": "application/json; charset=utf-8"}


class Client(Calls, WeChatClient):  # type: ignore[misc]  # wechatpy ships no types
    """One account. Not for use by several threads at once; several processes may share `tokens`."""

    _http: Wire

    def __init__(
        self,
        credentials: secrets.Credentials,
        tokens: Tokens,
        *,
        base: str = API,
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        timeout: tuple[float, float] = (10.0, 60.0),
    ) -> None:
        """`base`: ends in /cgi-bin/, https or loopback, else `wire.BadAddress`. `timeout`: to connect, to answer."""
        self.API_BASE_URL = checked_base(base)
        super().__init__(
            credentials.appid, credentials.secret, session=tokens, timeout=timeout, auto_retry=False
        )
        self._http.close()
        self._http = Wire(self.API_BASE_URL)
        self._tokens, self._now, self._sleep = tokens, now, sleep
        seed = (
            f"{self.API_BASE_URL}\n{credentials.appid}"  # a stand-in's token never goes to WeChat
        )
        self._account = hashlib.sha256(seed.encode()).hexdigest()[:24]
        self._resting: tuple[datetime, Refused] | None = None
        secrets.hush_logs()

    def __repr__(self) -> str:
        return f"<Client {self.appid}>"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # What the calls stand on

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
        """Carry out one call of cgi-bin/; see `Calls.ask`."""
        outcome = self._carry(path, body, query, files, form, reads)
        if isinstance(outcome, Done) and not isinstance(outcome.value, dict):
            return Unknown("微信的答复不是 JSON，不知道做了没有。")
        return outcome

    def fetch(self, path: str, body: Mapping[str, Any]) -> Outcome[Json | bytes]:
        """(reads) POST and take JSON or bytes, whichever comes."""
        return self._carry(path, body, None, None, None, reads=True)

    def clear_quota(self) -> Outcome[Json]:
        """Reset today's counters of all calls: 10 times a month, for a person to decide."""
        return self.ask("clear_quota", {"appid": self.appid})

    def _carry(
        self,
        path: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str] | None,
        files: Mapping[str, File] | None,
        form: Mapping[str, str] | None,
        reads: bool,
    ) -> Outcome[Any]:
        try:
            request = _request(body, query, files, form)
        except (UnicodeError, ValueError, TypeError):
            return _unfit()
        method = "get" if body is None and files is None else "post"
        outcome = self._with_token(method, path, request)
        if reads and isinstance(outcome, Unknown):
            self._sleep(1.0)
            outcome = self._with_token(method, path, request)
        return outcome

    def _with_token(self, method: str, path: str, request: Json) -> Outcome[Any]:
        """Send with the token we have; once more with a fresh one when it was refused."""
        if self._resting and self._now() < self._resting[0]:
            return self._resting[1]
        kept = self._kept_token()
        token = kept if isinstance(kept, str) else self._renewed(None)
        if not isinstance(token, str):
            return token
        outcome = self._once(method, path, request, token)
        if not _stale(outcome):
            return outcome
        fresh = self._renewed(token, untried=isinstance(kept, str))
        if not isinstance(fresh, str):
            return fresh
        outcome = self._once(method, path, request, fresh)
        if isinstance(outcome, Refused) and _stale(outcome):
            said = f"换了新令牌，微信还是不认：{outcome.said}"
            outcome = Refused(Kind.CONFIG, outcome.code, said, outcome.todo, outcome.answer)
            self._resting = (self._now() + REST, outcome)
        return outcome

    def _once(self, method: str, path: str, request: Json, token: str) -> Outcome[Any]:
        """One request through wechatpy; every way it can end, as an outcome."""
        arguments = request | {"params": {**request["params"], "access_token": token}}
        try:
            answer = super()._request(method, path, **arguments)
        except WeChatClientException as error:
            return self._answered(error, token)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return failure(error)
        except (ValueError, TypeError, RecursionError):
            return Unknown("微信的答复读不懂，不知道做了没有。")
        if isinstance(answer, dict):
            return Done(answer)
        return _raw(answer)

    def _answered(self, error: WeChatClientException, token: str) -> Outcome[Any]:
        """WeChat's error code, or an HTTP status that is an error. `error` holds the token: nothing of it goes on."""
        if error.errcode is None:
            return failure(error)
        code = int(error.errcode)
        if code == DUPLICATE:
            return Done(_json(error.response), already=True)
        return refusal(code, self._clean(error.errmsg, token))

    def _clean(self, said: object, *values: str) -> str:
        """WeChat's own words, fit for a terminal and a ledger."""
        text = secrets.redact(str(said), self.secret.reveal(), *values)
        return "".join(c for c in text if c.isprintable() and not "\ud800" <= c <= "\udfff")[:500]

    # The token

    @property
    def access_token_key(self) -> str:
        """Where the token is kept: by account and by address."""
        return f"token:{self._account}"

    @property
    def access_token(self) -> str:
        """The token, for what of wechatpy asks by itself; `Trouble` when there is none to be had."""
        kept = self._kept_token()
        token = kept if isinstance(kept, str) else self._renewed(None)
        if isinstance(token, str):
            return token
        raise Trouble(token)

    def fetch_access_token(self) -> None:
        """Fetch a token from stable_token; `Trouble` when that fails."""
        token = self._renewed(None)
        if not isinstance(token, str):
            raise Trouble(token)

    def _kept_token(self) -> str | Refused | None:
        try:
            return self._tokens.get(self.access_token_key)
        except (sqlite3.Error, OSError):
            return _no_store()

    def _renewed(self, bad: str | None, untried: bool = True) -> str | Refused:
        """Give a token other than `bad`. `untried`: an ordinary request may bring a new one, no need to force.

        Only one process of the machine is in here at a time: who waited finds the other's token.
        """
        try:
            with self._tokens.alone():
                kept = self._tokens.get(self.access_token_key)
                if kept and kept != bad:
                    return kept
                token = self._fetched(force=False) if bad is None or untried else bad
                if token != bad:
                    return token
                return self._forced()
        except (sqlite3.Error, OSError):
            return _no_store()

    def _forced(self) -> str | Refused:
        wait = self._tokens.wait_for_force(self._account)
        if wait is None:
            said = f"微信不认令牌，今天强制换令牌的 {FORCED_A_DAY} 次也用完了"
            return Refused(
                Kind.QUOTA, None, said, "查清是不是有别的系统在抢用这个账号的令牌，明天再推送。"
            )
        if wait:
            self._sleep(wait)
        self._tokens.note_force(self._account)
        token = self._fetched(force=True)
        self._tokens.settle_force(self._account)
        return token

    def _fetched(self, force: bool) -> str | Refused:
        """Ask stable_token once. Whatever goes wrong here, the call that wanted the token was not sent."""
        outcome = self._token_answer(force)
        if isinstance(outcome, Unknown):
            return Refused(
                Kind.NETWORK,
                outcome.code,
                "取令牌没有成功，什么也没有发出去",
                "过一会儿再执行一次推送。",
            )
        if isinstance(outcome, Refused):
            kind = Kind.CONFIG if outcome.kind is Kind.TOKEN else outcome.kind
            return Refused(kind, outcome.code, outcome.said, outcome.todo, outcome.answer)
        token, seconds = outcome.value
        self._tokens.set(self.access_token_key, token, max(60, seconds - EARLY))
        return token

    def _token_answer(self, force: bool) -> Outcome[tuple[str, int]]:
        try:
            answer = self._http.post(
                self.API_BASE_URL + "stable_token",
                data=raw_json(
                    {
                        "grant_type": "client_credential",
                        "appid": self.appid,
                        "secret": self.secret.reveal(),
                        "force_refresh": force,
                    }
                ).encode(),
                headers=JSON_TYPE,
                timeout=self.timeout,
            )
            answer.raise_for_status()
            found = _json(answer)
            code = int(found.get("errcode") or 0)
            if not code:
                return Done((str(found["access_token"]), int(found.get("expires_in", 7200))))
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return failure(error)
        except (ValueError, TypeError, KeyError, RecursionError):
            return Unknown("取令牌的答复读不懂。")
        return refusal(code, self._clean(found.get("errmsg", "")))

    # What else of wechatpy is used (the service's customer messages) takes the same way

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        """wechatpy's own door: the same care, but the answer itself; `Trouble` when it isn't done."""
        outcome = self._through(method, url_or_endpoint, kwargs)
        if not isinstance(outcome, Done):
            raise Trouble(outcome)
        process = kwargs.get("result_processor")
        return process(outcome.value) if process else outcome.value

    def _through(self, method: str, path: str, kwargs: Json) -> Outcome[Any]:
        base = str(kwargs.get("api_base_url") or "")
        address = path if path.startswith(("http://", "https://")) else base + path
        own = self.API_BASE_URL.removesuffix("cgi-bin/")
        if address.startswith(OFFICIAL):
            address = own + address.removeprefix(OFFICIAL)
        if "://" in address and not address.startswith(own):
            return Refused(
                Kind.CONFIG, None, "这个地址不是微信的，令牌不能发过去", "请告诉维护人员。"
            )
        data = kwargs.get("data")
        try:
            request = _request(
                data if isinstance(data, Mapping) and "files" not in kwargs else None,
                kwargs.get("params") or {},
                {name: _file(file) for name, file in (kwargs.get("files") or {}).items()} or None,
                data if isinstance(data, Mapping) and "files" in kwargs else None,
            )
        except (UnicodeError, ValueError, TypeError):
            return Refused(
                Kind.CONTENT, None, "要发送的内容不能编码，没有发送", "检查内容里的乱码。"
            )
        return self._with_token(method, address, request)


def open_client(
    account: str,
    state: Path,
    *,
    now: Callable[[], datetime],
    environ: Mapping[str, str] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    timeout: tuple[float, float] = (10.0, 60.0),
) -> Client:
    """Open the account's client by this machine's secrets; `secrets.NoSecret` or `wire.BadAddress` when it can't.

    `environ`: the process's own by default (secrets, WEIKE_WECHAT_API). The token is kept in `state`.
    """
    environ = os.environ if environ is None else environ
    return Client(
        secrets.wechat(account, state, environ),
        Tokens(state, now),
        base=environ.get(API_VARIABLE) or API,
        now=now,
        sleep=sleep,
        timeout=timeout,
    )


def _request(
    body: Mapping[str, Any] | None,
    query: Mapping[str, str] | None,
    files: Mapping[str, File] | None,
    form: Mapping[str, str] | None,
) -> Json:
    """Make the request's arguments, all of it bytes: the same can be sent twice."""
    request: Json = {"params": dict(query or {})}
    if files is not None:
        parts: Json = {name: _checked(file) for name, file in files.items()}
        parts |= {name: (None, text.encode()) for name, text in (form or {}).items()}
        request["files"] = parts
    elif body is not None:
        request |= {"data": raw_json(body).encode(), "headers": JSON_TYPE}
    return request


def _checked(file: tuple[str, Any, str]) -> File:
    name, data, mime = file
    if not name.isascii() or not isinstance(data, bytes) or not data:
        raise ValueError("an upload is (ASCII name, bytes, MIME type)")
    return name, data, mime


def _file(value: Any) -> File:
    """Make bytes of what wechatpy's callers give: an open file would be at its end when sent again."""
    if isinstance(value, tuple):
        name, data, *rest = value
        data = data.read() if hasattr(data, "read") else data
        return name, data, rest[0] if rest else "application/octet-stream"
    return "upload.bin", value.read(), "application/octet-stream"


def _stale(outcome: Outcome[Any]) -> bool:
    return isinstance(outcome, Refused) and outcome.code in FRESH_TOKEN


def _json(answer: Any) -> Json:
    """The JSON of an answer whatever type it claims: WeChat sends it as text/plain, too."""
    found = json.loads(answer.content.decode("utf-8", "ignore"), strict=False)
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


def _raw(answer: Any) -> Outcome[bytes]:
    """An answer that is no JSON: a file, or some page in between that says nothing of what was done."""
    kind = str(getattr(answer, "headers", {}).get("Content-Type", "")).lower()
    if kind.startswith(("image/", "video/", "audio/", "application/octet-stream")):
        return Done(bytes(answer.content))
    return Unknown("微信的答复不是 JSON，不知道做了没有；可能是上网认证页面或代理拦住了。")


def _unfit() -> Refused:
    said = "要发送的内容有毛病，没有发送：空文件，或者有不能编码的字符"
    return Refused(Kind.CONTENT, None, said, "到计划里写明的那一篇里找，改好重新生成。")


def _no_store() -> Refused:
    return Refused(
        Kind.CONFIG,
        None,
        "存令牌的文件读写不了，什么也没有发出去",
        "检查 state 文件夹的权限和磁盘空间；如果另一个推送正在进行，等它结束。",
    )
