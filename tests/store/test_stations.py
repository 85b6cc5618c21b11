"""Stations are read as stored, and a unit of work sees its own changes."""

import json
from dataclasses import replace

import pytest

from forecourt.flows.ports import Transactions
from forecourt.kernel import ChargerId, Conflict, EvseId, NotFound, SiteId
from forecourt.stations import Approval, Charger, ConnectorState, Sharing, Site, Socket
from forecourt.store.codec import Codec, json_bytes


def test_stored_stations_are_read_in_the_next_unit_of_work(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        assert store.stations.operators() == [sample.operator]
        assert store.stations.site_by_slug("caltech") == sample.site
        assert list(store.stations.evses(sample.site.id)) == sample.evses
        assert store.stations.evse_at(ChargerId("CA-302"), 1) == sample.evses[2]
        assert list(store.stations.chargers(sample.site.id)) == sample.chargers


def test_a_unit_of_work_sees_its_own_changes(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        sample.fill(store)
        assert store.stations.site(sample.site.id) == sample.site
        assert store.stations.evse(sample.evses[1].id) == sample.evses[1]
        store.stations.put_site(replace(sample.site, name="Other"))
        assert [one.name for one in store.stations.sites(sample.operator.id)] == ["Other"]


def test_an_offered_password_is_stored_beside_the_current_one_until_it_is_replaced(any_transactions: Transactions, sample) -> None:
    named = ChargerId("CA-302")
    for held, offered in (("old", ()), ("old", ("new", "6e6577")), ("new", ())):
        with any_transactions.begin() as store:
            store.stations.put_secret_hash(named, held, offered)
        with any_transactions.begin() as store:
            assert (store.stations.secret_hash(named), store.stations.offered_hashes(named)) == (held, offered)
            store.stations.prefetch([named])
            assert (store.stations.secret_hash(named), store.stations.offered_hashes(named)) == (held, offered)


def test_an_exception_rolls_back_the_whole_unit_of_work(any_transactions: Transactions, sample) -> None:
    with pytest.raises(ZeroDivisionError), any_transactions.begin() as store:
        sample.fill(store)
        raise ZeroDivisionError
    with any_transactions.begin() as store:
        assert list(store.stations.sites()) == []
        assert list(store.stations.chargers()) == []


def test_a_missing_site_or_socket_raises_not_found(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store:
        assert store.stations.evse_at(ChargerId("nobody"), 1) is None
        assert store.stations.charger(ChargerId("nobody")) is None
        for ask in (lambda: store.stations.site(SiteId(sample.id())), lambda: store.stations.evse(EvseId(sample.id()))):
            with pytest.raises(NotFound):
                ask()


def test_two_sites_never_share_a_short_name(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with pytest.raises(Conflict) as refused, any_transactions.begin() as store:
        store.stations.put_site(replace(sample.site, id=SiteId(sample.id())))
    assert refused.value.code == "slug_taken"


def test_a_site_without_its_operator_is_refused(any_transactions: Transactions, sample) -> None:
    with pytest.raises(Conflict) as refused, any_transactions.begin() as store:
        store.stations.put_site(sample.site)
    assert refused.value.code == "missing"


def test_an_unknown_charger_waits_for_approval(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.stations.put_charger(Charger(ChargerId("NEW"), Approval.PENDING))
        store.stations.put_secret_hash(ChargerId("NEW"), "hash")
    with any_transactions.begin() as store:
        assert [one.id for one in store.stations.chargers(approval=Approval.PENDING)] == ["NEW"]
        assert store.stations.secret_hash(ChargerId("NEW")) == "hash"
        assert store.stations.secret_hash(ChargerId("CA-300")) is None


def test_the_state_of_a_socket_is_unknown_until_reported(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    reported = Socket(sample.evses[1].id, ConnectorState.FAULTED, error="GroundFailure", at=sample.t0)
    with any_transactions.begin() as store:
        store.stations.put_socket(reported)
        assert store.stations.socket(sample.evses[1].id) == reported
    with any_transactions.begin() as store:
        assert store.stations.socket(sample.evses[0].id).state is ConnectorState.UNKNOWN
        assert store.stations.sockets(sample.site.id)[1] == reported


def test_configuration_changed_in_another_unit_of_work_is_read(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.stations.evses(sample.site.id)
    with any_transactions.begin() as store:
        store.stations.put_evse(replace(sample.evses[0], max_a=16))
    with any_transactions.begin() as store:
        assert store.stations.evse(sample.evses[0].id).max_a == 16


def test_chargers_locked_by_another_unit_of_work_are_skipped(transactions: Transactions, sample) -> None:
    sample.filled(transactions)
    busy, free = (one.id for one in sample.chargers[:2])
    with transactions.begin() as slow, transactions.begin() as quick:
        slow.stations.put_charger(replace(slow.stations.charger(busy), vendor="ACME"))
        (held,) = quick.stations.lock_available([busy, free])
        assert held.id == free
        quick.stations.put_charger(replace(held, connected=True))
    with transactions.begin() as store:
        assert (store.stations.charger(free).connected, store.stations.charger(busy).vendor) == (True, "ACME")


def test_a_concurrent_change_survives_repeated_puts_of_an_older_value(transactions: Transactions, sample) -> None:
    sample.filled(transactions)
    with transactions.begin() as slow:
        read = slow.stations.charger(sample.chargers[0].id)
        with transactions.begin() as other:
            other.stations.put_charger(replace(read, connected=True, holder="here"))
        slow.stations.put_charger(named := replace(read, model="One"))
        slow.stations.put_charger(replace(named, firmware="2.0"))
        slow.stations.put_charger(replace(named, firmware="1.0", model=read.model))
    with transactions.begin() as store:
        assert store.stations.charger(read.id) == replace(read, connected=True, holder="here", firmware="1.0")


def test_two_units_of_work_change_different_fields_of_a_charger(transactions: Transactions, sample) -> None:
    sample.filled(transactions)
    charger_id = sample.chargers[0].id
    with transactions.begin() as slow:
        before = slow.stations.charger(charger_id)
        with transactions.begin() as quick:
            quick.stations.put_charger(replace(quick.stations.charger(charger_id), connected=True))
        slow.stations.put_charger(replace(before, vendor="ACME"))
    with transactions.begin() as store:
        after = store.stations.charger(charger_id)
        assert (after.vendor, after.connected) == ("ACME", True)


def test_a_site_stored_before_power_sharing_options_gets_the_defaults(sample) -> None:
    """The stored site has neither options nor a power limit; its limits have no commissioned values."""
    paper = json.loads(json_bytes(Codec[Site](Site).pack(sample.site)))
    for name in ("sharing", "power_limit_w", "commissioned_w"):
        del paper[name]
    for row in paper["limits"]:
        del row["commissioned_a"]
    read = Codec[Site](Site).read(json.dumps(paper).encode())
    assert read == sample.site and read.sharing == Sharing() and read.power_limit_w is None
