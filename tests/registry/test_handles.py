from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.handles import Named
from model.platform import PLATFORMS, PlatformName
from model.platforms import FACTS
from registry.handles import HandleError, read_handle, read_id

CHANNEL = "UCabcdefghij0123456789_-"

GOOD: list[tuple[PlatformName, str, Named]] = [
    ("x", "CityOne", Named("CityOne")),
    ("x", "@CityOne", Named("CityOne")),
    ("x", "＠CityOne", Named("CityOne")),
    ("x", "https://x.com/CityOne", Named("CityOne")),
    ("x", "http://www.twitter.com/CityOne/", Named("CityOne")),
    ("x", "mobile.twitter.com/CityOne?lang=en", Named("CityOne")),
    ("x", "https://x.com/CityOne/status/1", Named("CityOne")),
    ("x", "https://x.com/i/user/1234567", Named(id="1234567")),
    ("x", "1234567890123456789", Named(id="1234567890123456789")),
    ("x", "2020", Named("2020")),
    ("facebook", "City.One", Named("City.One")),
    ("facebook", "https://www.facebook.com/CityOne/", Named("CityOne")),
    ("facebook", "https://zh-cn.facebook.com/CityOne/photos", Named("CityOne")),
    ("facebook", "fb.com/CityOne", Named("CityOne")),
    ("facebook", "https://www.facebook.com/profile.php?id=100000000001", Named(id="100000000001")),
    ("facebook", "https://www.facebook.com/people/A-B/100000000001/", Named(id="100000000001")),
    ("facebook", "https://www.facebook.com/pages/城/123456789012", Named(id="123456789012")),
    ("facebook", "https://www.facebook.com/p/City-One-100000000001/", Named(id="100000000001")),
    ("facebook", "https://www.facebook.com/City-One-100000000001", Named(id="100000000001")),
    ("facebook", "https://www.facebook.com/pg/CityOne/about", Named("CityOne")),
    ("facebook", "CityOne20220101", Named("CityOne20220101")),
    ("facebook", "100000000001", Named(id="100000000001")),
    ("instagram", "City.One_", Named("city.one_")),
    ("instagram", "https://www.instagram.com/CityOne/", Named("cityone")),
    ("youtube", "@City-One", Named("City-One")),
    ("youtube", "城市之声", Named("城市之声")),
    ("youtube", "https://www.youtube.com/@CityOne/videos", Named("CityOne")),
    ("youtube", "https://www.youtube.com/@%E5%9F%8E%E5%B8%82", Named("城市")),
    ("youtube", f"https://www.youtube.com/channel/{CHANNEL}", Named(id=CHANNEL)),
    ("youtube", CHANNEL, Named(id=CHANNEL)),
    ("youtube", "https://www.youtube.com/user/CityOne/videos", Named("user/CityOne")),
    ("youtube", "m.youtube.com/c/%E5%9F%8E%E5%B8%82?si=x", Named("c/城市")),
    ("youtube", "user/CityOne", Named("user/CityOne")),
    ("youtube", "https://m.youtube.com/@CityOne?si=x&feature=shared", Named("CityOne")),
    ("x", "https://mobile.x.com/CityOne?s=20&t=x", Named("CityOne")),
    ("x", "https://x.com/intent/user?screen_name=CityOne", Named("CityOne")),
    ("x", "https://twitter.com/intent/follow?user_id=1234567", Named(id="1234567")),
    ("facebook", "https://m.facebook.com/CityOne?mibextid=x", Named("CityOne")),
    ("facebook", "https://pt-br.facebook.com/CityOne/?ref=page_internal", Named("CityOne")),
    ("instagram", "https://www.instagram.com/stories/cityone/31/", Named("cityone")),
    ("instagram", "https://instagr.am/cityone?igsh=x", Named("cityone")),
    ("tiktok", "https://us.tiktok.com/@explore?_t=x", Named("explore")),
    ("tiktok", "@City.One", Named("city.one")),
    ("tiktok", "https://www.tiktok.com/@cityone?lang=en", Named("cityone")),
]

