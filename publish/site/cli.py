"""`weike plan | push | status | rollback site …`.

Exit codes: 0 done, 1 it can't be done so or readers do not get what they should, 2 the command was
written wrongly.
"""

from __future__ import annotations

import argparse
import getpass
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from builder.console import Parser
from builder.problems import Refused
from publish import spoken
from publish.ledger import LedgerTrouble
from publish.secrets import NoSecret
from publish.site import carry, closing, openers, opening, orders, sealed, targets
from publish.site import plan as plans
from publish.site.carry import Errand
from publish.site.orders import Order
from publish.site.places import place
from publish.site.targets import Target

HELP = {
    "plan": "算清楚网站要换哪些文件，不动服务器",
    "push": "照计划放上去、核对、切换；--at 定时",
    "status": "看服务器上有哪几版、线上是哪一版",
    "rollback": "退回以前的一版",
}
BUNDLE, STATE = Path("dist/internet"), Path("state")
SOON = 5  # seconds until a rehearsal opens, when no time is named


def _run(words: list[str]) -> int:
    from publish.cli import main as publish

    return publish(words)


@dataclass(frozen=True, slots=True)
class Machine:
    """All that the channel asks of the outside; a test hands over its own."""

    now: Callable[[], datetime] = spoken.now
    sleep: Callable[[float], None] = time.sleep
    say: Callable[[str], None] = spoken.say
    complain: Callable[[str], None] = spoken.complain
    ask: Callable[[str], str] = getpass.getpass
    run: Callable[[list[str]], int] = _run
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


def main(verb: str, argv: Sequence[str], machine: Machine | None = None) -> int:
    """Run one verb; returns the exit code. Nothing that a person did wrong ends in a traceback."""
    machine = machine or Machine()
    options = _parser(verb).parse_args(list(argv))
    try:
        return VERBS[verb](options, machine)
    except (Refused, LedgerTrouble, NoSecret) as error:
        machine.complain(str(error))
        return 1
    except KeyboardInterrupt:
        machine.complain("停下了，线上的网站是完整的。再运行同一条命令会接着做。")
        return 130
    except Exception as error:  # noqa: BLE001  # nobody meets a traceback
        machine.complain(spoken.unforeseen(error, options.state))
        return 1


def _parser(verb: str) -> argparse.ArgumentParser:
    parser = Parser(prog=f"weike {verb} site", description=HELP[verb])
    one = verb == "rollback"
    parser.add_argument(
        "targets", nargs=1 if one else "*", metavar="网站", help="sites.yml 里的名字；不写就是全部"
    )
    parser.add_argument(
        "--state", type=Path, metavar="目录", default=STATE, help="本机记事的文件夹"
    )
    if verb in {"plan", "push"}:
        parser.add_argument("--bundle", type=Path, metavar="目录", default=BUNDLE, help="成品包")
        parser.add_argument(
            "--at", type=spoken.moment, metavar="时间", help="定时：例如 2026-12-15T10:00:00+08:00"
        )
    if verb == "plan":
        parser.add_argument(
            "--forget", action="store_true", help="不保留旧版的图片和附件（旧的有错、要马上拿掉时）"
        )
    if verb == "push":
        _push_options(parser)
    if verb == "status":
        parser.add_argument("--verify", action="store_true", help="把每个文件都核对一遍")
    if verb == "rollback":
        parser.add_argument("--to", metavar="版本", default="", help="退到哪一版；不写就是上一版")
        parser.add_argument(
            "--bring-back", action="store_true", help="连 --forget 拿掉过的文件一起退回"
        )
    return parser


def _push_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--key-out", type=Path, metavar="文件", help="开封码写到这个文件；不写就显示在屏幕上"
    )
    parser.add_argument("--to", type=Path, metavar="公钥文件", help="只让持有这把公钥的人开封")
    parser.add_argument(
        "--then", action="append", default=[], metavar="推送", help="打开以后接着发的公众号推送"
    )
    parser.add_argument("--out", type=Path, metavar="目录", help="封存到这个目录，带到另一侧再放")
    parser.add_argument("--take", type=Path, metavar="目录", help="把带来的封存包放到服务器上")
    parser.add_argument("--open", action="store_true", help="等到时间，开封")
    parser.add_argument("--key", type=Path, metavar="文件", help="开封码在这个文件里；不写就问")
    parser.add_argument("--private", type=Path, metavar="文件", help="开封人的私钥文件")
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="封存、开封时：后来发的改动看过了，换回去；--take 时：换掉等着的那一版",
    )
    parser.add_argument("--rehearse", action="store_true", help="演练：放一个无害的包，不动线上")
    parser.add_argument("--new-opener", type=Path, metavar="文件", help="生成开封人的一对钥匙")


