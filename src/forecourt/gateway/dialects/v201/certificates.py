"""Orders about certificates."""

from typing import Literal

from msgspec import json

from forecourt.gateway.dialects.certificates import hash_of, roots_reader
from forecourt.gateway.dialects.hearing import Asked
from forecourt.gateway.dialects.outcomes import status_reader
from forecourt.gateway.dialects.v201.types_schema import (
    CertificateHashData,
    CertificateSignedRequest,
    DeleteCertificateRequest,
    GetInstalledCertificateIdsRequest,
    InstallCertificateRequest,
)
from forecourt.stations import DeleteRoot, InstallRoot, InstallSigned, OrderResult, Outcome, ReadRoots, RootUse

_STATUS = status_reader()
_OWN: Literal["ChargingStationCertificate"] = "ChargingStationCertificate"
_USES: dict[RootUse, Literal["CSMSRootCertificate", "ManufacturerRootCertificate"]] = {
    RootUse.SERVER: "CSMSRootCertificate",
    RootUse.MAKER: "ManufacturerRootCertificate",
}


def install_signed(order: InstallSigned) -> Asked:
    return Asked("CertificateSigned", json.encode(CertificateSignedRequest(order.chain, certificate_type=_OWN)), _STATUS)


def read_roots(order: ReadRoots) -> Asked:
    wanted = GetInstalledCertificateIdsRequest(certificate_type=[_USES[order.use]])
    return Asked("GetInstalledCertificateIds", json.encode(wanted), roots_reader(order.use))


def install_root(order: InstallRoot) -> Asked:
    return Asked("InstallCertificate", json.encode(InstallCertificateRequest(_USES[order.use], order.certificate)), _STATUS)


def delete_root(order: DeleteRoot) -> Asked | OrderResult:
    described = hash_of(order.root, CertificateHashData)
    if described is None:
        return OrderResult(Outcome.REJECTED, "no such certificate")
    return Asked("DeleteCertificate", json.encode(DeleteCertificateRequest(described)), _STATUS)
