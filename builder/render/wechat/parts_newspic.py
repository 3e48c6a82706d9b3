"""贴图: a comic or an infographic as up to 20 pictures of one shape, and a plain text beside them.

The feed shows all pictures in the shape of the first, so each stands whole on a sheet of 3 : 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from builder.kinds import BY_NAME
from builder.media import cast, comic, comic_own, infographic, raster
from builder.media.comic_place import NARROW, layout
from builder.media.covers import DOORS, set_title
from builder.media.palette import AMBER, BLUE, INK, INK_2, PAPER
from builder.media.svg_text import escape
from builder.media.text_layout import measure
from builder.memo import code_version, digest
from builder.model import Page
from builder.render.wechat import pictures as fit
from builder.render.wechat.article import Image
from builder.render.wechat.parts_ground import Ground
from builder.render.wechat.parts_infographic import poster
from builder.render.wechat.parts_state import sentence
from builder.render.wechat.short import whole_lines

if TYPE_CHECKING:
    from PIL import Image as Pil

WIDTH, HEIGHT = 1080, 1440
MOST = 20  # pictures of one message
TEXT = 900  # characters of its text
LEAD = 400  # of these, for the words of its push
TOP, FOOT, EDGE = 120, 90, 40
TAGS = 4


def drawn_sheets(page: Page, ground: Ground) -> tuple[Image, ...]:
    """The sheets in reading order: for a comic a title first, which an infographic has in its head."""
    specs = page.data.get("panels") or page.data["blocks"]
    own = comic_own.figures(page.data.get("cast", {}), page.pictures)
    by = ground.division(page), ground.config.site.name
    said = (
        page.title,
        page.data["key"],
        by,
        specs,
        own,
        page.data.get("layout"),
        page.data.get("root"),
    )
    key = digest("newspic", _version(), repr(said))
    ai = any(p.ai_generated for moods in own.values() for p in moods.values())

    def made() -> Iterable[Pil.Image]:
        if "panels" in page.data:
            title = raster.image(title_sheet(page, ground), WIDTH)
            yield from sheets([title], list(_panels(page, ground)), page, ground)
        else:
            yield from sheets([], list(_slices(page, ground)), page, ground)

    return fit.composed(
        key, (f"{page.title}（{n}）" for n in range(1, MOST + 1)), ground.memo, made, ai=ai
    )


def pictures(
    page: Page, ground: Ground, lead: str = ""
) -> tuple[tuple[Image, ...], str, tuple[str, ...]]:
    """Both halves of a 贴图, and what an editor should know. `lead`: words of the push, plain."""
    cut = whole_lines(lead, LEAD) if lead else ""
    said = () if cut == lead else (f"引言超过 {LEAD} 字，贴图的文字里只放了开头，改短一些。",)
    return drawn_sheets(page, ground), text(page, ground, cut), said


def text(page: Page, ground: Ground, lead: str = "") -> str:
    """The words beside the pictures: whether it holds, the push's own, then the page's, its address, topics."""
    first = "\n".join(filter(None, (sentence(page, ground), lead)))
    room = TEXT - len(first) - 1 if first else TEXT
    key = page.data["key"].replace("==", "")
    sources = "、".join(dict.fromkeys(f"《{s.title}》" for s in page.sources))
    lines = [
        page.summary,
        f"一句话记住：{key}。" if key else "",
        f"依据：{sources}" if sources else "",
        f"{ground.division(page)}　{ground.config.site.owner}",
        f"网页版：{ground.address(page)}",
        " ".join(f"#{tag}" for tag in page.tags[:TAGS]),
    ]
    kept = [line.strip("　") for line in lines if line.strip("　")]
    while len("\n".join(kept)) > room and len(kept) > 2:
        kept.pop(-3 if len(kept) > 3 else 0)
    return "\n".join(filter(None, (first, *kept)))


def _panels(page: Page, ground: Ground) -> Iterable[Pil.Image]:
    own = comic_own.figures(page.data["cast"], page.pictures)
    dressed = comic_own.dressed(page.data["panels"], comic_own.in_file(own, ground.site.assets))
    for number, spec in enumerate(dressed):
        yield raster.image(comic.alone(layout(spec, NARROW, number)), WIDTH - 2 * EDGE)


def _slices(page: Page, ground: Ground) -> Iterable[Pil.Image]:
    tall = HEIGHT - TOP - FOOT
    for svg in infographic.slices(poster(page, ground), tall):
        yield raster.image(svg, WIDTH, PAPER)


def sheets(
    first: Sequence[Pil.Image], drawn: Sequence[Pil.Image], page: Page, ground: Ground
) -> Iterable[Pil.Image]:
    """What stands as it is, then drawings on sheets; too many for one message share sheets."""
    yield from first
    each = -(-len(drawn) // (MOST - len(first)))
    groups = [drawn[n : n + each] for n in range(0, len(drawn), each)]
    for number, group in enumerate(groups, 1):
        headed = number > 1 or bool(first)  # an infographic begins with its own title
        yield _sheet(group, _frame(f"{number}/{len(groups)}", page, ground, headed))


def _sheet(group: Sequence[Pil.Image], frame: str) -> Pil.Image:
    """Drawings one below another, as large as they fit, between title and name."""
    from PIL import Image as Pil

    sheet = raster.image(frame, WIDTH)
    room, gap = HEIGHT - TOP - FOOT, 16
    tall = sum(d.height for d in group) + gap * (len(group) - 1)
    factor = min(1.0, room / tall)
    y = TOP + round((room - tall * factor) / 2)
    for d in group:
        size = (round(d.width * factor), round(d.height * factor))
        shown = d if factor == 1.0 else d.resize(size, Pil.Resampling.LANCZOS)
        sheet.paste(shown, ((WIDTH - size[0]) // 2, y))
        y += size[1] + round(gap * factor)
    return sheet


def _frame(number: str, page: Page, ground: Ground, headed: bool) -> str:
    """What stands on every sheet: the title, which of how many, whose it is."""
    title = page.title
    while measure(title, 34, 700) > WIDTH - 2 * EDGE - 120:
        title = f"{title.removesuffix('…')[:-1]}…"
    by = f"{ground.config.site.name}　{ground.division(page)}"
    head = f'<rect x="{EDGE}" y="88" width="72" height="6" fill="{AMBER}"/>'
    return _document(
        (_text(EDGE, 68, 34, title, INK, 700) + head if headed else "")
        + _text(WIDTH - EDGE, 68, 30, number, INK_2, 400, "end")
        + _text(EDGE, HEIGHT - 34, 28, by, INK_2, 400)
    )


def title_sheet(page: Page, ground: Ground) -> str:
    """The first sheet of a comic: kind, title, the sentence to remember, one of its figures."""
    words = set_title(page.title, WIDTH - 2 * 80, 420, 108)
    label = BY_NAME[page.kind].label
    wide = measure(label, 40, 700) + 48
    out = [
        f'<rect x="80" y="110" width="{wide:g}" height="72" rx="8" fill="{BLUE}"/>',
        _text(80 + wide / 2, 160, 40, label, "#ffffff", 700, "middle"),
    ]
    y = 240.0
    for line in words.lines:
        out.append(_text(80, y + words.size, words.size, line, INK, 700))
        y += words.leading
    out.append(f'<rect x="80" y="{y + 30:g}" width="110" height="9" fill="{AMBER}"/>')
    out.append(_people(page))
    by = f"{ground.config.site.name}　{ground.division(page)}"
    out.append(_text(80, HEIGHT - 60, 34, by, INK_2, 400))
    out.append(
        f'<rect x="6" y="6" width="{WIDTH - 12}" height="{HEIGHT - 12}" fill="none" stroke="{INK}" stroke-width="12"/>'
    )
    return _document("".join(out))


def _people(page: Page) -> str:
    """Up to two of those who come in it, before a patch of colour."""
    seen = dict.fromkeys(f["who"] for p in page.data["panels"] for f in p["cast"])
    seen |= dict.fromkeys(s["who"] for p in page.data["panels"] for s in p["says"])
    known = [who for who in seen if who in cast.PEOPLE][:2] or ["小统"]
    door = DOORS[int(digest("cover", page.title)[:8], 16) % len(DOORS)]
    scale, foot = 1.42, HEIGHT - 130
    out = [f'<circle cx="{WIDTH / 2}" cy="{foot - 300}" r="380" fill="{door}"/>']
    step = 420 if len(known) > 1 else 0
    for number, who in enumerate(known):
        left = WIDTH / 2 - cast.WIDTH * scale / 2 + (number - (len(known) - 1) / 2) * step
        facing = "front" if len(known) == 1 else ("right", "left")[number]
        person = cast.figure(who, "smile", ("explain", "rest")[number], facing, ink=7 / scale)
        out.append(
            f'<g transform="translate({left:g} {foot - cast.HEIGHT * scale:g}) scale({scale})">{person}</g>'
        )
    out.append(f'<rect x="0" y="{foot}" width="{WIDTH}" height="{HEIGHT - foot}" fill="{PAPER}"/>')
    out.append(f'<rect x="80" y="{foot}" width="{WIDTH - 160}" height="6" fill="{INK}"/>')
    return "".join(out)


def _document(inside: str) -> str:
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><rect width="100%" height="100%" fill="{PAPER}"/>{inside}</svg>'


def _text(
    x: float, y: float, size: float, words: str, fill: str, weight: int, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" fill="{fill}"'
        f' text-anchor="{anchor}">{escape(words)}</text>'
    )


@lru_cache(maxsize=1)
def _version() -> str:
    return digest(comic.version(), infographic.version(), code_version(__file__))
