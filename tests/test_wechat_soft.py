"""Charts and infographics in articles: on soft paper, since a phone turns no pictures at night."""

from __future__ import annotations

import io

import pytest
from PIL import Image as Pil

from builder.render.wechat import parts_infographic
from builder.render.wechat.colour import Colour, brightness, contrast, parse
from builder.render.wechat.pictures import SOFT, softened
from builder.render.wechat.prose_media import COLOURS
from tests.own_articles import World
from tests.wechat_sample import article

GLARE = 238  # brightness that no part of a page of paper has
CHART = "```chart\ntype: bar\ntitle: 八月高\nunit: 亿元\nx: [七月, 八月]\nseries:\n  甲: [1, 2]\nsource: 示例\n```\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory)


def brightest(data: bytes) -> float:
    """How bright the paper is: the mean of the brighter half of a picture."""
    with Pil.open(io.BytesIO(data), formats=["PNG", "JPEG"]) as opened:
        dots: list[int] = sorted(opened.convert("L").resize((64, 64)).tobytes())
    half = dots[len(dots) // 2 :]
    return sum(half) / len(half)


def test_a_chart_stands_on_soft_paper() -> None:
    (image,) = article(CHART).images
    assert 200 < brightest(image.data) < GLARE


def test_an_infographic_does(world: World) -> None:
    page = next(world.pages("infographic"))
    for image in parts_infographic.drawing(page, world.ground):
        assert 200 < brightest(image.data) < GLARE


def test_what_is_drawn_is_seen_on_it() -> None:
    paper = parse(SOFT)
    assert paper is not None
    for name, least in (("ink", 7.0), ("ink-2", 4.5), *((f"line-{n}", 3.0) for n in range(1, 7))):
        colour = parse(COLOURS[name])
        assert colour is not None
        assert contrast(colour, paper) >= least, name
    hair, before = parse(COLOURS["hair"]), parse("#d6cbb4")
    assert hair is not None
    assert before is not None
    assert contrast(hair, paper) >= contrast(before, Colour(255, 255, 255)) - 0.05


def test_softening_keeps_black_black_and_dims_white() -> None:
    image = Pil.new("RGB", (2, 1), "#000000")
    image.putpixel((1, 0), (255, 255, 255))
    made = softened(image)
    black, white = made.getpixel((0, 0)), made.getpixel((1, 0))
    assert black == (0, 0, 0)
    assert isinstance(white, tuple)
    assert 225 < brightness(Colour(*white)) < GLARE
