"""`weike ask` and `weike robot`: the robot on the command line, from a bundle that was built."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

from builder.console import Parser, utf8
from builder.problems import Refused
from builder.robot import learning
from builder.robot.engine import Reply, Robot, State
from builder.robot.package import Package, load

Say = Callable[[str], None]
BEIJING = timezone(timedelta(hours=8))
FILE = "robot/package.json"


def main(argv: list[str]) -> int:
    """Run one verb; returns the exit code."""
    utf8()
    options = _parser().parse_args(argv)
    try:
        code: int = options.run(options, print)
    except Refused as refused:
        print(f"{refused}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or '文件'}：{error.strerror}。", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="weike", description="问小统，看它没答上什么。")
    verbs = parser.add_subparsers(required=True, metavar="命令", parser_class=Parser)
    ask = verbs.add_parser("ask", help="问小统", description="问小统；不写问题就一问一答")
    ask.add_argument("question", nargs="*", help="问题")
    ask.add_argument("--debug", action="store_true", help="说出是怎么找到的")
    ask.add_argument("--format", choices=("text", "json"), default="text", help="输出的样子")
    ask.set_defaults(run=run_ask)
    robot = verbs.add_parser("robot", help="机器人话术", description="机器人话术")
    tasks = robot.add_subparsers(required=True, metavar="做什么", parser_class=Parser)
    report = tasks.add_parser("report", help="没答上的问题归类", description="没答上的问题归类")
    report.add_argument("files", nargs="+", type=Path, help="从页面或服务导出的 .jsonl")
    report.add_argument("--save", type=Path, metavar="FILE", help="写成 Markdown 文件")
    report.set_defaults(run=run_report)
    for one in (ask, report):
        one.add_argument("--root", type=Path, default=Path(), help="内容在哪里，默认当前文件夹")
        one.add_argument("--out", default="dist", help="生成的网站在哪里，默认 dist")
        one.add_argument("--edition", default="", help="用哪个版本的话术")
        one.add_argument("--now", default="", help="当作此刻，如 2026-11-20T09:30:00+08:00")
    return parser


def found(root: Path, out: str, edition: str) -> Package:
    """The package of a bundle under `root`; `Refused` when there is none that can be used."""
    folder = root / out
    files = sorted(folder.glob(f"{edition or '*'}/{FILE}"))
    if not files:
        raise Refused(f"{folder} 里没有机器人话术：先运行 python3 weike.py build。")
    try:
        return load(files[0].read_bytes())
    except ValueError as error:
        raise Refused(f"{files[0]}：{error}，请重新生成。") from None


def _day(now: str) -> str:
    try:
        moment = datetime.fromisoformat(now) if now else datetime.now(BEIJING)
    except ValueError:
        raise Refused("--now 要写成 2026-11-20T09:30:00+08:00 这样。") from None
    return moment.astimezone(BEIJING).date().isoformat()


def run_ask(options: argparse.Namespace, say: Say) -> int:
    """Answer one question, or talk until there is none."""
    robot = Robot(found(options.root, options.out, options.edition))
    day = _day(options.now)
    if options.question:
        reply = robot.answer(" ".join(options.question), day)
        say(_json(reply) if options.format == "json" else _text(reply, options.debug))
        return 0 if reply.kind in {"answer", "choice", "step", "talk"} else 2
    say(f"我是{robot.package.name}。直接输入问题，空行结束。")
    state = State()
    while text := input("> ").strip():
        reply = robot.answer(text, day, state)
        state = reply.state
        say(_text(reply, options.debug))
    return 0


def _text(reply: Reply, debug: bool = False) -> str:
    rows = [reply.say] if reply.say else []
    rows += [reply.note] if reply.note else []
    if reply.kind == "answer":
        item = reply.hits[0].item
        rows += [item.title, f"  {item.answer}"]
        rows += [f"  出处：{item.source}"] if item.source else []
        rows += [f"  全文：{item.url}"] if item.url else []
    elif reply.hits:
        rows += ["您问的是哪一个？" if reply.kind == "choice" else "是不是想问："]
        rows += [f"  {n}. {hit.item.title}" for n, hit in enumerate(reply.hits, 1)]
    rows += [f"  {n}. {name}" for n, name in enumerate(reply.choices, 1)]
    rows += [f"  出处：{reply.source}"] if reply.source else []
    rows += [f"  看：{title}（{url}）" for title, url in reply.links]
    rows += [f"  看：{reply.url}"] if reply.url else []
    rows += [f"  〔{reply.kind}，{reply.why}〕"] if debug else []
    return "\n".join(rows)


def _json(reply: Reply) -> str:
    told = {
        "kind": reply.kind,
        "say": reply.say,
        "note": reply.note,
        "hits": [
            {
                "id": h.item.id,
                "title": h.item.title,
                "answer": h.item.answer,
                "source": h.item.source,
            }
            | {"url": h.item.url, "score": round(h.score, 4)}
            for h in reply.hits
        ],
        "choices": reply.choices,
        "source": reply.source,
        "links": reply.links,
        "url": reply.url,
        "why": reply.why,
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def run_report(options: argparse.Namespace, say: Say) -> int:
    """Group what was not answered."""
    robot = Robot(found(options.root, options.out, options.edition))
    lines: list[str] = []
    for file in options.files:
        try:
            lines += file.read_text("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise Refused(f"{file} 不是 UTF-8 文字。") from None
    questions, bad = learning.read(lines)
    text = learning.report(learning.grouped(questions, robot, _day(options.now)), bad)
    if options.save:
        options.save.write_text(text, "utf-8")
        say(f"写好了：{options.save}")
    else:
        say(text)
    return 0
