"""What commands print, in Chinese: each English sentence of the code has its like in a catalogue.

Sentences are written once, in English, where they are made; they reach logs, the store and JSON so.
`locale/commands.zh.json` holds them with named fields, and their Chinese. A line that is printed is
recognised by the words around its fields; what stands in a field is looked up in turn, so that an
error within an error, or the detail that a visit was stored with, is put into Chinese too.
What no entry knows stays as it is: names, answers of platforms. Pure but for the catalogue.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

from model.platforms import FACTS
from model.tables.heads import called_in_chinese
from portal.alerts.remedies import remedies_in_chinese
from portal.questions import QUESTION_WORDS
from registry.cities import load_cities

CATALOGUE = Path(__file__).parent / "locale" / "commands.zh.json"
_FIELD = re.compile(r"\{(\w+)\}")
_BESIDE = re.compile(r"\{(\w+)\}\{(\w+)\}")
_COUNTED = re.compile(r"([\d,]+) ([a-z ]+)")
_QUOTED = r"(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_PLACE = re.compile(
    rf"(row \d+|not a table|(?:unit|column) {_QUOTED}|'(?:sheets|byte|cell|an?) [^']*'"
    r"|\S+(?=: row \d+: |: not a table: )): "
)
"""Where something is wrong, from the file to the cell: each part is put into Chinese by itself."""
_INDENT = re.compile(r"\s*(?:[-•] )?")
_IDS = re.compile(r"[^\s,;]+(?:(?:, | and | or )[^\s,;]+)+")
_ID = re.compile(r", | and | or |[^\s,;]+")
_JOINTS = {", ": "、", " and ": "和", " or ": "或"}
_LISTED = (("; ", "；"), (": ", "："), (", ", "、"))
GRAMMAR = {"are": "(?:is|are)", "verb": "(?:is|are)", "have": "(?:has|have)"}
"""Fields that English alone needs."""
_TYPED = frozenset(
    [
        "accountclass",
        "asked",
        "checks",
        "codes",
        "columns",
        "expected_tags",
        "formats",
        "header",
        "ids",
        "known",
        "langs",
        "likely",
        "optional",
        "plain",
        "plan_keys",
        "platforms",
        "role2",
        "schemes",
        "table_writers",
        "tables",
        "tokenscope",
    ]
)
"""Fields with what is to be typed as it stands."""
_COLUMNS = frozenset(["column", "columns"])
"""Fields with heads of a table that somebody brings: each as it is typed, and what else it may be
called there."""
_NUMBERS = ("row", "count", "count2", "of", "ranked", "rated", "share", "whole", "n")
_SHAPES = {
    **dict.fromkeys(_NUMBERS, r"[\d,.]+%?"),
    "where": "(?:(?!: ).)*?",
    "schemes": "[^;]*",
}
"""Fields with nothing but a number: a sentence that begins with one does not begin earlier.
Where something is, without a colon: what follows one may be a sentence of its own. Schemes end
before what is said next."""
_OF_OTHERS = frozenset(
    [
        "city",
        "given",
        "handle",
        "id",
        "key",
        "name",
        "name2",
        "password",
        "rater",
        "source",
        "text",
        "unit",
        "user",
        "value",
        "value2",
    ]
)
"""Fields with words of others: a user may be called `nobody`, a platform is still called so."""
_VERB = re.compile(r"(?:is|has|holds|was|came|tells|names|does|ends|leads|cannot|of) ")
_LONGEST = 5
"""Clauses of a sentence."""
_DEEPEST = 8
"""Errors within errors: whoever nests more deeply wants to be slow."""


@cache
def entries() -> Mapping[str, Mapping[str, str]]:
    """English to Chinese, by section: a package's sentences, what `libraries` say, `help`, `heads`,
    `words`, `things`."""
    found: Mapping[str, Mapping[str, str]] = json.loads(CATALOGUE.read_text("utf-8"))
    return found


def chinese_line(text: str) -> str:
    """A message, line by line, in Chinese as far as it is known."""
    return "\n".join(_indented(line) for line in text.split("\n"))


def chinese_help(text: str) -> str:
    """What the help says of a command or an option."""
    return entries()["help"].get(text.strip(), text)


def chinese_heading(heading: str) -> str:
    """The head of a column; empty where there is none."""
    return entries()["heads"].get(heading, "")


def chinese_cell(text: str) -> str:
    """What stands in a cell: a word of ours, or a sentence."""
    return _said(text) if " " in text else entries()["words"].get(text, text)


def chinese_facts(text: str) -> str:
    """`name: value; name: value`, the names in Chinese."""
    pairs = [one.partition(": ") for one in text.split("; ")]
    return "；".join(
        f"{chinese_heading(name) or chinese_cell(name)}{colon and '：'}{value}"
        for name, colon, value in pairs
    )


def _indented(line: str) -> str:
    indent = _INDENT.match(line)
    start = indent.end() if indent else 0
    return line[:start] + _said(line[start:])


@lru_cache(maxsize=4096)
def _said(text: str, depth: int = 0) -> str:
    if not text or depth > _DEEPEST:
        return text
    return _known(text, depth) or _after_colon(text, depth) or _by_parts(text, depth)


def _known(text: str, depth: int) -> str:
    """A text that is one sentence of the catalogue; empty for any other."""
    if (whole := _sentences().get(text)) is not None:
        return whole
    if counted := _counted(text):
        return counted
    if place := _PLACE.match(text):
        return f"{_known(place[1], depth) or place[1]}：{_said(text[place.end() :], depth + 1)}"
    before, sign, last = text.rpartition("; ")
    if sign and (end := _sentences().get(last)):
        return f"{_said(before, depth + 1)}；{end}"
    for template in _templates():
        if template.mark in text and (said := template.fill(text, depth)) is not None:
            return said
    return ""


def _after_colon(text: str, depth: int) -> str:
    """`file:3: what is wrong`, where what follows a colon is one sentence."""
    for colon in re.finditer(": ", text):
        if said := _known(text[colon.end() :], depth + 1):
            return f"{_said(text[: colon.start()], depth + 1)}：{said}"
    return ""


def _by_parts(text: str, depth: int) -> str:
    """Clauses side by side, each for itself; unchanged where none is known."""
    if depth and (word := entries()["words"].get(text) or _cities().get(text)):
        return word
    if depth and _IDS.fullmatch(text):
        return _ID.sub(lambda one: _JOINTS.get(one[0]) or _said(one[0], depth + 1), text)
    for sign, chinese in _LISTED:
        parts = _outside(text, sign)
        said = list(_runs(parts, sign, depth)) if len(parts) > 1 else parts
        if said != parts:
            return chinese.join(said)
    return text


def _runs(parts: list[str], sign: str, depth: int) -> Iterator[str]:
    """Each part, or as many in a row as are one sentence of the catalogue."""
    place = 0
    while place < len(parts):
        ends = range(min(len(parts), place + _LONGEST), place + 1, -1)
        known = ((end, _known(sign.join(parts[place:end]), depth + 1)) for end in ends)
        end, said = next((pair for pair in known if pair[1]), (place + 1, ""))
        yield said or _said(parts[place], depth + 1)
        place = end


def _outside(text: str, sign: str) -> list[str]:
    """Split where no back quote is open."""
    parts = [""]
    for place, piece in enumerate(text.split("`")):
        first, *more = [piece] if place % 2 else piece.split(sign)
        parts[-1] += first if not place else f"`{first}"
        parts += more
    return parts


@dataclass(frozen=True)
class _Template:
    """A sentence with fields."""

    english: str
    chinese: str

    @cached_property
    def mark(self) -> str:
        """Its longest piece without a field: what a text that fits must hold."""
        return max(_FIELD.split(self.english)[::2], key=len)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # Of two fields side by side nobody knows where the first ends: it takes both.
        english = _BESIDE.sub(r"{\1}", self.english)
        seen: set[str] = set()
        parts = [
            _group(part, seen) if place % 2 else re.escape(part)
            for place, part in enumerate(_FIELD.split(english))
        ]
        return re.compile("".join(parts), re.DOTALL)

    def fill(self, text: str, depth: int) -> str | None:
        """The Chinese of a text that fits."""
        found = self._pattern.fullmatch(text)
        if found is None:
            return None
        values = {name: _put(name, value, depth + 1) for name, value in found.groupdict().items()}
        return _FIELD.sub(lambda field: values.get(field[1], ""), self.chinese)


def _put(field: str, value: str, depth: int) -> str:
    """What stands in a field, in Chinese where it is ours."""
    if field in _COLUMNS:
        return "、".join(map(_column, re.split(", ?", value)))
    if field == "cityid" and value in load_cities():
        return load_cities()[value].name_zh
    if field in _OF_OTHERS and value in FACTS:
        return FACTS[value].zh
    if field in _OF_OTHERS or field in _TYPED:
        return _known(value, depth) or _joined(value)
    return _said(value, depth)


def _joined(ids: str) -> str:
    """`one or other`, each as it is."""
    if not _IDS.fullmatch(ids):
        return ids
    return _ID.sub(lambda one: _JOINTS[one[0]] if one[0] in (" and ", " or ") else one[0], ids)


def _column(name: str) -> str:
    """A head of a table, by both names under which the tables' reader takes it."""
    plain = name.strip("'")
    called = called_in_chinese(plain)
    return f"{called}（{plain}）" if called else _known(plain, 0) or _known(name, 0) or name


