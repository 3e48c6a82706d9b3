"""Pictures for WeChat: of every kind one that it takes, small, still, upright, told of by nobody."""

from __future__ import annotations

import io
import os
import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pil
from PIL import ImageDraw

from builder.media.clean import AI_LABEL
from builder.memo import Memo
from builder.render.wechat.article import Image
from builder.render.wechat.pictures import (
    MOST,
    WIDTH,
    PictureError,
    animated,
    composed,
    drawn,
    fitted,
    pieces,
    qr,
)
from builder.render.wechat.pictures_cut import chosen, gaps

NONE = Memo(None, "1")
NOISY = random.Random(5)


def photo(width: int, height: int) -> Pil.Image:
    """Gradients: many colours."""
    grey = Pil.linear_gradient("L").resize((width, height))
    round_ = Pil.radial_gradient("L").resize((width, height))
    return Pil.merge("RGB", (grey, round_, grey.rotate(180)))


def noise(width: int, height: int) -> Pil.Image:
    """The worst there is: nothing in it can be pressed."""
    return Pil.frombytes("RGB", (width, height), NOISY.randbytes(width * height * 3))


def flat(width: int, height: int, blocks: int = 4) -> Pil.Image:
    """A drawing: blocks of colour with empty bands between them."""
    image = Pil.new("RGB", (width, height), "#fffdf8")
    draw, step = ImageDraw.Draw(image), height / blocks
    for n in range(blocks):
        top = n * step
        draw.rectangle((20, top + step * 0.1, width - 20, top + step * 0.9), "#1b4a80")
        draw.ellipse((40, top + step * 0.2, 200, top + step * 0.7), "#f2c14e")
    return image


def saved(image: Pil.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def sound(image: Image) -> Pil.Image:
    """What each picture must be, whatever it was made from."""
    assert len(image.data) < MOST
    opened = Pil.open(io.BytesIO(image.data), formats=["JPEG", "PNG"])
    opened.load()
    assert opened.size == (image.width, image.height)
    assert opened.width <= WIDTH
    assert opened.mode in {"RGB", "L", "P"}
    assert not getattr(opened, "is_animated", False)
    assert image.name.endswith("png" if opened.format == "PNG" else "jpg")
    return opened


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
@pytest.mark.parametrize("width", [60, 1080, 2400])
def test_every_kind_becomes_one_that_is_taken(kind: str, width: int) -> None:
    source = photo(width, width * 2 // 3)
    quick = {"speed": 10} if kind == "AVIF" else {}
    made = sound(fitted(saved(source, kind, **quick), "会场", NONE))
    assert made.width == min(width, WIDTH), "never enlarged"
    assert abs(made.width / made.height - 1.5) < 0.03


def test_what_fits_keeps_its_pixels() -> None:
    for kind, image in (("JPEG", photo(800, 600)), ("PNG", flat(800, 600))):
        data = saved(image, kind)
        made = sound(fitted(data, "", NONE))
        assert made.tobytes() == Pil.open(io.BytesIO(data)).tobytes()
        assert made.format == kind


def test_even_noise_comes_below_the_limit() -> None:
    made = sound(fitted(saved(noise(1500, 2000), "PNG"), "", NONE))
    assert made.format == "JPEG"


def test_a_drawing_stays_a_drawing() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200" width="300" height="200">'
        '<rect width="300" height="200" fill="#f2c14e"/><text x="20" y="100" font-size="40">微课</text></svg>'
    )
    made = sound(drawn(svg, "字", NONE))
    assert made.format == "PNG"
    assert made.size == (WIDTH, 720)
    assert sound(fitted(svg.encode(), "字", NONE)).size == (WIDTH, 720)
    assert len(drawn(svg, "", NONE).data) < 30_000


def test_clear_ground_becomes_paper() -> None:
    clear = Pil.new("RGBA", (90, 90), (0, 0, 0, 0))
    for kind in ("PNG", "WEBP", "GIF"):
        made = sound(fitted(saved(clear, kind), "", NONE))
        assert made.convert("RGB").getpixel((45, 45)) == (255, 255, 255), kind


def test_turned_pictures_stand_upright() -> None:
    exif = Pil.Exif()
    exif[0x0112] = 6
    made = sound(fitted(saved(photo(300, 200), "JPEG", exif=exif), "", NONE))
    assert made.size == (200, 300)


def test_nothing_is_told_of_where_it_comes_from() -> None:
    exif = Pil.Exif()
    exif[0x013B] = "张三"
    exif[0x010E] = "NEIBU"
    for width in (300, 2000):
        for ai in (False, True):
            data = saved(photo(width, 200), "JPEG", exif=exif, comment=b"NEIBU")
            made = fitted(data, "", NONE, ai=ai)
            sound(made)
            assert b"NEIBU" not in made.data
            assert "张三".encode() not in made.data
            assert (b"TC260:AIGC" in made.data) is ai, "the label that a model made it"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_label_stays_in_every_format_and_piece(kind: str) -> None:
    tall = flat(400, 4000, 10)
    for made in pieces(saved(tall, kind), "长图", NONE, ai=True):
        sound(made)
        assert AI_LABEL in made.data


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_what_moves_the_first_frame(kind: str) -> None:
    first, second = Pil.new("RGB", (40, 40), "#ff0000"), Pil.new("RGB", (40, 40), "#0000ff")
    data = saved(first, kind, save_all=True, append_images=[second], duration=90)
    assert animated(data)
    made = sound(fitted(data, "", NONE)).convert("RGB").getpixel((20, 20))
    assert isinstance(made, tuple)
    assert made[0] > 250
    assert made[2] < 5
    assert not animated(saved(first, kind))


def test_odd_pixels() -> None:
    for image in (
        Pil.new("CMYK", (50, 50), (0, 255, 0, 0)),
        Pil.new("L", (50, 50), 128),
        Pil.new("1", (50, 50), 1),
        Pil.new("I;16", (50, 50), 40_000),
        Pil.new("LA", (50, 50), (128, 0)),
    ):
        kind = "JPEG" if image.mode == "CMYK" else "PNG"
        sound(fitted(saved(image, kind), "", NONE))
    deep = sound(fitted(saved(Pil.new("I;16", (50, 50), 40_000), "PNG"), "", NONE))
    assert abs(deep.convert("L").tobytes()[9 * deep.width + 9] - 155) < 3


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\nxx", b"\xff\xd8\xff", b"hello"]
)
def test_what_is_no_picture_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(PictureError, match="图片"):
        fitted(data, "", NONE)


