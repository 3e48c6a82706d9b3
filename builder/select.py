"""Stage 3, THE gate: from the `Library` to what one edition may know at one moment.

Works on source text, makes no HTML, and is never cached. Whatever is not chosen here does not exist
for the stages after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder.entries import asset_path, quoted, systems, unreleased
from builder.fences import asks, includes, mentions, read_fences
from builder.kinds import BY_NAME, dialogue, push, script
from builder.kinds.standard import codes_csv, read_codes
from builder.markup import screen
from builder.media import footage
from builder.media.cast import MOODS
from builder.media.clean import Cleaner, CleanError, clean_asset
from builder.memo import Memo, digest
from builder.model import BEIJING, AssetNote, Edition, Entry, Library, MdText, Page, Picture, Site
from builder.problems import Problem, Where
from builder.secret_shapes import secrets
from builder.values import Numbers

if TYPE_CHECKING:
    from builder.bound import Binder

MAX_INCLUDES = 3
NO_NOTE = AssetNote()
# Maps shown to the public carry an approval number (地图管理条例 15, 17).
MAP = re.compile(r"地图|(?<![a-z])maps?(?![a-z])|ditu", re.IGNORECASE)
MOST_INCLUDES = 100
SCRIPTS = frozenset({"script", "dialogue"})
NUMBERED = frozenset({"indicator", "snapshot", "dashboard"})
Loader = Callable[[str], bytes]


@dataclass(slots=True)
class _Gate:
    """The running selection of one edition."""

    library: Library
    edition: Edition
    now: datetime
    audiences: frozenset[str]
    load: Loader
    clean: Cleaner
    chosen: dict[str, Entry] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    assets: dict[str, bytes] = field(default_factory=dict)
    known: dict[tuple[str, str, bool], Picture | str | None] = field(default_factory=dict)
    footage: dict[str, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    numbers: Numbers | None = None
    memo: Memo | None = None


def select(
    library: Library,
    edition: Edition,
    audiences: frozenset[str],
    now: datetime,
    load: Loader | None = None,
    clean: Cleaner = clean_asset,
    clock: datetime | None = None,
    known: Numbers | None = None,
    memo: Memo | None = None,
) -> tuple[Site, list[Problem]]:
    """Choose what readers of `edition` may see at `now`.

    `audiences` are all registered ones. `load` gives an asset's bytes by its path in `library.files`;
    `clean` makes them fit to go out. `clock`: the real time, whatever `now` is.
    `known`: numbers of this library and edition that were let through before. `memo` keeps laid numbers.
    """
    load = load or (lambda path: Path(path).read_bytes())
    gate = _Gate(library, edition, now, audiences, load, clean, numbers=known, memo=memo)
    for entry in library.entries.values():
        _admit(gate, entry)
    if known is None and any(e.kind in NUMBERED for e in library.entries.values()):
        _numbers(gate, clock)
    pages = {e.id: _page(gate, e) for e in gate.chosen.values() if BY_NAME[e.kind].page}
    pushes = _pushes(gate) if edition.public else {}
    terms = {
        name: p.url
        for p in pages.values()
        if p.kind == "term"
        for name in (p.title, *p.data["names"])
        if len(name) > 1
    }
    scripts = {e.id: _page(gate, e) for e in gate.chosen.values() if e.kind in SCRIPTS}
    shown = pages, library.organisations, gate.assets, terms, gate.footage
    site = Site(edition, now, *shown, pushes=pushes, scripts=scripts, numbers=gate.numbers)
    return site, gate.problems


def _numbers(gate: _Gate, clock: datetime | None) -> None:
    """What this edition may know of numbers: only here is anything of them imported."""
    from builder import numbers

    shown, real = gate.chosen.values(), clock or numbers.real_clock()
    gate.numbers, said = numbers.numbers_of(
        gate.library, shown, gate.edition, gate.now, real, gate.memo
    )
    gate.problems += said


def _pushes(gate: _Gate) -> dict[str, Page]:
    """The pushes of which every entry is shown; of the others it is said what they lack."""
    pushes: dict[str, Page] = {}
    for entry in gate.chosen.values():
        if entry.kind != "push":
            continue
        page, wanted = _page(gate, entry), dict.fromkeys(push.refs(entry))
        lacking = [i for i in wanted if i not in page.links]
        if lacking:
            message = (
                f"推送“{entry.title}”这次不编：{'、'.join(lacking)} 不在{gate.edition.label}里。"
            )
            action = "等它们都能发布，或从推送里删去。"
            gate.problems.append(Problem("PSH002", entry.where("articles"), message, action))
        else:
            pushes[entry.id] = page
    return pushes


def admitted(
    library: Library, edition: Edition, now: datetime
) -> tuple[dict[str, Entry], dict[str, str]]:
    """The entries that readers of `edition` may see at `now`, whole, and why others stay out.

    None of their texts is looked at.
    """
    gate = _Gate(library, edition, now, frozenset(), lambda path: b"", clean_asset)
    for entry in library.entries.values():
        _admit(gate, entry)
    return gate.chosen, {**library.withheld, **gate.withheld}


def _admit(gate: _Gate, entry: Entry) -> None:
    """Let an entry in, or note why it stays out. Other audiences' entries leave no trace at all."""
    if entry.audience not in gate.edition.audiences or unreleased(entry, gate.now):
        return
    parent = gate.library.entries.get(entry.parent) if entry.parent else None
    if parent is not None and parent.audience not in gate.edition.audiences:
        gate.problems.append(
            Problem(
                "REF004",
                entry.where("audience"),
                f"本篇给“{entry.audience}”看，所属课程却只给“{parent.audience}”看。",
                "两处的 audience 写成一致。",
            )
        )
    elif entry.parent in gate.withheld or entry.parent in gate.library.withheld:
        gate.withheld[entry.id] = "所属课程这次不发"
    elif entry.date > gate.now.astimezone(BEIJING).date().isoformat():
        gate.withheld[entry.id] = "发布日期未到"
        gate.problems.append(
            Problem(
                "TIM001",
                entry.where("date"),
                f"日期 {entry.date} 未到，“{entry.title}”这次不进{gate.edition.label}。",
            )
        )
    elif gate.edition.public and not quoted(entry):
        gate.withheld[entry.id] = "待核"
    else:
        gate.chosen[entry.id] = entry


