"""The story of a build. Read it first.

Authored files → Library → Site (one per edition) → artefacts → bundle. A release takes its libraries
from `release.py`: approved versions, and no others. Nothing under `out` changes
unless every stage of every edition succeeds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from builder.audit import told_secrets
from builder.bundle import Bundle
from builder.check import check
from builder.config import load_config
from builder.media.clean import cleaner
from builder.media.studio import Studio, lacking, told_once
from builder.memo import Aside, Memo, at_once, forget_blobs
from builder.problems import Problem, stop_on_errors
from builder.read import VERSION, read
from builder.select import select
from builder.source import Drafts, Source
from builder.work import Task, finish, make, staging

Report = Callable[[str], None]


def survey(
    root: Path, editions: Sequence[str], now: datetime, memo: Memo | None = None
) -> list[Problem]:
    """All problems of the content, without making anything: what `weike check` says.

    `memo` keeps parsed entries, where somebody asks more than once.
    """
    from builder import wording  # a plain build judges no words: its speed is at its limit

    config = load_config(root)
    library, problems = read(root, memo)
    problems += check(library, config)
    problems += wording.survey(root, library, config)
    if any(e.kind in {"indicator", "snapshot"} for e in library.entries.values()):
        from builder.indicators import audited  # only where there are numbers

        problems += audited.survey(root)
    if any(e.kind in {"faq", "script", "dialogue"} for e in library.entries.values()):
        from builder.kinds import asked  # only where the robot is taught

        problems += asked.faults(library.entries)
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
    release: Source | None = None,
) -> tuple[list[Bundle], list[Problem]]:
    """Build `editions` (all when empty) of the site under `root` as of `now` into `out`.

    `save` runs what keeps finished work for later builds. `draft`: films are small and quick. `release`: take what was approved, and nothing else. Returns the bundles and what there is to say; raises `BuildFailed` when any of it is an error.
    """
    source = release or Drafts(root)
    config, names = source.config, list(editions or source.config.editions)
    studio = Studio(root, config.narration, config.video, draft, own=source.lexicon())
    with staging(out, names) as ground:
        memo = Memo(root / ".cache" / "entries.pickle", VERSION)
        report("读取内容")
        source.fill(names, memo)
        sites, problems = source.sites(names, now, cleaner(memo))
        problems += source.problems + studio.problems()
        problems += [p for library in source.each for p in told_secrets(library)]
        tasks = [Task(site, config, studio, source.seal(site)) for site in sites.values()]
        stop_on_errors(problems)
        report(f"生成 {len(tasks)} 个版本，{source.size} 篇内容")
        staged, said = make(tasks, ground, root / ".cache", jobs, save=save)
        problems += told_once(map(source.placed, said))
        problems += lacking(
            p.title for t in tasks for p in t.site.pages.values() if p.kind == "video"
        )
        stop_on_errors(problems)
        bundles = [finish(s, out) for s in staged]
    memo.open(source.size)
    save(lambda: _keep(memo, root / ".cache"))
    return bundles, problems
