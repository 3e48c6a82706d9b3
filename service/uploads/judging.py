"""Whether a file is taken: what it is by its content, whether that is wanted, what it carries."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from service.room import Stopped
from service.uploads import archives, contents, names, office, pictures
from service.uploads.sorts import HEAD, OFFICE, PICTURES, SORTS, Sort, texty, told

OLD = (b"\xd0\xcf\x11\xe0", "旧格式的 Office 文件可能带宏，请另存为 docx、xlsx、pptx 再传。")
LINE = 1 << 20  # bytes of the longest line of a text
PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")


@dataclass(frozen=True, slots=True)
class Judged:
    """A file that may be taken. `remarks`: what its sender should know, in Chinese."""

    kind: str
    remarks: tuple[str, ...] = ()


def judge(file: Path, name: str, allowed: Collection[str], scratch: Path) -> Judged:
    """What a file is, by its content; `Stopped` in Chinese when it is not taken. `scratch`: for what is unpacked."""
    sort = _claimed(name, allowed)
    with file.open("rb") as body:
        head = body.read(HEAD)
    _as_claimed(head, sort)
    if sort.name == "zip":
        return Judged("zip", _archive(file, frozenset(allowed), scratch))
    if sort.name in OFFICE:
        return Judged(sort.name, _author(office.look(file, sort.name)))
    contents.foreign(file, sort.name)
    if sort.name == "pdf":
        return Judged("pdf", _author(contents.pdf(file)))
    if sort.name in PICTURES:
        return Judged(sort.name, _camera(pictures.look(file, sort.name)))
    if sort.name == "txt":
        _text(file)
    return Judged(sort.name)


def _claimed(name: str, allowed: Collection[str]) -> Sort:
    end = names.ending(name)
    found = next((s for s in SORTS.values() if end in s.endings and s.name in allowed), None)
    if found is None:
        said = "、".join(SORTS[k].said for k in SORTS if k in allowed)
        raise Stopped(422, f"“{name}”这种文件不收。可以交：{said}。")
    return found


def _as_claimed(head: bytes, sort: Sort) -> None:
    if not head:
        raise Stopped(422, "文件是空的。")
    if head.startswith(OLD[0]):
        raise Stopped(422, OLD[1])
    if head.startswith(PROGRAMS):
        raise Stopped(422, "这是程序，不收。")
    found = told(head)
    if found != ("zip" if sort.name in OFFICE else sort.name):
        raise Stopped(422, f"内容和名字对不上：名字是{sort.said}，内容不是。")


def _text(file: Path) -> None:
    with file.open("rb") as body:
        while line := body.readline(LINE):
            if len(line) == LINE or not (texty(line) or not line.strip()):
                raise Stopped(422, "文本要用 UTF-8，不能有控制字符、网页代码和太长的行。")


def _archive(file: Path, allowed: frozenset[str], scratch: Path) -> tuple[str, ...]:
    """Every entry by the rules of a file that comes alone; an archive in an archive is none of them."""
    remarks: dict[str, None] = {}
    with archives.opened(file) as box:
        for entry in archives.entries(box):
            if entry.is_dir():
                continue
            name = entry.filename.rpartition("/")[2]
            with tempfile.TemporaryDirectory(dir=scratch) as folder:
                inner = Path(folder) / "inner"
                with inner.open("wb") as out:
                    archives.inflated(box, entry, out)
                try:
                    found = judge(inner, name, allowed - {"zip"}, Path(folder))
                except Stopped as stop:
                    said = f"压缩包里的“{archives.shown(entry.filename)}”：{stop.said}"
                    raise Stopped(stop.status, said) from stop
            remarks |= dict.fromkeys(found.remarks)
    return tuple(remarks)


def _author(named: bool) -> tuple[str, ...]:
    said = "文件属性里写着作者或单位：评审是匿名的，请在“文件—信息—检查文档”里去掉再传。"
    return (said,) if named else ()


def _camera(seen: bool) -> tuple[str, ...]:
    said = "照片里带着拍摄信息（可能有地点、时间、设备），请导出一份不带这些信息的再传。"
    return (said,) if seen else ()
