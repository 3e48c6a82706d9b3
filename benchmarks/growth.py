"""How a cold build grows from 1,000 to 4,000 entries, and the memory all its processes need at most."""

from __future__ import annotations

import sys
from functools import partial

from benchmarks import corpus
from benchmarks.cold_build import cold_weike, forget
from benchmarks.measure import Peak, Rounds, options, run, verdict, weike

BAR = 4.4
MEMORY = 700.0  # MB: the one absolute bar, for memory does not depend on how busy a machine is


def main() -> int:
    """Print the ratio and the peak; exit 1 when a bar is broken."""
    parser = options(str(__doc__), 3, rivals=False)
    chosen = parser.parse_args()
    sizes = (chosen.entries, 4 * chosen.entries)
    names = [f"{size} entries" for size in sizes]
    work = chosen.work.resolve()
    for size in sizes:
        corpus.weike_tree(work / str(size) / "weike", corpus.entries(size))
    rounds = Rounds()
    contenders = {n: partial(cold_weike, work / str(s)) for n, s in zip(names, sizes, strict=True)}
    rounds.race(contenders, chosen.rounds)
    rounds.table()
    held = [rounds.ratio(names[1], names[0], BAR)]
    for name, size in zip(names, sizes, strict=True):
        place = work / str(size)
        for cold in (True, False):
            peak = Peak()
            if cold:
                forget(place)
            run(weike(place / "weike", place / "dist", corpus.NOW), peak)
            state = "cold" if cold else "rebuild"
            print(
                f"{name}, {state}: peak PSS {peak.pss / 1e6:.0f} MB, RSS {peak.rss / 1e6:.0f} MB",
                end="",
            )
            held.append(verdict(peak.pss / 1e6, MEMORY))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
