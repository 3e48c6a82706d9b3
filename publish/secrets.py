"""Secrets: from the environment or from a key file that nobody else can read; never in any text.

Environment: WEIKE_WECHAT_<ACCOUNT>_APPID and _SECRET (account in capitals, what is no letter or digit as `_`).
File `state/secrets.yml`:

    wechat:
      tjj:
        appid: wx…
        secret: …
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class NoSecret(Exception):
    """There is no secret, or it isn't kept safely; the text says what to do, in Chinese, and holds no secret."""


class Secret:
    """A value that shows itself only when asked: `reveal()`. Its repr, str and pickle don't hold it."""

    def __init__(self, value: str) -> None: ...

    def reveal(self) -> str:
        """Give the value."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account's own."""

    account: str
    appid: str
    secret: Secret


def wechat(account: str, state: Path, environ: Mapping[str, str]) -> Credentials:
    """Give the credentials of one account; `NoSecret` when there are none or others could read them."""
    raise NotImplementedError


def find(
    kind: str, name: str, field: str, state: Path, environ: Mapping[str, str]
) -> Secret | None:
    """Any other secret: WEIKE_<KIND>_<NAME>_<FIELD>, or secrets.yml's kind → name → field; None when not there."""
    raise NotImplementedError


def redact(text: str) -> str:
    """Take out of a text whatever looks like a token or a secret by its name."""
    raise NotImplementedError
