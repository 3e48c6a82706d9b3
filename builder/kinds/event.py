"""轮讲、培训、开放日: programme, speakers, materials, summaries by unit."""

from typing import Literal

from builder.kinds.front import (
    Clock,
    Date,
    File,
    FrontMatter,
    Kind,
    Line,
    Link,
    Md,
    Ref,
    Slug,
    Strict,
    folder_pattern,
)


class Item(Strict):
    """One line of the programme."""

    time: Clock | str = ""
    title: Line
    speaker: str = ""
    unit: str = ""
    audience: Slug | Literal[""] = ""


class Speaker(Strict):
    """Who speaks."""

    name: Line
    unit: str = ""
    topic: str = ""


class Material(Strict):
    """Something to take home: a file beside the entry, an entry's id, or an address."""

    title: Line
    file: File | Literal[""] = ""
    link: Ref | Link | Literal[""] = ""
    audience: Slug | Literal[""] = ""


class Summary(Strict):
    """What one unit reports."""

    unit: Slug
    text: Md
    audience: Slug | Literal[""] = ""


class Event(FrontMatter):
    """An event."""

    type: Literal["lecture", "open-day", "training"]
    start: Date
    end: Date | Literal[""] = ""
    place: Line | str = ""
    host: Line | str = ""
    programme: tuple[Item, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    materials: tuple[Material, ...] = ()
    summaries: tuple[Summary, ...] = ()


KIND = Kind(
    "event", "活动", "huo", Event, folder_pattern("content/events", ".md"), "event", "events"
)
