"""The story of a build. Read it first.

Authored files → Library → Site (one per edition) → artefacts → bundle. Nothing under `out` changes
unless every stage of every edition succeeds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from builder.bundle import Bundle
from builder.check import check
from builder.config import load_config
from builder.entries import in_file
from builder.media.clean import cleaner
from builder.media.studio import Studio, lacking, told_once
from builder.memo import Aside, Memo, at_once, forget_blobs
from builder.problems import Problem, stop_on_errors
from builder.read import VERSION, read
from builder.select import select
from builder.work import Task, finish, make, staging

Report = Callable[[str], None]


def survey(root: Path, editions: Sequence[str], now: datetime) -> list[Problem]:
    """All problems of the content, without making anything: what `weike check` says."""
    config = load_config(root)
    library, problems = read(root)
    problems += check(library, config)
    problems += Studio(root, config.narration, config.video).problems()
    for name in editions or list(config.editions):
        problems += select(library, config.edition(name), frozenset(config.audiences), now)[1]
    return problems


def _keep(memo: Memo, cache: Path) -> None:
    """What later builds are quicker by."""
    memo.save()
    forget_blobs(cache)


def build(
    root: Path,
    out: Path,
    editions: Sequence[str],
    now: datetime,
    jobs: int = 2,
    report: Report = lambda text: None,
    save: Aside = at_once,
    draft: bool = False,
) -> tuple[list[Bundle], list[Problem]]:
    """Build `editions` (all when empty) of the site under `root` as of `now` into `out`.

    `save` runs what keeps finished work for later builds. `draft`: films are small and quick. Returns the bundles and what there is to say; raises `BuildFailed` when any of it is an error.
    """
    config = load_config(root)
    names = list(editions or config.editions)
    studio = Studio(root, config.narration, config.video, draft)
    with staging(out, names) as ground:
        memo = Memo(root / ".cache" / "entries.pickle", VERSION)
        report("读取内容")
        library, problems = read(root, memo)
        problems += check(library, config) + studio.problems()
        known, tasks = frozenset(config.audiences), []
        for name in names:
            site, said = select(library, config.edition(name), known, now, clean=cleaner(memo))
            problems += said
            tasks.append(Task(site, config, studio))
        stop_on_errors(problems)
        report(f"生成 {len(tasks)} 个版本，{len(library.entries)} 篇内容")
        staged, said = make(tasks, ground, root / ".cache", jobs, save=save)
        problems += told_once(in_file(problem, library) for problem in said)
        problems += lacking(
            p.title for t in tasks for p in t.site.pages.values() if p.kind == "video"
        )
        stop_on_errors(problems)
        bundles = [finish(s, out) for s in staged]
    memo.open(len(library.entries))
    save(lambda: _keep(memo, root / ".cache"))
    return bundles, problems
