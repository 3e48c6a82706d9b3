"""docs/deploy/service-nginx.conf on a real nginx with TLS before a real service: addresses, limits, a service that is down."""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.logs import Log
from tests.conftest import ROOT, lacking
from tests.service_asked import asked
from tests.service_mailbox import certificate
from tests.service_world import World
from tests.webservers import AROUND, answering, free_port

CONF, INC = ROOT / "docs/deploy/service-nginx.conf", ROOT / "docs/deploy/service-nginx.inc"


@contextmanager
def before(here: Path, port: int) -> Iterator[tuple[int, int]]:
    """nginx with the example, only its paths, names and ports changed; its ports for https and http."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        lacking("nginx")
    here.mkdir()
    here.chmod(0o755)
    cert, key = certificate(here)
    secure, plain = free_port(), free_port()
    text = CONF.read_text("utf-8")
    for old, new in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{secure} ssl;"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("server 127.0.0.1:8600;", f"server 127.0.0.1:{port};"),
        ("/etc/nginx/tls/service.pem", str(cert)),
        ("/etc/nginx/tls/service.key", str(key)),
        ("/etc/nginx/weike-service.inc", str(here / "weike-service.inc")),
        ("client_max_body_size 210m;", "client_max_body_size 1m;"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    shutil.copy(INC, here / "weike-service.inc")
    (here / "weike.conf").write_text(text, "utf-8")
    head = "user root;\n" if os.name == "posix" and os.geteuid() == 0 else ""
    (here / "nginx.conf").write_text(head + AROUND.format(here=here), "utf-8")
    words = [str(program), "-p", str(here), "-c", str(here / "nginx.conf")]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as process:
        try:
            answering(secure, process)
            yield secure, plain
        finally:
            process.terminate()


def ask(
    port: int, path: str, method: str = "GET", body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], str]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    link = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=context)
    told = {k.replace("_", "-"): v for k, v in headers.items()}
    link.request(method, path, body or None, told | {"Host": "fuwu.example.gov.cn"})
    answer = link.getresponse()
    found = answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read().decode()
    link.close()
    return found


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[World, int, int]]:
    told = {"proxies": ("127.0.0.1",)}
    with (
        asked(tmp_path / "data", "internet", proxies=told["proxies"]) as (world, address),
        before(tmp_path / "nginx", int(address.rpartition(":")[2])) as (secure, plain),
    ):
        yield world, secure, plain


def test_pages_come_through_and_http_leads_to_https(both: tuple[World, int, int]) -> None:
    _, secure, plain = both
    status, headers, body = ask(secure, "/login")
    assert (status, "登录" in body) == (200, True)
    assert "default-src 'none'" in headers["content-security-policy"]
    link = http.client.HTTPConnection("127.0.0.1", plain, timeout=10)
    link.request("GET", "/login?x=1", headers={"Host": "fuwu.example.gov.cn"})
    answer = link.getresponse()
    assert (answer.status, answer.headers["location"]) == (
        301,
        "https://fuwu.example.gov.cn/login?x=1",
    )
    link.close()


def test_an_address_that_somebody_made_up_is_not_believed(both: tuple[World, int, int]) -> None:
    world, secure, _ = both
    stream = io.StringIO()
    world.desk.log = Log(stream)
    ask(secure, "/health", X_Forwarded_For="203.0.113.9")
    end = time.monotonic() + 10  # the line is written when the answer is out
    while not stream.getvalue().endswith("\n") and time.monotonic() < end:
        time.sleep(0.01)
    (line,) = [json.loads(li) for li in stream.getvalue().splitlines()]
    assert line["from"] == "127.0.0.0/24"


def test_too_much_and_too_often_is_stopped_at_the_door(both: tuple[World, int, int]) -> None:
    _, secure, _ = both
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert ask(secure, "/login", "POST", b"x" * 1_100_000, **form)[0] == 413
    seen = [ask(secure, "/login", "POST", b"login=a&password=b", **form)[0] for _ in range(30)]
    assert seen[0] == 401
    assert seen[-1] == 429


def test_while_the_service_is_down_people_are_told(tmp_path: Path) -> None:
    with before(tmp_path / "nginx", free_port()) as (secure, _):
        status, headers, body = ask(secure, "/login")
    assert (status, headers["retry-after"]) == (503, "30")
    assert "网站照常能看" in body


def test_the_unit_says_what_the_handbook_says() -> None:
    unit = (ROOT / "docs/deploy/weike-service.service").read_text("utf-8")
    for word in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n"):
        assert word in unit
    stop = re.search(r"TimeoutStopSec=(\d+)", unit)
    assert stop is not None
    from service.running import GRACE

    assert int(stop[1]) > GRACE * 2  # requests under way, then the job under way
    verify = shutil.which("systemd-analyze")
    if verify:
        done = subprocess.run([verify, "verify", "--man=no", str(ROOT / "docs/deploy/weike-backup.timer")], capture_output=True, text=True, check=False)  # fmt: skip
        assert "Unknown" not in done.stderr