def _page(gate: _Gate, entry: Entry) -> Page:
    links: dict[str, str] = {}
    pictures: dict[str, Picture] = {}
    files: dict[str, str] = {}
    refer = _Refer(gate, entry, links, pictures, files, [])
    text = refer.text(entry.text, 0)
    data = refer.data(entry.data)
    if refer.later:
        said = f"“{entry.title}”有 {refer.later} 条的时间未到，这次不进{gate.edition.label}。"
        gate.problems.append(Problem("TIM001", entry.where("posts"), said))
    refer.structured(data)
    if entry.kind in NUMBERED:
        data = refer.binding.own(entry, data, public=gate.edition.public)
    if data.get("scenes"):
        refer.film(data)
    cover = refer.cover()
    today = gate.now.astimezone(BEIJING).date().isoformat()
    stamp = (gate.library.stamps or {}).get(entry.id)
    expired = bool(entry.valid.to) and entry.valid.to < today
    if expired:
        gate.problems.append(
            Problem(
                "TIM002",
                entry.where("valid"),
                f"有效期到 {entry.valid.to}，“{entry.title}”将标为过期并移出检索。",
                "核对后更新内容和 valid.to。",
            )
        )
    return Page(
        id=entry.id,
        kind=entry.kind,
        url=entry.url,
        order=entry.order,
        division=entry.division,
        title=entry.title,
        date=entry.date,
        updated=stamp.updated if stamp else entry.updated,
        published=stamp.published if stamp else _published(gate, entry),
        summary=entry.summary,
        tags=entry.tags,
        levels=entry.levels,
        roles=entry.roles,
        forms=entry.forms,
        valid=entry.valid,
        expired=expired,
        unverified=not quoted(entry),
        sources=entry.sources,
        aliases=entry.aliases,
        parent=entry.parent,
        text=text,
        data=data,
        links=links,
        pictures=pictures,
        files=files,
        footage=refer.footage,
        cover=cover,
        cover_by_ai=bool(cover and entry.assets.get(cover, NO_NOTE).ai_generated),
        wechat={k: v for k, v in entry.wechat.items() if v and k != "cover"},
        changes=stamp.changes if stamp else (),
        reviews=stamp.reviews if stamp else (),
        included=tuple(dict.fromkeys(refer.included)),
        cited=tuple(refer.binder.cited.values()) if refer.binder else (),
        mark=_mark(gate, entry),
    )


def _mark(gate: _Gate, entry: Entry) -> str:
    marks = gate.numbers.marks if gate.numbers and entry.kind == "indicator" else {}
    return marks.get(entry.id.partition(":")[2], "")


