"""What people call the columns of their tables, in Chinese and English. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

_CALLED = {
    "city": "城市 城市名 城市名称 市 cityname city_id 城市编号 城市id",
    "platform": "平台 社交平台 渠道 channel network",
    "handle": "用户名 账号 帐号 账户 账号名 帐号名 主页 链接 地址 网址 主页链接 账号链接 "
    "username account account_name url link address page",
    "id": "编号 账号id 帐号id 账号编号 账户id "
    "account_id accountid user_id userid page_id channel_id",
    "name": "名称 账号名称 帐号名称 显示名 昵称 display_name title",
    "class": "类别 类型 账号类别 账号类型 分类 type category",
    "primary": "主账号 主帐号 是否主账号 主要 main_account is_primary",
    "source": "来源 数据来源 出处 sources",
    "note": "备注 说明 注 注释 notes remark remarks comment comments",
    "verified_at": "核实时间 认证时间 核验时间 verified",
    "period": "月份 月 统计月 期 时期 统计期 年月 month",
    "rater": "评分人 评委 专家 打分人 评审 expert judge rated_by",
    "criterion": "指标 评分项 准则 维度 标准 criteria dimension",
    "score": "得分 分数 评分 打分 rating points",
    "code": "代码 指标代码 指标编码 编码 indicator",
    "value": "数值 值 指标值 数据 values",
    "unit": "单位 对象 单元 城市 城市名称 units",
    "group": "组 分组 组别 groups",
}
_NAMES = {
    called: [column for column, names in _CALLED.items() if called in names.split()]
    for names in _CALLED.values()
    for called in names.split()
}
_FIRST = {column: names.split()[0] for column, names in _CALLED.items()}
_SEPARATORS = str.maketrans({" ": "_", "-": "_"})


def called_in_chinese(column: str) -> str:
    """The Chinese name under which readers take a column too; empty where there is none."""
    return _FIRST.get(column, "")


def column_named(cell: str, known: Collection[str]) -> str:
    """The column of these that a cell of a header stands for; the cell itself where it is none.

    Width, case, spaces and a star or colon behind it do not matter.
    """
    plain = unicodedata.normalize("NFKC", cell).strip(" *:").casefold()
    if plain in known:
        return plain
    joined = plain.translate(_SEPARATORS)
    for candidate in (joined, plain.replace(" ", "")):
        if candidate in known:
            return candidate
        for column in _NAMES.get(candidate, ()):
            if column in known:
                return column
    return cell


def columns_named(cells: Collection[str], known: Collection[str]) -> list[str]:
    """A header with the names that are known; of two cells for one column the exact one has it."""
    plain = [column_named(cell, known) for cell in cells]
    exact = {cell.casefold() for cell in cells}
    return [
        cell if name in exact and cell.casefold() != name else name
        for cell, name in zip(cells, plain, strict=True)
    ]
