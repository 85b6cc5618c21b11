"""The description of the REST interface: OpenAPI for programs, a page for people."""

from typing import Any

from litestar import Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import (
    Components,
    License,
    OAuthFlow,
    OAuthFlows,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Reference,
    Schema,
    SecurityScheme,
)
from litestar.response import Response
from litestar.types import Method
from litestar.types.internal_types import PathParameterDefinition

from forecourt.drivers import AppScope
from forecourt.web.api.openapi_completion import complete_description
from forecourt.web.api.openapi_webhooks import webhook_paths
from forecourt.web.api.shared import READS
from forecourt.web.frame.responses import WebRequest, page

_ABOUT = (
    "Runs EV charging: places and prices, bookings, charges, bills, and what an operator sets up. Energy is in Wh, power in W, money is "
    "decimal text with its currency (ISO 4217), instants are RFC 3339. Unknown fields in requests are refused. Expect new fields, and "
    "new values for states and kinds, in answers."
)
_TEXT = Schema(type=OpenAPIType.STRING)
_PROBLEM = OpenAPIResponse(
    description="What was refused, and what to do (RFC 9457); nothing was changed. 400: invalid request, 401: no valid token, "
    "403: not allowed, 404: not found or not yours, 409: not possible now, 412: changed since you read it, 422: not possible, "
    "429: too many attempts, 503: temporarily unavailable.",
    content={
        "application/problem+json": OpenAPIMediaType(
            schema=Schema(
                type=OpenAPIType.OBJECT,
                required=["type", "status", "code", "title", "detail", "remedy"],
                properties={
                    "type": _TEXT,
                    "status": Schema(type=OpenAPIType.INTEGER),
                    "code": Schema(type=OpenAPIType.STRING, description="For programs: stays the same when the wording changes."),
                    "title": _TEXT,
                    "detail": Schema(type=OpenAPIType.STRING, description="For people: what happened, in the requested language."),
                    "remedy": Schema(type=OpenAPIType.STRING, description="For people: what to do about it; may be empty."),
                    "errors": Schema(
                        type=OpenAPIType.ARRAY,
                        description="With `malformed`: the invalid fields.",
                        items=Schema(type=OpenAPIType.OBJECT, required=["field", "message"], properties={"field": _TEXT, "message": _TEXT}),
                    ),
                    "reference": Schema(type=OpenAPIType.STRING, description="With 500: the reference to quote when you ask about it."),
                },
            )
        )
    },
)


@get("/openapi.json", sync_to_thread=False, include_in_schema=False)
def openapi_json(request: WebRequest) -> Response[Any]:
    """The OpenAPI 3.1 description of all this."""
    return Response(_described(request), media_type="application/vnd.oai.openapi+json")


@get("/reference", sync_to_thread=True, include_in_schema=False)
def reference_page(request: WebRequest) -> Response[str]:
    """How to use it, drawn from the schema itself: no scripts from elsewhere."""
    calls = [
        {"method": method.upper(), "path": path, "summary": call.get("summary", ""), "text": call.get("description", "")}
        for path, item in _described(request)["paths"].items()
        for method, call in item.items()
    ]
    return page(request, "reference.html", calls=calls, tab="account")


def openapi() -> OpenAPIConfig:
    schemes: dict[str, SecurityScheme | Reference] = {
        "token": SecurityScheme(type="http", scheme="bearer", description="An API token from your account page."),
        "oauth2": SecurityScheme(
            type="oauth2",
            description="For third-party apps that act for a driver, with PKCE and without a secret. For what belongs to a driver.",
            flows=OAuthFlows(
                authorization_code=OAuthFlow(
                    authorization_url="/oauth/authorize",
                    token_url="/oauth/token",  # noqa: S106 - an address
                    refresh_url="/oauth/token",
                    scopes={
                        AppScope.DRIVER.value: "Both of the others.",
                        AppScope.READ.value: "See what belongs to a driver.",
                        AppScope.WRITE.value: "Book, charge, pay and change things for a driver.",
                    },
                )
            ),
        ),
    }
    return OpenAPIConfig(
        title="Forecourt",
        version="1",
        description=_ABOUT,
        license=License(name="Apache License 2.0", identifier="Apache-2.0"),
        path="/api/v1/schema",
        render_plugins=[_Description(path="/openapi.json")],
        components=Components(security_schemes=schemes, responses={"Problem": _PROBLEM}),
        security=list(READS),
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
        webhooks=webhook_paths(),
    )


def _operation_id(handler: HTTPRouteHandler, method: Method, path: list[str | PathParameterDefinition]) -> str:
    """The handler's own name: unique in the interface, a verb and a noun, as in `list_bookings`."""
    return handler.handler_name


def _described(request: WebRequest) -> dict[str, Any]:
    return complete_description(request.app.openapi_schema.to_schema())


class _Description(JsonRenderPlugin):
    def render(self, request: WebRequest, openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, complete_description(openapi_schema))


routes = Router("/api/v1", route_handlers=[openapi_json, reference_page])
