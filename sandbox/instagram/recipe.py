"""Made-up Instagram accounts. Ids of media carry their time in the upper bits."""

from __future__ import annotations

import random
from datetime import datetime

from model.items import PostType
from sandbox.world.recipe import Recipe, milliseconds_since

_EPOCH = 1_314_220_021_721


def _post_id(_account: str, published: datetime, dice: random.Random) -> str:
    return str((milliseconds_since(_EPOCH, published) << 23) + dice.getrandbits(23))


RECIPE = Recipe(
    posts_of_busiest=57,
    types={PostType.PHOTO: 40, PostType.ALBUM: 25, PostType.REEL: 28, PostType.VIDEO: 7},
    medians={"likes": 260, "comments": 6, "views": 5_200},
    followers=16_000,
    handle=lambda city: f"demo.{city}",
    account_id=lambda _created, dice: str(dice.randrange(10**10, 7 * 10**10)),
    post_id=_post_id,
    views_on_videos_only=True,
    hides_likes=True,
)
