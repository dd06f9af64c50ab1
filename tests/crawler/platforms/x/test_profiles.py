"""Profiles of X: a hundred a call, every visit to its own outcome."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from crawler.platforms.x.config import XConfig
from crawler.platforms.x.platform import PLATFORM
from model.messages import Outcome, VisitKind
from tests.crawler.platforms.driver import NOW, answered, drive
from tests.crawler.platforms.x.service import Service, user, visit

CONFIG = XConfig()
PROFILE = VisitKind.PROFILE


def test_accounts_are_looked_up_by_id_a_hundred_a_call() -> None:
    accounts = [str(number) for number in range(1, 251)]
    visits = [visit(PROFILE, account) for account in accounts]
    run = drive(PLATFORM, CONFIG, visits, Service(users=[user(a) for a in accounts]))
    assert len(run.calls) == PLATFORM.minimum("profile", 250, []) == 3
    assert {close.outcome for close in run.closes} == {Outcome.OK}
    assert sorted(c.visit.id for c in run.closes) == sorted(v.id for v in visits)
    shown = [item for page in run.pages for item in page.mapped.accounts]
    assert {item.id for item in shown} == set(accounts)
    assert shown[0].counts["followers"].value == 500
    assert shown[0].counts["posts"].value == 60


def test_the_call_asks_for_counters_and_holds_no_secret() -> None:
    run = drive(PLATFORM, XConfig(), [visit(PROFILE)], Service(users=[user("11")]))
    split = urlsplit(run.calls[0].url)
    assert f"{split.scheme}://{split.netloc}{split.path}" == "https://api.x.com/2/users"
    assert parse_qs(split.query)["user.fields"] == ["public_metrics,created_at,verified,protected"]
    assert PLATFORM.authorise("s3cret") == {"authorization": "Bearer s3cret"}
    assert PLATFORM.token_call(CONFIG) is None


def test_an_unknown_account_ends_gone_and_the_others_go_on() -> None:
    service = Service(users=[user("11")], withheld={"13"})
    visits = [visit(PROFILE, account) for account in ("11", "12", "13")]
    run = drive(PLATFORM, CONFIG, visits, service)
    assert [run.close(v).outcome for v in visits] == [Outcome.OK, Outcome.GONE, Outcome.FORBIDDEN]
    assert len(run.calls) == 1


def test_a_new_handle_is_told_for_the_id_finds_it() -> None:
    run = drive(PLATFORM, CONFIG, [visit(PROFILE, handle="@OldName")], Service(users=[user("11")]))
    assert run.closes[0].outcome is Outcome.OK
    assert run.closes[0].detail == "the handle is now @City11"
    same = drive(PLATFORM, CONFIG, [visit(PROFILE, handle="@city11")], Service(users=[user("11")]))
    assert same.closes[0].detail == ""


def test_without_ids_accounts_are_looked_up_by_handle() -> None:
    visits = [visit(PROFILE, f"@{name}", handle=name) for name in ("City11", "nobody")]
    run = drive(PLATFORM, CONFIG, visits, Service(users=[user("11")]))
    assert urlsplit(run.calls[0].url).path == "/2/users/by"
    assert [run.close(v).outcome for v in visits] == [Outcome.OK, Outcome.GONE]


def test_visits_of_other_slots_share_no_call() -> None:
    visits = [visit(PROFILE, "11"), visit(PROFILE, "12", slot=NOW - timedelta(days=1))]
    groups = list(PLATFORM.groups(visits, CONFIG))
    assert groups == [[visits[0]], [visits[1]]]


def test_an_account_in_neither_list_is_not_taken_for_gone() -> None:
    visits = [visit(PROFILE, "11"), visit(PROFILE, "12")]
    run = drive(PLATFORM, CONFIG, visits, lambda call: answered(call, {"data": [user("11")]}))
    assert run.close(visits[1]).outcome is Outcome.EMPTY_UNEXPECTED


def test_one_malformed_user_ends_only_its_own_visit() -> None:
    broken = user("12", public_metrics={"followers_count": -1})
    visits = [visit(PROFILE, "11"), visit(PROFILE, "12")]
    run = drive(PLATFORM, CONFIG, visits, Service(users=[user("11"), broken]))
    assert run.close(visits[0]).outcome is Outcome.OK
    assert run.close(visits[1]).outcome is Outcome.CHANGED_SHAPE
    assert "data[1].public_metrics.followers_count" in run.close(visits[1]).detail
    assert run.pages[0].mapped.unmapped == ("data[1].public_metrics.followers_count",)


def test_counters_that_were_asked_for_must_come() -> None:
    bare = {"id": "11", "name": "City 11", "username": "City11"}
    run = drive(PLATFORM, CONFIG, [visit(PROFILE)], Service(users=[bare]))
    assert run.closes[0].outcome is Outcome.CHANGED_SHAPE
    assert not run.pages


def test_an_empty_200_is_not_believed() -> None:
    for body in (b"", b"{}", {"data": []}, {"meta": {}}):
        run = drive(PLATFORM, CONFIG, [visit(PROFILE)], lambda call, b=body: answered(call, b))
        assert run.closes[0].outcome is Outcome.EMPTY_UNEXPECTED, body
        assert not run.pages
