"""sites.yml: what is wrong in it is said in Chinese; and what a public address must show after a push."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builder.problems import Refused
from publish.site.cli import HELP, _parser
from publish.site.targets import KEYS, Target, parsed
from publish.site.watch import check, date_of, lacking, skew
from tests.site_bundles import Office, bundle_of, release, site
from tests.webservers import nginx, python

LOCAL = "sites:\n  wai:\n    place: local\n    path: /srv/x\n"
S3 = "sites:\n  wai:\n    place: s3\n    bucket: b\n    endpoint: https://s3.example.cn\n"
SSH = "sites:\n  wai:\n    place: ssh\n    host: web\n    path: /srv/x\n"


def test_what_is_right() -> None:
    text = (
        LOCAL + "    keep: 3\n  nei:\n    place: local\n    path: /srv/n\n    edition: intranet\n"
    )
    found = parsed(text.encode(), "sites.yml")
    assert found["wai"] == Target("wai", "local", path="/srv/x", keep=3)
    assert found["nei"].edition == "intranet"
    assert parsed(b"\xef\xbb\xbf" + S3.encode(), "f")["wai"].prefix == ""
    assert parsed(SSH.encode(), "f")["wai"].where == "web:/srv/x"


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("http://127.0.0.1:9/微课/", "http://127.0.0.1:9/%E5%BE%AE%E8%AF%BE/"),
        ("http://127.0.0.1:9/%E5%BE%AE%E8%AF%BE/", "http://127.0.0.1:9/%E5%BE%AE%E8%AF%BE/"),
        ("http://统计局.example/weike/", "http://xn--dgtp91f7xi.example/weike/"),
        ("https://TJJ.example.cn/a/B/", "https://tjj.example.cn/a/B/"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("https://tjj.example.cn/", "https://tjj.example.cn/"),
    ],
)
def test_addresses_are_kept_as_they_are_asked_for(written: str, asked: str) -> None:
    text = f"{LOCAL}    verify_url: '{written}'\n"
    assert parsed(text.encode(), "sites.yml")["wai"].verify_url == asked


@pytest.mark.parametrize("url", ["http://127.0.0.1:80x/", "http://[::1/", "http://统计/\n"])
def test_no_address_ends_in_an_error_of_ours(url: str, tmp_path: Path) -> None:
    """Whatever stands there, asking comes after the switch and has to end in words."""
    from publish.site.release import of_bundle

    record = of_bundle(release(tmp_path, 1))
    assert len(check(url, record).wrong) == len(site(1))
    assert lacking(url) == []
    assert date_of(url) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "应当是“sites:”"),
        ("sites: []", "应当是“sites:”"),
        ("seiten:\n  a: 1", "应当是“sites:”"),
        (LOCAL + "    keep: drei\n", "keep 写 1 到 50 的整数"),
        (LOCAL + "    kep: 3\n", "是不是 keep？"),
        (LOCAL + "    path: /srv/y\n", "第 5 行：path 写了两次"),
        (LOCAL + "    verify_url: tjj.example.gov.cn\n", "以 http:// 或 https:// 开头"),
        (LOCAL + "    verify_url: https://a@b.example.cn/\n", "verify_url"),
        (LOCAL + "    verify_url: http://127.0.0.1:80x/\n", "主机名和端口"),
        (LOCAL + "    verify_url: http://tjj.example.cn:99999/\n", "主机名和端口"),
        (LOCAL + "    verify_url: 'http://[::1/'\n", "主机名和端口"),
        (LOCAL + "    verify_url: http:///weike/\n", "主机名和端口"),
        (LOCAL + "    verify_url: http://统..计/\n", "主机名和端口"),
        (LOCAL + "    verify_url: http://a.cn/x?y=/\n", "主机名和端口"),
        (LOCAL + "    switch: magic\n", "link（符号链接）"),
        (LOCAL + "    bucket: b\n", "用不着 bucket"),
        (LOCAL.replace("/srv/x", "srv/x"), "完整路径"),
        (LOCAL.replace("local", "ftp"), "place 写 local"),
        (LOCAL.replace("    path: /srv/x\n", ""), "缺 path"),
        (LOCAL.replace("wai", "外网"), "小写字母"),
        (SSH.replace("web", "-oProxyCommand=x"), "不能以 - 开头"),
        (SSH + "    port: 99999\n", "1 到 65535"),
        (S3.replace("https", "http"), "以 https:// 开头"),
        (S3 + "    prefix: /weike\n", "不以 / 开头"),
        (S3 + "    edition: intranet\n", "只放互联网版"),
        (S3 + "    path: /srv\n", "写 prefix"),
        (LOCAL + "  b: &x\n    place: local\n  c: *x\n", "引用"),
        ("sites:\n  a: [1\n", "第 3 行"),
        ("\tsites:", "第 1 行：写法不对"),
    ],
)
def test_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said.replace("（", ".").replace("？", ".")):
        parsed(text.encode(), "sites.yml")


def test_all_is_said_at_once() -> None:
    text = LOCAL + "    keep: 0\n    swich: link\n  nei:\n    place: ssh\n"
    with pytest.raises(Refused) as told:
        parsed(text.encode(), "sites.yml")
    assert len(str(told.value).splitlines()) == 4


NEI = "  nei:\n    place: local\n    edition: intranet\n    path: "
SSH2 = "  nei:\n    place: ssh\n    edition: intranet\n    host: a@WEB\n    path: "
S3B = S3.partition("\n")[2].replace("wai", "b")


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        (LOCAL + NEI + "/srv/x", False),
        (LOCAL + NEI + "/srv/x/", False),
        (LOCAL + NEI + "/srv/./y/../x", False),
        (LOCAL + NEI + "/srv/x/releases", False),
        (LOCAL + NEI + "/srv", False),
        (LOCAL + NEI + "/srv/xy", True),
        (LOCAL + SSH2 + "/srv/x", True),
        (SSH + SSH2 + "//srv/x/", False),
        (SSH + SSH2 + "/srv/x/current", False),
        (SSH + SSH2 + "/srv/n", True),
        (S3 + S3B, False),
        (S3 + "    prefix: a/\n" + S3B, False),
        (S3 + "    prefix: a/\n" + S3B + "    prefix: a/b/\n", False),
        (S3 + "    prefix: a/\n" + S3B + "    prefix: ab/\n", True),
        (S3 + S3B.replace("bucket: b", "bucket: c"), True),
    ],
)
def test_no_two_in_one_place(text: str, apart: bool) -> None:
    if apart:
        assert len(parsed(text.encode(), "sites.yml")) == 2
        return
    with pytest.raises(Refused, match="同一处或一个套着一个"):
        parsed(text.encode(), "sites.yml")


@pytest.mark.parametrize("path", ["/", "//", "/srv/..", "/."])
def test_the_whole_machine_is_no_place(path: str) -> None:
    for text in (LOCAL, SSH):
        with pytest.raises(Refused, match="path 不能是 /"):
            parsed(text.replace("/srv/x", path).encode(), "sites.yml")


def test_a_link_to_the_same_place_is_seen(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "y").symlink_to("x")
    text = LOCAL.replace("/srv/x", str(tmp_path / "x")) + NEI + str(tmp_path / "y")
    with pytest.raises(Refused, match="同一处"):
        parsed(text.encode(), "sites.yml")


@pytest.mark.parametrize(
    "data", [b"\xff\xfe", b"a" * 300_000, b"[" * 20_000, b"sites: {a: " * 9_000]
)
def test_what_is_no_list_of_sites(data: bytes) -> None:
    with pytest.raises(Refused):
        parsed(data, "sites.yml")


def test_without_a_list(tmp_path: Path) -> None:
    desk = Office(tmp_path, wai={"place": "local", "path": tmp_path / "srv"})
    assert desk.do("status", "nei") == 1
    assert "没有叫 nei 的网站；有的是：wai" in desk.told
    (desk.state / "sites.yml").unlink()
    assert desk.do("status") == 1
    assert "docs/deploy/README.md" in desk.told


# --- the public address -----------------------------------------------------------------------


def test_every_file_is_asked_for_at_the_public_address(tmp_path: Path) -> None:
    keys = {"place": "local", "path": tmp_path / "srv"}
    desk = Office(tmp_path, wai=keys)
    desk.push(release(tmp_path, 1))
    with nginx(tmp_path / "srv/current", tmp_path / "nginx") as url:
        desk.targets(wai=keys | {"verify_url": url})
        assert desk.push(release(tmp_path, 2)) == 0, desk.told
        assert (
            f"取了 {len(list((tmp_path / 'srv/current').rglob('*.*')))} 个文件，全部是这一版的"
            in desk.told
        )
        assert "安全头" not in desk.told
        assert lacking(url) == []


def test_a_server_that_shows_something_else(tmp_path: Path) -> None:
    """It stands on a folder of its own, one file is other, one is missing; and it sends no headers."""
    keys = {"place": "local", "path": tmp_path / "srv"}
    desk = Office(tmp_path, wai=keys)
    desk.push(bundle_of(tmp_path / "b", site(1)))
    shutil.copytree(tmp_path / "srv/current", tmp_path / "other")
    (tmp_path / "other/courses/ke1/index.html").write_bytes(b"older")
    (tmp_path / "other/courses/ke2/index.html").unlink()
    with python(tmp_path / "other") as url:
        desk.targets(wai=keys | {"verify_url": url})
        assert desk.do("status", "--verify") == 1
    assert "2 个不对" in desk.told
    assert "courses/ke1/index.html　内容不是这一版的" in desk.told
    assert "courses/ke2/index.html　" in desk.told
    assert "Content-Security-Policy" in desk.told


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    keys = {"place": "local", "path": tmp_path / "srv", "verify_url": "http://127.0.0.1:9/"}
    desk = Office(tmp_path, wai=keys)
    assert desk.push(release(tmp_path, 1)) == 1
    assert "没有取到" in desk.told
    assert "weike rollback site wai" in desk.told
    assert (tmp_path / "srv/current/index.html").exists()


def test_asking_goes_on_over_an_idle_connection(tmp_path: Path) -> None:
    for path, data in site(1).items():
        (tmp_path / "s" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "s" / path).write_bytes(data)
    from publish.site.release import of_bundle

    record = of_bundle(bundle_of(tmp_path / "b", site(1)))
    with python(tmp_path / "s") as url:
        assert check(url, record).wrong == ()
        assert check(url, record).asked == len(site(1))


@pytest.mark.parametrize(
    ("date", "least"),
    [
        ("Fri, 20 Nov 2026 01:00:00 GMT", 0),
        ("Fri, 20 Nov 2026 00:59:58 GMT", 1),
        ("Fri, 20 Nov 2026 00:59:00 GMT", 59),
        ("Fri, 20 Nov 2026 01:00:09 GMT", 7),
        ("no date", 0),
        ("", 0),
    ],
)
def test_how_far_a_clock_is_certainly_off(date: str, least: float) -> None:
    asked = datetime(2026, 11, 20, 1, 0, 0, tzinfo=UTC)
    found = skew("", asked, asked + timedelta(seconds=2), date).total_seconds()
    assert found == least


def test_every_key_and_option_is_documented(root: Path) -> None:
    text = (root / "docs/deploy/README.md").read_text("utf-8")
    assert [k for k in KEYS if f"`{k}`" not in text] == []
    options = {w for verb in HELP for a in _parser(verb)._actions for w in a.option_strings}
    assert [w for w in options if w.startswith("--") and w != "--help" and w not in text] == []
