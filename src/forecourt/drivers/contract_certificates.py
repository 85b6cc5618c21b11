"""The contract certificate in a car (ISO 15118): who signed it, whether it is valid now, and for which contract.

Whether it has been revoked is answered by its issuer (OCSP); an answer counts only with the issuer's signature.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, Hash, HashAlgorithm
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, ExtensionOID, NameOID

from forecourt.drivers.contracts import contract_id
from forecourt.kernel import BadInput
from forecourt.stations import StatusAnswer, StatusQuestion

_MAX_CHAIN_CHARS, _MAX_ROOTS_CHARS, _MAX_IN_CHAIN = 10_000, 200_000, 5
_HASHES: dict[str, HashAlgorithm] = {"SHA256": SHA256(), "SHA384": SHA384(), "SHA512": SHA512()}
_BROKEN = (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature, x509.DuplicateExtension)
# Extensions that may be critical: those checked here, and the one that restricts the use of the key in the car.
_UNDERSTOOD = {ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE}


class CertificateVerdict(StrEnum):
    """In the words of OCPP 2.x. BROKEN: it cannot be verified."""

    ACCEPTED = "Accepted"
    FORGED = "SignatureError"
    EXPIRED = "CertificateExpired"
    REVOKED = "CertificateRevoked"
    BROKEN = "CertChainError"
    OTHERS = "ContractCancelled"


@dataclass(frozen=True, slots=True)
class PresentedContract:
    """token: the contract it was shown for. chain: the certificate first, then its issuers, without the root, PEM; empty: the charger has
    verified the chain and only asks about revocation. questions: the certificates, as the charger describes them. readable: they could be
    parsed."""

    token: str
    chain: str = ""
    questions: tuple[StatusQuestion, ...] = ()
    readable: bool = True


@dataclass(frozen=True, slots=True)
class ChainLink:
    """A certificate of a chain whose status must be asked for, and its issuer."""

    certificate: x509.Certificate
    issuer: x509.Certificate

    def question(self, described: Sequence[StatusQuestion] = ()) -> StatusQuestion:
        """The question to its responder. described: by the charger, which may know the responder if the certificate does not name it."""
        request = ocsp.OCSPRequestBuilder().add_certificate(self.certificate, self.issuer, SHA256()).build()
        responders = _responders(self.certificate) or _described(described, request.serial_number)
        return StatusQuestion(
            "SHA256", request.issuer_name_hash.hex(), request.issuer_key_hash.hex(), f"{request.serial_number:x}", responders
        )

    def verdict(self, answer: StatusAnswer, at: datetime) -> CertificateVerdict:
        """The verdict from the answer to its question."""
        return _answered(self.question(), answer, self.issuer, at)


@dataclass(frozen=True, slots=True)
class ContractRoots:
    """Whose contracts are accepted: root certificates of mobility operators, PEM, and no others. Their intermediates may be added: then
    OCSP answers count even without TLS if a charger sends no chain. Raises BadInput if any is not a signing certificate."""

    certificates: bytes = field(repr=False)

    def __post_init__(self) -> None:
        try:
            is_valid = len(self.certificates) <= _MAX_ROOTS_CHARS and all(_may_sign(one, 0) for one in self._roots())
        except _BROKEN:
            is_valid = False
        if not is_valid:
            raise BadInput(
                "contract_roots", "Those are no roots of mobility operators.", "Put certificates of who signs into one file, as PEM."
            )

    def judge(self, shown: PresentedContract, at: datetime) -> tuple[CertificateVerdict, tuple[ChainLink, ...]]:
        """The verdict as far as the chain itself shows, and the certificates whose status must be asked for if it is good so far."""
        try:
            return self._judged(shown, at)
        except _BROKEN:
            return CertificateVerdict.BROKEN, ()

    def verdict(self, question: StatusQuestion, answer: StatusAnswer, at: datetime) -> CertificateVerdict:
        """The verdict from an answer to a question of a charger that has verified the chain itself. If the issuer is not among the roots,
        the signature cannot be checked; then an answer counts that nobody could change on the way."""
        issuer = next((one for one in self._roots() if _is_issuer(one, question)), None)
        return _answered(question, answer, issuer, at) if issuer else _status(answer.verdict)

    def _judged(self, shown: PresentedContract, at: datetime) -> tuple[CertificateVerdict, tuple[ChainLink, ...]]:
        chain = x509.load_pem_x509_certificates(shown.chain.encode()) if len(shown.chain) <= _MAX_CHAIN_CHARS else []
        if not 1 <= len(chain) <= _MAX_IN_CHAIN:
            return CertificateVerdict.BROKEN, ()
        candidates = [one for one in self._roots() if chain[-1] == one or chain[-1].issuer == one.subject]
        root = next((one for one in candidates if chain[-1] == one or _signed(chain[-1], one)), candidates[0] if candidates else None)
        whole = chain if root is None or chain[-1] == root else [*chain, root]
        if root is None or len(whole) == 1 or _may_sign(whole[0], 0) or not all(map(_is_understood, whole)):
            return CertificateVerdict.BROKEN, ()
        for place, (one, issuer) in enumerate(pairwise(whole)):
            if one.issuer != issuer.subject or not _may_sign(issuer, place):
                return CertificateVerdict.BROKEN, ()
            if not _signed(one, issuer):
                return CertificateVerdict.FORGED, ()
        if any(at >= one.not_valid_after_utc for one in whole):
            return CertificateVerdict.EXPIRED, ()
        if any(at < one.not_valid_before_utc for one in whole):
            return CertificateVerdict.BROKEN, ()
        names = [str(one.value) for one in whole[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        wanted = contract_id(shown.token)
        if len(names) != 1 or wanted is None or contract_id(names[0]) != wanted:
            return CertificateVerdict.OTHERS, ()
        return CertificateVerdict.ACCEPTED, tuple(ChainLink(one, issuer) for one, issuer in pairwise(whole))

    def _roots(self) -> list[x509.Certificate]:
        return x509.load_pem_x509_certificates(self.certificates)


def _status(status_text: str) -> CertificateVerdict:
    """status_text: Good, Revoked, Unknown or Failed. An unknown status means no valid contract."""
    good, revoked = CertificateVerdict.ACCEPTED, CertificateVerdict.REVOKED
    return good if status_text == "Good" else revoked if status_text == "Revoked" else CertificateVerdict.BROKEN


def _answered(question: StatusQuestion, answer: StatusAnswer, issuer: x509.Certificate, at: datetime) -> CertificateVerdict:
    if not answer.der:
        return CertificateVerdict.BROKEN
    response = ocsp.load_der_ocsp_response(answer.der)
    subject = (response.issuer_name_hash.hex(), response.issuer_key_hash.hex(), response.hash_algorithm.name.upper())
    expected = (question.name_hash.lower(), question.key_hash.lower(), question.algorithm)
    if subject != expected or not _is_signed_by(response, issuer, at):
        return CertificateVerdict.BROKEN
    return _status(response.certificate_status.name.capitalize())


def _is_issuer(one: x509.Certificate, question: StatusQuestion) -> bool:
    hashed = _HASHES.get(question.algorithm)
    if hashed is None:
        return False
    name = Hash(hashed)
    name.update(one.subject.public_bytes())
    key = ocsp.OCSPRequestBuilder().add_certificate(one, one, hashed).build().issuer_key_hash
    return (name.finalize().hex(), key.hex()) == (question.name_hash.lower(), question.key_hash.lower())


def _signed(one: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(issuer)
    except _BROKEN:
        return False
    return True


def _may_sign(one: x509.Certificate, below: int) -> bool:
    """below: how many issuing certificates stand between this one and the contract's."""
    found = {extension.oid: extension.value for extension in one.extensions}
    basic, usage = found.get(ExtensionOID.BASIC_CONSTRAINTS), found.get(ExtensionOID.KEY_USAGE)
    if not isinstance(basic, x509.BasicConstraints) or not basic.ca or (basic.path_length is not None and basic.path_length < below):
        return False
    return not isinstance(usage, x509.KeyUsage) or usage.key_cert_sign


