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


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "facebook @DemoFoshan (foshan): rested from 2025-06-05 12:00 (Asia/Shanghai) on",
            "脸书 @DemoFoshan（佛山）：自 2025-06-05 12:00 (Asia/Shanghai) 起暂停",
        ),
        (
            "x @a (nanjing): visited again from 2025-06-05 12:00 (Asia/Shanghai) on",
            "X平台 @a（南京）：自 2025-06-05 12:00 (Asia/Shanghai) 起恢复访问",
        ),
        (
            "draft: today's knowledge differs (--live shows it): 6 cities differ; the largest: "
            "Foshan 6 → 21; other accounts",
            "草稿：与当前所知不同（加 --live 查看）：6 个城市有差异；最大的是佛山 6 → 21；账号有变",
        ),
        (
            "a.csv:2: handle: expected a handle (tiktok finds accounts by their handle alone)",
            "a.csv:2：用户名（handle）：应为用户名（TikTok 只能按用户名查找账号）",
        ),
        ("there is no token 'zzz'", "没有令牌 'zzz'"),
        (
            "CITYREACH_ZONE: time zone 'Mars/X': expected an IANA name such as Asia/Shanghai",
            "CITYREACH_ZONE：时区 'Mars/X'：应为 IANA 名称，例如 Asia/Shanghai",
        ),
        (
            "CITYREACH_X__TOKENS: cannot be read; lists are written as JSON, for instance "
            '["first","second"]',
            'CITYREACH_X__TOKENS：无法读取；列表写成 JSON，例如 ["first","second"]',
        ),
        ("unknown method 'giuu'; there is: composite", "未知的方法 'giuu'；现有：composite"),
        ("unknown indicator 'x_view'; there is: x", "未知的指标 'x_view'；现有：x"),
        ("unknown account 'foshan on x'; there is: nothing", "佛山在X平台上没有账号"),
        (
            "time 'yesterday': expected ISO 8601, for instance 2025-05-01T00:00:00+08:00",
            "时间 'yesterday'：应为 ISO 8601，例如 2025-05-01T00:00:00+08:00",
        ),
        (
            "MongoDB at mongo://a has an address that begins with none of mongodb://, "
            "mongodb+srv://; correct CITYREACH_MONGO_URI",
            "MongoDB（mongo://a）的地址应以下列之一开头：mongodb://, mongodb+srv://；"
            "请更正 CITYREACH_MONGO_URI",
        ),
        (
            "MongoDB at mongo://a has an address that begins with none of mongodb://, "
            "mongodb+srv://; Redis at redis://h:1 cannot be reached: there is no host of this name",
            "MongoDB（mongo://a）的地址应以下列之一开头：mongodb://, mongodb+srv://；"
            "Redis（redis://h:1）无法连接：没有这个名字的主机",
        ),
        (
            "MongoDB at mongodb://a:***@b has an address that cannot be read: in a password, @ is "
            "written %40, / is %2F, : is %3A and % is %25",
            "MongoDB（mongodb://a:***@b）的地址读不懂：密码中的 @ 写作 %40，/ 写作 %2F，: 写作 "
            "%3A，% 写作 %25",
        ),
        (
            "the page shows no numbers to visitors without an account: page holds no data known "
            "here: 'Log in'",
            "页面不向未登录的访客显示数字：页面没有已知的数据：'Log in'",
        ),
    ],
)
def test_what_stands_in_a_sentence_is_in_chinese_too(english: str, chinese: str) -> None:
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
