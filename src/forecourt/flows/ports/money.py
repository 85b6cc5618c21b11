"""What flows need for documents, the ledger and payments: repositories within a Store, and the processor outside it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.billing import Complaint, Invoice
from forecourt.drivers import Standing
from forecourt.flows.ports.document_search import DocumentSearch
from forecourt.flows.ports.listing import FIRST_PAGE, ListPage, PageAsked
from forecourt.flows.ports.papers import DocumentFiles
from forecourt.flows.ports.roamed import PageWanted, RoamingCdr, RoamingCharge, RoamingCommand
from forecourt.kernel import BookingId, DocumentId, DriverId, EvseId, NotFound, OperatorId, PaymentId, SessionId, SiteId, Span, TokenUid
from forecourt.ledger import OF_DRIVERS, Account, AccountKind, Balance, ChainedTxn, Txn
from forecourt.payments import (
    Adopt,
    Answer,
    BlockRule,
    ClearingLine,
    Dispute,
    Payback,
    Payment,
    PaymentOrder,
    ProcessorEvent,
    ProcessorRecord,
    Rejected,
    Unanswered,
)


class Documents(Protocol):
    """Issued documents: never changed, never deleted. The store refuses a second put of an id or a number."""

    def next_number(self, operator_id: OperatorId, series: str, year: int, count: int = 1) -> int:
        """1, 2, 3 … without a gap: the counter's row stays locked until this unit of work ends, and a rollback takes it back.

        Of a count, the first; the caller uses them all. A count of 0 takes none, and locks.
        """
        ...

    def put(self, invoice: Invoice) -> None: ...
    def put_all(self, invoices: Sequence[Invoice]) -> None: ...
    def billed(self, session_ids: Collection[SessionId]) -> set[SessionId]:
        """Those that have a document."""
        ...

    def document(self, document_id: DocumentId) -> Invoice | None: ...
    def lock(self, document_id: DocumentId) -> Invoice | None:
        """The document; no other unit of work decides how it is paid until this one ends."""
        ...

    def lock_numbered(self, operator_id: OperatorId, numbers: Collection[str]) -> Sequence[Invoice]:
        """As `lock`, those of these numbers in one step."""
        ...

    def by_number(self, operator_id: OperatorId, number: str) -> Invoice | None: ...
    def of_session(self, session_id: SessionId) -> Sequence[Invoice]:
        """By time of issue: the invoice first, then what corrects it."""
        ...

    def of_booking(self, booking_id: BookingId) -> Sequence[Invoice]: ...
    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Invoice]:
        """Newest first."""
        ...

    def correcting(self, document_id: DocumentId) -> Sequence[Invoice]:
        """The credit notes of an invoice."""
        ...

    def recent(
        self, operator_id: OperatorId, limit: int = 100, before: datetime | None = None, before_number: str = ""
    ) -> Sequence[Invoice]:
        """Newest first; before: issued earlier than that, or at that instant with a lower number than before_number."""
        ...

    def search(self, operator_id: OperatorId, wanted: DocumentSearch, limit: int = 100, last: Invoice | None = None) -> Sequence[Invoice]:
        """Those that fit, newest first; last: only what comes behind it."""
        ...

    def page(self, operator_id: OperatorId, wanted: DocumentSearch, asked: PageAsked = FIRST_PAGE) -> ListPage[Invoice]: ...

    def put_files(self, document_id: DocumentId, files: DocumentFiles) -> None:
        """The first files kept for a document stay for ever; a second put changes nothing."""
        ...

    def files(self, document_id: DocumentId) -> DocumentFiles | None: ...
    def unprinted(self, at: datetime, limit: int = 50) -> Sequence[Invoice]:
        """Issued documents whose files are still to be made, oldest first. No other unit of work is given them until this one ends."""
        ...

    def print_later(self, document_id: DocumentId, due_at: datetime) -> None:
        """Its files could not be made: it is given out again from then on."""
        ...


@dataclass(frozen=True, slots=True)
class AccountEntries:
    """Which entries are meant. name: of an account; of a kind that each driver has one of, the kind alone means all of them. span: of
    the days they are dated to."""

    name: str
    currency: str
    span: Span | None = None

    def __post_init__(self) -> None:
        if self.name.partition(":")[0] not in list(AccountKind):
            raise NotFound("account", f"There is no account {self.name[:40]!r}.")

    @property
    def of_all_drivers(self) -> bool:
        return self.name in OF_DRIVERS

    def means(self, account: Account) -> bool:
        return account.name == self.name or (self.of_all_drivers and account.kind.value == self.name)


class LedgerBook(Protocol):
    """Append-only. Each operator has one hash chain."""

    def post(self, txn: Txn) -> bool:
        """Append, chained to the operator's last transaction (its row stays locked until this unit of work ends).

        False, and nothing changed, if the operator's book has that key already. What would be dated before the first open day is
        dated to it, and says what it is about (`ledger.dated`).
        """
        ...

    def post_all(self, txns: Sequence[Txn]) -> int:
        """Append many, in order, as `post` would. How many were new."""
        ...

    def head(self, operator_id: OperatorId) -> int:
        """The position of the newest entry; nobody else posts until this unit of work ends."""
        ...

    def open_from(self, operator_id: OperatorId) -> datetime | None:
        """Nothing is dated before it; None: nothing of the book was ever closed."""
        ...

    def close(self, operator_id: OperatorId, until: datetime) -> int:
        """From now on nothing is dated before that instant; what was closed stays so. Who posts at this moment is waited for.
        The position of the book's last transaction."""
        ...

    def reopen(self, operator_id: OperatorId, since: datetime) -> None:
        """Entries may be dated from that instant on again, if they might not."""
        ...

    def balance(self, operator_id: OperatorId, account: Account, currency: str, until: int | None = None) -> int:
        """Received less given, in minor units; until: up to the transaction of that position, and with it."""
        ...

    def of_account(
        self, operator_id: OperatorId, account: Account, currency: str, limit: int, before: int | None = None
    ) -> Sequence[ChainedTxn]:
        """What moved an account in a currency, newest first; before: of a lower position than that."""
        ...

    def account_page(self, operator_id: OperatorId, account: Account, currency: str, asked: PageAsked = FIRST_PAGE) -> ListPage[ChainedTxn]:
        """The same, a page at a time."""
        ...

    def entries(self, operator_id: OperatorId, wanted: AccountEntries, limit: int, before: int | None = None) -> Sequence[ChainedTxn]:
        """The transactions they belong to, newest first; before: of a lower position than that."""
        ...

    def sum_of(self, operator_id: OperatorId, wanted: AccountEntries) -> Balance:
        """What all of them received and gave."""
        ...

    def entry(self, operator_id: OperatorId, position: int) -> ChainedTxn | None: ...
    def trial_balance(self, operator_id: OperatorId, kind: AccountKind | None = None) -> Sequence[Balance]:
        """Every account that ever moved, by name, a row for each currency; kind: only its accounts, which must have parts."""
        ...

    def unsettled(self, operator_id: OperatorId, kind: AccountKind) -> Sequence[Balance]:
        """Those of a kind's accounts that are not at zero."""
        ...

    def summary(self, operator_id: OperatorId) -> Sequence[Balance]:
        """The trial balance with a row for all drivers' accounts of a kind."""
        ...

    def misadded(self) -> Sequence[Account]:
        """Accounts of all books whose balance is not the sum of their entries; any at all is a broken ledger."""
        ...

    def of_subject(self, subject: UUID) -> Sequence[ChainedTxn]:
        """What was posted about a document or payment, oldest first."""
        ...

    def uncleared(self, operator_id: OperatorId, since: datetime) -> Sequence[UUID]:
        """Subjects of entries on the processor's clearing since an instant, of which not all that came in, or went out, is told of by
        rows of its file."""
        ...

    def chain(self, operator_id: OperatorId, after: int = 0) -> Iterator[ChainedTxn]:
        """The whole book from position 1, or what was posted after a position."""
        ...

    def positions(self, operator_id: OperatorId, span: Span) -> range:
        """Between which all that is dated in a span lies; what is dated otherwise may lie there too."""
        ...

    def posted(self, operator_id: OperatorId, positions: range) -> Sequence[ChainedTxn]:
        """What the book has at those positions."""
        ...

    def sum_minor(self, currency: str) -> int:
        """The sum over every entry of every book; anything but 0 is a broken ledger."""
        ...


