"""Files of media are visited once, kept whole or not at all, and missing ones are missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from media.files import Family, files_between
from operations.media.collecting import collect_media, renew_media
from operations.media.files_status import file_rows
from operations.media.stored import count_media, stored_month
from operations.running.clock import set_file_clock
from operations.runtime import Runtime
from store.database import Store
from store.media import ending
from store.media.counts import counted_lines, stored_counts
from store.media.ending import FileEnd, LeaseLost, end_visit
from store.media.files import LEASE, lease_file
from store.media.rows import raw_row
from tests.operations.media.collected import (
    MONTH,
    NOW,
    collected,
    counted,
    kinds,
    media_runtime,
    written,
)
from tests.sandbox.running import Sandbox
from tests.store.mongod import Mongod

EVERY = 96
"""One batch a day."""


@pytest.fixture
def runtime(mongod: Mongod, db: Store, tmp_path: Path, sandbox: Sandbox) -> Iterator[Runtime]:
    with media_runtime(mongod, db, tmp_path, sandbox.base, every=EVERY) as runtime:
        yield runtime


def test_counts_of_a_collected_month_are_what_was_planted(
    runtime: Runtime, sandbox: Sandbox
) -> None:
    found = collected(runtime)
    assert found.outcomes.total() == 31 + 31 + 32, "two streams; days that the month touches"
    assert set(found.outcomes) <= {"ok", "ok_nothing"}
    assert collected(runtime).ended == 0, "every file is visited once"
    month = count_media(runtime, MONTH)
    assert month is not None
    assert (month.seen, month.expected) == (62, 62)
    counts, truth = stored_counts(runtime.db, MONTH.name), written(sandbox.world, EVERY)
    assert counts is not None
    assert sum(map(len, truth.values())) > 40
    for city, planted in truth.items():
        own, values = counted(planted), counts["cities"][city]
        assert values["media_articles"] == len(own), city
        assert values["media_outlets"] == len({one.outlet.domain for one in own})
        assert values["media_languages"] == len({one.outlet.language for one in own})
        assert values["positive_articles"] == sum(one.tone > 1 for one in own)
        beside, sorts = counts["articles"]["beside"][city], kinds(planted)
        for verdict in ("home_media", "namesake", "ambiguous"):
            kind = verdict.partition("_")[0]
            assert beside.get(f"not_counted_{verdict}", 0) == sorts[kind], (city, verdict)
    lines = runtime.db["media_lines"].distinct("run")
    count_media(runtime, MONTH)
    assert runtime.db["media_lines"].distinct("run") == lines, "nothing was read since"


def test_a_line_leads_to_the_address_and_the_raw_row(runtime: Runtime) -> None:
    collected(runtime)
    count_media(runtime, MONTH)
    counts = stored_counts(runtime.db, MONTH.name)
    assert counts is not None
    city = max(counts["cities"], key=lambda one: counts["cities"][one]["media_articles"])
    lines = counted_lines(runtime.db, MONTH.name, city)
    assert (
        sum(line["verdict"] == "counted" for line in lines)
        == counts["cities"][city]["media_articles"]
    )
    row = raw_row(runtime.db, lines[0]["sha256"])
    assert lines[0]["url"].encode() in row
    assert row.count(b"\t") == 26


FAULTS: dict[str, tuple[dict[str, object], str]] = {
    "20250510": ({"kind": "server_error", "status": 404}, "missing"),
    "20250511": ({"kind": "server_error", "status": 503}, "unreachable"),
    "20250512": ({"kind": "rate_limited"}, "refused"),
    "20250513": ({"kind": "rate_limited", "number": 200}, "not_data"),
    "20250514": ({"kind": "truncated"}, "truncated"),
    "20250515": ({"kind": "empty_body"}, "not_data"),
    "20250516": ({"kind": "missing_fields"}, "changed_shape"),
}
"""By day of the batch."""


def test_a_faulty_file_has_its_outcome_and_is_asked_for_again(
    runtime: Runtime, sandbox: Sandbox
) -> None:
    for day, (fault, _) in FAULTS.items():
        sandbox.fault(platform="gdelt", endpoint="gkg", match=day, count=1, **fault)
    collected(runtime)
    files = runtime.db["media_files"]
    for day, (_, outcome) in FAULTS.items():
        state = files.find_one({"_id": f"gkg:{day}T000000"})
        assert state is not None
        assert (state["outcome"], state["state"]) == (outcome, "planned"), day
    month = stored_month(runtime, MONTH)
    assert (month.seen, month.expected) == (55, 62), "missing, not batches without articles"
    assert len(month.faults) == len(FAULTS)
    assert "55 of 62 files" in month.source
    set_file_clock(runtime.settings.data_dir / "clock", NOW + timedelta(minutes=16))
    assert collected(runtime).outcomes.total() == len(FAULTS)
    whole = stored_month(runtime, MONTH)
    assert (whole.seen, whole.faults) == (62, [])
    assert len({(line.url, line.city) for line in whole.lines}) == len(whole.lines), "no line twice"


def test_a_file_that_never_comes_is_given_up_and_can_be_asked_for_again(
    runtime: Runtime, sandbox: Sandbox
) -> None:
    sandbox.fault(
        platform="gdelt", endpoint="gkg", kind="server_error", status=404, match="20250510"
    )
    now = NOW
    for hours in (0, 1, 2, 7, 25, 73):
        now += timedelta(hours=hours)
        set_file_clock(runtime.settings.data_dir / "clock", now)
        collected(runtime)
    row = next(row for row in file_rows(runtime, MONTH) if row["family"] == "gkg")
    assert (row["whole"], row["given_up"], row["planned"]) == (30, 1, 0)
    assert row["outcomes"] == "missing 1, ok 30"
    sandbox.http.delete("/_sandbox/faults")
    assert renew_media(runtime, MONTH) == 1
    assert collected(runtime).outcomes == {"ok": 1}


def test_who_lost_the_lease_writes_nothing(runtime: Runtime) -> None:
    span = (MONTH.start - timedelta(days=1), MONTH.end)
    collect_media(runtime, [MONTH], _Stopped())  # Plans, and visits nothing.
    first = lease_file(runtime.db, NOW, span, 0.0)
    second = lease_file(runtime.db, NOW, span, LEASE.total_seconds())
    assert first is not None
    assert second is not None
    assert first.file == second.file, "a lease that has ended is given to the next"
    end = FileEnd(
        at=NOW,
        ended_at=NOW,
        outcome="ok",
        detail="",
        due=None,
        whole=True,
        counts={},
        articles=[{"_id": "a", "at": NOW}],
        raw={"a": b"row"},
    )
    with pytest.raises(LeaseLost):
        end_visit(runtime.db, first, end)
    assert runtime.db["media_articles"].count_documents({}) == 0
    assert end_visit(runtime.db, second, end)["media_articles"] == 1


def test_what_breaks_off_within_the_transaction_leaves_nothing(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a kill would: the last of the writes never comes."""
    whole = ending._add
    monkeypatch.setattr(
        ending, "_add", lambda db, session, name, rows: (whole(db, session, name, rows), 1 / 0)[0]
    )
    with pytest.raises(ZeroDivisionError):
        collected(runtime)
    assert runtime.db["media_rows"].count_documents({}) == 0
    assert runtime.db["media_files"].count_documents({"outcome": {"$exists": True}}) == 0
    monkeypatch.undo()
    assert collected(runtime).outcomes.total() == 93, "one is leased, for it may still be at work"
    runtime.db["media_files"].update_many({"lease": {"$exists": True}}, _LEASE_OVER)
    assert collected(runtime).outcomes.total() == 1
    month = stored_month(runtime, MONTH)
    assert month.seen == month.expected


