"""The index of media and posts, in a demo that stays up, walked down to what it rests on."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cityreach.test_analysis import MONTH, ask, inside, leaves


def test_the_hundred_cities_are_walked_down_to_an_article_and_to_a_post(kept: Path) -> None:
    more = ("--method", "comm-power-100", "--depth", "9")
    found = {x["measure"]: x for x in leaves(ask(kept, "explain", "nanjing", *MONTH, *more))}
    media, tone = found["media_articles"], found["positive_posts"]
    assert len(media["articles"]) == media["value"] > 0
    (source,) = [note for note in media["notes"] if note.startswith("GDELT")]
    assert "files" in source
    article = media["articles"][0]
    assert article["url"] in inside(kept, "raw", article["raw"][0]).stdout
    told = [post["tone"] for post in tone["posts"]]
    assert told.count("positive") == tone["value"]
    scored = [post for post in tone["posts"] if post["tone"] != "unscored"]
    assert scored
    assert all(post["counted"] is not None and post["url"] for post in scored)
    answer = inside(kept, "raw", scored[0]["raw"][0]).stdout
    assert json.dumps(scored[0]["text"])[1:-1] in answer or scored[0]["text"] in answer


def test_a_set_is_shown_with_its_values_where_they_are_asked_for(kept: Path) -> None:
    more = (*MONTH, "--method", "comm-power-100", "-n", "3")
    plain = inside(kept, "top", *more)
    assert "--ordered shows both" in plain.stderr
    rows = ask(kept, "top", *more, "--ordered")
    assert [row["rank"] for row in rows] == [1, 2, 3]
    assert all(row["index"] is not None for row in rows)
    assert all(row["index"] is None for row in ask(kept, "top", *more))


def test_a_citys_month_is_checked_beside_its_count(kept: Path) -> None:
    (row,) = ask(kept, "media", "check", "nanjing", *MONTH)
    assert (row["question"], row["outcome"]) == ('"Nanjing" Jiangsu', "answered")
    assert row["articles"] > row["counted"] > 0, "the files are a sample, the answer is not"
