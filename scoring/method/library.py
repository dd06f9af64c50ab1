"""Method files: the ones that ship with the project, and any other by its path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from model.platforms import FACTS
from model.tables.toml_text import MAX_CHARACTERS
from scoring.errors import MethodError, MethodProblem, UnknownName
from scoring.method.file import (
    Defaults,
    Exponents,
    IndicatorEntry,
    MethodFile,
    Names,
    PresetEntry,
    check_shape,
    parse,
)
from scoring.method.tree import ROOT, Bounds, Method, Node, Preset, Title
from scoring.method.tree_checks import tree_problems

_FOLDER = Path(__file__).parents[1] / "methods"


def methods() -> list[Method]:
    """The methods that ship with the project, by id."""
    return [load_method(path) for path in sorted(_FOLDER.glob("*.toml"))]


def method_ids() -> list[str]:
    """Ids of the methods that ship with the project."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def load_method(id_or_path: str | Path) -> Method:
    """A method by its id, or from a file (`.toml`).

    Raises MethodError with every fault of the file, UnknownName if there is no such method.
    """
    return read_method(method_text(id_or_path), Path(id_or_path).name)


def method_text(id_or_path: str | Path) -> str:
    """The text of a method's file. Raises MethodError if it cannot be read, UnknownName."""
    path = Path(id_or_path)
    if path.suffix != ".toml":
        path = _FOLDER / f"{id_or_path}.toml"
        if str(id_or_path) not in method_ids():
            raise UnknownName("method", str(id_or_path), method_ids())
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(MAX_CHARACTERS + 1)
    except OSError as error:
        problem = MethodProblem(f"cannot be read: {error.strerror or error}")
        raise MethodError(str(id_or_path), [problem]) from error
    except UnicodeDecodeError as error:
        raise MethodError(path.name, [MethodProblem(f"not UTF-8: {error}")]) from error
    return text


def read_method(text: str, source: str = "method") -> Method:
    """A method from the text of a method file; raises MethodError with every fault of it."""
    values, lines, problems = parse(text)
    if not problems:
        file, problems = check_shape(values, lines)
        problems.extend(tree_problems(values, lines))
        if file is not None:
            presets = [_preset(entry) for entry in file.preset]
            problems.extend(_preset_problems(file, presets))
            if not problems:
                return _method(file, presets)
    raise MethodError(source, sorted(set(problems), key=_by_line))


def _by_line(problem: MethodProblem) -> tuple[int, str, str]:
    return (10**9 if problem.line is None else problem.line, problem.code or "", problem.message)


def _method(file: MethodFile, presets: list[Preset]) -> Method:
    entries = {entry.code: entry for entry in file.indicator}
    root = entries.pop(ROOT, IndicatorEntry(code=ROOT, name=file.title))
    parents = {entry.parent for entry in entries.values()}
    nodes = [_node(root, file.defaults, None, inner=True)]
    for entry in entries.values():
        nodes.append(_node(entry, file.defaults, entry.parent, inner=entry.code in parents))
    return Method(
        id=file.id,
        version=file.version,
        source=file.source,
        title=_title(file.title, file.id),
        ordered=file.ordered,
        nodes=tuple(nodes),
        presets=tuple(presets),
        bounds=Bounds(**file.bounds.model_dump()),
        contributors=tuple(_title(one, "") for one in file.contributors),
    )


def _node(entry: IndicatorEntry, defaults: Defaults, parent: str | None, *, inner: bool) -> Node:
    def given(own: object, default: object) -> object:
        return default if own is None else own

    settled = {
        key: given(getattr(entry, key), getattr(defaults, key)) for key in Defaults.model_fields
    }
    return Node(
        code=entry.code,
        parent=parent,
        weight=entry.weight,
        name=_node_title(entry),
        measure=None if inner else entry.measure or entry.code,
        denominator=None if inner else entry.denominator,
        **settled,  # type: ignore[arg-type]
    )


def _node_title(entry: IndicatorEntry) -> Title:
    """Its names; a platform's node without any has the platform's."""
    facts = FACTS.get(entry.code)
    if facts is None or entry.name.zh or entry.name.en:
        return _title(entry.name, entry.code)
    return Title(zh=facts.zh, en=facts.en)


def _title(names: Names, fallback: str) -> Title:
    return Title(zh=names.zh or names.en or fallback, en=names.en or names.zh or fallback)


def _preset(entry: PresetEntry) -> Preset:
    weights = dict(entry.weights) or _computed(entry)
    return Preset(entry.id, entry.since, entry.source, weights)


def _computed(entry: PresetEntry) -> Mapping[str, float]:
    """Weights from users^a · activity^b · relevance^c, scaled to a sum of 1."""
    power = entry.exponents or Exponents()
    raw = {
        code: f.users**power.users * f.activity**power.activity * f.relevance**power.relevance
        for code, f in entry.figures.items()
    }
    total = sum(raw.values())
    return {code: value / total for code, value in raw.items()}


def _preset_problems(file: MethodFile, presets: list[Preset]) -> list[MethodProblem]:
    codes = {entry.code for entry in file.indicator}
    found = []
    for entry, preset in zip(file.preset, presets, strict=True):
        where = f"preset {preset.id!r} since {preset.since}"
        if not preset.weights or (entry.weights and entry.figures):
            found.append(MethodProblem(f"{where}: give either weights or figures"))
        for code in sorted(preset.weights.keys() - codes):
            found.append(MethodProblem(f"{where}: {code!r} is not an indicator", code=code))
    return found
