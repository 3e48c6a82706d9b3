"""Pictures in sizes and formats: what a page names is there, smaller, and carries its label."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from builder.audit import addresses, audit
from builder.bundle import Artefact
from builder.markup import render
from builder.media.clean import CleanError, clean_asset, cleaner
from builder.media.images import STEPS, encode, made, renditions
from builder.memo import Memo
from builder.model import Edition, Picture
from builder.render.web.shell import THEME

PHOTO = Picture("assets/ab12cd/huichang.jpg", 2400, 1600, "会场")
PUBLIC = Edition(
    "internet", "互联网", frozenset({"public"}), "https://t.example.gov.cn/w/", True, ("web",)
)


def photo(width: int, height: int, kind: str = "JPEG") -> bytes:
    """A picture with gradients and edges."""
    image = Image.linear_gradient("L").resize((width, height))
    other = Image.radial_gradient("L").resize((width, height))
    out = io.BytesIO()
    Image.merge("RGB", (image, other, image.rotate(180))).save(out, kind)
    return out.getvalue()


def test_small_pictures_and_animations_stay_alone() -> None:
    assert renditions(replace(PHOTO, width=400)) == []
    assert renditions(replace(PHOTO, url="assets/x/dong.gif")) == []


@pytest.mark.parametrize("width", [600, 1000, 1500, 1700, 4000])
def test_sizes_rise_and_never_exceed_the_picture(width: int) -> None:
    found = renditions(replace(PHOTO, width=width))
    for suffix in ("avif", "webp"):
        widths = [r.width for r in found if r.suffix == suffix]
        assert widths == sorted(set(widths))
        assert widths[-1] == min(width, STEPS[-1])
    assert len({r.url for r in found}) == len(found)


def test_each_rendition_is_what_its_name_says(tmp_path: Path) -> None:
    picture = replace(PHOTO, width=1300, height=900)
    data = photo(1300, 900)
    memo = Memo(tmp_path / "memo", "1")
    files = dict(made(picture, data, memo))
    assert set(files) == {r.url for r in renditions(picture)}
    for item in renditions(picture):
        image = Image.open(io.BytesIO(files[item.url]), formats=["AVIF", "WEBP"])
        assert image.format == item.suffix.upper()
        assert image.size == (item.width, round(900 * item.width / 1300))
    assert len(files["assets/ab12cd/huichang-480.avif"]) < len(data) / 3
    kept = dict(made(picture, data, Memo(tmp_path / "memo", "1")))
    assert kept == files


@pytest.mark.parametrize("suffix", ["avif", "webp"])
def test_what_a_model_made_keeps_its_label(suffix: str) -> None:
    item = next(r for r in renditions(PHOTO) if r.suffix == suffix)
    labelled, plain = (encode(photo(900, 600), item, labelled=mark) for mark in (True, False))
    assert b"AIGC" in labelled
    assert b"AIGC" not in plain


def test_transparency_stays() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (800, 200), (255, 0, 0, 90)).save(out, "PNG")
    item = renditions(Picture("assets/a/tu.png", 800, 200, "图"))[0]
    made_ = Image.open(io.BytesIO(encode(out.getvalue(), item)), formats=["AVIF", "WEBP"])
    pixel = made_.convert("RGBA").getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert abs(pixel[3] - 90) <= 3


def page(text: str, picture: Picture) -> str:
    return render(text, {}, {"h.jpg": picture}, {}, "../../").html


def test_a_page_offers_every_rendition_and_the_picture_itself() -> None:
    html = page('![会场](h.jpg "开放日会场")', PHOTO)
    assert html.startswith("<figure><picture><source ")
    assert html.index("image/avif") < html.index("image/webp") < html.index("<img ")
    assert "<figcaption>开放日会场</figcaption></figure>" in html
    artefact = Artefact("site/faq/x/index.html", html.encode(), "text/html", ())
    assert addresses(artefact) >= {f"site/{r.url}" for r in renditions(PHOTO)}
    assert "site/assets/ab12cd/huichang.jpg" in addresses(artefact)


def test_credit_and_mark_are_shown() -> None:
    signed = replace(PHOTO, credit="示范省统计局", ai_generated=True)
    html = page("![会场](h.jpg)", signed)
    assert (
        '<figcaption><span class="pic-note">图：示范省统计局</span><span class="pic-ai">AI生成</span></figcaption>'
        in html
    )
    inline = page("见 ![甲](h.jpg) 和 ![乙](h.jpg) 两图。", signed)
    assert inline.count('<span class="pic-ai">AI生成</span>') == 2
    assert inline.count("<picture>") == 2
    assert inline.endswith("两图。</p>")


def test_an_author_cannot_name_sources() -> None:
    html = page("![会场](h.jpg){: srcset=http://evil.example/x.png }", PHOTO)
    assert "evil" not in html


@pytest.mark.parametrize(
    "value", ["//evil.example/a.webp 480w", "../a.webp 480w, https://evil.example/b.webp 960w"]
)
def test_outside_sources_are_found(value: str) -> None:
    html = f'<picture><source type="image/webp" srcset="{value}"><img src="../a.jpg" alt="甲"></picture>'
    artefact = Artefact("site/x/index.html", html.encode(), "text/html; charset=utf-8", ())
    assert [p.code for p in audit(artefact, PUBLIC)] == ["OUT002"]


TONES = {
    "010": (0, 128, 0),
    "222": (250, 255, 251),
    "000": (0, 0, 0),
    "201": (200, 40, 90),
}


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_the_mean_colour_stands_where_a_picture_will(tone: str, form: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (320, 9), TONES[tone]).save(out, form, quality=95)
    cleaned = clean_asset(f"a.{form.lower()}", out.getvalue())
    assert cleaned.tone == tone
    html = page("![会场](h.jpg)", replace(PHOTO, tone=cleaned.tone))
    assert f'class="tone-{tone}"' in html
    assert "style=" not in html


def test_a_clear_picture_has_no_ground() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 90)).save(out, "PNG")
    assert clean_asset("a.png", out.getvalue()).tone == ""
    assert "tone-" not in page("![会场](h.jpg)", PHOTO)


def test_a_cleaned_picture_is_kept_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    for data, name in ((photo(300, 200), "a.jpg"), (b"x,y\n1,2\n", "b.csv")):
        fresh = cleaner(Memo(tmp_path / "memo", "1"))(name, data)
        assert fresh == clean_asset(name, data)
        assert cleaner(Memo(tmp_path / "memo", "1"))(name, data) == fresh
    with pytest.raises(CleanError):
        cleaner(Memo(tmp_path / "memo", "1"))("a.jpg", b"no picture")


def test_every_tone_has_a_colour_on_which_words_can_be_read() -> None:
    """Words of a picture that does not come are set on its tone."""
    text = (THEME / "assets" / "pictures.css").read_text("utf-8")
    known = dict(re.findall(r"\.tone-(\d{3}) \{ --tone: #([0-9a-f]{6}); \}", text))
    assert set(known) == {f"{r}{g}{b}" for r in range(3) for g in range(3) for b in range(3)}
    assert min(_contrast("25221e", colour) for colour in known.values()) >= 4.5


def _contrast(one: str, two: str) -> float:
    dark, light = sorted(map(_light, (one, two)))
    return (light + 0.05) / (dark + 0.05)


def _light(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
