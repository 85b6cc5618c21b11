"""The trust anchors for contract certificates in cars (plug and charge), and the services that report revocations."""

from pathlib import Path

from forecourt.assembly.parts import Parts
from forecourt.drivers import ContractRoots
from forecourt.kernel import BadInput
from forecourt.messengers import CertificateStatuses, ContractService, HttpRequester


def certificate_statuses(parts: Parts) -> CertificateStatuses:
    """The operator has configured whom to ask, so their addresses may be private."""
    anywhere = HttpRequester(allowed=lambda _address: True, secure_only=False)
    return CertificateStatuses(parts.settings.ocsp_responders, anywhere, parts.clock)


def contract_issuer(parts: Parts) -> ContractService | None:
    """At an address configured by the operator, by TLS only."""
    address, secret = parts.settings.contract_service, parts.settings.contract_service_secret
    return ContractService(address, secret, HttpRequester(allowed=lambda _address: True)) if address else None


def contract_roots(file: Path | None) -> ContractRoots | None:
    """Raises BadInput for a file that cannot be read, or contains no certificate authority."""
    try:
        return ContractRoots(file.read_bytes()) if file else None
    except OSError as error:
        raise BadInput("contract_roots", f"FORECOURT_CONTRACT_ROOTS cannot be read: {error}.") from error
