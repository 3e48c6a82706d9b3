"""Sealed snapshots: numbers that nobody reads before their hour, though their file lies in git.

The file of a sealed snapshot tells its id, title, audience, division and hour, and whose key opens it.
Its envelope is base64 of

    32  an X25519 public key, made for this file
    …   ChaCha20-Poly1305, under a key of HKDF-SHA256, over the snapshot's own text: compressed, and
        filled up with zeros to a power of two, so that the length tells next to nothing

All that stands in the clear is bound as associated data. A file has one spelling only, so that not a
byte of it can be changed unseen. The hour itself is kept by whoever holds the key, see `opened`.
"""

from __future__ import annotations

import base64
import json
import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder.indicators.snapshots import JUDGES, MAX_BYTES, head_of, moment, parse
from builder.keys import PIN, ask_pin, fingerprint, lock, unlock
from builder.problems import BuildFailed, Refused
from builder.values import rounded

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

FORMAT = "weike-sealed/1"
SUFFIX = ".sealed.json"
BOUND = ("format", "id", "title", "audience", "division", "release", "to")
SAME = ("id", "title", "audience", "division", "release")  # inside as outside
SCHEME = "x25519:"
PUBLIC = re.compile(r"x25519:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")
INFO = b"weike sealed snapshot 1"
LEAST = 1 << 16  # the shortest content
KEY_FILE = "WEIKE_RELEASE_KEY"  # the environment's word for where the key file lies
PIN_FILE = "WEIKE_RELEASE_PIN_FILE"
NUMBER = re.compile(r"\d+(?:\.\d+)?")
APART = re.compile(r"(?<=\d)[,，'’\s](?=\d{3}(?!\d))")  # between thousands
LEAST_ROUGH = 1000  # from here on a number is told by its whole part
# Figures that only say when: 9月, 1—2月, 前三季度, 2026-09, 2026-q3.
WHEN = re.compile(
    r"\d+(?:\s*[—–~-]\s*\d+)?\s*[年月季日期号届旬]|(?:19|20)\d\d(?:-?(?:[qh]\d|[01]\d))?(?!\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ReleaseKey:
    """An opened release key; lives in memory only."""

    public: str
    private: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """The key's short name, as sealed files carry it."""
        return fingerprint(self.public)


# --- keys -------------------------------------------------------------------------------------------


def make_key(pin: str, **cost: int) -> bytes:
    """A new release key as the bytes of a key file."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    own = X25519PrivateKey.generate()
    public = SCHEME + base64.b64encode(own.public_key().public_bytes_raw()).decode()
    return lock("release", public, own.private_bytes_raw(), pin, **cost)


@lru_cache(maxsize=4)  # stretching a PIN takes time, and each edition asks
def open_key(data: bytes, pin: str) -> ReleaseKey:
    """Open the key file of a release key; `Refused` when it is none or the PIN is wrong."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    _, public, raw = unlock(data, pin)
    if not public.startswith(SCHEME):
        raise Refused("这是签名用的密钥，不是开封快照的密钥（weike seal keygen 生成的那一个）。")
    own = X25519PrivateKey.from_private_bytes(raw)
    if SCHEME + base64.b64encode(own.public_key().public_bytes_raw()).decode() != public:
        raise Refused("密钥文件坏了：两半对不上。")
    return ReleaseKey(public, raw)


def key_of(environ: Mapping[str, str] = os.environ) -> ReleaseKey | None:
    """The release key of this machine, as the environment names it; None: this machine has none.

    `Refused` when it is named and can't be opened: a build must not quietly go on without it.
    """
    named = environ.get(KEY_FILE, "")
    if not named:
        return None
    pin = environ.get(PIN, "")
    try:
        data = Path(named).read_bytes()
        pin = ask_pin(environ[PIN_FILE]) if environ.get(PIN_FILE) else pin
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{KEY_FILE} 指的密钥文件或口令文件读不出来：{error}。") from None
    if not pin:
        raise Refused(f"有开封密钥，没有口令：用 {PIN_FILE} 写明口令文件，或设 {PIN}。")
    return open_key(data, pin)


# --- closing ----------------------------------------------------------------------------------------


def seal(text: str, public: str, least: int = LEAST) -> str:
    """The text of the sealed file for a snapshot's text, for the owner of `public` alone.

    `BuildFailed` when the snapshot is not right; `Refused` when its title or id tells a number.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    if not PUBLIC.fullmatch(public):
        raise Refused("开封公钥要照 weike seal keygen 打出来的那一行写，以 x25519: 开头。")
    parse(text)
    head = head_of(text)
    _tells_nothing(text, head)
    bound = {**{k: head[k] for k in SAME}, "format": FORMAT, "to": fingerprint(public)}
    own = X25519PrivateKey.generate()
    hidden = _box(
        own.private_bytes_raw(), _raw(public), own.public_key().public_bytes_raw()
    ).encrypt(bytes(12), _filled(text.encode(), least), _bound(bound))
    envelope = base64.b64encode(own.public_key().public_bytes_raw() + hidden).decode()
    return _spelled({**bound, "envelope": envelope})


def _tells_nothing(text: str, head: Mapping[str, Any]) -> None:
    """`Refused` when a number of the snapshot stands in what everybody may read."""
    exact = {abs(v) for block in parse(text).blocks for v in block.values.ravel().tolist()}
    rough = {float(rounded(v, n)) for v in exact if v >= LEAST_ROUGH for n in (0, 1)}
    values = exact | rough
    for what, said in (("标题", head["title"]), ("编号", head["id"])):
        bare = APART.sub("", WHEN.sub(" ", said))
        words = {*NUMBER.findall(bare), *NUMBER.findall(bare.replace("-", "."))}
        told = sorted(w for w in words if float(w) in values)
        if told:
            raise Refused(
                f"{what}里的 {told[0]} 是快照里的数：封存的快照，标题和编号人人看得到。换一个不带数的。"
            )


def _filled(data: bytes, least: int) -> bytes:
    packed = zlib.compress(data, 9)
    size = max(least, 1 << (len(packed) + 8 - 1).bit_length())
    return (len(packed).to_bytes(8, "big") + packed).ljust(size, b"\0")


def _box(private: bytes, public: bytes, ephemeral: bytes) -> ChaCha20Poly1305:
    """The cipher between one key's private half and another's public half."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    own = X25519PrivateKey.from_private_bytes(private)
    shared = own.exchange(X25519PublicKey.from_public_bytes(public))
    mine = own.public_key().public_bytes_raw()
    receiver = public if mine == ephemeral else mine
    return ChaCha20Poly1305(HKDF(SHA256(), 32, ephemeral + receiver, INFO).derive(shared))


def _raw(public: str) -> bytes:
    return base64.b64decode(public.removeprefix(SCHEME))


def _bound(head: Mapping[str, str]) -> bytes:
    bound = {k: head[k] for k in BOUND}
    return json.dumps(bound, ensure_ascii=False, sort_keys=True).encode()


def _spelled(document: Mapping[str, str]) -> str:
    made = {k: document[k] for k in (*BOUND, "envelope")}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


# --- opening ----------------------------------------------------------------------------------------


def sealed_head(text: str) -> dict[str, str]:
    """What a sealed file tells everybody, envelope included; `Refused` when it is no such file."""
    try:
        found = json.loads(text)
        good = isinstance(found, dict) and {*found} == {*BOUND, "envelope"}
        good = good and all(type(v) is str for v in found.values()) and found["format"] == FORMAT
        good = good and not any(JUDGES[k](k, found[k]) for k in SAME) and _spelled(found) == text
        good = good and len(_envelope(found)) >= 32 + 16 + 8
    except (ValueError, RecursionError):
        good = False
    if not good:
        raise Refused("这不是封存的快照，或者文件被改过：从 git 里取回原来的，或重新封存。")
    return dict(found)


def _envelope(head: Mapping[str, str]) -> bytes:
    """What is enveloped; ValueError unless it is spelled in the one way."""
    data = base64.b64decode(head["envelope"], validate=True)
    if base64.b64encode(data).decode() != head["envelope"]:
        raise ValueError("spelling")
    return data


def release_of(head: Mapping[str, str]) -> datetime:
    """The hour of a sealed file's header."""
    found = moment(head["release"])
    assert found is not None
    return found


def opened(text: str, key: ReleaseKey, now: datetime) -> str:
    """The snapshot's text, once its hour has come; before, and for anybody else: `Refused`."""
    head = sealed_head(text)
    if now < release_of(head):
        raise Refused(f"{head['id']} 到 {head['release']} 才能开封，现在不到时间。")
    return unsealed(text, key)


def unsealed(text: str, key: ReleaseKey) -> str:
    """The snapshot's text at any hour, for those who check or rehearse with the key; else `Refused`."""
    from cryptography.exceptions import InvalidTag

    head = sealed_head(text)
    if head["to"] != key.id:
        raise Refused(
            f"{head['id']} 是给密钥 {head['to']} 封的，这把是 {key.id}：换成封存时指定的那一把。"
        )
    try:
        data = _envelope(head)
        plain = _box(key.private, data[:32], data[:32]).decrypt(bytes(12), data[32:], _bound(head))
    except (ValueError, InvalidTag):
        raise Refused(
            f"{head['id']} 打不开：文件被改过，或者传坏了。从 git 里取回原来的。"
        ) from None
    return _checked(_unpacked(plain), head)


def _unpacked(plain: bytes) -> str:
    length = int.from_bytes(plain[:8], "big")
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(plain[8 : 8 + length], 4 * MAX_BYTES)
        text = data.decode()
    except (zlib.error, UnicodeDecodeError):
        text = ""
    if length > len(plain) or not stream.eof or any(plain[8 + length :]):
        text = ""
    return text


def _checked(text: str, head: Mapping[str, str]) -> str:
    """The text, when it is the snapshot that the header tells of."""
    try:
        parse(text)
        inside = head_of(text)
    except BuildFailed as failed:
        first = failed.problems[0].message
        raise Refused(f"{head['id']} 里面不是一个对的快照：{first}") from None
    other = [k for k in SAME if inside[k] != head[k]]
    if other:
        raise Refused(f"{head['id']} 里外对不上：{'、'.join(other)} 不同。不用它，重新封存。")
    return text
