"""Made-up YouTube channels."""

from __future__ import annotations

import random

from model.items import PostType
from sandbox.world.recipe import ID_ALPHABET, Recipe


def _letters(number: int, dice: random.Random) -> str:
    return "".join(dice.choices(ID_ALPHABET, k=number))


RECIPE = Recipe(
    posts_of_busiest=58,
    types={PostType.VIDEO: 60, PostType.SHORT: 36, PostType.LIVE: 4},
    medians={"likes": 70, "comments": 6, "views": 2_600},
    followers=6_000,
    handle=lambda city: f"Demo{city.capitalize()}",
    account_id=lambda _created, dice: "UC" + _letters(22, dice),
    post_id=lambda _account, _published, dice: _letters(11, dice),
    account_counters=lambda followers, day: {"views": int(followers * 40) + 900 * day},
    hides_likes=True,
    closes_comments=True,
    lacks_text=False,
)
