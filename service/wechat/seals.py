"""Is it WeChat that calls? Signature, age, and the encrypted form. wechatpy has the cipher, not the comparing."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import WeChatException

from service.room import Stopped
from service.settings import WeChat

TOKEN, AES = re.compile(r"[A-Za-z0-9]{3,32}"), re.compile(r"[A-Za-z0-9+/]{43}")
FORGED = "签名不对。"
LATE = "请求过了时间。"


@dataclass(frozen=True, slots=True)
class Seal:
    """The account's token and key; only in memory, and in no repr."""

    token: str
    aes: str
    appid: str

    def __repr__(self) -> str:
        return f"<Seal {self.appid}>"

    def signed(self, signature: str, *parts: str) -> bool:
        """Whether WeChat signed these parts; it takes as long whatever is wrong."""
        text = "".join(sorted([self.token, *parts]))
        right = hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
        return hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace"))

    def opened(self, box: str) -> bytes:
        """What was encrypted for this account; `Stopped` when it was not."""
        try:
            return str(self._cipher.decrypt(box, self.appid)).encode()
        except (WeChatException, ValueError, IndexError, struct.error, binascii.Error) as error:
            raise Stopped(403, "解不开。") from error

    def closed(self, text: str, nonce: str, seconds: int) -> str:
        """An answer encrypted and signed."""
        crypto = WeChatCrypto(self.token, self.aes, self.appid)
        return str(crypto.encrypt_message(text, nonce, str(seconds)))

    @property
    def _cipher(self) -> PrpCrypto:
        return PrpCrypto(binascii.a2b_base64(f"{self.aes}="))


def opened(told: WeChat) -> Seal:
    """The seal of the account in the settings; `Stopped` when its files can't be used."""
    try:
        stamps = [f.stat().st_mtime_ns for f in (told.token_file, told.aes_key_file) if f]
        return _read(told.token_file, told.aes_key_file, told.appid, tuple(stamps))
    except (OSError, UnicodeDecodeError) as error:
        raise Stopped(503, "公众号的令牌或密钥文件读不了，请管理员检查设置。") from error


@lru_cache(maxsize=4)
def _read(token_file: Path, aes_file: Path | None, appid: str, _stamps: tuple[int, ...]) -> Seal:
    token, aes = _line(token_file), _line(aes_file) if aes_file else ""
    if not TOKEN.fullmatch(token) or not (aes_file is None or AES.fullmatch(aes)):
        raise Stopped(
            503, "公众号的令牌要 3 到 32 位字母数字，EncodingAESKey 要 43 位：请检查文件。"
        )
    return Seal(token, aes, appid)


def _line(file: Path) -> str:
    return file.read_text("utf-8-sig").split("\n")[0].strip()


def fresh(timestamp: str, now: int, window: int) -> bool:
    """Whether a request was signed within `window` seconds of now (ms)."""
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return False
    return abs(now // 1000 - int(timestamp)) <= window
