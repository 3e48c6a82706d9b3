"""Nothing of another audience, of a later day or of the editors is in the internet edition.

One site with a canary in every hiding place is built as both editions. Every file of the internet
edition is unpacked and searched for every canary in every encoding.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import json
import os
import re
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from builder.bundle import Bundle
from builder.kinds.front import slug_of
from builder.problems import BuildFailed
from tests.canaries import HAN, MARK, OPEN, Canary, Garden
from tests.planting import garden
from tests.sitefiles import bundles, codes, contents, docx, faq, picture, write, xlsx

# --- the detector -----------------------------------------------------------------------------


def _base64s(data: bytes) -> Iterator[bytes]:
    """What base64 makes of `data` wherever it starts, without the characters its neighbours touch."""
    for offset, first in ((0, 0), (1, 2), (2, 3)):
        coded = base64.b64encode(b"\0" * offset + data)
        yield coded[first : (offset + len(data)) * 8 // 6]


def _units(word: str) -> list[int]:
    raw = word.encode("utf-16-be")
    return [raw[n] << 8 | raw[n + 1] for n in range(0, len(raw), 2)]


ENCODINGS: dict[str, Callable[[str], list[bytes]]] = {
    "utf-8": lambda w: [w.encode()],
    "utf-16-le": lambda w: [w.encode("utf-16-le")],
    "utf-16-be": lambda w: [w.encode("utf-16-be")],
    "backslash u": lambda w: ["".join(f"\\u{u:04x}" for u in _units(w)).encode()],
    "percent": lambda w: ["".join(f"%{b:02x}" for b in w.encode()).encode()],
    "entities": lambda w: ["".join(f"&#{ord(c)};" for c in w).encode()],
    "hex entities": lambda w: ["".join(f"&#x{ord(c):x};" for c in w).encode()],
    "hex": lambda w: [binascii.hexlify(w.encode())],
    "base64": lambda w: list(_base64s(w.encode())),
    "base64 of utf-16": lambda w: list(_base64s(w.encode("utf-16-le"))),
}
EXACT = frozenset({"utf-16-le", "utf-16-be", "base64", "base64 of utf-16"})


def unpacked(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """The bytes themselves, all that is packed in them, and the text they stand for."""
    yield data
    yield from _readable(data)
    if depth < 4:
        for inner in _inside(data):
            yield from unpacked(inner, depth + 1)


def _readable(data: bytes) -> Iterator[bytes]:
    """Escapes of single characters undone."""
    plain = html.unescape(data.decode("utf-8", "replace"))
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m.group(1), 16)), plain)
    yield plain.encode("utf-8", "replace")
    if b"%" in data:
        yield unquote_to_bytes(data)


def _inside(data: bytes) -> Iterator[bytes]:
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08", data):
        try:
            yield zlib.decompressobj(47).decompress(data[found.start() :], 1 << 24)
        except zlib.error:
            continue
    drawn = b"".join(re.findall(rb"IDAT(.*?)....(?=....IDAT|....IEND)", data, re.DOTALL))
    if drawn:
        yield drawn
    if b"PK\x03\x04" in data:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            yield packed.comment
            for item in packed.infolist():
                yield item.filename.encode() + item.comment + item.extra
                yield packed.read(item)
    for found in re.finditer(rb"base64,([A-Za-z0-9+/]{8,}={0,2})", data):
        yield base64.b64decode(found.group(1) + b"==")


def encodings_of(word: str, data: bytes) -> set[str]:
    """The encodings in which `word` stands in `data` itself."""
    low = data.lower()
    return {
        name
        for name, encode in ENCODINGS.items()
        if any(needle in (data if name in EXACT else low) for needle in encode(word))
    }


def holds(data: bytes, word: str) -> bool:
    """True when `word` is anywhere in `data`, however packed or written."""
    return any(encodings_of(word, layer) for layer in unpacked(data))


# --- the site ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Built:
    """The garden, its tree, and what became of it."""

    garden: Garden
    source: dict[str, bytes]
    internet: dict[str, bytes]
    intranet: dict[str, bytes]
    made: dict[str, Bundle]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("leaks")
    planted = garden()
    root = write(folder / "root", planted.files)
    _commit(root, planted)
    made = bundles(root, folder / "dist")
    source = {p: d for p, d in contents(root).items() if not p.startswith(".cache/")}
    editions = {name: contents(folder / "dist" / name) for name in made}
    return Built(planted, source, editions["internet"], editions["intranet"], made)


def _commit(root: Path, planted: Garden) -> None:
    """Commit the tree under a telling name, before the day of the build."""
    who = {
        f"GIT_{part}_{key}": planted.slug(f"git {part} {key}") + "@a"
        for part in ("AUTHOR", "COMMITTER")
        for key in ("NAME", "EMAIL")
    }
    dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2026-11-02T08:00:00+08:00")
    clean = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    message = planted.slug("git message")
    for words in (
        ["init", "-q", "-b", planted.slug("git branch")],
        ["add", "-A"],
        ["commit", "-q", "--no-gpg-sign", "-m", message],
    ):
        subprocess.run(["git", *words], cwd=root, env=os.environ | who | dates | clean, check=True)


def test_there_are_many_hiding_places(built: Built) -> None:
    words = [c.word for c in built.garden.canaries]
    assert len(words) == len(set(words)) > 150
    assert len({c.place for c in built.garden.canaries}) == len(words)


def test_every_canary_is_really_hidden_in_the_source(built: Built) -> None:
    """Also in packed places: the detector sees into pictures and office files."""
    heap = b"\n".join(
        layer
        for path, data in built.source.items()
        for layer in unpacked(path.encode() + b"\n" + data)
    )
    assert [c for c in built.garden.canaries if not encodings_of(c.word, heap)] == []


def test_the_internet_edition_holds_no_canary(built: Built) -> None:
    found = []
    for path, data in built.internet.items():
        for layer in unpacked(path.encode() + b"\n" + data):
            found += [
                (path, mark, encodings_of(mark, layer))
                for mark in (MARK, HAN)
                if encodings_of(mark, layer)
            ]
    told = {
        (path, c.place)
        for path, *_ in found
        for c in built.garden.canaries
        if holds(built.internet[path], c.word)
    }
    assert not found, sorted(told) or found


def test_the_internet_edition_holds_no_trace_of_hidden_tags_or_assets(built: Built) -> None:
    """Addresses made from hidden words would tell that they exist."""
    tags = [c.word + HAN for c in built.garden.canaries if "tag" in c.place]
    shown = [t for t in tags if any(f"/tags/{slug_of(t)}/" in p for p in built.intranet)]
    assert len(shown) > 8
    heap = "\n".join(built.internet) + "".join(
        d.decode("utf-8", "replace") for d in built.internet.values()
    )
    assert [t for t in tags if slug_of(t) in heap] == []
    assets = {p.rpartition(".")[2] for p in built.internet if p.startswith("site/assets/files/")}
    assert assets == {"jpg", "png", "webp", "gif", "avif", "csv", "docx", "xlsx"}
    assert sum(p.startswith("site/assets/files/") for p in built.internet) == len(assets)


def test_the_intranet_edition_shows_each_canary_where_it_should(built: Built) -> None:
    def seen(canary: Canary) -> bool:
        return any(
            canary.word in path or holds(data, canary.word)
            for path, data in built.intranet.items()
            if re.search(canary.shown, path)
        )

    meant = [c for c in built.garden.canaries if c.shown]
    assert len(meant) > 80
    assert [c for c in meant if not seen(c)] == []


def test_what_no_edition_may_show_is_in_none(built: Built) -> None:
    heap = b"\n".join(
        layer
        for path, data in built.intranet.items()
        for layer in unpacked(path.encode() + b"\n" + data)
    )
    hidden = [c for c in built.garden.canaries if not c.shown]
    assert len(hidden) > 60
    assert [c for c in hidden if encodings_of(c.word, heap)] == []


def test_the_internet_edition_shows_what_is_public(built: Built) -> None:
    """The same detector finds the public words there, so it would find the canaries."""
    files = [d for p, d in built.internet.items() if p != "manifest.json"]
    assert [w for w in built.garden.open if not any(holds(d, w) for d in files)] == []
    assert any(OPEN in built.internet[p].decode() for p in built.internet if p.endswith("feed.xml"))
    assert OPEN in built.internet["site/search/index.json"].decode()
    assert OPEN in built.internet["site/calendar.ics"].decode()


def test_the_manifests_list_every_file_and_only_own_entries(built: Built) -> None:
    for name, files in (("internet", built.internet), ("intranet", built.intranet)):
        listed = json.loads(files["manifest.json"])["files"]
        assert {f["path"] for f in listed} == set(files) - {"manifest.json"}
        assert built.made[name].header["audiences"] == (
            ["public"] if name == "internet" else ["intranet", "public"]
        )


# --- the detector detects ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("before", ["", "a", "ab", "中"])
def test_each_encoding_is_detected(name: str, before: str) -> None:
    for word in (MARK, HAN):
        text = f"{before}{word}001中"
        coded = {
            "utf-8": text.encode(),
            "utf-16-le": text.encode("utf-16-le"),
            "utf-16-be": text.encode("utf-16-be"),
            "backslash u": "".join(f"\\u{u:04X}" for u in _units(text)).encode(),
            "percent": "".join(f"%{b:02X}" for b in text.encode()).encode(),
            "entities": "".join(f"&#{ord(c)};" for c in text).encode(),
            "hex entities": "".join(f"&#X{ord(c):X};" for c in text).encode(),
            "hex": text.encode().hex().upper().encode(),
            "base64": base64.b64encode(text.encode()),
            "base64 of utf-16": base64.b64encode(text.encode("utf-16-le")),
        }[name]
        assert name in encodings_of(word, b"<p>" + coded + b"</p>")
        assert encodings_of(word, b"<p>nothing</p>" * 9) == set()


@pytest.mark.parametrize("text", ["k&#113;zv", "k\\u0071zv", "k%71zv", "&#x6b;q%7Av"])
def test_single_escapes_are_detected(text: str) -> None:
    assert holds(text.encode(), MARK) or "%" in text
    assert holds(html.unescape(text).encode(), MARK)


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        zlib.compress,
        lambda d: b"head" + zlib.compress(d) + b"tail",
        lambda d: docx(d.decode()),
        lambda d: xlsx("a", {"xl/x.bin": zlib.compress(d)}),
        lambda d: docx("a", {"in.docx": docx(d.decode())}),
        lambda d: picture("PNG") + docx(d.decode()),
        lambda d: b"url(data:font/woff2;base64," + base64.b64encode(b"a" + gzip.compress(d)) + b")",
        lambda d: gzip.compress(gzip.compress(d)),
    ],
)
def test_packed_words_are_detected(pack: Callable[[bytes], bytes]) -> None:
    data = pack(f"{MARK}001".encode())
    assert holds(data, MARK)
    assert not holds(pack(b"nothing"), MARK)


# --- what can't be cleaned is refused ---------------------------------------------------------

REFUSED: dict[str, bytes] = {
    "hidden-sheet.xlsx": xlsx("a", {"xl/workbook.xml": '<sheet name="b" state="hidden"/>'}),
    "hidden-row.xlsx": xlsx("a", {"xl/worksheets/sheet1.xml": '<x:row r="1" hidden="1"/>'}),
    "pivot.xlsx": xlsx("a", {"xl/pivotCache/pivotCacheRecords1.xml": "a"}),
    "links.xlsx": xlsx("a", {"xl/externalLinks/externalLink1.xml": "a"}),
    "macro.docx": docx("a", {"word/vbaProject.bin": "a"}),
    "changes.docx": docx("a", {"word/header1.xml": '<w:ins w:id="1"/>'}),
    "vanish.docx": docx("a", {"word/document.xml": "<w:rPr><w:vanish/></w:rPr>"}),
    "embedded.docx": docx("a", {"word/embeddings/a.xlsx": "a"}),
    "emf.docx": docx("a", {"word/media/image1.emf": "a"}),
    "attachment.pdf": b"%PDF-1.7",
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "page.html": b"<p>a</p>",
    "program.exe": b"MZ",
    "packed.zip": docx("a"),
    "old.doc": b"\xd0\xcf\x11\xe0",
}


@pytest.mark.parametrize("name", REFUSED)
def test_attachments_that_can_not_be_cleaned_stop_the_build(name: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"faq/mlk/assets/{name}": REFUSED[name],
        "faq/mlk/a.md": faq(f"[附件](assets/{name})"),
    }
    with pytest.raises(BuildFailed) as stopped:
        bundles(write(tmp_path / "root", files), tmp_path / "dist")
    assert "AST002" in codes(stopped.value.problems)
    assert not (tmp_path / "dist" / "internet").exists()
