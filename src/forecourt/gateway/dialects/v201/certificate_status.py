"""GetCertificateStatus: a charger asks whether a certificate that it shows to cars is still valid."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from msgspec import Struct, json

from forecourt.gateway.dialects.model import CallContext, CallHandler, CertificateStatusQuery
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.stations import StatusAnswer, StatusQuestion

_MAX_REASON_CHARS = 512


def certificate_status_handler(kind: type[Struct], longest: int) -> CallHandler:
    """kind: the version's request. longest: the maximum length of the answer, in characters."""
    reader = PayloadReader(kind)

    def answer(answers: Sequence[StatusAnswer], _at: datetime) -> bytes:
        (found,) = answers
        result = b64encode(found.der).decode()
        if result and len(result) <= longest:
            return json.encode({"status": "Accepted", "ocspResult": result})
        reason = found.why or "the answer is longer than this version of OCPP can carry"
        return json.encode({"status": "Failed", "statusInfo": {"reasonCode": "NoStatus", "additionalInfo": reason[:_MAX_REASON_CHARS]}})

    def handle(payload: str, context: CallContext) -> CertificateStatusQuery:
        message, _ = reader.read(payload, context.message)
        of = cast(Any, message).ocsp_request_data
        hashes = of.hash_algorithm, of.issuer_name_hash, of.issuer_key_hash
        return CertificateStatusQuery((StatusQuestion(*hashes, of.serial_number, (of.responder_url,)),), answer)

    return handle
