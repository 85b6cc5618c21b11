"""Client certificates of chargers: requested, signed, installed and renewed in time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from certificate_authority import NOW, Authority, request_for
from flows.conftest import at
from forecourt.flows.chargers import command, command_answered, process_certificate_requests, sign_by_hand
from forecourt.flows.desk import Staff
from forecourt.kernel import BadInput, ChargerId
from forecourt.stations import (
    CertificateRequest,
    CertificateRequested,
    ChargerAuthority,
    ConnectionInfo,
    DeleteRoot,
    InstallSigned,
    OrderResult,
    Outcome,
    ReadRoots,
    ReportMeter,
    RequestState,
    RootUse,
    SecurityProfile,
)
from power_world import deliver
from stores import both_stores

CP1 = ChargerId("CP1")
TODAY = (NOW - at(0)).total_seconds() / 60  # certificates hold in our days


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> ChargerAuthority:
    return Authority(tmp_path_factory.mktemp("ca")).as_kept()


def ask(forecourt, csr: str, minute: float = TODAY, number: int | None = None) -> None:
    forecourt.says("CP1", CertificateRequested(at(minute), csr, number))


def look(forecourt, authority: ChargerAuthority | None, minute: float = TODAY) -> int:
    with forecourt.transactions.begin() as store:
        return process_certificate_requests(store, forecourt.site_id, at(minute), forecourt.ids, authority)


def request(forecourt) -> CertificateRequest:
    with forecourt.transactions.begin() as store:
        return store.stations.charger(CP1).certificates.request


def told(forecourt, minute: float, result: Outcome = Outcome.ACCEPTED) -> list:
    return [one for charger, one in deliver(forecourt, minute, result) if charger == "CP1"]


def test_a_valid_certificate_request_is_signed_sent_and_installed(forecourt, authority: ChargerAuthority) -> None:
    csr, _ = request_for("CP1")
    ask(forecourt, csr, number=7)
    assert look(forecourt, authority) == 1
    assert request(forecourt).state is RequestState.SENT
    (sent,) = told(forecourt, TODAY + 1)
    assert isinstance(sent, InstallSigned) and sent.number == 7
    authority.check_signed(sent.chain, csr, CP1, "", NOW)
    assert request(forecourt).state is RequestState.INSTALLED


def test_a_certificate_request_under_a_name_other_than_the_chargers_id_is_not_signed_automatically(
    forecourt, authority: ChargerAuthority
) -> None:
    """A charger that calls itself CP2 in its boot must not become CP2."""
    with forecourt.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(CP1), serial="CP2"))
    for name, state in (("CP2", RequestState.BY_HAND), ("CP3", RequestState.REFUSED)):
        ask(forecourt, request_for(name)[0])
        assert look(forecourt, authority) == 0
        assert request(forecourt).state is state


def test_without_a_signing_key_a_certificate_request_is_signed_by_hand(forecourt, authority: ChargerAuthority) -> None:
    csr, _ = request_for("CP1")
    ask(forecourt, csr)
    look(forecourt, replace(authority, key=None))
    ask(forecourt, csr, TODAY + 2)  # it asks again meanwhile
    assert request(forecourt).state is RequestState.BY_HAND
    with forecourt.transactions.begin() as store, pytest.raises(BadInput):
        sign_by_hand(store, staff(forecourt), CP1, authority.sign(request_for("CP1")[0], 1, NOW), authority)
    with forecourt.transactions.begin() as store:
        sign_by_hand(store, staff(forecourt), CP1, authority.sign(csr, 1, NOW), authority)
    assert [type(one) for one in told(forecourt, TODAY + 3, Outcome.REJECTED)] == [InstallSigned]
    assert "refused it" in request(forecourt).why


def test_without_an_authority_the_request_is_refused_with_the_reason(forecourt) -> None:
    ask(forecourt, request_for("CP1")[0])
    look(forecourt, None)
    assert (request(forecourt).state, request(forecourt).why) == (
        RequestState.REFUSED,
        "no authority is set up to sign charger certificates",
    )


def test_a_charger_is_asked_daily_to_renew_in_the_last_thirty_days_of_its_certificate(forecourt, authority: ChargerAuthority) -> None:
    with forecourt.transactions.begin() as store:
        way_in = ConnectionInfo(SecurityProfile.CERTIFICATE, certificate_ends=at(0) + timedelta(days=31))
        store.stations.put_charger(replace(store.stations.charger(CP1), connected=True, last_connection=way_in))
    days = [look(forecourt, authority, minute) for minute in (0, 1441, 1500, 2 * 1441)]
    assert days == [0, 1, 0, 1]
    assert told(forecourt, 2 * 1441 + 1) == [ReportMeter(0, "CERTIFICATE")] * 2


@both_stores
def test_the_last_root_certificate_by_which_a_charger_trusts_this_server_is_not_deleted(forecourt) -> None:
    one, other = "SHA256/aa/bb/01", "SHA256/aa/bb/02"
    with forecourt.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(CP1), connected=True))
        read = OrderResult(Outcome.ACCEPTED, "", ((one, "SERVER"), (other, "SERVER")))
        command_answered(store, staff(forecourt), CP1, ReadRoots(RootUse.SERVER), read)
    with forecourt.transactions.begin() as store:
        command(store, staff(forecourt), CP1, DeleteRoot(one))
    for root in (other, one):  # a colleague, before the charger has answered
        with forecourt.transactions.begin() as store, pytest.raises(BadInput):
            command(store, staff(forecourt), CP1, DeleteRoot(root))


def staff(forecourt) -> Staff:
    return Staff(forecourt.operator_id, "ops", NOW, forecourt.ids)
