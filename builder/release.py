"""What a release is made from: of every entry the newest version that was approved, and nothing else.

The files as they lie there matter only where they are the approved ones. So an unfinished edit neither
stops anybody nor gets out: the stages after this one are not given it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from builder.approvals import History, Release, keys, labels
from builder.approvals.grown import lost_lines
from builder.approvals.ledger import SITE_POLICY, Ledger, open_ledger, policies_of
from builder.approvals.records import log_path
from builder.approvals.staff import Staff
from builder.approvals.words import SITE_CONFIG, SITE_ITEMS, SITE_ORGS, STEP_LABELS
from builder.bundle import APPROVALS, WITHDRAWN, Artefact, seal_digest
from builder.config import SiteConfig, config_of, organisations_of
from builder.entries import alias_url, all_texts, references, used_files
from builder.fences import includes
from builder.kinds import BY_NAME
from builder.media.clean import Cleaner
from builder.memo import Aside, Memo, at_once, code_version
from builder.model import BEIJING, Entry, Library, Organisation, Review, Site, Stamp
from builder.problems import BuildFailed, Problem, Severity, Where
from builder.read import kind_of, parse_memoised, read_file, walk
from builder.source import Source
from builder.work import Seal

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An entry that an edition once showed and must not show any more."""

    id: str
    url: str
    time: str


class Approved(Source):
    """Everything that may go out, edition by edition. `pin` names the beginning of trust."""

    def __init__(
        self,
        root: Path,
        config: SiteConfig,
        organisations: Mapping[str, Organisation],
        ledger: Ledger,
        reviews: Memo,
        save: Aside,
    ) -> None:
        """`reviews` keeps which signatures were found good; `save` runs what keeps finished work."""
        super().__init__(root, config)
        self.organisations = organisations
        self.ledger = ledger
        self.reviews = reviews
        self.save = save
        self.withdrawn: dict[str, list[Withdrawn]] = {}

    @property
    def pin(self) -> str:
        """The mark of the first approved list of people."""
        return self.ledger.trust.root

    def load(self, place: str) -> bytes:
        """The bytes of a pinned file; OSError when they are not there any more."""
        digest, _, path = place.partition(" ")
        data = self.ledger.found.get(path, digest)
        if data is None:
            raise OSError("批准的那一版找不到了")
        return data

    def fill(self, editions: Sequence[str], memo: Memo) -> None:
        """Bring the library of each edition together. `memo` keeps parsed entries."""
        _fill(self, editions, memo)
        self.reviews.open(sum(len(log.records) for log in self.ledger.logs.values()))
        self.save(self.reviews.save)

    def sites(
        self, editions: Sequence[str], now: datetime, clean: Cleaner
    ) -> tuple[dict[str, Site], list[Problem]]:
        """The same; an approved entry in which there are errors now is held back and stops no other."""
        while True:
            sites, problems = super().sites(editions, now, clean)
            if not self._hold(problems):
                return sites, problems

    def _hold(self, problems: Sequence[Problem]) -> bool:
        """Take entries with errors out of the libraries; True when there were any."""
        wrong = {p.where.path: p for p in problems if p.severity is Severity.ERROR}
        held = {
            e.id: wrong[e.path] for v in self.each for e in v.entries.values() if e.path in wrong
        }
        for identity, problem in held.items():
            message = f"`{identity}` 批准的这一版现在检查有错误，这次不发：{problem.message}"
            self.problems.append(Problem("APR007", problem.where, message, problem.action))
        for name, library in self.libraries.items():
            reasons = {i: "检查有错误" for i in held if i in library.entries}
            self.libraries[name] = _without(library, reasons)
        return bool(held)

    def seal(self, site: Site) -> Seal:
        """What the bundle of a site says of its approvals: of the pages in it, and of no other entry."""
        library = self.libraries[site.edition.name]
        known = [
            i
            for i, e in sorted(library.entries.items())
            if i in site.pages
            or (e.audience in site.edition.audiences and not BY_NAME[e.kind].page)
        ]
        settings = [self.ledger.course(i, SITE_POLICY).release(i) for i in SITE_ITEMS]
        seal = {
            "trust": self.pin,
            "settings": [r.digest for release in settings if release for r in release.records],
            "entries": {i: (library.stamps or {})[i].digest for i in known},
        }
        gone = [
            {"id": w.id, "url": w.url, "time": w.time} for w in self.withdrawn[site.edition.name]
        ]
        files = (
            Artefact(APPROVALS, _json(seal), JSON),
            Artefact(WITHDRAWN, _json({"entries": gone}), JSON),
        )
        return Seal(seal_digest(seal), files)


