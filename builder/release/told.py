"""What a release says to whoever runs it: what stays out, what is older than the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from builder.approvals import History
from builder.approvals.found import Found
from builder.approvals.records import log_path
from builder.config import SiteConfig
from builder.model import Library
from builder.problems import Problem, Where
from builder.release.versions import Drafted


def said(
    libraries: Mapping[str, Library],
    config: SiteConfig,
    found: Found,
    courses: Mapping[str, History],
    drafts: Drafted,
) -> Iterator[Problem]:
    """What stays out, what is older than the files, which records do not count."""
    for identity, entry in drafts.entries.items():
        out = [
            (config.edition(name).label, library.withheld[identity])
            for name, library in libraries.items()
            if identity in library.withheld and entry.audience in config.edition(name).audiences
        ]
        for reason in dict.fromkeys(why for _, why in out):
            where = "、".join(label for label, why in out if why == reason)
            message = f"“{entry.title}”这次不进{where}：{reason}。"
            yield Problem("APR002", entry.where(), message, f"weike review show {identity}")
        digests = {
            r.files.get(entry.path)
            for c in [courses.get(identity)]
            if c
            for rs in c.releases.values()
            for r in rs[-1:]
        }
        if digests and digests != {found.here(entry.path)}:
            message = f"“{entry.title}”有没有批准的改动，发布的是上次批准的那一版。"
            yield Problem("APR003", entry.where(), message, f"送审：weike review show {identity}")
    for path in drafts.broken:
        yield Problem("APR003", Where(path), "现在的文件读不懂，没有采用；批准过的照旧发布。")
    known = {i: e for library in libraries.values() for i, e in library.entries.items()}
    for identity in sorted(i for i, e in known.items() if e.path not in drafts.paths):
        message = f"`{identity}` 的文件已删，发布的仍是上次批准的那一版。"
        action = f"要撤下来：weike review withdraw {identity} --reason …"
        yield Problem("APR003", Where(log_path(identity)), message, action)
    for identity, course in courses.items():
        bad = [j for j in course.log if j.why]
        if bad:
            message = f"`{identity}` 有 {len(bad)} 条审核记录不算数：{bad[-1].why}。"
            yield Problem("APR004", Where(log_path(identity)), message, "用 weike review show 看。")
