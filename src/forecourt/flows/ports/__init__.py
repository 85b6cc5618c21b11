"""Protocols for what flows need from outside, and the values that pass through them: stored, ordered and logged."""

from forecourt.flows.ports.clearing import Reading
from forecourt.flows.ports.debts import Debt, OwedAsked
from forecourt.flows.ports.documents import DocumentFiles, DocumentSearch, document_files
from forecourt.flows.ports.history import BayUptime, Shut
from forecourt.flows.ports.inbox import InboxRow, LateEnd, Quarantined
from forecourt.flows.ports.ledger import AccountEntries
from forecourt.flows.ports.listing import FIRST_PAGE, Key, ListOrder, ListPage, PageAsked, page_of
from forecourt.flows.ports.lists import Lists
from forecourt.flows.ports.log import AuditEntry, Logged, LogSeal
from forecourt.flows.ports.offers import OpenItems
from forecourt.flows.ports.outbox import (
    AskPayment,
    ChargerOrder,
    CreditNoShow,
    Delivery,
    ForgetUnused,
    InvoiceNoShow,
    InvoiceSession,
    LookAtBank,
    OutboxItem,
    Pass,
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
from forecourt.flows.ports.plans import Grant, PlanPaper, PowerDay, Setpoint
from forecourt.flows.ports.processor import CardDesk, Processor
from forecourt.flows.ports.roamed import PageWanted, PartnerProfile, Passing, ProfileLimit, RoamingCdr, RoamingCharge, RoamingCommand
from forecourt.flows.ports.roaming import (
    Heard,
    Incoming,
    Outgoing,
    PartnerCall,
    PartnerLine,
    PartnerPost,
    PartnerReply,
    PartnerUnreachable,
    Pushed,
    ToldObject,
)
from forecourt.flows.ports.runs import Failure, Run
from forecourt.flows.ports.sessions import UNBILLED_FOR, ChargeSearch
from forecourt.flows.ports.standing import BaysAlike, ChargerBrief
from forecourt.flows.ports.statements import TakenOff
from forecourt.flows.ports.store import Store, StoreUnavailable, Transactions
from forecourt.flows.ports.takings import EARNING, Billed, Earning, Taking, Used

__all__ = [
    "EARNING",
    "FIRST_PAGE",
    "UNBILLED_FOR",
    "AccountEntries",
    "AskPayment",
    "AuditEntry",
    "BayUptime",
    "BaysAlike",
    "Billed",
    "CardDesk",
    "ChargeSearch",
    "ChargerBrief",
    "ChargerOrder",
    "CreditNoShow",
    "Debt",
    "Delivery",
    "DocumentFiles",
    "DocumentSearch",
    "Earning",
    "Failure",
    "ForgetUnused",
    "Grant",
    "Heard",
    "InboxRow",
    "Incoming",
    "InvoiceNoShow",
    "InvoiceSession",
    "Key",
    "LateEnd",
    "ListOrder",
    "ListPage",
    "Lists",
    "LogSeal",
    "Logged",
    "LookAtBank",
    "OpenItems",
    "OutboxItem",
    "Outgoing",
    "OwedAsked",
    "PageAsked",
    "PageWanted",
    "PartnerCall",
    "PartnerLine",
    "PartnerPost",
    "PartnerProfile",
    "PartnerReply",
    "PartnerUnreachable",
    "Pass",
    "PassCdr",
    "PassLocation",
    "PassProfile",
    "PassResult",
    "Passing",
    "PlanPaper",
    "PowerDay",
    "Processor",
    "ProfileLimit",
    "Pushed",
    "Quarantined",
    "Reading",
    "RenewMembership",
    "RepayCredit",
    "RoamingCdr",
    "RoamingCharge",
    "RoamingCommand",
    "Run",
    "SendNotice",
    "Setpoint",
    "ShareInvoice",
    "Shut",
    "Store",
    "StoreUnavailable",
    "TakenOff",
    "Taking",
    "ToldObject",
    "Transactions",
    "Used",
    "Work",
    "document_files",
    "page_of",
]
