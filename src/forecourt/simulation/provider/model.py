"""The provider's data: payments on customers' stored methods, and the rows of its clearing file."""

from dataclasses import dataclass, field
from typing import Any

from forecourt.simulation.clock import stamp

# With most schemes a hold on a card that is not present lasts seven days.
HOLD_LIFE_S = 7 * 86400.0
# The lifetime of a hold on a card presented to a terminal.
TERMINAL_HOLD_LIFE_S = 2 * 86400.0
# By the first digit of a card's number.
BRANDS = {"4": "visa", "5": "mastercard", "3": "amex"}


class Refusal(Exception):
    """An error answer: HTTP status, stable code, text."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(f"{status} {code}: {text}")
        self.status, self.code, self.text = status, code, text


@dataclass(slots=True)
class Claim:
    """A cardholder's dispute of a payment. status: NEEDS_ANSWER, UNDER_REVIEW, WON or LOST, as seen by the merchant."""

    id: str
    amount: int
    fee: int
    reason: str
    opened_at: float
    changed_at: float
    answer_by: float
    status: str = "NEEDS_ANSWER"

    def answer(self) -> dict[str, Any]:
        fields = {"id": self.id, "status": self.status, "amount": self.amount, "fee": self.fee, "reason": self.reason}
        return {**fields, "opened_at": stamp(self.opened_at), "changed_at": stamp(self.changed_at), "answer_by": stamp(self.answer_by)}


@dataclass(slots=True)
class Refund:
    """A refund. failed: the payer's bank could not credit it, and it came back."""

    amount: int
    failed: bool = False


@dataclass(frozen=True, slots=True)
class PaymentOptions:
    """How a payer is asked. takes: the money is captured at once. keeps: the card is stored, for a customer if one is named."""

    takes: bool = False
    keeps: bool = False
    customer: str = ""


@dataclass(slots=True)
class Intent:
    """A payment as the provider sees it. Amounts in minor units; instants in unix seconds.

    reference: the merchant's own id; empty: made by a terminal, and not adopted by the merchant yet. status: requested, held, captured,
    released, expired or declined. A requested one waits for its payer, who comes with the secret; code: why the last card was refused.
    challenged_at: since when the payer's bank waits for an answer. takes: captured at once, not held. keeps: the card is stored, for
    `customer` if named. at_terminal: made by a terminal; charge_reference: what the merchant has named its charge since (only Stripe
    distinguishes the two).
    """

    id: str
    reference: str
    method: str
    currency: str
    amount: int
    status: str
    created_at: float
    changed_at: float
    held: int = 0
    captured: int = 0
    refunds: list[Refund] = field(default_factory=list)
    expires_at: float | None = None
    code: str = ""
    secret: str = ""
    challenged_at: float | None = None
    claim: Claim | None = None
    takes: bool = False
    keeps: bool = False
    customer: str = ""
    brand: str = ""
    last4: str = ""
    at_terminal: bool = False
    charge_reference: str = ""

    @property
    def card(self) -> dict[str, Any] | None:
        """The card stored with it; every card here is valid to the end of 2034."""
        if not self.keeps or not self.captured:
            return None
        return {"method": self.method, "brand": self.brand, "last4": self.last4, "year": 2034, "month": 12}

    @property
    def refunded(self) -> int:
        return sum(one.amount for one in self.refunds)

    @property
    def bounced(self) -> int:
        return sum(one.amount for one in self.refunds if one.failed)

    @property
    def left(self) -> int:
        """The amount captured and not returned to the payer; a bounced refund does not count as returned."""
        return self.captured - self.refunded + self.bounced

    @property
    def charged_back(self) -> int:
        """The amount that the cardholder's bank has taken back."""
        return self.claim.amount if self.claim and self.claim.status != "WON" else 0

    @property
    def merchant_status(self) -> str:
        """The status merchants see: a payer whose card was refused may still use another."""
        return "declined" if self.status == "requested" and self.code else self.status

    def answer(self) -> dict[str, Any]:
        """As the API returns it."""
        return {
            "id": self.id,
            "reference": self.reference,
            "method": self.method,
            "currency": self.currency,
            "amount": self.amount,
            "status": self.merchant_status,
            "held": self.held,
            "captured": self.captured,
            "refunded": self.refunded,
            "bounced": self.bounced,
            "created_at": stamp(self.created_at),
            "changed_at": stamp(self.changed_at),
            "expires_at": None if self.expires_at is None else stamp(self.expires_at),
            "code": self.code,
            "disputes": [self.claim.answer()] if self.claim else [],
            "card": self.card,
        }


@dataclass(frozen=True, slots=True)
class ClearingRow:
    """What is due to the merchant for a capture (or deducted for a refund): gross less the fee. kind: payment, fee, payout or other.
    payout: the one that paid it out; for a payout, its own id."""

    id: str
    reference: str
    currency: str
    gross: int
    fee: int
    at: float
    intent: str = ""
    of_dispute: bool = False
    bounced: bool = False
    kind: str = "payment"
    payout: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """Where all the money is, per currency, in minor units: what customers paid equals what the others received."""

    from_customers: dict[str, int]
    to_merchant: dict[str, int]
    fees: dict[str, int]
    held: dict[str, int]
    open_holds: int
    payments: int


@dataclass(slots=True)
class Faults:
    """Faults to inject. Counters: how many of the next requests (or events) are affected.

    hang_s: real seconds a timed-out request is left hanging. webhook_copies: how often each event is sent. webhook_reverse: events wait
    until there are two and are sent newest first. webhook_late_s: clock seconds of delay. challenge_life_s: clock seconds a payer's bank
    waits for an answer. search_behind_s: clock seconds until a new payment is found by its reference (Stripe's search).
    """

    timeouts_after_effect: int = 0
    timeouts_before_effect: int = 0
    errors_after_effect: int = 0
    errors_before_effect: int = 0
    declines: int = 0
    decline_code: str = "card_declined"
    down: bool = False
    hang_s: float = 2.0
    webhook_copies: int = 1
    webhook_reverse: bool = False
    webhook_late_s: float = 0.0
    webhooks_lost: int = 0
    search_behind_s: float = 0.0
    challenge_life_s: float = 300.0

    def take(self, name: str) -> bool:
        """True while the counter is above zero, which it decrements."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0
