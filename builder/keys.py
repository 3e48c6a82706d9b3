"""Keys of those who sign (Ed25519), and any other private key, kept in a file that a PIN opens.

A key file is JSON: the private key sealed with ChaCha20-Poly1305 under a key that scrypt makes of the
PIN. Nothing of it is ever in the repository. The public half of a reviewer's key stands in
`content/orgs.yml`, that of one who signs packages in the other side's `trusted-keys.yml`.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from builder.problems import Refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PIN = "WEIKE_PIN"  # the environment's word for the PIN
PIN_HELP = f"口令在这个文件的第一行；不写就当场问，或取环境变量 {PIN}"
SHORTEST_PIN = 6
COST = 1 << 16  # of scrypt: 64 MB and about 0.2 s, for us and for whoever guesses
MOST_COST = 1 << 20
SCHEME = "ed25519:"
MAX_FILE = 4096


@dataclass(frozen=True, slots=True)
class Signer:
    """An opened key; lives in memory only."""

    person: str
    public: str
    _private: Ed25519PrivateKey

    @property
    def fingerprint(self) -> str:
        """The short name of the key, as records carry it."""
        return fingerprint(self.public)

    def sign(self, data: bytes) -> str:
        """The signature over `data`, in base64."""
        return base64.b64encode(self._private.sign(data)).decode()


def fingerprint(public: str) -> str:
    """Sixteen hex digits that name a public key."""
    return hashlib.sha256(public.encode()).hexdigest()[:16]


def make_key(person: str, pin: str, cost: int = COST) -> bytes:
    """A new key for `person` as the bytes of a key file; `Refused` when the PIN is too short."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return seal(person, pin, Ed25519PrivateKey.generate(), cost)


def seal(person: str, pin: str, private: Ed25519PrivateKey, cost: int = COST) -> bytes:
    """A private key that signs, as a key file."""
    public = SCHEME + base64.b64encode(private.public_key().public_bytes_raw()).decode()
    return lock(person, public, private.private_bytes_raw(), pin, cost)


def lock(person: str, public: str, raw: bytes, pin: str, cost: int = COST) -> bytes:
    """A private key of any scheme as a key file; `Refused` when the PIN is too short."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    if len(pin) < SHORTEST_PIN:
        raise Refused(f"口令太短，至少 {SHORTEST_PIN} 位。")
    salt, nonce = os.urandom(16), os.urandom(12)
    box = ChaCha20Poly1305(_stretch(pin, salt, cost))
    sealed = box.encrypt(nonce, raw, _bound(person, public))
    body = {
        "weike-key": 1,
        "person": person,
        "public": public,
        "cost": cost,
        "salt": base64.b64encode(salt).decode(),
        "nonce": base64.b64encode(nonce).decode(),
        "sealed": base64.b64encode(sealed).decode(),
    }
    return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()


def open_key(data: bytes, pin: str) -> Signer:
    """Open the key file of one who signs; `Refused` when it is none or the PIN is wrong."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    person, public, raw = unlock(data, pin)
    try:
        private = Ed25519PrivateKey.from_private_bytes(raw)
    except ValueError:
        raise Refused("口令不对。") from None
    if not public.startswith(SCHEME):
        raise Refused("这是开封快照的密钥，不能用来签名。")
    if SCHEME + base64.b64encode(private.public_key().public_bytes_raw()).decode() != public:
        raise Refused("密钥文件坏了：两半对不上。")
    return Signer(person, public, private)


def unlock(data: bytes, pin: str) -> tuple[str, str, bytes]:
    """Whose key a file holds, its public half, its private half; `Refused` when the PIN is wrong."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    try:
        if len(data) > MAX_FILE:
            raise ValueError("length")
        body = json.loads(data)
        if body["weike-key"] != 1 or not 2 <= body["cost"] <= MOST_COST:
            raise ValueError("format")
        salt, nonce, sealed = (base64.b64decode(body[k]) for k in ("salt", "nonce", "sealed"))
        person, public = str(body["person"]), str(body["public"])
        stretched = _stretch(pin, salt, body["cost"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused(
            "这不是密钥文件，或者文件坏了。密钥文件由 weike review keygen、weike keygen 或 weike seal keygen 生成。"
        ) from None
    try:
        raw = ChaCha20Poly1305(stretched).decrypt(nonce, sealed, _bound(person, public))
    except (InvalidTag, ValueError):
        raise Refused("口令不对。") from None
    return person, public, raw


def _stretch(pin: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=cost, r=8, p=1, maxmem=(1 << 31) - 1, dklen=32)


def _bound(person: str, public: str) -> bytes:
    return f"{person}\n{public}".encode()


def signed(public: str, signature: str, data: bytes) -> bool:
    """True when `signature` is that of the key over `data`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        raw = base64.b64decode(public.removeprefix(SCHEME), validate=True)
        Ed25519PublicKey.from_public_bytes(raw).verify(
            base64.b64decode(signature, validate=True), data
        )
    except (InvalidSignature, ValueError):
        return False
    return True


# --- at the command line ----------------------------------------------------------------------------


def ask_pin(pin_file: str, words: str = "口令：", again: str = "") -> str:
    """The PIN: from the first line of a file, from the environment, or asked for now.

    `again`: words with which a PIN that is being chosen is asked for once more.
    """
    if pin_file:
        try:
            return Path(pin_file).read_text("utf-8-sig").split("\n")[0].strip()
        except UnicodeDecodeError:
            raise Refused(
                f"口令文件 {pin_file} 不是 UTF-8 文本：第一行写口令，另存为 UTF-8。"
            ) from None
    if given := os.environ.get(PIN):
        return given
    pin = getpass.getpass(words)
    if again and getpass.getpass(again) != pin:
        raise Refused("两遍口令不一样，没有生成。")
    return pin


def choose_pin(pin_file: str) -> str:
    """The PIN for a key that is being made."""
    return ask_pin(pin_file, f"定一个口令（至少 {SHORTEST_PIN} 位）：", "再输一遍：")


def write_key(target: Path, data: bytes) -> None:
    """Write a key file that is there for nobody else; `Refused` when there is a file already."""
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(f"{target} 已经有了，不覆盖。换一个文件名。") from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)
