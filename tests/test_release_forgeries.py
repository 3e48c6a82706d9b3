"""An insider forges, copies, moves, hides and removes review records: nothing comes of it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builder.approvals import Record, Refused, Signer
from builder.approvals.records import log_path, parse_line
from tests.attackers import (
    PAIR,
    STAMP,
    A,
    add,
    approved_pair,
    commit,
    edit,
    git,
    leaked,
    lines,
    pages,
    put,
    record,
    refused,
    released,
    rewrite,
    sign,
    stranger,
)
from tests.reviewers import USUAL, Bureau, bureau
from tests.sitefiles import faq


@pytest.fixture
def it(tmp_path: Path) -> Bureau:
    return approved_pair(tmp_path)


def four(it: Bureau, item: str, **more: Any) -> list[Record]:
    """All four steps in the names of the right persons, each signed by `more["by"]`."""
    by = more.pop("by")
    assert isinstance(by, Signer)
    made: list[Record] = []
    for step, person in USUAL:
        after = {"after": made[-1].digest} if made else {}
        one = record(it, item, "approve", step, by, **({"person": person} | after | more))
        made.append(one)
    return made


# --- forged approvals -------------------------------------------------------------------------------


def test_records_signed_by_a_stranger_do_not_count(it: Bureau) -> None:
    edit(it)
    add(it, *four(it, A, by=stranger()))
    assert not leaked(it)
    assert "faq/mlk/a" in pages(it)  # as it was approved


def test_one_registered_person_cannot_sign_for_the_others(it: Bureau) -> None:
    edit(it)
    add(it, *four(it, A, by=it.signers["sun"]))
    add(it, record(it, A, "approve", "final", it.signers["sun"], person="sun"))
    assert not leaked(it)


def test_one_person_cannot_hold_two_steps(it: Bureau) -> None:
    """钱 may take 复审 and 终审, but not both of one version."""
    edit(it)
    for step, who in (("first", "sun"), ("second", "qian"), ("secrecy", "chen"), ("final", "qian")):
        add(it, record(it, A, "approve", step, it.signers[who]))
    assert not leaked(it)


def test_steps_out_of_order_do_not_make_a_release(it: Bureau) -> None:
    edit(it)
    for step, who in (
        ("final", "zhao"),
        ("second", "wang"),
        ("secrecy", "chen"),
        ("first", "sun"),
    ):
        add(it, record(it, A, "approve", step, it.signers[who]))
    assert not leaked(it)


def test_a_division_that_is_not_his_cannot_be_claimed(tmp_path: Path) -> None:
    """李 reviews 名录 only: neither under its own name nor under 名录's does his word let 内部处 pass."""
    it = bureau(tmp_path, {"faq/nbc/x.md": faq("别处的话。", title="别问", division="nbc")})
    it.approve("site:orgs", "site:config")
    item = "faq:nbc/x"
    add(it, record(it, item, "approve", "first", it.signers["li"], division="mlk"))
    for step, who in USUAL[1:]:
        add(it, record(it, item, "approve", step, it.signers[who]))
    assert not leaked(it, "别处的话")
    for division in ("", "nbc"):
        add(it, record(it, item, "approve", "first", it.signers["li"], division=division))
        for step, who in USUAL[1:]:
            add(it, record(it, item, "approve", step, it.signers[who], division="nbc"))
    assert not leaked(it, "别处的话")


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-20T09:30:01+08:00",  # a second after the release
        "2027-01-01T09:00:00+08:00",
        "2026-11-20T01:29:00Z",  # the same moment in other words
        "2026-11-20T09:29:00+14:00",
        "2026-11-20 09:29:00",
        "2026-11-20",
        "0",
        "2026-13-40T09:00:00+08:00",
        "２０２６-11-20T09:29:00+08:00",
        "<b>2026</b>",
    ],
)
def test_times_of_the_future_or_in_other_words_do_not_count(it: Bureau, time: str) -> None:
    edit(it)
    for step, who in USUAL:
        add(it, record(it, A, "approve", step, it.signers[who], time=STAMP))
    rows = lines(it, A)
    last = parse_line(rows[-1].decode().rstrip("\n"))
    rewrite(it, A, rows[:-1])
    add(it, sign(replace(last, time=time), it.signers["zhao"]))
    assert not leaked(it)


def test_a_key_that_begins_tomorrow_does_not_sign_today(tmp_path: Path) -> None:
    it = bureau(tmp_path, PAIR)
    orgs = tmp_path / "content/orgs.yml"
    zhao = it.signers["zhao"].public
    late = f'"{zhao}", since: "2026-11-21"'
    orgs.write_text(
        orgs.read_text("utf-8").replace(f'"{zhao}", since: "2026-01-01"', late), "utf-8"
    )
    it.approve(
        "site:orgs", "site:config", steps=[*USUAL[:3], ("final", "qian")]
    )  # 钱 takes 终审 of the settings
    for step, who in USUAL:
        add(it, record(it, A, "approve", step, it.signers[who]))
    assert not leaked(it, "甲文")
    add(it, record(it, A, "approve", "final", it.signers["qian"]))
    assert leaked(it, "甲文")


