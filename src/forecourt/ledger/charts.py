"""Charts of accounts as data: which number of the chart each account of ours is posted to.

Revenue goes to an account without automatic tax, because our entries book the tax themselves. Keys are the kind, or the
kind and part where parts have numbers of their own. An account without a number is refused
at export, never guessed; so is a VAT rate without one of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from forecourt.kernel import BadInput
from forecourt.ledger.model import Account, AccountKind


@dataclass(frozen=True, slots=True)
class Chart:
    """code: how DATEV names the chart. numbers: by "KIND:part" or "KIND"."""

    code: str
    numbers: Mapping[str, str]

    def number(self, account: Account) -> str:
        found = self.numbers.get(account.name) or (None if account.kind is AccountKind.VAT else self.numbers.get(account.kind.value))
        if found is None:
            raise BadInput("chart_account", f"The chart SKR{self.code} has no number for {account.name}.", "Add it to ledger/charts.py.")
        return found


_SKR03 = {
    "DRIVER_RECEIVABLE": "10000",
    "REVENUE": "8200",
    "REVENUE:dunning": "8600",
    "VAT:19": "1776",
    "VAT:7": "1771",
    "VAT:0": "1770",
    "PROCESSOR_CLEARING": "1360",
    "PROCESSOR_FEES": "4970",
    "BANK": "1200",
    "WALLET": "1710",
    "PARTNER_PAYABLE": "1700",
    "PARTNER_RECEIVABLE": "1500",
    "PARTNER_SHARE": "3100",
    "OFFER_COST": "4600",
    "ROAMING_RECEIVABLE": "1500",
    "ROAMING_PAYABLE": "1600",
    "REFUNDS": "8700",
    "WRITE_OFF": "2400",
    "DISPUTED": "1361",
    "ROUNDING": "4900",
}
_SKR04 = {
    "DRIVER_RECEIVABLE": "10000",
    "REVENUE": "4200",
    "REVENUE:dunning": "4830",
    "VAT:19": "3806",
    "VAT:7": "3801",
    "VAT:0": "3800",
    "PROCESSOR_CLEARING": "1460",
    "PROCESSOR_FEES": "6855",
    "BANK": "1800",
    "WALLET": "3250",
    "PARTNER_PAYABLE": "3500",
    "PARTNER_RECEIVABLE": "1300",
    "PARTNER_SHARE": "5900",
    "OFFER_COST": "6600",
    "ROAMING_RECEIVABLE": "1300",
    "ROAMING_PAYABLE": "3300",
    "REFUNDS": "4700",
    "WRITE_OFF": "6930",
    "DISPUTED": "1461",
    "ROUNDING": "6300",
}
CHARTS = MappingProxyType({"SKR03": Chart("03", MappingProxyType(_SKR03)), "SKR04": Chart("04", MappingProxyType(_SKR04))})
