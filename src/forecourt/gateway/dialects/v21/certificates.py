"""The signed certificate is returned with the number of its request."""

from msgspec import json

from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.outcomes import status_reader
from forecourt.gateway.dialects.v21.types_schema import CertificateSignedRequest
from forecourt.stations import InstallSigned

_STATUS = status_reader()


def install_signed(order: InstallSigned) -> OutgoingCall:
    signed = CertificateSignedRequest(order.chain, certificate_type="ChargingStationCertificate", request_id=order.number)
    return OutgoingCall("CertificateSigned", json.encode(signed), _STATUS)
