"""Published issues as files: made, checked, and brought to another machine."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from operations.documents.printing import PrintError
from operations.documents.reports import printer, write_files
from operations.errors import Failed, UsageError
from operations.runtime import Runtime
from portal.exports.bundle import (
    BASIS,
    ISSUE_JSON,
    LACKING,
    MOST_PACKED,
    bundle_files,
    bundled,
    issue_file_name,
    issue_in,
    unbundled,
)
from portal.published import check_basis, index_of_issue, keep_issue, method_of_issue
from portal.report.blocks import ReportDocument
from portal.report.files import FORMATS, LANGS, contents_of, file_name, rendered
from portal.report.story import report_document
from scoring.errors import ExtraMissing, IssueError
from scoring.publish.issues import Issue
from store.issue_files import keep_issue_file, kept_issue_file
from store.records import basis, stored_issue


def exported_issue(runtime: Runtime, issue: Issue, out: Path | None) -> Path:
    """Writes the zip file of a published issue: made when it is first asked for, then kept. A
    report whose library or browser is not there is not in it; it says which and why (`lacking_in`).

    Raises UsageError for a draft, PrintError where the browser that there is did not print.
    """
    data = issue_bytes(runtime, issue)
    path = out or Path(issue_file_name(issue))
    write_files({path: data})
    return path


def lacking_in(file: Path) -> list[str]:
    """Which reports the zip file of an issue has not, and why: a line each."""
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        if LACKING not in archive.namelist():
            return []
        return archive.read(LACKING).decode().splitlines()


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
    reports = _reports(runtime, issue, [report_document(facts, cases, lang) for lang in LANGS])
    files = bundle_files(index, packed, method_of_issue(packed), cases, reports)
    return bundled(files, issue)


def _reports(runtime: Runtime, issue: Issue, documents: list[ReportDocument]) -> dict[str, bytes]:
    """By file name all formats; for those that this machine cannot make a line each that says so.

    Raises PrintError where the browser that there is did not print: the next try may.
    """
    to_pdf, made = printer(runtime), dict[str, bytes]()
    lacking = []
    for document in documents:
        for form in FORMATS:
            name = file_name(issue.period, document.lang, form)
            try:
                made[name] = rendered(document, form, to_pdf)
            except ExtraMissing as error:
                lacking.append(f"{name}: {error}")
            except PrintError as error:
                if error.reason != "none":
                    raise
                lacking.append(f"{name}: {error}")
    if lacking:
        made[LACKING] = ("\n".join(lacking) + "\n").encode()
    return made


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
