"""GetCertificateChainStatus: a charger asks whether the certificates that a car has presented are still valid."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import json

from forecourt.gateway.dialects.instants import write_instant
from forecourt.gateway.dialects.model import CallContext, CertificateStatusQuery
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.v21.types_schema import CertificateStatusRequestInfo, GetCertificateChainStatusRequest
from forecourt.stations import StatusAnswer, StatusQuestion

_READER = PayloadReader(GetCertificateChainStatusRequest)
_MAX_VALIDITY = timedelta(days=7)  # the longest that ISO 15118-20 lets it be relied on


def handle_certificate_chain_status(payload: str, context: CallContext) -> CertificateStatusQuery:
    """Revocation lists (CRL) are not fetched: no one is asked, and the charger is told that the check failed."""
    message, _ = _READER.read(payload, context.message)
    wanted = message.certificate_status_requests

    def answer(found: Sequence[StatusAnswer], at: datetime) -> bytes:
        return json.encode({"certificateStatus": [_status_of(*one, at) for one in zip(wanted, found, strict=True)]})

    return CertificateStatusQuery(tuple(map(_question, wanted)), answer)


def _question(wanted: CertificateStatusRequestInfo) -> StatusQuestion:
    of = wanted.certificate_hash_data
    responders = tuple(wanted.urls) if wanted.source == "OCSP" else ()
    return StatusQuestion(of.hash_algorithm, of.issuer_name_hash, of.issuer_key_hash, of.serial_number, responders)


def _status_of(wanted: CertificateStatusRequestInfo, found: StatusAnswer, at: datetime) -> dict[str, object]:
    """A failed check may be repeated immediately."""
    verdict = found.verdict
    until = at if verdict == "Failed" or found.until is None else min(found.until, at + _MAX_VALIDITY)
    of = wanted.certificate_hash_data
    return {"certificateHashData": of, "source": wanted.source, "status": verdict, "nextUpdate": write_instant(until)}
