"""Receipts that are still to be written: another run may hold the ledger at the hour, and the site does not wait.

state/site/<target>/owed/<release>.json   one receipt, until some run has written it into the ledger
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from publish.ledger import Call, Ledger
from publish.site.plan import CHANNEL, write


def owe(state: Path, target: str, run: str, body: dict[str, Any]) -> None:
    """Keep a receipt of an opening until it can be written."""
    write(_folder(state, target) / f"{body['release']}.json", {"run": run, "body": body})


def owed(state: Path, target: str) -> Iterator[Path]:
    """The receipts of a target that nobody has written yet."""
    folder = _folder(state, target)
    yield from sorted(folder.glob("*.json")) if folder.is_dir() else ()


def pay(state: Path, target: str, ledger: Ledger) -> int:
    """Write into the ledger what is still to be written; how many there were.

    A run that was cut off in between may have written one already: none is written twice.
    """
    paid = 0
    for file in owed(state, target):
        try:
            plain = json.loads(file.read_bytes())
            run, body = str(plain["run"]), dict(plain["body"])
        except (ValueError, LookupError, TypeError, RecursionError):
            continue  # nobody can say what it was
        if body not in [dict(r.body) for r in ledger.receipts()]:
            with ledger.together():
                about = {"release": body.get("release", "")}
                call = ledger.intend(Call(CHANNEL, target, run, "open", "open", about))
                ledger.settle(call, "done")
                ledger.receipt(CHANNEL, body)
        file.unlink()
        paid += 1
    return paid


def _folder(state: Path, target: str) -> Path:
    return state / "site" / target / "owed"
