"""What the planner must know of a platform, from its folder and its facts."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.platforms import platform
from model.platform import PlatformName
from model.platforms import FACTS
from scheduler.planner import Traits


def traits_of(name: PlatformName) -> Traits:
    """How a platform's routes shape its plan, and what its calls cost."""
    api = platform(name)
    web = api.web

    def minimum(kind: str, accounts: int, posts: Sequence[int], windows: int) -> int:
        return api.minimum(kind, accounts, posts, windows)

    return Traits(
        api.profile_rides_along,
        api.refresh_by_id,
        recognised_by_posts=api.recognised_by_posts,
        web=Traits(web.profile_rides_along, web.refresh_by_id, web.takes_known_posts),
        minimum=minimum,
        tariff=FACTS[name].tariff,
    )
