"""Security profile 3: a charger connects with its own certificate, and with no other."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from certificate_authority import DAY, NOW, Authority, request_for
from forecourt.assembly.settings import settings_from
from forecourt.assembly.tls import ChargerTls
from forecourt.gateway import GatewaySettings, decode_result, encode_order
from forecourt.stations import Approval, CertificateRequested, ConnectionInfo, InstallSigned, Outcome, SecurityProfile
from gateway.conftest import Forecourt
from gateway.fakes import WallClock
from gateway.test_handshakes import basic

ORGANISATION = "Example Charging"
CERTIFIED = ConnectionInfo(SecurityProfile.CERTIFICATE)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("tls"))
    made.issue("charge.example")
    return made


@pytest.fixture
def settings(library: str, authority: Authority) -> GatewaySettings:
    where = {"CERT": "charge.example.crt", "KEY": "charge.example.key", "CLIENT_CA": "ca.crt"}
    files = settings_from({f"FORECOURT_OCPP_TLS_{name}": str(authority.folder / file) for name, file in where.items()}).ocpp_tls
    assert files is not None
    return replace(
        GatewaySettings(port=0, library=library), tls=ChargerTls(files, WallClock()).context, organisation=ORGANISATION, wrong_per_id=2
    )


@pytest.fixture
async def door(forecourt: Forecourt, authority: Authority) -> AsyncIterator["Door"]:
    yield Door(forecourt, authority)


class Door:
    """The chargers' port, from outside."""

    def __init__(self, forecourt: Forecourt, authority: Authority) -> None:
        self.forecourt, self.network, self.authority = forecourt, forecourt.network, authority

    async def plug(
        self, charger_id: str, files: tuple[Path, Path] | None = None, password: str = "", protocol: str = "ocpp2.0.1"
    ) -> ConnectionInfo | int:
        """How it came in; the status with which it was refused; an OSError where even TLS did not come about."""
        context = ssl.create_default_context(cafile=str(self.authority.certificate))
        if files:
            context.load_cert_chain(*files)
        headers = basic(charger_id, password) if password else {}
        url = f"wss://127.0.0.1:{self.forecourt.gateway.port}/ocpp/{charger_id}"
        options = {"ssl": context, "server_hostname": "charge.example", "additional_headers": headers, "compression": None}
        context.check_hostname = False
        try:
            self.forecourt.open.append(await connect(url, subprotocols=[protocol], **options))
        except InvalidStatus as refused:
            return refused.response.status_code
        return await self.came(charger_id) if charger_id in self.network.chargers else ConnectionInfo()

    async def came(self, charger_id: str) -> ConnectionInfo:
        async with asyncio.timeout(60):
            while charger_id not in self.network.ways:
                await asyncio.sleep(0.01)
        return self.network.ways.pop(charger_id)


async def test_a_charger_with_its_own_certificate_needs_no_password_and_without_one_it_does(door: Door) -> None:
    door.network.add("CP1", "secret")
    came = await door.plug("CP1", door.authority.issue("CP1", ORGANISATION))
    assert isinstance(came, ConnectionInfo) and came.by_certificate and came.network == "127.0.0.0/24"
    assert came.certificate_ends == (NOW + 90 * DAY).replace(microsecond=0)
    assert await door.plug("CP1") == 401
    assert await door.plug("CP1", password="secret") == ConnectionInfo(SecurityProfile.PASSWORD_TLS, "127.0.0.0/24")


async def test_a_charger_that_has_used_a_certificate_is_refused_with_a_password(door: Door) -> None:
    door.network.add("CP1", "secret")
    door.network.chargers["CP1"] = replace(door.network.chargers["CP1"], last_connection=CERTIFIED)
    assert await door.plug("CP1", password="secret") == 401
    door.network.chargers["CP1"] = replace(door.network.chargers["CP1"], secret_hash=None)
    assert await door.plug("CP1") == 401


