"""Faults of lists: how each platform's pages go wrong, by its API and in its public pages."""

from __future__ import annotations

import json
import re

import pytest

from tests.sandbox.listing import Listing
from tests.sandbox.running import Sandbox

API = ["facebook", "x", "instagram", "youtube", "tiktok"]


@pytest.fixture(params=[*API, "web facebook", "web tiktok"])
def listing(sandbox: Sandbox, request: pytest.FixtureRequest) -> Listing:
    """A list of more than two pages."""
    return Listing(sandbox, request.param)


def test_lost_paging_leaves_a_full_page(listing: Listing) -> None:
    whole, onward, _ = listing.page()
    assert onward is not None
    listing.fault("paging_lost", count=1, **only_lists(listing))
    ids, nothing, body = listing.page()
    assert (ids, nothing) == (whole, None)
    text = json.dumps(body)
    lost = ("paging", '"meta"', "nextPageToken", "has_more", "hasMore", "page_info")
    assert not any(name in text for name in lost)


def test_an_empty_page_in_the_middle_leads_on(listing: Listing) -> None:
    whole = list(listing.pages())
    listing.fault("empty_page", skip=1, count=1, **only_lists(listing))
    found = list(listing.pages())
    assert found[1][0] == []
    assert [ids for ids, _ in found if ids] == [ids for n, (ids, _) in enumerate(whole) if n != 1]


def only_lists(listing: Listing) -> dict[str, str]:
    """Pages alone, without the calls that the list's own page needs."""
    return {"endpoint": "item_list"} if listing.web and listing.platform == "tiktok" else {}


def test_a_cut_list_ends_with_the_platforms_mark(listing: Listing) -> None:
    whole, _, body = listing.page()
    listing.fault("list_cut", seed=5, count=1, **only_lists(listing))
    ids, onward, cut = listing.page()
    assert onward is None
    assert ids == whole[: len(ids)]
    assert len(ids) < len(whole)
    if listing.platform == "x":
        assert cut["meta"]["result_count"] == len(ids)
    if listing.platform == "youtube":
        assert cut["pageInfo"] == body["pageInfo"]
    if listing.platform == "tiktok":
        assert cut.get("has_more", cut.get("hasMore")) is False


def test_rows_are_left_out_of_a_page(listing: Listing) -> None:
    whole, onward, _ = listing.page()
    listing.fault("missing_rows", number=2, count=1, **only_lists(listing))
    ids, further, _ = listing.page()
    assert [one for one in whole if one in ids] == ids
    assert len(ids) == len(whole) - 2
    assert (onward is None) == (further is None)


def test_rows_come_again_at_the_head_of_the_next_page(listing: Listing) -> None:
    listing.fault("repeated_rows", number=2, **only_lists(listing))
    one, onward, _ = listing.page()
    again, further, _ = listing.page(onward)
    assert further is not None
    assert again[:2] == one[-2:]
    assert len(set(again[2:]) & set(one)) == 0


def test_a_stale_page_is_the_one_before_once_more(listing: Listing) -> None:
    listing.fault("duplicate_page", count=1, **only_lists(listing))
    one, onward, _ = listing.page()
    assert listing.page(onward)[:2] == (one, onward)
    assert not set(listing.page(onward)[0]) & set(one)


def test_a_page_holds_the_rows_of_the_one_before_and_leads_on_as_its_own(listing: Listing) -> None:
    listing.fault("displaced_rows", count=1, **only_lists(listing))
    one, onward, _ = listing.page()
    stale, third, _ = listing.page(onward)
    two, leads, _ = listing.page(onward)
    assert (stale, third) == (one, leads)
    assert not set(two) & set(one)


def test_a_cut_list_whose_totals_agree(listing: Listing) -> None:
    whole, _, _ = listing.page()
    listing.fault("agreeing_cut", count=1, **only_lists(listing))
    ids, onward, body = listing.page()
    assert (ids, onward) == (whole[: len(whole) // 2], None)
    told = re.findall(r'"(?:media_count|totalResults)": "?(\d+)', json.dumps(body))
    assert set(told) <= {str(len(ids))}


def test_a_list_leads_to_the_same_page_for_ever(listing: Listing) -> None:
    _, onward, _ = listing.page()
    two, _, _ = listing.page(onward)
    listing.fault("endless_same_cursor", **only_lists(listing))
    found = [listing.page(onward) for _ in range(3)]
    for ids, cursor, _ in found:
        assert ids == two
        assert cursor is not None
        assert listing.page(cursor)[0] == two


@pytest.mark.parametrize("kind", ["endless_same_rows", "endless_no_rows"])
def test_a_list_goes_on_for_ever_with_new_cursors(listing: Listing, kind: str) -> None:
    listing.fault(kind, **only_lists(listing))
    found = list(listing.pages(9))
    assert len(found) == 9
    assert len({cursor for _, cursor in found}) == 9
    rows = [ids for ids, _ in found[3:]]
    assert rows == ([found[3][0]] * 6)
    assert bool(rows[0]) == (kind == "endless_same_rows")


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("youtube", r'"totalResults": "?(\d+)'),
        ("instagram", r'"media_count": "?(\d+)'),
    ],
)
def test_a_total_that_disagrees(sandbox: Sandbox, name: str, pattern: str) -> None:
    listing = Listing(sandbox, name)
    (right,) = re.findall(pattern, json.dumps(listing.page()[2]))
    listing.fault("wrong_total", number=-4)
    (wrong,) = re.findall(pattern, json.dumps(listing.page()[2]))
    assert int(wrong) == int(right) - 4
    assert len(listing.ids()) == len(set(listing.ids()))


def test_totals_of_profiles_disagree_too(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    fields = {"user.fields": "public_metrics"}

    def total() -> int:
        user = sandbox.json(f"/2/users/{account.id}", **fields)["data"]
        return int(user["public_metrics"]["tweet_count"])

    right = total()
    sandbox.fault(platform="x", kind="wrong_total", endpoint="user")
    assert total() == right + 7
    tiktok = sandbox.busiest("tiktok")
    page = sandbox.http.get(f"/web/tiktok/@{tiktok.handle}").text
    sandbox.fault(platform="tiktok", kind="wrong_total", endpoint="profile", route="web")
    wrong = sandbox.http.get(f"/web/tiktok/@{tiktok.handle}").text
    totals = [int(re.search(r'"videoCount":"(\d+)"', text)[1]) for text in (page, wrong)]  # type: ignore[index]
    assert totals[1] == totals[0] + 7


def test_pages_lose_their_paging_as_well(sandbox: Sandbox) -> None:
    account = sandbox.busiest("facebook")
    sandbox.fault(platform="facebook", kind="paging_lost", route="web", endpoint="page")
    for layout in ("plain", "2025"):
        page = sandbox.http.get(f"/web/facebook/{account.handle}", params={"layout": layout})
        assert "page_info" not in page.text.partition("<script>//")[0]
    channel = sandbox.busiest("youtube")
    sandbox.fault(platform="youtube", kind="list_cut", route="web", seed=1)
    page = sandbox.http.get(f"/web/youtube/@{channel.handle}/shorts")
    assert "continuationItemRenderer" not in page.text
    instagram = sandbox.busiest("instagram")
    sandbox.fault(platform="instagram", kind="list_cut", route="web", seed=1)
    page = sandbox.http.get(f"/web/instagram/{instagram.handle}/")
    assert '"has_next_page":false' in page.text
