"""Erasure of a driver: personal data is deleted; what accounting and the law require stays under a number.

Documents keep the name and address they were issued to for as long as the operator must keep them; charges, payments and the ledger
refer to the driver by an id that identifies nobody any more. Cards stay blocked, so that nobody who finds one can charge with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from forecourt.drivers import TokenKind, TokenStatus
from forecourt.flows.billing.complaints import forget_complaints
from forecourt.flows.desk.apps import revoke_app_grants
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.paying.balances import prepaid
from forecourt.flows.paying.barred_paybacks import payable_paybacks
from forecourt.flows.paying.mandates import LEFT, revoke_mandate
from forecourt.flows.paying.pay import outstanding
from forecourt.flows.ports.outbox import ForgetUnused
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, DriverId, Ids, Text
from forecourt.stations import ANY_BAY

FORMER = "Former driver"


@dataclass(frozen=True, slots=True)
class ErasureObstacle:
    """Something that must end before the driver can be erased. path: the page where the driver can end it; empty: only the operator can."""

    what: str
    path: str


def erasure_obstacles(store: Store, driver_id: DriverId, at: datetime) -> tuple[ErasureObstacle, ...]:
    """All of them at once, so that nobody discovers them one by one."""
    return tuple(_obstacles(store, driver_id, at))


def erase_driver(store: Store, driver_id: DriverId, at: datetime, ids: Ids) -> None:
    """Irreversible. Raises Conflict while anything of the driver's is still open."""
    driver = store.drivers.driver(driver_id)
    account = store.drivers.account_by_email(driver.email)
    if account is not None and account.driver_id == driver_id:
        store.drivers.lock_account(account.id)  # so that nobody chooses a password for it meanwhile
        store.drivers.put_account(replace(account, email=f"closed-{account.id.hex}", password_hash="", closed_at=at))
        for sign_in in store.drivers.sign_ins(account.id):
            store.drivers.drop_sign_in(sign_in.digest)
        revoke_app_grants(store, account.id)
        store.factors.drop(account.id)
    store.wallets.lock(driver_id)
    store.entitlements.lock_driver(driver_id)
    if obstacles := erasure_obstacles(store, driver_id, at):
        raise Conflict("not_over", " ".join(one.what for one in obstacles), "When that is over, your account can be closed.")
    anonymous = replace(driver, name=FORMER, email="", address="", country="", vat_number="", order="", payment_method="", bay_need=ANY_BAY)
    store.drivers.put_driver(anonymous)
    _forget(store, driver_id, at, ids)
    actor = str(account.id) if account and account.password_hash else "system"
    note(store, Staff(driver.operator_id, actor, at, ids), "driver.left", driver_id)


def erase_unused_account(store: Store, account_id: UUID, at: datetime, ids: Ids) -> bool:
    """Erase an account that was requested but never given a password, nor used or set up by the operator.
    Returns False if it is in use, or a link to it that was sent later is still valid."""
    account = store.drivers.lock_account(account_id)  # its owner may be using the link right now
    if account is None or account.driver_id is None or account.closed_at or account.password_hash:
        return False
    links = store.outbox.history(ForgetUnused(account_id).about)
    if any(one.done_at is None and one.item.due_at > at for one in links) or _used(store, account.driver_id, at):
        return False
    erase_driver(store, account.driver_id, at, ids)
    return True


def _used(store: Store, driver_id: DriverId, at: datetime) -> bool:
    """Whether the operator gave it a card or a group, or anything about it is stored."""
    return any(one.kind is not TokenKind.APP for one in store.drivers.tokens_of(driver_id)) or any(
        (
            store.drivers.groups_of(driver_id),
            store.sessions.records_of(driver_id),
            store.bookings.of_driver(driver_id),
            store.documents.of_driver(driver_id),
            store.payments.of_driver(driver_id, 1),
            erasure_obstacles(store, driver_id, at),
        )
    )


def _obstacles(store: Store, driver_id: DriverId, at: datetime) -> Iterator[ErasureObstacle]:
    driver = store.drivers.driver(driver_id)
    currency = store.stations.operator(driver.operator_id).currency
    if store.sessions.open_of(driver_id):
        yield ErasureObstacle(Text("You have a charge running."), "/charge")
    ended = [one.session_id for one in store.sessions.records_of(driver_id)]
    if set(ended) - store.documents.billed(ended) or store.statements.documents_of(driver_id, at):
        yield ErasureObstacle(Text("One of your charges has not been billed yet."), "/receipts")
    if store.bookings.live_of(driver_id) or store.deposits.open_of(driver_id):
        yield ErasureObstacle(Text("You have a booking."), "/bookings")
    if ticket := store.queue.live_of(driver_id):
        yield ErasureObstacle(Text("You are waiting in a queue."), f"/queue/{ticket.id}")
    if waiting := store.waitlist.live_of(driver_id):
        yield ErasureObstacle(Text("You are waiting for a time that is full."), f"/hopes/{waiting[0].id}")
    if debt := store.payments.debt_status(driver_id).owed:
        yield ErasureObstacle(Text("You owe {owed}.", owed=debt), "/dues")
    elif any(one.open for one in store.payments.of_driver(driver_id, 500)):
        yield ErasureObstacle(Text("One of your payments is on its way."), "/receipts")
    if any(outstanding(store, one).minor > 0 for one in store.statements.of_driver(driver_id)):
        yield ErasureObstacle(Text("One of your statements has not been paid yet."), "/receipts")
    if open_paybacks := [one.amount for one in payable_paybacks(store, [one for one in store.paybacks.of_driver(driver_id) if one.open])]:
        yield ErasureObstacle(
            Text("We still have to refund you {amount} by transfer.", amount=sum(open_paybacks[1:], open_paybacks[0])), ""
        )
    if (balance := prepaid(store, driver.operator_id, driver_id, currency).balance).minor > 0:
        yield ErasureObstacle(Text("You have {balance} on your balance.", balance=balance), "/wallet")
    if any(not one.over and one.ends_at is None for one in store.memberships.of_driver(driver_id)):
        yield ErasureObstacle(Text("You are a member."), "/membership")
    if any(payer == driver_id for _, payer in store.statements.payers(driver.operator_id)):
        yield ErasureObstacle(Text("You pay for a fleet: the operator has to name someone else."), "")


def _forget(store: Store, driver_id: DriverId, at: datetime, ids: Ids) -> None:
    for token in store.drivers.tokens_of(driver_id):
        store.drivers.put_token(replace(token, status=TokenStatus.BLOCKED, label=""))
    for member in store.drivers.groups_of(driver_id):
        if member.is_valid_at(at):
            store.drivers.put_member(replace(member, until=at))
    for card in store.cards.of_driver(driver_id):
        store.cards.drop(card)
    if any(one.ended_on is None for one in store.direct_debits.mandates_of(driver_id)):
        revoke_mandate(store, driver_id, LEFT, at, ids)
    auto = store.wallets.auto_top_up(driver_id)
    if auto is not None and auto.on:
        store.wallets.put_auto_top_up(replace(auto, on=False))
    for device in store.notices.devices_of(driver_id):
        store.notices.drop_device(device.id)
    forget_complaints(store, driver_id, at)
    for notice in store.notices.all_of(driver_id):
        store.notices.forget(notice.id)
