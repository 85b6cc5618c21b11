"""What others earn from a charge, what partners' offers come to, and how the processor's payouts reach the bank."""

from forecourt.settlement.bank import (
    BankAccount,
    BankLine,
    BankMove,
    BankStatement,
    KeptLine,
    LineKind,
    line_id,
    matched,
    move_of,
    released,
)
from forecourt.settlement.camt import bank_statements
from forecourt.settlement.clearing import PAYOUTS, KeptRow, cleared, fee_taken, paid_out
from forecourt.settlement.findings import Doubt, Finding, FindingState, Mismatch, explain, find, finding_id, gone
from forecourt.settlement.matching import MISSING_AFTER, doubt_of_change, doubt_of_payout, doubt_of_row, doubts_of_payment
from forecourt.settlement.model import Payout, ShareRule, Sharing, partner_share, payable
from forecourt.settlement.sharing import share, share_back, share_key
from forecourt.settlement.statements import SERIES, Numbered, Settled, Statement, StatementLine, gift, netted, paid, state

__all__ = [
    "MISSING_AFTER",
    "PAYOUTS",
    "SERIES",
    "BankAccount",
    "BankLine",
    "BankMove",
    "BankStatement",
    "Doubt",
    "Finding",
    "FindingState",
    "KeptLine",
    "KeptRow",
    "LineKind",
    "Mismatch",
    "Numbered",
    "Payout",
    "Settled",
    "ShareRule",
    "Sharing",
    "Statement",
    "StatementLine",
    "bank_statements",
    "cleared",
    "doubt_of_change",
    "doubt_of_payout",
    "doubt_of_row",
    "doubts_of_payment",
    "explain",
    "fee_taken",
    "find",
    "finding_id",
    "gift",
    "gone",
    "line_id",
    "matched",
    "move_of",
    "netted",
    "paid",
    "paid_out",
    "partner_share",
    "payable",
    "released",
    "share",
    "share_back",
    "share_key",
    "state",
]
