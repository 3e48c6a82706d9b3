"""Does the pages of several sites on several processes, and stages what they make.

Pages are shared out by address, so that one process meets a page in all editions and parses its text
once. Workers are forked where the system can, so that they have the sites without copying them.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from builder import body, bundle
from builder.audit import addresses, audit, dead_links
from builder.body import Body
from builder.bundle import Artefact, Bundle, Listed, PathConflict
from builder.config import SiteConfig
from builder.memo import Memo
from builder.model import Site
from builder.problems import Problem, Where, has_errors
from builder.render import RENDERERS, Output


@dataclass(frozen=True, slots=True)
class Task:
    """One edition to make."""

    site: Site
    config: SiteConfig


@dataclass(frozen=True, slots=True)
class Staged:
    """One edition, written beside its final place."""

    name: str
    folder: Path
    header: dict[str, Any]
    lines: list[Listed]


@dataclass(slots=True)
class Share:
    """What one worker made of one edition."""

    lines: list[Listed] = field(default_factory=list)
    wanted: dict[str, set[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


Result = tuple[list[Share], list[tuple[str, object]], int]


def make(
    tasks: Sequence[Task], out: Path, cache: Path, jobs: int, method: str = ""
) -> tuple[list[Staged], list[Problem]]:
    """Render every task into a folder beside `out`; nothing final changes yet.

    `method` is how processes start: forked where the system can, unless told otherwise.
    """
    out.mkdir(parents=True, exist_ok=True)
    for task in tasks:
        bundle.recover(out / task.site.edition.name)
    _sweep(out)
    folders = [out / f".{task.site.edition.name}.new-{os.getpid()}" for task in tasks]
    memo = Memo(cache / "prose.pickle", body.VERSION)
    count = (
        max(1, min(jobs, os.cpu_count() or 1, 8))
        if sum(len(t.site.pages) for t in tasks) > 60
        else 1
    )
    results = _run(tasks, folders, memo, count, method or START)
    problems: list[Problem] = []
    staged: list[Staged] = []
    for number, task in enumerate(tasks):
        shares = [shares[number] for shares, _, _ in results]
        lines = [line for share in shares for line in share.lines]
        problems += [p for share in shares for p in share.problems]
        problems += _conflicts(lines, task)
        wanted = {path: targets for share in shares for path, targets in share.wanted.items()}
        problems += dead_links(wanted, {line.path for line in lines}, task.site.edition)
        staged.append(Staged(task.site.edition.name, folders[number], header(task), lines))
    for _, items, fresh in results:
        memo.take(items, fresh)
    memo.save()
    if has_errors(problems):
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
    return staged, problems


def header(task: Task) -> dict[str, Any]:
    """The head of the manifest."""
    edition = task.site.edition
    return {
        "edition": edition.name,
        "audiences": sorted(edition.audiences),
        "public": edition.public,
        "base_url": edition.base_url,
        "now": task.site.now.isoformat(timespec="seconds"),
        "approvals": None,
        "pages": len(task.site.pages),
    }


def finish(staged: Staged, out: Path) -> Bundle:
    """Write the manifest and swap the edition into its place."""
    (staged.folder / bundle.MANIFEST).write_bytes(bundle.manifest(staged.header, staged.lines))
    target = out / staged.name
    bundle.swap(staged.folder, target)
    return Bundle(target, staged.header, {line.path: line for line in staged.lines})


def _sweep(out: Path) -> None:
    """Remove what killed builds left beside the bundles."""
    for left in [*out.glob(".*.new-*"), *out.glob(".*.old-*")]:
        if not _alive(left.name.rpartition("-")[2]):
            shutil.rmtree(left, ignore_errors=True)


def _alive(pid: str) -> bool:
    if not pid.isdigit() or sys.platform == "win32":
        return False
    try:
        os.kill(int(pid), 0)
    except PermissionError:  # somebody else's, and alive
        return True
    except (OSError, OverflowError):
        return False
    return int(pid) != os.getpid()


def _conflicts(lines: list[Listed], task: Task) -> Iterator[Problem]:
    seen: dict[str, Listed] = {}
    for line in lines:
        other = seen.setdefault(line.path, line)
        if other is not line:
            yield Problem(
                "OUT001",
                Where(f"dist/{task.site.edition.name}/{line.path}"),
                f"{'、'.join([*other.sources, *line.sources]) or '两处'} 都要产出这个文件。",
                "改文件名或旧地址。",
            )


# --- workers ----------------------------------------------------------------------------------

START = "fork" if sys.platform.startswith("linux") else "spawn"
_SHARED: list[Any] = []


def _run(
    tasks: Sequence[Task], folders: Sequence[Path], memo: Memo, count: int, method: str
) -> list[Result]:
    if count == 1:
        return [_share(tasks, folders, memo, 0, 1)]
    context = multiprocessing.get_context(method)
    if method == "fork":
        _SHARED[:] = [tasks, folders, memo]
        gc.collect()
        gc.freeze()
        with context.Pool(count - 1) as pool:
            later = [pool.apply_async(_forked, (n, count)) for n in range(1, count)]
            mine = _share(tasks, folders, memo, 0, count)
            return [mine, *(item.get() for item in later)]
    with context.Pool(count) as pool:
        later = [pool.apply_async(_share, (tasks, folders, memo, n, count)) for n in range(count)]
        return [item.get() for item in later]


def _forked(number: int, count: int) -> Result:
    tasks, folders, memo = _SHARED
    return _share(tasks, folders, memo, number, count)


def _share(
    tasks: Sequence[Task], folders: Sequence[Path], memo: Memo, number: int, count: int
) -> Result:
    """One worker's part of every edition."""
    shares = [
        _edition(task, folder, memo, number, count)
        for task, folder in zip(tasks, folders, strict=True)
    ]
    return shares, list(memo.items()) if number else [], memo.fresh if number else 0


def _edition(task: Task, folder: Path, memo: Memo, number: int, count: int) -> Share:
    share = Share()
    work = Body(task.site, memo)
    outputs = [RENDERERS[name](task.site, work, task.config) for name in task.site.edition.outputs]
    try:
        share.lines += bundle.stage(
            _audited(_artefacts(task, outputs, number, count), task, share), folder
        )
    except PathConflict as conflict:
        share.problems.append(
            Problem("OUT001", Where(conflict.path), "两处要产出同一个文件。", "改文件名或旧地址。")
        )
    except OSError as error:
        share.problems.append(
            Problem(
                "OUT005",
                Where(str(error.filename or folder)),
                f"写不进去：{error.strerror}。",
                "检查磁盘空间和文件夹权限。",
            )
        )
    share.problems += work.problems
    return share


def _artefacts(
    task: Task, outputs: Sequence[Output], number: int, count: int
) -> Iterator[Artefact]:
    for page in task.site.pages.values():
        if zlib.crc32(page.url.encode()) % count == number:
            for output in outputs:
                yield from output.page(page)
    for place, output in enumerate(outputs):
        if place % count == number or count == 1:
            yield from output.rest()


def _audited(artefacts: Iterator[Artefact], task: Task, share: Share) -> Iterator[Artefact]:
    for artefact in artefacts:
        share.problems += audit(artefact, task.site.edition)
        share.wanted[artefact.path] = addresses(artefact)
        yield artefact
