"""What a web server gets of a bundle: the files of `site/`, their times, and what stays of older releases.

A release's record (JSON, beside its folder) says of each file which bytes it must have. Of older
releases only files stay whose names carry a hash of their content: a page opened before the switch
finds them under the names it knows. Nothing stays of a page that is gone, of what was withdrawn, nor of
what a release was to forget. Pages are known by their entries: a text that stands in many pages and
has none of its own is withdrawn from all of them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from builder.bundle import APPROVALS, WITHDRAWN, Bundle
from builder.problems import Refused
from publish.airgap.names import clash, fault

FORMAT = 1
SITE = "site/"
HASHED = re.compile(r"(?:^|[./])[0-9a-f]{8,64}(?:-\d+)?\.[a-z0-9.]+$")
REHEARSAL = "rehearsal"  # begins the id of a release that nobody is ever shown
IDENTITY = re.compile(rf"(?:\d{{8}}T\d{{6}}|{REHEARSAL})-[0-9a-f]{{12}}")
STRAY = re.compile(  # what a run that was cut off leaves among the releases
    rf"\.{IDENTITY.pattern}\.part|\.[0-9a-f]{{16}}\.sealed\.open|\.{IDENTITY.pattern}\.json\.(?:part|\d+)"
)
FRESH = "fragment.html"  # posts of a running live page
CONTENT = "assets/files/"  # pictures and attachments; the theme's files lie elsewhere
NAMED = re.compile(rb"assets/files/([^\"'\s,)#?<>&]+)")
ODD = (  # what Python says of data of another shape than was asked for
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)


class File(NamedTuple):
    """One file: hash and length of its bytes, its time (whole seconds), its media type."""

    sha256: str
    size: int
    time: int
    type: str


class Gone(NamedTuple):
    """An entry that was taken back: where it stood, and when that was said."""

    url: str
    time: str


Files = Mapping[str, File]
Ids = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Record:
    """One release as a server holds it. `number` counts the releases of one server.

    `carried`: files of older releases that stay reachable. `uses`: which pictures and attachments a page
    names. `sources`: the entries whose words a file holds. `entries`: of each of those a hash of its
    approvals, another one for every version. `withdrawn`: what was taken back before it was made, by
    entry. `forget`: nothing of older releases was to stay. `origin`: the id that its content gives it;
    one that is shown again has an id of its own beside.
    """

    id: str
    number: int
    edition: str
    now: str
    approvals: str
    files: Files
    carried: Files = field(default_factory=dict)
    uses: Ids = field(default_factory=dict)
    sources: Ids = field(default_factory=dict)
    entries: Mapping[str, str] = field(default_factory=dict)
    withdrawn: Mapping[str, Gone] = field(default_factory=dict)
    forget: bool = False
    origin: str = ""

    @property
    def all(self) -> dict[str, File]:
        """Every file that is to be in its folder."""
        return {**self.carried, **self.files}

    @property
    def moment(self) -> datetime:
        """When its content was brought together."""
        return datetime.fromisoformat(self.now)

    def sooner(self, other: Record) -> bool:
        """Whether its content was made before the other's: what is shown again keeps its time."""
        same = self.moment == other.moment and self.origin != other.origin
        return self.moment < other.moment or (same and self.number < other.number)

    def tainted(self, back: Mapping[str, Gone]) -> set[str]:
        """Its files that hold anything of what was taken back."""
        urls = tuple(gone.url for gone in back.values() if gone.url)
        return {
            path
            for path in self.files
            if path.startswith(urls) or any(i in back for i in self.sources.get(path, ()))
        }

    def holding(self, back: Mapping[str, Gone]) -> list[str]:
        """Which of what was taken back it holds."""
        bad = self.tainted(back)
        named = {i for path in bad for i in self.sources.get(path, ())}
        under = {
            i for i, gone in back.items() if gone.url and any(p.startswith(gone.url) for p in bad)
        }
        return sorted(i for i in back if i in named | under)

    def write(self, promise: Mapping[str, Any] | None = None) -> bytes:
        """As bytes: same record, same bytes. `promise`: what its order promises, inside a container."""
        plain = {
            "format": FORMAT,
            "id": self.id,
            "number": self.number,
            "edition": self.edition,
            "now": self.now,
            "approvals": self.approvals,
            "withdrawn": {i: list(gone) for i, gone in sorted(self.withdrawn.items())},
            "forget": self.forget,
            "origin": self.origin,
            "entries": dict(sorted(self.entries.items())),
            "uses": {p: list(names) for p, names in sorted(self.uses.items())},
            "sources": {p: list(ids) for p, ids in sorted(self.sources.items())},
            "files": {p: list(f) for p, f in sorted(self.files.items())},
            "carried": {p: list(f) for p, f in sorted(self.carried.items())},
        }
        whole = plain if promise is None else plain | {"promise": promise}
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def promised(data: bytes) -> Any:
    """What the record in a container says of its order; None when it says nothing."""
    return json.loads(data).get("promise")


