"""`weike pull questions|snapshots|live|contest|templates`: what the service took in becomes files of the content.

Files are written, or a patch for git; nothing is committed. Questions need the packages of authors alone;
the others read the service's database, so they run on its machine with `--settings`.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from builder.console import Parser, utf8
from builder.problems import Refused
from service import packages, written
from service.packages import Rejected
from service.questions import writing
from service.questions.writing import Unfit
from service.written import Plan

STREAM, TAKEN = "faq", "pulled.json"
MOST, WAIT = 16 << 20, 30  # bytes and seconds of an answer of the service
Options = argparse.Namespace


def main(argv: list[str]) -> int:
    """Run `pull …`; returns the exit code."""
    utf8()
    options = _parser().parse_args(argv[1:])
    try:
        found: Plan = WHAT[options.what](options)
        return _put(found, options)
    except (Rejected, Refused, Unfit) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"读写出错：{error.strerror or error}：{error.filename or ''}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def questions(options: Options) -> Plan:
    """Answers for the site: from a signed package, or from a service that can be reached."""
    if bool(options.package) == bool(options.url):
        raise Refused("写明从哪里取：--from 包，或者 --url 服务的网址。")
    told = _of_package(options) if options.package else _of_address(options.url)
    return writing.plan(writing.rows(told), options.root)


def _of_package(options: Options) -> list[dict[str, Any]]:
    """The rows of a package; an older one than was had before is refused."""
    if options.package.stat().st_size > packages.MOST:
        raise Rejected("包太大了，不收。")
    trusted = packages.load_trusted(options.trusted or options.state / "trusted-services.toml")
    now = time.time_ns() // 1_000_000
    manifest, rows = packages.unpack(options.package.read_bytes(), trusted, STREAM, now)
    file, name = options.state / TAKEN, f"{manifest.sender}/{manifest.stream}"
    had = _had(file)
    packages.fresh(manifest, had.get(name, 0) - 1)  # the same one again writes the same files
    told = json.dumps(had | {name: manifest.sequence}, ensure_ascii=False, sort_keys=True)
    packages.write(file, told.encode() + b"\n")
    return rows


def _had(file: Path) -> dict[str, int]:
    try:
        return {str(k): int(v) for k, v in json.loads(file.read_text("utf-8")).items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, TypeError):
        raise Refused(
            f"{file} 读不懂：它记着收到第几号包。从备份里取回它，或者删掉重来。"
        ) from None


def _of_address(url: str) -> list[dict[str, Any]]:
    """What the service hands out."""
    if not url.startswith(("http://", "https://")):
        raise Refused("--url 要以 http:// 或 https:// 开头。")
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/questions/faq.json", timeout=WAIT) as got:  # noqa: S310
            data = got.read(MOST + 1)
        told = json.loads(data)["questions"]
        if len(data) > MOST or not isinstance(told, list):
            raise ValueError
    except urllib.error.HTTPError as error:
        raise Refused(f"服务回答 {error.code}，没有取到。") from None
    except (urllib.error.URLError, TimeoutError) as error:
        raise Refused(f"连不上 {url}：{getattr(error, 'reason', error)}。") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refused(f"{url} 的回答读不懂：那里不是微课服务，或者版本不同。") from None
    return told


# --- what needs the database ----------------------------------------------------------------------


def snapshots(options: Options) -> Plan:
    """Numbers that are out; with `--release-key` also sealed ones that wait."""
    key = options.release_key.read_text("utf-8").strip() if options.release_key else ""

    def gather(desk: Any) -> Plan:
        made = import_module("service.intake.export").snapshots(desk, key, options.root)
        return _compared(made, options)

    return _of_desk(options, gather)


def live(options: Options) -> Plan:
    """Posts that are out, into their authored files."""

    def gather(desk: Any) -> Plan:
        export = import_module("service.live.export")
        kept = desk.settings.data / import_module("service.live.pictures").FOLDER
        posts = export.gathered(desk).posts
        try:
            made = export.files(posts, lambda name: (kept / name).read_bytes(), options.root)
        except export.Unfit as error:
            raise Unfit(str(error)) from None
        return _compared(made, options)

    return _of_desk(options, gather)


def contest(options: Options) -> Plan:
    """Works that are shown, as cases with their pictures."""

    def gather(desk: Any) -> Plan:
        showcase = import_module("service.contest.showcase")
        found: Plan = showcase.plan(desk, options.audience, options.root)
        return found

    return _of_desk(options, gather)


def templates(options: Options) -> Plan:
    """Data templates that were designed and approved in the service."""

    def gather(desk: Any) -> Plan:
        found: Plan = import_module("service.intake.designing.home").files(desk, options.root)
        return found

    return _of_desk(options, gather)


def _compared(made: Mapping[str, str | bytes], options: Options) -> Plan:
    plain = {k: v.encode() if isinstance(v, str) else v for k, v in made.items()}
    return written.compared(plain, options.root)


def _of_desk(options: Options, gather: Callable[[Any], Plan]) -> Plan:
    """Open the service's database, see what is to be written, close it."""
    if options.settings is None:
        raise Refused("写明服务的设置文件：--settings 文件。这一样要在服务那台机器上取。")
    try:
        cli, settings = import_module("service.cli"), import_module("service.settings")
    except ImportError as error:
        if (error.name or "").partition(".")[0] in {"service", "builder"}:
            raise
        raise Refused(
            "这里没有装服务的组件：在服务那台机器上取，或先运行 weike serve --help。"
        ) from None
    try:
        desk = cli.open_desk(settings.load(options.settings), upgrade=False)
    except settings.Refused as error:
        raise Refused(str(error)) from None
    try:
        return gather(desk)
    except import_module("service.room").Stopped as stop:
        raise Refused(stop.said) from None
    finally:
        desk.store.close()


