"""One file for each step of the journey: load, call a room, keep papers and orders. No I/O; the edges do that."""

from forecourt.flows.accepting import accept, verdict, verdicts
from forecourt.flows.admission import Admission, admit_charger, refuse_charger
from forecourt.flows.applying import Applied, apply_facts, set_aside
from forecourt.flows.audit import Staff
from forecourt.flows.availability import pool_of
from forecourt.flows.bill_checking import CheckedBill, check_bill
from forecourt.flows.booking_watch import keep_bookings
from forecourt.flows.boot import list_unknown
from forecourt.flows.buying import ANYBODY, buyer_of
from forecourt.flows.couponing import CouponTerms, look_up_code, make_coupon, pause_coupon, take_code
from forecourt.flows.entitling import applied_to
from forecourt.flows.invoicing import credit_invoice, invoice_no_show, rate_and_invoice
from forecourt.flows.joining import JoinRequest, add_card, join
from forecourt.flows.links import link_changed
from forecourt.flows.membership import (
    PlanTerms,
    cancel_plan,
    change_plan,
    join_plan,
    keep_memberships,
    open_plan,
    publish_plan,
    renew,
    revise_plan,
)
from forecourt.flows.money_ports import Documents, LedgerBook, PaymentBook, Processor
from forecourt.flows.offer_ports import CouponBook, EntitlementBook, MembershipBook, PartnerBook
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
    RenewMembership,
    Setpoint,
    ShareInvoice,
    Task,
    Work,
    document_files,
)
from forecourt.flows.partnering import (
    Gift,
    OfferTerms,
    end_vouchers,
    hand_out,
    invite_partner,
    look_at_gift,
    make_offer,
    pause_offer,
    put_partner,
    take_gift,
)
from forecourt.flows.pay import ask_payment, collect, keep_holds, refund
from forecourt.flows.payment_answers import paid, payment_answered
from forecourt.flows.plan_comparing import Saving, would_have_saved
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
from forecourt.flows.pricing import approve_price, follow_ladder, propose_prices, reject_price, set_rules
from forecourt.flows.pricing_ports import PricingBook
from forecourt.flows.publishing import Publication, draft_version, end_version, entries_of, publish_tariff, withdraw_version
from forecourt.flows.rebuilding import Difference, compare, copy_settings, rebuild
from forecourt.flows.reserving import Offer, ReserveRequest, offers_near, reserve, withdraw
from forecourt.flows.selling import Sold, change_days, present_version, sold_hours
from forecourt.flows.settling import clear, settle, settle_site_shares
from forecourt.flows.signed_values import MeterVerifier, SignedVerdict
from forecourt.flows.site_power import fallback_of, rows_of
from forecourt.flows.starting import Starting, say_need, start_charge, stop_charge
from forecourt.flows.stating import settle_statement, state_now, state_partners
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
    "CouponBook",
    "CouponTerms",
    "Delivery",
    "Difference",
    "DocumentFiles",
    "Documents",
    "DriverBook",
    "EntitlementBook",
    "Gift",
    "Grant",
    "Inbox",
    "InboxRow",
    "InvoiceNoShow",
    "InvoiceSession",
    "JoinRequest",
    "LedgerBook",
    "MembershipBook",
    "MeterVerifier",
    "Offer",
    "OfferTerms",
    "Outbox",
    "OutboxItem",
    "PartnerBook",
    "PaymentBook",
    "PlanBook",
    "PlanPaper",
    "PlanTerms",
    "PowerSolver",
    "Price",
    "PriceBook",
    "PricingBook",
    "Processor",
    "Publication",
    "Quarantined",
    "RenewMembership",
    "ReserveRequest",
    "Saving",
    "SessionBook",
    "Setpoint",
    "ShareInvoice",
    "SignedVerdict",
    "Sold",
    "Staff",
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
    "applied_to",
    "apply_facts",
    "approve_price",
    "ask_payment",
    "buyer_of",
    "cancel_plan",
    "change_days",
    "change_plan",
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
    "end_vouchers",
    "enter_price",
    "entries_of",
    "evses_of",
    "fallback_of",
    "find_price",
    "follow_ladder",
    "hand_out",
    "invite_partner",
    "invoice_no_show",
    "join",
    "join_plan",
    "keep_bookings",
    "keep_holds",
    "keep_memberships",
    "link_changed",
    "list_unknown",
    "look_at_gift",
    "look_up_code",
    "make_coupon",
    "make_offer",
    "markets_of_entry",
    "offers_near",
    "open_plan",
    "order",
    "ordered",
    "paid",
    "pause_coupon",
    "pause_offer",
    "payment_answered",
    "place_of",
    "plan_power",
    "pool_of",
    "present_version",
    "price_at",
    "price_for",
    "propose_prices",
    "publish_plan",
    "publish_tariff",
    "put_partner",
    "rate_and_invoice",
    "rebuild",
    "refund",
    "refuse_charger",
    "reject_price",
    "renew",
    "reserve",
    "revise_plan",
    "rows_of",
    "running_cost",
    "say_need",
    "set_aside",
    "set_rules",
    "settle",
    "settle_site_shares",
    "settle_statement",
    "sold_hours",
    "start_charge",
    "state_now",
    "state_partners",
    "stop_charge",
    "sweep",
    "take_code",
    "take_gift",
    "verdict",
    "verdicts",
    "withdraw",
    "withdraw_entry",
    "withdraw_version",
    "would_have_saved",
]
