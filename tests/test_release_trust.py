"""An insider meddles with keys and with the list of people: nobody gets rights that way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builder.approvals import Record, Signer
from builder.approvals.ledger import open_ledger
from builder.approvals.records import log_path, parse_line
from builder.organisations import organisations_of
from builder.problems import BuildFailed
from builder.release import approved
from tests.attackers import (
    STAMP,
    A,
    B,
    add,
    approved_pair,
    commit,
    edit,
    leaked,
    lines,
    pages,
    put,
    record,
    refused,
    rewrite,
    sign,
    stranger,
)
from tests.reviewers import USUAL, Bureau, people
from tests.sitefiles import NOW, ORGS


@pytest.fixture
def it(tmp_path: Path) -> Bureau:
    return approved_pair(tmp_path)


# --- who leaves, who is revoked ---------------------------------------------------------------------


def without(it: Bureau, person: str) -> str:
    text = (it.root / "content/orgs.yml").read_text("utf-8")
    return "".join(r for r in text.splitlines(keepends=True) if f"id: {person}," not in r)


@pytest.mark.parametrize("decision", ["withdraw", "reject"])
def test_what_somebody_took_away_stays_away_when_he_leaves(it: Bureau, decision: str) -> None:
    office = it.office
    if decision == "withdraw":
        office.withdraw(A, it.signers["qian"], "数据有误")
    else:
        office.reject(A, "second", it.signers["qian"], office.item(A).version, "有误")
    put(it, {"content/orgs.yml": without(it, "qian")})
    it.approve("site:orgs")
    assert pages(it) == {"faq/mlk/b"}


@pytest.mark.parametrize("void", [True, False])
def test_what_somebody_took_away_stays_away_when_his_key_ends(it: Bureau, void: bool) -> None:
    office = it.office
    office.reject(A, "second", it.signers["qian"], office.item(A).version, "有误")
    office.revoke("qian", it.signers["zhao"], "密钥丢了", void=void)
    assert pages(it) == {"faq/mlk/b"}


def test_a_revocation_outlives_who_made_it(it: Bureau) -> None:
    it.office.revoke("zhao", it.signers["qian"], "密钥丢了", void=True)
    put(it, {"content/orgs.yml": without(it, "qian")})
    assert refused(it) == {"APR001"}  # the settings had 赵's 终审


def test_a_revocation_cannot_be_moved_out_of_sight(it: Bureau) -> None:
    """A key is revoked; whoever has it hides the revocation behind a link to a copy."""
    it.approve("site:config", "site:orgs", steps=[("final", "qian")])
    it.office.revoke("zhao", it.signers["chen"], "密钥丢了", void=True)
    commit(it.root)
    log = it.root / log_path("key:zhao")
    log.rename(it.root / "elsewhere.jsonl")
    log.symlink_to(it.root / "elsewhere.jsonl")
    assert "APR005" in refused(it)
    commit(it.root)
    assert "APR005" in refused(it)


# --- the list of people -----------------------------------------------------------------------------


def own_list(it: Bureau, signer: Signer) -> tuple[str, dict[str, Signer]]:
    """A list in which one insider is everybody."""
    made = {p: stranger(p) for p in it.signers if p != "li"} | {"li": signer}
    return ORGS + people(made.values()), made


def rival(it: Bureau, after: str, time: str = STAMP) -> list[Record]:
    """A second beginning of `site:orgs`, after the given line."""
    text, made = own_list(it, it.signers["li"])
    put(it, {"content/orgs.yml": text})
    found: list[Record] = []
    for step, person in USUAL:
        one = record(it, "site:orgs", "approve", step, made[person], time=time)
        found.append(sign(replace(one, after=found[-1].digest if found else after), made[person]))
    it.signers |= made
    return found


def beginnings() -> list[tuple[str, bool, str]]:
    """(after which line, put first in the file, time)."""
    early = "2025-01-01T00:00:00+08:00"
    return [
        (after, first, time)
        for after in ("", "first", "last")
        for first in (True, False)
        for time in (STAMP, early)
    ]


@pytest.mark.parametrize(("after", "first", "time"), beginnings())
def test_nobody_begins_a_list_of_his_own(it: Bureau, after: str, first: bool, time: str) -> None:
    pin = approved(it.root, NOW).pin
    rows = lines(it, "site:orgs")
    mark = {"": 0, "first": 1, "last": 4}[after]
    digest = parse_line(rows[mark - 1].decode().rstrip()).digest if mark else ""
    old = (it.root / "content/orgs.yml").read_bytes()
    made = rival(it, digest, time)
    for one in reversed(made) if first else made:
        add(it, one, first=first)
    edit(it)
    for item in ("site:config", A):  # by the insider's own people
        for step, person in USUAL:
            add(it, record(it, item, "approve", step, it.signers[person]))
    assert refused(it) <= {"APR001"}
    if not refused(it):  # then the old list holds
        assert approved(it.root, NOW).pin == pin
        assert not leaked(it)
    put(it, {"content/orgs.yml": old})
    assert approved(it.root, NOW, pin).pin == pin
    assert not leaked(it, pin=pin)
    assert pages(it, pin=pin) == {"faq/mlk/a", "faq/mlk/b"}


def test_a_beginning_is_not_undone_to_make_room(it: Bureau) -> None:
    """By rejections, revocations and steps dated back, each by somebody registered."""
    pin = approved(it.root, NOW).pin
    early = "2025-01-01T00:00:00+08:00"
    orgs = it.signers
    for more in ({"after": "", "time": early}, {"time": early}):
        add(it, record(it, "site:orgs", "reject", "first", orgs["li"], **more))
        add(it, record(it, "site:orgs", "withdraw", "", orgs["li"], **more))
        add(it, record(it, "site:orgs", "approve", "first", orgs["li"], **more))
        for person in ("sun", "wang", "chen", "zhao"):
            name = orgs[person].fingerprint
            for subject in (name, f"void:{name}"):
                gone = {"person": "li", "subject": subject, **more}
                add(it, record(it, f"key:{person}", "revoke", "", orgs["li"], **gone))
    made = rival(it, "")
    add(it, *made)
    edit(it)
    for item in ("site:config", A):
        for step, person in USUAL:
            add(it, record(it, item, "approve", step, it.signers[person]))
    assert refused(it) == {"APR001"}
    assert refused(it, pin) == {
        "APR001"
    }  # what was taken away is away: but nobody else's list is in
    assert approved_root(it, pin) == pin


def approved_root(it: Bureau, pin: str) -> str:
    return open_ledger(it.root, NOW.isoformat(), None, pin).trust.root


def test_somebody_who_was_demoted_does_not_bring_his_old_rights_back(it: Bureau) -> None:
    """赵 is no final reviewer any more; he rejects the new list, and dates a revocation back."""
    old = (it.root / "content/orgs.yml").read_text("utf-8")
    less = old.replace("title: 副局长, steps: [final]", "title: 副局长, steps: []")
    put(it, {"content/orgs.yml": less})
    it.approve("site:orgs")
    it.approve("site:config", A, B, steps=[("final", "qian")])
    assert refused(it) == set()
    whole = {item: lines(it, item) for item in ("site:orgs",)}
    zhao = it.signers["zhao"]
    version = it.office.item("site:orgs").files
    back = [
        record(it, "site:orgs", "reject", "final", zhao, files=version),
        record(it, "site:orgs", "withdraw", "", zhao),
        record(
            it,
            "key:sun",
            "revoke",
            "",
            zhao,
            subject=it.signers["sun"].fingerprint,
            time=STAMP[:4] + "-01-01T00:00:00+08:00",
        ),
    ]
    for one in back:
        add(it, one)
        edit(it)
        for step, who in USUAL:
            add(it, record(it, A, "approve", step, it.signers[who]))
        if not refused(it):
            assert not leaked(it)
        else:
            assert refused(it) == {"APR001"}
        rewrite(it, "site:orgs", whole["site:orgs"])


def test_a_list_that_is_not_approved_registers_nobody(it: Bureau) -> None:
    mallory = stranger()
    text = (it.root / "content/orgs.yml").read_text("utf-8")
    row = f'  - {{id: mallory, name: 马, division: mlk, title: 科员, steps: [first, second, final, secrecy], keys: [{{public: "{mallory.public}", since: "2026-01-01"}}]}}\n'
    put(it, {"content/orgs.yml": text + row})
    for step, who in USUAL[:3]:  # one step is lacking
        add(it, record(it, "site:orgs", "approve", step, it.signers[who]))
    edit(it)
    for step, who in USUAL[:3]:
        add(it, record(it, A, "approve", step, it.signers[who]))
    add(it, record(it, A, "approve", "final", mallory))
    assert not leaked(it)


def test_a_key_stands_for_one_person_in_one_spelling(it: Bureau) -> None:
    text = (it.root / "content/orgs.yml").read_text("utf-8")
    sun, zhao = it.signers["sun"].public, it.signers["zhao"].public
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for bit in (0, 1, 2, 3):
        other = f"{sun[:-2]}{signs[signs.index(sun[-2]) ^ bit]}="
        with pytest.raises(BuildFailed):
            organisations_of(text.replace(zhao, other).encode())


@pytest.mark.parametrize("day", ["20261120", "2026-W47-5", "2026-11-31", "2026-1-1", " 2026-01-01"])
def test_days_of_keys_have_one_spelling(it: Bureau, day: str) -> None:
    text = (it.root / "content/orgs.yml").read_text("utf-8")
    with pytest.raises(BuildFailed):
        organisations_of(text.replace('since: "2026-01-01"', f'since: "{day}"', 1).encode())


@pytest.mark.parametrize("pin", ["0", "a" * 15, "x" * 16, "0" * 16, "0" * 64, "A" * 16, ".*"])
def test_a_wrong_or_short_pin_stops_the_release(it: Bureau, pin: str) -> None:
    assert refused(it, pin) == {"APR001"}
