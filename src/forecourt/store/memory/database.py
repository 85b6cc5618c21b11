"""All stored values, by table, and the rules that the database checks at commit."""

import os
from datetime import date, datetime
from itertools import count
from uuid import UUID

from forecourt.billing import AccountStatement, Complaint, Invoice
from forecourt.drivers import (
    Account,
    App,
    AppGrant,
    ChargingNeed,
    Driver,
    GroupMember,
    GuestBooking,
    GuestVisit,
    RoamingPartner,
    RoamingToken,
    SecondFactor,
    SignIn,
    SingleSignOn,
    Token,
)
from forecourt.flows.ports import (
    AuditEntry,
    ClearingProgress,
    Delivery,
    DocumentFiles,
    Grant,
    InboxRow,
    LogSeal,
    PowerDay,
    PowerPlan,
    PublishedObject,
    PushedObject,
    QuarantineEntry,
    RoamingCdr,
    RoamingCharge,
    RoamingCommand,
    Run,
)
from forecourt.kernel import (
    BookingId,
    ChargerId,
    DocumentId,
    DriverId,
    EvseId,
    Money,
    OperatorId,
    PaymentId,
    PriceEntryId,
    SessionId,
    SiteId,
    TariffVersionId,
    TokenUid,
)
from forecourt.ledger import ChainedTxn, ManualEntry
from forecourt.notices import Device, Notice, NoticeChoices, Webhook
from forecourt.offers import Claim, Coupon, EntitlementUse, Membership, Offer, Partner, Plan, PlanVersion, Redemption, Voucher
from forecourt.payments import (
    AutoTopUp,
    BlockRule,
    CardSetup,
    Dispute,
    DunningCase,
    DunningRules,
    Mandate,
    Payback,
    Payment,
    StoredCard,
    WalletRules,
)
from forecourt.reservations import Booking, BookingRules, Bound, Deposit, Habits, Ticket, WaitlistEntry
from forecourt.revenue import PriceProposal, PriceRules, SlotBids
from forecourt.sessions import ChargeRecord, MeterPoint, Session
from forecourt.settlement import (
    BankAccount,
    CollectionFile,
    Finding,
    Question,
    Statement,
    StatementPayment,
    StoredLine,
    StoredRow,
    TransferFile,
)
from forecourt.stations import AcceptanceTest, Charger, Evse, EvseCode, Incident, IncidentKind, Operator, Site, SiteAllowances, Socket
from forecourt.store.errors import missing, refusal
from forecourt.store.memory.journal import Journal, JournaledDict
from forecourt.tariffs import PriceEntry, TariffVersion