class PaymentBook(Protocol):
    def payment(self, payment_id: PaymentId) -> Payment | None: ...
    def put(self, payment: Payment) -> None: ...
    def lock(self, payment_id: PaymentId) -> Payment | None:
        """The payment as it is now; no other unit of work changes it until this one ends."""
        ...

    def of_session(self, session_id: SessionId) -> Sequence[Payment]:
        """Oldest first."""
        ...

    def of_document(self, document_id: DocumentId) -> Sequence[Payment]:
        """Oldest first."""
        ...

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Payment]:
        """Newest first."""
        ...

    def top_ups(self, driver_id: DriverId, limit: int = 1000) -> Sequence[Payment]:
        """Loads of the driver's prepaid balance, whatever came of them, newest first."""
        ...

    def hold_on(self, driver_id: DriverId, evse_id: EvseId) -> Payment | None:
        """The newest payment of the driver for the socket that is `holding` and tied to no session."""
        ...

    def holders(self, driver_ids: Collection[DriverId]) -> set[DriverId]:
        """Those with a payment that is `holding`."""
        ...

    def open_holds(self, operator_id: OperatorId | None = None) -> Sequence[Payment]:
        """Payments that are `holding`, oldest first; None = of every operator."""
        ...

    def pending(self, before: datetime, limit: int = 100) -> Sequence[Payment]:
        """Payments that are `open` but not Held, made before an instant, oldest first."""
        ...

    def unpaid(self, operator_id: OperatorId, limit: int = 100) -> Sequence[DocumentId]:
        """Invoices of which the driver owes something and for which no payment is open or captured, oldest first."""
        ...

    def webhook_seen(self, event_id: str, at: datetime) -> bool:
        """Remember an event of the processor; True if it was remembered before (then it must not be handled again)."""
        ...

    def standing(self, driver_id: DriverId) -> Standing:
        """`payments.standing` of the driver's payments."""
        ...


