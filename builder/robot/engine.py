"""小统: what to say to a question. Deterministic, and every answer tells why.

Order: a running dialogue, refusals on principle, codes, then what the question is most like. Nothing is
made up: an answer is an item of the package as it stands, or it is none.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace

from builder.robot import rules
from builder.robot.index import build, rows_of
from builder.robot.package import Flow, Item, Package, Step
from builder.robot.ranking import Asked, Fit, asked, ranked
from builder.robot.sure import best, sure
from builder.robot.wording import Reader
from builder.tokens import RUN, fold

LONGEST = 300  # characters of a question that are looked at
CLOSE = 0.88  # a second answer so near the first is offered beside it
OFFERED = 3
FOLLOWING = ("那", "如果", "要是", "它", "这个", "这种", "还有", "具体", "然后")
UNSURE = "这个问题我没有把握，不乱答。"
EXACT = "请写一个确切的数。"
NOTHING = "没有听清，请把问题写成一句话。"


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered between turns: the item last answered, and where in which flow one is."""

    last: str = ""
    flow: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that was found, and how well it fits."""

    item: Item
    score: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said. `kind`: answer, choice (two are as near), unsure, refused, elsewhere, talk, step.

    `hits`: the item answered, or those offered. `choices`: words to press. `why`: for whoever checks.
    `source`: what the step of a flow leans on; an item has its own.
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


class Robot:
    """Answers from one package."""

    def __init__(self, package: Package) -> None:
        """Index the package; that takes most of the time there is."""
        self.package = package
        self.reader = Reader(package.tables)
        self.rows = list(rows_of(package))
        self.index = build(self.rows, self.reader)
        self.talks = {bare(ask): talk for talk in package.talks for ask in talk.ask}
        self.names: dict[str, int] = {}
        for number, item in enumerate(package.items):
            for said in (item.title, *item.ask):
                self.names.setdefault(self.reader.name(said), number)

    def answer(self, text: str, day: str, state: State | None = None) -> Reply:
        """The reply to `text` on `day` (ISO date), after what `state` remembers."""
        state = state or State()
        text = text.strip()[:LONGEST]
        if not text:
            return Reply("talk", NOTHING, state=state)
        if state.flow and (reply := self._onward(text, state, day)):
            return reply
        rule = rules.refused(text, self.package.refusals, self.reader)
        if rule is not None:
            return Reply("refused", rule.say, url=rule.url, why=f"规则：{rule.title}")
        if talk := self.talks.get(bare(text)):
            return Reply("talk", talk.say, state=state, why="闲话")
        if exact := self._named(text, day) or self._exact(text, day):
            return exact
        return self._found(text, day, state)

    # --- what a question is like --------------------------------------------------------------------

    def _found(self, text: str, day: str, state: State) -> Reply:
        question, fits = self.fits(text, day, self._before(text, state))
        if any(self.rows[f.row].part == "refusals" for f in fits):
            free = rules.excused(text, self.package.refusals, self.reader)
            fits = [f for f in fits if not self._free(f, free)]
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
        if own is None or not sure(own, fits, self.rows):
            if row.part != "elsewhere":
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

    def _free(self, fit: Fit, free: Container[int]) -> bool:
        row = self.rows[fit.row]
        return row.part == "refusals" and row.number in free

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
        found = [
            Hit(self.package.items[n], 1.0)
            for n in rules.coded(text, self.package.items)
            if self.package.items[n].holds(day)
        ]
        if not found:
            return None
        kind = "answer" if len(found) == 1 else "choice"
        last = State(last=found[0].item.id)
        return Reply(kind, "", tuple(found[:OFFERED]), state=last, why="代码相符")

    def _unsure(self, question: Asked, hits: tuple[Hit, ...], state: State) -> Reply:
        why = f"认得 {question.known / (question.full or 1):.2f}"
        return Reply("unsure", UNSURE + self.package.handover, hits, state=state, why=why)

    # --- flows --------------------------------------------------------------------------------------

    def _begin(self, flow: Flow) -> Reply:
        return _step(flow, flow.steps[0], f"流程：{flow.title}")

    def _onward(self, text: str, state: State, day: str) -> Reply | None:
        """The next step of a flow; None when it is over or the text is no answer to it."""
        flow = next((f for f in self.package.flows if f.id == state.flow), None)
        step = rules.step_of(flow, state.step) if flow and flow.holds(day) else None
        if flow is None or step is None:
            return None
        if any(word in text for word in rules.LEAVE):
            return Reply("talk", "好，先到这里。有问题再问我。", state=State(last=state.last))
        if any(word in text for word in rules.BACK):
            return self._begin(flow)
        name = rules.chosen(text, step, self.reader)
        if not name and step.bounds and rules.vague(text):
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
