"""Questions of the internet go inside to be answered, and the answers come back: packages, out and in.

What goes out is masked text and numbers; a contact or an original never leaves the database it is in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from builder.keys import Signer
from service import packages
from service.desk import Desk
from service.packages import Rejected, Trusted
from service.proofs import kept, token
from service.questions import asker, notices
from service.questions.forwarding import listed
from service.questions.masks import covered
from service.questions.steps import CARRIED, NEW, REFUSED, SAID
from service.questions.taking import KINDS, LEVELS, TOPICS, form_number
from service.store import audit, parcels, questions
from service.store.audit import Act
from service.store.engine import Connection

ASKED, ANSWERED, FAQ = "asked", "answered", "faq"  # streams
SENDERS = {"internet": "outside", "intranet": "inside"}
STREAMS = {"internet": (ASKED, FAQ), "intranet": (ANSWERED, FAQ)}
TAKES = {"internet": ANSWERED, "intranet": ASKED}


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    number: str = Field(pattern=r"^\d{4}-\d{5,9}$")


class AskedRow(_Row):
    """A question on its way in. `again`: how often it was reopened; `why`: what is still unclear."""

    made: int = Field(ge=0)
    text: str = Field(max_length=4000)
    form: str = Field("", max_length=40)
    topic: str = Field("", max_length=20)
    level: str = Field("", max_length=20)
    kind: str = Field("", max_length=20)
    again: int = Field(0, ge=0, le=1)
    why: str = Field("", max_length=1000)


class AnsweredRow(_Row):
    """An answer on its way out, or the reason why there is none. `again`: which time it was asked."""

    at: int = Field(ge=0)
    again: int = Field(0, ge=0, le=1)
    title: str = Field("", max_length=200)
    short: str = Field("", max_length=200)
    text: str = Field("", max_length=8000)
    cited: str = Field("", max_length=200)
    quote: str = Field("", max_length=400)
    link: str = Field("", max_length=400)
    refused: str = Field("", max_length=1000)


def make(desk: Desk, signer: Signer, stream: str) -> bytes:
    """A package of this service, with the next number."""
    if stream not in STREAMS[desk.settings.profile]:
        raise Rejected(f"这一侧的服务不做“{stream}”的包。")
    sender, now = SENDERS[desk.settings.profile], desk.clock()

    def put(connection: Connection) -> bytes:
        rows = _faq(desk) if stream == FAQ else _OUT[stream](connection)
        number = parcels.last(connection, "out", sender, stream) + 1
        parcels.keep(connection, "out", sender, stream, number, now)
        told = {"sequence": number, "rows": len(rows)}
        audit.record(connection, now, Act("", "parcel.out", f"parcel:{stream}", detail=told))
        return packages.pack(signer, sender, stream, number, rows, now)

    return desk.store.write(put)


def take(desk: Desk, data: bytes, trusted: Iterable[Trusted]) -> tuple[int, int]:
    """Take a package in, all of it or nothing; how many rows it has, how many changed something."""
    stream, now = TAKES[desk.settings.profile], desk.clock()
    manifest, rows = packages.unpack(data, list(trusted), stream, now)
    try:
        kind: type[AskedRow] | type[AnsweredRow] = AskedRow if stream == ASKED else AnsweredRow
        read = [kind.model_validate(row) for row in rows]
    except ValidationError as error:
        raise Rejected(f"包里有一行写法不对：{error.errors()[0]['loc']}。") from None

    def put(connection: Connection) -> int:
        packages.fresh(manifest, parcels.last(connection, "in", manifest.sender, stream))
        parcels.keep(connection, "in", manifest.sender, stream, manifest.sequence, now)
        changed = sum(_take(desk, connection, manifest.sender, row) for row in read)
        told = {"sequence": manifest.sequence, "rows": len(read), "changed": changed}
        audit.record(connection, now, Act("", "parcel.in", f"parcel:{stream}", detail=told))
        return changed

    return len(read), desk.store.write(put)


def _asked(connection: Connection) -> list[Mapping[str, Any]]:
    rows = questions.listed(connection, states=(CARRIED,), most=100_000)
    return [_out(connection, row) for row in reversed(rows)]


def _out(connection: Connection, row: Any) -> Mapping[str, Any]:
    said = questions.notes_of(connection, row.id, "reopen") if row.reopened else []
    told = {
        n: getattr(row, n) for n in ("number", "made", "text", "form", "topic", "level", "kind")
    }
    return told | {"again": row.reopened, "why": said[-1].text if said else ""}


def _answered(connection: Connection) -> list[Mapping[str, Any]]:
    rows = questions.of_source(connection, SENDERS["internet"])
    return [told for row in rows if (told := _back(connection, row))]


def _back(connection: Connection, row: Any) -> Mapping[str, Any]:
    if row.state == REFUSED:
        why = questions.notes_of(connection, row.id, "refuse")[-1].text
        return {"number": row.foreign, "at": row.closed, "again": row.reopened, "refused": why}
    if row.state not in SAID:
        return {}
    answer = questions.published(connection, row.id)
    if answer is None:
        return {}
    names = ("title", "short", "text", "cited", "quote", "link")
    told = {n: getattr(answer, n) for n in names}
    return {"number": row.foreign, "at": answer.reviewed, "again": row.reopened, **told}


_OUT: Mapping[str, Callable[[Connection], list[Mapping[str, Any]]]] = {
    ASKED: _asked,
    ANSWERED: _answered,
}


def _faq(desk: Desk) -> list[Mapping[str, Any]]:
    return [f.model_dump() for f in listed(desk)]


# --- taking in ------------------------------------------------------------------------------------


def _take(desk: Desk, connection: Connection, sender: str, row: AskedRow | AnsweredRow) -> bool:
    if isinstance(row, AskedRow):
        return _in(desk, connection, sender, row)
    return _home(desk, connection, row)


def _in(desk: Desk, connection: Connection, sender: str, row: AskedRow) -> bool:
    """A question from outside: a new one, or one that is asked again."""
    found = questions.by_foreign(connection, sender, row.number)
    if found is None:
        secret, now = kept(token()), desk.clock()  # nobody opens it here
        number = questions.add(
            connection, number=secret, secret=secret, state=NEW, made=now, text=covered(row.text),
            form=form_number(row.form), topic=_known(row.topic, TOPICS), level=_known(row.level, LEVELS),
            kind=_known(row.kind, KINDS), source=sender, foreign=row.number,
        )  # fmt: skip
        questions.named(connection, number, row.number[:4])
        notices.tell(connection, now, notices.desks(connection), number)
        return True
    if not row.again or found.reopened or found.state not in SAID:
        return False
    asker.ask_again(desk, connection, found, covered(row.why))
    return True


def _home(desk: Desk, connection: Connection, row: AnsweredRow) -> bool:
    """An answer comes back to the question that waits for it."""
    found = questions.by_number(connection, row.number)
    if found is None or found.state != CARRIED or found.reopened != row.again:
        return False
    now = desk.clock()
    if row.refused:
        questions.note(connection, found.id, now, 0, "", "refuse", row.refused)
        questions.change(connection, found.id, now, state=REFUSED, closed=now)
        return True
    told = {n: getattr(row, n) for n in ("title", "short", "text", "cited", "quote", "link")}
    questions.add_answer(
        connection, found.id, row.at, author=0, state="published", division="", reviewed=now, **told
    )
    questions.change(connection, found.id, now, state="answered", answered=found.answered or now)
    return True


def _known(given: str, known: tuple[str, ...]) -> str:
    return given if given in known else ""
