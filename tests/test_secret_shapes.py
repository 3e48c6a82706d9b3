"""What looks like a key and is one; what looks like a key and is a word, a year or a price."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization as written
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

from builder.secret_shapes import secrets

Private = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | x25519.X25519PrivateKey
)
KEYS: dict[str, Callable[[], Private]] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "curve 256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "curve 521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "x25519": x25519.X25519PrivateKey.generate,
}
# In two pieces: in one, scanners of repositories would cry.
FOUND = (
    "BASIC " + base64.b64encode(b"user:password").decode(),
    "Authorization: Token " + "0123456789abcdef" * 2,
    "JSESSIONID: " + "0123456789ABCDEF0123",
    "npm_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "https://x.cn/open-apis/bot/v2/hook/" + "0123abcd-0123-4567-89ab-0123456789ab",
    "$1$abcdefgh$" + "abcdefghijklmnopqrstuv",
    "b3BlbnNzaC1rZXktdjE" + "AAAAABG5vbmUAAAAEbm9uZQ",
    "?key=" + "693a91f6-7fff-4bc4-97a0-0ec2f1fa5aaa",
    "sk-" + "0123456789abcdef0123456789abcdef",
    "Bearer " + "aB3" * 9,
)
WORDS = (
    "学习 Visual Basic applications 编程",
    "Basic Requirements for GDP",
    "共有$5$个调查小区每个小区抽取十户共计五十户家庭参加",
    "其中$y$表示本省全年地区生产总值初步核算数并且不含价格因素",
    "https://www.stats.gov.cn/search?key=%E7%BB%9F%E8%AE%A1%E5%85%AC%E6%8A%A5",
    "https://a.gov.cn/list?key=2026niantongjigongbao&page=1",
    "https://a.gov.cn/x?sign=chengxiangjuminshouru",
    "SESSION=2026-2027-yearbook",
    "sk-learn-estimators-for-survey-weights",
    "bearer certificates.of.deposit.issued",
)


@pytest.mark.parametrize(
    "form", [written.PrivateFormat.PKCS8, written.PrivateFormat.TraditionalOpenSSL]
)
@pytest.mark.parametrize("kind", KEYS)
def test_a_private_key_without_its_armour(kind: str, form: written.PrivateFormat) -> None:
    key = KEYS[kind]()
    if form is written.PrivateFormat.TraditionalOpenSSL and "25519" in kind:
        form = written.PrivateFormat.PKCS8  # there is no other
    plain = key.private_bytes(written.Encoding.DER, form, written.NoEncryption())
    public = key.public_key().public_bytes(
        written.Encoding.DER, written.PublicFormat.SubjectPublicKeyInfo
    )
    assert [what for *_, what in secrets(base64.b64encode(plain).decode())] == ["私钥"]
    assert not list(secrets(base64.b64encode(public).decode()))


@pytest.mark.parametrize("text", FOUND)
def test_a_key_is_found(text: str) -> None:
    assert len(list(secrets(f"说明 {text}，以上"))) == 1


@pytest.mark.parametrize("text", WORDS)
def test_words_are_no_keys(text: str) -> None:
    assert not list(secrets(text))


def test_a_certificate_is_for_everybody() -> None:
    begins = "MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJRTESMBAGA1UEChMJ"
    assert not list(secrets(begins))
