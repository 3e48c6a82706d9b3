"""`weike review …`: words in, words out; all the work is in `office`."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from builder.approvals import STEP_LABELS, STEPS, Refused, Signer, labels, make_key, open_key
from builder.approvals.standing import STATES
from builder.approvals.words import DECISION_LABELS
from builder.config import ID
from builder.console import Parser, bug, lines_of, trouble, utf8
from builder.keys import PIN_HELP, ask_pin, choose_pin, write_key
from builder.model import BEIJING
from builder.problems import BuildFailed, as_text, summary
from builder.review.hall import possible
from builder.review.office import Item, Office
from builder.review.paper import add_countersign, add_form, run_countersign, run_form
from builder.review.report import add_report, run_report

SHORT = 16  # hex digits of a version that people read and type
Run = Callable[[Office, argparse.Namespace], int]


def main(argv: list[str]) -> int:
    """Run `review …`; returns the exit code. 1: refused, 2: written wrongly."""
    utf8()
    options = _parser().parse_args(argv[1:])
    root = Path(options.root).resolve()
    try:
        alone = options.run in {keygen, serve_pages}  # these open no office of their own
        code = int(options.run(options) if alone else options.run(Office(root, _clock), options))
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    except BuildFailed as failed:
        print(as_text(failed.problems, lines_of(root)), file=sys.stderr)
        return 1
    except OSError as error:
        print(as_text([trouble(error, root)], lines_of(root)), file=sys.stderr)
        return 1
    except Exception:  # noqa: BLE001  # whatever it is, nobody must meet a traceback
        print(as_text([bug(root)], lines_of(root)), file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("已停下，没有记下任何东西。", file=sys.stderr)
        return 130
    return code


def _clock() -> datetime:
    return datetime.now(BEIJING).replace(microsecond=0)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="weike review", description="三审三校和保密审查。")
    verbs = parser.add_subparsers(required=True, metavar="命令", parser_class=Parser)

    def verb(name: str, text: str, run: object) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text)
        made.add_argument("--root", default=".", help="内容在哪里，默认当前文件夹")
        made.set_defaults(run=run)
        return made

    made = verb("keygen", "给审核人生成密钥文件", keygen)
    made.add_argument("person", help="人员编号，与 content/orgs.yml 里的 id 一致")
    made.add_argument("--out", help="密钥文件放哪里，默认 <编号>.key")
    _pin(made)
    made = verb("list", "列出每一篇审到哪一步", list_items)
    made.add_argument("--division", default="", help="只看这个处室")
    made.add_argument("--state", default="", choices=("", *STATES), help="只看这个状态")
    made.add_argument("--step", default="", choices=("", *STEPS), help="只看现在轮到这一审的")
    made.add_argument("--for", dest="person", default="", help="只看现在轮到这个人审的")
    made.add_argument("--ids", action="store_true", help="只打印 编号@版本，可以接着交给 approve")
    made.add_argument("--format", choices=("text", "json"), default="text")
    made = verb("show", "看一篇：改了什么、检查结果、谁审过", show)
    made.add_argument("item", help="编号，如 faq:mlk/sishang")
    made = verb("approve", "通过一审", approve)
    made.add_argument("items", nargs="+", metavar="编号[@版本]", help="版本写 show 打印的前几位")
    made.add_argument("--step", required=True, choices=STEPS, help=labels(STEPS))
    made.add_argument("--note", default="", help="意见，只在内部看")
    made.add_argument("--change", default="", help="这次改了什么，会公开显示在版本记录里")
    _key(made)
    made = verb("reject", "退回", reject)
    made.add_argument("item", metavar="编号[@版本]")
    made.add_argument("--step", required=True, choices=STEPS)
    made.add_argument("--note", required=True, help="退回的理由")
    _key(made)
    made = verb("withdraw", "撤回已经批准的一篇，下次发布就没有了", withdraw)
    made.add_argument("item", metavar="编号")
    made.add_argument("--reason", required=True, help="撤回的理由")
    _key(made)
    made = verb("revoke", "吊销一个人的密钥", revoke)
    made.add_argument("person", help="人员编号")
    made.add_argument("--reason", required=True, help="吊销的理由")
    made.add_argument("--void", action="store_true", help="密钥被盗用过：他签过的一律不算，要重审")
    _key(made)
    verb("verify", "核对全部审核记录", verify)
    add_form(verb("form", "打印审核表（PDF 或 Word），给在纸上签的人", run_form))
    made = verb("countersign", "文书录入在纸上签好的审核表", enter_form)
    add_countersign(made)
    _key(made)
    add_report(verb("report", "审核和更新情况、季度自查", run_report))
    made = verb("serve", "开审核网页，给不用 git 的人", serve_pages)
    made.add_argument("--host", default="127.0.0.1", help="默认只给本机；给别的电脑看要 TLS")
    made.add_argument("--port", type=int, default=8010)
    made.add_argument("--cert", default="", help="TLS 证书（PEM）")
    made.add_argument("--tls-key", default="", help="TLS 私钥（PEM）")
    return parser


def _pin(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pin-file", default="", help=PIN_HELP)


def _key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--key", required=True, help="自己的密钥文件")
    _pin(parser)


def signer(options: argparse.Namespace) -> Signer:
    """The key that the options name, opened."""
    return open_key(Path(options.key).read_bytes(), ask_pin(options.pin_file))


# --- verbs ----------------------------------------------------------------------------------------


def keygen(options: argparse.Namespace) -> int:
    """Write a key file that is there for nobody else, and print what to put into orgs.yml."""
    if not ID.fullmatch(options.person):
        raise Refused("人员编号只能用小写字母、数字和短横线，以字母开头。")
    target = Path(options.out or f"{options.person}.key")
    data = make_key(options.person, choose_pin(options.pin_file))
    write_key(target, data)
    public, today = json.loads(data)["public"], _clock().date().isoformat()
    print(f"密钥文件：{target}。自己保管，不要放进内容文件夹，不要发给别人；口令忘了没有办法找回。")
    print(f"在 content/orgs.yml 的 people 里，给 {options.person} 写上（之后要送审 site:orgs）：")
    print(f'    keys: [{{public: "{public}", since: "{today}"}}]')
    return 0


def serve_pages(options: argparse.Namespace) -> int:
    """Serve the review page until Ctrl-C."""
    from builder.review.server import serve  # a web server, which nothing else needs

    root = Path(options.root)
    return serve(root, options.host, options.port, options.cert, options.tls_key)


def enter_form(office: Office, options: argparse.Namespace) -> int:
    """Enter what was signed on paper."""
    return run_countersign(office, options, signer)


def list_items(office: Office, options: argparse.Namespace) -> int:
    """Items with their state, by division."""
    items = [
        i
        for i in office.items()
        if options.division in {"", i.division}
        and options.state in {"", i.state}
        and (not options.step or options.step in i.next_steps)
        and (not options.person or _turn(office, i, options.person, options.step))
    ]
    if options.format == "json":
        print(json.dumps([_row(i) for i in items], ensure_ascii=False, indent=2))
    elif options.ids:
        print("\n".join(f"{i.id}@{i.version[:SHORT]}" for i in items if i.version))
    else:
        for item in items:
            wait = f"，轮到{labels(item.next_steps)}" if item.next_steps else ""
            print(f"{STATES[item.state]}{wait}  {item.id}  {item.title}（{item.division or '—'}）")
        counts = {s: sum(i.state == s for i in items) for s in STATES}
        said = "，".join(f"{STATES[s]} {n}" for s, n in counts.items() if n)
        print(f"共 {len(items)} 项：{said or '没有'}。")
    return 0


def _turn(office: Office, item: Item, name: str, step: str) -> bool:
    """True when it is for this person to take a step (this one, when named) on the item now."""
    person = office.listed.people.get(name)
    if person is None:
        raise Refused(f"人员清单里没有 `{name}`。")
    steps = possible(item, person)
    return step in steps if step else bool(steps)


def _row(item: Item) -> dict[str, object]:
    return {
        "id": item.id,
        "title": item.title,
        "division": item.division,
        "audience": item.audience,
        "path": item.path,
        "version": item.version,
        "state": item.state,
        "next": list(item.next_steps),
        "missing": {k: list(v) for k, v in item.missing.items()},
        "released": {k: r.version for k, r in item.released.items()},
    }


def show(office: Office, options: argparse.Namespace) -> int:
    """One item: what changed, what is wrong, who signed."""
    item = office.item(options.item.partition("@")[0])
    print(f"{item.id}  {item.title}")
    print(f"状态：{STATES[item.state]}；版本 {item.version[:SHORT] or '—'}；文件：")
    for path, digest in item.files.items():
        print(f"  {digest[:SHORT]}  {path}")
    for name, steps in item.missing.items():
        label = office.config.editions[name].label
        print(f"{label}：{'齐了' if not steps else '还差' + labels(steps)}")
    if item.next_steps:
        print(f"现在轮到：{labels(item.next_steps)}")
    print(_changes(office, item))
    found = office.problems(item.id)
    print("检查：" + (summary(found) if found else "没有发现问题"))
    if found:
        print(as_text(found, lines_of(office.root)))
    for judged in item.log:
        record = judged.record
        did = f"{STEP_LABELS.get(record.step, '')}{DECISION_LABELS[record.decision]}"
        void = f"（不算数：{judged.why}）" if judged.why else ""
        note = f"：{record.note}" if record.note else ""
        name = office.staff.name(record.person)
        print(f"{record.time[:16].replace('T', ' ')} {name} {did} {record.version[:8]}{note}{void}")
    return 0


def _changes(office: Office, item: Item) -> str:
    """The difference between what was approved last and what lies there, line by line."""
    old, new = office.approved(item.id) or {}, office.current(item.id)
    if not old:
        return "还没有批准过的版本。"
    rows = []
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path, b""), new.get(path, b"")
        if before == after:
            continue
        try:
            texts = before.decode().splitlines(), after.decode().splitlines()
        except UnicodeDecodeError:
            rows.append(f"{path}：换了文件（{len(before)} → {len(after)} 字节）")
            continue
        rows += difflib.unified_diff(
            *texts, f"{path}（批准的）", f"{path}（现在的）", lineterm="", n=1
        )
    return "\n".join(rows) if rows else "与批准的那一版相同。"


def _asked(office: Office, word: str) -> tuple[str, str]:
    """Id and whole version of `编号[@版本]`; the working copy's when none is written."""
    identity, _, version = word.partition("@")
    item = office.item(identity)
    if version and not item.version.startswith(version.lower()):
        raise Refused(
            f"`{identity}` 现在的版本是 {item.version[:SHORT]}，不是 {version}：请重新看一遍。"
        )
    return identity, item.version


