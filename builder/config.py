"""`site_config.yml` and `content/orgs.yml`: their only readers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from builder.findings import findings
from builder.model import Edition, Organisation
from builder.problems import BuildFailed, Problem, Where
from builder.secret_shapes import secrets
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
    outputs: tuple[Literal["web", "feeds", "search", "data", "robot", "wechat"], ...] = ()


FRESH = (("动态", 14), ("要闻", 14), ("通知", 180), ("公告", 180), ("政策", 180))


class ColumnMeta(Strict):
    """The metadata of one part of the site (栏目), as government pages must state it.

    `update`: days after which something new is due, 0 for never; by default what its type asks for.
    """

    title: Said
    description: Said
    keywords: tuple[Said, ...] = Field(min_length=1)
    type: Said
    update: Annotated[int, Field(ge=0, le=3660)] | None = None

    @property
    def due(self) -> int:
        """Days after which something new is due; 0 for never (国办秘函〔2019〕19号)."""
        if self.update is not None:
            return self.update
        return next((days for word, days in FRESH if word in self.type), 0)


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


def _each_once(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(value)) < len(value):
        raise ValueError("同一个指标写了两遍")
    return value


class Home(Strict):
    """What the editors choose for the home page. `numbers`: ids of indicators for its blackboard."""

    roles: tuple[Role, ...] = ()
    hot: tuple[TaskRow, ...] = ()
    tasks: tuple[Task, ...] = ()
    columns: tuple[str, ...] = ()
    numbers: Annotated[tuple[Id, ...], Field(max_length=6), AfterValidator(_each_once)] = ()


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


Step = Literal["first", "second", "final", "secrecy"]
EVERY_STEP: tuple[Step, ...] = ("first", "second", "final", "secrecy")
INSIDE_STEPS: tuple[Step, ...] = ("first", "final")


class ReviewPolicy(Strict):
    """The reviews an entry needs before an edition may show it; `kinds` where some need others."""

    steps: tuple[Step, ...] = ()
    kinds: Mapping[str, tuple[Step, ...]] = {}


NO_POLICY = ReviewPolicy()


class ReviewConfig(Strict):
    """What must be reviewed by whom, by edition (三审三校, 先审查后公开)."""

    editions: Mapping[Id, ReviewPolicy] = {}


class WechatAccount(Strict):
    """A 公众号. `verified`: only such accounts may publish by program."""

    name: Said
    type: Literal["subscription", "service"] = "subscription"
    verified: bool = True


class WechatConfig(Strict):
    """The accounts that pushes go to, by the name that pushes use. Keys and secrets stand elsewhere."""

    accounts: Mapping[Id, WechatAccount] = {}


def _release_key(value: str) -> str:
    # the last sign has two spare bits: one spelling only
    if not re.fullmatch(r"x25519:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=", value):
        raise ValueError("开封公钥要照 weike seal keygen 打出来的那一行写，以 x25519: 开头")
    return value


class IndicatorsConfig(Strict):
    """Numbers. `release_key`: public half of the key to which unreleased snapshots are sealed."""

    release_key: Annotated[str, AfterValidator(_release_key)] | Literal[""] = ""


Module = Literal["faq", "term", "lesson", "system", "standard", "indicator", "dialogue"]
MODULES: tuple[Module, ...] = (
    "faq",
    "term",
    "lesson",
    "system",
    "standard",
    "indicator",
    "dialogue",
)


Channel = Literal["wechat", "wecom", "faqpage", "rasa", "lines", "spoken"]
CHANNELS: tuple[Channel, ...] = ("wechat", "wecom", "faqpage", "rasa", "lines", "spoken")
ON_THE_INTERNET = frozenset({"wechat", "wecom", "faqpage"})  # others may stand in the house


class RobotConfig(Strict):
    """The robot. `modules`: from what it answers in an edition, or in a channel; all where none is named.

    `channels`: for which other robots an edition writes files; by default for all that may have its words.
    """

    name: Said = "小统"
    modules: Mapping[Id, tuple[Module, ...]] = {}
    channels: Mapping[Id, tuple[Channel, ...]] = {}

    def of(self, name: str) -> tuple[Module, ...]:
        """The modules of an edition or a channel."""
        return self.modules.get(name, MODULES)

    def ways(self, edition: Edition) -> frozenset[str]:
        """The channels of an edition; none on the internet, where it isn't for everybody."""
        chosen = frozenset(self.channels.get(edition.name, CHANNELS))
        return chosen if edition.public else chosen - ON_THE_INTERNET


