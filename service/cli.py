"""`weike serve` and `weike service …`: run the companion service, and look after it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from builder.console import Parser, utf8
from service import backup, settings
from service.contest import command as contest
from service.desk import Desk
from service.health import state
from service.intake import command as numbers
from service.people import record, setup, users
from service.questions import command as questions
from service.room import Stopped
from service.settings import Refused, Settings
from service.store import audit, migrate, people
from service.store.audit import Act
from service.store.engine import Store, Unavailable
from service.store.migrate import Newer

Run = Callable[[Desk, argparse.Namespace], int]


def main(argv: list[str]) -> int:
    """Run one verb; returns the exit code."""
    utf8()
    options = _parser(argv[0]).parse_args(argv[1:])
    try:
        told = settings.load(options.settings)
        run: Run = options.run
        desk = open_desk(told, upgrade=options.upgrade)
        try:
            return run(desk, options)
        finally:
            desk.store.close()
    except Stopped as stop:
        print(stop.said, file=sys.stderr)
        return 1
    except (Refused, Newer, Unavailable, backup.Spoilt) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"读写出错：{error.strerror or error}：{error.filename or ''}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def open_desk(told: Settings, upgrade: bool = True) -> Desk:
    """Open the database of these settings, made or brought to today's form first."""
    told.data.mkdir(parents=True, exist_ok=True)
    store = Store(told.url)
    if upgrade:
        migrate.upgrade(store, told.profile)
    elif late := migrate.waiting(store, told.profile):
        store.close()
        raise Refused(
            f"数据库要先升级（{'、'.join(late)}）：weike service backup，再 weike service migrate。"
        )
    return Desk(told, store)


def serve(desk: Desk, options: argparse.Namespace) -> int:
    """Run until told to stop; requests under way are finished first."""
    from service import running  # only here: it loads the web

    if link := setup.first_link(desk):
        print(
            f"第一次运行，请在 24 小时内打开，设好三位管理员：\n  {desk.settings.origin}{link}",
            flush=True,
        )
    print(f"服务台：{desk.settings.origin}/ （{desk.settings.profile}）", flush=True)
    desk.store.close()  # every process opens its own
    return running.run(desk.settings, open_desk)


def run_link(desk: Desk, options: argparse.Namespace) -> int:
    """A link by which somebody sets a password; for whoever has the machine when no keeper can sign in."""
    with desk.store.read() as connection:
        found = people.by_login(connection, options.login)
    if found is None:
        raise Stopped(404, f"没有叫 {options.login} 的用户。")
    path = desk.act(
        lambda c: setup.invite(c, found.id, desk.clock()),
        Act("", "user.link", f"user:{found.id}", detail={"by": "machine"}),
    )
    print(desk.settings.origin + path)
    return 0


def run_users(desk: Desk, options: argparse.Namespace) -> int:
    """List users, or add those of an Excel list."""
    if options.add:
        for login, name, link in users.add_all(desk, "", users.read_list(options.add.read_bytes())):
            print(f"{login}\t{name}\t{link}")
        return 0
    with desk.store.read() as connection:
        for user in people.find(connection):
            held = "、".join(sorted(user.roles)) or "—"
            print(f"{user.id}\t{user.login}\t{user.name}\t{held}\t{'' if user.active else '停用'}")
    return 0


def run_migrate(desk: Desk, options: argparse.Namespace) -> int:
    """Bring the database to today's form."""
    late = migrate.waiting(desk.store, desk.settings.profile)
    migrate.upgrade(desk.store, desk.settings.profile)
    print(f"升级了：{'、'.join(late)}。" if late else "已经是最新的。")
    return 0


def run_health(desk: Desk, options: argparse.Namespace) -> int:
    """Print how it is; exit 1 when something is wrong."""
    told = state(desk)
    print(json.dumps(told.model_dump(), ensure_ascii=False, indent=1))
    return 0 if told.ok else 1


def run_audit(desk: Desk, options: argparse.Namespace) -> int:
    """Verify the record of acts; drop what is older than must be kept."""
    with desk.store.read() as connection:
        last = audit.head(connection)
    faults = record.check(desk)
    print("\n".join(faults) or f"审计记录完整，最后一条的校验值 {last}。")
    if faults or not options.cut:
        return 1 if faults else 0
    now = desk.clock()
    until = now - desk.settings.keep_audit_days * 86_400_000
    gone = desk.store.write(lambda c: audit.cut(c, now, until, ""))
    print(f"去掉了 {gone} 条 {desk.settings.keep_audit_days} 天以前的记录。")
    return 0


def run_backup(desk: Desk, options: argparse.Namespace) -> int:
    """Make a backup and try it at once."""
    print(f"备份好了，也试着恢复过：{backup.make(desk, options.folder)}")
    return 0


