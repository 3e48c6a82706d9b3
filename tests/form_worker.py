"""A process that may die: reads forms, one after another, within little memory.

`python -m tests.form_worker` reads one base64 line a form from standard input, and prints what came of
it as one JSON line. It catches nothing, so that a fault ends it with its traceback.
"""

from __future__ import annotations

import base64
import json
import sys
import time

from builder.indicators.form_read import Reading
from builder.problems import as_text
from builder.values import Key
from tests.form_world import read, template

MEMORY = (
    700 * 1024**2
)  # Python, numpy, hypothesis and openpyxl take half of it before the first form


def _places(reading: Reading) -> list[tuple[int, int, float | None]]:
    """Row, column and number of every cell that was read."""
    found = []
    for row in reading.rows:
        where = reading.cells[Key(row.indicator, row.measure, row.region), row.period]
        found.append((where.line, where.column, row.value))
    return found


def limit() -> None:
    """Take no more memory than this, where the system can be asked so."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def main() -> None:
    """Answer until there are no more questions."""
    limit()
    print("ready", flush=True)
    known = template(), template("regions_down")
    for line in sys.stdin:
        data = base64.b64decode(line)
        started = time.process_time()
        readings = [read(data, made) for made in known]
        reading = next((r for r in readings if r.plan), readings[0])
        told = as_text(reading.problems, lambda name: ())
        answer = {
            "seconds": time.process_time() - started,
            "codes": [p.code for p in reading.problems],
            "numbers": len(reading.rows),
            "good": reading.good,
            "odd": [
                p.code for p in reading.problems if not p.message or p.where.path != "填报表.xlsx"
            ],
            "signs": sorted({c for c in told if not c.isprintable() and c != "\n"}),
            "blocks": len(reading.blocks()) if reading.good else 0,
            "read": _places(reading) if reading.good else [],
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
