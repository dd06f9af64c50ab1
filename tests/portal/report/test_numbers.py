"""Numbers and places in words."""

from __future__ import annotations

import pytest

from portal.report.numbers import count_words, ordinal, printed_value, small_number


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (0, "0", "0"),
        (11_000, "11000", "11,000"),
        (80_900, "80900", "80,900"),
        (100_000, "10万", "100,000"),
        (357_840, "35.78万", "357,800"),
        (643_500, "64.35万", "643,500"),
        (99_999_960, "1亿", "100,000,000"),
        (123_456_789, "1.23亿", "123,000,000"),
        (3225.84375, "3225.84", "3,225.84"),
        (-1200, "-1200", "-1,200"),
    ],
)
def test_both_languages_print_the_same_value(value: float, chinese: str, english: str) -> None:
    assert (count_words(value, "zh"), count_words(value, "en")) == (chinese, english)
    units = {"万": 1e4, "亿": 1e8}
    back = float(chinese.rstrip("万亿")) * units.get(chinese[-1], 1)
    assert back == pytest.approx(float(english.replace(",", "")))
    assert back == pytest.approx(printed_value(value))


def test_places_are_counted_in_words() -> None:
    assert [small_number(n, "zh") for n in (1, 5, 10, 11, 20, 38, 120)] == [
        *("一", "五", "十", "十一", "二十", "三十八", "120")
    ]
    assert [small_number(n, "en") for n in (1, 10, 11)] == ["one", "ten", "11"]
    assert [ordinal(n) for n in (1, 2, 3, 11, 13, 22, 101)] == [
        *("1st", "2nd", "3rd", "11th", "13th", "22nd", "101st")
    ]
