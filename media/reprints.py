"""Which articles print one story: near-duplicate titles of one language within a week. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

_WITHIN = timedelta(days=7)
ALIKE = 0.85
"""Least Dice coefficient of the titles' words, repeated words counted."""
_LEAST_WORDS, _LEAST_SIGNS = 4, 8
_TAIL = re.compile(r"\s+[-–—|]\s+(?!.*\s[-–—|]\s)")
_APOSTROPHE = re.compile(r"\s*['’]\s*(?=(?:s|t|re|ll|ve|d|m)\b)|['’]")
"""GDELT puts blanks around punctuation, within words too."""
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|cmp|cid|ref|rss|ocid", re.I)
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_BLOCKS = 3
"""A title is compared with those that have its numbers and share one of its rarest words."""


def canonical(url: str) -> str:
    """One form of an address: no scheme, port, `www.`, `amp`, tracking, fragment or last slash."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.").removeprefix("amp.").removeprefix("m.")
    except ValueError:
        return url.strip()
    path = re.sub(r"/amp(?=/|$)|\.amp(?=\.html?$|$)", "", parts.path).rstrip("/")
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if _counts(k)]
    return f"{host}{path}" + (f"?{urlencode(sorted(kept))}" if kept else "")


def _counts(key: str) -> bool:
    return not _TRACKING.fullmatch(key) and key.lower() not in ("amp", "outputtype")


def title_words(title: str) -> tuple[str, ...]:
    """Words of a title without the outlet's name at its end; signs for scripts without blanks.
    Empty for titles too short to tell stories apart."""
    plain = unicodedata.normalize("NFKC", title).casefold()
    cut = _TAIL.split(plain)[0]
    for text in (cut, plain):
        words = tuple(re.findall(r"\w+", _APOSTROPHE.sub("", text)))
        signs = "".join(words)
        if len(_UNSPACED.findall(signs)) * 2 > len(signs):
            words = tuple(signs)
            if len(words) >= _LEAST_SIGNS:
                return words
        elif len(words) >= _LEAST_WORDS:
            return words
    return ()


def story_numbers(articles: Sequence[tuple[str | None, str, datetime]]) -> list[int]:
    """For each article (title, language, time) the number of its story: the position of the
    story's first article. Articles without a usable title are stories of their own."""
    parent = list(range(len(articles)))
    words = [title_words(title) if title else () for title, _, _ in articles]
    common = Counter(word for own in words for word in set(own))
    blocks: dict[tuple[str, tuple[str, ...], str], list[int]] = defaultdict(list)
    order = sorted(range(len(articles)), key=lambda at: (articles[at][2], at))
    for at in order:
        rarest = sorted(set(words[at]), key=lambda word: (common[word], word))[:_BLOCKS]
        numbers = tuple(_numbers(words[at]))
        for word in rarest:
            block = blocks[articles[at][1], numbers, word]
            for other in reversed(block):
                if articles[at][2] - articles[other][2] > _WITHIN:
                    break
                if _root(parent, at) != _root(parent, other) and _alike(words[at], words[other]):
                    parent[_root(parent, at)] = _root(parent, other)
            block.append(at)
    return [_root(parent, at) for at in range(len(articles))]


def _root(parent: list[int], at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


def _alike(one: Sequence[str], two: Sequence[str]) -> bool:
    if one == two:
        return True
    shared = (Counter(one) & Counter(two)).total()
    return 2 * shared >= ALIKE * (len(one) + len(two))


def _numbers(words: Sequence[str]) -> list[str]:
    """All numbers of a title, in order: a fourth and a fifth case are two stories."""
    return sorted(re.findall(r"\d+", " ".join(words)))