@dataclass(frozen=True, slots=True)
class _Version:
    """An approved version with what its bytes hold."""

    entry: Entry
    release: Release


def _json(data: object) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def approved(root: Path, now: datetime, pin: str = "", save: Aside = at_once) -> Approved:
    """Open what was approved under `root` by `now`; `BuildFailed` when even the settings were not.

    `pin`: the beginning of trust that must be found. `save` runs what keeps finished work.
    """
    memo = Memo(root / ".cache" / "reviews.pickle", code_version(str(keys.__file__)))
    ledger = open_ledger(root, now.astimezone(BEIJING).isoformat(timespec="seconds"), memo)
    orgs, settings = ledger.site(SITE_ORGS), ledger.site(SITE_CONFIG)
    if orgs is None or settings is None:
        raise BuildFailed(list(_unapproved(ledger, orgs is None, settings is None)))
    if pin and not ledger.trust.root.startswith(pin):
        message = f"审核人清单的起点是 {ledger.trust.root[:16]}…，与要求的 {pin[:16]}… 不同。"
        action = "可能有人另起了一份审核记录：找保管信任起点的人核对。"
        raise BuildFailed([Problem("APR001", Where(SITE_ITEMS[SITE_ORGS]), message, action)])
    config = config_of(settings)
    problems = [*_lost(root), *_lexicon(ledger, config)]
    if problems:
        raise BuildFailed(problems)
    return Approved(root, config, organisations_of(orgs)[0], ledger, memo, save)


def _unapproved(ledger: Ledger, orgs: bool, settings: bool) -> Iterable[Problem]:
    for item, wrong in ((SITE_ORGS, orgs), (SITE_CONFIG, settings)):
        if wrong:
            message = f"`{item}` 没有批准的版本，发布不了。"
            action = f"用 weike review show {item} 看还差哪一审。只是看看用 weike build，不加 --release。"
            yield Problem("APR001", Where(SITE_ITEMS[item]), message, action)


def _lost(root: Path) -> Iterable[Problem]:
    lost = lost_lines(root)
    for path in dict.fromkeys(path for path, _ in lost):
        count = sum(p == path for p, _ in lost)
        message = f"审核记录只能增加，这里却少了 {count} 行。"
        yield Problem("APR005", Where(path), message, "从 git 的历史里把这些行照原样补回去。")


def _lexicon(ledger: Ledger, config: SiteConfig) -> Iterable[Problem]:
    """The site's own lexicon is part of the settings, and is read where it lies."""
    name = config.narration.lexicon
    release = ledger.course(SITE_CONFIG, {SITE_CONFIG: ()}).log if name else []
    known = {j.record.files.get(name) for j in release if not j.why}
    if name and ledger.found.here(name) not in known:
        yield Problem("APR006", Where(name), "读音表与批准的不同。", "送审 site:config。")


def _fill(source: Approved, editions: Sequence[str], memo: Memo) -> None:
    """Choose the versions of each edition, and say what stays out and why."""
    ledger, config = source.ledger, source.config
    courses = {i: _course(ledger, config, i) for i in ledger.entries() if _kind(i) in BY_NAME}
    _fetch(ledger, courses.values())
    versions = _Versions(ledger, memo)
    drafts = _Drafts(source.root, memo)
    for name in editions:
        shown = {
            i: v
            for i, c in courses.items()
            if (r := c.release(name)) is not None and (v := versions.of(i, r)) is not None
        }
        held = {i: why for i, why in versions.faults.items() if i not in shown}
        for identity in drafts.entries.keys() | courses.keys():
            if identity not in shown:
                held.setdefault(identity, _lacking(courses.get(identity), identity, config, name))
        library = _library(source, shown, _moved(shown, drafts) | held, name)
        source.libraries[name] = _without(library, {})
        source.withdrawn[name] = [
            w for c in courses.values() for w in _withdrawn(c, name, shown, config)
        ]
    source.problems += _said(source, courses, drafts)


