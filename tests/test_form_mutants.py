"""Hundreds of spoiled forms: no traceback, no hang, little memory; nothing is read out of what is broken."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
from collections import Counter
from typing import Any

import openpyxl

from builder.indicators.form_layout import DATA
from tests.conftest import ROOT
from tests.form_mutants import FAMILIES, mutants

COUNT = 504 if os.environ.get("WEIKE_FULL") else 42
SEED = 20_261_122
LIMIT = 8.0  # seconds of processor time for the worst of them, read twice


def answers(forms: list[bytes]) -> tuple[list[dict[str, Any]], str]:
    """What a process of its own said to each; its last words when it died."""
    lines = b"".join(base64.b64encode(data) + b"\n" for data in forms)
    words = [sys.executable, "-W", "error", "-m", "tests.form_worker"]
    done = subprocess.run(
        words, cwd=ROOT, input=lines, capture_output=True, timeout=60 + 4 * len(forms), check=False
    )
    said = done.stdout.decode().splitlines()
    assert said[:1] == ["ready"], done.stderr.decode()[-2000:]
    return [json.loads(line) for line in said[1:]], done.stderr.decode()


def _as_another_reads(data: bytes, read: list[tuple[int, int, float | None]]) -> list[object]:
    """Cells that were taken as another number than openpyxl sees in them."""
    if not read:
        return []
    try:
        book = openpyxl.load_workbook(io.BytesIO(data))
    except Exception:  # noqa: BLE001  # it is less patient, and says so in many ways
        return []
    sheets = [s for s in book.worksheets if s.title.strip() == DATA] or book.worksheets[:1]
    found = ((row, column, value, sheets[0].cell(row, column)) for row, column, value in read)
    return [
        (row, column, value, cell.value)
        for row, column, value, cell in found
        if isinstance(cell.value, (int, float)) and "%" not in cell.number_format
        if cell.value != value
    ]


def test_spoiled_forms() -> None:
    made = list(mutants(SEED, COUNT))
    found, died = answers([m.data for m in made])
    last = made[len(found)].name if len(found) < len(made) else ""
    assert (last, died) == ("", "")
    for mutant, answer in zip(made, found, strict=True):
        assert (mutant.name, answer["odd"], answer["signs"]) == (mutant.name, [], [])
        assert answer["seconds"] < LIMIT, (mutant.name, answer["seconds"])
        assert not answer["good"] or answer["numbers"], mutant.name
        assert _as_another_reads(mutant.data, answer["read"]) == [], mutant.name
    by_family: dict[str, Counter[bool]] = {name: Counter() for name in FAMILIES}
    for mutant, answer in zip(made, found, strict=True):
        by_family[mutant.name.partition(" ")[2]][answer["good"]] += 1
    assert all(sum(counts.values()) >= COUNT // len(FAMILIES) for counts in by_family.values())
    kinds = {code for answer in found for code in answer["codes"]}
    assert {"FRM001", "FRM003", "FRM006", "FRM007", "FRM008", "FRM009"} <= kinds


def test_the_same_seed_spoils_the_same_way() -> None:
    assert list(mutants(1, 14)) == list(mutants(1, 14))
