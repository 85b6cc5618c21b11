"""Who signs chargers' own certificates, and the requirements on such certificates and on requests for them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from forecourt.kernel import BadInput, ChargerId

MAX_CSR_CHARS, MAX_CHAIN_CHARS, MAX_ROOT_CHARS = 5500, 10_000, 5500
SIGNED_FOR = timedelta(days=365)
# A charger's clock may be a little behind.
_BEFORE = timedelta(hours=1)
_MIN_RSA_BITS, _MIN_EC_BITS = 2048, 224
_HASHES = ("sha256", "sha384", "sha512")
_REMEDY = "Paste it in PEM format, the charger's certificate first, then its issuers."
_BROKEN = (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature)


@dataclass(frozen=True, slots=True)
class ChargerAuthority:
    """certificates: of all accepted signers, PEM. key: private key of one of them, PEM; None: an operator has requests signed elsewhere.
    organisation: the O of chargers' certificates; empty = any.

    Raises BadInput if the key belongs to none of the certificates.
    """

    certificates: bytes = field(repr=False)
    key: bytes | None = field(default=None, repr=False)
    organisation: str = ""

    def __post_init__(self) -> None:
        if self.key is not None:
            self._signer()

    def name_in(self, csr: str) -> str:
        """The common name that a request asks for. Raises BadInput for a request that must not be signed."""
        request = _request(csr)
        names = _texts(request.subject, NameOID.COMMON_NAME)
        if len(names) != 1:
            raise BadInput("csr", "is issued to no one" if not names else f"is issued to {' and '.join(names)}"[:120])
        if self.organisation and _texts(request.subject, NameOID.ORGANIZATION_NAME) != [self.organisation]:
            raise BadInput("csr", f"is not from {self.organisation}"[:200])
        return names[0]

    def sign(self, csr: str, serial: int, at: datetime) -> str:
        """Sign a request: the certificate, then its issuer's unless that is a root, PEM. Only name and key come from the request."""
        request = _request(csr)
        issuer, key = self._signer()
        ends = min(at + SIGNED_FOR, issuer.not_valid_after_utc)
        built = x509.CertificateBuilder().subject_name(request.subject).issuer_name(issuer.subject).public_key(request.public_key())
        built = built.serial_number(serial).not_valid_before(at - _BEFORE).not_valid_after(ends)
        built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        signed = built.sign(key, SHA256())
        chain = [signed] if issuer.subject == issuer.issuer else [signed, issuer]
        return "".join(one.public_bytes(Encoding.PEM).decode() for one in chain)

    def check_signed(self, chain: str, csr: str, charger_id: ChargerId, serial: str, at: datetime) -> None:
        """Raises BadInput for a chain that would not let the requesting charger connect: it would lock itself out."""
        certificates = _certificates(chain, MAX_CHAIN_CHARS)
        leaf = certificates[0]
        if leaf.public_key() != _request(csr).public_key():
            raise BadInput("chain", "The certificate is not for the charger's key.", "Have its latest request signed.")
        if _texts(leaf.subject, NameOID.COMMON_NAME) not in ([charger_id], [serial or charger_id]):
            raise BadInput("chain", f"The certificate is not issued to {charger_id}.")
        if self.organisation and _texts(leaf.subject, NameOID.ORGANIZATION_NAME) != [self.organisation]:
            raise BadInput("chain", f"The certificate is not from {self.organisation}.")
        if not leaf.not_valid_before_utc - _BEFORE <= at < leaf.not_valid_after_utc:
            raise BadInput("chain", "The certificate is not valid now.")
        if not self._is_issued_by_us(certificates):
            raise BadInput("chain", "The certificate is not signed by an authority of this network.", _REMEDY)

    def _is_issued_by_us(self, chain: list[x509.Certificate]) -> bool:
        """Whether each certificate was signed by the next one, and one of them by an authority of ours."""
        authorities = x509.load_pem_x509_certificates(self.certificates)
        for place, one in enumerate(chain):
            if any(_signed(one, by) for by in authorities):
                return True
            if place + 1 == len(chain) or not _signed(one, chain[place + 1]):
                return False
        return False

    def _signer(self) -> tuple[x509.Certificate, EllipticCurvePrivateKey | RSAPrivateKey]:
        try:
            key = load_pem_private_key(self.key or b"", None)
            authorities = x509.load_pem_x509_certificates(self.certificates)
        except _BROKEN as error:
            raise BadInput("authority", "The key that signs charger certificates cannot be read, or is locked.") from error
        issuer = next((one for one in authorities if one.public_key() == key.public_key()), None)
        if issuer is None or not isinstance(key, EllipticCurvePrivateKey | RSAPrivateKey):
            raise BadInput("authority", "The key that signs charger certificates does not match any of the certificates.")
        return issuer, key


def check_root(pem: str, at: datetime) -> None:
    """Raises BadInput for a certificate that a charger must not be made to trust."""
    certificates = _certificates(pem, MAX_ROOT_CHARS)
    if len(certificates) != 1:
        raise BadInput("certificate", "Those are several certificates.", "Install one at a time.")
    try:
        signs = certificates[0].extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        signs = False
    if not signs:
        raise BadInput("certificate", "That is not a certificate authority.", "Install the root certificate.")
    if at >= certificates[0].not_valid_after_utc:
        raise BadInput("certificate", "The certificate has expired.")


def _request(csr: str) -> x509.CertificateSigningRequest:
    try:
        request = x509.load_pem_x509_csr(csr.encode())
        is_valid = len(csr) <= MAX_CSR_CHARS and request.is_signature_valid
        key, hashed = request.public_key(), request.signature_hash_algorithm
    except _BROKEN as error:
        raise BadInput("csr", "cannot be read") from error
    if not is_valid or hashed is None or hashed.name not in _HASHES:
        raise BadInput("csr", "is not correctly signed by its own key")
    strong = (isinstance(key, RSAPublicKey) and key.key_size >= _MIN_RSA_BITS) or (
        isinstance(key, EllipticCurvePublicKey) and key.key_size >= _MIN_EC_BITS
    )
    if not strong:
        raise BadInput("csr", "has a weak key")
    return request


def _certificates(pem: str, longest: int) -> list[x509.Certificate]:
    if len(pem) > longest:
        raise BadInput("certificate", f"The text is longer than {longest} characters.", _REMEDY)
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except _BROKEN as error:
        raise BadInput("certificate", "That is not a certificate.", _REMEDY) from error


def _texts(name: x509.Name, kind: x509.ObjectIdentifier) -> list[str]:
    return [str(one.value) for one in name.get_attributes_for_oid(kind)]


def _signed(one: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(by)
    except _BROKEN:
        return False
    return True
