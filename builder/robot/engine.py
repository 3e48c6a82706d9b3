"""小统: what to say to a question. Deterministic, and every answer tells why.

Order: a running dialogue, refusals on principle, codes, then what the question is most like. Nothing is
made up: an answer is an item of the package as it stands, or it is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from builder.robot import beside, rules
from builder.robot.beside import Beside
from builder.robot.codes import Codes
from builder.robot.index import build, rows_of
from builder.robot.package import Flow, Item, Package, Step
from builder.robot.places import Places
from builder.robot.ranking import Asked, Fit, asked, ranked
from builder.robot.spans import pending
from builder.robot.sure import Judge, best
from builder.robot.wording import Reader
from builder.robot.words import DEFINED
from builder.tokens import RUN, fold

LONGEST = 300  # characters of a question that are looked at
CLOSE = 0.88  # a second answer so near the first is offered beside it
OFFERED = 3
FOLLOWING = ("那", "如果", "要是", "它", "这个", "这种", "还有", "具体", "然后")
ASIDE = ("unsure", "elsewhere")  # replies for which a number is looked for without time and region
NUMBERLESS = ("answer", "choice", "unsure")
PENDING = "的数还没有发布，我不知道，也不猜。已经发布的最新一期可以问我。"
AWAY = 0.2  # a question less like another trade's than this is not sent there
# What asks for a number's newest or its growth: without it the name of the number is left.
TAIL = re.compile(
    r"(?:(?:同比|环比|增长|增速|上涨|下降|涨|跌|速度|是|有)*(?:多少|几个点|百分之几|怎么|情况|数据)|(?:同比|环比|增长|增速|上涨|下降)+)$"
)
# How talk ends: “谢谢啊” is “谢谢”.
ENDING = re.compile("[啊呀吧啦嘛了哦噢呢哈诶喽]+$")
REPEAT = 0.5  # the share of a question that the last answer must meet to be given again
BLANK = re.compile(r"^[\s\ufeff]+|[\s\ufeff]+$")
WHICH = "要问哪个指标？请把指标也写上，比如“上个月CPI”。"
UNSURE = "这个问题我没有把握，不乱答。"
EXACT = "请写一个确切的数。"
SEEK = "先找到这个数再回来：看本单位的财务报表，或者问会计。"
PICK = "拿不准就选最像的那一个，也可以先退出，问处室。"
UNHEARD = "这一步没有听懂。"
SHORT = 12  # characters: what is no longer and asks nothing is meant for the step of a flow
NOTHING = "没有听清，请把问题写成一句话。"


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered between turns: the item last answered, and where in which flow one is.

    `beside`: the time and region that were asked for when several answers were offered.
    """

    last: str = ""
    flow: str = ""
    step: str = ""
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that was found, and how well it fits."""

    item: Item
    score: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said. `kind`: answer, choice (two are as near), unsure, refused, elsewhere, talk, step.

    `hits`: the item answered, or those offered. `choices`: words to press. `why`: for whoever checks.
    `source`: what the step of a flow leans on; an item has its own. `note`: what must be said before the
    answer: that the number is of another time or region than the one asked for.
    """

    kind: str
    say: str = ""
    hits: tuple[Hit, ...] = ()
    choices: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    url: str = ""
    state: State = field(default_factory=State)
    why: str = ""
    source: str = ""
    note: str = ""


