"""`weike snapshot …`, `weike seal …`: words in, words out; all the work is elsewhere."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from builder.console import Parser, bug, lines_of, trouble, utf8
from builder.indicators.defined import Defined
from builder.keys import PIN_HELP
from builder.model import BEIJING
from builder.problems import BuildFailed, Refused, as_text, summary

HELP = {"snapshot": "快照：做、看、比、核对、搜。", "seal": "封存还没发布的快照。"}
Know = Callable[[Path], Defined]


def nothing(root: Path) -> Defined:
    """No definitions."""
    del root
    return Defined()


def real_clock() -> datetime:
    """The time it is."""
    return datetime.now(BEIJING).replace(microsecond=0)


class Desk(NamedTuple):
    """What the verbs work with: the root, the time it is, how to learn the definitions."""

    root: Path
    clock: datetime
    know: Know


Run = Callable[[Desk, argparse.Namespace], int]


def main(argv: list[str], clock: datetime | None = None, know: Know = nothing) -> int:
    """Run `snapshot …` or `seal …`; returns the exit code. 1: refused or wrong, 2: written wrongly."""
    utf8()
    options = parser(argv[0]).parse_args(_seal_words(argv))
    root = Path(options.root).resolve()
    try:
        code: int = options.run(Desk(root, clock or real_clock(), know), options)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    except BuildFailed as failed:
        print(as_text(failed.problems, lines_of(root)), file=sys.stderr)
        print(summary(failed.problems), file=sys.stderr)
        return 1
    except OSError as error:
        print(as_text([trouble(error, root)], lines_of(root)), file=sys.stderr)
        return 1
    except Exception:  # noqa: BLE001  # whatever it is, nobody must meet a traceback
        print(as_text([bug(root)], lines_of(root)), file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("已停下。", file=sys.stderr)
        return 130
    return code


def _seal_words(argv: Sequence[str]) -> list[str]:
    """`weike seal FILE` means `weike seal file FILE`."""
    verb, *rest = argv
    plain = verb == "seal" and rest and rest[0] not in {"file", "keygen", "open", "-h", "--help"}
    return ["file", *rest] if plain else rest


def parser(verb: str) -> argparse.ArgumentParser:
    """The command line of one verb."""
    made = Parser(prog=f"weike {verb}", description=HELP[verb])
    verbs = made.add_subparsers(required=True, metavar="命令", parser_class=Parser)

    def add(name: str, text: str, run: Run) -> argparse.ArgumentParser:
        one: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text)
        one.add_argument("--root", default=".", help="内容在哪里，默认当前文件夹")
        one.set_defaults(run=run)
        return one

    (_snapshot if verb == "snapshot" else _seal)(add)
    return made


Add = Callable[[str, str, Run], argparse.ArgumentParser]


def _snapshot(add: Add) -> None:
    from builder.indicators import cli_forms, making, telling

    made = add("list", "列出全部快照：何时发布、封没封、有多少数", telling.run_list)
    made.add_argument("--format", choices=("text", "json"), default="text")
    made = add("show", "看一个快照，或一个指标的数和每个数出自哪个快照", telling.run_show)
    made.add_argument("name", help="快照编号，或指标编号")
    made.add_argument("--measure", default="", help="只看这个口径，如 yoy")
    made.add_argument("--region", default="", help="只看这个地区")
    made.add_argument("--as-of", default="", metavar="时间", help="按那一刻已经发布的算")
    made.add_argument("--format", choices=("text", "json"), default="text")
    _key(made)
    made = add("diff", "比两个时间（或两个快照发布时）的数，哪里变了", telling.run_diff)
    made.add_argument("before", help="快照编号，或 2026-10-18T10:00:00+08:00")
    made.add_argument("after", help="快照编号，或时间")
    _key(made)
    made = add("verify", "核对全部快照：写法、校验和、前后合不合、发布后改没改", telling.run_verify)
    made.add_argument("--format", choices=("text", "json"), default="text")
    _key(made)
    made = add("scan", "搜遍仓库的每个字节，看有没有没发布的数露在外面", telling.run_scan)
    made.add_argument("--history", action="store_true", help="连 git 里存的全部对象一起搜")
    made.add_argument("--format", choices=("text", "json"), default="text")
    _key(made)
    made = add("form", "按数据模板出一张填报表（xlsx）", making.run_form)
    made.add_argument("template", help="数据模板的编号")
    made.add_argument("period", help="时期，如 2026-09、2026-Q3")
    made.add_argument("--out", default="", help="写到哪个文件，默认 模板-时期.xlsx")
    _key(made)
    cli_forms.verbs(add)
    made = add("new", "用表格做一个快照；没到发布时间的当场封存", making.run_new)
    made.add_argument("name", help="快照编号，如 cpi-2026-09")
    for action, text in making.ACTIONS.items():
        made.add_argument(f"--{action}", action="append", default=[], metavar="表格", help=text)
    _head(made)
    for action, text in making.ACTIONS.items():
        made = add(action, f"做一个快照，里面都是{text}", making.run_one)
        made.add_argument("name", help="快照编号，如 cpi-2026-09")
        made.add_argument("tables", nargs="+", metavar="表格", help="CSV，或填好的填报表（xlsx）")
        made.set_defaults(action=action)
        _head(made)


def _head(made: argparse.ArgumentParser) -> None:
    made.add_argument("--title", required=True, help="标题；封存的快照标题人人看得到，不要带数")
    made.add_argument("--audience", required=True, help="给谁看，site_config.yml 里的受众")
    made.add_argument("--division", required=True, help="处室，content/orgs.yml 里的编号")
    made.add_argument("--release", required=True, help="何时发布，如 2026-10-18T10:00:00+08:00")
    made.add_argument("--author", required=True, help="谁做的")
    made.add_argument("--approver", required=True, help="谁核对、批准的，不能是同一个人")
    made.add_argument("--source", action="append", required=True, help="出处，可写几次")
    made.add_argument("--note", default="", help="说明")
    made.add_argument("--reason", default="", help="更正、撤回的理由；表格里逐行写了的不用")
    made.add_argument("--clear", default="", metavar="文件", help="明文写到内容文件夹外的这个文件")
    _to(made)


def _to(made: argparse.ArgumentParser) -> None:
    made.add_argument("--to", default="", help="开封公钥；不写就用 site_config.yml 里的")
    made.add_argument("--again", action="store_true", help="没到时间的，重新封一次，换掉原来的")


def _seal(add: Add) -> None:
    from builder.indicators import making

    made = add("file", "封存一个快照文件：weike seal 文件", making.run_seal)
    made.add_argument("file", help="明文的快照文件")
    made.add_argument("--keep", action="store_true", help="留着明文（只许在内容文件夹外）")
    _to(made)
    made = add("keygen", "生成开封密钥", making.run_keygen)
    made.add_argument("--out", default="release.key", help="密钥文件放哪里")
    made.add_argument("--pin-file", default="", help=PIN_HELP)
    made = add("open", "到时间以后，把封存的快照解开看", making.run_open)
    made.add_argument("file", help="封存的快照文件，或它的编号")
    made.add_argument("--out", default="", help="写到这个文件；不写就打印")
    _key(made)


def _key(made: argparse.ArgumentParser) -> None:
    made.add_argument("--key", default="", help="开封密钥文件；不写就用 WEIKE_RELEASE_KEY 指的")
    made.add_argument("--pin-file", default="", help=PIN_HELP)
