"""What comes back and what goes out with receipts and letters: in the right shape, and no more than is meant."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from builder.problems import Refused
from publish.airgap import parcel, record
from publish.airgap.form import Manifest, Rejected, decode, encode
from publish.airgap.trust import judge
from publish.ledger import FIRST, Ledger, Receipt, canonical, chained
from publish.wechat.watch import EVENTS
from tests.airgap_world import NOW, SITE, Side, contents, draft, release, sides, signer, trusting

GOOD = {
    "act": "taken",
    "kind": "release",
    "direction": "out",
    "stream": "internet",
    "sender": "inside",
    "sequence": 1,
    "made": "2026-11-21T02:00:00+00:00",
    "digest": "d" * 64,
    "base": "",
    "package": "e" * 64,
    "signer": "f" * 16,
}
AT = "2026-11-21T10:00:00+08:00"


@pytest.fixture
def two(tmp_path: Path) -> tuple[Side, Side]:
    return sides(tmp_path)


def export(*receipts: Receipt) -> bytes:
    rows = [r.plain() for r in chained(receipts)]
    return canonical({"format": 1, "after": FIRST, "receipts": rows})


def receipt(channel: Any = "airgap", at: Any = AT, **words: Any) -> Receipt:
    return Receipt(0, at, channel, {**GOOD, **words}, "", "")


def test_receipts_as_a_ledger_writes_them_are_read() -> None:
    other = Receipt(0, AT, "site", {"what": ["else"], "act": "taken"}, "", "")
    newer = Receipt(0, AT, "airgap", {"act": "handed on"}, "", "")
    found = record.read_receipts(export(receipt(), other, newer, receipt(act="packed")))
    assert [r.seq for r in found] == [1, 2, 3, 4]


ODD: dict[str, dict[str, Any]] = {
    "a digest that is a path": {"digest": "../../../x"},
    "a digest that is a number": {"digest": 7},
    "a package that is none": {"package": "p"},
    "a number that is a word": {"sequence": "neu"},
    "a number that is true": {"sequence": True},
    "a number that is too low": {"sequence": 0},
    "a kind that is none": {"kind": "else"},
    "a kind that is a list": {"kind": []},
    "a stream that moves the cursor": {"stream": "\x1b[2J"},
    "a sender that is nobody": {"sender": None},
    "a way that is none": {"direction": "up"},
    "an act of two": {"act": ["taken"], "channel": ["airgap"]},
    "a time that is none": {"at": "gestern"},
    "a time without a zone": {"at": "2026-11-21T10:00:00"},
    "a time before all": {"at": "0001-01-01T00:00:00+08:00"},
    "a time in numbers": {"at": 20261121},
}


@pytest.mark.parametrize("words", ODD.values(), ids=list(ODD))
def test_receipts_of_another_shape_are_refused(words: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="回执读不懂"):
        record.read_receipts(export(receipt(), receipt(**words)))


@pytest.mark.parametrize("row", [None, 1, [], {}, {"seq": 1}, {**receipt().plain(), "body": []}])
def test_rows_that_are_no_receipts_are_refused(row: Any) -> None:
    with pytest.raises(Refused, match="回执读不懂"):
        record.read_receipts(canonical({"format": 1, "receipts": [row]}))


def test_a_receipt_that_lacks_what_it_is_about_does_not_come_in(two: tuple[Side, Side]) -> None:
    """A good chain, signed by the other side's own key: what was had before is kept and still works."""
    inside, outside = two
    with Ledger.open(outside.state, lambda: outside.now) as ledger:
        ledger.receipt("airgap", GOOD)
    first = outside.push("r1.wkpkg", "--receipts")
    inside.run("pull", "receipts", "--from", str(first))
    kept = (inside.state / "receipts" / "outside.json").read_bytes()
    with Ledger.open(outside.state, lambda: outside.now) as ledger:
        ledger.receipt("airgap", {"act": "taken"})
    second = outside.push("r2.wkpkg", "--receipts")
    assert "回执读不懂" in inside.run("pull", "receipts", "--from", str(second), code=1)
    assert (inside.state / "receipts" / "outside.json").read_bytes() == kept
    root = release(inside.root / "rel", SITE)
    assert "做全量包" in inside.run("plan", "--bundle", str(root))
    assert "outside 的回执：1 条" in inside.run("status")


def test_what_followers_did_is_no_letter(two: tuple[Side, Side]) -> None:
    inside, outside = two
    box = outside.state / EVENTS.parent
    box.mkdir()
    assert EVENTS.name.startswith(parcel.EVENTS)
    for name in (EVENTS.name, f"{EVENTS.name}.1"):
        (box / name).write_text('{"account":"tjj","xml":"<FromUserName>openid"}\n', "utf-8")
    assert "没有对方还没收到的来件" in outside.run("plan", "--inbox", code=1)
    (box / "asked.json").write_text("{}", "utf-8")
    assert f"不带 '{EVENTS.name}'" in outside.run("plan", "--inbox")
    package = outside.push("i.wkpkg", "--inbox")
    inside.run("pull", "inbox", "--from", str(package))
    assert contents(inside.state / "inbox" / "outside-000001") == {"asked.json": b"{}"}


def test_outwards_go_receipts_of_packages_alone(two: tuple[Side, Side]) -> None:
    inside, outside = two
    secret = {"target": "nei-mishu", "release": "20261120T090000-4527d648e836"}
    known = json.dumps(secret)
    for number in (1, 2):
        with Ledger.open(inside.state, lambda: inside.now) as ledger:
            ledger.receipt("site", secret)
        box = outside.state / "inbox"
        box.mkdir(exist_ok=True)
        (box / f"{number}.json").write_text("{}", "utf-8")
        letter = outside.push(f"i{number}.wkpkg", "--inbox")
        inside.run("pull", "inbox", "--from", str(letter))
        word = inside.push(f"w{number}.wkpkg", "--receipts", "--direction", "out")
        outside.run("pull", "receipts", "--from", str(word))
        assert "没有对方还没收到的来件" in outside.run("plan", "--inbox", code=1)
        said = (outside.state / "receipts" / "inside.json").read_text("utf-8")
        assert all(value not in said for value in (*secret.values(), known, "site"))
    assert "只带跨网的回执" in inside.run("plan", "--receipts", "--direction", "out")
    back = outside.push("r.wkpkg", "--receipts")
    assert "新的" in inside.run("pull", "receipts", "--from", str(back))


def test_the_last_hours_that_there_are_are_judged_in_words(tmp_path: Path) -> None:
    """They are of a year that Beijing's clock has no number for."""
    made = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    late: Manifest = draft(
        SITE, made=made, expires=made.replace(second=59), signer=signer().fingerprint
    )
    assert late.made == made
    trusted = next(iter(trusting(tmp_path).keys.values()))
    with pytest.raises(Rejected) as why:
        judge(trusted, late, NOW)
    assert why.value.why == "key-expired"
    with pytest.raises(Rejected) as why:
        decode(encode(late))
    assert why.value.why == "parts"
