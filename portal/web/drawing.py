"""Pages from templates; escaped everywhere, with the words of the reader's language."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from model.platform import PLATFORMS
from model.untrusted import visible_text, visible_values
from portal.asking.asked import Asked
from portal.asking.words import HTML_LANGUAGES, LANGUAGES, filled
from portal.rights.viewer import Right

_HERE = Path(__file__).parents[1]
STATIC = _HERE / "static"
_FORM_COOKIE_SECONDS = 3600
_OPTION = Markup('<option value="{}">{}</option>')


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        static=static_address,
        as_json=as_json,
        options=options,
        with_query=with_query,
        platforms=PLATFORMS,
        Right=Right,
        languages=LANGUAGES,
    )
    return made


def _shown(value: Any) -> Any:
    """What stands between the tags: no text of a platform or a file acts on who reads it."""
    return visible_text(value) if type(value) is str else value


@cache
def static_address(name: str) -> str:
    """The address of a static file, which changes with its content."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def as_json(value: Any) -> Markup:
    """For `<script type="application/json">`: nothing in it can end the element."""
    text = json.dumps(visible_values(value), ensure_ascii=False, allow_nan=False)
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(safe)  # noqa: S704 - no character of HTML is left in it


def options(choices: Sequence[tuple[str, str]], chosen: str | None) -> Markup:
    """The `<option>` elements of values with what they are called: a hundred of them take longer
    in a template than the rest of its page."""
    plain = _options(tuple(choices))
    if chosen is None or chosen not in dict(choices):
        return plain
    value = f'value="{escape(chosen)}"'
    return Markup(str(plain).replace(f"{value}>", f"{value} selected>", 1))  # noqa: S704 - escaped


@lru_cache(maxsize=8)
def _options(choices: tuple[tuple[str, str], ...]) -> Markup:
    return Markup("").join(filled(_OPTION, value, visible_text(name)) for value, name in choices)


def with_query(query: Mapping[str, str], **changes: str) -> str:
    """The address of the same page with other parameters."""
    return "?" + "&".join(
        f"{_quoted(name)}={_quoted(value)}" for name, value in {**query, **changes}.items()
    )


def _quoted(text: str) -> str:
    return text if text.isascii() and text.isalnum() else quote(text)


def macro(asked: Asked, template: str, name: str, **values: Any) -> Callable[..., str]:
    """A macro of a template, for parts of pages that are the same for all readers of a language."""
    words = asked.words
    known = {"w": words, "_": words, "lang": words.language, **values}
    found: Callable[..., str] = getattr(
        _environment().get_template(template).make_module(known), name
    )
    return found


def draw(asked: Asked, template: str, answer: int = 200, **values: Any) -> Response:
    """A page."""
    portal, words, viewer = asked.portal, asked.words, asked.viewer
    fresh = None
    form_token = viewer.form_token if viewer else asked.request.cookies.get(portal.form_cookie)
    if viewer is None and not form_token:
        form_token = fresh = secrets.token_urlsafe(24)
    text = (
        _environment()
        .get_template(template)
        .render(
            w=words,
            _=words,
            lang=words.language,
            html_lang=HTML_LANGUAGES[words.language],
            viewer=viewer,
            form_token=form_token,
            path=asked.request.url.path,
            query=dict(asked.request.query_params),
            here=_here(asked),
            secure=portal.settings.secure,
            provider=portal.settings.oidc.label if portal.settings.oidc else None,
            zone=portal.months.zone,
            **values,
        )
    )
    page = HTMLResponse(text, answer)
    page.headers["vary"] = "Accept-Language, Cookie"
    if fresh:
        page.set_cookie(
            portal.form_cookie,
            fresh,
            max_age=_FORM_COOKIE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=portal.settings.secure,
        )
    return page


def _here(asked: Asked) -> str:
    """Where to come back to after a change of language."""
    query = asked.request.url.query
    return asked.request.url.path + (f"?{query}" if query else "")
