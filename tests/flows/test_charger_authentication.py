"""A charger that has connected with a certificate needs one from then on, until staff set a password."""

from datetime import timedelta

from flows.conftest import at
from forecourt.flows.chargers import certificate_refused, link_changed, renew_password
from forecourt.flows.desk import Staff
from forecourt.kernel import ChargerId
from forecourt.stations import ConnectionInfo, SecurityProfile

CP1 = ChargerId("CP1")
BY_PASSWORD = ConnectionInfo(SecurityProfile.PASSWORD_TLS, "192.0.2.0/24")
BY_CERTIFICATE = ConnectionInfo(SecurityProfile.CERTIFICATE, "192.0.2.0/24", at(0) + timedelta(days=90))


def came(forecourt, minute: float, way_in: ConnectionInfo | None) -> ConnectionInfo:
    with forecourt.transactions.begin() as store:
        link_changed(store, CP1, way_in is not None, at(minute), connection_info=way_in)
        return store.stations.charger(CP1).last_connection


def test_a_charger_that_used_a_certificate_needs_it_until_staff_set_a_password(forecourt) -> None:
    assert [came(forecourt, 0, BY_PASSWORD), came(forecourt, 1, BY_CERTIFICATE)] == [BY_PASSWORD, BY_CERTIFICATE]
    assert [came(forecourt, 2, None), came(forecourt, 3, BY_PASSWORD)] == [BY_CERTIFICATE] * 2
    with forecourt.transactions.begin() as store:
        renew_password(store, Staff(forecourt.operator_id, "ops", at(4), forecourt.ids), CP1, "hash")
        assert not store.stations.charger(CP1).last_connection.by_certificate
    assert came(forecourt, 5, BY_PASSWORD) == BY_PASSWORD


def test_a_refused_client_certificate_is_shown_until_the_charger_connects_with_one(forecourt) -> None:
    came(forecourt, 0, BY_CERTIFICATE)
    with forecourt.transactions.begin() as store:
        certificate_refused(store, CP1, "ended on 2026-01-01", at(1))
        assert store.stations.charger(CP1).last_connection == BY_CERTIFICATE.turned_away("ended on 2026-01-01", at(1))
    assert came(forecourt, 2, BY_CERTIFICATE).refused == ""
