"""The prepaid balance: a driver loads it by card and charges are paid from it. Its money lies in the ledger, nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.kernel import BadInput, Conflict, DriverId, Money, OperatorId, PaymentId, Text, minor_digits
from forecourt.payments.model import AtPayer, Captured, Charging, Declined, HoldAsked, Payment, TopUp, Withdrawing
from forecourt.payments.moves import Moved, Payer, order_of
from forecourt.payments.orders import Accepted
from forecourt.payments.outcomes import answered

# A charge that takes longer than this is paid without its hold.
HOLD_LIFE = timedelta(days=7)
# Over what time the operator's limit for automatic top-ups counts.
AUTO_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class WalletRules:
    """An operator's, all in one currency. least_start: with less a driver without a card cannot start a charge.

    auto_most: what automatic top-ups may take from one driver in 24 hours.
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
        """10 to 250 a top-up, 500 at most, 5 to start, 150 a day by itself; hundreds of those where there are no cents."""
        unit = 10 ** (minor_digits(currency) or 2)
        return cls(*(Money(unit * amount, currency) for amount in (10, 250, 500, 5, 150)))


@dataclass(frozen=True, slots=True)
class AutoTopUp:
    """A driver's wish: below `threshold` take `amount` from the stored card. paused_at: the card said no; the driver must look."""

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
    """What a driver has paid ahead in one currency. held: kept for running charges and refunds on their way. spent: by a charge that
    runs, where that is looked at."""

    balance: Money
    held: Money
    spent: Money | None = None

    @property
    def available(self) -> Money:
        """Never below zero, also where the bank took a top-up back while a charge was running."""
        left = self.balance - self.held
        return left if left.minor > 0 else Money.zero(left.currency)

    def spendable(self, hold: Money) -> Money:
        """What a charge that holds an amount may take: nothing of what others hold, and never more than there is."""
        return max(min(self.balance, self.available + hold), Money.zero(hold.currency))


def at_once(moved: Moved, at: datetime) -> Moved:
    """A move of a payment from the balance, carried out: the balance is ours, so it answers in the same commit."""
    payment, orders, txns = moved.payment, list(moved.orders), moved.txns
    while orders:
        step = answered(payment, orders.pop(0), Accepted(payment.method, at, at + HOLD_LIFE), at)
        payment, txns = step.payment, txns + step.txns
        orders += step.orders
    return Moved(payment, txns=txns)


def load(payer: Payer, payment_id: PaymentId, amount: Money, by: TopUp, at: datetime) -> Moved:
    """Take an amount from the stored method for the balance. It is there once the processor says so, and not before."""
    payment = Payment(payment_id, payer.operator_id, payer.driver_id, payer.method, amount.currency, at, Charging(amount, at), top_up=by)
    return Moved(payment, (order_of(payment),))


def load_at_page(payer: Payer, payment_id: PaymentId, amount: Money, keep_card: bool, at: datetime) -> Moved:
    """Have a payer who is at hand (PRESENT) pay an amount into the balance. Nothing is taken before they do."""
    state = HoldAsked(amount, at, keep_card=keep_card)
    payment = Payment(payment_id, payer.operator_id, payer.driver_id, payer.method, amount.currency, at, state, top_up=TopUp.DRIVER)
    return Moved(payment, (order_of(payment),))


def check_load(amount: Money, rules: WalletRules, has: Prepaid, top_ups: Sequence[Payment]) -> None:
    """Raises BadInput for an amount the operator does not take; what is on its way counts as if it were there."""
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
    if has.balance + coming(top_ups, amount.currency) + amount > rules.most_balance:
        raise BadInput(
            "top_up_most",
            "With {amount} more, your balance would exceed {most}.",
            "Top up by less.",
            amount=amount,
            most=rules.most_balance,
        )


def check_same(top_up: Payment, amount: Money) -> None:
    """Raises Conflict where a wish was told before, of another amount: it is not known which one is meant."""
    asked = asked_for(top_up)
    if asked not in (None, amount):
        text = Text("You already started this top-up, for {asked} rather than {amount}.", asked=asked, amount=amount)
        raise Conflict("wish_taken", text, "Check your balance, then start a new one.")


def asked_for(top_up: Payment) -> Money | None:
    """What a top-up was to load; None where that is not kept any more, because nobody paid it."""
    match top_up.stage:
        case Charging(amount=amount) | HoldAsked(amount=amount) | AtPayer(amount=amount) | Declined(amount=amount):
            return amount
        case Withdrawing(hold=amount):
            return amount
    return top_up.taken or None


def check_auto(auto: AutoTopUp, rules: WalletRules) -> None:
    """Raises BadInput for a wish that could never be followed."""
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


def due_load(auto: AutoTopUp, rules: WalletRules, has: Prepaid, top_ups: Sequence[Payment], at: datetime) -> Money | None:
    """What is to be loaded by itself now; None while one is on its way, its fate is not known, or the day's limit is reached."""
    if not auto.active or auto.amount.currency != has.balance.currency:
        return None
    expected = has.balance + coming(top_ups, has.balance.currency)
    left = expected - (has.spent or Money.zero(expected.currency))
    automatic = [one for one in top_ups if one.top_up is TopUp.AUTO and one.currency == has.balance.currency]
    if left >= auto.threshold or any(one.asked for one in automatic):
        return None
    today = sum((one.taken for one in automatic if one.made_at > at - AUTO_DAY), Money.zero(has.balance.currency))
    fits = today + auto.amount <= rules.auto_most and expected + auto.amount <= rules.most_balance
    return auto.amount if fits else None


def coming(top_ups: Sequence[Payment], currency: str) -> Money:
    """What is being loaded, or may have been (unknown)."""
    return sum((one.asked for one in top_ups if one.currency == currency), Money.zero(currency))


def paused(auto: AutoTopUp, why: str, at: datetime) -> AutoTopUp:
    """The card said no: nothing more is tried until the driver has looked."""
    return replace(auto, paused_at=at, paused_why=why) if auto.active else auto


def shares_of_return(top_ups: Sequence[Payment], amount: Money) -> tuple[tuple[Payment, Money], ...]:
    """How an amount of the balance goes back to the cards it came from: the newest top-up first.

    Raises Conflict where top-ups cannot give so much back at this moment, because some of them are being refunded already.
    """
    shares, left = [], amount
    for one in sorted(top_ups, key=lambda one: (one.made_at, one.id), reverse=True):
        if left.minor > 0 and isinstance(one.state, Captured) and one.currency == amount.currency and one.captured.minor > 0:
            share = min(left, one.captured)
            shares.append((one, share))
            left -= share
    if left.minor > 0:
        raise Conflict(
            "return_later",
            "{amount} of it cannot be refunded to a card right now.",
            "Try again once the last refund has gone through.",
            amount=left,
        )
    return tuple(shares)
