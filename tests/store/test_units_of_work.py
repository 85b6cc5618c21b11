"""The round trips of a unit of work, and its memory."""

import gc
import inspect
from dataclasses import replace
from datetime import timedelta
from weakref import ref

import psycopg
from msgspec import structs

from forecourt.billing import Invoice, invoice_txn
from forecourt.drivers import Driver, GroupMember, Token, TokenKind
from forecourt.flows.ports import Store, Transactions
from forecourt.kernel import DriverId, EvseId, PaymentId, SiteId, Span, TokenUid
from forecourt.offers import Membership, MembershipTerm
from forecourt.reservations import BookingRules
from forecourt.stations import Acknowledgement, Approval
from forecourt.store.postgres.config_cache import ConfigSnapshot
from forecourt.store.postgres.lazy_repository import LazyRepository
from recorded_queries import record_queries

from .conftest import T0

AN_HOUR = Span(T0, T0 + timedelta(hours=1))


def test_a_unit_of_work_without_changes_sends_nothing_at_its_end(transactions: Transactions, sample, monkeypatch) -> None:
    sample.filled(transactions)
    opened: list[object] = []
    pipeline = psycopg.Connection.pipeline
    monkeypatch.setattr(psycopg.Connection, "pipeline", lambda self: opened.append(self) or pipeline(self))
    with transactions.begin() as store:
        store.stations.site(SiteId(sample.site.id))
    assert not opened
    with transactions.begin() as store:
        store.drivers.put_driver(sample.driver)
        store.stations.put_charger(sample.chargers[0])
    assert len(opened) == 1


def test_the_most_recently_returned_connection_is_used_first(transactions: Transactions) -> None:
    """Its server process has warm caches. In turn, groups of a gateway would use three cold ones."""
    with transactions.begin() as store, transactions.begin(), transactions.begin():
        warm = vars(store)["_db"].connection
    for _ in range(4):
        with transactions.begin() as store:
            assert vars(store)["_db"].connection is warm


def test_a_unit_of_work_frees_its_memory_without_the_garbage_collector(transactions: Transactions, sample) -> None:
    sample.filled(transactions)
    gc.collect()
    gc.disable()
    try:
        with transactions.begin() as store:
            store.stations.put_socket(store.stations.socket(sample.evses[0].id))
            books = [getattr(store, name) for name, book in inspect.getmembers_static(type(store)) if isinstance(book, LazyRepository)]
            parts = [ref(part) for part in (store, *books)]
        del store, books
        assert [part() for part in parts if part() is not None] == []
    finally:
        gc.enable()


def test_a_row_is_decoded_once_until_it_changes(transactions: Transactions, sample) -> None:
    sample.filled(transactions)
    with transactions.begin() as store:
        store.drivers.put_driver(sample.driver)
    with transactions.begin() as store:
        first = store.drivers.driver(sample.driver.id)
    with transactions.begin() as store:
        assert store.drivers.driver(sample.driver.id) is first == sample.driver
        store.drivers.put_driver(replace(first, name="Another"))
    with transactions.begin() as store:
        assert store.drivers.driver(sample.driver.id).name == "Another"


def test_lists_of_texts_are_read_back_unchanged(transactions: Transactions) -> None:
    plain = ["", "NULL", "a,b", "{}", " é "]
    with transactions.begin() as store:
        for texts in ([], plain, [*plain, 'say "x"'], [*plain, "back\\slash"], [*plain, '","'], [None, "a"]):
            assert vars(store)["_db"].one("SELECT %s::text[]", texts) == (texts,)


def rights(store: Store, driver: Driver, evse_id: EvseId) -> list[object]:
    """What makes a charge of a driver's another than anybody's."""
    of = driver.id
    groups, members = store.drivers.groups_of(of), store.memberships.of_driver(of)
    return [groups, members, store.partners.open_vouchers_of(of), store.payments.hold_on(of, evse_id)]


