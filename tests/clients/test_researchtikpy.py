"""researchtikpy: TikTok's Research API, whose addresses it has built in."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import researchtikpy
from requests.adapters import HTTPAdapter
from researchtikpy.query_lang import Condition, Fields, Operators, Query

from tests.clients.redirect import Redirect
from tests.clients.served import Sandbox
from tests.clients.worlds import CUTOFF, END, START, Account, Counts, by_id, totals

WINDOWS = [("20250430", "20250529"), ("20250530", "20250531")]
"""The month in the platform's dates (UTC), which are 32: a window spans 30 at most."""
NAMES = {
    "like_count": "likes",
    "comment_count": "comments",
    "share_count": "shares",
    "view_count": "views",
}
ALL = 10_000
Lead = Callable[[Sandbox], str]


@pytest.fixture
def redirected(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lead]:
    """Leads every session to a sandbox, as the client opens new ones for each call; a token."""
    with ExitStack() as opened:

        def lead(sandbox: Sandbox) -> str:
            aim = Redirect(sandbox.base)
            opened.callback(aim.close)
            monkeypatch.setattr(
                HTTPAdapter, "send", lambda _, request, **options: aim.send(request, **options)
            )
            issued = researchtikpy.get_access_token("key-of-researchtikpy", "its-secret")
            assert (issued["token_type"], issued["expires_in"]) == ("Bearer", 7200)
            return str(issued["access_token"])

        yield lead


def listing(token: str, account: Account, start: str, end: str, size: int = 20) -> Any:
    """A table of videos, one row each."""
    query = Query(and_=[Condition(Fields.username, Operators.equals, [account.handle])])
    return researchtikpy.get_videos_query(
        query, token, start, end, total_max_count=ALL, max_count=size
    )


def in_month(video: dict[str, Any]) -> bool:
    return START <= datetime.fromtimestamp(video["create_time"], UTC) < END


def counts(video: dict[str, Any]) -> Counts:
    """A counter that some rows lack is no number in those rows of the table."""
    shown = {name: video[key] for key, name in NAMES.items() if key in video}
    return {name: int(value) for name, value in shown.items() if not math.isnan(value)}


def month(token: str, account: Account, size: int) -> dict[str, Counts]:
    tables = [listing(token, account, *window, size) for window in WINDOWS]
    videos = [video for table in tables for video in table.to_dict("records")]
    return by_id((str(video["id"]), counts(video)) for video in videos if in_month(video))


def test_a_month_of_every_account_is_the_worlds(each: Sandbox, redirected: Lead) -> None:
    token = redirected(each)
    for account in each.world.accounts("tiktok"):
        found, expected = month(token, account, 5), account.month("saves")
        assert totals(found) == totals(expected)
        assert found == expected
    windows = len(WINDOWS) * len(each.world.accounts("tiktok"))
    assert each.calls("tiktok", "video_query") > windows


def test_accounts_come_one_a_call_with_their_counts(each: Sandbox, redirected: Lead) -> None:
    accounts = each.world.accounts("tiktok")
    names = [account.handle for account in accounts]
    table = researchtikpy.get_users_info(names, redirected(each), verbose=False)
    for account, user in zip(accounts, table.to_dict("records"), strict=True):
        shown = account.counts()
        assert user["follower_count"] == shown["followers"]
        if "posts" in shown:
            assert user["video_count"] == shown["posts"]
        if "likes" in shown:
            assert user["likes_count"] == shown["likes"]
    assert each.calls("tiktok", "user_info") == len(accounts)


def test_ids_beyond_the_53_bits_of_a_float_stay_exact(sandbox: Sandbox, redirected: Lead) -> None:
    account = sandbox.world.busiest("tiktok")
    table = listing(redirected(sandbox), account, *WINDOWS[0])
    ids = {post.id for post in account.visible()}
    assert min(table["id"]) > 2**53
    assert {str(number) for number in table["id"]} <= ids


def test_a_page_may_be_short_without_being_the_last(sandbox: Sandbox, redirected: Lead) -> None:
    """The client follows `has_more`; by counting rows it would have stopped too early."""
    token, account = redirected(sandbox), sandbox.world.busiest("tiktok")
    table = listing(token, account, *WINDOWS[0], size=10)
    full_pages = -(-len(table) // 10)
    assert sandbox.calls("tiktok", "video_query") > full_pages > 1


def test_a_search_id_that_was_only_just_issued_may_not_be_known_yet(
    sandbox: Sandbox, redirected: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client waits and asks again; here the sandbox's clock goes on while it does."""
    token, account = redirected(sandbox), sandbox.world.busiest("tiktok")
    at_once = listing(token, account, *WINDOWS[0], size=10)
    pages, waits = sandbox.calls("tiktok", "video_query"), []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        sandbox.at(CUTOFF + timedelta(seconds=sum(waits)))

    monkeypatch.setattr("researchtikpy.get_query.time.sleep", wait)
    sandbox.limits(tiktok_search_seconds=15)
    patiently = listing(token, account, *WINDOWS[0], size=10)
    assert waits == [10, 10]
    assert sandbox.calls("tiktok", "video_query") == 2 * pages + len(waits)
    assert list(patiently["id"]) == list(at_once["id"])


def test_31_days_are_refused(sandbox: Sandbox, redirected: Lead) -> None:
    token, account = redirected(sandbox), sandbox.world.busiest("tiktok")
    assert len(listing(token, account, "20250501", "20250531")) > 0
    with pytest.raises(ValueError, match=r"invalid_params.*within 30 days"):
        listing(token, account, "20250430", "20250531")


def test_days_without_videos_are_an_empty_table(sandbox: Sandbox, redirected: Lead) -> None:
    token, account = redirected(sandbox), sandbox.world.busiest("tiktok")
    assert len(listing(token, account, "20200101", "20200131")) == 0
    assert sandbox.calls("tiktok", "video_query") == 1


def test_nobody_by_that_name_is_a_row_with_an_error(sandbox: Sandbox, redirected: Lead) -> None:
    table = researchtikpy.get_users_info(["nobody.here"], redirected(sandbox), verbose=False)
    assert table.to_dict("records") == [
        {"username": "nobody.here", "error": "Failed to retrieve data"}
    ]


def test_a_refused_client_gets_no_token(sandbox: Sandbox, redirected: Lead) -> None:
    redirected(sandbox)
    with pytest.raises(Exception, match="invalid_client"):
        researchtikpy.get_access_token("invalid-key", "its-secret")


def test_a_refused_token_and_a_spent_quota_are_told(sandbox: Sandbox, redirected: Lead) -> None:
    account, token = sandbox.world.busiest("tiktok"), redirected(sandbox)
    with pytest.raises(ValueError, match="access_token_invalid"):
        listing("expired-token", account, *WINDOWS[0])
    sandbox.fault(kind="quota_spent", platform="tiktok")
    with pytest.raises(ValueError, match=r"status_code=429.*daily_quota_limit_exceeded"):
        listing(token, account, *WINDOWS[0])
