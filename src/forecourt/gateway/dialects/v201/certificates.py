"""Orders about certificates."""

from typing import Literal

from msgspec import json

from forecourt.gateway.dialects.certificates import certificate_hash, roots_reader
from forecourt.gateway.dialects.model import OutgoingCall
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


def install_signed(order: InstallSigned) -> OutgoingCall:
    return OutgoingCall("CertificateSigned", json.encode(CertificateSignedRequest(order.chain, certificate_type=_OWN)), _STATUS)


def read_roots(order: ReadRoots) -> OutgoingCall:
    wanted = GetInstalledCertificateIdsRequest(certificate_type=[_USES[order.use]])
    return OutgoingCall("GetInstalledCertificateIds", json.encode(wanted), roots_reader(order.use))


def install_root(order: InstallRoot) -> OutgoingCall:
    return OutgoingCall("InstallCertificate", json.encode(InstallCertificateRequest(_USES[order.use], order.certificate)), _STATUS)


def delete_root(order: DeleteRoot) -> OutgoingCall | OrderResult:
    described = certificate_hash(order.root, CertificateHashData)
    if described is None:
        return OrderResult(Outcome.REJECTED, "no such certificate")
    return OutgoingCall("DeleteCertificate", json.encode(DeleteCertificateRequest(described)), _STATUS)
