"""Published issues as files: made, checked, and brought to another machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crawler.browser import available
from operations.documents.reports import printer, write_files
from operations.errors import Failed, UsageError
from operations.runtime import Runtime
from portal.exports.bundle import (
    BASIS,
    ISSUE_JSON,
    MOST_PACKED,
    bundle_files,
    bundled,
    issue_file_name,
    issue_in,
    unbundled,
)
from portal.published import check_basis, index_of_issue, keep_issue, method_of_issue
from portal.report.files import FORMATS, LANGS, contents_of, file_name, rendered
from portal.report.story import report_document
from scoring.errors import IssueError
from scoring.publish.issues import Issue
from store.issue_files import keep_issue_file, kept_issue_file
from store.records import basis, stored_issue


def exported_issue(runtime: Runtime, issue: Issue, out: Path | None) -> Path:
    """Writes the zip file of a published issue: made when it is first asked for, then kept.

    Raises UsageError for a draft, Failed where a report lacks its library or browser.
    """
    data = issue_bytes(runtime, issue)
    path = out or Path(issue_file_name(issue))
    write_files({path: data})
    return path


def issue_bytes(runtime: Runtime, issue: Issue) -> bytes:
    """The zip file itself; raises as `exported_issue`."""
    if issue.state == "draft":
        raise UsageError(f"the issue of {issue.period} is a draft: `cityreach issue freeze` first")
    data = kept_issue_file(runtime.db, issue.digest)
    if data is None:
        data = _made(runtime, issue)
        keep_issue_file(runtime.db, issue.digest, data)
    return data


def _made(runtime: Runtime, issue: Issue) -> bytes:
    index = index_of_issue(runtime.db, issue)
    packed = basis(runtime.db, issue.basis)
    assert packed is not None, "the index was made of it"
    facts, cases = contents_of(runtime.db, index, runtime.clock.now())
    to_pdf = printer(runtime)
    reports = {
        file_name(issue.period, lang, form): rendered(
            report_document(facts, cases, lang), form, to_pdf
        )
        for lang in LANGS
        for form in _formats(runtime)
    }
    files = bundle_files(index, packed, method_of_issue(packed), cases, reports)
    return bundled(files, issue)


def _formats(runtime: Runtime) -> Sequence[str]:
    """All of them; without PDF on a machine without a browser."""
    able = available(runtime.settings.crawler.browser.executable)
    return [form for form in FORMATS if able or form != "pdf"]


def verified_issue(file: Path) -> Issue:
    """The issue in a zip file, every byte of which is as it was published. Needs no server.

    Raises UsageError where it cannot be read, Failed with what was changed.
    """
    return issue_in(_checked(file))


def _checked(file: Path) -> dict[str, bytes]:
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_PACKED + 1)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    files, problems = unbundled(data)
    if not problems and ISSUE_JSON not in files:
        problems = [f"{ISSUE_JSON} is missing"]
    if problems:
        raise Failed(f"{file} is not what was published:\n" + "\n".join(f"- {p}" for p in problems))
    return files


def imported_issue(runtime: Runtime, file: Path) -> Issue:
    """Keeps a published issue of elsewhere, with all that it was computed from.

    Raises as `verified_issue`, and UsageError where another issue has its place, or where its
    pages could not be made of what came with it.
    """
    files = _checked(file)
    issue = issue_in(files)
    try:
        check_basis(issue, files[BASIS])
    except IssueError as error:
        raise UsageError(f"{file}: {error}") from error
    here = stored_issue(runtime.db, issue.period, issue.method, issue.revision)
    if here is not None and here["digest"] != issue.digest:
        raise UsageError(
            f"{issue.period} {issue.method} has another issue of revision {issue.revision} here"
        )
    if here is None:
        keep_issue(runtime.db, issue, files[BASIS])
        keep_issue_file(runtime.db, issue.digest, bundled(files, issue))
    return issue
