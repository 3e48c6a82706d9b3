"""What the service is told: one TOML file, and over it the environment (`WEIKE_SERVICE_…`).

Secrets are named by the file that holds them, never written in the settings.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from service.store.engine import lite_url

PREFIX = "WEIKE_SERVICE_"
SECRET = "secret.key"  # noqa: S105  # the name of a file
MB = 1 << 20


class Refused(Exception):
    """The settings can't be used; the text says why, in Chinese."""


class Mail(BaseModel):
    """Where notices are handed in. `password_file` holds one line."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    host: str
    port: int = 465
    sender: str
    user: str = ""
    password_file: Path | None = None
    tls: bool = True  # from the start at port 465, by STARTTLS elsewhere
    ca_file: Path | None = None  # whom to trust, where the server's certificate is the house's own


class Signing(BaseModel):
    """The key with which the service signs what it hands to other machines (`weike keygen`), and its PIN's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key_file: Path
    pin_file: Path


class WeChat(BaseModel):
    """The account whose messages are answered. Token and AES key are named by files of one line.

    `account` and `state` are those of `weike push`: there stand appid, secret and access token.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    account: str
    appid: str
    token_file: Path
    aes_key_file: Path | None = None  # with it only encrypted messages are taken (安全模式)
    state: Path = Path("state")
    window_seconds: int = Field(300, ge=30, le=3600)  # how old a signed request may be
    welcome: str = Field("", max_length=500)  # empty: the greeting of the robot's scripts
    clicks: dict[str, str] = {}  # key of a menu button -> the question it asks


class Webhook(BaseModel):
    """A platform that is told of notices. `form`: how it wants to be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    address: str = Field(pattern=r"^https?://\S+$")
    form: Literal["plain", "wecom"] = "plain"
    secret_file: Path | None = None  # signs what is sent: HMAC-SHA256 of the body

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"address": value} if isinstance(value, str) else value


class Platform(BaseModel):
    """A platform like 企业微信 or 政务微信, and the application that the bureau made there.

    `address`: of its interface, without /cgi-bin; the secret travels there, so https, or this machine.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[a-z0-9-]{1,20}$")
    address: str = Field(
        pattern=r"^(https://[^\s?#@]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)$"
    )
    corp_id: str = Field(min_length=1, max_length=64)
    agent_id: int = Field(ge=0)
    secret_file: Path
    ca_file: Path | None = (
        None  # whom to trust, where the platform's certificate is the house's own
    )

    @field_validator("address")
    @classmethod
    def _bare(cls, value: str) -> str:
        return value.rstrip("/").removesuffix("/cgi-bin")


class Settings(BaseModel):
    """One service: its profile, its folder, its database, who may reach it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    profile: Literal["internet", "intranet"] = "intranet"
    data: Path = Path("service-data")  # database, files, keys, backups
    database: str = ""  # an address of PostgreSQL; empty: SQLite in `data`
    bundle: Path | None = None  # dist/<edition>: definitions, orgs, contests, robot package
    host: str = "127.0.0.1"
    port: int = Field(8600, ge=1, le=65535)
    address: str = (
        ""  # as browsers name it, e.g. https://fuwu.example.gov.cn/; empty: host and port
    )
    workers: int = Field(1, ge=1, le=16)
    proxies: tuple[str, ...] = ()  # whose X-Forwarded-For is believed
    mail: Mail | None = None
    webhooks: dict[str, Webhook] = {}  # by name
    platforms: tuple[Platform, ...] = ()  # who has an account on one is told there, too
    metrics_file: Path | None = None  # holds the word by which a program may read the counts
    signing: Signing | None = None
    wechat: WeChat | None = None
    live_dir: Path | None = None  # where the web server finds the fragments of running live pages
    second_factor: bool = True  # privileged roles need one
    password_days: int = Field(0, ge=0, le=3660)  # 0: passwords don't grow old
    idle_minutes: int = Field(30, ge=5, le=480)
    session_hours: int = Field(12, ge=1, le=72)
    keep_audit_days: int = Field(400, ge=180)
    keep_asker_days: int = Field(365, ge=30)
    readers: dict[str, tuple[str, ...]] = {}  # audience or 披露类别 -> roles that read its numbers
    feed_rate: str = "100/10 seconds"  # calls of the feed from one address
    feed_cells: int = Field(100_000, ge=1000)  # numbers in one answer of the feed
    upload_mb: int = Field(200, ge=1, le=2048)
    clamd: str = ""  # the virus scanner: unix:/path or host:port; empty: none

    @field_validator("address")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("address 要以 http:// 或 https:// 开头")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if len({p.name for p in self.platforms}) < len(self.platforms):
            raise ValueError("platforms 里有两个同名的")
        return self

    @model_validator(mode="after")
    def _one_writer(self) -> Self:
        if self.workers > 1 and not self.database:
            raise ValueError(
                "SQLite 只能用一个进程（workers = 1）；要用几个进程，先搬到 PostgreSQL"
            )
        return self

    @property
    def origin(self) -> str:
        """Scheme, host and port as browsers send them."""
        return self.address or f"http://{self.host}:{self.port}"

    @property
    def secure(self) -> bool:
        """Whether browsers come by https."""
        return self.origin.startswith("https://")

    @property
    def url(self) -> str:
        """The address of the database."""
        return self.database or lite_url(self.data / f"{self.profile}.db")

    def secret(self) -> bytes:
        """32 bytes that only this service has: made once, readable by its own user alone."""
        file = self.data / SECRET
        try:
            held = file.read_bytes()
        except FileNotFoundError:
            self.data.mkdir(parents=True, exist_ok=True)
            _made(file)
            held = file.read_bytes()
        if len(held) != 32:
            raise Refused(
                f"{file} 坏了：应当正好 32 字节。从备份里取回它；丢了它，已登记的第二因素都要重做。"
            )
        return held


def _made(file: Path) -> None:
    """A new secret under this name, whole at once; of several who make one at the same moment one does."""
    aside = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_bytes(32))
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):
            os.link(aside, file)
    finally:
        aside.unlink()


def load(file: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from a file (or the one that the environment names) and the environment; `Refused` when wrong."""
    named = file or (Path(environ[f"{PREFIX}FILE"]) if environ.get(f"{PREFIX}FILE") else None)
    told: dict[str, Any] = {}
    if named is not None:
        try:
            told = tomllib.loads(named.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Refused(f"设置文件 {named} 读不懂：{error}。") from error
    for name in Settings.model_fields:
        if (value := environ.get(f"{PREFIX}{name.upper()}")) is not None:
            told[name] = value
    try:
        return Settings.model_validate(told)
    except ValidationError as error:
        said = "；".join(
            f"{'.'.join(map(str, e['loc']))}：{e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        )
        raise Refused(f"设置有误：{said}。") from error