def test_a_prefetch_for_starts_of_charges_reads_the_same_as_single_queries(transactions: Transactions, sample, monkeypatch) -> None:
    sample.filled(transactions)
    rich, plain, evse_id = sample.driver, replace(sample.driver, id=DriverId(sample.id()), email="b@example.org"), sample.evses[0].id
    seen = [sample.started("a"), sample.started("b", 1, "2")]
    seen[1] = structs.replace(seen[1], fact=structs.replace(seen[1].fact, token="04B2"))
    with transactions.begin() as store:
        store.drivers.put_driver(plain)
        store.drivers.put_token(Token(TokenUid("04B2"), sample.operator.id, plain.id, TokenKind.RFID))
        store.drivers.put_member(GroupMember(sample.operator.id, "fleet", rich.id, T0))
        store.memberships.put(
            Membership(sample.id(), sample.operator.id, rich.id, (MembershipTerm(0, sample.id(), sample.id()),), "UTC", T0)
        )
        store.payments.put(sample.payment(evse_id=evse_id))
        store.inbox.add(seen, [Acknowledgement(), Acknowledgement()])
    with transactions.begin() as store:
        assert store.inbox.lock_site(sample.site.id)
        assert len(store.inbox.unapplied(sample.site.id, 10)) == 2
        asked = record_queries(monkeypatch)
        assert rights(store, plain, evse_id) == [[], [], [], None]
        assert not asked
        store.sessions.put(sample.session())
        store.flush()
        asked.clear()
        assert rights(store, plain, evse_id) == [[], [], [], None]  # a charge has begun: that changes nothing of it
        assert not asked
        assert [bool(one) for one in rights(store, rich, evse_id)] == [True, True, False, True]
        store.payments.put(sample.payment(driver_id=plain.id, evse_id=evse_id))
        assert store.payments.hold_on(plain.id, evse_id)


def claims(store: Store, sample) -> list[object]:
    """All that `pool_of` reads of a site."""
    site_id, kind = SiteId(sample.site.id), sample.evses[0].kind
    stations, bookings = store.stations, store.bookings
    chargers, sockets = stations.chargers(site_id, Approval.APPROVED), stations.sockets(site_id)
    asked = (bookings.live_at(site_id), bookings.rules(site_id), bookings.habits(site_id, kind))
    return [chargers, sockets, *asked, store.sessions.open_at(site_id), store.queue.live_at(site_id)]


def test_everything_that_claims_a_pool_of_sockets_is_read_in_one_round_trip(transactions: Transactions, sample, monkeypatch) -> None:
    sample.filled(transactions)
    with transactions.begin() as store:
        store.bookings.put(sample.booking(0, 2))
        store.bookings.put_rules(sample.site, BookingRules(held_back=1))
    with transactions.begin() as store:
        plain = claims(store, sample)
    with transactions.begin() as store:
        store.stations.evses(SiteId(sample.site.id))
        asked = record_queries(monkeypatch)
        store.prefetch_pool(SiteId(sample.site.id), sample.evses[0].kind)
        assert claims(store, sample) == plain
    assert len(asked) == 1


