"""What the records of an approved version say to readers and to publishing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from builder.approvals import History, Release
from builder.approvals.staff import Staff
from builder.approvals.words import STEP_LABELS
from builder.config import SiteConfig
from builder.kinds import BY_NAME
from builder.model import Library, Organisation, Review, Stamp
from builder.release.versions import Version, Versions, kind_name

PLACE = {step: number for number, step in enumerate(STEP_LABELS)}


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An entry that an edition once showed and must not show any more."""

    id: str
    url: str
    time: str


def library_of(
    shown: Mapping[str, Version],
    held: Mapping[str, str],
    staff: Staff,
    organisations: Mapping[str, Organisation],
    *,
    public: bool,
) -> Library:
    """The approved versions as a library; `public`: no names of reviewers."""
    pins = {
        (i, path): f"{digest} {path}"
        for i, v in shown.items()
        for path, digest in v.release.files.items()
        if path != v.entry.path
    }
    return Library(
        {i: shown[i].entry for i in sorted(shown, key=lambda i: shown[i].entry.path.split("/"))},
        organisations,
        {path: place for (_, path), place in pins.items()},
        stamps={i: _stamp(v.release, staff, organisations, public) for i, v in shown.items()},
        pins=pins,
        withheld=held,
    )


def _stamp(
    release: Release, staff: Staff, organisations: Mapping[str, Organisation], public: bool
) -> Stamp:
    reviews = tuple(
        Review(STEP_LABELS[r.step], _who(r.person, staff, organisations, public), r.time[:10])
        for r in sorted(release.records, key=lambda r: PLACE[r.step])
    )
    return Stamp(
        _minute(release.published),
        release.approved[:10] if release.approved != release.published else "",
        tuple((time[:10], change) for time, change in release.changes),
        reviews,
        sha256("".join(r.digest for r in release.records).encode()).hexdigest(),
    )


def _who(person: str, staff: Staff, organisations: Mapping[str, Organisation], public: bool) -> str:
    """A reviewer's office; inside, with the name."""
    found = staff.people.get(person)
    if found is None:
        return ""
    unit = organisations.get(found.division)
    office = f"{unit.short if unit else ''}{found.title}"
    return office if public else f"{office} {found.name}"


def _minute(time: str) -> str:
    return f"{time[:10]} {time[11:16]}"


def withdrawn(
    course: History,
    edition: str,
    shown: Mapping[str, Version],
    config: SiteConfig,
    versions: Versions,
) -> Iterable[Withdrawn]:
    """What an edition has shown and shows no more by a word of withdrawal.

    Address and audience are those of the version that was out; of the word itself only where its bytes
    can't be found any more. A snapshot was never out by itself, and its hour may be ahead.
    """
    release = course.once.get(edition)
    if course.withdrawn is None or course.item in shown or release is None:
        return
    if kind_name(course.item) == "snapshot":
        return
    entry = versions.entry(course.item, release)
    kind = BY_NAME[kind_name(course.item)]
    path = entry.path if entry else next((p for p in sorted(release.files) if kind.match(p)), "")
    matched = kind.match(path)
    audience = entry.audience if entry else course.withdrawn.subject
    if matched and audience in config.edition(edition).audiences:
        yield Withdrawn(course.item, matched[1], course.withdrawn.time)
