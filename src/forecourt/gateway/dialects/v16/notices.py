"""Messages that are only acknowledged, and those that are politely declined."""

from collections.abc import Callable

from msgspec import Struct, json

from forecourt.gateway.dialects.hearing import EMPTY, Heard, Reply
from forecourt.gateway.dialects.reading import Reader
from forecourt.gateway.dialects.v16.types_schema import (
    DataTransferRequest,
    DataTransferResponse,
)


def _noted(kind: type[Struct], note: str, answer: bytes = EMPTY) -> Callable[[str, Heard], Reply]:
    reader = Reader(kind)

    def hear(payload: str, heard: Heard) -> Reply:
        reader.read(payload, heard.message)
        return Reply(answer, note)

    return hear


data_transferred = _noted(DataTransferRequest, "data_transfer", json.encode(DataTransferResponse("UnknownVendorId")))
