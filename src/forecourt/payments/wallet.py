"""The prepaid balance: a driver tops it up by card and pays for charges from it. The balance is stored only in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.kernel import BadInput, Conflict, DriverId, Money, OperatorId, PaymentId, Text, minor_digits
from forecourt.payments.model import AtPayer, Captured, Charging, Declined, HoldAsked, Payment, TopUp, Withdrawing
from forecourt.payments.orders import Accepted
from forecourt.payments.outcomes import apply_answer
from forecourt.payments.transitions import Payer, Transition, pending_order

# A charge that takes longer than this is paid without its hold.
HOLD_LIFE = timedelta(days=7)
# The period of the operator's limit for automatic top-ups.
AUTO_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class WalletRules:
    """An operator's rules, all in one currency. least_start: a driver without a card needs at least this much to start a charge.

    auto_most: the most that automatic top-ups may charge one driver in 24 hours.
    """

    least_load: Money
    most_load: Money
    most_balance: Money
    least_start: Money
    auto_most: Money

    def __post_init__(self) -> None:
        parts = (self.least_load, self.most_load, self.most_balance, self.least_start, self.auto_most)
        if len({one.currency for one in parts}) > 1:
            raise BadInput("wallet_currency", "The amounts are in several currencies.", "Enter all of them in the operator's.")
        if self.least_load.minor < 1 or self.least_start.minor < 1:
            raise BadInput("wallet_least", "The minimum amounts must be above zero.")
        if not self.least_load <= self.most_load <= self.most_balance:
            raise BadInput(
                "wallet_most", "The maximum top-up must reach the minimum, and the maximum balance the maximum top-up.", "Raise them."
            )
        if self.auto_most.minor < 0:
            raise BadInput("wallet_auto", "The daily limit cannot be negative.")

    @classmethod
    def usual(cls, currency: str) -> "WalletRules":
        """10 to 250 per top-up, 500 in all, 5 to start, 150 a day automatically; a hundred times that in currencies without decimals."""
        unit = 10 ** (minor_digits(currency) or 2)
        return cls(*(Money(unit * amount, currency) for amount in (10, 250, 500, 5, 150)))


@dataclass(frozen=True, slots=True)
class AutoTopUp:
    """A driver's setting: below `threshold`, charge `amount` to the stored card. paused_at: the card was refused; the driver must act."""

    operator_id: OperatorId
    driver_id: DriverId
    threshold: Money
    amount: Money
    on: bool = True
    paused_at: datetime | None = None
    paused_why: str = ""

    @property
    def active(self) -> bool:
        return self.on and self.paused_at is None


@dataclass(frozen=True, slots=True)
class Prepaid:
    """A driver's prepaid balance in one currency. held: reserved for running charges and refunds under way. spent: by a running charge, if
    that is taken into account."""

    balance: Money
    held: Money
    spent: Money | None = None

    @property
    def available(self) -> Money:
        """Never below zero, even if the bank reversed a top-up while a charge was running."""
        unheld = self.balance - self.held
        return unheld if unheld.minor > 0 else Money.zero(unheld.currency)

    def spendable(self, hold: Money) -> Money:
        """What a charge with this hold may use: nothing that others hold, and never more than there is."""
        return max(min(self.balance, self.available + hold), Money.zero(hold.currency))


def settle_from_balance(transition: Transition, at: datetime) -> Transition:
    """Carry out a payment from the balance: the balance is ours, so the answer comes in the same commit."""
    payment, orders, txns = transition.payment, list(transition.orders), transition.txns
    while orders:
        step = apply_answer(payment, orders.pop(0), Accepted(payment.method, at, at + HOLD_LIFE), at)
        payment, txns = step.payment, txns + step.txns
        orders += step.orders
    return Transition(payment, txns=txns)


def begin_top_up(payer: Payer, payment_id: PaymentId, amount: Money, by: TopUp, at: datetime) -> Transition:
    """Charge an amount to the stored method for the balance. It is credited only once the processor confirms it."""
    payment = Payment(payment_id, payer.operator_id, payer.driver_id, payer.method, amount.currency, at, Charging(amount, at), top_up=by)
    return Transition(payment, (pending_order(payment),))


def begin_top_up_at_page(payer: Payer, payment_id: PaymentId, amount: Money, keep_card: bool, at: datetime) -> Transition:
    """Have a payer who is present (PRESENT) pay an amount into the balance. Nothing is charged before they do."""
    state = HoldAsked(amount, at, keep_card=keep_card)
    payment = Payment(payment_id, payer.operator_id, payer.driver_id, payer.method, amount.currency, at, state, top_up=TopUp.DRIVER)
    return Transition(payment, (pending_order(payment),))


