"""What `cost` says of 138 cities on five platforms, beside the same worked out by hand.

The month is June 2025 in Shanghai: 30 days, from 31 May 16:00 to 30 June 16:00 UTC, 30 posts an
account: one a day. Slots lie an hour before midnight in Shanghai, at 15:00 UTC. By the thrifty plan
each of 30 slots reads the counters and seven days of posts; that of 3 June all of May as well
(its cut-off), 33 d 23 h back to 30 April 16:00; those of 4 to 7 June no further than to June's
start, 3 d 23 h to 6 d 23 h. So 25 slots of 7 days, and 33.96, 3.96, 4.96, 5.96 and 6.96 days.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from cityreach.cli import command_line
from model.platform import PLATFORMS

runner = CliRunner()
THRIFTY = {
    # Graph API: a page's posts are a call; its videos' views another one where it has videos, and
    # of seven posts a third are; pages by 50 ids: 3 calls, but each id is a unit.
    # calls 30 × (138 + 138 + 3); units 30 × (138 + 138 + 138)
    "facebook": (8_370, 12_420),
    # API v2: a timeline page of up to 100 posts each, users by 100. Billed are 138 × (25 × 7 +
    # 33.9583 + 3.9583 + 4.9583 + 5.9583 + 6.9583) = 31,849 posts and 30 × 138 = 4,140 users.
    # calls 30 × (138 + 2)
    "x": (4_200, 35_989),
    # Business discovery: up to 50 posts a call, followers with them. 30 × 138
    "instagram": (4_140, 4_140),
    # Data API v3: a page of uploads each, videos by 50 ids over 50 channels together, channels by
    # 50. Of 350, 350 and 266 videos: 7 + 7 + 6 calls; 25 × (138 + 20). At the cut-off 1,697, 1,698
    # and 1,291 videos: 138 + 34 + 34 + 26. Then 197 + 198 + 151, 247 + 248 + 189, 297 + 298 + 227
    # and 347 + 348 + 265: 138 + 12, 138 + 14, 138 + 17, 138 + 20. Channels: 30 × 3.
    # 3,950 + 232 + 150 + 152 + 155 + 158 + 90
    "youtube": (4_887, 4_887),
    # Research API: 100 rows a page over 100 accounts together, a call for each user. Of 700 and 266
    # rows: 7 + 3; 25 × 10. At the cut-off 3,395 and 1,291: 34 + 13 (more than its two windows of 30
    # days). Then 395 + 151, 495 + 189, 595 + 227, 695 + 265: 6, 7, 9, 10. Users: 30 × 138.
    # Whose the handles are, by a known video of 100 accounts a call: 30 × 2.
    # 250 + 47 + 32 + 4,140 + 60
    "tiktok": (4_529, 4_529),
}
DEFAULT = {
    # 360 slots, of which 180 reach back two days, to two posts: 2 in 3 pages have a video among
    # them. calls 360 × 138 + (180 × 2/3 + 180) × 138 + 30 × 3; units the same, and 30 × 138 ids
    "facebook": (91_170, 95_220),
    # Billed once a UTC day, from the farthest reach to 23:00: on 31 May to 3 June from 30 April
    # 16:00, that is 31.2917, 32.2917, 33.2917 and 34.2917 days; on 4 to 29 June from 31 May 16:00,
    # that is the day's number and 7 hours, 429 + 26 × 7/24; on 30 June 10 days from 03:00 and 10 h
    # more. 138 × 578.1667 = 79,787 posts, and 4,140 users. calls 360 × 138 + 30 × 2
    "x": (49_740, 83_927),
    # 360 × 138
    "instagram": (49_680, 49_680),
}


def asked(*args: str) -> dict[str, dict[str, Any]]:
    done = runner.invoke(command_line(), ["cost", "--json", "--period", "2025-06", *args])
    assert done.exit_code == 0, done.output
    return {row["platform"]: row for row in json.loads(done.stdout)}


@pytest.mark.slow
@pytest.mark.parametrize(("plan", "by_hand"), [("thrifty", THRIFTY), ("default", DEFAULT)])
def test_a_month_of_138_cities(plan: str, by_hand: dict[str, tuple[int, int]]) -> None:
    rows = asked("--accounts", "138", "--plan", plan)
    said = {name: (rows[name]["calls"], rows[name]["units"]) for name in by_hand}
    assert said == by_hand


def test_the_dollars_of_a_month() -> None:
    """31,849.25 posts at $0.005 and 4,140 users at $0.010; the others are free."""
    rows = asked("--accounts", "138", "--plan", "thrifty")
    assert {name: row["dollars"] for name, row in rows.items()} == {
        **dict.fromkeys(PLATFORMS, 0),
        "x": 200.65,
    }


def test_a_months_posts_read_every_day() -> None:
    """60 posts a month, on average 30 of them there: 138 × 30 × (30 × $0.005 + $0.010) = $662; and
    at the cut-off all once more: 138 × (60 × $0.005 + $0.010) = $42.78.
    """
    args = ("--accounts", "x=138", "--posts-per-month", "60", "--plan", "daily", "--alone")
    assert asked(*args)["x"]["dollars"] == pytest.approx(662 + 42.78, rel=0.05)


def test_a_weeks_posts_read_every_day() -> None:
    """14 posts a day, and the month once: 138 × (30 × (14 × $0.005 + $0.010) + $0.310) = $374."""
    args = ("--accounts", "x=138", "--posts-per-month", "60", "--plan", "thrifty")
    assert asked(*args)["x"]["dollars"] == pytest.approx(374, rel=0.05)
