"""The demo site: its chargers are reset at every start, and its price is lawful in its place."""

from dataclasses import replace
from datetime import UTC, datetime

from argon2 import PasswordHasher

from forecourt.assembly.demo_network import Credentials, all_have_fallback, build_network, reset_chargers, site_id
from forecourt.flows.prices.price_law import check_published
from forecourt.kernel import ChargerId
from forecourt.simulation import load_site
from forecourt.store.memory import MemoryTransactions
from forecourt.tariffs import LegalOutcome


def test_a_demo_charger_has_its_original_password_again_after_a_restart() -> None:
    spec, credentials, named = load_site("caltech"), Credentials(b"s"), ChargerId("CA-148")
    with MemoryTransactions().begin() as store:
        build_network(store, spec, 40, credentials, datetime(2019, 9, 5, tzinfo=UTC))
        store.stations.put_secret_hash(named, "of another", ("and", "more"))
        reset_chargers(store, spec, credentials)
        assert store.stations.offered_hashes(named) == ()
        assert PasswordHasher().verify(store.stations.secret_hash(named) or "", credentials.charger_password(named))


def test_after_a_demo_restart_cars_wait_until_every_charger_has_its_fallback_limit() -> None:
    spec, transactions = load_site("caltech"), MemoryTransactions()
    held = []
    with transactions.begin() as store:
        build_network(store, spec, 40, Credentials(b"s"), datetime(2019, 9, 5, tzinfo=UTC))
    for _ in range(2):
        held.append(all_have_fallback(transactions, site_id("caltech")))
        with transactions.begin() as store:
            for grant in store.plans.grants(site_id("caltech")).values():
                store.plans.put_grant(replace(grant, fallback_a=0))
        held.append(all_have_fallback(transactions, site_id("caltech")))
        with transactions.begin() as store:
            reset_chargers(store, spec, Credentials(b"s"))
    assert held == [False, True, False, True]


def test_the_demo_site_is_in_california_and_its_price_is_lawful_there() -> None:
    with MemoryTransactions().begin() as store:
        site = build_network(store, load_site("caltech"), 40, Credentials(b"s"), datetime(2026, 11, 30, tzinfo=UTC))
        (entry,), (version,) = store.prices.entries(site.operator_id), store.prices.versions(site.operator_id)
        said = {one.rule: one.outcome for one in check_published(store, version, [entry])}
    assert site.jurisdiction == "US-CA" and said["us-ca-ctep-ac"] is LegalOutcome.SATISFIED
