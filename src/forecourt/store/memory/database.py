"""All stored values, by table. What may be stored together is in `schema`."""

import os
from datetime import date, datetime
from itertools import count
from typing import Any
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
from forecourt.notices import DeliveryAttempt, Device, Notice, NoticeChoices, Webhook
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
from forecourt.reservations import Booking, BookingRules, Deposit, Habits, Ticket, WaitlistEntry
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
from forecourt.store.memory.journal import Journal, JournaledDict, Rows
from forecourt.tariffs import PriceEntry, TariffVersion


class MemoryDatabase:
    operators = Rows[OperatorId, Operator]("operators", "operator_id")
    sites = Rows[SiteId, Site]("sites", "site_id")
    evses = Rows[EvseId, Evse]("evses", "evse_id")
    chargers = Rows[ChargerId, Charger]("chargers", "charger_id")
    secrets = Rows[ChargerId, tuple[str, ...]]("charger_secrets", "charger_id")  # what opens, then what was offered
    sockets = Rows[EvseId, Socket]("sockets", "evse_id")
    history = Rows[tuple[OperatorId, SiteId, ChargerId, int, IncidentKind, datetime], Incident](
        "charger_history", "operator_id site_id charger_id number what since"
    )
    past_sites = Rows[tuple[OperatorId, SiteId, datetime], tuple[datetime, Site]]("past_sites", "operator_id site_id until")
    drivers = Rows[DriverId, Driver]("drivers", "driver_id")
    tokens = Rows[tuple[OperatorId, TokenUid], Token]("tokens", "operator_id uid")
    accounts = Rows[UUID, Account]("accounts", "account_id")
    sign_ins = Rows[bytes, SignIn]("sign_ins", "digest")
    needs = Rows[tuple[SiteId, DriverId], ChargingNeed]("needs", "site_id driver_id")
    members = Rows[tuple[OperatorId, str, DriverId, datetime], GroupMember]("group_members", "operator_id group_name driver_id since")
    versions = Rows[TariffVersionId, TariffVersion]("tariff_versions", "version_id")
    entries = Rows[PriceEntryId, PriceEntry]("price_entries", "entry_id")
    price_rules = Rows[SiteId, PriceRules]("price_rules", "site_id")
    price_proposals = Rows[UUID, PriceProposal]("price_proposals", "proposal_id")
    sessions = Rows[SessionId, Session]("sessions", "session_id")
    points = Rows[SessionId, tuple[MeterPoint, ...]]("meter_points", "session_id")
    records = Rows[SessionId, ChargeRecord]("charge_records", "session_id")
    plans = Rows[tuple[OperatorId, SiteId, int], PowerPlan]("plans", "operator_id site_id number")
    grants = Rows[EvseId, Grant]("grants", "evse_id")
    tests = Rows[UUID, AcceptanceTest]("acceptance_tests", "test_id")
    rows = Rows[int, InboxRow]("facts", "id")
    row_of = Rows[tuple[ChargerId, str, str], int]("facts.dedupe_key", "charger_id transaction dedupe_key")
    quarantine = Rows[UUID, QuarantineEntry]("quarantine", "entry_id")
    outbox = Rows[UUID, Delivery]("outbox", "item_id")
    outbox_seq = Rows[UUID, int]("outbox.seq", "item_id")
    outbox_lease = Rows[UUID, datetime]("outbox.claimed_until", "item_id")
    outbox_claimant = Rows[UUID, str]("outbox.claimed_by", "item_id")
    outbox_keys = Rows[str, UUID]("outbox.idempotency_key", "idempotency_key")
    document_numbers = Rows[tuple[OperatorId, str, int], int]("document_numbers", "operator_id series year")
    documents = Rows[DocumentId, Invoice]("documents", "document_id")
    files = Rows[DocumentId, DocumentFiles]("document_pdfs", "document_id")
    print_later = Rows[DocumentId, datetime]("unprinted_documents", "document_id")
    book = Rows[tuple[OperatorId, int], ChainedTxn]("ledger_txns", "operator_id position")
    heads = Rows[OperatorId, ChainedTxn]("ledger_books", "operator_id")
    payments = Rows[PaymentId, Payment]("payments", "payment_id")
    webhooks = Rows[str, datetime]("webhook_events", "event_id")
    audit = Rows[UUID, AuditEntry]("audit_log", "entry_id")
    log_seals = Rows[int, LogSeal]("audit_seals", "number")
    plans_offered = Rows[UUID, Plan]("membership_plans", "plan_id")
    plan_versions = Rows[UUID, PlanVersion]("plan_versions", "version_id")
    memberships = Rows[UUID, Membership]("memberships", "membership_id")
    uses = Rows[UUID, EntitlementUse]("offer_uses", "use_id")
    coupons = Rows[UUID, Coupon]("coupons", "coupon_id")
    claims = Rows[UUID, Claim]("coupon_claims", "claim_id")
    answers = Rows[str, tuple[bytes, str]]("commands", "key")
    roaming_partners = Rows[UUID, RoamingPartner]("roaming_partners", "partner_id")
    roaming_published = Rows[tuple[OperatorId, str], PublishedObject]("roaming_published", "operator_id key")
    roaming_pushed = Rows[tuple[UUID, str], PushedObject]("roaming_pushed", "partner_id key")
    roaming_tokens = Rows[tuple[UUID, str, str, TokenUid, str], RoamingToken]("roaming_tokens", "partner_id country party uid type")
    partners = Rows[UUID, Partner]("partners", "partner_id")
    offers = Rows[UUID, Offer]("partner_offers", "offer_id")
    vouchers = Rows[UUID, Voucher]("vouchers", "voucher_id")
    redemptions = Rows[UUID, Redemption]("redemptions", "redemption_id")
    statements = Rows[UUID, Statement]("partner_statements", "statement_id")
    settled = Rows[UUID, StatementPayment]("statements_settled", "statement_id")
    statement_pdfs = Rows[UUID, bytes]("statement_pdfs", "statement_id")
    self_billed_files = Rows[tuple[UUID, DocumentId], DocumentFiles]("self_billed_files", "statement_id document_id")
    bookings = Rows[BookingId, Booking]("bookings", "booking_id")
    booking_rules = Rows[tuple[OperatorId, SiteId], BookingRules]("booking_rules", "operator_id site_id")
    booking_habits = Rows[tuple[OperatorId, SiteId, str], Habits]("booking_habits", "operator_id site_id kind")
    energy_costs = Rows[SiteId, Any]("energy_costs", "site_id")
    site_allowances = Rows[SiteId, SiteAllowances]("site_allowances", "site_id")
    site_stays = Rows[SiteId, Any]("site_stays", "site_id")
    power_days = Rows[tuple[OperatorId, SiteId, date], PowerDay]("power_days", "operator_id site_id day")
    slot_bids = Rows[SiteId, SlotBids]("slot_bids", "site_id")
    tickets = Rows[UUID, Ticket]("queue_tickets", "ticket_id")
    waitlist = Rows[UUID, WaitlistEntry]("slot_waits", "wait_id")
    open_from = Rows[OperatorId, datetime]("ledger_books.open_from", "operator_id")
    notices = Rows[UUID, Notice]("notices", "notice_id")
    notice_choices = Rows[DriverId, NoticeChoices]("notice_choices", "driver_id")
    attempts = Rows[UUID, DeliveryAttempt]("delivery_attempts", "attempt_id")
    hooks = Rows[UUID, Webhook]("webhooks", "hook_id")
    devices = Rows[UUID, Device]("push_devices", "device_id")
    factors = Rows[UUID, SecondFactor]("second_factors", "account_id")
    sso = Rows[OperatorId, SingleSignOn]("single_sign_on", "operator_id")
    apps = Rows[UUID, App]("apps", "app_id")
    app_grants = Rows[bytes, AppGrant]("app_grants", "family")
    disputes = Rows[tuple[OperatorId, str], Dispute]("disputes", "operator_id dispute_id")
    clearing_rows = Rows[str, StoredRow]("clearing_rows", "row_id")
    clearing_findings = Rows[UUID, Finding]("clearing_findings", "finding_id")
    clearing_reading = Rows[str, ClearingProgress]("clearing_reading", "only_row")
    bank_accounts = Rows[tuple[OperatorId, str], BankAccount]("bank_accounts", "operator_id account")
    mandates = Rows[UUID, Mandate]("mandates", "mandate_id")
    collection_files = Rows[UUID, CollectionFile]("collection_files", "file_id")
    transfer_files = Rows[UUID, TransferFile]("transfer_files", "file_id")
    bank_lines = Rows[tuple[OperatorId, UUID], StoredLine]("bank_lines", "operator_id line_id")
    manual_entries = Rows[UUID, ManualEntry]("manual_entries", "entry_id")
    paybacks = Rows[UUID, Payback]("paybacks", "payback_id")
    questions = Rows[UUID, Question]("statement_questions", "question_id")
    complaints = Rows[UUID, Complaint]("complaints", "complaint_id")
    roaming_charges = Rows[UUID, RoamingCharge]("roaming_charges", "charge_id")
    roaming_cdrs = Rows[DocumentId, RoamingCdr]("roaming_cdrs", "document_id")
    roaming_commands = Rows[UUID, RoamingCommand]("roaming_commands", "command_id")
    dispute_rules = Rows[OperatorId, BlockRule]("dispute_rules", "operator_id")
    evse_codes = Rows[EvseId, EvseCode]("evse_codes", "evse_id")
    visits = Rows[UUID, GuestVisit]("guest_visits", "visit_id")
    guest_bookings = Rows[BookingId, GuestBooking]("guest_bookings", "booking_id")
    deposits = Rows[BookingId, Deposit]("booking_deposits", "booking_id")
    dunning_rules = Rows[OperatorId, DunningRules]("dunning_rules", "operator_id")
    dunning = Rows[DocumentId, DunningCase]("dunning_cases", "document_id")
    runs = Rows[UUID, Run]("job_runs", "run_id")
    account_statements = Rows[DocumentId, AccountStatement]("account_statements", "statement_id")
    stated = Rows[DocumentId, DocumentId]("account_statement_lines", "document_id")
    credit_parts = Rows[tuple[DocumentId, DocumentId], tuple[DocumentId, DocumentId, Money]]("account_credit_parts", "note_id statement_id")
    account_pdfs = Rows[DocumentId, bytes]("account_statement_pdfs", "statement_id")
    wallet_rules = Rows[OperatorId, WalletRules]("wallet_rules", "operator_id")
    cards = Rows[UUID, StoredCard]("stored_cards", "card_id")
    card_setups = Rows[UUID, CardSetup]("card_setups", "setup_id")
    auto_top_ups = Rows[DriverId, AutoTopUp]("auto_top_ups", "driver_id")
    payers = Rows[tuple[OperatorId, str], DriverId]("fleet_payers", "operator_id group_name")

    def __init__(self) -> None:
        self.journal: Journal = []
        self.secret = os.urandom(32)
        # Numbers are never reused, not even after a rollback.
        self.transaction_numbers, self.booking_numbers = count(1), count(1)
        self.inbox_numbers, self.outbox_numbers = count(1), count(1)

    @property
    def tables(self) -> dict[str, JournaledDict[Any, Any]]:
        """By the name of the PostgreSQL table, or of its column."""
        return {one.table: getattr(self, name) for name, one in vars(MemoryDatabase).items() if isinstance(one, Rows)}
