"""What the front door costs a later call: `python3 weike.py` against the same verb in `.venv` at once."""

from __future__ import annotations

import os
import sys
from functools import partial

from benchmarks.measure import ROOT, Rounds, run

VERB = ["check", "--help"]
DIRECT = "import sys; from builder.cli import main; sys.exit(main(sys.argv[1:]))"
BAR = 2.0  # the start of one more Python, and a look at the stamp


def main() -> int:
    """Print the ratio of what the front door adds to a bare start of Python."""
    python = str(ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    door = [sys.executable, str(ROOT / "weike.py"), *VERB]
    run(door)
    rounds = Rounds()
    contenders = {
        "front door": partial(run, door),
        "direct": partial(run, [python, "-c", DIRECT, *VERB], PYTHONPATH=str(ROOT)),
        "bare python": partial(run, [sys.executable, "-c", "pass"]),
    }
    rounds.race(contenders, 31)
    rounds.table()
    door_cost, direct, bare = (rounds.median(name) for name in contenders)
    wall = (door_cost.wall - direct.wall) / bare.wall
    cpu = (door_cost.cpu - direct.cpu) / bare.cpu
    print(f"front door - direct = {1000 * (door_cost.wall - direct.wall):.0f} ms wall, ", end="")
    print(f"{1000 * (door_cost.cpu - direct.cpu):.0f} ms CPU")
    print(f"in bare starts of Python: wall {wall:.2f}, CPU {cpu:.2f}; bar {BAR}: ", end="")
    print("holds" if min(wall, cpu) <= BAR else "BROKEN")
    return 0 if min(wall, cpu) <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
