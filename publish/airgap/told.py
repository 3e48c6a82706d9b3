"""What a clerk is told of a package, in plain Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from publish.airgap import record
from publish.airgap.form import DIRECTIONS, KINDS, File, Manifest
from publish.airgap.parcel import Parcel
from publish.airgap.read import Package
from publish.airgap.trust import BEIJING, Trust
from publish.ledger import Ledger, Receipt

SHOWN = 20  # files of each sort that are named
SOON = 30  # days before a key's end at which one is reminded


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths that are new, different, gone."""

    new: tuple[str, ...]
    different: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def none(self) -> bool:
        """Nothing changes."""
        return not (self.new or self.different or self.gone)


def changes(before: tuple[File, ...], after: tuple[File, ...]) -> Changes:
    """What becomes of one set of files when another takes its place."""
    old, new = ({f.path: f.sha256 for f in files} for files in (before, after))
    return Changes(
        tuple(p for p in new if p not in old),
        tuple(p for p in new if p in old and old[p] != new[p]),
        tuple(p for p in old if p not in new),
    )


def size(number: int) -> str:
    """Bytes as people read them."""
    if number < 1000:
        return f"{number} 字节"
    value = float(number)
    for unit in ("KB", "MB", "GB"):
        value /= 1000
        if value < 1000 or unit == "GB":
            break
    return f"{value:.1f} {unit}"


def when(moment: datetime) -> str:
    """A moment in Beijing's time."""
    return f"{moment.astimezone(BEIJING):%Y年%m月%d日 %H:%M}"


def of_package(package: Package) -> Iterator[str]:
    """What a package is, who signed it, how long it holds, what is in it."""
    manifest, signer = package.manifest, package.signer
    yield f"文件：{package.path.name}（{size(package.size)}）"
    yield f"是什么：{_what(manifest)}"
    yield f"谁签的：{signer.who}，密钥 {signer.name}，{signer.since} 至 {signer.until} 有效"
    yield f"时间：{when(manifest.made)} 做的，{when(manifest.expires)} 前有效（北京时间）"
    if manifest.note:
        yield f"说明：{manifest.note}"
    yield f"内容：{_inside(manifest)}"


def _what(manifest: Manifest) -> str:
    kind, way = KINDS[manifest.kind], DIRECTIONS[manifest.direction]
    stream = "" if manifest.stream == manifest.kind else f"“{manifest.stream}”，"
    return f"{kind}，{stream}{way}，第 {manifest.sequence} 号，发送方 {manifest.sender}"


def _inside(manifest: Manifest) -> str:
    total = sum(f.size for f in manifest.files)
    words = f"{len(manifest.files)} 个文件，共 {size(total)}"
    if manifest.base is None:
        return f"{words}，全量"
    carried = {p.sha256 for p in manifest.parts}
    count = sum(f.sha256 in carried for f in manifest.files)
    rest = len(manifest.files) - count
    return f"{words}；增量：包里带 {count} 个，其余 {rest} 个沿用 {manifest.base[:12]} 那一版的"


def of_changes(found: Changes, *, first: bool = False) -> Iterator[str]:
    """What changes, each sort with its first names."""
    if first:
        yield f"变化：这里还什么都没有，{len(found.new)} 个文件都是新的"
        return
    if found.none:
        yield "变化：没有，内容和现在的一样"
        return
    yield f"变化：新增 {len(found.new)} 个，改动 {len(found.different)} 个，去掉 {len(found.gone)} 个"
    for mark, paths in (("增", found.new), ("改", found.different), ("去", found.gone)):
        for path in paths[:SHOWN]:
            yield f"  {mark} {path}"
        if len(paths) > SHOWN:
            yield f"  {mark} ……还有 {len(paths) - SHOWN} 个"


def of_parcel(parcel: Parcel, sequence: int) -> Iterator[str]:
    """What a package will be."""
    kind, way = KINDS[parcel.kind], DIRECTIONS[parcel.direction]
    yield f"要做的包：{kind}，{way}，第 {sequence} 号，发送方 {parcel.sender}"
    total = sum(f.size for f in parcel.files)
    yield f"内容：{len(parcel.files)} 个文件，共 {size(total)}；包里要带 {size(parcel.carried)}（压缩之前）"
    if parcel.base is not None:
        yield from of_changes(changes(parcel.base_files, parcel.files))
    yield from parcel.said


def of_trust(trust: Trust, today: date) -> Iterator[str]:
    """Keys that stopped counting, or soon will."""
    for key in trust.keys.values():
        if key.revoked:
            yield f"密钥 {key.name}（{key.who}）：{key.revoked} 吊销"
        elif key.until < today:
            yield f"密钥 {key.name}（{key.who}）：{key.until} 已到期，请对方换新的"
        elif (key.until - today).days <= SOON:
            yield f"密钥 {key.name}（{key.who}）：{key.until} 到期，请对方准备新的"
        else:
            yield f"密钥 {key.name}（{key.who}）：有效到 {key.until}"


def of_ledger(ledger: Ledger, theirs: Mapping[str, list[Receipt]]) -> Iterator[str]:
    """What was made here and taken in here, newest of each flow, and what the other side said."""
    said = {
        r.body.get("package") for chain in theirs.values() for r in chain if r.channel == "airgap"
    }
    for title, bodies in (
        ("本机做的包", record.all_packed(ledger)),
        ("本机装过的包", record.all_taken(ledger)),
    ):
        yield f"{title}：{'没有' if not bodies else ''}"
        for body in bodies[-10:]:
            mark = ""
            if title == "本机做的包":
                mark = "，对方已装" if body["package"] in said else "，对方还没有回执"
            at = when(datetime.fromisoformat(body["at"]))
            yield f"  {at}  {record.worded(body)}，{body['digest'][:12]}{mark}"
    for sender, chain in theirs.items():
        last = f"，最后一条是 {when(datetime.fromisoformat(chain[-1].at))} 的" if chain else ""
        yield f"{sender} 的回执：{len(chain)} 条{last}"
