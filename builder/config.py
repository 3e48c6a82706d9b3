"""`site_config.yml` and `content/orgs.yml`: their only readers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from builder.findings import findings
from builder.model import Edition, Organisation
from builder.problems import BuildFailed, Problem, Where
from builder.yaml_source import Node, parse

ID = re.compile(r"[a-z][a-z0-9-]{0,31}")


def _id(value: str) -> str:
    if not ID.fullmatch(value):
        raise ValueError("编号只能用小写字母、数字和短横线，以字母开头，不超过 32 个字符")
    return value


def _base_url(value: str) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9.:-]+/(?:[A-Za-z0-9._~-]+/)*", value):
        raise ValueError("要写完整网址，以 http:// 或 https:// 开头、以 / 结尾")
    return value


def _domain(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", value):
        raise ValueError("只写域名，不带 http:// 和斜杠，例如 tjj.example.gov.cn")
    return value


def _id_code(value: str) -> str:
    if not re.fullmatch(r"\d{10}|bm\d{8}", value):
        raise ValueError("网站标识码是 10 位数字，部门网站是 bm 加 8 位数字")
    return value


def _said(value: str) -> str:
    if value.strip().lower() in {"", "null", "none", "undefined", "无"}:
        raise ValueError("不能空着，也不能写 null")
    return value


Id = Annotated[str, AfterValidator(_id)]
Said = Annotated[str, AfterValidator(_said)]


class Strict(BaseModel):
    """Frozen, and no key that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Footer(Strict):
    """The marks a government site carries at its foot (国办发〔2017〕47号)."""

    host: Said
    contact: str = ""
    icp: str = ""
    police: str = ""
    party_mark: bool = False
    jiucuo: bool = False


class Identity(Strict):
    """Who publishes; goes into the metadata of every page."""

    name: Said
    owner: Said
    editor: Said
    domain: Annotated[str, AfterValidator(_domain)]
    id_code: Annotated[str, AfterValidator(_id_code)]
    description: Said
    keywords: tuple[Said, ...] = ()
    footer: Footer


class AudienceConfig(Strict):
    """A group of readers, and the words shown for it."""

    label: Said
    public: bool = False


class EditionConfig(Strict):
    """One site to build."""

    label: Said
    audiences: tuple[Id, ...] = Field(min_length=1)
    base_url: Annotated[str, AfterValidator(_base_url)]
    outputs: tuple[Literal["web", "feeds", "search"], ...] = ("web", "feeds", "search")


class ColumnMeta(Strict):
    """The metadata of one part of the site (栏目), as government pages must state it."""

    title: Said
    description: Said
    keywords: tuple[Said, ...] = Field(min_length=1)
    type: Said


class TaskRow(Strict):
    """One line of a task list on the home page."""

    title: Said
    text: str = ""
    link: Said


class Task(Strict):
    """A task list on the home page, such as 我要查."""

    title: Said
    icon: str = "search"
    rows: tuple[TaskRow, ...]


# Who can stand beside an entrance: the cast of `media/cast.py`.
Person = Literal["小李", "王姐", "老陈", "小周", "赵局", "李大爷", "小马", "小统"]


class Role(Strict):
    """An entrance by role on the home page."""

    id: Id
    title: Said
    text: str
    link: Said
    picture: Person = "小统"


class Home(Strict):
    """What the editors choose for the home page."""

    roles: tuple[Role, ...] = ()
    hot: tuple[TaskRow, ...] = ()
    tasks: tuple[Task, ...] = ()
    columns: tuple[str, ...] = ()


class VoiceCommand(Strict):
    """A bureau's own program as a voice: text on its input, a WAV file on its output; no shell."""

    run: tuple[Said, ...] = Field(min_length=1, max_length=40)
    seconds: Annotated[int, Field(ge=1, le=600)] = 60
    input: Literal["text", "json"] = "text"


class NarrationConfig(Strict):
    """Whose voice speaks, in the order in which they are tried; an author's recording always wins."""

    engines: tuple[Literal["command", "kokoro", "espeak", "silent"], ...] = (
        "command",
        "kokoro",
        "silent",
    )
    command: VoiceCommand | None = None
    voice: Literal["zf_xiaobei", "zm_yunjian"] = "zf_xiaobei"
    lexicon: str = ""


class VideoConfig(Strict):
    """How films are written. `cfr` holds all 25 frames of a second, for those who take nothing else.

    `formats`: shapes that every film of the site is offered in, besides what it asks for itself.
    """

    frame_mode: Literal["vfr", "cfr"] = "vfr"
    formats: tuple[Literal["16:9", "9:16", "1:1"], ...] = ()


