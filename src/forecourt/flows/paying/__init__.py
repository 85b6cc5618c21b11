"""Money under way: holds, captures, prepaid balances, stored cards, disputes and dunning."""

from forecourt.flows.paying.account_credits import CreditWait, WaitingCredit, credits_waiting
from forecourt.flows.paying.balances import prepaid
from forecourt.flows.paying.barred_paybacks import BarReason, barred_reasons, payable_paybacks, returned_by_bank
from forecourt.flows.paying.booking_costs import cancelling_fee, check_stated_fee, hold_of_booking, no_show_fee
from forecourt.flows.paying.cards import (
    apply_setup_record,
    begin_setup,
    cards_of,
    make_default,
    own_setup,
    remove_card,
    store_setup_page,
    stored_card_id,
)
from forecourt.flows.paying.chargebacks import apply_dispute, poll_disputes, set_block_rule
from forecourt.flows.paying.clearing import clear, clearing_read_from, explain_finding, mark_clearing_read, reconcile, reread_clearing
from forecourt.flows.paying.creditor_changes import (
    CARRY,
    END,
    OrphanedMandates,
    orphaned_mandates,
    settle_mandates,
    settle_orphaned_mandates,
)
from forecourt.flows.paying.debit_outcomes import record_debit_collected, record_debit_refused
from forecourt.flows.paying.deposit_watch import maintain_deposits
from forecourt.flows.paying.deposits import deposit_by_rule
from forecourt.flows.paying.dunning import DunningRun, pay_now, record_transfer, set_dunning_rules
from forecourt.flows.paying.fleet_limits import enforce_fleet_limits, limit_usage, remaining_limit
from forecourt.flows.paying.funds import can_pay
from forecourt.flows.paying.guest_holds import MAX_FIRM_BOOKINGS, maintain_guest_bookings
from forecourt.flows.paying.guest_payments import abandon_payment, guest_returned, payments_of, raised_by, request_more_hold, session_of
from forecourt.flows.paying.hold_guard import ends_soon, is_stop_missed, is_stop_ordered
from forecourt.flows.paying.hold_watch import maintain_holds
from forecourt.flows.paying.mandates import (
    BY_DRIVER,
    can_give_mandate,
    collects,
    mandate_for,
    mandate_of,
    revoke_mandate,
    take_mandate,
)
from forecourt.flows.paying.overpayments import accepts_overpayment, record_overpayment
from forecourt.flows.paying.pay import (
    RELEASE_UNUSED_AFTER,
    collect,
    collect_payment,
    expected_hold,
    outstanding,
    payer_returned,
    refund,
    unpaid,
)
from forecourt.flows.paying.pay_by_staff import set_driver_pay_by
from forecourt.flows.paying.payables import amount_due, document_of, is_debit_returned
from forecourt.flows.paying.paybacks import cancel_payback, mark_paid_back, mark_payback_returned, refresh_paybacks, retry_on_card
from forecourt.flows.paying.payment_progress import payment_progress_of
from forecourt.flows.paying.reclaims import reclaim, reclaimable
from forecourt.flows.paying.refundable_amounts import refundable
from forecourt.flows.paying.secured_bookings import (
    cancel_booking,
    lock_deposit,
    make_booking,
    make_series,
    move_booking,
    payer_returned_to_booking,
    put_up,
    take_offer,
)
from forecourt.flows.paying.top_up_pages import TopUpRequest, cancel_top_up, open_top_up, own_top_up
from forecourt.flows.paying.wallet import pay_debt, refund_prepaid_balance, set_auto_top_up, set_pay_by, set_wallet_rules, top_up
from forecourt.flows.paying.write_offs import write_off

__all__ = [
    "BY_DRIVER",
    "CARRY",
    "END",
    "MAX_FIRM_BOOKINGS",
    "RELEASE_UNUSED_AFTER",
    "BarReason",
    "CreditWait",
    "DunningRun",
    "OrphanedMandates",
    "TopUpRequest",
    "WaitingCredit",
    "abandon_payment",
    "accepts_overpayment",
    "amount_due",
    "apply_dispute",
    "apply_setup_record",
    "barred_reasons",
    "begin_setup",
    "can_give_mandate",
    "can_pay",
    "cancel_booking",
    "cancel_payback",
    "cancel_top_up",
    "cancelling_fee",
    "cards_of",
    "check_stated_fee",
    "clear",
    "clearing_read_from",
    "collect",
    "collect_payment",
    "collects",
    "credits_waiting",
    "deposit_by_rule",
    "document_of",
    "ends_soon",
    "enforce_fleet_limits",
    "expected_hold",
    "explain_finding",
    "guest_returned",
    "hold_of_booking",
    "is_debit_returned",
    "is_stop_missed",
    "is_stop_ordered",
    "limit_usage",
    "lock_deposit",
    "maintain_deposits",
    "maintain_guest_bookings",
    "maintain_holds",
    "make_booking",
    "make_default",
    "make_series",
    "mandate_for",
    "mandate_of",
    "mark_clearing_read",
    "mark_paid_back",
    "mark_payback_returned",
    "move_booking",
    "no_show_fee",
    "open_top_up",
    "orphaned_mandates",
    "outstanding",
    "own_setup",
    "own_top_up",
    "pay_debt",
    "pay_now",
    "payable_paybacks",
    "payer_returned",
    "payer_returned_to_booking",
    "payment_progress_of",
    "payments_of",
    "poll_disputes",
    "prepaid",
    "put_up",
    "raised_by",
    "reclaim",
    "reclaimable",
    "reconcile",
    "record_debit_collected",
    "record_debit_refused",
    "record_overpayment",
    "record_transfer",
    "refresh_paybacks",
    "refund",
    "refund_prepaid_balance",
    "refundable",
    "remaining_limit",
    "remove_card",
    "request_more_hold",
    "reread_clearing",
    "retry_on_card",
    "returned_by_bank",
    "revoke_mandate",
    "session_of",
    "set_auto_top_up",
    "set_block_rule",
    "set_driver_pay_by",
    "set_dunning_rules",
    "set_pay_by",
    "set_wallet_rules",
    "settle_mandates",
    "settle_orphaned_mandates",
    "store_setup_page",
    "stored_card_id",
    "take_mandate",
    "take_offer",
    "top_up",
    "unpaid",
    "write_off",
]
