"""The content types. A new one: its module and its line in `KINDS`."""

from pathlib import Path

from builder.indicators import accounting, mapped, query, rules
from builder.indicators.warn import inbox, relations
from builder.kinds import (
    article,
    case,
    column,
    comic,
    course,
    dashboard,
    dialogue,
    event,
    faq,
    gdp,
    indicator,
    infographic,
    lesson,
    live,
    mapping,
    norm,
    push,
    quiz,
    regions,
    ruleset,
    script,
    snapshot,
    snippet,
    standard,
    system,
    template,
    term,
    verdicts,
    video,
)
from builder.kinds.front import Kind
from builder.media.cast import ART
from builder.memo import code_version

KINDS: tuple[Kind, ...] = (
    faq.KIND,
    course.KIND,
    lesson.KIND,
    comic.KIND,
    infographic.KIND,
    video.KIND,
    quiz.KIND,
    live.KIND,
    article.KIND,
    column.KIND,
    event.KIND,
    case.KIND,
    term.KIND,
    standard.KIND,
    norm.KIND,
    system.KIND,
    snippet.KIND,
    push.KIND,
    regions.KIND,  # before indicators: its file lies among theirs
    indicator.KIND,
    snapshot.KIND,
    dashboard.KIND,
    template.KIND,
    ruleset.KIND,
    gdp.KIND,
    mapping.KIND,
    verdicts.KIND,
    script.KIND,
    dialogue.KIND,
)

BY_NAME: dict[str, Kind] = {kind.name: kind for kind in KINDS}

# Kinds that may stand in a course's `lessons/`.
LESSON_KINDS = frozenset({"lesson", "comic", "infographic", "video", "quiz", "live"})


def version() -> str:
    """A hash of the code of all kinds."""
    rooms = (accounting, inbox, mapped, query, relations, rules)
    own = sorted([*Path(__file__).parent.glob("*.py"), *(Path(str(r.__file__)) for r in rooms)])
    return code_version(*map(str, own), str(ART / "cast.json"))


__all__ = ["BY_NAME", "KINDS", "LESSON_KINDS", "Kind", "version"]
