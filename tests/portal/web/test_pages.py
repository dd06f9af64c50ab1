"""Pages of each role: what they begin with, what they escape, and that they say how final it is."""

from __future__ import annotations

import re

import pytest
from httpx import Client
from parsel import Selector

from model.platform import PLATFORMS
from portal.asking.asked import Portal
from portal.asking.headers import POLICY
from portal.web.months import _without_account
from scoring.publish.top import COMPOSITE
from store.database import Store
from tests.portal.web.readers import Readers
from tests.portal.web.seeded import MINE, OTHER, account_key, post_key

PAGES = {
    "analyst": [
        "/months/2025-05",
        "/months/2025-05/leaderboard",
        "/months/2025-04/leaderboard?scope=facebook&sort=posts&order=down&region=east",
        f"/months/2025-05/cities/{OTHER}",
        f"/months/2025-05/cities/{OTHER}?scope=x",
        f"/months/2025-05/cities/{OTHER}/method",
        f"/months/2025-05/cities/{OTHER}/method?node=x_likes",
        "/months/2025-05/ratings",
        "/months/2025-05/panel",
        "/months/2025-05/analyses",
        "/months/2025-05/issue",
        "/months/2025-05/media",
        f"/months/2025-05/cities/{OTHER}/media",
        "/months/2025-05/compare?against=2025-04",
        "/team",
        "/password",
        "/months/2025-05/posts",
        f"/months/2025-05/posts?city={OTHER}&sort=likes",
        "/months/2025-05/compare",
        "/months/2025-05/robustness",
        "/months/2025-05/what-if?node=x&weight=0.9",
        "/team/visits",
        "/team/live",
        "/team/renames",
        "/team/rounds",
        "/team/rounds?platform=x",
        "/team/gaps",
        "/team/gaps?what=flags",
        "/team/quota",
        "/team/alerts",
        "/accounts",
        f"/accounts/{account_key(OTHER)}",
        f"/posts/{post_key(OTHER)}",
        "/api",
    ],
    "operator": [f"/my/{MINE}", f"/my/{MINE}/top-ten", "/months/2025-04/leaderboard"],
    "admin": [
        "/admin",
        "/admin/digests",
        "/accounts",
        f"/accounts/{account_key(MINE)}",
        "/months/2025-05/ratings",
        "/months/2025-05/issue",
    ],
}
CASES = [
    (role, path, lang) for role, paths in PAGES.items() for path in paths for lang in ("zh", "en")
]


def test_posts_without_any_text_have_their_pages(readers: Readers, seeded: Store) -> None:
    """A platform may leave the text out altogether: then the store has no such field."""
    post = {"_id": post_key(OTHER)}
    kept = seeded.posts.find_one(post)
    assert kept is not None
    seeded.posts.update_one(post, {"$unset": {"text": ""}})
    try:
        pages = (f"cities/{OTHER}", f"posts?city={OTHER}")
        paths = [f"/posts/{post_key(OTHER)}", *(f"/months/2025-05/{page}" for page in pages)]
        codes = {path: readers.of("analyst").get(path).status_code for path in paths}
        assert set(codes.values()) == {200}, codes
    finally:
        seeded.posts.replace_one(post, kept)


@pytest.mark.parametrize(("role", "path", "lang"), CASES)
def test_a_page_begins_with_its_sentence(readers: Readers, role: str, path: str, lang: str) -> None:
    answer = readers.of(role).get(path, headers={"accept-language": lang})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-security-policy"] == POLICY
    assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}"' in answer.text
    main = answer.text.split("<main")[1]
    lead = re.search(r'class="lead">(.*?)</p>', main, re.S)
    assert lead is not None
    assert len(re.sub(r"<[^>]+>", "", lead[1]).strip()) > 6
    assert main.index('class="lead"') < main.find("<table") or "<table" not in main
    assert not re.search(r"<[^>]+ (?:style|on[a-z]+)=", answer.text)
    assert "alert(1)</script>" not in answer.text
    assert "\u202e" not in answer.text
    assert "\x00" not in answer.text
    for name, chart in re.findall(r'data-chart="([^"]+)"()', main):
        assert f'id="{name}"' in main, chart
        assert "<table" in main[main.index(f'id="{name}"') :]


def test_what_lacks_is_summed_up_first(readers: Readers) -> None:
    """Gaps by reason and by day; each credential with its rest; outcomes with their number."""
    client = readers.of("analyst")
    gaps = Selector(client.get("/team/gaps").text)
    by_reason, by_day, each = gaps.css("table")
    assert by_reason.css("tbody td data::text").getall() == ["9"]
    assert by_day.css("thead th::text").getall() == ["Platform", "02", "03"]
    assert by_day.css("tbody td::text").getall() == ["3", "3"]
    assert len(each.css("tbody tr")) == 3
    flags = client.get("/team/gaps?what=flags").text
    assert "likes: 20 → 10" in flags
    quota = Selector(client.get("/team/quota").text)
    today, month, credentials = quota.css("table")
    assert today.css("tbody tr:first-child td strong::text").get() == "no"
    assert "250" in month.css("tbody tr:first-child data::text").getall()
    assert credentials.css("tbody code::text").getall() == ["limited"]
    assert "is not read by its API" in credentials.get()
    visits = Selector(client.get("/team/visits").text)
    assert visits.css("main p a[href*='outcome=throttled']")
    assert "handed out again 1 times" in visits.get()


