"""Turning charges into documents: invoices, credit notes and statements."""

from forecourt.flows.billing.account_statements import StatementRun, issue_account_statements, set_payer
from forecourt.flows.billing.accounts_by_rate import rate_accounts, set_rate_accounts
from forecourt.flows.billing.bank_entries import bank_moves
from forecourt.flows.billing.bank_import import book_line, import_bank_statements, match_line, pay_with_line
from forecourt.flows.billing.bank_matching import match_bank_lines
from forecourt.flows.billing.bill_checking import CheckedBill, check_bill
from forecourt.flows.billing.bulk_invoicing import invoice_together
from forecourt.flows.billing.buyer_corrections import buyer_refusal, correct_buyer, correct_own_buyer, is_guest_bill
from forecourt.flows.billing.collection_files import (
    Collectable,
    CollectionRequest,
    collectables,
    download_collection,
    make_collection_file,
    open_debits,
    outdated,
    paid_meanwhile,
    record_refused_debit,
    withdraw_collection_file,
)
from forecourt.flows.billing.company_details import CompanyDetails, company_fingerprint, set_company_details
from forecourt.flows.billing.complaints import decline_complaint, file_complaint
from forecourt.flows.billing.credit_notes import Credited, CreditRequest, credit_no_show, issue_credit_note
from forecourt.flows.billing.debtor_accounts import (
    business_customers,
    customer_accounts,
    customer_addressed,
    debtor_number,
    number_customers,
    set_debtor_numbers,
)
from forecourt.flows.billing.following_documents import (
    bill_history,
    buyer_chain,
    buyer_replacement,
    first_document,
    is_in_force,
    latest_bill,
    preceding_document,
)
from forecourt.flows.billing.invoicing import credit_invoice, invoice_no_show, rate_and_invoice
from forecourt.flows.billing.late_end_processing import process_late_ends
from forecourt.flows.billing.late_ends import bill_late_end, credited_part, is_rebilled, late_amount, unbilled_amount_text
from forecourt.flows.billing.manual_entries import ManualEntryRequest, post_manual_entry, reversal_id, reverse_manual_entry
from forecourt.flows.billing.money_reminders import COLLECTIONS_DUE, COMPLAINTS_WAIT
from forecourt.flows.billing.month_accruals import accrual_outlook, accrued
from forecourt.flows.billing.month_closing import DOCUMENT_ARCHIVE, can_close, close_month, earlier_exports, log_export, reopen_month
from forecourt.flows.billing.partner_statements import issue_partner_statements, issue_statement_now, settle_statement
from forecourt.flows.billing.payee_vat import VatEntry, set_payee_vat, vat_fingerprint
from forecourt.flows.billing.payees import payee_changed, payee_fingerprint, set_payee
from forecourt.flows.billing.recipient import Recipient, set_partner_billing, set_partner_tax, set_recipient
from forecourt.flows.billing.roaming_cdrs import requeue_cdr
from forecourt.flows.billing.roaming_details import cdr_for_partner, corrected_cdr, session_for_partner
from forecourt.flows.billing.self_billing import host_item_id, obstacle_to_self_billing
from forecourt.flows.billing.signed_values import MeterVerifier, SignedVerdict
from forecourt.flows.billing.statement_questions import answer_question, ask_question
from forecourt.flows.billing.transfer_files import (
    ContainingFile,
    TransferRequest,
    barred_payouts,
    download_transfers,
    files_of_dues,
    make_transfer_file,
    pending_transfers,
    record_payback,
    retry_card_refund,
    settle_manually,
    withdraw_transfers,
)

__all__ = [
    "COLLECTIONS_DUE",
    "COMPLAINTS_WAIT",
    "DOCUMENT_ARCHIVE",
    "CheckedBill",
    "Collectable",
    "CollectionRequest",
    "CompanyDetails",
    "ContainingFile",
    "CreditRequest",
    "Credited",
    "ManualEntryRequest",
    "MeterVerifier",
    "Recipient",
    "SignedVerdict",
    "StatementRun",
    "TransferRequest",
    "VatEntry",
    "accrual_outlook",
    "accrued",
    "answer_question",
    "ask_question",
    "bank_moves",
    "barred_payouts",
    "bill_history",
    "bill_late_end",
    "book_line",
    "business_customers",
    "buyer_chain",
    "buyer_refusal",
    "buyer_replacement",
    "can_close",
    "cdr_for_partner",
    "check_bill",
    "close_month",
    "collectables",
    "company_fingerprint",
    "correct_buyer",
    "correct_own_buyer",
    "corrected_cdr",
    "credit_invoice",
    "credit_no_show",
    "credited_part",
    "customer_accounts",
    "customer_addressed",
    "debtor_number",
    "decline_complaint",
    "download_collection",
    "download_transfers",
    "earlier_exports",
    "file_complaint",
    "files_of_dues",
    "first_document",
    "host_item_id",
    "import_bank_statements",
    "invoice_no_show",
    "invoice_together",
    "is_guest_bill",
    "is_in_force",
    "is_rebilled",
    "issue_account_statements",
    "issue_credit_note",
    "issue_partner_statements",
    "issue_statement_now",
    "late_amount",
    "latest_bill",
    "log_export",
    "make_collection_file",
    "make_transfer_file",
    "match_bank_lines",
    "match_line",
    "number_customers",
    "obstacle_to_self_billing",
    "open_debits",
    "outdated",
    "paid_meanwhile",
    "pay_with_line",
    "payee_changed",
    "payee_fingerprint",
    "pending_transfers",
    "post_manual_entry",
    "preceding_document",
    "process_late_ends",
    "rate_accounts",
    "rate_and_invoice",
    "record_payback",
    "record_refused_debit",
    "reopen_month",
    "requeue_cdr",
    "retry_card_refund",
    "reversal_id",
    "reverse_manual_entry",
    "session_for_partner",
    "set_company_details",
    "set_debtor_numbers",
    "set_partner_billing",
    "set_partner_tax",
    "set_payee",
    "set_payee_vat",
    "set_payer",
    "set_rate_accounts",
    "set_recipient",
    "settle_manually",
    "settle_statement",
    "unbilled_amount_text",
    "vat_fingerprint",
    "withdraw_collection_file",
    "withdraw_transfers",
]