class MemoryDatabase:
    def __init__(self) -> None:
        self.journal: Journal = []
        self.secret = os.urandom(32)
        # Numbers are never reused, not even after a rollback.
        self.transaction_numbers, self.booking_numbers = count(1), count(1)
        self.inbox_numbers, self.outbox_numbers = count(1), count(1)
        self.operators = JournaledDict[OperatorId, Operator](self.journal)
        self.sites = JournaledDict[SiteId, Site](self.journal)
        self.evses = JournaledDict[EvseId, Evse](self.journal)
        self.chargers = JournaledDict[ChargerId, Charger](self.journal)
        self.secrets = JournaledDict[ChargerId, tuple[str, ...]](self.journal)  # what opens, then what was offered
        self.sockets = JournaledDict[EvseId, Socket](self.journal)
        self.history = JournaledDict[tuple[ChargerId, int, IncidentKind, datetime], Incident](self.journal)
        self.past_sites = JournaledDict[tuple[SiteId, datetime], tuple[datetime, Site]](self.journal)
        self.drivers = JournaledDict[DriverId, Driver](self.journal)
        self.tokens = JournaledDict[tuple[OperatorId, TokenUid], Token](self.journal)
        self.accounts = JournaledDict[UUID, Account](self.journal)
        self.sign_ins = JournaledDict[bytes, SignIn](self.journal)
        self.needs = JournaledDict[tuple[SiteId, DriverId], ChargingNeed](self.journal)
        self.members = JournaledDict[tuple[str, DriverId, datetime], GroupMember](self.journal)
        self.versions = JournaledDict[TariffVersionId, TariffVersion](self.journal)
        self.entries = JournaledDict[PriceEntryId, PriceEntry](self.journal)
        self.price_rules = JournaledDict[SiteId, PriceRules](self.journal)
        self.price_proposals = JournaledDict[UUID, PriceProposal](self.journal)
        self.sessions = JournaledDict[SessionId, Session](self.journal)
        self.points = JournaledDict[SessionId, tuple[MeterPoint, ...]](self.journal)
        self.records = JournaledDict[SessionId, ChargeRecord](self.journal)
        self.plans = JournaledDict[tuple[SiteId, int], PowerPlan](self.journal)
        self.grants = JournaledDict[EvseId, Grant](self.journal)
        self.tests = JournaledDict[UUID, AcceptanceTest](self.journal)
        self.rows = JournaledDict[int, InboxRow](self.journal)
        self.row_of = JournaledDict[tuple[ChargerId, str], int](self.journal)
        self.quarantine = JournaledDict[UUID, QuarantineEntry](self.journal)
        self.outbox = JournaledDict[UUID, Delivery](self.journal)
        self.outbox_seq = JournaledDict[UUID, int](self.journal)
        self.outbox_lease = JournaledDict[UUID, datetime](self.journal)
        self.outbox_keys = JournaledDict[str, UUID](self.journal)
        self.document_numbers = JournaledDict[tuple[OperatorId, str, int], int](self.journal)
        self.documents = JournaledDict[DocumentId, Invoice](self.journal)
        self.files = JournaledDict[DocumentId, DocumentFiles](self.journal)
        self.print_later = JournaledDict[DocumentId, datetime](self.journal)
        self.book = JournaledDict[tuple[OperatorId, int], ChainedTxn](self.journal)
        self.heads = JournaledDict[OperatorId, ChainedTxn](self.journal)
        self.payments = JournaledDict[PaymentId, Payment](self.journal)
        self.webhooks = JournaledDict[str, datetime](self.journal)
        self.audit = JournaledDict[UUID, AuditEntry](self.journal)
        self.log_seals = JournaledDict[int, LogSeal](self.journal)
        self.plans_offered = JournaledDict[UUID, Plan](self.journal)
        self.plan_versions = JournaledDict[UUID, PlanVersion](self.journal)
        self.memberships = JournaledDict[UUID, Membership](self.journal)
        self.uses = JournaledDict[UUID, EntitlementUse](self.journal)
        self.coupons = JournaledDict[UUID, Coupon](self.journal)
        self.claims = JournaledDict[UUID, Claim](self.journal)
        self.answers = JournaledDict[str, tuple[bytes, str]](self.journal)
        self._open_partners()
        self._open_bookings()
        self._open_debts()

    def _open_partners(self) -> None:
        self.roaming_partners = JournaledDict[UUID, RoamingPartner](self.journal)
        self.roaming_told = JournaledDict[tuple[OperatorId, str], PublishedObject](self.journal)
        self.roaming_pushed = JournaledDict[tuple[UUID, str], PushedObject](self.journal)
        self.roaming_tokens = JournaledDict[tuple[UUID, str, str, TokenUid, str], RoamingToken](self.journal)
        self.partners = JournaledDict[UUID, Partner](self.journal)
        self.offers = JournaledDict[UUID, Offer](self.journal)
        self.vouchers = JournaledDict[UUID, Voucher](self.journal)
        self.redemptions = JournaledDict[UUID, Redemption](self.journal)
        self.statements = JournaledDict[UUID, Statement](self.journal)
        self.settled = JournaledDict[UUID, StatementPayment](self.journal)
        self.statement_pdfs = JournaledDict[UUID, bytes](self.journal)

    def _open_bookings(self) -> None:
        self.bookings = JournaledDict[BookingId, Booking](self.journal)
        self.booking_rules = JournaledDict[SiteId, BookingRules](self.journal)
        self.booking_habits = JournaledDict[tuple[SiteId, str], Habits](self.journal)
        self.energy_costs = JournaledDict[SiteId, object](self.journal)
        self.site_allowances = JournaledDict[SiteId, SiteAllowances](self.journal)
        self.site_stays = JournaledDict[SiteId, object](self.journal)
        self.power_days = JournaledDict[tuple[SiteId, date], PowerDay](self.journal)
        self.slot_bids = JournaledDict[SiteId, SlotBids](self.journal)
        self.tickets = JournaledDict[UUID, Ticket](self.journal)
        self.waitlist = JournaledDict[UUID, WaitlistEntry](self.journal)

    def _open_debts(self) -> None:
        self.open_from = JournaledDict[OperatorId, datetime](self.journal)
        self.notices = JournaledDict[UUID, Notice](self.journal)
        self.notice_choices = JournaledDict[DriverId, NoticeChoices](self.journal)
        self.notice_hooks = JournaledDict[OperatorId, Webhook](self.journal)
        self.devices = JournaledDict[UUID, Device](self.journal)
        self.factors = JournaledDict[UUID, SecondFactor](self.journal)
        self.sso = JournaledDict[OperatorId, SingleSignOn](self.journal)
        self.apps = JournaledDict[UUID, App](self.journal)
        self.app_grants = JournaledDict[bytes, AppGrant](self.journal)
        self.disputes = JournaledDict[tuple[OperatorId, str], Dispute](self.journal)
        self.clearing_rows = JournaledDict[str, StoredRow](self.journal)
        self.clearing_findings = JournaledDict[UUID, Finding](self.journal)
        self.clearing_reading = JournaledDict[str, ClearingProgress](self.journal)
        self.bank_accounts = JournaledDict[tuple[OperatorId, str], BankAccount](self.journal)
        self.mandates = JournaledDict[UUID, Mandate](self.journal)
        self.collection_files = JournaledDict[UUID, CollectionFile](self.journal)
        self.transfer_files = JournaledDict[UUID, TransferFile](self.journal)
        self.bank_lines = JournaledDict[tuple[OperatorId, UUID], StoredLine](self.journal)
        self.hand_entries = JournaledDict[UUID, ManualEntry](self.journal)
        self.paybacks = JournaledDict[UUID, Payback](self.journal)
        self.questions = JournaledDict[UUID, Question](self.journal)
        self.complaints = JournaledDict[UUID, Complaint](self.journal)
        self.roaming_charges = JournaledDict[UUID, RoamingCharge](self.journal)
        self.roaming_cdrs = JournaledDict[DocumentId, RoamingCdr](self.journal)
        self.roaming_commands = JournaledDict[UUID, RoamingCommand](self.journal)
        self.dispute_rules = JournaledDict[OperatorId, BlockRule](self.journal)
        self.evse_codes = JournaledDict[EvseId, EvseCode](self.journal)
        self.visits = JournaledDict[UUID, GuestVisit](self.journal)
        self.guest_bookings = JournaledDict[BookingId, GuestBooking](self.journal)
        self.deposits = JournaledDict[BookingId, Deposit](self.journal)
        self.dunning_rules = JournaledDict[OperatorId, DunningRules](self.journal)
        self.dunning = JournaledDict[DocumentId, DunningCase](self.journal)
        self.runs = JournaledDict[UUID, Run](self.journal)
        self.account_statements = JournaledDict[DocumentId, AccountStatement](self.journal)
        self.stated = JournaledDict[DocumentId, DocumentId](self.journal)
        self.credit_parts = JournaledDict[tuple[DocumentId, DocumentId], tuple[DocumentId, DocumentId, Money]](self.journal)
        self.account_pdfs = JournaledDict[DocumentId, bytes](self.journal)
        self.wallet_rules = JournaledDict[OperatorId, WalletRules](self.journal)
        self.cards = JournaledDict[UUID, StoredCard](self.journal)
        self.card_setups = JournaledDict[UUID, CardSetup](self.journal)
        self.auto_top_ups = JournaledDict[DriverId, AutoTopUp](self.journal)
        self.payers = JournaledDict[OperatorId, tuple[tuple[str, DriverId], ...]](self.journal)

    def check(self) -> None:
        """The checks the database makes at commit. Raises Conflict."""
        changed = {(table, key) for table, key, _ in self.journal}
        for table, key in changed:
            value = table.get(key)
            if value is None:
                continue
            if table is self.bookings:
                self._check_booking(value)
            elif table is self.tickets:
                self._check_ticket(value)
            elif table in self._owners():
                self._check_owner(table, value)

    def _owners(self) -> tuple[object, ...]:
        of_people = (
            self.drivers,
            self.accounts,
            self.tokens,
            self.sign_ins,
            self.members,
            self.factors,
            self.sso,
            self.apps,
            self.app_grants,
        )
        return (self.sites, self.evses, *of_people)

    def _check_owner(self, table: object, value: object) -> None:
        match value:
            case Site() | Driver() | Account() | App() | SingleSignOn():
                there = value.operator_id in self.operators
            case Evse():
                there = value.site_id in self.sites
            case Token() | GroupMember():
                there = value.driver_id in self.drivers
            case AppGrant():
                there = value.account_id in self.accounts and value.app_id in self.apps
            case SignIn() | SecondFactor():
                there = value.account_id in self.accounts
            case _:
                there = True
        if not there:
            raise missing(type(value).__name__.lower(), repr(value))

    def _check_ticket(self, ticket: Ticket) -> None:
        if ticket.site_id not in self.sites:
            raise missing("site", repr(ticket))
        others = self.tickets.where(lambda one: one.live and ticket.live and one.id != ticket.id)
        if any(one.driver_id == ticket.driver_id for one in others):
            raise refusal("queue_tickets_driver")
        if ticket.called_to is not None and any(one.called_to == ticket.called_to for one in others):
            raise refusal("queue_tickets_evse")

    def _check_booking(self, booking: Booking) -> None:
        if not booking.live:
            return
        for other in self.bookings:
            if other.id == booking.id or not other.live or not other.window.overlaps(booking.window):
                continue
            if (other.site_id, other.kind, other.lane) == (booking.site_id, booking.kind, booking.lane):
                raise refusal("bookings_lane")
            if isinstance(other.state, Bound) and isinstance(booking.state, Bound) and other.state.evse_id == booking.state.evse_id:
                raise refusal("bookings_evse")
