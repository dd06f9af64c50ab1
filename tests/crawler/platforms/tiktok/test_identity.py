"""The Research API knows accounts by their handles alone: whose a handle is, known videos tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from crawler.contract import Answer, Call
from crawler.platforms.tiktok.config import TikTokConfig
from crawler.platforms.tiktok.identity import published
from crawler.platforms.tiktok.platform import PLATFORM
from model.messages import Outcome, Visit, VisitKind
from model.proof import Proof
from tests.crawler.platforms.driver import NOW, Run, answered, drive
from tests.crawler.platforms.tiktok.service import MAY, OK, Service, through_may, video, visit

CONFIG = TikTokConfig()
TIMELINE, PROFILE = VisitKind.TIMELINE, VisitKind.PROFILE
USER = {"display_name": "City", "is_verified": False, "follower_count": 12, "video_count": 60}
OLD = [video(n, MAY.start - timedelta(days=100 + 20 * n)) for n in range(6)]
"""Videos of the account from before the window, newest first."""


def known(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(str(row["id"]) for row in rows)


def run_of(of: Visit, service: Service) -> Run:
    return drive(PLATFORM, CONFIG, [of], service)


def moved(rows: list[dict[str, Any]], handle: str) -> list[dict[str, Any]]:
    return [{**row, "username": handle} for row in rows]


def test_a_known_video_in_the_list_takes_no_call_more() -> None:
    rows = through_may(9)
    run = run_of(visit(TIMELINE, posts=known(rows[3:5])), Service(videos=rows))
    assert (run.closes[0].outcome, len(run.closes[0].seen)) == (Outcome.OK, 9)
    assert len(run.calls) == 2
    assert len(run.posts) == 9


def test_a_known_video_from_before_the_window_is_asked_for_by_its_id() -> None:
    rows = through_may(9)
    run = run_of(visit(TIMELINE, posts=known(OLD)), Service(videos=rows + OLD))
    assert (run.closes[0].outcome, len(run.closes[0].seen)) == (Outcome.OK, 9)
    assert len(run.calls) == 3
    asked = msgspec.json.decode(run.calls[-1].body or b"")
    assert asked["query"]["and"][0]["field_values"] == [str(OLD[0]["id"])]


def test_known_videos_of_the_first_day_before_the_window_begins_are_recognition_enough() -> None:
    """Whole UTC days are asked for: what was published before the window, on its day, is listed."""
    rows = [video(n, MAY.start - timedelta(hours=n + 1)) for n in range(4)]
    run = run_of(visit(TIMELINE, posts=known(rows)), Service(videos=rows))
    assert (run.closes[0].outcome, run.closes[0].seen) == (Outcome.OK_NOTHING_NEW, ())
    assert run.closes[0].proof is Proof.END_MARK
    assert len(run.calls) == 2


def test_a_silent_account_is_known_by_an_old_video_in_place_of_its_counters() -> None:
    accounts = [str(number) for number in range(11, 41)]
    old = {a: video(int(a), MAY.start - timedelta(days=3), a) for a in accounts}
    visits = [visit(TIMELINE, a, posts=(str(old[a]["id"]),)) for a in accounts]
    run = drive(PLATFORM, CONFIG, visits, Service(videos=list(old.values())))
    assert {close.outcome for close in run.closes} == {Outcome.OK_NOTHING_NEW}
    assert len(run.calls) == 3


@pytest.mark.parametrize("kind", [TIMELINE, PROFILE])
def test_a_renamed_account_gives_nothing_and_its_new_handle(kind: VisitKind) -> None:
    rows = moved(through_may(9), "new_name")
    run = run_of(visit(kind, posts=known(rows)), Service(videos=rows))
    assert run.closes[0].outcome is Outcome.RENAMED
    assert run.closes[0].detail == "@city11 is called @new_name now"
    assert not run.posts
    assert not [row for page in run.pages for row in page.mapped.accounts]


@pytest.mark.parametrize("kind", [TIMELINE, PROFILE])
@pytest.mark.parametrize("posts", [0, 9])
def test_a_stranger_is_never_read_as_the_account(kind: VisitKind, posts: int) -> None:
    service = Service({"city11": USER}, through_may(posts))
    run = run_of(visit(kind, posts=known(OLD)), service)
    assert run.closes[0].outcome is Outcome.RENAMED
    assert "none of 6 known videos is there" in run.closes[0].detail
    assert not run.posts
    assert not [row for page in run.pages for row in page.mapped.accounts]


@pytest.mark.parametrize("kind", [TIMELINE, PROFILE])
def test_an_account_that_nobody_has_any_more_is_gone(kind: VisitKind) -> None:
    run = run_of(visit(kind, posts=known(OLD)), Service())
    assert run.closes[0].outcome is Outcome.GONE


def test_one_deleted_video_is_no_stranger() -> None:
    rows = through_may(9)
    run = run_of(visit(TIMELINE, posts=known(OLD)), Service(videos=rows + OLD[1:]))
    assert run.closes[0].outcome is Outcome.OK
    assert len(run.posts) == 9


def test_of_a_few_known_videos_their_absence_tells_nothing_for_certain() -> None:
    rows = through_may(9)
    run = run_of(visit(TIMELINE, posts=known(OLD[:2])), Service({"city11": USER}, rows))
    assert run.closes[0].outcome is Outcome.EMPTY_UNEXPECTED
    assert len(run.posts) == 9
    none = Service({"city11": {**USER, "video_count": 0}})
    run = run_of(visit(TIMELINE, posts=known(OLD[:2])), none)
    assert (run.closes[0].outcome, run.closes[0].proof) == (Outcome.OK_NOTHING_NEW, Proof.COUNTERS)


@pytest.mark.parametrize("cursor", [0, 9])
def test_a_list_without_videos_that_their_ids_find_is_not_believed(cursor: int) -> None:
    rows = through_may(9)
    service = Service(videos=rows)

    def emptied(call: Call) -> Answer:
        if "username" in (call.body or b"").decode().partition("field_name")[2][:20]:
            data = {"videos": [], "cursor": cursor, "search_id": "s", "has_more": False}
            return answered(call, {"data": data, "error": OK})
        return service(call)

    run = drive(PLATFORM, CONFIG, [visit(TIMELINE, posts=known(rows))], emptied)
    assert run.closes[0].outcome is Outcome.EMPTY_UNEXPECTED
    assert not run.closes[0].seen


def test_strangers_and_others_in_one_query() -> None:
    rows = {account: through_may(5, account) for account in ("11", "12", "13")}
    visits = [visit(TIMELINE, a, posts=known(rows[a])) for a in rows]
    strangers = [{**row, "id": row["id"] + 7} for a in ("12", "13") for row in through_may(4, a)]
    there = [*rows["11"], *moved(rows["12"], "other"), *strangers]
    run = drive(PLATFORM, CONFIG, visits, Service({"city13": USER}, there))
    outcomes = [run.close(one).outcome for one in visits]
    assert outcomes == [Outcome.OK, Outcome.RENAMED, Outcome.RENAMED]
    assert {post.account for post in run.posts} == {"11"}


def test_profiles_of_known_accounts_share_the_call_that_tells_whose_they_are() -> None:
    accounts = [str(number) for number in range(11, 131)]
    old = {a: video(int(a), MAY.start - timedelta(days=int(a) // 10), a) for a in accounts}
    users = {f"city{a}": USER for a in accounts}
    visits = [visit(PROFILE, a, posts=(str(old[a]["id"]),)) for a in accounts]
    run = drive(PLATFORM, CONFIG, visits, Service(users, list(old.values())))
    assert {close.outcome for close in run.closes} == {Outcome.OK}
    assert len(run.calls) == len(accounts) + 2


def test_ids_tell_when_a_video_was_published() -> None:
    assert published(str(OLD[0]["id"])) == MAY.start - timedelta(days=100)
    assert published("12") is None
    assert published("x" * 19) is None
    assert published(str(2**63)) is not None
    unborn = run_of(visit(TIMELINE, posts=(str(2**63 + 1),)), Service({"city11": USER}))
    assert published(str(2**63 + 1)) > NOW  # type: ignore[operator]
    assert [call.endpoint for call in unborn.calls] == ["videos", "videos", "user"]
