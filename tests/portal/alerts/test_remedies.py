"""Messages say what to do, in their own language and in the zone of the settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.alerts.checks import load
from portal.alerts.config import Severity
from portal.alerts.memory import News, Notice, problem_words
from portal.alerts.problems import Problem
from portal.alerts.remedies import check_remedy
from portal.alerts.wording import Message


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_shipped_rule_and_outcome_has_its_remedy(language: Any) -> None:
    for rule in load(None):
        outcomes = rule.limits.get("outcomes", [None])
        for outcome in outcomes:
            remedy = check_remedy(rule.check, {"outcome": outcome}, language)
            assert remedy, (rule.id, outcome)
            assert any("\u4e00" <= sign <= "\u9fff" for sign in remedy) == (language == "zh")


def test_a_message_names_the_remedy_and_the_zone_in_its_language() -> None:
    notice = Notice(
        news=News.NEW,
        id="refused_token|x",
        rule="refused_token",
        subject="x",
        severity=Severity.CRITICAL,
        since=datetime(2025, 5, 19, 20, tzinfo=UTC),
        text={"en": "x: a token is refused", "zh": "X平台：令牌被拒绝"},
        facts={"platform": "x"},
    )
    now = datetime(2025, 5, 20, tzinfo=UTC)
    for language, told in (
        ("en", "x: a token is refused; what to do: replace the token, then restart the crawlers"),
        ("zh", "! 新问题: X平台：令牌被拒绝；处理办法：更换令牌后重启采集器"),
    ):
        text = Message((notice,), language, now, "Asia/Shanghai").text()  # type: ignore[arg-type]
        assert told in text
        assert "2025-05-20 04:00 +08:00)" in text
    over = replace(notice, news=News.OVER)
    assert "what to do" not in Message((over,), "en", now).text()
    assert "20:00 +00:00" in Message((over,), "en", now).text()


def test_an_outcome_is_told_in_words_in_chinese() -> None:
    (rule,) = [one for one in load(None) if one.id == "credentials"]
    facts = dict.fromkeys(("visits", "accounts", "hours", "examples"), 1)
    told = {"platform": "x", "outcome": "token_invalid", "detail": "HTTP 401", **facts}
    words = problem_words(Problem(rule=rule, subject="x", facts=told))
    assert words["zh"] == "X平台：1 小时内 1 次采集以 令牌无效（token_invalid） 结束：HTTP 401"
    assert "ended in token_invalid" in words["en"]
    detail = (
        "X's public pages show no complete timeline, so posts are not counted; the official API "
        "does"
    )
    told = {**told, "outcome": "forbidden", "detail": detail}
    words = problem_words(Problem(rule=rule, subject="x", facts=told))
    assert words["zh"].endswith("X 的公开页面不显示完整的时间线，因此不统计帖子；官方接口可以")
    assert words["en"].endswith(detail)