def read(data: bytes) -> Record:
    """A record from its bytes; `Refused` when it is none."""
    try:
        plain = json.loads(data)
        words = [plain[name] for name in ("id", "edition", "now", "approvals", "origin")]
        if not all(isinstance(word, str) for word in words):
            raise TypeError(words)
        if plain["format"] != FORMAT or not IDENTITY.fullmatch(plain["id"]):
            raise ValueError(plain["format"])
        if datetime.fromisoformat(plain["now"]).tzinfo is None:
            raise ValueError(plain["now"])
        return Record(
            plain["id"],
            int(plain["number"]),
            plain["edition"],
            plain["now"],
            plain["approvals"],
            _files(plain["files"]),
            _files(plain["carried"]),
            _ids(plain["uses"]),
            _ids(plain["sources"]),
            {str(i): str(digest) for i, digest in plain["entries"].items()},
            {str(i): Gone(str(g[0]), str(g[1])) for i, g in plain["withdrawn"].items()},
            bool(plain["forget"]),
            plain["origin"],
        )
    except ODD as error:
        raise Refused("服务器上有一份发布记录读不懂，可能被改过或没有写完。") from error


def _ids(plain: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {str(path): tuple(map(str, names)) for path, names in plain.items()}


def _files(plain: Mapping[str, Any]) -> dict[str, File]:
    found = {path: File(str(f[0]), int(f[1]), int(f[2]), str(f[3])) for path, f in plain.items()}
    _safe(found)
    return found


def _safe(paths: Iterable[str]) -> None:
    """Names from outside lead nowhere else, on no system."""
    for path in paths:
        said = fault(path)
        if said:
            raise Refused(f"文件名 {path!r} 不能用：{said}。")


def of_bundle(bundle: Bundle, *, forget: bool = False) -> Record:
    """The release that a bundle makes on a server that has none yet; `onto` fits it to others.

    `forget`: no file of older releases is to stay.
    """
    lines = {p.removeprefix(SITE): n for p, n in bundle.files.items() if p.startswith(SITE)}
    _safe(lines)
    said = clash(lines)
    if said or "index.html" not in lines:
        raise Refused(f"成品包里的网站不能发布：{said or '没有 index.html'}。")
    stamp = datetime.fromisoformat(bundle.header["now"])
    files = {
        path: File(n.sha256, n.size, int(stamp.timestamp()), n.media_type)
        for path, n in lines.items()
    }
    identity = f"{stamp:%Y%m%dT%H%M%S}-{_digest(files, bundle, forget)[:12]}"
    sources = {path: n.sources for path, n in lines.items() if n.sources}
    return Record(
        identity,
        1,
        bundle.header["edition"],
        bundle.header["now"],
        bundle.header["approvals"],
        files,
        {},
        dict(_uses(bundle, files)),
        sources,
        _approvals(bundle, {i for ids in sources.values() for i in ids}),
        withdrawn(bundle),
        forget,
        identity,
    )


def onto(made: Record, known: Iterable[Record], current: str = "") -> Record:
    """A release as it is to be on a server that has the `known` ones: its number, times, what stays of them.

    One that is shown already, or was placed last and not shown, is taken as it is. One that was shown
    before and is again is placed anew, so that a page of any release between finds its files.
    """
    before = sorted(known, key=lambda r: r.number)
    for record in before:
        if record.origin == made.origin and (record.id == current or record is before[-1]):
            return record
    last = before[-1].all if before else {}
    stamp = int(made.moment.timestamp())
    files = {p: f._replace(time=_time(p, f.sha256, last, stamp)) for p, f in made.files.items()}
    fresh = all(r.origin != made.origin for r in before)
    coming = replace(_numbered(made, before), files=files, forget=made.forget and fresh)
    return replace(coming, carried={} if coming.forget else carried(coming, before))


def again(record: Record, known: Iterable[Record]) -> Record:
    """A release that stands there damaged, to be placed once more beside itself.

    One that a run placed before it was cut off is taken as it is.
    """
    before = sorted(known, key=lambda r: r.number)
    if before[-1].origin == record.origin and before[-1].id != record.id:
        return before[-1]
    return replace(_numbered(record, before), forget=False)


def _numbered(made: Record, before: list[Record]) -> Record:
    """With the next number; with an id of its own when its origin's is taken."""
    number = before[-1].number + 1 if before else 1
    taken = any(r.id == made.origin for r in before)
    return replace(made, id=_identity(made, number) if taken else made.origin, number=number)


def _identity(made: Record, number: int) -> str:
    word = hashlib.sha256(f"{made.origin} {number}".encode()).hexdigest()[:12]
    return f"{made.origin.partition('-')[0]}-{word}"


def _uses(bundle: Bundle, files: Files) -> Iterator[tuple[str, tuple[str, ...]]]:
    for path in files:
        if path.endswith(".html"):
            found = NAMED.findall(bundle.read(SITE + path))
            names = {f"{CONTENT}{name.decode('utf-8', 'replace')}" for name in found}
            if held := tuple(sorted(names & files.keys())):
                yield path, held


def _time(path: str, sha256: str, last: Files, stamp: int) -> int:
    """When the bytes at `path` became what they are: web servers tell versions apart by that.

    The same on every server with the same history, and never the time of other bytes before.
    """
    old = last.get(path)
    if old is None:
        return stamp
    return old.time if old.sha256 == sha256 else max(old.time + 1, stamp)


def _digest(files: Files, bundle: Bundle, forget: bool) -> str:
    rows = [f"{path} {f.sha256} {f.type}" for path, f in sorted(files.items())]
    words = [bundle.header["edition"], bundle.header["approvals"], str(forget), *rows]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def withdrawn(bundle: Bundle) -> dict[str, Gone]:
    """What was out once and is taken back, by entry; ValueError when that can't be read."""
    if WITHDRAWN not in bundle.files:
        return {}
    try:
        entries = json.loads(bundle.read(WITHDRAWN))["entries"]
        return {str(e["id"]): Gone(str(e["url"]), str(e["time"])) for e in entries}
    except ODD as error:
        raise ValueError(f"{WITHDRAWN} 读不懂") from error


def _approvals(bundle: Bundle, used: set[str]) -> dict[str, str]:
    """A hash of the approvals of every entry in use."""
    entries = json.loads(bundle.read(APPROVALS))["entries"]  # the door has read it
    return {i: str(entries[i]) for i in sorted(used) if i in entries}


def lasting(path: str) -> bool:
    """Whether a name carries a hash of the content, so that its bytes never change."""
    return bool(HASHED.search(path)) and not path.endswith((".html", ".xml", ".json"))


def carried(made: Record, older: Iterable[Record]) -> dict[str, File]:
    """Files of older releases that stay: lasting ones, save those of pages that are gone.

    Gone is a page without a successor at its address, and one that holds what was taken back since.
    What a release was to forget is gone with all that was made before it.
    """
    known = list(older)
    bad = {r.id: r.tainted(taken_back(r, [*known, made])) for r in known}
    ended = {p for r in known for p in r.files if p.endswith(".html") and p not in made.files}
    folders = tuple(p.removesuffix("index.html") for p in ended if p.endswith("/index.html"))
    used = {
        name
        for r in known
        for page, names in r.uses.items()
        if page in ended or page in bad[r.id]
        for name in names
    }
    return {
        path: file
        for r in remembered(known)
        for path, file in r.files.items()
        if lasting(path)
        and path not in made.files
        and path not in used
        and path not in bad[r.id]
        and not path.startswith(folders)
    }


def taken_back(record: Record, others: Iterable[Record]) -> dict[str, Gone]:
    """What was said to be taken back since a release was made."""
    later = (r for r in others if r.number > record.number or record.sooner(r))
    return {i: gone for r in later for i, gone in r.withdrawn.items()}


def remembered(known: Iterable[Record]) -> list[Record]:
    """Those of which files may stay: none from before the newest that was to forget them.

    An old one that is shown again is still from before it, whatever its number.
    """
    line = sorted(known, key=lambda r: r.number)
    edge = next((r for r in reversed(line) if r.forget), None)
    return [r for r in line if edge is None or not (r.number < edge.number or r.sooner(edge))]


def returning(made: Record, known: Iterable[Record], shown: Record | None) -> list[str]:
    """Files that a release was to forget and that this one would show again."""
    line = list(known)
    kept = remembered(line)
    forgotten = {p for r in line if r not in kept for p in r.all if lasting(p)}
    still = {p for r in (*kept, *([shown] if shown else [])) for p in r.all}
    return sorted(p for p in made.all if p in forgotten and p not in still)


def cache_control(path: str, seconds: int = 0) -> str:
    """How long a reader may keep a file without asking again; `seconds` for pages behind a CDN."""
    if path.rpartition("/")[2] == FRESH:
        return "no-store"
    if lasting(path):
        return "public, max-age=31536000, immutable"
    return f"public, max-age={seconds}, must-revalidate" if seconds else "no-cache"
