"""Secrets are found where they should be, refused where others could read them, and shown nowhere."""

from __future__ import annotations

import logging
import os
import pickle
import traceback
from pathlib import Path

import pytest

from publish import secrets

APPID, PLANTED = "wx0123456789abcdef", "f00dfeedf00dfeedf00dfeedf00dfeed"
GOOD = f"wechat:\n  tjj:\n    appid: {APPID}\n    secret: {PLANTED}\n"


def put(state: Path, text: str, mode: int = 0o600) -> Path:
    file = state / "secrets.yml"
    file.write_text(text, "utf-8")
    file.chmod(mode)
    return file


def refusal(state: Path, environ: dict[str, str] | None = None) -> str:
    """The sentence, after a look at all that a traceback could show, locals of every frame included."""
    with pytest.raises(secrets.NoSecret) as caught:
        secrets.wechat("tjj", state, environ or {})
    shown = "".join(
        traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    )
    assert PLANTED not in shown
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_from_the_environment(tmp_path: Path) -> None:
    environ = {"WEIKE_WECHAT_TJJ_2_APPID": APPID, "WEIKE_WECHAT_TJJ_2_SECRET": PLANTED + "\n"}
    found = secrets.wechat("tjj-2", tmp_path, environ)
    assert (found.appid, found.secret.reveal()) == (APPID, PLANTED)


def test_from_the_file_and_the_environment_goes_first(tmp_path: Path) -> None:
    put(tmp_path, GOOD)
    assert secrets.wechat("tjj", tmp_path, {}).secret.reveal() == PLANTED
    environ = {"WEIKE_WECHAT_TJJ_SECRET": "other"}
    found = secrets.wechat("tjj", tmp_path, environ)
    assert (found.appid, found.secret.reveal()) == (APPID, "other")


def test_digits_stay_text(tmp_path: Path) -> None:
    put(tmp_path, "s3:\n  cdn:\n    key: 00123\n    other: 1e5\n")
    key = secrets.find("s3", "cdn", "key", tmp_path, {})
    assert key is not None
    assert key.reveal() == "00123"
    assert secrets.find("s3", "cdn", "none", tmp_path, {}) is None
    assert secrets.find("s3", "none", "key", tmp_path, {}) is None


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o601, 0o644])
def test_a_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    file = put(tmp_path, GOOD, mode)
    said = refusal(tmp_path)
    assert f"chmod 600 {file}" in said
    assert f"{mode:04o}" in said


def test_none_says_both_ways(tmp_path: Path) -> None:
    said = refusal(tmp_path)
    assert "WEIKE_WECHAT_TJJ_APPID、WEIKE_WECHAT_TJJ_SECRET" in said
    assert "secrets.yml" in said
    put(tmp_path, f"wechat:\n  tjj:\n    appid: {APPID}\n")
    assert "WEIKE_WECHAT_TJJ_APPID" not in refusal(tmp_path)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (f"wechat:\n  tjj:\n    secret: {PLANTED}: x\n", "第 3 行"),
        (f"wechat: [{PLANTED}\n", "YAML"),
        (f"wechat:\n\ttjj: {PLANTED}\n", "第 2 行"),
        ("[" * 20_000 + PLANTED, "YAML"),
        (f"a: &x {PLANTED}\nb: *y\n", "第 2 行"),
        (f"{PLANTED}\x00", "YAML"),
        (GOOD + "x" * 70_000, "太大"),
        (GOOD.replace(PLANTED, PLANTED + "密"), "复制错了"),
    ],
)
def test_a_broken_file_is_named_but_never_quoted(tmp_path: Path, text: str, word: str) -> None:
    put(tmp_path, text)
    assert word in refusal(tmp_path)


def test_not_text(tmp_path: Path) -> None:
    file = tmp_path / "secrets.yml"
    file.write_bytes(PLANTED.encode("utf-16"))
    file.chmod(0o600)
    assert "UTF-8" in refusal(tmp_path)


@pytest.mark.parametrize("text", ["", "wechat: tjj\n", "- a\n", "wechat:\n  tjj: [a]\n", "12\n"])
def test_a_file_without_them_is_none(tmp_path: Path, text: str) -> None:
    put(tmp_path, text)
    assert "没有公众号 tjj 的密钥" in refusal(tmp_path)


def test_a_secret_shows_itself_nowhere() -> None:
    secret = secrets.Secret(PLANTED)
    held = secrets.Credentials("tjj", APPID, secret)
    for shown in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{held}",
        repr([held]),
        f"{secret!s:>40}",
    ):
        assert PLANTED not in shown
    with pytest.raises(TypeError):
        pickle.dumps(held)


@pytest.mark.parametrize(
    "text",
    [
        f"GET https://api.weixin.qq.com/cgi-bin/draft/add?access_token={PLANTED}&x=1",
        f'{{"access_token":"{PLANTED}","expires_in":7200}}',
        f"{{'secret': '{PLANTED}', 'appid': 'wx'}}",
        f"secret={PLANTED} and so on",
        f"appsecret%3D{PLANTED}",
        f"Secret: {PLANTED}",
    ],
)
def test_redaction_by_name(text: str) -> None:
    clean = secrets.redact(text)
    assert PLANTED not in clean
    assert "已隐去" in clean


def test_redaction_by_value_and_of_nothing_else() -> None:
    assert PLANTED not in secrets.redact(f"odd {PLANTED} place", PLANTED)
    plain = "invalid credential, access_token is invalid or not latest rid: 65fc0416-6f3d1cc3"
    assert secrets.redact(plain, "", "nothing") == plain


def test_logs_of_libraries_are_redacted(caplog: pytest.LogCaptureFixture) -> None:
    secrets.hush_logs()
    secrets.hush_logs()
    logger = logging.getLogger("urllib3.connectionpool")
    assert sum(type(one).__name__ == "_Hush" for one in logger.filters) == 1
    with caplog.at_level(logging.DEBUG):
        logger.debug('%s "%s %s"', "host", "POST", f"/cgi-bin/draft/add?access_token={PLANTED}")
    assert "draft/add" in caplog.text
    assert PLANTED not in caplog.text
