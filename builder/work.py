"""Does the pages of several sites on several processes, and stages what they make.

A process that takes a page makes it in all editions and parses its text once. Workers are forked
where the system can, so that they have the sites without copying them.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from builder import audit as judge
from builder import body, bundle, markup
from builder.ahead import Ahead, drop_unused
from builder.audit import addresses, audit, dead_links
from builder.body import Body
from builder.bundle import Artefact, Bundle, Listed, PathConflict
from builder.config import SiteConfig
from builder.memo import Aside, Memo, at_once, code_version
from builder.model import Page, Site
from builder.problems import Problem, Where
from builder.render import RENDERERS, Output

if TYPE_CHECKING:
    from builder.media.studio import Studio


@dataclass(frozen=True, slots=True)
class Seal:
    """What a release says of its approvals: one hash over all of them, and files with each of them."""

    digest: str
    files: tuple[Artefact, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """One edition to make. Only a release has a `seal`; nothing else may be published."""

    site: Site
    config: SiteConfig
    studio: Studio | None = None
    seal: Seal | None = None


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
    wanted: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class Memos(NamedTuple):
    """What workers need not compute again: what texts became; which files a page became."""

    prose: Memo
    pages: Memo

    def save(self) -> None:
        """Add to both what was computed."""
        for memo in self:
            memo.save()


@dataclass(frozen=True, slots=True)
class Job:
    """All that a worker needs: editions, where to write them, where the last ones stand.

    `outputs` is made before workers are forked; a spawned worker makes its own.
    """

    tasks: Sequence[Task]
    folders: Sequence[Path]
    old: Sequence[Path]
    memos: Memos
    count: int
    save: Aside
    outputs: Sequence[Sequence[Output]] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """Where bundles are staged: the folders that hold the last ones and, by edition, the new ones."""

    out: Path
    folders: Mapping[str, Path]
    ahead: Ahead


@contextmanager
def staging(out: Path, editions: Sequence[str]) -> Iterator[Ground]:
    """Clear what killed builds left below `out`, and give room for new bundles.

    When the work on them fails, nothing of them stays.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name in editions:
        bundle.recover(out / name)
    _sweep(out)
    folders = {name: out / f".{name}.new-{os.getpid()}" for name in editions}
    ahead = Ahead((out / name, folder) for name, folder in folders.items())
    try:
        yield Ground(out, folders, ahead)
    except BaseException:
        ahead.made()
        for folder in folders.values():
            shutil.rmtree(folder, ignore_errors=True)
        raise


def make(
    tasks: Sequence[Task],
    ground: Ground,
    cache: Path,
    jobs: int,
    method: str = "",
    save: Aside = at_once,
) -> tuple[list[Staged], list[Problem]]:
    """Render every task into its folder of `ground`; nothing final changes yet.

    `method` is how processes start: forked where the system can, unless told otherwise. `save` runs
    what keeps finished work for later builds.
    """
    folders = [ground.folders[task.site.edition.name] for task in tasks]
    old = [ground.out / task.site.edition.name for task in tasks]
    memos = Memos(Memo(cache / "prose.pickle", body.VERSION), Memo(cache / "pages.pickle", VERSION))
    count = (
        max(1, min(jobs, os.cpu_count() or 1, 8))
        if sum(len(t.site.pages) for t in tasks) > 60
        else 1
    )
    results = _run(Job(tasks, folders, old, memos, count, save), method or START)
    ahead = ground.ahead.made()
    problems: list[Problem] = []
    staged: list[Staged] = []
    for number, task in enumerate(tasks):
        shares = [shares[number] for shares in results]
        lines = [line for share in shares for line in share.lines]
        if task.seal:
            lines += bundle.stage(task.seal.files, folders[number])
        problems += [p for share in shares for p in share.problems]
        problems += _conflicts(lines, task)
        wanted = {target: path for share in shares for target, path in sorted(share.wanted.items())}
        problems += dead_links(wanted, {line.path for line in lines}, task.site.edition)
        drop_unused(ahead, folders[number], (line.path for line in lines))
        staged.append(Staged(task.site.edition.name, folders[number], header(task), lines))
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
        "approvals": task.seal.digest if task.seal else None,
        "pages": len(task.site.pages),
    } | ({"media": "draft"} if task.studio and task.studio.draft else {})


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
            bundle.discard(left)


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

VERSION = code_version(__file__, str(judge.__file__))  # of what stands in the memo of pages
START = "fork" if sys.platform.startswith("linux") else "spawn"
CHUNK = 16  # pages a worker takes at a time
_SHARED: list[Any] = []


class Turns:
    """Hands out chunks of pages, so that no worker waits while another has many left."""

    def __init__(self, counter: Any = None) -> None:
        """`counter` is a number that processes share; without it all pages go to whoever asks."""
        self.counter = counter

    def chunks(self, pages: Sequence[str]) -> Iterator[Sequence[str]]:
        """The chunks of `pages` that fall to the worker that asks."""
        if self.counter is None:
            yield pages
            return
        while True:
            with self.counter.get_lock():
                at = self.counter.value
                self.counter.value = at + CHUNK
            if at >= len(pages):
                return
            yield pages[at : at + CHUNK]


