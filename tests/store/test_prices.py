"""Tariff versions never overlap and never change; ambiguous entries are refused, also if concurrent."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import psycopg
import pytest

from forecourt.drivers import GroupMember
from forecourt.flows.ports import StoreUnavailable, Transactions
from forecourt.kernel import Conflict, DriverId, NotFound, PriceEntryId
from forecourt.store import PostgresTransactions, migrate
from forecourt.store.codec import Codec, json_bytes
from forecourt.tariffs import Channel, PriceEntry, TariffKey

from .conftest import T0


def hours(sample, count: float) -> datetime:
    return sample.t0 + timedelta(hours=count)


def entry(sample, start_h: float = 0, end_h: float | None = None, **changes: object) -> PriceEntry:
    end = None if end_h is None else hours(sample, end_h)
    site_id = sample.site.id
    made = PriceEntry(PriceEntryId(sample.id()), sample.operator.id, site_id, TariffKey(site_id, "t"), "Day", hours(sample, start_h), end)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_tariff_versions_and_price_entries_are_read_as_stored(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    general, own, late = sample.version(-24, None), sample.version(0, 1, sample.site.id, "0.59"), sample.version(1, None, sample.site.id)
    here, everywhere = entry(sample), entry(sample, -1, site_id=None, tariff=general.key, channel=Channel.ROAMING)
    with any_transactions.begin() as store:
        for version in (general, late, own):
            store.prices.put_version(version)
        store.prices.put_entry(here)
        store.prices.put_entry(everywhere)
    with any_transactions.begin() as store:
        assert store.prices.version(own.id) == own
        assert list(store.prices.versions_of(sample.operator.id, own.key)) == [own, late]
        assert {one.id for one in store.prices.versions(sample.operator.id)} == {general.id, own.id, late.id}
        assert [one.id for one in store.prices.versions(sample.operator.id, sample.site.id)] == [own.id, late.id]
        assert list(store.prices.entries(sample.operator.id, sample.site.id)) == [everywhere, here]
        assert store.prices.entry(here.id) == here and store.prices.entry(PriceEntryId(sample.id())) is None
        with pytest.raises(NotFound):
            store.prices.version(sample.version(0, 1).id)


def test_the_tariff_version_in_force_does_not_depend_on_earlier_queries(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    own, late = sample.version(0, 1, sample.site.id, "0.59"), sample.version(1, None, sample.site.id)
    with any_transactions.begin() as store:
        store.prices.put_version(own)
        store.prices.put_version(late)
    for hours in (-1, 0, 0.5, 1, 9, 0.5, -1):
        with any_transactions.begin() as store:
            at = T0 + timedelta(hours=hours)
            assert store.prices.version_at(sample.operator.id, own.key, at) == next(
                (one for one in (own, late) if one.is_valid_at(at)), None
            )
    with any_transactions.begin() as store:
        store.prices.put_version(replace(late, withdrawn=True))
        assert store.prices.version_at(sample.operator.id, own.key, T0 + timedelta(hours=9)) is None


def test_two_versions_of_one_tariff_never_overlap(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.prices.put_version(sample.version(0, 2, sample.site.id))
        store.prices.put_version(sample.version(2, 4, sample.site.id))
        store.prices.put_version(sample.version(0, 4))  # the general tariff of that id is another one
    with pytest.raises(Conflict) as refused, any_transactions.begin() as store:
        store.prices.put_version(sample.version(3, 5, sample.site.id))
    assert refused.value.code == "tariff_overlap"


def test_only_the_end_of_a_tariff_version_can_change(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    version = sample.version(0, None, sample.site.id)
    with any_transactions.begin() as store:
        store.prices.put_version(version)
    with any_transactions.begin() as store:
        store.prices.put_version(replace(version, valid_to=hours(sample, 1)))
        store.prices.put_version(sample.version(1, None, sample.site.id))
    for changed in ({"content_hash": "1" * 64}, {"published_by": "somebody"}, {"valid_from": hours(sample, 0.5)}):
        with pytest.raises(Conflict) as refused, any_transactions.begin() as store:
            store.prices.put_version(replace(version, valid_to=hours(sample, 1), **changed))
        assert refused.value.code == "tariff_fixed"
    with pytest.raises(Conflict), any_transactions.begin() as store:
        store.prices.put_version(version)  # its open end would run into its successor


def test_a_withdrawn_tariff_version_frees_its_period_and_cannot_return(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    first = sample.version(0, 2, sample.site.id)
    with any_transactions.begin() as store:
        store.prices.put_version(first)
    with any_transactions.begin() as store:
        store.prices.put_version(replace(first, withdrawn=True))
        store.prices.put_version(sample.version(1, 3, sample.site.id))
    with any_transactions.begin() as store:
        assert first.id not in {one.id for one in store.prices.versions_of(sample.operator.id, first.key)}
    with pytest.raises(Conflict), any_transactions.begin() as store:
        store.prices.put_version(first)


def test_price_entries_of_equal_rank_that_overlap_are_refused(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    fleet = entry(sample, 0, 4, plan="fleet")
    with any_transactions.begin() as store:
        store.prices.put_entry(fleet)
        store.prices.put_entry(entry(sample, 0, 4, plan="staff", priority=1))
        store.prices.put_entry(entry(sample, 4, 8, plan="staff"))
        store.prices.put_entry(entry(sample, 0, 4, plan="staff", power_class="HPC"))
    with pytest.raises(Conflict) as refused, any_transactions.begin() as store:
        store.prices.put_entry(entry(sample, 3, None, plan="staff"))
    assert refused.value.code == "price_tie"
    with any_transactions.begin() as store:
        store.prices.put_entry(replace(fleet, withdrawn=True))
        store.prices.put_entry(entry(sample, 3, 4, plan="residents"))
    with pytest.raises(Conflict) as fixed, any_transactions.begin() as store:
        store.prices.put_entry(replace(fleet, withdrawn=True, name="Other"))
    assert fixed.value.code == "entry_fixed"


def race(url: str, works: list[Callable[[Transactions], None]]) -> int:
    """How many of them were kept."""
    barrier = Barrier(len(works))
    with PostgresTransactions(url, most=len(works)) as transactions:

        def run(work: Callable[[Transactions], None]) -> bool:
            barrier.wait()
            try:
                work(transactions)
            except (Conflict, StoreUnavailable):
                return False
            return True

        with ThreadPoolExecutor(len(works)) as pool:
            return sum(pool.map(run, works))


def test_of_concurrent_publications_without_a_lock_one_succeeds(transactions: Transactions, database_url: str, sample) -> None:
    sample.filled(transactions)

    def version(one) -> Callable[[Transactions], None]:
        def keep(every: Transactions) -> None:
            with every.begin() as store:
                store.prices.put_version(one)

        return keep

    def enter(one: PriceEntry) -> Callable[[Transactions], None]:
        def keep(every: Transactions) -> None:
            with every.begin() as store:
                store.prices.put_entry(one)

        return keep

    assert race(database_url, [version(sample.version(number / 4, 3, sample.site.id)) for number in range(6)]) <= 1
    assert race(database_url, [enter(entry(sample, number / 4, 3)) for number in range(6)]) <= 1
    with transactions.begin() as store:
        assert len(store.prices.versions(sample.operator.id)) <= 1 and len(store.prices.entries(sample.operator.id)) <= 1


def test_a_version_published_by_another_process_is_seen_once_the_lock_is_held(transactions: Transactions, sample) -> None:
    sample.filled(transactions)
    made = sample.version(0, None, sample.site.id)
    with transactions.begin() as slow:
        assert not slow.prices.versions_of(sample.operator.id, made.key)
        with transactions.begin() as quick:
            quick.prices.put_version(made)
        slow.prices.lock(sample.operator.id)
        assert [one.id for one in slow.prices.versions_of(sample.operator.id, made.key)] == [made.id]


def test_a_group_membership_can_be_ended_and_not_reassigned(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    stay = GroupMember(sample.operator.id, "fleet", sample.driver.id, sample.t0)
    with any_transactions.begin() as store:
        store.drivers.put_member(stay)
    ended = replace(stay, until=hours(sample, 1))
    with any_transactions.begin() as store:
        store.drivers.put_member(ended)
        assert list(store.drivers.groups_of(sample.driver.id)) == [ended]
    with any_transactions.begin() as store:
        assert list(store.drivers.members(sample.operator.id)) == [ended]
    with pytest.raises(Conflict), any_transactions.begin() as store:
        store.drivers.put_member(replace(stay, driver_id=DriverId(sample.id())))


def test_tariffs_stored_before_the_price_book_stay_valid(empty_database_url: str, sample) -> None:
    migrate(empty_database_url, "0002")
    versions = [sample.version(0, 1, sample.site.id), sample.version(1, None, sample.site.id), sample.version(-1, None)]
    with psycopg.connect(empty_database_url) as connection:
        codec = Codec(type(versions[0]))
        for one in versions:
            valid = f"[{one.valid_from.isoformat()},{one.valid_to.isoformat() if one.valid_to else ''})"
            owner = one.site_id or "00000000-0000-0000-0000-000000000000"
            row = (one.operator_id, owner, one.id, valid, json_bytes(codec.pack(one)).decode())
            connection.execute("INSERT INTO tariff_versions VALUES (%s, %s, %s, %s, %s)", row)
    migrate(empty_database_url)
    with PostgresTransactions(empty_database_url) as transactions, transactions.begin() as store:
        assert list(store.prices.versions_of(sample.operator.id, versions[0].key)) == versions[:2]
        entries = store.prices.entries(sample.operator.id, sample.site.id)
        assert [(one.site_id, one.valid_from, one.valid_to) for one in entries] == [
            (one.site_id, one.valid_from, one.valid_to) for one in (versions[2], *versions[:2])
        ]
        for one in entries:
            store.prices.put_entry(replace(one, valid_to=one.valid_from + timedelta(minutes=30)))
        store.prices.put_version(replace(versions[1], valid_to=hours(sample, 9)))
