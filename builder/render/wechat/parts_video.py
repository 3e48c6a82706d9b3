"""A film: its first picture, how long it takes, the way to it, and all that is said and shown in it.

WeChat's programs' door takes no film within an article: readers go by the code or “阅读原文”, or an
editor puts the film in by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from builder.memo import digest
from builder.model import Page, Video
from builder.render.wechat import parts_infographic, pictures
from builder.render.wechat.article import Image
from builder.render.wechat.parts_bits import clock, para, put
from builder.render.wechat.parts_ground import Ground

if TYPE_CHECKING:
    from builder.render.wechat.press import Press
    from builder.render.wechat.themes import Theme

VOICE = "旁白由人工智能合成"
BY_HAND = "接口不收正文里的视频：文章里放的是海报、二维码和文字稿；要在文章里直接播放，请在公众号后台把视频插到海报的位置"


def lay(part: Video, page: Page, press: Press, ground: Ground) -> list[str]:
    """Poster, and the way to the film."""
    about = f"短视频，约{clock(part.seconds)}，{len(part.scenes)}个镜头"
    voice = VOICE if voiced_by_model(page, ground) else ""
    image = poster(page, ground)
    shown = press.picture(image, about, voice) if image else para(press, about, "quiet")
    press.block("视频海报", shown)
    press.block("视频二维码", way(page, press, ground, "看视频"))
    return [BY_HAND]


def transcript(part: Video, press: Press) -> str:
    """All that is said and shown, scene by scene."""
    return press.heading("文字稿") + "".join(_scene(scene, press) for scene in part.scenes)


def way(page: Page, press: Press, ground: Ground, verb: str) -> str:
    """A code that leads to the page, and its address as text."""
    address = ground.address(page)
    code = press.image(pictures.qr(address, f"二维码：{page.title}", ground.memo))
    code = code.replace(press.theme.style("picture"), "width:38%;vertical-align:top", 1)
    said = para(press, f"长按识别二维码{verb}，也可以点文末“阅读原文”", "figcaption")
    where = press.theme.put("p", "figcaption", press.theme.put("span", "address", escape(address)))
    return put("section", "code", code + said + where)


def voiced_by_model(page: Page, ground: Ground) -> bool:
    """Whether a film's narration is spoken by a machine: nobody's recording, and a voice is chosen."""
    studio = ground.body.studio
    if studio is None or page.data["recording"]:
        return False
    return any(name != "silent" for name in studio.narration.engines)


def poster(page: Page, ground: Ground) -> Image | None:
    """The first card of the film; None where no films are made."""
    studio = ground.body.studio
    if studio is None:
        return None
    from builder.kinds.video_script import script  # only where there are films
    from builder.media import video

    written = script(page, ground.site, ground.config)
    key = digest("wechat poster", video.version(), written.identity)
    data = ground.memo.blob(
        key, lambda: video.poster(written, video.unspoken(written, studio.book))
    )
    drawn = any(scene.get("ai_generated") for scene in page.data["scenes"])
    return pictures.fitted(data, f"短视频《{page.title}》的第一个画面", ground.memo, ai=drawn)


def _scene(scene: Mapping[str, Any], press: Press) -> str:
    out = (
        [press.theme.put("p", "tight", press.theme.strong(scene["caption"]))]
        if scene["caption"]
        else []
    )
    out.append(para(press, f"画面：{scene['show']}" if scene["show"] else "", "quiet"))
    out += [press.theme.put("p", "tight", line) for line in _seen(scene, press.theme)]
    if scene["blocks"] and scene["blocks"]["sample"]:
        out.append(press.theme.put("p", "tight", press.stamp()))
    out.append(para(press, scene["narration"]))
    return "".join(out)


def _seen(scene: Mapping[str, Any], theme: Theme) -> Iterator[str]:
    """What stands written in a scene, in lines of HTML."""
    if card := scene["card"]:
        yield "<br>".join([theme.strong(card["title"]), *map(theme.words, card["lines"])])
    if scene["panel"] and scene["panel"]["board"]:
        yield theme.words(f"板上写着：{'；'.join(scene['panel']['board'])}。")
    if shown := scene["blocks"]:
        yield from parts_infographic.told(theme, shown["layout"], shown["blocks"], shown["root"])
    if scene["chart"] is not None:
        yield theme.words(parts_infographic.charted(scene["chart"]))
