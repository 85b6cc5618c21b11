"""What flows need from outside, by protocol, and the papers that pass through: what is kept, ordered and noted."""

from forecourt.flows.ports.card import CardDesk
from forecourt.flows.ports.clearing import Reading
from forecourt.flows.ports.document_search import DocumentSearch
from forecourt.flows.ports.money import Processor
from forecourt.flows.ports.papers import (
    AskPayment,
    AuditEntry,
    ChargerOrder,
    Delivery,
    DocumentFiles,
    Grant,
    InboxRow,
    InvoiceNoShow,
    InvoiceSession,
    OutboxItem,
    Pass,
    PassCdr,
    PassResult,
    PlanPaper,
    Quarantined,
    RenewMembership,
    SendNotice,
    Setpoint,
    ShareInvoice,
    Work,
    document_files,
)
from forecourt.flows.ports.power import PowerDay
from forecourt.flows.ports.roamed import PageWanted, Passing, RoamingCdr, RoamingCharge, RoamingCommand
from forecourt.flows.ports.roaming import Outgoing, PartnerCall, PartnerLine, PartnerPost, PartnerReply, PartnerUnreachable, ToldObject
from forecourt.flows.ports.run import Failure, Run
from forecourt.flows.ports.store import Store, StoreUnavailable, Transactions

__all__ = [
    "AskPayment",
    "AuditEntry",
    "CardDesk",
    "ChargerOrder",
    "Delivery",
    "DocumentFiles",
    "DocumentSearch",
    "Failure",
    "Grant",
    "InboxRow",
    "InvoiceNoShow",
    "InvoiceSession",
    "OutboxItem",
    "Outgoing",
    "PageWanted",
    "PartnerCall",
    "PartnerLine",
    "PartnerPost",
    "PartnerReply",
    "PartnerUnreachable",
    "Pass",
    "PassCdr",
    "PassResult",
    "Passing",
    "PlanPaper",
    "PowerDay",
    "Processor",
    "Quarantined",
    "Reading",
    "RenewMembership",
    "RoamingCdr",
    "RoamingCharge",
    "RoamingCommand",
    "Run",
    "SendNotice",
    "Setpoint",
    "ShareInvoice",
    "Store",
    "StoreUnavailable",
    "ToldObject",
    "Transactions",
    "Work",
    "document_files",
]
