"""Forms with files, written to the disk as they come: memory holds a piece of a file and no more."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from service.desk import Desk
from service.room import Stopped

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

INCOMING = "incoming"  # in the data folder; not in backups
FIELDS, FIELD = 200, 256 << 10  # how many, bytes of all of them
RESERVE = 200 << 20  # bytes that stay free on the disk
BROKEN = "上传的内容不完整，请重新传。"


@dataclass
class Draft:
    """A file on its way in. `name` is as it was sent, unjudged."""

    name: str
    path: Path
    size: int = 0
    digest: str = ""


@dataclass
class Form:
    """What a form held."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[Draft] = field(default_factory=list)


@asynccontextmanager
async def received(request: Request, desk: Desk, files: int, each: int) -> AsyncIterator[Form]:
    """A form with at most `files` files of `each` bytes; what is not kept by the end is gone."""
    folder = desk.settings.data / INCOMING / secrets.token_hex(8)
    told = request.headers.get("content-length", "0")
    await run_in_threadpool(_room_for, folder, int(told) if told.isdigit() else 0)
    reader = Reader(_boundary(request), folder, files, each)
    try:
        async for piece in request.stream():
            reader.feed(piece)
            await run_in_threadpool(reader.flush)
        yield await run_in_threadpool(reader.done)
    except ClientDisconnect as error:
        raise Stopped(400, BROKEN) from error
    except OSError as error:
        raise Stopped(507, "磁盘写不下，没有收。请联系管理员。") from error
    finally:
        await run_in_threadpool(reader.clear)


def _room_for(folder: Path, size: int) -> None:
    folder.mkdir(parents=True, mode=0o700)
    if shutil.disk_usage(folder).free < size + RESERVE:
        folder.rmdir()
        raise Stopped(507, "磁盘快满了，暂时不收文件。请联系管理员。")


def _boundary(request: Request) -> bytes:
    kind, told = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not told.get(b"boundary"):
        raise Stopped(415, "这里要交带文件的表单。")
    return told[b"boundary"]


class Reader:
    """Takes a form apart as it comes. `feed` only reads; `flush` does the writing that it asks for."""

    def __init__(self, boundary: bytes, folder: Path, files: int, each: int) -> None:
        """Files are written into `folder`."""
        self.form, self.folder, self.most, self.each = Form(), folder, files, each
        told: dict[str, Any] = {
            "on_part_begin": self._begin,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._ready,
            "on_end": self._over,
        }
        try:
            self._parser = MultipartParser(boundary, cast("MultipartCallbacks", told))
        except FormParserError as error:
            raise Stopped(400, BROKEN) from error
        self._acts: list[Callable[[], object]] = []
        self._out: BinaryIO | None = None
        self._hash = hashlib.sha256()
        self._complete, self._fields, self._values = False, 0, 0
        self._begin()

    def feed(self, piece: bytes) -> None:
        """Read a piece of the body."""
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise Stopped(400, BROKEN) from error

    def flush(self) -> None:
        """Write what was read."""
        acts, self._acts = self._acts, []
        for act in acts:
            act()

    def done(self) -> Form:
        """The whole form; `Stopped` when its end is missing."""
        self.flush()
        if not self._complete:
            raise Stopped(400, BROKEN)
        return self.form

    def clear(self) -> None:
        """Nothing stays of what was not kept."""
        if self._out is not None:
            self._out.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- what the parser tells

    def _begin(self) -> None:
        self._name = self._value = b""
        self._told: dict[bytes, bytes] = {}
        self._field, self._text = "", bytearray()
        self._draft: Draft | None = None

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._told[self._name.lower()] = self._value
        self._name = self._value = b""

    def _ready(self) -> None:
        kind, told = parse_options_header(self._told.get(b"content-disposition", b""))
        if kind != b"form-data" or b"name" not in told:
            raise Stopped(400, BROKEN)
        self._field = _text(told[b"name"])
        if b"filename" in told:
            self._file(_text(told[b"filename"]))

    def _file(self, name: str) -> None:
        self._draft = Draft(name, self.folder / str(len(self.form.files)))
        if name:  # a field that was left empty sends a file without a name
            self.form.files.append(self._draft)
        if len(self.form.files) > self.most:
            raise Stopped(413, f"一次最多传 {self.most} 个文件。")
        self._acts.append(self._open(self._draft.path))

    def _open(self, path: Path) -> Callable[[], object]:
        def act() -> None:
            self._out, self._hash = path.open("wb"), hashlib.sha256()

        return act

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._draft is None:
            self._values += end - start
            self._text += data[start:end]
            if self._values > FIELD:
                raise Stopped(413, "文字太长了。")
            return
        self._draft.size += end - start
        if self._draft.size > self.each:
            raise Stopped(
                413, f"“{self._draft.name[:40]}”太大：一个文件最多 {self.each >> 20} MB。"
            )
        piece = data[start:end]
        self._acts.append(lambda: self._put(piece))

    def _put(self, piece: bytes) -> None:
        assert self._out is not None
        self._out.write(piece)
        self._hash.update(piece)

    def _end(self) -> None:
        draft = self._draft
        if draft is not None:
            self._acts.append(lambda: self._close(draft))
            return
        self._fields += 1
        if self._fields > FIELDS:
            raise Stopped(413, "表单的栏目太多。")
        self.form.fields[self._field] = _text(bytes(self._text))

    def _close(self, draft: Draft) -> None:
        assert self._out is not None
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()
        self._out, draft.digest = None, self._hash.hexdigest()

    def _over(self) -> None:
        self._complete = True


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Stopped(400, BROKEN) from error
