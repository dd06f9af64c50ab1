"""What commands print in Chinese; what is not known stays as it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from model.measures import COUNTERS
from portal.lines import chinese_facts, chinese_line
from portal.questions import QUESTION_WORDS
from tests.portal.lines.test_catalogue import FIELD
from tests.shared import ROOT


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("3 accounts", "3 个账号"),
        ("1 city", "1 个城市"),
        ("12,000 values", "12,000 个数值"),
        ("no gaps", "没有缺口"),
        ("no visits to requeue", "没有待重发的访问"),
        ("no dead letters", "没有死信"),
        (
            "a.csv:2: city: wrong\nnothing was imported (2 problems)",
            "a.csv:2: city: wrong\n未导入任何内容（2 个问题）",
        ),
        ("no MongoDB is here", "no MongoDB is here"),
        (
            "a.csv: 3 accounts are in order: 2 new, 1 changed, 0 as before; nothing was imported "
            "(dry run)",
            "a.csv：3 个账号无误：新增 2，改动 1，不变 0；试运行，未导入任何内容",
        ),
        (
            "No such option: --draws (Possible options: --runs, --rows)",
            "没有选项 --draws（可用的选项：--runs, --rows）",
        ),
        ("not shown, the terminal is too narrow: a, b", "终端太窄，未显示：a、b"),
        (
            "composite: top 10 of 2025-05: counts as of 2025-06-04",
            "composite：2025-05: counts as of 2025-06-04，前 10 名",
        ),
        ("what a platform said: {it}", "what a platform said: {it}"),
        ("HTTP 429: slow down", "HTTP 429: slow down"),
        ("", ""),
        (
            "accounts.csv:2: city: 'beijin': expected the id of a city, perhaps beijing or bijie",
            "accounts.csv:2：城市（city）：'beijin'：应为城市编号，可能是 beijing或bijie",
        ),
        (
            "MISSING tiktok: no credentials: A and B are not set; without that there is no "
            "official route",
            "缺少    TikTok：没有凭证：A和B 未设置；没有它就没有官方途径",
        ),
        (
            "harvest waiting: 12, the oldest for 3 min; dead letters: 1; lost: 0",
            "待入库的收获：12，最早的已等 3 分钟；死信：1；丢失：0",
        ),
        ("data[0].likes is missing or not as expected", "data[0].likes 缺失或与预期不符"),
        (
            "3 accounts on x are not verified: x:1, x:2 and 1 more",
            "X平台 有 3 个账号未核实：x:1、x:2等，另有 1 个",
        ),
        ("there is no user nobody", "没有用户 nobody"),
        ("--scope a: expected one of composite, x", "--scope a：应为以下之一：composite, x"),
        (
            "20 cities are not ranked: none of their accounts was read: Beijing, Xi'an, Suzhou, …",
            "20 个城市没有名次：其账号均未读到：北京、西安、Suzhou等",
        ),
        (
            "--city 'Beijing': no city of the list is called so",
            "--city 'Beijing'：名单中没有叫这个名字的城市",
        ),
        ("run `a; b: c`, then `d`", "run `a; b: c`, then `d`"),
        (
            "GDELT GKG 2.1, 62 of 62 files of a sample, one batch of 96, GGG 32 of 32 days; places "
            "7; outlets 252 bf, 0 reviewed; tone over 1",
            "GDELT GKG 2.1，62 个文件中的 62 个，抽样，每 96 批取一批，GGG 32 天中的 32 天；"
            "地名规则 7；媒体表 252 bf，已审 0 条；语调高于 1",
        ),
        (
            "a.csv:3: '2 cells': expected 4 cells as in the header (a text with a comma goes in "
            '"quotes")',
            "a.csv:3：2 格：应为与表头同样多的 4 格（含逗号的文字须加双引号）",
        ),
    ],
)
def test_lines_in_chinese(english: str, chinese: str) -> None:
    assert chinese_line(english) == chinese


def test_facts_of_flags_have_chinese_names() -> None:
    """Every name under which a kind of flag keeps a fact."""
    names = set(COUNTERS)
    for path in sorted((ROOT / "store" / "quality").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for facts in _facts_in(node):
                names |= {ast.literal_eval(key) for key in facts.keys if key is not None}
    assert {"empty_days", "usual_per_day", "answered", "before"} <= names
    said = chinese_facts("; ".join(f"{name}: 7" for name in sorted(names)))
    assert not re.search("[a-z]", said), said


def _facts_in(node: ast.AST) -> Iterator[ast.Dict]:
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "facts":
        given = [node.value]
    elif isinstance(node, ast.Call) and ast.unparse(node.func) == "_silent":
        given = node.args
    else:
        given = [node.value] if isinstance(node, ast.keyword) and node.arg == "facts" else []
    yield from (one for one in given if isinstance(one, ast.Dict))


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("row 4: column 'rater': blank", "第 4 行：列 评分人（rater）：空白"),
        (
            "row 3: column 'platform': unknown platform 'a: b'; expected one of facebook, x",
            "第 3 行：列 平台（platform）：未知平台 'a: b'；应为以下之一：facebook, x",
        ),
        (
            "row 3: unit \"it's: on\": 'fame' of 2025-05 is there before",
            "第 3 行：单位 \"it's: on\"：2025-05 的 'fame' 前面已有",
        ),
        (
            "a.csv: row 2: not a table: 'byte 0xff': expected text in UTF-8, UTF-16 or GBK (in "
            "Excel: save as “CSV UTF-8”)",
            "a.csv：第 2 行：不是表格：字节 0xff：应为UTF-8、UTF-16 或 GBK 文本（Excel 中另存为"
            "“CSV UTF-8”）",
        ),
        (
            "a.csv:2: 'byte 0xff': expected text in UTF-8, UTF-16 or GBK (in Excel: save as “CSV "
            "UTF-8”)",
            "a.csv:2：字节 0xff：应为UTF-8、UTF-16 或 GBK 文本（Excel 中另存为“CSV UTF-8”）",
        ),
        (
            "a.xlsx: 'sheets 甲, 乙': expected a sheet whose first row names city, platform",
            "a.xlsx：工作表 甲、乙：应为第一行写有 城市（city）、平台（platform） 的工作表",
        ),
    ],
)
def test_problems_of_tables_are_told_place_by_place(english: str, chinese: str) -> None:
    assert chinese_line(english) == chinese


def test_what_speaks_against_publishing_is_told_as_the_check_tells_it() -> None:
    for key, english in QUESTION_WORDS["en"].items():
        if " " in english:
            said = chinese_line(
                f"- cut-off: {FIELD.sub('7', english)}; wait for it: what is read "
                "until then still counts"
            )
            wanted = FIELD.sub("7", QUESTION_WORDS["zh"][key])
            assert said == f"- 统计截止：{wanted}；{QUESTION_WORDS['zh']['wait']}", key
