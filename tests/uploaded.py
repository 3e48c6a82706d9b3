"""Files as people send them, and as attackers do: each maker gives the bytes of one file."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    '{0}.main+xml"/></Types>'
)
MAIN = {"docx": "wordprocessingml", "xlsx": "spreadsheetml", "pptx": "presentationml"}


def boxed(entries: dict[str, bytes], **more: object) -> bytes:
    """A zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name, body in entries.items():
            box.writestr(name, body)
        box.comment = bytes(more.get("comment", b""))  # type: ignore[call-overload]
    return out.getvalue()


def office(kind: str = "docx", types: str = "", parts: dict[str, bytes] | None = None) -> bytes:
    """A small Office document, and further parts."""
    held = {"[Content_Types].xml": (types or TYPES.format(MAIN[kind])).encode()}
    held["word/document.xml"] = b"<w:document/>"
    return boxed(held | (parts or {}))


def png(wide: int = 8, high: int = 8, tail: bytes = b"") -> bytes:
    """A grey picture; its header may state any size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))
        )

    head = struct.pack("!IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * (9 * 8))
    body = chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body + tail


def jpg(wide: int = 8, high: int = 8, exif: bool = False, tail: bytes = b"") -> bytes:
    """The bones of a JPEG: header, frame, scan, end."""

    def part(mark: int, body: bytes) -> bytes:
        return bytes([0xFF, mark]) + struct.pack("!H", len(body) + 2) + body

    camera = part(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0") if exif else b""
    frame = part(0xC0, struct.pack("!BHHB", 8, high, wide, 1) + b"\x01\x11\0")
    head = part(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
    return (
        b"\xff\xd8"
        + head
        + camera
        + frame
        + part(0xDA, b"\x01\x01\0\0?\0")
        + b"\x11\xff\xd9"
        + tail
    )


def webp(wide: int = 8, high: int = 8, flags: int = 0) -> bytes:
    """The header of a WebP."""
    body = (
        bytes([flags, 0, 0, 0])
        + (wide - 1).to_bytes(3, "little")
        + (high - 1).to_bytes(3, "little")
    )
    told = b"WEBPVP8X" + struct.pack("<I", 10) + body + b"\0" * 8
    return b"RIFF" + struct.pack("<I", len(told)) + told


def pdf(inside: bytes = b"", packed: bytes = b"") -> bytes:
    """A PDF with something in its catalogue, or in a packed object."""
    body = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog " + inside + b" >>\nendobj\n"
    if packed:
        data = zlib.compress(packed)
        body += b"2 0 obj\n<< /Type /ObjStm /Filter /FlateDecode /Length %d >>\nstream\n" % len(
            data
        )
        body += data + b"\nendstream\nendobj\n"
    return body + b"trailer << /Root 1 0 R >>\n%%EOF\n"


def mp4(size: int = 64) -> bytes:
    """The first box of a film, and nothing."""
    return b"\0\0\0\x18ftypisom\0\0\x02\0isommp42" + b"\0" * size


def wav() -> bytes:
    """The header of a sound."""
    return b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 20


GOOD: dict[str, bytes] = {
    "a.pdf": pdf(), "a.png": png(), "a.jpg": jpg(), "a.jpeg": jpg(), "a.webp": webp(), "a.mp4": mp4(),
    "a.mp3": b"ID3\x04" + b"\0" * 40, "a.wav": wav(), "a.docx": office(), "a.xlsx": office("xlsx"),
    "a.pptx": office("pptx"), "说明.txt": "第一行\n第二行\n".encode(), "说明.md": "# 题\n\n1 < 2".encode(),
    "a.zip": boxed({"图/一.png": png(), "说明.txt": "好".encode(), "b.docx": office()}),
}  # fmt: skip


def bomb() -> bytes:
    """Thirty million noughts in thirty thousand bytes."""
    return boxed({"a.txt": b"0" * 30_000_000})


def lying_bomb() -> bytes:
    """The list says a hundred bytes; there are a million."""
    data = bytearray(boxed({"a.txt": b"0" * 1_000_000}))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(mark) + at
        data[place : place + 4] = struct.pack("<I", 100)
    return bytes(data)


def overlapping() -> bytes:
    """Two names for the same packed bytes."""
    data = bytearray(boxed({"a.txt": b"1" * 500, "b.txt": b"1" * 500}))
    places = [i for i in range(len(data)) if data[i : i + 4] == b"PK\x01\x02"]
    data[places[1] + 42 : places[1] + 46] = struct.pack("<I", 0)
    return bytes(data)


def named(name: str) -> bytes:
    """A zip whose only entry has this very name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        box.writestr(entry, b"hello")
    return out.getvalue()


