"""What the door into publishing says of a manifest that somebody spoilt: a sentence, never a traceback."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from builder.bundle import APPROVALS, MANIFEST
from publish.door import NotPublishable, admit
from tests.airgap_world import NOW, release, sides

DEEP = 200_000
HEADERS: dict[str, Any] = {
    "format-text": {"format": "1"},
    "format-true": {"format": True},
    "edition-list": {"edition": ["internet"]},
    "edition-number": {"edition": 5},
    "public-text": {"public": "yes"},
    "public-number": {"public": 1},
    "now-number": {"now": 5},
    "now-word": {"now": "今天"},
    "now-without-zone": {"now": "2026-11-21T09:00:00"},
    "now-list": {"now": []},
    "approvals-list": {"approvals": ["a"]},
    "approvals-true": {"approvals": True},
    "approvals-object": {"approvals": {}},
}
LINES: dict[str, Any] = {
    "path-number": {"path": 5},
    "path-outside": {"path": "site/../../secrets.yml"},
    "path-absolute": {"path": "/etc/passwd"},
    "path-backslash": {"path": "..\\secrets.yml"},
    "size-text": {"size": "5"},
    "hash-number": {"sha256": 5},
    "type-null": {"type": None},
    "sources-numbers": {"sources": [5]},
    "sources-number": {"sources": 5},
    "made-by-list": {"made_by": ["x"]},
}


def said(root: Path) -> str:
    """What the door says; plain Chinese, no word of Python's."""
    with pytest.raises(NotPublishable) as caught:
        admit(root, NOW)
    text = str(caught.value)
    for word in ("Error", "object", "not ", "recursion", "Expecting", "codec", "str", "int"):
        assert word not in text.replace(str(root), ""), text
    return text


@pytest.mark.parametrize("words", HEADERS.values(), ids=list(HEADERS))
def test_an_odd_header_is_refused_in_words(tmp_path: Path, words: dict[str, Any]) -> None:
    root = release(tmp_path / "bundle")
    manifest = json.loads((root / MANIFEST).read_bytes()) | words
    (root / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    assert f"清单写法不对（{next(iter(words))}）" in said(root)


@pytest.mark.parametrize("words", LINES.values(), ids=list(LINES))
def test_an_odd_line_is_refused_in_words(tmp_path: Path, words: dict[str, Any]) -> None:
    root = release(tmp_path / "bundle")
    manifest = json.loads((root / MANIFEST).read_bytes())
    manifest["files"][-1] |= words
    (root / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    text = said(root)
    assert "清单写法不对（files 里的" in text or "清单读不懂" in text


@pytest.mark.parametrize(
    "body",
    [b"[" * DEEP, b'{"files": [' + b"[" * DEEP, b"[]", b"5", b"null", b"", b"{}", b"\xff\xfe{}"],
    ids=["deep", "deep-files", "list", "number", "null", "empty", "object", "not-utf-8"],
)
def test_a_manifest_that_is_none(tmp_path: Path, body: bytes) -> None:
    root = release(tmp_path / "bundle")
    (root / MANIFEST).write_bytes(body)
    assert "清单读不懂" in said(root)
    inside, _ = sides(tmp_path)
    assert "清单读不懂" in inside.run("plan", "--bundle", str(root), code=1)


@pytest.mark.parametrize(
    "body",
    [b"[" * DEEP, b"[]", b"{}", b"", b"\xff", b'{"trust": 5, "settings": [], "entries": {}}'],
    ids=["deep", "list", "object", "empty", "not-utf-8", "number"],
)
def test_a_list_of_approvals_that_is_none(tmp_path: Path, body: bytes) -> None:
    root = release(tmp_path / "bundle")
    (root / APPROVALS).write_bytes(body)
    manifest = json.loads((root / MANIFEST).read_bytes())
    line = next(f for f in manifest["files"] if f["path"] == APPROVALS)
    line |= {"sha256": sha256(body).hexdigest(), "size": len(body)}
    (root / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    assert "批准清单读不懂" in said(root)


def test_a_good_one_comes_in(tmp_path: Path) -> None:
    assert admit(release(tmp_path / "bundle"), NOW).header["edition"] == "internet"
