"""Get15118EVCertificate: requests of cars are forwarded unread to the service that the operator has configured."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from forecourt.assembly.settings import settings_from
from forecourt.flows.ports import HttpRequest, HttpResponse, PartnerUnreachable
from forecourt.kernel import BadInput
from forecourt.messengers import ContractService
from forecourt.stations import Protocol
from gateway.conftest import Forecourt, running
from gateway.fakes import MemoryInbox, MemoryNetwork, ports
from gateway.oracle import check
from gateway.test_connection import ask

WANTED = {"iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef", "action": "Install", "exiRequest": "gJgC"}


class Service:
    """asked: what came in. says: status and body of its answer; None: it is silent."""

    def __init__(self) -> None:
        self.asked: list[HttpRequest] = []
        self.says: tuple[int, object] | None = (200, {"status": "Accepted", "exiResponse": "gJgD", "remainingContracts": 2})

    def send(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request)
        if self.says is None:
            raise PartnerUnreachable("ReadTimeout: ")
        status, body = self.says
        return HttpResponse(status, body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
async def place(service: Service) -> AsyncIterator[Forecourt]:
    network, inbox = MemoryNetwork(), MemoryInbox()
    own = replace(ports(network, inbox), contract_issuer=ContractService("https://contracts.example/issue", "s3cret", service))
    async with running(network, inbox, own) as place:
        network.add("CP1")
        yield place


async def issued(place: Forecourt, protocol: str = "ocpp2.1", **more: object) -> dict:
    answer = (await ask(await place.plug("CP1", protocol), "Get15118EVCertificate", WANTED | more))[2]
    check(Protocol(protocol), "Get15118EVCertificateResponse", json.dumps(answer).encode())
    return answer


@pytest.mark.parametrize(("protocol", "left"), [("ocpp2.0.1", {}), ("ocpp2.1", {"remainingContracts": 2})])
async def test_the_response_of_the_contract_service_is_forwarded_to_the_vehicle_unchanged(
    place: Forecourt, service: Service, protocol: str, left: dict
) -> None:
    assert await issued(place, protocol) == {"status": "Accepted", "exiResponse": "gJgD", **left}
    (asked,) = service.asked
    assert (asked.method, asked.url, json.loads(asked.body)) == ("POST", "https://contracts.example/issue", WANTED)
    assert asked.headers["authorization"] == "Bearer s3cret" and asked.within_s < 5


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (None, "did not answer"),
        ((500, b""), "answered 500"),
        ((200, b"<html>"), "that can be read"),
        ((200, {"status": "Failed", "exiResponse": "gJgD"}), "issued none"),
        ((200, {"status": "Accepted"}), "issued none"),
        ((200, {"status": "Accepted", "exiResponse": "<script>"}), "issued none"),
        ((200, {"status": "Accepted", "exiResponse": "A" * 17_001}), "longer"),
    ],
)
async def test_a_certificate_that_is_not_issued_is_reported_as_failed(place: Forecourt, service: Service, says, why: str) -> None:
    service.says = says
    told = await issued(place)
    assert (told["status"], told["exiResponse"]) == ("Failed", "") and why in told["statusInfo"]["additionalInfo"]


async def test_a_certificate_request_longer_than_the_standard_allows_is_not_forwarded(place: Forecourt, service: Service) -> None:
    answer = await ask(await place.plug("CP1", "ocpp2.0.1"), "Get15118EVCertificate", WANTED | {"exiRequest": "A" * 5601})
    assert answer[0] == 4 and service.asked == []


async def test_without_a_contract_service_certificate_requests_are_not_supported(forecourt: Forecourt) -> None:
    forecourt.network.add("CP1")
    for protocol in ("ocpp2.0.1", "ocpp2.1"):
        assert (await ask(await forecourt.plug("CP1", protocol), "Get15118EVCertificate", WANTED))[:3] == [4, "1", "NotSupported"]


def test_the_contract_service_is_configured_by_an_https_address_and_a_secret() -> None:
    named = settings_from({"FORECOURT_CONTRACT_SERVICE": "https://c.example/x", "FORECOURT_CONTRACT_SERVICE_SECRET": "s3cret"})
    assert named.contract_service == "https://c.example/x" and "s3cret" not in repr(named)
    for address, secret in (
        ("http://c.example/x", "s"),
        ("https://c.example", ""),
        ("https://x@c.example", "s"),
        ("https://c.example", "a\nb"),
    ):
        with pytest.raises(BadInput):
            settings_from({"FORECOURT_CONTRACT_SERVICE": address, "FORECOURT_CONTRACT_SERVICE_SECRET": secret})
