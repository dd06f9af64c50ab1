"""A frozen month is shown and explained as it was published; what came since is said."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

import pytest

from model.period import Period
from portal.drift import Cause, drift_between, drift_rows
from portal.explain import explained
from portal.month import MonthIndex, month_index
from portal.published import (
    differs,
    drafted,
    frozen_issue,
    index_of_issue,
    issue_of,
    keep_issue,
    shown_index,
)
from portal.readiness import readiness, refused
from portal.wording import word_as_of, word_drift, word_frozen
from scoring.cities.ratings import Rating
from scoring.errors import IssueError
from scoring.publish.issues import freeze, redraft, revise
from store import records
from store.database import Store
from store.ingest.writer import Writer
from store.ratings import RATING_PLACE
from tests.portal.test_month import JUNE, MAY, rate_late, watched
from tests.store.harvest import closed, page, post, visit

__all__ = ["watched"]


def publish(db: Store, period: Period = MAY) -> MonthIndex:
    """The month, frozen as it is known."""
    new = drafted(db, period, "giu", period.cutoff, "a trial")
    keep_issue(db, freeze(new.issue, period.cutoff.isoformat()), new.basis)
    return new.index


def test_what_is_frozen_is_shown_whatever_became_known_since(watched: Store) -> None:
    then = publish(watched)
    rate_late(watched)
    shown, live = (shown_index(watched, MAY, "giu", live=live) for live in (False, True))
    assert shown.top("facebook") == then.top("facebook")
    assert [row["city"] for row in live.top("facebook")] == ["city-1", "city-2"]
    assert shown.issue is not None
    assert live.issue is None
    assert not differs(shown)
    drift = drift_between(shown, live)
    assert drift is not None
    assert drift.causes == (Cause.RATINGS,)
    told = word_drift(drift, "en")
    assert told == (
        "today's knowledge differs (--live shows it): 2 cities differ; the largest: "
        "city-1 2 → 1; late ratings"
    )
    assert "后到的评分" in word_drift(drift, "zh")
    assert {row["city"] for row in drift_rows(shown, live)} == {"city-1", "city-2"}


def test_a_preset_is_never_published(watched: Store) -> None:
    publish(watched)
    assert shown_index(watched, MAY, "giu", "with-tiktok").issue is None


def test_nothing_is_said_where_nothing_differs(watched: Store) -> None:
    publish(watched)
    assert drift_between(shown_index(watched, MAY, "giu"), month_index(watched, MAY, "giu")) is None


def test_a_frozen_number_is_explained_by_the_posts_it_counted(watched: Store) -> None:
    for at, likes in ((MAY.end, 5), (MAY.cutoff - timedelta(minutes=1), 50)):
        for one, number in (("1", likes), ("2", 20)):
            timeline = visit(at, account_id=one)
            seen = post(f"p{one}", at, MAY.start + timedelta(days=1), likes=number, account=one)
            Writer(watched).write([page(timeline, at, posts=[seen]), closed(timeline, at)])
        if at == MAY.end:
            publish(watched)
    shown, live = (shown_index(watched, MAY, "giu", live=live) for live in (False, True))
    found = []
    for index in (shown, live):
        tree = explained(watched, index, "city-1", "facebook_likes", 1)
        assert tree["value"] == sum(one["counted"] for one in tree["posts"])
        assert all(one["published_at"].endswith("+08:00") for one in tree["posts"])
        found.append(tree["value"])
    assert found == [5, 50]
    drift = drift_between(shown, live)
    assert drift is not None
    assert Cause.READINGS in drift.causes


def test_revisions_stand_beside_one_another(watched: Store) -> None:
    publish(watched)
    rate_late(watched)
    new = drafted(watched, MAY, "giu", JUNE.cutoff)
    before = frozen_issue(watched, MAY.name, "giu")
    assert before is not None
    keep_issue(
        watched, revise(before, new.issue, "late ratings", JUNE.cutoff.isoformat()), new.basis
    )
    first, second = (issue_of(watched, MAY.name, "giu", number) for number in (0, 1))
    assert first == before
    assert second is not None
    assert word_frozen(second, "Asia/Shanghai", "en") == "frozen, revision 1 of 2025-07-04"
    one, two = (index_of_issue(watched, issue) for issue in (first, second))
    assert one.top("facebook")[0]["city"] == "city-2"
    assert two.top("facebook")[0]["city"] == "city-1"
    assert issue_of(watched, MAY.name, "giu", 2) is None


def test_drafts_leave_nothing_behind_when_replaced_or_withdrawn(watched: Store) -> None:
    first = drafted(watched, MAY, "giu", MAY.cutoff)
    keep_issue(watched, first.issue, first.basis)
    rate_late(watched)
    second = drafted(watched, MAY, "giu", MAY.cutoff)
    keep_issue(watched, redraft(first.issue, second.issue), second.basis)
    assert watched[records.BASES].distinct("basis") == [second.issue.basis]
    assert records.withdraw_draft(watched, MAY.name, "giu")
    assert watched[records.BASES].count_documents({}) == 0
    assert not records.withdraw_draft(watched, MAY.name, "giu")
    publish(watched)
    assert not records.withdraw_draft(watched, MAY.name, "giu")
    assert frozen_issue(watched, MAY.name, "giu") is not None


def test_what_an_issue_was_computed_from_cannot_be_changed_unseen(watched: Store) -> None:
    publish(watched)
    part = watched[records.BASES].find_one()
    assert part is not None
    watched[records.BASES].update_one({"_id": part["_id"]}, {"$set": {"data": b"x" + part["data"]}})
    with pytest.raises(IssueError, match="was changed"):
        shown_index(watched, MAY, "giu")
    watched[records.BASES].delete_many({})
    with pytest.raises(IssueError, match="--live"):
        shown_index(watched, MAY, "giu")


def test_what_is_computed_from_may_be_larger_than_a_document(
    watched: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_PART", 100)
    then = publish(watched)
    assert watched[records.BASES].count_documents({}) > 2
    assert shown_index(watched, MAY, "giu").top("facebook") == then.top("facebook")


def test_a_month_is_asked_before_it_is_published(watched: Store) -> None:
    index = month_index(watched, MAY, "giu")
    early = {one.name: one for one in readiness(index, MAY.end)}
    assert {name for name, one in early.items() if not one.ok} == {"cut-off", "ratings"}
    assert "2025-06-04 00:00 +08:00" in early["cut-off"].text
    assert "0 of 2 places" in early["ratings"].text
    given = [
        Rating(city, "facebook", MAY.name, "r1", "language", 3.0) for city in ("city-1", "city-2")
    ]
    records.put_revisions(
        watched, records.RATINGS, RATING_PLACE, [asdict(one) for one in given], MAY.cutoff
    )
    assert refused(readiness(month_index(watched, MAY, "giu"), MAY.cutoff)) == []
    unread = month_index(watched, JUNE.following(), "giu")
    told = refused(readiness(unread, JUNE.cutoff))
    assert [line.split(":")[0] for line in told] == ["cut-off", "ranks", "coverage", "ratings"]
    assert "0 of 2 cities have a rank" in told[1]


def test_a_month_without_data_has_no_winner(watched: Store) -> None:
    index = month_index(watched, JUNE.following(), "giu")
    assert index.top("composite") == index.top("facebook") == []
    assert len(index.left_out()) == 2
    assert all("no_data" in line for line in index.left_out())


@pytest.mark.parametrize("method", ["network-image-2025", "comm-power-100", "influence-2020"])
def test_a_method_without_its_outside_data_ranks_nobody(watched: Store, method: str) -> None:
    index = month_index(watched, MAY, method)
    assert index.lacking("composite")
    assert index.top("composite") == []
    told = refused(readiness(index, MAY.cutoff))
    assert any(line.startswith("indicators: no city has a value of") for line in told)


def test_our_own_part_of_a_method_is_ranked_without_the_rest(watched: Store) -> None:
    index = month_index(watched, MAY, "comm-power-100")
    assert index.lacking("social_media_attention") == []
    assert len(index.top("social_media_attention")) == 2


@pytest.mark.parametrize(
    ("now", "en", "zh"),
    [
        (MAY.start - timedelta(days=9), "provisional: begins at 2025-05-01 00:00 +08:00", "暂定"),
        (MAY.start, "provisional: day 1 of 31, cut-off at 2025-06-04 00:00 +08:00", "第1天"),
        (MAY.end - timedelta(seconds=1), "provisional: day 31 of 31", "第31天"),
        (MAY.end, "provisional: the month is over, its cut-off at 2025-06-04 00:00", "本月已结束"),
        (MAY.cutoff, "counts as of 2025-06-04 00:00 +08:00", "数据截至"),
    ],
)
def test_a_month_that_is_not_cut_off_is_provisional(now: datetime, en: str, zh: str) -> None:
    assert word_as_of(MAY, now, "en").startswith(en)
    assert zh in word_as_of(MAY, now, "zh")
