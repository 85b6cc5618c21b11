"""Plug and Charge at OCPP 2.x: first the contract certificate is checked, then the contract (C07)."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.x509 import ocsp

from forecourt.assembly.contract_certificates import contract_roots
from forecourt.assembly.settings import settings_from
from forecourt.kernel import BadInput
from forecourt.messengers import CertificateStatuses, HttpRequester
from forecourt.stations import Acknowledgement, CardPresented, Protocol, Verdict
from gateway.conftest import Forecourt, running
from gateway.fakes import MemoryInbox, MemoryNetwork, WallClock, ports
from gateway.oracle import check
from gateway.test_connection import ask
from mobility_operator import CONTRACT, NOW, MobilityOperator, described, pem, responding


class ContractChecks(MemoryInbox):
    """judged: what the contract alone would be answered."""

    def __init__(self) -> None:
        super().__init__()
        self.judged, self.asked = Verdict.ACCEPTED, list[str]()

    def accept(self, batch):
        self.asked += [one.token for one in batch if isinstance(one, CardPresented)]
        return [Acknowledgement(verdict=self.judged) for _ in super().accept(batch)]


@pytest.fixture(scope="module")
def operator() -> Iterator[MobilityOperator]:
    with responding() as made:
        yield made


@pytest.fixture
async def place(operator: MobilityOperator, tmp_path: Path) -> AsyncIterator[Forecourt]:
    network, inbox, file = MemoryNetwork(), ContractChecks(), tmp_path / "roots.pem"
    file.write_text(pem(operator.root, operator.sub))
    asker = HttpRequester(allowed=lambda _address: True, secure_only=False)
    statuses = CertificateStatuses([operator.responder], asker, WallClock())
    own = replace(ports(network, inbox), statuses=statuses, contract_roots=contract_roots(file))
    async with running(network, inbox, own) as place:
        network.add("CP1")
        yield place
    asker.close()


async def shown(place: Forecourt, protocol: str = "ocpp2.0.1", **more: object) -> tuple[str, str | None]:
    """What is said of the token and of the certificate."""
    socket = await place.plug("CP1", protocol)
    _, _, answer = await ask(socket, "Authorize", {"idToken": {"idToken": CONTRACT, "type": "eMAID"}, **more})
    check(Protocol(protocol), "AuthorizeResponse", json.dumps(answer).encode())
    return answer["idTokenInfo"]["status"], answer.get("certificateStatus")


@pytest.mark.parametrize("protocol", ["ocpp2.0.1", "ocpp2.1"])
@pytest.mark.parametrize(
    ("judged", "told"),
    [
        (Verdict.ACCEPTED, ("Accepted", "Accepted")),
        (Verdict.NO_CREDIT, ("NoCredit", "Accepted")),
        (Verdict.BLOCKED, ("Blocked", "ContractCancelled")),
        (Verdict.INVALID, ("Invalid", "ContractCancelled")),
    ],
)
async def test_a_valid_contract_certificate_is_accepted_or_refused_by_its_contract(
    place: Forecourt, operator, protocol, judged, told
) -> None:
    leaf = operator.contract()
    place.inbox.judged = judged
    hashes = [described(leaf, operator.sub, operator.responder)]
    assert await shown(place, protocol, certificate=pem(leaf, operator.sub)) == told
    assert await shown(place, protocol, iso15118CertificateHashData=hashes) == told
    assert place.inbox.asked == ["EMAID:DE8AACA2B3C4D5"] * 2


async def test_a_revoked_contract_certificate_is_reported_without_looking_up_the_contract(place: Forecourt, operator) -> None:
    leaf = operator.contract()
    operator.statuses[leaf.serial_number] = ocsp.OCSPCertStatus.REVOKED
    for more in (
        {"certificate": pem(leaf, operator.sub)},
        {"iso15118CertificateHashData": [described(leaf, operator.sub, operator.responder)]},
    ):
        assert await shown(place, **more) == ("Invalid", "CertificateRevoked")
    assert place.inbox.asked == []


async def test_a_contract_certificate_that_cannot_be_checked_is_refused(place: Forecourt, operator) -> None:
    """Too long, unreadable, expired, another's, or of an issuer that may not be asked."""
    leaf, other = operator.contract(), operator.contract("DE-8AA-CA2B3C4D6")
    elsewhere = [described(leaf, operator.sub, "http://elsewhere.example")]
    for more, told in (
        ({"certificate": pem(leaf, operator.sub) + "#" * 5500}, ("Invalid", "CertChainError")),
        ({"certificate": 7}, ("Invalid", "CertChainError")),
        ({"iso15118CertificateHashData": "none"}, ("Invalid", "CertChainError")),
        ({"iso15118CertificateHashData": elsewhere}, ("Invalid", "CertChainError")),
        ({"certificate": pem(other, operator.sub)}, ("Invalid", "ContractCancelled")),
        ({"certificate": pem(operator.contract(ends=NOW), operator.sub)}, ("Expired", "CertificateExpired")),
    ):
        assert await shown(place, **more) == told, more
    assert place.inbox.asked == []


async def test_without_configured_roots_every_contract_certificate_is_refused(forecourt: Forecourt, operator) -> None:
    forecourt.network.add("CP1")
    assert await shown(forecourt, certificate=pem(operator.contract(), operator.sub)) == ("Invalid", "CertChainError")


def test_an_unreadable_file_of_contract_roots_is_refused_at_startup(tmp_path: Path) -> None:
    assert contract_roots(settings_from({}).contract_roots) is None
    for file in (tmp_path / "none.pem", tmp_path):
        with pytest.raises(BadInput):
            contract_roots(settings_from({"FORECOURT_CONTRACT_ROOTS": str(file)}).contract_roots)