def test_scopes_without_an_account_are_told_from_others(readers: Readers, portal: Portal) -> None:
    page = readers.of("analyst").get(f"/months/2025-05/cities/{MINE}").text
    assert "— no account</span>" in page
    figures = portal.shelf.figures("2025-05")
    assert _without_account(figures, MINE) == set(PLATFORMS) - {"facebook", "x"}
    assert _without_account(figures, "atlantis") == {*PLATFORMS, COMPOSITE}


def test_a_citys_page_warns_in_the_readers_language(readers: Readers) -> None:
    client = readers.of("analyst")
    for page in ("", "/method"):
        path = f"/months/2025-05/cities/{OTHER}{page}"
        warned = {
            lang: Selector(client.get(path, headers={"accept-language": lang}).text)
            .css("p.warn::text")
            .getall()
            for lang in ("zh", "en")
        }
        assert any("no expert ratings" in line for line in warned["en"])
        assert not any("no expert ratings" in line for line in warned["zh"])
        assert len(warned["zh"]) == len(warned["en"])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_words_of_the_program_are_told_in_the_readers_language(readers: Readers, lang: str) -> None:
    """Kinds of visits, why a count lacks, limits of rules, orders of posts: no codes."""
    client = readers.of("analyst")
    codes = {
        "/team/visits": ("td", "profile", "timeline"),
        f"/accounts/{account_key(OTHER)}": ("td", "profile", "timeline"),
        f"/months/2025-05/cities/{OTHER}": ("td .missing, td.missing", "not_offered", "not_read"),
        "/months/2025-05/posts": ("select[name=sort] option", "likes", "comments", "shares"),
        "/team/alerts": ("td", "hours", "least", "login_wall, challenge"),
    }
    for path, (where, *names) in codes.items():
        shown = Selector(client.get(path, headers={"accept-language": lang}).text).css(where)
        texts = [re.sub(r"\s+", " ", "".join(one.css("::text").getall())).strip() for one in shown]
        assert texts, path
        unsaid = names if lang == "zh" else [name for name in names if "_" in name]
        wrong = [
            text for text in texts for name in unsaid if re.search(rf"(^|— ){name}(:|$)", text)
        ]
        assert wrong == [], path


def test_a_job_that_has_not_run_yet_is_not_among_the_failed(readers: Readers) -> None:
    page = Selector(readers.of("analyst").get("/team", headers={"accept-language": "zh"}).text)
    listed = page.css("h2:contains('异常的任务') + ul li::text").getall()
    assert [line.partition(" ")[0] for line in listed] == ["plan:"]
    assert "失败" in listed[0]


def test_every_number_says_how_final_it_is(readers: Readers) -> None:
    client = readers.of("analyst")
    for month, word in (("2025-04", "Published, frozen"), ("2025-05", "Draft")):
        assert word in client.get(f"/months/{month}/leaderboard").text
    assert "day 5 of 30" in client.get("/months/2025-06/leaderboard").text


def test_the_published_rank_stays(readers: Readers) -> None:
    """Pages of a frozen month have the issue's numbers, for analysts and operators alike."""
    issue = readers.portal.db.issues.find_one({"period": "2025-04"})
    assert issue is not None
    wanted = {e["unit"]: e["ranks"]["index"] for e in issue["entries"] if e["ranks"]["index"]}
    for role in ("analyst", "operator"):
        text = readers.of(role).get("/months/2025-04/leaderboard?form=csv").text
        lines = text.lstrip("\ufeff").splitlines()
        head = lines[0].split(",")
        rows = [dict(zip(head, line.split(","), strict=True)) for line in lines[1:]]
        assert {row["city"]: int(row["rank"]) for row in rows} == wanted
        assert all(row["state"] == "frozen" for row in rows)
        assert ("posts" in head) == (role == "analyst")


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/months/2025-05/cities/qingdoa", "qingdao"),
        ("/months/2019-01", "2025-06"),
        ("/months/0001-01/leaderboard", ""),
        ("/months/9999-12/cities/shanghai", ""),
    ],
)
def test_what_is_unknown_is_404_with_the_nearest(readers: Readers, path: str, near: str) -> None:
    answer = readers.of("analyst").get(path)
    assert answer.status_code == 404
    assert near in answer.text


def test_a_page_that_is_not_there_keeps_the_way_on(readers: Readers) -> None:
    """Also where no route was met; nobody without a session is shown the pages of one."""
    for name, path, shown in (
        ("analyst", "/nowhere", True),
        ("operator", "/my/atlantis", True),
        ("operator", "/team", True),
        ("", "/nowhere", False),
    ):
        answer = readers.of(name).get(path)
        assert answer.status_code in (403, 404)
        assert ('<nav aria-label="' in answer.text) is shown, path


def test_other_cities_are_as_if_they_did_not_exist(readers: Readers) -> None:
    client = readers.of("operator")
    answers = [client.get(f"/my/{city}") for city in (OTHER, "atlantis")]
    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].text.replace(OTHER, "") == answers[1].text.replace("atlantis", "")


def test_nobody_is_led_to_the_form(readers: Readers) -> None:
    client: Client = readers.nobody()
    answer = client.get("/months/2025-05")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
