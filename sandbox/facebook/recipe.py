"""Made-up Facebook pages."""

from __future__ import annotations

import random
from datetime import datetime

from model.items import PostType
from sandbox.world.recipe import Recipe


def _number(dice: random.Random) -> str:
    return str(dice.randrange(10**14, 10**15))


def _post_id(account: str, _published: datetime, dice: random.Random) -> str:
    return f"{account}_{_number(dice)}"


RECIPE = Recipe(
    posts_of_busiest=104,
    types={
        PostType.PHOTO: 40,
        PostType.VIDEO: 18,
        PostType.LINK: 16,
        PostType.ALBUM: 10,
        PostType.TEXT: 8,
        PostType.REEL: 6,
        PostType.LIVE: 2,
    },
    medians={"likes": 180, "comments": 12, "shares": 9, "views": 4_000},
    followers=90_000,
    handle=lambda city: f"Demo{city.capitalize()}",
    account_id=lambda _created, dice: _number(dice),
    post_id=_post_id,
    account_counters=lambda followers, _day: {"likes": int(followers * 1.3)},
    views_on_videos_only=True,
    kinds_of_reactions=True,
    closes_comments=True,
)
