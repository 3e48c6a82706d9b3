"""A site of 400 indicators and 150 charts, cold and unchanged, against as many builds of 1,000 texts."""

from __future__ import annotations

import hashlib
import json
import math
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import corpus
from benchmarks.cold_build import LEFT
from benchmarks.measure import Cost, Rounds, options, put_aside, run, say, weike

COLD, SAME = 20.0, 1.0  # seconds on two cores
COUNT, CITIES, MONTHS = 400, 16, 60
DASHBOARDS, ARTICLES = (10, 9), (20, 3)  # how many, and charts in each
THEMES = ("工业", "投资", "贸易", "价格", "财政", "金融", "能源", "居民收入", "人口就业", "服务业")
PERIODS = [f"{2021 + (n + 9) // 12}-{(n + 9) % 12 + 1:02d}" for n in range(MONTHS)]
REGIONS = ["990000", *(f"99{n:02d}00" for n in range(1, CITIES + 1))]
FRONT = {"audience": "public", "division": "", "date": "2026-11-01"}
SOURCE = [{"title": "示例数据", "quote": "示例数据", "seen": "2026-11-01"}]


def main() -> int:
    """Print medians, ratios and seconds; exit 1 when a bar is broken."""
    chosen = options(str(__doc__), 3, rivals=False).parse_args()
    work = chosen.work.resolve()
    texts, numbers = work / "texts", work / "numbers"
    corpus.weike_tree(texts, corpus.entries(chosen.entries))
    corpus.weike_tree(numbers, corpus.entries(33))
    corpus.write(numbers, dict(files(Random(6))))
    for name in ("texts", "numbers"):
        run(weike(work / name, work / f"dist-{name}", corpus.NOW))
    say(f"{COUNT} indicators, {150} charts, {CITIES + 1} regions, {MONTHS} months")
    rounds = Rounds()
    rounds.race(
        {
            "texts cold": partial(cold, work, "texts"),
            "texts unchanged": partial(same, work, "texts"),
            "numbers cold": partial(cold, work, "numbers"),
            "numbers unchanged": partial(same, work, "numbers"),
        },
        chosen.rounds,
    )
    rounds.table()
    rounds.ratio("numbers cold", "texts cold", 10.0)
    rounds.ratio("numbers unchanged", "texts unchanged", 2.0)
    held = [
        judged("numbers cold", rounds.median("numbers cold").wall, COLD),
        judged("numbers unchanged", rounds.median("numbers unchanged").wall, SAME),
    ]
    return 0 if all(held) else 1


def judged(name: str, seconds: float, bar: float) -> bool:
    """Print the seconds beside their bar."""
    print(f"{name}: {seconds:.2f} s; bar {bar:.0f} s: {'holds' if seconds <= bar else 'BROKEN'}")
    return seconds <= bar


def cold(work: Path, name: str) -> Cost:
    """Both editions, nothing kept."""
    put_aside(work / f"dist-{name}")
    for left in LEFT:
        put_aside(work / name / left)
    return same(work, name)


def same(work: Path, name: str) -> Cost:
    """Both editions, nothing changed since the last build."""
    return run(weike(work / name, work / f"dist-{name}", corpus.NOW))


# --- the site -------------------------------------------------------------------------------------


def files(rng: Random) -> Iterator[tuple[str, str]]:
    """Path and text of every file about numbers, the same for the same seed."""
    names = [f"zhibiao-{n:03d}" for n in range(COUNT)]
    base = "content/indicators/"
    config = (corpus.ROOT / "site_config.yml").read_text("utf-8")
    shown = f"  numbers: [{', '.join(names[:4])}]"  # on the home page, as the own site does
    yield "site_config.yml", re.sub(r"(?m)^  numbers: \[.*\]$", shown, config)
    yield f"{base}regions.yml", _yaml(title="地区", sources=SOURCE, regions=list(_regions()))
    for number, name in enumerate(names):
        yield f"{base}{name}.yml", _yaml(**_indicator(number))
    yield f"{base}snapshots/lishi.json", _snapshot(names, rng)
    for number in range(DASHBOARDS[0]):
        blocks = [{"chart": _chart(rng.choice(names), n)} for n in range(DASHBOARDS[1])]
        told = {"title": f"看板{number}", "sample": True, "blocks": blocks}
        yield f"{base}dashboards/kanban-{number}.yml", _yaml(**told)
    for number in range(ARTICLES[0]):
        mine = [rng.choice(names) for _ in range(ARTICLES[1])]
        yield f"content/articles/2026/shuo-{number}.md", _article(number, mine)


