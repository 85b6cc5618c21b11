"""Revoked charger certificates and authorities no longer trusted: both take effect at the next check of the files."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from websockets.exceptions import InvalidMessage

from certificate_authority import DAY, NOW, Authority
from forecourt.assembly.settings import settings_from
from forecourt.assembly.tls import ChargerTls
from forecourt.gateway import GatewaySettings
from forecourt.kernel import BadInput
from forecourt.stations import ConnectionInfo, revocations_in
from gateway.conftest import Forecourt
from gateway.fakes import WallClock
from gateway.test_certificates import Door


def der(file: Path) -> bytes:
    return load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path)
    made.issue("charge.example")
    made.revoke()
    return made


@pytest.fixture
def tls(authority: Authority) -> ChargerTls:
    where = {"CERT": "charge.example.crt", "KEY": "charge.example.key", "CLIENT_CA": "ca.crt", "CLIENT_CRL": "ca.crl"}
    files = settings_from({f"FORECOURT_OCPP_TLS_{name}": str(authority.folder / file) for name, file in where.items()}).ocpp_tls
    return ChargerTls(files, WallClock())


@pytest.fixture
def settings(library: str, tls: ChargerTls) -> GatewaySettings:
    return replace(GatewaySettings(port=0, library=library), tls=tls.context, why_invalid=tls.why_invalid, certificate_recheck_s=0.0)


@pytest.fixture
def door(forecourt: Forecourt, authority: Authority) -> Door:
    for charger_id in ("CP1", "CP2", "CP3"):
        forecourt.network.add(charger_id)
    return Door(forecourt, authority)


async def test_a_revoked_certificate_is_refused_with_the_reason(door: Door, tls: ChargerTls) -> None:
    stolen, other = door.authority.issue("CP1"), door.authority.issue("CP2")
    assert isinstance(await door.plug("CP1", stolen), ConnectionInfo)
    door.authority.revoke(stolen[0])
    await tls._check_files()
    assert await door.plug("CP1", stolen) == 401
    assert door.network.refused == [("CP1", "was revoked by whoever signed it")]
    assert isinstance(await door.plug("CP2", other), ConnectionInfo)
    assert isinstance(await door.plug("CP1", door.authority.issue("CP1", file="renewed")), ConnectionInfo)


async def test_an_open_connection_is_closed_when_its_certificate_is_revoked_and_no_other_is(door: Door, tls: ChargerTls) -> None:
    stolen, other = door.authority.issue("CP1"), door.authority.issue("CP2")
    for charger_id, files in (("CP1", stolen), ("CP2", other)):
        assert isinstance(await door.plug(charger_id, files), ConnectionInfo)
    taken, kept = door.forecourt.open[-2:]
    door.authority.revoke(stolen[0])
    await tls._check_files()
    await asyncio.wait_for(taken.wait_closed(), 20)
    assert (taken.close_reason, kept.close_code) == ("certificate", None)
    assert door.network.refused == [("CP1", "was revoked by whoever signed it")]
    assert await door.plug("CP1", stolen) == 401


async def test_an_open_connection_is_closed_when_its_certificate_expires_and_the_renewed_one_connects(door: Door, clock: WallClock) -> None:
    old = door.authority.issue("CP1", ends=NOW + DAY)
    for charger_id, files in (("CP1", old), ("CP2", door.authority.issue("CP2"))):
        assert isinstance(await door.plug(charger_id, files), ConnectionInfo)
    over, kept = door.forecourt.open[-2:]
    clock.ahead = 2 * DAY
    await asyncio.wait_for(over.wait_closed(), 20)
    assert (over.close_reason, kept.close_code) == ("certificate", None)
    assert [charger_id for charger_id, why in door.network.refused if why.startswith("expired on")] == ["CP1"]
    assert await door.plug("CP1", old) == 401
    assert isinstance(await door.plug("CP1", door.authority.issue("CP1", file="renewed")), ConnectionInfo)


async def test_connections_by_an_authority_no_longer_trusted_are_closed_and_others_stay_open(
    door: Door, tls: ChargerTls, tmp_path: Path
) -> None:
    """A charger whose certificate depends on an intermediate one has to reconnect once: only a handshake shows that."""
    before, trusted = door.authority, door.authority.certificate
    before.certificate = trusted.rename(tmp_path / "of_the_port.crt")  # by which chargers know the port
    after = Authority(tmp_path, "after")
    between = Authority(tmp_path, "between", under=after)
    trusted.write_bytes(before.certificate.read_bytes() + after.certificate.read_bytes())
    await tls._check_files()
    shown = {charger_id: one.issue(charger_id) for charger_id, one in (("CP1", before), ("CP2", after), ("CP3", between))}
    shown["CP3"][0].write_bytes(shown["CP3"][0].read_bytes() + between.certificate.read_bytes())
    for charger_id, files in shown.items():
        assert isinstance(await door.plug(charger_id, files), ConnectionInfo)
    lost, stays, again = door.forecourt.open[-3:]
    trusted.write_bytes(after.certificate.read_bytes())
    (tmp_path / "ca.crl").write_bytes(after.revoke().read_bytes())
    await tls._check_files()
    await asyncio.wait_for(asyncio.gather(lost.wait_closed(), again.wait_closed()), 20)
    assert sorted(door.network.refused) == [(one, "is by somebody who is trusted no more") for one in ("CP1", "CP3")]
    assert isinstance(await door.plug("CP3", shown["CP3"]), ConnectionInfo)
    assert stays.close_code is None and tls.why_invalid(der(shown["CP3"][0]), tls._current) == ""


async def test_after_the_authority_file_is_replaced_only_the_new_authority_is_trusted(door: Door, tls: ChargerTls, tmp_path: Path) -> None:
    """The file is replaced while the port is open."""
    before, ca = door.authority.issue("CP1"), door.authority.certificate
    assert isinstance(await door.plug("CP1", before), ConnectionInfo)
    (tmp_path / "next").mkdir()
    after = Authority(tmp_path / "next", "next")
    door.authority.certificate = ca.rename(tmp_path / "of_the_port.crt")  # by which chargers know the port
    ca.write_bytes(after.certificate.read_bytes())
    (tmp_path / "ca.crl").write_bytes(after.revoke().read_bytes())
    await tls._check_files()
    with pytest.raises((OSError, InvalidMessage)):
        await door.plug("CP1", before)
    assert isinstance(await door.plug("CP1", after.issue("CP1")), ConnectionInfo)


def test_an_invalid_or_foreign_revocation_list_is_refused_and_an_expired_one_still_counts(
    authority: Authority, tls: ChargerTls, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", "other").revoke().read_bytes()
    for lists in (other, b"", b"-----BEGIN X509 CRL-----\nAA==\n-----END X509 CRL-----\n"):
        with pytest.raises(BadInput):
            revocations_in(lists, authority.certificate.read_bytes())
    stolen = authority.issue("CP1")[0]
    (tmp_path / "ca.crl").write_bytes(other)
    with pytest.raises(BadInput):
        asyncio.run(tls._check_files())
    authority.revoke(stolen, due=NOW - DAY)
    asyncio.run(tls._check_files())
    assert tls.why_invalid(der(stolen), tls.context) == "was revoked by whoever signed it", "an old list goes on counting"
