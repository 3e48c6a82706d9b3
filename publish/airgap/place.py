"""Putting a release where it is served: all of it verified and built beside, then exchanged in one step.

Killed at any moment, the folder is the old release or the new one, whole; what was open in the ledger is
settled by looking at the folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from glob import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from builder.bundle import APPROVALS, FORMAT, MANIFEST, Bundle, load, recover, swap
from builder.problems import Refused
from publish.airgap import record
from publish.airgap.form import HASH, WORD, File, Manifest, Rejected, digest_of, in_order
from publish.airgap.names import fault
from publish.airgap.read import Base, Package, blocks, same
from publish.door import NotPublishable, admit
from publish.ledger import Ledger, LedgerTrouble

Facts = Mapping[str, Any]
MANY = 10  # names that are told
SPARE = 64 << 20  # bytes that are left free on the disk


class Unfinished(Refused):
    """The folder holds the package, and something that should have followed failed."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a folder holds now: its files by the manifest in it."""

    folder: Path
    files: tuple[File, ...]
    edition: str = ""  # of a release

    def strangers(self) -> list[str]:
        """What lies in the folder and is none of its files: whose it is nobody here knows."""
        known = {f.path for f in self.files}
        found = []
        for place, folders, names in os.walk(self.folder):
            links = [n for n in folders if Path(place, n).is_symlink()]
            paths = (Path(place, n).relative_to(self.folder).as_posix() for n in [*links, *names])
            found += [p for p in paths if p not in known]
        return sorted(found)

    @property
    def digest(self) -> str:
        """The name of what it holds; empty when it holds nothing."""
        return digest_of(self.files) if self.files else ""

    def base(self) -> Base:
        """Its files, by their hashes."""
        return {f.sha256: self.folder / f.path for f in reversed(self.files)}


def files_of(bundle: Bundle) -> tuple[File, ...]:
    """All files of a bundle, the manifest among them, as a package lists them."""
    data = (bundle.root / MANIFEST).read_bytes()
    own = File(MANIFEST, len(data), hashlib.sha256(data).hexdigest())
    return in_order([own, *(File(f.path, f.size, f.sha256) for f in bundle.files.values())])


