"""Writes what is invented of 示范省 into content/indicators: regions, definitions, snapshots.

Run: .venv/bin/python docs/sample-data/generate.py [regions|definitions|snapshots|boards] … [--to DIR]
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE)]

from boards import boards  # noqa: E402  # found beside this file
from catalogue import rows  # noqa: E402
from define import definition  # noqa: E402
from national import national_snapshots  # noqa: E402
from numbers_told import told  # noqa: E402
from places import regions_file  # noqa: E402
from releases import snapshots  # noqa: E402


def main(parts: list[str]) -> None:
    """Write the named parts, everything when none is named; `--to DIR` in place of content/indicators."""
    folder = ROOT / "content" / "indicators"
    if "--to" in parts:
        at = parts.index("--to")
        folder = Path(parts[at + 1])
        parts = parts[:at] + parts[at + 2 :]
    wanted = set(parts) or {"regions", "definitions", "snapshots", "boards"}
    table = rows()
    if "regions" in wanted:
        _write(folder, {"regions.yml": regions_file()})
    if "definitions" in wanted:
        _write(folder, {f"{slug}.yml": definition(table, row) for slug, row in table.items()})
    if "boards" in wanted:
        _write(folder / "dashboards", {f"{name}.yml": text for name, text in boards().items()})
    if "snapshots" in wanted:
        made = snapshots(table, told(table)) | national_snapshots()
        _write(folder / "snapshots", {f"{name}.json": text for name, text in made.items()})


def _write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    size = sum(len(text.encode()) for text in files.values())
    print(f"{folder.name}：{len(files)} 个文件，{size:,} 字节")


if __name__ == "__main__":
    main(sys.argv[1:])
