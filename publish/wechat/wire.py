"""The HTTP below the client: one request, no redirects, never without TLS checks, and what a failure proves."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from publish.wechat.outcome import Kind, Refused, Unknown

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_LOOK = "检查这台机器的网络、代理和防火墙，再执行一次推送。"


class BadAddress(ValueError):
    """An address that secrets must not be sent to; the text says why, in Chinese."""


class Redirected(requests.RequestException):
    """An answer that sends us elsewhere: never followed, for the address would carry the token there."""


def checked_base(address: str) -> str:
    """Give the base address, ending in a slash; `BadAddress` when a secret sent there could be read on the way."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host or parts.username or parts.password or parts.query or parts.fragment:
        raise BadAddress("WEIKE_WECHAT_API 不是完整的地址：写成 https://主机/cgi-bin/ 的样子。")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise BadAddress("WEIKE_WECHAT_API 必须是 https:// 开头（只有本机的测试服务可以用 http）。")
    return address if address.endswith("/") else address + "/"


class Wire(requests.Session):
    """A session that does only what is safe with a token in the address."""

    def __init__(self, base: str) -> None:
        super().__init__()
        parts = urlsplit(base)
        if parts.hostname not in LOOPBACK:  # a proxy would see plain HTTP to loopback
            self.proxies = dict(requests.utils.get_environ_proxies(base))
        self.trust_env = False  # no .netrc, no other certificate list by accident

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """No answer sends us anywhere: requests would prepare the next address, and stumble over a bad one."""
        return None

    def request(self, method: str, url: str | bytes, **kwargs: Any) -> requests.Response:  # type: ignore[override]  # takes what it passes on
        """Send once. `Redirected` instead of following; certificates are checked whatever was asked."""
        kwargs["verify"] = True
        answer = super().request(method, url, **kwargs)
        if 300 <= answer.status_code < 400:
            raise Redirected(response=answer)
        return answer


def failure(error: Exception) -> Refused | Unknown:
    """Say what a failed request proves: nothing was sent, or nobody knows. Quotes nothing of the error itself."""
    response = getattr(error, "response", None)
    if isinstance(error, Redirected):
        return Unknown("对方要把请求转到别的地址，没有跟过去；可能是上网认证页面或代理拦住了。")
    if response is not None:
        return _status(int(response.status_code))
    reasons = list(_reasons(error))
    if any(isinstance(reason, ssl.SSLCertVerificationError) for reason in reasons):
        return _unsent(
            "对方的证书验证不过，没有发送：可能有设备在中间拦截",
            "请网络管理员放行 api.weixin.qq.com，不要替换证书。",
        )
    if any(isinstance(reason, _NEVER_SENT) for reason in reasons):
        return _unsent("连不上微信，什么也没有发出去", _LOOK)
    if any(isinstance(reason, TimeoutError | requests.Timeout) for reason in reasons):
        return Unknown("请求发出去了，微信一直没有答复，不知道做了没有。")
    return Unknown("请求发出去以后连接断了，不知道微信做了没有。")


_NEVER_SENT = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,  # with TLS only the CONNECT before the request goes through a proxy's hands
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.LocationParseError,
    UnicodeEncodeError,
)


def _status(status: int) -> Refused | Unknown:
    if status >= 500 or status in (408, 499):
        return Unknown(f"微信的服务器出错（HTTP {status}），不知道做了没有。", code=None)
    return _unsent(
        f"中间的设备或地址拒绝了请求（HTTP {status}）", "检查代理和 WEIKE_WECHAT_API 的地址。"
    )


def _unsent(said: str, todo: str) -> Refused:
    return Refused(Kind.NETWORK, None, said, todo)


def _reasons(error: BaseException, depth: int = 0) -> Iterator[BaseException]:
    """The error and what it wraps: requests wraps urllib3, which wraps the system's."""
    yield error
    if depth > 8:
        return
    inner = [error.__cause__, getattr(error, "reason", None), *error.args]
    for one in inner:
        if isinstance(one, BaseException):
            yield from _reasons(one, depth + 1)
