"""Keeps secrets out of what a process leaves behind: logs, tracebacks, memory dumps."""

from __future__ import annotations

import logging
import resource
import sys
import threading
import traceback
from collections.abc import Iterable
from io import TextIOWrapper
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

from crawler.redaction import Redaction
from model.servers import password_in, passwords_of_options
from model.untrusted import visible_text

_redaction = Redaction()
_OF_PROXIES = frozenset({"http", "https", "socks5", "socks5h"})


def hide(secrets: Iterable[str]) -> None:
    """From now on, nothing of these shows in what this process logs."""
    for secret in secrets:
        _redaction.add(_telling(secret))
    logging.setLogRecordFactory(_Record)


def _telling(secret: str) -> list[str]:
    """Of a server's address its password alone, of a web address all but the host."""
    try:
        parts = urlsplit(secret)
    except ValueError:
        return [secret]
    if not parts.scheme or not parts.netloc:
        return [secret]
    password = parts.password or ""
    if parts.scheme in _OF_PROXIES and parts.path in ("", "/") and parts.username:
        user = parts.username
        return [secret, user, unquote(user), password, unquote(password)]
    if parts.scheme in {"http", "https"}:
        return [secret, password, f"{parts.path}?{parts.query}".rstrip("?")]
    whole, given = password_in(secret), passwords_of_options(secret)
    return [password, unquote(password), whole, unquote(whole), *given, *map(unquote, given)]


def redacted(said: str) -> str:
    """The text without any secret that is known here."""
    return _redaction.text(said)


def guard_process() -> None:
    """For a process that is ours from its start: logs and tracebacks tell no secret, and there is
    no memory dump, which would hold them all. Servers and parts inherit that. What an output's
    encoding lacks is written as an escape.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    logging.setLogRecordFactory(_Record)
    sys.excepthook = _complain
    threading.excepthook = _complain_of_thread
    sys.unraisablehook = _complain_of_unraisable
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


class _Record(logging.LogRecord):
    """A log record that shows no secret and no control characters, whichever handler writes it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.exc_info, tuple) and self.exc_info[0] is not None:
            trace = "".join(traceback.format_exception(*self.exc_info)).rstrip()
            self.exc_text = visible_text(redacted(trace))
        if self.stack_info:
            self.stack_info = visible_text(redacted(self.stack_info))

    def getMessage(self) -> str:  # noqa: N802
        """As it is written: further lines are indented, so that none passes for a record."""
        return visible_text(redacted(super().getMessage())).replace("\n", "\n    ")


def _write(text: str) -> None:
    # At the very end of a process there may be no standard error any more.
    if sys.stderr is not None:
        sys.stderr.write(visible_text(redacted(text)))


def _complain(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    _write("".join(traceback.format_exception(kind, error, trace)))


def _complain_of_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is SystemExit or args.exc_value is None:
        return
    name = args.thread.name if args.thread else "?"
    lines = traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback)
    _write(f"Exception in thread {name}:\n{''.join(lines)}")


def _complain_of_unraisable(args: Any) -> None:
    lines = traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback)
    _write(f"{args.err_msg or 'Exception ignored in'} {args.object!r}\n{''.join(lines)}")
