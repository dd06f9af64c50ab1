"""Plans by name, from files and from settings; contradictions are named."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cityreach.settings import load_settings
from model.route import Route
from operations.configuration.keys import SettingsError
from scheduler.plan import Plan, PlanError, Tier
from scheduler.plans import about, load_plans, named_plans, plans_from
from tests.scheduler.known import DAY, HOUR


def test_the_default_is_the_plan_of_the_code() -> None:
    assert load_plans("default").base == Plan()
    assert Plan().bands == (Tier(2 * DAY, 2 * HOUR), Tier(10 * DAY, 4 * HOUR), Tier(35 * DAY, DAY))


@pytest.mark.parametrize("name", sorted(named_plans()))
def test_every_named_plan_says_what_it_is_for(name: str) -> None:
    assert about(name)


def test_a_file_may_differ_by_platform(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text('profile_every = "12h"\n[x]\nbands = [["7d", "1d"]]\n[web]\nat_end = false\n')
    plans = load_plans(str(file))
    assert plans.of("youtube").profile_every == 12 * HOUR
    assert plans.of("x") == Plan(profile_every=12 * HOUR, bands=(Tier(7 * DAY, DAY),))
    assert not plans.of("x", Route.WEB).at_end
    assert plans.of("youtube").at_end


def test_public_pages_may_differ_by_platform(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text('[web]\nat_end = false\n[web.instagram]\nprofile_every = "3h"\n')
    plans = load_plans(str(file))
    assert plans.of("x", Route.WEB) == Plan(at_end=False)
    assert plans.of("instagram", Route.WEB) == Plan(at_end=False, profile_every=3 * HOUR)
    assert plans.of("instagram") == Plan()
    file.write_text('[web.instagram]\nprofile_every = "soon"\n')
    with pytest.raises(PlanError, match=r"\[web\] \[instagram\] profile_every"):
        load_plans(str(file))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"colour": "blue"}, "colour: there is no such key"),
        ({"bands": "daily"}, r"bands: expected \[\["),
        ({"bands": [["2d"]]}, r"bands: expected \[\["),
        ({"bands": [["soon", "2h"]]}, "bands: 'soon': expected a length of time"),
        ({"bands": [["2d", "2h"], ["1d", "4h"]]}, "does not come after"),
        ({"bands": [["2d", "2h"], ["4d", "3h"]]}, "no multiple"),
        ({"bands": [["2d", "0h"]]}, "expected a minute to a year"),
        ({"profile_every": 3}, "profile_every: 3: expected a length"),
        ({"profile_every": "0h"}, "profile_every"),
        ({"edge_lead": "1d"}, "edge_lead"),
        ({"confirm_after": "1h"}, "confirm_after: at least a day"),
        ({"at_end": "yes"}, "at_end: expected true or false"),
        ({"x": {"colour": 1}}, r"\[x\] colour"),
    ],
)
def test_a_wrong_plan_is_named(data: dict[str, object], told: str) -> None:
    with pytest.raises(PlanError, match=told):
        plans_from(data)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("hourly", "expected one of default"),
        ("none.toml", "none.toml: "),
        ("bad.toml", "bad.toml: "),
    ],
)
def test_a_plan_that_is_not_there(
    name: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text("bands = [")
    with pytest.raises(PlanError, match=told):
        load_plans(name)


def test_settings_name_a_plan_and_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYREACH_PLAN__NAME", "thrifty")
    monkeypatch.setenv("CITYREACH_PLAN__LATENESS", "6h")
    monkeypatch.setenv("CITYREACH_PLAN__YOUTUBE__BANDS", '[["2d","2h"],["35d","1d"]]')
    plans = load_settings(None).plan.plans()
    assert plans.of("x").bands == (Tier(7 * DAY, DAY),)
    assert plans.of("youtube").bands == (Tier(2 * DAY, 2 * HOUR), Tier(35 * DAY, DAY))
    assert {plans.of(p).lateness for p in ("x", "youtube")} == {timedelta(hours=6)}  # type: ignore[arg-type]


def test_public_pages_have_a_plan_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(None).plan.plans().of("x", Route.WEB) == named_plans()["web"].base
    monkeypatch.setenv("CITYREACH_PLAN__WEB__PROFILE_EVERY", "7d")
    assert load_settings(None).plan.plans().of("x", Route.WEB).profile_every == 7 * DAY


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("CITYREACH_PLAN__NAME", "hourly", "plan 'hourly': expected one of"),
        ("CITYREACH_PLAN__X__BANDS", '[["2d","soon"]]', "'soon': expected a length"),
        ("CITYREACH_PLAN__COLOUR", "blue", "CITYREACH_PLAN__COLOUR"),
    ],
)
def test_a_wrong_setting_is_named(
    key: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(key, value)
    with pytest.raises(SettingsError, match=told):
        load_settings(None)
