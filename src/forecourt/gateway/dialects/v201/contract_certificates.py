"""Get15118EVCertificate: a car requests its contract certificate. The request is passed on unread, and so is the answer."""

from typing import Any

from msgspec import Struct, json

from forecourt.gateway.dialects.model import CallContext, CallHandler, ContractQuery
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.stations import ContractIssued

_MAX_REASON_CHARS = 512


def contract_certificate_handler(kind: type[Struct], longest: int, several: bool) -> CallHandler:
    """kind: the version's request. longest: the maximum length of the answer, in characters. several: whether the answer may say how
    many contracts remain."""
    reader = PayloadReader(kind)

    def answer(issued: ContractIssued) -> bytes:
        if issued.exi and len(issued.exi) <= longest:
            left = {"remainingContracts": issued.remaining} if several and issued.remaining is not None else {}
            return json.encode({"status": "Accepted", "exiResponse": issued.exi, **left})
        reason = issued.why or "the answer is longer than this version of OCPP can carry"
        info: dict[str, Any] = {"reasonCode": "NoContract", "additionalInfo": reason[:_MAX_REASON_CHARS]}
        return json.encode({"status": "Failed", "exiResponse": "", "statusInfo": info})

    def handle(payload: str, context: CallContext) -> ContractQuery:
        message, _ = reader.read(payload, context.message)
        return ContractQuery(json.encode(message), answer)

    return handle