def _group(name: str, seen: set[str]) -> str:
    if name in GRAMMAR:
        return GRAMMAR[name]
    if name in seen:
        return f"(?P={name})"
    some = r"\S+" if name.startswith("path") else _SHAPES.get(name, ".*?")
    seen.add(name)
    return f"(?P<{name}>{some})"


@cache
def _cities() -> Mapping[str, str]:
    """The Chinese names of cities by the English ones that only one has."""
    every = load_cities().values()
    times = Counter(city.name_en for city in every)
    return {city.name_en: city.name_zh for city in every if times[city.name_en] == 1}


@cache
def _sentences() -> Mapping[str, str]:
    """Those without fields."""
    plain = {one: other for one, other in _all_sentences() if not _FIELD.search(one)}
    return {**plain, **remedies_in_chinese()}


@cache
def _templates() -> list[_Template]:
    """Those with fields, what says most first; parts of sentences with what they stand beside."""
    pairs = [pair for pair in _all_sentences() if _is_open(pair[0])]
    found = [_Template(*whole) for pair in pairs for whole in {_whole(*pair), pair}]
    # A place in a file is read before anything else: what follows may be like many sentences.
    return sorted(
        found,
        key=lambda one: ("{file}:{row}" in one.english, len(_FIELD.sub("", one.english))),
        reverse=True,
    )