BAD: list[tuple[PlatformName, str, str]] = [
    ("x", "City One", "at most 15"),
    ("x", "AVeryLongCityName", "at most 15"),
    ("x", "City-One", "at most 15"),
    ("x", "https://x.com/home", "x.com/NAME"),
    ("x", "https://x.com/", "x.com/NAME"),
    ("x", "https://facebook.com/CityOne", "facebook.com is facebook"),
    ("x", "https://notx.com/CityOne", "x.com/NAME"),
    ("x", "https://[x.com/CityOne", "x.com/NAME"),
    ("x", "https://x.com/i/user/abc", "user id"),
    ("facebook", "City_One", "5 to 50"),
    ("facebook", "city", "5 to 50"),
    ("facebook", "https://www.facebook.com/groups/123", "facebook.com/NAME"),
    ("facebook", "https://www.facebook.com/profile.php", "facebook.com/NAME"),
    ("facebook", "城市之声", "5 to 50"),
    ("instagram", "city..one", "30 letters"),
    ("instagram", ".city", "30 letters"),
    ("instagram", "city.", "30 letters"),
    ("instagram", "https://www.instagram.com/p/AbCdEf/", "instagram.com/NAME"),
    ("youtube", "ab", "3 to 30"),
    ("youtube", "a b c", "3 to 30"),
    ("youtube", "https://www.youtube.com/c/", "youtube.com/@HANDLE"),
    ("youtube", "https://www.youtube.com/user/City One", "3 to 30"),
    ("youtube", "c/City/One", "3 to 30"),
    ("youtube", "https://www.youtube.com/watch?v=abcdefghijk", "youtube.com/@HANDLE"),
    ("youtube", "https://youtu.be/abcdefghijk", "youtube.com/@HANDLE"),
    ("youtube", "https://www.youtube.com/channel/UCshort", "22 letters"),
    ("tiktok", "c", "2 to 30"),
    ("tiktok", "cityone.", "2 to 30"),
    ("tiktok", "https://vm.tiktok.com/ZMabc/", "tiktok.com/@NAME"),
]


@pytest.mark.parametrize(("platform", "text", "named"), GOOD)
def test_handles_and_addresses_are_normalised(
    platform: PlatformName, text: str, named: Named
) -> None:
    assert read_handle(platform, text) == named


@pytest.mark.parametrize(("platform", "text", "expected"), BAD)
def test_what_is_no_handle_is_refused(platform: PlatformName, text: str, expected: str) -> None:
    with pytest.raises(HandleError) as refusal:
        read_handle(platform, text)
    assert expected in str(refusal.value)


def test_an_old_short_page_name_is_taken_with_its_id() -> None:
    assert read_handle("facebook", "city", id_known=True) == Named("city")


@pytest.mark.parametrize(
    ("platform", "text", "id_"),
    [
        ("x", "1234567890123456789", "1234567890123456789"),
        ("facebook", "100000000001", "100000000001"),
        ("facebook", "'100000000001", "100000000001"),
        ("tiktok", '="7000000000000000001"', "7000000000000000001"),
        ("youtube", CHANNEL, CHANNEL),
    ],
)
def test_ids_stay_text(platform: PlatformName, text: str, id_: str) -> None:
    assert read_id(platform, text) == id_


@pytest.mark.parametrize("text", ["1.23E+18", "1,23E+18", "1E18", "1.234567e+15"])
def test_a_shortened_id_is_named_as_such(text: str) -> None:
    with pytest.raises(HandleError, match="a spreadsheet has shortened it"):
        read_id("x", text)


@pytest.mark.parametrize(
    ("platform", "text", "expected"),
    [
        ("x", "123.0", "without a decimal part"),
        ("x", "0123", "at most 19 digits"),
        ("x", "-5", "at most 19 digits"),
        ("x", "12345678901234567890", "at most 19 digits"),
        ("x", "１２３", "at most 19 digits"),
        ("facebook", "CityOne", "page id of digits"),
        ("youtube", CHANNEL[:-1], "22 letters"),
        ("tiktok", "MS4wLjABAAAA", "user id of digits"),
    ],
)
def test_what_is_no_id_is_refused(platform: PlatformName, text: str, expected: str) -> None:
    with pytest.raises(HandleError, match=expected):
        read_id(platform, text)


def test_facebook_overlooks_periods_and_case() -> None:
    assert FACTS["facebook"].naming.same("City.One") == FACTS["facebook"].naming.same("cityone")
    assert FACTS["x"].naming.same("City_One") == FACTS["x"].naming.same("city_one")
    assert FACTS["instagram"].naming.same("city.one") != FACTS["instagram"].naming.same("cityone")


@given(st.sampled_from(PLATFORMS), st.text(max_size=60))
def test_any_text_is_read_or_refused(platform: PlatformName, text: str) -> None:
    try:
        named = read_handle(platform, text)
    except HandleError:
        return
    assert read_handle(platform, named.handle or named.id) == named


@given(st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=15))
def test_all_spellings_of_a_name_are_one(name: str) -> None:
    # What begins so is the address of none of X's own pages.
    name = f"zz{name}"[:15]
    spellings = [name, f"@{name}", f"https://twitter.com/{name}", f"x.com/@{name}/"]
    assert {read_handle("x", each) for each in spellings} == {Named(name)}


@pytest.mark.parametrize("text", ["123456789012345000", "1234567890123450000"])
def test_ids_that_a_spreadsheet_rounded(text: str) -> None:
    with pytest.raises(HandleError, match="keeps 15 and fills up with zeros"):
        read_id("x", text)
    assert read_id("x", f"'{text}") == text


