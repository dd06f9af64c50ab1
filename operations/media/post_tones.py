"""The tone of a month's posts by city: positive ones, their share, and how many were scored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from media.tone.classifier import Classifier, TextTone, ToneLabel
from media.tone.lexicon import load_lexicon
from media.tone.ready import ready_classifier
from model.period import Period
from operations.runtime import Runtime
from operations.settings import Settings
from scoring.cities.languages import UNDETERMINED, identify
from scoring.errors import ExtraMissing
from store.accounts import accounts
from store.database import Document, Store
from store.media.tones import keep_tones, known_tones, month_texts

_TOGETHER = 500


@dataclass(slots=True)
class CityTone:
    """A city's posts of a month."""

    posts: int = 0
    scored: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    score: float = 0.0
    """Sum over the scored ones."""
    languages: Counter[str] = field(default_factory=Counter)
    """Of the unscored ones."""

    def leaves(self) -> dict[str, float]:
        """Indicators by code; none where no post was scored, for that is not known to be 0."""
        if not self.scored:
            return {}
        positive = self.labels[ToneLabel.POSITIVE.value]
        return {
            "positive_posts": positive,
            "positive_post_share": positive / self.scored,
            "mean_post_tone": self.score / self.scored,
        }


@dataclass(frozen=True, slots=True)
class MonthTone:
    """All cities' posts, and by which classifier."""

    classifier: str
    lacking: str
    """What the classifier lacks on this machine; empty: nothing."""
    cities: dict[str, CityTone]

    @property
    def source(self) -> str:
        """Classifier and coverage, as they stand beside every value."""
        posts = sum(city.posts for city in self.cities.values())
        scored = sum(city.scored for city in self.cities.values())
        return f"own posts, {scored} of {posts} scored; {self.classifier}"

    def beside(self) -> dict[str, dict[str, Any]]:
        """What is printed beside a city's indicators."""
        return {
            city: {
                "posts": tone.posts,
                "posts_scored": tone.scored,
                "posts_unscored": dict(sorted(tone.languages.items())),
            }
            for city, tone in self.cities.items()
        }


def tone_of_month(runtime: Runtime, period: Period) -> MonthTone:
    """Scores the texts of a month that were not scored before."""
    db = runtime.db
    classifier, lacking = classifier_of(runtime.settings)
    posts = list(month_texts(db, period))
    cities = {account.key: account.city for account in accounts(db)}
    tones = _tones(db, classifier, {post.text for post in posts if post.text})
    found: dict[str, CityTone] = defaultdict(CityTone)
    for post in posts:
        if (city := cities.get(post.account)) is None:
            continue
        mine, tone = found[city], tones.get(post.text or "")
        mine.posts += 1
        if tone is None or tone["label"] is None:
            mine.languages[tone["language"] if tone else "no text"] += 1
            continue
        mine.scored += 1
        mine.labels[tone["label"]] += 1
        mine.score += tone["score"]
    return MonthTone(classifier.id, lacking, dict(found))


def classifier_of(settings: Settings) -> tuple[Classifier, str]:
    """The classifier that the settings ask for, and what it lacks."""
    if settings.media.tone == "lexicon":
        return Classifier([load_lexicon()]), "by lists of words alone, by the settings"
    return ready_classifier()


def _tones(db: Store, classifier: Classifier, texts: Iterable[str]) -> dict[str, Document]:
    """Tones by text; new ones are kept in parts, so that a stop loses little."""
    wanted = sorted(texts)
    known = known_tones(db, classifier.id, wanted)
    new = [text for text in wanted if text not in known]
    for start in range(0, len(new), _TOGETHER):
        part = [(text, _language(text)) for text in new[start : start + _TOGETHER]]
        tones = classifier.tones(part)
        fresh = {
            text: _plain(tone, language) for (text, language), tone in zip(part, tones, strict=True)
        }
        keep_tones(db, classifier.id, fresh)
        known |= fresh
    return known


def _language(text: str) -> str:
    """Undetermined where telling it takes a package that is not installed."""
    try:
        return identify(text)
    except ExtraMissing:
        return UNDETERMINED


def _plain(tone: TextTone | None, language: str) -> Document:
    if tone is None:
        return {"label": None, "score": None, "model": None, "language": language}
    return {
        "label": tone.label.value,
        "score": tone.score,
        "model": tone.model,
        "language": language,
    }
