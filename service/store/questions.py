"""Questions that came in, who answers them, what was said on the way, and the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    UniqueConstraint,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from service.store.columns import (
    Whole,
    added,
    changed,
    flag,
    found,
    grown,
    key,
    moment,
    table,
    text,
    whole,
)

questions = table(
    "questions",
    key(),
    text("number", unique=True),  # what the asker is told
    text("secret"),  # sha256 of the word that opens it
    whole("version"),
    text("state"),
    moment("made"),
    moment("changed"),
    text("text"),  # masked: what others see
    text("original"),  # sealed; empty: nothing was masked, or it is erased
    text("contact"),  # sealed; empty: none was left, or it is erased
    moment("consent"),  # when the asker agreed to that; 0: not asked
    text("form"),  # form number
    text("topic"),
    text("level"),
    text("kind"),  # of organisation
    text("source"),  # web, wechat, robot; or the sender of the package that brought it
    text("foreign"),  # its number there
    flag("warned"),  # the robot would have refused it, and the asker says it is something else
    text("host"),  # 主办; empty: not dispatched yet
    moment("due"),  # 0: not dispatched yet
    moment("first_due"),  # what it was at first
    flag("joint"),  # 联合攻关
    flag("carried"),  # answered in the other zone
    whole("reopened"),
    whole("merged"),  # the question that it was merged into; 0: none
    moment("answered"),  # first time; 0: not yet
    moment("closed"),
    text("helped"),  # yes, no; empty: not said
)
parts = table(  # 主办 and 会办
    "question_parts",
    key(),
    Column("question", Whole, ForeignKey("questions.id", ondelete="CASCADE"), nullable=False),
    text("division"),
    text("duty"),  # host, help
    text("state"),  # asked, accepted, back, done
    moment("due"),
    UniqueConstraint("question", "division"),
)
notes = table(  # reasons and contributions, in their order
    "question_notes",
    key(),
    Column("question", Whole, ForeignKey("questions.id", ondelete="CASCADE"), nullable=False),
    moment("at"),
    whole("user"),  # 0: the asker, or the service
    text("division"),
    text("kind"),  # the act that it belongs to
    text("text"),
)
answers = table(
    "question_answers",
    key(),
    Column("question", Whole, ForeignKey("questions.id", ondelete="CASCADE"), nullable=False),
    moment("at"),
    whole("author"),  # 0: it came from the other zone
    whole("reviewer"),
    moment("reviewed"),
    text("state"),  # draft, review, published, refused, replaced
    text("division"),
    text("title"),  # the question, as the FAQ asks it
    text("short"),  # the answer in one sentence
    text("text"),
    text("cited"),  # title of the source; empty: 待核
    text("quote"),
    text("link"),
    flag("faq"),  # to be written into the site
    text("audience"),
    text("slug"),
)
reminders = table(  # what was sent, so that nothing is sent twice
    "question_reminders",
    text("key", primary_key=True),
    moment("at"),
)
offers = table(  # existing answers that spared a question
    "question_offers",
    key(),
    moment("at"),
    text("item"),
)
rounds = table(
    "question_rounds",
    key(),
    text("name", unique=True),
    moment("start"),
    moment("end"),
)
days = table(  # where the calendar differs from Monday to Friday
    "question_days",
    text("day", primary_key=True),
    flag("work"),
)
Index("ix_questions_state", questions.c.state, questions.c.made)
Index("ix_question_notes_question", notes.c.question)
Index("ix_question_answers_question", answers.c.question)


def add(connection: Connection, **row: Any) -> int:
    """A new question; its number in the database."""
    usual: dict[str, Any] = {
        "version": 1, "original": "", "contact": "", "consent": 0, "form": "", "topic": "", "level": "",
        "kind": "", "source": "web", "foreign": "", "warned": 0, "host": "", "due": 0, "first_due": 0,
        "joint": 0, "carried": 0, "reopened": 0, "merged": 0, "answered": 0, "closed": 0, "helped": "",
        "changed": row["made"],
    }  # fmt: skip
    return added(connection, questions, **(usual | row))


def named(connection: Connection, number: int, year: str) -> str:
    """What a question is called: the year and its number in the database."""
    name = f"{year}-{number:05d}"
    changed(connection, questions, number, number=name)
    return name


def find(connection: Connection, question: int) -> Any | None:
    """One question, with its original and contact still sealed."""
    return found(connection, questions, question)


def by_number(connection: Connection, number: str) -> Any | None:
    """The question that an asker calls so."""
    return connection.execute(select(questions).where(questions.c.number == number)).one_or_none()


def by_foreign(connection: Connection, source: str, foreign: str) -> Any | None:
    """The question that came from elsewhere under this number."""
    mine = (questions.c.source == source) & (questions.c.foreign == foreign)
    return connection.execute(select(questions).where(mine)).one_or_none()


def merged_into(connection: Connection, question: int) -> list[int]:
    """The questions that wait for this one's answer."""
    mine = select(questions.c.id).where(questions.c.merged == question)
    return list(connection.execute(mine).scalars())


