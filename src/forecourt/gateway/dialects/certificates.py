"""Chargers' certificates: signing requests, and the roots a charger trusts. The same in every version except for the wording."""

from collections.abc import Callable
from typing import Protocol as Shape
from typing import TypeVar, cast

import msgspec
from msgspec import Raw, Struct

from forecourt.gateway.dialects.dedupe_keys import digest
from forecourt.gateway.dialects.model import CallContext, CallHandler, Reply, Report
from forecourt.gateway.dialects.outcomes import UNREADABLE, outcome
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.stations import Acknowledgement, CertificateRequested, OrderResult, RootUse

_T = TypeVar("_T", bound=Struct)
_OWN = (None, "ChargingStationCertificate")
_HASHES = ("SHA256", "SHA384", "SHA512")
_MAX_CHARS = (128, 128, 40)


class _WithCsr(Shape):
    csr: str


class _Hash(Struct, rename="camel"):
    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str

    @property
    def words(self) -> str:
        return "/".join((self.hash_algorithm, self.issuer_name_hash, self.issuer_key_hash, self.serial_number))


class _Chain(Struct, rename="camel"):
    certificate_hash_data: _Hash


class _Installed(Struct, rename="camel"):
    """1.6 returns certificate hashes, 2.x returns chains."""

    status: str
    certificate_hash_data: list[_Hash] = []
    certificate_hash_data_chain: list[_Chain] = []


_INSTALLED = msgspec.json.Decoder(_Installed)


def sign_certificate_handler(kind: type[Struct], accepted: Struct, rejected: Struct) -> CallHandler:
    """kind: the version's SignCertificateRequest. Requests for plug-and-charge certificates (ISO 15118) are refused immediately."""
    reader = PayloadReader(kind)
    yes, no = msgspec.json.encode(accepted), msgspec.json.encode(rejected)

    def answer(acknowledgement: Acknowledgement) -> bytes:
        return no if acknowledgement.stranger else yes

    def handle(payload: str, context: CallContext) -> Report | Reply:
        message, flags = reader.read(payload, context.message)
        if getattr(message, "certificate_type", None) not in _OWN:
            return Reply(no, "v2g_certificate")
        number = getattr(message, "request_id", None)
        number = number if number is not None and 0 <= number < 2**31 else None
        fact = CertificateRequested(context.received_at, cast(_WithCsr, message).csr, number)
        return Report(fact, f"certificate/{context.call_id}/{digest(payload)}", tuple(flags), answer, transactional=False)

    return handle


def roots_reader(use: RootUse) -> Callable[[Raw], OrderResult]:
    """The trusted roots, each as `hash/issuer's name/issuer's key/serial number`. An empty list is a valid answer, not a refusal."""

    def read(payload: Raw) -> OrderResult:
        try:
            found = _INSTALLED.decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return UNREADABLE
        hashes = [*found.certificate_hash_data, *(one.certificate_hash_data for one in found.certificate_hash_data_chain)]
        result = outcome(found.status, done=("NotFound",))
        return OrderResult(result.outcome, "", tuple((one.words, use.value) for one in hashes))

    return read


def certificate_hash(root: str, kind: Callable[..., _T]) -> _T | None:
    """The certificate described by these hashes, in the version's wording; None if no charger would describe one this way."""
    parts = root.split("/")
    is_valid = len(parts) == 4 and parts[0] in _HASHES and all(len(part) <= most for part, most in zip(parts[1:], _MAX_CHARS, strict=True))
    return kind(*parts) if is_valid else None
