"""A rebuild of both editions after one entry changed, against one full build with Hugo."""

from __future__ import annotations

import sys
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks import corpus, rivals
from benchmarks.cold_build import LEFT
from benchmarks.measure import Cost, Rounds, options, put_aside, run, say, weike

BAR = 2.0


def main() -> int:
    """Print medians and the ratio; exit 1 when the bar is broken."""
    chosen = options(str(__doc__), 7, rivals=True).parse_args()
    others = rivals.Rivals(chosen.rivals)
    others.prepare()
    work = chosen.work.resolve()
    made = corpus.entries(chosen.entries)
    corpus.weike_tree(work / "weike", made)
    rivals.hugo_tree(work / "hugo", made)
    say(f"{len(made)} entries; {others.versions()}")
    run(weike(work / "weike", work / "dist", corpus.NOW))
    changed = work / "weike" / next(e for e in made if e.kind == "faq").source
    numbers = count(1)
    rounds = Rounds()
    contenders = {
        "weike rebuild": partial(rebuild, work, changed, numbers),
        "hugo full": partial(full, others, work / "hugo"),
    }
    rounds.race(contenders, chosen.rounds)
    rounds.table()
    return 0 if rounds.ratio("weike rebuild", "hugo full", BAR) else 1


def rebuild(work: Path, changed: Path, numbers: count[int]) -> Cost:
    """Change one entry and build both editions."""
    mark = "\n\n第几次修改："
    text = changed.read_text("utf-8").partition(mark)[0]
    changed.write_text(f"{text}{mark}{next(numbers)}。\n", "utf-8")
    return run(weike(work / "weike", work / "dist", corpus.NOW))


def full(others: rivals.Rivals, root: Path) -> Cost:
    """Build one edition with Hugo, nothing kept."""
    edition = rivals.EDITIONS[0]
    for name in LEFT:
        put_aside(root / edition / name)
    return run(others.hugo(root, edition))


if __name__ == "__main__":
    sys.exit(main())
