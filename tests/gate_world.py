"""A made-up bureau for the judge of releases: its files, its people, its records, and his own books.

Nothing here asks `builder.approvals` what counts. Lines are signed with bare keys and written as JSON;
whether a version may be out is worked out from these books alone, by trying every choice of signers.
"""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import json
import random
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from builder.model import BEIJING
from tests.sitefiles import CONFIG, ORGS, fact, faq, write, yml

LOG, COPIES = "content/approvals/log", "content/approvals/copies"
LEVELS = ("first", "second", "final")
ALL = ("first", "second", "final", "secrecy")
AUDIENCES = {"internet": {"public"}, "intranet": {"public", "intranet"}}
CONFIG_ITEM, ORGS_ITEM = "site:config", "site:orgs"
SETTINGS = {CONFIG_ITEM: "site_config.yml", ORGS_ITEM: "content/orgs.yml"}
# person → steps, divisions (none: all)
STAFF: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "li": (("first",), ("mlk",)),
    "sun": (("first",), ()),
    "wang": (("second",), ()),
    "qian": (("second", "final"), ()),
    "zhao": (("final",), ()),
    "chen": (("secrecy",), ()),
    "zhou": (("secrecy",), ()),
    "wu": (ALL, ()),  # may take any step, but one of a version only
}
POLICIES: tuple[tuple[str, dict[str, tuple[str, ...]]], ...] = (
    ("", {"internet": ALL, "intranet": ("first", "final")}),
    (
        "review: {editions: {intranet: {steps: [final]}}}\n",
        {"internet": ALL, "intranet": ("final",)},
    ),
    (
        "review: {editions: {internet: {steps: [first, final, secrecy]}}}\n",
        {"internet": ("first", "final", "secrecy"), "intranet": ("first", "final")},
    ),
)
PATHS = {
    "faq:mlk/a": "faq/mlk/a.md",
    "faq:mlk/b": "faq/mlk/b.md",
    "faq:nbc/n": "faq/nbc/n.md",
    "snippet:s": "content/snippets/s.md",
    "article:2026/x": "content/articles/2026/x.md",
    "course:ke": "courses/ke/course.yml",
    "lesson:ke/yi": "courses/ke/lessons/01-yi.md",
}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Key:
    """A bare key of a person."""

    def __init__(self, person: str, rng: random.Random) -> None:
        self.person = person
        self.private = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
        raw = self.private.public_key().public_bytes_raw()
        self.public = "ed25519:" + base64.b64encode(raw).decode()
        self.name = sha(self.public.encode())[:16]


@dataclass(frozen=True)
class Line:
    """What a signed line says, as its writer knows it."""

    item: str
    decision: str
    step: str
    person: str
    key: str
    time: str
    division: str
    files: frozenset[tuple[str, str]]
    before: tuple[str, ...]
    subject: str = ""


@dataclass(frozen=True)
class Version:
    """One state of an item's files, as its writer knows it."""

    item: str
    files: frozenset[tuple[str, str]]
    division: str
    audience: str
    needs: tuple[str, ...] = ()  # its course, what it includes
    links: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class People:
    """One state of the list of people: person → steps, divisions, fingerprints."""

    rows: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]


