"""The one way to WeChat: wechatpy's client, with its proven faults kept out.

client = open_client("tjj", state, now=…)          # secrets, token store and address from the machine
outcome = client.draft_add([article])              # see calls.py and outcome.py
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from publish.secrets import Credentials
from publish.wechat.calls import Calls
from publish.wechat.tokens import Tokens

API = "https://api.weixin.qq.com/cgi-bin/"
API_VARIABLE = "WEIKE_WECHAT_API"  # another address: the stand-in, or the bureau's own relay


class Client(Calls):
    """One account. Not for use by several threads at once."""

    def __init__(
        self,
        credentials: Credentials,
        tokens: Tokens,
        *,
        base: str = API,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        timeout: tuple[float, float] = (10.0, 60.0),
    ) -> None: ...


def open_client(
    account: str,
    state: Path,
    *,
    now: Callable[[], datetime],
    environ: Mapping[str, str] | None = None,
    sleep: Callable[[float], None] | None = None,
) -> Client:
    """Open the account's client by this machine's secrets; `publish.secrets.NoSecret` when it has none.

    `environ`: the process's own by default (secrets, WEIKE_WECHAT_API). The token is kept in `state`.
    """
    raise NotImplementedError
