"""Backups while the service runs, and the drill that shows each can be restored.

A backup is one zip: every row of one moment, the files that people sent in, and a list with the hash of
each. The key of the service is not in it: it is kept apart, as the operator's guide says.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

from service.desk import Desk
from service.store import audit, copies, migrate, people, programs
from service.store.audit import Act
from service.store.engine import Connection, Store, lite_url

SECRETS = people.SECRETS | programs.SECRETS
LIST, ROWS, FILES = "list.json", "rows.jsonl.gz", "files"


class Spoilt(Exception):
    """A backup that can't be restored; the text says why, in Chinese."""


def make(desk: Desk, folder: Path | None = None) -> Path:
    """Write a backup into `folder` (by default beside the data), try it, and only then give it its name."""
    folder = folder or desk.settings.data / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{desk.settings.profile}-{desk.clock()}.zip"
    tables = migrate.tables(desk.settings.profile)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as scratch:
        rows = Path(scratch) / ROWS
        counts = copies.save(desk.store, tables, rows)
        draft = Path(scratch) / name
        _pack(desk, rows, counts, draft)
        drill(draft)
        draft.chmod(0o600)
        draft.replace(folder / name)
    return folder / name


def drill(file: Path) -> str:
    """Restore a backup into a scratch database and look at it; what was found. `Spoilt` when it can't be."""
    told = read_list(file)
    with tempfile.TemporaryDirectory(prefix="weike-drill-") as scratch:
        found = restore(file, Path(scratch), lite_url(Path(scratch) / "drill.db"))
        if why := copies.whole(Path(scratch) / "drill.db"):
            raise Spoilt(f"恢复出来的数据库不完整：{why}。")
    if found != told["rows"]:
        raise Spoilt("恢复出来的条数和备份时的不一样。")
    return f"{file.name} 能恢复：{sum(found.values())} 条记录，{len(told['files'])} 个文件。"


def restore(file: Path, data: Path, url: str) -> dict[str, int]:
    """Restore into an empty database at `url` and an empty folder `data`; rows by table."""
    told = read_list(file)
    rows = data / f".{ROWS}"
    try:
        with zipfile.ZipFile(file) as box:
            for name, digest in told["files"].items():
                _unpack(box, name, digest, data / FILES)
            rows.write_bytes(box.read(ROWS))
        if hashlib.sha256(rows.read_bytes()).hexdigest() != told["digest"]:
            raise Spoilt("备份里的记录坏了。")
        return _fill(rows, url, told["profile"])
    except (zipfile.BadZipFile, EOFError, zlib.error, KeyError, ValueError, TypeError) as error:
        raise Spoilt(f"备份坏了：{error}。") from error
    finally:
        rows.unlink(missing_ok=True)


def refill(desk: Desk, file: Path) -> dict[str, int]:
    """Restore into the database of a service that has nothing yet; rows by table. `Spoilt` when it has."""
    told, data = read_list(file), desk.settings.data
    if told["profile"] != desk.settings.profile:
        raise Spoilt(f"这是 {told['profile']} 的备份，不能恢复到 {desk.settings.profile}。")
    tables = migrate.tables(desk.settings.profile)
    with desk.store.read() as connection:
        held = [t for t, count in copies.counts(connection, tables).items() if count]
    if set(held) - {"leases"} or any((data / FILES).rglob("*")):
        raise Spoilt("这里已经有数据，不覆盖。请换一个空的数据库和空的 data 目录再恢复。")
    found = restore(file, data, desk.settings.url)

    def end(connection: Connection) -> None:
        people.end_all(connection)
        programs.wait_again(connection)
        detail = {"made": told["made"], "rows": sum(found.values())}
        audit.record(connection, desk.clock(), Act("", "restore", detail=detail))

    desk.store.write(end)
    return found


def export(desk: Desk, folder: Path) -> dict[str, int]:
    """Everything as JSON lines, a table a file, with the files that people sent in; rows by table.

    What would let somebody in is left out: passwords, second factors, sessions, links,
    what is kept of programs' tokens.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Spoilt(f"{folder} 不是空的，不覆盖。")
    desk.note(Act("", "export"))
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    tables = [t for t in migrate.tables(desk.settings.profile) if t.name not in people.KEYS]
    counts = copies.spread(desk.store, tables, folder / "tables", SECRETS)
    if (desk.settings.data / FILES).exists():
        shutil.copytree(desk.settings.data / FILES, folder / FILES)
    listed = {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }
    told = {
        "profile": desk.settings.profile,
        "made": desk.clock(),
        "rows": counts,
        "left_out": sorted(
            [*people.KEYS, *(f"{t}.{c}" for t, held in SECRETS.items() for c in held)]
        ),
        "files": listed,
    }
    (folder / LIST).write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    return counts


def _unpack(box: zipfile.ZipFile, name: str, digest: str, folder: Path) -> None:
    target = folder / name
    if not target.resolve().is_relative_to(folder.resolve()):
        raise Spoilt(f"备份里的文件名不对：{name}。")
    body = box.read(f"{FILES}/{name}")
    if hashlib.sha256(body).hexdigest() != digest:
        raise Spoilt(f"备份里的 {name} 坏了。")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(body)


def _fill(rows: Path, url: str, profile: str) -> dict[str, int]:
    store = Store(url)
    try:
        migrate.upgrade(store, profile)
        found = copies.restore(rows, store, migrate.tables(profile))
        with store.read() as connection:
            if faults := list(audit.broken(connection)):
                raise Spoilt(f"备份里的审计记录不完整：{faults[0]}")
    finally:
        store.close()
    return found


def read_list(file: Path) -> dict[str, Any]:
    """What a backup says of itself."""
    try:
        with zipfile.ZipFile(file) as box:
            told: dict[str, Any] = json.loads(box.read(LIST))
        if told["format"] != 1:
            raise Spoilt("这是更新的版本做的备份。")
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Spoilt(f"{file} 不是备份，或者坏了：{error}。") from error
    return told


def _pack(desk: Desk, rows: Path, counts: dict[str, int], target: Path) -> None:
    held = desk.settings.data / FILES
    files = sorted(p for p in held.rglob("*") if p.is_file()) if held.exists() else []
    listed: dict[str, str] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as box:
        box.write(rows, ROWS)
        for file in files:
            name = file.relative_to(held).as_posix()
            listed[name] = hashlib.sha256(file.read_bytes()).hexdigest()
            box.write(file, f"{FILES}/{name}")
        told = {
            "format": 1,
            "profile": desk.settings.profile,
            "made": desk.clock(),
            "rows": counts,
            "digest": hashlib.sha256(rows.read_bytes()).hexdigest(),
            "files": listed,
        }
        box.writestr(LIST, json.dumps(told, ensure_ascii=False, indent=1))
