"""Completes the framework's description of the REST interface: programs are generated from it, and people read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from litestar._openapi.schema_generation import SchemaCreator
from litestar._openapi.schema_generation.plugins.struct import StructSchemaPlugin
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIFormat
from litestar.typing import FieldDefinition

from forecourt.drivers import AppScope

_PROBLEM = {"$ref": "#/components/responses/Problem"}
_ETAG = "Changes with the answer. Sent again as `If-None-Match`, an unchanged answer is a 304 without content."
_WRITES = [{"token": []}, {"oauth2": [AppScope.WRITE.value]}]
_DONE = {
    "200": "The current state.",
    "201": "Created.",
    "202": "Accepted; the result is shown later.",
    "204": "Done; there is nothing to return.",
}


class DescribedStructs(StructSchemaPlugin):
    """Adds class docstrings as descriptions, and marks all fields of responses as required, where OpenAPI would treat fields with a default
    as optional."""

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: SchemaCreator) -> Schema:
        schema = super().to_openapi_schema(field_definition, schema_creator)
        kind, config = field_definition.annotation, field_definition.annotation.__struct_config__
        schema.description = " ".join((kind.__doc__ or "").split()) or None
        if not config.forbid_unknown_fields and not config.omit_defaults:  # answered, never sent
            schema.required = sorted(kind.__struct_encode_fields__)
        return schema


@dataclass
class WithFiles(Operation):
    """One address for a document as JSON and, with an ending after its number, for its files."""

    files: ClassVar[tuple[str, ...]] = ("application/pdf", "application/xml")

    def __post_init__(self) -> None:
        file = OpenAPIMediaType(Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        for answer in (self.responses or {}).values():
            if content := getattr(answer, "content", None):
                content.update(dict.fromkeys(self.files, file))


@dataclass
class WithPdf(WithFiles):
    files: ClassVar[tuple[str, ...]] = ("application/pdf",)


@dataclass
class WithZip(WithFiles):
    files: ClassVar[tuple[str, ...]] = ("application/zip",)


@dataclass
class WithCreation(Operation):
    """A PUT that creates what does not exist."""

    def __post_init__(self) -> None:
        if self.responses:
            self.responses["201"] = self.responses["200"]


def complete_description(description: dict[str, Any]) -> dict[str, Any]:
    """A completed copy. All errors are problem documents; headers, and optional query parameters, are described as OpenAPI requires;
    alternatives are "any of", as a value can match two: 5 is an integer and a number."""
    whole: dict[str, Any] = _any_of(description)
    for item in whole["paths"].values():
        for method, call in item.items():
            if method != "get":
                call.setdefault("security", _WRITES)
        if answers := item.get("get", {}).get("responses"):
            answers["200"].setdefault("headers", {})["ETag"] = {"schema": {"type": "string"}, "description": _ETAG}
            answers["304"] = {"description": "Unchanged since the answer whose ETag was sent as `If-None-Match`."}
    for call in _calls(whole):
        call["responses"].pop("400", None)
        for status, answer in call["responses"].items():
            answer["description"] = _DONE.get(status, answer["description"])
            for header in answer.get("headers", {}).values():
                header.setdefault("schema", {"type": "string"})
        call["responses"]["default"] = _PROBLEM
        for parameter in call.get("parameters", []):
            _drop_null(parameter["schema"])
    whole["tags"] = [{"name": name} for name in sorted({name for call in _calls(whole) for name in call["tags"]})]
    return whole


def _calls(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in description["paths"].values():
        yield from item.values()


def _any_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {"anyOf" if key == "oneOf" else key: _any_of(one) for key, one in value.items()}
    return [_any_of(one) for one in value] if isinstance(value, list) else value


def _drop_null(schema: dict[str, Any]) -> None:
    """A query parameter is present or not: it is never null."""
    given = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(given) == 1 and len(schema["anyOf"]) == 2:
        del schema["anyOf"]
        schema.update(given[0])
