"""Money: an integer of minor units and its currency."""

from dataclasses import dataclass
from decimal import Decimal

from forecourt.kernel.errors import BadInput
from forecourt.kernel.rounding import round_half_up

# ISO 4217 currencies whose minor unit is not a hundredth.
_MINOR_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def minor_digits(currency: str) -> int:
    """Decimals of the currency's minor unit: 2 for EUR, 0 for JPY, 3 for KWD (ISO 4217)."""
    return _MINOR_DIGITS.get(currency, 2)


# Common codes, accepted without checking their form.
_CODES = frozenset(("EUR", "GBP", "USD", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "CAD", "JPY"))


def _is_code(currency: str) -> bool:
    return len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()


@dataclass(frozen=True, slots=True, order=False, init=False)
class Money:
    """An amount in minor units (cents). Never a float; currencies never mix.

    >>> Money(1250, "EUR") + Money(5, "EUR")
    Money(minor=1255, currency='EUR')
    >>> str(Money(1250, "EUR"))
    '12.50 EUR'
    """

    minor: int
    currency: str

    # Written by hand for speed: rating one charge makes a dozen of these.
    def __init__(self, minor: int, currency: str) -> None:
        if type(minor) is not int:
            raise TypeError(f"minor units are a whole number, not {minor!r}")
        if currency not in _CODES and not _is_code(currency):
            raise BadInput("currency", f"{currency!r} is not a currency code.", "Use ISO 4217, such as EUR.")
        _set_minor(self, minor)
        _set_currency(self, currency)

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> "Money":
        """The amount (in major units) rounded half up to the currency's minor unit."""
        digits = minor_digits(currency)
        return cls(int(round_half_up(amount, digits).scaleb(digits)), currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(0, currency)

    @property
    def amount(self) -> Decimal:
        """In major units, exact: Money(1250, "EUR").amount == Decimal("12.50")."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __bool__(self) -> bool:
        return self.minor != 0

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.minor


# Fills the frozen value through its slots, which is quicker than object.__setattr__.
_set_minor = Money.__dict__["minor"].__set__
_set_currency = Money.__dict__["currency"].__set__
