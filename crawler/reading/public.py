"""What HTTP says on public pages, where there is no credential: walls, challenges, limits."""

from __future__ import annotations

from datetime import timedelta

from crawler.browser.consent import asks_consent
from crawler.contract import Answer
from crawler.errors import CrawlError, GiveUp, Retry, ShapeError, Wait
from crawler.reading.html_json import page_text, title
from crawler.reading.retry_after import retry_after
from model.messages import Outcome

_PAUSE = timedelta(minutes=15)
"""After a 429 that does not say how long."""

_CHALLENGED = ("just a moment", "attention required", "are you human", "security check", "captcha")
_MARKS = ("challenge-platform", "arkoselabs", "captcha-verify", "hcaptcha", "cf-chl")


def check_page(answer: Answer) -> None:
    """Returns for HTTP 200 with a body. Raises the CrawlError anything else stands for."""
    if answer.status == 200:
        if not answer.body.strip():
            raise Retry(Outcome.EMPTY_UNEXPECTED, "HTTP 200 with an empty body")
        return
    raise _refusal(answer)


def is_challenge(html: str) -> bool:
    """Whether a page wants a proof of being human."""
    said = title(html).lower()
    return said.startswith(_CHALLENGED) or any(mark in html for mark in _MARKS)


def obstacle(
    page: str,
    login_titles: tuple[str, ...],
    login_marks: tuple[str, ...] = (),
    challenge_marks: tuple[str, ...] = (),
) -> CrawlError:
    """What a page (HTML) without any data stands for.

    The platform's own signs are beginnings of titles in lower case, and parts of the page.
    """
    shown = title(page)[:80]
    if shown.lower().startswith(login_titles) or any(mark in page for mark in login_marks):
        return GiveUp(Outcome.LOGIN_WALL, f"the page asks to log in: {shown}")
    if is_challenge(page) or any(mark in page for mark in challenge_marks):
        return GiveUp(Outcome.CHALLENGE, f"the page wants a proof of being human: {shown}")
    if asks_consent(page.encode("utf-8", "replace")):
        return Retry(Outcome.CHALLENGE, f"a consent dialog in place of the page: {shown}")
    if not shown and "<body" not in page.lower():
        return Retry(Outcome.EMPTY_UNEXPECTED, "the page is empty")
    return ShapeError("page", f"holds no data known here: {shown!r}")


def _refusal(answer: Answer) -> CrawlError:
    status, said, now = answer.status, f"HTTP {answer.status}", answer.observed_at
    pause = retry_after(answer.headers, now)
    if status in (404, 410):
        return GiveUp(Outcome.GONE, f"{said}: there is no such page")
    if status in (401, 403, 429, 503) and is_challenge(page_text(answer.body)):
        return GiveUp(Outcome.CHALLENGE, f"{said}: the page wants a proof of being human")
    if status == 429:
        until = now + (_PAUSE if pause is None else timedelta(seconds=pause))
        return Wait(Outcome.RATE_LIMITED, said, until)
    if status in (401, 403):
        return GiveUp(Outcome.LOGIN_WALL, f"{said}: not shown to logged-out readers")
    if 300 <= status < 400:
        return _redirected(answer.headers.get("location", ""), said)
    if status in (408, 504):
        return Retry(Outcome.TIMEOUT, said, pause)
    if status >= 500:
        return Retry(Outcome.SERVER_ERROR, said, pause)
    return ShapeError("page", f"came with {said}")


def _redirected(target: str, said: str) -> CrawlError:
    """Pages send logged-out readers away to log in; other redirects are not expected."""
    if "consent." in target:
        return GiveUp(Outcome.CHALLENGE, f"{said}: led away to a consent dialog")
    if "login" in target:
        return GiveUp(Outcome.LOGIN_WALL, f"{said}: the page sends to its login")
    return ShapeError("page", f"came with {said}")
