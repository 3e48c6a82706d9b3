"""Assets on their way out: only known formats, stripped of metadata, named by their content.

Pictures lose EXIF, XMP, IPTC, comments and text chunks without being encoded again; a required
AI-content label is put back. Office files lose their properties and comments; what can't be cleaned
with certainty is refused.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from builder.memo import Memo, code_version, digest

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 60_000_000
AI_LABEL = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" TC260:AIGC="{&quot;Label&quot;:&quot;1&quot;}"/></rdf:RDF></x:xmpmeta>'


class CleanError(ValueError):
    """The asset can't go out; the message says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What goes out: site path, bytes, size in pixels (0 for attachments), a picture's tone."""

    url: str
    data: bytes
    width: int = 0
    height: int = 0
    tone: str = ""


class Cleaner(Protocol):
    """What cleans one asset."""

    def __call__(self, path: str, data: bytes, *, keep_ai_label: bool = False) -> Cleaned:
        """As `clean_asset`."""


def clean_asset(path: str, data: bytes, *, keep_ai_label: bool = False) -> Cleaned:
    """Clean one asset; raise `CleanError` when its format is not taken or its bytes are not sound."""
    suffix = path.rsplit(".", 1)[-1].lower() if "." in path else ""
    if len(data) > MAX_BYTES:
        raise CleanError(f"超过 {MAX_BYTES // 1024 // 1024} MB")
    if suffix in PICTURES:
        return _picture(suffix, data, keep_ai_label)
    if suffix in ATTACHMENTS:
        return _named(ATTACHMENTS[suffix](data), suffix)
    raise CleanError(f"不接受 .{suffix} 文件，只收 {'、'.join([*PICTURES, *ATTACHMENTS])}")


def cleaner(memo: Memo) -> Cleaner:
    """`clean_asset`, each asset cleaned once: a picture that was cleaned before is not opened again."""

    def clean(path: str, data: bytes, *, keep_ai_label: bool = False) -> Cleaned:
        made: list[Cleaned] = []

        def packed() -> bytes:
            made.append(clean_asset(path, data, keep_ai_label=keep_ai_label))
            found = made[0]
            return f"{found.url} {found.width} {found.height} {found.tone}\n".encode() + found.data

        suffix = path.rsplit(".", 1)[-1].lower()
        kept = memo.blob(digest("clean", _version(), suffix, data, str(keep_ai_label)), packed)
        if made:
            return made[0]
        head, _, body = kept.partition(b"\n")
        url, width, height, tone = head.decode().split(" ")
        return Cleaned(url, body, int(width), int(height), tone)

    return clean


@lru_cache(maxsize=1)
def _version() -> str:
    return code_version(__file__)


def _named(data: bytes, suffix: str, width: int = 0, height: int = 0, tone: str = "") -> Cleaned:
    name = hashlib.sha256(data).hexdigest()[:16]
    return Cleaned(f"assets/files/{name}.{suffix}", data, width, height, tone)


def _tone(image: Image.Image) -> str:
    """The mean colour as three digits of 0 to 2, red, green, blue; nothing where a picture is clear.

    A page paints it, paler, where the picture will stand: coarse, so that a style sheet can name all.
    """
    if "A" in image.getbands() or "transparency" in image.info:
        return ""
    mean = (
        image.convert("RGB").reduce(max(1, min(image.size) // 8)).resize((1, 1), 4).getpixel((0, 0))
    )
    assert isinstance(mean, tuple)
    return "".join(str(min(int(value) // 86, 2)) for value in mean)


def _picture(suffix: str, data: bytes, label: bool) -> Cleaned:
    from PIL import Image  # loaded only where a site has pictures

    form, strip = PICTURES[suffix]
    try:
        with Image.open(io.BytesIO(data), formats=[form]) as image:
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) != 1
            if width * height > MAX_PIXELS:
                raise CleanError("像素太多")
            image.load()
            tone = _tone(image)
            if turned or form == "AVIF":
                data = _again(image, form, label)
                with Image.open(io.BytesIO(data), formats=[form]) as again:
                    width, height = again.size
    except CleanError:
        raise
    except Exception as error:  # decoders raise whatever broken bytes make them raise
        raise CleanError("图片打不开或已损坏") from error
    try:
        return _named(strip(data, label), suffix, width, height, tone)
    except (struct.error, IndexError) as error:
        raise CleanError("图片已损坏") from error


def _again(image: Image.Image, form: str, label: bool) -> bytes:
    """Encode anew, turned upright, for formats or cases where stripping alone would not do."""
    from PIL import ImageOps  # rarely needed

    upright = ImageOps.exif_transpose(image)
    upright.info.clear()
    out = io.BytesIO()
    more: dict[str, object] = {"quality": 92} if form in {"JPEG", "WEBP", "AVIF"} else {}
    if label and form == "AVIF":
        more["xmp"] = AI_LABEL  # the other formats get it when they are stripped
    upright.save(out, form, **more)
    return out.getvalue()


JPEG_DRAWN = frozenset({*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDD} - {0xC8})
JPEG_SCAN_END = re.compile(rb"\xff(?![\x00\xd0-\xd7])")


def _jpeg(data: bytes, label: bool) -> bytes:
    """Keep what draws the picture. Profiles go too: they carry free text. Nothing follows the end mark."""
    out = bytearray(data[:2])
    if label:
        body = b"http://ns.adobe.com/xap/1.0/\x00" + AI_LABEL
        out += b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    at = 2
    while at < len(data):
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        marker = data[at + 1]
        if data[at] != 0xFF:
            raise CleanError("图片已损坏")
        if marker == 0xD9:
            break
        size = struct.unpack(">H", data[at + 2 : at + 4])[0]
        segment = data[at : at + 2 + size]
        if marker in JPEG_DRAWN:
            out += segment
        elif marker == 0xE0 and segment[4:9] == b"JFIF\x00":
            out += b"\xff\xe0\x00\x10" + segment[4:16] + b"\x00\x00"
        elif marker == 0xEE and segment[4:9] == b"Adobe":
            out += b"\xff\xee\x00\x0e" + segment[4:16]
        at += 2 + size
        if marker == 0xDA:
            found = JPEG_SCAN_END.search(data, at)
            end = found.start() if found else len(data)
            out += data[at:end]
            at = end
    return bytes(out) + b"\xff\xd9"


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 8 <= len(data):
        size = struct.unpack(">I", data[at : at + 4])[0]
        kind = data[at + 4 : at + 8]
        yield kind, data[at : at + 12 + size]
        at += 12 + size
        if kind == b"IEND":
            return


def _png(data: bytes, label: bool) -> bytes:
    """Keep only the chunks that draw the picture."""
    keep = {
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"pHYs",
        b"sBIT",
        b"acTL",
        b"fcTL",
        b"fdAT",
    }
    out = bytearray(data[:8])
    for kind, chunk in _png_chunks(data):
        if kind == b"IDAT" and label:
            body = b"iTXt" + b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + AI_LABEL
            out += struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
            label = False
        if kind in keep:
            out += chunk
    return bytes(out)


WEBP_FRAME = frozenset({b"VP8 ", b"VP8L", b"ALPH"})


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size = struct.unpack("<I", data[at + 4 : at + 8])[0]
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + (size & 1)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) & 1)


def _webp(data: bytes, label: bool) -> bytes:
    """Keep the picture chunks of the RIFF container, each once; frames keep only what draws them."""
    found: dict[bytes, bytes] = {}
    frames = b""
    for kind, body in _riff(data[12 : 8 + struct.unpack("<I", data[4:8])[0]]):
        if kind == b"ANMF":
            inner = dict(_riff(body[16:]))
            frames += _chunk(
                kind,
                body[:16] + b"".join(_chunk(k, v) for k, v in inner.items() if k in WEBP_FRAME),
            )
        elif kind in WEBP_FRAME | {b"VP8X", b"ANIM"}:
            found.setdefault(kind, body)
    extended = found.pop(b"VP8X", b"")
    if label and not extended:
        from PIL import Image  # loaded only where there are pictures

        with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
            sides = [(side - 1).to_bytes(3, "little") for side in image.size]
            extended = bytes([0x10 if "A" in image.mode else 0, 0, 0, 0]) + b"".join(sides)
    chunks = b"".join(_chunk(kind, body) for kind, body in found.items()) + frames
    if extended:
        flags = extended[0] & 0x12 | (0x04 if label else 0)
        chunks = _chunk(b"VP8X", bytes([flags]) + extended[1:10]) + chunks
    if label:
        chunks += _chunk(b"XMP ", AI_LABEL)
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def _gif(data: bytes, label: bool) -> bytes:
    """Keep frames, their times and the number of rounds; comments, other blocks and what follows go."""
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    out = bytearray(b"GIF89a" + data[6:at])
    while at < len(data) and data[at] != 0x3B:
        start, told = at, data[at : at + 14]
        if told[0] == 0x2C:
            at += 11 + (3 << (data[at + 9] & 7) + 1 if data[at + 9] & 0x80 else 0)
        elif told[0] == 0x21:
            at += 2
        else:
            raise CleanError("图片已损坏")
        while data[at]:
            at += 1 + data[at]
        at += 1
        sizes = {b"!\xf9": 8, b"!\xff": 19 if told[2:] == b"\x0bNETSCAPE2.0" else 0}
        if told[0] == 0x2C or at - start == sizes.get(told[:2], 0):
            out += data[start:at]
    if label:
        out += b"!\xff\x0bXMP DataXMP" + AI_LABEL + b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    return bytes(out) + b";"


def _as_is(data: bytes, label: bool) -> bytes:
    return data


def _text(data: bytes) -> bytes:
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CleanError("不是 UTF-8 文字") from error
    return data


OFFICE_DROP = re.compile(
    r"docProps/(?!$)|customXml/|comments|threadedComments|persons/|people\.xml|commentsExtended|revisions|\.bin$|thumbnail|printerSettings|vmlDrawing",
    re.IGNORECASE,
)
OFFICE_MACRO = re.compile(
    r"vbaProject|macrosheets|activeX|embeddings/|externalLinks/|pivotCache|connections\.xml|queryTables/|xl/model/",
    re.IGNORECASE,
)


def _office(data: bytes) -> bytes:
    """A docx or xlsx without properties, comments and custom XML; macros and embedded objects are refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            items = source.infolist()
            if sum(i.file_size for i in items) > 10 * MAX_BYTES or len(items) > 5000:
                raise CleanError("解压后太大")
            names = [i.filename for i in items]
            if any(OFFICE_MACRO.search(n) for n in names):
                raise CleanError("含有宏、嵌入对象或外部数据")
            if any(n.startswith("/") or ".." in n.split("/") for n in names):
                raise CleanError("压缩包里有越界的路径")
            kept = {
                n: source.read(n)
                for n in names
                if not OFFICE_DROP.search(n) and not n.endswith("/")
            }
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        raise CleanError("文件已损坏或加了密码") from error
    cleaned = {n: _office_part(n, body) for n, body in kept.items()}
    _refuse_hidden(cleaned)
    return _packed(cleaned)


