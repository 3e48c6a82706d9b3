"""Stage 2: what can only be judged with all entries in view. Says the same for every edition."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from builder.config import SiteConfig
from builder.entries import alias_url, all_texts, asset_path, named_files, quoted, systems
from builder.entry_fields import misplaced, registered, unknown
from builder.fences import asks, includes, mentions, read_fences
from builder.kinds import BY_NAME, LESSON_KINDS, dialogue, push, script
from builder.kinds.front import readable
from builder.markup import bad_formulas, raw_html, screen
from builder.media import charts
from builder.model import Entry, Library, MdText
from builder.problems import Problem, Where, suggest

if TYPE_CHECKING:
    from builder.bound import Known

MOST_MISTAKES = 50  # of one sort told of one text
MISTAKES = (("注释", "FEN002"), ("引入", "INC001"))
NUMBERED = frozenset(
    {"indicator", "snapshot", "regions", "dashboard", "template", "ruleset", "gdp", "verdicts"}
    | {"mapping"}
)
RESERVED = frozenset(
    {"assets", "search", "tags", "divisions", "reports", "404.html", "sitemap.xml", "index.html"}
)
STEP = re.compile(r"[\w~-](?:[\w.~-]{0,78}[\w~-])?")  # of an old address
NO_STEP = re.compile(r"(?i)index\.html|(?:con|prn|aux|nul|(?:com|lpt)\d)(?:\..*)?")


def check(library: Library, config: SiteConfig) -> list[Problem]:
    """Judge the whole library: references, addresses, order, sources, superseded systems."""
    problems: list[Problem] = []
    audiences = frozenset(config.audiences)
    roles = frozenset(role.id for role in config.home.roles)
    asked = _Asked(library)
    for entry in library.entries.values():
        problems += registered(entry, library.organisations, audiences, roles)
        problems += _account(entry, config)
        problems += _references(entry, library)
        problems += misplaced(entry)
        problems += check_texts(entry, library, audiences, asked)
        problems += _sources(entry)
    problems += _addresses(library)
    problems += _lessons(library)
    problems += _superseded(library)
    return problems + _numbers(library, config)


def _numbers(library: Library, config: SiteConfig) -> list[Problem]:
    """Definitions, snapshots and what is made from them, where there are any."""
    problems = list(_board(library, config))
    if not any(e.kind in NUMBERED for e in library.entries.values()):
        return problems
    from builder import numbered  # few sites have any

    public = frozenset(name for name, group in config.audiences.items() if group.public)
    return problems + list(numbered.faults(library, public))


def _board(library: Library, config: SiteConfig) -> Iterator[Problem]:
    """The numbers of the home page's blackboard are of indicators that exist, where there are any."""
    held = {*library.entries, *library.withheld}
    known = {i.partition(":")[2] for i in held if i.startswith("indicator:")}
    for name in config.home.numbers if known else ():
        if name not in known:
            said = f"home.numbers 里的指标 `{name}` 不存在。"
            action = suggest(name, known) or "写 content/indicators/ 里指标的编号。"
            yield Problem("CFG001", Where("site_config.yml"), said, action)


