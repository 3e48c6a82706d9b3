"""Taking in what comes back: questions and entries as a new folder, receipts as the other side's newest word."""

from __future__ import annotations

import shutil
from pathlib import Path

from publish.airgap import record
from publish.airgap.form import File, Rejected, digest_of
from publish.airgap.parcel import RECEIPTS
from publish.airgap.read import Package
from publish.ledger import Ledger


def letters(package: Package, state: Path, ledger: Ledger) -> tuple[Path, list[File]]:
    """Take in an inbox package; the folder of what is new, and the files in it.

    What was had before, under the same name with the same content, is left out.
    """
    manifest = package.manifest
    target = state / "inbox" / f"{manifest.sender}-{manifest.sequence:06d}"
    settle(target, ledger, target.is_dir())
    record.fresh(ledger, manifest, package.id)
    if target.exists():
        raise Rejected("foreign", f"{target} 已经有了，不是这个包放的：先移走它。")
    known = record.facts(manifest, package.id)
    had = _had(state, ledger, (manifest.direction, manifest.stream, manifest.sender))
    fresh = [f for f in manifest.files if f not in had]
    stage = _stage(target)
    call = record.taking(ledger, str(target.resolve()), known)
    try:
        package.unpack(stage, {})
        for file in manifest.files:
            if file in had:
                (stage / file.path).unlink()
        _without_empty(stage)
        record.keep_files(state, manifest.files, digest_of(manifest.files))
        if fresh:
            stage.rename(target)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        if not target.exists():
            ledger.settle(call, "absent")
        raise
    shutil.rmtree(stage, ignore_errors=True)
    record.taken(ledger, call, known)
    return target, fresh


def word(package: Package, state: Path, ledger: Ledger) -> tuple[Path, int, int]:
    """Take in the other side's receipts; where they lie, how many there are, how many are new.

    `Rejected` when they do not go on where the ones that were had before ended.
    """
    manifest = package.manifest
    target = state / "receipts" / f"{manifest.sender}.json"
    settle(target, ledger, None)
    record.fresh(ledger, manifest, package.id)
    if [f.path for f in manifest.files] != [RECEIPTS]:
        raise Rejected("content", "回执包里不是一份回执：请对方重新做包。")
    before = record.read_receipts(target.read_bytes()) if target.exists() else []
    known = record.facts(manifest, package.id)
    stage = _stage(target)
    call = record.taking(ledger, str(target.resolve()), known)
    try:
        package.unpack(stage, {})
        found = record.read_receipts((stage / RECEIPTS).read_bytes())
        if [r.digest for r in found[: len(before)]] != [r.digest for r in before]:
            text = (
                "对方的回执和以前给的对不上，以前的记录被改过或丢了：不收。请对方核对账本和备份。"
            )
            raise Rejected("chain", text)
        (stage / RECEIPTS).replace(target)
    except BaseException:
        ledger.settle(call, "absent")  # a copy in its place says the same; it is taken in again
        raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    record.taken(ledger, call, known)
    return target, len(found), len(found) - len(before)


def settle(target: Path, ledger: Ledger, came: bool | None) -> None:
    """Complete what was cut off. `came`: whether what was under way is in its place; None: do it again."""
    for item in ledger.unsettled(record.CHANNEL, str(target.resolve())):
        if came:
            record.taken(ledger, item.id, item.call.about, "found")
        else:
            ledger.settle(item.id, "absent")


def _stage(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    stage = target.with_name(f".{target.name}.new")
    shutil.rmtree(stage, ignore_errors=True)
    return stage


def _had(state: Path, ledger: Ledger, flow: tuple[str, str, str]) -> set[File]:
    found: set[File] = set()
    for body in record.all_taken(ledger):
        if (body["direction"], body["stream"], body["sender"]) == flow:
            found.update(record.kept_files(state, body["digest"]) or ())
    return found


def _without_empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
