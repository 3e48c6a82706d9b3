"""Passkeys (WebAuthn): the other second factor. The browser's half is `static/passkeys.js`."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import Body
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

from service import proofs
from service.desk import Desk
from service.roles import HALFWAY
from service.room import Asks, AtDesk, Room, Stopped
from service.store import audit, people
from service.store.audit import Act
from service.store.engine import Connection

room = Room("people")
NEW, SHOWN, MINUTES = "passkey.new", "passkey.shown", 5
WRONG = "密钥没有通过验证，请再试一次。"
FAULTS = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)
Told = Annotated[dict[str, Any], Body()]


class Done(BaseModel):
    """It was done."""

    ok: Literal[True] = True


ASKED = {  # what browsers hand to the device, as WebAuthn writes it
    "application/json": {
        "type": "object",
        "properties": {"challenge": {"type": "string"}},
        "required": ["challenge"],
    }
}


@room.post("/passkeys/options", HALFWAY, gives=ASKED)
def options(desk: AtDesk, asks: Asks) -> Response:
    """What the browser needs to make a new passkey."""
    if asks.known.second and not asks.second:
        raise Stopped(403, "请先用原来的第二步验证。", "/second")
    with desk.store.read() as connection:
        held = people.passkeys_of(connection, asks.known.id)
    made = generate_registration_options(
        rp_id=_host(desk),
        rp_name="微课配套服务",
        user_name=asks.known.login,
        user_id=asks.actor.encode(),
        user_display_name=asks.known.name,
        exclude_credentials=[_named(k.id) for k in held],
    )
    _ask(desk, asks.known, asks.token, NEW, made.challenge)
    return JSONResponse(json.loads(options_to_json(made)))


@room.post("/passkeys", HALFWAY)
def add(told: Told, desk: AtDesk, asks: Asks) -> Done:
    """Keep a new passkey."""
    if asks.known.second and not asks.second:
        raise Stopped(403, "请先用原来的第二步验证。", "/second")

    def keep(connection: Connection) -> None:
        challenge = _asked(desk, asks.token, NEW, connection)
        try:
            made = verify_registration_response(
                credential=told.get("credential", {}),
                expected_challenge=challenge,
                expected_rp_id=_host(desk),
                expected_origin=desk.settings.origin,
            )
        except FAULTS as error:
            raise Stopped(422, WRONG) from error
        identity = bytes_to_base64url(made.credential_id)
        label = str(told.get("label", ""))[:40] or "密钥"
        public = bytes_to_base64url(made.credential_public_key)
        now = desk.clock()
        people.add_passkey(connection, identity, asks.known.id, public, made.sign_count, label, now)
        people.touch(connection, asks.token, now, second=True)
        audit.record(connection, now, Act(asks.actor, "passkey.add"))

    desk.store.write(keep)
    return Done()


@room.post("/second/options", HALFWAY, gives=ASKED)
def second_options(desk: AtDesk, asks: Asks) -> Response:
    """What the browser needs to show a passkey."""
    return JSONResponse(show(desk, asks.known, asks.token))


@room.post("/second/passkey", HALFWAY, rate="20/minute")
def second(told: Told, desk: AtDesk, asks: Asks) -> Done:
    """Judge a passkey as the second factor."""

    def judge(connection: Connection) -> None:
        judged(connection, desk, asks.known, asks.token, told)
        people.touch(connection, asks.token, desk.clock(), second=True)
        audit.record(connection, desk.clock(), Act(asks.actor, "second"))

    try:
        desk.store.write(judge)
    except Stopped:
        desk.note(Act(asks.actor, "second", outcome="wrong"))
        raise
    return Done()


def show(desk: Desk, user: people.User, token: str, alone: bool = False) -> dict[str, Any]:
    """What a browser needs to show one of a user's passkeys; `alone`: there is no other proof beside it."""
    with desk.store.read() as connection:
        held = people.passkeys_of(connection, user.id)
    made = generate_authentication_options(
        rp_id=_host(desk),
        allow_credentials=[_named(k.id) for k in held],
        user_verification=_verified(alone),
    )
    _ask(desk, user, token, SHOWN, made.challenge)
    told: dict[str, Any] = json.loads(options_to_json(made))
    return told


def judged(
    connection: Connection,
    desk: Desk,
    user: people.User,
    token: str,
    told: dict[str, Any],
    alone: bool = False,
) -> None:
    """Whether a passkey of the user answered our question; `Stopped` when not."""
    challenge = _asked(desk, token, SHOWN, connection)
    held = {k.id: k for k in people.passkeys_of(connection, user.id)}
    mine = held.get(str(told.get("id", "")))
    if mine is None:
        raise Stopped(401, WRONG)
    try:
        shown = verify_authentication_response(
            credential=told,
            expected_challenge=challenge,
            expected_rp_id=_host(desk),
            expected_origin=desk.settings.origin,
            credential_public_key=base64url_to_bytes(mine.public),
            credential_current_sign_count=mine.count,
            require_user_verification=alone,
        )
    except FAULTS as error:
        raise Stopped(401, WRONG) from error
    people.passkey_used(connection, mine.id, shown.new_sign_count)


def _verified(alone: bool) -> UserVerificationRequirement:
    return UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED


def _host(desk: AtDesk) -> str:
    return urlsplit(desk.settings.origin).hostname or "localhost"


def _named(identity: str) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(identity))


def _ask(desk: Desk, user: people.User, token: str, purpose: str, challenge: bytes) -> None:
    until = desk.clock() + MINUTES * 60_000

    def keep(connection: Connection) -> None:
        people.drop_tickets(connection, user.id, purpose)
        held = proofs.kept(token + purpose)
        people.put_ticket(connection, held, purpose, user.id, until, bytes_to_base64url(challenge))

    desk.store.write(keep)


def _asked(desk: Desk, token: str, purpose: str, connection: Connection) -> bytes:
    held = proofs.kept(token + purpose)
    found = people.take_ticket(connection, held, purpose, desk.clock())
    if found is None:
        raise Stopped(410, "过了时间，请重新开始。")
    return base64url_to_bytes(found.data)
