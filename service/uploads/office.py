"""Word, Excel and PowerPoint files: what is in their zip besides text and pictures."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import BinaryIO

from service.room import Stopped
from service.uploads import archives

PARTS = 5000
WHOLE = 1 << 30
READ = 16 << 20  # bytes of a part that is read as a whole
MAIN = {"docx": b"wordprocessingml", "xlsx": b"spreadsheetml", "pptx": b"presentationml"}
ACTIVE = re.compile(
    r"vbaproject|vbadata|activex|macrosheets|\.(exe|dll|js|vbs|ps1|bat|cmd|scr|hta|lnk)$"
)
EXTERNAL = re.compile(
    rb"<Relationship\b[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>", re.IGNORECASE
)
LINK = re.compile(rb"Type\s*=\s*[\"'][^\"']*/(hyperlink|video|audio|media)[\"']", re.IGNORECASE)
AUTHOR = re.compile(
    rb"<(?:dc:creator|cp:lastModifiedBy|Company|Manager)>\s*[^<\s][^<]*<", re.IGNORECASE
)


def look(file: Path | BinaryIO, kind: str) -> bool:
    """`Stopped` when the document is not of its kind, or carries what runs; whether it names an author."""
    with archives.opened(file) as box:
        listed = archives.entries(box, PARTS, WHOLE)
        held = {e.filename: e for e in listed}
        if "[Content_Types].xml" not in held:
            raise Stopped(422, "内容和名字对不上：不是 Office 文档。")
        named = False
        for entry in listed:
            if ACTIVE.search(entry.filename.lower()):
                raise Stopped(422, "文档里有宏、控件或程序，请另存为不带宏的文档再传。")
            named |= _part(box, entry, kind)
    return named


def _part(box: zipfile.ZipFile, entry: zipfile.ZipInfo, kind: str) -> bool:
    name = entry.filename.lower()
    if not name.endswith((".xml", ".rels", ".vml")) or entry.is_dir():
        _embedded(name, archives.inflated(box, entry))
        return False
    if name == "[content_types].xml" or name.endswith(".rels") or name.startswith("docprops/"):
        return _told(name, _whole(box, entry), kind)
    if b"<!DOCTYPE" in archives.inflated(box, entry)[:1024].upper():
        raise Stopped(422, "文档里有不该有的声明（DOCTYPE），没有收。")
    return False


def _embedded(name: str, head: bytes) -> None:
    if name.startswith(("word/embeddings/", "xl/embeddings/", "ppt/embeddings/")) and (
        not head.startswith(b"PK\x03\x04")
    ):
        raise Stopped(422, "文档里嵌着别的程序的对象，请改成图片再传。")
    if head.startswith((b"MZ", b"\x7fELF", b"\xd0\xcf\x11\xe0")):
        raise Stopped(422, "文档里嵌着程序或旧格式的对象，没有收。")


def _whole(box: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.file_size > READ:
        raise Stopped(422, "文档的目录大得不正常，没有收。")
    return box.read(entry)


def _told(name: str, body: bytes, kind: str) -> bool:
    if b"<!DOCTYPE" in body.upper() or b"<!ENTITY" in body.upper():
        raise Stopped(422, "文档里有不该有的声明（DOCTYPE），没有收。")
    if name == "[content_types].xml":
        if b"macroenabled" in body.lower():
            raise Stopped(422, "文档里有宏，请另存为不带宏的文档再传。")
        if MAIN[kind] not in body:
            raise Stopped(422, "内容和名字对不上：不是这种 Office 文档。")
    if name.endswith(".rels"):
        far = [m.group() for m in EXTERNAL.finditer(body)]
        if any(not LINK.search(f) for f in far):
            raise Stopped(422, "文档要从别处取模板或对象，没有收。请去掉外部链接的模板、对象。")
    return name.startswith("docprops/") and bool(AUTHOR.search(body))
