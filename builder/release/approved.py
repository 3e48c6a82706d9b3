"""Everything that may go out: the settings, the people, and of each edition its approved entries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from builder import approvals
from builder.approvals import History
from builder.approvals.found import git
from builder.approvals.grown import Shorter, lost_lines, unreadable
from builder.approvals.ledger import SITE_POLICY, Ledger, open_ledger
from builder.approvals.records import log_path
from builder.approvals.words import SITE_CONFIG, SITE_ITEMS, SITE_ORGS
from builder.bundle import APPROVALS, WITHDRAWN, Artefact, seal_digest
from builder.check import check
from builder.config import SiteConfig, config_of
from builder.entries import unreleased
from builder.kinds import BY_NAME
from builder.media.clean import Cleaner
from builder.memo import Aside, Memo, at_once, code_version
from builder.model import BEIJING, Library, Organisation, Progress, Site
from builder.organisations import organisations_of
from builder.problems import BuildFailed, Problem, Severity, Where
from builder.release.stamps import Withdrawn, library_of, withdrawn
from builder.release.told import said
from builder.release.versions import Drafted, Needs, Version, Versions, course_of, fetch, kind_name
from builder.release.whole import lacking, moved, without
from builder.reports import Known, progress
from builder.select import admitted
from builder.source import Source
from builder.work import Seal

JSON = "application/json"
CACHE = ".cache"
PIN = re.compile(r"[0-9a-f]{16,64}")
JUDGES = code_version(*map(str, sorted(Path(approvals.__file__).parent.glob("*.py"))))


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
        self.found: Found | None = None
        self.checked: list[tuple[Library, list[Problem]]] = []

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

    def lexicon(self) -> bytes | None:
        """The bytes of the site's own lexicon, as approved with the settings."""
        name = self.config.narration.lexicon
        release = self.ledger.course(SITE_CONFIG, SITE_POLICY).release(SITE_CONFIG)
        data = self.ledger.file(release, name) if name else None
        if name and data is None:
            message = f"批准的读音表 `{name}` 找不到。"
            action = "送审 site:config，读音表跟着一起审。"
            raise BuildFailed([Problem("APR006", Where(name), message, action)])
        return data

    def fill(self, editions: Sequence[str], memo: Memo) -> None:
        """Bring the library of each edition together. `memo` keeps parsed entries."""
        self.memo = memo
        _fill(self, editions, memo)
        self.reviews.open(len(self.ledger.logs))
        self.save(self.reviews.save)

    def sites(
        self, editions: Sequence[str], now: datetime, clean: Cleaner
    ) -> tuple[dict[str, Site], list[Problem]]:
        """The same; an approved entry in which there are errors now is held back and stops no other.

        Nor is it held back where there are none: what is wrong outside may be right inside.
        """
        sites: dict[str, Site] = {}
        problems: list[Problem] = []
        for name in editions:
            while True:
                sites[name], said = self.site(name, now, clean)
                said += self._checked(self.libraries[name])
                if not self._hold(name, said):
                    break
            problems += said
        problems = list(dict.fromkeys(problems))
        for name, site in sites.items():
            if not site.edition.public:  # how the reviews stand is for those inside
                told = self.progress(now, site.edition.audiences)
                sites[name] = replace(site, progress=told)
        return sites, problems

    def progress(self, now: datetime, audiences: frozenset[str]) -> Progress:
        """How far the reviews are and how fresh each edition is, as far as `audiences` may know."""
        assert self.found is not None, "fill comes first"
        found, shown, held, early = self.found, {}, {}, set[str]()
        for name in self.config.editions:
            library = self.libraries.get(name) or found.library(self, name)[0]
            shown[name], held[name] = admitted(library, self.config.edition(name), now)
            early |= {i for i, e in library.entries.items() if unreleased(e, now)}
        early |= {i for i, e in found.drafts.entries.items() if unreleased(e, now)}
        settings = {i: self.ledger.course(i, SITE_POLICY) for i in SITE_ITEMS}
        known = Known(
            self.config,
            self.ledger.staff,
            {i: c for i, c in {**settings, **found.courses}.items() if i not in early},
            {i: e for i, e in found.drafts.entries.items() if i not in early},
            shown,
            held,
            self.ledger.found.here,
            found.drafts.found.files,
            self.organisations,
        )
        return progress(known, audiences)

    def _checked(self, library: Library) -> list[Problem]:
        """What `check` says; editions that hold the same are looked at once."""
        for other, known in self.checked:
            alike = other.entries == library.entries and other.files == library.files
            if alike and other.withheld.keys() == library.withheld.keys():
                return known
        self.checked.append((library, check(library, self.config)))
        return self.checked[-1][1]

    def _hold(self, name: str, problems: Sequence[Problem]) -> bool:
        """Take entries with errors out of the library of an edition; True when there were any."""
        wrong = {p.where.path: p for p in problems if p.severity is Severity.ERROR}
        library, label = self.libraries[name], self.config.edition(name).label
        if not wrong:
            return False
        held = {i: wrong[e.path] for i, e in library.entries.items() if e.path in wrong}
        for identity, problem in held.items():
            message = f"`{identity}` 批准的这一版现在检查有错误，这次不进{label}：{problem.message}"
            self.problems.append(Problem("APR007", problem.where, message, problem.action))
        assert self.found is not None, "fill comes first"
        why = dict.fromkeys(held, "检查有错误")
        self.libraries[name] = without(library, why, self.found.needs[name])
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
        known = [i for i in known if not unreleased(library.entries[i], site.now)]
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