class SiteConfig(Strict):
    """All of `site_config.yml`."""

    site: Identity
    audiences: Mapping[Id, AudienceConfig]
    editions: Mapping[Id, EditionConfig]
    columns: Mapping[Id, ColumnMeta] = {}
    home: Home = Home()
    narration: NarrationConfig = NarrationConfig()
    video: VideoConfig = VideoConfig()
    timezone: Literal["Asia/Shanghai"] = "Asia/Shanghai"

    def edition(self, name: str) -> Edition:
        """The edition called `name`; KeyError when there is none."""
        found = self.editions[name]
        chosen = frozenset(found.audiences)
        public = all(self.audiences[a].public for a in chosen)
        return Edition(name, found.label, chosen, found.base_url, public, tuple(found.outputs))


CONFIG_FILE = "site_config.yml"
ORGS_FILE = "content/orgs.yml"


def load_config(root: Path) -> SiteConfig:
    """Read `site_config.yml`; raise `BuildFailed` with placed problems when it is wrong."""
    node = _read(root, CONFIG_FILE, "CFG001")
    try:
        config = SiteConfig.model_validate(node.plain())
    except ValidationError as error:
        raise BuildFailed(findings(error, node, CONFIG_FILE, SiteConfig)) from None
    problems = [
        Problem(
            "CFG001",
            Where(CONFIG_FILE, *node.place(("editions", name, "audiences"))),
            f"版本 `{name}` 用到没有登记的受众 `{audience}`。",
            "先在 audiences 里登记，或改正写法。",
        )
        for name, edition in config.editions.items()
        for audience in edition.audiences
        if audience not in config.audiences
    ]
    if problems:
        raise BuildFailed(problems)
    return config


class OrganisationConfig(Strict):
    """One line of `content/orgs.yml`."""

    id: Id
    name: Said
    short: str = ""
    duties: str = ""
    partner: bool = False


class OrganisationFile(Strict):
    """All of `content/orgs.yml`: divisions first, then cities."""

    province: Said
    bureau: Said
    divisions: tuple[OrganisationConfig, ...] = Field(min_length=1)
    cities: tuple[OrganisationConfig, ...] = ()


def load_organisations(root: Path) -> dict[str, Organisation]:
    """Read `content/orgs.yml` in its own order; raise `BuildFailed` when it is wrong."""
    node = _read(root, ORGS_FILE, "CFG002")
    try:
        orgs = OrganisationFile.model_validate(node.plain())
    except ValidationError as error:
        raise BuildFailed(findings(error, node, ORGS_FILE, OrganisationFile)) from None
    found: dict[str, Organisation] = {}
    problems: list[Problem] = []
    groups: list[tuple[str, tuple[OrganisationConfig, ...]]] = [
        ("divisions", orgs.divisions),
        ("cities", orgs.cities),
    ]
    for group, items in groups:
        for number, item in enumerate(items):
            if item.id in found:
                place = node.place((group, number, "id"))
                problems.append(
                    Problem(
                        "CFG002",
                        Where(ORGS_FILE, *place),
                        f"机构编号 `{item.id}` 重复。",
                        "每个机构用不同的编号。",
                    )
                )
            found[item.id] = Organisation(
                item.id,
                item.name,
                item.short or item.name,
                item.duties,
                item.partner,
                group == "cities",
            )
    if problems:
        raise BuildFailed(problems)
    return found


def _read(root: Path, name: str, code: str) -> Node:
    try:
        text = (root / name).read_text("utf-8-sig")
    except FileNotFoundError:
        raise BuildFailed(
            [
                Problem(
                    code,
                    Where(name),
                    f"找不到 {name}。",
                    "在根目录里放好这个文件，或用 --root 指对目录。",
                )
            ]
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BuildFailed(
            [Problem(code, Where(name, line), "这里的字节不是 UTF-8 文字。", "另存为 UTF-8 编码。")]
        ) from None
    except OSError as error:
        raise BuildFailed(
            [Problem(code, Where(name), f"读不出来：{error.strerror}。", "检查文件权限。")]
        ) from None
    node, problems = parse(text, name)
    if node is None:
        raise BuildFailed(problems)
    return node


def schemas() -> dict[str, Any]:
    """JSON Schemas of the two configuration files, for editors."""
    return {
        "site_config": SiteConfig.model_json_schema(),
        "orgs": OrganisationFile.model_json_schema(),
    }
