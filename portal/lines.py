"""Lines that commands print, in Chinese: by patterns of the English ones. Pure.

What no pattern knows stays English; words of others (names, answers of platforms) are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

_NOUNS = {
    "account": "个账号",
    "city": "个城市",
    "change": "处改动",
    "channel": "个通道",
    "dead letter": "条死信",
    "digest": "份摘要",
    "fault": "个故障",
    "flag": "个标记",
    "gap": "处缺口",
    "issue": "个期次",
    "month": "个月份",
    "platforms by day": "个平台（按日）",
    "problem": "个问题",
    "reason": "种原因",
    "recipient": "个收件人",
    "row": "行",
    "token": "个令牌",
    "user": "个用户",
    "unit": "个单位",
    "value": "个数值",
    "visit": "次采集",
    "visit to requeue": "次待重发的采集",
}
_LINES = """
nothing was imported ({counted}) = 未导入任何内容（{counted}）
{file}: {counted} are in order: {rest} = {file}：{counted}无误：{rest}
{file}: {counted} is in order: {rest} = {file}：{counted}无误：{rest}
{new} new, {changed} changed, {same} as before; nothing was imported (dry run) = \
新增{new}，改动{changed}，不变{same}；试运行，未导入任何内容
what of it is new is not known without the database; nothing was imported (dry run) = \
没有数据库，无从得知其中哪些是新的；试运行，未导入任何内容
{file}: {counted} added, {changed} changed, {same} as before = \
{file}：新增{counted}，改动{changed}，不变{same}
{file}: {counted} added, {same} as before = {file}：新增{counted}，不变{same}
{counted} without value and source: passed over = {counted}没有数值和来源，已略过
{counted} checked = 已检查{counted}
not shown, the terminal is too narrow: {columns} = 终端太窄，未显示：{columns}
not in this form: {title}; --json has all = 此格式容不下：{title}；--json 有全部内容
rehearsal: {what}; the clock shows {at} = 预演：{what}；时钟为 {at}
no MongoDB is running for data directory {place}: start `cityreach up`, or set {key} = \
数据目录 {place} 没有 MongoDB 在运行：请启动 `cityreach up`，或设置 {key}
{city} is not ranked: none of its accounts was read = {city}不参与排名：其账号均未读到
{n} cities are not ranked: none of their accounts was read: {shown}, … = \
{n}个城市不参与排名：其账号均未读到：{shown}等
city {city}: not in the panel of {month} = 城市{city}：不在{month}的监测范围内
{city} is several cities: expected one of {ids} = {city}对应多个城市：请从{ids}中选择
--scope {scope}: expected one of {known} = --scope {scope}：应为{known}之一
--json, --csv and --xlsx: expected one of them = --json、--csv 和 --xlsx 只能取其一
--bom goes with --csv = --bom 须与 --csv 同用
period {text}: expected YYYY-MM = 月份{text}：应为 YYYY-MM
diff {one} {two}: expected the earlier month first = diff {one} {two}：应先写较早的月份
there is no issue of {month}: `cityreach issue list` = 没有{month}的期次：`cityreach issue list`
there is no draft of {month}: `cityreach issue draft` makes one = \
{month}没有草稿：`cityreach issue draft` 可以生成
{month} is not to be published yet: = {month}尚不可发布：
nothing was kept; --despite "reason" goes on all the same, and the issue carries the reason = \
未保存任何内容；--despite "理由" 可照样进行，理由随期次保存
not in it: {what} = 其中没有：{what}
kept all the same: {why} = 照样保存：{why}
other ranks or scores: {counted} = 名次或得分有变：{counted}
{place}: `make {target}` installs it = {place}：执行 `make {target}` 安装
the ratings of {month} are locked = {month}的评分已锁定
the ratings of {month} are open again = {month}的评分已重新开放
agreement of the raters: {rest} = 评分者一致程度：{rest}
composite: top {n} of {rest} = 综合榜：{rest}，前{n}名
{scope}: top {n} of {rest} = {scope}：{rest}，前{n}名
{file}: fill it in, then `{command}` = {file}：填好之后执行 `{command}`
{done} of {of} visits have ended = {of}次采集已完成{done}次
together US$ {sum} = 合计 {sum} 美元
no unit has a value: left out, weights rescaled = 没有任何城市有数值：不计入，权重重新分配
{account} is not whole = {account} 的数据不完整
all parts have stopped = 各部分均已停止
{n} parts are running: {names} = {n}个部分在运行：{names}
data: {place}; logs: {logs}; Ctrl-C stops all = 数据：{place}；日志：{logs}；按 Ctrl-C 全部停止
"""
_PLACE = re.compile(r"\\\{(\w+)\\\}")
_COUNTED = re.compile(r"([\d,]+) ([a-z ]+)")


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return list(_read(_LINES))


def _read(text: str) -> Iterator[tuple[re.Pattern[str], str]]:
    for line in text.strip().splitlines():
        english, _, chinese = line.partition(" = ")
        yield re.compile(_PLACE.sub(r"(?P<\1>.+?)", re.escape(english))), chinese


def chinese_line(text: str) -> str:
    """A message, line by line, in Chinese as far as it is known."""
    return "\n".join(map(_one, text.split("\n")))


def _one(line: str) -> str:
    if counted := _counted(line):
        return counted
    if line.startswith("no ") and (noun := _NOUNS.get(_singular(line[3:]))):
        return f"没有{noun[1:]}"
    for pattern, chinese in _patterns():
        if found := pattern.fullmatch(line):
            return chinese.format(**{k: _part(k, v) for k, v in found.groupdict().items()})
    return line


def _part(name: str, text: str) -> str:
    """What stands in a place: numbers of things and further clauses are put into Chinese too."""
    return _one(text) if name in ("counted", "rest") else text


def _counted(text: str) -> str:
    """`3 accounts` in Chinese; empty for anything else."""
    found = _COUNTED.fullmatch(text)
    noun = _NOUNS.get(_singular(found[2])) if found else None
    return f"{found[1]} {noun}" if found and noun else ""


def _singular(things: str) -> str:
    if things in _NOUNS:
        return things
    noun, space, rest = things.partition(" ")
    if things.endswith("letters"):
        return "dead letter"
    one = f"{noun[:-3]}y" if noun.endswith("ies") else noun.removesuffix("s")
    return f"{one}{space}{rest}"
