"""What goes into a package: which files, of them which contents, against which base."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from builder.bundle import Bundle
from builder.keys import Signer
from builder.problems import Refused
from publish.airgap import record
from publish.airgap.form import (
    KINDS,
    LONGEST_NOTE,
    MOST_SEQUENCE,
    WORD,
    File,
    Manifest,
    bound,
    in_order,
)
from publish.airgap.names import fault
from publish.airgap.place import files_of
from publish.airgap.read import blocks
from publish.airgap.write import Source, Written, write
from publish.door import NotPublishable, admit
from publish.ledger import Ledger
from publish.placed import unaltered

DAYS = 30
SENDERS = {"out": "inside", "in": "outside"}  # who sends which way, when nothing else is said
ROBOT = "robot/"
RECEIPTS = "receipts.json"
EVENTS = "wechat-events"  # how files begin that lie among the letters and hold what followers did
FULL = "none"
LAST = "last"
Flow = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A package to be."""

    kind: str
    direction: str
    stream: str
    sender: str
    files: tuple[File, ...]
    source: Source
    base: str | None = None
    base_files: tuple[File, ...] = ()
    said: tuple[str, ...] = ()  # what the clerk should know, in Chinese
    note: str = ""

    @property
    def flow(self) -> Flow:
        """What packages are numbered within."""
        return self.direction, self.stream, self.sender

    @property
    def wanted(self) -> set[str]:
        """Hashes of the contents that the package has to carry."""
        return {f.sha256 for f in self.files} - {f.sha256 for f in self.base_files}

    @property
    def carried(self) -> int:
        """Bytes of these contents, before they are packed."""
        sizes = {f.sha256: f.size for f in self.files}
        return sum(sizes[s] for s in self.wanted)


def release(
    root: Path, kind: str, base: str, state: Path, flow: tuple[str, str], now: datetime
) -> Parcel:
    """A release, or the robot's part of it, from the bundle at `root`; `flow`: direction and sender.

    `base`: a digest's first digits, `last` for what the other side has taken in last, `none` for a whole
    package. `Refused` when the bundle may not go out, or there is no such base.
    """
    try:
        bundle = unaltered(admit(root, now), state)
    except NotPublishable as reasons:
        raise Refused(str(reasons)) from None
    direction, sender = flow
    stream = str(bundle.header["edition"])
    if direction == "out" and bundle.header.get("public") is not True:
        raise Refused(
            f"{root} 是“{stream}”版，不是公开的：不能出内网。要带出去的是互联网版 dist/internet。"
        )
    if not WORD.fullmatch(stream) or not bound("release", stream):
        raise Refused(
            f"{root} 的版本名“{stream}”不能用在跨网的包上：只能用小写字母、数字和短横线，也不能是 {'、'.join(KINDS)}。"
        )
    if kind == "robot":
        return _robot(bundle, direction, sender)
    files = files_of(bundle)

    def source(file: File) -> Path:
        return bundle.root / file.path

    found, base_files, said = _base(base, state, (direction, stream, sender))
    return Parcel(kind, direction, stream, sender, files, source, found, base_files, said)


def _robot(bundle: Bundle, direction: str, sender: str) -> Parcel:
    rows = [
        File(p.removeprefix(ROBOT), f.size, f.sha256)
        for p, f in bundle.files.items()
        if p.startswith(ROBOT)
    ]
    if not rows:
        raise Refused("成品包里没有智能问答（robot/）：这次没有可带的。")
    return Parcel(
        "robot",
        direction,
        "robot",
        sender,
        in_order(rows),
        lambda file: bundle.root / ROBOT / file.path,
    )


def _base(
    wanted: str, state: Path, flow: Flow
) -> tuple[str | None, tuple[File, ...], tuple[str, ...]]:
    """The base, its files, and what is to be said of it."""
    if wanted == FULL:
        return None, (), ("按要求做全量包。",)
    known = record.acknowledged(state, flow)
    if wanted == LAST:
        if not known:
            return None, (), ("对方还没有回执说装过什么，做全量包。",)
        chosen = known[-1]
    else:
        match = [b for b in known if len(wanted) >= 6 and b["digest"].startswith(wanted)]
        if not match:
            has = "、".join(f"{b['digest'][:12]}（第 {b['sequence']} 号）" for b in known[-3:])
            has = f"对方装过的有 {has}" if has else "对方还没有回执"
            raise Refused(
                f"没有回执说对方装过 {wanted}：{has}。不知道对方有什么，就用 --base none。"
            )
        chosen = match[-1]
    files = record.kept_files(state, chosen["digest"])
    if files is None:
        text = f"第 {chosen['sequence']} 号的文件清单本机没有留下，做全量包。"
        return None, (), (text,)
    said = [f"接在对方已装的第 {chosen['sequence']} 号（{chosen['digest'][:12]}）上。"]
    if chosen is not known[-1]:
        said.append(
            f"对方后来装了第 {known[-1]['sequence']} 号，除非退回过，这个包接不上：用 --base last。"
        )
    return chosen["digest"], files, tuple(said)