def _errand(target: Target, options: argparse.Namespace, machine: Machine) -> Errand:
    there = place(target, options.state, machine.environ)
    return Errand(target, there, options.state, machine.now, machine.say)


def _errands(options: argparse.Namespace, machine: Machine) -> list[Errand]:
    named = targets.load(options.state, options.targets)
    return [_errand(target, options, machine) for target in named]


# --- plan -------------------------------------------------------------------------------------


def _plan(options: argparse.Namespace, machine: Machine) -> int:
    for target in targets.load(options.state, options.targets):
        bundle = plans.taken(options.bundle, target, machine.now(), options.at, options.state)
        _ahead(options.at, machine)
        if target.place == "local":  # a folder of this machine can be looked at without any network
            standing, seen = place(target, options.state, machine.environ).standing(), ""
        else:
            standing, when = plans.remembered(options.state, target)
            seen = f"（{plans.plain(when)} 看到的）" if when else "（没有看过，推送时先核对）"
        plan, record = plans.make(
            target, bundle, standing, machine.now(), at=options.at, forget=options.forget
        )
        plans.store(options.state, plan)
        machine.say("\n".join(plans.told(plan, record, bundle, target, standing, seen)))
    machine.say(f"看过没问题：{_next(options)}")
    return 0


def _next(options: argparse.Namespace) -> str:
    """The command that carries out what was planned."""
    words = ["weike", "push", "site", *options.targets]
    words += ["--bundle", str(options.bundle)] if options.bundle != BUNDLE else []
    words += ["--state", str(options.state)] if options.state != STATE else []
    return " ".join([*words, *(["--at", options.at.isoformat()] if options.at else [])])


def _ahead(at: datetime | None, machine: Machine) -> None:
    if at and at <= machine.now():
        raise Refused(f"{plans.plain(at.isoformat())} 已经过了：直接发布，或者换一个时间。")


# --- push -------------------------------------------------------------------------------------


def _push(options: argparse.Namespace, machine: Machine) -> int:
    if options.new_opener:
        machine.say(openers.make(options.new_opener))
        return 0
    if options.open:
        return _open(options, machine)
    if options.take:
        return _take(options, machine)
    errands = _errands(options, machine)
    if options.rehearse:
        return _rehearse(options, machine, errands)
    if options.at:
        return _seal(options, machine, errands)
    good = True
    for errand in errands:
        plan = plans.stored(options.state, errand.target.name)
        if plan.at:
            raise Refused(
                f"{errand.target.name} 的计划是定时的：加 --at {plan.at}，或者重新做计划。"
            )
        bundle = plans.taken(options.bundle, errand.target, machine.now(), None, options.state)
        good &= carry.push(errand, plan, bundle)
        _reminded(errand)
    return 0 if good else 1


def _reminded(errand: Errand) -> None:
    """Say after a push what waits for its hour: it may not hold what was pushed."""
    name = errand.target.name
    try:
        for order in orders.waiting(errand.state, [name]):
            errand.say(
                f"{name}：还封存着一版，{plans.plain(order.at)} 开封。这次的改动要是不在里面，到时会停下：现在就重新封存。"
            )
    except Refused as error:
        errand.say(str(error))


def _seal(options: argparse.Namespace, machine: Machine, errands: list[Errand]) -> int:
    _ahead(options.at, machine)
    then = [["wechat", push] for push in options.then]
    if not options.out:  # what is carried to another machine is looked for there
        closing.planned(options.state, then)
    around = "" if options.out else str(options.bundle.resolve())
    found = []
    for errand in errands:
        plan = plans.stored(options.state, errand.target.name)
        if not plan.at or datetime.fromisoformat(plan.at) != options.at:
            raise Refused(
                f"{errand.target.name} 的计划不是为这个时间做的：weike plan site {errand.target.name} --at {options.at.isoformat()}"
            )
        bundle = plans.taken(
            options.bundle, errand.target, machine.now(), options.at, options.state
        )
        found.append(closing.Shut(errand, plan, bundle))
    secret = sealed.fresh()
    wrapped = sealed.wrap(secret, openers.public(options.to)) if options.to else ""
    made = closing.Closing(secret, wrapped, then, around, options.overwrite)
    with _handing(options, machine, secret) as hand:
        if options.out:
            closing.seal_for_carrying(found, made, options.out, hand)
        else:
            closing.seal(found, made, hand)
    machine.say("到时间以前运行 weike push site --open，它会等到那一刻。")
    return 0