OUTPUTS = ("web", "feeds", "search", "data", "robot")


class SiteConfig(Strict):
    """All of `site_config.yml`."""

    site: Identity
    audiences: Mapping[Id, AudienceConfig]
    editions: Mapping[Id, EditionConfig]
    columns: Mapping[Id, ColumnMeta] = {}
    home: Home = Home()
    narration: NarrationConfig = NarrationConfig()
    video: VideoConfig = VideoConfig()
    review: ReviewConfig = ReviewConfig()
    wechat: WechatConfig = WechatConfig()
    indicators: IndicatorsConfig = IndicatorsConfig()
    robot: RobotConfig = RobotConfig()
    timezone: Literal["Asia/Shanghai"] = "Asia/Shanghai"

    def edition(self, name: str) -> Edition:
        """The edition called `name`; KeyError when there is none."""
        found = self.editions[name]
        chosen = frozenset(found.audiences)
        public = all(self.audiences[a].public for a in chosen)
        usual = (*OUTPUTS, "wechat") if public else OUTPUTS
        outputs = tuple(found.outputs) or usual
        return Edition(name, found.label, chosen, found.base_url, public, outputs)

    def steps(self, edition: str, kind: str) -> tuple[Step, ...]:
        """The reviews that an entry of `kind` needs before `edition` may show it."""
        policy = self.review.editions.get(edition, NO_POLICY)
        usual = EVERY_STEP if self.edition(edition).public else INSIDE_STEPS
        return policy.kinds.get(kind) or policy.steps or usual


CONFIG_FILE = "site_config.yml"
ORGS_FILE = "content/orgs.yml"


def load_config(root: Path) -> SiteConfig:
    """Read `site_config.yml`; raise `BuildFailed` with placed problems when it is wrong."""
    return config_of(_read(root, CONFIG_FILE, "CFG001"))


def config_of(text: bytes) -> SiteConfig:
    """The configuration that these bytes of a `site_config.yml` hold; `BuildFailed` when they are wrong."""
    node = _parsed(text, CONFIG_FILE, "CFG001")
    _no_secrets(text.decode(errors="replace"), CONFIG_FILE)
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
    problems += [
        Problem(
            "CFG001",
            Where(CONFIG_FILE, *node.place(("editions", name, "outputs"))),
            f"版本 `{name}` 不是面向社会公开的，不能产出微信文章。",
            "从 outputs 里删去 wechat。",
        )
        for name, edition in config.editions.items()
        if "wechat" in edition.outputs and not config.edition(name).public
    ]
    problems += _weak_policies(config, node)
    problems += _channels(config, node)
    if config.indicators.release_key == TRIAL_RELEASE_KEY and config.site.owner != TRIAL_BUREAU:
        where = Where(CONFIG_FILE, *node.place(("indicators", "release_key")))
        message = "这是公开的试用密钥，封存的数谁都打得开。"
        problems.append(Problem("CFG001", where, message, "用 weike seal keygen 生成自己的。"))
    if problems:
        raise BuildFailed(problems)
    return config


def _weak_policies(config: SiteConfig, node: Node) -> Iterator[Problem]:
    """Editions that are not there, and policies below what the law asks of what goes to the public."""
    for name, policy in config.review.editions.items():
        place = Where(CONFIG_FILE, *node.place(("review", "editions", name)))
        if name not in config.editions:
            yield Problem(
                "CFG001", place, f"review 里的 `{name}` 不是版本。", "改成 editions 里的名字。"
            )
            continue
        lists = [steps for steps in (policy.steps, *policy.kinds.values()) if steps]
        public = all(config.audiences[a].public for a in config.editions[name].audiences)
        if public and any(not {"final", "secrecy"} <= set(steps) for steps in lists):
            message = f"面向社会公开的版本 `{name}` 必须有终审和保密审查（先审查、后公开）。"
            yield Problem("CFG001", place, message, "在 steps 里写上 final 和 secrecy。")
        if any("final" not in steps for steps in lists):
            yield Problem("CFG001", place, f"版本 `{name}` 没有终审。", "在 steps 里写上 final。")


