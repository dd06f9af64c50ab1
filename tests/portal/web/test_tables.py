"""Tables and reports of a small store, and the report as a download."""

from __future__ import annotations

from portal.exports.tables import TABLES
from store.database import Store
from tests.portal.web.readers import Readers
from tests.store.harvest import MAY


def test_the_report_of_a_month_can_be_downloaded(readers: Readers) -> None:
    got = readers.of("analyst").get("/months/2025-04/report?form=html")
    assert got.status_code == 200
    assert "report-2025-04-" in got.headers["content-disposition"]
    assert "<script" not in got.text
    assert readers.of("analyst").get("/months/2025-04/report?form=exe").status_code == 422
    assert readers.of("operator").get("/months/2025-04/report").status_code == 403


def test_tables_of_a_store_have_exactly_their_columns(seeded: Store) -> None:
    for name, least in (("posts", 80), ("readings", 80), ("account-days", 16 * 31)):
        table = TABLES[name]
        rows = list(table.rows(seeded, MAY, "giu"))
        assert len(rows) >= least, name
        assert all(set(row) == set(table.columns) for row in rows), name
    days = list(TABLES["account-days"].rows(seeded, MAY, "giu"))
    assert {row["followers"] for row in days if row["is_gap"]} == {None}
    posts = list(TABLES["posts"].rows(seeded, MAY, "giu"))
    assert all(post["published_at_local"].startswith("2025-05") for post in posts)