@pytest.mark.parametrize(
    ("made_out", "why"),
    [
        ({"name": "CP2", "organisation": ORGANISATION}, "is issued to CP2"),
        ({"name": "CP1", "organisation": "Other"}, f"is from Other, not from {ORGANISATION}"),
        ({"name": "CP1"}, "is from no organisation"),
        ({"name": "CP1", "organisation": ORGANISATION, "begins": NOW - 9 * DAY, "ends": NOW - DAY}, "expired on"),
        ({"name": "CP1", "organisation": ORGANISATION, "begins": NOW + DAY}, "is not valid before"),
    ],
)
async def test_a_certificate_of_another_charger_or_not_valid_now_is_refused_and_reported(door: Door, made_out: dict, why: str) -> None:
    """Also with the right password: a certificate takes precedence."""
    door.network.add("CP1", "secret")
    files = door.authority.issue(**made_out, file="refused")
    assert [await door.plug("CP1", files, "secret") for _ in range(3)] == [401, 401, 429]
    assert [charger_id for charger_id, _ in door.network.refused] == ["CP1"] * 2  # and not once for each try
    assert why in door.network.refused[0][1]


async def test_a_certificate_of_an_unknown_authority_fails_the_handshake(door: Door, tmp_path: Path) -> None:
    door.network.add("CP1")
    with pytest.raises((OSError, InvalidMessage)):
        await door.plug("CP1", Authority(tmp_path, "stranger").issue("CP1", ORGANISATION))
    assert door.network.asked == []


async def test_a_certificate_may_name_the_reported_serial_number(door: Door) -> None:
    door.network.add("CP1")
    door.network.chargers["CP1"] = replace(door.network.chargers["CP1"], serial="SN-77")
    assert isinstance(await door.plug("CP1", door.authority.issue("SN-77", ORGANISATION)), ConnectionInfo)


@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_a_charger_requests_a_certificate_by_password_and_then_connects_with_it(door: Door, protocol: str) -> None:
    """The first connection is by password; the private key never leaves the charger."""
    door.network.add("CP1", "secret")
    csr, key = request_for("CP1", ORGANISATION)
    await door.plug("CP1", None, "secret", protocol)
    charger = door.forecourt.open[-1]
    numbered = {"requestId": 9} if protocol == "ocpp2.1" else {}
    await charger.send(json.dumps([2, "m1", "SignCertificate", {"csr": csr, **numbered}]))
    assert json.loads(await charger.recv()) == [3, "m1", {"status": "Accepted"}]
    (fact,) = door.forecourt.inbox.facts(CertificateRequested)
    chain = door.authority.as_kept(ORGANISATION).sign(fact.csr, 7, NOW)
    sending = asyncio.create_task(door.network.handlers["CP1"](encode_order(InstallSigned(chain, fact.number))))
    _, number, action, payload = json.loads(await charger.recv())
    typed = {} if protocol == "ocpp1.6" else {"certificateType": "ChargingStationCertificate"}
    assert (action, payload) == ("CertificateSigned", {"certificateChain": chain, **typed, **numbered})
    await charger.send(json.dumps([3, number, {"status": "Accepted"}]))
    assert decode_result(await sending).outcome is Outcome.ACCEPTED
    came = await door.plug("CP1", door.authority.written("signed", chain, key))
    assert isinstance(came, ConnectionInfo) and came.by_certificate


async def test_a_certificate_request_of_a_charger_pending_approval_is_rejected(door: Door) -> None:
    await door.plug("NEW", protocol="ocpp1.6")
    await door.forecourt.open[-1].send(json.dumps([2, "m1", "SignCertificate", {"csr": "x"}]))
    assert json.loads(await door.forecourt.open[-1].recv()) == [3, "m1", {"status": "Rejected"}]


async def test_requests_for_v2g_certificates_are_rejected(door: Door) -> None:
    door.network.add("CP1", "secret")
    await door.plug("CP1", None, "secret")
    charger = door.forecourt.open[-1]
    await charger.send(json.dumps([2, "m1", "SignCertificate", {"csr": "x", "certificateType": "V2GCertificate"}]))
    assert json.loads(await charger.recv()) == [3, "m1", {"status": "Rejected"}]


async def test_a_retired_charger_is_refused_with_its_certificate_too(door: Door) -> None:
    door.network.add("CP1")
    door.network.chargers["CP1"] = replace(door.network.chargers["CP1"], approval=Approval.RETIRED)
    assert await door.plug("CP1", door.authority.issue("CP1", ORGANISATION)) == 401
