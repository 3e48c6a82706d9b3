"""The film of a page for a video message: where it stands in the bundle, and its words."""

from __future__ import annotations

from builder.bundle import own_name
from builder.media.studio import ready
from builder.model import Page
from builder.render.wechat.parts_ground import Ground
from builder.render.wechat.words import digest

FILM = "shipin.mp4"  # the film for broad screens; every page of a 短视频 has it


def film(page: Page, ground: Ground) -> dict[str, str] | None:
    """Its path under `site/`, title and digest; None where no films can be made here.

    The path holds the film's own hash, so the film is made for it; the site's pages take the same one
    from where it is kept.
    """
    studio = ground.body.studio
    if studio is None or not ready():
        return None
    from builder.kinds.video_script import script  # only where there are films

    written = script(page, ground.site, ground.config)
    told = studio.spoken(written, ground.memo)
    data = studio.film(written, told, "16:9", ground.memo)
    path = own_name(f"{page.url}{FILM}", data)
    return {"file": path, "title": page.title, "digest": digest(page)}
