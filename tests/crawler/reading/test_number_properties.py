"""Numbers for any value: what is written in a convention is read back, and nothing is invented."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from crawler.reading.numbers import Number, exact, parse

COUNTERS = st.integers(min_value=0, max_value=2**63 - 1)
MARKS = st.sampled_from([",", ".", " ", "\u00a0", "\u202f", "'", "’", "٬"])
ZEROS = st.sampled_from([0x30, 0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10])


def grouped(value: int, mark: str) -> str:
    return f"{value:,}".replace(",", mark)


@given(COUNTERS, MARKS)
def test_groups_are_read_back(value: int, mark: str) -> None:
    assert parse(grouped(value, mark)) == Number(value)
    assert exact(f"seen by {grouped(value, mark)} of them") == Number(value)


@given(COUNTERS, ZEROS)
def test_digits_of_any_script_are_read_back(value: int, zero: int) -> None:
    text = "".join(chr(zero + int(digit)) for digit in str(value))
    assert parse(text) == Number(value)


@given(
    st.integers(min_value=1, max_value=999),
    st.integers(min_value=0, max_value=9),
    st.sampled_from(
        [
            ("{}.{}K", 10**3),
            ("{}.{}M views", 10**6),
            ("{},{} tys.", 10**3),
            ("{},{} Mio. Aufrufe", 10**6),
            ("{},{} млрд", 10**9),
            ("{}.{}万", 10**4),
            ("{}.{}억", 10**8),
            ("{}.{} crore", 10**7),
            ("{}٫{} ألف", 10**3),
        ]
    ),
)
def test_rounded_numbers_have_their_step(whole: int, tenth: int, form: tuple[str, int]) -> None:
    pattern, factor = form
    read = parse(pattern.format(whole, tenth))
    assert read == Number((whole * 10 + tenth) * factor // 10, factor // 10)


@given(COUNTERS, st.sampled_from(["{}K", "{} тыс.", "{}万", "{} M", "{} mil"]))
def test_a_value_is_a_multiple_of_its_step_and_never_too_large(value: int, form: str) -> None:
    read = parse(form.format(value))
    if read is not None:
        assert read.value % read.step == 0
        assert 0 < read.value < 2**63


@given(st.text(max_size=60))
@example("1.2K\u2067")
def test_any_text_is_read_or_refused(text: str) -> None:
    for lang in (None, "tr", "en-GB", ""):
        read = parse(text, lang)
        if read is not None:
            assert read.step >= 1
            assert re.search(r"\d", text)


@given(st.text(alphabet="0123456789.,' KMkm万тыс-+", max_size=12))
def test_significant_digits_are_those_of_the_text(text: str) -> None:
    read = parse(text)
    if read is not None and read.value:
        shown = re.sub(r"\D", "", text).strip("0")
        assert str(read.value).strip("0") == shown
