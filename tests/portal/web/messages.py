"""All messages of the pages: what templates and modules say in English."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jinja2 import Environment, nodes

from model.account import AccountClass, PauseKind
from model.count import Missing
from model.items import PostType
from model.messages import VisitKind
from model.platforms import FACTS
from portal.alerts.checks import load
from portal.alerts.remedies import remedies_in_chinese
from portal.figures.activity import WINDOWS
from portal.figures.leaderboard import SHOWN_MEASURES
from portal.rights.reading import POST_SORTS
from portal.users.roles import Role, TokenScope
from store.quality.gaps import Harm
from tests.shared import ROOT

_PORTAL = ROOT / "portal"
_CALLED = {"_", "text", "words", "said", "_said"}
_DOCUMENTED = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
NAMED = (
    *SHOWN_MEASURES,
    *WINDOWS,
    *(one.value for one in (*PostType, *AccountClass, *PauseKind, *Missing, *Role, *TokenScope)),
    *("index", "month", "unknown", "ok", "draft", "frozen", "revised", "not collected"),
    *("warning", "critical"),
    *(one.value for one in Harm),
    *(facts.tariff.unit for facts in FACTS.values()),
    *("failed", "overdue", "not yet"),
    *VisitKind,
    *POST_SORTS,
    *(rule.id for rule in load(None)),
    *(name for rule in load(None) for name in rule.limits),
    *remedies_in_chinese(),
    *("east", "central", "west"),
    *("megacity", "super_large", "large_I", "large_II"),
    *("generate", "interact", "utilize", "qualitative"),
    *("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
)
"""Words that pages translate by their value."""


def in_templates() -> Iterator[str]:
    """Of all templates."""
    environment = Environment(autoescape=True)
    for path in sorted((_PORTAL / "templates").glob("*.html")):
        for call in environment.parse(path.read_text("utf-8")).find_all(nodes.Call):
            name = getattr(call.node, "name", getattr(call.node, "attr", ""))
            if name in _CALLED and call.args and isinstance(call.args[0], nodes.Const):
                yield str(call.args[0].value)


def in_modules() -> Iterator[str]:
    """Of the modules that make pages, and the titles of failures."""
    for path in [*(_PORTAL / "web").glob("*.py"), *(_PORTAL / "asking").glob("*.py")]:
        yield from _calls(ast.parse(path.read_text("utf-8")))
    tree = ast.parse((_PORTAL / "app.py").read_text("utf-8"))
    nodes_with_text = [node for node in ast.walk(tree) if isinstance(node, _DOCUMENTED)]
    documented = {ast.get_docstring(node, clean=False) for node in nodes_with_text}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and text[:1].isupper() and " " in text and text not in documented:
            yield text


def _calls(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name not in _CALLED:
            continue
        for text in ast.walk(node.args[0]):
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value


def messages() -> list[str]:
    """Each once, in the order in which pages are read."""
    return list(dict.fromkeys([*in_templates(), *in_modules(), *NAMED]))
