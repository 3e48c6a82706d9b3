"""Small releases to publish: real bundles with pages, files beside them, approvals; and the truth about them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from builder import bundle
from builder.bundle import Artefact, Bundle, own_name, seal_digest
from builder.model import BEIJING
from publish.site.cli import Machine, main

START = datetime(2026, 11, 20, 9, 0, tzinfo=BEIJING)
HTML, CSS = "text/html; charset=utf-8", "text/css; charset=utf-8"
HOST = "http://127.0.0.1"
Files = Mapping[str, bytes]


def bundle_of(
    root: Path,
    files: Files,
    now: datetime = START,
    *,
    withdrawn: Sequence[str] = (),
    included: Mapping[str, Sequence[str]] | None = None,
    **head: object,
) -> Bundle:
    """Write a bundle that the door admits, with these files below `site/`.

    Every folder of pages is an entry of its own. `included`: ids whose words stand in a file, too; an
    entry's approval is a hash of its files.
    """
    held = {p: (*own_entry(p), *(included or {}).get(p, ())) for p in files}
    made = [Artefact(f"site/{p}", d, kind_of(p), held[p]) for p, d in files.items()]
    entries = {i: _approval(i, files) for i in sorted({i for ids in held.values() for i in ids})}
    seal = {"trust": "a" * 64, "settings": ["b" * 64], "entries": entries}
    gone = {"entries": [_gone(word, now) for word in withdrawn]}
    made.append(Artefact(bundle.APPROVALS, json.dumps(seal).encode(), "application/json"))
    made.append(Artefact(bundle.WITHDRAWN, json.dumps(gone).encode(), "application/json"))
    header = {
        "edition": "internet",
        "audiences": ["public"],
        "public": True,
        "base_url": "https://tjj.example.gov.cn/weike/",
        "now": now.isoformat(),
        "approvals": seal_digest(seal),
        "pages": 1,
    } | head
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    lines = bundle.stage(made, root)
    (root / bundle.MANIFEST).write_bytes(bundle.manifest(header, lines))
    return bundle.load(root)


def own_entry(path: str) -> tuple[str, ...]:
    """The entry whose file this is: that of its folder; none of a style sheet, a picture, an index."""
    if path.startswith(("assets/", "search/")):
        return ()
    folder = path.rpartition("/")[0]
    return (f"faq:{folder or 'start'}",)


def _approval(entry: str, files: Files) -> str:
    """Other bytes, another approval; of what has no file of its own, one for ever."""
    rows = [f"{p} ".encode() + d for p, d in sorted(files.items()) if own_entry(p) == (entry,)]
    return hashlib.sha256(b"\n".join(rows) or entry.encode()).hexdigest()


def _gone(word: str, now: datetime) -> dict[str, str]:
    """What is withdrawn: a page by its address, anything else by its id."""
    entry, url = (word, f"{word.replace(':', '/')}/") if ":" in word else (f"faq:{word[:-1]}", word)
    return {"id": entry, "url": url, "time": now.isoformat()}


def kind_of(path: str) -> str:
    """The media type, as the builder names it."""
    known = {"html": HTML, "css": CSS, "json": "application/json", "webp": "image/webp"}
    return known.get(path.rpartition(".")[2], "application/octet-stream")


def site(version: int, pages: int = 6, weight: int = 300) -> dict[str, bytes]:
    """One version of a site: every page has a film and a picture of its own, a style sheet, a shared picture.

    What a file says names its version, save the shared picture, which never changes.
    """
    sheet = own_name("assets/weike/stil.css", f"/* v{version} */".encode())
    shared = own_name("assets/files/tu.webp", b"always the same")
    files = {sheet: f"/* v{version} */".encode(), shared: b"always the same"}
    for n in range(pages):
        folder = f"courses/ke{n}/" if n else ""
        film = f"film {n} of v{version} ".encode() * weight
        picture = f"picture {n} of v{version}".encode()
        beside = own_name(f"{folder}shipin.mp4", film)
        inside = own_name("assets/files/p.webp", picture)
        up = "../../" if n else ""
        last = beside.rpartition("/")[2]
        text = (
            f'<!doctype html><link rel="stylesheet" href="{up}{sheet}"><title>v{version}</title>'
            f'<video src="{last}"></video><img src="{up}{inside}"><img src="{up}{shared}">'
            f"<p>page {n} of v{version}</p>"
        )
        files |= {f"{folder}index.html": text.encode(), beside: film, inside: picture}
    files["404.html"] = f"<title>v{version} 404</title>".encode()
    files["search/index.json"] = json.dumps({"v": version}).encode()
    files["courses/live/fragment.html"] = f"<p>v{version}</p>".encode()
    return files


def release(root: Path, version: int, **more: Any) -> Bundle:
    """The bundle of one version, an hour after the one before."""
    files = site(version)
    return bundle_of(root / f"v{version}", files, START + timedelta(hours=version), **more)


class Office:
    """Somebody at the machine that publishes: a state folder, targets, a clock, what was said."""

    def __init__(self, root: Path, **targets: Mapping[str, object]) -> None:
        """`targets`: keys of sites.yml by name."""
        self.state = root / "state"
        self.state.mkdir(mode=0o700, parents=True)
        self.clock = START + timedelta(days=30)
        self.said: list[str] = []
        self.ran: list[list[str]] = []
        self.sleep: Callable[[float], None] = self._pass
        self.typed = ""
        self.environ: dict[str, str] = {}
        self.targets(**targets)

    def targets(self, **found: Mapping[str, object]) -> None:
        """Write sites.yml."""
        lines = ["sites:"]
        for name, keys in found.items():
            lines += [f"  {name}:", *(f"    {k}: {v}" for k, v in keys.items())]
        (self.state / "sites.yml").write_text("\n".join(lines) + "\n", "utf-8")

    def machine(self) -> Machine:
        """What the channel asks of the outside."""
        return Machine(
            now=lambda: self.clock,
            sleep=self.sleep,
            say=self.said.append,
            complain=self.said.append,
            ask=lambda question: self.typed,
            run=self.run,
            environ=self.environ,
        )

    def _pass(self, seconds: float) -> None:
        """Time passes at once."""
        self.clock += timedelta(seconds=seconds)

    def run(self, words: list[str]) -> int:
        """What was armed."""
        self.ran.append(words)
        return 0

    def do(self, verb: str, *words: object) -> int:
        """One command; what it says is in `told`."""
        self.said.clear()
        return main(verb, [*map(str, words), "--state", str(self.state)], self.machine())

    def push(self, made: Bundle, *words: object) -> int:
        """Plan and push everything."""
        if self.do("plan", "--bundle", made.root, *words):
            return 1
        return self.do("push", "--bundle", made.root)

    @property
    def told(self) -> str:
        """All that the last command said."""
        return "\n".join(self.said)


def tree(folder: Path) -> dict[str, bytes]:
    """What lies below a folder."""
    found = folder.rglob("*")
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found if not p.is_dir()}


def expected(versions: Iterable[int], pages: int = 6) -> dict[str, bytes]:
    """What a server has to hold that shows the last of these versions and keeps them all."""
    *older, last = versions
    files = site(last, pages)
    for version in older:
        files |= {p: d for p, d in site(version, pages).items() if p not in files and lasting(p)}
    return files


def lasting(path: str) -> bool:
    """Whether a file of `site` has a hash in its name."""
    return path.startswith("assets/") or path.endswith(".mp4")
