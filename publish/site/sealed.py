"""A sealed release: one file that tells nothing before it is opened, neither names nor sizes.

    16  salt
    …   AES-256-CTR over a tar of the files that are new, filled up with zeros to a coarse length
    32  HMAC-SHA256 over all before it

Keys come from one secret of 32 bytes by HKDF-SHA256 with the salt; each container has a secret of its
own, so the counter starts from the derived value. Encrypt-then-MAC of common building blocks, so that a server
behind SSH opens it with openssl and tar alone.

The secret travels as a code of 56 letters and digits, with a check, to be carried on paper or in a
file; or wrapped for the one who will open it (X25519).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import os
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from builder.problems import Refused
from publish.airgap.names import fault

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

    from publish.site.places import Key

SALT, TAG, SECRET = 16, 32, 32
INFO = b"weike sealed release 1"
WRAP = b"weike sealed release key 1"
LEAST = 1 << 20  # the shortest container
PIECE = 1 << 20
RECORD = ".weike-release.json"  # the first file inside: what the release is, and from when on
CHECK = 4  # characters of the code that catch a slip of the pen
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Piece(NamedTuple):
    """One file that goes into a container."""

    name: str
    time: int
    data: bytes


def fresh() -> bytes:
    """A new secret."""
    return os.urandom(SECRET)


def code(secret: bytes) -> str:
    """The secret as people carry it: groups of four, the last one a check."""
    word = base64.b32encode(secret).decode().rstrip("=")
    whole = word + _check(word)
    return "-".join(whole[n : n + 4] for n in range(0, len(whole), 4))


def secret_of(text: str) -> bytes:
    """The secret of a code, however it was typed; `Refused` when it has a slip."""
    lines = [n for n in text.splitlines() if n.strip() and not n.strip().startswith("#")]
    word = "".join(c for c in "".join(lines).upper() if c.isalnum())
    word = word.replace("0", "O").replace("1", "I").replace("8", "B")
    whole = set(word) <= set(LETTERS) and len(word) == SECRET * 8 // 5 + 1 + CHECK
    if not whole or _check(word[:-CHECK]) != word[-CHECK:]:
        raise Refused("开封码不对：共 14 组、每组 4 个字母或数字（2 到 7），对照纸上的再输一遍。")
    return base64.b32decode(word[:-CHECK] + "====")


def _check(word: str) -> str:
    return base64.b32encode(hashlib.sha256(word.encode()).digest()).decode()[:CHECK]


def keys(secret: bytes, salt: bytes) -> Key:
    """What opens the container that has this salt."""
    from publish.site.places import Key

    made = _hkdf(secret, salt, INFO, 32 + 16 + 32)
    return Key(made[:32], made[32:48], made[48:])


def key_for(file: Path, secret: bytes) -> Key:
    """What opens this container."""
    with file.open("rb") as stream:
        return keys(secret, stream.read(SALT))


def _hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length, salt, info).derive(secret)


# --- closing ----------------------------------------------------------------------------------


def seal(out: Path, secret: bytes, pieces: Iterable[Piece]) -> str:
    """Write a container; its SHA-256. Only its owner may read it."""
    salt = os.urandom(SALT)
    key = keys(secret, salt)
    handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as stream:
        writer = _Closing(stream, key, salt)
        with tarfile.open(fileobj=writer, mode="w|", format=tarfile.PAX_FORMAT) as box:  # type: ignore[call-overload]  # it only writes
            for piece in pieces:
                member = tarfile.TarInfo(piece.name)
                member.size, member.mtime, member.mode = len(piece.data), piece.time, 0o644
                box.addfile(member, io.BytesIO(piece.data))
        writer.fill()
        stream.flush()
        os.fsync(stream.fileno())
    with out.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def coarse(length: int) -> int:
    """The length to which a container is filled up: it tells the true one only to an eighth."""
    unit = max(LEAST, 1 << max(0, length.bit_length() - 4))
    return -(-length // unit) * unit


class _Closing:
    """Takes what is to be hidden and writes it hidden."""

    def __init__(self, out: IO[bytes], key: Key, salt: bytes) -> None:
        self.out, self.length = out, 0
        self.cipher = _stream(key)
        self.mac = hmac.new(key.seal, salt, hashlib.sha256)
        out.write(salt)

    def write(self, data: bytes) -> int:
        """Hide some bytes."""
        hidden = self.cipher.update(data)
        self.mac.update(hidden)
        self.out.write(hidden)
        self.length += len(data)
        return len(data)

    def fill(self) -> None:
        """Up to a coarse length, and close."""
        left = coarse(self.length) - self.length
        while left > 0:
            left -= self.write(bytes(min(left, PIECE)))
        self.out.write(self.mac.digest())


def _stream(key: Key) -> CipherContext:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256
    from cryptography.hazmat.primitives.ciphers.modes import CTR

    return Cipher(AES256(key.cipher), CTR(key.start)).encryptor()


# --- opening ----------------------------------------------------------------------------------


def fits(file: Path, key: Key) -> bool:
    """Whether this key closed the container and not a bit of it changed; nothing is opened for that."""
    left = file.stat().st_size - TAG
    if left < SALT:
        return False
    mac = hmac.new(key.seal, digestmod=hashlib.sha256)
    with file.open("rb") as stream:
        while left:
            data = stream.read(min(PIECE, left))
            if not data:
                return False
            mac.update(data)
            left -= len(data)
        return hmac.compare_digest(stream.read(), mac.digest())


@contextmanager
def opened(file: Path, key: Key) -> Iterator[IO[bytes]]:
    """What is inside, to be read from front to back; `Refused` before a single byte when the seal is broken."""
    if not fits(file, key):
        raise Refused("封存的包打不开：开封码不是它的，或者包被改过。网站没有变。")
    with file.open("rb") as stream:
        stream.seek(SALT)
        yield io.BufferedReader(_Opening(stream, key, file.stat().st_size - SALT - TAG), PIECE)


def said(file: Path, key: Key) -> bytes:
    """What a container says of its release; the rest stays closed, and nothing is written anywhere."""
    with opened(file, key) as stream, tarfile.open(fileobj=stream, mode="r|") as box:
        first = box.next()
        inside = box.extractfile(first) if first and first.name == RECORD else None
        return inside.read() if inside else b""


def pour(file: Path, key: Key, folder: Path) -> bytes:
    """Open a container into a folder, with the times that were sealed; what it says of its release."""
    said = b""
    with opened(file, key) as stream, tarfile.open(fileobj=stream, mode="r|") as box:
        for member in box:
            inside = box.extractfile(member) if member.isfile() else None
            if inside is None or (fault(member.name) and member.name != RECORD):
                raise Refused(f"封存的包里有不该有的东西（{member.name!r}）：不开封，网站没有变。")
            if member.name == RECORD:
                said = inside.read()
                continue
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            with target.open("wb") as out:
                shutil.copyfileobj(inside, out, PIECE)
            target.chmod(0o644)
            os.utime(target, (member.mtime, member.mtime))
    return said


class _Opening(io.RawIOBase):
    def __init__(self, stream: IO[bytes], key: Key, length: int) -> None:
        self.stream, self.left = stream, length
        self.cipher = _stream(key)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # any buffer, says the base class
        data = self.cipher.update(self.stream.read(min(len(view), self.left)))
        view[: len(data)] = data
        self.left -= len(data)
        return len(data)


# --- for one person ---------------------------------------------------------------------------


def wrap(secret: bytes, public: bytes) -> str:
    """The secret for the owner of an X25519 key alone, as text."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    own = X25519PrivateKey.generate()
    shared = own.exchange(X25519PublicKey.from_public_bytes(public))
    head = own.public_key().public_bytes_raw()
    key = _hkdf(shared, head + public, WRAP, 32)
    hidden = ChaCha20Poly1305(key).encrypt(bytes(12), secret, WRAP)
    return base64.b64encode(head + hidden).decode()


def unwrap(text: str, private: bytes) -> bytes:
    """The secret; `Refused` when it was wrapped for somebody else."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    try:
        data = base64.b64decode(text, validate=True)
        own = X25519PrivateKey.from_private_bytes(private)
        shared = own.exchange(X25519PublicKey.from_public_bytes(data[:32]))
        key = _hkdf(shared, data[:32] + own.public_key().public_bytes_raw(), WRAP, 32)
        return ChaCha20Poly1305(key).decrypt(bytes(12), data[32:], WRAP)
    except (ValueError, InvalidTag):
        raise Refused("这把开封钥匙不对：封存时指定的是另一个人的公钥。") from None
