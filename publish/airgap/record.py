"""What the ledger knows of packages: which were made here, which were taken in, and what the other side said.

Making one and taking one in are calls with an intent before and an outcome after. A package taken in
leaves a receipt; the other side's receipts, brought back, say what of ours it has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from builder.problems import Refused
from publish.airgap.form import (
    DIRECTIONS,
    HASH,
    KINDS,
    MOST_SEQUENCE,
    WORD,
    File,
    Manifest,
    Rejected,
    canonical,
)
from publish.ledger import BEIJING, HAPPENED, Call, Ledger, Receipt, broken

CHANNEL = "airgap"
PACKED, TAKEN = "packed", "taken"
Facts = Mapping[str, Any]


def facts(manifest: Manifest, package: str) -> dict[str, Any]:
    """What is written down of a package; no path of this machine is in it."""
    return {
        "kind": manifest.kind,
        "direction": manifest.direction,
        "stream": manifest.stream,
        "sender": manifest.sender,
        "sequence": manifest.sequence,
        "made": manifest.made.astimezone(UTC).isoformat(timespec="seconds"),
        "digest": manifest.digest,
        "base": manifest.base or "",
        "package": package,
        "signer": manifest.signer,
    }


def flow(manifest: Manifest) -> tuple[str, str, str]:
    """What packages are numbered within."""
    return manifest.direction, manifest.stream, manifest.sender


# --- made here ------------------------------------------------------------------------------------------


def last_packed(ledger: Ledger, where: tuple[str, str, str]) -> int:
    """The highest number given to a package of this flow; 0 for none. One that failed is not used again."""
    rows = ledger.rows(
        "SELECT max(CAST(step AS INTEGER)) AS n FROM calls WHERE channel = ? AND api = ? AND target = ?",
        CHANNEL,
        PACKED,
        "/".join(where),
    )
    return int(rows[0]["n"] or 0)


def packing(ledger: Ledger, draft: Manifest) -> int:
    """Write down that a package is about to be made; it takes its number for good."""
    about = {"digest": draft.digest, "kind": draft.kind}
    target = "/".join(flow(draft))
    return ledger.intend(Call(CHANNEL, target, "", str(draft.sequence), PACKED, about))


def packed(ledger: Ledger, call: int, known: Facts) -> None:
    """A package was made."""
    with ledger.together():
        ledger.settle(call, "done")
        ledger.receipt(CHANNEL, {"act": PACKED, **known})


# --- taken in here --------------------------------------------------------------------------------------


def fresh(ledger: Ledger, manifest: Manifest, package: str) -> None:
    """`Rejected` when this package was taken in before, or one after it was."""
    found = last_taken(ledger, flow(manifest))
    if found is None or manifest.sequence > found["sequence"]:
        return
    number = f"第 {manifest.sequence} 号"
    if package == found["package"]:
        raise Rejected("replay", f"{number}包已经装过了，不用再装。")
    if manifest.sequence == found["sequence"]:
        text = f"{number}包已经装过一个，这是另一个同号的：不装。请对方另编一号重新做包。"
        raise Rejected("replay", text)
    text = f"这是{number}，本机已经装到第 {found['sequence']} 号：旧包不装。确要退回旧内容，请对方用旧的成品包重新做一个，序号会更大。"
    raise Rejected("older", text)


def last_taken(ledger: Ledger, where: tuple[str, str, str]) -> Facts | None:
    """What was taken in last of a flow."""
    found = [b for b in _bodies(ledger.receipts(), TAKEN) if _flow(b) == where]
    return max(found, key=lambda b: int(b["sequence"]), default=None)


def taking(ledger: Ledger, target: str, known: Facts) -> int:
    """Write down that a package is about to be put in its place."""
    return ledger.intend(Call(CHANNEL, target, "", str(known["sequence"]), TAKEN, known))


def taken(ledger: Ledger, call: int, known: Facts, state: str = "done") -> Receipt:
    """It is in its place; `state` is "found" when that was seen only afterwards."""
    with ledger.together():
        ledger.settle(call, "found" if state == "found" else "done")
        return ledger.receipt(CHANNEL, {"act": TAKEN, **known})


def all_taken(ledger: Ledger) -> list[Facts]:
    """All that was taken in here, oldest first."""
    return list(_bodies(ledger.receipts(), TAKEN))


def placed(ledger: Ledger, target: str) -> list[Facts]:
    """What is known to have been put in the folder `target`, oldest first."""
    return [known for known, state in _takings(ledger, target) if state in HAPPENED]


def held(ledger: Ledger, target: str) -> list[Facts]:
    """What the folder `target` may hold: what was put there last, and what was begun since and cut off.

    Empty when nothing is known to have been put there.
    """
    found: list[Facts] = []
    for known, state in _takings(ledger, target):
        if state in HAPPENED:
            found = [known]
        elif found and state is None:
            found.append(known)
    return found


def _takings(ledger: Ledger, target: str) -> list[tuple[Facts, str | None]]:
    rows = ledger.rows(
        "SELECT about, state FROM standing WHERE channel = ? AND api = ? AND target = ? ORDER BY id",
        CHANNEL,
        TAKEN,
        target,
    )
    return [(json.loads(r["about"]), r["state"]) for r in rows]


def all_packed(ledger: Ledger) -> list[Facts]:
    """All that was made here, oldest first."""
    return list(_bodies(ledger.receipts(), PACKED))


def _bodies(receipts: list[Receipt], act: str) -> Iterator[Facts]:
    for receipt in receipts:
        if receipt.channel == CHANNEL and receipt.body.get("act") == act:
            yield {**receipt.body, "at": receipt.at}


def _flow(body: Facts) -> tuple[str, str, str]:
    return body["direction"], body["stream"], body["sender"]


# --- the other side's word --------------------------------------------------------------------------------


def read_receipts(data: bytes) -> list[Receipt]:
    """The receipts of an export; `Refused` when they are no whole chain, or one is not as a ledger writes it."""
    try:
        raw = json.loads(data)
        found = [_receipt(row) for row in raw["receipts"]]
        whole = raw["format"] == 1 and broken(found) is None
        whole = whole and [r.seq for r in found] == list(range(1, len(found) + 1))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        whole = False
    if not whole:
        raise Refused("回执读不懂，或者前后接不上：请对方重新导出；还不行，请核对对方的账本。")
    return found


def _receipt(row: Mapping[str, Any]) -> Receipt:
    """One receipt of the other side's; ValueError or TypeError when a ledger does not write such a one."""
    found = Receipt(*(row[k] for k in ("seq", "at", "channel", "body", "previous", "digest")))
    plain = type(found.seq) is int and type(found.channel) is str and type(found.body) is dict
    at = datetime.fromisoformat(found.at).astimezone(BEIJING)
    if not plain or at.isoformat(timespec="seconds") != found.at:
        raise ValueError
    if found.channel == CHANNEL and found.body.get("act") in (PACKED, TAKEN):
        _known(found.body)
    return found


