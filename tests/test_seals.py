"""Sealed snapshots: nobody reads them early, nobody else ever, and not a byte of them can be changed."""

from __future__ import annotations

import base64
import json
import os
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import keys
from builder.config import config_of
from builder.indicators import seals
from builder.indicators.library import File, admitted
from builder.indicators.spelling import write
from builder.model import BEIJING
from builder.problems import BuildFailed, Refused
from tests.numbers_world import block, head

PIN, CHEAP = "kaifeng2026", 2
KEY_FILE = seals.make_key(PIN, cost=CHEAP)
KEY = seals.open_key(KEY_FILE, PIN)
OTHER = seals.open_key(seals.make_key(PIN, cost=CHEAP), PIN)
TEXT = write(head(), [block([[5.1, 6.25]], ["2026-08", "2026-09"])])
RELEASE = datetime(2026, 10, 18, 10, tzinfo=BEIJING)
SEALED = seals.seal(TEXT, KEY.public, least=256)
SECOND = timedelta(seconds=1)


def refused(text: str, key: seals.ReleaseKey = KEY, now: datetime = RELEASE) -> str:
    with pytest.raises(Refused) as caught:
        seals.opened(text, key, now)
    return str(caught.value)


def test_what_was_sealed_is_opened_at_its_second_and_not_before() -> None:
    assert seals.opened(SEALED, KEY, RELEASE) == TEXT
    assert "不到时间" in refused(SEALED, now=RELEASE - SECOND)
    assert seals.unsealed(SEALED, KEY) == TEXT


@given(st.integers(-86_400, 86_400), st.integers(-12 * 60, 14 * 60))
def test_the_hour_is_the_same_in_every_time_zone(seconds: int, zone: int) -> None:
    from datetime import timezone

    now = (RELEASE + timedelta(seconds=seconds)).astimezone(timezone(timedelta(minutes=zone)))
    if seconds < 0:
        assert "不到时间" in refused(SEALED, now=now)
    else:
        assert seals.opened(SEALED, KEY, now) == TEXT


def test_another_key_opens_nothing() -> None:
    assert OTHER.id in refused(SEALED, OTHER)
    mine = json.loads(SEALED)
    claimed = json.dumps({**mine, "to": OTHER.id}, ensure_ascii=False, indent=1) + "\n"
    assert "打不开" in refused(claimed, OTHER)


def flips() -> list[int]:
    return [*range(1, 256)] if os.environ.get("WEIKE_FULL") else [1, 7, 32, 128]


@pytest.mark.parametrize("mask", flips())
def test_not_a_byte_of_a_sealed_file_can_be_changed(mask: int) -> None:
    data = SEALED.encode()
    for at in range(len(data)):
        spoilt = data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]
        refused(spoilt.decode("utf-8", "replace"))


@pytest.mark.parametrize("size", [0, 1, 100, -1])
def test_a_cut_or_longer_file_is_refused(size: int) -> None:
    refused(SEALED[:size] if size >= 0 else SEALED + " ")


