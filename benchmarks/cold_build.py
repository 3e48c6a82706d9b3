"""Cold builds of both editions: weike against MkDocs with Material, Zensical and Hugo, in one run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import corpus, rivals
from benchmarks.measure import Cost, Rounds, options, put_aside, run, say, weike

BARS = {"mkdocs": 1 / 5, "zensical": 1 / 3, "hugo": 3.0}
LEFT = ("site", "public", ".cache", "cache", "resources", ".hugo_build.lock")


def main() -> int:
    """Print medians and ratios; exit 1 when a bar is broken."""
    parser = options(str(__doc__), 5, rivals=True)
    parser.add_argument("--only", nargs="+", choices=tuple(BARS), default=list(BARS))
    chosen = parser.parse_args()
    others = rivals.Rivals(chosen.rivals)
    others.prepare()
    work = chosen.work.resolve()
    made = corpus.entries(chosen.entries)
    corpus.weike_tree(work / "weike", made)
    rivals.mkdocs_tree(work / "mkdocs", made)
    rivals.mkdocs_tree(work / "zensical", made)
    rivals.hugo_tree(work / "hugo", made)
    say(f"{len(made)} entries; {others.versions()}")
    contenders: dict[str, Callable[[], Cost]] = {"weike": partial(cold_weike, work)}
    for name in chosen.only:
        contenders[name] = partial(cold_rival, getattr(others, name), work / name)
    rounds = Rounds()
    rounds.race(contenders, chosen.rounds)
    rounds.table()
    held = [rounds.ratio("weike", name, BARS[name]) for name in chosen.only]
    return 0 if all(held) else 1


def cold_weike(work: Path) -> Cost:
    """Build both editions with nothing kept."""
    forget(work)
    return run(weike(work / "weike", work / "dist", corpus.NOW))


def forget(work: Path) -> None:
    """Remove what weike kept from an earlier build."""
    put_aside(work / "dist")
    put_aside(work / "weike" / ".cache")


def cold_rival(command: Callable[[Path, str], list[str]], root: Path) -> Cost:
    """Build one edition after the other with nothing kept."""
    total = Cost(0.0, 0.0)
    for edition in rivals.EDITIONS:
        for name in LEFT:
            put_aside(root / edition / name)
        total += run(command(root, edition), NO_MKDOCS_2_WARNING="1")
    return total


if __name__ == "__main__":
    sys.exit(main())
