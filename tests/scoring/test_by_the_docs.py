"""What `docs/methods.md` says of the composite is what is computed, gaps of every kind included."""

from __future__ import annotations

import random
from dataclasses import asdict
from typing import Any

import pytest

import scoring
from model.measures import MeasureRow
from model.platform import PLATFORMS
from scoring.cities.assemble import MonthInputs, build_table
from tests.scoring.by_the_docs import composite_of_giu
from tests.scoring.support import MAY, measure_row

_CITIES = [f"c{number}" for number in range(7)]
_REACTIONS = ("likes", "comments", "shares")


def _rows(seed: int) -> list[MeasureRow]:
    """Accounts of some cities on some platforms: silent, without videos, with counters that the
    platform or the account alone hides, not collected, with unknown followers."""
    dice = random.Random(seed)
    rows = []
    for platform in PLATFORMS:
        hidden = {name for name in (*_REACTIONS, "views") if dice.random() < 0.15}
        for city in _CITIES:
            for number in range(dice.choice((0, 1, 1, 1, 2))):
                rows.append(_row(dice, city, platform, f"{platform}:{city}{number}", hidden))
    return rows


def _row(
    dice: random.Random, city: str, platform: str, account: str, hidden: set[str]
) -> MeasureRow:
    followers = dice.choice((None, *[dice.randint(0, 10**6)] * 9))
    gain = None if followers is None else dice.randint(-500, 5000)
    edges = {"followers_end": followers, "follower_gain": gain}
    if dice.random() < 0.06:
        nothing = dict.fromkeys(("posts", *_REACTIONS, "interactions", "videos", "views"))
        return measure_row(city, platform, account, collected=False, **nothing, **edges)
    posts = dice.choice((0, dice.randint(1, 300)))
    if not posts:
        return measure_row(city, platform, account, **edges)
    own = {name for name in (*_REACTIONS, "views") if dice.random() < 0.1}
    counts: dict[str, Any] = {
        name: None if name in hidden | own else dice.randint(0, 10**5) for name in _REACTIONS
    }
    known = [count for count in counts.values() if count is not None]
    videos = dice.choice((0, dice.randint(1, posts)))
    shown = 0 if "views" in hidden | own else dice.randint(0, videos)
    views = dice.randint(0, 10**7) if shown else None
    if platform == "x" and "views" not in hidden | own:
        views = dice.randint(0, 10**7)
    rate = dice.randint(0, 10**7) / shown if shown else None
    return measure_row(
        city,
        platform,
        account,
        posts=posts,
        videos=videos,
        views=views,
        view_rate=rate,
        videos_shown=shown,
        interactions=sum(known) if known else None,
        **counts,
        **edges,
    )


@pytest.mark.parametrize("seed", range(30))
def test_the_composite_is_what_the_document_says(seed: int) -> None:
    rows = _rows(seed)
    method = scoring.load_method("giu")
    cities = sorted({row.city for row in rows})
    result = scoring.compute(method, build_table(method, MAY, MonthInputs(rows), cities))
    told = composite_of_giu([_line(row) for row in rows])
    for city in cities:
        score = result.score(city)
        assert (score is None) == (city not in told), city
        assert score is None or abs(score - told[city]) <= 1e-9
    assert told


def _line(row: MeasureRow) -> dict[str, Any]:
    line = asdict(row)
    return {
        **line,
        "videos_shown": line["videos"] if row.videos_shown is None else row.videos_shown,
    }
