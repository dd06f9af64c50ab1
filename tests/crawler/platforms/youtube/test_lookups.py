"""Profiles: 50 channels a call, unknown ones alone are gone."""

from __future__ import annotations

from typing import Any

import pytest

from model.count import Count
from model.messages import Visit, VisitKind
from tests.crawler.platforms.youtube.directory import Channel, Directory, channel_id, visit
from tests.crawler.platforms.youtube.driving import drive


def profile(number: int, **more: Any) -> Visit:
    return visit(number, VisitKind.PROFILE, **more)


@pytest.mark.parametrize(("channels", "calls"), [(1, 1), (50, 1)])
def test_a_group_takes_one_call(channels: int, calls: int) -> None:
    directory = Directory(*(Channel(number) for number in range(channels)))
    run = drive([profile(number) for number in range(channels)], directory)
    assert directory.endpoints() == {"channels": calls}
    assert {close.outcome.value for close in run.closes.values()} == {"ok"}
    assert len(run.accounts) == channels


def test_counts_of_a_channel() -> None:
    run = drive([profile(1)], Directory(Channel(1)))
    (account,) = run.accounts
    assert account.id == channel_id(1)
    assert account.handle == "city1"
    assert account.counts == {
        "followers": Count(24600, step=100),
        "posts": Count(0),
        "views": Count(5000),
    }


def test_an_unknown_channel_is_gone_and_the_others_are_not() -> None:
    visits = [profile(1), profile(2), profile(3)]
    run = drive(visits, Directory(Channel(1), Channel(3)))
    assert [run.outcome(visit) for visit in visits] == ["ok", "gone", "ok"]
    assert channel_id(2) in run.closes[visits[1].id].detail


def test_no_channel_at_all_is_proven_by_the_total() -> None:
    one = profile(1)
    assert drive([one], Directory()).outcome(one) == "gone"


def test_an_empty_answer_without_that_proof_is_not_believed() -> None:
    directory, one = Directory(Channel(1)), profile(1)
    directory.tamper = lambda _, status, body: (status, body | {"items": []})
    assert drive([one], directory).outcome(one) == "empty_unexpected"


def test_a_channel_that_cannot_be_read_leaves_the_others_alone() -> None:
    directory, visits = Directory(Channel(1), Channel(2)), [profile(1), profile(2)]

    def broken(_: Any, status: int, body: Any) -> tuple[int, Any]:
        body["items"][0]["statistics"]["subscriberCount"] = "-5"
        return status, body

    directory.tamper = broken
    run = drive(visits, directory)
    assert [run.outcome(visit) for visit in visits] == ["changed_shape", "ok"]
    assert run.pages[0].mapped.unmapped == ("items[0].statistics.subscriberCount",)


def test_subscribers_left_out_without_being_hidden_are_a_change_of_shape() -> None:
    directory, one = Directory(Channel(1)), profile(1)

    def cut(_: Any, status: int, body: Any) -> tuple[int, Any]:
        del body["items"][0]["statistics"]["subscriberCount"]
        return status, body

    directory.tamper = cut
    run = drive([one], directory)
    assert run.outcome(one) == "changed_shape"
    assert run.accounts[0].counts["followers"] == Count.not_read()
    assert run.accounts[0].counts["views"] == Count(5000)


def test_hidden_subscribers_are_hidden() -> None:
    hiding = {"hiddenSubscriberCount": True, "subscriberCount": "0"}
    one = profile(1)
    run = drive([one], Directory(Channel(1, statistics=hiding)))
    assert run.accounts[0].counts["followers"] == Count.hidden()
    assert run.outcome(one) == "ok"


def test_an_answer_cut_short_is_asked_on() -> None:
    directory, visits = Directory(Channel(1), Channel(2)), [profile(1), profile(2)]

    def short(_: Any, status: int, body: Any) -> tuple[int, Any]:
        if len(body["items"]) == 2:
            return status, body | {"items": body["items"][:1], "nextPageToken": "P1"}
        return status, body

    directory.tamper = short
    run = drive(visits, directory)
    assert [run.outcome(visit) for visit in visits] == ["ok", "ok"]
    assert len(directory.asked) == 2


def test_a_new_handle_is_said() -> None:
    one = profile(1, handle="oldname")
    run = drive([one], Directory(Channel(1)))
    assert run.closes[one.id].detail == "the handle @oldname is now @city1"
    same = profile(1, handle="@City1")
    assert drive([same], Directory(Channel(1))).closes[same.id].detail == ""


def test_a_handle_alone_is_looked_up() -> None:
    known, unknown = profile(7, account="@city7"), profile(8, account="@city8")
    run = drive([known, unknown], Directory(Channel(7)))
    assert [run.outcome(known), run.outcome(unknown)] == ["ok", "gone"]
    assert run.accounts[0].id == channel_id(7)
