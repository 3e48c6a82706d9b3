"""`site_config.yml`: its only reader. `organisations.py` reads `content/orgs.yml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from builder.findings import findings
from builder.model import Edition
from builder.problems import BuildFailed, Problem, Where
from builder.settings_file import no_secrets, parsed, read_file
from builder.yaml_source import Node

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
# The keys in docs/trial-keys/ are for everybody: good for trying things out, and for nobody's releases.
TRIAL_BUREAU = "示范省统计局"
TRIAL_RELEASE_KEY = "x25519:TdwEHn6obbyp3pWnx0p9kHlRjJPk8957KLkleVqcjyM="


def load_config(root: Path) -> SiteConfig:
    """Read `site_config.yml`; raise `BuildFailed` with placed problems when it is wrong."""
    return config_of(read_file(root, CONFIG_FILE, "CFG001"))


def config_of(text: bytes) -> SiteConfig:
    """The configuration that these bytes of a `site_config.yml` hold; `BuildFailed` when they are wrong."""
    node = parsed(text, CONFIG_FILE, "CFG001")
    no_secrets(text.decode(errors="replace"), CONFIG_FILE)
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
