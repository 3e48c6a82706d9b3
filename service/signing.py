"""The key with which the service signs what it hands out: packages of the robot, reports of appraisals."""

from __future__ import annotations

from functools import lru_cache

from builder.keys import Signer, open_key
from builder.problems import Refused
from service.desk import Desk
from service.room import Stopped
from service.settings import Signing

BAD_KEY = "签名的密钥打不开：{}"


def signer_of(desk: Desk) -> Signer | None:
    """The key that signs; None when the settings name none. `Stopped` when it can't be opened."""
    told = desk.settings.signing
    if told is None:
        return None
    try:
        return _opened(told, told.key_file.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError) as error:
        raise Stopped(503, BAD_KEY.format(f"{error}。")) from error
    except Refused as error:
        raise Stopped(503, BAD_KEY.format(error)) from error


@lru_cache(maxsize=4)
def _opened(told: Signing, _written: int) -> Signer:
    pin = told.pin_file.read_text("utf-8-sig").split("\n")[0].strip()
    return open_key(told.key_file.read_bytes(), pin)