OFFICE_HIDDEN = (
    (
        r"xl/.*\.xml",
        rb"<(?:\w+:)?sheet\b[^>]*\bstate\s*=\s*[\"'](?:very)?hidden",
        "有隐藏的工作表，删去或取消隐藏后再用",
    ),
    (
        r"xl/.*\.xml",
        rb"<(?:\w+:)?(?:row|col)\b[^>]*\bhidden\s*=\s*[\"'](?:1|true)",
        "有隐藏的行或列，删去或取消隐藏后再用",
    ),
    (
        r"word/.*\.xml",
        rb"<w:(?:del|ins|moveFrom|vanish)\b|\bw:author\s*=",
        "有修订痕迹或隐藏文字，接受修订后再用",
    ),
    (r".*\.(?:xml|rels)", rb"^(?:\xff\xfe|\xfe\xff|<\x00|\x00<)", "里面的文字不是 UTF-8"),
    (
        r".*\.rels",
        rb"Target\s*=\s*[\"'](?:file:|[A-Za-z]:[\\/]|\\\\)",
        "引用了本机文件的路径",
    ),
    (
        r".*/media/.*(?<!\.png)(?<!\.jpg)(?<!\.jpeg)(?<!\.gif)(?<!\.webp)",
        b"",
        "里面有不能清理的图片，换成 PNG 或 JPEG",
    ),
)


