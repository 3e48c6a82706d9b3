"""Whose packages this machine takes: `trusted-keys.yml`, read without any package that may be missing.

The file is a list in plain YAML, one key after another, with values on one line:

    - key: ed25519:…
      who: 张三（数据发布处）
      sender: inside
      since: 2026-01-01
      until: 2027-12-31
      streams: [internet, robot]
      directions: [out]
      revoked: 2026-11-20
"""

from __future__ import annotations

import base64
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Never

from builder.keys import SCHEME, fingerprint
from builder.problems import Refused
from publish.airgap.form import DIRECTIONS, WORD, Manifest, Rejected

FILE = "trusted-keys.yml"
BEIJING = timezone(timedelta(hours=8))  # the dates of the file are Beijing's
NEEDED = ("key", "who", "sender", "since", "until", "streams", "directions")
LISTS = ("streams", "directions")
KNOWN = (*NEEDED, "revoked")
LINE = re.compile(r"(?P<mark>- |  )(?P<key>[a-z]+): +(?P<value>\S.*)")
COMMENT = re.compile(r"\s+#.*$")
AMBIGUOUS = re.compile(
    r"[\"'&*!|>%@`{}\[\]#,?-]|.*(: |:$)"
)  # a value that YAML would read otherwise
AHEAD = timedelta(minutes=10)  # two clocks may differ by as much
MAX_FILE = 256 << 10


@dataclass(frozen=True, slots=True)
class Trusted:
    """One key that counts, and what for."""

    key: str
    who: str
    sender: str
    since: date
    until: date
    streams: tuple[str, ...]
    directions: tuple[str, ...]
    revoked: date | None

    @property
    def name(self) -> str:
        """The key's short name."""
        return fingerprint(self.key)


class Trust:
    """The keys of one machine."""

    def __init__(self, keys: Mapping[bytes, Trusted]) -> None:
        """Keys by their raw bytes."""
        self.keys = keys

    def holder(self, raw: bytes) -> Trusted:
        """Who has this key; `Rejected` when nobody here has."""
        found = self.keys.get(raw)
        if found is None:
            name = fingerprint(SCHEME + base64.b64encode(raw).decode())
            text = f"签名用的密钥 {name} 不在 {FILE} 里：先当面或打电话核对是谁的，是自己人再加上；来路不明就不要用这个包。"
            raise Rejected("unknown-key", text)
        return found


def judge(found: Trusted, manifest: Manifest, now: datetime) -> None:
    """`Rejected` when the key may not sign this package, or not now."""
    who = f"{found.who}的密钥 {found.name}"
    if found.revoked is not None:
        raise Rejected("revoked-key", f"{who} 已在 {found.revoked} 吊销：它签的包一律不用。")
    for day in (_day(manifest.made), _day(now)):
        if day < found.since:
            raise Rejected("key-not-yet", f"{who} 从 {found.since} 起才有效：核对日期和本机时钟。")
        if day > found.until:
            raise Rejected("key-expired", f"{who} {found.until} 到期了：请对方换新密钥，重新做包。")
    if manifest.signer != found.name:
        raise Rejected("wrong-key", "清单里写的签名人不是签名的这一个：不要用这个包。")
    if manifest.sender != found.sender:
        raise Rejected(
            "wrong-key", f"{who} 不能替“{manifest.sender}”签：它只能替“{found.sender}”签。"
        )
    if manifest.stream not in found.streams:
        raise Rejected("wrong-stream", f"{who} 不能签“{manifest.stream}”：见 {FILE} 的 streams。")
    if manifest.direction not in found.directions:
        way = DIRECTIONS[manifest.direction]
        raise Rejected("wrong-direction", f"{who} 不能签{way}的包：方向不对，可能拿错了包。")


def _day(moment: datetime) -> date:
    """Its day in Beijing; of the last hours that there are, the last day."""
    try:
        return moment.astimezone(BEIJING).date()
    except OverflowError:
        return date.max


def in_time(manifest: Manifest, now: datetime) -> None:
    """`Rejected` when the package is of the future or no longer valid."""
    if manifest.made > now + AHEAD:
        when = _plain(manifest.made)
        raise Rejected("future", f"包写着 {when} 做的，还没到这个时间：核对两边机器的时钟。")
    if manifest.expires <= now:
        raise Rejected("expired", f"包在 {_plain(manifest.expires)} 过期了：请对方重新做一个。")


