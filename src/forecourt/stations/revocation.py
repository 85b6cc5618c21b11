"""Chargers' certificates revoked before they expire: a key was stolen, a charger sold, an authority no longer trusted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from forecourt.kernel import BadInput

_END = b"-----END X509 CRL-----"
_BROKEN = (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature)


@dataclass(frozen=True, slots=True)
class Revocations:
    """serials: of certificates, with the name of their issuer. due: when the first of the lists should have been replaced."""

    serials: frozenset[tuple[bytes, int]] = field(default=frozenset(), repr=False)
    due: datetime | None = None

    def have(self, certificate: bytes) -> bool:
        """Whether a certificate is revoked. certificate: DER."""
        if not self.serials:
            return False
        shown = x509.load_der_x509_certificate(certificate)
        return (shown.issuer.public_bytes(), shown.serial_number) in self.serials


def revocations_in(lists: bytes, authorities: bytes) -> Revocations:
    """Read revocation lists. lists, authorities: PEM, any number. Raises BadInput for a list that none of the authorities signed."""
    try:
        signers = x509.load_pem_x509_certificates(authorities)
        found = [x509.load_pem_x509_crl(one + _END) for one in lists.split(_END)[:-1]]
        if not found or not all(any(_signed(one, by) for by in signers) for one in found):
            raise BadInput("crl", "That is no list of revoked certificates of those who sign chargers' own.")
        serials = frozenset((one.issuer.public_bytes(), entry.serial_number) for one in found for entry in one)
        due = min((one.next_update_utc for one in found if one.next_update_utc is not None), default=None)
    except _BROKEN as error:
        raise BadInput("crl", f"The list of revoked certificates cannot be read: {error}."[:200]) from error
    return Revocations(serials, due)


def signed_by_one_of(certificate: bytes, authorities: Sequence[bytes]) -> bool:
    """Whether one of the authorities signed it directly. All DER."""
    shown = x509.load_der_x509_certificate(certificate)
    return any(_issued(shown, x509.load_der_x509_certificate(one)) for one in authorities)


def _issued(shown: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        shown.verify_directly_issued_by(by)
    except _BROKEN:
        return False
    return True


def _signed(one: x509.CertificateRevocationList, by: x509.Certificate) -> bool:
    key = by.public_key()
    return one.issuer == by.subject and isinstance(key, RSAPublicKey | EllipticCurvePublicKey) and one.is_signature_valid(key)
