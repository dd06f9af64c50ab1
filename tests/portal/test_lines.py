"""What commands print in Chinese; what is not known stays as it is."""

from __future__ import annotations

import pytest

from portal.lines import chinese_line


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("3 accounts", "3 个账号"),
        ("1 city", "1 个城市"),
        ("12,000 values", "12,000 个数值"),
        ("no gaps", "没有缺口"),
        ("no visits to requeue", "没有待重发的采集"),
        ("no dead letters", "没有死信"),
        (
            "a.csv:2: city: wrong\nnothing was imported (2 problems)",
            "a.csv:2: city: wrong\n未导入任何内容（2 个问题）",
        ),
        ("no MongoDB is here", "no MongoDB is here"),
        (
            "a.csv: 3 accounts are in order: 2 new, 1 changed, 0 as before; nothing was imported "
            "(dry run)",
            "a.csv：3 个账号无误：新增2，改动1，不变0；试运行，未导入任何内容",
        ),
        ("not shown, the terminal is too narrow: a, b", "终端太窄，未显示：a, b"),
        (
            "composite: top 10 of 2025-05: counts as of 2025-06-04",
            "综合榜：2025-05: counts as of 2025-06-04，前10名",
        ),
        ("what a platform said: {it}", "what a platform said: {it}"),
        ("HTTP 429: slow down", "HTTP 429: slow down"),
        ("", ""),
    ],
)
def test_lines_in_chinese(english: str, chinese: str) -> None:
    assert chinese_line(english) == chinese