def _json(data: object) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def approved(root: Path, now: datetime, pin: str = "", save: Aside = at_once) -> Approved:
    """Open what was approved under `root` by `now`; `BuildFailed` when even the settings were not.

    `pin`: the beginning of trust that must be found. `save` runs what keeps finished work.
    """
    memo = Memo(root / ".cache" / "reviews.pickle", JUDGES)
    if pin and not PIN.fullmatch(pin):
        message = f"`{pin[:80]}` 不是审核人清单的起点。"
        action = "写发布时打出来的那 16 位或更多，只有 0–9 和 a–f。"
        raise BuildFailed([Problem("APR001", Where(SITE_ITEMS[SITE_ORGS]), message, action)])
    shorter = Shorter(root)
    ledger = open_ledger(root, now.astimezone(BEIJING).isoformat(timespec="seconds"), memo, pin)
    orgs, settings = ledger.site(SITE_ORGS), ledger.site(SITE_CONFIG)
    if orgs is None or settings is None:
        raise BuildFailed(list(_unapproved(ledger, orgs is None, settings is None)))
    if pin and not ledger.trust.root.startswith(pin):
        message = f"审核人清单的起点是 {ledger.trust.root[:16]}…，与要求的 {pin[:16]}… 不同。"
        action = "可能有人另起了一份审核记录：找保管信任起点的人核对。"
        raise BuildFailed([Problem("APR001", Where(SITE_ITEMS[SITE_ORGS]), message, action)])
    config = config_of(settings)
    problems = [*_lost(root, ledger, shorter), *_carried(root)]
    if problems:
        raise BuildFailed(problems)
    return Approved(root, config, organisations_of(orgs)[0], ledger, memo, save)


def _unapproved(ledger: Ledger, orgs: bool, settings: bool) -> Iterable[Problem]:
    rivals = ledger.trust.rivals
    if rivals:
        marks = "、".join(mark[:16] for mark in rivals)
        message = f"审核人清单有 {len(rivals)} 个起点：{marks}。有人另起了一份。"
        action = "找保管信任起点的人核对，用 --trust 指明哪一个，并查明另一份是谁写的。"
        yield Problem("APR001", Where(log_path(SITE_ORGS)), message, action)
        return
    for item, wrong in ((SITE_ORGS, orgs), (SITE_CONFIG, settings)):
        if wrong:
            message = f"`{item}` 没有批准的版本，发布不了。"
            action = f"用 weike review show {item} 看还差哪一审。只是看看用 weike build，不加 --release。"
            if item == SITE_ORGS and ledger.trust.disputed:
                message = "现行的人员清单有一审不算数了：签它的密钥被吊销，或扫描件不见了。"
                action = "由现在的审核人重新审一遍 site:orgs；扫描件不见了就放回原处。"
            yield Problem("APR001", Where(SITE_ITEMS[item]), message, action)


def _lost(root: Path, ledger: Ledger, shorter: Shorter) -> Iterable[Problem]:
    if unreadable(root):
        message = "这里有 git 的记录，git 却读不出来：审核记录有没有少，核对不了。"
        action = "在这里运行 git log 看它怎么说，照办后再发布；多半是文件夹的主人不是您。"
        yield Problem("APR005", Where("."), message, action)
    lost = lost_lines(root, ledger.written, shorter)
    for path in dict.fromkeys(path for path, _ in lost):
        count = sum(p == path for p, _ in lost)
        message = f"审核记录只能增加，这里却少了 {count} 行。"
        yield Problem("APR005", Where(path), message, "从 git 的历史里把这些行照原样补回去。")


def _carried(root: Path) -> Iterable[Problem]:
    """What earlier builds kept is this machine's own: from elsewhere it could hold anything."""
    if git(root, "ls-files", "-z", "--", CACHE):
        message = f"`{CACHE}` 里的文件进了 git，不能拿来做发布版。"
        action = f"git rm -r --cached {CACHE}，再把这个文件夹删掉。"
        yield Problem("APR006", Where(CACHE), message, action)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found under the root: the courses of all entries, their versions, the files as they lie there.

    `needs`: for each edition what its entries name.
    """

    courses: Mapping[str, History]
    versions: Versions
    drafts: Drafted
    needs: dict[str, Mapping[str, Needs]] = field(default_factory=dict)

    def library(self, source: Approved, name: str) -> tuple[Library, dict[str, Version]]:
        """What was approved for an edition, and in which versions."""
        shown = {
            i: v
            for i, c in self.courses.items()
            if (r := c.release(name)) is not None and (v := self.versions.of(i, r)) is not None
        }
        held = {i: why for i, why in self.versions.faults.items() if i not in shown}
        for identity in self.drafts.entries.keys() | self.courses.keys():
            if identity not in shown:
                why = lacking(self.courses.get(identity), identity, source.config, name)
                held.setdefault(identity, why)
        public = source.config.edition(name).public
        staff, organisations = source.ledger.staff, source.organisations
        held = moved(shown, self.drafts) | held
        library = library_of(shown, held, staff, organisations, public=public)
        self.needs[name] = {i: self.versions.needs[i, v.release.version] for i, v in shown.items()}
        return without(library, {}, self.needs[name]), shown


def _fill(source: Approved, editions: Sequence[str], memo: Memo) -> None:
    """Choose the versions of each edition, and say what stays out and why."""
    ledger, config = source.ledger, source.config
    courses = {i: course_of(ledger, config, i) for i in ledger.entries() if kind_name(i) in BY_NAME}
    fetch(ledger, courses.values())
    found = Found(courses, Versions(ledger, memo), Drafted(source.root, memo))
    source.found = found
    for name in editions:
        source.libraries[name], shown = found.library(source, name)
        source.withdrawn[name] = [
            w for c in courses.values() for w in withdrawn(c, name, shown, config, found.versions)
        ]
    source.problems += said(source.libraries, config, ledger.found, courses, found.drafts)
