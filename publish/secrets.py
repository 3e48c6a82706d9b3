"""Secrets: from the environment or from a key file that nobody else can read; never in any text.

Environment: WEIKE_WECHAT_<ACCOUNT>_APPID and _SECRET (account in capitals, what is no letter or digit as `_`).
File `state/secrets.yml`:

    wechat:
      tjj:
        appid: wx…
        secret: …

The environment goes before the file, value by value.
"""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

FILE = "secrets.yml"
LARGEST = 64 * 1024
HIDDEN = "（已隐去）"
_NAMES = r"access_token|refresh_token|component_access_token|appsecret|app_secret|client_secret|corpsecret|secret|password"
_NAMED = re.compile(rf"""(?i)\b({_NAMES})(["']?\s*(?:=|:|%3D)\s*["']?)([^\s"'&,;}})<>]+)""")


class NoSecret(Exception):
    """There is no secret, or it isn't kept safely; the text says what to do, in Chinese, and holds no secret."""


class Secret:
    """A value that shows itself only when asked: `reveal()`. Its repr and str don't hold it; it can't be pickled."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the value."""
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"密钥不能存盘或传给别的进程{HIDDEN}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account's own."""

    account: str
    appid: str
    secret: Secret


def wechat(account: str, state: Path, environ: Mapping[str, str]) -> Credentials:
    """Give the credentials of one account; `NoSecret` when there are none or others could read them."""
    appid, secret = (find("wechat", account, f, state, environ) for f in ("appid", "secret"))
    if appid is None or secret is None:
        lacking = "、".join(
            _variable("wechat", account, field)
            for field, value in (("appid", appid), ("secret", secret))
            if value is None
        )
        raise NoSecret(
            f"没有公众号 {account} 的密钥：设置环境变量 {lacking}，"
            f"或者写进 {state / FILE}（wechat → {account} → appid、secret），并执行 chmod 600 {state / FILE}。"
        )
    return Credentials(account, appid.reveal(), secret)


def find(
    kind: str, name: str, field: str, state: Path, environ: Mapping[str, str]
) -> Secret | None:
    """Any secret: WEIKE_<KIND>_<NAME>_<FIELD>, or secrets.yml's kind → name → field; None when not there."""
    try:
        return _found(kind, name, field, state, environ)
    except NoSecret as error:
        said = str(error)
    raise NoSecret(said)  # anew: the first one's frames hold the file's text


def _found(
    kind: str, name: str, field: str, state: Path, environ: Mapping[str, str]
) -> Secret | None:
    variable = _variable(kind, name, field)
    value = environ.get(variable, "").strip()
    origin = f"环境变量 {variable}"
    if not value:
        value, origin = _filed(state / FILE, (kind, name, field)), f"{state / FILE} 里的 {field}"
    if not value:
        return None
    if not value.isascii() or not value.isprintable() or " " in value:
        raise NoSecret(f"{origin} 里有空格、中文或看不见的字符，多半是复制错了：重新复制一遍。")
    return Secret(value)


def redact(text: str, *values: str) -> str:
    """Take out of a text whatever looks like a token or a secret by its name, and these very `values`."""
    for value in values:
        if value:
            text = text.replace(value, HIDDEN)
    return _NAMED.sub(rf"\1\2{HIDDEN}", text)


def hush_logs(names: Iterable[str] = ("urllib3.connectionpool", "urllib3.util.retry")) -> None:
    """Redact what libraries write into logs: at level DEBUG they log addresses, and WeChat's hold the token."""
    for name in names:
        logger = logging.getLogger(name)
        if not any(isinstance(known, _Hush) for known in logger.filters):
            logger.addFilter(_Hush())


class _Hush(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        return True


def _variable(*parts: str) -> str:
    return "_".join(["WEIKE", *(re.sub(r"[^A-Z0-9]", "_", part.upper()) for part in parts)])


def _filed(file: Path, keys: tuple[str, ...]) -> str:
    """Give the text at these keys in the key file; empty when it isn't there."""
    text = _text(file)
    if text is None:
        return ""
    node = _parsed(file, text)
    for key in keys:
        if not isinstance(node, dict):
            return ""
        node = node.get(key)
    return node.strip() if isinstance(node, str) else ""


def _text(file: Path) -> str | None:
    """Read the key file through one open handle, so that what was judged is what is read."""
    try:
        handle = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NoSecret(f"读不了 {file}：{error.strerror}。检查文件的权限。") from None
    with os.fdopen(handle, "rb") as stream:
        seen = os.fstat(handle)
        if os.name == "posix" and seen.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise NoSecret(
                f"{file} 别的用户也能读（权限 {stat.S_IMODE(seen.st_mode):04o}）：执行 chmod 600 {file} 再试。"
                "如果这台机器上还有别人，请同时到公众号后台重置 AppSecret。"
            )
        if not stat.S_ISREG(seen.st_mode):
            raise NoSecret(f"{file} 不是普通文件：应当是一个 YAML 文件。")
        if seen.st_size > LARGEST:
            raise NoSecret(f"{file} 太大，不像密钥文件：里面只放密钥。")
        try:
            return stream.read(LARGEST + 1).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise NoSecret(f"{file} 不是 UTF-8 文本：用 UTF-8 另存一遍。") from None


def _parsed(file: Path, text: str) -> object:
    """Parse without ever quoting the file: a YAML error prints the line it stumbled over."""
    import yaml

    line = 0
    try:
        return yaml.load(text, yaml.BaseLoader)  # noqa: S506  # BaseLoader makes nothing but text
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
    except (yaml.YAMLError, RecursionError, ValueError):
        pass
    where = f"第 {line} 行" if line else ""
    raise NoSecret(f"{file} {where}不是合法的 YAML：每行写“名称: 值”，缩进用空格。")
