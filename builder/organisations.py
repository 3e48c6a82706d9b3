"""`content/orgs.yml`: divisions, cities, and who reviews. Its only reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError

from builder.config import TRIAL_BUREAU, Id, Said, Step, Strict
from builder.findings import findings
from builder.model import Organisation
from builder.problems import BuildFailed, Problem, Where
from builder.settings_file import no_secrets, parsed, read_file
from builder.yaml_source import Node

ORGS_FILE = "content/orgs.yml"
TRIAL_KEYS = frozenset(
    {
        "ed25519:nIPVJnv/0bfHy4sC51h++3ywdaytxQFWNhfwTp3jJ9Y=",
        "ed25519:+ChnC1jPPdI2KVFQezZ6RAniKCCgADasWVf+Z9GOgW4=",
        "ed25519:m1vwoRB1UmisXn44auIVZX8ynMeA0/HduRH2iY64XCw=",
        "ed25519:ubB4MjYEHec1ktapr3AfDSB7zbg4/1lI2JOW0BDKdZ8=",
        "ed25519:nrUhVVnQ4moi56gbeX/oGUQAOuBqiPLbAGw6XvMy+Mc=",
        "ed25519:vnRnamBIXFcage6ZPKf41fgSBtAOgCeINBpoN8uazzQ=",
        "ed25519:X+8kMp7fdp5JKhaWQYrrYRAKgSK2cljlxi9T92o/HHw=",
        "ed25519:GKMrRU34rVwVmqt0dx/9v/SsCXdrcftAZ5fTZAmHqDw=",
        "ed25519:jDvnlLxaf3lTGNuGGroQDj1vzv12Bh74r/QIhqotcRk=",
        "ed25519:QUFsVvNchY/qxEI8UHTMoL3DwLQmFGd07nsWFeSvXDA=",
    }
)


class OrganisationConfig(Strict):
    """One line of `content/orgs.yml`."""

    id: Id
    name: Said
    short: Said | Literal[""] = ""
    duties: Said | Literal[""] = ""
    partner: bool = False


def _public_key(value: str) -> str:
    # the last sign has two spare bits: one spelling only, or one key could stand for two people
    if not re.fullmatch(r"ed25519:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=", value):
        raise ValueError("公钥要照 weike review keygen 打出来的那一行写，以 ed25519: 开头")
    return value


def _day(value: str) -> str:
    try:
        found = date.fromisoformat(value).isoformat()
    except ValueError:
        found = ""
    if found != value:  # days are compared as text
        raise ValueError("日期要写成 2026-11-20 这样")
    return value


class PersonKey(Strict):
    """A public key and the days on which its owner may sign with it."""

    public: Annotated[str, AfterValidator(_public_key)]
    since: Annotated[str, AfterValidator(_day)]
    until: Annotated[str, AfterValidator(_day)] | Literal[""] = ""


class PersonConfig(Strict):
    """Who reviews: the steps a person may take, for which divisions (none named: all).

    `division`: where the person works; empty for the bureau's leaders.
    """

    id: Id
    name: Said
    division: Id | Literal[""] = ""
    title: Said
    steps: tuple[Step, ...] = ()
    divisions: tuple[Id, ...] = ()
    clerk: bool = False
    keys: tuple[PersonKey, ...] = ()


class OrganisationFile(Strict):
    """All of `content/orgs.yml`: divisions first, then cities, then who reviews."""

    province: Said
    bureau: Said
    divisions: tuple[OrganisationConfig, ...] = Field(min_length=1)
    cities: tuple[OrganisationConfig, ...] = ()
    people: tuple[PersonConfig, ...] = ()


def load_organisations(root: Path) -> dict[str, Organisation]:
    """Read `content/orgs.yml` in its own order; raise `BuildFailed` when it is wrong."""
    return organisations_of(read_file(root, ORGS_FILE, "CFG002"))[0]


def organisations_of(text: bytes) -> tuple[dict[str, Organisation], OrganisationFile]:
    """What these bytes of an `orgs.yml` hold: units by id, and the whole file; `BuildFailed` when wrong."""
    node = parsed(text, ORGS_FILE, "CFG002")
    no_secrets(text.decode(errors="replace"), ORGS_FILE)
    try:
        orgs = OrganisationFile.model_validate(node.plain())
    except ValidationError as error:
        raise BuildFailed(findings(error, node, ORGS_FILE, OrganisationFile)) from None
    found: dict[str, Organisation] = {}
    problems = [*_wrong_people(orgs, node)]
    groups: list[tuple[str, tuple[OrganisationConfig, ...]]] = [
        ("divisions", orgs.divisions),
        ("cities", orgs.cities),
    ]
    for group, items in groups:
        for number, item in enumerate(items):
            if item.id in found:
                place = node.place((group, number, "id"))
                problems.append(
                    Problem(
                        "CFG002",
                        Where(ORGS_FILE, *place),
                        f"机构编号 `{item.id}` 重复。",
                        "每个机构用不同的编号。",
                    )
                )
            found[item.id] = Organisation(
                item.id,
                item.name,
                item.short or item.name,
                item.duties,
                item.partner,
                group == "cities",
            )
    if problems:
        raise BuildFailed(problems)
    return found, orgs


def _wrong_people(orgs: OrganisationFile, node: Node) -> Iterator[Problem]:
    """Ids and keys given twice, divisions that are none."""
    known = {d.id for d in (*orgs.divisions, *orgs.cities)}
    ids: set[str] = set()
    keys: set[str] = set()
    for number, person in enumerate(orgs.people):
        place = Where(ORGS_FILE, *node.place(("people", number, "id")))
        if person.id in ids:
            yield Problem("CFG002", place, f"人员编号 `{person.id}` 重复。", "每人用不同的编号。")
        for name in {person.division, *person.divisions} - known - {""}:
            action = "写 divisions 或 cities 里的编号。"
            yield Problem("CFG002", place, f"处室 `{name}` 没有登记。", action)
        for key in person.keys:
            if key.public in TRIAL_KEYS and orgs.bureau != TRIAL_BUREAU:
                message = f"`{person.id}` 用的是公开的试用密钥，谁都能用它签名。"
                action = "用 weike review keygen 生成自己的密钥。"
                yield Problem("CFG002", place, message, action)
            if key.public in keys:
                message = f"`{person.id}` 的公钥与别人的相同。"
                yield Problem("CFG002", place, message, "每人用自己的密钥。")
            keys.add(key.public)
        ids.add(person.id)