def _is_open(english: str) -> bool:
    part = english != english.strip() or english[0] in ",;:(" or _VERB.match(english)
    return bool(part or _FIELD.search(english))


def _whole(english: str, chinese: str) -> tuple[str, str]:
    """A part of a sentence follows or precedes something: one that begins with a verb the path of
    what it is about, one that begins or ends with a sign or a space anything."""
    if _VERB.match(english):
        english, chinese = f"{{path}} {english}", f"{{path}} {chinese}"
    elif english[0] in " ,;:(":
        english, chinese = f"{{before}}{english}", f"{{before}}{chinese}"
    if english.endswith(" "):
        english, chinese = f"{english}{{after}}", f"{chinese}{{after}}"
    return english, chinese


def _all_sentences() -> Iterator[tuple[str, str]]:
    for section, pairs in entries().items():
        if section not in {"help", "heads", "words", "things"}:
            yield from pairs.items()
    english, chinese = QUESTION_WORDS["en"], QUESTION_WORDS["zh"]
    # Single words are those of tables.
    for key in english:
        if {*" -"} & {*english[key]}:
            # What is imported is the name of a command.
            typed = [one[key].replace("{what}", "{asked}") for one in (english, chinese)]
            yield typed[0], typed[1]


def _counted(text: str) -> str:
    """`3 accounts`, `no gaps` in Chinese; empty for anything else."""
    things = entries()["things"]
    if text.startswith("no ") and (noun := things.get(_singular(text[3:]))):
        return f"没有{noun[1:]}"
    found = _COUNTED.fullmatch(text)
    noun = things.get(_singular(found[2])) if found else None
    return f"{found[1]} {noun}" if found and noun else ""


def _singular(things: str) -> str:
    if things in entries()["things"]:
        return things
    noun, space, rest = things.partition(" ")
    if things.endswith("letters"):
        return "dead letter"
    one = f"{noun[:-3]}y" if noun.endswith("ies") else noun.removesuffix("s")
    return f"{one}{space}{rest}"
