"""The provider's rules for money. No sockets: requests in, payments and events out; time is an argument."""

import hmac
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace

from forecourt.simulation.provider.journal import Journal
from forecourt.simulation.provider.model import (
    BRANDS,
    HOLD_LIFE_S,
    TERMINAL_HOLD_LIFE_S,
    Claim,
    ClearingRow,
    Faults,
    Intent,
    PaymentOptions,
    Refund,
    Refusal,
    Totals,
)

Notify = Callable[[str, Intent], None]
# 1.4 % and 10 minor units per capture, as such providers charge; the fee is not returned when a capture is refunded.
FEE_BASIS_POINTS = 140
FEE_FIXED = 10
MAX_AMOUNT = 10_000_000
# The merchant's fee for a dispute, whoever wins it, and how long evidence is accepted.
DISPUTE_FEE = 1500
EVIDENCE_S = 7 * 86400.0
# How cards behave, by number (Stripe's test numbers); every other one is good. A device's wallet is "wallet".
CHALLENGED = "4000002500003155"
REFUSED = {"4000000000000002": "card_declined", "4000000000009995": "insufficient_funds"}


class Bank:
    """Payments of one merchant. tell: called with each event's name and the payment, after it has happened.

    Methods: any text that begins with "pm_" is a stored card; "pm_declined…" is always declined, "pm_broke…" cannot be
    charged but holds, "pm_gone…" is no longer valid.
    """

    def __init__(self, now: Callable[[], float], faults: Faults, notify: Notify, journal: Journal | None = None) -> None:
        self._now, self._faults, self._notify = now, faults, notify
        self._journal = journal or Journal(None)
        self._intents: dict[str, Intent] = {}
        self._by_reference: dict[str, str] = {}
        self._clearing: list[ClearingRow] = []
        for intent in self._journal.intents():
            self._intents[intent.id] = intent
            if intent.reference:
                self._by_reference[intent.reference] = intent.id
        self._clearing.extend(self._journal.rows())

    def create(self, reference: str, amount: int, currency: str, method: str, later: bool, unique: bool = True) -> Intent:
        """Hold (later) or charge at once. Raises Refusal 402 for a decline; the declined payment is recorded.

        unique: a second payment for the same reference is refused; without it, only the idempotency key protects.
        """
        _check_amount(amount)
        if unique and reference in self._by_reference:
            raise Refusal(409, "reference_taken", f"There is a payment for {reference} already.")
        now = self._now()
        intent = Intent(f"pay_{len(self._intents) + 1:08d}", reference, method, currency, amount, "declined", now, now)
        intent.code = self._decline_code(method, later)
        if not intent.code and later:
            intent.status, intent.held, intent.expires_at = "held", amount, now + HOLD_LIFE_S
        elif not intent.code:
            intent.status, intent.captured = "captured", amount
        self._intents[intent.id] = intent
        self._by_reference[reference] = intent.id
        self._keep(intent, intent.status)
        if intent.captured:
            self._clear(intent, amount)
        if intent.code:
            raise Refusal(402, intent.code, "The card was declined.")
        return intent

    def ask(self, reference: str, amount: int, currency: str, unique: bool = True, options: PaymentOptions | None = None) -> Intent:
        """A payment that waits for its payer, to place a hold or to pay at once."""
        _check_amount(amount)
        if unique and reference in self._by_reference:
            raise Refusal(409, "reference_taken", f"There is a payment for {reference} already.")
        now = self._now()
        intent = Intent(f"pay_{len(self._intents) + 1:08d}", reference, "", currency, amount, "requested", now, now)
        intent.secret = secrets.token_urlsafe(16)
        if options is not None:
            intent.takes, intent.keeps, intent.customer = options.takes, options.keeps, options.customer
        self._intents[intent.id] = intent
        self._by_reference[reference] = intent.id
        self._journal.keep(intent)
        return intent

    def tap(self, amount: int, currency: str, card: str = "4242424242424242") -> Intent:
        """A card is held to one of the merchant's terminals: a hold without a reference yet. Raises Refusal 402 for a bad card."""
        _check_amount(amount)
        if code := REFUSED.get(card, ""):
            raise Refusal(402, code, "The card was declined.")
        now = self._now()
        intent = Intent(f"pay_{len(self._intents) + 1:08d}", "", f"pm_{card[-4:]}", currency, amount, "held", now, now, at_terminal=True)
        intent.held, intent.expires_at = amount, now + TERMINAL_HOLD_LIFE_S
        self._intents[intent.id] = intent
        self._keep(intent, "held")
        return intent

    def adopt(self, intent_id: str, reference: str) -> Intent:
        """The merchant gives a terminal's hold its own id. Only once: another id is refused."""
        intent = self.get(intent_id)
        if reference != intent.reference and (intent.reference or reference in self._by_reference):
            raise Refusal(409, "hold_taken", "This payment has another name.")
        if intent.status != "held":
            raise Refusal(400, "not_held", f"The payment is {intent.status}.")
        intent.reference, self._by_reference[reference] = reference, intent.id
        self._journal.keep(intent)
        return intent

    def increase(self, intent_id: str, amount: int) -> Intent:
        """Raise the hold at the terminal to this total."""
        intent = self._held(intent_id)
        if not intent.held < amount <= MAX_AMOUNT:
            raise Refusal(400, "amount", f"{amount} is no more than the {intent.held} held.")
        intent.held = intent.amount = amount
        self._keep(intent, "held")
        return intent

    def show(self, intent_id: str, secret: str) -> Intent:
        """Only with its payer's secret."""
        intent = self.get(intent_id)
        if not intent.secret or not hmac.compare_digest(intent.secret.encode(), secret.encode()):
            raise Refusal(404, "no_such_payment", "There is no such payment.")
        return intent

    def pay(self, intent_id: str, secret: str, card: str) -> Intent:
        """The payer enters a card. Some are held at once, some refused, and for some the bank challenges the payer first."""
        intent = self._waiting(intent_id, secret)
        intent.method, intent.code, intent.challenged_at = f"pm_{card[-4:]}", "", None
        if intent.keeps:
            intent.method, intent.last4 = f"pm_card_{intent.id}", card[-4:] if card.isdecimal() else "4242"
            intent.brand = BRANDS.get(card[:1], "visa")
        if card == CHALLENGED:
            intent.challenged_at = self._now()
            self._journal.keep(intent)
            return intent
        return self._put_up(intent, REFUSED.get(card, ""))

    def challenged(self, intent_id: str, secret: str, passed: bool) -> Intent:
        """The payer confirms to the bank, or denies, that it was them. Too late counts as a denial."""
        intent = self._waiting(intent_id, secret)
        since, intent.challenged_at = intent.challenged_at, None
        if since is None:
            raise Refusal(400, "not_challenged", "Nobody asked.")
        is_late = self._now() - since > self._faults.challenge_life_s
        return self._put_up(intent, "authentication_timeout" if is_late else "" if passed else "authentication_failed")

    def capture(self, intent_id: str, amount: int) -> Intent:
        """Capture an amount of a hold, once; the rest is released."""
        _check_amount(amount)
        intent = self._held(intent_id)
        if amount > intent.held:
            raise Refusal(400, "amount_too_large", f"{amount} is more than the {intent.held} held.")
        intent.status, intent.captured, intent.held = "captured", amount, 0
        self._keep(intent, "captured")
        self._clear(intent, amount)
        return intent

    def release(self, intent_id: str) -> Intent:
        intent = self.get(intent_id)
        if intent.status != "requested":
            intent = self._held(intent_id)
        intent.status, intent.held, intent.code = "released", 0, ""
        self._keep(intent, "released")
        return intent

    def refund(self, intent_id: str, amount: int) -> Intent:
        """Refund an amount of a captured payment."""
        _check_amount(amount)
        intent = self.get(intent_id)
        if intent.status != "captured" or amount > intent.left - intent.charged_back:
            raise Refusal(400, "refund_too_large", f"{amount} is more than can be refunded.")
        intent.refunds.append(Refund(amount))
        self._keep(intent, "refunded")
        self._clear(intent, -amount)
        return intent

    def bounce(self, intent_id: str, amount: int) -> Intent:
        """The payer's bank could not credit a refund of that amount: it returns to the merchant, days later and without a fee."""
        intent = self.get(intent_id)
        placed = [one for one in intent.refunds if one.amount == amount and not one.failed]
        if not placed:
            raise Refusal(400, "no_such_refund", f"No refund over {amount} is with its payer.")
        placed[-1].failed = True
        self._keep(intent, "refund_failed")
        self._clear(intent, amount, bounced=True)
        return intent

    def dispute(self, intent_id: str, reason: str = "fraudulent") -> Intent:
        """The cardholder's bank takes back the rest of a payment until the dispute is decided."""
        intent = self.get(intent_id)
        amount = intent.left
        if intent.status != "captured" or intent.claim or amount <= 0:
            raise Refusal(400, "not_disputable", "This payment cannot be disputed.")
        now = self._now()
        intent.claim = Claim(f"dp_{intent.id}", amount, DISPUTE_FEE, reason, now, now, now + EVIDENCE_S)
        self._clear(intent, -amount, DISPUTE_FEE)
        self._keep(intent, "dispute_opened")
        return intent

    def decide(self, intent_id: str, status: str) -> Intent:
        """The merchant answered (UNDER_REVIEW), or the verdict: WON or LOST."""
        intent = self.get(intent_id)
        claim = intent.claim
        if claim is None or status not in ("UNDER_REVIEW", "WON", "LOST") or claim.status in ("WON", "LOST"):
            raise Refusal(400, "not_disputed", "There is nothing to decide.")
        claim.status, claim.changed_at = status, self._now()
        if status == "WON":
            self._clear(intent, claim.amount, 0)
        self._keep(intent, "dispute_updated" if status == "UNDER_REVIEW" else "dispute_closed")
        return intent

    def get(self, intent_id: str) -> Intent:
        intent = self._intents.get(intent_id)
        if intent is None:
            raise Refusal(404, "no_such_payment", f"There is no payment {intent_id}.")
        self._expire(intent)
        return intent

    def find(self, reference: str) -> Intent:
        return self.get(self._by_reference.get(reference, reference))

    def intents(self) -> list[Intent]:
        """Every payment, oldest first."""
        return list(self._intents.values())

    def age_s(self, intent: Intent) -> float:
        """Clock seconds since it was made."""
        return self._now() - intent.created_at

    def captured_at(self, intent: Intent) -> float | None:
        """When it was captured."""
        return next((row.at for row in self._clearing if row.reference == intent.reference and row.gross > 0), None)

    def clearing(self, since: float) -> list[ClearingRow]:
        """Rows from an instant on, oldest first."""
        return [row for row in self._clearing if row.at >= since]

    def pay_out(self) -> int:
        """Pay out what is due to the merchant's bank, one payout per currency. Returns how many."""
        currencies = sorted({row.currency for row in self._clearing if not row.payout})
        for currency in currencies:
            payout, amount = f"po_{sum(row.kind == 'payout' for row in self._clearing) + 1:08d}", 0
            for place, row in enumerate(self._clearing):
                if row.currency == currency and not row.payout:
                    self._clearing[place] = paid = replace(row, payout=payout)
                    self._journal.keep(paid)
                    amount += row.gross - row.fee
            self._enter(ClearingRow(self._row_id(), "", currency, -amount, 0, self._now(), kind="payout", payout=payout))
        return len(currencies)

    def take_fee(self, currency: str, amount: int) -> None:
        """A fee of the provider's that belongs to no payment."""
        self._enter(ClearingRow(self._row_id(), "", currency, -amount, 0, self._now(), kind="fee"))

    def expire_due(self) -> int:
        """End expired holds. Returns how many."""
        return sum(self._expire(intent) for intent in list(self._intents.values()) if intent.status == "held")

    def totals(self) -> Totals:
        """Add everything up. Raises AssertionError if money appeared or vanished anywhere."""
        for intent in self._intents.values():
            _check(intent)
        rows = [row for row in self._clearing if row.kind == "payment"]
        totals = Totals(
            from_customers=_sum((i.currency, i.left - i.charged_back) for i in self._intents.values()),
            to_merchant=_sum((row.currency, row.gross - row.fee) for row in rows),
            fees=_sum((row.currency, row.fee) for row in rows),
            held=_sum((i.currency, i.held) for i in self._intents.values()),
            open_holds=sum(1 for i in self._intents.values() if i.status == "held"),
            payments=len(self._intents),
        )
        for currency, amount in totals.from_customers.items():
            reached = totals.to_merchant.get(currency, 0) + totals.fees.get(currency, 0)
            if amount != reached:
                raise AssertionError(f"{currency}: {amount} left the customers, {reached} reached merchant and provider")
        return totals

    def _waiting(self, intent_id: str, secret: str) -> Intent:
        intent = self.show(intent_id, secret)
        if intent.status != "requested":
            raise Refusal(400, "not_requested", f"The payment is {intent.status}.")
        return intent

    def _put_up(self, intent: Intent, code: str) -> Intent:
        intent.code = code
        if not code and intent.takes:
            intent.status, intent.captured = "captured", intent.amount
            self._keep(intent, "captured")
            self._clear(intent, intent.amount)
            return intent
        if not code:
            intent.status, intent.held, intent.expires_at = "held", intent.amount, self._now() + HOLD_LIFE_S
        self._keep(intent, "declined" if code else "held")
        return intent

    def _held(self, intent_id: str) -> Intent:
        intent = self.get(intent_id)
        if intent.status in ("expired", "released"):
            raise Refusal(402, f"hold_{intent.status}", f"The hold is {intent.status}.")
        if intent.status != "held":
            raise Refusal(400, "not_held", f"The payment is {intent.status}.")
        return intent

    def _decline_code(self, method: str, later: bool) -> str:
        if self._faults.take("declines"):
            return self._faults.decline_code
        if not method.startswith("pm_") or method.startswith("pm_gone"):
            return "method_invalid"
        if method.startswith("pm_declined"):
            return "card_declined"
        return "insufficient_funds" if method.startswith("pm_broke") and not later else ""

    def _expire(self, intent: Intent) -> bool:
        if intent.status != "held" or intent.expires_at is None or intent.expires_at > self._now():
            return False
        intent.status, intent.held = "expired", 0
        self._keep(intent, "expired")
        return True

    def _keep(self, intent: Intent, event: str) -> None:
        intent.changed_at = self._now()
        _check(intent)
        self._journal.keep(intent)
        self._notify(event, replace(intent))

    def _clear(self, intent: Intent, gross: int, known_fee: int | None = None, bounced: bool = False) -> None:
        standard_fee = min(gross, FEE_FIXED + gross * FEE_BASIS_POINTS // 10_000) if gross > 0 and not bounced else 0
        fee = standard_fee if known_fee is None else known_fee
        fields = (intent.reference, intent.currency, gross, fee, self._now(), intent.id, known_fee is not None, bounced)
        self._enter(ClearingRow(self._row_id(), *fields))

    def _row_id(self) -> str:
        return f"clr_{len(self._clearing) + 1:08d}"

    def _enter(self, row: ClearingRow) -> None:
        self._clearing.append(row)
        self._journal.keep(row)


def _check_amount(amount: int) -> None:
    if not 0 < amount <= MAX_AMOUNT:
        raise Refusal(400, "amount", f"{amount} is not an amount.")


def _check(intent: Intent) -> None:
    """Invariants of every payment at all times."""
    sound = 0 <= intent.left <= intent.captured <= intent.amount and 0 <= intent.held <= intent.amount
    if not sound or (intent.held > 0) != (intent.status == "held") or (intent.captured > 0) != (intent.status == "captured"):
        raise AssertionError(f"payment {intent} is impossible")


def _sum(amounts: Iterator[tuple[str, int]]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for currency, amount in amounts:
        totals[currency] = totals.get(currency, 0) + amount
    return totals