def link() -> bytes:
    """A zip with a symbolic link to the list of users."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        entry = zipfile.ZipInfo("a.txt")
        entry.external_attr = 0o120777 << 16
        box.writestr(entry, "/etc/passwd")
    return out.getvalue()


def locked() -> bytes:
    """A zip that says it is encrypted."""
    data = bytearray(boxed({"a.txt": b"hello"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    return bytes(data)


FAR = b'<Relationships><Relationship Id="a" Type="http://x/attachedTemplate" Target="http://b/x.dotm" TargetMode="External"/></Relationships>'
# name of the attack -> file's name, bytes, what is said
ATTACKS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "zip bomb": ("a.zip", bomb, "压缩炸弹"),
    "zip bomb that lies": ("a.zip", lying_bomb, "坏了|不一样|夹着"),
    "overlapping entries": ("a.zip", overlapping, "重叠|坏了"),
    "too many entries": ("a.zip", lambda: boxed({f"{n}.txt": b"x" for n in range(1001)}), "太多"),
    "slip": ("a.zip", lambda: named("../../evil.txt"), "写到别处"),
    "slip by root": ("a.zip", lambda: named("/etc/cron.d/a.txt"), "写到别处"),
    "slip by drive": ("a.zip", lambda: named("C:/a.txt"), "写到别处"),
    "slip by backslash": ("a.zip", lambda: named("..\\a.txt"), "写到别处"),
    "symlink": ("a.zip", link, "链接"),
    "nested": ("a.zip", lambda: boxed({"b.zip": boxed({"a.txt": b"x"})}), "不收"),
    "nested under a name": ("a.zip", lambda: boxed({"b.txt": boxed({"a.txt": b"x"})}), "对不上"),
    "encrypted": ("a.zip", locked, "加了密"),
    "program in a zip": ("a.zip", lambda: boxed({"b.exe": b"MZ\x90\0"}), "不收"),
    "program under a name in a zip": ("a.zip", lambda: boxed({"b.pdf": b"MZ\x90\0"}), "程序"),
    "page in a zip": ("a.zip", lambda: boxed({"b.html": b"<html>"}), "不收"),
    "bidi name in a zip": ("a.zip", lambda: boxed({"a\u202etxt.txt": b"x"}), "看不见"),
    "macro in a zip": ("a.zip", lambda: boxed({"b.docx": office(parts={"word/vbaProject.bin": b"x"})}), "宏"),
    "pixel flood in a zip": ("a.zip", lambda: boxed({"b.png": png(60_000, 60_000)}), "太大"),
    "before a zip": ("a.zip", lambda: b"PK\x03\x04" + b"x" * 9 + boxed({"a.txt": b"x"}), "夹着|坏了"),
    "after a zip": ("a.zip", lambda: boxed({"a.txt": b"x"}, comment=b"<script>"), "夹着"),
    "macro": ("a.docx", lambda: office(parts={"word/vbaProject.bin": b"x"}), "宏"),
    "macro type": ("a.xlsx", lambda: office(types=TYPES.format("spreadsheetml") + "macroEnabled"), "宏"),
    "old macros": ("a.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "旧格式"),
    "control": ("a.docx", lambda: office(parts={"word/activeX/activeX1.xml": b"<x/>"}), "控件"),
    "object": ("a.docx", lambda: office(parts={"word/embeddings/ole1.bin": b"\xd0\xcf\x11\xe0"}), "嵌着"),
    "template from afar": ("a.docx", lambda: office(parts={"word/_rels/settings.xml.rels": FAR}), "别处"),
    "entities": ("a.docx", lambda: office(parts={"word/_rels/a.rels": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"}), "DOCTYPE"),
    "a document of another kind": ("a.pptx", office, "对不上"),
    "a zip as a document": ("a.docx", lambda: boxed({"a.txt": b"x"}), "对不上"),
    "pixel flood png": ("a.png", lambda: png(100_000, 100_000), "太大"),
    "pixel flood jpg": ("a.jpg", lambda: jpg(65_000, 65_000), "太大"),
    "pixel flood webp": ("a.webp", lambda: webp(16_000_000, 16_000_000), "太大"),
    "no pixels": ("a.png", lambda: png(0, 8), "文件头"),
    "moving webp": ("a.webp", lambda: webp(flags=2), "会动"),
    "zip behind a picture": ("a.png", lambda: png(tail=boxed({"a.txt": b"x"})), "夹着"),
    "rar behind a picture": ("a.jpg", lambda: jpg(tail=b"Rar!\x1a\x07\x01\0"), "夹着"),
    "script in a picture": ("a.jpg", lambda: jpg(tail=b"<SCRIPT>alert(1)</SCRIPT>"), "夹着"),
    "pdf in a film": ("a.mp4", lambda: mp4(20) + b"%PDF-1.4", "PDF"),
    "php in a sound": ("a.wav", lambda: wav() + b"<?php system(1);", "夹着"),
    "pdf with a script": ("a.pdf", lambda: pdf(b"/OpenAction << /S /JavaScript /JS (x) >>"), "脚本"),
    "pdf with a hidden script": ("a.pdf", lambda: pdf(b"<< /S /J#61vaScr#69pt >>"), "脚本"),
    "pdf with a packed script": ("a.pdf", lambda: pdf(packed=b"<< /S /JavaScript >>"), "脚本"),
    "pdf that starts a program": ("a.pdf", lambda: pdf(b"/OpenAction << /S /Launch >>"), "启动"),
    "pdf with a file": ("a.pdf", lambda: pdf(b"/Type /EmbeddedFile"), "附件"),
    "sealed pdf": ("a.pdf", lambda: pdf(b"/Encrypt 5 0 R"), "加了密"),
    "pdf that is a zip": ("a.pdf", lambda: pdf() + boxed({"a.class": b"x"}), "夹着"),
    "svg": ("a.svg", lambda: b"<svg onload='alert(1)'/>", "不收"),
    "page": ("a.html", lambda: b"<html></html>", "不收"),
    "svg as a picture": ("a.png", lambda: b"<svg onload='alert(1)'/>", "对不上"),
    "page as text": ("a.txt", lambda: b" \n<!DOCTYPE html><p>", "对不上"),
    "page within text": ("a.txt", lambda: b"hello\n<html><script>x</script>", "夹着|网页"),
    "program": ("a.pdf", lambda: b"MZ\x90\0" + b"\0" * 64, "程序"),
    "program in text": ("a.txt", lambda: b"#!/bin/sh\nrm -rf /", "程序"),
    "noughts in text": ("a.txt", lambda: b"a\0b", "对不上"),
    "double ending": ("a.pdf.exe", pdf, "不收"),
    "empty": ("a.txt", bytes, "空"),
    "control in the name": ("a\x01.pdf", pdf, "看不见"),
    "bidi in the name": ("\u202efdp.exe.pdf", pdf, "看不见"),
    "zero width in the name": ("a\u200b.pdf", pdf, "看不见"),
    "path in the name": ("../../etc/a.pdf", pdf, "不能"),
    "device": ("con.pdf", pdf, "Windows"),
    "hidden": (".htaccess.pdf", pdf, "以点"),
    "page in the name": ("<img src=x onerror=alert(1)>.pdf", pdf, "不能有"),
    "long name": ("长" * 130 + ".pdf", pdf, "太长"),
}  # fmt: skip
