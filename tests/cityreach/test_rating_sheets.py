"""A sheet for each rater, given out, filled in, imported and locked."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from tests.cityreach.in_process import within as inside
from tests.cityreach.test_analysis import MONTH, ask, publishing

__all__ = ["publishing"]


def test_a_sheet_is_given_out_comes_back_and_is_locked(publishing: Path, tmp_path: Path) -> None:
    kept, of = publishing, {}
    for rater in ("r1", "r2"):
        out = tmp_path / f"{rater}.xlsx"
        made = inside(kept, "ratings", "sheet", *MONTH, "--rater", rater, "--out", str(out))
        assert (made.returncode, "4 criteria for" in made.stderr) == (0, True), made.stderr
        of[rater] = openpyxl.load_workbook(out)
    early = inside(kept, "ratings", "lock", *MONTH)
    assert (early.returncode, "nobody has rated yet" in early.stderr) == (2, True)
    for rater, book in of.items():
        page = book.worksheets[0]
        for number, row in enumerate(page.iter_rows(min_row=2, min_col=8)):
            for cell in row if rater == "r1" or number else ():
                cell.value = 1 + number % 5
        book.save(tmp_path / f"{rater}.xlsx")
        assert inside(kept, "ratings", "import", str(tmp_path / f"{rater}.xlsx")).returncode == 0
    state = ask(kept, "ratings", "status", *MONTH)
    assert [one["missing"] for one in state["raters"]] == [0, 4]
    assert state["agreement"][0]["alpha"] == 1
    refused = inside(kept, "ratings", "lock", *MONTH)
    assert (refused.returncode, "r2 rated" in refused.stderr) == (2, True)
    assert inside(kept, "ratings", "lock", *MONTH, "--despite", "r2 is ill").returncode == 0
    again = inside(kept, "ratings", "import", str(tmp_path / "r1.xlsx"))
    assert (again.returncode, "are locked, nothing was imported" in again.stderr) == (1, True)
    assert inside(kept, "ratings", "unlock", *MONTH, "--reason", "r2 is back").returncode == 0
    other = tmp_path / "other.csv"
    other.write_text("city,platform,period,rater,langauge\nnanjing,x,2025-05,r1,4\n")
    unasked = inside(kept, "ratings", "import", str(other))
    assert (unasked.returncode, "no sheet asks for 'langauge'" in unasked.stderr) == (2, True)
