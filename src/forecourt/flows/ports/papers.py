"""The papers that flows keep between steps and that belong to no single room."""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from forecourt.drivers import TokenRefused
from forecourt.kernel import BookingId, ChargerId, DocumentId, DriverId, EvseId, OperatorId, SessionId, SiteId, TariffVersionId
from forecourt.ocpi import CommandResult, ProfileResult
from forecourt.payments import PaymentOrder
from forecourt.planning import EnergyCosts as EnergyCosts
from forecourt.planning import SiteStays as SiteStays
from forecourt.stations import Acknowledgement, Message, Obedience, Order

DISOBEYED_TOO_OFTEN = 3


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A kept message. id grows in the order of keeping. applied: it has had its effect."""

    id: int
    message: Message
    ack: Acknowledgement
    applied: bool = False


@dataclass(frozen=True, slots=True)
class LateEnd:
    """When a charge ended, and at which reading of its meter (Wh), as was told after it was sealed."""

    at: datetime
    register_wh: int


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message or record that is kept but not acted on until a person has looked. subject: what it is about. late: of an end that was told
    after its charge was sealed.

    settled: how it settled itself; empty: it waits, or a person has cleared it.
    """

    id: UUID
    operator_id: OperatorId
    site_id: SiteId | None
    charger_id: ChargerId | None
    at: datetime
    code: str
    text: str
    subject: str = ""
    raw: str = ""
    cleared_at: datetime | None = None
    settled: str = ""
    late: LateEnd | None = None


@dataclass(frozen=True, slots=True)
class ChargerOrder:
    """An order and the charger it is for."""

    charger_id: ChargerId
    order: Order


@dataclass(frozen=True, slots=True)
class InvoiceSession:
    """Rate an ended session and issue its invoice."""

    session_id: SessionId


@dataclass(frozen=True, slots=True)
class InvoiceNoShow:
    booking_id: BookingId


@dataclass(frozen=True, slots=True)
class CreditNoShow:
    """Take back what was billed, or is held, for not coming: the driver had come."""

    booking_id: BookingId


@dataclass(frozen=True, slots=True)
class AskPayment:
    """Take an issued invoice's amount: capture its hold, or charge the stored method."""

    document_id: DocumentId


@dataclass(frozen=True, slots=True)
class ShareInvoice:
    """Book what the site's host and other partners earn by a paid invoice."""

    document_id: DocumentId


@dataclass(frozen=True, slots=True)
class RenewMembership:
    """Invoice the month of a membership that has begun, or close the membership."""

    membership_id: UUID


@dataclass(frozen=True, slots=True)
class RepayCredit:
    """Pay back what was given off a next charge, where none can be any more."""

    claim_id: UUID
    driver_id: DriverId


@dataclass(frozen=True, slots=True)
class LookAtBank:
    """Hold the next lines of the bank's statements against the book. actor: who sent them."""

    actor: str


@dataclass(frozen=True, slots=True)
class ForgetUnused:
    """The link that an account was opened with has ended: nothing stays of who never used it."""

    account_id: UUID

    @property
    def about(self) -> str:
        return f"forget/{self.account_id}"


@dataclass(frozen=True, slots=True)
class SendNotice:
    """Bring a notice to whom it is for."""

    notice_id: UUID


@dataclass(frozen=True, slots=True)
class PassSession:
    """Tell a roaming partner how a charge of its customer stands. session_id: of the Session as the partner knows it."""

    session_id: UUID

    @property
    def about(self) -> str:
        return f"session/{self.session_id}"


@dataclass(frozen=True, slots=True)
class PassCdr:
    """Bring a CDR to the roaming partner that pays it."""

    document_id: DocumentId
    session_id: UUID

    @property
    def about(self) -> str:
        return f"cdr/{self.session_id}"


@dataclass(frozen=True, slots=True)
class PassResult:
    """Tell a roaming partner what became of its command."""

    command_id: UUID
    result: CommandResult

    @property
    def about(self) -> str:
        return f"result/{self.command_id}"


@dataclass(frozen=True, slots=True)
class PassProfile:
    """Tell a roaming partner what became of what it asked about a profile; or, without a command, what is planned by now.

    charge_id: the Session as the partner knows it. duration_s: of what is planned, to be told with it; 0: that is not told.
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
    """Push to a roaming partner what has become different of a site, since it took what it was pushed last."""

    partner_id: UUID
    site_id: SiteId

    @property
    def about(self) -> str:
        return f"location/{self.partner_id}/{self.site_id}"


@dataclass(frozen=True, slots=True)
class PassTariff:
    """Push to a roaming partner a tariff as it is, or that it is no more."""

    partner_id: UUID
    version_id: TariffVersionId

    @property
    def about(self) -> str:
        return f"tariff/{self.partner_id}/{self.version_id}"


@dataclass(frozen=True, slots=True)
class FetchTokens:
    """Read the tokens of a roaming partner's customers, page after page. begun_at: when the first is read. query: of this one; empty: the
    first. page: which that is. mark: query and digest of an earlier one, by which it is known again. refused: what is not taken so far.
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


