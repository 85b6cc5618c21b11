"""A charger asks for the OCSP status of a certificate: its issuer is asked if the operator has configured it."""

import asyncio
import json
import threading
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from forecourt.assembly.settings import settings_from
from forecourt.flows.ports import HttpRequest, HttpResponse
from forecourt.gateway import GatewaySettings
from forecourt.kernel import BadInput
from forecourt.messengers import CertificateStatuses, HttpRequester
from forecourt.stations import Protocol, StatusQuestion
from gateway.conftest import Forecourt, running
from gateway.fakes import MemoryInbox, MemoryNetwork, WallClock, ports
from gateway.oracle import check
from gateway.test_connection import ask

NOW = datetime.now(UTC).replace(microsecond=0)
HASHES = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa" * 32, "issuerKeyHash": "bb" * 32, "serialNumber": "0b"}


class Issuer:
    """A responder of its own. serial, ends, code: of what it answers."""

    def __init__(self) -> None:
        self.asked: list[ocsp.OCSPRequest] = []
        self.serial, self.ends, self.code, self.size, self.status = 11, NOW + timedelta(days=7), 200, 1, ocsp.OCSPCertStatus.GOOD
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.asked.append(ocsp.load_der_ocsp_request(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(outer.code)
                self.end_headers()
                self.wfile.write(outer.answer())

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self) -> bytes:
        key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "V2G SubCA")])
        made = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW + timedelta(days=9)).sign(key, SHA256())
        hashes = bytes.fromhex(HASHES["issuerNameHash"]), bytes.fromhex(HASHES["issuerKeyHash"])
        builder = ocsp.OCSPResponseBuilder().responder_id(ocsp.OCSPResponderEncoding.NAME, made).certificates([made] * self.size)
        since = NOW - timedelta(days=1)
        status = (self.status, since, self.ends, since if self.status is ocsp.OCSPCertStatus.REVOKED else None, None)
        return builder.add_response_by_hash(*hashes, self.serial, SHA256(), *status).sign(key, SHA256()).public_bytes(Encoding.DER)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


class BehindTls(HttpRequester):
    """As if the issuer's server spoke TLS, which it does not here."""

    def send(self, request: HttpRequest) -> HttpResponse:
        return super().send(replace(request, url=request.url.replace("https://localhost", "http://127.0.0.1")))


@pytest.fixture
async def place(issuer: Issuer, library: str) -> AsyncIterator[Forecourt]:
    network, inbox = MemoryNetwork(), MemoryInbox()
    anywhere = BehindTls(allowed=lambda _address: True, secure_only=False)
    named = (issuer.url, secure(issuer))
    own = replace(ports(network, inbox), statuses=CertificateStatuses(named, anywhere, WallClock()))
    async with running(network, inbox, own, GatewaySettings(port=0, library=library)) as place:
        network.add("CP1")
        yield place
    anywhere.close()


def secure(issuer: Issuer) -> str:
    return issuer.url.replace("http://127.0.0.1", "https://localhost")


async def status(place: Forecourt, responder: str, protocol: str = "ocpp2.1", **change: str) -> dict:
    socket = await place.plug("CP1", protocol)
    answer = await ask(socket, "GetCertificateStatus", {"ocspRequestData": HASHES | {"responderURL": responder} | change})
    check(Protocol(protocol), "GetCertificateStatusResponse", json.dumps(answer[2]).encode())
    return answer[2]


async def test_the_issuers_ocsp_response_reaches_the_charger_and_is_requested_once(place: Forecourt, issuer: Issuer) -> None:
    answers = [await status(place, f"{issuer.url}/status", protocol) for protocol in ("ocpp2.1", "ocpp2.0.1")]
    for one in answers:
        said = ocsp.load_der_ocsp_response(b64decode(one["ocspResult"]))
        assert (one["status"], said.serial_number, said.certificate_status) == ("Accepted", 11, ocsp.OCSPCertStatus.GOOD)
    (asked,) = issuer.asked
    assert (asked.serial_number, asked.issuer_name_hash.hex(), asked.issuer_key_hash.hex()) == (11, "aa" * 32, "bb" * 32)


async def test_only_configured_issuers_are_asked(place: Forecourt, issuer: Issuer) -> None:
    """A charger could name any address of this network."""
    port = issuer.server.server_port
    for other in (f"http://localhost:{port}", f"https://127.0.0.1:{port}", f"http://x@127.0.0.1:{port}", "file:///etc/passwd", "http://["):
        found = await status(place, other)
        assert found["status"] == "Failed" and "asks no issuer" in found["statusInfo"]["additionalInfo"]
    assert issuer.asked == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"serial": 12}, "another certificate"),
        ({"ends": NOW - timedelta(hours=1)}, "does not hold now"),
        ({"code": 500}, "answered 500"),
        ({"size": 60}, "longer"),
    ],
)
async def test_an_invalid_answer_is_reported_and_not_cached(place: Forecourt, issuer: Issuer, wrong: dict, why: str) -> None:
    right = dict(vars(issuer))
    vars(issuer).update(wrong)
    found = await status(place, issuer.url)
    assert found["status"] == "Failed" and why in found["statusInfo"]["additionalInfo"]
    vars(issuer).update({name: right[name] for name in wrong})
    if why != "longer":
        assert (await status(place, issuer.url))["status"] == "Accepted"


