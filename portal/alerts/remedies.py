"""What to do about each outcome and each alert, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.messages import Outcome
from portal.alerts.config import Language

_OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    Outcome.TOKEN_INVALID: (
        "replace the token, then restart the crawlers; `cityreach doctor --online` tries it out",
        "更换令牌后重启采集器；`cityreach doctor --online` 可以试用",
    ),
    Outcome.FORBIDDEN: (
        "the credential lacks a permission (`cityreach doctor` names it), or robots.txt or the "
        "platform does not let its public pages be read this way; see the detail",
        "凭证缺少权限（`cityreach doctor` 会指明），或 robots.txt、平台不允许这样读公开页面；"
        "见详情",
    ),
    Outcome.GONE: (
        "check whether the account was closed or renamed; it counts as gone after two visits a "
        "day apart",
        "查看账号是否已关闭或改名；相隔一天的两次采集都未见到才算消失",
    ),
    Outcome.RENAMED: ("take over the new handle in the registry", "在账号表中改用新的用户名"),
    Outcome.CHANGED_SHAPE: (
        "the platform answers in a new form; the raw answers are kept, update CityReach and map "
        "them again",
        "平台的返回格式有变；原始应答已保存，更新 CityReach 后重新解析",
    ),
    Outcome.RATE_LIMITED: (
        "wait, or add a credential; visits are retried automatically",
        "等待，或增加凭证；采集会自动重试",
    ),
    Outcome.QUOTA_SPENT: (
        "wait for the platform's next day, or raise the quota",
        "等到平台的下一日，或提高配额",
    ),
    Outcome.SERVER_ERROR: (
        "the platform has trouble; visits are retried automatically",
        "平台有故障；采集会自动重试",
    ),
    Outcome.TIMEOUT: (
        "the platform answers slowly; visits are retried automatically",
        "平台应答缓慢；采集会自动重试",
    ),
    Outcome.PROXY_FAILED: (
        "is the proxy of the detail running, and are its user and password right "
        "(CITYREACH_PROXY, or the platform's CITYREACH_…__PROXY)? Visits are retried automatically",
        "详情中的代理是否在运行，用户名和密码是否正确（CITYREACH_PROXY，或该平台的 "
        "CITYREACH_…__PROXY）？采集会自动重试",
    ),
    Outcome.EMPTY_UNEXPECTED: (
        "an empty answer where posts were expected; tried again",
        "本应有帖文却返回空结果；会再试",
    ),
    Outcome.LOGIN_WALL: (
        "the page asks for a login; use the official route",
        "页面要求登录；请改用官方接口",
    ),
    Outcome.CHALLENGE: (
        "the page asks for a proof; use the official route",
        "页面要求验证；请改用官方接口",
    ),
    Outcome.GAVE_UP: (
        "see the detail of the visit; `cityreach status` lists the latest",
        "见该次采集的详情；`cityreach status` 列出最近几次",
    ),
}
_CHECKS: Mapping[str, tuple[str, str]] = {
    "no_reading": (
        "`cityreach visits list --failed` says why; are crawlers and writer running?",
        "`cityreach visits list --failed` 说明原因；采集器和写入器是否在运行？",
    ),
    "schema_drift": (
        "update CityReach; `cityreach replay` maps the kept answers again",
        "更新 CityReach；`cityreach replay` 重新解析已保存的应答",
    ),
    "quota_forecast": (
        "`cityreach quota` says how it stands: raise the budget, add a credential or take a "
        "thriftier plan",
        "`cityreach quota` 说明情况：提高预算、增加凭证，或改用更省的计划",
    ),
    "refused_token": (
        "replace the token, then restart the crawlers; `cityreach doctor --online` tries it out",
        "更换令牌后重启采集器；`cityreach doctor --online` 可以试用",
    ),
    "token_expiring": (
        "put a new token in its place and restart the crawlers",
        "换上新令牌并重启采集器",
    ),
    "queue_age": (
        "are its crawlers, or the writer, running? `cityreach up` starts all",
        "其采集器或写入器是否在运行？`cityreach up` 启动全部",
    ),
    "dead_letters": (
        "`cityreach visits dead` says why; `cityreach visits requeue --dead` sends back what can "
        "be read",
        "`cityreach visits dead` 说明原因；`cityreach visits requeue --dead` 重发读得懂的消息",
    ),
    "lost_letters": (
        "mend what `cityreach visits dead` names; `cityreach gaps` names what is missing",
        "处理 `cityreach visits dead` 指明的问题；`cityreach gaps` 列出缺了什么",
    ),
    "no_scheduler": (
        "start `cityreach up`, or `cityreach schedule`",
        "启动 `cityreach up` 或 `cityreach schedule`",
    ),
    "disk": (
        "make room, or move the data directory to a larger disk",
        "腾出空间，或把数据目录移到更大的磁盘",
    ),
    "queue_memory": (
        "is a writer running and MongoDB there? Otherwise raise the server's maxmemory",
        "写入器是否在运行、MongoDB 是否可用？否则调高该服务的 maxmemory",
    ),
    "digests": (
        "`cityreach digest sent` says why; mend the channel, or ask the readers what arrived",
        "`cityreach digest sent` 说明原因；修好渠道，或向收件人询问是否收到",
    ),
    "nothing_runs": ("start `cityreach up`", "启动 `cityreach up`"),
    "coverage": (
        "`cityreach gaps --period` names what is missing and why",
        "`cityreach gaps --period` 列出缺了什么、为什么",
    ),
}


_NAMES: Mapping[Outcome, str] = {
    Outcome.TOKEN_INVALID: "令牌无效",
    Outcome.FORBIDDEN: "没有权限",
    Outcome.GONE: "账号消失",
    Outcome.RENAMED: "账号改名",
    Outcome.CHANGED_SHAPE: "返回格式有变",
    Outcome.RATE_LIMITED: "被限流",
    Outcome.QUOTA_SPENT: "配额用尽",
    Outcome.SERVER_ERROR: "平台故障",
    Outcome.TIMEOUT: "超时",
    Outcome.PROXY_FAILED: "代理失败",
    Outcome.EMPTY_UNEXPECTED: "意外为空",
    Outcome.LOGIN_WALL: "要求登录",
    Outcome.CHALLENGE: "要求验证",
    Outcome.GAVE_UP: "放弃",
}


def outcome_name(outcome: str, language: str) -> str:
    """Its code, in Chinese with what it means: `令牌无效（token_invalid）`."""
    name = _NAMES.get(Outcome(outcome), "") if outcome in set(Outcome) else ""
    return f"{name}（{outcome}）" if language == "zh" and name else outcome


def outcome_remedy(outcome: Outcome, language: Language = "en") -> str:
    """Empty where nothing is to be done."""
    return _OUTCOMES.get(outcome, ("", ""))[language == "zh"]


def check_remedy(check: str, facts: Mapping[str, Any], language: Language = "en") -> str:
    """About a problem that a rule of this check has found; those about outcomes have the outcome's.
    Empty for what is not known."""
    outcome = facts.get("outcome")
    if isinstance(outcome, str) and outcome in set(Outcome):
        return outcome_remedy(Outcome(outcome), language)
    return _CHECKS.get(check, ("", ""))[language == "zh"]


def remedies_in_chinese() -> Mapping[str, str]:
    """All of them by their English text, for pages that get them from elsewhere in English."""
    return dict((*_OUTCOMES.values(), *_CHECKS.values()))
