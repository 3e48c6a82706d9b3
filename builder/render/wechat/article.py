"""What a WeChat article is: HTML as it is sent, its pictures, and the words around it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Image:
    """One picture of an article: a JPEG or PNG below 1 MB. `name` is `images/<sha12>.<jpg|png>`."""

    name: str
    data: bytes
    width: int
    height: int
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Cover:
    """The picture before an article, with its two crops as WeChat wants them (fractions of it)."""

    image: Image
    crop_235: str
    crop_11: str


@dataclass(frozen=True, slots=True)
class Budget:
    """How much of WeChat's limit is used: characters with all tags, bytes, what took most, what gave way."""

    characters: int
    bytes: int
    top: tuple[tuple[str, int], ...] = ()
    fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """One article. `html` names its pictures as `images/…`; `pictures` are those of a 贴图, in order.

    `ai`: something in it was made by a model. `said`: what an editor should know, in Chinese.
    """

    id: str
    kind: str
    theme: str
    title: str
    author: str
    digest: str
    url: str  # of the public page, whole
    html: str
    images: tuple[Image, ...]
    cover: Cover | None
    budget: Budget
    pictures: tuple[str, ...] = ()
    text: str = ""
    film: str = ""  # path in the bundle, for a video message
    ai: bool = False
    short: dict[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    links: dict[str, str] = field(default_factory=dict)  # to WeChat articles, with the linked words
