"""`weike plan site`: exactly what a push would do, worked out without asking any server.

Of a server that can't be seen from here what was last seen is used; the push looks first whether that
still holds, and does nothing when it does not.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from builder.bundle import APPROVALS, MANIFEST, Bundle
from builder.problems import Refused
from publish.door import NotPublishable, admit
from publish.ledger import BEIJING
from publish.placed import unaltered
from publish.site import release
from publish.site.places import Standing
from publish.site.release import ODD, SITE, Record
from publish.site.targets import Target

FORMAT = 1
CHANNEL = "site"  # what the ledger calls all of this


@dataclass(frozen=True, slots=True)
class Plan:
    """A stored plan; every input that it rests on is named in it."""

    format: int
    target: str
    settings: str
    bundle: str
    manifest: str
    release: str
    record: str
    current: str
    known: list[str]
    forget: bool
    at: str
    new: list[str]
    changed: list[str]
    gone: list[str]
    carried: int
    send: int
    drop: list[str]
    made: str

    @property
    def run(self) -> str:
        """One hash over all of it: what the ledger calls this run."""
        data = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(data.encode()).hexdigest()


def settings(target: Target) -> str:
    """A hash of what sites.yml says of a target."""
    return hashlib.sha256(json.dumps(asdict(target), sort_keys=True).encode()).hexdigest()


def taken(folder: Path, target: Target, now: datetime, at: datetime | None, state: Path) -> Bundle:
    """The bundle that goes to a target; `Refused` when it may not.

    `at`: a sealed release may be made ahead for a moment, and is let out then and not before.
    """
    try:
        bundle = unaltered(admit(folder, at or now), state)
    except NotPublishable as error:
        raise Refused(str(error)) from None
    edition = bundle.header["edition"]
    if edition != target.edition:
        raise Refused(
            f"{folder} 是 {edition} 版，网站 {target.name} 放的是 {target.edition} 版：放错会泄密，不发。用 --bundle 指明对的那个，或改 sites.yml 的 edition。"
        )
    if target.edition == "internet" and not bundle.header["public"]:
        raise Refused(f"{folder} 含有不对外公开的内容，不能放到互联网。")
    return bundle


def manifest_digest(bundle: Bundle) -> str:
    """The hash of the manifest: another one, another bundle."""
    if bundle.digest:  # of what was read, whatever lies there by now
        return bundle.digest
    return hashlib.sha256((bundle.root / MANIFEST).read_bytes()).hexdigest()


def source(bundle: Bundle) -> Callable[[str], bytes]:
    """The files of the site by their paths, each checked against the manifest when it is read."""

    def read(path: str) -> bytes:
        try:
            return bundle.read(SITE + path)
        except (OSError, ValueError) as error:
            raise Refused(f"成品包里的 {path} 读不出或被改过（{error}）：重新生成。") from None

    return read


def of_one_edition(target: Target, standing: Standing, coming: str = "") -> None:
    """`Refused` when a release of another edition stands there, or is `coming`: nobody mixes the two."""
    for record in standing.records:
        if record.edition != target.edition:
            raise Refused(
                f"{target.where} 上有 {record.edition} 版的 {record.id}，网站 {target.name} 放的是 {target.edition} 版：两版不能放在一处，会泄密，不做。先查清线上现在是哪一版；给 {target.name} 在 sites.yml 里换一个空的地方，再做计划。"
            )
    if coming and coming != target.edition:
        raise Refused(
            f"这一版是 {coming} 版，网站 {target.name} 放的是 {target.edition} 版：放错会泄密，不发。"
        )


def make(
    target: Target,
    bundle: Bundle,
    standing: Standing,
    now: datetime,
    *,
    at: datetime | None = None,
    forget: bool = False,
) -> tuple[Plan, Record]:
    """The plan, and the record of the release that it would place."""
    of_one_edition(target, standing, bundle.header["edition"])
    shown = standing.shown
    stamp = bundle.header["now"]
    if shown and datetime.fromisoformat(stamp) < shown.moment:
        raise Refused(
            f"{target.name} 上是 {plain(shown.now)} 生成的，这个成品包更旧（{plain(stamp)}）：要退回旧版，用 weike rollback site {target.name}。"
        )
    try:
        bare = release.of_bundle(bundle, forget=forget)
    except (OSError, ValueError) as error:
        raise Refused(f"成品包不完整：{error}。重新生成。") from None
    made = release.onto(bare, standing.records, standing.current)
    old, new = (shown.all if shown else {}), made.all
    there = {f.sha256 for r in standing.records for f in r.all.values()}
    sums = {f.sha256: f.size for f in made.files.values() if f.sha256 not in there}
    made_plan = Plan(
        format=FORMAT,
        target=target.name,
        settings=settings(target),
        bundle=str(bundle.root.resolve()),
        manifest=manifest_digest(bundle),
        release=made.id,
        record=hashlib.sha256(made.write()).hexdigest(),
        current=standing.current,
        known=[r.id for r in standing.records if r.id != made.id],
        forget=forget,
        at=at.isoformat() if at else "",
        new=sorted(p for p in made.files if p not in old),
        changed=sorted(p for p in made.files if p in old and old[p].sha256 != new[p].sha256),
        gone=sorted(p for p in old if p not in new),
        carried=len(made.carried),
        send=sum(sums.values()),
        drop=surplus(standing, made, target),
        made=now.isoformat(timespec="seconds"),
    )
    return made_plan, made


def surplus(standing: Standing, coming: Record, target: Target) -> list[str]:
    """Releases that go once the coming one is shown: beyond the number kept; in storage, not too soon."""
    line = [r for r in standing.records if r.id != coming.id] + [coming]
    over = line[: max(0, len(line) - target.keep)]
    if target.place == "s3":
        edge = coming.moment - timedelta(days=target.grace)
        after = {r.id: line[n + 1] for n, r in enumerate(over)}
        over = [r for r in over if after[r.id].moment < edge]
    return [r.id for r in over if r.id != standing.current or coming.id != standing.current]


def told(
    plan: Plan, made: Record, bundle: Bundle, target: Target, standing: Standing, seen: str
) -> Iterator[str]:
    """The plan in words. `standing`: what it was made for; `seen`: when that was looked at."""
    yield f"网站 {target.name}（{target.where}）"
    if plan.release == plan.current:
        yield "  线上已经是这一版：推送时只核对，有坏了的就补上。"
        return
    yield f"  版本 {plan.release}，{plain(made.now)} 生成；线上{f'是 {plan.current}' if plan.current else '还没有网站'}{seen}"
    yield (
        f"  文件：新 {len(plan.new)}，改 {len(plan.changed)}，去掉 {len(plan.gone)}，不变"
        f" {len(made.files) - len(plan.new) - len(plan.changed)}；要传 {size(plan.send)}"
    )
    yield from _some("改", [p for p in plan.changed if p.endswith(".html")])
    yield from _some("新", [p for p in plan.new if p.endswith(".html")])
    yield from _some("去掉", plan.gone)
    if back := release.returning(made, standing.records, standing.shown):
        yield f"  注意：--forget 拿掉过的 {len(back)} 个文件，这个成品包里又有，会重新公开："
        yield from _some("又有", back)
    if plan.carried:
        yield f"  旧版的图片、影片等附件保留 {plan.carried} 个，翻到一半的读者还打得开。"
    kept = len(plan.known) + 1 - len(plan.drop)
    dropped = f"，删掉 {'、'.join(plan.drop)}" if plan.drop else ""
    yield f"  发布后服务器上留 {kept} 版{dropped}。"
    seal = json.loads(bundle.read(APPROVALS))
    yield (
        f"  审核：{len(seal['entries'])} 篇都有批准记录，摘要 {made.approvals[:16]}，"
        f"审核人清单起点 {seal['trust'][:16]}。"
    )
    if target.verify_url:
        yield f"  发布后从 {target.verify_url} 逐个取 {len(made.all)} 个文件核对。"
    else:
        yield "  没有写 verify_url：发布后只在服务器上核对，不从读者那一边核对。"
    if plan.at:
        yield f"  定时：先封存着放过去，{plain(plan.at)} 开封。"


def _some(what: str, paths: list[str]) -> Iterator[str]:
    for path in paths[:8]:
        yield f"    {what}　{path}"
    if len(paths) > 8:
        yield f"    {what}　……共 {len(paths)} 个"


def plain(moment: str) -> str:
    """A time as people here write it: Beijing's, whatever zone it was written in."""
    when = datetime.fromisoformat(moment).astimezone(BEIJING)
    return f"{when.year}年{when.month}月{when.day}日 {when:%H:%M:%S}"