WHAT: Mapping[str, Callable[[Options], Plan]] = {
    "questions": questions,
    "snapshots": snapshots,
    "live": live,
    "contest": contest,
    "templates": templates,
}


# --- putting down ---------------------------------------------------------------------------------


def _put(found: Plan, options: Options) -> int:
    """Write the files, or the patch; say what git is to be told. 1 when a file was left alone."""
    for path in found.files:
        target = (options.root / path).resolve()
        if not target.is_relative_to(options.root.resolve()):
            raise Unfit(f"{path} 不在内容的文件夹里，一个也没有写。")
    if options.patch:
        packages.write(options.patch, patch(found, options.root).encode())
    else:
        for path, body in found.files.items():
            packages.write(options.root / path, body)
    for path in found.taken:
        print(f"没有动 {path}：那里的文件有人改过，或者是别的内容。", file=sys.stderr)
    if not found.files:
        print(f"没有要写的；{len(found.same)} 个和原来一样。")
    elif options.patch:
        print(
            f"补丁写好了：{options.patch}（{len(found.files)} 个文件）。git apply {options.patch}"
        )
    else:
        names = " ".join(sorted(found.files))
        print(f"写了 {len(found.files)} 个文件，{len(found.same)} 个和原来一样。看过以后：")
        print(f"  git switch -c pull-{options.what}\n  git add {names}\n  git commit")
    return 1 if found.taken else 0


def patch(found: Plan, root: Path) -> str:
    """What `git apply` reads; `Unfit` when a file is no text."""
    parts = []
    for path, body in sorted(found.files.items()):
        there = written.body(root / path)
        try:
            old, new = (there or b"").decode(), body.decode()
        except UnicodeDecodeError:
            raise Unfit(f"{path} 不是文字，写不成补丁：不加 --patch，直接写文件。") from None
        was = f"a/{path}" if there is not None else "/dev/null"
        lines = difflib.unified_diff(
            old.splitlines(keepends=True), new.splitlines(keepends=True), was, f"b/{path}"
        )
        new_file = "" if there is not None else "new file mode 100644\n"
        parts.append(f"diff --git a/{path} b/{path}\n{new_file}{''.join(lines)}")
    return "".join(parts)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="weike pull", description="把服务收到的取成内容文件。")
    parser.add_argument("what", choices=tuple(WHAT), metavar="|".join(WHAT))
    parser.add_argument("--from", dest="package", type=Path, metavar="包", help="签过名的包")
    parser.add_argument("--trusted", type=Path, metavar="文件", help="认谁的密钥（TOML）")
    parser.add_argument("--url", default="", help="服务的网址")
    parser.add_argument("--settings", type=Path, metavar="文件", help="服务的设置文件")
    parser.add_argument(
        "--release-key", type=Path, metavar="文件", help="给还没到时间的数封存用的公钥"
    )
    parser.add_argument("--audience", default="intranet", help="大赛作品给谁看，默认 intranet")
    parser.add_argument("--patch", type=Path, metavar="文件", help="不写文件，写成一个补丁")
    parser.add_argument("--root", type=Path, default=Path(), help="内容在哪里，默认当前文件夹")
    parser.add_argument("--state", type=Path, default=Path("state"), help="账本在哪里，默认 state")
    return parser
