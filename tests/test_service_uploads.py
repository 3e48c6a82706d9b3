"""Files that people send in: what is taken, what is refused, and what the machine spends on it."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.room import Stopped
from service.store import files
from service.uploads import exports, keeping, names
from service.uploads.judging import judge
from service.uploads.receiving import Draft, Reader
from service.uploads.scan import scan
from service.uploads.sorts import SORTS
from tests.service_world import World
from tests.uploaded import ATTACKS, GOOD, boxed, jpg, office, pdf

FULL = bool(os.environ.get("WEIKE_FULL"))
ALL = frozenset(SORTS)


def put(folder: Path, data: bytes) -> Path:
    file = folder / "sent"
    file.write_bytes(data)
    return file


@pytest.mark.parametrize("name", GOOD)
def test_good_files_are_taken(tmp_path: Path, name: str) -> None:
    found = judge(put(tmp_path, GOOD[name]), names.clean(name), ALL, tmp_path)
    assert names.ending(name) in SORTS[found.kind].endings
    assert found.remarks == ()
    assert [p.name for p in tmp_path.iterdir()] == ["sent"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_refused(tmp_path: Path, attack: str) -> None:
    name, make, said = ATTACKS[attack]
    with pytest.raises(Stopped, match=said) as stopped:
        judge(put(tmp_path, make()), names.clean(name), ALL, tmp_path)
    assert stopped.value.status == 422
    assert [p.name for p in tmp_path.iterdir()] == ["sent"]


def test_every_sort_refuses_every_other(tmp_path: Path) -> None:
    """What is good under its own name is refused under any other sort's."""
    for name, data in GOOD.items():
        for sort in SORTS.values():
            if names.ending(name) in sort.endings:
                continue
            with pytest.raises(Stopped):
                judge(put(tmp_path, data), f"b.{sort.endings[0]}", ALL, tmp_path)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", office(parts={"docProps/core.xml": b"<dc:creator>\xe5\xbc\xa0\xe4\xb8\x89</dc:creator>"})),
        ("a.pdf", pdf(b"/Author (Zhang San)")),
        ("a.jpg", jpg(exif=True)),
        ("a.zip", boxed({"b.jpg": jpg(exif=True)})),
    ],
)  # fmt: skip
def test_who_made_a_file_is_remarked(tmp_path: Path, name: str, data: bytes) -> None:
    assert judge(put(tmp_path, data), name, ALL, tmp_path).remarks


@given(data=st.binary(max_size=400), name=st.sampled_from(sorted(GOOD)), cut=st.integers(0, 400))
def test_whatever_is_sent_is_judged(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str, cut: int
) -> None:
    """Good beginnings with anything behind: taken or refused in Chinese, nothing else."""
    folder = tmp_path_factory.mktemp("sent")
    with suppress(Stopped):
        judge(put(folder, GOOD[name][:cut] + data), name, ALL, folder)


# --- forms ----------------------------------------------------------------------------------------


def form(*parts: tuple[str, str | None, bytes]) -> bytes:
    made = b""
    for field, name, data in parts:
        told = f'form-data; name="{field}"' + (f'; filename="{name}"' if name is not None else "")
        made += f"--XX\r\nContent-Disposition: {told}\r\n\r\n".encode() + data + b"\r\n"
    return made + b"--XX--\r\n"


def read(folder: Path, body: bytes, step: int = 7, files: int = 3, each: int = 1000) -> Reader:
    folder.mkdir(exist_ok=True)
    reader = Reader(b"XX", folder, files, each)
    for at in range(0, len(body), step):
        reader.feed(body[at : at + step])
        reader.flush()
    return reader