async def chain(place: Forecourt, *wanted: tuple[str, str, list[str]]) -> list[dict]:
    """wanted: serial number, source and addresses of each certificate."""
    asked = [{"certificateHashData": HASHES | {"serialNumber": one}, "source": source, "urls": urls} for one, source, urls in wanted]
    socket = await place.plug("CP1", "ocpp2.1")
    answer = await ask(socket, "GetCertificateChainStatus", {"certificateStatusRequests": asked})
    check(Protocol.OCPP21, "GetCertificateChainStatusResponse", json.dumps(answer[2]).encode())
    told = answer[2]["certificateStatus"]
    assert [(one["certificateHashData"], one["source"]) for one in told] == [(one["certificateHashData"], one["source"]) for one in asked]
    return told


@pytest.mark.parametrize("said", ["Good", "Revoked", "Unknown"])
async def test_the_status_of_a_vehicle_certificate_is_reported_with_a_validity_of_a_week_at_most(
    place: Forecourt, issuer: Issuer, said: str
) -> None:
    issuer.status, issuer.ends = ocsp.OCSPCertStatus[said.upper()], NOW + timedelta(days=30)
    for _ in range(2):
        (told,) = await chain(place, ("0b", "OCSP", ["https://other.example", secure(issuer)]))
        left = datetime.fromisoformat(told["nextUpdate"]) - datetime.now(UTC)
        assert told["status"] == said and timedelta(days=6) < left <= timedelta(days=7)
    assert len(issuer.asked) == 1


async def test_no_status_is_reported_from_plain_http_crls_or_unconfigured_issuers(place: Forecourt, issuer: Issuer) -> None:
    """CRLs are not fetched either, and addresses that are not configured are not called."""
    lists = ("0b", "CRL", [secure(issuer)])
    told = await chain(place, ("0b", "OCSP", [issuer.url]), lists, ("0b", "OCSP", ["http://["]), ("zz", "OCSP", [secure(issuer)]))
    assert [one["status"] for one in told] == ["Failed"] * 4 and len(issuer.asked) == 1
    assert all(datetime.fromisoformat(one["nextUpdate"]) <= datetime.now(UTC) for one in told), "it may ask again at once"


async def test_an_invalid_certificate_description_causes_no_request(place: Forecourt, issuer: Issuer) -> None:
    for change in ({"serialNumber": "xyz"}, {"issuerKeyHash": "0"}, {"issuerNameHash": "aa"}):
        assert (await status(place, issuer.url, **change))["status"] == "Failed"
    assert issuer.asked == []


async def test_a_long_lived_answer_is_requested_again_after_an_hour(issuer: Issuer) -> None:
    """So that a contract revoked meanwhile is detected; if the issuer does not answer, the last answer is used while it is valid."""
    clock, asker = WallClock(), HttpRequester(allowed=lambda _address: True, secure_only=False)
    statuses, question = CertificateStatuses([issuer.url], asker, clock), StatusQuestion(*HASHES.values(), (issuer.url,))
    for ahead, asked in ((timedelta(), 1), (timedelta(minutes=59), 1), (timedelta(minutes=61), 2)):
        clock.ahead = ahead
        assert (await statuses.of(question)).der and len(issuer.asked) == asked
    issuer.code = 500
    for days, holds in ((6, True), (8, False)):
        clock.ahead = timedelta(days=days)
        assert bool((await statuses.of(question)).der) is holds
    asker.close()


async def test_concurrent_status_requests_for_a_certificate_share_one_answer(place: Forecourt, issuer: Issuer) -> None:
    place.network.add("CP2")
    sockets = [await place.plug(one, "ocpp2.1") for one in ("CP1", "CP2")]
    request = {"ocspRequestData": HASHES | {"responderURL": issuer.url}}
    answers = await asyncio.gather(*(ask(socket, "GetCertificateStatus", request) for socket in sockets))
    assert {one[2]["status"] for one in answers} == {"Accepted"} and len(issuer.asked) == 1


async def test_without_configured_issuers_a_status_request_fails_and_says_so(forecourt: Forecourt) -> None:
    forecourt.network.add("CP1")
    assert "asks no issuer" in (await status(forecourt, "http://ocsp.example"))["statusInfo"]["additionalInfo"]


def test_ocsp_responders_are_configured_as_http_origins_without_a_path() -> None:
    named = settings_from({"FORECOURT_OCSP_RESPONDERS": "http://ocsp.example, https://a.example:8443/"}).ocsp_responders
    assert named == ("http://ocsp.example", "https://a.example:8443/")
    for wrong in ("ocsp.example", "http://ocsp.example/path", "ftp://ocsp.example"):
        with pytest.raises(BadInput):
            settings_from({"FORECOURT_OCSP_RESPONDERS": wrong})
