"""A search of every byte: what is planted anywhere is found, what may be known is left in peace."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from builder.indicators import seals
from builder.indicators.audited import survey
from builder.indicators.snapshots import digest, parse
from builder.indicators.spelling import write
from builder.indicators.traces import Search
from builder.indicators.wanted import wanted
from tests.numbers_site import AT, KEY, LATE, Site, site
from tests.numbers_world import block, head

__all__ = ["site"]
Out = pytest.CaptureFixture[str]
TEXT = write(
    head("c", release=AT),
    [
        block([[5.1, 4.75, 6.3], [12345.6, 4.2, 4.9]], ["2026-07", "2026-08", "2026-09"], ["990000", "990100"]),
        block([[0, 0, 0]], ["2026-07", "2026-08", "2026-09"], indicator="flat"),
        block([[8.7]], ["2026-02"], marks={(0, 0): "combined"}),
    ],
)  # fmt: skip
DEFINED = "title: 居民消费价格指数\nshort: 居民消费价格\n"


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("x/y.csv", data)
    return out.getvalue()


def book() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        made.add_worksheet().write_row(0, 0, [5.1, 4.75, 6.3])
    return out.getvalue()


WIDE = b"990000,5.1,4.75,6.3\n"
PLANTED: dict[str, bytes] = {
    "a row": WIDE,
    "a row of a page": b"<td>5.10</td><td>4.75</td><td>6.30</td>",
    "a column": b"5.1\t12345.6\n4.75\t4.2\n6.3\t4.9",
    "a long table": b"cpi,yoy,990100,2026-08,4.2\n",
    "another order": b'{"period": "2026-08", "region": "990100", "value": 4.2}',
    "a long number": b"it was 12345.6 then",
    "thousands apart": "共12,345.6亿元".encode(),
    "rounded": b"x 12345.60 y",
    "a sentence": "2026年9月，居民消费价格上涨6.3%。".encode(),
    "two months told together": "2026年1—2月，居民消费价格上涨8.7%。".encode(),
    "a short sentence": "9月居民消费价格上涨6.3%".encode(),
    "wide characters": "990000,5.1,4.75,6.3".encode("utf-16"),
    "wide, no mark": "990000,5.1,4.75,6.3".encode("utf-16-le"),
    "in Chinese of old": "华东 5.1 4.75 6.3".encode("gb18030"),
    "packed": zipped(WIDE),
    "gzipped": gzip.compress(WIDE),
    "a workbook": book(),
    "the file": TEXT.encode(),
    "its digest": digest(TEXT).encode(),
    "its checksum": json.loads(TEXT)["checksum"].encode(),
    "an array": pickle.dumps(np.array([[5.1, 4.75, 6.3]])),
}
PEACE: dict[str, bytes] = {
    "a lone number": b"5.1 and 6.3",
    "noughts": b"0 0 0 0 0",
    "in a digest": b"a12345.6",
    "in a name": b"x_12345.6_y",
    "another month": "2026年10月，居民消费价格上涨6.3%。".encode(),
    "another year": "2025年9月，居民消费价格上涨6.3%。".encode(),
    "another sentence": "9月居民消费价格另行公布。工业增长6.3%。".encode(),
    "another indicator": b"ppi,yoy,990200,2026-08,4.2\n",
    "far apart": b"5.1" + b" " * 300 + b"4.75" + b" " * 300 + b"6.3",
    "nothing": b"",
    "a broken archive": b"PK\x03\x04junk",
    "a broken gz": b"\x1f\x8bjunk",
    "noise": bytes(range(256)) * 40,
}


def sealed(site: Site) -> None:
    path = site.snapshot("c", sealed=True)
    path.parent.mkdir(parents=True)
    path.write_text(seals.seal(TEXT, KEY.public), "utf-8")
    (path.parents[1] / "cpi.yml").write_text(DEFINED, "utf-8")


def found(site: Site, capsys: Out, *more: str) -> list[tuple[str, str]]:
    capsys.readouterr()
    code = site.run("snapshot", "scan", "--format", "json", *more, key=True)
    problems = json.loads(capsys.readouterr().out)
    assert code == bool(problems)
    return [(p["code"], p["path"]) for p in problems]


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found(site: Site, capsys: Out, name: str) -> None:
    sealed(site)
    target = site.root / "dist" / "a" / "b.bin"
    target.parent.mkdir(parents=True)
    target.write_bytes(PLANTED[name])
    assert {*found(site, capsys)} == {("SNP011", "dist/a/b.bin")}


@pytest.mark.parametrize("name", PEACE)
def test_what_proves_nothing_is_left_in_peace(site: Site, capsys: Out, name: str) -> None:
    sealed(site)
    (site.root / "x.bin").write_bytes(PEACE[name])
    capsys.readouterr()
    assert site.run("snapshot", "scan", key=True) == 0
    assert "哪里也没有" in capsys.readouterr().out


def test_what_is_out_already_is_left_in_peace(site: Site, capsys: Out) -> None:
    """The same three numbers, released for another region long ago."""
    sealed(site)
    old = write(head("old", release="2026-09-01T10:00:00+08:00"), [block([[5.1, 4.75, 6.3]], ["2020-01", "2020-02", "2020-03"])])  # fmt: skip
    site.snapshot("old").write_text(old, "utf-8")
    (site.root / "x.csv").write_bytes(WIDE)
    assert found(site, capsys) == []


def _taken_away(site: Site, path: Path) -> None:
    site.commit()
    path.unlink()
    site.commit()


def _staged(site: Site, path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    site.commit()
    path.write_bytes(content)
    site.git("add", "-A")
    path.write_bytes(b"")


def _branch(site: Site, path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    site.commit()
    site.git("checkout", "-q", "-b", "other")
    path.write_bytes(content)
    site.commit()
    site.git("checkout", "-q", "-")


def _amended(site: Site, path: Path) -> None:
    site.commit()
    path.unlink()
    site.git("add", "-A")
    site.git("commit", "-q", "--amend", "-m", "y", "--allow-empty")


def _message(site: Site, path: Path) -> None:
    path.unlink()
    site.commit()
    site.git("commit", "-q", "--allow-empty", "-m", "12345.6 亿元")


GONE: dict[str, Callable[[Site, Path], None]] = {
    "committed and taken away": _taken_away,
    "staged and never committed": _staged,
    "on a branch": _branch,
    "amended away": _amended,
    "in a message": _message,
}


@pytest.mark.parametrize("name", GONE)
def test_what_git_still_keeps_is_found(site: Site, capsys: Out, name: str) -> None:
    sealed(site)
    path = site.root / "x.csv"
    path.write_bytes(WIDE)
    GONE[name](site, path)
    assert found(site, capsys) == []
    told = found(site, capsys, "--history")
    assert [c for c, _ in told] == ["SNP011"]
    assert told[0][1].startswith("git:")


def test_the_search_never_says_the_number(site: Site, capsys: Out) -> None:
    sealed(site)
    (site.root / "x.csv").write_bytes(b"12345.6\n")
    assert site.run("snapshot", "scan", "--format", "json", key=True) == 1
    assert "12345" not in capsys.readouterr().out


def test_without_the_key_it_says_what_was_not_searched(site: Site, capsys: Out) -> None:
    sealed(site)
    assert site.run("snapshot", "scan") == 1
    assert "没有查 c" in capsys.readouterr().err
    site.clock = LATE
    assert site.run("snapshot", "scan", key=True) == 0
    assert "没有什么要搜的" in capsys.readouterr().out


@given(
    st.lists(st.integers(1001, 10**9).filter(lambda n: n % 10).map(lambda n: n / 100), min_size=3, max_size=12, unique=True),
    st.sampled_from([",", "\t", "</td><td>", ";  ", " | ", "\n"]),
    st.binary(max_size=200),
)  # fmt: skip
def test_any_row_of_numbers_is_found_in_any_table(
    values: list[float], between: str, before: bytes
) -> None:
    months = [f"{2020 + n // 12}-{n % 12 + 1:02d}" for n in range(len(values))]
    snapshot = parse(write(head(), [block([values], months)]))
    shown = before + b"\n#" + between.join(f"{v:.2f}" for v in values).encode() + b"\n"
    assert [*Search(wanted([snapshot])).traces(shown)]


def test_a_pickle_of_other_numbers_is_left_in_peace() -> None:
    snapshot = parse(TEXT)
    assert not [*Search(wanted([snapshot])).traces(pickle.dumps(np.arange(99.0)))]
    assert not [*Search(wanted([snapshot])).traces(struct.pack("<3d", 1, 2, 3) * 9)]


def test_check_finds_what_an_author_wrote_down(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed(site)
    page = site.root / "faq" / "zh" / "a.md"
    page.parent.mkdir(parents=True)
    page.write_text("9月居民消费价格上涨6.3%。", "utf-8")
    assert survey(site.root, site.clock) == []
    monkeypatch.setenv(seals.KEY_FILE, str(site.key))
    monkeypatch.setenv(seals.PIN_FILE, str(site.pin))
    (problem,) = survey(site.root, site.clock)
    assert (problem.code, str(problem.where)) == ("SNP011", "faq/zh/a.md:1")
    assert survey(site.root, LATE) == []
