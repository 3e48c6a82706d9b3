"""Tools of an insider who may write any file, and has a key of his own."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from builder.approvals import Record, Signer, make_key, open_key
from builder.approvals.records import heads, log_path, parse_log
from builder.build import build
from builder.bundle import Bundle
from builder.problems import BuildFailed, Problem
from builder.release import approved
from tests.reviewers import CHEAP, PIN, Bureau, bureau
from tests.sitefiles import NOW, contents, faq

STAMP = "2026-11-15T09:00:00+08:00"
A, B = "faq:mlk/a", "faq:mlk/b"
UNSEEN = "没审过的话"
PAIR = {"faq/mlk/a.md": faq("甲文。", title="甲问"), "faq/mlk/b.md": faq("乙文。", title="乙问")}


def approved_pair(root: Path) -> Bureau:
    """A bureau with two questions, everything approved."""
    made = bureau(root, PAIR)
    made.approve_all()
    return made


def edit(it: Bureau, word: str = UNSEEN) -> None:
    """Change the first question without asking anybody."""
    put(it, {"faq/mlk/a.md": faq(f"{word}。", title="甲问")})


def leaked(it: Bureau, word: str = UNSEEN, pin: str = "") -> bool:
    """True when a word is in a release."""
    return any(word in everything(b) for b in released(it, pin)[0].values())


def stranger(name: str = "mallory") -> Signer:
    """A key that nobody registered."""
    return open_key(make_key(name, PIN, CHEAP), PIN)


def record(it: Bureau, item: str, decision: str, step: str, signer: Signer, **more: Any) -> Record:
    """A signed record on the working copy, after all that its log holds; `more` replaces fields."""
    path = it.root / log_path(item)
    known = parse_log(item, path.read_bytes()).records if path.exists() else ()
    found = it.office.item(item) if item.partition(":")[0] != "key" else None
    fields: dict[str, Any] = {
        "person": signer.person,
        "time": STAMP,
        "division": found.division if found else "",
        "files": dict(found.files) if found else {},
        "after": heads(known),
        "key": signer.fingerprint,
    }
    bare = Record(item=item, decision=decision, step=step, **(fields | more))
    return sign(bare, signer)


def sign(bare: Record, signer: Signer) -> Record:
    """The record with a signature."""
    return replace(bare, signature=signer.sign(bare.payload()))


def add(it: Bureau, *records: Record, first: bool = False) -> None:
    """Write records straight into their logs, asking nobody; `first`: before all lines."""
    for one in records:
        path = it.root / log_path(one.item)
        path.parent.mkdir(parents=True, exist_ok=True)
        old = path.read_bytes() if path.exists() else b""
        line = one.line.encode() + b"\n"
        path.write_bytes(line + old if first else old + line)


def lines(it: Bureau, item: str) -> list[bytes]:
    """The lines of a log, with their ends."""
    return (it.root / log_path(item)).read_bytes().splitlines(keepends=True)


def rewrite(it: Bureau, item: str, rows: list[bytes]) -> None:
    """Put other lines in the place of a log."""
    (it.root / log_path(item)).write_bytes(b"".join(rows))


def released(
    it: Bureau, pin: str = "", now: datetime = NOW, meanwhile: Callable[[], None] | None = None
) -> tuple[dict[str, Bundle], list[Problem]]:
    """Build a release; `meanwhile` happens between its opening and its building."""
    source = approved(it.root, now, pin)
    if meanwhile:
        meanwhile()
    found, said = build(it.root, it.root / "dist", [], now, 1, release=source)
    return {str(b.header["edition"]): b for b in found}, said


def refused(it: Bureau, pin: str = "") -> set[str]:
    """The codes with which a release refuses; empty when it does not."""
    try:
        released(it, pin)
    except BuildFailed as failed:
        return {p.code for p in failed.problems}
    return set()


def everything(bundle: Bundle) -> str:
    """All that a bundle says, file names too."""
    files = contents(bundle.root)
    return "\n".join(f"{path}\n{body.decode('utf-8', 'replace')}" for path, body in files.items())


def pages(it: Bureau, edition: str = "internet", pin: str = "") -> set[str]:
    """Urls of the entries in a release."""
    root = released(it, pin)[0][edition].root / "site"
    found = (p.parent.relative_to(root).as_posix() for p in root.rglob("index.html"))
    return {p for p in found if p.count("/") >= 2}


def git(root: Path, *words: str) -> str:
    """Run git as somebody."""
    who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    done = subprocess.run(
        ["git", "-C", str(root), *who, *words], check=True, capture_output=True, text=True
    )
    return done.stdout


def commit(root: Path, words: str = "x") -> None:
    """Commit everything, beginning a repository where there is none."""
    if not (root / ".git").exists():
        git(root, "init", "-q", "-b", "main")
        (root / ".gitignore").write_text(".cache/\ndist/\n", "utf-8")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", words)


def put(it: Bureau, files: Mapping[str, str | bytes]) -> None:
    """Change files of the working copy."""
    for path, body in files.items():
        target = it.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body.encode() if isinstance(body, str) else body)
