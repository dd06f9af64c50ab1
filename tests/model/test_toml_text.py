"""Every file of TOML that people bring is bounded before it is parsed: each reader, each kind
of attack."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.alerts import checks
from portal.alerts.rules import RuleError
from scheduler.plan import PlanError
from scheduler.plans import load_plans
from scoring.cities.rubric import load_rubric
from scoring.errors import TableError

MOST = 1.0
"""Seconds of the processor."""
READERS: dict[str, tuple[Callable[[Path], object], type[Exception]]] = {
    "rules of alerts": (checks.load, RuleError),
    "a plan": (lambda path: load_plans(str(path)), PlanError),
    "a rubric": (load_rubric, TableError),
}
ATTACKS: dict[str, bytes] = {
    "brackets": b"a = " + b"[" * 100_000,
    "dotted": b".".join([b"a"] * 50_000) + b" = 1",
    "dotted header": b"[" + b".".join([b"a"] * 50_000) + b"]",
    "digits": b"a = " + b"9" * 100_000,
    "large": b"#" * 20_000_000,
    "many values": b"a = [" + b"1," * 400_000 + b"]",
    "no UTF-8": b'a = "\xff"',
    "cut": b'a = """',
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("attack", ATTACKS)
def test_it_is_refused_in_a_sentence(reader: str, attack: str, tmp_path: Path) -> None:
    read, error = READERS[reader]
    path = tmp_path / "attack.toml"
    path.write_bytes(ATTACKS[attack])
    begun = time.thread_time()
    with pytest.raises(error) as caught:
        read(path)
    assert time.thread_time() - begun < MOST
    assert len(str(caught.value)) < 500
    assert "attack.toml" in str(caught.value)