def test_a_retired_key_signs_no_more(it: Bureau) -> None:
    it.office.revoke("zhao", it.signers["zhao"], "退休", void=False)
    edit(it)
    for step, who in USUAL:
        add(it, record(it, A, "approve", step, it.signers[who], time="2026-11-19T09:00:00+08:00"))
    assert not leaked(it)


@pytest.mark.parametrize("clerk", ["zhao", "wen", "sun"])
def test_nobody_countersigns_himself(it: Bureau, clerk: str) -> None:
    """Neither a clerk his own step, nor somebody who is no clerk, nor a reviewer of the same version."""
    edit(it)
    scan = {"clerk": clerk, "scan": "0" * 64, "file": f"{'0' * 64}.pdf"}
    for step, who in USUAL[:3]:
        add(it, record(it, A, "approve", step, it.signers[who]))
    person = "wen" if clerk == "wen" else "zhao"
    one = record(it, A, "approve", "final", it.signers[clerk], person=person, paper=scan)
    add(it, one)
    assert not leaked(it)


def test_a_scan_that_is_not_there_signs_nothing(it: Bureau) -> None:
    edit(it)
    for step, who in USUAL[:3]:
        add(it, record(it, A, "approve", step, it.signers[who]))
    for paper in (
        {"clerk": "wen", "scan": "0" * 64},
        {"clerk": "wen", "scan": "0" * 64, "file": f"{'0' * 64}.pdf"},
        {"clerk": "wen", "scan": "x", "file": "../../orgs.yml"},
    ):
        add(it, record(it, A, "approve", "final", it.signers["wen"], person="zhao", paper=paper))
    assert not leaked(it)


# --- copied, moved and changed lines ----------------------------------------------------------------


def test_records_of_one_item_are_none_of_another(it: Bureau) -> None:
    put(it, {"faq/mlk/c.md": faq("没审过的话。", title="丙问")})
    path = it.root / log_path("faq:mlk/c")
    path.write_bytes(b"".join(lines(it, A)))
    assert not leaked(it)
    path.write_bytes(b"".join(lines(it, A)).replace(b"faq:mlk/a", b"faq:mlk/c"))
    assert not leaked(it)


def test_records_of_another_version_do_not_fit(it: Bureau) -> None:
    edit(it)
    new = json.dumps(dict(it.office.item(A).files), separators=(",", ":")).encode()
    rows = [re.sub(rb'"files":\{[^}]*\}', b'"files":' + new, row) for row in lines(it, A)]
    rewrite(it, A, rows)
    assert not leaked(it)


def _spellings(line: bytes) -> list[bytes]:
    """Other lines that say the same to a careless reader."""
    text = line.decode().rstrip("\n")
    data = json.loads(text)
    spare = data["signature"][-3]
    near = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    more = near[near.index(spare) ^ 1]
    raw = base64.b64decode(data["signature"])
    order = 2**252 + 27742317777372353535851937790883648493
    s = (int.from_bytes(raw[32:], "little") + order) % 2**256
    grown = base64.b64encode(raw[:32] + s.to_bytes(32, "little")).decode()
    return [
        json.dumps(data, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode(),
        json.dumps(
            dict(reversed(data.items())), ensure_ascii=False, separators=(",", ":")
        ).encode(),
        json.dumps(data, ensure_ascii=False, sort_keys=True).encode(),
        text.replace(data["signature"], data["signature"][:-3] + more + "==").encode(),
        text.replace(data["signature"], data["signature"] + "====").encode(),
        text.replace(data["signature"], "\\u0041".join(data["signature"].split("A"))).encode(),
        text.replace(data["signature"], grown).encode(),
        b" " + text.encode(),
        text.encode() + b"\t",
        b"\xef\xbb\xbf" + text.encode(),
        text.replace('"note":""', '"note":"x","note":""').encode(),
        text.replace("}", ',"x":""}', 1).encode(),
    ]


def test_no_signature_is_good_for_a_second_line(it: Bureau) -> None:
    """A withdrawn entry does not come back by old approvals written once more."""
    old = lines(it, A)
    it.office.withdraw(A, it.signers["zhao"], "数据有误")
    assert "faq/mlk/a" not in pages(it)
    with_withdrawal = lines(it, A)
    for number in range(len(_spellings(old[0]))):
        again = [_spellings(row)[number] + b"\n" for row in old]
        rewrite(it, A, with_withdrawal + old + again)
        assert "faq/mlk/a" not in pages(it), number
        rewrite(it, A, again + with_withdrawal)
        assert "faq/mlk/a" not in pages(it), number


ORDERS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "withdrawal first": lambda rows: [rows[-1], *rows[:-1]],
    "withdrawal in the middle": lambda rows: [*rows[:2], rows[-1], *rows[2:-1]],
    "backwards": lambda rows: rows[::-1],
    "twice": lambda rows: rows + rows[:-1],
    "with carriage returns": lambda rows: [row.replace(b"\n", b"\r\n") for row in rows],
}


