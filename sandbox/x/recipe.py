"""Made-up X accounts. Ids carry their time in the upper bits, as the real ones do."""

from __future__ import annotations

import random
from datetime import datetime

from model.items import PostType
from sandbox.world.recipe import Recipe, milliseconds_since

_EPOCH = 1_288_834_974_657


def _id(time: datetime, dice: random.Random) -> str:
    return str((milliseconds_since(_EPOCH, time) << 22) + dice.getrandbits(22))


RECIPE = Recipe(
    posts_of_busiest=126,
    types={
        PostType.PHOTO: 38,
        PostType.TEXT: 22,
        PostType.VIDEO: 14,
        PostType.LINK: 8,
        PostType.REPOST: 12,
        PostType.QUOTE: 6,
    },
    medians={"likes": 120, "comments": 9, "shares": 25, "views": 9_000, "saves": 6},
    followers=21_000,
    handle=lambda city: f"demo_{city}",
    account_id=_id,
    post_id=lambda _account, published, dice: _id(published, dice),
    has_silent_account=True,
)
