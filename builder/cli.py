"""`weike check | build | preview | new`: words in, words out; all the work is elsewhere."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from builder.console import Parser, bug, lines_of, trouble, utf8
from builder.model import BEIJING
from builder.problems import BuildFailed, Problem, as_json, as_text, has_errors, summary

if TYPE_CHECKING:
    from builder.bundle import Bundle
    from builder.release import Approved

Say = Callable[[str], None]
Built: TypeAlias = "tuple[list[Bundle], list[Problem]]"


def main(argv: list[str]) -> int:
    """Run one verb; returns the exit code."""
    utf8()
    options = _parser().parse_args(argv)
    try:
        code: int = options.run(options)
    except BuildFailed as failed:
        return _tell(failed.problems, options)
    except OSError as error:
        return _tell([trouble(error, options.root)], options)
    except Exception:  # noqa: BLE001  # whatever it is, an author must not meet a traceback
        return _tell([bug(options.root)], options)
    except KeyboardInterrupt:
        print("已停下。", file=sys.stderr)
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="weike", description="统计微课：检查、生成、预览。", add_help=True)
    verbs = parser.add_subparsers(required=True, metavar="命令", parser_class=Parser)
    check = _verb(verbs, "check", "检查内容，列出全部问题", run_check)
    check.add_argument("--edition", action="append", default=[], help="只按这个版本检查")
    check.add_argument("--fix", action="store_true", help="把有把握的文字差错改进文件里，再检查")
    check.add_argument("--schemas", metavar="DIR", help="把各类内容的 JSON Schema 写到 DIR")
    build = _verb(verbs, "build", "生成各版本网站", run_build)
    build.add_argument("--edition", action="append", default=[], help="只生成这个版本，可写几次")
    build.add_argument("--out", default="dist", help="放到哪里，默认 dist")
    build.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="用几个进程")
    preview = _verb(verbs, "preview", "边写边看", run_preview)
    build.add_argument(
        "--draft-media", action="store_true", help="短视频先出小而快的草稿，看效果用，不能发布"
    )
    build.add_argument("--release", action="store_true", help="发布版：只取批准了的")
    build.add_argument("--trust", default="", metavar="指纹", help="审核人清单的起点，对不上就停下")
    preview.add_argument("--edition", default="", help="先看哪个版本")
    preview.add_argument("--port", type=int, default=8000, help="端口，默认 8000")
    new = _verb(verbs, "new", "新建一篇，如 new faq mlk/wenti", run_new)
    new.add_argument("kind", help="种类，如 faq、course、lesson、term")
    new.add_argument("name", help="名称，如 mlk/shenme-shi-sishang")
    new.add_argument("--title", default="", help="题目")
    new.add_argument(
        "--from-indicators", default="", metavar="编号", help="文章：照这些指标起稿，如 cpi,ydl"
    )
    new.add_argument("--period", default="", help="照哪一期起稿，如 2026-10；不写取最近一期")
    return parser


def _verb(
    verbs: argparse._SubParsersAction[Parser],
    name: str,
    text: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=text, description=text)
    verb.set_defaults(run=run)
    verb.add_argument("--root", default=".", help="内容在哪里，默认当前文件夹")
    verb.add_argument("--now", default="", help="当作此刻，如 2026-11-20T09:30:00+08:00")
    verb.add_argument("--format", choices=("text", "json"), default="text", help="问题清单的格式")
    return verb


def _now(text: str) -> datetime:
    if not text:
        return datetime.now(BEIJING).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)).astimezone(BEIJING)
    except (ValueError, OverflowError):
        raise SystemExit(f"--now 读不懂：{text}。写成 2026-11-20T09:30:00+08:00 这样。") from None


def _editions(names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise SystemExit(f"没有叫 `{name}` 的版本，只有：{'、'.join(known)}。")


def run_check(options: argparse.Namespace) -> int:
    """Check everything; write schemas when asked."""
    from builder.build import survey  # verbs load what they need
    from builder.config import load_config  # verbs load what they need

    _editions(options.edition, list(load_config(Path(options.root)).editions))
    if options.schemas:
        _write_schemas(Path(options.schemas))
    if options.fix:
        _fix(Path(options.root))
    problems = survey(Path(options.root), options.edition, _now(options.now))
    return _tell(problems, options)


def _fix(root: Path) -> None:
    """Write the safe corrections into the files, until there are none, and tell each."""
    from builder import wording  # only here
    from builder.config import load_config  # only here
    from builder.read import read  # only here

    config = load_config(root)
    rules, _ = wording.load_rules(root)
    count = 0
    for _ in range(5):  # a correction may bring two marks together that make another
        made = wording.mend(root, wording.fixes(root, read(root)[0], config, rules))
        count += len(made)
        for fix in made:
            print(f"改了 {fix}", file=sys.stderr)
        if not made:
            break
    print(f"改了 {count} 处。" if count else "没有可以放心改的。", file=sys.stderr)


def _write_schemas(folder: Path) -> None:
    from builder.config import SiteConfig  # only here
    from builder.kinds import KINDS  # only here
    from builder.organisations import OrganisationFile

    folder.mkdir(parents=True, exist_ok=True)
    orgs, config = OrganisationFile.model_json_schema(), SiteConfig.model_json_schema()
    found = {"site_config": config, "orgs": orgs}
    found |= {kind.name: kind.schema.model_json_schema() for kind in KINDS}
    for name, schema in found.items():
        (folder / f"{name}.schema.json").write_text(
            json.dumps(schema, ensure_ascii=False, indent=2) + "\n", "utf-8"
        )
    print(f"写好 {len(found)} 个 JSON Schema：{folder}", file=sys.stderr)


def run_build(options: argparse.Namespace) -> int:
    """Build the editions and say where they are."""
    gc.disable()  # one build is a short life: collecting costs a tenth of it and finds little
    if options.release and options.draft_media:
        raise SystemExit("--release 和 --draft-media 不能一起用：草稿短视频不能发布。")
    moment, release = _now(options.now), None
    if options.release:
        from builder.memo import aside  # verbs load what they need
        from builder.release import approved  # only releases look at reviews

        release = approved(Path(options.root).resolve(), moment, options.trust, aside)
        bundles, problems = _built(options, moment, release)
    else:
        bundles, problems = _standing(options, moment)
    code = _tell(problems, options)
    for bundle in bundles:
        print(
            f"{bundle.header['edition']}：{bundle.header['pages']} 篇，{len(bundle.files)} 个文件，打开 {bundle.root / 'site' / 'index.html'}",
            file=sys.stderr,
        )
    print(_outcome(release), file=sys.stderr)
    return code


def _standing(options: argparse.Namespace, moment: datetime) -> Built:
    """The bundles of the last build where they still stand, else new ones."""
    from builder import standing  # verbs load what they need
    from builder.memo import aside

    root, out = _places(options)
    asked = standing.Asked(root, out, tuple(options.edition), options.draft_media)
    made_from = standing.source(asked)
    if (kept := standing.standing(asked, made_from, moment)) is not None:
        print("上次生成以来什么都没有变，照旧。", file=sys.stderr)
        return kept
    bundles, problems = _built(options, moment)
    aside(lambda: standing.remember(asked, made_from, bundles, problems, moment))
    return bundles, problems


def _built(options: argparse.Namespace, moment: datetime, release: Approved | None = None) -> Built:
    from builder.build import build  # verbs load what they need
    from builder.config import load_config
    from builder.memo import aside

    root, out = _places(options)
    config = release.config if release else load_config(root)
    _editions(options.edition, list(config.editions))
    draft = options.draft_media
    return build(
        root, out, options.edition, moment, options.jobs, _progress(), aside, draft, release
    )


def _places(options: argparse.Namespace) -> tuple[Path, Path]:
    """Where the content lies, and where the bundles go."""
    root = Path(options.root).resolve()
    return root, Path(options.out) if Path(options.out).is_absolute() else root / options.out


def _outcome(release: Approved | None) -> str:
    """The last word of a build: whether it may be published."""
    if release is None:
        return "这是预览用的，不能发布。发布版只含批准了的内容：python3 weike.py build --release"
    return f"这是发布版，只含批准了的内容。审核人清单的起点：{release.pin[:16]}"


def _progress() -> Say:
    if not sys.stderr.isatty():
        return lambda text: print(text, file=sys.stderr)
    from rich.console import Console  # only on a terminal

    console = Console(stderr=True, highlight=False)
    return lambda text: console.print(f"[bold blue]·[/] {text}")


def run_preview(options: argparse.Namespace) -> int:
    """Serve the site while it is being written."""
    from builder.preview import serve  # verbs load what they need

    return serve(
        Path(options.root).resolve(),
        options.edition,
        options.port,
        _now(options.now) if options.now else None,
    )


def run_new(options: argparse.Namespace) -> int:
    """Make a new entry from its kind's sample."""
    from builder.new import NewError, create  # verbs load what they need

    if options.from_indicators or options.period:
        return _draft(options)
    try:
        path = create(
            Path(options.root).resolve(),
            options.kind,
            options.name,
            options.title,
            _now(options.now),
            lambda audience: _newest(Path(options.root).resolve(), audience),
            lambda: _first_indicator(Path(options.root).resolve()),
        )
    except NewError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"建好了：{path}")
    return 0


