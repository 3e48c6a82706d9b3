"""The review page as a web server: who gets in, whose requests are heard, on which networks."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from builder.approvals import make_key
from builder.review.server import local, refusal
from builder.review.sessions import IDLE, PAUSE
from tests.reviewers import CHEAP, PIN, Bureau, bureau
from tests.reviewweb import (
    ITEM,
    PATH,
    Page,
    fields,
    key_file,
    records,
    review_page,
    waiting,
    word_of,
)
from tests.sitefiles import faq


@pytest.fixture
def office(tmp_path: Path) -> Bureau:
    return waiting(tmp_path)


@pytest.fixture
def page(office: Bureau) -> Iterator[Page]:
    with review_page(office) as running:
        yield running


# --- getting in -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?view=all",
        PATH,
        "/withdraw/faq/mlk/b",
        "/signed/faq/mlk/b?did=x",
        "/look/new/@internet/faq/mlk/b/",
        "/file/new/faq/mlk/b?path=faq/mlk/b.md",
        "/form/pdf/faq/mlk/b",
    ],
)
def test_nothing_is_shown_to_strangers(page: Page, path: str) -> None:
    reply = page.visitor().get(path)
    assert reply.status == 303
    assert reply.headers["location"].startswith("/in")
    assert not reply.body


def test_key_and_pin_let_in(page: Page) -> None:
    who = page.visitor()
    reply = who.sign_in("sun")
    assert (reply.status, reply.headers["location"]) == (303, "/")
    cookie = next(c for c in reply.cookies if c.startswith("weike-review="))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "孙初" in who.get("/").text


def test_signing_in_leads_back(page: Page) -> None:
    reply = page.visitor().get(PATH)
    assert reply.headers["location"] == f"/in?to={PATH}"
    for bad in ("//evil.example/", "https://evil.example/", "/\\evil.example", "/%0d%0aX:%20y"):
        text = page.visitor().get(f"/in?to={bad}").text
        assert 'name="to" value="/"' in text


def test_a_wrong_pin_is_refused(page: Page) -> None:
    who = page.visitor()
    reply = who.sign_in("sun", "999999")
    assert reply.status == 403
    assert "口令不对" in reply.text
    assert who.get("/").status == 303


def test_five_wrong_pins_make_one_wait(page: Page) -> None:
    who = page.visitor()
    for _ in range(4):
        assert "口令不对" in who.sign_in("sun", "999999").text
    assert "5 分钟" in who.sign_in("sun", "999999").text
    assert "5 分钟" in who.sign_in("sun").text, "the right PIN is not heard either"
    assert page.visitor().sign_in("wang").status == 303, "nobody else has to wait"
    page.ticks.now += PAUSE + 1
    assert who.sign_in("sun").status == 303


def test_many_keys_from_one_address_make_it_wait(page: Page) -> None:
    for number in range(20):
        page.visitor().sign_in("sun", "999999", make_key(f"x{number}", PIN, CHEAP))
    assert "分钟" in page.visitor().sign_in("wang").text


def test_an_unknown_key_is_refused(page: Page) -> None:
    reply = page.visitor().sign_in("", data=make_key("sun", PIN, CHEAP))
    assert reply.status == 403
    assert "没有登记" in reply.text


def test_a_clerk_has_no_business_here(page: Page) -> None:
    assert "不是审核人" in page.visitor().sign_in("wen").text


@pytest.mark.parametrize("data", [b"", b"x", b"[1]", b"{}", b"\xff" * 50, b'{"weike-key":1}'])
def test_what_is_no_key_is_refused(page: Page, data: bytes) -> None:
    reply = page.visitor().sign_in("", data=data)
    assert reply.status == 403
    assert "密钥文件" in reply.text


def test_a_key_that_asks_for_much_memory_is_not_opened(page: Page, office: Bureau) -> None:
    body = json.loads(key_file(office, "sun")) | {"cost": 1 << 20}
    reply = page.visitor().sign_in("", data=json.dumps(body).encode())
    assert "不是密钥文件" in reply.text


def test_too_big_a_file_is_refused(page: Page) -> None:
    assert "4 KB" in page.visitor().sign_in("", data=b"x" * 5000).text
    assert page.visitor().sign_in("", data=b"x" * 100_000).status == 413


def test_a_body_without_length_is_cut_off(page: Page) -> None:
    client = http.client.HTTPConnection("127.0.0.1", page.port, timeout=20)
    client.putrequest("POST", "/in")
    for name, value in (
        ("Origin", page.origin),
        ("Transfer-Encoding", "chunked"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ):
        client.putheader(name, value)
    client.endheaders()
    piece = b"word=" + b"x" * 8187
    try:
        for _ in range(20):
            client.send(b"2000\r\n" + piece + b"\r\n")
        client.send(b"0\r\n\r\n")
    except OSError:
        pass  # the server hung up early
    else:
        assert client.getresponse().status == 413
    client.close()


def test_a_revoked_key_is_out_at_once(page: Page, office: Bureau) -> None:
    who = page.visitor("sun")
    assert who.get("/").status == 200
    office.office.revoke("sun", office.signers["wang"], "调走了", void=False)
    reply = who.get("/")
    assert reply.status == 403
    assert "吊销" in reply.text


def test_leaving_ends_the_session(page: Page) -> None:
    who = page.visitor("sun")
    cookie = dict(who.cookies)
    who.post("/out", {"word": word_of(who.get("/").text)})
    who.cookies = cookie
    assert who.get("/").status == 303


def test_idle_sessions_end_and_words_are_kept(page: Page, office: Bureau) -> None:
    who = page.visitor("sun")
    form = fields(who.get(PATH).text)
    page.ticks.now += IDLE - 1
    assert who.get(PATH).status == 200, "a look keeps it open"
    page.ticks.now += IDLE + 1
    reply = who.post(PATH, form | {"act": "approve", "note": "辛苦写的<b>意见</b>"})
    assert reply.status == 403
    assert "过期" in reply.text
    assert "辛苦写的&lt;b&gt;意见" in reply.text
    assert records(office) == 0


def test_nobody_gets_in_before_the_list_of_people_is_approved(tmp_path: Path) -> None:
    with review_page(bureau(tmp_path, {"faq/mlk/a.md": faq()})) as running:
        assert "人员清单还没有批准" in running.visitor().sign_in("sun").text


# --- whose requests -------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", "localhost.evil.example:80"])
def test_other_names_that_lead_here_are_refused(page: Page, host: str) -> None:
    assert page.visitor().get("/in", Host=host).status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "https://127.0.0.1"])
def test_forms_of_other_sites_are_refused(page: Page, office: Bureau, origin: str) -> None:
    who = page.visitor("sun")
    form = fields(who.get(PATH).text) | {"act": "approve"}
    assert who.post(PATH, form, {"Origin": origin}).status == 403
    assert records(office) == 0
    assert who.post(PATH, form, {"Origin": "", "Referer": f"{page.origin}{PATH}"}).status == 303


@pytest.mark.parametrize("word", ["", "falsch", "密"])
def test_forms_without_our_word_are_refused(page: Page, office: Bureau, word: str) -> None:
    who = page.visitor("sun")
    form = fields(who.get(PATH).text) | {"act": "approve", "word": word}
    assert who.post(PATH, form).status == 403
    assert who.post("/out", {"word": word}).status == 403
    assert records(office) == 0


def test_the_word_of_another_session_is_refused(page: Page, office: Bureau) -> None:
    one, other = page.visitor("sun"), page.visitor("sun")
    form = fields(one.get(PATH).text) | {"act": "approve"}
    assert other.post(PATH, form).status == 403
    assert records(office) == 0


def test_looking_never_writes(page: Page, office: Bureau) -> None:
    who = page.visitor("sun")
    form = fields(who.get(PATH).text)
    for path in (PATH, "/withdraw/faq/mlk/b"):
        who.get(f"{path}?act=approve&word={form['word']}&version={form['version']}&note=x")
    assert records(office) == 0
    assert records(office, "faq:mlk/b") == 4
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE"):
        assert who.ask(method, PATH).status == 405


def test_headers_are_strict_everywhere(page: Page) -> None:
    who = page.visitor("zhao")
    for path in ("/in", "/", PATH, "/nichts", "/look/new/@internet/faq/mlk/b/", "/-/review.css"):
        headers = who.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy, "nothing here runs scripts"
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in headers
    assert "no-store" in who.get(PATH).headers["cache-control"]


# --- on the network -------------------------------------------------------------------------------


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    paths = folder / "zs.pem", folder / "zs.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


def test_behind_tls_cookies_are_bound_to_it(
    office: Bureau, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cert, key = certificate(tmp_path_factory.mktemp("tls"))
    with review_page(office, cert, key) as running:
        who = running.visitor()
        reply = who.sign_in("sun")
        assert reply.status == 303, reply.text
        cookie = next(c for c in reply.cookies if c.startswith("__Host-weike-review="))
        assert "Secure" in cookie
        assert "max-age" in reply.headers["strict-transport-security"]
        assert who.decide(ITEM).status == 303
        with socket.create_connection(("127.0.0.1", running.port), 5) as plain:
            plain.sendall(b"GET /in HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"HTTP/1.1 200" not in plain.recv(100), "nothing is said in the clear"
    assert records(office) == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "10.1.2.3", "::", "weike.example", "", "192.168.1.5"])
def test_without_tls_only_this_machine_is_served(host: str) -> None:
    assert not local(host)
    assert "不加密" in refusal(host, "", "")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"])
def test_this_machine_needs_no_certificate(host: str) -> None:
    assert refusal(host, "", "") == ""


def test_certificates_that_do_not_fit_are_named(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    (tmp_path / "other").mkdir()
    assert refusal("0.0.0.0", str(cert), str(key)) == ""
    assert "一起给" in refusal("0.0.0.0", str(cert), "")
    assert "找不到" in refusal("0.0.0.0", str(cert), str(tmp_path / "nichts"))
    assert "用不了" in refusal("0.0.0.0", str(cert), str(cert))
    assert "用不了" in refusal("0.0.0.0", str(cert), str(certificate(tmp_path / "other")[1]))
    with pytest.raises(ssl.SSLError):
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            cert, certificate(tmp_path / "other")[1]
        )
