"""Optional libraries, loaded only where they are used."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from scoring.errors import ExtraMissing


def load_extra(module: str, *, purpose: str, extra: str = "analysis") -> ModuleType:
    """The module; raises ExtraMissing saying what to install and what for."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        top = module.partition(".")[0]
        raise ExtraMissing(
            f"{purpose} needs {top}: `make .venv/.{extra}` installs it, or the extra `{extra}`"
        ) from error
