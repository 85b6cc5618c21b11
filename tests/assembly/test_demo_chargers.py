"""The chargers of the demo are as new with every start: they get in, whatever somebody made of their passwords, and keep no fallback."""

from dataclasses import replace
from datetime import UTC, datetime

from argon2 import PasswordHasher

from forecourt.assembly.demo_network import Credentials, all_held, as_new, build_network, site_id
from forecourt.kernel import ChargerId
from forecourt.simulation import load_site
from forecourt.store.memory import MemoryTransactions


def test_a_password_changed_in_the_console_is_the_first_again_with_the_next_start() -> None:
    spec, credentials, named = load_site("caltech"), Credentials(b"s"), ChargerId("CA-148")
    with MemoryTransactions().begin() as store:
        build_network(store, spec, 40, credentials, datetime(2019, 9, 5, tzinfo=UTC))
        store.stations.put_secret_hash(named, "of another", ("and", "more"))
        as_new(store, spec, credentials)
        assert store.stations.offered_hashes(named) == ()
        assert PasswordHasher().verify(store.stations.secret_hash(named) or "", credentials.charger_password(named))


def test_no_fallback_of_an_earlier_start_is_believed_and_cars_wait_for_the_new_ones() -> None:
    spec, transactions = load_site("caltech"), MemoryTransactions()
    held = []
    with transactions.begin() as store:
        build_network(store, spec, 40, Credentials(b"s"), datetime(2019, 9, 5, tzinfo=UTC))
    for _ in range(2):
        held.append(all_held(transactions, site_id("caltech")))
        with transactions.begin() as store:
            for grant in store.plans.grants(site_id("caltech")).values():
                store.plans.put_grant(replace(grant, fallback_a=0))
        held.append(all_held(transactions, site_id("caltech")))
        with transactions.begin() as store:
            as_new(store, spec, Credentials(b"s"))
    assert held == [False, True, False, True]
