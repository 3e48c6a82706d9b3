"""What is done to a question. Each act is judged and written in one step, with its record and its notices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.desk import Desk
from service.questions import calendar, notices
from service.questions.steps import (
    ANSWERED,
    CARRIED,
    MERGED,
    OPEN,
    REFUSED,
    WITHDRAWN,
    allow,
    follows,
)
from service.room import Stopped
from service.store import audit, questions
from service.store.audit import Act
from service.store.engine import Connection
from service.store.people import User

STALE = "您看的时候别人改过了。写的内容还在下面，请看一遍现在的情况再交。"
GONE = "没有这个问题。"
Deed = Callable[[Connection, Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer as it is being written."""

    title: str
    short: str
    text: str
    cited: str = ""
    quote: str = ""
    link: str = ""


def found(connection: Connection, question: int) -> Any:
    """The question; `Stopped` when there is none."""
    row = questions.find(connection, question)
    if row is None:
        raise Stopped(404, GONE)
    return row


def asked(connection: Connection, question: int) -> dict[str, str]:
    """The divisions that are asked: host or help. Who handed back is asked no more."""
    rows = questions.parts_of(connection, question)
    return {p.division: p.duty for p in rows if p.state != "back"}


def step(desk: Desk, user: User | None, question: int, version: int, verb: str, deed: Deed) -> None:
    """Do one act. `deed` gives the columns that change. `user`: None for the asker and the service itself.

    `Stopped`: 404, 403 when it is not theirs, 409 when it is not possible now or another was quicker.
    """

    def put(connection: Connection) -> None:
        row = found(connection, question)
        if user is not None:
            allow(user, verb, row, asked(connection, question))
        after = follows(row.state, verb, bool(row.joint))
        if version not in {row.version, 0}:
            raise Stopped(409, STALE)
        now = desk.clock()
        told = dict(deed(connection, row))
        after = told.pop("state", after)
        questions.change(connection, question, now, state=after, **told)
        detail = {"from": row.state, "to": after}
        who = str(user.id) if user else ""
        audit.record(
            connection, now, Act(who, f"question.{verb}", f"question:{question}", detail=detail)
        )

    desk.store.write(put)


def keep(
    desk: Desk, connection: Connection, row: Any, user: User | None, kind: str, said: str
) -> None:
    """Keep what was said with an act."""
    who, org = (user.id, user.org) if user else (0, "")
    questions.note(connection, row.id, desk.clock(), who, org, kind, said)


# --- the desk -------------------------------------------------------------------------------------


def dispatch(
    desk: Desk,
    user: User,
    question: int,
    version: int,
    host: str,
    helpers: Sequence[str],
    days: int,
) -> None:
    """Pass it on: one division answers, others help, by the end of a working day."""
    others = [d for d in dict.fromkeys(helpers) if d and d != host]

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        due = calendar.due_in(desk.clock(), days, questions.days_all(connection))
        questions.drop_parts(connection, row.id, (host, *others))
        for division in (host, *others):
            duty = "host" if division == host else "help"
            questions.put_part(connection, row.id, division, duty, due)
        notices.tell(connection, desk.clock(), notices.editors(connection, (host, *others)), row.id)
        return {"host": host, "due": due, "first_due": row.first_due or due}

    step(desk, user, question, version, "dispatch", put)


def extend(desk: Desk, user: User, question: int, version: int, days: int, why: str) -> None:
    """Another deadline, with a reason; what it was at first stays written down."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        due = calendar.due_in(desk.clock(), days, questions.days_all(connection))
        questions.set_part(connection, row.id, "", due=due)
        keep(desk, connection, row, user, "extend", why)
        return {"due": due}

    step(desk, user, question, version, "extend", put)


def refuse(desk: Desk, user: User | None, question: int, version: int, why: str) -> None:
    """It is not answered, and the asker is told why."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        keep(desk, connection, row, user, "refuse", why)
        return {"closed": desk.clock()}

    step(desk, user, question, version, "refuse", put)


