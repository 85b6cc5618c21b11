"""Orders about certificates, from the OCPP 1.6 security white paper."""

from typing import Literal

from msgspec import json

from forecourt.gateway.dialects.certificates import asking_certificate, hash_of, roots_reader
from forecourt.gateway.dialects.hearing import Asked
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
asked = asking_certificate(SignCertificateRequest, SignCertificateResponse("Accepted"), SignCertificateResponse("Rejected"))


def install_signed(order: InstallSigned) -> Asked:
    return Asked("CertificateSigned", json.encode(CertificateSignedRequest(order.chain)), _STATUS)


def read_roots(order: ReadRoots) -> Asked:
    return Asked("GetInstalledCertificateIds", json.encode(GetInstalledCertificateIdsRequest(_USES[order.use])), roots_reader(order.use))


def install_root(order: InstallRoot) -> Asked:
    return Asked("InstallCertificate", json.encode(InstallCertificateRequest(_USES[order.use], order.certificate)), _STATUS)


def delete_root(order: DeleteRoot) -> Asked | OrderResult:
    described = hash_of(order.root, CertificateHashData)
    if described is None:
        return OrderResult(Outcome.REJECTED, "no such certificate")
    return Asked("DeleteCertificate", json.encode(DeleteCertificateRequest(described)), _STATUS)
