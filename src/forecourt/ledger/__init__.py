"""The book of money: accounts, balanced movements between them, and the chain that seals their order."""

from forecourt.ledger.aging import AGES, Aged, aged
from forecourt.ledger.apportioning import apportion, rounded_to
from forecourt.ledger.chain import START, chained, digest_of, linked, verify
from forecourt.ledger.charts import CHARTS, Chart
from forecourt.ledger.datev import Batch, posting_batch, within
from forecourt.ledger.model import (
    BANK,
    CLEARING,
    FEES,
    REFUNDS,
    ROUNDING,
    WRITE_OFF,
    Account,
    AccountKind,
    Balance,
    ChainedTxn,
    Entry,
    Posting,
    Txn,
    held_on_card,
    holdable,
    receivable,
    revenue,
    vat,
)

__all__ = [
    "AGES",
    "BANK",
    "CHARTS",
    "CLEARING",
    "FEES",
    "REFUNDS",
    "ROUNDING",
    "START",
    "WRITE_OFF",
    "Account",
    "AccountKind",
    "Aged",
    "Balance",
    "Batch",
    "ChainedTxn",
    "Chart",
    "Entry",
    "Posting",
    "Txn",
    "aged",
    "apportion",
    "chained",
    "digest_of",
    "held_on_card",
    "holdable",
    "linked",
    "posting_batch",
    "receivable",
    "revenue",
    "rounded_to",
    "vat",
    "verify",
    "within",
]
