"""Where tokens and secrets may go, and that they show nowhere."""

from __future__ import annotations

import logging
import ssl
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from publish import secrets
from publish.wechat.client import Client, open_client
from publish.wechat.outcome import Kind, Refused, Trouble, must
from publish.wechat.wire import BadAddress, checked_base
from tests.wechat_account import (
    JPEG,
    PLANTED,
    account,
    opened,
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


@pytest.fixture
def hasty(wechat: StandIn, tmp_path: Path) -> Iterator[Client]:
    """One that doesn't wait long for an answer."""
    with opening(wechat, tmp_path, 0.3) as one:
        must(one.draft_count())
        yield one


# Where it may go


@pytest.mark.parametrize(
    "address",
    [
        "http://api.weixin.qq.com/cgi-bin/",
        "http://127.0.0.1.example.com/cgi-bin/",
        "ftp://127.0.0.1/",
        "https://user:pass@host/cgi-bin/",
        "https://host/cgi-bin/?x=1",
        "https://host:99999999/cgi-bin/",
        "api.weixin.qq.com/cgi-bin/",
        "https:///cgi-bin/",
        "http://[::1",
    ],
)
def test_secrets_go_to_no_such_address(tmp_path: Path, address: str) -> None:
    environ = {"WEIKE_WECHAT_API": address}
    environ |= {"WEIKE_WECHAT_TJJ_APPID": "wx1", "WEIKE_WECHAT_TJJ_SECRET": PLANTED}
    with pytest.raises(BadAddress, match="WEIKE_WECHAT_API") as caught:
        open_client("tjj", tmp_path, now=lambda: datetime.now(UTC), environ=environ)
    assert "pass@" not in str(caught.value)


def test_addresses_that_are_good() -> None:
    for good in (
        "https://api.weixin.qq.com/cgi-bin",
        "http://localhost:1/",
        "http://[::1]:5/cgi-bin/",
    ):
        assert checked_base(good) == good.rstrip("/") + "/"


def test_a_proxy_of_the_machine_never_sees_loopback(
    wechat: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    client = opened(wechat, tmp_path)
    must(client.draft_count())
    client.close()


def test_a_certificate_that_nobody_vouches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    with _tls(tmp_path, seen) as port:
        environ = {"WEIKE_WECHAT_API": f"https://localhost:{port}/cgi-bin/"}
        environ |= {"WEIKE_WECHAT_TJJ_APPID": "wx1", "WEIKE_WECHAT_TJJ_SECRET": PLANTED}
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "own.pem"))
        client = open_client(
            "tjj", tmp_path / "state", now=lambda: datetime.now(UTC), environ=environ
        )
        outcome = client.draft_count()
        client.close()
    assert isinstance(outcome, Refused)
    assert outcome.kind is Kind.NETWORK
    assert not seen


class _tls:  # noqa: N801  # used as a context manager
    """A server with a certificate of its own making."""

    def __init__(self, folder: Path, seen: list[str]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                seen.append(self.path)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
                pass

        class Server(HTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """The client hangs up: that is what is tested."""

        self.server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate(folder))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def __enter__(self) -> int:
        self.thread.start()
        return int(self.server.server_address[1])

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def _certificate(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "own.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def test_what_else_of_wechatpy_takes_the_same_way(wechat: StandIn, client: Client) -> None:
    with pytest.raises(Trouble) as caught:
        client.message.send_text("openid", "好")
    assert isinstance(caught.value.outcome, Refused)
    sent = wechat.requests("message/custom/send")[0]
    assert sent["method"] == "POST"
    assert client.post("draft/batchget", data={"offset": 0, "count": 1})["total_count"] == 0
    with pytest.raises(Trouble):
        client.customservice.get_accounts()  # its own base address, in wechatpy
    assert wechat.requests("*customservice*")
    before = len(wechat.requests())
    for elsewhere in ("https://example.com/x", "http://127.0.0.1:9/x"):
        with pytest.raises(Trouble, match="不是微信的"):
            client.get(elsewhere)
    assert len(wechat.requests()) == before


def test_an_open_file_through_wechatpy_is_sent_again_whole(
    wechat: StandIn, client: Client, tmp_path: Path
) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(JPEG)
    must(client.draft_count())
    wechat.expire()
    with file.open("rb") as stream:
        assert client.media.upload_image(stream)
    assert wechat.requests("media/uploadimg")[-1]["file"]["size"] == len(JPEG)


# What never shows


def test_no_secret_in_any_text(
    wechat: StandIn, hasty: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    token = hasty.access_token
    shown: list[str] = [repr(hasty), str(hasty), f"{hasty.secret}", repr(vars(hasty))]
    echo = f"bad access_token={token} secret {PLANTED} {token}"
    faults: list[tuple[str, dict[str, Any]]] = [
        ("code", {"code": 40013, "text": echo}),
        ("code", {"code": 99999, "text": echo}),
        ("code", {"code": 45009, "text": echo}),
        ("code", {"code": -1, "text": echo}),
        *[(do, {}) for do in ("late", "cut_before", "cut_half", "http_before", "html", "redirect")],
        ("body", {"text": echo}),
    ]
    with caplog.at_level(logging.DEBUG):
        for do, more in faults:
            for path in ("draft/delete", "message/custom/send"):
                wechat.fault(path, do, **more)
            outcome = hasty.draft_delete("x")
            shown += [repr(outcome), str(outcome)]
            with pytest.raises(Trouble) as caught:
                hasty.message.send_text("openid", "x")
            shown += _traced(caught.value)
        wechat.set(secret="changed")
        wechat.forget()
        shown.append(repr(hasty.draft_count()))
    shown.append(caplog.text)
    assert "draft/delete" in caplog.text
    for text in shown:
        assert PLANTED not in text
        assert token not in text
        assert token[:40] not in text
    for file in tmp_path.rglob("*"):
        assert PLANTED.encode() not in file.read_bytes()


def _traced(error: BaseException) -> list[str]:
    """All that a traceback could show, the locals of every frame but the test's own included."""
    assert error.__traceback__ is not None
    told = traceback.TracebackException(
        type(error), error, error.__traceback__.tb_next, capture_locals=True
    )
    assert error.__cause__ is None
    assert error.__context__ is None
    return ["".join(told.format()), repr(error), repr(vars(error))]


def test_a_client_without_secrets_says_so(tmp_path: Path) -> None:
    with pytest.raises(secrets.NoSecret, match="WEIKE_WECHAT_TJJ_APPID"):
        open_client("tjj", tmp_path, now=lambda: datetime.now(UTC), environ={})
