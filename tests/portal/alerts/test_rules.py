"""Rules are data: the shipped ones hold together, and a wrong one says what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from portal.alerts import checks
from portal.alerts.config import AlertSettings, ChannelConfig, Severity
from portal.alerts.memory import problem_words
from portal.alerts.problems import Problem
from portal.alerts.rules import RuleError

GOOD = """
[[rule]]
id = "mine"
check = "dead_letters"
severity = "critical"
limits = { least = 5 }
[rule.text]
en = "{letters} dead"
zh = "{letters} 条"
"""


def load(tmp_path: Path, text: str) -> list[object]:
    path = tmp_path / "rules.toml"
    path.write_text(text, "utf-8")
    return list(checks.load(path))


def test_every_check_is_used_by_a_shipped_rule_and_worded_in_both_languages() -> None:
    rules = checks.load(None)
    assert {rule.check for rule in rules} == set(checks.CHECKS)
    for rule in rules:
        facts = dict.fromkeys(checks.CHECKS[rule.check].facts, "X")
        for words in rule.text.values():
            assert "{" not in words.format_map(facts)


def test_the_alarms_that_were_asked_for_are_there() -> None:
    limits = {rule.id: rule.limits for rule in checks.load(None)}
    assert limits["token_expiring"]["days"] == 7
    assert limits["coverage"]["days"] == 3
    assert {
        "no_reading",
        "empty_unexpected",
        "login_walls",
        "schema_drift",
        "quota_forecast",
        "queue_age",
        "disk",
    } <= limits.keys()


def test_a_rule_of_ones_own(tmp_path: Path) -> None:
    (rule,) = checks.load(_written(tmp_path, GOOD))
    assert (rule.id, rule.severity, rule.limits) == ("mine", Severity.CRITICAL, {"least": 5})
    off = GOOD.replace('check = "dead', 'enabled = false\ncheck = "dead')
    assert checks.load(_written(tmp_path, off)) == []


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "[[[", "rules.toml"),
        (GOOD, "", "expected \\[\\[rule\\]\\]"),
        ("", "\n[more]\n", "nothing else"),
        ('"dead_letters"', '"moonshine"', "one of coverage, dead_letters"),
        ('id = "mine"', "", "rule 1: expected id"),
        ('"critical"', '"fatal"', "warning or critical"),
        ("least = 5", "most = 5", "known are least"),
        ("least = 5", 'least = "5"', "limit least is like 1"),
        ("{letters} dead", "{people} dead", "text names people; facts are letters"),
        ("[rule.text]\nen", "[rule.text]\nfr", "text in en and zh"),
        ("[rule.text]", "color = 1\n[rule.text]", "unknown color"),
        (GOOD, GOOD + GOOD, "mine is there twice"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = GOOD.replace(old, new) if old else GOOD + new
    with pytest.raises(RuleError, match=told):
        load(tmp_path, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"nowhere\.toml"):
        checks.load(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kind": "feishu"}, "a feishu channel needs url"),
        ({"kind": "mail", "host": "localhost"}, "needs host, sender and to"),
        ({"kind": "webhook", "url": "http://localhost"}, "needs secret"),
        ({"kind": "pigeon"}, "Input should be"),
        ({"kind": "slack", "url": "http://localhost", "colour": "red"}, "Extra inputs"),
    ],
)
def test_a_channel_that_cannot_work_is_refused(given: Mapping[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        ChannelConfig.model_validate(given)


def test_a_channels_name_is_a_plain_word() -> None:
    slack = {"kind": "slack", "url": "http://localhost"}
    assert AlertSettings.model_validate({"channels": {"on-call_1": slack}}).channels
    with pytest.raises(ValueError, match="String should match"):
        AlertSettings.model_validate({"channels": {"a.b": slack}})


def test_a_channels_address_and_secret_do_not_show() -> None:
    channel = ChannelConfig.model_validate(
        {
            "kind": "dingtalk",
            "url": "https://h.example/robot?access_token=TELLTALE",
            "secret": "SECTELLTALE",
            "password": "TELLTALE",
        }
    )
    assert "TELLTALE" not in repr(channel) + str(channel) + channel.model_dump_json()


def test_a_platform_goes_by_its_name_in_each_language() -> None:
    rule = next(rule for rule in checks.load(None) if rule.id == "quota_forecast")
    facts = dict.fromkeys(checks.CHECKS[rule.check].facts, "1") | {"platform": "youtube"}
    words = problem_words(Problem(rule=rule, subject="youtube", facts=facts))
    assert words["zh"].startswith("优兔：")
    assert words["en"].startswith("YouTube:")


@pytest.mark.parametrize("value", ["1e308", "-1", "inf", "nan", "9" * 40])
def test_a_limit_beyond_computing_is_named(tmp_path: Path, value: str) -> None:
    text = GOOD.replace('"dead_letters"', '"no_reading"').replace("least = 5", f"hours = {value}")
    with pytest.raises(RuleError, match=r"mine: limit hours is .*; expected 0 to 100,000"):
        load(tmp_path, text)