class Robot:
    """Answers from one package."""

    def __init__(self, package: Package) -> None:
        """Index the package; that takes most of the time there is."""
        self.package = package
        self.reader = Reader(package.tables)
        self.rows = list(rows_of(package))
        self.index = build(self.rows, self.reader)
        self.talks = {bare(ask): talk for talk in package.talks for ask in talk.ask}
        self.refusals = rules.read(package.refusals, self.reader)
        self.places, self.codes = Places(package), Codes(package)
        self.judge = Judge(package, self.rows, self.reader)
        self.names: dict[str, int] = {}
        self.numbers: dict[str, list[int]] = {}
        self._name()

    def _name(self) -> None:
        """Titles before other wordings, numbers of the province before those of the nation."""
        items = self.package.items
        far = [self.places.level(item.place) == "国" for item in items]
        order = sorted(range(len(items)), key=far.__getitem__)
        for said in (lambda item: (item.title,), lambda item: item.ask):
            for number in order:
                for name in map(self.reader.name, said(items[number])):
                    self.names.setdefault(name, number)
                    if items[number].spans and number not in self.numbers.setdefault(name, []):
                        self.numbers[name].append(number)

    def answer(self, text: str, day: str, state: State | None = None) -> Reply:
        """The reply to `text` on `day` (ISO date), after what `state` remembers."""
        state = state or State()
        text = BLANK.sub("", text)[:LONGEST]
        if not text:
            return Reply("talk", NOTHING, state=state)
        if state.flow and (reply := self._onward(text, state, day)):
            return reply
        rule = rules.refused(text, self.refusals, self.reader)
        if rule is not None:
            return Reply("refused", rule.say, url=rule.url, why=f"规则：{rule.title}")
        said = bare(text)
        if talk := self.talks.get(said) or self.talks.get(ENDING.sub("", said)):
            return Reply("talk", talk.say, state=state, why="闲话")
        reply = self._told(text, day, state)
        return (state.flow and self._unheard(text, state, day, reply)) or reply

    def _unheard(self, text: str, state: State, day: str, reply: Reply) -> Reply | None:
        """The step again, when what was said for it is known nowhere: “理发店” is nobody else's business."""
        flow, step = self._at(state, day)
        meant = len(text) <= SHORT and not rules.ASKS.search(fold(text))
        if flow is None or step is None or not meant or reply.kind not in (*ASIDE, "choice"):
            return None
        lead = EXACT if step.bounds else PICK
        return _step(flow, replace(step, say=f"{UNHEARD}{lead}{step.say}"), "没有听懂")

    def _told(self, text: str, day: str, state: State) -> Reply:
        """What the items say: named outright, by code, or found; with a note on time and region."""
        asked = beside.read(text, day, self.places)
        if named := self._named(text, day):
            if self._defined(named.hits[0].item, text):
                named = self._number(asked, day, State()) or named
            before = beside.read(state.beside, day, self.places) if state.beside else asked
            return self._noted(named, before or asked, day)
        number = self._number(asked, day, state) if asked or TAIL.search(text) else None
        if number is not None:
            return self._noted(number, asked, day)
        if asked and not self.reader.name(asked.left).strip("那呢"):
            return Reply("unsure", WHICH, state=state, why="只有时间或者地区")
        if exact := self._exact(text, day):
            return exact
        reply = self._noted(self._found(text, day, state, asked), asked, day)
        open_ = pending(asked.spans, text, day) if reply.kind in NUMBERLESS else ""
        if open_ and not (reply.hits and reply.hits[0].item.spans and reply.kind == "answer"):
            return Reply("refused", f"{open_}{PENDING}", state=state, why="还没有过完")
        return reply

    def _defined(self, item: Item, text: str) -> bool:
        """Whether `item` says what an indicator means, though nobody asks that: “货运量” asks for the number."""
        return item.id.endswith("#card") and DEFINED not in self.reader.plain(text)

    def _noted(self, reply: Reply, asked: Beside, day: str) -> Reply:
        """The reply with what must be said before a number that is of another time or region."""
        if asked and reply.kind == "choice" and any(hit.item.spans for hit in reply.hits):
            return replace(reply, state=replace(reply.state, beside=asked.said))
        if not asked or reply.kind != "answer" or not reply.hits[0].item.spans:
            return reply
        item = reply.hits[0].item
        note = beside.note(item, asked, day, self.places)
        if note.early:
            why = f"没有这一期，{reply.why}"
            told = Reply("refused", note.text, url=item.url, state=reply.state, why=why)
            return replace(told, source=item.source)
        return replace(reply, note=note.text, links=(*reply.links, *note.links))

    def _number(self, asked: Beside, day: str, state: State) -> Reply | None:
        """The number that is meant when time and region are taken out; “那9月呢” means the last one."""
        name = self.reader.name(asked.left)
        found = self.numbers.get(name) or self.numbers.get(f"{TAIL.sub('', name)}是多少")
        if not name.strip("那呢") and state.last:
            found = [n for n, i in enumerate(self.package.items) if i.id == state.last and i.spans]
        held = [i for i in map(self.package.items.__getitem__, found or ()) if i.holds(day)]
        if not held:
            return None
        item = beside.nearest(held, asked, self.places)[0]
        return Reply("answer", "", (Hit(item, 1.0),), state=State(last=item.id), why="问法相同")

    # --- what a question is like --------------------------------------------------------------------

    def _found(self, text: str, day: str, state: State, asked: Beside) -> Reply:
        """What the question is most like; time and region in it don't keep a number from being found."""
        reply = self._likest(text, day, state)
        told = reply.kind in ASIDE or (reply.hits and reply.hits[0].item.spans)
        # Likeness alone keeps no number back that is out; one that isn't is not told anyway.
        if not asked or not (told or (reply.kind == "refused" and asked.spans)):
            return reply
        again = self._likest(asked.left, day, state)
        if again.kind not in ("answer", "choice") or not again.hits[0].item.spans:
            again = reply
        if again.kind != "choice" or not again.hits[0].item.spans:
            return again
        meant = [h for h in again.hits if h.item.spans]
        near = beside.nearest([h.item for h in meant], asked, self.places)
        meant = [h for h in meant if h.item in near]
        kind = "answer" if len(meant) == 1 else "choice"
        return replace(again, kind=kind, hits=tuple(meant), state=State(last=meant[0].item.id))

    def _likest(self, text: str, day: str, state: State) -> Reply:
        question, found = self.fits(text, day, self._before(text, state))
        fits = self.judge.fair(text, found, self.refusals)
        if not fits:
            return self._unsure(question, (), state)
        row = self.rows[fits[0].row]
        if row.part == "talks":
            talk = self.package.talks[row.number]
            return Reply("talk", talk.say, state=state, why=_why(fits[0], "闲话"))
        if row.part == "refusals":
            rule = self.package.refusals[row.number]
            return Reply("refused", rule.say, url=rule.url, why=_why(fits[0], rule.title))
        hits, own = self._hits(fits), best(fits, self.rows)
        if row.part == "items" and self._again(hits[0], text, day, state):
            return self._unsure(question, hits[1 : OFFERED + 1], state)
        if own is None or not self.judge.sure(own, found, text, question):
            like = fits[0].score >= AWAY and len(self.reader.name(text)) > 1
            if row.part != "elsewhere" or not like or self.judge.ours(text):
                return self._unsure(question, hits[:OFFERED], state)
            topic = self.package.elsewhere[row.number]
            return Reply("elsewhere", topic.who, state=state, why=_why(fits[0], topic.topic))
        first = self.rows[own.row]
        if first.part == "flows":
            return self._begin(self.package.flows[first.number])
        near = tuple(h for h in hits[:OFFERED] if h.score >= CLOSE * hits[0].score)
        last, why = State(last=hits[0].item.id), _why(own, hits[0].item.id)
        if len(near) > 1:
            return Reply("choice", "", near, state=last, why=why)
        return Reply("answer", "", hits[:1], state=last, why=why)

    def _again(self, hit: Hit, text: str, day: str, state: State) -> bool:
        """Whether only what was spoken of before leads to the last answer: “那零售业呢” is another question."""
        if hit.item.id != state.last or not self._before(text, state):
            return False
        question, fits = self.fits(text, day)
        own = (f for f in fits if self.rows[f.row].part == "items")
        mass = next(
            (f.mass for f in own if self.package.items[self.rows[f.row].number].id == state.last),
            0.0,
        )
        return not mass or mass < REPEAT * question.known

    def fits(self, text: str, day: str, before: str = "") -> tuple[Asked, list[Fit]]:
        """The question as it is looked up, and the rows that fit it and hold on `day`, best first."""
        question = asked(text, self.index, self.reader, before)
        return question, [f for f in ranked(question, self.index) if self._holds(f, day)]

    def _holds(self, fit: Fit, day: str) -> bool:
        row = self.rows[fit.row]
        if row.part == "items":
            return self.package.items[row.number].holds(day)
        if row.part == "flows":
            return self.package.flows[row.number].holds(day)
        return True

    def _hits(self, fits: Sequence[Fit]) -> tuple[Hit, ...]:
        found = ((self.rows[f.row], f.score) for f in fits)
        return tuple(Hit(self.package.items[r.number], s) for r, s in found if r.part == "items")

    def _before(self, text: str, state: State) -> str:
        """The title of what was answered last, when the question seems to go on from it."""
        goes_on = len(text) <= 12 and (text.startswith(FOLLOWING) or text.endswith(("呢", "呢？")))
        if not state.last or not goes_on:
            return ""
        return next((i.title for i in self.package.items if i.id == state.last), "")

    def _named(self, text: str, day: str) -> Reply | None:
        """The item of which a wording is just this question."""
        number = self.names.get(self.reader.name(text))
        if number is None or not self.package.items[number].holds(day):
            return None
        item = self.package.items[number]
        return Reply("answer", "", (Hit(item, 1.0),), state=State(last=item.id), why="问法相同")

    def _exact(self, text: str, day: str) -> Reply | None:
        """What a form number or an industry code leads to; one that nothing has is told to be unknown."""
        found = [Hit(i, 1.0) for i in self.codes.forms(text) if i.holds(day)]
        if found:
            kind = "answer" if len(found) == 1 else "choice"
            last = State(last=found[0].item.id)
            return Reply(kind, "", tuple(found[:OFFERED]), state=last, why="代码相符")
        book, said = self.codes.trade(text)
        if book is not None and book.holds(day):
            return Reply(
                "answer",
                "",
                (Hit(book, 1.0),),
                state=State(last=book.id),
                note=said,
                why="行业代码",
            )
        if form := self.codes.unknown(text):
            say = f"没有收录 {form} 表，不拿别的表来答。表号以报表制度为准。{self.package.handover}"
            return Reply("unsure", say, why="没有这个表号")
        return None

    def _unsure(self, question: Asked, hits: tuple[Hit, ...], state: State) -> Reply:
        why = f"认得 {question.known / (question.full or 1):.2f}"
        return Reply("unsure", UNSURE + self.package.handover, hits, state=state, why=why)

    # --- flows --------------------------------------------------------------------------------------

    def _begin(self, flow: Flow) -> Reply:
        return _step(flow, flow.steps[0], f"流程：{flow.title}")

    def _at(self, state: State, day: str) -> tuple[Flow | None, Step | None]:
        flow = next((f for f in self.package.flows if f.id == state.flow), None)
        return flow, rules.step_of(flow, state.step) if flow and flow.holds(day) else None

    def _onward(self, text: str, state: State, day: str) -> Reply | None:
        """The next step of a flow; None when it is over or the text is no answer to it."""
        flow, step = self._at(state, day)
        if flow is None or step is None:
            return None
        said = bare(text)
        if rules.LEAVE.fullmatch(said):
            return Reply("talk", "好，先到这里。有问题再问我。", state=State(last=state.last))
        if rules.BACK.fullmatch(said):
            return self._begin(flow)
        name = rules.chosen(text, step, self.reader)
        if not name and rules.LOST.fullmatch(said):
            lead = SEEK if step.bounds else PICK
            return _step(flow, replace(step, say=f"{lead}{step.say}"), "不知道")
        if not name and step.bounds and rules.unclear(text, step.unit):
            return _step(flow, replace(step, say=f"{EXACT}{step.say}"), "数不确切")
        after = rules.step_of(flow, name) if name else None
        return _step(flow, after, f"流程：{flow.title}") if after else None


def bare(text: str) -> str:
    """Words alone, as they were said: “你好！” and “你好” are one."""
    return "".join(RUN.findall(fold(text)))


def _step(flow: Flow, step: Step, why: str) -> Reply:
    goes_on = bool(step.choices or step.bounds)
    state = State(flow=flow.id, step=step.id) if goes_on else State()
    choices = tuple(choice.text for choice in step.choices)
    told = Reply("step", step.say, choices=choices, links=step.links, state=state, why=why)
    return replace(told, source=step.source)


def _why(fit: Fit, what: str) -> str:
    return f"{what}，分 {fit.score:.3f}"
