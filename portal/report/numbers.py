"""Numbers as reports print them: the same value in both languages."""

from __future__ import annotations

from scoring.publish.wording import Lang

_WAN, _YI = 10_000, 100_000_000
_DIGITS = "零一二三四五六七八九十"
_ENGLISH = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def printed_value(value: float) -> float:
    """What is left of a number in print: hundreds from 100,000 on (35.78万), millions from
    100 million on (1.23亿), two decimals below."""
    if abs(value) >= _YI:
        return float(round(value / 1_000_000) * 1_000_000)
    if abs(value) >= 10 * _WAN:
        return float(round(value / 100) * 100)
    return float(round(value, 2))


def count_words(value: float, lang: Lang) -> str:
    """A count or a rate in a sentence: `35.78万` and `357,800`; below 100,000 all digits."""
    shown = printed_value(value)
    if lang == "en":
        return _trimmed(f"{shown:,.2f}")
    if abs(shown) >= _YI:
        return _trimmed(f"{shown / _YI:.2f}") + "亿"
    if abs(shown) >= 10 * _WAN:
        return _trimmed(f"{shown / _WAN:.2f}") + "万"
    return _trimmed(f"{shown:.2f}")


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".")


def small_number(number: int, lang: Lang) -> str:
    """A number of places in words: 五, 十二, three; in digits from 100 (11 in English) on."""
    if lang == "en":
        return _ENGLISH[number] if number <= 10 else str(number)
    if number <= 10:
        return _DIGITS[number]
    if number >= 100:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 1 else _DIGITS[tens]
    return f"{head}十{_DIGITS[ones] if ones else ''}"


def ordinal(number: int) -> str:
    """An English ordinal: 1st, 2nd, 11th."""
    tail = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10)
    return f"{number}{tail or 'th'}"
