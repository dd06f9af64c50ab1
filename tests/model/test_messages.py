"""Messages are versioned and strictly decoded; visits have deterministic ids."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from model.account import Account
from model.bounds import MOST_RAW
from model.count import Count, Missing
from model.items import AccountItem, PostItem, PostType
from model.messages import (
    Harvest,
    HarvestPage,
    MessageError,
    Outcome,
    RawAnswer,
    Visit,
    VisitClosed,
    VisitKind,
    Window,
    decode_harvest,
    decode_visit,
    encode,
)
from model.panel import Panel, PanelAccount
from model.platform import PLATFORMS
from model.proof import Proof
from model.route import Route

AT = datetime(2025, 5, 1, tzinfo=UTC)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))
counts = st.one_of(
    st.builds(Count, st.integers(0, 2**62), step=st.sampled_from([1, 100, 1000])),
    st.sampled_from(Missing).map(lambda reason: Count(missing=reason)),
)
# The object and the replacement character stand for what is not there; no id holds them.
seen = st.characters(
    categories=("L", "M", "N", "P", "S"),
    exclude_characters="@:/\ufffc\ufffd",
    max_codepoint=0x1FAFF,
)
ids = st.text(seen, min_size=1, max_size=200)
windows = st.lists(instants, min_size=2, max_size=2).map(sorted)
visits = st.builds(
    Visit,
    platform=st.sampled_from(PLATFORMS),
    account=ids | ids.map("@{}".format),
    handle=st.text(),
    kind=st.sampled_from(VisitKind),
    slot=instants,
    window=st.none() | windows.map(lambda ends: Window(*ends)),
    posts=st.lists(ids).map(tuple),
    attempt=st.integers(0, 9),
)
raws = st.builds(
    RawAnswer,
    sha256=st.binary().map(lambda body: hashlib.sha256(body).hexdigest()),
    endpoint=st.text(),
    url=st.text(),
    status=st.integers(100, 599),
    observed_at=instants,
    size=st.integers(0, MOST_RAW),
)
posts = st.builds(
    PostItem,
    platform=st.sampled_from(PLATFORMS),
    id=ids,
    published_at=st.none() | instants,
    type=st.none() | st.sampled_from(PostType),
    text=st.none() | st.text(),
    observed_at=instants,
    counts=st.dictionaries(st.sampled_from(["likes", "views"]), counts),
)


def _page(
    visits: list[Visit], posts: list[PostItem], slot: datetime, raw: RawAnswer
) -> HarvestPage:
    """All of one platform."""
    name = visits[0].platform
    return HarvestPage(
        platform=name,
        slot=slot,
        visits=tuple(structs.replace(visit, platform=name).id for visit in visits),
        posts=tuple(structs.replace(post, platform=name) for post in posts),
        raw=raw,
    )


pages = st.builds(
    _page,
    visits=st.lists(visits, min_size=1, max_size=5),
    posts=st.lists(posts, max_size=3),
    slot=instants,
    raw=raws,
)
closings = st.builds(
    VisitClosed,
    visit=visits,
    outcome=st.sampled_from(Outcome),
    observed_at=instants,
    retry_at=st.none() | instants,
)


@given(visits)
def test_a_visit_survives_the_queue(visit: Visit) -> None:
    assert decode_visit(encode(visit)) == visit


@pytest.mark.slow
@given(pages | closings)
def test_a_harvest_survives_the_queue(message: Harvest) -> None:
    assert decode_harvest(encode(message)) == message


@given(st.binary())
def test_rubbish_is_refused_by_name(data: bytes) -> None:
    for decode in (decode_visit, decode_harvest):
        with pytest.raises(MessageError, match="of schema 1"):
            decode(data)


def _visit(**changes: object) -> Visit:
    base = Visit(
        platform="x",
        account="1",
        handle="a",
        kind=VisitKind.TIMELINE,
        slot=AT,
        window=Window(AT, AT + timedelta(days=1)),
    )
    return msgspec.structs.replace(base, **changes)


@pytest.mark.parametrize(
    "change",
    [
        {"platform": "youtube"},
        {"account": "2"},
        {"kind": VisitKind.REFRESH},
        {"slot": AT + timedelta(seconds=1)},
        {"window": None},
        {"window": Window(AT, AT + timedelta(days=2))},
    ],
)
def test_another_visit_has_another_id(change: dict[str, object]) -> None:
    assert _visit(**change).id != _visit().id


@pytest.mark.parametrize(
    "change", [{"attempt": 3}, {"handle": "renamed"}, {"route": Route.WEB}, {"posts": ("1",)}]
)
def test_the_same_visit_keeps_its_id(change: dict[str, object]) -> None:
    assert _visit(**change).id == _visit().id


@pytest.mark.parametrize(
    ("before", "after"),
    [(b'"v":1', b'"v":2'), (b'"kind":', b'"knd":'), (b'"account":"1"', b'"account":1')],
)
def test_decoding_is_strict(before: bytes, after: bytes) -> None:
    data = encode(_visit())
    assert before in data
    with pytest.raises(MessageError):
        decode_visit(data.replace(before, after))


@pytest.mark.parametrize(
    "broken", [{}, {"value": 1, "missing": Missing.HIDDEN}, {"value": 1, "step": 0}]
)
def test_a_count_has_a_value_or_a_reason(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"a count has either|rounding step"):
        Count(**broken)  # type: ignore[arg-type]


def test_zero_is_a_value() -> None:
    assert Count(0).missing is None


def test_outcomes_are_complete_or_transient_or_final() -> None:
    assert not any(outcome.complete and outcome.transient for outcome in Outcome)
    assert [o for o in Outcome if o.complete] == [Outcome.OK, Outcome.OK_NOTHING_NEW]
    assert not Outcome.GONE.transient


def test_an_item_needs_its_observed_time() -> None:
    with pytest.raises(TypeError):
        AccountItem(platform="x", id="1")  # type: ignore[call-arg]


def test_an_account_without_id_is_known_by_its_handle() -> None:
    account = Account(platform="x", id="", handle="DiscoverNanjing", city="nanjing")
    assert account.key == "x:@discovernanjing"
    assert msgspec.structs.replace(account, id="7").key == "x:7"


def test_a_panels_id_depends_on_its_content_alone() -> None:
    one, two = PanelAccount("nanjing", "x", "x:1"), PanelAccount("beijing", "x", "x:2")
    panel = Panel(as_of=AT, cities=("nanjing", "beijing"), accounts=(one, two))
    later = Panel(as_of=AT + timedelta(1), cities=("beijing", "nanjing"), accounts=(two, one))
    assert panel.id == later.id
    assert panel.id != Panel(as_of=AT, cities=("nanjing",), accounts=(one,)).id


def test_what_proves_a_timeline_travels_with_its_end_and_older_messages_lack_it() -> None:
    visit = Visit(platform="x", account="1", handle="a", kind=VisitKind.TIMELINE, slot=AT)
    end = VisitClosed(visit=visit, outcome=Outcome.OK, observed_at=AT)
    assert b"prove" not in encode(end)
    assert b"proof" not in encode(end)
    assert decode_harvest(encode(end)) == end
    proven = msgspec.structs.replace(end, proof=Proof.OLDER_POST, proven_from=AT)
    assert decode_harvest(encode(proven)) == proven
    with pytest.raises(MessageError):
        decode_harvest(encode(proven).replace(b"older_post", b"a feeling"))
