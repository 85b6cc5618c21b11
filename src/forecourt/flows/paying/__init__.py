"""Money under way: holds, captures, prepaid balances, stored cards, disputes and dunning."""

from forecourt.flows.paying.account_credits import WaitingCredit, Waits, credits_waiting
from forecourt.flows.paying.balances import prepaid
from forecourt.flows.paying.barred_paybacks import Bar, bars, had_back, still_owed
from forecourt.flows.paying.booking_costs import cancelling_fee, check_told_fee, hold_of_booking, no_show_fee
from forecourt.flows.paying.cards import begin_setup, card_of, cards_of, make_default, opened, own_setup, remove_card, take_up
from forecourt.flows.paying.chargebacks import ask_after_disputes, set_block_rule, take_dispute
from forecourt.flows.paying.clearing import clear, explain_finding, mark_read, read_again, read_from, reconcile
from forecourt.flows.paying.creditor_changes import CARRY, END, Orphans, orphaned, settle_mandates, settle_orphans
from forecourt.flows.paying.debit_outcomes import debit_came, debit_failed
from forecourt.flows.paying.deposit_watch import keep_deposits
from forecourt.flows.paying.deposits import deposit_by
from forecourt.flows.paying.dunning import DunningRun, pay_now, set_dunning_rules, take_transfer
from forecourt.flows.paying.fleet_limits import keep_limits, limit_left, limits_used
from forecourt.flows.paying.funds import can_pay
from forecourt.flows.paying.guest_holds import MOST_PAID, keep_guest_bookings
from forecourt.flows.paying.guest_payments import came_back, hold_more, leave, payments_of, raised_by, session_of
from forecourt.flows.paying.hold_guard import ends_soon, stop_missed, stop_ordered
from forecourt.flows.paying.hold_watch import keep_holds
from forecourt.flows.paying.mandates import (
    BY_DRIVER,
    collects,
    mandate_for,
    mandate_of,
    may_give,
    revoke_mandate,
    take_mandate,
)
from forecourt.flows.paying.overpayments import may_be_beyond, take_beyond
from forecourt.flows.paying.pay import UNUSED, ask_payment, back_from_page, collect, expected_hold, lacking, refund, unpaid
from forecourt.flows.paying.pay_by_staff import set_pay_by_hand
from forecourt.flows.paying.payables import asked_of, debit_back, paper_of
from forecourt.flows.paying.paybacks import after_payback, drop_payback, mark_paid_back, mark_returned, to_card_again
from forecourt.flows.paying.payment_progress import payment_progress_of
from forecourt.flows.paying.reclaims import ask_back, to_ask_back
from forecourt.flows.paying.refundable_amounts import refundable
from forecourt.flows.paying.secured_bookings import (
    back_to_booking,
    cancel_booking,
    make_booking,
    make_series,
    move_booking,
    put_up,
    take_offer,
)
from forecourt.flows.paying.top_up_pages import PayIn, drop_top_up, open_top_up, own_top_up
from forecourt.flows.paying.wallet import pay_owed, return_balance, set_auto, set_pay_by, set_wallet_rules, top_up
from forecourt.flows.paying.write_offs import write_off

__all__ = [
    "BY_DRIVER",
    "CARRY",
    "END",
    "MOST_PAID",
    "UNUSED",
    "Bar",
    "DunningRun",
    "Orphans",
    "PayIn",
    "WaitingCredit",
    "Waits",
    "after_payback",
    "ask_after_disputes",
    "ask_back",
    "ask_payment",
    "asked_of",
    "back_from_page",
    "back_to_booking",
    "bars",
    "begin_setup",
    "came_back",
    "can_pay",
    "cancel_booking",
    "cancelling_fee",
    "card_of",
    "cards_of",
    "check_told_fee",
    "clear",
    "collect",
    "collects",
    "credits_waiting",
    "debit_back",
    "debit_came",
    "debit_failed",
    "deposit_by",
    "drop_payback",
    "drop_top_up",
    "ends_soon",
    "expected_hold",
    "explain_finding",
    "had_back",
    "hold_more",
    "hold_of_booking",
    "keep_deposits",
    "keep_guest_bookings",
    "keep_holds",
    "keep_limits",
    "lacking",
    "leave",
    "limit_left",
    "limits_used",
    "make_booking",
    "make_default",
    "make_series",
    "mandate_for",
    "mandate_of",
    "mark_paid_back",
    "mark_read",
    "mark_returned",
    "may_be_beyond",
    "may_give",
    "move_booking",
    "no_show_fee",
    "open_top_up",
    "opened",
    "orphaned",
    "own_setup",
    "own_top_up",
    "paper_of",
    "pay_now",
    "pay_owed",
    "payment_progress_of",
    "payments_of",
    "prepaid",
    "put_up",
    "raised_by",
    "read_again",
    "read_from",
    "reconcile",
    "refund",
    "refundable",
    "remove_card",
    "return_balance",
    "revoke_mandate",
    "session_of",
    "set_auto",
    "set_block_rule",
    "set_dunning_rules",
    "set_pay_by",
    "set_pay_by_hand",
    "set_wallet_rules",
    "settle_mandates",
    "settle_orphans",
    "still_owed",
    "stop_missed",
    "stop_ordered",
    "take_beyond",
    "take_dispute",
    "take_mandate",
    "take_offer",
    "take_transfer",
    "take_up",
    "to_ask_back",
    "to_card_again",
    "top_up",
    "unpaid",
    "write_off",
]
