"""Orders about certificates, from the OCPP 1.6 security white paper."""

from typing import Literal

from msgspec import json

from forecourt.gateway.dialects.certificates import certificate_hash, roots_reader, sign_certificate_handler
from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.outcomes import status_reader
from forecourt.gateway.dialects.v16.types_schema import (
    CertificateHashData,
    CertificateSignedRequest,
    DeleteCertificateRequest,
    GetInstalledCertificateIdsRequest,
    InstallCertificateRequest,
    SignCertificateRequest,
    SignCertificateResponse,
)
from forecourt.stations import DeleteRoot, InstallRoot, InstallSigned, OrderResult, Outcome, ReadRoots, RootUse

_STATUS = status_reader()
_USES: dict[RootUse, Literal["CentralSystemRootCertificate", "ManufacturerRootCertificate"]] = {
    RootUse.SERVER: "CentralSystemRootCertificate",
    RootUse.MAKER: "ManufacturerRootCertificate",
}
handle_sign_certificate = sign_certificate_handler(
    SignCertificateRequest, SignCertificateResponse("Accepted"), SignCertificateResponse("Rejected")
)


def install_signed(order: InstallSigned) -> OutgoingCall:
    return OutgoingCall("CertificateSigned", json.encode(CertificateSignedRequest(order.chain)), _STATUS)


def read_roots(order: ReadRoots) -> OutgoingCall:
    return OutgoingCall(
        "GetInstalledCertificateIds", json.encode(GetInstalledCertificateIdsRequest(_USES[order.use])), roots_reader(order.use)
    )


def install_root(order: InstallRoot) -> OutgoingCall:
    return OutgoingCall("InstallCertificate", json.encode(InstallCertificateRequest(_USES[order.use], order.certificate)), _STATUS)


def delete_root(order: DeleteRoot) -> OutgoingCall | OrderResult:
    described = certificate_hash(order.root, CertificateHashData)
    if described is None:
        return OrderResult(Outcome.REJECTED, "no such certificate")
    return OutgoingCall("DeleteCertificate", json.encode(DeleteCertificateRequest(described)), _STATUS)