def test_too_many_pixels_are_refused() -> None:
    data = saved(Pil.new("1", (10_000, 6_100)), "PNG")
    with pytest.raises(PictureError, match="像素"):
        fitted(data, "", NONE)


def test_made_once(tmp_path: Path) -> None:
    memo = Memo(tmp_path / "a" / "memo", "1")
    data, made = saved(photo(1500, 1000), "JPEG"), []

    def make() -> list[Pil.Image]:
        made.append(1)
        return [photo(100, 90), photo(90, 100)]

    first, again = fitted(data, "甲", memo), fitted(data, "乙", memo)
    assert (first.data, first.name) == (again.data, again.name)
    assert (first.alt, again.alt) == ("甲", "乙"), "words are not pixels"
    for _ in range(3):
        shown = composed("k", ("一", "二"), memo, make)
        assert [(i.width, i.height, i.alt) for i in shown] == [(100, 90, "一"), (90, 100, "二")]
    assert made == [1]


def test_a_code_leads_where_it_says() -> None:
    code = qr("https://tjj.example.gov.cn/weike/faq/mlk/wenti/", "二维码", NONE)
    image = sound(code).convert("L")
    assert image.width == image.height
    quiet = 4 * 12
    assert image.crop((0, 0, image.width, quiet)).getextrema() == (255, 255), "scanners want a rim"
    assert image.getpixel((quiet, quiet)) == 0
    assert code.data == qr("https://tjj.example.gov.cn/weike/faq/mlk/wenti/", "", NONE).data


# --- cutting -----------------------------------------------------------------------------------------


def test_long_pictures_are_cut_between_their_blocks() -> None:
    tall = flat(800, 6400, 8)
    made = pieces(saved(tall, "PNG"), "一图读懂", NONE)
    assert len(made) > 3
    assert [m.alt for m in made][:2] == ["一图读懂", "一图读懂（续 2）"]
    whole = Pil.new("RGB", tall.size)
    at = 0
    for piece in made:
        part = sound(piece).convert("RGB")
        for row in (0, part.height - 1):
            line = part.crop((0, row, 800, row + 1)).convert("L").getextrema()
            assert line[0] == line[1], "cut where nothing stands"
        whole.paste(part, (0, at))
        at += part.height
    assert at == tall.height, "nothing is lost, nothing comes twice"
    assert whole.getpixel((100, 3300)) == tall.getpixel((100, 3300))


def test_short_ones_are_not_cut() -> None:
    assert len(pieces(saved(photo(800, 1900), "JPEG"), "", NONE)) == 1


def test_without_a_gap_the_quietest_row_is_cut() -> None:
    tall = noise(200, 1200)
    tall.paste(Pil.new("RGB", (160, 2), "#808080"), (20, 330))
    assert gaps(tall)
    for piece in pieces(saved(tall, "PNG"), "", NONE):
        sound(piece)


COUNT = 2000 if os.environ.get("WEIKE_FULL") else 60


@settings(max_examples=COUNT)
@given(
    st.integers(100, 1080),
    st.integers(100, 30_000),
    st.lists(st.tuples(st.integers(0, 30_000), st.integers(8, 200)), max_size=40),
)
def test_cuts_rise_and_leave_no_scraps(wide: int, tall: int, bands: list[tuple[int, int]]) -> None:
    cuts = chosen(tall, wide, sorted(bands), [9] * tall)
    edges = [0, *cuts, tall]
    sizes = [low - high for high, low in pairwise(edges)]
    assert all(size > 0 for size in sizes)
    assert not cuts or min(sizes) > 0.25 * wide
    assert max(sizes) <= max(tall if not cuts else 0, 2.4 * wide)


@settings(max_examples=COUNT // 4)
@given(
    st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "AVIF"]),
    st.integers(1, 1600),
    st.integers(1, 1600),
    st.booleans(),
)
def test_any_size(kind: str, width: int, height: int, ai: bool) -> None:
    made = fitted(saved(photo(width, height), kind), "", NONE, ai=ai)
    assert sound(made).width == min(width, WIDTH)