def _known(body: Facts) -> None:
    """ValueError or TypeError when this is not what `facts` says of a package: it names files here."""
    words = all(WORD.fullmatch(body[k]) for k in ("stream", "sender"))
    hashes = all(HASH.fullmatch(body[k]) for k in ("digest", "package"))
    if not words or not hashes or body["kind"] not in KINDS or body["direction"] not in DIRECTIONS:
        raise ValueError
    if type(body["sequence"]) is not int or not 1 <= body["sequence"] <= MOST_SEQUENCE:
        raise ValueError


def received(state: Path) -> dict[str, list[Receipt]]:
    """What the other sides' receipts say, by sender."""
    found = {}
    for path in sorted((state / "receipts").glob("*.json")):
        try:
            found[path.stem] = read_receipts(path.read_bytes())
        except Refused as fault:
            raise Refused(f"{path}：{fault}") from None
    return found


def acknowledged(state: Path, where: tuple[str, str, str]) -> list[Facts]:
    """What of a flow of ours the other side says it has taken in, by number."""
    found = [
        b for chain in received(state).values() for b in _bodies(chain, TAKEN) if _flow(b) == where
    ]
    return sorted(found, key=lambda b: int(b["sequence"]))


# --- lists of files, by the digest that names them -----------------------------------------------------------


def keep_files(state: Path, files: tuple[File, ...], digest: str) -> None:
    """Keep a list of files: as a base of later packages, or to know what was had before."""
    folder = state / "airgap" / "lists"
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f".{digest}.part"
    half.write_bytes(canonical([list(f) for f in files]))
    half.replace(folder / f"{digest}.json")


def kept_files(state: Path, digest: str) -> tuple[File, ...] | None:
    """A list that was kept, or None."""
    try:
        rows = json.loads((state / "airgap" / "lists" / f"{digest}.json").read_bytes())
        return tuple(File(*row) for row in rows)
    except (OSError, ValueError, TypeError):
        return None


def worded(known: Facts) -> str:
    """A package in a few words."""
    return (
        f"{KINDS.get(known['kind'], known['kind'])}（{known['stream']}）第 {known['sequence']} 号"
    )
