"""Packages that were damaged or meddled with: each one is refused, and the running site stays as it was."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.problems import Refused
from publish.airgap.form import Rejected
from publish.airgap.names import clash, fault
from publish.airgap.read import opened
from publish.airgap.trust import Trust, load_trust
from tests import airgap_vectors as vectors
from tests.airgap_reader import Bad, paths, verdict
from tests.airgap_world import (
    NOW,
    SITE,
    contents,
    entry,
    package,
    release,
    sides,
    signer,
    trusting,
)

FULL = bool(os.environ.get("WEIKE_FULL"))
FLIPS = 1000 if FULL else 60
FILM = {"site/film.mp4": bytes(random.Random(1).randbytes(4000))}


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    return trusting(tmp_path / "keys")


def taken(path: Path, trust: Trust) -> bool:
    """Whether a package is taken; the reader may refuse it, and do nothing else."""
    try:
        with opened(path, trust, NOW) as found:
            found.check()
    except Rejected:
        return False
    return True


def test_every_single_byte_counts(tmp_path: Path) -> None:
    """The bar: all of 1,000 corruptions are refused by `apply`, and the site is as it was."""
    inside, outside = sides(tmp_path)
    to = outside.root / "www"
    first = inside.push("1.wkpkg", "--bundle", str(release(inside.root / "first")))
    outside.run("apply", str(first), "--to", str(to))
    files = {**SITE, **FILM, "site/long.html": b"<p>all the same</p>\n" * 400}
    whole = inside.push("2.wkpkg", "--bundle", str(release(inside.root / "second", files)))
    data, before, rng = whole.read_bytes(), contents(to), random.Random(2026)
    regions = {"head": range(112), "rest": range(112, len(data))}
    seen = dict.fromkeys(regions, 0)
    bad = tmp_path / "bad.wkpkg"
    for number in range(FLIPS):
        name = "head" if number % 5 == 0 else "rest"
        place = rng.choice(regions[name])
        bad.write_bytes(vectors.flipped(data, place, rng.randrange(1, 256)))
        said = outside.run("apply", str(bad), "--to", str(to), code=1)
        assert "现在的站和文件都没有动" in said, (place, said)
        assert "BUG001" not in said, (place, said)
        seen[name] += 1
        if number % 10 == 0:
            assert contents(to) == before, place
    assert contents(to) == before
    assert sum(seen.values()) == FLIPS
    assert not [p for p in outside.root.iterdir() if p.name.startswith(".www")]
    outside.run("apply", str(whole), "--to", str(to))  # the one that is whole is taken


def test_cut_anywhere_or_added_to_it_is_refused(tmp_path: Path, trust: Trust) -> None:
    whole = tmp_path / "a.wkpkg"
    package(whole, {"a.txt": b"one\n" * 90, "b.bin": FILM["site/film.mp4"][:300]})
    data, bad = whole.read_bytes(), tmp_path / "bad.wkpkg"
    assert taken(whole, trust)
    step = 1 if FULL else 7
    for length in range(0, len(data), step):
        bad.write_bytes(data[:length])
        assert not taken(bad, trust), length
    for more in (b"\0", b"\n", data[-1:], data):
        bad.write_bytes(data + more)
        assert not taken(bad, trust), more
        bad.write_bytes(more + data)
        assert not taken(bad, trust), more


def test_pieces_of_two_good_packages_make_no_third(tmp_path: Path, trust: Trust) -> None:
    one, two = tmp_path / "1.wkpkg", tmp_path / "2.wkpkg"
    package(one, {"a.txt": b"one\n", "b.txt": b"two\n"})
    package(two, {"a.txt": b"two\n", "b.txt": b"one\n"}, sequence=2)
    a, b, bad = one.read_bytes(), two.read_bytes(), tmp_path / "bad.wkpkg"
    assert len(a) == len(b)
    for cut in (10, 16, 48, 112, len(a) - 8, len(a) - 4):
        bad.write_bytes(a[:cut] + b[cut:])
        same = bad.read_bytes() in (a, b)
        assert taken(bad, trust) == same, cut
    bad.write_bytes(a[:112] + a[112:-8] + a[-4:] + a[-8:-4])
    assert not taken(bad, trust)


@settings(max_examples=2000 if FULL else 150)
@given(head=st.binary(max_size=200), keep=st.integers(0, 112))
def test_any_head_is_judged_without_a_fault(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, keep: int
) -> None:
    folder = tmp_path_factory.getbasetemp() / "heads"
    trust = trusting(folder)
    data = vectors.simple()
    other = data[:keep] + head + data[keep + len(head) :]
    path = folder / "a.wkpkg"
    path.write_bytes(other)
    assert taken(path, trust) == (other == data)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=3000 if FULL else 200)
@given(data=st.data())
def test_any_value_anywhere_in_a_manifest_is_judged_alike_by_both_readers(
    tmp_path_factory: pytest.TempPathFactory, data: Any
) -> None:
    plain = vectors.manifest({"a.txt": b"one\n", "b/c.txt": b"two\n"})
    key = data.draw(st.sampled_from([*sorted(plain), "files.row", "parts.row"]))
    value = data.draw(PLAIN)
    if "." in key:
        rows = plain[key.partition(".")[0]]
        row = rows[data.draw(st.integers(0, 1))]
        row[data.draw(st.integers(0, len(row) - 1))] = value
    else:
        plain[key] = value
    if data.draw(st.booleans()):
        plain["digest"] = vectors.sha(vectors.canonical(plain["files"]))
    try:
        body = vectors.canonical(plain)
    except UnicodeEncodeError:
        return
    whole = vectors.head(body) + body + b"one\ntwo\n"
    second = verdict(whole, vectors.trusted(), vectors.MOMENT)
    folder = tmp_path_factory.getbasetemp() / "manifests"
    path = folder / "a.wkpkg"
    trust = trusting(folder, vectors.trusted())
    path.write_bytes(whole)
    assert taken(path, trust) == (second == ""), (second, body)


NAMES = st.text(st.sampled_from("aAbß .:\\/\u0301e\u00e9con1\u00b9微\u202e\x00~"), max_size=12)


@settings(max_examples=5000 if FULL else 400)
@given(found=st.lists(NAMES, min_size=1, max_size=4, unique=True))
def test_any_paths_are_judged_alike_by_both_readers(found: list[str]) -> None:
    found.sort(key=str.encode)
    ours = not any(fault(p) for p in found) and not clash(found)
    try:
        paths(found)
        theirs = True
    except Bad:
        theirs = False
    assert ours == theirs, found


# --- whose word counts --------------------------------------------------------------------------------------


def refused(tmp_path: Path, text: str, **words: Any) -> str:
    """Why a good package is refused by who has this key file."""
    path = tmp_path / "a.wkpkg"
    if not path.exists():
        package(path, {"a.txt": b"one\n"}, **words)
    try:
        with opened(path, trusting(tmp_path / "keys", text), NOW) as found:
            found.check()
    except Rejected as fault:
        return fault.why
    return ""


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({}, ""),
        ({"revoked": "2026-11-20"}, "revoked-key"),
        ({"revoked": "2030-01-01"}, "revoked-key"),
        ({"since": "2026-11-22"}, "key-not-yet"),
        ({"since": "2026-11-21", "until": "2026-11-21"}, ""),
        ({"until": "2026-11-20"}, "key-expired"),
        ({"sender": "outside"}, "wrong-key"),
        ({"streams": "[robot, inbox]"}, "wrong-stream"),
        ({"directions": "[in]"}, "wrong-direction"),
        ({"directions": "[in, out]"}, ""),
        ({"key": signer(2).public}, "unknown-key"),
    ],
)
def test_only_a_key_that_may_sign_this_counts(
    tmp_path: Path, words: Mapping[str, str], why: str
) -> None:
    public = {"key": signer().public, **words}
    assert refused(tmp_path, entry(public.pop("key"), **public)) == why


def test_a_package_backdated_before_its_key_ended_is_refused(tmp_path: Path) -> None:
    old = NOW - timedelta(days=20)
    text = entry(signer().public, until="2026-11-15")
    assert refused(tmp_path, text, made=old, expires=NOW + timedelta(days=20)) == "key-expired"


BROKEN = {
    "- key: x\n": "少写了",
    "key: x\n": "看不懂",
    "\tkey: x\n": "看不懂",
    "- who: *a\n": "特殊符号",
    "- who: a: b\n": "特殊符号",
    "- nobody: x\n": "不认识",
    "- who: a\n  who: b\n": "写了两遍",
    "- who: [a]\n": "特殊符号",
    entry("ed25519:AAAA"): "keygen",
    entry("rsa:AAAA"): "keygen",
    entry(signer().public, since="2026-13-01"): "日期",
    entry(signer().public, since="2026-1-1"): "日期",
    entry(signer().public, until="2025-01-01"): "还晚",
    entry(signer().public, streams="internet"): "[internet",
    entry(signer().public, directions="[up]"): "directions",
    entry(signer().public, sender="内网"): "sender",
    entry(signer().public) * 2: "同一个密钥",
}


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_a_key_file_that_is_wrong_says_on_which_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refused, match=r"trusted-keys\.yml:\d") as told:
        trusting(tmp_path, text)
    assert BROKEN[text] in str(told.value)


def test_a_key_file_that_others_may_write_is_not_read(tmp_path: Path) -> None:
    trusting(tmp_path)
    path = tmp_path / "trusted-keys.yml"
    path.chmod(0o666)
    if sys.platform != "win32":
        with pytest.raises(Refused, match="别人也能改"):
            load_trust(path)
    path.chmod(0o644)
    path.write_bytes(
        b"\xef\xbb\xbf# \xe6\xb3\xa8\r\n" + entry(signer().public).replace("\n", "\r\n").encode()
    )
    assert [k.name for k in load_trust(path).keys.values()] == [signer().fingerprint]
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(Refused, match="UTF-8"):
        load_trust(path)


def test_no_package_is_made_that_nobody_would_take(tmp_path: Path) -> None:
    for files in ({"nul.txt": b""}, {"a": b"", "A": b""}, {"a:b": b""}):
        out = tmp_path / "a.wkpkg"
        with pytest.raises(Refused, match="做不成包"):
            package(out, files)
        assert not out.exists()
