"""Fields that cannot be taken: named, with what may have been meant, in the reader's language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Response
from parsel import Selector

from portal.asking.choices import check_choice, named_by
from portal.asking.sent_files import file_called
from portal.asking.words import Words
from portal.rights.viewer import NotThere
from portal.users.errors import AccessError
from tests.portal.web.readers import Readers
from tests.portal.web.seeded import MINE, OTHER, account_key
from tests.shared import ROOT

ENGLISH = re.compile(r"expected|there is no|should be|perhaps")
CHINESE = re.compile("[\u4e00-\u9fff]")
PARAMETERS = [
    ("leaderboard?sort=%3B", "sort", ""),
    ("leaderboard?sort=interaction", "sort", "interactions"),
    ("leaderboard?scope=facebok", "scope", "facebook"),
    ("leaderboard?account_class=zoo", "account_class", ""),
    ("leaderboard?order=sideways", "order", ""),
    ("leaderboard?region=mars", "region", "central"),
    ("leaderboard?province=Gangsu", "province", "Gansu"),
    ("leaderboard?size=tiny", "size", "megacity"),
    ("posts?platform=myspace", "platform", ""),
    ("posts?type=poem", "type", ""),
    ("posts?sort=like", "sort", "likes"),
    ("posts?after=zzz", "after", ""),
    ("posts?city=qingdoa", "city", "qingdao"),
    ("compare?city=qingdoa", "city", "qingdao"),
    ("compare?scope=moon", "scope", ""),
    ("compare?against=2019-01", "against", "2025-06"),
    ("robustness?scope=moon", "scope", ""),
    ("what-if?node=x_like&weight=1", "node", "x_likes"),
    ("what-if?node=x&weight=heavy", "weight", ""),
    ("what-if?node=x&weight=-1", "weight", ""),
    ("analyses?about=magic", "about", ""),
    ("analyses?scope=moon", "scope", ""),
    ("analyses?city=qingdoa", "city", "qingdao"),
    ("analyses?about=panel&since=2019-01", "since", "2025-06"),
    ("analyses?about=panel&without=qingdoa", "without", "qingdao"),
    ("analyses?about=panel&merge=hefei", "merge", ""),
    ("analyses?about=panel&part=hefei", "whole", ""),
    ("report?method=gi", "method", "giu"),
    (f"cities/{OTHER}?scope=moon", "scope", ""),
    (f"cities/{OTHER}/method?node=x_like", "node", "x_likes"),
]


def problem(answer: Response) -> tuple[str, str]:
    """The field and what is said of it."""
    (shown,) = Selector(answer.text).css("p.problem")
    field = shown.css("code::text").get() or ""
    return field, "".join(shown.css("::text").getall()).removeprefix(f"{field}: ")


@pytest.mark.parametrize(("query", "field", "near"), PARAMETERS)
def test_a_wrong_parameter_is_named(readers: Readers, query: str, field: str, near: str) -> None:
    client = readers.of("analyst")
    for language in ("en", "zh"):
        headers = {"accept-language": language}
        answer = client.get(f"/months/2025-05/{query}", headers=headers)
        assert answer.status_code == 422, answer.text
        named, said = problem(answer)
        assert named == field
        assert bool(ENGLISH.search(said)) == (language == "en"), said
        assert bool(CHINESE.search(said)) == (language == "zh"), said
        assert near in answer.text


@pytest.mark.parametrize(
    ("query", "field", "near"),
    [
        ("months/2025-05/posts?plaform=x", "plaform", ["platform"]),
        ("months/2025-05/posts?limit=1&page=2", "page", []),
        ("months?zone=UTC", "zone", []),
    ],
)
def test_a_parameter_that_the_api_does_not_have_is_refused(
    readers: Readers, query: str, field: str, near: list[str]
) -> None:
    """Without it a program would take all for the part that it asked for."""
    answer = readers.of("analyst").get(f"/api/v1/{query}")
    assert answer.status_code == 422
    told = answer.json()
    assert (told["field"], told.get("near", [])) == (field, near)
    assert "no such parameter" in told["detail"]
    assert readers.of("analyst").get("/months/2025-05/posts?from=letter").status_code == 200


@pytest.mark.parametrize(
    ("query", "field", "near"),
    [
        ("visits?outcome=okk", "outcome", ["ok"]),
        ("visits?platform=facebok", "platform", ["facebook"]),
        ("months/2025-05/posts?city=qingdoa", "city", ["qingdao"]),
        ("accounts?city=qingdoa", "city", ["qingdao"]),
        ("months/2025-05/posts?limit=2&limit=3", "limit", []),
    ],
)
def test_a_wrong_value_of_the_api_is_named(
    readers: Readers, query: str, field: str, near: list[str]
) -> None:
    answer = readers.of("admin").get(f"/api/v1/{query}")
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert set(near) <= set(answer.json().get("near", []))


@pytest.mark.parametrize(
    ("path", "given", "field", "said"),
    [
        ("/team/platforms", {"platform": "x", "kind": "paused"}, "reason", "应写明理由"),
        ("/team/platforms", {"platform": "x", "kind": "resumed"}, "platform", "没有暂停"),
        ("/team/platforms", {"platform": "orkut"}, "platform", "应为以下之一"),
        (
            "/accounts/pause",
            {"account": account_key(MINE), "kind": "rested"},
            "reason",
            "应写明理由",
        ),
        ("/accounts/pause", {"account": "x:1", "kind": "rested"}, "account", "不在账号表中"),
        ("/accounts/add", {"platform": "x", "city": "qingdoa"}, "city", "没有 qingdoa"),
    ],
)
def test_a_wrong_field_of_a_form_is_named(
    readers: Readers, path: str, given: dict[str, str], field: str, said: str
) -> None:
    client = readers.of("admin")
    fields = {"form_token": readers.form_token(client), **given}
    answer = client.post(path, data=fields, headers={"accept-language": "zh"})
    assert answer.status_code == 422
    assert problem(answer)[0] == field
    assert said in problem(answer)[1]
    assert not ENGLISH.search(problem(answer)[1])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "账号 六月.csv:2: city: '火星': expected the id of a city"),
        ("zh", "账号 六月.csv:2：城市（city）：'火星'：应为城市编号"),
    ],
)
def test_a_problem_of_a_file_names_it_as_it_was_sent(
    readers: Readers, language: str, said: str
) -> None:
    client = readers.of("admin")
    table = "city,platform,handle\n火星,x,somebody\n".encode()
    answer = client.post(
        "/accounts",
        data={"form_token": readers.form_token(client), "take": "yes"},
        files={"file": ("账号 六月.csv", table)},
        headers={"accept-language": language},
    )
    assert Selector(answer.text).css(".problem li::text").getall() == [said]


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a.csv", "a.csv"),
        ("a\n\u202eb\x00.csv", "a b .csv"),
        (None, "file"),
        ("..", "file"),
        ("/", "file"),
    ],
)
def test_the_name_of_a_file_leads_nowhere(given: str | None, called: str) -> None:
    assert file_called(given) == called
    assert len(file_called("表" * 300 + ".csv").encode()) < 255


def test_what_a_field_names_is_no_page() -> None:
    with (
        pytest.raises(AccessError, match="there is no 2019-01") as told,
        named_by("since"),
    ):
        raise NotThere("month", "2019-01", ["2025-06"])
    assert told.value.near == ("2025-06",)
    check_choice("kind", "", ("a", "b"), may_lack=True)
    with pytest.raises(AccessError, match="kind: expected one of a, b"):
        check_choice("kind", "", ("a", "b"))


def _messages() -> Iterator[tuple[str, str]]:
    """Where pages refuse a field, and what they say then; what is put in is 7."""
    for folder in ("web", "asking", "users", "digest"):
        for path in sorted((ROOT / "portal" / folder).glob("*.py")):
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "AccessError":
                    yield f"{path.name}:{call.lineno}", _said(path, call.args[1])


def _said(path: Path, given: ast.expr) -> str:
    if isinstance(given, ast.Constant):
        return str(given.value)
    if not isinstance(given, ast.JoinedStr):
        return ""
    parts = (str(one.value) if isinstance(one, ast.Constant) else "7" for one in given.values)
    return "".join(parts)


def test_every_refusal_is_told_in_chinese() -> None:
    words = Words("zh", "Asia/Shanghai")
    found = {place: text for place, text in _messages() if re.search("[a-z]{3}", text)}
    assert len(found) > 20
    lacking = {
        place: text
        for place, text in found.items()
        for said in [words.told(text, **dict.fromkeys(re.findall(r"\{(\w+)\}", text), "7"))]
        if not CHINESE.search(said) or ENGLISH.search(said)
    }
    assert lacking == {}


def test_what_commands_say_is_told_on_pages_alike() -> None:
    text = "harvest waiting: 12, the oldest for 3 min; dead letters: 1; lost: 0"
    assert Words("en", "UTC").told(text) == text
    assert Words("zh", "UTC").told(text) == "待入库的收获：12，最早的已等 3 分钟；死信：1；丢失：0"
    assert Words("zh", "UTC").told(None) == ""