class _Asked:
    """What is wrong with the numbers that a text asks for; definitions are looked at once, where one does."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def __call__(self, text: MdText, path: str) -> Iterator[Problem]:
        return self._known.faults(text, path)

    @cached_property
    def _known(self) -> Known:
        from builder.bound import Known

        return Known(self.library)


def _account(entry: Entry, config: SiteConfig) -> Iterator[Problem]:
    """A push goes to the public, through an account that is registered."""
    if entry.kind != "push":
        return
    name, known = entry.data["account"], config.wechat.accounts
    if name not in known:
        message = f"公众号 `{name}` 没有登记。"
        action = suggest(name, known) or "在 site_config.yml 的 wechat.accounts 里登记。"
        yield Problem("PSH001", entry.where("account"), message, action)
    if entry.audience in config.audiences and not config.audiences[entry.audience].public:
        message = f"推送给“{entry.audience}”看，而订阅的人是社会公众。"
        action = "audience 写面向社会公开的那一个。"
        yield Problem("PSH001", entry.where("audience"), message, action)
    for ref in dict.fromkeys(push.refs(entry)):
        kind = BY_NAME.get(ref.partition(":")[0])
        if kind is not None and not kind.page:
            message = f"`{ref}` 是{kind.label}，没有自己的页面，排不成文章。"
            yield Problem("PSH001", entry.where("articles"), message, "换成有页面的内容。")
        elif kind is not None and not kind.article:
            message = f"`{ref}` 是{kind.label}，数要天天看最新的，不排成公众号文章。"
            action = "写一篇文章，用 {{ind:…}} 和图表块引用它的数，推送这篇文章。"
            yield Problem("PSH001", entry.where("articles"), message, action)


def _references(entry: Entry, library: Library) -> Iterator[Problem]:
    """Ids in the front matter name entries of the right kind."""
    wanted = [(key, ref, "system") for key, ref in systems(entry)]
    wanted += [("supersedes", ref, entry.kind) for ref in entry.data.get("supersedes", ())]
    wanted += [("prerequisites", ref, "course") for ref in entry.data.get("prerequisites", ())]
    wanted += [("articles", ref, "") for ref in push.refs(entry)]
    wanted += [("refusals", ref, "") for ref in script.refs(entry)]
    wanted += [("steps", ref, "") for ref in dialogue.refs(entry)]
    wanted += [
        ("materials", m["link"], "")
        for m in entry.data.get("materials", ())
        if m["link"] and "//" not in m["link"]
    ]
    for key, ref, kind in wanted:
        if ref in library.withheld:
            continue
        if ref not in library.entries:
            yield Problem(
                "REF003",
                entry.where(key),
                f"`{ref}` 不存在。",
                suggest(ref, library.entries) or "检查编号。",
            )
        elif kind and library.entries[ref].kind != kind:
            yield Problem(
                "REF005",
                entry.where(key),
                f"`{ref}` 不是{BY_NAME[kind].label}。",
                f"这里要写{BY_NAME[kind].label}的编号。",
            )
    yield from _files(entry, library)
    yield from _values(entry, library)
    for summary in entry.data.get("summaries", ()):
        if summary["unit"] not in library.organisations:
            yield unknown(
                "FMT006", entry, "summaries", summary["unit"], library.organisations, "单位"
            )
    if (
        entry.data.get("unit")
        and entry.kind == "case"
        and entry.data["unit"] not in library.organisations
    ):
        yield unknown("FMT006", entry, "unit", entry.data["unit"], library.organisations, "单位")


def _files(entry: Entry, library: Library) -> Iterator[Problem]:
    """Files named outside Markdown exist."""
    for key, name in named_files(entry):
        if asset_path(entry.path, name) not in library.files:
            action = "文件名相对本文件所在文件夹，注意大小写。"
            yield Problem("AST001", entry.where(key), f"`{name[:80]}` 找不到。", action)


def _values(entry: Entry, library: Library) -> Iterator[Problem]:
    """Values that only make sense together, or among what is registered."""
    known = library.organisations
    gather = entry.data.get("gather") or {"kinds": (), "divisions": ()}
    for kind in set(gather["kinds"]) - set(BY_NAME):
        yield unknown("FMT004", entry, "gather", kind, BY_NAME, "种类")
    for division in set(gather["divisions"]) - set(known):
        yield unknown("FMT006", entry, "gather", division, known, "处室")
    for deadline in entry.data.get("deadlines", ()):
        if deadline["division"] and deadline["division"] not in known:
            yield unknown("FMT006", entry, "deadlines", deadline["division"], known, "处室")
    if entry.kind == "event" and entry.data["end"] and entry.data["end"] < entry.data["start"]:
        yield Problem("FMT004", entry.where("end"), "活动结束日期早于开始日期。", "改正日期。")
    if entry.valid.start and entry.valid.to and entry.valid.to < entry.valid.start:
        yield Problem("FMT004", entry.where("valid"), "有效期的 to 早于 from。", "改正有效期。")
    for material in entry.data.get("materials", ()):
        if not material["file"] and not material["link"]:
            message = f"资料“{material['title']}”没有写 file 或 link。"
            yield Problem("FMT004", entry.where("materials"), message, "写明文件或链接。")


def check_texts(
    entry: Entry, library: Library, audiences: frozenset[str], asked: _Asked
) -> Iterator[Problem]:
    """Fences, comments, hostile nesting, links and includes of every text in an entry."""
    for text in all_texts(entry):
        if not text:
            continue
        hostile = screen(text)
        if hostile:
            place = Where(entry.path, text.line + hostile[0] - 1, 1)
            message = f"{hostile[1]}，无法排版。"
            yield Problem("MRK001", place, message, "拆开这一段，减少层次和符号。")
            continue
        fenced = read_fences(text, audiences)
        for line, column, message, action in fenced.mistakes[:MOST_MISTAKES]:
            code = next((c for word, c in MISTAKES if word in message), "FEN001")
            yield Problem(code, Where(entry.path, text.line + line - 1, column), message, action)
        yield from islice(_markup(entry, text, "\n".join(fenced.lines)), MOST_MISTAKES)
        yield from islice(_links(entry, text, "\n".join(fenced.lines), library), MOST_MISTAKES)
        if asks(text):
            yield from islice(
                asked(MdText.at("\n".join(fenced.lines), text.line), entry.path), MOST_MISTAKES
            )


def _markup(entry: Entry, text: MdText, shown: str) -> Iterator[Problem]:
    """Formulas that can't be set, charts that can't be drawn, tags that will be shown as text."""
    yield from charts.mistakes(shown, entry.path, text.line)
    for offset, latex in bad_formulas(shown):
        action = "检查反斜杠命令和花括号；公式里不能有汉字，汉字写在公式外面。"
        message = f"公式 `{latex[:60]}` 排不出来。"
        yield Problem("MRK002", _at(entry, text, shown, offset), message, action)
    for offset, tag in raw_html(shown):
        message = f"`{tag[:40]}` 是网页代码，会原样显示成文字。"
        action = "改用 Markdown 的写法；要讲代码就加反引号。"
        yield Problem("MRK003", _at(entry, text, shown, offset), message, action)


def _at(entry: Entry, text: MdText, shown: str, offset: int) -> Where:
    line = shown.count("\n", 0, offset)
    return Where(entry.path, text.line + line, offset - shown.rfind("\n", 0, offset))


def _links(entry: Entry, text: MdText, shown: str, library: Library) -> Iterator[Problem]:
    for mention in mentions(shown):
        where = Where(entry.path, text.line + mention.line - 1, mention.column)
        yield from _link(entry, mention.target, mention.image, where, library)
    for line, _, target in includes(shown):
        where = Where(entry.path, text.line + line - 1, 1)
        if target not in library.entries and target not in library.withheld:
            yield Problem(
                "INC001",
                where,
                f"要引入的 `{target[:80]}` 不存在。",
                suggest(target, library.entries) or "写片段的编号，例如 snippet:lianxi。",
            )


def _link(
    entry: Entry, target: str, image: bool, where: Where, library: Library
) -> Iterator[Problem]:
    address = target.partition("#")[0]
    scheme = address.partition(":")[0].lower() if ":" in address else ""
    if not address or scheme in {"http", "https", "mailto", "tel"}:
        if not readable(target):
            message = f"网址 `{target[:80]}` 的主机名或端口认不出。"
            yield Problem("REF007", where, message, "冒号、句号、斜杠要用半角，别多方括号。")
        elif image and scheme:
            yield Problem(
                "AST001", where, "图片不能引用外部网址。", "把图片存到 assets/ 里再引用。"
            )
        return
    if scheme in BY_NAME:
        if address not in library.entries and address not in library.withheld:
            yield Problem(
                "REF003",
                where,
                f"链接的 `{address}` 不存在。",
                suggest(address, library.entries) or "检查编号，或删去链接。",
            )
    elif scheme:
        yield Problem(
            "REF007",
            where,
            f"不接受 `{scheme}:` 这样的链接。",
            "只能链接站内编号、http(s) 网址或附件。",
        )
    elif asset_path(entry.path, address) not in library.files:
        what = "图片" if image else "附件"
        yield Problem(
            "AST001",
            where,
            f"{what} `{address[:80]}` 找不到。",
            "文件名相对本文件所在文件夹，注意大小写。站内页面用编号链接，如 faq:mlk/sishang。",
        )


def _sources(entry: Entry) -> Iterator[Problem]:
    if not quoted(entry):
        yield Problem(
            "SRC001",
            entry.where("sources") if entry.sources else entry.where("title"),
            "没有带原文（quote）的出处，记为待核，不进面向社会公开的版本。",
            "在 sources 里写出处和原文。",
        )


def _addresses(library: Library) -> Iterator[Problem]:
    taken: dict[str, Entry] = {}
    for entry in library.entries.values():
        if not BY_NAME[entry.kind].page:
            continue
        for key, url in [("id", entry.url), *(("aliases", alias_url(a)) for a in entry.aliases)]:
            if key == "aliases" and not _placeable(url):
                yield Problem(
                    "FMT004",
                    entry.where(key),
                    f"旧地址 `{url}` 不能用。",
                    "写站内路径，如 faq/mlk/jiu-mingzi/，只用字母、数字、汉字和 . _ ~ -。",
                )
            elif url in taken:
                yield Problem(
                    "REF002",
                    entry.where(key),
                    f"网址 {url} 与 {taken[url].path} 相同。",
                    "改文件名或旧地址。",
                )
            else:
                taken[url] = entry


def _placeable(url: str) -> bool:
    """Whether an old address can be a folder of the site on every system, in nobody's way."""
    names = url.split("/")[:-1]
    if not names or names[0] in RESERVED or unicodedata.normalize("NFC", url) != url:
        return False
    return all(STEP.fullmatch(n) and not NO_STEP.fullmatch(n) for n in names)


