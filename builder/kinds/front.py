"""What all kinds share: the common keys, the field types, and the `Kind` record."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from builder.model import Entry, MdText
from builder.problems import Problem
from builder.yaml_source import Node

LINE = re.compile(r"[\r\n\u2028\u2029]")
HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+")  # a name, or numbers of version 6
NO_SIGNS = "".join(chr(n | 0xFFFE) + chr(n | 0xFFFF) for n in range(0, 0x110000, 0x10000))
HIDDEN = re.compile(
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069"
    rf"\ufdd0-\ufdef\ufeff\ufff9-\ufffb{NO_SIGNS}]"
)


def _date(value: str) -> str:
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            raise ValueError
        date.fromisoformat(value)
    except ValueError:
        raise ValueError("日期要写成 2026-11-20 这样，且日历上有这一天") from None
    return value


def _moment(value: str) -> str:
    pattern = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?\+08:00"
    try:
        if not re.fullmatch(pattern, value):
            raise ValueError
        datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("时间要写成 2026-11-20T09:30:00+08:00 这样") from None
    return value


def _clock(value: str) -> str:
    if not re.fullmatch(r"([01]?\d|2[0-4]):[0-5]\d", value):
        raise ValueError("时刻要写成 9:30 或 24:00 这样")
    return value


def _line(value: str) -> str:
    text = value.strip()
    if not text:
        raise ValueError("不能空着")
    if LINE.search(text):
        raise ValueError("只能写一行")
    if HIDDEN.search(text):
        raise ValueError("里面有看不见的字符")
    return text


def readable(address: str) -> bool:
    """Whether host and port of a web address can be told: not those of `https://a.cn：80/`."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme not in {"http", "https"} or bool(HOST.fullmatch(host))


def _link(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"'\\]+", value):
        raise ValueError("网址要以 http:// 或 https:// 开头，中间不能有空格")
    if not readable(value):
        raise ValueError("网址里的主机名或端口认不出，冒号、句号、斜杠要用半角")
    return value


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", value):
        raise ValueError("只能用小写字母、数字和短横线")
    return value


def _ref(value: str) -> str:
    if not re.fullmatch(r"[a-z]+:[a-z0-9][a-z0-9/-]*", value):
        raise ValueError("编号要写成 种类:名称，例如 system:yitaobiao")
    return value


def _file(value: str) -> str:
    parts = value.split("/")
    if (
        value.startswith("/")
        or "\\" in value
        or ":" in value
        or any(p in {"", ".", ".."} or p.startswith(".") for p in parts)
    ):
        raise ValueError("文件名要写相对本文件的路径，不能出现 .. 或以点开头")
    return value


Date = Annotated[str, AfterValidator(_date)]
Moment = Annotated[str, AfterValidator(_moment)]
Clock = Annotated[str, AfterValidator(_clock)]
Line = Annotated[str, AfterValidator(_line), Field(max_length=200)]
Short = Annotated[str, AfterValidator(_line), Field(max_length=80)]
Long = Annotated[str, Field(max_length=2000)]
Link = Annotated[str, AfterValidator(_link)]
Slug = Annotated[str, AfterValidator(_slug)]
Ref = Annotated[str, AfterValidator(_ref)]
File = Annotated[str, AfterValidator(_file)]
Md = Annotated[
    str, Field(max_length=200_000, json_schema_extra={"markdown": True}), AfterValidator(MdText)
]
Level = Literal["省", "市", "县", "乡", "部门", "企业"]


def listed(value: object) -> object:
    """Let an author write one value where a list is meant."""
    return [value] if isinstance(value, str) else value


Lines = Annotated[tuple[Line, ...], BeforeValidator(listed)]


class Strict(BaseModel):
    """A nested piece of a front matter: no unknown keys."""

    # Built on first use: a site rarely has all kinds, and building them all takes a tenth of a second.
    model_config = ConfigDict(extra="forbid", populate_by_name=True, defer_build=True)


class SourceField(Strict):
    """Where a fact comes from."""

    title: Line
    quote: Annotated[str, Field(max_length=400)] = ""
    doc_no: str = ""
    locator: str = ""
    date: str = ""
    url: Link | Literal[""] = ""
    seen: Date | Literal[""] = ""


class ValidField(Strict):
    """From when to when an entry holds, and the reporting system it follows."""

    start: Date | Literal[""] = Field("", alias="from")
    to: Date | Literal[""] = ""
    system: Ref | Literal[""] = ""


class AssetField(Strict):
    """What must be said of a picture or an attachment."""

    alt: str = ""
    ai_generated: bool = False
    map_approval: str = ""
    credit: str = ""


class WechatField(Strict):
    """How an entry appears as a WeChat article."""

    author: Short | Literal[""] = ""
    cover: File | Literal[""] = ""
    digest: Annotated[str, Field(max_length=120)] = ""


