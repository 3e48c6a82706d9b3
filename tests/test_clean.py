"""Assets on their way out: pixels stay, everything told beside them goes, the unsound is refused."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from builder.media.clean import AI_LABEL, MAX_BYTES, CleanError, clean_asset
from builder.media.ledger import ledger
from tests.sitefiles import docx, exif, packed, picture, xlsx

WORD = "kqzv000"
RAW = WORD.encode()


def pixels(data: bytes) -> list[bytes]:
    """The pixels of every frame."""
    with Image.open(io.BytesIO(data)) as image:
        frames = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(image.convert("RGBA").tobytes())
        return frames


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 255, marker, len(body) + 2) + body


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def riff(data: bytes, more: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(data) + len(more) - 8) + data[8:] + more


JPEG = picture("JPEG")
PNG = picture("PNG")
WEBP = picture("WEBP")
GIF = picture("GIF", "P")
SCAN = JPEG.index(b"\xff\xda")
ARCHIVE = packed({WORD: RAW})
PLANTED: dict[str, tuple[str, bytes]] = {
    "JPEG EXIF": ("jpg", picture("JPEG", exif=exif(WORD))),
    "JPEG comment": ("jpeg", picture("JPEG", comment=WORD)),
    "JPEG profile": ("jpg", picture("JPEG", icc_profile=RAW)),
    "JPEG progressive": ("jpg", picture("JPEG", comment=WORD, progressive=True)),
    "JPEG XMP": (
        "jpg",
        JPEG[:2] + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + RAW) + JPEG[2:],
    ),
    "JPEG IPTC": ("jpg", JPEG[:2] + segment(0xED, b"Photoshop 3.0\0" + RAW) + JPEG[2:]),
    "JPEG JFIF thumbnail": ("jpg", JPEG[:2] + segment(0xE0, b"JFXX\0" + RAW) + JPEG[2:]),
    "JPEG Adobe": ("jpg", JPEG[:2] + segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + RAW) + JPEG[2:]),
    "JPEG comment before the scan": ("jpg", JPEG[:SCAN] + segment(0xFE, RAW) + JPEG[SCAN:]),
    "JPEG comment after the scan": ("jpg", JPEG[:-2] + segment(0xFE, RAW) + JPEG[-2:]),
    "JPEG, then bytes": ("jpg", JPEG + RAW),
    "JPEG, then an archive": ("jpg", JPEG + ARCHIVE + b"\xff\xd9"),
    "JPEG, then a picture": ("jpg", JPEG + picture("JPEG", comment=WORD)),
    "PNG tEXt": ("png", PNG[:33] + chunk(b"tEXt", b"a\0" + RAW) + PNG[33:]),
    "PNG eXIf": ("png", PNG[:33] + chunk(b"eXIf", exif(WORD)[6:]) + PNG[33:]),
    "PNG private": ("png", PNG[:33] + chunk(b"prVt", RAW) + PNG[33:]),
    "PNG iCCP": ("png", PNG[:33] + chunk(b"iCCP", RAW + b"\0\0" + zlib.compress(b"")) + PNG[33:]),
    "PNG text before the end": ("png", PNG[:-12] + chunk(b"tEXt", b"a\0" + RAW) + PNG[-12:]),
    "PNG, then bytes": ("png", PNG + RAW),
    "PNG, then an archive": ("png", PNG + ARCHIVE),
    "WebP EXIF and XMP": ("webp", picture("WEBP", exif=exif(WORD), xmp=RAW)),
    "WebP lossless": ("webp", picture("WEBP", "RGBA", lossless=True, exif=exif(WORD))),
    "WebP unknown chunk": ("webp", riff(WEBP, b"note" + struct.pack("<I", 8) + RAW + b"0")),
    "WebP second picture": ("webp", riff(WEBP, b"VP8 " + struct.pack("<I", 8) + RAW + b"0")),
    "WebP, then an archive": ("webp", WEBP + ARCHIVE),
    "GIF comment": ("gif", picture("GIF", "P", comment=RAW)),
    "GIF, then bytes": ("gif", GIF + RAW),
}


@pytest.mark.parametrize("place", PLANTED)
def test_what_is_told_beside_a_picture_goes_and_its_pixels_stay(place: str) -> None:
    suffix, data = PLANTED[place]
    assert RAW in data or place == "PNG iCCP"
    cleaned = clean_asset(f"a.{suffix}", data)
    assert RAW not in cleaned.data
    assert b"PK\x03\x04" not in cleaned.data
    assert pixels(cleaned.data) == pixels(data)
    assert (cleaned.width, cleaned.height) == (24, 16)
    assert clean_asset(f"b.{suffix}", data) == cleaned
    assert pixels(clean_asset(f"a.{suffix}", cleaned.data).data) == pixels(data)


@pytest.mark.parametrize("frames", [2, 5])
def test_moving_pictures_keep_frames_and_times(frames: int) -> None:
    images = [Image.new("RGB", (9, 7), (n * 40, 10, 200)).convert("P") for n in range(frames)]
    times = [100 + 50 * n for n in range(frames)]
    for form, suffix in (("GIF", "gif"), ("WEBP", "webp")):
        out = io.BytesIO()
        first = [image.convert("RGB") if form == "WEBP" else image for image in images]
        more = {"comment": RAW} if form == "GIF" else {"xmp": RAW, "lossless": True}
        first[0].save(out, form, save_all=True, append_images=first[1:], duration=times, **more)
        cleaned = clean_asset(f"a.{suffix}", out.getvalue()).data
        assert RAW in out.getvalue()
        assert RAW not in cleaned
        assert pixels(cleaned) == pixels(out.getvalue())
        with Image.open(io.BytesIO(cleaned)) as image:
            assert image.n_frames == frames


def test_a_turned_picture_is_set_upright() -> None:
    block = Image.Exif()
    block[0x0112] = 6
    cleaned = clean_asset("a.jpg", picture("JPEG", exif=block.tobytes()))
    assert (cleaned.width, cleaned.height) == (16, 24)


@pytest.mark.parametrize(
    ("suffix", "data"),
    [
        ("jpg", JPEG),
        ("png", PNG),
        ("webp", WEBP),
        ("webp", picture("WEBP", "RGBA", lossless=True)),
        ("webp", picture("WEBP", exif=exif(WORD))),
        ("gif", GIF),
        ("avif", picture("AVIF")),
    ],
)
def test_a_label_of_made_pictures_is_kept_when_asked(suffix: str, data: bytes) -> None:
    labelled = clean_asset(f"a.{suffix}", data, keep_ai_label=True).data
    assert AI_LABEL in labelled
    assert AI_LABEL not in clean_asset(f"a.{suffix}", data).data
    assert AI_LABEL not in clean_asset(f"a.{suffix}", labelled).data
    if suffix != "avif":
        assert pixels(labelled) == pixels(data)
    with Image.open(io.BytesIO(labelled)) as image:
        assert image.size == (24, 16)


# --- what is refused --------------------------------------------------------------------------


def flood() -> bytes:
    """A PNG that says it is 30,000 × 30,000."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        PNG[:8] + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    )