def change(connection: Connection, question: int, at: int, **values: Any) -> None:
    """Set columns; the version goes up."""
    grown(connection, questions, question, **values, changed=at)


def listed(
    connection: Connection,
    *,
    states: Iterable[str] = (),
    division: str = "",
    late: int = 0,
    before: int = 0,
    most: int = 50,
) -> list[Any]:
    """Questions, newest first. `division`: hers alone; `late`: due before that; `before`: paging."""
    chosen = select(questions).order_by(questions.c.id.desc()).limit(most)
    if wanted := list(states):
        chosen = chosen.where(questions.c.state.in_(wanted))
    if division:
        mine = select(parts.c.question).where(
            (parts.c.division == division) & (parts.c.state != "back")
        )
        chosen = chosen.where(questions.c.id.in_(mine))
    if late:
        chosen = chosen.where((questions.c.due > 0) & (questions.c.due < late))
    if before:
        chosen = chosen.where(questions.c.id < before)
    return list(connection.execute(chosen))


def counted(connection: Connection, division: str = "") -> dict[str, int]:
    """How many questions are in each state."""
    chosen = select(questions.c.state, func.count()).group_by(questions.c.state)
    if division:
        mine = select(parts.c.question).where(parts.c.division == division)
        chosen = chosen.where(questions.c.id.in_(mine))
    return {row[0]: int(row[1]) for row in connection.execute(chosen)}


# --- divisions, notes, answers --------------------------------------------------------------------


def parts_of(connection: Connection, question: int) -> list[Any]:
    """主办 first, then 会办."""
    mine = select(parts).where(parts.c.question == question)
    return list(connection.execute(mine.order_by(parts.c.duty.desc(), parts.c.id)))


def put_part(connection: Connection, question: int, division: str, duty: str, due: int) -> None:
    """Ask a division, or ask it again."""
    mine = (parts.c.question == question) & (parts.c.division == division)
    values = {"duty": duty, "state": "asked", "due": due}
    if not connection.execute(update(parts).where(mine).values(**values)).rowcount:
        row = {"question": question, "division": division, **values}
        connection.execute(insert(parts), row)


def set_part(connection: Connection, question: int, division: str, **values: Any) -> None:
    """Change what is kept of a division's share; of all divisions' when `division` is empty."""
    mine = parts.c.question == question
    if division:
        mine &= parts.c.division == division
    connection.execute(update(parts).where(mine).values(**values))


def drop_parts(connection: Connection, question: int, but: Iterable[str]) -> None:
    """Whoever is not asked any more."""
    mine = (parts.c.question == question) & parts.c.division.not_in(list(but))
    connection.execute(delete(parts).where(mine))


def open_parts(connection: Connection, states: Iterable[str]) -> list[Any]:
    """What divisions still owe, for questions in these states: question, division, due."""
    chosen = (
        select(parts.c.question, parts.c.division, parts.c.due)
        .join(questions, questions.c.id == parts.c.question)
        .where(questions.c.state.in_(list(states)) & parts.c.state.in_(["asked", "accepted"]))
    )
    return list(connection.execute(chosen.order_by(parts.c.due)))


def note(
    connection: Connection, question: int, at: int, user: int, division: str, kind: str, said: str
) -> None:
    """Keep a reason or a contribution."""
    row = {"question": question, "at": at, "user": user, "division": division, "kind": kind}
    connection.execute(insert(notes), {**row, "text": said})


def notes_of(connection: Connection, question: int, kind: str = "") -> list[Any]:
    """What was said, oldest first."""
    mine = select(notes).where(notes.c.question == question).order_by(notes.c.id)
    return list(connection.execute(mine.where(notes.c.kind == kind) if kind else mine))


