"""The report of a month from the portal's button, in every format."""

from __future__ import annotations

import pytest

from portal.report.files import FORMATS, MEDIA_TYPES, CannotPrint
from tests.portal.web.readers import Readers

pytestmark = pytest.mark.servers
PAGE = "/months/2025-05/report"


def test_pdf_is_printed_from_the_report(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    def to_pdf(html: bytes) -> bytes:
        seen.append(html)
        return b"%PDF-1.4 (D:20260101000000) of the report"

    pytest.importorskip("fontTools")
    monkeypatch.setattr(readers.portal, "to_pdf", to_pdf)
    answer = readers.of("analyst").get(f"{PAGE}?form=pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA_TYPES["pdf"])
    assert answer.headers["content-disposition"].endswith('filename="report-2025-05-en.pdf"')
    assert answer.content.startswith(b"%PDF")
    assert b"CityReach Report" in seen[0]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("none", "PDF needs a browser on the portal&#39;s machine"),
        ("busy", "Another report is being printed"),
        ("slow", "did not print in time"),
        ("failed", "could not print"),
    ],
)
def test_what_is_not_printed_is_said(
    readers: Readers, monkeypatch: pytest.MonkeyPatch, reason: str, said: str
) -> None:
    def to_pdf(_: bytes) -> bytes:
        raise CannotPrint(reason)

    pytest.importorskip("fontTools")
    monkeypatch.setattr(readers.portal, "to_pdf", to_pdf)
    client = readers.of("analyst")
    answer = client.get(f"{PAGE}?form=pdf")
    assert (answer.status_code, said in answer.text) == (503, True)
    client.cookies.set("language", "zh")
    chinese = client.get(f"{PAGE}?form=pdf", headers={"accept-language": "zh"}).text
    assert said not in chinese


def test_without_anybody_who_prints_the_other_formats_are_there(readers: Readers) -> None:
    page = readers.of("analyst").get("/months/2025-05").text
    for form in FORMATS:
        assert f"/months/2025-05/report?form={form}" in page
    assert readers.of("operator").get(f"{PAGE}?form=pdf").status_code == 403
    answer = readers.of("analyst").get(f"{PAGE}?form=pdf")
    assert answer.status_code == 503
    assert "open the HTML report and print it" in answer.text


@pytest.mark.parametrize("method", ["comm-power-100", "network-image-2025"])
def test_the_reports_of_other_methods_are_there_too(readers: Readers, method: str) -> None:
    client = readers.of("analyst")
    assert f"<option>{method}</option>" in client.get("/months/2025-05").text
    answer = client.get(f"{PAGE}?method={method}&form=md")
    assert answer.headers["content-disposition"].endswith(f'"{method}-report-2025-05-en.md"')
    assert f"Method {method}".replace("-", "") in answer.text.replace("\\", "").replace("-", "")


def test_a_method_that_is_not_built_in_is_not_opened(readers: Readers) -> None:
    for method in ("moon", "/etc/passwd", "../giu"):
        assert readers.of("analyst").get(f"{PAGE}?method={method}").status_code == 422