@pytest.mark.parametrize("way", ORDERS)
def test_the_order_of_lines_says_nothing(it: Bureau, way: str) -> None:
    it.office.withdraw(A, it.signers["zhao"], "数据有误")
    rewrite(it, A, ORDERS[way](lines(it, A)))
    assert "faq/mlk/a" not in pages(it)
    assert "faq/mlk/b" in pages(it)


def test_a_rejection_put_before_the_approvals_still_rejects(it: Bureau) -> None:
    item = it.office.item(A)
    it.office.reject(A, "second", it.signers["wang"], item.version, "有误")
    rows = lines(it, A)
    rewrite(it, A, [rows[-1], *rows[:-1]])
    assert "faq/mlk/a" not in pages(it)


@pytest.mark.parametrize("taken", range(5))
def test_a_line_taken_out_gives_nothing_back(it: Bureau, taken: int) -> None:
    """Without git nobody knows a line was there, but who signed after it does."""
    item = it.office.item(A)
    it.office.reject(A, "second", it.signers["wang"], item.version, "有误")
    it.sign(A, "first", "sun")
    rows = lines(it, A)
    rewrite(it, A, rows[:taken] + rows[taken + 1 :])
    assert "faq/mlk/a" not in pages(it)


@pytest.mark.parametrize("line", range(4))
def test_one_flipped_byte_voids(it: Bureau, line: int) -> None:
    edit(it)
    it.approve(A)
    rows = lines(it, A)[4:]
    old = lines(it, A)[:4]
    for place in range(0, len(rows[line]) - 1, 37):
        bad = bytearray(rows[line])
        bad[place] ^= 1
        rewrite(it, A, [*old, *rows[:line], bytes(bad), *rows[line + 1 :]])
        assert not leaked(it), place


def test_joined_logs_take_away_what_either_took(it: Bureau) -> None:
    """One branch withdraws, the other approves a new version; joined in any order it is out."""
    before = lines(it, A)
    it.office.withdraw(A, it.signers["wang"], "数据有误")
    gone = lines(it, A)[4:]
    rewrite(it, A, before)
    edit(it, "新的一版")
    it.approve(A)
    new = lines(it, A)[4:]
    assert leaked(it, "新的一版")
    for rows in (before + gone + new, before + new + gone, new + gone + before):
        rewrite(it, A, rows)
        assert "faq/mlk/a" not in pages(it)
    it.approve(A)  # by people who saw both
    assert leaked(it, "新的一版")


def test_hostile_lines_are_nobodys_and_harm_nobody(it: Bureau) -> None:
    for junk in (
        b"[" * 200_000,
        b'{"a":' * 30_000,
        b"{" + b" " * 300_000,
        b"\x00\xff\xfe",
        b'{"item":1e999}',
        b'"\\ud800"',
        ("9" * 5000).encode(),
    ):
        rewrite(it, A, [*lines(it, A), junk + b"\n"])
    assert pages(it) == {"faq/mlk/a", "faq/mlk/b"}


def test_paths_and_hashes_of_a_record_lead_nowhere_else(it: Bureau) -> None:
    edit(it)
    for files in (
        {"../outside.md": "0" * 64},
        {"/etc/passwd": "0" * 64},
        {"faq/mlk/a.md": "/dev/zero"},
        {"faq/mlk/a.md": "../../../../dev/zero"},
        {"a\\b": "0" * 64},
        {"": "0" * 64},
    ):
        with pytest.raises(ValueError, match="files"):
            parse_line(record(it, A, "approve", "first", it.signers["sun"], files=files).line)


def test_nobody_blocks_an_item_for_good(it: Bureau) -> None:
    """Junk and records of the future come after the last line: the next one is signed all the same."""
    add(it, record(it, A, "withdraw", "", it.signers["li"], time="2099-01-01T00:00:00+08:00"))
    add(it, record(it, A, "approve", "first", stranger(), time="2099-01-01T00:00:00+08:00"))
    assert "faq/mlk/a" not in pages(it)
    it.approve(A)
    assert "faq/mlk/a" in pages(it)


# --- lines that git has seen ------------------------------------------------------------------------


