"""What is asked before a month is published, in both languages: words of pages and of commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

QUESTION_WORDS: Mapping[Literal["en", "zh"], Mapping[str, str]] = {
    "en": {
        "cut-off": "cut-off",
        "over": "{period} was cut off at {cutoff}",
        "not over": "{period} is not cut off before {cutoff}",
        "wait": "wait for it: what is read until then still counts",
        "indicators": "indicators",
        "lacking": "no city has a value of {names}",
        "none lacking": "every indicator has values",
        "import": "`cityreach {what} import` takes them",
        "ranks": "ranks",
        "ranked": "{ranked} of {of} cities have a rank",
        "too few": "{ranked} of {of} cities have a rank, the method wants {least}; without one: "
        "{names}",
        "gaps": "`cityreach gaps --period {period}` says what is missing and why",
        "coverage": "coverage",
        "covered": "{share} of what counts was collected, on average over the cities",
        "too little": "{share} of what counts was collected, on average over the cities; the "
        "method wants {least}",
        "accounts": "accounts",
        "whole": "{whole} of {of} accounts are whole",
        "partly": "{whole} of {of} accounts are whole; not so: {names}",
        "ratings": "ratings",
        "rated": "{rated} of {of} places (a city on a platform) are rated",
        "too few rated": "{rated} of {of} places (a city on a platform) are rated; the method "
        "wants {least}",
        "choice": "choice",
        "chosen": "every ranking and case that was chosen is there ({n})",
        "choose again": "choose again: `cityreach issue choose`, of a published month `cityreach "
        "issue revise --case`, or the issue's page in the portal",
        "draft": "draft",
        "current": "the draft is what is known today",
        "draft again": "`cityreach issue draft --period {period}`, or the issue's page in the "
        "portal, computes it once more",
    },
    "zh": {
        "cut-off": "统计截止",
        "over": "{period} 已于 {cutoff} 截止",
        "not over": "{period} 要到 {cutoff} 才截止",
        "wait": "请等到截止：在此之前读取的仍计入",
        "indicators": "外部指标",
        "lacking": "没有任何城市有以下指标的数值：{names}",
        "none lacking": "各项指标均有数值",
        "import": "用 `cityreach {what} import` 导入",
        "ranks": "位次",
        "ranked": "{of} 个城市中有 {ranked} 个有位次",
        "too few": "{of} 个城市中有 {ranked} 个有位次，方法要求 {least}；没有位次的：{names}",
        "gaps": "`cityreach gaps --period {period}` 说明缺什么、为什么",
        "coverage": "覆盖",
        "covered": "各城市平均采集到应计数据的 {share}",
        "too little": "各城市平均采集到应计数据的 {share}，方法要求 {least}",
        "accounts": "账号",
        "whole": "{of} 个账号中有 {whole} 个数据完整",
        "partly": "{of} 个账号中有 {whole} 个数据完整；不完整的：{names}",
        "ratings": "评分",
        "rated": "{of} 处（一城一平台为一处）中有 {rated} 处已评分",
        "too few rated": "{of} 处（一城一平台为一处）中有 {rated} 处已评分，方法要求 {least}",
        "choice": "选定内容",
        "chosen": "选定的榜单和案例都在（{n} 项）",
        "choose again": "请重新选定：`cityreach issue choose`，已发布的月份用 `cityreach issue "
        "revise --case`，或在门户的该期页面上",
        "draft": "草稿",
        "current": "草稿与目前所知一致",
        "draft again": "用 `cityreach issue draft --period {period}` 或在门户的该期页面上重新起草",
    },
}
