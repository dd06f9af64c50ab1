"""Which sentences the program can print, read from its code: strings with their fields by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.shared import ROOT

WORDED_THEMSELVES = {
    # Styles, and words of pages of others.
    "crawler/browser/consent.py",
    "crawler/reading/number_words.py",
    "portal/app.py",
    "portal/report/page.py",
    # Both languages stand beside each other there, or the pages' own catalogue has them.
    "cityreach/secrecy.py",
    "embedded/libraries.py",
    "media/tone/ready.py",
    "model/platforms/definitions.py",
    "model/tables/chinese.py",
    "model/tables/heads.py",
    "operations/health/morning.py",
    "portal/alerts/letters.py",
    "portal/alerts/remedies.py",
    "portal/alerts/wording.py",
    "portal/digest/content.py",
    "portal/lines.py",
    "portal/questions.py",
    "portal/readiness.py",
    "portal/report/wording.py",
    "portal/telling.py",
    "portal/wording.py",
    "scoring/cities/rating_sheet.py",
    "scoring/publish/sentences.py",
    "scoring/publish/wording.py",
}
PAGES = (
    "crawler/new",
    "portal/api",
    "portal/asking",
    "portal/assistants",
    "portal/figures",
    "portal/web",
)
"""Printed by no command for users."""
SECTIONS = (
    "cityreach",
    "operations",
    "embedded",
    "registry",
    "scheduler",
    "store",
    "scoring",
    "media",
    "model",
    "portal",
    "crawler",
)
"""Packages with sentences of their own; the sandbox says what platforms say, the bus nothing."""
WORD = re.compile(r"(?<![\w{'`./:-])[A-Za-z][a-z’']+(?![\w}`(=])")
_FIELD = re.compile(r"\{\w*\}")
_CODE = re.compile(r"redis\.call|=>|\\[a-zA-Z(\\]|\(\?|%\(|^/|^\w+/\w+; ")
_SCRIPT = re.compile(r"=>|&&|document\.")
_LOGS = {"log", "_log", "logger"}
_QUOTED = re.compile(r"""(?<!\[)(['"]).*?\1""")
_CALLS = {"join", "map", "repr", "sorted", "len", "str", "min", "max", "sum", "many", "shown"}
_COLUMNS = re.compile(r"\w+(: [^,]+)?(, \w+(: [^,]+)?)+")


def skeleton(text: str) -> str:
    """A sentence without the names of its fields, which are free."""
    return _FIELD.sub("{}", text)


@cache
def sentences(package: str, wanted: Callable[[str], bool] | None = None) -> Mapping[str, str]:
    """The skeletons of a package's sentences, line by line, each with its first place."""
    wanted = wanted or is_sentence
    found: dict[str, str] = {}
    for path, line, text in _templates(package):
        for one in text.split("\n"):
            if wanted(one):
                found.setdefault(
                    skeleton(one.strip() if one[:2].isspace() else one), f"{path}:{line}"
                )
    return found


def is_sentence(text: str) -> bool:
    """Two words at least, and neither code nor the columns of a table."""
    plain = _FIELD.sub(" ", text)
    return " " in plain.strip() and len(WORD.findall(plain)) >= 2 and not _is_code(text)


def is_short(text: str) -> bool:
    """One word and a field: what a command fills in makes it a message too."""
    spaced = " " in text.strip() and _FIELD.search(text)
    one = len(WORD.findall(_FIELD.sub(" ", text))) == 1
    return bool(spaced) and one and not _is_code(text)


def _templates(package: str) -> Iterator[tuple[str, int, str]]:
    """Path, line and text of each message of a package, fields in braces."""
    for path in sorted((ROOT / package).rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if name in WORDED_THEMSELVES or name.startswith(PAGES):
            continue
        for line, text in _of_module(path):
            yield name, line, text


def _of_module(path: Path) -> Iterator[tuple[int, str]]:
    tree = ast.parse(path.read_text("utf-8"))
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant | ast.JoinedStr) or _is_no_message(node, above):
            continue
        text = _text(node)
        if text is not None and not _SCRIPT.search(text):
            yield node.lineno, text


def _is_code(text: str) -> bool:
    return bool(_CODE.search(text) or _COLUMNS.fullmatch(text))


def _is_no_message(node: ast.AST, above: Mapping[ast.AST, ast.AST]) -> bool:
    """Docstrings, parts of other strings, what is logged, what is compared, names of types."""
    parent = above.get(node)
    if isinstance(parent, ast.keyword) and parent.arg in {"en", "source"}:
        return True  # Its Chinese stands beside it; the name of a document.
    if isinstance(parent, ast.Dict) and _key_of(node, parent) == "en":
        return True
    if isinstance(parent, ast.Expr | ast.JoinedStr | ast.FormattedValue | ast.Compare):
        return True
    while parent is not None and not isinstance(parent, ast.stmt):
        if isinstance(parent, ast.Call) and _is_no_print(parent.func):
            return True
        parent = above.get(parent)
    return isinstance(parent, ast.AnnAssign) and node in ast.walk(parent.annotation)


def _key_of(value: ast.AST, pairs: ast.Dict) -> object:
    key = pairs.keys[pairs.values.index(value)] if value in pairs.values else None
    return key.value if isinstance(key, ast.Constant) else None


def _is_no_print(called: ast.expr) -> bool:
    """Calls whose texts go to a log, a programmer or a pattern, or that are help."""
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        return called.value.id in _LOGS or (called.value.id, called.attr) in {
            ("re", "compile"),
            ("typer", "Option"),
            ("typer", "Argument"),
            ("typer", "Typer"),
        }
    return isinstance(called, ast.Name) and called.id in {"AssertionError", "TypeError", "_option"}


def _text(node: ast.Constant | ast.JoinedStr) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    names: dict[str, str] = {}
    return "".join(
        f"{{{_field(part, names)}}}" if isinstance(part, ast.FormattedValue) else _text(part) or ""
        for part in node.values
        if isinstance(part, ast.Constant | ast.FormattedValue)
    )


def _field(part: ast.FormattedValue, names: dict[str, str]) -> str:
    """A name for what is put in: of the last name in its expression, numbered where it is taken."""
    whole = ast.unparse(part.value)
    words = re.findall(r"[A-Za-z_]\w*", _QUOTED.sub("", whole).replace("['", " ").replace("']", ""))
    ours = [word for word in words if word not in _CALLS]
    name = (ours[-1] if ours else "it").strip("_").lower()
    first, number = name, 1
    while names.get(name, whole) != whole:
        number += 1
        name = f"{first}{number}"
    names[name] = whole
    return name
