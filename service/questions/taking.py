"""Taking a question in: what others see is masked at once, the rest is sealed."""

from __future__ import annotations

import base64
import json
import secrets
import unicodedata
from dataclasses import dataclass

from service.desk import Desk
from service.proofs import kept
from service.questions import notices
from service.questions.calendar import day_of
from service.questions.masks import covered
from service.questions.steps import NEW
from service.room import Stopped
from service.scripts import day_of as iso_day
from service.store import audit, deeds, questions
from service.store.audit import Act
from service.store.engine import Connection

SHORTEST, LONGEST = 5, 1000  # characters of a question
TOPICS = (
    "报表填报",
    "指标口径",
    "入库退库",
    "系统操作",
    "制度标准",
    "数据查询",
    "统计法规",
    "普查调查",
    "其他",
)
LEVELS = ("省", "市", "县", "乡", "部门", "企业", "公众")
KINDS = ("企业", "个体经营户", "机关事业单位", "统计机构", "乡镇街道", "村居", "其他")
PURPOSE = "question"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it came in. `contact` needs `agreed`; `sure`: asked although the robot would refuse it."""

    text: str
    contact: str = ""
    agreed: bool = False
    form: str = ""
    topic: str = ""
    level: str = ""
    kind: str = ""
    source: str = "web"
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the asker is told: the number, and the word that opens it."""

    number: str
    key: str


@dataclass(frozen=True, slots=True)
class Offer:
    """An answer that there is already."""

    id: str
    title: str
    answer: str
    url: str
    source: str


@dataclass(frozen=True, slots=True)
class Look:
    """What the robot says before a question is taken. `refused`: why it should not be asked, in Chinese."""

    offers: tuple[Offer, ...] = ()
    refused: str = ""


def fault(told: Asked) -> str:
    """What is wrong with a question, in Chinese; empty when nothing is."""
    text = covered(told.text)
    if len(text) < SHORTEST:
        return f"请把问题写清楚，至少 {SHORTEST} 个字。"
    if len(told.text) > LONGEST:
        return f"问题最多 {LONGEST} 个字。"
    for given, known in ((told.topic, TOPICS), (told.level, LEVELS), (told.kind, KINDS)):
        if given and given not in known:
            return "选项里没有这一项，请重新选。"
    if told.contact.strip() and not told.agreed:
        return "留联系方式要勾选同意；不想留，就把它空着。"
    return ""


def look(desk: Desk, text: str) -> Look:
    """Ask the robot of the bundle first; it sees the masked text alone."""
    script = desk.script()
    if script is None:
        return Look()
    reply = script.robot.answer(covered(text), iso_day(desk.clock()))
    if reply.kind in {"refused", "elsewhere"}:
        return Look(refused=reply.say or "这类问题不能答复。")
    offers = []
    for hit in reply.hits[:3]:
        item = hit.item
        url = item.url if "://" in item.url or not item.url else script.base + item.url
        offers.append(Offer(item.id, item.title, item.answer, url, item.source))
    return Look(tuple(offers))


def take(desk: Desk, told: Asked, once: str = "") -> Receipt:
    """Take a question in; the same `once` again gives the same receipt. `Stopped` when it can't be taken."""
    if wrong := fault(told):
        raise Stopped(422, wrong)
    deed = kept(f"question:{once}") if once else ""
    sealer = desk.sealer(PURPOSE)

    def put(connection: Connection) -> Receipt:
        before = deeds.done(connection, deed) if deed else None
        if before is not None:
            return Receipt(**json.loads(sealer.open(before, deed)))
        made = _put(desk, connection, told)
        if deed:
            answer = json.dumps({"number": made.number, "key": made.key})
            deeds.keep(connection, deed, desk.clock(), sealer.seal(answer, deed))
        return made

    return desk.store.write(put)


def _put(desk: Desk, connection: Connection, told: Asked) -> Receipt:
    key, now, sealer = new_key(), desk.clock(), desk.sealer(PURPOSE)
    secret, text, contact = kept(plain_key(key)), covered(told.text), told.contact.strip()
    number = questions.add(
        connection, number=secret, secret=secret, state=NEW, made=now, text=text,
        original=sealer.seal(told.text, secret) if text != told.text else "",
        contact=sealer.seal(contact[:120], secret) if contact else "", consent=now if contact else 0,
        form=form_number(told.form), topic=told.topic, level=told.level, kind=told.kind,
        source=told.source, warned=int(told.sure),
    )  # fmt: skip
    name = questions.named(connection, number, str(day_of(now).year))
    audit.record(connection, now, Act("", "question.ask", f"question:{number}"))
    notices.tell(connection, now, notices.desks(connection), number)
    return Receipt(name, key)


def passed(desk: Desk, connection: Connection, _at: int, text: str) -> str:
    """Take in what the robot could not answer in WeChat, masked; its number, or empty when it is no question."""
    told = Asked(text, source="wechat", sure=True)
    return "" if fault(told) else _put(desk, connection, told).number


def form_number(given: str) -> str:
    """A form number in one spelling: `b204-1 表` and `Ｂ２０４－１` are one."""
    plain = unicodedata.normalize("NFKC", covered(given)).upper().replace(" ", "")
    return plain.removesuffix("表")[:20]


def new_key() -> str:
    """80 bits, as people copy them: `ABCD-EFGH-IJKL-MNOP`."""
    word = base64.b32encode(secrets.token_bytes(10)).decode()
    return "-".join(word[n : n + 4] for n in range(0, 16, 4))


def plain_key(given: str) -> str:
    """The same word, however it was typed."""
    return "".join(c for c in unicodedata.normalize("NFKC", given).upper() if c.isalnum())
