"""Webhooks in the description of the REST interface: the signed calls that we make to an operator's own system."""

from dataclasses import fields
from datetime import datetime
from typing import get_type_hints

from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    PathItem,
    Reference,
    RequestBody,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIFormat

from forecourt.kernel import Money
from forecourt.notices import EVENTS, NoticeContent, NoticeKind

_TEXT = Schema(type=OpenAPIType.STRING)
_WHOLE = Schema(type=OpenAPIType.INTEGER)
_INSTANT = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE_TIME)
_ID = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.UUID)
_NOTHING = Schema(type=OpenAPIType.NULL)
_AMOUNT = Schema(
    type=OpenAPIType.OBJECT,
    description="In minor units: 1234 EUR is 12.34 euros.",
    required=["minor", "currency"],
    properties={"minor": _WHOLE, "currency": _TEXT},
)
_SIGNATURE = "`t=<unix seconds>,v1=<hex>`, HMAC-SHA256 of time, dot and body. Two v1 while a secret is being replaced: one is enough."
_SITE = "The short name of the site it is about; null if it is about none, or several."
_FIELDS = {
    str: _TEXT,
    int: _WHOLE,
    bool: Schema(type=OpenAPIType.BOOLEAN),
    datetime | None: Schema(any_of=[_INSTANT, _NOTHING]),
    Money | None: Schema(any_of=[_AMOUNT, _NOTHING]),
}
_EVENTS = [kind.value for kind in (*EVENTS, NoticeKind.TEST)]


def webhook_paths() -> dict[str, PathItem | Reference]:
    """The one call by which every event is sent: the messengers' Call, as OpenAPI describes it."""
    headers: list[Parameter | Reference] = [
        Parameter("Forecourt-Event", "header", _TEXT, "The `id`: the same for every attempt, another for each webhook.", required=True),
        Parameter(
            "Forecourt-Signature",
            "header",
            _TEXT,
            _SIGNATURE,
            required=True,
        ),
    ]
    call = Operation(
        tags=["Back office"],
        operation_id="receive_event",
        summary="What a webhook receives",
        description="Posted to each webhook that receives the event. Anything not answered with 2xx is sent again for two days.",
        parameters=headers,
        request_body=RequestBody({"application/json": OpenAPIMediaType(_body())}, required=True),
        responses={"204": OpenAPIResponse(description="Accepted, like any other 2xx answer.")},
        security=[],
    )
    return {"event": PathItem(post=call)}


def _body() -> Schema:
    may_lack = Schema(any_of=[_ID, _NOTHING])
    known = {
        "id": _ID,
        "event": Schema(type=OpenAPIType.STRING, description=f"Expect new ones. So far: {', '.join(_EVENTS)}."),
        "made_at": _INSTANT,
        "webhook_id": _ID,
        "site": Schema(any_of=[_TEXT, _NOTHING], description=_SITE),
        "driver_id": may_lack,
        "document_id": may_lack,
        "payment_id": may_lack,
        "partner_id": may_lack,
        "path": Schema(type=OpenAPIType.STRING, description="The page it leads to; may be empty."),
        "says": _content_schema(),
    }
    return Schema(type=OpenAPIType.OBJECT, required=list(known), properties=dict(known))


def _content_schema() -> Schema:
    kinds, names = get_type_hints(NoticeContent), [one.name for one in fields(NoticeContent)]
    about = " ".join((NoticeContent.__doc__ or "").split())
    return Schema(type=OpenAPIType.OBJECT, description=about, required=names, properties={name: _FIELDS[kinds[name]] for name in names})