def _run(job: Job, method: str) -> list[list[Share]]:
    for memo in job.memos:
        memo.open(sum(len(task.site.pages) for task in job.tasks))
    if job.count == 1:
        return [_share(job, Turns(), 0)]
    context = multiprocessing.get_context(method)
    turns = Turns(context.Value("q", 0))
    if method == "fork":
        job = replace(job, outputs=_outputs(job))
        if job.memos.prose.empty:
            markup.prepare()
        gc.freeze()
        with context.Pool(job.count - 1, _begin, (job, turns)) as pool:
            later = [pool.apply_async(_worker, (n,)) for n in range(1, job.count)]
            mine = _share(job, turns, 0)
            return [mine, *(item.get() for item in later)]
    with context.Pool(job.count, _begin, (job, turns)) as pool:
        later = [pool.apply_async(_worker, (n,)) for n in range(job.count)]
        return [item.get() for item in later]


def _outputs(job: Job) -> list[list[Output]]:
    made = []
    for task in job.tasks:
        work = Body(task.site, job.memos.prose, task.studio)
        names = task.site.edition.outputs
        made.append([RENDERERS[name](task.site, work, task.config) for name in names])
    return made


def _begin(job: Job, turns: Turns) -> None:
    _SHARED[:] = [job, turns]


def _worker(number: int) -> list[Share]:
    job, turns = _SHARED
    return _share(job, turns, number)


def _share(job: Job, turns: Turns, number: int) -> list[Share]:
    """One worker's part of every edition."""
    gc.disable()  # a short life with few cycles: collecting costs a tenth of the time
    shares = [Share() for _ in job.tasks]
    try:
        _fill(job, turns, number, shares)
    except PathConflict as conflict:
        message = "两处要产出同一个文件。"
        shares[0].problems.append(
            Problem("OUT001", Where(conflict.path), message, "改文件名或旧地址。")
        )
    except OSError as error:
        where = Where(str(error.filename or job.folders[0]))
        message = f"写不进去：{error.strerror}。"
        shares[0].problems.append(Problem("OUT005", where, message, "检查磁盘空间和文件夹权限。"))
    job.save(job.memos.save)
    return shares


def _fill(job: Job, turns: Turns, number: int, shares: list[Share]) -> None:
    """What stands for no single page; then a page in all its editions, so that its text is parsed once."""
    outputs = job.outputs or _outputs(job)
    for place, task in enumerate(job.tasks):
        for at, output in enumerate(outputs[place]):
            # hubs of each edition to another worker; editions share what search made of a page
            if (at + 1 if at else place) % job.count == number:
                made = _audited(output.rest(), task, shares[place])
                shares[place].lines += bundle.stage(made, job.folders[place])
                for key, make, sources in output.sheaves():
                    _lot(job, place, key, make, sources, shares[place])
                shares[place].problems += output.told()
    pages = list(dict.fromkeys(i for task in job.tasks for i in task.site.pages))
    for chunk in turns.chunks(pages):
        for identity in chunk:
            for place, task in enumerate(job.tasks):
                if identity in task.site.pages:
                    for output in outputs[place]:
                        _page(job, place, output, task.site.pages[identity], shares[place])


def _page(job: Job, place: int, output: Output, page: Page, share: Share) -> None:
    _lot(job, place, output.key(page), lambda: output.page(page), page.made_of, share)
    share.problems += output.said(page)


def _lot(
    job: Job,
    place: int,
    key: str,
    make: Callable[[], Iterator[Artefact]],
    sources: tuple[str, ...],
    share: Share,
) -> None:
    """Make files that belong together, or keep those of the last bundle when nothing they are made from changed."""
    task, folder = job.tasks[place], job.folders[place]
    if key and _kept(job, place, key, sources, share):
        return
    before = len(share.problems)
    found: list[set[str]] = []
    lines = bundle.stage(_audited(make(), task, share, found), folder)
    share.lines += lines
    if key and lines and before == len(share.problems):
        made = zip(lines, found, strict=True)
        value = tuple(
            (n.path, n.sha256, n.media_type, n.made_by, tuple(sorted(to))) for n, to in made
        )
        job.memos.pages.put(key, value)


def _kept(job: Job, place: int, key: str, sources: tuple[str, ...], share: Share) -> bool:
    """Keep every file of a lot, or none of them."""
    known = job.memos.pages.peek(key)
    if not isinstance(known, tuple):
        return False
    lines: list[Listed] = []
    for path, sha256, media_type, made_by, _ in known:
        size = bundle.keep(job.old[place], path, sha256, job.folders[place])
        if size < 0:
            for line in lines:  # made anew, all of them
                (job.folders[place] / line.path).unlink()
            return False
        lines.append(Listed(path, sha256, size, media_type, sources, made_by))
    share.lines += lines
    for path, *_, wanted in known:
        share.wanted |= dict.fromkeys(wanted, path)
    return True


def _audited(
    artefacts: Iterator[Artefact], task: Task, share: Share, found: list[set[str]] | None = None
) -> Iterator[Artefact]:
    """Judge artefacts on their way; `found` takes the addresses each leads to."""
    for artefact in artefacts:
        share.problems += audit(artefact, task.site.edition)
        targets = addresses(artefact)
        share.wanted |= dict.fromkeys(targets, artefact.path)
        if found is not None:
            found.append(targets)
        yield artefact