def _plain(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}"


# --- the file -----------------------------------------------------------------------------------------


def load_trust(path: Path) -> Trust:
    """Read the file; `Refused` with the line when something in it is wrong or others may write it."""
    try:
        mode, data = path.stat().st_mode, path.read_bytes()
    except FileNotFoundError:
        raise Refused(
            f"找不到 {path}：里面要写明本机认谁的密钥，写法见操作手册“跨网摆渡”。"
        ) from None
    if os.name == "posix" and mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Refused(f"{path} 别人也能改，不能用：先 chmod 644 {path}，并核对里面的密钥。")
    if len(data) > MAX_FILE:
        raise Refused(f"{path} 太大，不是密钥清单。")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(f"{path} 不是 UTF-8 文本：用记事本另存为 UTF-8。") from None
    keys: dict[bytes, Trusted] = {}
    for line, entry in _entries(path.name, text):
        raw, trusted = _trusted(f"{path.name}:{line}", entry)
        if raw in keys:
            raise Refused(f"{path.name}:{line}：同一个密钥写了两遍，留一个。")
        keys[raw] = trusted
    return Trust(keys)


def _entries(name: str, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each entry with the line that it begins on."""
    entry: dict[str, str] = {}
    begun = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = LINE.fullmatch(COMMENT.sub("", line).rstrip())
        if not found or (found["mark"] == "  " and not entry):
            words = "每个密钥以“- key: ”开头，其余每行空两格写“名字: 值”"
            raise Refused(f"{name}:{number}：这一行看不懂。{words}。")
        if found["mark"] == "- ":
            if entry:
                yield begun, entry
            begun, entry = number, {}
        key, value = found["key"], found["value"]
        if key not in KNOWN or key in entry:
            raise Refused(
                f"{name}:{number}：`{key}` 不认识或写了两遍；能写的是 {'、'.join(KNOWN)}。"
            )
        if key not in LISTS and AMBIGUOUS.match(value):
            raise Refused(f"{name}:{number}：`{key}` 的值不要用引号和特殊符号开头，也不要有“: ”。")
        entry[key] = value
    if entry:
        yield begun, entry


def _trusted(place: str, entry: Mapping[str, str]) -> tuple[bytes, Trusted]:
    if missing := [k for k in NEEDED if k not in entry]:
        raise Refused(f"{place}：这个密钥少写了 {'、'.join(missing)}。")
    try:
        if not entry["key"].startswith(SCHEME):
            raise ValueError
        raw = base64.b64decode(entry["key"].removeprefix(SCHEME), validate=True)
        if len(raw) != 32 or SCHEME + base64.b64encode(raw).decode() != entry["key"]:
            raise ValueError
    except ValueError:
        said = "key 要照 weike keygen 打印的整行抄，以 ed25519: 开头"
        raise Refused(f"{place}：{said}。") from None
    streams, directions = (_list(place, name, entry[name]) for name in LISTS)
    if set(directions) - set(DIRECTIONS):
        _wrong(place, "directions 只能写 out（内网到外网）和 in（外网到内网）")
    if not WORD.fullmatch(entry["sender"]):
        _wrong(place, "sender 只能用小写字母、数字和短横线")
    since, until = _date(place, "since", entry["since"]), _date(place, "until", entry["until"])
    if since > until:
        _wrong(place, "since 比 until 还晚")
    revoked = _date(place, "revoked", entry["revoked"]) if "revoked" in entry else None
    found = Trusted(
        entry["key"], entry["who"], entry["sender"], since, until, streams, directions, revoked
    )
    return raw, found


def _wrong(place: str, text: str) -> Never:
    raise Refused(f"{place}：{text}。")


def _list(place: str, name: str, text: str) -> tuple[str, ...]:
    words = tuple(w.strip() for w in text[1:-1].split(","))
    if text[0] != "[" or text[-1] != "]" or not all(WORD.fullmatch(w) for w in words):
        _wrong(place, f"{name} 写成 [internet, robot] 这样")
    return words


def _date(place: str, name: str, text: str) -> date:
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        _wrong(place, f"{name} 写成 2026-11-21 这样的日期")
