"""Signing in: a key file, its PIN, and a list of people that knows the key."""

from __future__ import annotations

import json
import re
import threading

from builder.approvals import Refused, open_key
from builder.keys import COST, MAX_FILE
from builder.review.hall import Hall
from builder.review.sessions import Sessions, Throttle

MOST_PIN = 200
OURS = re.compile(r"/(?:[A-Za-z0-9?][A-Za-z0-9/?=&%._-]*)?")


class Door:
    """Lets reviewers in."""

    def __init__(self, hall: Hall, sessions: Sessions, throttle: Throttle) -> None:
        """`sessions` keeps who came in; `throttle` counts who failed to."""
        self.hall = hall
        self.sessions = sessions
        self.throttle = throttle
        self._one = threading.Lock()  # opening a key takes 64 MB: one at a time

    def enter(self, data: bytes, pin: str, address: str) -> str:
        """The cookie of a new session; `Refused` says why there is none."""
        if not data:
            raise Refused("还没有选密钥文件。")
        if len(data) > MAX_FILE or _cost(data) > COST:
            raise Refused("这不是密钥文件：密钥文件不超过 4 KB，由 weike review keygen 生成。")
        key = _public(data)
        with self._one:
            self._patience(address, key)
            try:
                signer = open_key(data, pin[:MOST_PIN])
            except Refused:
                self.throttle.wrong(address, key)
                self._patience(address, key)
                raise
        self.hall.look_again()
        self.hall.person(signer)
        self.throttle.right(address, key)
        return self.sessions.begin(signer)

    def _patience(self, address: str, key: str) -> None:
        seconds = self.throttle.wait(address, key)
        if seconds:
            minutes = -(-seconds // 60)
            raise Refused(f"口令错得太多，请等 {minutes} 分钟再试。忘了口令就请管理员换新密钥。")


def _body(data: bytes) -> dict[str, object]:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _public(data: bytes) -> str:
    return str(_body(data).get("public", ""))[:100]


def _cost(data: bytes) -> int:
    """How much memory the file asks for; a stranger must not choose that."""
    cost = _body(data).get("cost", 0)
    return cost if type(cost) is int else 0


def way_back(asked: str) -> str:
    """Where to go after signing in: a page of ours, whatever was asked."""
    return asked if OURS.fullmatch(asked) and len(asked) < 300 else "/"