def _take(options: argparse.Namespace, machine: Machine) -> int:
    found = sorted(options.take.glob("*.json"))
    brought = [orders.read(path) for path in found]
    if not brought:
        raise Refused(f"{options.take} 里没有封存包：目录里应有 网站名.json 和 .sealed 文件。")
    known = {t.name: t for t in targets.load(options.state, [o.target for o in brought])}
    for order in brought:
        closing.planned(options.state, order.then)
    pairs = [(_errand(known[o.target], options, machine), o) for o in brought]
    closing.take(pairs, options.take, overwrite=options.overwrite)
    machine.say("到时间以前运行 weike push site --open，它会等到那一刻。")
    return 0


@contextmanager
def _handing(
    options: argparse.Namespace, machine: Machine, secret: bytes
) -> Iterator[Callable[[], None]]:
    """What gives the secret to a person: nothing of it stays on this machine unless they ask for a file.

    A file is written before anything is closed: a place that can't be written is found while nothing has
    changed. It goes again when nothing came of it.
    """
    code = sealed.code(secret)
    told: list[bool] = []
    file: Path | None = None if options.to else options.key_out
    if file:
        openers.kept(file, f"# 开封码，{plans.plain(options.at.isoformat())} 用\n{code}\n")

    def hand() -> None:
        told.append(True)
        if options.to:
            machine.say(
                f"只有 {options.to} 的主人能开封：weike push site --open --private 私钥文件"
            )
        elif file:
            machine.say(f"开封码在 {file}：拷走，不要留在网站服务器上。")
        else:
            machine.say(f"开封码（只显示这一次，抄在纸上收好）：\n\n    {code}\n")

    try:
        yield hand
    except BaseException:
        if file and not told:
            file.unlink(missing_ok=True)
        raise


def _rehearse(options: argparse.Namespace, machine: Machine, errands: list[Errand]) -> int:
    at = options.at or machine.now() + timedelta(seconds=SOON)
    secret = sealed.fresh()
    pairs = []
    for errand in errands:
        if errand.target.place == "s3":
            machine.say(f"{errand.target.name}：对象存储没有不公开的地方，不在那里演练。")
            continue
        try:
            volume = plans.stored(options.state, errand.target.name).send
        except Refused:
            volume = 1 << 20
        pairs.append((errand, closing.rehearse(errand, at, volume, secret)))
    if not pairs:
        return 0
    hands = opening.Hands(lambda order: secret, machine.sleep, machine.run)
    good = opening.open_all(pairs, hands)
    return 0 if good else 1


def _open(options: argparse.Namespace, machine: Machine) -> int:
    waiting = list(orders.waiting(options.state, options.targets))
    if not waiting and opening.late_receipts(_errands(options, machine)):
        return 0
    if not waiting:
        raise Refused("没有等着开封的版本。")
    known = {t.name: t for t in targets.load(options.state, [o.target for o in waiting])}
    pairs = [(_errand(known[o.target], options, machine), o) for o in waiting]
    asked: list[bytes] = []

    def secret(order: Order) -> bytes:
        if options.private:
            return sealed.unwrap(order.wrapped, openers.private(options.private))
        if not asked:
            asked.append(sealed.secret_of(_typed(options, machine)))
        return asked[0]

    def run(words: list[str]) -> int:
        """With the folders that it was armed with: on the machine that sealed it, its bundle and state."""
        sealed_with = next((order.bundle for order in waiting if order.bundle), "")
        named = options.bundle != BUNDLE or not sealed_with
        bundle = options.bundle.resolve() if named else Path(sealed_with)
        return machine.run(
            [*words, "--bundle", str(bundle), "--state", str(options.state.resolve())]
        )

    hands = opening.Hands(secret, machine.sleep, run)
    return 0 if opening.open_all(pairs, hands, overwrite=options.overwrite) else 1


def _typed(options: argparse.Namespace, machine: Machine) -> str:
    if options.key:
        return openers.text(options.key)
    return machine.ask("开封码：")


# --- status, rollback -------------------------------------------------------------------------


def _status(options: argparse.Namespace, machine: Machine) -> int:
    good = True
    for target in targets.load(options.state, options.targets):
        good &= carry.status(_errand(target, options, machine), every_file=options.verify)
        for order in orders.waiting(options.state, [target.name]):
            machine.say(f"  封存着一版，{plans.plain(order.at)} 开封：weike push site --open")
    return 0 if good else 1


def _rollback(options: argparse.Namespace, machine: Machine) -> int:
    (target,) = targets.load(options.state, options.targets)
    errand = _errand(target, options, machine)
    return 0 if carry.rollback(errand, options.to, bring_back=options.bring_back) else 1


VERBS = {"plan": _plan, "push": _push, "status": _status, "rollback": _rollback}
