"""What is frozen is what was drafted; an outdated draft is not frozen unseen."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from portal.desk import NotRipe, draft_month, freeze_month
from portal.drift import Cause, drift_between
from portal.month import month_index
from portal.published import index_of_issue, issue_of
from portal.readiness import readiness
from store.accounts import accounts, put_accounts
from store.database import Store
from tests.cityreach.in_process import command
from tests.portal.test_month import JUNE, MAY, rate_late, watched
from tests.store.mongod import Mongod

__all__ = ["watched"]
NOW = JUNE.cutoff


def _of_draft(db: Store) -> dict[str, bool]:
    """The questions about the draft, and whether all is well."""
    issue = issue_of(db, MAY.name, "giu")
    assert issue is not None
    index, live = index_of_issue(db, issue), month_index(db, MAY, "giu")
    return {one.name: one.ok for one in readiness(index, NOW, issue=issue, live=live)}


def test_an_outdated_draft_is_frozen_only_with_a_reason(watched: Store) -> None:
    draft_month(watched, MAY, "giu", NOW, "a trial")
    assert _of_draft(watched)["draft"]
    rate_late(watched)
    assert not _of_draft(watched)["draft"]
    draft = issue_of(watched, MAY.name, "giu")
    assert draft is not None
    with pytest.raises(NotRipe) as raised:
        # What was drafted despite something is not thereby frozen despite something else.
        freeze_month(watched, MAY, "giu", NOW, "")
    assert "draft: today's knowledge differs" in str(raised.value)
    assert "cityreach issue draft --period 2025-05" in str(raised.value)
    assert any("草稿" in line for line in raised.value.against("zh"))
    issue, against = freeze_month(watched, MAY, "giu", NOW, "on purpose")
    assert (issue.despite, issue.state) == ("on purpose", "frozen")
    assert any("draft" in line for line in against)


def test_drafted_once_more_it_is_frozen(watched: Store) -> None:
    draft_month(watched, MAY, "giu", NOW, "a trial")
    rate_late(watched)
    draft_month(watched, MAY, "giu", NOW, "a trial")
    issue, against = freeze_month(watched, MAY, "giu", NOW, "")
    assert issue.state == "frozen"
    assert not any("today's knowledge" in line for line in against)


def test_an_account_that_moved_is_no_late_reading(watched: Store) -> None:
    draft_month(watched, MAY, "giu", NOW, "a trial")
    issue = issue_of(watched, MAY.name, "giu")
    assert issue is not None
    one, *rest = accounts(watched)
    put_accounts(watched, [msgspec.structs.replace(one, city=rest[0].city)])
    drift = drift_between(index_of_issue(watched, issue), month_index(watched, MAY, "giu"))
    assert drift is not None
    assert drift.causes == (Cause.ACCOUNTS,)


def test_commands_tell_that_a_draft_says_otherwise(
    watched: Store, mongod: Mongod, tmp_path: Path
) -> None:
    """They show what is known today; what waits to be published is not that."""
    servers = {"CITYREACH_MONGO_URI": mongod.uri, "CITYREACH_MONGO_DATABASE": watched.name}
    draft_month(watched, MAY, "giu", NOW, "a trial")
    for changed, lang, said in (
        (False, "en", "the draft"),
        (True, "en", "the draft of the month is not what is known today: "),
        (True, "zh", "本月的草稿与当前所知不同："),
    ):
        if changed:
            rate_late(watched)
        top = command("--lang", lang, "top", "--period", MAY.name, data=tmp_path, **servers)
        assert (said in "".join(top.stderr.split("\n"))) == changed, top.stderr
