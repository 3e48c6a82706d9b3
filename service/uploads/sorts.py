"""What sorts of files there are, and how their first bytes tell them apart. A name proves nothing."""

from __future__ import annotations

from dataclasses import dataclass

HEAD = 4096  # bytes by which a sort is told
PICTURES = ("png", "jpg", "webp")
OFFICE = ("docx", "xlsx", "pptx")
MEDIA = ("mp4", "mp3", "wav")
OPEN_XML = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of file: its endings, and as what it is given out."""

    name: str
    said: str
    endings: tuple[str, ...]
    media: str


SORTS = {
    s.name: s
    for s in (
        Sort("pdf", "PDF", ("pdf",), "application/pdf"),
        Sort("png", "PNG 图片", ("png",), "image/png"),
        Sort("jpg", "JPEG 图片", ("jpg", "jpeg"), "image/jpeg"),
        Sort("webp", "WebP 图片", ("webp",), "image/webp"),
        Sort("mp4", "MP4 视频", ("mp4", "m4v"), "video/mp4"),
        Sort("mp3", "MP3 音频", ("mp3",), "audio/mpeg"),
        Sort("wav", "WAV 音频", ("wav",), "audio/wav"),
        Sort("docx", "Word 文档", ("docx",), f"{OPEN_XML}wordprocessingml.document"),
        Sort("xlsx", "Excel 表", ("xlsx",), f"{OPEN_XML}spreadsheetml.sheet"),
        Sort("pptx", "演示文稿", ("pptx",), f"{OPEN_XML}presentationml.presentation"),
        Sort("zip", "压缩包", ("zip",), "application/zip"),
        Sort("txt", "文本", ("txt", "md", "srt"), "text/plain; charset=utf-8"),
    )
}
BRANDS = frozenset(
    {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash"}
)  # fmt: skip
MARKUP = (b"<!doctype", b"<html", b"<head", b"<body", b"<svg", b"<?xml", b"<iframe", b"<script")


def told(head: bytes) -> str:
    """The sort that a file's first bytes tell: `zip` for everything in a zip, `txt` for text, or empty."""
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12], "")
    if head[4:8] == b"ftyp" and head[8:12] in BRANDS:
        return "mp4"
    if head.startswith(b"ID3") or (len(head) > 2 and head[0] == 0xFF and head[1] in _SYNC):
        return "mp3"
    return "txt" if texty(head) else ""


_SYNC = (0xFB, 0xFA, 0xF3, 0xF2)


def texty(head: bytes) -> bool:
    """Whether it reads as plain text, and not as a page, a picture or a program written in text."""
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(head) < HEAD or error.start < len(head) - 3:
            return False
        text = head[: error.start].decode("utf-8-sig")  # a sign cut in two at the end
    if any(c < " " and c not in "\t\r\n" for c in text) or "\x7f" in text:
        return False
    start = text.lstrip().lower().encode()
    return bool(start) and not start.startswith((b"#!", b"mz", *MARKUP)) and b"<svg" not in start