def _published(gate: _Gate, entry: Entry) -> str:
    """PubDate: the commit that brought the entry, never before its own date nor after now."""
    stamp = gate.library.commit_dates.get(entry.path, "")
    if stamp:
        moment = datetime.fromtimestamp(int(stamp), UTC)
        if moment <= gate.now:
            said = moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
            return max(said, f"{entry.date} 00:00")
    return f"{entry.date} 00:00"


@dataclass(slots=True)
class _Refer:
    """Selects the texts of one entry and follows what they refer to."""

    gate: _Gate
    entry: Entry
    links: dict[str, str]
    pictures: dict[str, Picture]
    files: dict[str, str]
    included: list[str]
    footage: dict[str, str] = field(default_factory=dict)
    later: int = 0  # posts whose hour has not come
    binder: Binder | None = None

    def text(self, text: MdText, depth: int, where: Where | None = None) -> MdText:
        """The text as this edition may read it, includes put in."""
        if not text:
            return text
        shown = read_fences(text, self.gate.audiences).shown_to(self.gate.edition.audiences)
        for mention in mentions(shown):
            place = where or Where(self.entry.path, text.line + mention.line - 1, mention.column)
            alt = self.binding.plain(mention.alt) if "{{ind" in mention.alt else mention.alt
            self.mention(mention.target, mention.image, alt, place)
        found = list(includes(shown))
        lines = shown.split("\n") if found or asks(shown) else []
        if asks(shown):
            path, first = self.entry.path, text.line - 1
            self.binding.lines(lines, lambda n, c: where or Where(path, first + n, c))
            shown = "\n".join(lines)
        if found:
            shown = self.include(lines, found, text.line, depth, where)
            if not depth and (len(self.included) > MOST_INCLUDES or screen(shown)):
                said = f"引入以后太长太密，一篇里最多引入 {MOST_INCLUDES} 次。"
                place = Where(self.entry.path, text.line + found[0][0] - 1, 1)
                self.gate.problems.append(Problem("INC001", place, said, "少引入几处，或拆开写。"))
                return MdText.at("", text.line)
        return MdText.at(shown, text.line)

    def include(
        self,
        lines: list[str],
        found: list[tuple[int, str, str]],
        first: int,
        depth: int,
        where: Where | None,
    ) -> str:
        """Put the selected text of other entries in place of their include lines."""
        for line, indent, target in found:
            place = where or Where(self.entry.path, first + line - 1, 1)
            lines[line - 1] = ""
            if not self.allowed(target, place, "引入"):
                continue
            if len(self.included) <= MOST_INCLUDES and (
                depth >= MAX_INCLUDES or target == self.entry.id
            ):
                self.gate.problems.append(
                    Problem(
                        "INC001",
                        place,
                        f"引入 `{target}` 绕成了圈，或超过 {MAX_INCLUDES} 层。",
                        "改成直接引入。",
                    )
                )
                continue
            other = self.gate.chosen[target]
            self.included.append(target)
            if len(self.included) > MOST_INCLUDES:
                continue
            refer = _Refer(self.gate, other, self.links, self.pictures, self.files, self.included)
            refer.binder = self.binder
            inner = refer.text(other.text, depth + 1, place)
            self.binder = refer.binder
            lines[line - 1] = "\n".join(indent + row if row else row for row in inner.split("\n"))
        return "\n".join(lines)

    @property
    def binding(self) -> Binder:
        """What puts numbers into the texts of this page."""
        from builder.bound import Binder  # few pages have numbers

        if self.binder is None:
            gate = self.gate
            held = {*gate.withheld, *gate.library.withheld}
            self.binder = Binder(gate.numbers, gate.problems, self.links, held, gate.memo)
        return self.binder

    def data(self, value: Any) -> Any:
        """Own data with other audiences' items dropped and every text selected."""
        if isinstance(value, MdText):
            return self.text(value, 0)
        if isinstance(value, Mapping):
            return {k: self.data(v) for k, v in value.items() if k != "audience"}
        if isinstance(value, tuple):
            return tuple(self.data(v) for v in value if self.seen(v))
        return value

    def seen(self, item: Any) -> bool:
        """False for an item of a list that is meant for another audience, or for a later hour."""
        if not isinstance(item, Mapping):
            return True
        owner = item.get("audience")
        if owner and owner not in self.gate.edition.audiences:
            return False
        moment = item.get("time")  # of a live post; a clock in a programme has no zone
        if isinstance(moment, str) and moment.endswith("+08:00"):
            later = datetime.fromisoformat(moment) > self.gate.now
            self.later += later
            return not later
        return True

    def structured(self, data: dict[str, Any]) -> None:
        """Follow the references that stand outside Markdown."""
        named = [(key, ref) for key in ("supersedes", "prerequisites") for ref in data.get(key, ())]
        for key, ref in [*named, *systems(self.entry)]:
            self.allowed(ref, self.entry.where(key), "引用")
        for ref in push.refs(self.entry):
            self.allowed(ref, self.entry.where("articles"), "推送", withheld=False)
        for key, ref in [
            *(("refusals", ref) for ref in script.refs(self.entry)),
            *(("steps", ref) for ref in dialogue.refs(self.entry)),
        ]:
            self.allowed(ref, self.entry.where(key), "机器人话术")
        for material in data.get("materials", ()):
            if material["file"]:
                self.asset(material["file"], False, "", self.entry.where("materials"))
            elif material["link"] and "//" not in material["link"]:
                self.allowed(material["link"], self.entry.where("materials"), "引用")
        if data.get("codes"):
            self.codes(data)
        self.figures(data)
        for post in data.get("posts", ()):
            if post["image"]:
                self.asset(post["image"], True, "", self.entry.where("posts"))

    def film(self, data: dict[str, Any]) -> None:
        """Take in what a film is made from, and say with each scene what must be said of its picture."""
        where, scenes = self.entry.where("scenes"), []
        for scene in data["scenes"]:
            shot = scene["clip"]
            name = shot["file"] if shot else scene["picture"]
            note = self.entry.assets.get(name)
            made_by_ai = bool(note and note.ai_generated)
            if shot:
                self.take(name, where, partial(footage.clip, until=shot["end"]))
            elif name:
                clean = partial(footage.picture, clean=self.gate.clean, made_by_ai=made_by_ai)
                self.take(name, where, clean)
            if name:
                self.mapped(name, scene["show"], where)
            credit = note.credit if note else ""
            scenes.append({**scene, "credit": credit, "ai_generated": made_by_ai})
        data["scenes"] = tuple(scenes)
        for key, look in (("recording", footage.recording), ("music", footage.music)):
            if data[key]:
                self.take(data[key], self.entry.where(key), look)

    def cover(self) -> str:
        """Take in the picture that its author chose for links to it; its name, if there is one."""
        name = self.entry.wechat.get("cover", "")
        if name:
            note, where = self.entry.assets.get(name), self.entry.where("wechat")
            made_by_ai = bool(note and note.ai_generated)
            clean = partial(footage.picture, clean=self.gate.clean, made_by_ai=made_by_ai)
            self.take(name, where, clean)
            self.mapped(name, note.alt if note else "", where)
        return name if name in self.footage else ""

    def take(self, name: str, where: Where, look: Callable[[str, bytes], bytes]) -> None:
        """Take in a file for a film if `look` lets it pass; missing ones were told before."""
        path = asset_path(self.entry.path, name)
        place = self.gate.library.file(self.entry.id, path)
        if not place:
            return
        try:
            data = look(path, self.gate.load(place))
        except (CleanError, OSError) as error:
            said, action = f"`{name}` 不能采用：{error}。", "换一个文件，或另存为通用格式。"
            self.gate.problems.append(Problem("AST002", where, said, action))
            return
        key = digest(data)
        self.footage[name] = key
        self.gate.footage[key] = data

    def mapped(self, name: str, words: str, where: Where) -> None:
        """A map that goes to the public carries its approval number."""
        note = self.entry.assets.get(name)
        approved = bool(note and note.map_approval.strip())
        if self.gate.edition.public and not approved and MAP.search(f"{name} {words}"):
            said = f"`{name}` 看来是地图，没有写审图号。"
            action = "在 assets 里给它写 map_approval；不是地图就改文件名和替代文字。"
            self.gate.problems.append(Problem("AST004", where, said, action))

    def figures(self, data: dict[str, Any]) -> None:
        """Take in the pictures of a comic's own figures; its words say who speaks and how."""
        for name, moods in data["cast"].items() if "panels" in data else ():
            for mood, file in moods.items():
                self.asset(file, True, f"{name}（{MOODS[mood]}）", self.entry.where("cast"))

    def codes(self, data: dict[str, Any]) -> None:
        """Put the rows of a table of codes in place of its file name, and offer them as a file."""
        path = asset_path(self.entry.path, data["codes"])
        where = self.entry.where("codes")
        name, data["codes"] = data["codes"], ()
        place = self.gate.library.file(self.entry.id, path)
        if not place:
            self.gate.problems.append(
                Problem(
                    "AST001", where, f"代码表 `{name}` 找不到。", "文件名相对本文件所在文件夹。"
                )
            )
            return
        try:
            rows, said = read_codes(self.gate.load(place), Where(path))
        except OSError as error:
            why, action = f"代码表 `{name}` 读不出来：{error}。", "把文件放回原处。"
            self.gate.problems.append(Problem("AST001", where, why, action))
            return
        self.gate.problems += said
        cleaned = clean_asset("codes.csv", codes_csv(rows))
        self.gate.assets[cleaned.url] = cleaned.data
        data["codes"], data["codes_url"] = rows, cleaned.url

    def mention(self, target: str, image: bool, alt: str, where: Where) -> None:
        """Follow one address of a text."""
        address = target.partition("#")[0]
        if image or ":" not in address:
            if address and "//" not in address:
                self.asset(address, image, alt, where)
        elif address.partition(":")[0] in BY_NAME:
            self.allowed(address, where, "链接")

    def allowed(self, target: str, where: Where, verb: str, *, withheld: bool = True) -> bool:
        """Note where `target` stands, if this edition may know it. `withheld`: say so when it is not out yet."""
        entry = self.gate.chosen.get(target)
        if entry is not None:
            self.links[target] = entry.url
            return True
        hidden = self.gate.library.entries.get(target)
        reason = self.gate.withheld.get(target) or self.gate.library.withheld.get(target)
        if reason and withheld:
            self.gate.problems.append(
                Problem(
                    "REF008",
                    where,
                    f"{verb}的 `{target}` 这次不进{self.gate.edition.label}（{reason}），只留文字。",
                )
            )
        elif hidden is not None and hidden.audience not in self.gate.edition.audiences:
            message = f"{self.gate.edition.label}能看到的内容{verb}了 `{target}`，而它只给“{hidden.audience}”看。"
            self.gate.problems.append(
                Problem(
                    "REF004", where, message, f"删去，或把这一段放进 ::: {hidden.audience} 围栏。"
                )
            )
        return False

    def asset(self, name: str, image: bool, alt: str, where: Where) -> None:
        """Take in one picture or attachment, cleaned and renamed by its content."""
        path = asset_path(self.entry.path, name)
        place = self.gate.library.file(self.entry.id, path)
        if not place:
            return
        note = self.entry.assets.get(name)
        key = (path, place, bool(note and note.ai_generated))
        if key not in self.gate.known:
            self.gate.known[key] = self.fetch(path, place, name, where)
        found = self.gate.known[key]
        url = found.url if isinstance(found, Picture) else found
        if self.files.get(name, url) != url:
            said = f"引入的内容和本篇各有一个 `{name}`，不是同一个文件。"
            self.gate.problems.append(Problem("INC001", where, said, "给其中一个文件改名。"))
        if isinstance(found, Picture):
            words = alt or (note.alt if note else "")
            self.mapped(name, words, where)
            if image and not words:
                self.gate.problems.append(
                    Problem(
                        "AST003",
                        where,
                        f"图片 `{name}` 没有替代文字。",
                        "写成 ![图里有什么](文件)，或在 assets 里写 alt。",
                    )
                )
            self.pictures[name] = Picture(
                found.url,
                found.width,
                found.height,
                words,
                note.credit if note else "",
                bool(note and note.ai_generated),
                found.tone,
            )
            self.files[name] = found.url
        elif isinstance(found, str):
            self.files[name] = found
            if image:
                self.gate.problems.append(
                    Problem(
                        "AST002", where, f"`{name}` 不是图片。", "用 [文字](文件) 的写法链接附件。"
                    )
                )

    def fetch(self, path: str, place: str, name: str, where: Where) -> Picture | str | None:
        """Clean an asset's bytes and keep them under their site path."""
        note = self.entry.assets.get(name)
        try:
            cleaned = self.gate.clean(
                path,
                self.gate.load(place),
                keep_ai_label=bool(note and note.ai_generated),
            )
        except (CleanError, OSError) as error:
            self.gate.problems.append(
                Problem(
                    "AST002",
                    where,
                    f"`{name}` 不能采用：{error}。",
                    "换一个文件，或另存为通用格式。",
                )
            )
            return None
        if path.endswith((".csv", ".txt")) and any(secrets(cleaned.data.decode(errors="replace"))):
            said, action = f"`{name}` 里像是有密钥或口令。", "删去；已经发过的，马上作废、重置。"
            self.gate.problems.append(Problem("SEC001", where, said, action))
        self.gate.assets[cleaned.url] = cleaned.data
        if cleaned.width:
            return Picture(cleaned.url, cleaned.width, cleaned.height, "", tone=cleaned.tone)
        return cleaned.url
