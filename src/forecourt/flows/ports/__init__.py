"""Protocols for what flows need from outside, and the values that pass through them: stored, ordered and logged."""

from forecourt.flows.ports.audit_log import AuditEntry, AuditRecord, LogSeal
from forecourt.flows.ports.billing_totals import EARNING_ACCOUNTS, AccountTotal, BilledTotal, FleetUsage, TariffTotal
from forecourt.flows.ports.clearing import ClearingProgress
from forecourt.flows.ports.debts import Debt, DebtQuery
from forecourt.flows.ports.documents import DocumentFiles, DocumentSearch, PaidSearch, PaidState, document_files
from forecourt.flows.ports.history import BayUptime, Closure
from forecourt.flows.ports.inbox import InboxRow, LateEnd, QuarantineEntry
from forecourt.flows.ports.job_runs import Failure, Run
from forecourt.flows.ports.ledger import AccountEntries
from forecourt.flows.ports.list_orders import ListOrders
from forecourt.flows.ports.network_status import BayCount, ChargerSummary
from forecourt.flows.ports.offers import OpenItems
from forecourt.flows.ports.outbox import (
    ChargerOrder,
    CollectPayment,
    CreditNoShow,
    Delivery,
    ForgetUnused,
    InvoiceNoShow,
    InvoiceSession,
    MatchBankLines,
    OutboxItem,
    PartnerTask,
    PassCdr,
    PassLocation,
    PassProfile,
    PassResult,
    RenewMembership,
    RepayCredit,
    SendNotice,
    ShareInvoice,
    Work,
)
from forecourt.flows.ports.paging import FIRST_PAGE, Key, ListOrder, ListPage, PageRequest, page_of
from forecourt.flows.ports.power_plans import Grant, PowerDay, PowerPlan, Setpoint
from forecourt.flows.ports.processor import CardSetupService, Processor
from forecourt.flows.ports.roaming_charges import (
    ChangedSince,
    PartnerDelivery,
    PartnerProfile,
    ProfileLimit,
    RoamingCdr,
    RoamingCharge,
    RoamingCommand,
)
from forecourt.flows.ports.roaming_partners import (
    HttpClient,
    HttpRequest,
    HttpResponse,
    PartnerClient,
    PartnerRequest,
    PartnerResponse,
    PartnerResult,
    PartnerUnreachable,
    PublishedObject,
    PushedObject,
)
from forecourt.flows.ports.sessions import UNBILLED_REASONS, ChargeSearch
from forecourt.flows.ports.statements import ALL_STATEMENTS, AppliedCredit, StatementSearch
from forecourt.flows.ports.store import Store, StoreUnavailable, Transactions

__all__ = [
    "ALL_STATEMENTS",
    "EARNING_ACCOUNTS",
    "FIRST_PAGE",
    "UNBILLED_REASONS",
    "AccountEntries",
    "AccountTotal",
    "AppliedCredit",
    "AuditEntry",
    "AuditRecord",
    "BayCount",
    "BayUptime",
    "BilledTotal",
    "CardSetupService",
    "ChangedSince",
    "ChargeSearch",
    "ChargerOrder",
    "ChargerSummary",
    "ClearingProgress",
    "Closure",
    "CollectPayment",
    "CreditNoShow",
    "Debt",
    "DebtQuery",
    "Delivery",
    "DocumentFiles",
    "DocumentSearch",
    "Failure",
    "FleetUsage",
    "ForgetUnused",
    "Grant",
    "HttpClient",
    "HttpRequest",
    "HttpResponse",
    "InboxRow",
    "InvoiceNoShow",
    "InvoiceSession",
    "Key",
    "LateEnd",
    "ListOrder",
    "ListOrders",
    "ListPage",
    "LogSeal",
    "MatchBankLines",
    "OpenItems",
    "OutboxItem",
    "PageRequest",
    "PaidSearch",
    "PaidState",
    "PartnerClient",
    "PartnerDelivery",
    "PartnerProfile",
    "PartnerRequest",
    "PartnerResponse",
    "PartnerResult",
    "PartnerTask",
    "PartnerUnreachable",
    "PassCdr",
    "PassLocation",
    "PassProfile",
    "PassResult",
    "PowerDay",
    "PowerPlan",
    "Processor",
    "ProfileLimit",
    "PublishedObject",
    "PushedObject",
    "QuarantineEntry",
    "RenewMembership",
    "RepayCredit",
    "RoamingCdr",
    "RoamingCharge",
    "RoamingCommand",
    "Run",
    "SendNotice",
    "Setpoint",
    "ShareInvoice",
    "StatementSearch",
    "Store",
    "StoreUnavailable",
    "TariffTotal",
    "Transactions",
    "Work",
    "document_files",
    "page_of",
]