@pytest.mark.parametrize(
    ("platform", "address", "named"),
    [
        (
            "facebook",
            "https://www.facebook.com/login/?next=https%3A%2F%2Fwww.facebook.com%2FVisitNanjing",
            Named(handle="VisitNanjing"),
        ),
        ("facebook", "facebook.com/login.php?next=%2FVisitNanjing", Named(handle="VisitNanjing")),
        (
            "facebook",
            "https://www.facebook.com/permalink.php?story_fbid=12&id=100064000000001",
            Named(id="100064000000001"),
        ),
        (
            "facebook",
            "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.facebook.com%2FVisitXian&h=AT0",
            Named(handle="VisitXian"),
        ),
        ("facebook", "m.facebook.com/story.php?story_fbid=1&id=10006400", Named(id="10006400")),
        ("instagram", "https://www.instagram.com/_u/visitchengdu/", Named(handle="visitchengdu")),
        (
            "instagram",
            "instagram.com/accounts/login/?next=/visitchengdu/",
            Named(handle="visitchengdu"),
        ),
        (
            "instagram",
            "https://l.instagram.com/?u=https%3A%2F%2Fwww.instagram.com%2Fvisitchengdu%2F&e=AT0",
            Named(handle="visitchengdu"),
        ),
        ("x", "x.com/i/flow/login?redirect_after_login=%2FVisitXian", Named(handle="VisitXian")),
        (
            "youtube",
            "https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2F%40VisitXian",
            Named(handle="VisitXian"),
        ),
        (
            "tiktok",
            "tiktok.com/login?redirect_url=https%3A%2F%2Fwww.tiktok.com%2F%40visitxian",
            Named(handle="visitxian"),
        ),
    ],
)
def test_pages_that_lead_to_an_account(platform: PlatformName, address: str, named: Named) -> None:
    assert read_handle(platform, address) == named


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        ("facebook", "facebook.com/login/"),
        ("facebook", "facebook.com/login/?next=https%3A%2F%2Fevil.example%2FVisitNanjing"),
        ("facebook", "l.facebook.com/l.php?u=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3Dx"),
        ("facebook", "l.facebook.com/l.php?u=https%3A%2F%2Fx.com%2FVisitXian"),
        ("facebook", "facebook.com/permalink.php?story_fbid=12"),
        ("facebook", "login"),
        ("facebook", "permalink.php"),
        ("facebook", "facebook.com/marketplace"),
        ("instagram", "_u"),
        ("instagram", "instagram.com/_u/"),
        ("instagram", "accounts"),
        ("x", "home"),
        ("x", "x.com/i/flow/login"),
    ],
)
def test_pages_of_the_platform_are_no_accounts(platform: PlatformName, text: str) -> None:
    with pytest.raises(HandleError):
        read_handle(platform, text)


OWN: dict[PlatformName, tuple[str, ...]] = {
    "facebook": ("login", "watch", "hashtag", "groups", "help", "business", "events", "privacy"),
    "x": ("help", "about", "login", "explore", "hashtag", "i", "jobs", "search", "tos", "share"),
    "instagram": ("explore", "about", "p", "reels", "help", "legal", "directory", "web"),
    "youtube": ("feed", "watch", "hashtag", "results", "about", "premium", "shorts", "channel"),
    "tiktok": ("explore", "foryou", "login", "tag", "discover", "live", "business", "about"),
}
OTHER_HOSTS: dict[PlatformName, tuple[str, ...]] = {
    "facebook": ("business.facebook.com", "developers.facebook.com", "about.facebook.com"),
    "x": ("help.x.com", "business.twitter.com", "developer.x.com", "about.x.com"),
    "instagram": ("help.instagram.com", "about.instagram.com", "business.instagram.com"),
    "youtube": ("tv.youtube.com", "artists.youtube.com"),
    "tiktok": ("support.tiktok.com", "newsroom.tiktok.com", "developers.tiktok.com"),
}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_page_of_a_platform_is_a_handle(platform: PlatformName) -> None:
    host = FACTS[platform].naming.hosts[0]
    for name in (*OWN.get(platform, ()), *FACTS[platform].naming.pages):
        written = (name, f"https://{host}/{name}", f"www.{host}/{name}/?lang=en", name.upper())
        for text in (*written, f"m.{host}/{name}/"):
            with pytest.raises(HandleError):
                read_handle(platform, text)
    for other in OTHER_HOSTS.get(platform, ()):
        with pytest.raises(HandleError):
            read_handle(platform, f"https://{other}/@CityOne")
        with pytest.raises(HandleError):
            read_handle(platform, f"https://{other}/cityone")
