"""The language of a post's text, recognised offline: by its script first, else by py3langid.

Codes are ISO 639-1, `und` where a text is too short to recognise: fewer than 12 letters, or 4 where
the script alone decides, after links, mentions, hashtags and emoji are taken out.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from scoring.extras import load_extra

UNDETERMINED = "und"
_LETTERS = 12
"""Fewest letters for an identification by model."""
DECISIVE_LETTERS = 4
"""Fewest letters where the script belongs to one language alone."""

_TOLD_APART = (
    *("ar", "bn", "cs", "da", "de", "en", "es", "fa", "fi", "fr", "hi", "hu", "id", "it", "kk"),
    *("ky", "mn", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sv", "sw", "tl", "tr", "uk", "ur"),
    *("uz", "vi"),
)
"""The languages between which the model may choose: those in which cities address the world.
Near relatives of which none is among them (Bulgarian, Asturian …) would only be mistakes."""

_SCRIPTS = {
    "HANGUL": "ko",
    "THAI": "th",
    "KHMER": "km",
    "LAO": "lo",
    "MYANMAR": "my",
    "GREEK": "el",
    "HEBREW": "he",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
    "TIBETAN": "bo",
    "TAMIL": "ta",
    "SINHALA": "si",
}
_NOISE = re.compile(r"https?://\S+|www\.\S+|[@#＠＃][\w.]+", re.IGNORECASE)


def identify(text: str) -> str:
    """The language of a text, or `und`; raises ExtraMissing where py3langid is needed and lacks."""
    words = clean(text)
    letters = [sign for sign in words if sign.isalpha()]
    decided = _by_script(letters)
    if decided is not None:
        return decided if len(letters) >= DECISIVE_LETTERS else UNDETERMINED
    if len(letters) < _LETTERS:
        return UNDETERMINED
    ranked = load_extra("py3langid", purpose="identifying languages").rank(words)
    return next((str(code) for code, _ in ranked if code in _TOLD_APART), UNDETERMINED)


def count_languages(texts: Iterable[str]) -> dict[str, int]:
    """How many texts there are of each language, the most frequent first, `und` among them."""
    counted = Counter(identify(text) for text in texts)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def clean(text: str) -> str:
    """The text without links, mentions, hashtags, emoji and other symbols."""
    bare = _NOISE.sub(" ", text)
    kept = (sign if unicodedata.category(sign)[0] in "LMNPZ" else " " for sign in bare)
    return " ".join("".join(kept).split())


def _by_script(letters: list[str]) -> str | None:
    """The language if most letters are of a script that one language alone has."""
    scripts = Counter(unicodedata.name(sign, "").partition(" ")[0] for sign in letters)
    kana = scripts["HIRAGANA"] + scripts["KATAKANA"]
    east = kana + scripts["CJK"]
    if 2 * east > len(letters):
        # Japanese mixes its syllables with Chinese characters; a stray one does not make it so.
        return "ja" if 8 * kana > east else "zh"
    for script, language in _SCRIPTS.items():
        if 2 * scripts[script] > len(letters):
            return language
    return None
