"""What a push does, step by step, on whatever place: place, check, show, ask from outside, tidy up.

Until `show` nothing a reader gets has changed. A run that was cut off is simply run again: what lies
there already is used, and the same plan still holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from builder.bundle import Bundle
from builder.problems import Refused
from publish.ledger import Call, Ledger, lock
from publish.site import owed, release, watch
from publish.site import plan as plans
from publish.site.places import Place, Source, Standing
from publish.site.plan import CHANNEL, Plan, plain, size
from publish.site.release import Record
from publish.site.targets import Target

AGAIN = "重新运行 weike plan site {}，看过再发。"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Errand:
    """One target at work: where, how to reach it, what time it is, whom to tell."""

    target: Target
    place: Place
    state: Path
    now: Callable[[], datetime]
    say: Say


def push(errand: Errand, plan: Plan, bundle: Bundle) -> bool:
    """Carry out a plan; False when readers do not get what they should."""
    with (
        alone(errand.state, errand.target.name),
        Ledger.open(errand.state, errand.now) as ledger,
    ):
        owed.pay(errand.state, errand.target.name, ledger)
        standing = errand.place.standing()
        found = agreed(errand, plan, bundle, standing)
        record = _mended(errand, found, standing)
        if standing.current == record.id and not standing.going:
            errand.say(f"{errand.target.name}：线上已经是 {record.id}，核对过，完好。")
            sent = 0
        else:
            ledger.begin(plan.run, CHANNEL, errand.target.name, record.id)
            sent = _placed(errand, ledger, plan, record, plans.source(bundle), standing)
            shown(errand, ledger, plan.run, record, standing)
        good, told = looked(errand, record)
        tidy(errand, record, () if record is found else (found.id,))
        ledger.receipt(CHANNEL, receipt(errand, record, plan.manifest, sent) | told)
        ledger.end(plan.run)
    return good


def fits(errand: Errand, plan: Plan, bundle: Bundle) -> None:
    """`Refused` when the plan was made of another bundle or for another server."""
    name = errand.target.name
    if plan.settings != plans.settings(errand.target):
        raise Refused(f"做计划以后 sites.yml 里 {name} 一段改过：{AGAIN.format(name)}")
    if plan.manifest != plans.manifest_digest(bundle):
        raise Refused(f"做计划以后成品包换过：{AGAIN.format(name)}")


def agreed(errand: Errand, plan: Plan, bundle: Bundle, standing: Standing) -> Record:
    """The record that the plan promised; `Refused` when something it rests on is different now."""
    name = errand.target.name
    again = AGAIN.format(name)
    fits(errand, plan, bundle)
    plans.of_one_edition(errand.target, standing, bundle.header["edition"])
    known = [r.id for r in standing.records if r.id != plan.release]
    begun = plan.release in {standing.current, standing.going}
    if not begun and (standing.current, known) != (plan.current, plan.known):
        plans.remember(errand.state, errand.target, standing, errand.now())
        raise Refused(
            f"{name} 上现在是 {standing.current or '空的'}，计划时是 {plan.current or '空的'}（留着的各版也要一样）：{again}"
        )
    if found := standing.find(plan.release):
        return found
    _, record = plans.make(errand.target, bundle, standing, errand.now(), forget=plan.forget)
    if record.id != plan.release:
        raise Refused(f"算出来的版本和计划的不一样：{again}")
    return record


def _mended(errand: Errand, record: Record, standing: Standing) -> Record:
    """What is to be shown: the record itself; the same beside it when files of the one shown are damaged."""
    if standing.current != record.id or standing.going:
        return record
    wrong = errand.place.wrong(record)
    if errand.target.place == "s3" or errand.target.switch == "files":
        wrong = [path for path in wrong if path in record.all]  # what others put there stays
    if not wrong:
        return record
    some = "、".join(wrong[:5]) + (f" 等 {len(wrong)} 个" if len(wrong) > 5 else "")
    errand.say(f"{errand.target.name}：线上这一版的文件坏了（{some}），重新放一份。")
    return release.again(record, standing.records)


def _placed(
    errand: Errand,
    ledger: Ledger,
    plan: Plan,
    record: Record,
    source: Source,
    standing: Standing,
) -> int:
    if standing.find(record.id):
        return 0
    send = f"，要传 {size(plan.send)}" if record.id == plan.release else ""
    errand.say(f"{errand.target.name}：放 {len(record.all)} 个文件{send}……")
    call = ledger.intend(_call(errand, plan.run, "put", {"release": record.id}))
    sent = errand.place.put(record, source, standing, Path(plan.bundle) / "site")
    ledger.settle(call, "done", {"sent": sent})
    errand.say(f"{errand.target.name}：{len(record.all)} 个文件在服务器上核对无误。")
    return sent


def shown(errand: Errand, ledger: Ledger, run: str, record: Record, standing: Standing) -> None:
    """Switch from what `standing` says, with the intent written before and the outcome after."""
    about = {"from": standing.current, "to": record.id}
    call = ledger.intend(_call(errand, run, "show", about))
    errand.place.show(record, standing)
    ledger.settle(call, "done")
    for open_call in ledger.unsettled(CHANNEL, errand.target.name):  # of runs that were cut off
        ledger.settle(open_call.id, "found", {"current": record.id})
    errand.say(f"{errand.target.name}：已切换到 {record.id}。")


def _call(errand: Errand, run: str, step: str, about: dict[str, Any]) -> Call:
    return Call(CHANNEL, errand.target.name, run, step, step, about)


def looked(errand: Errand, record: Record) -> tuple[bool, dict[str, Any]]:
    """Ask for every file at the public address, when there is one."""
    url = errand.target.verify_url
    if not url:
        return True, {"asked": 0, "wrong": 0}
    seen = watch.check(url, record)
    name = errand.target.name
    if not seen.wrong:
        errand.say(f"{name}：从 {url} 取了 {seen.asked} 个文件，全部是这一版的。")
    else:
        errand.say(f"{name}：从 {url} 取的 {seen.asked} 个文件里，{len(seen.wrong)} 个不对：")
        for path, why in seen.wrong[:10]:
            errand.say(f"    {path}　{why}")
        errand.say(
            "    查三处：网站服务器的目录是不是指着 current，前面有没有缓存，有没有改写网页。"
            f"要退回，运行 weike rollback site {name}。"
        )
    if missing := watch.lacking(url):
        words = "、".join(f"{n}（{watch.HEADERS[n]}）" for n in missing)
        errand.say(f"{name}：网站没有发这些安全头：{words}。照 docs/deploy 里的例子加上。")
    return not seen.wrong, {"asked": seen.asked, "wrong": len(seen.wrong)}


def tidy(errand: Errand, record: Record, damaged: tuple[str, ...] = ()) -> Standing:
    """Remove what is beyond the number kept, damaged, left by cut-off runs; remember what is there."""
    standing = errand.place.standing()
    drop = [*plans.surplus(standing, record, errand.target), *damaged]
    errand.place.drop([i for i in drop if i != standing.current], standing)
    standing = errand.place.standing()
    plans.remember(errand.state, errand.target, standing, errand.now())
    return standing


def receipt(errand: Errand, record: Record, manifest: str, sent: int) -> dict[str, Any]:
    """What the other side is told."""
    return {
        "what": "release",
        "target": errand.target.name,
        "release": record.id,
        "origin": record.origin,
        "edition": record.edition,
        "made": record.now,
        "approvals": record.approvals,
        "manifest": manifest,
        "files": len(record.files),
        "carried": len(record.carried),
        "sent": sent,
    }


def rollback(errand: Errand, wanted: str, *, bring_back: bool = False) -> bool:
    """Show an older release again, the one before when none is named.

    `bring_back`: even files that a release since was to forget.
    """
    with (
        alone(errand.state, errand.target.name),
        Ledger.open(errand.state, errand.now) as ledger,
    ):
        owed.pay(errand.state, errand.target.name, ledger)
        standing = errand.place.standing()
        plans.of_one_edition(errand.target, standing)
        earlier = _earlier(errand, standing, wanted)
        record = release.onto(earlier, standing.records, standing.current)
        back = release.returning(record, standing.records, standing.shown)
        if back and not bring_back:
            some = "、".join(back[:5]) + (f" 等 {len(back)} 个" if len(back) > 5 else "")
            raise Refused(
                f"{earlier.id} 比 --forget 的那一版早，退回会让那次拿掉的文件重新公开（{some}），没有退。确认里面没有要拿掉的，加 --bring-back；否则请重新生成一版再发。"
            )
        if not standing.find(record.id):
            errand.place.put(record, _nowhere, standing, None)
        shown(errand, ledger, f"rollback {record.id}", record, standing)
        good, told = looked(errand, record)
        tidy(errand, record)
        body = receipt(errand, record, "", 0) | told | {"what": "rollback"}
        ledger.receipt(CHANNEL, body | {"from": standing.current})
    return good


def _nowhere(path: str) -> bytes:
    raise Refused(f"服务器上旧版的 {path} 已经损坏，不能退回：选别的版本。")


def _earlier(errand: Errand, standing: Standing, wanted: str) -> Record:
    name, now = errand.target.name, standing.shown
    order = sorted(standing.records, key=lambda r: (r.moment, r.number))
    before = [r for r in order if now is None or r.sooner(now)]
    found = standing.find(wanted) if wanted else (before[-1] if before else None)
    if found is None:
        there = "、".join(r.id for r in standing.records if r.id != standing.current)
        raise Refused(
            f"{name} 上没有{'这一版' if wanted else '更早的版本'}。可以退回的：{there or '无'}。"
        )
    if now and found.origin == now.origin and not standing.going:
        raise Refused(f"{name} 上已经是 {found.id}。")
    if back := found.holding(release.taken_back(found, standing.records)):
        raise Refused(
            f"{found.id} 里有后来撤回的内容（{'、'.join(back[:5])}），退回会让它重新公开，不做。请重新生成一版再发。"
        )
    wrong = errand.place.wrong(found) if errand.target.place != "s3" else []
    if wrong:
        raise Refused(f"{found.id} 已经不完整（{'、'.join(wrong[:5])}），不能退回：选别的版本。")
    return found


@contextmanager
def alone(state: Path, name: str) -> Iterator[None]:
    """Only one run works on a target; the system lets go of the lock when a process ends."""
    folder = state / "site"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / f"{name}.lock").open("a+b") as file:
        try:
            lock(file)
        except OSError:
            raise Refused(f"另一个 weike 正在更新 {name}：等它结束再运行。") from None
        yield


def status(errand: Errand, *, every_file: bool) -> bool:
    """Tell what a server holds and shows; `every_file`: hash all of it, there and from outside."""
    standing = errand.place.standing()
    plans.remember(errand.state, errand.target, standing, errand.now())
    target, record = errand.target, standing.shown
    errand.say(f"网站 {target.name}（{target.where}）")
    for known in standing.records:
        mark = "→" if known.id == standing.current else "　"
        errand.say(
            f"  {mark} {known.id}　第 {known.number} 版，{plain(known.now)} 生成，{len(known.files)} 个文件，批准 {known.approvals[:12]}"
        )
    if standing.going:
        errand.say(
            f"  正在换成 {standing.going}，没有换完：再运行一次 weike push site {target.name}。"
        )
    if left := len(list(owed.owed(errand.state, target.name))):
        errand.say(
            f"  有 {left} 份回执还没有写进账本：下一次 weike push site {target.name} 会补上。"
        )
    if record is None:
        errand.say(
            "  还没有发布过。"
            if not standing.current
            else f"  线上是 {standing.current}，但它的记录不在了。"
        )
        return not standing.current
    if not every_file:
        return True
    wrong = errand.place.wrong(record)
    errand.say(
        f"  服务器上 {len(record.all)} 个文件{'全部相符' if not wrong else f'有 {len(wrong)} 个不符：' + '、'.join(wrong[:8])}。"
    )
    good, _ = looked(errand, record)
    return good and not wrong
