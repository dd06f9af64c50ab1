"""What made-up posts of several months speak of."""

from __future__ import annotations

SUBJECTS: dict[str, tuple[str, ...]] = {
    "en": (
        "Spring has reached the old town of {city}. Which street would you walk first?",
        "Five things to eat before noon in {city}",
        "Sunrise over {city}, seen from the river. Sound on!",
        "The lantern makers of {city} still bend bamboo by hand.",
        "How do you say good morning in {city}? Tell us below.",
        "Night market season is back in {city}",
        "From the airport to the city wall in 40 minutes: metro line 8 opens in {city}.",
        "A rainy day, a teahouse, and nothing else to do. {city}",
        "Half marathon: 12,000 runners through the centre of {city}",
        "The museum of {city} has opened its new hall. Entry is free this week.",
        "One minute of silence in the mountains near {city}",
        "Dragon boats are out on the water in {city} #dragonboat",
        "Craft, lacquer and gold: inside a workshop in {city}",
        "Where in {city} was this picture taken?",
    ),
    "zh": (
        "春到老城，你会先走哪一条街？",
        "早起的人有口福：{city}的五样早点",
        "夜市开张，今晚见。",
        "雨天，一壶茶，听评弹。",
        "半程马拉松鸣枪，一万二千人跑过市中心。",
    ),
    "fr": ("Au petit matin, {city} appartient aux marcheurs.", "Le marché de nuit est de retour."),
    "ru": ("Весна в старом городе: {city}.", "Утренний чай у реки."),
    "ar": ("ربيع {city} القديمة يبدأ من هنا.",),
    "ja": ("{city}の旧市街に春が来ました。", "夜市がはじまります。"),
    "es": ("Cinco desayunos que no te puedes perder en {city}.", "La primavera llega a {city}."),
}
"""By language; `{city}` is the city's name in Latin letters."""