def check_top_up(amount: Money, rules: WalletRules, balance: Prepaid, top_ups: Sequence[Payment]) -> None:
    """Raises BadInput for an amount that the operator's rules do not allow; top-ups under way count as if they had arrived."""
    if amount.currency != rules.least_load.currency:
        raise BadInput(
            "top_up_currency", "The balance is in {currency}, not {given}.", currency=rules.least_load.currency, given=amount.currency
        )
    if not rules.least_load <= amount <= rules.most_load:
        raise BadInput(
            "top_up_amount",
            "You cannot top up by {amount}.",
            "Give {least} to {most}.",
            amount=amount,
            least=rules.least_load,
            most=rules.most_load,
        )
    if balance.balance + coming(top_ups, amount.currency) + amount > rules.most_balance:
        raise BadInput(
            "top_up_most",
            "With {amount} more, your balance would exceed {most}.",
            "Top up by less.",
            amount=amount,
            most=rules.most_balance,
        )


def check_same_amount(top_up: Payment, amount: Money) -> None:
    """Raises Conflict if the same request was made before with another amount: it is unclear which one is meant."""
    requested = requested_amount(top_up)
    if requested not in (None, amount):
        text = Text("You already started this top-up, for {asked} rather than {amount}.", asked=requested, amount=amount)
        raise Conflict("wish_taken", text, "Check your balance, then start a new one.")


def requested_amount(top_up: Payment) -> Money | None:
    """The amount a top-up was for; None if that is no longer stored, because nobody paid it."""
    match top_up.stage:
        case Charging(amount=amount) | HoldAsked(amount=amount) | AtPayer(amount=amount) | Declined(amount=amount):
            return amount
        case Withdrawing(hold=amount):
            return amount
    return top_up.taken or None


def check_auto_top_up(auto: AutoTopUp, rules: WalletRules) -> None:
    """Raises BadInput for a setting that could never be carried out."""
    if {auto.amount.currency, auto.threshold.currency} != {rules.least_load.currency}:
        raise BadInput("top_up_currency", "The balance is in {currency}.", currency=rules.least_load.currency)
    if not rules.least_load <= auto.amount <= min(rules.most_load, rules.auto_most):
        raise BadInput(
            "top_up_amount",
            "You cannot have automatic top-ups of {amount}.",
            "Give {least} or more.",
            amount=auto.amount,
            least=rules.least_load,
        )
    if auto.threshold.minor < 1 or auto.threshold + auto.amount > rules.most_balance:
        raise BadInput(
            "top_up_threshold",
            "{amount} cannot be the threshold.",
            "Together with the top-up it must not exceed {most}.",
            amount=auto.threshold,
            most=rules.most_balance,
        )


def due_auto_top_up(auto: AutoTopUp, rules: WalletRules, balance: Prepaid, top_ups: Sequence[Payment], at: datetime) -> Money | None:
    """The amount to top up automatically now; None while one is under way or its outcome unknown, or if the day's limit is reached."""
    if not auto.active or auto.amount.currency != balance.balance.currency:
        return None
    expected = balance.balance + coming(top_ups, balance.balance.currency)
    unspent = expected - (balance.spent or Money.zero(expected.currency))
    automatic = [one for one in top_ups if one.top_up is TopUp.AUTO and one.currency == balance.balance.currency]
    if unspent >= auto.threshold or any(one.pending_amount for one in automatic):
        return None
    today = sum((one.taken for one in automatic if one.made_at > at - AUTO_DAY), Money.zero(balance.balance.currency))
    is_allowed = today + auto.amount <= rules.auto_most and expected + auto.amount <= rules.most_balance
    return auto.amount if is_allowed else None


def coming(top_ups: Sequence[Payment], currency: str) -> Money:
    """What is being topped up, or may have been (unknown)."""
    return sum((one.pending_amount for one in top_ups if one.currency == currency), Money.zero(currency))


def pause_auto_top_up(auto: AutoTopUp, reason: str, at: datetime) -> AutoTopUp:
    """The card was refused: nothing more is tried until the driver acts."""
    return replace(auto, paused_at=at, paused_why=reason) if auto.active else auto


def split_refund(top_ups: Sequence[Payment], amount: Money) -> tuple[tuple[Payment, Money], ...]:
    """Split a return of the balance among the cards it came from, newest top-up first.

    Raises Conflict if top-ups cannot return this much right now, because some of them are already being refunded.
    """
    shares, remaining = [], amount
    for one in sorted(top_ups, key=lambda one: (one.made_at, one.id), reverse=True):
        if remaining.minor > 0 and isinstance(one.state, Captured) and one.currency == amount.currency and one.captured.minor > 0:
            share = min(remaining, one.captured)
            shares.append((one, share))
            remaining -= share
    if remaining.minor > 0:
        raise Conflict(
            "return_later",
            "{amount} of it cannot be refunded to a card right now.",
            "Try again once the last refund has gone through.",
            amount=remaining,
        )
    return tuple(shares)