def _channels(config: SiteConfig, node: Node) -> Iterator[Problem]:
    """Words for some eyes only go to no robot on the internet; no edition is named that isn't there."""
    for key, known in (
        ("modules", {*config.editions, "channels"}),
        ("channels", {*config.editions}),
    ):
        for name in sorted(set(getattr(config.robot, key)) - known):
            place = Where(CONFIG_FILE, *node.place(("robot", key, name)))
            message = f"robot.{key} 里的 `{name}` 不是版本。"
            yield Problem("CFG001", place, message, "改成 editions 里的名字。")
    for name in sorted(set(config.robot.channels) & set(config.editions)):
        out = sorted(ON_THE_INTERNET & set(config.robot.channels[name]))
        if out and not config.edition(name).public:
            place = Where(CONFIG_FILE, *node.place(("robot", "channels", name)))
            message = (
                f"版本 `{name}` 不是面向社会公开的，话术不能给互联网上的渠道：{'、'.join(out)}。"
            )
            action = f"删去{'、'.join(out)}；放在本单位的 rasa、lines、spoken 可以留。"
            yield Problem("CFG001", place, message, action)


class OrganisationConfig(Strict):
    """One line of `content/orgs.yml`."""

    id: Id
    name: Said
    short: Said | Literal[""] = ""
    duties: Said | Literal[""] = ""
    partner: bool = False


def _public_key(value: str) -> str:
    # the last sign has two spare bits: one spelling only, or one key could stand for two people
    if not re.fullmatch(r"ed25519:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=", value):
        raise ValueError("公钥要照 weike review keygen 打出来的那一行写，以 ed25519: 开头")
    return value


def _day(value: str) -> str:
    try:
        found = date.fromisoformat(value).isoformat()
    except ValueError:
        found = ""
    if found != value:  # days are compared as text
        raise ValueError("日期要写成 2026-11-20 这样")
    return value


# The keys in docs/trial-keys/ are for everybody: good for trying things out, and for nobody's releases.
TRIAL_BUREAU = "示范省统计局"
TRIAL_KEYS = frozenset(
    {
        "ed25519:nIPVJnv/0bfHy4sC51h++3ywdaytxQFWNhfwTp3jJ9Y=",
        "ed25519:+ChnC1jPPdI2KVFQezZ6RAniKCCgADasWVf+Z9GOgW4=",
        "ed25519:m1vwoRB1UmisXn44auIVZX8ynMeA0/HduRH2iY64XCw=",
        "ed25519:ubB4MjYEHec1ktapr3AfDSB7zbg4/1lI2JOW0BDKdZ8=",
        "ed25519:nrUhVVnQ4moi56gbeX/oGUQAOuBqiPLbAGw6XvMy+Mc=",
        "ed25519:vnRnamBIXFcage6ZPKf41fgSBtAOgCeINBpoN8uazzQ=",
        "ed25519:X+8kMp7fdp5JKhaWQYrrYRAKgSK2cljlxi9T92o/HHw=",
        "ed25519:GKMrRU34rVwVmqt0dx/9v/SsCXdrcftAZ5fTZAmHqDw=",
        "ed25519:jDvnlLxaf3lTGNuGGroQDj1vzv12Bh74r/QIhqotcRk=",
        "ed25519:QUFsVvNchY/qxEI8UHTMoL3DwLQmFGd07nsWFeSvXDA=",
    }
)

TRIAL_RELEASE_KEY = "x25519:TdwEHn6obbyp3pWnx0p9kHlRjJPk8957KLkleVqcjyM="