def merge(desk: Desk, user: User, question: int, version: int, into: str) -> None:
    """Another question asks the same: whoever asked this one gets that one's answer."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        other = questions.by_number(connection, into.strip())
        if other is None or other.id == row.id:
            raise Stopped(422, "没有这个编号的问题，或者就是它自己。")
        if other.state in {MERGED, REFUSED, WITHDRAWN}:
            raise Stopped(409, f"{other.number} 已经不办了，不能并到它那里。")
        return {"merged": other.id, "closed": desk.clock()}

    step(desk, user, question, version, "merge", put)


def carry(desk: Desk, user: User, question: int, version: int) -> None:
    """It is answered inside: the next package takes it there."""
    if desk.settings.profile != "internet":
        raise Stopped(409, "这里就是业务网，不用转。")
    step(desk, user, question, version, "carry", lambda c, row: {"carried": 1})


def fetch(desk: Desk, user: User, question: int, version: int) -> None:
    """It is answered here after all."""
    step(desk, user, question, version, "fetch", lambda c, row: {"carried": 0})


# --- divisions ------------------------------------------------------------------------------------


def accept(desk: Desk, user: User, question: int, version: int) -> None:
    """主办 takes it."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        questions.set_part(connection, row.id, user.org, state="accepted")
        return {}

    step(desk, user, question, version, "accept", put)


def share(desk: Desk, user: User, question: int, version: int, take: bool, why: str = "") -> None:
    """会办 takes its share, or gives it back with a reason."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        questions.set_part(connection, row.id, user.org, state="accepted" if take else "back")
        if not take:
            keep(desk, connection, row, user, "leave", why)
            notices.tell(connection, desk.clock(), notices.desks(connection), row.id)
        return {}

    step(desk, user, question, version, "join" if take else "leave", put)


def hand_back(desk: Desk, user: User, question: int, version: int, why: str) -> None:
    """主办 says that it is not theirs. The deadline runs on."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        questions.set_part(connection, row.id, user.org, state="back")
        keep(desk, connection, row, user, "back", why)
        notices.tell(connection, desk.clock(), notices.desks(connection), row.id)
        return {"host": ""}

    step(desk, user, question, version, "back", put)


def escalate(
    desk: Desk, user: User, question: int, version: int, helpers: Sequence[str], why: str
) -> None:
    """Several divisions work on it together."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        there = asked(connection, row.id)
        for division in dict.fromkeys(d for d in helpers if d and d not in there):
            questions.put_part(connection, row.id, division, "help", row.due)
        keep(desk, connection, row, user, "escalate", why)
        every = set(there) | set(helpers)
        notices.tell(
            connection, desk.clock(), notices.editors(connection, every, (user.id,)), row.id
        )
        return {"joint": 1}

    step(desk, user, question, version, "escalate", put)


def contribute(desk: Desk, user: User, question: int, version: int, said: str) -> None:
    """A division says its part; it has done its share then."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        keep(desk, connection, row, user, "contribute", said)
        if user.org != row.host:
            questions.set_part(connection, row.id, user.org, state="done")
        return {}

    step(desk, user, question, version, "contribute", put)


def write(desk: Desk, user: User, question: int, version: int, draft: Draft, send: bool) -> None:
    """Write the answer down; `send`: have it looked at by another."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        state = "review" if send else "draft"
        told = {
            "title": draft.title, "short": draft.short, "text": draft.text, "cited": draft.cited,
            "quote": draft.quote, "link": draft.link,
        }  # fmt: skip
        questions.add_answer(
            connection, row.id, desk.clock(), author=user.id, state=state, division=user.org, **told
        )
        if send:
            others = notices.editors(connection, (row.host,), (user.id,))
            notices.tell(connection, desk.clock(), others or notices.desks(connection), row.id)
        return {}

    step(desk, user, question, version, "submit" if send else "draft", put)


# --- the second person ----------------------------------------------------------------------------


def writers(connection: Connection, question: int) -> set[int]:
    """Whoever wrote a version of the answer: none of them reviews it."""
    return {a.author for a in questions.answers_of(connection, question)}


def waiting(connection: Connection, question: int, user: User) -> Any:
    """The version to be reviewed; `Stopped` for whoever wrote any of it."""
    if user.id in writers(connection, question):
        raise Stopped(403, "答复是您写的，要由另一个人审核。")
    rows = [a for a in questions.answers_of(connection, question) if a.state == "review"]
    if len(rows) != 1:
        raise Stopped(409, "没有待审核的答复。")
    return rows[0]


def approve(desk: Desk, user: User, question: int, version: int, audience: str, slug: str) -> None:
    """The asker may see it. `audience`: for whom it is written into the site; empty: not at all."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        answer, now = waiting(connection, row.id, user), desk.clock()
        if audience and questions.slug_taken(connection, answer.division, slug, row.id):
            raise Stopped(409, f"这个处室已经有一条问答用了网址名 {slug}，请换一个。")
        values = {"state": "published", "reviewer": user.id, "reviewed": now}
        site = {
            "faq": int(bool(audience)),
            "audience": audience,
            "slug": slug or f"wen-{row.number}",
        }
        questions.set_answer(connection, answer.id, **values, **(site if audience else {}))
        questions.set_part(connection, row.id, "", state="done")
        notices.tell(connection, now, (answer.author,), row.id)
        return {"answered": row.answered or now}

    step(desk, user, question, version, "approve", put)