_LEASE_OVER = {"$set": {"leased_until": NOW - timedelta(days=400)}}


class _Stopped:
    def is_set(self) -> bool:
        return True


def test_a_count_stays_when_its_files_are_known_no_more(runtime: Runtime) -> None:
    collected(runtime)
    count_media(runtime, MONTH)
    before = stored_counts(runtime.db, MONTH.name)
    assert before is not None
    for name in ("media_files", "media_articles"):
        runtime.db[name].delete_many({})
    assert count_media(runtime, MONTH) is None
    after = stored_counts(runtime.db, MONTH.name)
    assert after is not None
    assert after["articles"] == before["articles"]
    assert after["cities"] == before["cities"]
    assert counted_lines(runtime.db, MONTH.name, "nanjing")


def test_lists_of_articles_keep_those_that_name_a_city(
    mongod: Mongod, db: Store, tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.fault(platform="gdelt", endpoint="gkg", kind="rate_limited", ratio=0.0)
    with media_runtime(
        mongod, db, tmp_path, sandbox.base, every=EVERY, article_list=True, countries=False
    ) as runtime:
        found = collected(runtime)
        lists = list(files_between(MONTH.start, MONTH.end, (Family.GAL,), EVERY))
        assert len(lists) == 31 * 8
        assert found.outcomes["missing"] == 31 * 6, "there are lists in two minutes of eight"
        truth = written(sandbox.world, EVERY)
        expected = sum(map(len, truth.values()))
        assert runtime.db["media_listed"].count_documents({}) == expected
        assert count_media(runtime, MONTH) is not None
        counts = stored_counts(runtime.db, MONTH.name)
    assert counts is not None
    assert f"{31 * 2} lists (GAL) beside" in counts["articles"]["source"]
    for city, planted in truth.items():
        beside = counts["articles"]["beside"][city]
        abroad = len(planted) - kinds(planted)["home"]
        assert beside["listed"] == abroad, city
        assert beside["listed_home"] == kinds(planted)["home"], city
        assert beside["listed_only"] == abroad - counts["cities"][city]["media_articles"], city
