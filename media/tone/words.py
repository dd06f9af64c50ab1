"""Weighted words of one language, and how a text is read for them. Pure but for loading.

A text's sum is that of its words' weights, each turned round by a negation and raised by an
intensifier beside it; signs such as a heart count in all languages.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from media.errors import RulesError

FOLDER = Path(__file__).parent.parent / "rules" / "lexicon"
WORD_LANGUAGES = ("ar", "de", "en", "es", "it", "ja", "pt", "zh")
_SIGNS = "emoji"
_KINDS = ("tone", "negation", "intensifier")
_COLUMNS = ("kind", "word", "weight")
_LARGEST = 4.0
_TURNED, _RAISED = -0.7, 1.3
_BEFORE = 3
"""Words over which a negation reaches."""
_WITHOUT_SPACES = frozenset({"zh", "ja"})
_NEAR = {"zh": 2, "ja": 5}
"""Letters before (zh) or after (ja) a word in which a negation turns it round."""
_ELIDED = frozenset({"en"})
"""Languages in which an apostrophe is within a word (didn't), not between two."""
_ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ـ": None})
_JOINED = ("و", "ف")
_ARTICLES = ("بال", "وال", "لل", "ال", "ب", "ل", "ك")
_SHORTEST = 3
"""Letters that an Arabic word keeps when what is written together with it is taken off."""


@dataclass(frozen=True, slots=True)
class WordList:
    """The words of one language."""

    language: str
    weights: Mapping[str, float]
    """Of whole words, or of parts of text where words are not spaced."""
    starts: Mapping[str, float]
    """Of words by their beginnings."""
    negations: frozenset[str]
    intensifiers: frozenset[str]
    signs: Mapping[str, float]

    def total(self, text: str) -> float:
        """The sum of a text; 0 where it has none of the words."""
        plain = spelled(text, self.language)
        signs = sum(self.signs.get(sign, 0.0) for sign in plain)
        spaced = self.language not in _WITHOUT_SPACES
        return signs + (self._spaced(plain) if spaced else self._unspaced(plain))

    def _spaced(self, text: str) -> float:
        if self.language in _ELIDED:
            text = text.replace("'", "").replace("’", "")
        words = re.findall(r"[^\W\d_]+", text)
        return sum(self._weighed(words, at) for at in range(len(words)))

    def _weighed(self, words: list[str], at: int) -> float:
        weight = self._weight(words[at])
        before = words[max(at - _BEFORE, 0) : at]
        if not weight or not before:
            return weight
        if before[-1] in self.intensifiers:
            weight *= _RAISED
        return weight * _TURNED if self.negations.intersection(before) else weight

    def _weight(self, word: str) -> float:
        """That of the first form that is listed, by its longest beginning."""
        for form in _forms(word, self.language):
            if form in self.weights:
                return self.weights[form]
            for end in range(len(form), 1, -1):
                if form[:end] in self.starts:
                    return self.starts[form[:end]]
        return 0.0

    def _unspaced(self, text: str) -> float:
        """The longest word at each place counts, and its letters no second time."""
        total, at, longest = 0.0, 0, max(map(len, self.weights), default=0)
        while at < len(text):
            size = next(
                (n for n in range(min(longest, len(text) - at), 0, -1) if self._has(text, at, n)), 0
            )
            if size:
                weight = self.weights[text[at : at + size]]
                total += weight * _TURNED if self._turned(text, at, size) else weight
            at += size or 1
        return total

    def _has(self, text: str, at: int, size: int) -> bool:
        return text[at : at + size] in self.weights

    def _turned(self, text: str, at: int, size: int) -> bool:
        near = _NEAR[self.language]
        before, after = text[max(at - near, 0) : at], text[at + size : at + size + near]
        beside = before if self.language == "zh" else after
        return any(word in beside for word in self.negations)


def spelled(text: str, language: str) -> str:
    """In one spelling: small letters, and Arabic without vowel marks and forms of one letter."""
    plain = unicodedata.normalize("NFKC", text).lower()
    if language == "ar":
        plain = "".join(
            letter for letter in plain.translate(_ARABIC) if not unicodedata.combining(letter)
        )
    return plain


def _forms(word: str, language: str) -> Iterable[str]:
    """The word, and in Arabic what is left of it without conjunction, preposition and article."""
    yield word
    if language == "ar":
        for joined in _JOINED:
            if word.startswith(joined) and len(word) > _SHORTEST:
                word = word.removeprefix(joined)
                yield word
        for article in _ARTICLES:
            if word.startswith(article) and len(word) - len(article) >= _SHORTEST:
                yield word.removeprefix(article)


def load_words(language: str, folder: Path = FOLDER) -> tuple[WordList, bytes]:
    """The list and what it was read from. Raises RulesError naming file and line."""
    rows, own = _rows(folder / f"{language}.csv")
    signs, shared = _rows(folder / f"{_SIGNS}.csv")
    words = {
        kind: {spelled(word, language): weight for (of, word), weight in rows.items() if of == kind}
        for kind in _KINDS
    }
    tone = words["tone"]
    found = WordList(
        language,
        {word: weight for word, weight in tone.items() if not word.endswith("*")},
        {word[:-1]: weight for word, weight in tone.items() if word.endswith("*")},
        frozenset(words["negation"]),
        frozenset(words["intensifier"]),
        {word: weight for (_, word), weight in signs.items()},
    )
    return found, own + shared


def _rows(path: Path) -> tuple[dict[tuple[str, str], float], bytes]:
    try:
        data = path.read_bytes()
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")), strict=True)
        if lacking := set(_COLUMNS) - set(rows.fieldnames or ()):
            raise RulesError(f"{path}, line 1: no column {', '.join(sorted(lacking))}")
        found: dict[tuple[str, str], float] = {}
        for row in rows:
            kind, word, weight = (row[name] or "" for name in _COLUMNS)
            if (kind, word) in found or not word or kind not in _KINDS or not _fits(kind, weight):
                raise RulesError(
                    f"{path}, line {rows.line_num}: expected a kind ({', '.join(_KINDS)}), a new "
                    f"word, and for tone a weight from -{_LARGEST:g} to {_LARGEST:g}"
                )
            found[kind, word] = float(weight) if kind == "tone" else 0.0
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RulesError(f"{path}: cannot be read: {error}") from None
    return found, data


def _fits(kind: str, weight: str) -> bool:
    if kind != "tone":
        return not weight
    try:
        return abs(float(weight)) <= _LARGEST
    except ValueError:
        return False
