"""Asks the portal's API with a token: what it opens and what it does not is decided there."""

from __future__ import annotations

from typing import Any

import httpx

_PATIENCE = 30.0
"""Seconds: a month that was not read since the portal began is computed first."""


class NotGiven(Exception):
    """The portal did not give it; the text says why, for the assistant to pass on."""


class PortalApi:
    """The addresses under `/api/v1`."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"authorization": f"Bearer {token}", "accept-encoding": "gzip"}
        self._client = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1", headers=headers, timeout=_PATIENCE
        )

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """What an address gives. Raises NotGiven."""
        given = {name: value for name, value in query.items() if value is not None}
        try:
            answer = self._client.get(path, params=given)
        except httpx.HTTPError as error:
            raise NotGiven(f"the portal does not answer: {error}") from None
        if answer.status_code == 200:
            found: dict[str, Any] = answer.json()
            return found
        raise NotGiven(_why(answer))

    def close(self) -> None:
        """The connection."""
        self._client.close()


def _why(answer: httpx.Response) -> str:
    if answer.status_code == 401:
        return "the token is not in force: `cityreach token create` makes one"
    if answer.status_code == 403:
        return "this token does not open that"
    try:
        told = answer.json()
    except ValueError:
        return f"the portal answered {answer.status_code}"
    parts = [str(told.get("title", answer.status_code))]
    if told.get("field"):
        parts.append(f"{told['field']}: {told.get('detail', '')}")
    if told.get("near"):
        parts.append("nearest: " + ", ".join(map(str, told["near"])))
    return "; ".join(parts)
