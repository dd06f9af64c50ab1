"""The portal of a rehearsal, where its libraries are installed."""

from __future__ import annotations

from collections.abc import Callable

from operations.rehearsal.world_run import DemoRun
from operations.remedies import GET_PORTAL
from operations.running.installed import portal_installed


def open_portal_if_installed(
    run: DemoRun, month: str, say: Callable[[str], None], port: int | None = None
) -> None:
    """Starts it, and says its address and one-time passwords; or what is lacking."""
    if not portal_installed():
        say(f"no portal: {GET_PORTAL}")
        return
    # Imported late: its libraries are an extra.
    from operations.rehearsal.readers import open_portal

    open_portal(run, month, say, port)