class ComplaintBook(Protocol):
    def put(self, complaint: Complaint) -> None: ...
    def complaint(self, complaint_id: UUID) -> Complaint | None: ...
    def lock(self, complaint_id: UUID) -> Complaint | None:
        """As it is now; no other unit of work changes it until this one ends."""
        ...

    def of_document(self, document_id: DocumentId) -> Sequence[Complaint]:
        """Oldest first, as below."""
        ...

    def of_driver(self, driver_id: DriverId) -> Sequence[Complaint]: ...
    def waiting(self, operator_id: OperatorId) -> Sequence[Complaint]:
        """All that nobody has answered yet."""
        ...

    def page(self, operator_id: OperatorId, asked: PageAsked = FIRST_PAGE) -> ListPage[Complaint]:
        """Those that wait first, then those that are over, each newest first."""
        ...


class PaybackBook(Protocol):
    def put(self, payback: Payback) -> None: ...
    def drop(self, payback_id: UUID) -> None: ...
    def lock(self, payback_id: UUID) -> Payback | None:
        """As it is now; no other unit of work changes it until this one ends."""
        ...

    def of_payment(self, payment_id: PaymentId) -> Sequence[Payback]:
        """Oldest first, as below."""
        ...

    def of_note(self, document_id: DocumentId) -> Sequence[Payback]: ...
    def of_driver(self, driver_id: DriverId) -> Sequence[Payback]: ...
    def waiting(self, operator_id: OperatorId) -> Sequence[Payback]:
        """All that is owed."""
        ...

    def page(self, operator_id: OperatorId, asked: PageAsked = FIRST_PAGE) -> ListPage[Payback]:
        """What is owed first, then what was paid, each newest first."""
        ...


