"""Charts of accounts as data: the number in the chart for each of our accounts.

Revenue is mapped to accounts without automatic tax, because our entries post the tax themselves. Keys are the kind, or kind and
part where parts have numbers of their own. "REVENUE@7" is revenue taxed at 7 %, where an operator has an account for that;
"REVENUE@reverse" is revenue from dealers abroad and "REVENUE@reverse-home" from dealers at home, where the buyer owes the tax;
"REVENUE@outside" is not taxable in the Union. An account, or a VAT rate, without a number of its own fails the export: never guessed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from forecourt.kernel import BadInput
from forecourt.ledger.customer_accounts import COLLECTIVE, CustomerAccount, number_on
from forecourt.ledger.model import Account, AccountKind, vat

_DIGITS = 4  # digits of an account number, as declared in the batch's header


@dataclass(frozen=True, slots=True)
class RateAccounts:
    """An operator's own account numbers for a VAT rate: for the tax owed, for revenue taxed at it, and for the input tax that is deducted.
    Empty = the chart's. percent: "7.5"."""

    percent: str
    tax: str = ""
    revenue: str = ""
    input_tax: str = ""

    def __post_init__(self) -> None:
        try:
            rate = Decimal(self.percent.strip().replace(",", "."))
        except InvalidOperation:
            rate = Decimal(-1)
        if not rate.is_finite() or not 0 <= rate < 100 or rate != round(rate, 3):
            raise BadInput("percent", f"{self.percent[:20]!r} is not a VAT rate.", "Enter a number from 0 to 100, such as 5.5.")
        object.__setattr__(self, "percent", vat(rate).part)
        for name in ("tax", "revenue", "input_tax"):
            number = getattr(self, name).strip()
            if number and (len(number) != _DIGITS or not (number.isascii() and number.isdigit())):
                raise BadInput(name, f"{number[:20]!r} is not an account.", f"An account has {_DIGITS} digits, such as 8400.")
            object.__setattr__(self, name, number)


@dataclass(frozen=True, slots=True)
class Chart:
    """code: DATEV's name of the chart. numbers: keyed by "KIND:part", "KIND" or "REVENUE@rate". customers: the accounts of those with
    numbers of their own, by driver or partner, the earliest first."""

    code: str
    numbers: Mapping[str, str]
    customers: Mapping[str, tuple[CustomerAccount, ...]] = field(default_factory=dict)

    def with_rate_accounts(self, rates: Iterable[RateAccounts]) -> "Chart":
        """The chart with the operator's own accounts taking precedence. Raises BadInput if a rate occurs twice."""
        by_name: dict[str, str] = {}
        for one in rates:
            own = {f"VAT:{one.percent}": one.tax, f"REVENUE@{one.percent}": one.revenue, f"INPUT_VAT:{one.percent}": one.input_tax}
            if not by_name.keys().isdisjoint(own):
                raise BadInput("percent", f"{one.percent} % is listed twice.", "Enter each rate once.")
            by_name |= {name: number for name, number in own.items() if number}
        return replace(self, numbers=MappingProxyType({**self.numbers, **by_name}))

    def with_customers(self, accounts: Iterable[CustomerAccount]) -> "Chart":
        """The chart with debtor accounts for single customers."""
        by_customer: dict[str, tuple[CustomerAccount, ...]] = {}
        for one in accounts:
            by_customer[str(one.customer)] = (*by_customer.get(str(one.customer), ()), one)
        return replace(self, customers=MappingProxyType(by_customer))

    @property
    def by_rate(self) -> bool:
        """Whether any revenue has an account of its own for a VAT rate, not only for a reason why no tax is due."""
        return any(name.startswith("REVENUE@") and name[8:9].isdigit() for name in self.numbers)

    def number(self, account: Account, percent: str | None = None, day: date | None = None) -> str:
        """The account's number in the chart. percent: the rate at which revenue was taxed, if known. day: of its use; None: now."""
        if account.kind is AccountKind.DRIVER_RECEIVABLE and (own := number_on(self.customers.get(customer_of(account), ()), day)):
            return own
        found = self.numbers.get(account.name) or self.numbers.get(account.kind.value)
        if account.kind is AccountKind.REVENUE and percent is not None:
            found = self.numbers.get(f"REVENUE@{percent}", found)
        if found is None:
            text = f"The chart SKR{self.code} has no number for {account.name}."
            raise BadInput("chart_account", text, "Set one under Ledger, Accounts by VAT rate.")
        return found


def customer_of(account: Account) -> str:
    """The driver or partner whose account it is."""
    return account.part.partition("/")[0]


_SKR03 = {
    "DRIVER_RECEIVABLE": COLLECTIVE,
    "REVENUE": "8200",
    "REVENUE:dunning": "8600",
    "REVENUE@reverse": "8339",
    "REVENUE@reverse-home": "8337",
    "REVENUE@outside": "8338",
    "VAT:19": "1776",
    "VAT:7": "1771",
    "VAT:0": "1770",
    "INPUT_VAT:19": "1576",
    "INPUT_VAT:7": "1571",
    "ACCRUED_REVENUE": "1501",
    "PROCESSOR_CLEARING": "1360",
    "PROCESSOR_BALANCE": "1362",
    "PROCESSOR_FEES": "4970",
    "BANK": "1200",
    "BANK_FEES": "4970",
    "OTHER_BOOKS": "1590",
    "OPENING_BALANCE": "9000",
    "WALLET": "1710",
    "PARTNER_PAYABLE": "1700",
    "PARTNER_RECEIVABLE": "1500",
    "PARTNER_SHARE": "3100",
    "OFFER_COST": "4600",
    "WRITE_OFF": "2400",
    "DISPUTED": "1361",
    "ROUNDING": "4900",
}
_SKR04 = {
    "DRIVER_RECEIVABLE": COLLECTIVE,
    "REVENUE": "4200",
    "REVENUE:dunning": "4830",
    "REVENUE@reverse": "4339",
    "REVENUE@reverse-home": "4337",
    "REVENUE@outside": "4338",
    "VAT:19": "3806",
    "VAT:7": "3801",
    "VAT:0": "3800",
    "INPUT_VAT:19": "1406",
    "INPUT_VAT:7": "1401",
    "ACCRUED_REVENUE": "1301",
    "PROCESSOR_CLEARING": "1460",
    "PROCESSOR_BALANCE": "1462",
    "PROCESSOR_FEES": "6855",
    "BANK": "1800",
    "BANK_FEES": "6855",
    "OTHER_BOOKS": "1370",
    "OPENING_BALANCE": "9000",
    "WALLET": "3250",
    "PARTNER_PAYABLE": "3500",
    "PARTNER_RECEIVABLE": "1300",
    "PARTNER_SHARE": "5900",
    "OFFER_COST": "6600",
    "WRITE_OFF": "6930",
    "DISPUTED": "1461",
    "ROUNDING": "6300",
}
CHARTS = MappingProxyType({"SKR03": Chart("03", MappingProxyType(_SKR03)), "SKR04": Chart("04", MappingProxyType(_SKR04))})
