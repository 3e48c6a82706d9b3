"""Users, what they may do, their sessions and second factors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    ForeignKey,
    Index,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from service.store.columns import Whole, added, changed, flag, key, moment, table, text, whole

users = table(
    "users",
    key(),
    text("login", unique=True),
    text("name"),
    text("org"),  # an id of content/orgs.yml; empty: none of its own
    text("mail"),
    text("platform", server_default=""),  # an account there: `account` or `name:account`
    text("password"),  # argon2id; empty: none yet
    moment("changed"),  # when the password was
    flag("active"),
    whole("failed"),  # wrong tries since the last right one
    moment("locked"),  # until then nobody gets in
    text("totp"),  # secret, sealed; empty: none
    whole("totp_step"),  # the last step that was used: none is used twice
    moment("made"),
)
roles = table(
    "roles",
    key(),
    Column("user", Whole, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    text("role"),
    UniqueConstraint("user", "role"),
)
sessions = table(
    "sessions",
    text("token", primary_key=True),  # sha256 of what the browser holds
    Column("user", Whole, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    moment("made"),
    moment("seen"),
    flag("second"),  # the second factor was shown
    flag("locked"),  # put aside by its owner: to be unlocked before it is used
    text("agent"),
)
passkeys = table(
    "passkeys",
    text("id", primary_key=True),  # base64url
    Column("user", Whole, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    text("public"),
    whole("count"),
    text("label"),
    moment("made"),
)
pins = table(  # short numbers, typed or drawn on nine dots, that unlock one browser
    "pins",
    text("device", primary_key=True),  # sha256 of the secret that this browser holds
    Column("user", Whole, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    text(
        "verifier"
    ),  # argon2id of the number and that secret: neither is guessed without the other
    whole("failed"),
    moment("made"),
    text("agent"),
    flag("drawn"),  # as a pattern
)
tickets = table(  # links for one use: set-up, a new password, a challenge
    "tickets",
    text("token", primary_key=True),  # sha256
    text("purpose"),
    Column("user", Whole, ForeignKey("users.id", ondelete="CASCADE"), nullable=True),
    moment("until"),
    text("data"),
)
# What lets somebody in: not for the eyes of who audits.
KEYS = ("sessions", "tickets", "pins", "passkeys", "deeds", "leases")
SECRETS = {"users": ("password", "totp", "totp_step")}
Index("ix_sessions_user", sessions.c.user)
Index("ix_pins_user", pins.c.user)
# What is asked with every request, made once: to put a query together takes longer than to run it.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_ALL = select(users).order_by(users.c.id), select(roles), select(passkeys.c.user)
_SOME = (
    select(users).where(users.c.id.in_(_IDS)).order_by(users.c.id),
    select(roles).where(roles.c.user.in_(_IDS)),
    select(passkeys.c.user).where(passkeys.c.user.in_(_IDS)),
)
_REACHED = (
    select(users.c.id, users.c.mail, users.c.platform)
    .where(users.c.active == 1, users.c.id.in_(_IDS))
    .order_by(users.c.id)
)
_HOLDING = (
    select(users.c.id)
    .join(roles, roles.c.user == users.c.id)
    .where(users.c.active == 1, roles.c.role == bindparam("role"))
    .order_by(users.c.id)
)
_HOLDING_IN = _HOLDING.where(users.c.org.in_(bindparam("orgs", expanding=True)))
_SESSION = select(sessions).where(sessions.c.token == bindparam("token"))


@dataclass(frozen=True, slots=True)
class User:
    """A user without secrets."""

    id: int
    login: str
    name: str
    org: str
    mail: str
    active: bool
    roles: frozenset[str]
    second: bool  # has a second factor
    changed: int = 0  # when the password was
    platform: str = ""  # the account on a platform


@dataclass(frozen=True, slots=True)
class Reach:
    """Where somebody is reached outside; empty: nowhere."""

    mail: str
    platform: str


@dataclass(frozen=True, slots=True)
class Secret:
    """What a login is judged by."""

    user: int
    password: str
    changed: int
    failed: int
    locked: int
    totp: str
    totp_step: int


def add_user(
    connection: Connection, login: str, name: str, org: str, mail: str, at: int, platform: str = ""
) -> int:
    """A user without password and roles; the number. IntegrityError when the login is taken."""
    row = {
        "login": login, "name": name, "org": org, "mail": mail, "password": "", "changed": 0, "active": 1,
        "failed": 0, "locked": 0, "totp": "", "totp_step": 0, "made": at,
        "platform": platform,
    }  # fmt: skip
    return added(connection, users, **row)


def count(connection: Connection) -> int:
    """How many users there are."""
    return connection.execute(select(func.count()).select_from(users)).scalar_one()


def find(connection: Connection, ids: Iterable[int] | None = None) -> list[User]:
    """Users by number, in order; all when `ids` is None."""
    queries, given = (_ALL, None) if ids is None else (_SOME, {"ids": list(ids)})
    chosen, held, keyed = (connection.execute(query, given) for query in queries)
    granted: dict[int, set[str]] = {}
    for row in held:
        granted.setdefault(row.user, set()).add(row.role)
    keys = set(keyed.scalars())
    return [_user(row, granted, keys) for row in chosen]


def holding(connection: Connection, role: str, orgs: Iterable[str] | None = None) -> list[int]:
    """The numbers of those who can sign in and have a role; of some organisations only, when they are named."""
    given: dict[str, object] = {"role": role}
    if orgs is None:
        return list(connection.execute(_HOLDING, given).scalars())
    return list(connection.execute(_HOLDING_IN, {**given, "orgs": list(orgs)}).scalars())


def reached(connection: Connection, ids: Iterable[int]) -> dict[int, Reach]:
    """Users who can sign in, by number and in order, and where each is reached."""
    rows = connection.execute(_REACHED, {"ids": list(ids)})
    return {row.id: Reach(row.mail, row.platform) for row in rows}


def by_login(connection: Connection, login: str) -> User | None:
    """The user of this name."""
    number = connection.execute(select(users.c.id).where(users.c.login == login)).scalar()
    return find(connection, [number])[0] if number is not None else None


def _user(row: Any, granted: dict[int, set[str]], keys: set[int]) -> User:
    held = frozenset(granted.get(row.id, ()))
    second = bool(row.totp) or row.id in keys
    return User(
        row.id, row.login, row.name, row.org, row.mail, bool(row.active), held, second, row.changed,
        row.platform,
    )  # fmt: skip


def secret(connection: Connection, user: int) -> Secret:
    """What the user's login is judged by."""
    return _secret(connection.execute(select(users).where(users.c.id == user)).one())


