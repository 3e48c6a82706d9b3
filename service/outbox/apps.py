"""A notice to somebody's account on a government mobile platform, by an application that the bureau made there.

Written after the public documents of 企业微信 (developer.work.weixin.qq.com/document/path/91039 for tokens,
…/90236 for messages, …/90455 for error codes), whose interface private platforms take over under an address
of their own. What leaves is `SAID` and an address, as in `ways`.
"""

from __future__ import annotations

from typing import Any

import requests
from wechatpy.exceptions import WeChatClientException
from wechatpy.work import WeChatClient

from publish.secrets import hush_logs
from service.desk import Desk
from service.outbox.ways import WAIT, Never, NotNow, Nowhere, sentence
from service.settings import Platform
from service.store import people

STALE = (40014, 42001)  # a token that holds no more: one new one
NOBODY = (40003, 40031, 60111, 81013)  # no such account, or the application may not see it
BUSY = (45009, 45033)  # asked too often
EARLY, REST = (
    300,
    60,
)  # seconds: a token is renewed before its end; how long a refusing platform is left alone
STRANGER = "平台上没有这个账号，或者不在应用的可见范围里。"
GARBLED = "平台的回答读不懂。"
Key = tuple[str, str, int]


class _Wire(requests.Session):
    """Goes nowhere else than told, by no proxy, and not for ever."""

    def __init__(self, told: Platform) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = str(told.ca_file) if told.ca_file else True

    def request(self, method: str, url: str, **more: Any) -> requests.Response:  # type: ignore[override]  # its options as one
        """As requests does, within bounds; `HTTPError` for all but 200."""
        more |= {"timeout": WAIT, "allow_redirects": False}
        answer = super().request(method, url, **more)
        if answer.status_code != 200:
            raise requests.HTTPError(response=answer)
        return answer


class App(WeChatClient):  # type: ignore[misc]  # wechatpy ships no types
    """One application: wechatpy's calls under the address of the settings.

    Its own handling of tokens is not used: it asks anew without end, and at Tencent's address alone.
    """

    _http: requests.Session

    def __init__(self, told: Platform, secret: str) -> None:
        """`secret`: the application's."""
        self.API_BASE_URL = f"{told.address}/cgi-bin/"
        super().__init__(told.corp_id, secret, timeout=WAIT, auto_retry=False)
        self._http.close()
        self._http = _Wire(told)
        self.bearer = ""
        hush_logs()

    def __repr__(self) -> str:
        return f"<App {self.corp_id}>"

    @property
    def access_token(self) -> str:
        """What each call shows."""
        return self.bearer

    def fetched(self) -> tuple[str, int]:
        """A token, and for how many seconds it holds."""
        asked = {"corpid": self.corp_id, "corpsecret": self.secret, "access_token": None}
        told = self.get("gettoken", params=asked)
        token, lasts = told["access_token"], int(told.get("expires_in", 7200))
        if not isinstance(token, str) or not token:
            raise ValueError
        return token, lasts

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


class Apps:
    """The way to all platforms. Tokens are kept until they end; a platform that refuses is left alone a while."""

    def __init__(self) -> None:
        """Nothing is kept beyond the process: the same token is given again while it holds."""
        self._tokens: dict[Key, tuple[str, int]] = {}
        self._resting: dict[Key, tuple[int, str]] = {}

    def __call__(self, desk: Desk, row: Any) -> None:
        """Send one notice; `Never`, `NotNow`, `Nowhere` as all ways do."""
        told, account = _whom(desk, row)
        key = (told.address, told.corp_id, told.agent_id)
        until, said = self._resting.get(key, (0, ""))
        if desk.clock() < until:
            raise NotNow(said)
        app = App(told, told.secret_file.read_text("utf-8").strip())
        try:
            self._say(desk, key, app, account)
        except WeChatClientException as error:
            raise self._refused(desk, key, error) from None  # it holds the address with the secret
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else "不成样子"
            raise self._rest(desk, key, f"平台回答 {status}。") from None
        except requests.RequestException as error:
            raise self._rest(desk, key, f"平台连不上（{type(error).__name__}）。") from None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise NotNow(GARBLED) from None
        finally:
            app.close()

    def _say(self, desk: Desk, key: Key, app: App, account: str) -> None:
        for fresh in (False, True):
            app.bearer = self._token(desk, key, app, fresh)
            try:
                answer = app.message.send_text(key[2], account, sentence(desk))
            except WeChatClientException as error:
                if fresh or error.errcode not in STALE:
                    raise
                continue
            if answer["errcode"] or answer.get("invaliduser") or answer.get("unlicenseduser"):
                raise Never(STRANGER)
            return

    def _token(self, desk: Desk, key: Key, app: App, fresh: bool) -> str:
        token, until = self._tokens.get(key, ("", 0))
        if fresh or desk.clock() >= until:
            self._tokens.pop(key, None)
            try:
                token, lasts = app.fetched()
            except (KeyError, TypeError, ValueError, AttributeError):
                self._rest(desk, key, GARBLED)
                raise
            except WeChatClientException as error:
                self._rest(
                    desk, key, f"平台不给凭证（errcode {error.errcode}）：请核对企业编号和密钥。"
                )
                raise
            self._tokens[key] = token, desk.clock() + max(lasts - EARLY, lasts // 2) * 1000
        return token

    def _rest(self, desk: Desk, key: Key, said: str) -> NotNow:
        self._resting[key] = desk.clock() + REST * 1000, said
        return NotNow(said)

    def _refused(self, desk: Desk, key: Key, error: Any) -> Exception:
        """What a refusal means for this notice; a platform that would refuse the next one too gets rest."""
        if error.errcode in NOBODY:
            return Never(STRANGER)
        until, said = self._resting.get(key, (0, ""))
        if desk.clock() < until:
            return NotNow(said)
        told = f"平台没有收（errcode {error.errcode}）。"
        return self._rest(desk, key, told) if error.errcode in (*STALE, *BUSY) else NotNow(told)


def _whom(desk: Desk, row: Any) -> tuple[Platform, str]:
    """The platform and the account there of the user that a row names: `name:account`, or the first's account."""
    with desk.store.read() as connection:
        found = people.find(connection, [int(row.to)]) if row.to.isdigit() else []
    if not found or not found[0].active:
        raise Never("没有这个用户，或者停用了。")
    name, _, account = found[0].platform.rpartition(":")
    if not account:
        raise Never("这位用户没有平台账号。")
    known = [p for p in desk.settings.platforms if name in {"", p.name}]
    if not known:
        raise Nowhere
    return known[0], account
