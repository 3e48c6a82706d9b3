"""`weike plan | push | status | rollback wechat …`.

Exit codes: 0 done, 1 it can't be done so, 2 the command was written wrongly, 3 WeChat or a person has to do
something first (run the same command again later).
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from builder.bundle import Bundle
from builder.console import Parser
from publish import spoken
from publish.door import NotPublishable, admit
from publish.ledger import BEIJING, Ledger, LedgerTrouble
from publish.placed import unaltered
from publish.secrets import NoSecret
from publish.wechat import plan as plans
from publish.wechat import status
from publish.wechat.ask import Asker
from publish.wechat.caller import Caller, Stopped
from publish.wechat.drafts import Flags
from publish.wechat.erasing import undoing
from publish.wechat.fields import Unreadable
from publish.wechat.plan import NoPlan, Plan, compute
from publish.wechat.push import Runner, forbidden, stale
from publish.wechat.pushes import (
    WITHDRAWAL,
    Push,
    read_pushes,
    read_withdrawn,
    withdrawal,
)
from publish.wechat.quota import CHANNEL
from publish.wechat.records import Records
from publish.wechat.steps import Wishes, left
from publish.wechat.takeback import rolling_back, undo
from publish.wechat.watch import Watch

if TYPE_CHECKING:
    import argparse

    from publish.wechat.client import Client

SAME = "没有上传，没有改动。"
UNCHANGED = f"内容没有变，微信那边已经是这个样子：{SAME}"


class Usage(Exception):
    """The command names something that is not there; the text says what there is."""


@dataclass(frozen=True, slots=True)
class Machine:
    """All that publishing to WeChat asks of the outside; a test hands over its own."""

    now: Callable[[], datetime] = spoken.now
    sleep: Callable[[float], None] = time.sleep
    say: Callable[[str], None] = spoken.say
    complain: Callable[[str], None] = spoken.complain
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    timeout: tuple[float, float] = (10.0, 60.0)

    def client(self, account: str, state: Path) -> Client:
        """The client of one account; `Stopped` when secrets may not go to the address it is told."""
        from publish.wechat.client import open_client
        from publish.wechat.wire import BadAddress

        try:
            return open_client(
                account,
                state,
                now=self.now,
                environ=self.environ,
                sleep=self.sleep,
                timeout=self.timeout,
            )
        except BadAddress as error:
            raise Stopped(str(error)) from None


def main(verb: str, argv: Sequence[str], machine: Machine | None = None) -> int:
    """Run one verb; returns the exit code. Nothing that a person did wrong ends in a traceback."""
    machine = machine or Machine()
    options = _parser(verb).parse_args(list(argv))
    options.push = options.push.removeprefix("push:")
    try:
        return VERBS[verb](options, machine)
    except Stopped as stop:
        machine.complain(str(stop))
        return stop.code
    except Usage as error:
        machine.complain(str(error))
        return 2
    except (NotPublishable, Unreadable, NoPlan, LedgerTrouble, NoSecret) as error:
        machine.complain(str(error))
        return 1
    except KeyboardInterrupt:
        machine.complain("停下了。再运行同一条命令，会先查清做到哪里，再接着做。")
        return 1
    except sqlite3.Error as error:
        machine.complain(
            f"账本写不进去（{error}）：检查磁盘空间和 {options.state} 的权限。再运行同一条命令，会先查清做到哪里，再接着做。"
        )
        return 1
    except Exception as error:  # noqa: BLE001  # nobody meets a traceback
        machine.complain(spoken.unforeseen(error, options.state))
        return 1


def _parser(verb: str) -> argparse.ArgumentParser:
    parser = Parser(prog=f"weike {verb} wechat", description=HELP[verb])
    needs = "?" if verb in {"plan", "status"} else None
    parser.add_argument(
        "push", nargs=needs, default="", help="推送的编号（content/pushes/ 里的文件名）"
    )
    parser.add_argument("--state", type=Path, default=Path("state"), help="账本和计划放在哪里")
    if verb in {"plan", "push"}:
        parser.add_argument("--bundle", type=Path, default=Path("dist/internet"), help="成品包")
        parser.add_argument("--account", default="", help="推送写 withdrawn 时：收回哪个公众号的")
    if verb in {"plan", "status"}:
        parser.add_argument("--format", choices=("text", "json"), default="text")
    if verb == "plan":
        parser.add_argument("--again", action="store_true", help="已经发出过的，再发一次")
        parser.add_argument("--finish", action="store_true", help="贴图接着发布，视频消息接着群发")
        parser.add_argument(
            "--at", type=spoken.moment, metavar="时间", help="到这时才推，成品包也按这时核对"
        )
    if verb == "rollback":
        parser.add_argument("--yes", action="store_true", help="真的去做；不写只说能做什么")
    if verb in {"push", "rollback"}:
        parser.add_argument(
            "--gone", action="store_true", help="后台看过：程序查不到、删不了的，都没有留在外面"
        )
        sent = parser.add_mutually_exclusive_group()
        sent.add_argument("--sent", action="store_true", help="后台看过，上次的群发已经发出")
        sent.add_argument("--not-sent", action="store_true", help="后台看过，上次的群发没有发出")
    if verb == "push":
        _push_options(parser)
    return parser


def _push_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--preview-to", default="", metavar="微信号", help="存好草稿，发预览给这个人，先不发布")
    theirs = parser.add_mutually_exclusive_group()
    theirs.add_argument("--take-theirs", action="store_true", help="留用后台改过的草稿")
    theirs.add_argument("--overwrite", action="store_true", help="盖掉后台改过的草稿")
    add("--recreate", action="store_true", help="草稿被删了，重新存一份再群发")
    add("--accept-stripped", action="store_true", help="看过了，微信没有原样保留的也发")
    add("--declared", action="store_true", help="已在后台勾选“内容由 AI 生成”")
    add("--wait", action="store_true", help="没到时间就等到时间")


# --- plan -------------------------------------------------------------------------------------------


def _plan(options: argparse.Namespace, machine: Machine) -> int:
    now, at = machine.now(), options.at
    bundle = unaltered(admit(options.bundle, max(now, at) if at else now), options.state)
    push, gone = _later(_chosen(bundle, options), at), read_withdrawn(bundle)
    wishes = Wishes(options.again, options.finish)
    with Ledger.view(options.state, machine.now) as ledger:
        plan = compute(bundle, push, gone, ledger, wishes, machine.now())
    if options.format == "json":
        machine.say(json.dumps(plan.plain(), ensure_ascii=False, indent=1))
    else:
        machine.say("\n".join(plans.show(plan)))
    path = plans.store(options.state, plan)
    if options.format == "text" and not plan.refusals:
        machine.say(f"\n计划存在 {path}。看过没问题：weike push wechat {push.id}")
    return 1 if plan.refusals else 0


def _later(push: Push, at: datetime | None) -> Push:
    """The push, not before `at`."""
    return replace(push, after=max(push.after or at, at)) if at else push


def _chosen(bundle: Bundle, options: argparse.Namespace) -> Push:
    name: str = options.push
    if name == WITHDRAWAL:
        return withdrawal(_account(options))
    pushes = read_pushes(bundle)
    found = pushes.get(name)
    if found:
        return found
    said = f"没有叫 `{name}` 的推送。" if name else "写明哪个推送。"
    rows = [*((p.id, p.title) for p in pushes.values()), (WITHDRAWAL, "只收回已经撤回的内容")]
    raise Usage(f"{said}成品包里有：\n" + "\n".join(f"  {i:<24} {title}" for i, title in rows))


def _account(options: argparse.Namespace) -> str:
    """Whose withdrawn entries are meant: the account that is named, or the only one."""
    with Ledger.view(options.state) as ledger:
        known = [r["account"] for r in ledger.rows("SELECT account FROM accounts ORDER BY account")]
    if options.account in known:
        return str(options.account)
    if len(known) == 1 and not options.account:
        return str(known[0])
    there = "、".join(known) or "还没有，什么也没有推过"
    raise Usage(f"用 --account 写明哪个公众号。账本里有：{there}。")


# --- push -------------------------------------------------------------------------------------------


def _push(options: argparse.Namespace, machine: Machine) -> int:
    if options.wait:  # before the door: the bundle may be made for that moment
        _wait(plans.stored(options.state, options.push), machine)
    bundle = unaltered(admit(options.bundle, machine.now()), options.state)
    push, gone = _chosen(bundle, options), read_withdrawn(bundle)
    plan = plans.stored(options.state, push.id)
    if plan.refusals:
        raise NoPlan("计划里写明了不能推：\n" + "\n".join(f"  {r}" for r in plan.refusals))
    push = _later(push, _after(plan))
    with Ledger.open(options.state, machine.now) as ledger:
        changed = stale(plan, bundle, push, gone, ledger)
        if changed:
            fresh = compute(bundle, push, gone, ledger, plan.wishes, machine.now())
            return _stale(changed, fresh, options, machine)
        refused = forbidden(plan, bundle, push, gone, ledger, machine.now())
        if refused:
            raise NoPlan("不能推：\n" + "\n".join(f"  {r}" for r in refused))
        if not plan.steps:
            machine.say(UNCHANGED)
            return 0
        with _caller(push.account, plan.digest, options.state, ledger, machine) as caller:
            runner = Runner(plan, push, bundle, options.state, caller, _flags(options))
            done = runner.run()
        rest = left(push, runner.records, gone)
    machine.say(_summary(runner, done, rest))
    return 0


def _stale(
    changed: Sequence[str], fresh: Plan, options: argparse.Namespace, machine: Machine
) -> int:
    """The plan is not to be carried out: either nothing is left to do, or a new one must be looked at."""
    looking = all(s.do == "look" for s in fresh.steps)  # whether somebody edited the draft
    deciding = fresh.steps and (options.take_theirs or options.overwrite or options.recreate)
    if looking and not deciding and not fresh.open and not fresh.refusals:
        machine.say(f"内容没有变，草稿早已存好：{SAME}" if fresh.steps else UNCHANGED)
        return 0
    why = "；".join(changed)
    raise NoPlan(f"不能照原来的计划推：{why}。重新运行 weike plan wechat {fresh.push}，看过再推。")


def _after(plan: Plan) -> datetime | None:
    return datetime.fromisoformat(plan.after) if plan.after else None


def _wait(plan: Plan, machine: Machine) -> None:
    """Sleep until the plan may be carried out; nothing is held meanwhile, and short naps follow a clock that is set."""
    after = _after(plan)
    if after and machine.now() < after:
        machine.say(f"等到 {after.astimezone(BEIJING):%m月%d日 %H:%M} 再推，不要关机……")
    while after and machine.now() < after:
        machine.sleep(min((after - machine.now()).total_seconds() + 0.01, 60.0))


def _flags(options: argparse.Namespace) -> Flags:
    return Flags(
        options.preview_to,
        options.take_theirs,
        options.overwrite,
        options.recreate,
        options.accept_stripped,
        options.declared,
        _sent(options),
        options.gone,
    )


def _sent(options: argparse.Namespace) -> bool | None:
    return True if options.sent else False if options.not_sent else None


@contextmanager
def _caller(
    account: str, run: str, state: Path, ledger: Ledger, machine: Machine
) -> Iterator[Caller]:
    client = machine.client(account, state)
    try:
        _same_account(ledger, account, client.appid, client.API_BASE_URL)
        yield Caller(
            ledger,
            Records(ledger, account),
            client,
            run,
            machine.now,
            machine.sleep,
            machine.say,
        )
    finally:
        client.close()


def _same_account(ledger: Ledger, account: str, appid: str, api: str) -> None:
    """What WeChat gave us belongs to one AppID at one address: a ledger of rehearsals is not one of the real thing."""
    rows = ledger.rows("SELECT appid, api FROM accounts WHERE account = ?", account)
    if not rows:
        moment = ledger.moment()
        ledger.put("accounts", ("account",), account=account, appid=appid, api=api, since=moment)
    elif (rows[0]["appid"], rows[0]["api"]) != (appid, api):
        raise Stopped(
            f"账本里 {account} 是 {rows[0]['appid']}（{rows[0]['api']}），现在是 {appid}（{api}）："
            "草稿和图片的编号不通用。演练和正式各用各的 --state，或者核对密钥和 WEIKE_WECHAT_API。"
        )


def _summary(runner: Runner, done: bool, left: Sequence[str]) -> str:
    """What was done, and what only a person can do: of what went out already, only what is `left` out there."""
    uploads = f"上传 {runner.uploads} 个文件"
    rest = "" if done else "，预览以后再运行同一条 weike push 接着做"
    rows = runner.plan.by_hand if runner.end in {"draft", "material"} else left
    by_hand = "\n".join(f"  {line}" for line in rows)
    tail = f"\n还要由人来做的：\n{by_hand}" if by_hand else ""
    return f"{'做完了' if done else '存好草稿'}：{uploads}{rest}。{tail}"


# --- status, rollback -------------------------------------------------------------------------------


def _status(options: argparse.Namespace, machine: Machine) -> int:
    with Ledger.view(options.state, machine.now) as ledger:
        found = status.standing(ledger, options.push)
    if options.format == "json":
        machine.say(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        machine.say("\n".join(status.show(found)))
    return 0


def _rollback(options: argparse.Namespace, machine: Machine) -> int:
    with Ledger.open(options.state, machine.now) as ledger:
        rows = ledger.rows(
            "SELECT DISTINCT target FROM runs WHERE channel = ? AND push = ?", CHANNEL, options.push
        )
        if not rows:
            raise Usage(f"账本里没有推过 `{options.push}`：weike status wechat 看推过哪些。")
        for row in rows:
            _undo(row["target"], options, ledger, machine)
    return 0


def _undo(account: str, options: argparse.Namespace, ledger: Ledger, machine: Machine) -> None:
    todo = undoing(Records(ledger, account), options.push)
    if not todo:
        machine.say("没有可以收回的。")
        return
    for number, step in enumerate(todo, 1):
        machine.say(f"{number:>2}. {step.words}")
    if not options.yes:
        machine.say("以上还没有做。确实要做：同一条命令加 --yes。")
        return
    run = rolling_back(ledger)
    with _caller(account, run, options.state, ledger, machine) as caller:
        # a plan that was begun before holds no more
        ledger.begin(run, CHANNEL, account, options.push)
        asker = Asker(caller, _sent(options), options.gone)
        undo(asker, Watch(asker, options.state), options.push, todo)
        ledger.end(run)
    machine.say("收回了。")


HELP = {
    "plan": "离线算清楚一次推送要做的每一步，存成计划，不动任何东西。",
    "push": "照存好的计划推。中断了，再运行同一条命令：先查清，再接着做，不会重复。",
    "status": "看推到哪一步、今天的额度。",
    "rollback": "把推送收回：先说能收回什么，加 --yes 才做。",
}
VERBS: dict[str, Callable[[argparse.Namespace, Machine], int]] = {
    "plan": _plan,
    "push": _push,
    "status": _status,
    "rollback": _rollback,
}
