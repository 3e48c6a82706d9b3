"""Passwords, tokens and the six digits: what proves who somebody is."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

SHORTEST, LONGEST = 10, 128
LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,31}")
STEP = 30  # seconds that six digits hold
COMMON = (
    "password",
    "12345678",
    "qwerty",
    "11111111",
    "00000000",
    "88888888",
    "abc12345",
    "tongji",
)


class Passwords:
    """argon2id; costs are arguments, so that tests need not wait."""

    def __init__(self, time_cost: int = 3, memory_kib: int = 65536) -> None:
        """The costs of RFC 9106's second choice by default."""
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=2)
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        return self._hasher.hash(password)

    def right(self, kept: str, password: str) -> bool:
        """Whether this is the password. It takes as long when there is none: nobody learns who has one."""
        try:
            self._hasher.verify(kept or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(kept)

    def weak(self, kept: str) -> bool:
        """Whether the hash is of older costs and should be made anew."""
        return self._hasher.check_needs_rehash(kept)


def name_fault(login: str) -> str:
    """What is wrong with a user name, in Chinese."""
    if LOGIN.fullmatch(login.strip()):
        return ""
    return "用户名用小写字母、数字、点、横线，字母开头，3 到 32 位。"


def fault(password: str, login: str) -> str:
    """What is wrong with a new password, in Chinese; empty when nothing is."""
    kinds = sum(
        any(test(c) for c in password)
        for test in (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    )
    if len(password) < SHORTEST:
        return f"密码至少 {SHORTEST} 位。"
    if len(password) > LONGEST:
        return f"密码最多 {LONGEST} 位。"
    if kinds < 3 and len(password) < 16:
        return "密码要有大写、小写、数字、符号中的三种；或者用 16 位以上的一句话。"
    if login.lower() in password.lower() or any(c in password.lower() for c in COMMON):
        return "密码里不要有用户名和常见的词。"
    if len(set(password)) < 5:
        return "密码里重复的字太多。"
    return ""


def token() -> str:
    """Something that nobody guesses: 256 bits."""
    return secrets.token_urlsafe(32)


def kept(given: str) -> str:
    """What is kept of a token: whoever reads the database can't use it."""
    return hashlib.sha256(given.encode()).hexdigest()


class Sealer:
    """Seals what the database keeps and must not show: secrets of second factors, contacts of askers."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        """`purpose` parts the keys: what is sealed for one opens for no other."""
        self._key = hmac.new(secret, purpose.encode(), hashlib.sha256).digest()

    def seal(self, text: str, bound: str = "") -> str:
        """Sealed text; it opens with the same `bound` alone."""
        nonce = secrets.token_bytes(12)
        box = ChaCha20Poly1305(self._key).encrypt(nonce, text.encode(), bound.encode())
        return urlsafe_b64encode(nonce + box).decode()

    def open(self, sealed: str, bound: str = "") -> str:
        """What was sealed; ValueError when it is spoilt or not ours."""
        data = urlsafe_b64decode(sealed)
        try:
            opened = ChaCha20Poly1305(self._key).decrypt(data[:12], data[12:], bound.encode())
        except InvalidTag:
            raise ValueError("打不开：不是本服务封的，或者坏了。") from None
        return opened.decode()

    def mark(self, text: str) -> str:
        """The same mark for the same text, and no way back: for counting and finding again."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def new_totp() -> str:
    """A secret for six digits (RFC 6238)."""
    return pyotp.random_base32()


def totp_address(secret: str, login: str, issuer: str) -> str:
    """What a phone reads from the square code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def totp_step(secret: str, code: str, seconds: int, last: int) -> int:
    """The step to which six digits belong, one either side allowed; 0 when wrong or used before."""
    now, given = seconds // STEP, code.strip().encode("utf-8", "replace")
    for step in (now, now - 1, now + 1):
        right = hmac.compare_digest(pyotp.TOTP(secret).at(step * STEP).encode(), given)
        if right and step > last:
            return step
    return 0
