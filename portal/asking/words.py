"""Words, numbers and times in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel.messages.pofile import read_po
from markupsafe import Markup, escape

from model.platforms import FACTS
from model.untrusted import visible_line
from portal.alerts.remedies import outcome_name, remedies_in_chinese
from portal.lines import chinese_line

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
HTML_LANGUAGES = {"zh": "zh-CN", "en": "en"}
CATALOGUES = Path(__file__).parents[1] / "locale"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """The messages of a language by their English text; English needs none. What to do about an
    outcome or alert is worded once, beside the alerts.
    """
    path = CATALOGUES / f"{language}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        told = {str(one.id): str(one.string) for one in read_po(file) if one.id and one.string}
    return {**told, **remedies_in_chinese()} if language == "zh" else told


def chosen_language(stored: str | None, accepted: str, default: str) -> Language:
    """The reader's own choice, else the first of the browser's that there is."""
    wanted = [stored or "", *(part.split(";")[0].strip().lower() for part in accepted.split(","))]
    for name in [*wanted, default]:
        for language in LANGUAGES:
            if name == language or name.startswith(f"{language}-"):
                return language
    return "zh"


class Words:
    """One language's words, numbers and times; what templates call `w`."""

    def __init__(self, language: Language, zone: str) -> None:
        self.language = language
        self.zone = zone
        self._messages = catalogue(language)
        self._escaped: dict[str, Markup] = {}
        self._zone = ZoneInfo(zone)

    def __call__(self, message: str, **values: object) -> Any:
        """A message with its values put in and escaped."""
        found = self._escaped.get(message)
        if found is None:
            found = escape(self._messages.get(message, message))
            if message in self._messages:
                self._escaped[message] = found
        return filled(found, **values) if values else found

    def text(self, message: str, **values: object) -> str:
        """The same as plain text, for attributes and charts."""
        found = self._messages.get(message, message)
        return found.format(**values) if values else found

    def told(self, text: object, **values: object) -> str:
        """A sentence of the code about what is wrong, with its values put in. In Chinese by the
        catalogue of the pages, else by that of the commands; what neither has stays as it is."""
        message = "" if text is None else str(text)
        if message in self._messages:
            return self.text(message, **values)
        whole = message.format(**values) if values else message
        return chinese_line(whole) if self.language == "zh" else whole

    def city(self, row: Mapping[str, Any]) -> str:
        """A city's name."""
        return str(row["name_zh"] if self.language == "zh" else row["name_en"])

    def province(self, row: Mapping[str, Any]) -> str:
        """The name of a city's province."""
        return str(row.get(f"province_{self.language}", ""))

    def scope(self, scope: str) -> str:
        """The composite or a platform."""
        if scope in FACTS:
            return FACTS[scope].zh if self.language == "zh" else FACTS[scope].en
        return self.text("Composite") if scope in ("composite", "index") else scope

    def short(self, value: float | None, digits: int = 0) -> str:
        """A number in the reader's way: 35.78万, 357.8K; below ten thousand in full."""
        if value is None:
            return "—"
        steps = [(1e8, "亿"), (1e4, "万")] if self.language == "zh" else _THOUSANDS
        for step, sign in steps:
            if abs(value) >= step and abs(value) >= 10_000:
                return f"{value / step:.4g}{sign}" if abs(value) < step * 1e4 else self._full(value)
        return self._full(value, digits if value != int(value) else 0)

    def _full(self, value: float, digits: int = 0) -> str:
        # Both languages group by thousands; Babel does the same in fifty times the time.
        return f"{value:,.{digits}f}".rstrip("0").rstrip(".") if digits else f"{round(value):,}"

    def number(self, value: float | None, digits: int = 0, why: object = "") -> Markup:
        """A number with its exact value in the title; a missing one with its reason in words."""
        if value is None:
            reason = visible_line(str(why)) if why else self.text("not known")
            return filled(_MISSING, reason)
        exact = f"{value:,.10g}" if isinstance(value, float) else f"{value:,}"
        return _data(value, exact, self.short(value, digits))

    def texts(self, messages: Iterable[str]) -> str:
        """Several words, such as why a counter lacks, in one line."""
        return ", ".join(map(self.text, messages))

    def limit(self, value: object) -> str:
        """A limit of a rule: a number, or outcomes by name."""
        if not isinstance(value, list | tuple):
            return str(value)
        return ", ".join(outcome_name(str(one), self.language) for one in value)

    def measure(self, row: Mapping[str, Any], name: str, digits: int = 0) -> Markup:
        """A measure of a leaderboard's row: missing with the reasons of each platform; in part
        known with a mark that tells them."""
        value, lacking = row[name], row["lacking"].get(name)
        if not lacking:
            return self.number(value, digits)
        why = "; ".join(f"{self.scope(one)}: {self.told(said)}" for one, said in lacking.items())
        if value is None:
            return self.number(None, digits, why)
        return self.number(value, digits) + filled(_PART, visible_line(why), self.text("part"))

    def score(self, value: float | None) -> Markup:
        """An index with two digits; all of them in the title."""
        if value is None:
            return self.number(None)
        return _data(value, repr(float(value)), f"{value:.2f}")

    def percent(self, share: float | None, digits: int = 0) -> str:
        """A share as per cent; never rounded up to all of it."""
        if share is None:
            return "—"
        if share < 1 and round(share * 100, digits) >= 100:
            return f"> {100 - 10**-digits:.{digits}f} %" if digits else "> 99 %"
        return f"{share * 100:.{digits}f} %"

    def change(self, change: int | None) -> Markup:
        """Places gained or lost, as an arrow and in words."""
        if change is None:
            return filled(_CHANGE, "same", "", self.text("no rank before"))
        if change == 0:
            return filled(_CHANGE, "same", "● ", self.text("unchanged"))
        kind, arrow = ("up", "▲") if change > 0 else ("down", "▼")
        word = self.text("up {n}" if change > 0 else "down {n}", n=abs(change))
        return filled(_CHANGE, kind, f"{arrow} ", word)

    def moment(self, at: datetime | str | None) -> Markup:
        """An instant in the months' zone, to the minute; UTC in the title."""
        if at is None:
            return Markup("—")
        if isinstance(at, str):
            at = datetime.fromisoformat(at)
        local, there = (_to_the_minute(at.astimezone(zone)) for zone in (self._zone, UTC))
        text = f'<time datetime="{at.isoformat()}" title="{there}Z">{local}</time>'
        return Markup(text)  # noqa: S704 - of digits and signs alone

    def untrusted(self, text: object) -> str:
        """A text from outside on one line, without what would act on the page's direction."""
        return visible_line(str(text)) if text is not None else ""

    def node(self, name: Any) -> str:
        """The title of a node of a method."""
        return str(name.in_language(self.language))


@cache
def words_in(language: Language, zone: str) -> Words:
    """Those of a language; they never change."""
    return Words(language, zone)


def filled(frame: Markup, *places: object, **values: object) -> Markup:
    """A piece of HTML with values put in and escaped: `Markup.format` for frames without format
    specifications, in a fifth of the time."""
    parts = [escape(value) for value in places]
    named = {name: escape(value) for name, value in values.items()}
    return Markup(str.format(frame, *parts, **named))  # noqa: S704 - all that is put in is escaped


def _to_the_minute(at: datetime) -> str:
    return at.isoformat(" ", "minutes")[:16]


def _data(value: float, exact: str, shown: str) -> Markup:
    # Thousands of them stand on a page. Of digits and signs alone: nothing to escape.
    plain = float(value) if isinstance(value, float) else int(value)
    return Markup(f'<data value="{plain!r}" title="{exact}">{shown}</data>')  # noqa: S704


_MISSING = Markup('<span class="missing">— <small>{}</small></span>')
_PART = Markup(' <small class="missing" title="{}">{}</small>')
_CHANGE = Markup('<span class="{}">{}{}</span>')
_THOUSANDS = [(1e9, "B"), (1e6, "M"), (1e3, "K")]