class EditorialField(Strict):
    """Notes for the editors. Never rendered anywhere."""

    notes: str = ""
    owner: str = ""
    reviewer: str = ""


class FrontMatter(Strict):
    """The keys every entry has."""

    id: Slug | Literal[""] = ""
    title: Line
    audience: Slug
    division: Slug
    date: Date
    updated: Date | Literal[""] = ""
    summary: Annotated[str, AfterValidator(_line), Field(max_length=120)] | Literal[""] = ""
    tags: Lines = ()
    levels: Annotated[tuple[Level, ...], BeforeValidator(listed)] = ()
    roles: Annotated[tuple[Slug, ...], BeforeValidator(listed)] = ()
    forms: Lines = ()
    valid: ValidField = Field(default_factory=ValidField)
    sources: tuple[SourceField, ...] = ()
    assets: Mapping[File, AssetField] = {}
    aliases: Annotated[tuple[Line, ...], BeforeValidator(listed)] = ()
    wechat: WechatField = Field(default_factory=WechatField)
    editorial: EditorialField = Field(default_factory=EditorialField)


class TextFrontMatter(FrontMatter):
    """A YAML entry with a Markdown `text` in place of a body."""

    text: Md = ""


COMMON = frozenset(FrontMatter.model_fields) | {"text"}


FromText = Callable[[MdText, Node, str], list[Problem]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One content type: how to recognise its files, its schema, where its pages stand, how they look.

    `pattern` matches a path under the root; its groups make the id and, through `url`, the address.
    `needs_source`: an entry of fact, 待核 until it quotes a source. `from_text` reads the kind's own
    keys from the body of a Markdown file: given the body and its first line, the front matter and the path.
    `article`: a WeChat article can be made of it.
    """

    name: str
    label: str
    icon: str
    schema: type[FrontMatter]
    pattern: re.Pattern[str]
    template: str
    section: str
    needs_source: bool = False
    page: bool = True
    article: bool = True
    check: Callable[[Entry], Iterable[Problem]] | None = None
    from_text: FromText | None = None
    url: str = ""

    def match(self, path: str) -> tuple[str, str, int, str] | None:
        """Give (id, url, order, parent id) for a path of this kind, else None."""
        found = self.pattern.fullmatch(path)
        if not found:
            return None
        groups = found.groupdict()
        course = groups.get("course") or ""
        slug = groups["slug"]
        key = "/".join(p for p in (course or groups.get("folder") or "", slug) if p)
        parent = f"course:{course}" if course and self.name != "course" else ""
        url = f"courses/{key}/" if course else f"{self.url or self.section}/{key}/"
        return f"{self.name}:{key}", url, int(groups.get("order") or 0), parent


def refuse(title: str, faults: Iterable[tuple[tuple[str | int, ...], str]]) -> None:
    """Raise what pydantic would for `faults` (the place of a value, why it is wrong), if there are any."""
    wrong: list[InitErrorDetails] = [
        {
            "type": PydanticCustomError("value_error", "{error}", {"error": why}),
            "loc": steps,
            "input": "",
        }
        for steps, why in faults
    ]
    if wrong:
        raise ValidationError.from_exception_data(title, wrong)


def lesson_pattern(*suffixes: str) -> re.Pattern[str]:
    """Match `courses/<course>/lessons/NN-<slug><suffix>` for any of the suffixes."""
    ends = "|".join(map(re.escape, suffixes))
    return re.compile(
        rf"courses/(?P<course>[a-z0-9-]+)/lessons/(?P<order>\d\d)-(?P<slug>[a-z0-9-]+)(?:{ends})"
    )


def folder_pattern(folder: str, suffix: str) -> re.Pattern[str]:
    """Match `<folder>/<slug><suffix>`."""
    return re.compile(rf"{re.escape(folder)}/(?P<slug>[a-z0-9-]+){re.escape(suffix)}")


def jsonable(model: BaseModel) -> dict[str, Any]:
    """The kind's own keys as plain data, Markdown kept as `MdText`."""
    return {
        name: _plain(getattr(model, name))
        for name in type(model).model_fields
        if name not in COMMON
    }


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        if value.model_config.get("frozen"):
            return value  # a spec that media take as it is
        return {n: _plain(getattr(value, n)) for n in type(value).model_fields}
    if isinstance(value, (list, tuple)):
        return tuple(_plain(v) for v in value)
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value


@lru_cache(maxsize=4096)
def slug_of(text: str) -> str:
    """An ASCII address for a tag: its own letters where it has only those, else a short hash of it."""
    if re.fullmatch(r"[a-z0-9-]{1,40}", text):
        return text
    return hashlib.blake2b(text.encode(), digest_size=5).hexdigest()