def reject(desk: Desk, user: User, question: int, version: int, why: str) -> None:
    """It is to be written anew, for a reason."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        answer = waiting(connection, row.id, user)
        values = {"state": "refused", "reviewer": user.id, "reviewed": desk.clock()}
        questions.set_answer(connection, answer.id, **values)
        keep(desk, connection, row, user, "reject", why)
        notices.tell(connection, desk.clock(), (answer.author,), row.id)
        return {}

    step(desk, user, question, version, "reject", put)


# --- the asker ------------------------------------------------------------------------------------


def withdraw(desk: Desk, question: int) -> None:
    """The asker wants no answer: what tells of the asker is erased at once."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        if questions.merged_into(connection, row.id):
            raise Stopped(409, "别人也在等这个问题的答复，不能撤回；可以删除您留下的联系方式。")
        questions.erase(connection, row.id)
        return {"closed": desk.clock()}

    step(desk, None, question, 0, "withdraw", put)


def forget(desk: Desk, question: int) -> None:
    """Erase contact and original, as the asker wishes; the question goes on."""
    desk.act(
        lambda c: questions.erase(c, question), Act("", "question.forget", f"question:{question}")
    )


def rate(desk: Desk, question: int, helped: bool) -> None:
    """Whether it helped. Said once more, the later word counts."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        return {"helped": "yes" if helped else "no", "closed": row.closed or desk.clock()}

    step(desk, None, question, 0, "rate", put)


def reopen(desk: Desk, question: int, why: str) -> None:
    """Ask again, once. `why` is masked already. The same division answers, within five working days."""
    step(desk, None, question, 0, "reopen", lambda c, row: _again(desk, c, row, why))


def ask_again(desk: Desk, connection: Connection, row: Any, why: str) -> None:
    """The same inside another write: a package brought it."""
    after = follows(row.state, "reopen", bool(row.joint))
    told = {"state": after, **_again(desk, connection, row, why)}
    questions.change(connection, row.id, desk.clock(), **told)


def _again(desk: Desk, connection: Connection, row: Any, why: str) -> Mapping[str, Any]:
    if row.reopened:
        raise Stopped(409, "一个问题只能再问一次。还有不明白的，请提一个新问题。")
    now = desk.clock()
    due = calendar.due_in(now, 5, questions.days_all(connection))
    questions.withdraw_published(connection, row.id)
    questions.set_part(connection, row.id, row.host, state="accepted", due=due)
    keep(desk, connection, row, None, "reopen", why)
    notices.tell(connection, now, notices.editors(connection, (row.host,)), row.id)
    told = {"reopened": row.reopened + 1, "closed": 0, "helped": "", "due": due}
    return told | ({"state": CARRIED} if row.carried else {})


# --- by the clock ---------------------------------------------------------------------------------

CLOSE_AFTER = 30 * 86_400_000


def close_old(desk: Desk) -> int:
    """Close what was answered 30 days ago and not rated; how many."""
    with desk.store.read() as connection:
        rows = questions.listed(connection, states=(ANSWERED,), most=500)
    late = [r for r in rows if desk.clock() - r.changed > CLOSE_AFTER]
    for row in late:
        step(desk, None, row.id, 0, "close", lambda c, r: {"closed": desk.clock()})
    return len(late)


def forget_old(desk: Desk) -> int:
    """Erase contacts and originals that were kept long enough; how many."""
    before = desk.clock() - desk.settings.keep_asker_days * 86_400_000
    with desk.store.read() as connection:
        rows = questions.old(connection, before)
    for question in rows:
        forget(desk, question)
    return len(rows)


def remind(desk: Desk) -> int:
    """Tell divisions of what is due within a working day and of what is late, once a day; how many."""

    def put(connection: Connection) -> int:
        now, other, sent = desk.clock(), questions.days_all(connection), 0
        today = calendar.day_of(now).isoformat()
        for part in questions.open_parts(connection, [s for s in OPEN if s != CARRIED]):
            left = calendar.left(now, part.due, other)
            if left > 1:
                continue
            name = f"{part.question}:{part.division}:{part.due}:" + (
                f"late:{today}" if left < 0 else "soon"
            )
            if questions.remind(connection, name, now):
                notices.tell(
                    connection, now, notices.editors(connection, (part.division,)), part.question
                )
                sent += 1
        return sent

    return desk.store.write(put)
