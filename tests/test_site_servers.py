"""The examples of docs/deploy on real servers, with a site that the builder made: headers, caching, redirects."""

from __future__ import annotations

import gzip
import http.client
import re
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from builder.build import build
from builder.bundle import Bundle
from tests.sitefiles import NOW, faq, write
from tests.test_kept import FILES
from tests.webservers import caddy, nginx

PAGE_POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')
SERVERS = {"nginx": nginx, "caddy": caddy}
Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("built")
    write(folder / "in", FILES | {"faq/mlk/wen.md": faq()})  # so that there is a robot
    return build(folder / "in", folder / "out", ["internet"], NOW, jobs=1)[0][0]


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def url(
    request: pytest.FixtureRequest, bundle: Bundle, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "srv" / "releases").mkdir(parents=True)
    shutil.copytree(bundle.root / "site", folder / "srv/releases/a")
    (folder / "srv/releases/a/.geheim").write_text("zq-not-for-readers", "utf-8")
    (folder / "srv/current").symlink_to("releases/a")
    with SERVERS[request.param](folder / "srv/current", folder / request.param) as address:
        yield address


def ask(url: str, path: str, method: str = "GET", **headers: str) -> Answer:
    parts = urlsplit(url)
    link = http.client.HTTPConnection(parts.netloc, timeout=20)
    link.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer = link.getresponse()
    found = answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
    link.close()
    return found


def test_every_file_comes_as_it_is_listed(url: str, bundle: Bundle) -> None:
    kinds = {}
    for path, line in bundle.files.items():
        if path.startswith("site/") and path != "site/404.html":
            status, headers, body = ask(url, f"/weike/{path.removeprefix('site/')}")
            assert status == 200, path
            assert body == bundle.read(path), path
            assert headers["x-content-type-options"] == "nosniff"
            if headers["content-type"] != line.media_type:
                kinds[path] = headers["content-type"]
    feeds = {p for p in bundle.files if p.endswith(".xml")}
    assert {p: k for p, k in kinds.items() if p not in feeds} == {}
    assert {k.partition(";")[0] for k in kinds.values()} <= {"application/xml", "text/xml"}


def test_caching_by_kind_of_file(url: str, bundle: Bundle) -> None:
    for path in bundle.files:
        if not path.startswith("site/"):
            continue
        _, headers, _ = ask(url, f"/weike/{path.removeprefix('site/')}")
        asset = re.search(r"[./][0-9a-f]{8,16}(-\d+)?\.", path)
        wanted = "public, max-age=31536000, immutable" if asset else "no-cache"
        assert headers["cache-control"] == ("no-store" if "fragment" in path else wanted), path


def test_pages_carry_the_policy_that_is_written_in_them(url: str) -> None:
    status, headers, body = ask(url, "/weike/courses/ke/tu/")
    assert status == 200
    inside = PAGE_POLICY.search(body.decode())
    assert inside is not None
    sent = {d.strip() for d in headers["content-security-policy"].split(";")}
    assert sent == {d.strip() for d in inside.group(1).split(";")} | {"frame-ancestors 'none'"}
    _, headers, _ = ask(url, "/weike/robot/embed/")
    assert "frame-ancestors https:" in headers["content-security-policy"]  # others may show it
    _, headers, _ = ask(url, "/weike/robot/")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers.get("server", "") in {"nginx", ""}, "no version"


def test_addresses_without_their_slash_lead_on(url: str) -> None:
    for path in ("/weike", "/weike/courses"):
        status, headers, _ = ask(url, path)
        assert (status in {301, 308}, headers["location"]) == (True, f"{path}/")


def test_what_is_not_there(url: str, bundle: Bundle) -> None:
    status, headers, body = ask(url, "/weike/courses/nichts/")
    assert status == 404
    assert body == bundle.read("site/404.html")
    assert "content-security-policy" in headers
    for path in ("/weike/courses/nichts/", "/weike/assets/weike/x.0123abcd.css"):
        assert ask(url, path)[1].get("cache-control") in {None, "no-cache"}, "not kept"
    for path in (
        "/weike/.geheim",
        "/weike/../pid",
        "/weike/%2e%2e/pid",
        "/weike../",
        "/etc/passwd",
    ):
        status, _, body = ask(url, path)
        assert status in {400, 404} or body == b"", path
        assert b"zq-not" not in ask(url, path)[2]
    assert ask(url, "/weike/courses/", "POST")[0] in {403, 405}
    assert ask(url, "/weike/assets/")[0] in {403, 404}, "no listing"


def test_what_can_be_packed_is(url: str, bundle: Bundle) -> None:
    for path in ("courses/ke/tu/index.html", "search/index.json"):
        _, headers, body = ask(url, f"/weike/{path}", Accept_Encoding="gzip")
        assert headers["content-encoding"] == "gzip", path
        assert "Accept-Encoding" in headers["vary"]
        assert gzip.decompress(body) == bundle.read(f"site/{path}")


def test_an_unchanged_page_is_not_sent_again(url: str) -> None:
    _, headers, _ = ask(url, "/weike/courses/")
    status, _, body = ask(url, "/weike/courses/", If_None_Match=headers["etag"])
    assert (status, body) == (304, b"")


def test_films_are_sent_in_pieces(url: str, bundle: Bundle) -> None:
    path = next(p for p in bundle.files if p.endswith(".pdf"))
    status, _, piece = ask(url, f"/weike/{path.removeprefix('site/')}", Range="bytes=0-3")
    assert (status, piece) == (206, b"%PDF")
