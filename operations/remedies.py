"""What to do about each outcome and each alert."""

from __future__ import annotations

from collections.abc import Mapping

from model.messages import Outcome

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
    Outcome.TOKEN_INVALID: "replace the token, then restart the crawlers; `cityreach doctor "
    "--online` tries it out",
    Outcome.FORBIDDEN: "the credential lacks a permission (`cityreach doctor` names it), or "
    "robots.txt or the platform does not let its public pages be read this way; see the detail",
    Outcome.GONE: "check whether the account was closed or renamed; "
    "it counts as gone after two visits a day apart",
    Outcome.RENAMED: "take over the new handle in the registry",
    Outcome.CHANGED_SHAPE: "the platform answers in a new form; the raw answers are kept, "
    "update CityReach and map them again",
    Outcome.RATE_LIMITED: "wait, or add a credential; visits are retried automatically",
    Outcome.QUOTA_SPENT: "wait for the platform's next day, or raise the quota",
    Outcome.SERVER_ERROR: "the platform has trouble; visits are retried automatically",
    Outcome.TIMEOUT: "the platform answers slowly; visits are retried automatically",
    Outcome.PROXY_FAILED: "is the proxy of the detail running, and are its user and password right "
    "(CITYREACH_PROXY, or the platform's CITYREACH_…__PROXY)? Visits are retried automatically",
    Outcome.EMPTY_UNEXPECTED: "an empty answer where posts were expected; tried again",
    Outcome.LOGIN_WALL: "the page asks for a login; use the official route",
    Outcome.CHALLENGE: "the page asks for a proof; use the official route",
    Outcome.GAVE_UP: "see the detail of the visit; `cityreach status` lists the latest",
}

ALERT_REMEDIES: Mapping[str, str] = {
    "no_reading": "`cityreach visits list --failed` says why; are crawlers and writer running?",
    "schema_drift": "update CityReach; `cityreach replay` maps the kept answers again",
    "quota_forecast": "`cityreach quota` says how it stands: raise the budget, add a credential or "
    "take a thriftier plan",
    "refused_token": "replace the token, then restart the crawlers; `cityreach doctor --online` "
    "tries it out",
    "token_expiring": "put a new token in its place and restart the crawlers",
    "queue_age": "are its crawlers, or the writer, running? `cityreach up` starts all",
    "dead_letters": "`cityreach visits dead` says why; `cityreach visits requeue --dead` sends "
    "back what can be read",
    "lost_letters": "mend what `cityreach visits dead` names; `cityreach gaps` names "
    "what is missing",
    "no_scheduler": "start `cityreach up`, or `cityreach schedule`",
    "disk": "make room, or move the data directory to a larger disk",
    "queue_memory": "is a writer running and MongoDB there? Otherwise raise the server's maxmemory",
    "nothing_runs": "start `cityreach up`",
    "coverage": "`cityreach gaps --period` names what is missing and why",
}
"""By the check of an alert's rule; those about outcomes have the outcome's remedy."""


def alert_remedy(check: str, facts: Mapping[str, object]) -> str:
    """What to do about a problem that a rule has found."""
    outcome = facts.get("outcome")
    if isinstance(outcome, str):
        return REMEDIES.get(Outcome(outcome), "")
    return ALERT_REMEDIES.get(check, "")
