"""One more planner of the same month, as a process of its own; plans without a pause."""

from __future__ import annotations

from cityreach.cli.parts import stop_on_signals
from cityreach.runtime import open_runtime
from cityreach.settings import load_settings
from operations.rehearsal.patience import patiently
from tests.long.month_plan import PERIOD, PLAN


def main() -> None:
    """Blocks until SIGTERM."""
    stop, settings = stop_on_signals(), load_settings(None)
    runtime, period = open_runtime(settings), settings.period(PERIOD)
    planner = runtime.planner(PLAN)
    while not stop.wait(0.05):
        patiently(lambda: planner.run_periods([period]), stop)


if __name__ == "__main__":
    main()