def bomb() -> bytes:
    return docx("a", {"word/big.xml": b"\0" * (MAX_BYTES * 10 + 1)})


UNSOUND: dict[str, tuple[str, Callable[[], bytes]]] = {
    "PNG called JPEG": ("a.jpg", lambda: PNG),
    "JPEG called PNG": ("a.png", lambda: JPEG),
    "PSD called PNG": ("a.png", lambda: b"8BPS\0\1" + b"\0" * 200),
    "SVG called PNG": ("a.png", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "HTML called GIF": ("a.gif", lambda: b"GIF89a<script>alert(1)</script>"),
    "empty": ("a.png", lambda: b""),
    "cut JPEG": ("a.jpg", lambda: JPEG[: SCAN + 20]),
    "cut PNG": ("a.png", lambda: PNG[:60]),
    "cut WebP": ("a.webp", lambda: WEBP[: len(WEBP) // 2]),
    "too many pixels": ("a.png", flood),
    "too many bytes": ("a.txt", lambda: b"a" * (MAX_BYTES + 1)),
    "no ending": ("a", lambda: PNG),
    "PDF": ("a.pdf", lambda: b"%PDF-1.7"),
    "SVG": ("a.svg", lambda: b"<svg/>"),
    "CSV in another encoding": ("a.csv", lambda: "中文".encode("gb18030")),
    "macros": ("a.docx", lambda: docx("a", {"word/vbaProject.bin": "a"})),
    "embedded file": ("a.docx", lambda: docx("a", {"word/embeddings/oleObject1.bin": "a"})),
    "path that climbs out": ("a.docx", lambda: docx("a", {"../a.xml": "a"})),
    "zip bomb": ("a.docx", bomb),
    "cut archive": ("a.xlsx", lambda: xlsx("a")[:-30]),
    "no archive": ("a.xlsx", lambda: b"PK\x03\x04"),
    "old Excel called new": ("a.xlsx", lambda: b"\xd0\xcf\x11\xe0" * 9),
    "hidden sheet": (
        "a.xlsx",
        lambda: xlsx("a", {"xl/workbook.xml": "<x:sheet state='veryHidden'/>"}),
    ),
    "hidden column": (
        "a.xlsx",
        lambda: xlsx("a", {"xl/worksheets/sheet2.xml": '<col hidden="1"/>'}),
    ),
    "data of a pivot table": ("a.xlsx", lambda: xlsx("a", {"xl/pivotCache/r1.xml": "a"})),
    "other workbook": ("a.xlsx", lambda: xlsx("a", {"xl/externalLinks/l1.xml": "a"})),
    "other encoding": ("a.xlsx", lambda: xlsx("a", {"xl/a.xml": "<a/>".encode("utf-16")})),
    "tracked change": ("a.docx", lambda: docx("a", {"word/footnotes.xml": '<w:del w:id="1"/>'})),
    "author of a change": (
        "a.docx",
        lambda: docx("a", {"word/a.xml": '<w:rPrChange w:author="甲"/>'}),
    ),
    "hidden text": ("a.docx", lambda: docx("a", {"word/styles.xml": "<w:vanish/>"})),
    "path of a machine": (
        "a.docx",
        lambda: docx("a", {"word/_rels/document.xml.rels": '<R Target="file:///C:/a"/>'}),
    ),
    "metafile": ("a.docx", lambda: docx("a", {"word/media/image1.emf": "a"})),
    "broken picture inside": ("a.docx", lambda: docx("a", {"word/media/image1.png": "a"})),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", UNSOUND)
def test_the_unsound_is_refused_in_chinese(case: str) -> None:
    path, make = UNSOUND[case]
    with pytest.raises(CleanError) as refused:
        clean_asset(path, make())
    assert any("\u4e00" <= c <= "\u9fff" for c in str(refused.value))


# --- office files -----------------------------------------------------------------------------


def test_office_files_lose_what_is_told_beside_the_text() -> None:
    parts: dict[str, str | bytes] = {
        "docProps/core.xml": WORD,
        "docProps/app.xml": WORD,
        "docProps/thumbnail.jpeg": RAW,
        "customXml/item1.xml": WORD,
        "word/comments.xml": WORD,
        "word/commentsExtended.xml": WORD,
        "word/people.xml": WORD,
        "word/media/image1.jpg": picture("JPEG", comment=WORD),
        "word/settings.xml": f'<w:docVars><w:docVar w:val="{WORD}"/></w:docVars><!-- {WORD} -->',
        "word/_rels/settings.xml.rels": f'<Relationship Type="attachedTemplate" Target="file:///C:/{WORD}"/>',
        "xl/workbook2.xml": f'<x15ac:absPath url="C:\\{WORD}"/><fileSharing userName="{WORD}"/>',
        "xl/printerSettings/printerSettings1.bin": RAW,
    }
    for data in (docx("正文", parts), xlsx("正文", parts)):
        suffix = "docx" if b"word/document.xml" in data else "xlsx"
        cleaned = clean_asset(f"a.{suffix}", data).data
        with zipfile.ZipFile(io.BytesIO(cleaned)) as found:
            texts = {name: found.read(name) for name in found.namelist()}
            assert {i.date_time for i in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert [name for name, body in texts.items() if RAW in body or WORD in name] == []
        assert any("正文".encode() in body for body in texts.values())


def test_how_a_file_was_packed_does_not_matter() -> None:
    parts = {"word/document.xml": "<a/>", "word/styles.xml": "<b/>"}
    first, second = packed(parts), b"head" + packed(parts, comment=WORD)
    assert first != second
    assert clean_asset("a.docx", first) == clean_asset("b.docx", second)


# --- ledgers ----------------------------------------------------------------------------------


def test_ledgers_are_the_same_every_time_and_hold_no_formula() -> None:
    rows = [["=1+1", "+86", "-5", "@a", "\ta", "甲"]]
    made = [ledger("台账", ["一", "二", "三", "四", "五", "六"], rows, "=注") for _ in range(2)]
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0])) as found:
        heap = b"".join(found.read(name) for name in found.namelist())
    assert b"<f>" not in heap
    assert b"'=1+1" in heap
    assert b"'@a" in heap
    assert b"2020-01-01" in heap
