"""Messages that are only acknowledged, and those that are politely declined."""

from collections.abc import Callable

from msgspec import Struct, json

from forecourt.gateway.dialects.model import EMPTY, CallContext, Reply
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.v16.types_schema import (
    DataTransferRequest,
    DataTransferResponse,
)


def _acknowledge_only(kind: type[Struct], note: str, answer: bytes = EMPTY) -> Callable[[str, CallContext], Reply]:
    reader = PayloadReader(kind)

    def acknowledge(payload: str, context: CallContext) -> Reply:
        reader.read(payload, context.message)
        return Reply(answer, note)

    return acknowledge


handle_data_transfer = _acknowledge_only(DataTransferRequest, "data_transfer", json.encode(DataTransferResponse("UnknownVendorId")))
