"""The gate itself: what all rules say of an entry, less what the bureau lets pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from builder.config import SiteConfig
from builder.memo import Memo, digest
from builder.model import Entry, Library
from builder.problems import CATALOGUE, Problem, Severity, Where
from builder.wording.cells import cells
from builder.wording.countries import countries
from builder.wording.days import days
from builder.wording.figures import figures
from builder.wording.finding import Finding
from builder.wording.hosts import hosts
from builder.wording.keys import keys
from builder.wording.lacking import NO_ALT, lacking
from builder.wording.marks import marks
from builder.wording.own import GRAVE, WORDING_FILE, Allow
from builder.wording.passages import Sheet, sheet
from builder.wording.patterns import phrases, unpaired
from builder.wording.persons import persons
from builder.wording.places import Finder, Source
from builder.wording.rules import Rules, load_rules
from builder.wording.units import units
from builder.wording.words import by_sound_and_shape, doubled, listed, mistyped, near_misses

MOST = 60  # of one code told of one entry
RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTICE: 2}
# Wording that a false option of a quiz is there to show, and that the name of a document keeps.
MERE_WORDING = frozenset({"WRD002", "WRD003", "WRD004", "WRD005"})


def judge(
    entry: Entry,
    library: Library,
    config: SiteConfig,
    rules: Rules,
    source: Source | None = None,
) -> list[Problem]:
    """All the gate has to say of `entry`. `source` gives the lines of its file, for exact places in YAML.

    A pure function of the entry, the configuration and the rules: it may be kept under their hashes.
    """
    return weigh(entry, config, rules, source)[0]


def weigh(
    entry: Entry, config: SiteConfig, rules: Rules, source: Source | None = None
) -> tuple[list[Problem], frozenset[int]]:
    """The problems, and the numbers of the lines of the allow-list that kept others away."""
    page = sheet(entry, config)
    found, used = sift(page, found_in(page, config, rules), rules)
    places = Finder(page, source)
    return [_problem(one, places.place(one.start, one.end)) for one in found], used


def found_in(page: Sheet, config: SiteConfig, rules: Rules) -> list[Finding]:
    """What the rules find, one finding for one piece of text, in the order of the text."""
    everything: list[Finding] = [
        *listed(page, rules),
        *near_misses(page, rules),
        *by_sound_and_shape(page, rules),
        *doubled(page, rules),
        *mistyped(page, rules),
        *phrases(page, rules),
        *unpaired(page),
        *figures(page),
        *days(page),
        *persons(page),
        *units(page),
        *cells(page),
        *countries(page),
        *keys(page),
        *marks(page),
        *hosts(page, config),
        *lacking(page),
    ]
    return _apart(_meant(page, everything)) if everything else everything


def _meant(page: Sheet, found: Iterable[Finding]) -> Iterator[Finding]:
    for one in found:
        if one.code in MERE_WORDING and page.at(one.start)[0].cited:
            continue
        yield one


def _apart(found: Iterable[Finding]) -> list[Finding]:
    """Of findings on the same piece the gravest stays, and of equals the longest."""
    order = sorted(
        found, key=lambda f: (RANK[CATALOGUE[f.code][0]], f.code[:3] == "WRD", f.start - f.end)
    )
    kept: list[Finding] = []
    counts: dict[str, int] = {}
    for one in order:
        if any(
            one.start < k.end and k.start < one.end and one.code[:3] == k.code[:3] for k in kept
        ):
            continue
        counts[one.code] = counts.get(one.code, 0) + 1
        if counts[one.code] <= MOST:
            kept.append(one)
    return sorted(kept, key=lambda f: f.start)


def sift(
    page: Sheet, found: Sequence[Finding], rules: Rules
) -> tuple[list[Finding], frozenset[int]]:
    """Take away what the allow-list lets pass."""
    if not rules.allow or not found:
        return list(found), frozenset()
    kept, used = [], set()
    for one in found:
        numbers = [n for n, line in enumerate(rules.allow) if _passes(line, one, page)]
        used.update(numbers)
        if not numbers:
            kept.append(one)
    return kept, frozenset(used)


def _passes(line: Allow, one: Finding, page: Sheet) -> bool:
    if line.entry and line.entry != page.entry.id:
        return False
    if line.code and line.code != one.code:
        return False
    if one.code.startswith(GRAVE) and not line.entry:
        return False
    passage, offset = page.at(one.start)
    size = len(line.text)
    at = passage.text.find(line.text, max(0, offset - size + 1))
    end = offset + one.end - one.start
    while 0 <= at < end:
        if (at <= offset and end <= at + size) or (offset <= at and at + size <= end):
            return True
        at = passage.text.find(line.text, at + 1)
    return False


def _problem(one: Finding, where: Where) -> Problem:
    return Problem(one.code, where, one.message, one.action, one.clause, one.instead)


def survey(root: Path, library: Library, config: SiteConfig) -> list[Problem]:
    """What the gate says of the whole library: for `weike check`."""
    rules, problems = load_rules(root)
    memo = Memo(root / ".cache" / "wording.pickle", version())
    settings = digest(repr((config.audiences, config.editions)), _bytes(root / WORDING_FILE))
    used: set[int] = set()
    for entry in library.entries.values():
        data = _bytes(root / entry.path)
        key = digest(settings, entry.path, data)
        said, allowed = memo.get(key, partial(_weigh_bytes, entry, config, rules, data))
        problems += (p for p in said if p.message != NO_ALT)  # AST003 tells it, edition by edition
        used |= allowed
    if memo.fresh:
        memo.open(len(library.entries))
        memo.save()
    return [*problems, *_idle(rules, used)]


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _weigh_bytes(
    entry: Entry, config: SiteConfig, rules: Rules, data: bytes
) -> tuple[list[Problem], frozenset[int]]:
    return weigh(entry, config, rules, lambda: _lines(data))


def _lines(data: bytes) -> Sequence[str]:
    """The lines of a file, as `read` counts them."""
    text = data.decode("utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def lines_of(root: Path, entry: Entry) -> Source:
    """Reads an entry's file when asked, its lines as `read` counts them."""

    return lambda: _lines(_bytes(root / entry.path))


def _idle(rules: Rules, used: set[int]) -> Iterator[Problem]:
    for number, line in enumerate(rules.allow):
        if number not in used:
            message = f"第 {number + 1} 条放行“{line.text[:40]}”没有用上：内容里已经没有，或代码、编号写错。"
            yield Problem("WRD006", Where(WORDING_FILE), message, "不再需要就删去这一条。")


def version() -> str:
    """A hash of the code and the shipped rules."""
    here = Path(__file__).parent
    files = sorted([*here.glob("*.py"), *here.glob("*.yml")])
    return digest(*(data for f in files for data in (f.name, f.read_bytes())))
