"""`weike plan|push|status|rollback airgap …`, `weike verify|apply|pull|keygen …`: words in, words out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from builder.console import Parser, bug, trouble, utf8
from builder.keys import PIN_HELP, ask_pin, choose_pin, make_key, open_key, write_key
from builder.problems import Refused, as_text
from publish import spoken
from publish.airgap import mail, parcel, place, record, told
from publish.airgap.form import DIRECTIONS, KINDS, WORD, Manifest, Rejected
from publish.airgap.read import Package, opened
from publish.airgap.trust import AMBIGUOUS, BEIJING, FILE, Trust, load_trust
from publish.ledger import Ledger, LedgerTrouble

Clock = Callable[[], datetime]
Options = argparse.Namespace
YEARS = timedelta(days=730)
UNTOUCHED = "没有装，现在的站和文件都没有动。"
ROLLBACK = """\
跨网的包没有单独的回退：
  在内网：用以前的成品包重新做一个包（weike push airgap --bundle 以前的成品包），序号更大，对方照常装。
  在外网：网站可以先用 weike rollback site 退回。"""


def main(verb: str, argv: list[str], now: Clock | None = None, prog: str = "") -> int:
    """Run one verb; returns the exit code. 1: refused, 2: written wrongly. `prog`: how it was called."""
    utf8()
    clock = now or (lambda: datetime.now(BEIJING))
    try:
        options = _parser(verb, prog).parse_args(argv)
        return int(VERBS[verb](options, clock))
    except (Refused, LedgerTrouble) as refused:
        print(refused, file=sys.stderr)
        if verb == "apply" and not isinstance(refused, place.Unfinished):
            print(UNTOUCHED, file=sys.stderr)
        return 1
    except OSError as error:
        print(as_text([trouble(error, ".")], lambda _: ()), file=sys.stderr)
        return 1
    except ImportError as error:
        print(_lacking(error), file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("已停下。再运行一次会接着收拾好。", file=sys.stderr)
        return 130
    except Exception:  # noqa: BLE001  # whatever it is, nobody must meet a traceback
        print(as_text([bug(".", spoken.FAULT)], lambda _: ()), file=sys.stderr)
        return 1


def alone(argv: list[str]) -> int:
    """Run as the single-file program."""
    verb, *rest = argv or ["--help"]
    if verb not in VERBS:
        utf8()
        print("用法：python weike-airgap.py 命令 …    每个命令加 --help 看用法\n", file=sys.stderr)
        print("\n".join(f"  {name:<9} {text}" for name, text in HELP.items()), file=sys.stderr)
        return 0 if verb in {"-h", "--help"} else 2
    return main(verb, rest, prog="weike-airgap.py {}")


def _lacking(error: ImportError) -> str:
    name = (error.name or "").partition(".")[0]
    return f"这台机器的 Python 没有 {name or 'cryptography'} 组件：在离线安装包旁边运行 python -m pip install --no-index --find-links wheelhouse cryptography，再试。"


# --- options ------------------------------------------------------------------------------------------


def _parser(verb: str, prog: str) -> Parser:
    own = verb in {"plan", "push", "status", "rollback"}
    name = prog or ("weike {} airgap" if own else "weike {}")
    parser = Parser(prog=name.format(verb), description=HELP[verb])
    {
        "plan": _what_options,
        "push": _push_options,
        "verify": _verify_options,
        "apply": _apply_options,
        "pull": _pull_options,
        "keygen": _keygen_options,
    }.get(verb, lambda _: None)(parser)
    if verb != "keygen":
        parser.add_argument("--state", default="state", help="账本和回执在哪里，默认 state")
    if verb in {"verify", "apply", "pull", "status"}:
        parser.add_argument("--trusted", default="", help=f"认谁的密钥，默认 state/{FILE}")
    return parser


def _what_options(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--bundle", default="dist/internet", help="成品包，默认 dist/internet")
    what.add_argument("--robot", default="", metavar="成品包", help="只带成品包里的智能问答")
    what.add_argument("--inbox", action="store_true", help="带 state/inbox 里的来件")
    what.add_argument("--receipts", action="store_true", help="带本机的回执")
    base = "接在对方已装的哪一版上：last 最近一版（默认），none 全量，或那一版编号的前 6 位以上"
    parser.add_argument("--base", default=parcel.LAST, help=base)
    way = "方向：out 内网到外网，in 外网到内网；发布包默认 out，来件和回执默认 in"
    parser.add_argument("--direction", default="", choices=("", *DIRECTIONS), help=way)
    sender = "发送方的代号，默认 inside（内网）或 outside（外网）；几个单位共用一个外网时写各自的"
    parser.add_argument("--sender", default="", help=sender)
    least = "这个包至少编第几号；账本丢过、对方说序号旧了时用"
    parser.add_argument("--sequence", type=int, default=1, help=least)


def _push_options(parser: argparse.ArgumentParser) -> None:
    _what_options(parser)
    parser.add_argument("--key", default="", help="签名用的密钥文件，由 weike keygen 生成")
    parser.add_argument("--pin-file", default="", help=PIN_HELP)
    parser.add_argument("--out", default="", help="包写到哪个文件，默认在当前文件夹起名")
    days = "几天内有效，过期对方不收，默认 30"
    parser.add_argument("--days", type=int, default=parcel.DAYS, help=days)
    parser.add_argument("--note", default="", help="给对方看的一句说明")
    program = "不做包，生成单个文件的核对程序，给只装了 Python 的机器用"
    parser.add_argument("--program", default="", metavar="文件", help=program)


def _verify_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="包")
    parser.add_argument("--to", default="", help="打算装到哪个文件夹：连能不能接上一起核对")


def _apply_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="包")
    parser.add_argument("--to", required=True, help="装到哪个文件夹，如 dist/internet")
    site = "装好以后接着上网站：sites.yml 里的名字，不写名字就是全部"
    parser.add_argument("--site", nargs="*", metavar="网站", help=site)


def _pull_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("inbox", "receipts"), help="inbox 来件，receipts 回执")
    parser.add_argument("--from", dest="file", required=True, metavar="包", help="从哪个包里取")


def _keygen_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="密钥文件")
    parser.add_argument("--who", required=True, help="谁保管：姓名和处室，会写进对方的清单")
    parser.add_argument("--direction", default="out", choices=tuple(DIRECTIONS), help="签哪个方向")
    parser.add_argument("--sender", default="", help="发送方的代号，默认 inside 或 outside")
    parser.add_argument("--pin-file", default="", help=PIN_HELP)


# --- making -------------------------------------------------------------------------------------------


def _parcel(options: Options, ledger: Ledger, now: Clock) -> parcel.Parcel:
    back = options.inbox or options.receipts
    direction = options.direction or ("in" if back else "out")
    sender = options.sender or parcel.SENDERS[direction]
    if not WORD.fullmatch(sender):
        raise Refused("--sender 只能用小写字母、数字和短横线，不超过 32 个字。")
    state = Path(options.state)
    if options.inbox:
        return parcel.inbox(state, direction, sender)
    if options.receipts:
        return parcel.receipts(state, ledger, direction, sender)
    root, kind = (options.robot, "robot") if options.robot else (options.bundle, "release")
    return parcel.release(Path(root), kind, options.base, state, (direction, sender), now())


def plan(options: Options, now: Clock) -> int:
    """Say what a package would hold; nothing is written."""
    with Ledger.view(Path(options.state), now) as ledger:
        made = _parcel(options, ledger, now)
        _say_plan(made, ledger, options)
    print("这只是看一看，没有做包。做包：把 plan 换成 push，加上 --key 密钥文件。")
    return 0


def _say_plan(made: parcel.Parcel, ledger: Ledger, options: Options) -> int:
    number = parcel.number(ledger, made, options.sequence)
    for line in told.of_parcel(made, number):
        print(line)
    for line in parcel.unconfirmed(ledger, Path(options.state), made):
        print(f"注意：{line}")
    return number


def push(options: Options, now: Clock) -> int:
    """Make a package, or the program."""
    if options.program:
        return _program(Path(options.program))
    if not options.key:
        raise Refused("写明用哪个密钥签：--key 密钥文件。还没有就先 weike keygen。")
    if not 1 <= options.days <= 366:
        raise Refused("--days 写 1 到 366 之间的天数。")
    state = Path(options.state)
    with Ledger.open(state, now) as ledger:
        made = _parcel(options, ledger, now)
        number = _say_plan(made, ledger, options)
        signer = open_key(Path(options.key).read_bytes(), ask_pin(options.pin_file))
        out = Path(options.out or parcel.named(made, number))
        made = parcel.noted(made, options.note)
        done = parcel.make(made, out, ledger, state, signer, now, number, options.days)
    print(
        f"做好了：{out}（{told.size(done.size)}），{signer.person}签，密钥 {signer.fingerprint}，{options.days} 天内有效。"
    )
    print(
        f"包的编号 {done.id[:16]}，内容编号 {done.manifest.digest[:12]}。带到对方：weike verify {out.name}，再 weike apply。"
    )
    return 0


def _program(target: Path) -> int:
    from publish.airgap.program import written

    data = written()
    try:
        with target.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise Refused(f"{target} 已经有了，不覆盖：换一个文件名。") from None
    print(
        f"生成了 {target}（{told.size(len(data))}）：python {target.name} verify 包，只要 Python 3.11 以上和 cryptography 组件。"
    )
    return 0


def keygen(options: Options, now: Clock) -> int:
    """Make a key file and print the lines that the other side needs."""
    sender = options.sender or parcel.SENDERS[options.direction]
    if AMBIGUOUS.match(options.who) or not options.who.isprintable() or " #" in options.who:
        raise Refused("--who 写姓名和处室，不要用引号和特殊符号开头。")
    if not WORD.fullmatch(sender):
        raise Refused("--sender 只能用小写字母、数字和短横线，不超过 32 个字。")
    target = Path(options.file)
    data = make_key(options.who, choose_pin(options.pin_file))
    write_key(target, data)
    today = now().astimezone(BEIJING).date()
    streams = {"out": "internet, robot, receipts", "in": "inbox, receipts"}[options.direction]
    print(f"密钥文件：{target}。自己保管，不要和包放在一起带；口令忘了没有办法找回，只能换新密钥。")
    print(f"下面几行交给对方，当面或打电话核对以后，由他们放进 {FILE}：")
    print(f"- key: {json.loads(data)['public']}")
    print(f"  who: {options.who}\n  sender: {sender}\n  since: {today}\n  until: {today + YEARS}")
    print(f"  streams: [{streams}]\n  directions: [{options.direction}]")
    return 0


# --- taking -------------------------------------------------------------------------------------------


def _trust(options: Options) -> Trust:
    return load_trust(Path(options.trusted or Path(options.state) / FILE))


def verify(options: Options, now: Clock) -> int:
    """Say what a package is, and whether it would be taken; nothing is changed."""
    with (
        Ledger.view(Path(options.state), now) as ledger,
        opened(Path(options.file), _trust(options), now()) as package,
    ):
        for line in told.of_package(package):
            print(line)
        manifest = package.manifest
        if options.to and manifest.kind in {"release", "robot"}:
            here = place.standing(Path(options.to), manifest.kind)
            for line in told.of_changes(
                told.changes(here.files, manifest.files), first=not here.files
            ):
                print(line)
            record.fresh(ledger, manifest, package.id)
            place.fits(manifest, here, ledger)
            place.glimpse(package, here, now())
            print(f"核对通过：签名和每个文件都对，能装到 {options.to}。")
            return 0
        record.fresh(ledger, manifest, package.id)
        package.check()
    print("核对通过：签名对，包里每个字节都对，没有装过。")
    if manifest.kind in {"release", "robot"}:
        print("没有写 --to，没有核对能不能接上现在的站。")
    return 0


def _announced(package: Package, kinds: tuple[str, ...], instead: str) -> None:
    if package.manifest.kind not in kinds:
        raise Rejected("kind", f"这是{KINDS[package.manifest.kind]}：{instead}。")
    for line in told.of_package(package):
        print(line)


def apply(options: Options, now: Clock) -> int:
    """Put a release in its place."""
    to = Path(options.to)
    if options.site is not None and not _has_site():
        raise Refused("这个单文件程序只管装，不管上网站：去掉 --site，装好后由网站服务器取用。")
    try:
        after, said = _placed(options, to, now)
    except OSError as error:  # the folder is as it was: else it had been `Unfinished`
        raise Refused(as_text([trouble(error, to)], lambda _: ())) from None
    print("\n".join(said))
    print("回执带回去：weike push airgap --receipts --key 密钥文件。")
    if after.kind == "release" and options.site is not None:
        return _on_the_web(to, options)
    if after.kind == "release":
        print(f"网页在 {to / 'site'}。上网站：weike plan site --bundle {to}，再 weike push site。")
    return 0


def _placed(options: Options, to: Path, now: Clock) -> tuple[Manifest, list[str]]:
    """What is in the folder now, and how it came there, in words."""
    with (
        Ledger.open(Path(options.state), now) as ledger,
        opened(Path(options.file), _trust(options), now()) as package,
    ):
        _announced(package, ("release", "robot"), "用 weike pull inbox 或 weike pull receipts 收")
        after = package.manifest
        if place.already(package, to, ledger):
            return after, [f"上次已经装好了：{to}，内容编号 {after.digest[:12]}，每个文件都对。"]
        before = place.place(package, to, ledger, now)
    found = told.changes(before.files, after.files)
    said = [*told.of_changes(found, first=not before.files)]
    return after, [*said, f"装好了：{to}，内容编号 {after.digest[:12]}。"]


def _has_site() -> bool:
    return find_spec("publish.site") is not None


def _on_the_web(to: Path, options: Options) -> int:
    """Hand the folder that was just placed to the channel of web servers."""
    run = import_module("publish.cli").main
    words = ["site", *options.site, "--bundle", str(to), "--state", options.state]
    return int(run(["plan", *words])) or int(run(["push", *words]))


def pull(options: Options, now: Clock) -> int:
    """Take in what the other side sent back."""
    state = Path(options.state)
    with (
        Ledger.open(state, now) as ledger,
        opened(Path(options.file), _trust(options), now()) as package,
    ):
        _announced(package, (options.what,), "拿错了包，或写错了 inbox、receipts")
        if options.what == "inbox":
            folder, fresh = mail.letters(package, state, ledger)
            said = (
                f"收下 {len(fresh)} 个新来件，在 {folder}。" if fresh else "没有新来件，都收过了。"
            )
        else:
            target, count, new = mail.word(package, state, ledger)
            said = f"收下对方的回执：共 {count} 条，新的 {new} 条，在 {target}。"
    print(said)
    return 0


def status(options: Options, now: Clock) -> int:
    """What was made and taken in, and what the other side acknowledged."""
    state = Path(options.state)
    with Ledger.view(state, now) as ledger:
        for line in told.of_ledger(ledger, record.received(state)):
            print(line)
    path = Path(options.trusted or state / FILE)
    if path.exists():
        for line in told.of_trust(load_trust(path), now().astimezone(BEIJING).date()):
            print(line)
    return 0


def rollback(_options: Options, _now: Clock) -> int:
    """Say how one goes back."""
    print(ROLLBACK, file=sys.stderr)
    return 1


HELP: Mapping[str, str] = {
    "plan": "看跨网的包里会有什么，不动任何东西。",
    "push": "做一个签了名的跨网的包。",
    "status": "做过、装过哪些包，对方回执到哪一号。",
    "rollback": "跨网的包怎么回退。",
    "verify": "核对一个跨网的包，说清是什么、谁签的、改了什么；不动任何东西。",
    "apply": "核对一个跨网的发布包，全部无误才换上去。",
    "pull": "收下对方带回来的来件或回执。",
    "keygen": "生成签包用的密钥文件。",
}
VERBS: Mapping[str, Callable[[Options, Clock], int]] = {
    "plan": plan,
    "push": push,
    "status": status,
    "rollback": rollback,
    "verify": verify,
    "apply": apply,
    "pull": pull,
    "keygen": keygen,
}
