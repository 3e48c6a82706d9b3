"""Pages of numbers in whole builds: what they show of months told together, of gaps, of what changed."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from builder.model import BEIJING
from tests.embargo_world import FOLDER, built
from tests.numbered import CONFIG, ORGS, REGIONS, block, indicator, snapshot
from tests.sitefiles import write

NOW = datetime(2026, 6, 1, tzinfo=BEIJING)
APRIL, MAY = "2026-04-20T10:00:00+08:00", "2026-05-20T10:00:00+08:00"
LONG_AGO = "2026-01-01"
REVISED = "internet/site/indicators/revisions/index.html"


def site(root: Path, files: dict[str, str]) -> Path:
    """A root with one indicator and these files."""
    write(
        root,
        {
            "site_config.yml": CONFIG,
            "content/orgs.yml": ORGS,
            "content/indicators/regions.yml": REGIONS.replace("2026-11-01", LONG_AGO),
            "content/indicators/gongye.yml": indicator(date=LONG_AGO),
            **files,
        },
    )
    return root


def text(files: dict[str, bytes], path: str) -> str:
    """What a reader reads of a page, without blanks."""
    bare = re.sub(r"(?s)<(script|style|svg).*?</\1>", "", files[path].decode())
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", bare))


def test_definitions_build_before_the_first_number_is_out(tmp_path: Path) -> None:
    bare, _ = built(site(tmp_path / "bare", {}), NOW, held=False)
    assert "internet/site/indicators/gongye/index.html" in bare
    assert "internet/site/indicators/data/index.html" not in bare
    inside = snapshot("one", APRIL, block([[5.0]], ["2026-03"]), audience="intranet")
    partly, _ = built(site(tmp_path / "partly", {f"{FOLDER}/one.json": inside}), NOW, held=False)
    assert "internet/site/indicators/data/index.html" not in partly
    assert "intranet/site/indicators/data/index.html" in partly


def test_a_correction_made_anew_before_it_went_out_leaves_no_old_word(tmp_path: Path) -> None:
    def corrected(value: float, reason: str) -> str:
        made = block([[value]], ["2026-03"], action="correct", reason=reason)
        return snapshot("two", "2026-04-25T10:00:00+08:00", made)

    last = block([[7.7]], ["2026-03"], action="correct", reason="第三次核实")
    root = site(
        tmp_path / "root",
        {
            f"{FOLDER}/one.json": snapshot("one", APRIL, block([[5.0]], ["2026-03"])),
            f"{FOLDER}/two.json": corrected(8.1, "海棠理由"),
            f"{FOLDER}/three.json": snapshot("three", MAY, last),
        },
    )
    first, _ = built(root, NOW, held=False)
    assert "+8.1%" in text(first, REVISED)
    write(root, {f"{FOLDER}/two.json": corrected(9.3, "紫藤理由")})
    again, _ = built(root, NOW, held=False)
    assert "+9.3%" in text(again, REVISED)
    old = [path for path, data in again.items() if "海棠".encode() in data]
    assert old == []
