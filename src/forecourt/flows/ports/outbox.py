"""Outgoing work: orders to chargers, tasks for workers, messages to people and partners, and how couriers take it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.drivers import TokenRefused
from forecourt.kernel import BookingId, ChargerId, DocumentId, DriverId, OperatorId, SessionId, SiteId, TariffVersionId, TokenUid
from forecourt.ocpi import CommandResult, ProfileResult
from forecourt.payments import PaymentOrder
from forecourt.stations import Order


@dataclass(frozen=True, slots=True)
class ChargerOrder:
    """An order and the charger it is for."""

    charger_id: ChargerId
    order: Order


@dataclass(frozen=True, slots=True)
class InvoiceSession:
    """Rate an ended session and issue its invoice. late: an end was reported after it was sealed, and may change the bill."""

    session_id: SessionId
    late: bool = False


@dataclass(frozen=True, slots=True)
class InvoiceNoShow:
    booking_id: BookingId


@dataclass(frozen=True, slots=True)
class CreditNoShow:
    """Credit a no-show fee, or release its hold: the driver had come."""

    booking_id: BookingId


@dataclass(frozen=True, slots=True)
class CollectPayment:
    """Charge an issued invoice: capture its hold, or charge the stored method."""

    document_id: DocumentId


@dataclass(frozen=True, slots=True)
class ShareInvoice:
    """Post what the site's host and other partners earn from a paid invoice."""

    document_id: DocumentId


@dataclass(frozen=True, slots=True)
class RenewMembership:
    """Invoice the month of a membership that has begun, or close the membership."""

    membership_id: UUID


@dataclass(frozen=True, slots=True)
class RepayCredit:
    """Pay back a credit for a next charge that can no longer be used."""

    claim_id: UUID
    driver_id: DriverId


@dataclass(frozen=True, slots=True)
class MatchBankLines:
    """Process the next bank statement lines. actor: who uploaded them."""

    actor: str


@dataclass(frozen=True, slots=True)
class ForgetUnused:
    """Delete an account that was never used, after its link for opening it has expired."""

    account_id: UUID

    @property
    def about(self) -> str:
        return f"forget/{self.account_id}"


@dataclass(frozen=True, slots=True)
class SendNotice:
    """Send a notice to its recipient."""

    notice_id: UUID


@dataclass(frozen=True, slots=True)
class PassSession:
    """Update a roaming partner on its customer's charge. session_id: of the Session as the partner knows it."""

    session_id: UUID

    @property
    def about(self) -> str:
        return f"session/{self.session_id}"


@dataclass(frozen=True, slots=True)
class PassCdr:
    """Send a CDR to the roaming partner that pays it."""

    document_id: DocumentId
    session_id: UUID

    @property
    def about(self) -> str:
        return f"cdr/{self.session_id}"


@dataclass(frozen=True, slots=True)
class PassResult:
    """Tell a roaming partner the result of its command."""

    command_id: UUID
    result: CommandResult

    @property
    def about(self) -> str:
        return f"result/{self.command_id}"


@dataclass(frozen=True, slots=True)
class PassProfile:
    """Tell a roaming partner the result of its request about a profile; or, without a command, the present plan.

    charge_id: the Session as the partner knows it. duration_s: how far ahead to report the plan; 0: not at all.
    """

    charge_id: UUID
    command_id: UUID | None
    result: ProfileResult
    duration_s: int = 0

    @property
    def about(self) -> str:
        return f"profile/{self.charge_id}"


@dataclass(frozen=True, slots=True)
class PassLocation:
    """Push to a roaming partner what has changed about a site since the last push it accepted."""

    partner_id: UUID
    site_id: SiteId

    @property
    def about(self) -> str:
        return f"location/{self.partner_id}/{self.site_id}"


@dataclass(frozen=True, slots=True)
class PassTariff:
    """Push a tariff to a roaming partner, or its removal."""

    partner_id: UUID
    version_id: TariffVersionId

    @property
    def about(self) -> str:
        return f"tariff/{self.partner_id}/{self.version_id}"


