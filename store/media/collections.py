"""Names of the collections of media data, and their indexes; made when first used."""

from __future__ import annotations

from pymongo import ASCENDING
from pymongo.errors import CollectionInvalid, OperationFailure

from store.database import Store

MEDIA_FILES = "media_files"
"""`_id` family:time. A visit of one file: attempts, outcome, what was in it."""
MEDIA_ROWS = "media_rows"
"""`_id` SHA-256 of a raw row. Its compressed bytes."""
MEDIA_ARTICLES = "media_articles"
"""`_id` SHA-256 of the raw row. The article as it was read: address, places, tone, title."""
MEDIA_LISTED = "media_listed"
"""`_id` SHA-256 of the raw row of a list of articles. Title and first sentence."""
MEDIA_GEOGRAPHY = "media_geography"
"""`_id` file:number. Countries of outlets on a day, by host and by address, in parts."""
MEDIA_COUNTS = "media_counts"
"""`_id` YYYY-MM. Which run of counting holds, with coverage and versions; its cities' numbers."""
MEDIA_LINES = "media_lines"
"""`_id` run:number. One line of a count for one article and city."""
POST_TONES = "post_tones"
"""`_id` model:SHA-256 of a text. The tone of a post's text; texts do not change, nor does it."""
INTEREST = "wikipedia_views"
"""`_id` YYYY-MM:project:title. Views of one article by people in a month."""
CHECKS = "media_checks"
"""`_id` YYYY-MM:city:time. One answer of the API that counts are checked against."""
_ALL = (
    MEDIA_FILES,
    MEDIA_ROWS,
    MEDIA_ARTICLES,
    MEDIA_LISTED,
    MEDIA_GEOGRAPHY,
    MEDIA_COUNTS,
    MEDIA_LINES,
    POST_TONES,
    INTEREST,
    CHECKS,
)
_EXISTS = 48
"""MongoDB's error code for a collection that another process made at the same time."""


def ensure_media(db: Store) -> None:
    """Creates what is missing; transactions find their collections there."""
    existing = set(db.list_collection_names())
    if existing.issuperset(_ALL):
        return
    for name in _ALL:
        if name not in existing:
            _make(db, name)
    db[MEDIA_FILES].create_index([("state", ASCENDING), ("due", ASCENDING)])
    db[MEDIA_FILES].create_index("at")
    db[MEDIA_ARTICLES].create_index("at")
    db[MEDIA_ROWS].create_index("at")
    db[MEDIA_LISTED].create_index("at")
    db[MEDIA_GEOGRAPHY].create_index("at")
    db[MEDIA_LINES].create_index([("run", ASCENDING), ("city", ASCENDING)])


def _make(db: Store, name: str) -> None:
    try:
        db.create_collection(name)
    except CollectionInvalid:
        return
    except OperationFailure as error:
        if error.code != _EXISTS:
            raise
