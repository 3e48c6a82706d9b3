"""A comic: each panel a picture as wide as the phone, one below another; every word of it as text besides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from builder.media import comic, comic_own, raster
from builder.media.comic_place import NARROW, layout
from builder.memo import digest
from builder.model import Comic, Page
from builder.render.wechat import pictures
from builder.render.wechat.article import Image
from builder.render.wechat.parts_bits import numeral, para, put
from builder.render.wechat.parts_ground import Ground

if TYPE_CHECKING:
    from PIL import Image as Pil

    from builder.render.wechat.press import Press


def lay(part: Comic, page: Page, press: Press, ground: Ground) -> None:
    """Panels, and who drew them."""
    for number, image in enumerate(panels(page, ground), 1):
        press.block(f"漫画第{numeral(number)}格", put("section", "panel", press.image(image)))
    press.block("漫画署名", "".join(para(press, line, "figcaption") for line in part.signed))


def panels(page: Page, ground: Ground) -> tuple[Image, ...]:
    """The panels in reading order, each made once."""
    own = comic_own.figures(page.data["cast"], page.pictures)
    specs = page.data["panels"]

    def made() -> Iterable[Pil.Image]:
        dressed = comic_own.dressed(specs, comic_own.in_file(own, ground.site.assets))
        for number, spec in enumerate(dressed):
            found = layout(spec, NARROW, number)
            yield raster.image(comic.alone(found), pictures.WIDTH)

    key = digest("panels", comic.version(), repr((specs, own)))
    ai = any(p.ai_generated for moods in own.values() for p in moods.values())
    alts = [_alt(spec, n) for n, spec in enumerate(specs, 1)]
    return pictures.composed(key, alts, ground.memo, made, ai=ai)


def _alt(spec: Mapping[str, Any], number: int) -> str:
    return f"漫画第{numeral(number)}格" + (f"：{spec['caption']}" if spec["caption"] else "")


def transcript(part: Comic, press: Press) -> str:
    """All that is written in the panels, so that it can be read out and searched."""
    out = [press.heading("文字稿")]
    for number, panel in enumerate(part.panels, 1):
        caption = f"　{panel['caption']}" if panel["caption"] else ""
        lines = map(press.theme.words, _lines(panel))
        out.append(
            put(
                "p",
                "told",
                "<br>".join([press.theme.strong(f"第{numeral(number)}格{caption}"), *lines]),
            )
        )
        out.append(press.prose(part.told[number - 1]) if number <= len(part.told) else "")
    return "".join(out)


def _lines(panel: Mapping[str, Any]) -> Iterable[str]:
    if panel.get("note"):
        yield panel["note"]
    yield from (f"板上写着：{line}。" for line in panel["board"])
    for said in panel["says"]:
        who = said["who"] if said["who"] and said["who"] != "旁白" else ""
        thinks = "（心想）" if said["kind"] == "thought" else ""
        yield f"{who}{thinks}：{said['text']}" if who else said["text"]
