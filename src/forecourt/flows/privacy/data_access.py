"""All data stored about a driver, for the driver: what they entered, what they were notified of, what was charged and paid.

Secrets (password, digests of sign-ins) and figures derived from many drivers together are left out. Meter readings belong to the
charge, not to the driver.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from forecourt.billing import AccountStatement, Complaint, Invoice
from forecourt.drivers import Account, ChargingNeed, Driver, GroupMember, Token
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId
from forecourt.ledger import receivable
from forecourt.notices import Device, Notice, NoticeChoices
from forecourt.offers import Claim, Membership, Voucher
from forecourt.payments import AutoTopUp, DunningCase, Mandate, Payback, Payment, StoredCard
from forecourt.reservations import Booking, Deposit, Ticket, WaitlistEntry
from forecourt.sessions import ChargeRecord, Session
from forecourt.settlement import BankLine, CollectedStatement, DueTransfer

_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class OpenSignIn:
    """A browser or program that is signed in."""

    since: datetime
    until: datetime
    program: bool
    label: str


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """A third-party app that acts for the driver. used_at: accurate to an hour."""

    name: str
    since: datetime
    until: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class DriverData:
    """deposits, queue, charging, cards, devices: current ones only. Everything else goes back as far as it is stored.
    bank_lines: of transfers that concern this driver alone. transfers, collections: what a bank was ordered to pay back, and to collect."""

    driver: Driver
    sign_ins: tuple[OpenSignIn, ...]
    apps: tuple[ConnectedApp, ...]
    tokens: tuple[Token, ...]
    groups: tuple[GroupMember, ...]
    needs: tuple[ChargingNeed, ...]
    bookings: tuple[Booking, ...]
    deposits: tuple[Deposit, ...]
    queue: Ticket | None
    waitlist: tuple[WaitlistEntry, ...]
    charging: tuple[Session, ...]
    charges: tuple[ChargeRecord, ...]
    documents: tuple[Invoice, ...]
    statements: tuple[AccountStatement, ...]
    payments: tuple[Payment, ...]
    paybacks: tuple[Payback, ...]
    complaints: tuple[Complaint, ...]
    reminders: tuple[DunningCase, ...]
    cards: tuple[StoredCard, ...]
    automatic_top_up: AutoTopUp | None
    memberships: tuple[Membership, ...]
    coupons: tuple[Claim, ...]
    vouchers: tuple[Voucher, ...]
    messages: tuple[Notice, ...]
    messages_wanted: NoticeChoices
    mandates: tuple[Mandate, ...]
    collections: tuple[CollectedStatement, ...]
    bank_lines: tuple[BankLine, ...]
    transfers: tuple[DueTransfer, ...]
    devices: tuple[Device, ...]


def driver_data(store: Store, driver_id: DriverId) -> DriverData:
    """As it is now. Raises NotFound."""
    driver = store.drivers.driver(driver_id)
    account = store.drivers.account_by_email(driver.email)
    sign_ins = store.drivers.sign_ins(account.id) if account and account.driver_id == driver_id else ()
    sites = store.stations.sites(driver.operator_id)
    needs = (store.drivers.need(driver_id, site.id) for site in sites)
    return DriverData(
        driver=driver,
        sign_ins=tuple(OpenSignIn(one.created_at, one.expires_at, one.api, one.label) for one in sign_ins),
        apps=tuple(_apps(store, account)) if account and account.driver_id == driver_id else (),
        tokens=tuple(store.drivers.tokens_of(driver_id)),
        groups=tuple(store.drivers.groups_of(driver_id)),
        needs=tuple(one for one in needs if one is not None),
        bookings=tuple(store.bookings.of_driver(driver_id, _ALL)),
        deposits=tuple(store.deposits.open_of(driver_id)),
        queue=store.queue.live_of(driver_id),
        waitlist=tuple(store.waitlist.live_of(driver_id)),
        charging=tuple(store.sessions.open_of(driver_id)),
        charges=tuple(store.sessions.records_of(driver_id, _ALL)),
        documents=tuple(store.documents.of_driver(driver_id, _ALL)),
        statements=tuple(store.statements.of_driver(driver_id, _ALL)),
        payments=tuple(store.payments.of_driver(driver_id, _ALL)),
        paybacks=tuple(store.paybacks.of_driver(driver_id)),
        complaints=tuple(store.complaints.of_driver(driver_id)),
        reminders=tuple(store.dunning.of_driver(driver_id)),
        cards=tuple(store.cards.of_driver(driver_id)),
        automatic_top_up=store.wallets.auto_top_up(driver_id),
        memberships=tuple(store.memberships.of_driver(driver_id)),
        coupons=tuple(store.coupons.claims_of(driver_id)),
        vouchers=tuple(store.partners.vouchers_of(driver_id, _ALL)),
        messages=tuple(store.notices.all_of(driver_id)),
        messages_wanted=store.notices.choices(driver.operator_id, driver_id),
        mandates=tuple(store.direct_debits.mandates_of(driver_id)),
        collections=tuple(
            store.direct_debits.collected_of(driver.operator_id, [one.id for one in store.payments.of_driver(driver_id, _ALL)])
        ),
        bank_lines=tuple(one.line for one in store.bank.lines_of_account(driver.operator_id, receivable(driver_id))),
        transfers=tuple(_transfers(store, driver)),
        devices=tuple(store.notices.devices_of(driver_id)),
    )


def _apps(store: Store, account: Account) -> Iterator[ConnectedApp]:
    for one in store.apps.grants_of(account.id):
        app = store.apps.app(one.app_id)
        if app is not None and one.code is None:
            yield ConnectedApp(app.name, one.since, one.expires_at, one.used_at)


def _transfers(store: Store, driver: Driver) -> Iterator[DueTransfer]:
    payback_ids = {one.id for one in store.paybacks.of_driver(driver.id)}
    for file in store.bank.files_paying(driver.operator_id, payback_ids):
        yield from (due for due in file.dues if due.about in payback_ids)