def secrets(connection: Connection) -> dict[int, Secret]:
    """The same of all users, by number."""
    return {row.id: _secret(row) for row in connection.execute(select(users))}


def _secret(row: Any) -> Secret:
    return Secret(
        row.id, row.password, row.changed, row.failed, row.locked, row.totp, row.totp_step
    )


def change(connection: Connection, user: int, **values: Any) -> None:
    """Set columns of a user."""
    changed(connection, users, user, **values)


def grant(connection: Connection, user: int, granted: Sequence[str]) -> None:
    """Let the user have just these roles."""
    connection.execute(delete(roles).where(roles.c.user == user))
    for role in granted:
        connection.execute(insert(roles), {"user": user, "role": role})


# --- sessions, links, keys ------------------------------------------------------------------------


def open_session(
    connection: Connection, token: str, user: int, at: int, agent: str, second: bool
) -> None:
    """A session under the hash of its token."""
    row = {
        "token": token,
        "user": user,
        "made": at,
        "seen": at,
        "second": int(second),
        "agent": agent,
    }
    connection.execute(insert(sessions), row)


def session(connection: Connection, token: str) -> Any | None:
    """The session under a hash: user, made, seen, second, locked; None when there is none."""
    return connection.execute(_SESSION, {"token": token}).one_or_none()


def touch(connection: Connection, token: str, at: int, second: bool | None = None) -> None:
    """Somebody was here."""
    values: dict[str, int] = {"seen": at, "locked": 0} | (
        {} if second is None else {"second": int(second)}
    )
    connection.execute(update(sessions).where(sessions.c.token == token).values(**values))


def lock(connection: Connection, token: str) -> None:
    """Put a session aside until it is unlocked."""
    connection.execute(update(sessions).where(sessions.c.token == token).values(locked=1))


def sessions_of(connection: Connection, user: int) -> list[Any]:
    """The sessions of a user, last seen first."""
    mine = select(sessions).where(sessions.c.user == user).order_by(sessions.c.seen.desc())
    return list(connection.execute(mine))


def sessions_count(connection: Connection) -> int:
    """How many sessions there are."""
    return connection.execute(select(func.count()).select_from(sessions)).scalar_one()


