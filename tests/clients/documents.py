"""The platforms' own machine-readable descriptions as JSON Schema, closed and strict.

OpenAPI 3.0 and Google's discovery documents each have a dialect of their own; both are brought to
the 2020-12 draft here. Objects whose properties are listed may have no others.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.protocols import Validator

Json = dict[str, Any]
_formats = FormatChecker(formats=())
_NUMBERS = {"int64": r"^-?[0-9]{1,19}$", "uint64": r"^[0-9]{1,20}$"}
"""Numbers that Google writes as strings."""


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


_formats.checks("date-time", raises=ValueError)(_is_moment)


def problems(validator: Validator, value: Any) -> list[str]:
    """What is wrong with a value, each with its place."""
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


class OpenApi:
    """An OpenAPI 3.0 document."""

    def __init__(self, document: Json) -> None:
        self._paths: Json = document["paths"]
        self._parameters: Json = document["components"]["parameters"]
        named = document["components"]["schemas"]
        self._kinds = {
            _last(kind): {"$ref": target}
            for kind, target in named["Problem"]["discriminator"]["mapping"].items()
        }
        closing = _Closing(named)
        self._schemas = {name: closing.component(name) for name in named}

    def validator(self, path: str, status: str, content_type: str) -> Validator:
        """Of the answers of a GET call."""
        content = self._paths[path]["get"]["responses"][status]["content"]
        return self._validator(content[content_type]["schema"])

    def problem(self, kind: str) -> Validator:
        """Of a problem of this type. Raises KeyError if the document does not know the type.

        The two documents name the types under two hosts, and so only the last part counts.
        """
        return self._validator(self._kinds[_last(kind)])

    def parameters(self, path: str) -> set[str]:
        """The names of the parameters that a GET call takes in its query."""
        listed = self._paths[path]["get"]["parameters"]
        full = [self._parameters[_last(i["$ref"])] if "$ref" in i else i for i in listed]
        return {str(parameter["name"]) for parameter in full if parameter["in"] == "query"}

    def _validator(self, schema: Json) -> Validator:
        whole = {**schema, "components": {"schemas": self._schemas}}
        return Draft202012Validator(whole, format_checker=_formats)


def _last(path: str) -> str:
    return path.rpartition("/")[2]


class _Closing:
    """Brings schemas of OpenAPI 3.0 to today's words, and closes their objects."""

    def __init__(self, named: Json) -> None:
        self._named = named

    def component(self, name: str) -> Any:
        """A named schema: where it stands for several kinds, the kind decides.

        Problems are open, as each kind of them may say more than all have in common.
        """
        schema = self._named[name]
        if "Problem" in name or "discriminator" not in schema:
            return self.plain(schema, closed="Problem" not in name)
        key, kinds = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
        return {
            "required": [key],
            "properties": {key: {"enum": list(kinds)}},
            "allOf": [
                {"if": {"properties": {key: {"const": kind}}}, "then": {"$ref": target}}
                for kind, target in kinds.items()
            ],
        }

    def plain(self, schema: Any, *, closed: bool) -> Any:
        """A schema, or any part of one."""
        if isinstance(schema, list):
            return [self.plain(item, closed=closed) for item in schema]
        if not isinstance(schema, dict):
            return schema
        schema = self._merged(schema)
        plain = {
            key: self._each(value, closed=closed)
            if key == "properties"
            else self.plain(value, closed=closed)
            for key, value in schema.items()
            if key not in ("example", "discriminator", "nullable")
        }
        if closed and "properties" in plain:
            plain.setdefault("additionalProperties", False)
        return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") else plain

    def _each(self, properties: Json, *, closed: bool) -> Json:
        return {name: self.plain(schema, closed=closed) for name, schema in properties.items()}

    def _merged(self, schema: Json) -> Json:
        """Several objects that hold together, as the one that they are; others as they were."""
        if "allOf" not in schema:
            return schema
        one: Json = {"type": "object", "properties": {}, "required": []}
        for part in schema["allOf"]:
            whole = self._merged(self._named[_last(part["$ref"])] if "$ref" in part else part)
            one["properties"].update(whole["properties"])
            one["required"].extend(whole.get("required", []))
        return one


class Discovery:
    """A discovery document of Google."""

    def __init__(self, document: Json) -> None:
        self.revision: str = document["revision"]
        self._resources: Json = document["resources"]
        self._schemas = {name: _plain(value) for name, value in document["schemas"].items()}

    def validator(self, resource: str) -> Validator:
        """Of the answers of a resource's list call."""
        name = self._resources[resource]["methods"]["list"]["response"]["$ref"]
        whole = {"$ref": f"#/$defs/{name}", "$defs": self._schemas}
        return Draft202012Validator(whole, format_checker=_formats)


def _plain(schema: Json) -> Json:
    """A schema of a discovery document as JSON Schema."""
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    plain: Json = {} if schema["type"] == "any" else {"type": schema["type"]}
    if "enum" in schema:
        plain["enum"] = schema["enum"]
    if schema["type"] == "string" and schema.get("format") in _NUMBERS:
        plain["pattern"] = _NUMBERS[schema["format"]]
    elif "format" in schema:
        plain["format"] = schema["format"]
    if "items" in schema:
        plain["items"] = _plain(schema["items"])
    if "properties" in schema:
        plain["properties"] = {name: _named(name, v) for name, v in schema["properties"].items()}
        plain["additionalProperties"] = False
    if "additionalProperties" in schema:
        plain["additionalProperties"] = _plain(schema["additionalProperties"])
    return plain


def _named(name: str, schema: Json) -> Json:
    """A property. The default of `kind` is the one value that it has."""
    fixed = {"const": schema["default"]} if name == "kind" and "default" in schema else {}
    return {**_plain(schema), **fixed}
