"""Shared parts of the routes of the REST interface."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
from litestar.params import HeaderParameter
from litestar.response import Response
from msgspec import Struct

from forecourt.drivers import AppScope
from forecourt.kernel import YEARS
from forecourt.web.frame.rendering import TYPE_ENCODERS

Key = Annotated[
    str, HeaderParameter(name="Idempotency-Key", max_length=64, description="The same key again returns the first answer again.")
]

READS: Sequence[dict[str, list[str]]] = ({"token": []}, {"oauth2": [AppScope.READ.value]})  # of a POST that changes nothing
ANYBODY: Sequence[dict[str, list[str]]] = ({}, *READS)  # with a token, prices are those of the caller


class DatedRequest(Struct, forbid_unknown_fields=True):
    """What is sent. Its days and instants are of the years that can be reckoned with; else it is refused with the name of the field."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, date) and value.year not in YEARS:
                raise ValueError(f"{name} must be between 2000 and 2100")


def to_json(answer: object) -> bytes:
    """Items, and lists of them, in the same form as responses without a key."""
    return msgspec.json.encode(answer, enc_hook=_plain)


def _plain(value: object) -> str:
    if isinstance(value, tuple(TYPE_ENCODERS)):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be part of an answer")


def json_answer(body: bytes, status: int) -> Response[Any]:
    return Response(body, status_code=status, media_type="application/json")
