"""The published packages: our reader and one written from the description alone agree with what is published."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from publish.airgap.form import Rejected
from publish.airgap.read import opened
from publish.airgap.trust import Trust, load_trust
from tests import airgap_vectors as vectors
from tests.airgap_reader import verdict

EXPECTED: dict[str, str] = json.loads((vectors.FOLDER / "expected.json").read_bytes())["packages"]
README = vectors.FOLDER.parent / "README.md"


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    path = tmp_path_factory.mktemp("keys") / "trusted-keys.yml"
    path.write_bytes((vectors.FOLDER / "trusted-keys.yml").read_bytes())
    path.chmod(0o644)
    return load_trust(path)


def ours(path: Path, trust: Trust) -> str:
    try:
        with opened(path, trust, vectors.MOMENT) as package:
            package.check()
    except Rejected as fault:
        return fault.why
    return ""


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_published_package(name: str, trust: Trust) -> None:
    path = vectors.FOLDER / name
    keys = (vectors.FOLDER / "trusted-keys.yml").read_text("utf-8")
    assert ours(path, trust) == EXPECTED[name]
    assert verdict(path.read_bytes(), keys, vectors.MOMENT) == EXPECTED[name]


def test_they_are_what_is_generated() -> None:
    lying = {p.name: p.read_bytes() for p in vectors.FOLDER.iterdir()}
    assert lying == vectors.files()


def test_every_reason_of_the_description_has_a_package() -> None:
    told = README.read_text("utf-8").partition("`why` 是拒绝的原因")[2]
    reasons = {why for why in EXPECTED.values() if why}
    assert {w for w in told.split("`") if w.isascii() and w.strip()} == reasons
    assert sum(why == "" for why in EXPECTED.values()) >= 7
    assert vectors.public(1) in README.read_text("utf-8")


def test_a_bit_that_deflate_does_not_mind_is_minded() -> None:
    """Else the package of that name would show nothing."""
    data = vectors.packages()["bad-deflate-other-bits.wkpkg"]
    good = vectors.packages()["good-deflate.wkpkg"]
    assert len(data) == len(good)
    tail = len(vectors.PACKED)
    assert data[-tail:] != good[-tail:]
    engine = zlib.decompressobj(-15)
    assert engine.decompress(data[-tail:]) == vectors.LONG
    assert engine.eof


def test_the_key_file_is_plain_yaml() -> None:
    keys = yaml.safe_load((vectors.FOLDER / "trusted-keys.yml").read_text("utf-8"))
    assert [k["key"] for k in keys] == [vectors.public(n) for n in range(1, 6)]


def spoilt(rng: random.Random, whole: bytes) -> Iterator[bytes]:
    for _ in range(400):
        place = rng.randrange(len(whole))
        yield vectors.flipped(whole, place, rng.randrange(1, 256))


def test_both_readers_say_the_same_of_manifests_that_are_signed_but_wrong(
    tmp_path: Path, trust: Trust
) -> None:
    """Spoilt before it was signed: what counts is what the manifest says, not the signature."""
    rng = random.Random(5)
    keys = (vectors.FOLDER / "trusted-keys.yml").read_text("utf-8")
    tree = {"index.html": b"<p>\n", "css/a.css": b"body{}\n", "b.txt": b""}
    plain = vectors.manifest(tree)
    body = vectors.canonical(plain)
    payload = b"".join(tree[r[0]] for r in plain["files"])
    path, seen = tmp_path / "a.wkpkg", set()
    for other in spoilt(rng, body):
        path.write_bytes(data := vectors.head(other) + other + payload)
        said, second = ours(path, trust), verdict(data, keys, vectors.MOMENT)
        assert (said == "") == (second == ""), (other, said, second)
        seen.add(said)
    assert len(seen) >= 4