def approve(office: Office, options: argparse.Namespace) -> int:
    """Put one step down for each item; what is refused does not stop the others."""
    key = signer(options)
    refused = 0
    for word in options.items:
        try:
            identity, version = _asked(office, word)
            office.approve(identity, options.step, key, version, options.note, options.change)
        except Refused as error:
            refused += 1
            print(f"{word}：{error}", file=sys.stderr)
            continue
        item = office.item(identity)
        left = labels(item.next_steps)
        print(
            f"{identity}：{STEP_LABELS[options.step]}通过。"
            + (f"接着是{left}。" if left else "已批准，下次发布就有。")
        )
    return 1 if refused else 0


def reject(office: Office, options: argparse.Namespace) -> int:
    """Send an item back."""
    key = signer(options)
    identity, version = _asked(office, options.item)
    office.reject(identity, options.step, key, version, options.note)
    print(f"{identity}：已退回。批准过的旧版本照旧发布。")
    return 0


def withdraw(office: Office, options: argparse.Namespace) -> int:
    """Take an item out of the next release."""
    office.withdraw(options.item, signer(options), options.reason)
    print(f"{options.item}：已撤回。下次发布网站上就没有了，公众号里的文章也列入删除计划。")
    print("现在就要撤下来：马上 weike build --release，再发布。")
    return 0


def revoke(office: Office, options: argparse.Namespace) -> int:
    """End a person's keys."""
    office.revoke(options.person, signer(options), options.reason, void=options.void)
    more = "他签过的一律不算，相关内容要重审。" if options.void else "以前签过的仍算。"
    print(f"{options.person} 的密钥已吊销。{more}换新密钥：keygen，写进 orgs.yml，送审 site:orgs。")
    return 0


def verify(office: Office, options: argparse.Namespace) -> int:
    """Judge every record; say which do not count and what is missing from the log."""
    from builder.approvals.grown import lost_lines  # asks git, which takes a while

    del options
    bad = [(i.id, j) for i in office.items() for j in i.log if j.why]
    count = sum(len(i.log) for i in office.items())
    for identity, judged in bad:
        print(f"{identity}：{judged.record.time} {judged.record.person}：{judged.why}")
    lost = lost_lines(office.root, office.written)
    for path, line in lost:
        print(f"{path} 少了一行：{line[:80]}…")
    print(
        f"{count} 条记录，{len(bad)} 条不算数，少了 {len(lost)} 行。清单的起点：{office.pin[:SHORT] or '还没有'}"
    )
    return 1 if bad or lost else 0
