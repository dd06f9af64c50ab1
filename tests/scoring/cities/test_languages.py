"""Languages of posts: by script, by model, and honestly undetermined."""

from __future__ import annotations

import pytest

from scoring.cities.languages import clean, count_languages, identify


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Good morning from the old city wall", "en"),
        ("Découvrez la beauté de la ville au printemps", "fr"),
        ("Descubre la belleza de la ciudad en primavera", "es"),
        ("Herzlich willkommen in unserer Stadt am Fluss", "de"),
        ("Весна в нашем городе прекрасна", "ru"),
        ("مدينتنا جميلة في فصل الربيع", "ar"),
        ("春のお花見を楽しんでください", "ja"),
        ("欢迎来到南京", "zh"),
        ("봄의 도시를 만나다", "ko"),
        ("ยินดีต้อนรับสู่เมืองของเรา", "th"),
        ("Καλώς ήρθατε", "el"),
    ],
)
@pytest.mark.slow
def test_languages(text: str, language: str) -> None:
    assert identify(text) == language
    assert (
        identify(f"{text} 🌸🌸 https://example.org/some-english-words @someone #Nanjing")
        == language
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello!",
        "https://example.org/a-very-long-english-path-with-words",
        "#NanjingIsBeautiful @NanjingOfficial",
        "🌸🌸🌸 2025-05-01 100%",
        "你好",
        "12345678901234567890",
    ],
)
def test_too_short_to_tell(text: str) -> None:
    assert identify(text) == "und"


@pytest.mark.slow
def test_a_stray_character_does_not_decide() -> None:
    assert identify("The 南京 wall is the longest city wall of the world") == "en"
    assert identify("城墙是世界上最长的城墙の") == "zh"


def test_clean() -> None:
    assert clean("Look:  🌸 www.example.org and #tag,\n@me ok") == "Look: and , ok"
    assert clean("＃南京 你好") == "你好"


@pytest.mark.slow
def test_counted() -> None:
    texts = ["欢迎来到南京", "Hi", "Welcome to the city of Nanjing", "Enjoy the spring in the park"]
    assert count_languages(texts) == {"en": 2, "und": 1, "zh": 1}