def inbox(state: Path, direction: str, sender: str) -> Parcel:
    """Questions and entries that the other side has not said it has; `Refused` when there are none."""
    folder = state / "inbox"
    found, said = [], []
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    had = _had(state, (direction, "inbox", sender))
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in name.split("/")):
            continue
        if name.startswith(EVENTS):
            said.append(f"不带 {name!r}：是公众号的回调，不是来件，里面有关注者的编号。")
            continue
        if why := fault(name):
            said.append(f"不带 {name!r}：名字{why}。")
            continue
        file = _measured(name, path)
        if file not in had:
            found.append(file)
    if not found:
        raise Refused("\n".join([f"{folder} 里没有对方还没收到的来件，不用做包。", *said]))
    return Parcel(
        "inbox",
        direction,
        "inbox",
        sender,
        in_order(found),
        lambda file: folder / file.path,
        said=tuple(said),
    )


def _had(state: Path, flow: Flow) -> set[File]:
    """What the other side says it has taken in."""
    lists = [record.kept_files(state, b["digest"]) for b in record.acknowledged(state, flow)]
    return {f for files in lists if files for f in files}


def receipts(state: Path, ledger: Ledger, direction: str, sender: str) -> Parcel:
    """All receipts of this machine, a whole chain; outwards those of packages alone."""
    outwards = direction == "out"
    data = ledger.export(only=record.CHANNEL if outwards else "")
    path = state / "airgap" / RECEIPTS

    def source(_: File) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    file = File(RECEIPTS, len(data), hashlib.sha256(data).hexdigest())
    said = ("只带跨网的回执，网站和公众号的不出内网。",) if outwards else ()
    return Parcel("receipts", direction, "receipts", sender, (file,), source, said=said)


def _measured(name: str, path: Path) -> File:
    seen, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        for data in blocks(file):
            seen.update(data)
            size += len(data)
    return File(name, size, seen.hexdigest())


# --- making it ------------------------------------------------------------------------------------------


def number(ledger: Ledger, parcel: Parcel, least: int = 1) -> int:
    """The number that the package would get; `Refused` when `least` is one that can't be."""
    last = record.last_packed(ledger, parcel.flow)
    if least > MOST_SEQUENCE or (least > 1 and least <= last):
        raise Refused(f"--sequence 要大于本机用过的 {last}，不超过 {MOST_SEQUENCE}。")
    return max(last + 1, least)


def unconfirmed(ledger: Ledger, state: Path, parcel: Parcel) -> tuple[str, ...]:
    """A word of warning when a package went out that the other side has not acknowledged."""
    if parcel.base is None:
        return ()
    known = {b["sequence"] for b in record.acknowledged(state, parcel.flow)}
    top = max(known, default=0)
    later = [
        b["sequence"]
        for b in record.all_packed(ledger)
        if (b["direction"], b["stream"], b["sender"]) == parcel.flow and b["sequence"] > top
    ]
    if not later:
        return ()
    names = "、".join(str(n) for n in later[-5:])
    return (
        f"第 {names} 号做过包，还没有回执：对方要是已经装上，这个包就接不上。拿不准就用 --base none。",
    )


def noted(parcel: Parcel, note: str) -> Parcel:
    """The same with a word for the other side."""
    if len(note) > LONGEST_NOTE or not (note.isprintable()):
        raise Refused(f"--note 写一行，不超过 {LONGEST_NOTE} 个字。")
    return replace(parcel, note=note)


def named(parcel: Parcel, sequence: int) -> str:
    """A file name for the package."""
    return f"weike-{parcel.kind}-{parcel.stream}-{sequence:06d}.wkpkg".replace(
        f"-{parcel.kind}-{parcel.kind}-", f"-{parcel.kind}-"
    )


def make(
    parcel: Parcel,
    out: Path,
    ledger: Ledger,
    state: Path,
    signer: Signer,
    now: Callable[[], datetime],
    sequence: int,
    days: int = DAYS,
) -> Written:
    """Make the package, with a number that is never used again; what was made."""
    if not (WORD.fullmatch(parcel.sender) and WORD.fullmatch(parcel.stream)):
        raise Refused("--sender 和版本名只能用小写字母、数字和短横线，不超过 32 个字。")
    if out.exists():
        raise Refused(f"{out} 已经有了，不覆盖：换一个文件名，或先移走它。")
    made = now().replace(microsecond=0)
    draft = Manifest(
        parcel.kind,
        parcel.direction,
        parcel.stream,
        parcel.sender,
        sequence,
        made,
        made + timedelta(days=days),
        parcel.base,
        signer.fingerprint,
        parcel.note,
        parcel.files,
        (),
    )
    call = record.packing(ledger, draft)
    record.keep_files(state, parcel.files, draft.digest)
    try:
        written = write(out, draft, parcel.wanted, parcel.source, signer)
    except BaseException:
        ledger.settle(call, "absent")
        raise
    record.packed(ledger, call, record.facts(written.manifest, written.id))
    return written
