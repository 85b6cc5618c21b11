"""Turning charges into documents: invoices, credit notes and statements."""

from forecourt.flows.billing.account_statements import StatementRun, set_payer, state_account
from forecourt.flows.billing.accounts_by_rate import rate_accounts, set_rate_accounts
from forecourt.flows.billing.bank_entries import bank_moves
from forecourt.flows.billing.bank_import import book_line, line_pays, match_line, read_bank
from forecourt.flows.billing.bank_matching import look_at_bank
from forecourt.flows.billing.bill_checking import CheckedBill, check_bill
from forecourt.flows.billing.bulk_invoicing import invoice_together
from forecourt.flows.billing.collection_files import (
    Collectable,
    CollectionWish,
    collectables,
    hand_out_collection,
    make_collection,
    open_of,
    outdated,
    paid_meanwhile,
    refuse_by_hand,
    withdraw_collected,
)
from forecourt.flows.billing.company_details import CompanyDetails, company_seen, describe_company
from forecourt.flows.billing.complaints import complain, decline_complaint
from forecourt.flows.billing.credit_notes import Credited, CreditRequest, credit_back, credit_no_show
from forecourt.flows.billing.invoicing import credit_invoice, invoice_no_show, rate_and_invoice
from forecourt.flows.billing.late_end_processing import take_late_ends
from forecourt.flows.billing.late_ends import bill_late, credited_part, given_up, is_billed_anew, late_amount
from forecourt.flows.billing.manual_entries import HandWish, post_by_hand, reversal_id, reverse_by_hand
from forecourt.flows.billing.money_reminders import COLLECTIONS_DUE, COMPLAINTS_WAIT
from forecourt.flows.billing.month_closing import books_taken, can_close, close_month, reopen_month, take_books
from forecourt.flows.billing.partner_statements import settle_statement, state_now, state_partners
from forecourt.flows.billing.payees import payee_changed, payee_seen, set_payee
from forecourt.flows.billing.recipient import Recipient, describe_payer, set_recipient, tax_partner
from forecourt.flows.billing.roaming_cdrs import pass_again
from forecourt.flows.billing.roaming_details import cdr_told, mended_cdr, session_told
from forecourt.flows.billing.signed_values import MeterVerifier, SignedVerdict
from forecourt.flows.billing.statement_questions import answer_question, ask_about
from forecourt.flows.billing.transfer_files import (
    Held,
    TransferWish,
    barred_in,
    dues_of,
    hand_out_file,
    held_in_files,
    make_transfers,
    pay_back_by_hand,
    refund_again,
    settle_by_hand,
    withdraw_transfers,
)

__all__ = [
    "COLLECTIONS_DUE",
    "COMPLAINTS_WAIT",
    "CheckedBill",
    "Collectable",
    "CollectionWish",
    "CompanyDetails",
    "CreditRequest",
    "Credited",
    "HandWish",
    "Held",
    "MeterVerifier",
    "Recipient",
    "SignedVerdict",
    "StatementRun",
    "TransferWish",
    "answer_question",
    "ask_about",
    "bank_moves",
    "barred_in",
    "bill_late",
    "book_line",
    "books_taken",
    "can_close",
    "cdr_told",
    "check_bill",
    "close_month",
    "collectables",
    "company_seen",
    "complain",
    "credit_back",
    "credit_invoice",
    "credit_no_show",
    "credited_part",
    "decline_complaint",
    "describe_company",
    "describe_payer",
    "dues_of",
    "given_up",
    "hand_out_collection",
    "hand_out_file",
    "held_in_files",
    "invoice_no_show",
    "invoice_together",
    "is_billed_anew",
    "late_amount",
    "line_pays",
    "look_at_bank",
    "make_collection",
    "make_transfers",
    "match_line",
    "mended_cdr",
    "open_of",
    "outdated",
    "paid_meanwhile",
    "pass_again",
    "pay_back_by_hand",
    "payee_changed",
    "payee_seen",
    "post_by_hand",
    "rate_accounts",
    "rate_and_invoice",
    "read_bank",
    "refund_again",
    "refuse_by_hand",
    "reopen_month",
    "reversal_id",
    "reverse_by_hand",
    "session_told",
    "set_payee",
    "set_payer",
    "set_rate_accounts",
    "set_recipient",
    "settle_by_hand",
    "settle_statement",
    "state_account",
    "state_now",
    "state_partners",
    "take_books",
    "take_late_ends",
    "tax_partner",
    "withdraw_collected",
    "withdraw_transfers",
]