def size(count: int) -> str:
    """A number of bytes as people write it."""
    if count < 1 << 20:
        return f"{-(-count // 1024)} KB"
    return f"{count / (1 << 20):.1f} MB"


# --- kept on this machine ---------------------------------------------------------------------


def file_of(state: Path, target: str) -> Path:
    """Where the plan of a target is stored."""
    return state / "plans" / f"site-{target}.json"


def store(state: Path, plan: Plan) -> None:
    """Keep a plan for the push."""
    write(file_of(state, plan.target), asdict(plan) | {"digest": plan.run})


def stored(state: Path, target: str) -> Plan:
    """The plan of a target; `Refused` when there is none or somebody changed it."""
    try:
        plain_plan = json.loads(file_of(state, target).read_bytes())
        digest = plain_plan.pop("digest")
        if plain_plan["format"] != FORMAT:
            raise ValueError(plain_plan["format"])
        plan = Plan(**plain_plan)
    except FileNotFoundError:
        raise Refused(f"{target} 还没有计划：先运行 weike plan site {target}，看过再发。") from None
    except (OSError, *ODD):
        raise Refused(f"{target} 的计划读不懂：重新运行 weike plan site {target}。") from None
    if plan.run != digest or plan.target != target:
        raise Refused(f"{target} 的计划被改过，不能照办：重新运行 weike plan site {target}。")
    return plan


def remember(state: Path, target: Target, standing: Standing, now: datetime) -> None:
    """Keep what a server was seen to hold."""
    seen: dict[str, Any] = {
        "seen": now.isoformat(timespec="seconds"),
        "settings": settings(target),
        "current": standing.current,
        "going": standing.going,
        "records": [r.write().decode() for r in standing.records],
    }
    write(state / "site" / target.name / "seen.json", seen)


def remembered(state: Path, target: Target) -> tuple[Standing, str]:
    """What a server was last seen to hold, and when; nothing and an empty word when it never was."""
    try:
        seen = json.loads((state / "site" / target.name / "seen.json").read_bytes())
        records = tuple(release.read(r.encode()) for r in seen["records"])
        if seen["settings"] == settings(target):
            return Standing(seen["current"], records, seen["going"]), seen["seen"]
    except (OSError, Refused, *ODD):
        pass
    return Standing(), ""


def write(path: Path, data: Any) -> None:
    """Write a small JSON file in one step, for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.part")
    with fresh.open("w", encoding="utf-8") as out:
        json.dump(data, out, ensure_ascii=False, indent=1)
        out.flush()
        os.fsync(out.fileno())
    fresh.chmod(0o600)
    fresh.replace(path)
