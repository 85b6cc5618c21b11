"""Queries a partner's system: its versions, its modules, and its credentials."""

from collections.abc import Callable
from typing import Any

import msgspec

from forecourt.flows.ports import HttpClient, HttpRequest, PartnerUnreachable
from forecourt.roaming.client import data_of, ocpi_headers

Look = Callable[[str, Any, str], Any]


def object_reader(post: HttpClient, token: str) -> Look:
    """A function that reads an object of a kind from an address; the name is for messages. Raises PartnerUnreachable."""

    def look(url: str, kind: Any, place: str) -> Any:
        return convert_reply(data_of(post.send(HttpRequest("GET", url, ocpi_headers(token)))), kind, place)

    return look


def convert_reply(data: object, kind: Any, place: str) -> Any:
    try:
        return msgspec.convert(data, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise PartnerUnreachable(f"its {place} are none of OCPI's: {error}") from error