def _plain(it: Bureau, path: Path, kept: bytes) -> None:
    path.write_bytes(kept)
    commit(it.root)


def _removed(it: Bureau, path: Path, kept: bytes) -> None:
    path.unlink()
    commit(it.root)


def _binary(it: Bureau, path: Path, kept: bytes) -> None:
    path.write_bytes(kept)
    put(it, {".gitattributes": "* binary -diff\n"})
    commit(it.root)


def _nul(it: Bureau, path: Path, kept: bytes) -> None:
    path.write_bytes(kept + b"\0\n")
    commit(it.root)


def _merged_away(it: Bureau, path: Path, kept: bytes) -> None:
    del path, kept
    git(it.root, "branch", "side")
    git(it.root, "checkout", "-q", "-B", "main", "HEAD~1")
    put(it, {"note.txt": "x"})
    commit(it.root)
    git(it.root, "merge", "-q", "-s", "ours", "side", "-m", "merge")


def _unwatched(it: Bureau, path: Path, kept: bytes) -> None:
    git(it.root, "update-index", "--assume-unchanged", str(path.relative_to(it.root)))
    path.write_bytes(kept)


def _renamed(it: Bureau, path: Path, kept: bytes) -> None:
    path.rename(path.with_suffix(".old"))
    commit(it.root)


def _colours(it: Bureau, path: Path, kept: bytes) -> None:
    git(it.root, "config", "color.ui", "always")
    git(it.root, "config", "diff.noprefix", "true")
    git(it.root, "config", "diff.relative", "true")
    git(it.root, "config", "diff.external", "true")
    path.write_bytes(kept)
    git(it.root, "commit", "-q", "-am", "x")


@pytest.mark.parametrize(
    "way", [_plain, _removed, _binary, _nul, _merged_away, _unwatched, _renamed, _colours]
)
def test_a_withdrawal_that_git_has_seen_is_not_forgotten(
    it: Bureau, way: Callable[[Bureau, Path, bytes], None]
) -> None:
    commit(it.root)
    path = it.root / log_path(A)
    kept = path.read_bytes()
    it.office.withdraw(A, it.signers["zhao"], "数据有误")
    whole = path.read_bytes()
    commit(it.root)
    way(it, path, kept)
    assert refused(it) == {"APR005"}
    path.write_bytes(whole)
    assert pages(it) == {"faq/mlk/b"}


def test_a_history_that_git_does_not_open_stops_the_release(it: Bureau) -> None:
    commit(it.root)
    assert refused(it) == set()
    (it.root / ".git/HEAD").write_text("nonsense", "utf-8")
    assert refused(it) == {"APR005"}


def test_cleared_junk_is_no_lost_record(it: Bureau) -> None:
    whole = lines(it, A)
    bad = json.dumps(json.loads(whole[0]) | {"note": "x"}, sort_keys=True, ensure_ascii=False)
    forged = record(it, A, "approve", "first", stranger()).line
    rewrite(it, A, [*whole, b"{junk}\n", bad.encode() + b"\n", forged.encode() + b"\n"])
    commit(it.root)
    rewrite(it, A, whole)
    commit(it.root)
    assert refused(it) == set()


# --- links and caches -------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["content/approvals/log", "content/approvals", "content"])
def test_a_linked_folder_of_reviews_is_that_of_nobody_or_the_same(it: Bureau, place: str) -> None:
    """Another folder of reviews in its place is judged like any other: by its signatures."""
    edit(it)
    for step, who in USUAL[:3]:
        add(it, record(it, A, "approve", step, it.signers[who]))
    real = it.root / "real"
    (it.root / place).rename(real)
    (it.root / place).symlink_to(real)
    assert refused(it) <= {"APR001"}
    if not refused(it):
        assert not leaked(it)


def test_a_linked_log_is_not_followed(it: Bureau) -> None:
    log = it.root / log_path(A)
    log.rename(it.root / "a.jsonl")
    log.symlink_to(it.root / "a.jsonl")
    assert pages(it) == {"faq/mlk/b"}


def test_what_was_kept_elsewhere_does_not_speak_for_signatures(it: Bureau) -> None:
    """A cache in the repository could say of any signature that it is good."""
    commit(it.root)
    released(it)
    (it.root / ".gitignore").unlink()
    commit(it.root)
    assert refused(it) == {"APR006"}


def test_the_office_itself_refuses_what_a_release_would_not_take(it: Bureau) -> None:
    edit(it)
    version = it.office.item(A).version
    with pytest.raises(Refused):
        it.office.approve(A, "first", stranger("sun"), version)
    with pytest.raises(Refused):
        it.office.withdraw(A, stranger("zhao"), "理由")
    with pytest.raises(Refused):
        it.office.revoke("zhao", stranger("sun"), "理由", void=True)
