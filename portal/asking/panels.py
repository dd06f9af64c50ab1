"""Another panel, as a form asks for it: cities that join, leave, or become part of another."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from portal.asking.choices import named_by
from portal.rights.viewer import NotThere
from portal.users.errors import AccessError
from registry.cities import city_called
from scoring.analysis.panel_change import PanelChange

_Cities = Annotated[str, Query(max_length=2000)]
_City = Annotated[str, Query(max_length=100)]
_PIECES = re.compile(r"[,，、;；\n]+")


@dataclass
class PanelAsked:
    """The fields of the form; cities by id or by a name in either language."""

    added: _Cities = ""
    since: _City = ""
    """A month: the cities join that its panel has not."""
    without: _Cities = ""
    merge: _Cities = ""
    """`CITY=INTO`, several."""
    part: _City = ""
    whole: _City = ""
    """One more pair, of two lists."""

    def change(self, known: Sequence[str], then: Sequence[str] | None) -> PanelChange:
        """What is asked for, in cities of the month (`known`); `then` are those of `since`.

        Raises AccessError for an unknown city and for a pair that is none, with the field.
        """
        with named_by("added"):
            joining = [*_cities(self.added, known)]
        if then is not None:
            joining += [city for city in known if city not in then]
        with named_by("without"):
            leaving = [*_cities(self.without, known)]
        return PanelChange(
            added=tuple(dict.fromkeys(joining)),
            without=tuple(dict.fromkeys(leaving)),
            merged=self._merged(known),
        )

    def _merged(self, known: Sequence[str]) -> dict[str, str]:
        with named_by("merge"):
            merged = dict(_pairs(self.merge, known))
        if self.part or self.whole:
            with named_by("part"):
                part = _city(self.part, known)
            with named_by("whole"):
                merged[part] = _city(self.whole, known)
        return merged


def _cities(text: str, known: Sequence[str]) -> Iterator[str]:
    """Names may have blanks in them, and ids may be parted by blanks."""
    for piece in _PIECES.split(text):
        if not piece.strip():
            continue
        try:
            yield _city(piece, known)
        except NotThere:
            if len(parts := piece.split()) < 2:
                raise
            yield from (_city(part, known) for part in parts)


def _pairs(text: str, known: Sequence[str]) -> Iterator[tuple[str, str]]:
    for piece in _PIECES.split(text):
        city, equals, into = piece.partition("=")
        if not piece.strip():
            continue
        if not equals:
            raise AccessError("merge", "expected CITY=INTO, e.g. suzhou=nanjing, with commas")
        yield _city(city, known), _city(into, known)


def _city(given: str, known: Sequence[str]) -> str:
    try:
        return city_called(given, known)
    except LookupError as error:
        near = difflib.get_close_matches(given.strip(), known)
        raise NotThere("city", given.strip(), near) from error
