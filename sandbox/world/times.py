"""Times of posts as faults move them: many in one second, or one at the edge of a window."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from sandbox.world.model import SECOND, WorldPost

_BLOCK = 8 * 3_600 * SECOND


def same_second(posts: Sequence[WorldPost], number: int) -> dict[WorldPost, int]:
    """Up to `number` neighbouring posts take the time of the first of them.

    They move within eight hours that begin at 0, 8 or 16 o'clock UTC, so that none leaves its day
    in UTC or in China.
    """
    times: dict[WorldPost, int] = {}
    for _, block in groupby(posts, key=lambda post: post.published // _BLOCK):
        near = list(block)
        for start in range(0, len(near), number):
            group = near[start : start + number]
            times.update((post, group[0].published) for post in group)
    return times


def edge_time(posts: Sequence[WorldPost], instant: int) -> dict[WorldPost, int]:
    """The post nearest to an instant takes it as its time."""
    if not posts:
        return {}
    return {min(posts, key=lambda post: (abs(post.published - instant), post.id)): instant}