def _yaml(**keys: Any) -> str:
    told = {**FRONT, "division": corpus.divisions()[0], **keys}
    return "".join(f"{k}: {json.dumps(v, ensure_ascii=False)}\n" for k, v in told.items())


def _regions() -> Iterator[dict[str, str]]:
    yield {"code": REGIONS[0], "name": "示范省", "level": "省"}
    for number, code in enumerate(REGIONS[1:], 1):
        yield {"code": code, "name": f"第{number}市", "level": "市", "parent": REGIONS[0]}


def _indicator(number: int) -> dict[str, Any]:
    return {
        "title": f"示例指标第{number}号",
        "short": f"指标{number}",
        "family": "gdp" if number % 4 == 3 else "monitor",
        "theme": THEMES[number % len(THEMES)],
        "frequency": "month",
        "measures": {
            "value": {"unit": "亿元", "decimals": 2},
            "yoy": {"unit": "%", "decimals": 1},
        },
        "region_levels": ["省", "市"],
        "publisher": "示范省统计局",
        "sample": True,
        "releases": {"lag": 1, "day": 15 + number % 5, "time": "10:00"},
        "caliber": dict.fromkeys(("meaning", "scope", "method", "formula", "sample"), "示例口径"),
    }


def _snapshot(names: list[str], rng: Random) -> str:
    blocks: list[dict[str, object]] = [
        {
            "action": "add",
            "indicator": name,
            "measure": measure,
            "periods": PERIODS,
            "regions": REGIONS,
            "values": [_values(measure, rng) for _ in REGIONS],
            "marks": {},
        }
        for name in names
        for measure in ("value", "yoy")
    ]
    told: dict[str, Any] = {
        "format": "weike-snapshot/1",
        "id": "lishi",
        "title": "历史数据",
        "audience": "public",
        "division": corpus.divisions()[0],
        "release": "2026-10-18T10:00:00+08:00",
        "author": "甲",
        "approver": "乙",
        "sources": [{"title": "示例数据"}],
        "note": "",
        "blocks": blocks,
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    told["checksum"] = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    return json.dumps(told, ensure_ascii=False)


def _values(measure: str, rng: Random) -> list[float]:
    if measure == "yoy":
        return [round(rng.gauss(5, 1.5), 1) for _ in PERIODS]
    size = math.exp(rng.gauss(5, 1))
    return [
        round(size * (1 + 0.005 * n + 0.2 * math.sin(n * math.pi / 6) + rng.gauss(0, 0.02)), 2)
        for n in range(MONTHS)
    ]


def _chart(name: str, number: int) -> dict[str, Any]:
    if number % 3:
        asked = {"indicator": name, "measure": "yoy", "periods": "last 24"}
        return {"type": "line", "title": f"图{number}", "from": asked}
    across = {
        "indicator": name,
        "measure": "yoy",
        "region": "市",
        "periods": "last 1",
        "by": "region",
    }
    return {"type": "bar", "title": f"图{number}", "from": across}


def _article(number: int, names: list[str]) -> str:
    front = _yaml(title=f"数说第{number}期", type="analysis", sources=SOURCE)
    parts = [
        f"指标同比{{{{ind:{name}.yoy@2026-09 form=change}}}}。\n\n```chart\n"
        + "".join(f"{k}: {json.dumps(v, ensure_ascii=False)}\n" for k, v in _chart(name, n).items())
        + "```\n"
        for n, name in enumerate(names)
    ]
    return f"---\n{front}---\n" + "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