def test_prefetched_rows_are_never_older_than_what_the_unit_of_work_wrote(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    site_id, kind = SiteId(sample.site.id), sample.evses[0].kind
    with any_transactions.begin() as store:
        store.prefetch_pool(site_id, kind)
        store.bookings.put(sample.booking(0, 2))
        assert len(store.bookings.live_at(site_id)) == 1
        store.prefetch_pool(site_id, kind)
        store.bookings.put_rules(sample.site, BookingRules(held_back=1))
        assert store.bookings.rules(site_id).held_back == 1


def test_the_requesting_driver_is_read_together_with_the_pool_of_sockets(transactions: Transactions, sample, monkeypatch) -> None:
    sample.filled(transactions)
    booking = sample.booking(0, 2)
    with transactions.begin() as store:
        store.bookings.put(booking)
        tokens = store.drivers.tokens_of(booking.driver_id)
    with transactions.begin() as store:
        store.stations.evses(SiteId(sample.site.id))
        asked = record_queries(monkeypatch)
        store.prefetch_pool(SiteId(sample.site.id), sample.evses[0].kind, booking.driver_id, 20)
        assert store.drivers.tokens_of(booking.driver_id) == tokens
        assert store.bookings.of_driver(booking.driver_id, 20) == [booking]
    assert len(asked) == 1


def test_waiting_for_a_lock_discards_prefetched_rows(transactions: Transactions, sample) -> None:
    sample.filled(transactions)
    site_id, kind = SiteId(sample.site.id), sample.evses[0].kind
    with transactions.begin() as store:
        store.prefetch_pool(site_id, kind)
        with transactions.begin() as other:
            other.bookings.put(sample.booking(0, 2))
        store.bookings.lock_pool(site_id, kind)
        assert len(store.bookings.live_at(site_id)) == 1


def seen(store: Store, site_ids: list[SiteId]) -> list[object]:
    """What a list of places asks of each site."""
    standing = [(store.stations.evses(one), store.stations.chargers(one), store.stations.sockets(one)) for one in site_ids]
    going_on = [(store.sessions.open_at(one), store.bookings.live_at(one), store.plans.latest(one)) for one in site_ids]
    return [standing, going_on, [store.prices.entries(store.stations.site(one).operator_id, one) for one in site_ids]]


def test_many_sites_are_read_with_as_many_queries_as_one(transactions: Transactions, sample, monkeypatch) -> None:
    sample.filled(transactions)
    others = [replace(sample.site, id=SiteId(sample.id()), slug=f"other-{number}") for number in range(5)]
    with transactions.begin() as store:
        for site in others:
            store.stations.put_site(site)
        store.bookings.put(sample.booking(0, 2))
        version = sample.version(-24, None)
        store.prices.put_version(version)
    site_ids = [SiteId(sample.site.id), *(one.id for one in others)]
    with transactions.begin() as store:
        plain = seen(store, site_ids)
    transactions._shared._snapshot = ConfigSnapshot(0)  # as a process that has just begun
    with transactions.begin() as store:
        store.stations.sites()
        asked = record_queries(monkeypatch)
        store.prefetch_sites(site_ids, AN_HOUR)
        assert seen(store, site_ids) == plain == seen(store, site_ids)
        assert store.prices.version_at(version.operator_id, version.key, T0) == version
    assert len(asked) == 9


def test_prefetched_sites_are_discarded_when_the_unit_of_work_writes_or_locks(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    site_id = SiteId(sample.site.id)
    with any_transactions.begin() as store:
        store.prefetch_sites([site_id], AN_HOUR)
        assert not store.bookings.live_at(site_id)
        store.bookings.put(sample.booking(0, 2))
        assert len(store.bookings.live_at(site_id)) == 1
    with any_transactions.begin() as store:
        store.prefetch_sites([site_id], AN_HOUR)
        assert len(store.bookings.live_at(site_id)) == 1
        store.bookings.lock_pool(site_id, sample.evses[0].kind)
        store.bookings.put(sample.booking(4, 6))
        assert len(store.bookings.live_at(site_id)) == 2


def paid_of(store: Store, invoices: list[Invoice]) -> list[object]:
    """What a list of documents asks of each."""
    money = [(store.documents.credit_notes_of(one.id), store.payments.of_document(one.id)) for one in invoices]
    return [money, [(store.statements.of_document(one.id), store.drivers.driver(one.driver_id)) for one in invoices]]


def booked_of(store: Store, invoices: list[Invoice]) -> list[object]:
    """What a page of the ledger asks of each."""
    papers = [(store.documents.document(one.id), store.statements.statement(one.id)) for one in invoices]
    posted = [
        (store.manual_entries.entry(one.id), store.payments.payment(PaymentId(one.id)), store.ledger.of_subject(one.id)) for one in invoices
    ]
    return [papers, posted]


def test_payments_of_many_documents_are_read_with_as_many_queries_as_of_one(transactions: Transactions, sample, monkeypatch) -> None:
    sample.filled(transactions)
    invoices = [sample.invoice(number) for number in range(1, 6)]
    with transactions.begin() as store:
        store.documents.put_all(invoices)
        for one in invoices[:3]:
            store.payments.put(sample.payment(document_id=one.id))
            store.ledger.post(invoice_txn(one))
    with transactions.begin() as store:
        plain = [paid_of(store, invoices), booked_of(store, invoices)]
    ids = [one.id for one in invoices]
    with transactions.begin() as store:
        asked = record_queries(monkeypatch)
        store.drivers.prefetch({one.driver_id for one in invoices})
        store.prefetch_documents(ids)
        assert paid_of(store, invoices) == plain[0] == paid_of(store, invoices)
        store.prefetch_subjects(ids)
        store.ledger.prefetch_of_subjects(ids)
        assert booked_of(store, invoices) == plain[1]
    assert len(asked) == 5 + 5