def _lessons(library: Library) -> Iterator[Problem]:
    seen: dict[tuple[str, int], Entry] = {}
    for entry in library.entries.values():
        if entry.kind not in LESSON_KINDS or not entry.parent:
            continue
        if entry.parent not in library.entries and entry.parent not in library.withheld:
            yield Problem(
                "LES001",
                Where(entry.path),
                f"课程 `{entry.parent}` 没有 course.yml。",
                "在课程文件夹里写好 course.yml。",
            )
        other = seen.setdefault((entry.parent, entry.order), entry)
        if other is not entry:
            yield Problem(
                "LES001",
                Where(entry.path),
                f"课时序号 {entry.order:02d} 与 {other.path} 重复。",
                "改文件名前面的两位序号。",
            )


def _superseded(library: Library) -> Iterator[Problem]:
    """List every entry that names a system which another one replaces."""
    newer = {
        old: e
        for e in library.entries.values()
        if e.kind == "system"
        for old in e.data["supersedes"]
    }
    if not newer:
        return
    for entry in library.entries.values():
        if entry.kind == "system":
            continue
        for old, place in _named_systems(entry, newer):
            yield Problem(
                "REF006",
                place,
                f"提到的制度 `{old}` 已被 `{newer[old].id}`（{newer[old].title}）代替。",
                "对照新制度核对内容，改用新的编号。",
            )


def _named_systems(entry: Entry, newer: Mapping[str, Entry]) -> Iterator[tuple[str, Where]]:
    if entry.valid.system in newer:
        yield entry.valid.system, entry.where("valid")
    for text in all_texts(entry):
        for mention in mentions(text):
            if mention.target.partition("#")[0] in newer:
                yield (
                    mention.target.partition("#")[0],
                    Where(entry.path, text.line + mention.line - 1, mention.column),
                )