@given(data=st.binary(max_size=300), text=st.text(max_size=50), step=st.integers(1, 90))
def test_a_form_is_read_however_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, text: str, step: int
) -> None:
    folder = tmp_path_factory.mktemp("form")
    made = form(("标题", None, text.encode()), ("file", "一.pdf", data), ("none", "", b""))
    found = read(folder, made, step).done()
    assert found.fields["标题"] == text
    (only,) = found.files
    assert (only.name, only.size) == ("一.pdf", len(data))
    assert only.path.read_bytes() == data
    assert only.digest == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (form(("a", "x.pdf", b"1" * 1001)), 413),
        (form(*[("a", "x.pdf", b"1")] * 4), 413),
        (form(*[("a", None, b"1")] * 201), 413),
        (form(("a", None, b"1" * 300_000)), 413),
        (form(("a", None, b"1"))[:-8], 400),
        (b"nothing of the kind", 400),
        (form(("a", "x\xff".encode("latin-1").decode("latin-1"), b"1")).replace(b"\xc3\xbf", b"\xff"), 400),
    ],
    ids=["size", "count", "fields", "text", "cut", "no form", "name"],
)  # fmt: skip
def test_what_is_too_much_or_broken_stops(tmp_path: Path, body: bytes, status: int) -> None:
    with pytest.raises(Stopped) as stopped:
        read(tmp_path / "in", body, 4096).done()
    assert stopped.value.status == status


# --- keeping --------------------------------------------------------------------------------------


def sent(service: World, data: bytes, name: str = "一.pdf") -> keeping.Taken:
    folder = service.desk.settings.data / "incoming" / "x"
    folder.mkdir(parents=True, exist_ok=True)
    file = put(folder, data)
    draft = Draft(name, file, len(data), hashlib.sha256(data).hexdigest())
    return keeping.take(service.desk, draft, ALL)


def keep(service: World, data: bytes) -> int:
    taken = sent(service, data)
    return service.desk.store.write(lambda c: keeping.keep(c, service.desk, taken, "work:1", "7"))


def test_a_file_lies_once_and_goes_when_nobody_holds_it(service: World) -> None:
    first, second = keep(service, pdf()), keep(service, pdf())
    digest = hashlib.sha256(pdf()).hexdigest()
    place = keeping.path(service.desk, digest)
    assert place.read_bytes() == pdf()
    assert place.stat().st_mode & 0o177 == 0
    with service.desk.store.read() as connection:
        assert files.sizes(connection, ["work:1"]) == (2, 2 * len(pdf()))
    service.desk.store.write(lambda c: files.drop(c, first))
    service.clock.now = int(place.stat().st_mtime * 1000) + 10 * keeping.YOUNG
    assert keeping.sweep(service.desk) == 0
    service.desk.store.write(lambda c: files.drop(c, second))
    service.clock.now -= 10 * keeping.YOUNG
    assert keeping.sweep(service.desk) == 0  # young: it may belong to a write under way
    service.clock.now += 10 * keeping.YOUNG
    assert keeping.sweep(service.desk) == 1
    assert not place.exists()


def test_a_file_is_given_out_to_be_saved_and_never_run(service: World) -> None:
    number = keep(service, pdf())
    with service.desk.store.read() as connection:
        row = files.find(connection, number)
    told = keeping.served(service.desk, row, "作品 一.pdf").headers
    assert told["content-disposition"].startswith("attachment; filename*=utf-8''%E4%BD%9C")
    assert "sandbox" in told["content-security-policy"]
    assert told["x-content-type-options"] == "nosniff"
    assert told["content-type"] == "application/pdf"


