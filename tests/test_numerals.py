"""Numbers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.indicators.numerals import Numeral, Unread, read

WIDE = str.maketrans("0123456789.,-+%", "０１２３４５６７８９．，－＋％")
NUMBERS = st.decimals(-(10**9), 10**9, places=3).map(lambda d: f"{d:f}")


@given(NUMBERS, st.sampled_from(["", " ", "\u3000", "\u00a0\t"]), st.booleans())
def test_wide_and_spaced_numbers_are_the_same_numbers(text: str, space: str, wide: bool) -> None:
    shown = text.translate(WIDE) if wide else text
    found = read(f"{space}{shown}{space}", "yoy", "%")
    assert (found.value, found.mark) == (float(text) + 0.0, "")
    assert bool(found.how) == wide


@given(st.integers(-(10**12), 10**12), st.sampled_from([",", "，"]))
def test_thousands(number: int, comma: str) -> None:
    assert read(f"{number:,}".replace(",", comma), "value", "亿元").value == number


@given(NUMBERS, st.sampled_from(["（初步）", "(初步)", "初步", " 初步数", "【初步】", "[初步]"]))
def test_preliminary_numbers(text: str, mark: str) -> None:
    if mark == "【初步】":
        with pytest.raises(Unread):
            read(text + mark, "yoy", "%")
    else:
        assert read(text + mark, "yoy", "%") == Numeral(float(text) + 0.0, "preliminary")


@given(st.text(max_size=30), st.sampled_from(["yoy", "value", "index"]), st.sampled_from(["%", "亿元", "百分点", ""]))  # fmt: skip
def test_any_text_is_read_or_refused_with_a_sentence(text: str, measure: str, unit: str) -> None:
    refused: Unread | None = None
    try:
        found = read(text, measure, unit)
    except Unread as unread:
        refused = unread
    if refused:
        assert str(refused)[-1:] not in {"", "。"}
        assert refused.action.endswith("。")
    else:
        assert (
            found.value is None
            or any(c in "0123456789０１２３４５６７８９" for c in text)
            or "持平" in text
        )


@given(st.text("0123456789,.+-−% eE（）()", max_size=12))
def test_what_is_read_is_what_is_written(text: str) -> None:
    """Signs that only separate may be left out; no digit may."""
    try:
        found = read(text, "yoy", "%")
    except Unread:
        return
    if found.value is not None:
        digits = "".join(c for c in text if c in "0123456789.")
        assert abs(found.value) == float(digits)
        assert (found.value < 0) == (("-" in text or "−" in text) and float(digits) != 0)


@pytest.mark.parametrize("text", ["——", "—", "--", "-", "－", "–"])
def test_dashes_say_that_there_is_none(text: str) -> None:
    assert read(text, "yoy", "%")[:2] == (None, "none")


@pytest.mark.parametrize(
    ("measure", "unit", "value"), [("yoy", "%", 0.0), ("index", "", 100.0), ("value", "%", 0.0)]
)
def test_no_change(measure: str, unit: str, value: float) -> None:
    assert read("持平", measure, unit) == Numeral(value, "level")


@pytest.mark.parametrize("text", ["5²", "½", "①", "五", "一", "١٢", "1_000", "0x10", "1,23", "1.2.3", "5.", "1e5", "(5)", "5-", "无", "…", "+", "%"])  # fmt: skip
def test_what_could_mean_two_things_is_refused(text: str) -> None:
    with pytest.raises(Unread):
        read(text, "yoy", "%")
