"""The sandbox of a rehearsal from the command line: what shall go wrong, and when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from model.platforms import PLATFORMS, platform_named
from operations.errors import Failed, UsageError
from sandbox.service.access import TOKEN_HEADER
from sandbox.service.faults import Fault, FaultKind

_KEYS = tuple(name for name in Fault.__struct_fields__ if name != "kind")
_NO_PLATFORM = ("*", "gdelt")
"""What else a fault may concern."""


def fault_rows(data_dir: Path) -> list[dict[str, Any]]:
    """The faults in force, and how many calls each has hit."""
    return [
        {"kind": one["fault"]["kind"], "hits": one["hits"], "fault": _plain(one["fault"])}
        for one in _asked(data_dir, "GET")
    ]


def _plain(fault: dict[str, Any]) -> str:
    said = {k: v for k, v in fault.items() if k != "kind" and v not in (None, "", "*", [], 0)}
    return " ".join(f"{name}={value}" for name, value in said.items())


def add_fault(data_dir: Path, kind: str, given: Sequence[str]) -> None:
    """One more fault; `given` are `key=value`. Raises UsageError, for a value that cannot be taken
    in the sandbox's own words."""
    if kind not in list(FaultKind):
        raise UsageError(f"faults add {kind}: expected one of {', '.join(FaultKind)}")
    fault: dict[str, Any] = {"kind": kind}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign:
            raise UsageError(f"{text!r}: expected KEY=VALUE, for instance platform=x or ratio=0.1")
        if name not in _KEYS:
            raise UsageError(f"faults add {text}: expected one of {', '.join(_KEYS)} before =")
        fault[name] = _value(name, value)
    _asked(data_dir, "POST", fault)


def _value(name: str, text: str) -> Any:
    if name == "fields":
        return text.split(",")
    if name == "platform" and text not in _NO_PLATFORM:
        platform = platform_named(text)
        if platform is None:
            raise UsageError(f"platform {text!r}: expected one of {', '.join(PLATFORMS)}")
        return platform
    if name in ("platform", "endpoint", "route", "match", "account", "handle"):
        return text
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def clear_faults(data_dir: Path) -> None:
    """Ends them all."""
    _asked(data_dir, "DELETE")


def _asked(data_dir: Path, method: str, body: Any = None) -> list[dict[str, Any]]:
    try:
        url = (data_dir / "sandbox").read_text("utf-8")
        token = (data_dir / "sandbox-token").read_text("utf-8")
    except OSError:
        raise _no_sandbox() from None
    try:
        # Not by the environment's proxy: the sandbox is on this machine.
        with httpx.Client(trust_env=False, timeout=30) as client:
            answer = client.request(
                method, f"{url}/_sandbox/faults", json=body, headers={TOKEN_HEADER: token}
            )
    except httpx.HTTPError:
        raise _no_sandbox() from None
    if answer.status_code == 400:
        raise UsageError(answer.json()["error"])
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()["faults"]
    return found


def _no_sandbox() -> Failed:
    return Failed("no sandbox is running here: start `cityreach demo --keep` or `cityreach try`")
