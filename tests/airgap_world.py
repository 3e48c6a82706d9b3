"""Two sides of an air gap for tests: keys, small releases, packages made and spoilt."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from builder.bundle import APPROVALS, MANIFEST, Artefact, manifest, seal_digest, stage
from builder.keys import Signer, open_key, seal
from publish.airgap import cli
from publish.airgap.form import File, Manifest, in_order
from publish.airgap.trust import FILE, Trust, load_trust
from publish.airgap.write import Written, write

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)  # ten o'clock in Beijing
PIN = "654321"
SITE = {"site/index.html": b"<!doctype html>\n<title>one</title>\n" * 20, "site/a.css": b"body{}"}


def key(number: int) -> Ed25519PrivateKey:
    """A key that everybody knows."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def signer(number: int = 1, who: str = "张三（数据发布处）") -> Signer:
    return open_key(seal(who, PIN, key(number), 2), PIN)


def entry(public: str, **words: str) -> str:
    """One entry of trusted-keys.yml."""
    given = {
        "key": public,
        "who": "张三（数据发布处）",
        "sender": "inside",
        "since": "2026-01-01",
        "until": "2027-12-31",
        "streams": "[internet, robot, receipts]",
        "directions": "[out]",
    } | words
    rows = "\n  ".join(f"{k}: {v}" for k, v in given.items())
    return f"- {rows}\n"


def trusting(folder: Path, text: str = "") -> Trust:
    """What a machine believes; by default key 1 for what goes out."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    path.write_text(text or entry(signer().public), "utf-8")
    path.chmod(0o644)
    return load_trust(path)


def release(
    root: Path,
    files: Mapping[str, bytes] = SITE,
    now: datetime = NOW - timedelta(hours=1),
    **header: object,
) -> Path:
    """A small release as the builder makes it."""
    approvals = {"trust": "t" * 64, "settings": [], "entries": {"faq:mlk/a": "b" * 64}}
    artefacts = [
        *(Artefact(p, b, "text/plain", ("faq:mlk/a",)) for p, b in files.items()),
        Artefact(APPROVALS, json.dumps(approvals).encode(), "application/json", ()),
    ]
    root.mkdir(parents=True)
    head = {
        "edition": "internet",
        "audiences": ["public"],
        "public": True,
        "base_url": "https://tjj.example.gov.cn/weike/",
        "now": now.isoformat(timespec="seconds"),
        "approvals": seal_digest(approvals),
        "pages": 1,
    } | header
    (root / MANIFEST).write_bytes(manifest(head, stage(artefacts, root)))
    return root


def contents(root: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    paths = (p for p in root.rglob("*") if p.is_file())
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in paths}


def draft(files: Mapping[str, bytes], **words: Any) -> Manifest:
    """A manifest of plain files, still without parts."""
    rows = in_order([File(p, len(b), sha256(b).hexdigest()) for p, b in files.items()])
    made = Manifest(
        "release",
        "out",
        "internet",
        "inside",
        1,
        NOW,
        NOW + timedelta(days=30),
        None,
        "0" * 16,
        "",
        rows,
        (),
    )
    return replace(made, **words)


def package(out: Path, files: Mapping[str, bytes], who: int = 1, **words: Any) -> Written:
    """A package of plain files."""
    folder = out.with_name(f"{out.name}.files")
    for path, body in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    made = draft(files, **words)
    wanted = {f.sha256 for f in made.files}
    return write(out, made, wanted, lambda f: folder / f.path, signer(who))


@dataclass(frozen=True)
class Side:
    """One machine: its folder, its key, its clock."""

    root: Path
    number: int
    now: datetime = NOW

    def run(self, *words: str, code: int | None = 0) -> str:
        """Run a command here; what it said. `code`: the exit code that it must end with."""
        verb, *rest = words
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            state = [] if verb == "keygen" else ["--state", str(self.state)]
            got = cli.main(verb, [*rest, *state], lambda: self.now)
        assert code is None or got == code, (words, got, said.getvalue())
        return said.getvalue()

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def key(self) -> Path:
        return self.root / "own.key"

    def push(self, out: str, *words: str, code: int = 0) -> Path:
        """Make a package here."""
        target = self.root / out
        pin = ["--pin-file", str(self.root / "pin")]
        self.run("push", *words, "--key", str(self.key), *pin, "--out", str(target), code=code)
        return target


def sides(folder: Path, now: datetime = NOW) -> tuple[Side, Side]:
    """The inside and the outside, each trusting the other's key for a year around `now`."""
    inside, outside = Side(folder / "inside", 1, now), Side(folder / "outside", 2, now)
    for side in (inside, outside):
        side.state.mkdir(parents=True)
        side.key.write_bytes(seal(f"第{side.number}人", PIN, key(side.number), 2))
        (side.root / "pin").write_text(PIN, "utf-8")
    half = timedelta(days=180)
    year = {"since": f"{now - half:%Y-%m-%d}", "until": f"{now + half:%Y-%m-%d}"}
    trusting(outside.state, entry(signer(1).public, **year))
    back = {"sender": "outside", "streams": "[inbox, receipts]", "directions": "[in]"}
    trusting(inside.state, entry(signer(2).public, **back, **year))
    return inside, outside
