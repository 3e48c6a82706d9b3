"""How a notice leaves: by mail or to a platform. It says that there is one, and never what it says.

Whatever a feature wrote, what goes out is `SAID` and the address of the page that shows the rest to who
has signed in.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
import ssl
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

from service.desk import Desk
from service.settings import Mail, Webhook
from service.store import people

SAID = "您有一条通知"
WAIT = 15  # seconds for the other side
IMPLICIT = (465,)  # ports where TLS begins at once
Way = Callable[[Desk, Any], None]


class Never(Exception):
    """It can't be sent, now or later; the text says why, in Chinese."""


class NotNow(Exception):
    """The other side did not take it; the text says why, in Chinese, and holds nobody's address."""


class Nowhere(Exception):
    """There is no such way here: people see the notice in the page alone."""


def identity(desk: Desk, row: Any) -> str:
    """The same for each try: the other side can tell that it has it."""
    return f"weike-{desk.settings.profile}-{row.id}-{row.made}"


def mail(desk: Desk, row: Any) -> None:
    """Hand one in at the mail server."""
    told = desk.settings.mail
    if told is None:
        raise Nowhere
    with desk.store.read() as connection:
        found = people.find(connection, [int(row.to)]) if row.to.isdigit() else []
    if not found or not found[0].active:
        raise Never("没有这个用户，或者停用了。")
    if not found[0].mail:
        raise Never("这位用户没有邮箱。")
    try:
        with _server(told) as server:
            server.send_message(letter(desk, row, told, found[0].mail))
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused) as error:
        raise Never("邮件服务器不收这个地址。") from error
    except smtplib.SMTPResponseException as error:
        raise NotNow(f"邮件服务器回答 {error.smtp_code}。") from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotNow(f"邮件服务器连不上（{type(error).__name__}）。") from error


def letter(desk: Desk, row: Any, told: Mail, to: str) -> EmailMessage:
    """The whole mail."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = told.sender, to, SAID
    made["Message-ID"] = f"<{identity(desk, row)}@{told.sender.rpartition('@')[2]}>"
    made["Date"] = format_datetime(datetime.fromtimestamp(row.made / 1000, UTC))
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(f"{SAID}，请登录微课服务台查看：\n{_link(desk)}\n", cte="base64")
    return made


def _server(told: Mail) -> smtplib.SMTP:
    if told.tls:
        trust = ssl.create_default_context(cafile=told.ca_file)
        if told.port in IMPLICIT:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                told.host, told.port, timeout=WAIT, context=trust
            )
        else:
            server = smtplib.SMTP(told.host, told.port, timeout=WAIT)
            server.starttls(context=trust)
    else:
        server = smtplib.SMTP(told.host, told.port, timeout=WAIT)
    if told.user and told.password_file:
        server.login(told.user, told.password_file.read_text("utf-8").strip())
    return server


def webhook(desk: Desk, row: Any) -> None:
    """Tell a platform of the settings."""
    hook = desk.settings.webhooks.get(row.to)
    if hook is None:
        raise Nowhere
    body = json.dumps(told_as(desk, row, hook), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8", "X-Weike-Id": identity(desk, row)}
    if hook.secret_file:
        key = hook.secret_file.read_bytes().strip()
        headers["X-Weike-Signature"] = f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"
    request = urllib.request.Request(hook.address, body, headers)  # noqa: S310  # http(s), says the settings' pattern
    try:
        with _still.open(request, timeout=WAIT) as answer:
            _taken(answer.read(65536))
    except HTTPError as error:
        raise NotNow(f"平台回答 {error.code}。") from error
    except (OSError, HTTPException) as error:
        raise NotNow(f"平台连不上（{type(error).__name__}）。") from error


def told_as(desk: Desk, row: Any, hook: Webhook) -> Mapping[str, Any]:
    """What a platform is told, in its own form."""
    if hook.form == "wecom":
        return {"msgtype": "text", "text": {"content": sentence(desk)}}
    return {"id": identity(desk, row), "text": SAID, "link": _link(desk)}


def sentence(desk: Desk) -> str:
    """All that a notice says outside, in one line."""
    return f"{SAID}，请登录微课服务台查看：{_link(desk)}"


def _link(desk: Desk) -> str:
    return f"{desk.settings.origin}/notices"


def _taken(body: bytes) -> None:
    """Platforms answer 200 and say in the body that they did not take it."""
    try:
        said = json.loads(body)
    except ValueError:
        return
    if isinstance(said, dict) and (code := said.get("errcode", 0)) != 0:
        raise NotNow(f"平台没有收（errcode {str(code)[:12]}）。")


class _Still(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else than told."""

    def redirect_request(self, *told: Any) -> None:
        return None


_still = urllib.request.build_opener(_Still, urllib.request.ProxyHandler({}))
