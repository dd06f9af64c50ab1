"""Reads every query of Prometheus' rules and of Grafana's dashboards by the grammar of PromQL.

    python deploy/queries.py FOLDER

FOLDER is deploy/monitoring. Runs in the environment of requirements-tools.lock; prints one line a
query that cannot be read, and then ends with 1.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Query = tuple[str, str]
"""Where it stands, and its text."""


def of_rules(file: Path) -> Iterator[Query]:
    """Those of alerts and of recorded series."""
    for group in yaml.safe_load(file.read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            name = rule.get("alert") or rule["record"]
            yield f"{file.name}, {name}", rule["expr"]


def of_dashboard(file: Path) -> Iterator[Query]:
    """Those of its panels; variables of Grafana's own stand for a length of time."""
    board: dict[str, Any] = json.loads(file.read_text("utf-8"))
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            query = target["expr"].replace("$__rate_interval", "5m").replace("$__interval", "1m")
            yield f"{file.name}, {panel['title']}", query


def queries(folder: Path) -> Iterator[Query]:
    """All of the folder."""
    yield from of_rules(folder / "alerts.yml")
    for file in sorted(folder.rglob("*.json")):
        yield from of_dashboard(file)


def unreadable(folder: Path) -> Iterator[str]:
    """One line a query that PromQL's grammar refuses."""
    import promql_parser

    for where, query in queries(folder):
        try:
            promql_parser.parse(query)
        except ValueError as error:
            yield f"{where}: {query!r}: {error}"


if __name__ == "__main__":
    found = list(unreadable(Path(sys.argv[1])))
    sys.stdout.writelines(f"{line}\n" for line in found)
    sys.exit(1 if found else 0)
