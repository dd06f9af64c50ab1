"""Where there can be no hosts, the tests that take them say why."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.hosts.network import why_not


def test_without_root_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert why_not() == "needs root: it makes network namespaces"


def test_without_iproute2_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert why_not() == "needs ip and tc (iproute2)"
