"""The accounts as a CSV file: import with row-level errors, checks, export.

Columns: city, platform, and handle or id; optional: name, class, primary, source, note,
verified_at. Ids are text. A file with any problem is not to be imported at all; that is the
caller's decision, and the reason why rows and problems are returned side by side.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from model.account import Account, AccountClass, City
from model.platform import PLATFORMS, PlatformName
from model.platforms import FACTS, platform_named
from model.tables.sheets import compatible
from model.tables.writing import unguarded
from model.untrusted import is_shown_whole
from registry.checking import Remark, check
from registry.cities import city_names
from registry.handles import HandleError, read_handle, read_id
from registry.problem import Problem, near
from registry.table import TableRow, UnreadableTable, read_table
from registry.writing import export_accounts

__all__ = ["Accounts", "Problem", "Remark", "check", "export_accounts", "read_accounts"]

REQUIRED = ("city", "platform")
OPTIONAL = ("handle", "id", "name", "class", "primary", "source", "note", "verified_at")
_CLASSES = {
    AccountClass.MAIN: ("main", "主", "主账号"),
    AccountClass.TOURISM: ("tourism", "文旅"),
    AccountClass.MEDIA: ("media", "媒体"),
    AccountClass.OTHER: ("other", "其他"),
}
"""What a class is written as, also as commands and pages show it in Chinese."""
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
"""As spreadsheets write a day."""
_YES, _NO = (
    frozenset({"yes", "true", "1", "y", "是", "√", "✓", "✔"}),
    frozenset({"no", "false", "0", "n", "否"}),
)


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds, and what is wrong with it."""

    rows: list[Account]
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class _Read:
    """An account, the line it is on, and whether the file says that it is the primary one."""

    line: int
    account: Account
    primary: bool | None


def read_accounts(path: Path, cities: Mapping[str, City]) -> Accounts:
    """Reads all rows and gathers all problems; never raises for what is in the file."""
    try:
        table = read_table(path, REQUIRED, OPTIONAL)
    except UnreadableTable as error:
        return Accounts(rows=[], problems=[error.problem])
    problems = list(table.problems)
    if not {"handle", "id"} & set(table.columns):
        problems.append(
            Problem(file=path.name, line=1, field="header", expected="a column handle or id")
        )
        return Accounts(rows=[], problems=problems)
    called = city_names(cities)
    parsed = [_RowReader(path.name, row, cities, called, problems).read() for row in table.rows]
    read = _without_duplicates(path.name, [p for p in parsed if p is not None], problems)
    rows = _with_primaries(path.name, read, problems)
    if not table.rows and not problems:
        problems.append(Problem(file=path.name, expected="at least one account below the header"))
    return Accounts(rows=rows, problems=sorted(problems, key=lambda problem: problem.line))


class _RowReader:
    """Reads one row; every field that is not as expected adds a problem."""

    def __init__(
        self,
        file: str,
        row: TableRow,
        cities: Mapping[str, City],
        called: Mapping[str, tuple[str, ...]],
        problems: list[Problem],
    ) -> None:
        self._file = file
        self._row = row
        self._cities = cities
        self._names_of_cities = called
        self._problems = problems
        self._clean = True

    def read(self) -> _Read | None:
        """None if any field is not as expected."""
        city, platform = self._city(), self._platform()
        handle, id_ = self._names(platform) if platform else ("", "")
        account_class = self._class()
        primary = self._primary()
        verified_at = self._verified_at()
        texts = {column: self._text(column) for column in ("name", "source", "note")}
        if platform is None or not self._clean:
            return None
        account = Account(
            platform=platform,
            id=id_,
            handle=handle,
            city=city,
            name=texts["name"],
            account_class=account_class,
            verified_at=verified_at,
            source=texts["source"],
            note=texts["note"],
        )
        return _Read(self._row.line, account, primary)

    def _cell(self, column: str) -> str:
        return self._row.cells.get(column, "")

    def _text(self, column: str) -> str:
        """A text for people; the characters by which one could act on a terminal are refused."""
        text = unguarded(self._cell(column))
        if not is_shown_whole(text.replace("\t", " ")):
            self._wrong(column, "text without control or invisible characters; type it again")
        return text

    def _wrong(self, field: str, expected: str) -> None:
        self._clean = False
        self._problems.append(
            Problem(
                file=self._file,
                line=self._row.line,
                field=field,
                value=self._cell(field),
                expected=expected,
            )
        )

    def _city(self) -> str:
        city = compatible(self._cell("city"))
        ids = self._names_of_cities.get(city) or self._names_of_cities.get(city.casefold(), ())
        if len(ids) == 1:
            return ids[0]
        if ids:
            self._wrong("city", f"one of {', '.join(ids)}: several cities have this name")
        else:
            like = _near_cities(city, self._cities)
            self._wrong(
                "city", "the id of a city" + (f", perhaps {' or '.join(like)}" * bool(like))
            )
        return city

    def _platform(self) -> PlatformName | None:
        name = platform_named(compatible(self._cell("platform")))
        if name is not None:
            return name
        self._wrong("platform", f"one of {', '.join(PLATFORMS)}")
        return None

    def _names(self, platform: PlatformName) -> tuple[str, str]:
        """Handle and id; an address may hold the id."""
        id_ = self._id(platform)
        handle, id_of_address = self._handle(platform, id_)
        if id_ and id_of_address and id_ != id_of_address:
            self._wrong("id", f"the id that the address names, {id_of_address}, or none")
        needs_handle = FACTS[platform].naming.by_handle_alone
        if self._clean and not handle and (needs_handle or not (id_ or id_of_address)):
            why = f" ({platform} finds accounts by their handle alone)" if needs_handle else ""
            self._wrong("handle", f"a handle{why}" if needs_handle else "a handle or an id")
        return handle, id_ or id_of_address

    def _id(self, platform: PlatformName) -> str:
        try:
            return read_id(platform, compatible(self._cell("id"))) if self._cell("id") else ""
        except HandleError as error:
            self._wrong("id", str(error))
            return ""

    def _handle(self, platform: PlatformName, id_: str) -> tuple[str, str]:
        text = unguarded(self._cell("handle"))
        if not text:
            return "", ""
        try:
            named = read_handle(platform, text, id_known=bool(id_))
        except HandleError as error:
            self._wrong("handle", str(error))
            return "", ""
        return named.handle, named.id

    def _class(self) -> AccountClass:
        text = self._cell("class").lower() or AccountClass.MAIN.value
        for known in AccountClass:
            if text in _CLASSES[known]:
                return known
        self._wrong("class", f"one of {', '.join(AccountClass)}, or nothing for main")
        return AccountClass.OTHER

    def _primary(self) -> bool | None:
        text = self._cell("primary").lower()
        if text and text not in _YES | _NO:
            self._wrong("primary", "yes, no or nothing")
        return text in _YES if text else None

    def _verified_at(self) -> datetime | None:
        text = self._cell("verified_at")
        if not text:
            return None
        try:
            instant = _day(text) or datetime.fromisoformat(text)
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            self._wrong(
                "verified_at",
                "a day such as 2025-05-01, an instant such as 2025-05-01T00:00:00Z, or nothing",
            )
            return None
        return instant.astimezone(UTC)


