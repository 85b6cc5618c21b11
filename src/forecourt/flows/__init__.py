"""One file for each step of the journey: load, call a room, keep papers and orders. No I/O; the edges do that."""

from forecourt.flows.accepting import accept, verdict, verdicts
from forecourt.flows.admission import Admission, admit_charger, refuse_charger
from forecourt.flows.applying import Applied, apply_facts, set_aside
from forecourt.flows.availability import pool_of
from forecourt.flows.bill_checking import CheckedBill, check_bill
from forecourt.flows.booking_watch import keep_bookings
from forecourt.flows.boot import list_unknown
from forecourt.flows.buying import ANYBODY, buyer_of
from forecourt.flows.invoicing import credit_invoice, invoice_no_show, rate_and_invoice
from forecourt.flows.joining import JoinRequest, add_card, join
from forecourt.flows.links import link_changed
from forecourt.flows.money_ports import Documents, LedgerBook, PaymentBook, Processor
from forecourt.flows.order_answers import again_in_s, ordered
from forecourt.flows.orders import order
from forecourt.flows.papers import (
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
    PlanPaper,
    Quarantined,
    Setpoint,
    ShareInvoice,
    Task,
    Work,
    document_files,
)
from forecourt.flows.pay import ask_payment, collect, keep_holds, refund
from forecourt.flows.payment_answers import paid, payment_answered
from forecourt.flows.ports import (
    Audit,
    BookingBook,
    Commands,
    DriverBook,
    Inbox,
    Outbox,
    PlanBook,
    PriceBook,
    SessionBook,
    StationBook,
    Store,
    StoreUnavailable,
    Transactions,
)
from forecourt.flows.power_planning import PowerSolver, plan_power
from forecourt.flows.price_entering import check_entry, enter_price, withdraw_entry
from forecourt.flows.price_finding import TYPICAL_WH, Price, find_price, place_of, price_at, price_for, running_cost
from forecourt.flows.price_law import evses_of, markets_of_entry
from forecourt.flows.publishing import Publication, draft_version, end_version, publish_tariff, withdraw_version
from forecourt.flows.rebuilding import Difference, compare, copy_settings, rebuild
from forecourt.flows.reserving import Offer, ReserveRequest, offers_near, reserve, withdraw
from forecourt.flows.settling import clear, settle, settle_site_shares
from forecourt.flows.site_power import fallback_of, rows_of
from forecourt.flows.starting import Starting, say_need, start_charge, stop_charge
from forecourt.flows.sweeping import sweep

__all__ = [
    "ANYBODY",
    "TYPICAL_WH",
    "Admission",
    "Applied",
    "AskPayment",
    "Audit",
    "AuditEntry",
    "BookingBook",
    "ChargerOrder",
    "CheckedBill",
    "Commands",
    "Delivery",
    "Difference",
    "DocumentFiles",
    "Documents",
    "DriverBook",
    "Grant",
    "Inbox",
    "InboxRow",
    "InvoiceNoShow",
    "InvoiceSession",
    "JoinRequest",
    "LedgerBook",
    "Offer",
    "Outbox",
    "OutboxItem",
    "PaymentBook",
    "PlanBook",
    "PlanPaper",
    "PowerSolver",
    "Price",
    "PriceBook",
    "Processor",
    "Publication",
    "Quarantined",
    "ReserveRequest",
    "SessionBook",
    "Setpoint",
    "ShareInvoice",
    "Starting",
    "StationBook",
    "Store",
    "StoreUnavailable",
    "Task",
    "Transactions",
    "Work",
    "accept",
    "add_card",
    "admit_charger",
    "again_in_s",
    "apply_facts",
    "ask_payment",
    "buyer_of",
    "check_bill",
    "check_entry",
    "clear",
    "collect",
    "compare",
    "copy_settings",
    "credit_invoice",
    "document_files",
    "draft_version",
    "end_version",
    "enter_price",
    "evses_of",
    "fallback_of",
    "find_price",
    "invoice_no_show",
    "join",
    "keep_bookings",
    "keep_holds",
    "link_changed",
    "list_unknown",
    "markets_of_entry",
    "offers_near",
    "order",
    "ordered",
    "paid",
    "payment_answered",
    "place_of",
    "plan_power",
    "pool_of",
    "price_at",
    "price_for",
    "publish_tariff",
    "rate_and_invoice",
    "rebuild",
    "refund",
    "refuse_charger",
    "reserve",
    "rows_of",
    "running_cost",
    "say_need",
    "set_aside",
    "settle",
    "settle_site_shares",
    "start_charge",
    "stop_charge",
    "sweep",
    "verdict",
    "verdicts",
    "withdraw",
    "withdraw_entry",
    "withdraw_version",
]
