"""Keys of people who open sealed releases (X25519), and the small files that secrets travel in."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from builder.problems import Refused

PRIVATE, PUBLIC = "weike-opener-private:", "weike-opener-public:"
LARGEST = 4096


def make(file: Path) -> str:
    """Write a new pair, `file` and `file.pub`; what to tell the person."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    own = X25519PrivateKey.generate()
    public_file = file.with_name(f"{file.name}.pub")
    kept(file, f"{PRIVATE} {base64.b64encode(own.private_bytes_raw()).decode()}\n")
    text = base64.b64encode(own.public_key().public_bytes_raw()).decode()
    kept(public_file, f"{PUBLIC} {text}\n")
    return f"私钥 {file}：只有开封人自己留着，不放在网站服务器上。公钥 {public_file}：交给封存的人，封存时写 --to。"


def kept(file: Path, text: str) -> None:
    """Write a new file that only its owner may read; an old one is never written over."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(f"{file} 已经有了：换一个名字。") from None
    except OSError as error:
        raise Refused(f"{file} 写不进去：{error.strerror}。") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        file.unlink(missing_ok=True)
        raise Refused(f"{file} 写不进去：{error.strerror}。") from None


def text(file: Path) -> str:
    """A small file's text."""
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise Refused(f"读不了 {file}：检查路径和权限。") from None


def private(file: Path) -> bytes:
    """The private key in a file."""
    return _key(file, PRIVATE, "私钥")


def public(file: Path) -> bytes:
    """The public key in a file."""
    return _key(file, PUBLIC, "公钥")


def _key(file: Path, mark: str, what: str) -> bytes:
    head, _, word = text(file).strip().partition(" ")
    try:
        key = base64.b64decode(word, validate=True)
    except ValueError:
        key = b""
    if head != mark or len(key) != 32:
        raise Refused(f"{file} 不是开封人的{what}文件。")
    return key
