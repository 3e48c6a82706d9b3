"""How a snapshot is spelled: canonical JSON for its checksum, a layout that git shows well for its file.

One row of numbers a line, so that a later reader sees in a diff what was entered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from builder.indicators.store import Block

FORMAT = "weike-snapshot/1"
HEAD = ("format", "id", "title", "audience", "division", "release", "author", "approver")
KEYS = (*HEAD, "sources", "note", "blocks", "checksum")
BLOCK_KEYS = ("action", "indicator", "measure", "periods", "regions", "values", "marks", "reason")
_canonical = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode
_line = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False).encode


def canonical(document: Mapping[str, Any]) -> bytes:
    """What the checksum is over: the document without `checksum`, keys in order, no spaces, UTF-8.

    UnicodeEncodeError when a text holds half a character.
    """
    return _canonical({k: v for k, v in document.items() if k != "checksum"}).encode()


def checksum(document: Mapping[str, Any]) -> str:
    """`sha256:` and the digest of the canonical spelling."""
    return f"sha256:{hashlib.sha256(canonical(document)).hexdigest()}"


def document(head: Mapping[str, Any], blocks: Sequence[Block]) -> dict[str, Any]:
    """A whole snapshot as plain data, checksum and all. `head`: id, title … note; `blocks`: the numbers."""
    made = {"format": FORMAT, **{k: head[k] for k in KEYS if k in head and k != "format"}}
    made["blocks"] = [plain(block) for block in blocks]
    return {**made, "checksum": checksum(made)}


def write(head: Mapping[str, Any], blocks: Sequence[Block]) -> str:
    """The text of a snapshot file: the same input gives the same bytes."""
    return text_of(document(head, blocks))


def plain(block: Block) -> dict[str, Any]:
    """A block as plain data; keys that would say nothing are left out."""
    made: dict[str, Any] = {
        "action": block.action,
        "indicator": block.indicator,
        "measure": block.measure,
        "periods": [str(p) for p in block.periods],
        "regions": list(block.regions),
    }
    if block.action != "withdraw":
        made["values"] = [[spelled(v) for v in row] for row in block.values.tolist()]
        marks = sorted(block.marks.items())
        made |= {"marks": {f"{r},{c}": mark for (r, c), mark in marks}} if marks else {}
    return made | ({"reason": block.reason} if block.reason else {})


def spelled(value: float) -> float | int | None:
    """A number as JSON should show it: none, a whole one without a point, else its shortest form."""
    if np.isnan(value):
        return None
    return int(value) if value == int(value) and abs(value) < 1e15 else value


def text_of(made: Mapping[str, Any]) -> str:
    """The file of a document: keys in their fixed order, a row of numbers a line."""
    rows = [f" {_line(k)}: {_line(made[k])}" for k in KEYS if k in made and k != "blocks"]
    blocks = ",\n".join(_block(b) for b in made["blocks"])
    rows.insert(len(rows) - ("checksum" in made), f' "blocks": [\n{blocks}\n ]')
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _block(block: Mapping[str, Any]) -> str:
    return "  {\n" + ",\n".join(_block_rows(block)) + "\n  }"


def _block_rows(block: Mapping[str, Any]) -> Iterator[str]:
    for key in BLOCK_KEYS:
        if key not in block:
            continue
        if key == "values":
            rows = ",\n".join(f"    {_line(row)}" for row in block[key])
            yield f'   "values": [\n{rows}\n   ]'
        else:
            yield f"   {_line(key)}: {_line(block[key])}"