def close_sessions(connection: Connection, user: int, but: str = "") -> int:
    """End a user's sessions, all but one."""
    mine = (sessions.c.user == user) & (sessions.c.token != but)
    return connection.execute(delete(sessions).where(mine)).rowcount


def close_session(connection: Connection, token: str) -> None:
    """End one session."""
    connection.execute(delete(sessions).where(sessions.c.token == token))


def end_all(connection: Connection) -> None:
    """End all sessions, and let no link hold any more."""
    connection.execute(delete(sessions))
    connection.execute(delete(tickets))


def forget_old(connection: Connection, sessions_before: int, now: int) -> None:
    """Drop sessions and links that hold no more."""
    connection.execute(delete(sessions).where(sessions.c.seen < sessions_before))
    connection.execute(delete(tickets).where(tickets.c.until < now))


def put_ticket(
    connection: Connection, token: str, purpose: str, user: int | None, until: int, data: str = ""
) -> None:
    """A link for one use, under the hash of its token."""
    row = {"token": token, "purpose": purpose, "user": user, "until": until, "data": data}
    connection.execute(insert(tickets), row)


def look_ticket(connection: Connection, token: str, purpose: str, now: int) -> Any | None:
    """The link, when it holds; it stays."""
    mine = (tickets.c.token == token) & (tickets.c.purpose == purpose) & (tickets.c.until >= now)
    return connection.execute(select(tickets).where(mine)).one_or_none()


def take_ticket(connection: Connection, token: str, purpose: str, now: int) -> Any | None:
    """Use a link up; what it held, or None when it does not hold."""
    found = look_ticket(connection, token, purpose, now)
    if found is not None:
        connection.execute(delete(tickets).where(tickets.c.token == token))
    return found


def drop_tickets(connection: Connection, user: int, purpose: str) -> None:
    """No link of this purpose holds any more for this user."""
    mine = (tickets.c.user == user) & (tickets.c.purpose == purpose)
    connection.execute(delete(tickets).where(mine))


def add_passkey(
    connection: Connection, identity: str, user: int, public: str, used: int, label: str, at: int
) -> None:
    """Keep a passkey's public half."""
    row = {
        "id": identity,
        "user": user,
        "public": public,
        "count": used,
        "label": label,
        "made": at,
    }
    connection.execute(insert(passkeys), row)


def passkeys_of(connection: Connection, user: int) -> list[Any]:
    """The passkeys of a user."""
    mine = select(passkeys).where(passkeys.c.user == user).order_by(passkeys.c.made)
    return list(connection.execute(mine))


def passkey_used(connection: Connection, identity: str, used: int) -> None:
    """Keep the key's own count."""
    connection.execute(update(passkeys).where(passkeys.c.id == identity).values(count=used))


def drop_passkeys(connection: Connection, user: int) -> None:
    """Forget all passkeys of a user."""
    connection.execute(delete(passkeys).where(passkeys.c.user == user))


def put_pin(
    connection: Connection,
    device: str,
    user: int,
    verifier: str,
    at: int,
    agent: str,
    drawn: bool = False,
) -> None:
    """Let a short number unlock this browser for this user; an older one holds no more."""
    drop_pin(connection, device)
    row = {
        "device": device,
        "user": user,
        "verifier": verifier,
        "failed": 0,
        "made": at,
        "agent": agent,
        "drawn": int(drawn),
    }
    connection.execute(insert(pins), row)


def pin(connection: Connection, device: str, user: int) -> Any | None:
    """The number that unlocks this browser for this user: verifier, failed; None when there is none."""
    mine = (pins.c.device == device) & (pins.c.user == user)
    return connection.execute(select(pins).where(mine)).one_or_none()


def pins_of(connection: Connection, user: int) -> list[Any]:
    """The browsers that a short number unlocks for a user."""
    return list(connection.execute(select(pins).where(pins.c.user == user).order_by(pins.c.made)))


def pin_failed(connection: Connection, device: str, failed: int) -> None:
    """Keep how often the number was wrong since it was last right."""
    connection.execute(update(pins).where(pins.c.device == device).values(failed=failed))


def drop_pin(connection: Connection, device: str) -> None:
    """No number unlocks this browser any more."""
    connection.execute(delete(pins).where(pins.c.device == device))


def drop_pins(connection: Connection, user: int) -> None:
    """No number unlocks any browser for this user any more."""
    connection.execute(delete(pins).where(pins.c.user == user))
