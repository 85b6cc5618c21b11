"""A driver's prepaid balance, read from the ledger."""

from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DriverId, Money, OperatorId
from forecourt.ledger import held_on_wallet, wallet
from forecourt.payments import Payment, Prepaid


def prepaid(store: Store, operator_id: OperatorId, driver_id: DriverId, currency: str) -> Prepaid:
    balance = -store.ledger.balance(operator_id, wallet(driver_id), currency)
    held = store.ledger.balance(operator_id, held_on_wallet(driver_id), currency)
    return Prepaid(Money(balance, currency), Money(held, currency))


def check_currency(store: Store, operator_id: OperatorId, currency: str) -> None:
    """Check that a balance could be topped up in this currency, that of a place where it is too low and no card backs it. Raises
    Conflict if it can only be topped up in another one."""
    loaded_in = store.wallets.rules(operator_id).least_load.currency
    if loaded_in != currency:
        raise Conflict(
            "balance_currency",
            "Your balance is in {currency} and this place charges in {other}, so you cannot pay with it here.",
            "Store a card under Cards.",
            currency=loaded_in,
            other=currency,
        )


def check_unspent(store: Store, top_up: Payment, amount: Money) -> None:
    """Check that the balance still covers this refund of a top-up. Locks the balance; raises BadInput."""
    store.wallets.lock(top_up.driver_id)
    balance = prepaid(store, top_up.operator_id, top_up.driver_id, top_up.currency)
    if amount > balance.available:
        raise BadInput(
            "return_above_balance",
            "{amount} is more than the {free} available.",
            "The rest was charged for.",
            amount=amount,
            free=balance.available,
        )
