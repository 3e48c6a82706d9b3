"""Channel `site` on storage that speaks S3: lasting files first, pages last, each step one that may be cut off."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.s3_standin import BUCKET, KEY_ID, REGION, SECRET, Store, storage
from tests.site_bundles import START, Office, bundle_of, expected, lasting, release, site

COUNT = 120 if os.environ.get("WEIKE_FULL") else 4
PREFIX = "weike/"
Held = tuple[Office, Store]


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    with storage() as (url, store):
        yield office(tmp_path, url), store


def office(root: Path, url: str, **keys: object) -> Office:
    desk = Office(
        root,
        wai={
            "place": "s3",
            "bucket": BUCKET,
            "prefix": PREFIX,
            "endpoint": url,
            "region": REGION,
            "keep": 2,
            "grace": 0,
            "verify_url": f"{url}/public/{PREFIX}",
            **keys,
        },
    )
    desk.environ |= {"WEIKE_S3_WAI_KEY_ID": KEY_ID, "WEIKE_S3_WAI_SECRET": SECRET}
    return desk


def test_releases_come_and_go(held: Held, tmp_path: Path) -> None:
    desk, store = held
    assert desk.push(release(tmp_path, 1)) == 0, desk.told
    assert store.public(PREFIX) == site(1)
    assert desk.push(release(tmp_path, 2)) == 0, desk.told
    assert store.public(PREFIX) == expected([1, 2])
    assert "全部是这一版的" in desk.told
    assert desk.do("status", "--verify") == 0, desk.told
    assert desk.do("rollback", "wai") == 0, desk.told
    assert store.public(PREFIX) == expected([2, 1])
    assert desk.push(release(tmp_path, 2)) == 0, desk.told
    assert store.public(PREFIX) == expected([1, 2])
    assert not [k for k in store.things if not k.startswith(PREFIX)]


@pytest.mark.parametrize("path", ["index.html", "film", "shared"])
def test_pushing_again_mends_what_is_shown(held: Held, tmp_path: Path, path: str) -> None:
    """Also where the length is right: a page at its place, what it is copied from, a lasting file."""
    desk, store = held
    for version in (1, 2):
        made = release(tmp_path, version)
        assert desk.push(made) == 0, desk.told
    names = {
        "film": next(p for p in site(2) if p.endswith(".mp4")),
        "shared": next(p for p, d in site(2).items() if d == b"always the same"),
    }
    path = names.get(path, path)
    right = site(2)[path]
    for thing in [t for t in store.things.values() if t.data == right]:
        thing.data = right[:-1] + bytes([right[-1] ^ 1])
    assert desk.do("status", "--verify") == 1
    assert desk.do("push", "--bundle", made.root) == 0, desk.told
    assert f"线上这一版的文件坏了（{path}）" in desk.told
    assert store.public(PREFIX) == expected([1, 2])
    assert desk.do("status", "--verify") == 0, desk.told
    old = next(p for p in site(1) if p.endswith(".mp4"))
    store.things[PREFIX + old].data = b"nobody has that any more"
    assert desk.do("plan", "--bundle", made.root) == 0
    assert desk.do("push", "--bundle", made.root) == 1
    assert f"旧版留下的文件 {old} 已经损坏：加 --forget" in desk.told


def test_a_copy_of_a_record_that_was_cut_off(held: Held, tmp_path: Path) -> None:
    desk, store = held
    desk.push(release(tmp_path, 1))
    (copy,) = (p for p in (desk.state / "site/wai").glob("*.json") if p.name != "seen.json")
    whole = copy.read_bytes()
    for bad in (b"", whole[:100]):
        copy.write_bytes(bad)
        assert desk.do("status") == 0, desk.told
        assert copy.read_bytes() == whole
    assert desk.push(release(tmp_path, 2)) == 0, desk.told
    before = len(store.asked)
    desk.do("status")
    assert not [a for a in store.asked[before:] if "/records/" in a and a.startswith("GET")]


def test_a_record_whose_name_comes_again_is_read_again(tmp_path: Path) -> None:
    """Dropped and pushed once more, a release has its old name and another number."""
    with storage() as (url, _):
        desk = office(tmp_path, url, keep=1)
        one, two = (bundle_of(tmp_path / f"b{n}", site(n)) for n in (1, 2))
        for made, number in ((one, 1), (two, 2), (one, 3)):
            assert desk.push(made) == 0, desk.told
            assert desk.do("status") == 0, desk.told
            assert f"第 {number} 版" in desk.told


def test_a_word_that_can_not_be_read(held: Held, tmp_path: Path) -> None:
    desk, store = held
    desk.push(release(tmp_path, 1))
    for bad in (b"", b"[]", b"{}", b"[" * 100_000):
        store.things[f"{PREFIX}.weike/shown.json"].data = bad
        assert desk.do("status") == 1
        assert ".weike/shown.json 读不懂" in desk.told


def test_nothing_of_others_is_deleted(tmp_path: Path) -> None:
    with storage() as (url, store):
        desk = office(tmp_path, url, prefix='""')
        store.put("backup/db.dump", b"precious", {})
        assert desk.push(release(tmp_path, 1)) == 1
        assert "不是 weike 放的东西（backup/db.dump）" in desk.told
        assert list(store.things) == ["backup/db.dump"]
        del store.things["backup/db.dump"]
        desk.push(release(tmp_path, 1))
        store.put("backup/db.dump", b"precious", {})
        files = {p: d for p, d in site(2).items() if "ke2" not in p}
        made = bundle_of(tmp_path / "b", files, START + timedelta(hours=2))
        desk.push(made)
        assert store.things["backup/db.dump"].data == b"precious"
        assert not [k for k in store.things if "ke2" in k]
        assert not [k for k in store.things if "/coming/" in k]


def test_what_a_given_up_push_placed_goes(held: Held, tmp_path: Path) -> None:
    """Cut off before its record was written, and never taken up: its files do not stay for ever."""
    desk, store = held
    desk.push(release(tmp_path, 1))
    two = release(tmp_path, 2)
    desk.do("plan", "--bundle", two.root)
    films = [n for n in site(2) if n.endswith(".mp4")]

    def fail(number: int, what: str) -> str:
        return "denied" if what.startswith("PUT") and "/.weike/pages" in what else ""

    store.fail = fail
    assert desk.do("push", "--bundle", two.root) == 1
    store.fail = lambda number, what: ""
    assert store.public(PREFIX).keys() & set(films)
    assert desk.push(release(tmp_path, 3)) == 0, desk.told
    assert store.public(PREFIX) == expected([1, 3])


def test_kinds_and_caching(held: Held, tmp_path: Path) -> None:
    desk, store = held
    made = release(tmp_path, 1)
    desk.push(made)
    for path, line in made.files.items():
        if path.startswith("site/"):
            headers = store.things[PREFIX + path.removeprefix("site/")].headers
            assert headers["Content-Type"] == line.media_type
            wanted = "public, max-age=31536000, immutable" if lasting(path[5:]) else "no-cache"
            assert headers["Cache-Control"] == ("no-store" if "fragment" in path else wanted)


def test_pages_behind_a_cdn(tmp_path: Path) -> None:
    with storage() as (url, store):
        desk = office(tmp_path, url, page_seconds=60)
        assert desk.push(release(tmp_path, 1)) == 0, desk.told
        headers = store.things[f"{PREFIX}index.html"].headers
        assert headers["Cache-Control"] == "public, max-age=60, must-revalidate"


def test_a_page_is_never_without_its_files(held: Held, tmp_path: Path) -> None:
    """After every single change a reader finds each page with all of its own files."""
    desk, store = held
    desk.push(release(tmp_path, 1))
    seen: list[int] = []

    def look(key: str) -> None:
        there = store.public(PREFIX)
        for path in (p for p in there if p.endswith(".html")):
            version = next((v for v in (1, 2) if site(v).get(path) == there[path]), 0)
            assert version, path
            seen.append(version)
            named = {p for p in site(version) if lasting(p)}
            own = {p for p in named if p.rpartition("/")[2].encode() in there[path]}
            assert all(there.get(p) == site(version)[p] for p in own), f"{path} after {key}"

    store.changed = look
    assert desk.push(release(tmp_path, 2)) == 0, desk.told
    assert desk.do("rollback", "wai") == 0, desk.told
    assert set(seen) == {1, 2}
    order = [
        re.sub(r".*/(?=[^/]+$)", "", a) for a in store.asked if "index.html" in a or ".mp4" in a
    ]
    assert order


def test_only_what_is_new_is_sent(held: Held, tmp_path: Path) -> None:
    desk, store = held
    desk.push(release(tmp_path, 1))
    files = site(1) | {"index.html": site(1)["index.html"] + b"<!-- -->"}
    made = bundle_of(tmp_path / "b", files, START + timedelta(hours=2))
    desk.do("plan", "--bundle", made.root)
    before = len(store.asked)
    assert desk.do("push", "--bundle", made.root) == 0, desk.told
    puts = [a for a in store.asked[before:] if a.startswith("PUT")]
    pages = [a for a in puts if "/.weike/pages/" in a]
    shown = [a for a in puts if "/.weike/" not in a]
    assert (len(pages), len(shown)) == (1, 1)
    assert shown[0].endswith("weike/index.html")


def test_what_is_gone_goes_at_once_and_old_files_later(tmp_path: Path) -> None:
    with storage() as (url, store):
        desk = office(tmp_path, url, keep=1, grace=7)
        for n in (1, 2):
            assert desk.push(release(tmp_path, n)) == 0, desk.told
        assert store.public(PREFIX) == expected([1, 2]), (
            "beyond the number kept, not beyond the days"
        )
        files = {p: d for p, d in site(3).items() if not p.startswith("courses/ke2/")}
        late = bundle_of(
            tmp_path / "b", files, START + timedelta(days=9), withdrawn=["courses/ke2/"]
        )
        assert desk.push(late) == 0, desk.told
        left = store.public(PREFIX)
        assert not [p for p in left if "ke2" in p]
        assert b"picture 2 of v2" not in left.values()
        assert b"picture 1 of v2" in left.values()
        files = {p: d for p, d in site(4).items() if not p.startswith("courses/ke2/")}
        assert desk.push(bundle_of(tmp_path / "c", files, START + timedelta(days=19))) == 0, (
            desk.told
        )
        last = bundle_of(tmp_path / "d", {**files, "n.json": b"1"}, START + timedelta(days=28))
        assert desk.push(last) == 0, desk.told
        assert b"picture 1 of v2" not in store.public(PREFIX).values()
        last = bundle_of(tmp_path / "e", {**files, "n.json": b"2"}, START + timedelta(days=29))
        assert desk.push(last) == 0, desk.told
        assert b"picture 1 of v3" not in store.public(PREFIX).values()
        records = [k for k in store.things if "/records/" in k]
        assert len(records) == 3, "two of them were shown within the last week"


@pytest.mark.parametrize("fault", ["slow", "cut", "lost"])
def test_a_fault_now_and_then_is_survived(held: Held, tmp_path: Path, fault: str) -> None:
    desk, store = held
    desk.push(release(tmp_path, 1))
    rng = random.Random(3)
    store.fail = lambda number, what: (
        fault if "/public/" not in what and rng.random() < 0.05 else ""
    )
    made = release(tmp_path, 2)
    assert desk.do("plan", "--bundle", made.root) == 0
    for _ in range(8):
        if desk.do("push", "--bundle", made.root) == 0:
            break
    store.fail = lambda number, what: ""
    assert desk.do("push", "--bundle", made.root) == 0, desk.told
    assert store.public(PREFIX) == expected([1, 2])
    assert desk.do("status", "--verify") == 0, desk.told


def test_a_push_that_is_cut_off_anywhere(tmp_path: Path) -> None:
    """From some request on nothing gets through any more; the next run ends what was begun."""
    with storage() as (url, store):
        desk = office(tmp_path, url)
        desk.push(release(tmp_path, 1))
        made = release(tmp_path, 2)
        desk.do("plan", "--bundle", made.root)
        begun = dict(store.things)
        before = len(store.asked)
        assert desk.do("push", "--bundle", made.root) == 0, desk.told
        whole = len([a for a in store.asked[before:] if "/public/" not in a])
        for point in random.Random(5).sample(range(1, whole), min(COUNT, whole - 1)):
            store.things = dict(begun)
            count = [0]

            def fail(number: int, what: str, count: list[int] = count, point: int = point) -> str:
                count[0] += "/public/" not in what
                return "denied" if count[0] >= point else ""

            store.fail = fail
            assert desk.do("push", "--bundle", made.root) == 1, point
            assert "不让进" in desk.told or "出错" in desk.told
            store.fail = lambda number, what: ""
            readers_find_whole_pages(store)
            assert desk.do("push", "--bundle", made.root) == 0, f"{point}: {desk.told}"
            assert store.public(PREFIX) == expected([1, 2])
        print(f"\ncut off at {min(COUNT, whole - 1)} of {whole} requests")


def readers_find_whole_pages(store: Store) -> None:
    there = store.public(PREFIX)
    for path in (p for p in there if p.endswith(".html")):
        version = next(v for v in (1, 2) if site(v).get(path) == there[path])
        own = {
            p for p in site(version) if lasting(p) and p.rpartition("/")[2].encode() in there[path]
        }
        assert own <= there.keys()


@pytest.mark.parametrize(
    "moment", ["PUT /weike/weike/.weike/records", "PUT /weike/weike/.weike/shown"]
)
def test_two_machines_do_not_cross(held: Held, tmp_path: Path, moment: str) -> None:
    desk, store = held
    desk.push(release(tmp_path, 1))
    made = release(tmp_path, 2)
    desk.do("plan", "--bundle", made.root)
    shown = f"{PREFIX}.weike/shown.json"

    def meddle(number: int, what: str) -> str:
        """Another machine speaks between our looking and our placing, or our reading and our writing."""
        if what.startswith(moment):
            store.fail = lambda number, what: ""
            store.put(shown, b'{"current":"x","going":""}', {})
        return ""

    store.fail = meddle
    assert desk.do("push", "--bundle", made.root) == 1
    assert "另一台机器" in desk.told
    assert store.public(PREFIX)["index.html"] == site(1)["index.html"]


def test_large_files_go_in_parts(held: Held, tmp_path: Path) -> None:
    desk, store = held
    film = os.urandom(1 << 20) * 18
    files = {"index.html": b"<video src=film.0123456789ab.mp4>", "film.0123456789ab.mp4": film}
    assert desk.push(bundle_of(tmp_path / "b", files)) == 0, desk.told
    assert store.things[f"{PREFIX}film.0123456789ab.mp4"].data == film
    assert [a for a in store.asked if "partNumber" in a]
    assert store.uploads == {}


def test_bytes_that_were_changed_there_are_found(held: Held, tmp_path: Path) -> None:
    desk, store = held
    desk.push(release(tmp_path, 1))
    store.things[f"{PREFIX}courses/ke1/index.html"].data = b"by hand"
    assert desk.do("status", "--verify") == 1
    assert "courses/ke1/index.html" in desk.told


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"WEIKE_S3_WAI_SECRET": ""}, "没有 wai 的密钥"),
        ({"WEIKE_S3_WAI_SECRET": "wrong-secret-word"}, "不让进"),
    ],
)
def test_secrets(held: Held, tmp_path: Path, environ: dict[str, str], said: str) -> None:
    desk, _ = held
    desk.environ |= environ
    assert desk.push(release(tmp_path, 1)) == 1
    assert said in desk.told
    assert "wrong-secret-word" not in desk.told
    for file in desk.state.rglob("*"):
        assert file.is_dir() or b"not-a-real-secret" not in file.read_bytes()


def test_a_bucket_that_is_not_there(held: Held, tmp_path: Path) -> None:
    desk, _ = held
    text = (desk.state / "sites.yml").read_text("utf-8")
    (desk.state / "sites.yml").write_text(
        text.replace(f"bucket: {BUCKET}", "bucket: nobody"), "utf-8"
    )
    assert desk.push(release(tmp_path, 1)) == 1
    assert "桶名" in desk.told


def test_a_timed_release(tmp_path: Path) -> None:
    """The container waits on this machine; at the hour pages go up and are shown."""
    with storage() as (url, store):
        timed(office(tmp_path, url, verify_url=""), store, tmp_path)


def timed(desk: Office, store: Store, tmp_path: Path) -> None:
    desk.push(release(tmp_path, 1))
    at = desk.clock + timedelta(hours=1)
    made = bundle_of(tmp_path / "n", site(2) | {"articles/neu/index.html": b"zq-news"}, at)
    when = ["--bundle", made.root, "--at", at.isoformat()]
    assert desk.do("plan", *when) == 0, desk.told
    assert desk.do("push", *when) == 0, desk.told
    desk.typed = next(n.strip() for n in desk.told.splitlines() if n.startswith("    "))
    assert not [k for k, t in store.things.items() if b"zq-news" in t.data or "neu" in k]

    def early(key: str) -> None:
        assert desk.clock >= at, f"{key} before the hour"

    store.changed = early
    assert desk.do("push", "--open") == 0, desk.told
    assert store.public(PREFIX)["articles/neu/index.html"] == b"zq-news"
    assert not (desk.state / "site/wai/opened").exists()
