"""Records, keys, and what follows from a log."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.approvals import Record, Refused, Signer, file_digest, make_key, open_key
from builder.approvals.history import History, complete, history
from builder.approvals.records import ItemLog, append, log_path, parse_line, parse_log, read_log
from builder.approvals.staff import Key, Person, Staff, fault
from builder.approvals.words import STEPS
from builder.keys import signed

PIN = "654321"
ALL = {"internet": STEPS, "intranet": ("first", "final")}


@pytest.fixture(scope="module")
def key() -> Signer:
    return open_key(make_key("li", PIN, 2), PIN)


def record(step: str = "first", person: str = "li", version: str = "1", **more: Any) -> Record:
    base = Record(
        item="faq:mlk/a",
        decision="approve",
        step=step,
        person=person,
        time="2026-11-01T09:00:00+08:00",
        division="mlk",
        files={"faq/mlk/a.md": version * 64},
    )
    return replace(base, **more)


def course(*records: Record, policies: Mapping[str, tuple[str, ...]] = ALL) -> History:
    """The history of these records, chained one after another."""
    chained: list[Record] = []
    for number, one in enumerate(records):
        time = f"2026-11-01T09:{number:02d}:00+08:00"
        after = chained[-1].digest if chained else ""
        chained.append(replace(one, time=time, after=after))
    return history(ItemLog("faq:mlk/a", tuple(chained)), lambda r: "", policies)


WHOLE = [record("first", "a"), record("second", "b"), record("secrecy", "c"), record("final", "d")]


# --- records ---------------------------------------------------------------------------------------


@given(note=st.text(max_size=60), change=st.text(max_size=60))
def test_a_line_gives_its_record_back(note: str, change: str) -> None:
    one = record(note=note, change=change)
    assert parse_line(one.line) == one


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line.replace(":", ": ", 1),  # another spelling of the same
        lambda line: line[:-1] + ',"more":""}',
        lambda line: line.replace('"note":""', '"note":null'),
        lambda line: line.replace("faq:mlk/a", "../../etc"),
        lambda line: line.replace("approve", "allow"),
        lambda line: "[" * 3000,
        lambda line: "{}",
        lambda line: line.replace('"note":""', '"note":"","note":""'),
    ],
)
def test_any_other_spelling_is_no_record(spoil: Callable[[str], str]) -> None:
    line = record().line
    with pytest.raises((ValueError, RecursionError)):
        parse_line(spoil(line))
    log = parse_log("faq:mlk/a", f"{line}\n{spoil(line)}\n".encode())
    assert len(log.records) == 1
    assert log.broken == (2,)


def test_a_line_about_another_item_is_none_of_this_log() -> None:
    assert parse_log("faq:mlk/b", record().line.encode()).records == ()


def test_a_line_is_added_only_after_the_last_one(tmp_path: Path) -> None:
    one = record()
    append(tmp_path, one)
    with pytest.raises(Refused, match="刚才有别人也审了这一篇"):
        append(tmp_path, record("second"))
    append(tmp_path, record("second", after=one.digest))
    assert [r.step for r in read_log(tmp_path, "faq:mlk/a").records] == ["first", "second"]


def test_a_torn_last_line_does_not_spoil_the_next(tmp_path: Path) -> None:
    append(tmp_path, record())
    path = tmp_path / log_path("faq:mlk/a")
    path.write_bytes(path.read_bytes() + b'{"cut off')
    append(tmp_path, record("second", after=read_log(tmp_path, "faq:mlk/a").records[-1].digest))
    log = read_log(tmp_path, "faq:mlk/a")
    assert [r.step for r in log.records] == ["first", "second"]
    assert log.broken == (2,)


@pytest.mark.parametrize("name", ["faq:../a", "../x", "faq:A", "FAQ:a", "faq:", "faq:a\n"])
def test_ids_that_are_no_ids_have_no_log(name: str) -> None:
    with pytest.raises(Refused):
        log_path(name)


# --- digests ---------------------------------------------------------------------------------------


def test_only_line_breaks_may_differ() -> None:
    assert file_digest("a.md", b"\xef\xbb\xbfx\r\ny") == file_digest("a.md", b"x\ny")
    assert file_digest("a.md", b"x\ny") != file_digest("a.md", b"x\ny ")
    assert file_digest("a.png", b"x\r\ny") != file_digest("a.png", b"x\ny")


# --- keys ------------------------------------------------------------------------------------------


def test_a_key_file_opens_with_its_pin_alone() -> None:
    data = make_key("li", PIN, 2)
    assert open_key(data, PIN).person == "li"
    with pytest.raises(Refused, match="口令不对"):
        open_key(data, "654322")
    other = json.loads(data) | {"person": "zhao"}
    with pytest.raises(Refused, match="口令不对"):  # the name is sealed in
        open_key(json.dumps(other).encode(), PIN)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[1]", b"\xff", b"x" * 9000, b'{"weike-key":1,"cost":99999999999}']
)
def test_what_is_no_key_file_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(Refused, match="不是密钥文件"):
        open_key(data, PIN)


def test_short_pins_are_refused() -> None:
    with pytest.raises(Refused, match="至少 6 位"):
        make_key("li", "12345", 2)


def test_the_private_half_is_nowhere_in_the_file(key: Signer) -> None:
    data = make_key("li", PIN, 2)
    raw = open_key(data, PIN)._private.private_bytes_raw()
    assert raw not in data
    assert raw.hex().encode() not in data


@given(st.binary(max_size=200), st.integers(0, 63), st.integers(1, 255))
def test_one_flipped_bit_of_a_signature_or_text_shows(data: bytes, place: int, bits: int) -> None:
    import base64

    signer = open_key(KEY, PIN)
    good = base64.b64decode(signer.sign(data))
    assert signed(signer.public, base64.b64encode(good).decode(), data)
    bad = bytes(b ^ bits if n == place else b for n, b in enumerate(good))
    assert not signed(signer.public, base64.b64encode(bad).decode(), data)
    assert not signed(signer.public, base64.b64encode(good).decode(), data + b"x")


KEY = make_key("li", PIN, 2)


# --- who may ---------------------------------------------------------------------------------------


def staff(key: Signer, **more: Any) -> Staff:
    own = Key(key.public, "2026-10-01")
    person = Person("li", "李", "mlk", "科员", ("first",), ("mlk",), False, {key.fingerprint: own})
    return Staff({"li": replace(person, **more)})


def judged(one: Record, people: Staff, key: Signer, now: str = "2026-11-02T00:00:00+08:00") -> str:
    one = replace(one, key=key.fingerprint)
    return fault(replace(one, signature=key.sign(one.payload())), people, now, signed)


def test_the_right_person_with_a_good_key_counts(key: Signer) -> None:
    assert judged(record(), staff(key), key) == ""


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (record("final"), "不能做这一审"),
        (record(division="gyc"), "不能做这一审"),
        (record(person="zhao"), "没有登记"),
        (record(time="2026-11-03T09:00:00+08:00"), "此刻之后"),
        (record(time="2026-09-30T09:00:00+08:00"), "不在有效期"),
        (record(paper={"clerk": "li", "scan": "x"}), "不是文书"),
    ],
)
def test_what_does_not_count(key: Signer, one: Record, why: str) -> None:
    assert why in judged(one, staff(key), key)


def test_a_changed_record_does_not_count(key: Signer) -> None:
    one = replace(record(), key=key.fingerprint)
    good = replace(one, signature=key.sign(one.payload()))
    later = "2026-11-02T00:00:00+08:00"
    assert fault(good, staff(key), later, signed) == ""
    for change in ({"note": "x"}, {"files": {"faq/mlk/a.md": "2" * 64}}, {"after": "x"}):
        assert "被改过" in fault(replace(good, **change), staff(key), later, signed)


# --- the course of an item --------------------------------------------------------------------------


def test_all_steps_release_for_each_edition_what_it_asks() -> None:
    found = course(*WHOLE[:2])
    assert found.release("internet") is None
    assert found.release("intranet") is None
    inside = course(WHOLE[0], record("final", "d"))
    assert inside.release("intranet") is not None
    assert inside.release("internet") is None
    whole = course(*WHOLE).release("internet")
    assert whole is not None
    assert whole.published == whole.approved == "2026-11-01T09:03:00+08:00"


def test_levels_count_in_their_order() -> None:
    assert complete(["first", "secrecy", "second", "final"], STEPS)
    assert not complete(["second", "first", "secrecy", "final"], STEPS)
    assert not complete(["first", "final", "secrecy", "second"], STEPS)
    assert not complete(["first", "second", "final"], STEPS)
    assert not complete([], ())


def test_one_person_holds_one_step() -> None:
    found = course(*WHOLE[:3], record("final", "a"))
    assert found.release("internet") is None
    assert found.log[-1].why == "同一个人不能做两审"


def test_a_newer_version_takes_over_and_keeps_the_first_day() -> None:
    new = [replace(r, files={"faq/mlk/a.md": "2" * 64}, change="改了标准") for r in WHOLE]
    found = course(*WHOLE, *new).release("internet")
    assert found is not None
    assert found.files == {"faq/mlk/a.md": "2" * 64}
    assert found.published == "2026-11-01T09:03:00+08:00"
    assert [change for _, change in found.changes] == ["", "改了标准"]
    alone = [replace(r, change="私货" if r.step == "secrecy" else "改了标准") for r in new]
    kept = course(*WHOLE, *alone).release("internet")
    assert kept is not None
    assert [change for _, change in kept.changes] == ["", ""]
    half = course(*WHOLE, *new[:3]).release("internet")
    assert half is not None
    assert half.files == {"faq/mlk/a.md": "1" * 64}


def test_an_old_version_needs_all_of_them_again() -> None:
    new = [replace(r, files={"faq/mlk/a.md": "2" * 64}) for r in WHOLE]
    back = course(*WHOLE, *new, WHOLE[3]).release("internet")
    assert back is not None
    assert back.files == {"faq/mlk/a.md": "2" * 64}
    again = course(*WHOLE, *new, *WHOLE).release("internet")
    assert again is not None
    assert again.files == {"faq/mlk/a.md": "1" * 64}


def test_rejected_means_all_steps_again() -> None:
    no = record("second", "b", decision="reject")
    found = course(*WHOLE[:2], no, *WHOLE[1:])
    assert found.release("internet") is None
    assert course(*WHOLE[:2], no, *WHOLE).release("internet") is not None


def test_rejecting_what_is_out_brings_the_one_before_back() -> None:
    new = [replace(r, files={"faq/mlk/a.md": "2" * 64}) for r in WHOLE]
    no = replace(new[0], decision="reject")
    found = course(*WHOLE, *new, no).release("internet")
    assert found is not None
    assert found.files == {"faq/mlk/a.md": "1" * 64}


def test_withdrawn_is_out_until_approved_anew() -> None:
    gone = record("", "d", decision="withdraw")
    assert course(*WHOLE, gone).release("internet") is None
    assert course(*WHOLE, gone, WHOLE[3]).release("internet") is None
    again = course(*WHOLE, gone, *WHOLE).release("internet")
    assert again is not None
    assert again.published == "2026-11-01T09:08:00+08:00"


def test_a_line_taken_out_voids_what_follows() -> None:
    found = course(*WHOLE)
    kept = [j.record for j in found.log]
    del kept[1]
    cut = history(ItemLog("faq:mlk/a", tuple(kept)), lambda r: "", ALL)
    assert cut.log[1].why == "前面的记录不见了"


def test_time_does_not_run_backwards() -> None:
    one = record("first", "a", time="2026-11-01T09:10:00+08:00")
    two = record("final", "d", time="2026-11-01T09:05:00+08:00", after=one.digest)
    found = history(ItemLog("faq:mlk/a", (one, two)), lambda r: "", ALL)
    assert found.log[1].why == "时间早于前一条记录"
    assert found.release("intranet") is None
