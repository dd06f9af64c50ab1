"""What people type wrongly or otherwise, with the answer that each is to get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAY = ("--period", "2025-05")
TOP = ("top", *MAY)
ACCOUNTS = "city,platform,handle,id\n"
RATINGS = "city,platform,period,rater,quality\n"
INDICATORS = "city,period,code,value,source\n"
FILES: Mapping[str, bytes] = {
    "broken.xlsx": b"PK\x03\x04 and no more",
    "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "empty.csv": b"",
    "headless.csv": b"beijing,x,somebody\n",
    "atlantis.csv": f"{ACCOUNTS}beijin,x,somebody,\n".encode(),
    "friendster.csv": f"{ACCOUNTS}beijing,friendster,somebody,\n".encode(),
    "rounded.csv": f"{ACCOUNTS}beijing,x,somebody,1.02988E+18\n".encode(),
    "twice.csv": f"{ACCOUNTS}beijing,x,somebody,\nshanghai,x,Somebody,\n".encode(),
    "seven.csv": f"{RATINGS}beijing,x,2025-05,r1,7\n".encode(),
    "nowhere.csv": f"{RATINGS}atlantis,x,2025-05,r1,4\n".encode(),
    "suzhou.csv": f"{RATINGS}Suzhou,x,2025-05,r1,4\n".encode(),
    "code.csv": f"{INDICATORS}beijing,2025-05,fame,4,desk\n".encode(),
    "many.csv": f"{INDICATORS}beijing,2025-05,media_articles,many,desk\n".encode(),
    "sourceless.csv": f"{INDICATORS}beijing,2025-05,media_articles,4,\n".encode(),
    "broken.toml": b"id = mini\n",
    "posts.json": b"no JSON",
}
"""What lies in the folder of every input."""


@dataclass(frozen=True)
class Wrong:
    """One input: what is typed, how it ends, and words of the answer, in either stream."""

    typed: tuple[str, ...]
    code: int
    told: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    env_file: bytes = b""
    """Of `.env`."""
    first: tuple[tuple[str, ...], ...] = ()
    """Commands before it."""
    apart: bool = False
    """In a database of its own, a copy of the demo's."""


def _setting(code: int, told: str, line: str) -> Wrong:
    return Wrong(("cost", "--accounts", "1"), code, tuple(told.split(" | ")), {}, line.encode())


def _wrong(typed: str, told: str, code: int = 2) -> Wrong:
    return Wrong(tuple(typed.replace("MAY", " ".join(MAY)).split()), code, tuple(told.split(" | ")))


