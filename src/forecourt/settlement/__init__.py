"""What others earn from a charge, and how the processor's payouts reach the bank."""

from forecourt.settlement.clearing import cleared
from forecourt.settlement.model import Payout, ShareRule, Sharing, partner_share, payable
from forecourt.settlement.sharing import share

__all__ = ["Payout", "ShareRule", "Sharing", "cleared", "partner_share", "payable", "share"]
