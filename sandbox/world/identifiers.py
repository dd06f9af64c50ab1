"""Made-up ids in the forms of the platforms, drawn from a seeded source.

X and TikTok ids and Instagram media ids carry their time in the upper bits, as the real ones do.
"""

from __future__ import annotations

import random
import string
from datetime import datetime

from model.platform import PlatformName

_X_EPOCH = 1_288_834_974_657
_INSTAGRAM_EPOCH = 1_314_220_021_721
_ALPHABET = string.ascii_letters + string.digits + "-_"


def account_id(platform: PlatformName, created: datetime, dice: random.Random) -> str:
    """An id for an account that was created at that time."""
    if platform == "facebook":
        return str(dice.randrange(10**14, 10**15))
    if platform == "instagram":
        return str(dice.randrange(10**10, 7 * 10**10))
    if platform == "youtube":
        return "UC" + "".join(dice.choices(_ALPHABET, k=22))
    return _timed(platform, created, dice)


def post_id(platform: PlatformName, account: str, published: datetime, dice: random.Random) -> str:
    """An id for a post of that account and time."""
    if platform == "facebook":
        return f"{account}_{dice.randrange(10**14, 10**15)}"
    if platform == "youtube":
        return "".join(dice.choices(_ALPHABET, k=11))
    if platform == "instagram":
        since = _milliseconds(published) - _INSTAGRAM_EPOCH
        return str((since << 23) + dice.getrandbits(23))
    return _timed(platform, published, dice)


def _timed(platform: PlatformName, moment: datetime, dice: random.Random) -> str:
    if platform == "x":
        return str((_milliseconds(moment) - _X_EPOCH << 22) + dice.getrandbits(22))
    return str((int(moment.timestamp()) << 32) + dice.getrandbits(32))


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
