"""A 短视频 on its page: what the player offers, and the files beside the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from builder.bundle import Artefact
from builder.config import SiteConfig
from builder.media.studio import ready, replaced
from builder.memo import Memo
from builder.model import Page, Site
from builder.problems import Problem, Where

if TYPE_CHECKING:
    from builder.media.studio import Studio
    from builder.media.video import Script, Spoken

FILMS = {
    "16:9": ("shipin.mp4", "横屏"),
    "9:16": ("shipin-shu.mp4", "竖屏"),
    "1:1": ("shipin-fang.mp4", "方形"),
}
POSTER, CAPTIONS, SOUND = "haibao.jpg", "zimu.vtt", "yinpin.m4a"


class Films:
    """The films of one site. `studio` makes them; None: only scripts are shown."""

    def __init__(self, site: Site, config: SiteConfig, studio: Studio | None, memo: Memo) -> None:
        """`memo` keeps all that was made."""
        self.site = site
        self.config = config
        self.studio = studio
        self.memo = memo

    def view(self, page: Page) -> dict[str, Any]:
        """What the template shows besides the scenes."""
        studio = self.studio
        shown: dict[str, Any] = {
            "poster": POSTER if studio else "",
            "films": (),
            "captions": "",
            "sound": "",
            "seconds": page.data["seconds"],
            "label": "",
            "starts": (),
        }
        if studio is None or not ready():
            return shown
        from builder.media import video  # only where there are films

        shapes = self.shapes(page)
        shown["films"] = tuple(
            {"url": FILMS[s][0], "label": FILMS[s][1], "shape": s} for s in shapes
        )
        shown["captions"] = CAPTIONS
        if studio.later:
            return shown
        script = self.script(page)
        told = studio.spoken(script, self.memo)
        timing = told.timing
        shown["seconds"] = round(timing.seconds)
        shown["sound"] = SOUND if told.voice else ""
        shown["label"] = video.label(script, told)
        shown["starts"] = tuple(timing.start(n) // 25 for n in range(1, len(script.scenes) + 1))
        return shown

    def shapes(self, page: Page) -> tuple[str, ...]:
        """The shapes in which the film of a page is offered, the usual one first."""
        wanted = {*page.data["formats"], *self.config.video.formats, "16:9"}
        return tuple(shape for shape in FILMS if shape in wanted)

    def files(self, page: Page) -> Iterator[Artefact]:
        """Poster, films, subtitles and narration of a page."""
        studio = self.studio
        if studio is None:
            return
        from builder.media import video  # only where there are films

        script, memo, here = self.script(page), self.memo, f"site/{page.url}"
        told = self._told(script)
        poster = studio.poster(script, told, memo)
        yield Artefact(here + POSTER, poster, "image/jpeg", page.made_of)
        if not ready():
            return
        captions = video.subtitles(told).encode()
        yield Artefact(here + CAPTIONS, captions, "text/vtt; charset=utf-8", page.made_of)
        if told.voice:
            sound = studio.sound(script, told, memo)
            yield Artefact(here + SOUND, sound, "audio/mp4", page.made_of, told.engine)
        for shape in self.shapes(page):
            film = studio.film(script, told, shape, memo)
            yield Artefact(here + FILMS[shape][0], film, "video/mp4", page.made_of, told.engine)

    def problems(self, page: Page) -> Iterator[Problem]:
        """What an author should know of a page's film; placed at the page's id."""
        if self.studio is not None and ready() and not self.studio.draft:
            yield from replaced(self._told(self.script(page)), Where(page.id))

    def versions(self) -> list[str]:
        """What films are made by: code, drawings, how fine they are."""
        from builder.media import video  # only where there are films

        studio = self.studio
        if studio is None:
            return []
        return [video.version(), repr((studio.draft, studio.later, studio.every, ready()))]

    def _told(self, script: Script) -> Spoken:
        from builder.media import video  # only where there are films

        assert self.studio is not None
        if ready():
            return self.studio.spoken(script, self.memo)
        return video.unspoken(script, self.studio.book)

    def script(self, page: Page) -> Script:
        """All that the film of a page is made from."""
        from builder.kinds.video_script import script  # only where there are films

        return script(page, self.site, self.config)