def run_contest(desk: Desk, options: argparse.Namespace) -> int:
    """Load or freeze the rules of a contest; list contests."""
    if options.deed == "load":
        print(contest.load(desk, Path(options.what)))
    elif options.deed == "freeze":
        print(contest.freeze(desk, options.what))
    else:
        print("\n".join(contest.listed(desk)) or "还没有大赛。")
    return 0


def run_drill(desk: Desk, options: argparse.Namespace) -> int:
    """Try a backup without touching what runs."""
    print(backup.drill(options.file))
    return 0


def run_restore(desk: Desk, options: argparse.Namespace) -> int:
    """Restore a backup into this database, which must be empty."""
    found = backup.refill(desk, options.file)
    print(f"恢复好了：{sum(found.values())} 条记录。所有人要重新登录。")
    if not (desk.settings.data / settings.SECRET).exists():
        print(
            f"还要把另外保存的 {settings.SECRET} 放回 {desk.settings.data}，再启动服务。",
            file=sys.stderr,
        )
    return 0


def run_export(desk: Desk, options: argparse.Namespace) -> int:
    """Write everything out for an audit: a table a file, and the files that were sent in."""
    counts = backup.export(desk, options.folder)
    print(f"导出了 {len(counts)} 张表，{sum(counts.values())} 条记录：{options.folder}")
    return 0


def run_parcel(desk: Desk, options: argparse.Namespace) -> int:
    """Make a package for the other zone, or take one in."""
    if options.deed == "in":
        print(questions.bring(desk, options.file, options.trusted))
    else:
        print(questions.export(desk, options.deed, options.file))
    return 0


def run_asker(desk: Desk, options: argparse.Namespace) -> int:
    """Show what an asker left, for a reason that is recorded."""
    print(questions.asker(desk, options.number, options.why))
    return 0


def run_numbers(desk: Desk, options: argparse.Namespace) -> int:
    """Read in the snapshots that were released before the service."""
    print(numbers.load(desk, options.files))
    return 0


def _parser(verb: str) -> argparse.ArgumentParser:
    if verb == "serve":
        parser = Parser(prog="weike serve", description="运行配套服务。")
        return _common(parser, serve, upgrade=True)
    parser = Parser(prog="weike service", description="配套服务的用户、备份、升级、体检。")
    tasks = parser.add_subparsers(required=True, metavar="事项", parser_class=Parser)
    listed = _common(tasks.add_parser("users", help="列出用户，或照 Excel 名单加"), run_users)
    listed.add_argument("--add", type=Path, metavar="名单.xlsx")
    link = _common(tasks.add_parser("link", help="给一个用户发设密码的链接"), run_link)
    link.add_argument("login", metavar="用户名")
    _common(tasks.add_parser("migrate", help="把数据库升级到这一版"), run_migrate, upgrade=True)
    _common(tasks.add_parser("health", help="体检"), run_health)
    chain = _common(tasks.add_parser("audit", help="核对审计记录"), run_audit)
    chain.add_argument("--cut", action="store_true", help="去掉超过保存期的")
    kept = _common(tasks.add_parser("backup", help="在线备份，当场试着恢复"), run_backup)
    kept.add_argument("folder", type=Path, nargs="?", metavar="目录")
    _contest(_common(tasks.add_parser("contest", help="大赛的规则：收下、定下、列出"), run_contest))
    drill = _common(tasks.add_parser("drill", help="恢复演练：不动正在用的"), run_drill)
    drill.add_argument("file", type=Path, metavar="备份")
    back = tasks.add_parser("restore", help="把备份恢复到一个空的数据库")
    _common(back, run_restore, upgrade=True).add_argument("file", type=Path, metavar="备份")
    out = _common(tasks.add_parser("export", help="全部数据写成 JSON Lines，供审计"), run_export)
    out.add_argument("folder", type=Path, metavar="目录")
    parcel = _common(tasks.add_parser("parcel", help="和另一区交换提问和答复"), run_parcel)
    parcel.add_argument("deed", choices=("asked", "answered", "faq", "in"))
    parcel.add_argument("file", type=Path, metavar="包")
    parcel.add_argument("--trusted", type=Path, default=Path("trusted-services.toml"))
    asker = _common(
        tasks.add_parser("asker", help="看一位提问人的原话和联系方式，要记原因"), run_asker
    )
    asker.add_argument("number", metavar="编号")
    asker.add_argument("--why", default="", metavar="原因")
    loaded = _common(tasks.add_parser("numbers", help="读进服务以前就有的快照"), run_numbers)
    loaded.add_argument("files", type=Path, nargs="+", metavar="快照或文件夹")
    return parser


def _contest(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("deed", choices=("load", "freeze", "list"), metavar="load|freeze|list")
    parser.add_argument("what", nargs="?", default="", metavar="规则.yml 或 slug")


def _common(
    parser: argparse.ArgumentParser, run: Run, upgrade: bool = False
) -> argparse.ArgumentParser:
    parser.add_argument("--settings", type=Path, metavar="文件", help="设置文件（TOML）")
    parser.set_defaults(run=run, upgrade=upgrade)
    return parser
