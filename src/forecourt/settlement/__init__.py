"""What others earn from a charge, what partners' offers come to, and how the processor's payouts reach the bank."""

from forecourt.settlement.clearing import cleared
from forecourt.settlement.model import Payout, ShareRule, Sharing, offer_cost, partner_share, payable
from forecourt.settlement.sharing import share, share_back, share_key
from forecourt.settlement.statements import SERIES, Numbered, Settled, Statement, StatementLine, gift, netted, paid, state

__all__ = [
    "SERIES",
    "Numbered",
    "Payout",
    "Settled",
    "ShareRule",
    "Sharing",
    "Statement",
    "StatementLine",
    "cleared",
    "gift",
    "netted",
    "offer_cost",
    "paid",
    "partner_share",
    "payable",
    "share",
    "share_back",
    "share_key",
    "state",
]