@contextmanager
def scanner(answer: bytes, folder: Path) -> Iterator[tuple[str, list[bytes]]]:
    """What speaks as clamd does: reads INSTREAM, says one line."""
    line = socket.socket(socket.AF_UNIX)
    line.bind(str(folder / "clamd"))
    line.listen()
    seen: list[bytes] = []

    def serve() -> None:
        talk, _ = line.accept()
        with talk, talk.makefile("rb") as body:
            assert body.read(10) == b"zINSTREAM\0"
            while size := struct.unpack("!I", body.read(4))[0]:
                seen.append(body.read(size))
            talk.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"unix:{folder / 'clamd'}", seen
    finally:
        thread.join(5)
        line.close()


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"stream: OK\0", 0),
        (b"stream: Eicar-Test-Signature FOUND\0", 422),
        (b"INSTREAM size limit exceeded. ERROR\0", 503),
        (b"", 503),
    ],
)
def test_the_scanner_is_asked(tmp_path: Path, answer: bytes, status: int) -> None:
    data = b"%PDF-" + b"x" * 600_000
    with scanner(answer, tmp_path) as (where, seen):
        if not status:
            scan(put(tmp_path, data), where)
        else:
            with pytest.raises(Stopped) as stopped:
                scan(
                    tmp_path / "sent" if (tmp_path / "sent").exists() else put(tmp_path, data),
                    where,
                )
            assert stopped.value.status == status
    assert b"".join(seen) == data


def test_no_scanner_no_file(tmp_path: Path) -> None:
    with pytest.raises(Stopped) as stopped:
        scan(put(tmp_path, b"x"), f"unix:{tmp_path}/nobody")
    assert stopped.value.status == 503


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =cmd|' /C calc'!A0", "＝1", "\u200b=1", "%0A=1"]  # fmt: skip


@given(st.lists(st.one_of(st.sampled_from(FORMULAS), st.text(max_size=20)), min_size=1, max_size=5))
def test_no_cell_is_a_formula(cells: list[str]) -> None:
    made = exports.table(["a"] * len(cells), [cells]).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(made, newline="")))
    for cell, told in zip(cells, rows[1], strict=True):
        assert told.removeprefix("'") == cell.removeprefix("'")
        assert not told.lstrip(" \u3000\u200b\xa0\ufeff").startswith(
            ("=", "+", "-", "@", "＝", "\t", "\r")
        )


# --- memory ---------------------------------------------------------------------------------------

STREAM = """
import asyncio, os, resource, sys
from pathlib import Path
from tests.service_world import world, ORIGIN
from tests.test_service_uploads import stream
folder, megabytes = Path(sys.argv[1]), int(sys.argv[2])
with world(folder, upload_mb=400) as service:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    held = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
    limit = held + 160 * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    size, digest = asyncio.run(stream(service, megabytes))
    assert size == megabytes << 20, size
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, digest)
"""


async def stream(service: World, megabytes: int) -> tuple[int, str]:
    """Send a film piece by piece through the reading, the judging and the keeping."""
    from starlette.requests import Request

    from service.uploads.receiving import received
    from tests.uploaded import mp4

    head = b'--XX\r\nContent-Disposition: form-data; name="f"; filename="a.mp4"\r\n\r\n'
    film, piece = mp4(0), b"\0" * 65_536
    left = (megabytes << 20) - len(film)

    async def receive() -> dict[str, object]:
        nonlocal head, left
        if head:
            body, head = head + film, b""
        elif left:
            body = piece[: min(left, len(piece))]
            left -= len(body)
        else:
            return {"type": "http.request", "body": b"\r\n--XX--\r\n", "more_body": False}
        return {"type": "http.request", "body": body, "more_body": True}

    told = [(b"content-type", b"multipart/form-data; boundary=XX")]
    request = Request({"type": "http", "method": "POST", "headers": told}, receive)
    async with received(request, service.desk, 1, 400 << 20) as found:
        taken = await asyncio.to_thread(keeping.take, service.desk, found.files[0], ["mp4"])
        service.desk.store.write(lambda c: keeping.keep(c, service.desk, taken, "work:1", "1"))
    place = keeping.path(service.desk, taken.draft.digest)
    return place.stat().st_size, taken.draft.digest


def test_memory_does_not_grow_with_the_file(tmp_path: Path, root: Path) -> None:
    """300 MB (in the quick run 100) go through a process that may not have more than 160 MB beyond what it has at rest."""
    ran = subprocess.run(
        [sys.executable, "-c", STREAM, str(tmp_path / "data"), "300" if FULL else "100"],
        cwd=root, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    grown, _ = ran.stdout.split()
    assert int(grown) < 64 * 1024, f"{grown} KB"