class DisputeBook(Protocol):
    def dispute(self, operator_id: OperatorId, dispute_id: str) -> Dispute | None: ...
    def put(self, dispute: Dispute) -> None: ...
    def of_payment(self, payment_id: PaymentId) -> Sequence[Dispute]:
        """Oldest first."""
        ...

    def waiting(self, operator_id: OperatorId) -> Sequence[Dispute]:
        """All that are open, oldest first."""
        ...

    def page(self, operator_id: OperatorId, asked: PageAsked = FIRST_PAGE) -> ListPage[Dispute]:
        """Open ones first, then newest first."""
        ...

    def rule(self, operator_id: OperatorId) -> BlockRule:
        """NEVER where the operator has set none."""
        ...

    def put_rule(self, operator_id: OperatorId, rule: BlockRule) -> None: ...


class RoamedBook(Protocol):
    def put_charge(self, charge: RoamingCharge) -> None: ...
    def charge(self, charge_id: UUID) -> RoamingCharge | None: ...
    def charge_of(self, session_id: SessionId) -> RoamingCharge | None: ...
    def charges(self, session_ids: Collection[SessionId]) -> Sequence[RoamingCharge]: ...
    def charges_of(self, partner_id: UUID, page: PageWanted) -> tuple[Sequence[RoamingCharge], int]:
        """The page, and how many there are in all."""
        ...

    def page(self, partner_id: UUID, asked: PageAsked = FIRST_PAGE) -> ListPage[RoamingCharge]: ...

    def held_by(self, booking_id: BookingId) -> RoamingCharge | None:
        """What a booking holds a socket for."""
        ...

    def reservation(self, partner_id: UUID, reservation_id: str) -> RoamingCharge | None:
        """The last that a partner made by this id of its own; ids are told apart by their letters, not by their size."""
        ...

    def waiting_at(self, site_id: SiteId) -> Sequence[RoamingCharge]:
        """Sockets that are held, where nobody charges yet."""
        ...

    def put_command(self, command: RoamingCommand) -> None: ...
    def command(self, command_id: UUID) -> RoamingCommand | None: ...
    def start_asked(self, evse_id: EvseId, shown: TokenUid, since: datetime) -> RoamingCommand | None:
        """The last start at a socket for a token that was asked for since then."""
        ...

    def put_cdr(self, cdr: RoamingCdr) -> None: ...
    def cdr(self, document_id: DocumentId) -> RoamingCdr | None: ...
    def cdrs_of(self, partner_id: UUID, page: PageWanted) -> tuple[Sequence[RoamingCdr], int]: ...
    def untaken(self, partner_id: UUID, span: Span) -> int:
        """How many CDRs that were made in a span the partner has not taken."""
        ...


class Processor(Protocol):
    """Where card payments are made. Calls take up to some seconds: couriers make them, between units of work."""

    def carry_out(self, order: PaymentOrder, repeated: bool = False) -> Answer | ProcessorRecord:
        """Deliver an order. repeated: it was sent before without an answer, so the processor's record is read first.

        A Look is answered with the record; every other order with an Answer. Never raises for an outcome.
        """
        ...

    def adopt(self, wanted: Adopt) -> ProcessorRecord | Rejected | Unanswered:
        """Take over a hold of a card terminal. One that is another payment's, no hold, or not known is Rejected; so is every one by a
        processor that cannot do it. Repeating it changes nothing. Never raises for an outcome."""
        ...

    def look(self, payment_id: PaymentId) -> ProcessorRecord | None:
        """The processor's record of a payment; None if it has none. Raises ConnectionError when it cannot be asked."""
        ...

    def clearing(self, since: datetime) -> Sequence[ClearingLine]:
        """What was paid out since an instant. Raises ConnectionError when it cannot be asked."""
        ...

    def parse_webhook(self, body: bytes, signature: str, at: datetime) -> ProcessorEvent | None:
        """The event of a webhook; None where it tells of nothing of ours.

        Raises Forbidden for a signature that is forged, stale or missing; BadInput for a bad body.
        """
        ...
