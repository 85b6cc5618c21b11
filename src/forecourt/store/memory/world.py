"""The whole record as drawers, and the rules that the database checks at commit."""

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
    Delivery,
    DocumentFiles,
    Grant,
    InboxRow,
    LogSeal,
    PlanPaper,
    PowerDay,
    Pushed,
    Quarantined,
    Reading,
    RoamingCdr,
    RoamingCharge,
    RoamingCommand,
    Run,
    ToldObject,
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
from forecourt.ledger import ChainedTxn, HandEntry
from forecourt.notices import Choices, Device, Hook, Notice
from forecourt.offers import Claim, Coupon, Membership, Offer, Partner, Plan, PlanVersion, Redemption, Use, Voucher
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
from forecourt.settlement import BankAccount, CollectionFile, Finding, KeptLine, KeptRow, Question, Settled, Statement, TransferFile
from forecourt.stations import AcceptanceTest, Charger, Evse, EvseCode, Operator, Past, Site, SiteAllowances, Socket, Trouble
from forecourt.store.errors import missing, refusal
from forecourt.store.memory.drawers import Drawer, Journal
from forecourt.tariffs import PriceEntry, TariffVersion


class World:
    def __init__(self) -> None:
        self.journal: Journal = []
        self.secret = os.urandom(32)
        # Numbers are never reused, not even after a rollback.
        self.transaction_numbers, self.booking_numbers = count(1), count(1)
        self.inbox_numbers, self.outbox_numbers = count(1), count(1)
        self.operators = Drawer[OperatorId, Operator](self.journal)
        self.sites = Drawer[SiteId, Site](self.journal)
        self.evses = Drawer[EvseId, Evse](self.journal)
        self.chargers = Drawer[ChargerId, Charger](self.journal)
        self.secrets = Drawer[ChargerId, tuple[str, ...]](self.journal)  # what opens, then what was offered
        self.sockets = Drawer[EvseId, Socket](self.journal)
        self.history = Drawer[tuple[ChargerId, int, Trouble, datetime], Past](self.journal)
        self.past_sites = Drawer[tuple[SiteId, datetime], tuple[datetime, Site]](self.journal)
        self.drivers = Drawer[DriverId, Driver](self.journal)
        self.tokens = Drawer[tuple[OperatorId, TokenUid], Token](self.journal)
        self.accounts = Drawer[UUID, Account](self.journal)
        self.sign_ins = Drawer[bytes, SignIn](self.journal)
        self.needs = Drawer[tuple[SiteId, DriverId], ChargingNeed](self.journal)
        self.members = Drawer[tuple[str, DriverId, datetime], GroupMember](self.journal)
        self.versions = Drawer[TariffVersionId, TariffVersion](self.journal)
        self.entries = Drawer[PriceEntryId, PriceEntry](self.journal)
        self.price_rules = Drawer[SiteId, PriceRules](self.journal)
        self.price_proposals = Drawer[UUID, PriceProposal](self.journal)
        self.sessions = Drawer[SessionId, Session](self.journal)
        self.points = Drawer[SessionId, tuple[MeterPoint, ...]](self.journal)
        self.records = Drawer[SessionId, ChargeRecord](self.journal)
        self.plans = Drawer[tuple[SiteId, int], PlanPaper](self.journal)
        self.grants = Drawer[EvseId, Grant](self.journal)
        self.tests = Drawer[UUID, AcceptanceTest](self.journal)
        self.rows = Drawer[int, InboxRow](self.journal)
        self.row_of = Drawer[tuple[ChargerId, str], int](self.journal)
        self.quarantine = Drawer[UUID, Quarantined](self.journal)
        self.outbox = Drawer[UUID, Delivery](self.journal)
        self.outbox_seq = Drawer[UUID, int](self.journal)
        self.outbox_lease = Drawer[UUID, datetime](self.journal)
        self.outbox_keys = Drawer[str, UUID](self.journal)
        self.document_numbers = Drawer[tuple[OperatorId, str, int], int](self.journal)
        self.documents = Drawer[DocumentId, Invoice](self.journal)
        self.files = Drawer[DocumentId, DocumentFiles](self.journal)
        self.print_later = Drawer[DocumentId, datetime](self.journal)
        self.book = Drawer[tuple[OperatorId, int], ChainedTxn](self.journal)
        self.heads = Drawer[OperatorId, ChainedTxn](self.journal)
        self.payments = Drawer[PaymentId, Payment](self.journal)
        self.webhooks = Drawer[str, datetime](self.journal)
        self.audit = Drawer[UUID, AuditEntry](self.journal)
        self.log_seals = Drawer[int, LogSeal](self.journal)
        self.plans_offered = Drawer[UUID, Plan](self.journal)
        self.plan_versions = Drawer[UUID, PlanVersion](self.journal)
        self.memberships = Drawer[UUID, Membership](self.journal)
        self.uses = Drawer[UUID, Use](self.journal)
        self.coupons = Drawer[UUID, Coupon](self.journal)
        self.claims = Drawer[UUID, Claim](self.journal)
        self.answers = Drawer[str, tuple[bytes, str]](self.journal)
        self._open_partners()
        self._open_bookings()
        self._open_debts()

    def _open_partners(self) -> None:
        self.roaming_partners = Drawer[UUID, RoamingPartner](self.journal)
        self.roaming_told = Drawer[tuple[OperatorId, str], ToldObject](self.journal)
        self.roaming_pushed = Drawer[tuple[UUID, str], Pushed](self.journal)
        self.roaming_tokens = Drawer[tuple[UUID, str, str, TokenUid, str], RoamingToken](self.journal)
        self.partners = Drawer[UUID, Partner](self.journal)
        self.offers = Drawer[UUID, Offer](self.journal)
        self.vouchers = Drawer[UUID, Voucher](self.journal)
        self.redemptions = Drawer[UUID, Redemption](self.journal)
        self.statements = Drawer[UUID, Statement](self.journal)
        self.settled = Drawer[UUID, Settled](self.journal)
        self.statement_pdfs = Drawer[UUID, bytes](self.journal)

    def _open_bookings(self) -> None:
        self.bookings = Drawer[BookingId, Booking](self.journal)
        self.booking_rules = Drawer[SiteId, BookingRules](self.journal)
        self.booking_habits = Drawer[tuple[SiteId, str], Habits](self.journal)
        self.energy_costs = Drawer[SiteId, object](self.journal)
        self.site_allowances = Drawer[SiteId, SiteAllowances](self.journal)
        self.site_stays = Drawer[SiteId, object](self.journal)
        self.power_days = Drawer[tuple[SiteId, date], PowerDay](self.journal)
        self.slot_bids = Drawer[SiteId, SlotBids](self.journal)
        self.tickets = Drawer[UUID, Ticket](self.journal)
        self.waitlist = Drawer[UUID, WaitlistEntry](self.journal)

    def _open_debts(self) -> None:
        self.open_from = Drawer[OperatorId, datetime](self.journal)
        self.notices = Drawer[UUID, Notice](self.journal)
        self.notice_choices = Drawer[DriverId, Choices](self.journal)
        self.notice_hooks = Drawer[OperatorId, Hook](self.journal)
        self.devices = Drawer[UUID, Device](self.journal)
        self.factors = Drawer[UUID, SecondFactor](self.journal)
        self.sso = Drawer[OperatorId, SingleSignOn](self.journal)
        self.apps = Drawer[UUID, App](self.journal)
        self.app_grants = Drawer[bytes, AppGrant](self.journal)
        self.disputes = Drawer[tuple[OperatorId, str], Dispute](self.journal)
        self.clearing_rows = Drawer[str, KeptRow](self.journal)
        self.clearing_findings = Drawer[UUID, Finding](self.journal)
        self.clearing_reading = Drawer[str, Reading](self.journal)
        self.bank_accounts = Drawer[tuple[OperatorId, str], BankAccount](self.journal)
        self.mandates = Drawer[UUID, Mandate](self.journal)
        self.collection_files = Drawer[UUID, CollectionFile](self.journal)
        self.transfer_files = Drawer[UUID, TransferFile](self.journal)
        self.bank_lines = Drawer[tuple[OperatorId, UUID], KeptLine](self.journal)
        self.hand_entries = Drawer[UUID, HandEntry](self.journal)
        self.paybacks = Drawer[UUID, Payback](self.journal)
        self.questions = Drawer[UUID, Question](self.journal)
        self.complaints = Drawer[UUID, Complaint](self.journal)
        self.roaming_charges = Drawer[UUID, RoamingCharge](self.journal)
        self.roaming_cdrs = Drawer[DocumentId, RoamingCdr](self.journal)
        self.roaming_commands = Drawer[UUID, RoamingCommand](self.journal)
        self.dispute_rules = Drawer[OperatorId, BlockRule](self.journal)
        self.evse_codes = Drawer[EvseId, EvseCode](self.journal)
        self.visits = Drawer[UUID, GuestVisit](self.journal)
        self.guest_bookings = Drawer[BookingId, GuestBooking](self.journal)
        self.deposits = Drawer[BookingId, Deposit](self.journal)
        self.dunning_rules = Drawer[OperatorId, DunningRules](self.journal)
        self.dunning = Drawer[DocumentId, DunningCase](self.journal)
        self.runs = Drawer[UUID, Run](self.journal)
        self.account_statements = Drawer[DocumentId, AccountStatement](self.journal)
        self.stated = Drawer[DocumentId, DocumentId](self.journal)
        self.credit_parts = Drawer[tuple[DocumentId, DocumentId], tuple[DocumentId, DocumentId, Money]](self.journal)
        self.account_pdfs = Drawer[DocumentId, bytes](self.journal)
        self.wallet_rules = Drawer[OperatorId, WalletRules](self.journal)
        self.cards = Drawer[UUID, StoredCard](self.journal)
        self.card_setups = Drawer[UUID, CardSetup](self.journal)
        self.auto_top_ups = Drawer[DriverId, AutoTopUp](self.journal)
        self.payers = Drawer[OperatorId, tuple[tuple[str, DriverId], ...]](self.journal)

    def check(self) -> None:
        """The checks the database makes at commit. Raises Conflict."""
        changed = {(drawer, key) for drawer, key, _ in self.journal}
        for drawer, key in changed:
            value = drawer.get(key)
            if value is None:
                continue
            if drawer is self.bookings:
                self._check_booking(value)
            elif drawer is self.tickets:
                self._check_ticket(value)
            elif drawer in self._owners():
                self._check_owner(drawer, value)

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

    def _check_owner(self, drawer: object, value: object) -> None:
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
        for other in self.tickets.where(lambda one: one.live and ticket.live and one.id != ticket.id):
            if other.driver_id == ticket.driver_id:
                raise refusal("queue_tickets_driver")
            if ticket.called_to is not None and other.called_to == ticket.called_to:
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
