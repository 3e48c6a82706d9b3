"""The scripts for other robots to take away: of the version that is served, hashed and signed.

What an older version said may have been withdrawn since: of older ones only the hash is told.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from contextlib import suppress
from typing import Annotated

from fastapi import Path as InPath
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from builder.bundle import Listed
from builder.keys import Signer
from service.desk import Desk
from service.robot.asking import script_of
from service.roles import PROGRAMS
from service.room import AtDesk, Room, Stopped
from service.scripts import FILE, Script
from service.signing import signer_of
from service.store import audit
from service.store import scripts as ledger
from service.store.audit import Act
from service.store.engine import Connection, Unavailable

room = Room("robot")
FOLDER, RATE = "robot/", "60/minute"
GONE = "这一版已经换下了，请取现在的一版：/robot/packages。"
UNSEALED = "话术包和网站的清单对不上，不给出。请重新发布网站。"
Version = Annotated[str, InPath(pattern="^[0-9a-f]{16}$")]


class File(BaseModel):
    """One file. `signature`: Ed25519 in base64 over `statement`; empty when the service has no key."""

    name: str
    url: str
    type: str
    size: int
    sha256: str
    signature: str = ""


class Earlier(BaseModel):
    """A version that was served before; `first`: since when, ms since 1970."""

    version: str
    sha256: str
    first: int


class Packages(BaseModel):
    """What there is to take: all files of one version."""

    edition: str
    version: str
    built: str
    key: str = ""
    public: str = ""
    files: tuple[File, ...]
    earlier: tuple[Earlier, ...]


def statement(edition: str, version: str, name: str, sha256: str) -> bytes:
    """The bytes that are signed for one file: they can be mistaken for nothing else."""
    return f"weike-robot\n{edition}\n{version}\n{name}\n{sha256}\n".encode()


@room.get(
    "/robot/packages", PROGRAMS, rate=RATE, response_class=JSONResponse, response_model=Packages
)
def packages(request: Request, desk: AtDesk) -> Response:
    """The version that is served: its files with hashes and signatures; which ones there were before."""
    script = script_of(desk)
    _note(desk, script)
    with desk.store.read() as connection:
        before = ledger.versions(connection, but=script.version)
    signer = signer_of(desk)
    given = Packages(
        edition=_edition(script),
        version=script.version,
        built=str(script.bundle.header.get("now", "")),
        key=signer.fingerprint if signer else "",
        public=signer.public if signer else "",
        files=tuple(_file(script, line, signer) for line in _lines(script)),
        earlier=tuple(Earlier(version=r.version, sha256=r.sha256, first=r.first) for r in before),
    )
    return answered(request, given.model_dump_json().encode(), "application/json")


@room.get(
    "/robot/packages/{version}", PROGRAMS, rate=RATE, gives={"application/json": {"type": "object"}}
)
def package(request: Request, version: Version, desk: AtDesk) -> Response:
    """The package of one version."""
    return _given(request, desk, version, "package.json")


@room.get("/robot/packages/{version}/{name:path}", PROGRAMS, rate=RATE, response_class=Response)
def export(request: Request, version: Version, name: str, desk: AtDesk) -> Response:
    """A form of it for another robot, such as `wechat-bot.json` or `rasa/nlu.yml`."""
    return _given(request, desk, version, name)


def answered(
    request: Request, body: bytes, kind: str, more: dict[str, str] | None = None
) -> Response:
    """A body under the tag of its hash, or 304 for who has it."""
    digest = hashlib.sha256(body)
    tag = f'"{digest.hexdigest()}"'
    sum_ = b64encode(digest.digest()).decode()
    told = {"ETag": tag, "Cache-Control": "no-cache", "Repr-Digest": f"sha-256=:{sum_}:"}
    held = [
        t.strip().removeprefix("W/") for t in request.headers.get("if-none-match", "").split(",")
    ]
    if tag in held or "*" in held:
        return Response(status_code=304, headers=told | (more or {}))
    return Response(body, media_type=kind, headers=told | (more or {}))


def _given(request: Request, desk: Desk, version: str, name: str) -> Response:
    script = script_of(desk)
    if version != script.version:
        with desk.store.read() as connection:
            known = ledger.known(connection, version)
        raise Stopped(410 if known else 404, GONE if known else "没有这一版话术。")
    line = script.bundle.files.get(FOLDER + name)
    if line is None:
        raise Stopped(404, "这一版没有这个文件。")
    signer, more = signer_of(desk), {"Weike-Version": version}
    if signer is not None:
        said = statement(_edition(script), version, name, line.sha256)
        more |= {"Weike-Signature": signer.sign(said), "Weike-Key": signer.fingerprint}
    return answered(request, _bytes(script, line), line.media_type, more)


def _bytes(script: Script, line: Listed) -> bytes:
    """As the manifest names them; the package itself is held already."""
    if line.path == FILE:
        return script.data
    try:
        return script.bundle.read(line.path)
    except (OSError, ValueError) as error:
        raise Stopped(503, UNSEALED) from error


def _file(script: Script, line: Listed, signer: Signer | None) -> File:
    name = line.path.removeprefix(FOLDER)
    said = statement(_edition(script), script.version, name, line.sha256)
    plain = name == "package.json"
    return File(
        name=name,
        url=f"/robot/packages/{script.version}" + ("" if plain else f"/{name}"),
        type=line.media_type,
        size=line.size,
        sha256=line.sha256,
        signature=signer.sign(said) if signer else "",
    )


def _lines(script: Script) -> list[Listed]:
    """The files of the package, itself first."""
    found = [f for f in script.bundle.files.values() if f.path.startswith(FOLDER)]
    return sorted(found, key=lambda f: (f.path != FILE, f.path))


def _edition(script: Script) -> str:
    return script.robot.package.edition


def _note(desk: Desk, script: Script) -> None:
    """Remember that this version was served."""
    with desk.store.read() as connection:
        if ledger.known(connection, script.version):
            return
    digest = hashlib.sha256(script.data).hexdigest()

    def keep(connection: Connection) -> None:
        if ledger.served(connection, script.version, digest, desk.clock()):
            act = Act("", "robot.version", f"robot:{script.version}")
            audit.record(connection, desk.clock(), act)

    with suppress(Unavailable):  # what can be read is given all the same
        desk.store.write(keep)
