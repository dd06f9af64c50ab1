"""Somebody else who took an account's handle."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sandbox.world.model import SECOND, Counters, WorldAccount, WorldPost

_MINUTE = 60 * SECOND


def stranger_of(old: WorldAccount, posts: Sequence[WorldPost]) -> WorldAccount:
    """An account with 12 followers and a post a minute after each of these."""
    account = WorldAccount(
        platform=old.platform,
        id=_like(old.id),
        handle=old.handle,
        name="Somebody else",
        city="",
        created=old.created,
        counters=Counters([(old.created, {"followers": 12})]),
    )
    account.posts = [_post(account, post) for post in posts]
    account.arrange()
    return account


def _like(known: str) -> str:
    """Another id of the same form: as many digits, or the same first two letters before others."""
    digest = hashlib.sha256(f"stand-in:{known}".encode()).hexdigest()
    if known.isdigit():
        least = 10 ** (len(known) - 1)
        return str(least + int(digest, 16) % least)
    return f"{known[:2]}{digest[: len(known) - 2]}"


def _post(account: WorldAccount, like: WorldPost) -> WorldPost:
    published = like.published + _MINUTE
    return WorldPost(
        account=account,
        id=_post_id(account.id, like.id),
        published=published,
        gone=max(like.gone, published + 1),
        type=like.type,
        text="Hello",
        lang="en",
        pinned=False,
        counters=Counters([(published, {"likes": 1, "comments": 0, "shares": 0, "views": 10})]),
    )


def _post_id(account: str, like: str) -> str:
    """The id of a post; where the account's id is part of it, that of the new one."""
    old, _, number = like.rpartition("_")
    return f"{account}_{_like(number)}" if old.isdigit() else _like(like)
