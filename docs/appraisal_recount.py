"""Reckons an appraisal again from its exported log: `python appraisal_recount.py log.json`.

Nothing but Python: it shares no line with the program whose list it checks. Exit 1 when they differ.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any


def points(item: Any, fact: Any) -> Fraction:
    """What one item gives a unit, exactly."""
    many, of = Fraction(str(fact[0])), int(fact[1])
    top, worth = Fraction(item["most"]), Fraction(item["points"])
    if item["counts"] == "answers":
        got = Fraction(item["few"]) if of < item["least"] else worth * many / of
        return got if of < item["least"] else min(top, got)
    return min(top, worth * many / (Fraction(item["high"]) if item["counts"] == "panel" else 1))


def recount(log: Any) -> list[list[Any]]:
    """Unit, sum and place, best first."""
    whole: dict[str, Fraction] = {}
    for unit in log["units"]:
        each = {
            i["id"]: points(i, log["facts"].get(i["id"], {}).get(unit, [0, 0]))
            for i in log["items"]
        }
        for changed, item, more in log["facts"].get("changes", []):
            if changed == unit and item in each:
                each[item] = max(Fraction(0), each[item] + Fraction(more))
        whole[unit] = sum(each.values(), Fraction(0))
    order = sorted(log["units"], key=lambda u: -whole[u])
    return [
        [
            u,
            f"{whole[u].numerator}/{whole[u].denominator}",
            1 + sum(whole[o] > whole[u] for o in order),
        ]
        for u in order
    ]


def main(path: str) -> int:
    """Compare the log's list with the one that its facts give."""
    log = json.loads(Path(path).read_text("utf-8"))
    if recount(log) == log["result"]:
        print("复算一致：{} 个单位。".format(len(log["units"])))
        return 0
    print("复算的名次和公布的不一样。")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