@pytest.mark.parametrize("name", ["id", "title", "audience", "division", "release"])
def test_the_header_is_bound_to_what_is_inside(name: str) -> None:
    """Also for one who holds the public key, and can seal again whatever he likes."""
    other = {"release": "2026-10-17T10:00:00+08:00"}.get(name, "other")
    told = {**json.loads(SEALED), name: other}
    assert "打不开" in refused(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    lied = seals.seal(write(head(**{name: other}), [block([[1.0]], ["2026-09"])]), KEY.public)
    inner = {**json.loads(lied), name: json.loads(SEALED)[name]}
    assert "打不开" in refused(json.dumps(inner, ensure_ascii=False, indent=1) + "\n")


def test_a_header_that_differs_from_the_inside_is_refused() -> None:
    """A forger with the public key makes envelope and header; they must still agree."""
    bound = {k: json.loads(SEALED)[k] for k in seals.BOUND}
    inside = write(head(title="另一个"), [block([[1.0]], ["2026-09"])])
    forged = _forged(bound, seals._filled(inside.encode(), 256))
    assert "里外对不上：title" in refused(forged)


@pytest.mark.parametrize(
    "inside",
    [
        b"",
        b"{}",
        TEXT.replace("5.1", "5.2").encode(),
        b"\0" * (80 << 20),
        b"\xff\xfe",
    ],
    ids=["nothing", "no snapshot", "spoilt", "a bomb", "no text"],
)
def test_what_is_inside_is_judged_like_any_file(inside: bytes) -> None:
    bound = {k: json.loads(SEALED)[k] for k in seals.BOUND}
    assert "里面不是一个对的快照" in refused(_forged(bound, seals._filled(inside, 256)))
    assert "里面不是一个对的快照" in refused(_forged(bound, b"\0" * 7 + b"\xff" + b"junk"))


def _forged(bound: dict[str, str], plain: bytes) -> str:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    own = X25519PrivateKey.generate()
    public = own.public_key().public_bytes_raw()
    box = seals._box(own.private_bytes_raw(), seals._raw(KEY.public), public)
    hidden = public + box.encrypt(bytes(12), plain, seals._bound(bound))
    return seals._spelled({**bound, "envelope": base64.b64encode(hidden).decode()})


def test_two_seals_of_one_text_have_nothing_in_common_but_the_header() -> None:
    again = seals.seal(TEXT, KEY.public, least=256)
    one, two = (json.loads(t)["envelope"] for t in (SEALED, again))
    assert one[:40] != two[:40]
    assert sum(a == b for a, b in zip(one, two, strict=True)) < len(one) / 16


@given(st.integers(1, 400), st.integers(0, 10**9))
def test_the_size_tells_next_to_nothing(count: int, seed: int) -> None:
    months = [f"{2000 + n // 12}-{n % 12 + 1:02d}" for n in range(min(count, 300))]
    values = [[((seed * (n + 7)) % 9973) / 10 + 0.01 for n in range(len(months))]]
    sealed = seals.seal(write(head(), [block(values, months)]), KEY.public)
    assert len(base64.b64decode(json.loads(sealed)["envelope"])) == 32 + 16 + (1 << 16)


def test_no_number_can_be_read_in_what_is_sealed() -> None:
    marked = write(head(), [block([[31415.9265, 5.1]], ["2026-08", "2026-09"])])
    sealed = seals.seal(marked, KEY.public)
    raw = base64.b64decode(json.loads(sealed)["envelope"])
    assert "31415" not in sealed
    assert b"31415" not in raw
    assert b"2026-09" not in raw


@pytest.mark.parametrize(
    ("title", "name", "good"),
    [
        ("9 月居民消费价格", "cpi-2026-09", True),
        ("2026年1—9月主要指标", "zhuyao-2026-q3", True),
        ("9 月价格上涨 5.1%", "cpi-2026-09", False),
        ("9 月价格", "cpi-up-5-1", False),
        ("9 月价格下降6.25%", "cpi-2026-09", False),
    ],
)
def test_title_and_id_tell_no_number(title: str, name: str, good: bool) -> None:
    text = write(head(name, title=title), [block([[5.1, -6.25, 9]], ["2026-07", "2026-08", "2026-09"])])  # fmt: skip
    if good:
        assert seals.sealed_head(seals.seal(text, KEY.public))["title"] == title
    else:
        with pytest.raises(Refused, match="人人看得到"):
            seals.seal(text, KEY.public)


def test_a_wrong_snapshot_is_not_sealed() -> None:
    with pytest.raises(BuildFailed):
        seals.seal(TEXT.replace("5.1", "5.3"), KEY.public)
    with pytest.raises(Refused, match="x25519"):
        seals.seal(TEXT, "ed25519:abc")


# --- the key file -----------------------------------------------------------------------------------


def test_the_key_needs_its_pin_and_is_no_signing_key() -> None:
    assert PIN.encode() not in KEY_FILE
    assert KEY.private not in KEY_FILE
    assert KEY.private.hex() not in repr(KEY)
    with pytest.raises(Refused, match="口令不对"):
        seals.open_key(KEY_FILE, "wrong-pin")
    with pytest.raises(Refused, match="不能用来签名"):
        keys.open_key(KEY_FILE, PIN)
    with pytest.raises(Refused, match="签名用的密钥"):
        seals.open_key(keys.make_key("li", PIN, CHEAP), PIN)
    with pytest.raises(Refused, match="太短"):
        seals.make_key("12345", cost=CHEAP)


def test_the_machine_names_its_key_in_the_environment(tmp_path: Path) -> None:
    file, pin = tmp_path / "release.key", tmp_path / "pin"
    file.write_bytes(KEY_FILE)
    pin.write_text(f"{PIN}\n", "utf-8")
    assert seals.key_of({}) is None
    assert seals.key_of({seals.KEY_FILE: str(file), "WEIKE_PIN": PIN}) == KEY
    assert seals.key_of({seals.KEY_FILE: str(file), seals.PIN_FILE: str(pin)}) == KEY
    for environ, said in (
        ({seals.KEY_FILE: str(file)}, "没有口令"),
        ({seals.KEY_FILE: str(file), "WEIKE_PIN": "no such pin"}, "口令不对"),
        ({seals.KEY_FILE: str(tmp_path / "none"), "WEIKE_PIN": PIN}, "读不出来"),
        ({seals.KEY_FILE: str(file), seals.PIN_FILE: str(tmp_path / "none")}, "读不出来"),
    ):
        with pytest.raises(Refused, match=said):
            seals.key_of(environ)


# --- which snapshots exist at a moment ----------------------------------------------------------------

CLEAR = File("content/indicators/snapshots/cpi-2026-09.json", TEXT)
HIDDEN = File("content/indicators/snapshots/cpi-2026-09.sealed.json", SEALED)


@pytest.mark.parametrize(
    ("file", "now", "clock", "key", "there", "codes"),
    [
        (CLEAR, 0, 0, None, True, []),
        (CLEAR, -1, 0, None, False, []),
        (CLEAR, -1, -1, None, False, ["SNP001"]),
        (CLEAR, 0, -1, None, True, ["SNP001"]),
        (HIDDEN, -1, -1, KEY, False, []),
        (HIDDEN, -1, 0, None, False, []),
        (HIDDEN, 0, 0, KEY, True, []),
        (HIDDEN, 0, -1, KEY, True, []),
        (HIDDEN, 0, 0, None, False, ["SNP008"]),
        (HIDDEN, 0, 0, OTHER, False, ["SNP009"]),
        (File(HIDDEN.path, SEALED[:-9]), -1, -1, None, False, ["SNP009"]),
    ],
    ids=range(11),
)
def test_what_exists_when(
    file: File, now: int, clock: int, key: seals.ReleaseKey | None, there: bool, codes: list[str]
) -> None:
    times = RELEASE + now * SECOND, RELEASE + clock * SECOND
    snapshots, problems = admitted([file], *times, key)
    assert [s.vintage.id for s in snapshots] == ["cpi-2026-09"] * there
    assert [p.code for p in problems] == codes
    told = " ".join(f"{p.message}{p.action}" for p in problems)
    assert not re.search(r"5\.1|6\.25", told)


def test_a_number_that_was_released_is_not_added_again() -> None:
    later = write(head("cpi-2026-10", release="2026-11-18T10:00:00+08:00"), [block([[7, 8.0]], ["2026-09", "2026-10"])])  # fmt: skip
    files = [File("content/indicators/snapshots/cpi-2026-10.json", later), CLEAR]
    late = RELEASE + timedelta(days=90)
    snapshots, (problem,) = admitted(files, late, late)
    assert problem.code == "SNP005"
    assert "cpi-2026-09" in problem.message
    row = later.split("\n")[problem.where.line - 1]
    assert row[problem.where.column - 1 :].startswith("7")
    assert len(snapshots) == 2


def test_the_trial_key_is_good_for_the_trial_bureau_alone(root: Path) -> None:
    text = (root / "site_config.yml").read_text("utf-8")
    key = seals.open_key((root / "docs/trial-keys/release.key").read_bytes(), "shifan2026")
    assert config_of(text.encode()).indicators.release_key == key.public
    with pytest.raises(BuildFailed) as failed:
        config_of(text.replace("owner: 示范省统计局", "owner: 真省统计局").encode())
    assert [p.code for p in failed.value.problems] == ["CFG001"]
    with pytest.raises(BuildFailed) as failed:
        config_of(text.replace(key.public, key.public[:-2] + "N=").encode())
    assert [p.where.line for p in failed.value.problems] == [text[: text.index(key.public)].count("\n") + 1]  # fmt: skip