TABLE: Mapping[str, Wrong] = {
    # Settings
    "a list that is no JSON": _setting(
        2, ".env, line 2: CITYREACH_X__TOKENS | written as JSON", "\nCITYREACH_X__TOKENS=abc\n"
    ),
    "one underscore for two": _setting(
        2,
        "line 1: CITYREACH_FACEBOOK_TOKENS: there is no such setting | perhaps "
        "CITYREACH_FACEBOOK__TOKENS)",
        'CITYREACH_FACEBOOK_TOKENS=["a"]\n',
    ),
    "a key that is mistyped": _setting(
        2, "CITYREACH_X__TOKEN | perhaps CITYREACH_X__TOKENS", 'CITYREACH_X__TOKEN=["a"]\n'
    ),
    "no number": _setting(2, "CITYREACH_X__QPS", "CITYREACH_X__QPS=fast\n"),
    "a zone that is mistyped": _setting(
        2, "CITYREACH_ZONE | Asia/Shangai | such as Asia/Shanghai", "CITYREACH_ZONE=Asia/Shangai\n"
    ),
    "a city for a zone": _setting(2, "CITYREACH_ZONE", "CITYREACH_ZONE=Beijing\n"),
    "no setting at all": _setting(2, "there is no such setting", "CITYREACH_COLOUR=blue\n"),
    "other programs' keys": _setting(0, "together US$", "HTTP_PROXY=http://a:1\nTZ=UTC\n"),
    "settings in GBK": Wrong(
        ("cost", "--accounts", "1"),
        2,
        (".env, line 1", "save it as UTF-8"),
        {},
        "# 令牌\n".encode("gbk"),
    ),
    "settings in UTF-16": Wrong(
        ("cost", "--accounts", "1"),
        2,
        (".env", "UTF-16"),
        {},
        "CITYREACH_ZONE=UTC\n".encode("utf-16"),
    ),
    "a folder of secrets that is none": Wrong(
        ("cost", "--accounts", "1"),
        2,
        ("CITYREACH_SECRETS_DIR: nowhere is no directory",),
        {"CITYREACH_SECRETS_DIR": "nowhere"},
    ),
    "a plan that is none": _setting(
        2, "CITYREACH_PLAN: plan 'hourl' | daily", "CITYREACH_PLAN__NAME=hourl\n"
    ),
    "a proxy without its port": _setting(
        2, "CITYREACH_PROXY | HOST:PORT", "CITYREACH_PROXY=http://proxy\n"
    ),
    "a method that is none": Wrong(TOP, 2, ("nowhere", "giu"), {"CITYREACH_METHOD": "nowhere"}),
    # Forms
    "two forms": _wrong("top MAY --json --csv", "expected one of them"),
    "a mark without CSV": _wrong("top MAY --bom", "--bom goes with --csv"),
    "an old workbook to write": _wrong("top MAY --xlsx a.xls", "ends in .xlsx"),
    "CSV and a workbook": _wrong("gaps MAY --csv --xlsx a.xlsx", "expected one of them"),
    "two forms of costs": _wrong("cost --accounts 1 --json --csv", "expected one of them"),
    "two forms of quotas": _wrong("quota --json --csv", "expected one of them"),
    "another language": _wrong("top MAY --lang fr", "zh | en"),
    # Months and times
    "a month in words": _wrong("measures --period May", "expected YYYY-MM"),
    "a month 13": _wrong("measures --period 2025-13", "expected YYYY-MM"),
    "a day for a month": _wrong("top --period 2025-05-01", "expected YYYY-MM"),
    "a month to come": _wrong(
        "top --period 2031-12", "provisional: begins at | none of their accounts", 3
    ),
    "months the wrong way round": _wrong(
        "diff 2025-06 2025-05", "expected the earlier month first"
    ),
    "a time in words": _wrong("visits list --since yesterday", "expected ISO 8601"),
    "no month": _wrong("score", "--period"),
    # Names
    "a platform in capitals": _wrong("top MAY --scope Facebook -n 1", "Beijing", 0),
    "a platform in Chinese": _wrong("top MAY --scope 脸书 -n 1", "Beijing", 0),
    "a platform of measures in Chinese": _wrong("measures MAY --platform 油管", "youtube", 0),
    "another method's node": _wrong("top MAY --scope media_attention", "expected one of composite"),
    "a city with its 市": _wrong("explain 北京市 MAY --depth 0", "84.91", 0),
    "a city that is none": _wrong("explain Atlantis MAY", "Atlantis | not in the panel of 2025-05"),
    "a city misspelt": _wrong("explain Beijin MAY", "panel of 2025-05; nearest: beijing"),
    "a city misspelt, elsewhere": _wrong("gaps MAY --city Shangai", "nearest: shanghai"),
    "a node that is none": _wrong("explain beijing MAY --node facebok", "facebok | facebook"),
    "less than no depth": _wrong("explain beijing MAY --depth -1", "--depth"),
    "a platform that is none": _wrong("crawl --platform friendster", "expected one of facebook"),
    "an account that is none": _wrong("measures MAY --account x:999", "not in the registry"),
    "a handle for an account": _wrong("measures MAY --account beijing", "expected platform:id"),
    "a name of two cities": _wrong("gaps MAY --city Suzhou", "suzhou-jiangsu, suzhou-anhui"),
    "no city of the list": _wrong("gaps MAY --city Atlantis", "no city of the list"),
    "an unknown method": _wrong("top MAY --method giv", "giv | giu"),
    "an unknown preset": _wrong("top MAY --preset nothing", "nothing | with-tiktok"),
    # What if
    "a weight below 0": _wrong("whatif MAY --weight facebook=-1", "facebook | 0 or more"),
    "a weight in words": _wrong("whatif MAY --weight facebook=much", "expected a number after ="),
    "a weight of nothing": _wrong("whatif MAY --weight nowhere=1", "nowhere | facebook"),
    "a value of no measure": _wrong("whatif MAY --value beijing=5", "expected CITY:MEASURE=NUMBER"),
    "a count below 0": _wrong(
        "whatif MAY --value beijing:x:likes=-5", "beijing:x:likes=-5 | 0 or more"
    ),
    "a value of no city": _wrong("whatif MAY --value atlantis:x:likes=5", "atlantis"),
    "half a reach": _wrong("whatif MAY --reach beijing", "expected CITY:PLATFORM:MEASURE"),
    "a rank 0": _wrong("whatif MAY --reach beijing:x:likes --target 0", "--target"),
    "a change of nothing": _wrong("whatif MAY", "--weight, --value or --reach"),
    # Tables
    "a broken workbook": _wrong("ratings import broken.xlsx", "broken.xlsx | damaged workbook"),
    "a broken workbook of accounts": _wrong("accounts import broken.xlsx", "damaged workbook"),
    "an old workbook": _wrong("indicators import old.xls", "Excel 97"),
    "an empty table": _wrong("ratings import empty.csv", "empty"),
    "a table without a header": _wrong("accounts import headless.csv", "headless.csv:1"),
    "no table": _wrong("accounts import none.csv", "there is no such file"),
    "a folder for a table": _wrong("indicators import .", ".: cannot be read: it is a folder"),
    "a city that is nearly one": _wrong(
        "accounts import atlantis.csv", "atlantis.csv:2 | perhaps beijing"
    ),
    "an account of no platform": _wrong(
        "accounts import friendster.csv", "friendster.csv:2 | expected one of facebook"
    ),
    "a rounded id": _wrong("accounts import rounded.csv", "1.02988E+18 | spreadsheet"),
    "an account twice": _wrong("accounts import twice.csv", "on line 2 already"),
    "a rating of 7": _wrong("ratings import seven.csv", "row 2 | 7 | 1 to 5"),
    "a rating of no city": _wrong("ratings import nowhere.csv", "row 2 | atlantis"),
    "a rating of either Suzhou": _wrong(
        "ratings import suzhou.csv", "suzhou-jiangsu, suzhou-anhui"
    ),
    "an unknown code": _wrong("indicators import code.csv", "unknown code 'fame' | media_articles"),
    "a value in words": _wrong("indicators import many.csv", "many | expected a number"),
    "a value without a source": _wrong(
        "indicators import sourceless.csv", "where the value comes from"
    ),
    "a method that cannot be read": _wrong(
        "index --method broken.toml --input empty.csv", "broken.toml"
    ),
    "an answer that is no JSON": _wrong("map posts.json --platform x", "answer is not JSON", 1),
    # Issues and operations
    "a month that is not over": Wrong(
        ("issue", "draft", "--period", "2031-05"),
        2,
        ("not to be published yet", "--despite"),
        apart=True,
    ),
    "frozen twice": Wrong(
        ("issue", "freeze", *MAY),
        2,
        ("is frozen already", "issue revise"),
        first=(
            ("issue", "draft", *MAY, "--despite", "a test"),
            ("issue", "freeze", *MAY, "--despite", "a test"),
        ),
        apart=True,
    ),
    "frozen without a draft": Wrong(
        ("issue", "freeze", "--period", "2025-04"), 2, ("there is no draft of 2025-04",), apart=True
    ),
    "nothing to send again": Wrong(
        ("visits", "requeue", "--outcome", "gone"), 0, ("no visits to requeue",), apart=True
    ),
    "nothing named": _wrong("visits requeue", "expected ids, --dead or --outcome"),
    "a visit that is none": _wrong("visits requeue nothing", "nothing", 3),
    "an outcome that is none": _wrong("visits list --outcome fine", "expected one of ok"),
    "a channel that is none": _wrong("alerts test --channel nobody", "the channels are"),
    "a count of accounts in words": _wrong("cost --accounts many", "--accounts | 138"),
    "a post of no platform": _wrong("evidence friendster:1", "friendster | a public address"),
    "a hash that is none": _wrong("raw nothing", "nothing", 1),
    "a role that is none": _wrong("user add somebody --role emperor", "emperor | analyst"),
    "a report of a month to come": _wrong(
        "report --period 2031-12", "2031-12 begins on | nothing to report yet"
    ),
    "a file of no kind": _wrong("report MAY --format doc", "doc | docx"),
    "a table of no kind": _wrong("export nothing MAY", "nothing | leaderboard"),
    "a fault that is none": Wrong(
        ("faults", "add", "nonsense"), 2, ("faults add nonsense", "expected one of", "timeout")
    ),
    "a fault of no platform": Wrong(
        ("faults", "add", "timeout", "platform=friendster"),
        2,
        ("platform 'friendster'", "expected one of", "facebook"),
    ),
    "a fault with what it does not have": Wrong(
        ("faults", "add", "timeout", "colour=blue"),
        2,
        ("faults add colour=blue", "expected one of", "platform, endpoint"),
    ),
    "a fault without a sandbox": Wrong(
        ("faults", "add", "timeout"),
        1,
        ("no sandbox is running here",),
        {"CITYREACH_DATA_DIR": "elsewhere"},
    ),
}