def _kind(item: str) -> str:
    return item.partition(":")[0]


def _course(ledger: Ledger, config: SiteConfig, item: str) -> History:
    return ledger.course(item, policies_of(config, _kind(item)))


def _fetch(ledger: Ledger, courses: Iterable[History]) -> None:
    """Have everything at hand that does not lie there as it was approved: one walk through git."""
    wanted = {
        (path, digest)
        for course in courses
        for releases in course.releases.values()
        for path, digest in (releases[-1].files.items() if releases else ())
        if ledger.found.here(path) != digest
    }
    ledger.found.recall(sorted(wanted))


class _Versions:
    """Approved versions as entries. `faults`: items whose approved bytes are not what they should be."""

    def __init__(self, ledger: Ledger, memo: Memo) -> None:
        self.ledger = ledger
        self.memo = memo
        self.faults: dict[str, str] = {}

    def of(self, item: str, release: Release) -> _Version | None:
        """The entry in an approved version; None, and a fault, when there is none to trust."""
        entry = next(
            (e for p in sorted(release.files) if (e := self._entry(p, release, item))), None
        )
        if entry is None:
            self.faults[item] = "批准的那一版找不到了"
        elif any(r.division != entry.division for r in release.records):
            self.faults[item] = "审核记录里的处室与这一篇的不同"
        elif not set(used_files(entry, _Everything())) <= set(release.files):
            self.faults[item] = "用到了没有列入审核的文件"
        else:
            return _Version(entry, release)
        return None

    def _entry(self, path: str, release: Release, item: str) -> Entry | None:
        kind = kind_of(path)
        if kind is None or kind.name != _kind(item):
            return None
        data = self.ledger.found.get(path, release.files[path])
        entry = parse_memoised(path, data, kind, self.memo)[0] if data is not None else None
        return entry if entry is not None and entry.id == item else None


class _Everything:
    """Holds every path: what an entry names counts as used, whether it lies there or not."""

    def __contains__(self, path: object) -> bool:
        return True


class _Drafts:
    """The files as they lie there, whatever anybody thinks of them."""

    def __init__(self, root: Path, memo: Memo) -> None:
        self.found = walk(root)
        self.entries: dict[str, Entry] = {}
        self.broken: list[str] = []
        for path in self.found.sources:
            entry = read_file(root, path, memo)[0]
            if entry is not None:
                self.entries.setdefault(entry.id, entry)
            elif kind_of(path) is not None:
                self.broken.append(path)
        self.paths = frozenset(self.found.sources)


def _moved(shown: dict[str, _Version], drafts: _Drafts) -> dict[str, str]:
    """Entries whose file is gone make room for those that took over their addresses."""
    taken = {alias_url(a) for v in shown.values() for a in v.entry.aliases}
    gone = [
        i for i, v in shown.items() if v.entry.url in taken and v.entry.path not in drafts.paths
    ]
    for identity in gone:
        del shown[identity]
    return dict.fromkeys(gone, "已经搬到别处")


def _without(library: Library, held: Mapping[str, str]) -> Library:
    """The library less some entries, less those that lack a part then: their course, a text they include.

    What the rest refers to and has not got is held, too, so that only its words stay.
    """
    entries, reasons = dict(library.entries), {**library.withheld, **held}
    for identity in held:
        entries.pop(identity, None)
    while hollow := {i: why for i, e in entries.items() if (why := _hollow(e, entries))}:
        reasons |= hollow
        for identity in hollow:
            del entries[identity]
    for entry in entries.values():
        for target in references(entry):
            if target not in entries:
                reasons.setdefault(target, "没有这一篇")
    return replace(library, entries=entries, withheld=reasons)


def _hollow(entry: Entry, shown: Mapping[str, Entry]) -> str:
    if entry.parent and entry.parent not in shown:
        return "所属课程没有批准"
    for text in all_texts(entry):
        for _, _, target in includes(text):
            if target not in shown:
                return f"引入的 {target} 没有批准"
    return ""


