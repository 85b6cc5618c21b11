"""Whatever a test asks of the REST interface: its answer is held against the OpenAPI document, from which programs are generated."""

import re
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from litestar import Litestar
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from forecourt.web.api.openapi_completion import complete_description

_HOME = "urn:openapi"
_ITSELF = ("/api/v1/openapi.json", "/api/v1/reference", "/api/v1/schema")


class Document:
    """As it is served, and stricter: an answer has no field of which it says nothing."""

    def __init__(self, document: dict[str, Any]) -> None:
        for schema in document["components"]["schemas"].values():
            if "properties" in schema:
                schema["additionalProperties"] = False
        self.paths = {path: document["paths"][path] for path in sorted(document["paths"], key=lambda path: path.count("{"))}
        self.problem = document["components"]["responses"]["Problem"]
        self.registry: Registry[Any] = Registry().with_resource(_HOME, Resource(document, DRAFT202012))

    def check(self, answer: httpx.Response) -> None:
        """Fails for a call, a status, a kind of answer or a field that is not in it, or not as it says."""
        method, path = answer.request.method.lower(), answer.request.url.path
        call = self._call(method, path)
        if call is None or answer.status_code >= 400:
            assert answer.status_code >= 400, f"{method} {path} is not in the OpenAPI document"
            content = self.problem["content"]
        else:
            assert str(answer.status_code) in call["responses"], f"{method} {path}: {answer.status_code} is not in the OpenAPI document"
            content = call["responses"][str(answer.status_code)].get("content", {})
        if not content and not answer.content:
            return
        kind = answer.headers["content-type"].split(";")[0]
        assert kind in content, f"{method} {path}: {kind} is not in the OpenAPI document"
        if kind.endswith("json"):
            wrong = next(self._validator(content[kind]["schema"]).iter_errors(answer.json()), None)
            assert wrong is None, f"{method} {path}: {wrong.json_path}: {wrong.message}"

    @cache  # noqa: B019 - one document lives as long as the tests
    def _call(self, method: str, path: str) -> dict[str, Any] | None:
        fits = (item for known, item in self.paths.items() if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known), path))
        return next((item[method] for item in fits if method in item), None)

    def _validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        return Draft202012Validator(_absolute(schema), registry=self.registry)


@cache
def document_of(app: Litestar) -> Document:
    return Document(complete_description(app.openapi_schema.to_schema()))


def matches_document(app: Litestar, answer: httpx.Response) -> None:
    path = answer.request.url.path
    if path.startswith("/api/v1/") and not path.startswith(_ITSELF) and answer.request.method != "OPTIONS":
        answer.read()
        document_of(app).check(answer)


def _absolute(schema: Any) -> Any:
    """References of a part of the document, as seen from elsewhere."""
    if isinstance(schema, dict):
        return {key: f"{_HOME}{value}" if key == "$ref" else _absolute(value) for key, value in schema.items()}
    return schema
