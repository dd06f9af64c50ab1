"""How a database that one replica set no longer carries is spread over shards.

Every document is written by its `_id`, and MongoDB takes an upsert only with the shard key in its
condition: so the key is `_id`. Hashed where documents are asked for by their ids or all at once;
ranged where those of one subject are asked for in order of time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from store.database import (
    ACCOUNT_MONTHS,
    ACCOUNT_READINGS,
    ACCOUNTS,
    GONE,
    MONTH_POSTS,
    MONTHS,
    POST_READINGS,
    POSTS,
    RAW,
    TURNS,
    VISITS,
)

SHARD_KEYS: Mapping[str, tuple[int | str, str]] = {
    POST_READINGS: (1, "a post's readings are read in order, so they stay together"),
    ACCOUNT_READINGS: (1, "an account's readings are read in order, so they stay together"),
    GONE: ("hashed", "written by id, asked for by post with an index on each shard"),
    POSTS: ("hashed", "written by id; an account's posts are few, asked for on all shards at once"),
    MONTH_POSTS: ("hashed", "a month is summed on all shards at once"),
    ACCOUNT_MONTHS: ("hashed", "written and asked for by id"),
    VISITS: ("hashed", "written by id; asked for by account with an index on each shard"),
    RAW: ("hashed", "by SHA-256, which is spread evenly"),
    TURNS: ("hashed", "taken and given back by id"),
}
"""By collection: direction of `_id`, and why."""
WHOLE: Mapping[str, str] = {
    ACCOUNTS: "small, and asked for as a whole",
    MONTHS: "a document a month",
}
"""Collections that stay on one shard; so does all that people write, and GridFS."""


def shard_commands(database: str) -> Iterator[str]:
    """What is to be entered in mongosh at a mongos, a line each, with the reasons. Where there are
    documents already, a hashed key needs its index first."""
    yield f"sh.enableSharding({json.dumps(database)})"
    for name, (direction, why) in SHARD_KEYS.items():
        place, key = json.dumps(f"{database}.{name}"), json.dumps({"_id": direction})
        if direction == "hashed":
            where = f"db.getSiblingDB({json.dumps(database)}).getCollection({json.dumps(name)})"
            yield f"{where}.createIndex({key})"
        yield f"sh.shardCollection({place}, {key})  // {why}"
    for name, why in WHOLE.items():
        yield f"// {name} stays whole: {why}"