def add_answer(connection: Connection, question: int, at: int, **row: Any) -> int:
    """A new version of the answer; those that were being written are replaced by it."""
    mine = (answers.c.question == question) & answers.c.state.in_(["draft", "review"])
    connection.execute(update(answers).where(mine).values(state="replaced"))
    usual = {"reviewer": 0, "reviewed": 0, "faq": 0, "audience": "", "slug": "", "link": ""}
    return added(connection, answers, question=question, at=at, **(usual | row))


def answers_of(connection: Connection, question: int) -> list[Any]:
    """All versions, oldest first."""
    mine = select(answers).where(answers.c.question == question).order_by(answers.c.id)
    return list(connection.execute(mine))


def set_answer(connection: Connection, answer: int, **values: Any) -> None:
    """Change one version."""
    changed(connection, answers, answer, **values)


def published(connection: Connection, question: int) -> Any | None:
    """The answer that the asker sees."""
    mine = (answers.c.question == question) & (answers.c.state == "published")
    return connection.execute(select(answers).where(mine)).one_or_none()


def withdraw_published(connection: Connection, question: int) -> None:
    """The published answer is looked at anew."""
    mine = (answers.c.question == question) & (answers.c.state == "published")
    connection.execute(update(answers).where(mine).values(state="replaced"))


def slug_taken(connection: Connection, division: str, slug: str, question: int) -> bool:
    """Whether another question's answer goes to the same file of the site."""
    mine = (answers.c.division == division) & (answers.c.slug == slug)
    mine &= (answers.c.question != question) & (answers.c.state == "published")
    return bool(slug) and connection.execute(select(answers.c.id).where(mine)).first() is not None


def for_site(connection: Connection) -> list[tuple[Any, Any]]:
    """Questions and published answers that are to be written into the site, oldest first."""
    chosen = (
        select(answers)
        .where((answers.c.state == "published") & (answers.c.faq == 1))
        .order_by(answers.c.question)
    )
    found = list(connection.execute(chosen))
    return [(find(connection, a.question), a) for a in found]


# --- from the other zone, schedules, rounds -------------------------------------------------------


def of_source(connection: Connection, source: str) -> list[Any]:
    """Questions that came from one sender."""
    mine = select(questions).where(questions.c.source == source).order_by(questions.c.id)
    return list(connection.execute(mine))


def old(connection: Connection, before: int) -> list[int]:
    """Questions made before a moment that still hold what must be erased."""
    held = or_(questions.c.original != "", questions.c.contact != "")
    chosen = select(questions.c.id).where((questions.c.made < before) & held)
    return list(connection.execute(chosen).scalars())


def erase(connection: Connection, question: int) -> None:
    """Forget original and contact."""
    values = {"original": "", "contact": "", "consent": 0}
    changed(connection, questions, question, **values)


def remind(connection: Connection, name: str, at: int) -> bool:
    """Whether this reminder is new; it is not, the next time."""
    mine = select(reminders.c.key).where(reminders.c.key == name)
    if connection.execute(mine).scalar():
        return False
    connection.execute(insert(reminders), {"key": name, "at": at})
    return True


def spared(connection: Connection, at: int, item: str) -> None:
    """An existing answer helped: no question was needed."""
    connection.execute(insert(offers), {"at": at, "item": item})


def spared_between(connection: Connection, start: int, end: int) -> int:
    """How often that was."""
    mine = (offers.c.at >= start) & (offers.c.at < end)
    return connection.execute(select(func.count()).select_from(offers).where(mine)).scalar_one()


def between(connection: Connection, start: int, end: int) -> list[Any]:
    """Questions that came in a span, without what is sealed."""
    told = [c for c in questions.c if c.name not in {"original", "contact", "secret"}]
    mine = (questions.c.made >= start) & (questions.c.made < end)
    return list(connection.execute(select(*told).where(mine).order_by(questions.c.id)))


def rounds_all(connection: Connection) -> list[Any]:
    """Newest first."""
    return list(connection.execute(select(rounds).order_by(rounds.c.start.desc())))


def add_round(connection: Connection, name: str, start: int, end: int) -> int:
    """A named span."""
    return added(connection, rounds, name=name, start=start, end=end)


def days_all(connection: Connection) -> Mapping[str, bool]:
    """Days that differ from the week: day → whether it is worked."""
    return {row.day: bool(row.work) for row in connection.execute(select(days))}


def set_days(connection: Connection, told: Mapping[str, bool]) -> None:
    """Just these differ."""
    connection.execute(delete(days))
    for day, work in told.items():
        connection.execute(insert(days), {"day": day, "work": int(work)})