@dataclass
class World:
    """The tree on disk and the judge's books."""

    root: Path
    rng: random.Random
    clock: datetime = datetime(2026, 11, 1, 9, 0, tzinfo=BEIJING)
    count: int = 0
    keys: dict[str, Key] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)  # the line as written → what it says
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)  # mark → (path, hash)
    colours: dict[tuple[int, int, int], tuple[str, str]] = field(default_factory=dict)
    slugs: dict[str, str] = field(default_factory=dict)  # mark in a file's name → item
    drafts: dict[str, Version] = field(default_factory=dict)  # item → what lies there
    kept: dict[str, bytes] = field(default_factory=dict)  # hash → bytes, all that there ever was
    versions: dict[tuple[str, frozenset[tuple[str, str]]], Version] = field(default_factory=dict)
    lists: dict[str, People] = field(default_factory=dict)  # hash of orgs.yml → people
    policies: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    people: list[People] = field(default_factory=list)  # approved lists, oldest first
    settings: list[dict[str, tuple[str, ...]]] = field(default_factory=list)
    committed: set[tuple[str, str]] = field(default_factory=set)  # (file, line) that git has seen
    in_git: set[tuple[str, str]] = field(default_factory=set)  # (path, hash)
    past: list[Version] = field(default_factory=list)  # settings that were approved, oldest first
    once: set[str] = field(default_factory=set)  # items that have been whole at some time
    expected: dict[str, Version | None] = field(default_factory=dict)  # must be out; None: gone
    muddled: set[str] = field(
        default_factory=set
    )  # items with a spoilt line, which may say anything
    signers: dict[str, set[str]] = field(
        default_factory=dict
    )  # item → who took its last full round
    sure_orgs: bool = True  # nobody ended a key that the list of people rests on
    git: bool = False
    paths: dict[str, str] = field(default_factory=lambda: dict(PATHS))  # item → its own file
    shaken: bool = False  # somebody spoiled lines of the settings: which hold is not sure
    _rows: dict[str, dict[str, Line]] = field(default_factory=dict)
    _ended: dict[str, str] | None = None

    # --- writing --------------------------------------------------------------------------------

    def now(self) -> str:
        return self.clock.isoformat(timespec="seconds")

    def tick(self) -> str:
        self.clock += timedelta(minutes=self.rng.randint(1, 40))
        return self.now()

    def mark(self, kind: str) -> str:
        self.count += 1
        return f"zq{kind}{self.count:05d}"

    def put(self, path: str, data: bytes) -> str:
        write_to = self.root / path
        write_to.parent.mkdir(parents=True, exist_ok=True)
        write_to.write_bytes(data)
        self.kept[sha(data)] = data
        return sha(data)

    def paint(self, path: str) -> None:
        """A new picture in one colour that no other has."""
        self.count += 1
        value = (self.count * 7919 + 12345) % (1 << 24)
        colour = (value >> 16, (value >> 8) & 255, value & 255)
        out = io.BytesIO()
        Image.new("RGB", (8, 8), colour).save(out, "PNG")
        self.colours[colour] = path, self.put(path, out.getvalue())

    def settle(self, item: str) -> Version:
        """A new state of one of the settings."""
        mark = self.mark("c")
        if item == CONFIG_ITEM:
            extra, policy = self.rng.choice(POLICIES)
            text = CONFIG.replace("示例微课", f"示例微课{mark}") + extra
            digest = self.put(SETTINGS[item], text.encode())
            self.policies[digest] = policy
        else:
            text, people = self.staff_text(mark)
            digest = self.put(SETTINGS[item], text.encode())
            self.lists[digest] = people
        self.texts[mark] = SETTINGS[item], digest
        return self.draft(Version(item, frozenset({(SETTINGS[item], digest)}), "", "public"))

    def staff_text(self, mark: str) -> tuple[str, People]:
        """A list of people: the usual ones, now and then somebody less, or with fewer steps."""
        rows = {p: (steps, where, (self.keys[p].name,)) for p, (steps, where) in STAFF.items()}
        if self.people and self.rng.random() < 0.5:
            person = self.rng.choice(sorted(rows))
            if self.rng.random() < 0.5:
                del rows[person]
            else:
                steps, where, names = rows[person]
                rows[person] = (tuple(s for s in steps if self.rng.random() < 0.5), where, names)
        said = "".join(
            f"  - {{id: {p}, name: 某{p}, division: mlk, title: 职务, steps: [{', '.join(s)}], "
            f'divisions: [{", ".join(d)}], keys: [{{public: "{self.keys[p].public}", since: "2026-01-01"}}]}}\n'
            for p, (s, d, _) in rows.items()
        )
        return ORGS.replace("名录库", f"名录库{mark}") + "people:\n" + said, People(rows)

    def draft(self, version: Version) -> Version:
        self.drafts[version.item] = version
        self.versions[version.item, version.files] = version
        return version

    def edit(self, item: str, path: str = "", alias: str = "", division: str = "") -> Version:
        """A new text for an entry, with marks of its own in title and body; `path` for a new one."""
        kind = item.partition(":")[0]
        path = self.paths.setdefault(item, path)
        head, body = self.mark("t"), self.mark("b")
        public = kind in {"snippet", "course", "lesson"} or self.rng.random() < 0.8
        keys: dict[str, object] = {
            "title": f"题目{head}",
            "audience": "public" if public else "intranet",
            "division": division or ("nbc" if self.rng.random() < 0.15 else "mlk"),
            "aliases": [alias] if alias else [],
        }
        folder = path.rpartition("/")[0]
        text, pictures, links = f"正文{body}。", [], []
        if kind in {"faq", "snippet"} and self.rng.random() < 0.7:
            pictures = [f"{folder}/p.png"]
            text += "\n\n![图](p.png)"
        if kind == "faq" and self.rng.random() < 0.4:
            links = [self.rng.choice(["faq:mlk/a", "faq:mlk/b", "faq:nbc/n", "article:2026/x"])]
            text += f"\n\n看[那一篇]({links[0]})。"
        needs = []
        if kind == "article":
            needs = ["snippet:s"]
            text += '\n\n--8<-- "snippet:s"'
        if kind == "lesson":
            needs = ["course:ke"]
        if kind == "course":
            whole = yml(**keys | {"key": f"要点{body}", "objectives": ["会"]})
        elif kind == "faq":
            whole = faq(text, **keys)
        else:
            whole = fact(text, **keys | ({"type": "reading"} if kind == "article" else {}))
        digest = self.put(path, whole.encode())
        self.texts[head] = self.texts[body] = path, digest
        for picture in pictures:
            if not (self.root / picture).exists():
                self.paint(picture)
        files = {(path, digest)} | {(p, self.here(p)) for p in pictures}
        made = Version(
            item,
            frozenset(files),
            str(keys["division"]),
            str(keys["audience"]),
            tuple(needs),
            tuple(links),
            (alias,) if alias else (),
        )
        return self.draft(made)

    def here(self, path: str) -> str:
        file = self.root / path
        return sha(file.read_bytes()) if file.is_file() else ""

    def current(self, item: str) -> Version | None:
        """What lies there of an item now; None when a part of it is gone or not as its author left it."""
        old = self.drafts.get(item)
        if old is None:
            return None
        main = next(iter(sorted(p for p, _ in old.files if not p.endswith(".png"))))
        if (main, self.here(main)) not in old.files:
            return None
        files = frozenset((p, self.here(p)) for p, _ in old.files)
        if any(not digest for _, digest in files):
            return None
        made = Version(item, files, old.division, old.audience, old.needs, old.links, old.aliases)
        self.versions[item, files] = made
        return made

    # --- records --------------------------------------------------------------------------------

    def log(self, item: str) -> Path:
        return self.root / LOG / f"{item.replace(':', '/', 1)}.jsonl"

    def rows(self, item: str) -> list[str]:
        path = self.log(item)
        return path.read_bytes().decode("utf-8", "replace").splitlines() if path.exists() else []

    def heads(self, item: str) -> tuple[str, ...]:
        there = [r for r in self.rows(item) if r in self.lines and self.lines[r].item == item]
        named = {d for r in there for d in self.lines[r].before}
        return tuple(sorted({sha(r.encode()) for r in there} - named))

    def say(
        self,
        item: str,
        decision: str,
        step: str,
        key: Key,
        version: Version | None = None,
        *,
        time: str = "",
        before: tuple[str, ...] | None = None,
        person: str = "",
        division: str | None = None,
        subject: str = "",
        claimed: str = "",
    ) -> str:
        """Sign a line and add it to the log; the line. `claimed`: the key that it says signed it."""
        files = version.files if version else frozenset()
        if division is None:
            division = version.division if version else ""
        line = Line(
            item,
            decision,
            step,
            person or key.person,
            key.name,
            time or self.tick(),
            division,
            files,
            self.heads(item) if before is None else before,
            subject,
        )
        data: dict[str, object] = {
            "item": item,
            "decision": decision,
            "step": step,
            "person": line.person,
            "time": line.time,
            "division": division,
            "files": dict(files),
            "note": "",
            "change": "",
            "after": " ".join(line.before),
            "key": claimed or key.name,
            "paper": {},
            "subject": subject,
        }
        payload = b"weike-review-1\n" + _json(data).encode()
        data["signature"] = base64.b64encode(key.private.sign(payload)).decode()
        text = _json(data)
        self.lines[text] = line
        path = self.log(item)
        path.parent.mkdir(parents=True, exist_ok=True)
        old = path.read_bytes() if path.exists() else b""
        path.write_bytes(
            old + (b"" if not old or old.endswith(b"\n") else b"\n") + text.encode() + b"\n"
        )
        return text

    def store(self, version: Version) -> None:
        """Keep copies of a version's bytes, as the office does."""
        for path, digest in version.files:
            if (path, digest) not in self.in_git:
                self.put(f"{COPIES}/{digest}", self.kept[digest])

    def run_git(self, *words: str) -> None:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "gc.auto=0")
        subprocess.run(["git", "-C", str(self.root), *who, *words], check=True, capture_output=True)

    def commit(self) -> None:
        """Everything into git; the judge notes what git has seen."""
        if not self.git:
            self.run_git("init", "-q")
            (self.root / ".gitignore").write_text(".cache/\ndist/\n", "utf-8")
            self.git = True
        self.run_git("add", "-A")
        self.run_git("commit", "-q", "--allow-empty", "-m", "x")
        for item in self.logged():
            self.committed |= {(item, row) for row in self.rows(item)}
        for path in (p for p in self.root.rglob("*") if p.is_file()):
            name = path.relative_to(self.root).as_posix()
            if not name.startswith((".git/", ".cache/", "dist/")):
                self.in_git.add((name, sha(path.read_bytes())))

    def logged(self) -> list[str]:
        base = self.root / LOG
        names = (p.relative_to(base).as_posix() for p in sorted(base.rglob("*.jsonl")))
        return [n.removesuffix(".jsonl").replace("/", ":", 1) for n in names]

    # --- the judge's own reasoning ---------------------------------------------------------------

    def look(self) -> None:
        """Read the logs anew."""
        self._rows, self._ended = {}, None

    def there(self, item: str) -> dict[str, Line]:
        """What stands in an item's log and was written for it, by its hash."""
        if item not in self._rows:
            rows = {r: self.lines[r] for r in self.rows(item) if r in self.lines}
            self._rows[item] = {sha(r.encode()): n for r, n in rows.items() if n.item == item}
        return self._rows[item]

    def there_now(self, item: str) -> list[Line]:
        """The same, read anew."""
        self.look()
        return list(self.there(item).values())

    def ended(self) -> dict[str, str]:
        """Key → when it ended, by any revocation in the logs; empty when it never was good."""
        if self._ended is None:
            self._ended = {}
            for item in self.logged():
                for line in self.there(item).values():
                    if line.decision == "revoke" and self.ever(line):
                        name = line.subject.removeprefix("void:")
                        end = "" if line.subject.startswith("void:") else line.time
                        self._ended[name] = min(self._ended.get(name, end), end)
        return self._ended

    def ever(self, line: Line) -> bool:
        """True when the key stood in an approved list at some time, under the name that is claimed."""
        lists = self.people or list(self.lists.values())
        return any(line.key in p.rows.get(line.person, ((), (), ()))[2] for p in lists)

    def good(self, line: Line, version: Version, people: People) -> bool:
        """True when an approval is by the right person, with a good key, at a good time."""
        steps, where, names = people.rows.get(line.person, ((), (), ()))
        ended = self.ended() if version.item != ORGS_ITEM else {}
        return (
            line.key in names
            and line.step in steps
            and line.division == version.division
            and (not where or not line.division or line.division in where)
            and "2026-01-01" <= line.time <= self.now()
            and (line.key not in ended or line.time < ended[line.key])
        )

    def whole(self, version: Version, steps: tuple[str, ...], people: People) -> bool:
        """True when distinct persons took every step on these very bytes, and nobody took them back."""
        there = self.there(version.item)
        mine = [n for n in there.values() if n.files == version.files and n.decision == "approve"]
        if not {n.step for n in mine} >= set(steps):
            return False
        away = {
            d
            for d, line in there.items()
            if (line.decision == "withdraw" and self.ever(line))
            or (line.decision == "reject" and line.files == version.files and self.ever(line))
        }
        away |= {d for line in there.values() for d in line.before if d not in there}
        able: dict[str, list[Line]] = {step: [] for step in steps}
        for line in mine:
            known = line.step in able and set(line.before) <= there.keys()
            if known and away <= self.seen(line) and self.good(line, version, people):
                able[line.step].append(line)
        for chosen in itertools.product(*able.values()):
            times = [line.time for line in chosen if line.step in LEVELS]
            if len({line.person for line in chosen}) == len(chosen) and times == sorted(times):
                return True
        return False

    def seen(self, line: Line) -> set[str]:
        """All that a line was written after."""
        there, found, todo = self.there(line.item), set(), list(line.before)
        while todo:
            digest = todo.pop()
            if digest not in found:
                found.add(digest)
                todo += there[digest].before if digest in there else ()
        return found

    def allowed(self, edition: str) -> Iterator[Version]:
        """Every version that the edition might show."""
        people = self.people if self.shaken else self.people[-1:]
        settings = self.settings if self.shaken else self.settings[-1:]
        for version in self.versions.values():
            if version.item in SETTINGS:
                yield from [version] if version in self.past else []
            elif version.audience in AUDIENCES[edition] and any(
                self.whole(version, policy[edition], p) for policy in settings for p in people
            ):
                yield version

    def available(self, version: Version) -> bool:
        """True when its bytes can be had: as they lie there, as copies, or from git."""
        return all(
            self.here(path) == digest
            or (path, digest) in self.in_git
            or (self.root / COPIES / digest).exists()
            for path, digest in version.files
        )

    def lost(self) -> bool:
        """True when git has seen a record that is not there now."""
        return any(
            row in self.lines and self.lines[row].item == item and self.ever(self.lines[row])
            for item, row in self.committed
            if row not in self.rows(item)
        )


def _json(data: Mapping[str, object]) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def begin(root: Path, seed: int) -> World:
    """A tree with people, settings, a few entries; nothing is approved."""
    rng = random.Random(seed)
    world = World(root, rng)
    world.keys = {p: Key(p, rng) for p in (*STAFF, "mallory")}
    write(root, {})
    for item in SETTINGS:
        world.settle(item)
    for item in PATHS:
        world.edit(item)
    return world


def copy_of(world: World, root: Path, shown: Iterable[Version]) -> None:
    """The same tree at `root`, as if nothing but `shown` had ever lain there; reviews stay."""
    shutil.copytree(world.root, root, ignore=shutil.ignore_patterns("dist", ".cache"))
    for folder in ("faq", "courses", "content"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not path.relative_to(root).as_posix().startswith(
                ("content/approvals/", "content/orgs.yml")
            ):
                path.unlink()
    for version in shown:
        for name, digest in version.files:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(world.kept[digest])
