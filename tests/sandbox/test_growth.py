"""Made-up ids and counters: their forms, that they grow, and that the parts add up."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.items import VIDEO_TYPES, PostType
from model.platform import PLATFORMS, PlatformName
from model.platforms import FACTS
from sandbox.generate.growth import account_readings, final_counts, post_readings, world_time
from sandbox.generate.recipes import RECIPES

START = datetime(2025, 4, 28, tzinfo=UTC)
SPAN = (START, START + timedelta(days=39))
FORMS = {
    "facebook": (r"\d{15}", r"ACCOUNT_\d{15}"),
    "x": (r"\d{17,19}", r"\d{17,19}"),
    "instagram": (r"\d{11}", r"\d{18,19}"),
    "youtube": (r"UC[\w-]{22}", r"[\w-]{11}"),
    "tiktok": (r"\d{19}", r"\d{19}"),
}
seeds = st.integers(0, 2**32)
moments = st.datetimes(datetime(2016, 1, 1), datetime(2026, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@given(st.sampled_from(PLATFORMS), moments, seeds)
def test_ids_have_the_platforms_forms(name: PlatformName, when: datetime, seed: int) -> None:
    dice = random.Random(seed)
    account = RECIPES[name].account_id(when, dice)
    naming = FACTS[name].naming.id.pattern, FACTS[name].post_id.pattern
    of_account, of_post = FORMS.get(name, naming)
    assert re.fullmatch(of_account, account)
    assert re.fullmatch(
        of_post.replace("ACCOUNT", account), RECIPES[name].post_id(account, when, dice)
    )


@pytest.mark.parametrize("name", ["x", "tiktok", "instagram"])
@given(st.lists(moments, min_size=2, max_size=6, unique=True), seeds)
def test_later_posts_have_higher_ids(name: PlatformName, times: list[datetime], seed: int) -> None:
    dice = random.Random(seed)
    ids = [int(RECIPES[name].post_id("1", moment, dice)) for moment in sorted(times)]
    assert ids == sorted(set(ids))


@given(st.sampled_from(PLATFORMS), st.integers(-900, 38 * 24), seeds)
def test_post_counters_only_grow_and_lie_within_the_world(
    name: PlatformName, hours: int, seed: int
) -> None:
    dice = random.Random(seed)
    published = START + timedelta(hours=hours)
    finals = final_counts(name, PostType.VIDEO, 1.0, dice)
    readings = post_readings(name, published, SPAN, finals, dice)
    times = [reading["at"] for reading in readings]
    assert times == sorted(set(times))
    assert times[0] == world_time(max(published, START))
    assert times[-1] <= world_time(SPAN[1])
    for before, after in pairwise(readings):
        assert all(before[counter] <= after[counter] for counter in finals)
    assert all(readings[-1][counter] <= final for counter, final in finals.items())


@given(seeds, st.sampled_from(list(PostType)))
def test_pictures_have_no_views_where_the_platform_shows_none(seed: int, kind: PostType) -> None:
    for name in ("facebook", "instagram"):
        counts = final_counts(name, kind, 1.0, random.Random(seed))
        assert ("views" in counts) == (kind in VIDEO_TYPES)


@given(seeds)
def test_facebooks_kinds_add_up_at_every_reading(seed: int) -> None:
    dice = random.Random(seed)
    finals = final_counts("facebook", PostType.PHOTO, 3.0, dice)
    for reading in post_readings("facebook", START, SPAN, finals, dice):
        assert sum(reading["reactions"].values()) == reading["likes"]


@given(st.sampled_from(PLATFORMS), seeds)
def test_accounts_are_read_once_a_day_and_never_fall_to_nothing(
    name: PlatformName, seed: int
) -> None:
    readings = account_readings(name, SPAN, [START], 1.0, random.Random(seed))
    assert len(readings) == 40
    assert all(reading["followers"] >= 1 for reading in readings)
    assert ("views" in readings[0]) == (name == "youtube")