@dataclass(frozen=True, slots=True)
class FetchTokens:
    """Read the tokens of a roaming partner's customers, page by page. begun_at: when the first was read. query: for this page; empty: the
    first. page: its number. mark: query and digest of an earlier page, to detect cycles. refused: tokens skipped so far.
    """

    partner_id: UUID
    begun_at: datetime
    query: str = ""
    page: int = 1
    mark: tuple[str, str] = ("", "")
    refused: tuple[TokenRefused, ...] = ()

    @property
    def about(self) -> str:
        return f"tokens/{self.partner_id}"


Task = (
    InvoiceSession
    | InvoiceNoShow
    | CreditNoShow
    | CollectPayment
    | ShareInvoice
    | RenewMembership
    | RepayCredit
    | MatchBankLines
    | ForgetUnused
)
PartnerTask = PassSession | PassCdr | PassResult | PassProfile | PassLocation | PassTariff | FetchTokens
Work = ChargerOrder | PaymentOrder | Task | SendNotice | PartnerTask


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One piece of work for a courier.

    lane: "charger", "payment", "task", "notice", or one of a webhook or of a roaming partner. key: items of one key are delivered in order
    (a charger id, a payment id). idempotency_key: unique while the item is stored (docs/keeping.md), so that work requested twice is
    stored once.
    """

    id: UUID
    operator_id: OperatorId
    site_id: SiteId | None
    lane: str
    key: str
    work: Work
    due_at: datetime
    idempotency_key: str
    attempts: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An outbox item and what became of it. done_at None: still open."""

    item: OutboxItem
    done_at: datetime | None = None
    outcome: str = ""


class Outbox(Protocol):
    """Work for couriers, stored in the commit of the step that requests it; delivered at least once."""

    def put(self, item: OutboxItem) -> None:
        """Store an item. Does nothing if one with this idempotency key is stored, whether or not it is done."""
        ...

    def claim(self, lane: str, at: datetime, limit: int, lease_s: float, claimant: str = "") -> Sequence[OutboxItem]:
        """Due items of a lane, earliest due first, hidden from other couriers until the lease (seconds from `at`) ends.

        claimant: the worker's name, by which its claims are released if it is gone; empty: they wait for the end of the lease.

        Of each key only the oldest open item can be claimed, and only while no other is: later ones wait until it is done, also while it
        is being retried. But an order to a charger passes those of other kinds that wait for their retry, so that a charger which leaves
        one request unanswered still gets its limits, starts and stops.
        attempts: how often the item was claimed before; above 0, it may have been delivered already.
        """
        ...

    def done(self, item_id: UUID, at: datetime, outcome: str) -> None:
        """Close an item. The first outcome is final; a second one changes nothing."""
        ...

    def retry(self, item: OutboxItem, due_at: datetime, error: str) -> None:
        """End the lease of a claimed item and make it due again at an instant.

        item: as it was claimed. Changes nothing if it is done, or was claimed by another since (`attempts`): a courier that was assumed to
        be dead must not end the lease of its successor.
        """
        ...

    def retry_now(self, lane: str, keys: Sequence[str], at: datetime) -> None:
        """Make due what failed before and waits to be retried for these keys; not what a courier has claimed, or was never tried."""
        ...

    def release(self, items: Sequence[OutboxItem]) -> Sequence[UUID]:
        """End the leases of those of these items that are not done; returns their ids, in ascending order.

        items: as they were claimed. The lease of one that another has claimed since is not ended.
        """
        ...

    def claimants(self, at: datetime) -> Sequence[str]:
        """Names of workers with claims that `release_claims` would release, in ascending order."""
        ...

    def release_claims(self, claimant: str, at: datetime) -> int:
        """End the leases of a worker that is gone, and return how many. Only first claims: what may have ended its worker waits longer."""
        ...

    def lanes_due(self, prefix: str, at: datetime) -> Sequence[str]:
        """Names of lanes with this prefix in which an item is due, in ascending order."""
        ...

    def open_items(self, lane: str, limit: int = 100) -> Sequence[OutboxItem]:
        """Items of a lane that are not done, due or not, in the order in which they were stored."""
        ...

    def starts(self, operator_id: OperatorId, token: TokenUid, since: datetime) -> Sequence[OutboxItem]:
        """Orders to start a charge for a token that are open, or that a charger has accepted since then; oldest first."""
        ...

    def history(self, key: str, limit: int = 100) -> Sequence[Delivery]:
        """Everything ever stored for a key (all orders to a charger), newest first."""
        ...