def _day(text: str) -> datetime | None:
    """The midnight of a day; None for any other text. Raises ValueError for one that is none."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    year, month, day = map(int, found.groups())
    return datetime(year, month, day, tzinfo=UTC)


def _near_cities(text: str, cities: Mapping[str, City]) -> list[str]:
    """Ids of cities whose id or name is, or is like, this text."""
    named = [c.id for c in cities.values() if text and text in (c.name_zh, f"{c.name_zh}市")]
    by_name: dict[str, list[str]] = defaultdict(list)
    for city in cities.values():
        by_name[city.name_en].append(city.id)
    alike = [id_ for name in near(text, by_name) for id_ in by_name[name]]
    return list(dict.fromkeys([*named, *near(text, cities), *alike]))[:3]


def _without_duplicates(file: str, read: list[_Read], problems: list[Problem]) -> list[_Read]:
    first: dict[tuple[str, str, str], int] = {}
    kept: list[_Read] = []
    for each in read:
        keys = _keys(each.account)
        earlier = [(key[1], first[key]) for key in keys if key in first]
        for field, line in earlier[:1]:
            value = each.account.handle if field == "handle" else each.account.id
            expected = f"each account once; it is on line {line} already"
            problems.append(
                Problem(file=file, line=each.line, field=field, value=value, expected=expected)
            )
        for key in keys:
            first.setdefault(key, each.line)
        if not earlier:
            kept.append(each)
    return kept


def _keys(account: Account) -> list[tuple[str, str, str]]:
    names = {"id": account.id, "handle": FACTS[account.platform].naming.same(account.handle)}
    return [(account.platform, field, name) for field, name in names.items() if name]


def _with_primaries(file: str, read: list[_Read], problems: list[Problem]) -> list[Account]:
    """One account of a city on a platform is the primary one; of several, the file says which."""
    groups: dict[tuple[str, str], list[_Read]] = defaultdict(list)
    for each in read:
        groups[each.account.city, each.account.platform].append(each)
    problems += [_undecided(file, group) for group in groups.values() if not _decided(group)]
    return [
        msgspec.structs.replace(
            each.account,
            primary=_is_primary(each, groups[each.account.city, each.account.platform]),
        )
        for each in read
    ]


def _is_primary(each: _Read, group: list[_Read]) -> bool:
    return len(group) == 1 if each.primary is None else each.primary


def _decided(group: list[_Read]) -> bool:
    return len(group) == 1 or sum(each.primary is True for each in group) == 1


def _undecided(file: str, group: list[_Read]) -> Problem:
    marked = [each for each in group if each.primary]
    concerned = marked or group
    city, platform = group[0].account.city, group[0].account.platform
    lines = ", ".join(str(each.line) for each in concerned)
    return Problem(
        file=file,
        line=concerned[1].line,
        field="primary",
        value="yes" if marked else "",
        expected=f"yes for exactly one of the accounts of {city} on {platform} (lines {lines})",
    )
