"""A row locked by a unit of work blocks others, and other rows do not. On PostgreSQL: in memory units run alone."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from forecourt.billing import Complaint
from forecourt.drivers import Account, RoamingPartner
from forecourt.flows.ports import Run, Store, StoreUnavailable, Transactions
from forecourt.kernel import BookingId, DriverId, OperatorId, PaymentId, SiteId
from forecourt.offers import Coupon, DiscountRule, Membership, MembershipTerm, Offer, Voucher
from forecourt.payments import CardSetup, Payback, Payment
from forecourt.settlement import Finding
from twin_money import MoneyWorld
from twins import Twins

# The repository of a kind of row, the names of its methods that put, read and lock one, and a change.
ROWS: dict[type, tuple[str, str, str, str, dict[str, object]]] = {
    Payment: ("payments", "put", "payment", "lock", {"attempt": 7}),
    Payback: ("paybacks", "put", "payback", "lock", {"returns": 7}),
    Complaint: ("complaints", "put", "complaint", "lock", {"answer": "7"}),
    Finding: ("clearing", "put_finding", "lock_finding", "lock_finding", {"note": "7"}),
    CardSetup: ("cards", "put_setup", "setup", "setup", {"page": "7"}),
    Run: ("job_runs", "put", "try_lock", "try_lock", {"done": 7}),
    Membership: ("memberships", "put", "membership", "lock", {"billed": 7}),
    Coupon: ("coupons", "put", "coupon", "lock", {"used": 7}),
    Offer: ("partners", "put_offer", "offer", "lock_offer", {"used": 7}),
    Voucher: ("partners", "put_voucher", "voucher", "lock_voucher", {"last_day": date(2026, 1, 1)}),
    RoamingPartner: ("roaming", "put_partner", "partner", "lock_partner", {"country": "FR"}),
    Account: ("drivers", "put_account", "account", "lock_account", {"password_hash": "7"}),
}


def two_of(world: MoneyWorld, kind: type) -> list[Any]:
    """Values that no rule of the store keeps apart."""
    term, cut = MembershipTerm(0, world.id(), world.id()), DiscountRule(percent=Decimal(10))
    alike = {
        "terms": (term,),
        "zone": "UTC",
        "cut": cut,
        "budget": None,
        "committed": None,
        "worth": None,
        "voucher_days": 9,
        "country": "DE",
    }
    own = [
        {"driver_id": driver.id, "operator_id": driver.operator_id, "code": f"C{n}", "email": f"{n}@y.example", "party": f"AB{n}"}
        for n, driver in enumerate(world.drivers[:2])
    ]
    known = {one.name for one in fields(kind)}
    return [world.make(kind, **{name: value for name, value in (alike | each).items() if name in known}) for each in own]


def is_locked(transactions: Transactions, lock: Callable[[Store], object]) -> bool:
    """Whether another unit of work does not get it at once: it would wait, or passes over it."""
    with suppress(StoreUnavailable), transactions.begin() as store:
        store._db.run("SET LOCAL lock_timeout = '50ms'")  # type: ignore[attr-defined]
        return lock(store) is None
    return True


@pytest.fixture
def world(twins: Twins) -> MoneyWorld:
    world = MoneyWorld(twins, 0, documents=6)
    for payment_id in world.pools[PaymentId]:
        world.put(lambda store: store.payments.put, Payment, 1, id=payment_id)
    return world


@pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.__name__)
def test_a_locked_row_is_read_with_its_newest_value(twins: Twins, world: MoneyWorld, transactions: Transactions, kind: type) -> None:
    repository, put, read, lock, change = ROWS[kind]

    def of(store: Store, method: str, asked: object) -> Any:
        return getattr(getattr(store, repository), method)(asked)

    one, other = two_of(world, kind)
    assert twins.do(lambda store: of(store, put, one), lambda store: of(store, put, other))
    with transactions.begin() as late:
        if read != lock:
            assert of(late, read, one.id) == one
        with transactions.begin() as first:
            changed = replace(of(first, lock, one.id), **change)
            of(first, put, changed)
            assert is_locked(transactions, lambda store: of(store, lock, one.id))
            assert not is_locked(transactions, lambda store: of(store, lock, other.id))
        assert of(late, lock, one.id) == changed


def key_locks(store: Store, n: int) -> dict[str, Callable[[], object]]:
    """What is locked by a key and not by a row, for one key or another. Each returns something."""
    operator_id, site_id, driver_id = (UUID(int=10 * place + n) for place in range(3))
    site, driver, operator = SiteId(site_id), DriverId(driver_id), OperatorId(operator_id)
    return {
        "a pool": lambda: store.bookings.lock_pool(site, "T2"),
        "a fee": lambda: store.bookings.lock_fee(site, BookingId(driver_id)),
        "a site's power": lambda: store.plans.lock_site(site),
        "a driver's starts": lambda: store.drivers.lock_starts(driver),
        "a team": lambda: store.drivers.lock_team(operator),
        "a guest's address": lambda: store.guests.lock_address(operator, "a@x.example"),
        "a balance": lambda: store.wallets.lock(driver),
        "entitlements": lambda: store.entitlements.lock_driver(driver),
        "entitlements of many": lambda: store.entitlements.lock_drivers([driver]),
        "bank lines": lambda: store.bank.lock(operator),
        "prices": lambda: store.prices.lock(operator),
        "a ledger": lambda: store.ledger.head(operator),
        "numbers": lambda: store.documents.next_number(operator, "INV", 2026),
        "a command": lambda: store.commands.answer(f"key {n}"),
    }


@pytest.mark.parametrize("what", key_locks(None, 0))
def test_a_lock_on_a_key_blocks_only_that_key(transactions: Transactions, what: str) -> None:
    with transactions.begin() as first:
        key_locks(first, 1)[what]()
        for n, waits in ((1, True), (2, False)):
            assert is_locked(transactions, lambda store, n=n: (key_locks(store, n)[what](), "got it")) is waits


def test_only_one_unit_of_work_seals_the_audit_log_at_a_time(transactions: Transactions) -> None:
    with transactions.begin() as first:
        first.log_seals.lock()
        assert is_locked(transactions, lambda store: (store.log_seals.lock(), "got it"))


def test_a_document_is_locked_by_id_and_by_number_alike(world: MoneyWorld, transactions: Transactions) -> None:
    one, other = [each for each in world.documents if each.operator_id == world.documents[0].operator_id][:2]

    def by_number(store, of):
        return store.documents.lock_numbered(of.operator_id, [of.number])

    with transactions.begin() as first:
        assert first.documents.lock(one.id)
        assert is_locked(transactions, lambda store: store.documents.lock(one.id))
        assert is_locked(transactions, lambda store: by_number(store, one))
        assert not is_locked(transactions, lambda store: by_number(store, other))
    with transactions.begin() as first:
        assert by_number(first, other)
        assert is_locked(transactions, lambda store: store.documents.lock(other.id))
