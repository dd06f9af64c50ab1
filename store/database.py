"""The connection, the names of the collections and their indexes."""

from __future__ import annotations

from typing import Any

from pymongo import ASCENDING, MongoClient
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, OperationFailure

from store.schema import note_version

Document = dict[str, Any]
Store = Database[Document]

_EXISTS = 48
"""MongoDB's error code for a collection that another process made at the same time."""
APP = "cityreach"
"""The name under which the server knows our connections."""

ACCOUNTS = "accounts"
"""`_id` platform:id. What the registry says, and what was observed (`observed`, `handles`)."""
POSTS = "posts"
"""`_id` platform:post id. What is known of a post now; `latest` is its newest reading."""
POST_READINGS = "post_readings"
"""`_id` post@slot. `_id` orders a post's readings by time, so no second index is needed."""
ACCOUNT_READINGS = "account_readings"
"""`_id` account@slot."""
MONTH_POSTS = "month_posts"
"""`_id` YYYY-MM:post. A month's post with its last reading at or before the cut-off."""
ACCOUNT_MONTHS = "account_months"
"""`_id` YYYY-MM:account. What a month that has ended comes to for an account, rolled up."""
MONTHS = "months"
"""`kept`: zone and delay of the months; `YYYY-MM`: a sealed month."""
VISITS = "visits"
"""`_id` of the visit. Every attempt, and the outcome that counts."""
GONE = "gone"
"""`_id` post@instant. An answer said that the post does not exist."""
RAW = "raw"
"""`_id` SHA-256 of the raw answer. Its compressed body and where it came from."""
TURNS = "turns"
"""`_id` account. Two writers never write one account's data at the same time; how often its months
have changed."""

COLLECTIONS = (
    ACCOUNTS,
    POSTS,
    POST_READINGS,
    ACCOUNT_READINGS,
    MONTH_POSTS,
    ACCOUNT_MONTHS,
    MONTHS,
    VISITS,
    GONE,
    RAW,
    TURNS,
)


def connect_mongo(uri: str, name: str = "cityreach", *, timeout: float = 10.0) -> Store:
    """The database named in the URI, or `name`. Nothing is sent yet.

    Writes are acknowledged by a majority of the members and on their journals; reads see only
    such writes. `timeout` is how long an operation looks for a server, in seconds.
    """
    client: MongoClient[Document] = MongoClient(
        uri,
        tz_aware=True,
        w="majority",
        journal=True,
        retryWrites=True,
        readConcernLevel="majority",
        serverSelectionTimeoutMS=int(timeout * 1000),
        appname=APP,
    )
    return client.get_default_database(name)


def ensure_indexes(db: Store) -> None:
    """Creates what is missing of collections and indexes; safe to call at every start."""
    note_version(db)
    existing = set(db.list_collection_names())
    for name in COLLECTIONS:
        if name not in existing:
            _create(db, name)
    db[POSTS].create_index([("account", ASCENDING), ("published_at", ASCENDING)])
    # A city's posts of a month, among those of all cities.
    db[MONTH_POSTS].create_index([("account", ASCENDING), ("_id", ASCENDING)])
    db[POSTS].create_index("absent_since", sparse=True)
    db[POSTS].create_index("published_otherwise", sparse=True)
    db[VISITS].create_index(
        [("account", ASCENDING), ("kind", ASCENDING), ("observed_at", ASCENDING)]
    )
    # How a month's looks ended is counted by the index alone; `gaps` asks for slots of accounts.
    db[VISITS].create_index(
        [(name, ASCENDING) for name in ("account", "slot", "kind", "proof", "outcome")]
    )
    # What alerts and `status` ask about is recent, and a year's visits are many.
    db[VISITS].create_index("observed_at")
    db[GONE].create_index("post")
    db[RAW].create_index("observed_at")
    db[RAW].create_index("version", sparse=True)


def _create(db: Store, name: str) -> None:
    """Makes a collection; another process may be faster, and being there is all that matters."""
    try:
        db.create_collection(name)
    except CollectionInvalid:
        return
    except OperationFailure as error:
        if error.code != _EXISTS:
            raise