def _draft(options: argparse.Namespace) -> int:
    """An article about indicators, its numbers and charts bound to them."""
    from builder.drafting import draft  # verbs load what they need
    from builder.new import NewError

    slugs = [s.strip() for s in options.from_indicators.split(",") if s.strip()]
    root = Path(options.root).resolve()
    try:
        if options.kind != "article" or not slugs:
            raise NewError("照指标起稿的是文章：weike new article 名称 --from-indicators cpi,ydl。")
        path = draft(root, options.name, options.title, _now(options.now), slugs, options.period)
    except NewError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"建好了：{path}")
    return 0


def _newest(root: Path, audience: str) -> str:
    """The id of the newest entry with a page for an audience; empty when there is none."""
    from builder.kinds import BY_NAME
    from builder.read import read

    found = (e for e in read(root)[0].entries.values() if e.audience == audience)
    return max(((e.date, e.id) for e in found if BY_NAME[e.kind].page), default=("", ""))[1]


def _first_indicator(root: Path) -> dict[str, str]:
    """An indicator to begin with: its name, a measure of it, its frequency; nothing where there is none."""
    from builder.read import read

    found = (e for e in read(root)[0].entries.values() if e.kind == "indicator")
    return next(
        (
            {
                "indicator": e.id.partition(":")[2],
                "measure": next(iter(e.data["measures"])),
                "frequency": e.data["frequency"],
            }
            for e in found
        ),
        {},
    )


def _tell(problems: Sequence[Problem], options: argparse.Namespace) -> int:
    if options.format == "json":
        print(as_json(problems))
    elif problems:
        print(as_text(problems, lines_of(Path(options.root))))
        print(summary(problems))
    else:
        print("没有发现问题。")
    return 1 if has_errors(problems) else 0