Task = InvoiceSession | InvoiceNoShow | CreditNoShow | AskPayment | ShareInvoice | RenewMembership | RepayCredit | LookAtBank | ForgetUnused
Pass = PassSession | PassCdr | PassResult | PassProfile | PassLocation | PassTariff | FetchTokens
Work = ChargerOrder | PaymentOrder | Task | SendNotice | Pass


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One piece of work for a courier.

    lane: "charger", "payment", "task", "notice", or a roaming partner's own. key: items of one key are delivered in order (a charger id, a
    payment id). idempotency_key: unique as long as it is kept (docs/keeping.md); asking twice keeps one.
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


@dataclass(frozen=True, slots=True)
class Setpoint:
    """limit_a: whole amps this EVSE may draw under the plan; because: one sentence. told_a: the least limit it may have been keeping to
    when the plan was made; None = not known."""

    evse_id: EvseId
    limit_a: int
    because: str = ""
    told_a: int | None = None


@dataclass(frozen=True, slots=True)
class PlanPaper:
    """A site's power plan, complete: an EVSE with a session that is not named does not exist."""

    operator_id: OperatorId
    site_id: SiteId
    number: int
    made_at: datetime
    status: str
    setpoints: tuple[Setpoint, ...]
    binding: tuple[str, ...] = ()
    drawn_w: int | None = None  # what the site drew when the plan was made
    allotted_w: int | None = None
    took_ms: float | None = None  # how long the solver took, as the edge measured it


@dataclass(frozen=True, slots=True)
class Grant:
    """What one EVSE has been told, and what it must be counted at.

    target_a: the newest plan's setpoint. sent_a / sent_at: the last order handed to the courier; sent_plan: the plan since which every
    order has been for these amps. confirmed_a: the last the charger accepted (the least it may have, after an order without an answer).
    verified: a meter value after the acceptance showed the current within confirmed_a. counted_a: amps to assume it may draw. fallback_a:
    the fallback it has accepted; None = none yet, so it may draw all; fallback_after_s: it holds from so many seconds of a charge on, and
    nothing before. disobeyed: times it was seen above its limit; defied_at: when last, of the order that holds now. prompt: it was seen to
    obey at once. ends_at: when the last of the orders it may be keeping to ends by itself; None: one of them has no end. raised_over_a: an
    order to draw more may still come true, the last or one before; a reading above this shows that it holds. None: there is no such order.
    asked_at: when a charge was last refused here, for want of room for an untested socket. raise_from: when the raise that waits at random
    may be told. at_once: the driver wants no such wait in this charge. obeys: what is known of the socket. testing: an acceptance test has
    it, so the planner tells it nothing. turn_since / waiting_since / pauses: the present session's turns.
    """

    evse_id: EvseId
    operator_id: OperatorId
    site_id: SiteId
    plan: int = 0
    target_a: int = 0
    counted_a: int = 0
    sent_a: int | None = None
    sent_at: datetime | None = None
    confirmed_a: int | None = None
    confirmed_at: datetime | None = None
    verified: bool = False
    fallback_a: int | None = None
    disobeyed: int = 0
    prompt: bool = False
    session_id: SessionId | None = None
    turn_since: datetime | None = None
    waiting_since: datetime | None = None
    pauses: int = 0
    defied_at: datetime | None = None
    ends_at: datetime | None = None
    raised_over_a: int | None = None
    obeys: Obedience = Obedience.UNTESTED
    testing: bool = False
    raise_from: datetime | None = None
    at_once: bool = False
    asked_at: datetime | None = None
    sent_plan: int = 0
    fallback_after_s: int = 0

    @property
    def quarantined(self) -> bool:
        """It did not keep its limits too often: only an acceptance test brings it back."""
        return self.disobeyed >= DISOBEYED_TOO_OFTEN

    @property
    def obedience(self) -> Obedience:
        return Obedience.IGNORES if self.quarantined else self.obeys

    def emptied(self) -> "Grant":
        """What is known of the socket, without anything of a charge: the next car starts from the fallback."""
        return Grant(
            self.evse_id,
            self.operator_id,
            self.site_id,
            plan=self.plan,
            fallback_a=self.fallback_a,
            fallback_after_s=self.fallback_after_s,
            disobeyed=self.disobeyed,
            prompt=self.prompt,
            obeys=self.obeys,
            asked_at=self.asked_at,
        )

    def of_another_box(self) -> "Grant":
        """Another charger goes by the name of the one before: it keeps no fallback, and nobody has seen it keep a limit."""
        return replace(self, fallback_a=None, fallback_after_s=0, disobeyed=0, prompt=False, obeys=Obedience.UNTESTED)

    @property
    def told_a(self) -> int:
        """The least limit it may be keeping to: the last order may have arrived or not."""
        begins_a = 0 if self.fallback_after_s else self.fallback_a or 0
        before = self.confirmed_a if self.confirmed_a is not None else begins_a
        return before if self.sent_a is None else min(before, self.sent_a)


@dataclass(frozen=True, slots=True)
class DocumentFiles:
    """What a document's reader gets; hashes are SHA-256, hexadecimal. xml: the e-invoice alone, empty where there is none."""

    pdf: bytes
    pdf_sha256: str
    xml: bytes = b""
    xml_sha256: str = ""


def document_files(pdf: bytes, xml: bytes = b"") -> DocumentFiles:
    return DocumentFiles(pdf, sha256(pdf).hexdigest(), xml, sha256(xml).hexdigest() if xml else "")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, to what, when, and why. actor: account id, "system", or a charger id."""

    id: UUID
    operator_id: OperatorId | None
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str = ""