# What tells of authors, their machines, or points at a part that was dropped.
OFFICE_TOLD = re.compile(
    rb"<!--.*?-->|<(?:\w+:)?(?:absPath|fileSharing|legacyDrawing|attachedTemplate|commentRange(?:Start|End)|commentReference)\b[^>]*/>|<w:docVars>.*?</w:docVars>",
    re.DOTALL,
)


def _refuse_hidden(parts: dict[str, bytes]) -> None:
    for name, body in parts.items():
        for names, mark, said in OFFICE_HIDDEN:
            if re.fullmatch(names, name, re.IGNORECASE) and re.search(mark, body, re.IGNORECASE):
                raise CleanError(said)


def _office_part(name: str, body: bytes) -> bytes:
    if name.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".webp")):
        suffix = name.rsplit(".", 1)[-1].lower()
        return _picture(suffix, body, label=False).data
    if name == "[Content_Types].xml":
        return re.sub(
            rb"<Override\b[^>]*PartName=\"/(?:docProps|customXml)[^>]*/>|<Override\b[^>]*[cC]omments[^>]*/>|<Override\b[^>]*people[^>]*/>",
            b"",
            body,
        )
    if name.endswith(".rels"):
        return re.sub(
            rb"<Relationship\b[^>]*(?:docProps/|customXml|[cC]omments|people\.xml|thumbnail|printerSettings|vmlDrawing|attachedTemplate)[^>]*/>",
            b"",
            body,
        )
    body = re.sub(rb"(<pageSetup\b[^>]*?)\sr:id=\"[^\"]*\"", rb"\1", body)
    return OFFICE_TOLD.sub(b"", body)


def _packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, body in parts.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, body)
    return out.getvalue()


PICTURES: dict[str, tuple[str, Callable[[bytes, bool], bytes]]] = {
    "png": ("PNG", _png),
    "jpg": ("JPEG", _jpeg),
    "jpeg": ("JPEG", _jpeg),
    "webp": ("WEBP", _webp),
    "gif": ("GIF", _gif),
    "avif": ("AVIF", _as_is),
}
ATTACHMENTS: dict[str, Callable[[bytes], bytes]] = {
    "csv": _text,
    "txt": _text,
    "xlsx": _office,
    "docx": _office,
}
