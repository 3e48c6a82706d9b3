"""Archives are looked through before anything is unpacked, and nothing is: entries are only counted.

Sizes that an archive states are not believed: every entry is inflated once, piece by piece, and thrown
away; whoever lied about a size has at most that size inflated.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from service.room import Stopped
from service.uploads import names

MOST = 1000  # entries
WHOLE = 2 << 30  # bytes of all of them
RATIO = 200  # times a packed entry may grow, once it is larger than SMALL
SMALL = 1 << 20
PIECE = 256 << 10


def entries(box: zipfile.ZipFile, most: int = MOST, whole: int = WHOLE) -> list[zipfile.ZipInfo]:
    """The entries of an archive whose list can be trusted; `Stopped` when it can't."""
    listed = box.infolist()
    if not listed:
        raise Stopped(422, "压缩包是空的。")
    if len(listed) > most:
        raise Stopped(422, f"压缩包里文件太多，最多 {most} 个。")
    if sum(e.file_size for e in listed) > whole:
        raise Stopped(422, "压缩包解开以后太大，没有收。")
    for entry in listed:
        if why := fault(entry):
            raise Stopped(422, f"压缩包里的“{shown(entry.filename)}”：{why}。")
    if len({e.filename.casefold() for e in listed}) < len(listed):
        raise Stopped(422, "压缩包里有同名的文件。")
    _apart(box, listed)
    return listed


def fault(entry: zipfile.ZipInfo) -> str:
    """What is wrong with one entry as it is listed."""
    name = entry.orig_filename
    parts = name.removesuffix("/").split("/")
    if name.startswith(("/", "\\")) or "\\" in name or ":" in name or {"", ".", ".."} & set(parts):
        return "路径不对，解开会写到别处去"
    if len(parts) > 8:
        return "文件夹套得太深"
    if why := next((w for w in map(names.fault, parts) if w), ""):
        return why
    mode = entry.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return "是链接或特殊文件"
    if entry.flag_bits & 0x41:
        return "加了密，查不了，请去掉密码"
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return "压缩方法不常见，请用普通 zip 重新压"
    if entry.file_size > SMALL and entry.file_size > RATIO * max(entry.compress_size, 1):
        return "压缩比大得不正常，像压缩炸弹"
    return ""


def _apart(box: zipfile.ZipFile, listed: list[zipfile.ZipInfo]) -> None:
    """No two entries share bytes, none reaches into the list: that is how small bombs are made."""
    size = (box.fp.seek(0, 2), box.fp.tell())[1] if box.fp else 0
    end, at = box.start_dir, 0
    for entry in sorted(listed, key=lambda e: e.header_offset):
        if entry.header_offset < at:
            raise Stopped(422, "压缩包里的文件互相重叠，像压缩炸弹。")
        at = entry.header_offset + 30 + entry.compress_size
    first = min(e.header_offset for e in listed)
    if at > end or end > size or first != 0 or box.comment:
        raise Stopped(422, "压缩包前后夹着别的东西，没有收。")


def inflated(box: zipfile.ZipFile, entry: zipfile.ZipInfo, into: BinaryIO | None = None) -> bytes:
    """Inflate an entry piece by piece, into a file or into nothing; its first bytes.

    `Stopped` when it is not what the list states.
    """
    head, count = b"", 0
    try:
        with box.open(entry) as body:
            while piece := body.read(PIECE):
                head = head or piece
                count += len(piece)
                if into is not None:
                    into.write(piece)
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise Stopped(422, f"压缩包里的“{shown(entry.filename)}”坏了，或者被改过。") from error
    if count != entry.file_size:
        raise Stopped(422, f"压缩包里的“{shown(entry.filename)}”大小和写的不一样。")
    return head


def opened(file: Path | BinaryIO) -> zipfile.ZipFile:
    """A zip that can be read; `Stopped` when it can't."""
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Stopped(422, "压缩包坏了，打不开。") from error


def shown(name: str) -> str:
    """A name of an entry as it may stand in a sentence."""
    return "".join(c if c.isprintable() else "□" for c in name)[:60]
