"""The vocabulary of the builder: frozen data, no I/O.

Two families never meet: `Entry` and `Library` hold all that the bureau knows; `Page` and `Site` hold
only what one edition may show. A type without internal fields cannot leak them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from builder.problems import Where
from builder.values import Cited, Numbers

BEIJING = timezone(timedelta(hours=8))


class MdText(str):
    """A piece of Markdown that knows the line of its file on which it starts."""

    line: int = 0

    @classmethod
    def at(cls, text: str, line: int) -> MdText:
        """Make a text that starts on `line`."""
        made = cls(text)
        made.line = line
        return made


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from. `quote` is verbatim; without it the entry is 待核."""

    title: str
    quote: str = ""
    doc_no: str = ""
    locator: str = ""
    date: str = ""
    url: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Valid:
    """The span of dates for which an entry holds (ISO, inclusive), and the reporting system it follows."""

    start: str = ""
    to: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """A division (处室) or a city."""

    id: str
    name: str
    short: str = ""
    duties: str = ""
    partner: bool = False
    city: bool = False


@dataclass(frozen=True, slots=True)
class AssetNote:
    """What the author says of one picture or attachment."""

    alt: str = ""
    ai_generated: bool = False
    map_approval: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One authored item, whole: internal notes and blocks of every audience included."""

    id: str
    kind: str
    path: str
    url: str
    order: int
    audience: str
    division: str
    title: str
    date: str
    updated: str
    summary: str
    tags: tuple[str, ...]
    levels: tuple[str, ...]
    roles: tuple[str, ...]
    forms: tuple[str, ...]
    valid: Valid
    sources: tuple[Source, ...]
    assets: Mapping[str, AssetNote]
    aliases: tuple[str, ...]
    parent: str
    text: MdText
    data: Mapping[str, Any]
    editorial: Mapping[str, str]
    wechat: Mapping[str, str]
    places: Mapping[str, tuple[int, int]]

    def where(self, key: str = "") -> Where:
        """The place of a top-level key, or of the file."""
        line, column = self.places.get(key, (0, 0))
        return Where(self.path, line, column)


@dataclass(frozen=True, slots=True)
class Review:
    """One step of the reviews of a page: its name, who took it (a title, no name), on which day."""

    step: str
    who: str
    date: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the review records say of an entry's way out.

    `published`: “2026-11-20 09:30”, when it first came out. `updated`: the day of the newest version, if
    there was one before. `changes`: (day, what changed) of each version, oldest first. `digest` names
    the records.
    """

    published: str
    updated: str
    changes: tuple[tuple[str, str], ...]
    reviews: tuple[Review, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Library:
    """Everything the authored files hold. Never handed to a renderer.

    For a release it holds approved versions only. Then `stamps` has one for each entry; `pins` says for
    (entry id, path) where the approved bytes of a file lie; `withheld` gives a reason for each entry
    that is known and has no approved version.
    """

    entries: Mapping[str, Entry]
    organisations: Mapping[str, Organisation]
    files: Mapping[str, str]
    commit_dates: Mapping[str, str] = field(default_factory=dict)
    stamps: Mapping[str, Stamp] | None = None
    pins: Mapping[tuple[str, str], str] = field(default_factory=dict)
    withheld: Mapping[str, str] = field(default_factory=dict)

    def file(self, entry: str, path: str) -> str:
        """Where the bytes of `path` lie that this entry may use; empty when there are none."""
        if self.stamps is None:
            return self.files.get(path, "")
        return self.pins.get((entry, path), "")


@dataclass(frozen=True, slots=True)
class Edition:
    """One site to build: who may read it, and where it will stand."""

    name: str
    label: str
    audiences: frozenset[str]
    base_url: str
    public: bool
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What an edition may show of one entry. `text` and Markdown in `data` are already selected.

    `footage`: files that go into its film or cover and not out by themselves, each with its key in the
    `Site`. `cover`: the one its author chose. `included`: other entries whose texts stand in it.
    """

    id: str
    kind: str
    url: str
    order: int
    division: str
    title: str
    date: str
    updated: str
    published: str
    summary: str
    tags: tuple[str, ...]
    levels: tuple[str, ...]
    roles: tuple[str, ...]
    forms: tuple[str, ...]
    valid: Valid
    expired: bool
    unverified: bool
    sources: tuple[Source, ...]
    aliases: tuple[str, ...]
    parent: str
    text: MdText
    data: Mapping[str, Any]
    links: Mapping[str, str]
    pictures: Mapping[str, Picture]
    files: Mapping[str, str]
    footage: Mapping[str, str] = field(default_factory=dict)
    cover: str = ""
    cover_by_ai: bool = False
    wechat: Mapping[str, str] = field(default_factory=dict)  # what its author set for its article
    changes: tuple[tuple[str, str], ...] = ()
    reviews: tuple[Review, ...] = ()
    included: tuple[str, ...] = ()
    cited: tuple[Cited, ...] = ()  # numbers in its texts, with all that must be told of them
    mark: str = ""  # of an indicator: changes whenever a number of it does

    @property
    def made_of(self) -> tuple[str, ...]:
        """All entries whose words are in it, its own first: when one of them is withdrawn, so is this page."""
        return (self.id, *self.included)

    @property
    def day(self) -> str:
        """The day to show to readers: in a release when it came out, else when it was written."""
        return self.published[:10] if self.reviews else self.date


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it goes out: site path with content hash, size in pixels (0 when unknown), words."""

    url: str
    width: int
    height: int
    alt: str
    credit: str = ""
    ai_generated: bool = False
    tone: str = ""  # its mean colour, coarsely: what stands in its place while it loads


@dataclass(frozen=True, slots=True)
class Out:
    """An entry as an edition shows it: since when, and by which steps of how many people."""

    published: str
    steps: tuple[str, ...]
    people: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one entry stands in the reviews; for those inside.

    `title` and `url` are those of an approved version, empty when there is none: what nobody has
    approved is shown to nobody, and a title is text. `waits`: steps that may be taken now, each with the names
    of those who may. `since`: the day of the last step. `newer`: what replaced the system it follows.
    `held`: why an approved version is not out.
    """

    id: str
    kind: str
    title: str
    division: str
    state: str
    waits: tuple[tuple[str, tuple[str, ...]], ...] = ()
    since: str = ""
    valid_to: str = ""
    newer: str = ""
    unverified: bool = False
    out: Mapping[str, Out] = field(default_factory=dict)
    held: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A part of an edition's site (栏目, 专栏): `published` has the days on which its entries came out, newest first.

    `update`: days after which something new is due; 0 when nothing is.
    """

    edition: str
    id: str
    title: str
    type: str
    update: int
    published: tuple[str, ...]
    column: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the reviews are and how fresh the site is: only in releases, never in a public edition.

    `hosts`: for each edition the outside hosts that it links to. `judged`: for each edition how often
    the wording gate found what must not go out, and what could be better; empty where nobody asked it.
    """

    standings: tuple[Standing, ...] = ()
    shelves: tuple[Shelf, ...] = ()
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    judged: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """All that one edition may know at one moment; the only thing renderers are given.

    `pushes`: messages to subscribers of which every entry is here; only in an edition for the public.
    `scripts`: what the robot says besides. `numbers`: what may be known of indicators; None where none is shown.
    """

    edition: Edition
    now: datetime
    pages: Mapping[str, Page]
    organisations: Mapping[str, Organisation]
    assets: Mapping[str, bytes]
    terms: Mapping[str, str]
    footage: Mapping[str, bytes] = field(default_factory=dict)
    progress: Progress | None = None
    pushes: Mapping[str, Page] = field(default_factory=dict)
    scripts: Mapping[str, Page] = field(default_factory=dict)
    numbers: Numbers | None = None


# --- Parts: the neutral pieces a page is made of; renderers switch on these, never on the kind. ---


@dataclass(frozen=True, slots=True)
class Heading:
    """One line of a table of contents."""

    id: str
    title: str
    level: int


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown made into safe HTML."""

    html: str
    toc: tuple[Heading, ...] = ()
    role: str = "text"


@dataclass(frozen=True, slots=True)
class Comic:
    """Panels with captions, figures and spoken lines.

    `pictures` holds for each panel its SVG for narrow and, if it spans a row, for broad screens;
    `shared` the drawings they use; `file` is the long picture beside the page; `signed` says who made
    the author's own pictures; `told` has for each panel its chart in words, as HTML.
    """

    panels: tuple[Mapping[str, Any], ...]
    pictures: tuple[tuple[str, str], ...] = ()
    shared: str = ""
    file: str = ""
    signed: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Infographic:
    """Blocks in one of the fixed layouts. `shape` says how they stand to one another.

    `charts` holds for each block its chart as HTML, or nothing.
    """

    layout: str
    blocks: tuple[Mapping[str, Any], ...]
    shape: Any = None
    root: str = ""
    sample: bool = False
    charts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Video:
    """Scenes with spoken words; shown as poster and script where no film is built."""

    seconds: int
    scenes: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Quiz:
    """Questions with options, the right ones marked, and explanations."""

    questions: tuple[Mapping[str, Any], ...]
    passing: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Time-stamped posts of a live coverage, oldest first."""

    posts: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head, with a caption."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """A question and its one-sentence answer."""

    question: str
    answer: str


Part = Prose | Comic | Infographic | Video | Quiz | Timeline | Table | QuestionAnswer