class PersonKey(Strict):
    """A public key and the days on which its owner may sign with it."""

    public: Annotated[str, AfterValidator(_public_key)]
    since: Annotated[str, AfterValidator(_day)]
    until: Annotated[str, AfterValidator(_day)] | Literal[""] = ""


class PersonConfig(Strict):
    """Who reviews: the steps a person may take, for which divisions (none named: all).

    `division`: where the person works; empty for the bureau's leaders.
    """

    id: Id
    name: Said
    division: Id | Literal[""] = ""
    title: Said
    steps: tuple[Step, ...] = ()
    divisions: tuple[Id, ...] = ()
    clerk: bool = False
    keys: tuple[PersonKey, ...] = ()


class OrganisationFile(Strict):
    """All of `content/orgs.yml`: divisions first, then cities, then who reviews."""

    province: Said
    bureau: Said
    divisions: tuple[OrganisationConfig, ...] = Field(min_length=1)
    cities: tuple[OrganisationConfig, ...] = ()
    people: tuple[PersonConfig, ...] = ()


def load_organisations(root: Path) -> dict[str, Organisation]:
    """Read `content/orgs.yml` in its own order; raise `BuildFailed` when it is wrong."""
    return organisations_of(_read(root, ORGS_FILE, "CFG002"))[0]


def organisations_of(text: bytes) -> tuple[dict[str, Organisation], OrganisationFile]:
    """What these bytes of an `orgs.yml` hold: units by id, and the whole file; `BuildFailed` when wrong."""
    node = _parsed(text, ORGS_FILE, "CFG002")
    _no_secrets(text.decode(errors="replace"), ORGS_FILE)
    try:
        orgs = OrganisationFile.model_validate(node.plain())
    except ValidationError as error:
        raise BuildFailed(findings(error, node, ORGS_FILE, OrganisationFile)) from None
    found: dict[str, Organisation] = {}
    problems = [*_wrong_people(orgs, node)]
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
    return found, orgs


def _wrong_people(orgs: OrganisationFile, node: Node) -> Iterator[Problem]:
    """Ids and keys given twice, divisions that are none."""
    known = {d.id for d in (*orgs.divisions, *orgs.cities)}
    ids: set[str] = set()
    keys: set[str] = set()
    for number, person in enumerate(orgs.people):
        place = Where(ORGS_FILE, *node.place(("people", number, "id")))
        if person.id in ids:
            yield Problem("CFG002", place, f"人员编号 `{person.id}` 重复。", "每人用不同的编号。")
        for name in {person.division, *person.divisions} - known - {""}:
            action = "写 divisions 或 cities 里的编号。"
            yield Problem("CFG002", place, f"处室 `{name}` 没有登记。", action)
        for key in person.keys:
            if key.public in TRIAL_KEYS and orgs.bureau != TRIAL_BUREAU:
                message = f"`{person.id}` 用的是公开的试用密钥，谁都能用它签名。"
                action = "用 weike review keygen 生成自己的密钥。"
                yield Problem("CFG002", place, message, action)
            if key.public in keys:
                message = f"`{person.id}` 的公钥与别人的相同。"
                yield Problem("CFG002", place, message, "每人用自己的密钥。")
            keys.add(key.public)
        ids.add(person.id)


def _no_secrets(text: str, name: str) -> None:
    """Raise `BuildFailed` when a key or a token stands in a settings file."""
    action = "删去，并马上在它的系统里作废、重置。口令和密钥不放在这里，见发布手册。"
    found = [
        Problem("SEC001", Where(name, text.count("\n", 0, start) + 1), f"这里像是{what}。", action)
        for start, _, what in secrets(text)
    ]
    if found:
        raise BuildFailed(found)


def _read(root: Path, name: str, code: str) -> bytes:
    try:
        return (root / name).read_bytes()
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
    except OSError as error:
        raise BuildFailed(
            [Problem(code, Where(name), f"读不出来：{error.strerror}。", "检查文件权限。")]
        ) from None


def _parsed(data: bytes, name: str, code: str) -> Node:
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BuildFailed(
            [Problem(code, Where(name, line), "这里的字节不是 UTF-8 文字。", "另存为 UTF-8 编码。")]
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
