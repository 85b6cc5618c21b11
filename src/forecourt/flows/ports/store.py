"""What flows need from outside, as protocols. `store` and its in-memory twin implement them; assembly chooses.

A Store is one unit of work: everything read and written through it belongs to one transaction, which is committed by the
edge that began it. Repositories return frozen values and remember the newest value put, so that a flow that reads
after writing sees its own change.
"""

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.apps import AppRepository
from forecourt.flows.ports.audit_log import AuditLog, LogSeals
from forecourt.flows.ports.bank import BankRepository
from forecourt.flows.ports.billing_totals import BillingTotals
from forecourt.flows.ports.bookings import BookingRepository, DepositRepository, QueueRepository, WaitlistRepository
from forecourt.flows.ports.clearing import ClearingRepository
from forecourt.flows.ports.debts import DebtRepository, DunningRepository
from forecourt.flows.ports.direct_debits import DirectDebitRepository
from forecourt.flows.ports.documents import ComplaintRepository, DocumentRepository
from forecourt.flows.ports.drivers import DriverRepository, GuestRepository, SecondFactorRepository, SingleSignOnRepository
from forecourt.flows.ports.history import History
from forecourt.flows.ports.inbox import CommandResults, Inbox
from forecourt.flows.ports.job_runs import JobRunRepository
from forecourt.flows.ports.ledger import LedgerRepository, ManualEntryRepository
from forecourt.flows.ports.lookup import Lookup
from forecourt.flows.ports.network_status import NetworkStatus
from forecourt.flows.ports.notices import NoticeRepository
from forecourt.flows.ports.offers import (
    CouponRepository,
    EntitlementRepository,
    MembershipRepository,
    PartnerRepository,
    StatementQuestionRepository,
)
from forecourt.flows.ports.outbox import Outbox
from forecourt.flows.ports.payments import DisputeRepository, PaybackRepository, PaymentRepository
from forecourt.flows.ports.power_plans import PowerPlanRepository
from forecourt.flows.ports.pricing import PricingRepository, TariffRepository
from forecourt.flows.ports.roaming_charges import RoamingChargeRepository
from forecourt.flows.ports.roaming_partners import RoamingRepository
from forecourt.flows.ports.sessions import SessionRepository
from forecourt.flows.ports.statements import AccountStatementRepository
from forecourt.flows.ports.stations import StationRepository
from forecourt.flows.ports.wallets import StoredCardRepository, WalletRepository
from forecourt.kernel import DocumentId, DriverId, SiteId, Span


class StoreUnavailable(Exception):
    """The database is unavailable, or aborted this unit of work (a lost race, a timeout). Nothing was stored; begin the unit again."""


class Store(Protocol):
    """The repositories of one unit of work. What all of them have in common, unless a method's docstring says otherwise:

    A lookup typed `X | None` returns None if there is no such value; one typed `X` raises NotFound. `Span`, `since` (inclusive) and
    `until` or `before` (exclusive) bound instants; what is "due" at an instant includes that instant; `after` is exclusive. Ties in a
    stated order are broken by id or number; without a stated order, values come in any. `lock...` waits for units of
    work that hold the same lock, holds it until this one ends, and returns the value as it is then. A `put` that breaks a rule of
    the store ("the store refuses") fails at the latest when the unit of work ends, with Conflict.
    """

    @property
    def stations(self) -> StationRepository: ...
    @property
    def drivers(self) -> DriverRepository: ...
    @property
    def prices(self) -> TariffRepository: ...
    @property
    def pricing(self) -> PricingRepository: ...
    @property
    def bookings(self) -> BookingRepository: ...
    @property
    def queue(self) -> QueueRepository: ...
    @property
    def waitlist(self) -> WaitlistRepository: ...
    @property
    def sessions(self) -> SessionRepository: ...
    @property
    def plans(self) -> PowerPlanRepository: ...
    @property
    def documents(self) -> DocumentRepository: ...
    @property
    def network_status(self) -> NetworkStatus: ...
    @property
    def history(self) -> History: ...
    @property
    def lookup(self) -> Lookup: ...
    @property
    def billing_totals(self) -> BillingTotals: ...
    @property
    def debts(self) -> DebtRepository: ...
    @property
    def ledger(self) -> LedgerRepository: ...
    @property
    def payments(self) -> PaymentRepository: ...
    @property
    def dunning(self) -> DunningRepository: ...
    @property
    def job_runs(self) -> JobRunRepository: ...
    @property
    def statements(self) -> AccountStatementRepository: ...
    @property
    def cards(self) -> StoredCardRepository: ...
    @property
    def wallets(self) -> WalletRepository: ...
    @property
    def disputes(self) -> DisputeRepository: ...
    @property
    def clearing(self) -> ClearingRepository: ...
    @property
    def paybacks(self) -> PaybackRepository: ...
    @property
    def bank(self) -> BankRepository: ...
    @property
    def direct_debits(self) -> DirectDebitRepository: ...
    @property
    def manual_entries(self) -> ManualEntryRepository: ...
    @property
    def complaints(self) -> ComplaintRepository: ...
    @property
    def roaming_charges(self) -> RoamingChargeRepository: ...
    @property
    def guests(self) -> GuestRepository: ...
    @property
    def deposits(self) -> DepositRepository: ...
    @property
    def factors(self) -> SecondFactorRepository: ...
    @property
    def sso(self) -> SingleSignOnRepository: ...
    @property
    def apps(self) -> AppRepository: ...
    @property
    def notices(self) -> NoticeRepository: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def audit(self) -> AuditLog: ...
    @property
    def log_seals(self) -> LogSeals: ...
    @property
    def commands(self) -> CommandResults: ...
    @property
    def memberships(self) -> MembershipRepository: ...
    @property
    def entitlements(self) -> EntitlementRepository: ...
    @property
    def coupons(self) -> CouponRepository: ...
    @property
    def partners(self) -> PartnerRepository: ...
    @property
    def questions(self) -> StatementQuestionRepository: ...
    @property
    def roaming(self) -> RoamingRepository: ...

    def prefetch_pool(self, site_id: SiteId, kind: str, driver_id: DriverId | None = None, history: int = 0) -> None:
        """An optional hint: everything that claims the sockets of a kind is about to be read, so it may be read in one go; also the tokens
        of the driver who wants one, and this many of the driver's last bookings."""
        ...

    def prefetch_sites(self, site_ids: Collection[SiteId], charge: Span) -> None:
        """An optional hint, for a unit of work that only reads: the chargers at these sites, what goes on there and what a charge in that
        span costs are about to be read, one site at a time, so they may be read in one go, and nothing twice."""
        ...

    def prefetch_documents(self, ids: Collection[DocumentId]) -> None:
        """An optional hint, for a unit of work that only reads: what is paid of these documents is about to be read, one at a time, so it
        may be read in one go, and nothing twice, until the next such hint."""
        ...

    def prefetch_subjects(self, ids: Collection[UUID]) -> None:
        """The same for the subjects with these ids: documents, statements, manual entries or payments."""
        ...


class Transactions(Protocol):
    """Opens units of work, for edges."""

    def begin(self) -> AbstractContextManager[Store]:
        """A context manager for one unit of work. Leaving the block commits; an exception rolls back.

        Raises StoreUnavailable if nothing was stored and the unit may be tried again, Conflict if a rule of the store was broken.
        """
        ...
