"""A process that may die: builds tiny sites around spoiled files, one after another.

`python -m tests.worker SCRATCH MEDIA` reads one JSON object a line from standard input, builds, and prints
what came of it as one JSON line. It catches nothing but a refusal, so that a fault ends it with its
traceback; the one who started it kills it when it takes too long.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from builder.build import build
from builder.bundle import Bundle
from builder.model import BEIJING
from builder.problems import BuildFailed, Problem, Severity, as_json, as_text
from tests.corpus import REF, ROOT, SETTINGS, companions, copy, paths_by_id, trim

NOW = datetime(2026, 11, 21, 10, tzinfo=BEIJING)
MEMORY = 3 * 1024**3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one build said: errors as rows, or the count of pages, and processor seconds; oddities are faults of ours."""

    errors: list[dict[str, str | int]]
    pages: int
    odd: list[str]
    seconds: float


class Nest:
    """One clean little site for each origin: the file itself, what it leans on, and no more."""

    def __init__(self, scratch: Path, media: Path) -> None:
        """Sites are made under `scratch` when first asked for; `media`: where all keep films and pictures."""
        self.scratch = scratch
        self.media = media

    def site(self, origin: str) -> Path:
        """The folder of the site around `origin`."""
        root = self.scratch / re.sub(r"[/.]", "-", origin)
        if not root.exists():
            for name in SETTINGS:
                copy(name, root)
            for name in sorted(self.leans(origin)):
                target = copy(name, root)
                if name.endswith((".md", ".yml")):
                    trim(target)
            copy(origin, root)
            self.draw(root)
        return root

    def draw(self, root: Path) -> None:
        """Make the films and pictures of a site that has courses, so that none is made on a mutant's time."""
        (root / ".cache").mkdir()
        (root / ".cache" / "media").symlink_to(self.media)
        if (root / "courses").is_dir():
            build(root, root / "dist", [], NOW, jobs=1, draft=True)

    def leans(self, origin: str) -> set[str]:
        """Files that `origin` names, and their companions."""
        refs = REF.findall((ROOT / origin).read_text("utf-8"))
        found = {paths_by_id()[ref] for ref in refs if ref in paths_by_id()}
        found.add("faq/mlk/sishang-shi-shenme.md")
        if origin.endswith(".csv"):
            found.add(origin.replace(".csv", ".md"))
        return (found | companions([*found, origin])) - {origin}


def run(site: Path, path: str, data: bytes) -> Outcome:
    """Build `site` with `data` at `path`."""
    target = site / path
    whole = target.read_bytes() if target.exists() else None
    target.write_bytes(data)
    started = time.process_time()
    try:
        bundles, problems = build(site, site / "dist", [], NOW, jobs=1, draft=True)
        failed = False
    except BuildFailed as refused:
        bundles, problems, failed = [], refused.problems, True
    seconds = time.process_time() - started
    if whole is None:
        target.unlink()
    else:
        target.write_bytes(whole)
    rows = re.split("\r\n|\r|\n", data.decode("utf-8", "replace"))
    odd = [*_unplaced(problems, path, len(rows), failed), *_unprintable(problems, path, rows)]
    odd += [item for bundle in bundles for item in _astray(bundle)]
    errors = [r for r in json.loads(as_json(problems)) if r["severity"] == Severity.ERROR]
    return Outcome(errors, sum(int(b.header["pages"]) for b in bundles), odd, seconds)


def _unplaced(problems: Sequence[Problem], path: str, count: int, failed: bool) -> Iterator[str]:
    errors = [p for p in problems if p.severity is Severity.ERROR]
    if failed and not any(p.where.path == path or path in p.action for p in errors):
        yield f"refused, but nothing names the file: {[(p.code, str(p.where), p.message) for p in errors][:3]}"
    for problem in errors:
        where = problem.where
        if where.path == path and where.line > count:
            yield f"{problem.code} names line {where.line} of {count}"
        if where.path == path and not where.line and not problem.code.startswith(("FIL", "LES")):
            yield f"{problem.code} names no line: {problem.message}"
        if not problem.message or not problem.action:
            yield f"{problem.code} says too little"
        if problem.code.startswith("BUG") or problem.code in {
            "OUT001",
            "OUT002",
            "OUT003",
            "OUT004",
            "OUT006",
        }:
            yield f"{problem.code} came only after rendering: {where} {problem.message}"


def _unprintable(problems: Sequence[Problem], path: str, rows: Sequence[str]) -> Iterator[str]:
    text = as_text(problems, lambda name: rows if name == path else ())
    text.encode()
    bad = sorted({c for c in text if not c.isprintable() and c != "\n"})
    if bad:
        yield f"the problem list holds {bad}"


def _astray(bundle: Bundle) -> Iterator[str]:
    for name in bundle.files:
        parts = name.split("/")
        if ".." in parts or "" in parts or "." in parts or "\\" in name or not name.isprintable():
            yield f"made a file called {name!r}"
        elif not (bundle.root / name).is_file():
            yield f"lists {name!r}, which is not there"


def main() -> None:
    """Answer until there are no more questions."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except ImportError:  # not on this system
        pass
    nest = Nest(*map(Path, sys.argv[1:]))
    print("ready", flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        site = nest.site(task["origin"])
        outcome = run(site, task["path"], base64.b64decode(task["data"]))
        print(json.dumps(asdict(outcome)), flush=True)


if __name__ == "__main__":
    main()
