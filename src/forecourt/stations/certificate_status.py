"""Whether a certificate that a charger shows to cars, or is shown by one (ISO 15118), is still valid, as its issuer says."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from forecourt.kernel import BadInput

_HASHES: dict[str, HashAlgorithm] = {"SHA256": SHA256(), "SHA384": SHA384(), "SHA512": SHA512()}
# A charger asks once a week. An answer without an expiry is asked for again after this.
_UNSAID = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StatusQuestion:
    """The certificate as the charger describes it, in hexadecimal digits. responders: where its issuer answers."""

    algorithm: str
    name_hash: str
    key_hash: str
    serial: str
    responders: tuple[str, ...]

    def request(self) -> bytes:
        """An OCSP request (RFC 6960), DER. Raises BadInput if the fields describe no certificate."""
        try:
            hashes, serial = (bytes.fromhex(self.name_hash), bytes.fromhex(self.key_hash)), int(self.serial, 16)
            builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(*hashes, serial, _HASHES[self.algorithm])
            return builder.build().public_bytes(Encoding.DER)
        except (ValueError, KeyError) as error:
            raise BadInput("certificate", "That describes no certificate.") from error


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """der: the issuer's answer, for the car to judge; empty: none could be had, `why` says why. until: how long it is valid.

    secure: it came over a connection that nobody could tamper with.
    """

    der: bytes = b""
    why: str = ""
    until: datetime | None = None
    secure: bool = False

    @property
    def verdict(self) -> str:
        """In the words of OCPP 2.1. Reporting a status vouches for it, and the signature cannot be checked without the issuer's
        certificate, so only an answer that nobody could change on the way counts."""
        if not self.der or not self.secure:
            return "Failed"
        return ocsp.load_der_ocsp_response(self.der).certificate_status.name.capitalize()


def holds_until(question: StatusQuestion, der: bytes, at: datetime) -> datetime:
    """Until when an answer is valid. Its signature and its content are for the car to judge. Raises BadInput for one that is not about this
    certificate, or not valid now."""
    try:
        response = ocsp.load_der_ocsp_response(der)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise BadInput("status", f"The responder says {response.response_status.name.lower()}.")
        serial, begins, ends = response.serial_number, response.this_update_utc, response.next_update_utc
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadInput("status", "The responder gave no answer that can be read.") from error
    if serial != int(question.serial, 16):
        raise BadInput("status", "The responder answered about another certificate.")
    if begins - _UNSAID > at or (ends is not None and ends <= at):
        raise BadInput("status", "The responder gave an answer that does not hold now.")
    return at + _UNSAID if ends is None else ends