def _lacking(course: History | None, item: str, config: SiteConfig, edition: str) -> str:
    """Why an entry that lies there has no approved version."""
    if course is None or not course.log:
        return "没有送审"
    if course.withdrawn is not None and not course.steps:
        return "已撤回"
    if course.rejected and not course.steps:
        return "已退回"
    asked = config.steps(edition, _kind(item))
    best = max((set(held) & set(asked) for held in course.steps.values()), key=len, default=set())
    missing = [s for s in asked if s not in best]
    return f"还差{labels(missing)}" if missing else "审核的次序不对"


def _library(
    source: Approved, shown: Mapping[str, _Version], held: Mapping[str, str], edition: str
) -> Library:
    public = source.config.edition(edition).public
    staff = source.ledger.staff
    pins = {
        (i, path): f"{digest} {path}"
        for i, v in shown.items()
        for path, digest in v.release.files.items()
        if path != v.entry.path
    }
    return Library(
        {i: shown[i].entry for i in sorted(shown, key=lambda i: shown[i].entry.path.split("/"))},
        source.organisations,
        {path: place for (_, path), place in pins.items()},
        stamps={
            i: _stamp(v.release, staff, source.organisations, public) for i, v in shown.items()
        },
        pins=pins,
        withheld=held,
    )


def _stamp(
    release: Release, staff: Staff, organisations: Mapping[str, Organisation], public: bool
) -> Stamp:
    reviews = tuple(
        Review(STEP_LABELS[r.step], _who(r.person, staff, organisations, public), r.time[:10])
        for r in sorted(release.records, key=lambda r: list(STEP_LABELS).index(r.step))
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


def _withdrawn(
    course: History, edition: str, shown: Mapping[str, _Version], config: SiteConfig
) -> Iterable[Withdrawn]:
    """What an edition has shown and shows no more by a word of withdrawal."""
    if course.withdrawn is None or course.item in shown or edition not in course.once:
        return
    kind = BY_NAME[_kind(course.item)]
    path = next((p for p in sorted(course.withdrawn.files) if kind.match(p)), "")
    matched = kind.match(path)
    if matched and course.withdrawn.subject in config.edition(edition).audiences:
        yield Withdrawn(course.item, matched[1], course.withdrawn.time)


def _said(source: Approved, courses: Mapping[str, History], drafts: _Drafts) -> Iterable[Problem]:
    """What stays out, what is older than the files, which records do not count."""
    found = source.ledger.found
    for identity, entry in drafts.entries.items():
        out = [
            (source.config.edition(name).label, library.withheld[identity])
            for name, library in source.libraries.items()
            if identity in library.withheld
            and entry.audience in source.config.edition(name).audiences
        ]
        for reason in dict.fromkeys(why for _, why in out):
            where = "、".join(label for label, why in out if why == reason)
            message = f"“{entry.title}”这次不进{where}：{reason}。"
            yield Problem("APR002", entry.where(), message, f"weike review show {identity}")
        digests = {
            r.files.get(entry.path)
            for c in [courses.get(identity)]
            if c
            for rs in c.releases.values()
            for r in rs[-1:]
        }
        if digests and digests != {found.here(entry.path)}:
            message = f"“{entry.title}”有没有批准的改动，发布的是上次批准的那一版。"
            yield Problem("APR003", entry.where(), message, f"送审：weike review show {identity}")
    for path in drafts.broken:
        yield Problem("APR003", Where(path), "现在的文件读不懂，没有采用；批准过的照旧发布。")
    known = {i: e for library in source.each for i, e in library.entries.items()}
    for identity in sorted(i for i, e in known.items() if e.path not in drafts.paths):
        message = f"`{identity}` 的文件已删，发布的仍是上次批准的那一版。"
        action = f"要撤下来：weike review withdraw {identity} --reason …"
        yield Problem("APR003", Where(log_path(identity)), message, action)
    for identity, course in courses.items():
        bad = [j for j in course.log if j.why]
        if bad:
            message = f"`{identity}` 有 {len(bad)} 条审核记录不算数：{bad[-1].why}。"
            yield Problem("APR004", Where(log_path(identity)), message, "用 weike review show 看。")