def _is_understood(one: x509.Certificate) -> bool:
    return all(extension.oid in _UNDERSTOOD for extension in one.extensions if extension.critical)


def _responders(one: x509.Certificate) -> tuple[str, ...]:
    try:
        access_info = one.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return ()
    places = (access.access_location for access in access_info if access.access_method == AuthorityInformationAccessOID.OCSP)
    return tuple(str(place.value) for place in places if isinstance(place, x509.UniformResourceIdentifier))


def _described(questions: Sequence[StatusQuestion], serial: int) -> tuple[str, ...]:
    return next((one.responders for one in questions if _number(one.serial) == serial), ())


def _number(serial: str) -> int:
    try:
        return int(serial, 16)
    except ValueError:
        return -1


def _is_signed_by(response: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> bool:
    """Whether the answer is signed by the issuer, or by a responder that the issuer has authorised."""
    return any(_signed_by(response, one) for one in (issuer, *_delegates(response, issuer, at)))


def _delegates(response: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> Iterator[x509.Certificate]:
    for one in response.certificates[:_MAX_IN_CHAIN]:
        try:
            uses = one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (*_BROKEN, x509.ExtensionNotFound):
            continue
        holds = one.not_valid_before_utc <= at < one.not_valid_after_utc
        if holds and ExtendedKeyUsageOID.OCSP_SIGNING in uses and _signed(one, issuer):
            yield one


def _signed_by(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, hashed = signer.public_key(), response.signature_hash_algorithm
    try:
        if isinstance(key, EllipticCurvePublicKey) and hashed is not None:
            key.verify(response.signature, response.tbs_response_bytes, ECDSA(hashed))
        elif isinstance(key, RSAPublicKey) and hashed is not None:
            key.verify(response.signature, response.tbs_response_bytes, PKCS1v15(), hashed)
        else:
            return False
    except _BROKEN:
        return False
    return True
