"""Made-up TikTok accounts. Ids carry their time in the upper bits."""

from __future__ import annotations

import random
from datetime import datetime

from model.items import PostType
from sandbox.world.recipe import Recipe


def _id(time: datetime, dice: random.Random) -> str:
    return str((int(time.timestamp()) << 32) + dice.getrandbits(32))


RECIPE = Recipe(
    posts_of_busiest=108,
    types={PostType.VIDEO: 100},
    medians={"likes": 900, "comments": 20, "shares": 40, "views": 21_000, "saves": 60},
    followers=34_000,
    handle=lambda city: f"demo_{city}",
    account_id=_id,
    post_id=lambda _account, published, dice: _id(published, dice),
    account_counters=lambda followers, _day: {"likes": int(followers * 1.3)},
)
