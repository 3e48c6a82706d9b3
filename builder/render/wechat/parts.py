"""Parts of a page as blocks of an article: what stands between its title and its foot.

Switches on the Part; what a kind says besides stands in `parts_kinds.py`. Nothing of the page's own
words is left out; what only a browser can do is led to by an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from builder.model import (
    Comic,
    Infographic,
    Page,
    Part,
    Prose,
    QuestionAnswer,
    Quiz,
    Table,
    Timeline,
    Video,
)
from builder.render.wechat import (
    parts_bits,
    parts_comic,
    parts_infographic,
    parts_kinds,
    parts_live,
    parts_quiz,
    parts_state,
    parts_video,
)
from builder.render.wechat.parts_bits import keypoint, para
from builder.render.wechat.parts_ground import Ground, model_made
from builder.render.wechat.parts_sources import sources

if TYPE_CHECKING:
    from builder.render.wechat.press import Press

__all__ = ["Ground", "Laid", "lay", "lay_part", "sources"]
KEYS = {"case": "可以学的一条", "live": "没空看完，先看这一句"}


@dataclass(frozen=True, slots=True)
class Laid:
    """What is to be said of what was laid: `ai`: a model made some of it; `said`: notes for the editor."""

    ai: bool = False
    said: tuple[str, ...] = ()


def lay(page: Page, press: Press, ground: Ground) -> Laid:
    """Lay all of a page but its title, sources and foot."""
    press.page(page.url)
    parts, data = ground.body.made(page)
    press.block("提示", parts_state.banner(page, ground, press))
    for label, html in parts_kinds.head(page, data, press, ground):
        press.block(label, html)
    if not any(isinstance(part, Infographic) for part in parts):  # its picture says it
        press.block(
            "一句话", keypoint(press, data.get("key", ""), KEYS.get(page.kind, "一句话记住"))
        )
    for label, html in parts_kinds.before(page, data, press, ground):
        press.block(label, html)
    said: list[str] = []
    for part in parts:
        said += lay_part(part, page, press, ground, data)
    for label, html in (*parts_kinds.after(page, data, press, ground), *_told(parts, page, press)):
        press.block(label, html)
    ai = model_made(page) or ("scenes" in page.data and parts_video.voiced_by_model(page, ground))
    return Laid(ai, tuple(said))


def lay_part(
    part: Part, page: Page, press: Press, ground: Ground, data: dict[str, Any]
) -> list[str]:
    """Lay one Part; give what an editor should know of it."""
    match part:
        case Prose():
            press.block("正文", press.prose(part.html))
        case Comic():
            parts_comic.lay(part, page, press, ground)
        case Infographic():
            parts_infographic.lay(page, press, ground)
        case Video():
            return parts_video.lay(part, page, press, ground)
        case Quiz():
            return parts_quiz.lay(part, press)
        case Timeline():
            return parts_live.lay(page, data, press, ground)
        case Table():
            press.block(
                "表格",
                para(press, part.caption, "caption")
                + press.prose(parts_bits.table(part.head, part.rows)),
            )
        case QuestionAnswer():
            press.block("答案", parts_kinds.answer(press, part.answer, part.question))
    return []


def _told(parts: Iterable[Part], page: Page, press: Press) -> Iterator[tuple[str, str]]:
    """What drawings and films say, in words: after all that is to be read by everybody."""
    for part in parts:
        match part:
            case Comic():
                yield "漫画文字稿", parts_comic.transcript(part, press)
            case Infographic():
                yield "图解文字版", parts_infographic.transcript(part, page, press)
            case Video():
                yield "视频文字稿", parts_video.transcript(part, press)
