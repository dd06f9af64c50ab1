"""Calls of the Graph API: one object, several by id, a list below an object, a batch of calls.

Business discovery, which asks for Instagram accounts, goes by the same paths.
"""

from __future__ import annotations

from model.platform import PlatformName
from sandbox.facebook.batch import batch_reply
from sandbox.facebook.nodes import FacebookNodes
from sandbox.graph import errors
from sandbox.graph.api import BATCH_ENDPOINT, GraphApi, asked_fields, path_steps
from sandbox.graph.fields import Field
from sandbox.graph.versions import version_number
from sandbox.instagram.api import DISCOVERY, BusinessDiscovery
from sandbox.service.exchange import JSON_TYPE, JsonObject, PlatformRequest, Refused, Reply, listed
from sandbox.service.platform import Endpoint, ServedCall, Services

_MOST_IDS = 50


class FacebookApi(GraphApi):
    """Facebook pages and, by business discovery, Instagram accounts."""

    name = "facebook"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._nodes = FacebookNodes(services)
        self._discovery = BusinessDiscovery(services)

    def endpoints(self) -> list[Endpoint]:
        """Everything below a version; the last paths to be tried, as they match much."""
        paths = ("/", "/{version}", "/{version}/")
        return [
            *(Endpoint(BATCH_ENDPOINT, p, self.batch, "POST", resolve=which_batch) for p in paths),
            Endpoint("node", "/{version}", self.answer, resolve=which),
            self._part,
        ]

    @property
    def _part(self) -> Endpoint:
        return Endpoint("node", "/{version}/{rest:path}", self.answer, resolve=which)

    def batch(self, call: ServedCall) -> Reply:
        """POST / and /vN.N/ with `batch`: up to 50 calls, each answered and counted by itself."""
        asked = call.request.parts.get("version")
        if asked and version_number(asked) is None:
            raise Refused(errors.no_path(call.request.path))
        self.refuse_closed(call.request)
        return batch_reply(self, self._part, call)

    def answer(self, call: ServedCall) -> Reply:
        """GET /vN.N/…: an object, an edge of it, or several objects by `ids`."""
        request = call.request
        if version_number(request.parts.get("version", "")) is None:
            raise Refused(errors.no_path(request.path))
        self.refuse_closed(request)
        steps = path_steps(request)
        fields = asked_fields(request)
        if len(steps) > 2 or (not steps and "ids" not in request.params):
            raise Refused(errors.no_path(request.path))
        if not steps:
            return self._many(call, fields)
        if len(steps) == 2:
            return self._nodes.edge(call, steps[0], steps[1], fields)
        if fields and fields[0].name == DISCOVERY:
            return self._discovery.answer(call, steps[0], fields)
        return self._nodes.node(call, steps[0], fields)

    def _many(self, call: ServedCall, fields: tuple[Field, ...]) -> Reply:
        ids = listed(call.request, "ids")
        if not ids:
            raise Refused(errors.bad_value("The parameter ids is required"))
        if len(ids) > _MOST_IDS:
            message = f"Too many IDs. Maximum: {_MOST_IDS}. Provided: {len(ids)}"
            raise Refused(errors.bad_value(message))
        missing = [name for name in ids if self._nodes.find(name, call.now) is None]
        if missing:
            raise Refused(errors.no_alias(*missing))
        payload: JsonObject = {}
        for name in ids:
            payload[name] = self._nodes.node(call, name, fields).payload
        return Reply(payload, rows=payload, content_type=JSON_TYPE)


def which(request: PlatformRequest) -> tuple[PlatformName, str]:
    """The platform and endpoint of a call, told by its path and fields."""
    steps = path_steps(request)
    if len(steps) >= 2:
        return "facebook", steps[1]
    if request.params.get("fields", "").lstrip().startswith(DISCOVERY):
        return "instagram", DISCOVERY
    return "facebook", "node" if steps else "ids"


def which_batch(request: PlatformRequest) -> tuple[PlatformName, str]:
    """A batch belongs to Instagram if it asks for Instagram's accounts."""
    asked = str(request.form.get("batch", ""))
    return "instagram" if DISCOVERY in asked else "facebook", BATCH_ENDPOINT
