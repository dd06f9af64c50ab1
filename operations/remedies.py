"""What to do about each outcome and each alert."""

from __future__ import annotations

from collections.abc import Mapping

from model.messages import Outcome
from portal.alerts.remedies import outcome_remedy

GET_BROWSER = (
    "`make .venv/.browser` sets one up, or install the extra `browser` and chromium-headless-shell "
    "(a package of Debian), or name one by CITYREACH_CRAWLER__BROWSER__EXECUTABLE"
)
"""What to do where public pages cannot be opened."""
GET_PORTAL = (
    "install the extra `portal` (`make .venv/.local` does), or set CITYREACH_PORTAL__ENABLED=false"
)
"""What to do where the portal's libraries are not there."""

REMEDIES: Mapping[Outcome, str] = {
    outcome: told for outcome in Outcome if (told := outcome_remedy(outcome))
}
"""By the outcome of a visit; nothing for those that need none."""
