"""What a web server gets of a bundle: the files of `site/`, their times, and what stays of older releases.

A release's record (JSON, beside its folder) says of each file which bytes it must have. Of older
releases only files stay whose names carry a hash of their content: a page opened before the switch
finds them under the names it knows. Nothing stays of a page that is gone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from builder.bundle import WITHDRAWN, Bundle
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


class File(NamedTuple):
    """One file: hash and length of its bytes, its time (whole seconds), its media type."""

    sha256: str
    size: int
    time: int
    type: str


Files = Mapping[str, File]


@dataclass(frozen=True, slots=True)
class Record:
    """One release as a server holds it. `number` counts the releases of one server.

    `carried`: files of older releases that stay reachable. `uses`: which pictures and attachments a page
    names. `withdrawn`: addresses of pages that were taken back before it was made. `forget`: nothing of
    older releases was to stay. `origin`: the id that its content gives it; one that is shown again has
    an id of its own beside.
    """

    id: str
    number: int
    edition: str
    now: str
    approvals: str
    files: Files
    carried: Files = field(default_factory=dict)
    uses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    withdrawn: tuple[str, ...] = ()
    forget: bool = False
    origin: str = ""

    @property
    def all(self) -> dict[str, File]:
        """Every file that is to be in its folder."""
        return {**self.carried, **self.files}

    def write(self, promise: Mapping[str, Any] | None = None) -> bytes:
        """As bytes: same record, same bytes. `promise`: what its order promises, inside a container."""
        plain = {
            "format": FORMAT,
            "id": self.id,
            "number": self.number,
            "edition": self.edition,
            "now": self.now,
            "approvals": self.approvals,
            "withdrawn": list(self.withdrawn),
            "forget": self.forget,
            "origin": self.origin,
            "uses": {p: list(names) for p, names in sorted(self.uses.items())},
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
        if plain["format"] != FORMAT or not IDENTITY.fullmatch(plain["id"]):
            raise ValueError(plain["format"])
        return Record(
            plain["id"],
            int(plain["number"]),
            plain["edition"],
            plain["now"],
            plain["approvals"],
            _files(plain["files"]),
            _files(plain["carried"]),
            {p: tuple(names) for p, names in plain["uses"].items()},
            tuple(plain["withdrawn"]),
            bool(plain["forget"]),
            str(plain["origin"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("服务器上有一份发布记录读不懂，可能被改过或没有写完。") from error


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
    return Record(
        identity,
        1,
        bundle.header["edition"],
        bundle.header["now"],
        bundle.header["approvals"],
        files,
        {},
        dict(_uses(bundle, files)),
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
    number = before[-1].number + 1 if before else 1
    stamp = int(datetime.fromisoformat(made.now).timestamp())
    return replace(
        made,
        id=_identity(made, number) if any(r.id == made.origin for r in before) else made.origin,
        number=number,
        files={p: f._replace(time=_time(p, f.sha256, last, stamp)) for p, f in made.files.items()},
        carried={} if made.forget else carried(made.files, before, made.withdrawn),
    )


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


def withdrawn(bundle: Bundle) -> tuple[str, ...]:
    """Addresses of pages that were out once and are taken back."""
    if WITHDRAWN not in bundle.files:
        return ()
    entries = json.loads(bundle.read(WITHDRAWN))["entries"]
    return tuple(sorted({e["url"] for e in entries if e.get("url")}))


def lasting(path: str) -> bool:
    """Whether a name carries a hash of the content, so that its bytes never change."""
    return bool(HASHED.search(path)) and not path.endswith((".html", ".xml", ".json"))


def carried(files: Files, older: Iterable[Record], taken_back: Iterable[str]) -> dict[str, File]:
    """Files of older releases that stay: lasting ones, save those of pages that are gone.

    Gone is a page without a successor at its address, and one that was taken back.
    """
    known, back = list(older), tuple(taken_back)
    pages = {p for r in known for p in r.files if p.endswith(".html")}
    gone = {p for p in pages if p not in files or p.startswith(back)}
    folders = tuple(p.removesuffix("index.html") for p in gone if p.endswith("/index.html"))
    used = {name for r in known for p in gone for name in r.uses.get(p, ())}
    return {
        path: file
        for record in known
        for path, file in record.files.items()
        if lasting(path) and path not in files and path not in used and not path.startswith(folders)
    }


def cache_control(path: str, seconds: int = 0) -> str:
    """How long a reader may keep a file without asking again; `seconds` for pages behind a CDN."""
    if path.rpartition("/")[2] == FRESH:
        return "no-store"
    if lasting(path):
        return "public, max-age=31536000, immutable"
    return f"public, max-age={seconds}, must-revalidate" if seconds else "no-cache"
