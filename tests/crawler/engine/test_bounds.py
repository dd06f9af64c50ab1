"""What a platform answers beyond all bounds ends its own visit, in a message that can be stored."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from crawler.contract import Answer, Call, Close, Page
from crawler.engine.group_run import _bounded
from crawler.engine.sinks import harvest_page, refuse_large_page
from crawler.errors import CrawlError, ShapeError
from crawler.platforms.tiktok.platform import PLATFORM as TIKTOK
from crawler.platforms.x.platform import PLATFORM as X
from crawler.reading.rows import each
from model.bounds import LATEST, MOST_BYTES, MOST_DETAIL, MOST_ITEMS, MOST_POSTS, MOST_UNMAPPED
from model.items import Mapped, PostItem
from model.messages import Outcome, Visit, VisitKind, decode_harvest, encode
from model.proof import Proof

NOW = datetime(2025, 5, 10, tzinfo=UTC)
VISIT = Visit(platform="x", account="1", handle="a", kind=VisitKind.TIMELINE, slot=NOW)
CALL = Call(endpoint="timeline", url="http://127.0.0.1/timeline")
LARGE = "x" * 20_000_000


def _answer(status: int, body: object) -> Answer:
    encoded = msgspec.json.encode(body)
    return Answer(call=CALL, status=status, headers={}, body=encoded, observed_at=NOW)


@pytest.mark.slow
@pytest.mark.parametrize("key", ["detail", "title"])
def test_x_answers_404_with_20_mb_of_detail(key: str) -> None:
    problem = {"type": "https://api.twitter.com/2/problems/resource-not-found", key: LARGE}
    with pytest.raises(CrawlError) as caught:
        X.check(_answer(404, {"errors": [problem], **problem}))
    assert len(caught.value.detail) <= MOST_DETAIL
    assert len(str(caught.value)) < MOST_DETAIL + 100


@pytest.mark.slow
def test_so_does_tiktok() -> None:
    with pytest.raises(CrawlError) as caught:
        TIKTOK.check(_answer(400, {"error": {"code": "invalid_params", "message": LARGE}}))
    assert len(caught.value.detail) <= MOST_DETAIL


def test_an_end_says_no_more_than_a_message_holds() -> None:
    seen = tuple(str(number) for number in range(MOST_POSTS + 1))
    close = _bounded(Close(VISIT, Outcome.OK, seen=seen, retry_at=LATEST, proof=Proof.TOTAL))
    assert (close.outcome, close.seen, close.retry_at, close.proof) == ("gave_up", (), None, None)
    assert "50001 posts were seen" in close.detail


def _page(posts: tuple[PostItem, ...], unmapped: tuple[str, ...] = ()) -> Page:
    return Page(_answer(200, {}), Mapped(shape="x", posts=posts, unmapped=unmapped), (VISIT,))


def test_a_page_of_too_many_or_too_large_rows_is_refused() -> None:
    small = PostItem(platform="x", id="1", observed_at=NOW)
    refuse_large_page(_page((small,) * 1000))
    with pytest.raises(ShapeError, match=f"{MOST_ITEMS} are the most"):
        refuse_large_page(_page((small,) * (MOST_ITEMS + 1)))
    large = msgspec.structs.replace(small, text="x" * 100_000)
    with pytest.raises(ShapeError, match=f"{MOST_BYTES} travel"):
        refuse_large_page(_page((large,) * 200))


def test_what_was_not_mapped_is_named_as_far_as_it_fits() -> None:
    message, _ = harvest_page(_page((), (LARGE, *(f"data[{n}]" for n in range(1000)))))
    assert len(message.unmapped) == MOST_UNMAPPED
    assert message.unmapped[-1] == "1001 paths in all; 199 are named"
    assert decode_harvest(encode(message)) == message


def test_one_row_out_of_bounds_does_not_lose_the_others() -> None:
    def read(value: str, path: str) -> PostItem:
        return PostItem(platform="x", id=value, observed_at=NOW)

    rows, paths = each(["1", "a b", "3"], "data", read)
    assert [row.id for row in rows] == ["1", "3"]
    assert paths == ("data[1]",)
