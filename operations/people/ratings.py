"""Expert ratings of a month: sheets for raters, what comes back, agreement, the lock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from operations.errors import UsageError
from operations.runtime import Runtime
from portal.month import inputs_of, panel_of
from registry.cities import city_names, load_cities
from scoring.cities.raters import (
    TENTATIVE,
    Agreement,
    RaterProgress,
    agreement,
    agreement_by_criterion,
    progress,
)
from scoring.cities.rating_sheet import RatedPlace, rating_workbook
from scoring.cities.ratings import ParsedRatings, Rating, read_ratings
from scoring.cities.rubric import Rubric
from store import records
from store.accounts import accounts
from store.ratings import (
    RATING_PLACE,
    GivenSheet,
    UnaskedCriterion,
    given_sheets,
    lock_of,
    note_sheet,
    put_ratings,
    refuse_locked,
    set_lock,
)


@dataclass(frozen=True, slots=True)
class RatingState:
    """How a month's ratings stand."""

    raters: list[RaterProgress]
    criteria: dict[str, Agreement]
    all: Agreement
    locked: bool

    @property
    def against(self) -> list[str]:
        """What speaks against locking them."""
        return list(_against(self))


def make_sheet(
    runtime: Runtime,
    period: str,
    rater: str,
    rubric: Rubric,
    language: Literal["zh", "en"],
    out: Path,
) -> GivenSheet:
    """Writes the workbook of a rater over the month's panel as it is known now, and remembers what
    was asked for. Raises UsageError where there is no account or the file cannot be written,
    RatingsLocked."""
    rater = rater.strip()
    if not rater:
        raise UsageError("--rater: expected the rater's name")
    refuse_locked(runtime.db, [period])
    places = _places(runtime, period)
    if not places:
        raise UsageError(
            f"{period} has no account to rate: `cityreach panel show --period {period}`"
        )
    now = runtime.clock.now()
    made = rating_workbook(places, period, rater, rubric, language, now)
    codes = tuple(criterion.code for criterion in rubric.criteria)
    sheet = GivenSheet(rater, codes, len(places))
    _write(out, made)
    note_sheet(runtime.db, period, sheet, f"{rubric.id} {rubric.version}", now)
    return sheet


def _write(out: Path, data: bytes) -> None:
    """The whole file or none."""
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(data)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"--out {out}: cannot be written: {error.strerror or error}") from error


def _places(runtime: Runtime, period: str) -> list[RatedPlace]:
    """One a city and platform, as ratings are: the first account where there are several."""
    inputs = inputs_of(runtime.db, runtime.settings.period(period))
    handles = {account.key: account.handle for account in accounts(runtime.db)}
    found: dict[tuple[str, str], RatedPlace] = {}
    cities = load_cities()
    for one in panel_of(inputs, runtime.clock.now()).accounts:
        known = cities.get(one.city)
        zh, en = (known.name_zh, known.name_en) if known else (one.city, one.city)
        place = RatedPlace(one.city, zh, en, one.platform, handles.get(one.account, one.account))
        found.setdefault((one.city, one.platform), place)
    return list(found.values())


def take_ratings(runtime: Runtime, ratings: tuple[Rating, ...]) -> int:
    """Keeps those that differ from what is kept; gives their number.

    Raises UsageError for a criterion that no sheet of the month asks for, where sheets were made;
    RatingsLocked.
    """
    try:
        return put_ratings(runtime.db, [asdict(one) for one in ratings], runtime.clock.now())
    except UnaskedCriterion as error:
        raise UsageError(str(error)) from None


def read_sheet_file(path: Path) -> ParsedRatings:
    """Of a sheet that came back, by the names of the known cities. Raises TableError."""
    return read_ratings(path, city_names(load_cities()))


def rating_state(runtime: Runtime, period: str) -> RatingState:
    """Who rated what of the month, and how well they agree."""
    rows = records.newest(runtime.db, records.RATINGS, RATING_PLACE, {"period": period})
    given = [Rating(**{key: row[key] for key in (*RATING_PLACE, "score")}) for row in rows]
    sheets = {one.rater: one.asked for one in given_sheets(runtime.db, period)}
    lock = lock_of(runtime.db, period)
    return RatingState(
        progress(given, sheets),
        agreement_by_criterion(given),
        agreement(given),
        bool(lock and lock["locked"]),
    )


def _against(state: RatingState) -> Iterator[str]:
    if not state.all.raters:
        yield "nobody has rated yet"
        return
    for one in state.raters:
        if one.missing > 0:
            yield f"{one.rater} rated {one.rated} of {one.of}"
    if not state.all.items:
        yield "nothing was rated by two raters, so that their agreement is unknown"
    for name, found in [("all criteria", state.all), *state.criteria.items()]:
        # Interval, as the means over raters are: those are what enters the score.
        if found.alpha is not None and found.alpha < TENTATIVE:
            yield f"Krippendorff's alpha of {name} is {found.alpha:.3f}, below {TENTATIVE}"


def lock_ratings(runtime: Runtime, period: str, despite: str) -> list[str]:
    """From now on the month takes no ratings; gives what speaks against it.

    Raises UsageError where something does and there is no reason to go on, or it is locked.
    """
    against = rating_state(runtime, period).against
    if against and not despite.strip():
        listed = "\n".join(f"- {line}" for line in against)
        raise UsageError(
            f"the ratings of {period} are not to be locked yet:\n{listed}\n"
            'nothing was changed; --despite "reason" goes on all the same'
        )
    now = runtime.clock.now()
    if not set_lock(runtime.db, period, now, locked=True, reason=despite.strip()):
        raise UsageError(f"the ratings of {period} are locked already")
    return against


def unlock_ratings(runtime: Runtime, period: str, reason: str) -> None:
    """The month takes ratings again; the reason is kept. Raises UsageError."""
    if not reason.strip():
        raise UsageError("--reason: expected a reason, which is kept")
    now = runtime.clock.now()
    if not set_lock(runtime.db, period, now, locked=False, reason=reason.strip()):
        raise UsageError(f"the ratings of {period} are not locked")