def robot_files(folder: Path) -> tuple[File, ...]:
    """The files below a folder that has no manifest, hashed."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            seen = hashlib.sha256()
            with path.open("rb") as file:
                for data in blocks(file):
                    seen.update(data)
            name = path.relative_to(folder).as_posix()
            found.append(File(name, path.stat().st_size, seen.hexdigest()))
    return in_order(found)


def standing(to: Path, kind: str, alone: bool = True) -> Standing:
    """What is in the folder; `Rejected` when it holds something that no package put there.

    `to`: as it was written, so that a link is seen to be one. `alone`: nothing else may lie there.
    """
    ordinary(to)
    if not to.exists() or not any(to.iterdir()):
        return Standing(to, ())
    if kind == "robot":
        return Standing(to, robot_files(to))
    try:
        bundle = load(to)
        here = Standing(to, files_of(bundle), _edition(bundle))
    except (OSError, ValueError, TypeError, KeyError):
        text = f"{to} 里不是以前装的成品，不敢换掉：写一个空文件夹，或先把里面的东西移走。"
        raise Rejected("foreign", text) from None
    if alone and (found := here.strangers()):
        more = f"等 {len(found)} 个" if len(found) > MANY else ""
        names = "、".join(p[:80] for p in found[:MANY])
        text = f"{to} 里有不是成品的文件：{names}{more}。装上会一起没有，不装：先把它们移走。"
        raise Rejected("foreign", text)
    return here


def ordinary(to: Path) -> None:
    """`Rejected` when the path is there and no folder of its own."""
    if to.is_symlink() or (to.exists() and not to.is_dir()):
        raise Rejected("foreign", f"{to} 不是普通的文件夹：写一个文件夹的路径。")


def _edition(bundle: Bundle) -> str:
    """The edition of a release as it is made here; ValueError of anything else that calls itself a bundle."""
    header = bundle.header
    edition, approvals = header["edition"], header["approvals"]
    if type(header["format"]) is not int or header["format"] != FORMAT:
        raise ValueError("format")
    if not WORD.fullmatch(edition) or not HASH.fullmatch(approvals):
        raise ValueError("edition")
    if APPROVALS not in bundle.files or any(fault(path) for path in bundle.files):
        raise ValueError("files")
    return str(edition)


def fits(manifest: Manifest, here: Standing, ledger: Ledger) -> None:
    """`Rejected` when the package does not go with what the folder holds."""
    if manifest.kind == "release" and here.files and here.edition != manifest.stream:
        text = f"{here.folder} 里是“{here.edition}”版，包里是“{manifest.stream}”版：一个文件夹只装一种版本。看清是不是拿错了包，或写另一个文件夹。"
        raise Rejected("edition", text)
    if manifest.base is not None and manifest.base != here.digest:
        now = f"这里现在是 {here.digest[:12]}" if here.files else "这里还什么都没有"
        text = f"这是增量包，要接在 {manifest.base[:12]} 上，{now}，接不上：先装前面的包，或请对方做一个全量包（--base none）。"
        raise Rejected("base", text)
    if not here.files:
        return
    placed = record.placed(ledger, str(here.folder.resolve()))
    ours = {b["digest"] for b in placed if b["kind"] == manifest.kind}
    if manifest.kind == "robot" and not placed:  # a folder that was moved here
        ours = {b["digest"] for b in record.all_taken(ledger) if b["kind"] == "robot"}
    if (placed or manifest.kind == "robot") and here.digest not in ours:
        text = f"{here.folder} 里不是以前装的那一包，不敢换掉：写一个空文件夹，或先移走。"
        raise Rejected("foreign", text)


def whole_base(manifest: Manifest, here: Standing) -> None:
    """`Rejected` when a file that the package counts on is no longer what it was."""
    carried = {p.sha256 for p in manifest.parts}
    base = here.base()
    for file in manifest.files:
        source = base.get(file.sha256)
        if file.sha256 not in carried and (source is None or not same(source, file)):
            text = f"本机上一版的 {file.path} 缺了或被改过，接不上：请对方做一个全量包（--base none）。"
            raise Rejected("base", text)


def proper(folder: Path, manifest: Manifest, now: datetime) -> None:
    """`Rejected` when the release in `folder` may not go out, or is not what the package lists."""
    try:
        bundle = admit(folder, now)
        files, header = files_of(bundle), bundle.header
        edition, public = header["edition"], header["public"]
    except (NotPublishable, OSError, KeyError) as error:
        raise Rejected("door", f"里面的成品不能发布：{error}") from None
    if files != manifest.files:
        raise Rejected("door", "成品的清单和包的清单不是同一批文件：请对方重新做包。")
    if edition != manifest.stream:
        raise Rejected(
            "door", f"包写着“{manifest.stream}”，里面却是“{edition}”版：请对方重新做包。"
        )
    if manifest.direction == "out" and public is not True:
        raise Rejected("door", f"“{edition}”版不是公开的，不能出内网：不要用，立即告诉对方。")


def glimpse(package: Package, here: Standing, now: datetime) -> None:
    """Go through a package without placing it: all that `place` would refuse is refused."""
    manifest = package.manifest
    whole_base(manifest, here)
    hashes = {f.path: f for f in manifest.files if f.path in {MANIFEST, APPROVALS}}
    with TemporaryDirectory() as name:
        folder = Path(name)
        wanted = {f.sha256: folder / f.path for f in hashes.values()}
        (folder / APPROVALS).parent.mkdir()
        package.check(wanted)
        base = here.base()
        for sha256, target in wanted.items():
            if not target.exists() and sha256 in base:
                shutil.copyfile(base[sha256], target)
        if manifest.kind == "release":
            proper(folder, manifest, now)


def _to_disk() -> None:
    """All that was written reaches the disk before the names change."""
    if hasattr(os, "sync"):
        os.sync()


def place(
    package: Package,
    to: Path,
    ledger: Ledger,
    now: Callable[[], datetime],
    to_disk: Callable[[], None] = _to_disk,
    exchange: Callable[[Path, Path], None] = swap,
) -> Standing:
    """Put the release or robot package into the folder `to`; what the folder held before.

    `Rejected` when anything is not in order, OSError when the system does not let it be: then the folder is
    as it was. `Unfinished`: it holds the package.
    """
    ordinary(to)
    to = to.resolve()
    settle(to, ledger)
    manifest = package.manifest
    record.fresh(ledger, manifest, package.id)
    here = standing(to, manifest.kind)
    fits(manifest, here, ledger)
    to.parent.mkdir(parents=True, exist_ok=True)
    _room(package, to.parent)
    known = record.facts(manifest, package.id)
    call = record.taking(ledger, str(to), known)
    stage = to.with_name(f".{to.name}.new-{package.id[:16]}")
    moving = False
    try:
        package.unpack(stage, here.base())
        if manifest.kind == "release":
            proper(stage, manifest, now())
        to_disk()
        moving = True
        exchange(stage, to)
    except BaseException as error:
        _cut_off(to, known, error, moving=moving)
        shutil.rmtree(stage, ignore_errors=True)
        with suppress(LedgerTrouble):  # then the next run asks the folder
            ledger.settle(call, "absent")
        raise
    _noted(ledger, call, to, known)
    return here


def _cut_off(to: Path, known: Facts, error: BaseException, *, moving: bool) -> None:
    """Bring the folder back from between two renames; when the new one came, say so and leave the call open."""
    with suppress(OSError):
        recover(to)
    if moving and _came(to, known["kind"], known["digest"]):
        if isinstance(error, Exception):
            raise Unfinished(_unfinished(to, error)) from error
        raise error


def _noted(ledger: Ledger, call: int, to: Path, known: Facts, state: str = "done") -> None:
    """Write down that a package is in its place; `Unfinished` when the ledger does not take it."""
    try:
        record.taken(ledger, call, known, state)
    except LedgerTrouble as trouble:
        raise Unfinished(_unfinished(to, trouble)) from trouble


def _unfinished(to: Path, error: Exception) -> str:
    return f"{to} 已经换上包里的这一版，后面的没有做完：{error}\n再运行同一条命令，会接着做完。"


def already(package: Package, to: Path, ledger: Ledger) -> bool:
    """Whether a run before put this very package into `to`, and it is there whole.

    `Rejected` when it was put there and is no longer what it was.
    """
    ordinary(to)
    to = to.resolve()
    settle(to, ledger)
    manifest = package.manifest
    last = record.last_taken(ledger, record.flow(manifest))
    if last is None or last["package"] != package.id:
        return False
    put = {known["digest"] for known in record.held(ledger, str(to))}
    if manifest.digest not in put or not _came(to, manifest.kind, manifest.digest):
        return False
    for file in manifest.files:
        if not same(to / file.path, file):
            text = f"第 {manifest.sequence} 号包已经装过了，可是 {to} 里的 {file.path} 缺了或被改过：先查清是谁改的，再请对方做一个全量包（--base none）。"
            raise Rejected("replay", text)
    return True


def settle(to: Path, ledger: Ledger) -> None:
    """Complete what was cut off: ask the folder which release it holds, sweep what is left beside it."""
    to = to.resolve()
    recover(to)
    for item in ledger.unsettled(record.CHANNEL, str(to)):
        known = item.call.about
        if _came(to, str(known["kind"]), str(known["digest"])):
            _noted(ledger, item.id, to, known, "found")
        else:
            ledger.settle(item.id, "absent")
    if to.parent.is_dir():
        for left in to.parent.glob(f".{escape(to.name)}.new-*"):
            shutil.rmtree(left, ignore_errors=True)


def _came(to: Path, kind: str, digest: str) -> bool:
    with suppress(Rejected, OSError):
        return standing(to, kind, alone=False).digest == digest
    return False


def _room(package: Package, folder: Path) -> None:
    need = sum(p.size for p in package.manifest.parts) + SPARE
    free = shutil.disk_usage(folder).free
    if need > free:
        text = (
            f"磁盘不够：还要 {need >> 20} MB，只剩 {free >> 20} MB。腾出空间再装，现在的站没有动。"
        )
        raise Rejected("disk", text)
