"""Tones of posts' texts: each text is scored once by a classifier, for texts do not change."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pymongo import UpdateOne

from model.items import PostType
from model.period import Period
from store.database import MONTH_POSTS, POSTS, Document, Store
from store.media.collections import POST_TONES

_TOGETHER = 2_000


@dataclass(frozen=True, slots=True)
class PostText:
    """A post that counts in a month."""

    post: str
    account: str
    text: str | None


def month_texts(db: Store, period: Period) -> Iterator[PostText]:
    """The posts of a month that are counted, reposts left out, with their texts."""
    of_month = {"_id": {"$regex": f"^{re.escape(period.name)}:"}, "absent": {"$ne": True}}
    keys = [one["_id"].split(":", 1)[1] for one in db[MONTH_POSTS].find(of_month, {"_id": True})]
    fields = {"account": True, "text": True, "type": True}
    for start in range(0, len(keys), _TOGETHER):
        part = {"_id": {"$in": keys[start : start + _TOGETHER]}}
        for post in db[POSTS].find(part, fields):
            if post.get("type") != PostType.REPOST.value:
                yield PostText(post["_id"], post["account"], post.get("text"))


def tone_key(classifier: str, text: str) -> str:
    """By what a text's tone is found."""
    model = hashlib.sha256(classifier.encode()).hexdigest()[:12]
    return f"{model}:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def known_tones(db: Store, classifier: str, texts: Iterable[str]) -> dict[str, Document]:
    """By text, what is known of it: `label` (None: unscored), `score`, `model`, `language`."""
    keys = {tone_key(classifier, text): text for text in texts}
    found: dict[str, Document] = {}
    wanted = list(keys)
    for start in range(0, len(wanted), _TOGETHER):
        part = {"_id": {"$in": wanted[start : start + _TOGETHER]}}
        for one in db[POST_TONES].find(part):
            found[keys[one["_id"]]] = one
    return found


def keep_tones(db: Store, classifier: str, tones: Mapping[str, Document]) -> None:
    """Keeps the tones of texts; what is there already stays."""
    if tones:
        db[POST_TONES].bulk_write(
            [
                UpdateOne({"_id": tone_key(classifier, text)}, {"$setOnInsert": tone}, upsert=True)
                for text, tone in tones.items()
            ],
            ordered=False,
        )
