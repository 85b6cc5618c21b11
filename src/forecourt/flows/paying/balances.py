"""What a driver has paid ahead, read from the ledger."""

from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DriverId, Money, OperatorId
from forecourt.ledger import held_on_wallet, wallet
from forecourt.payments import Payment, Prepaid


def prepaid(store: Store, operator_id: OperatorId, driver_id: DriverId, currency: str) -> Prepaid:
    balance = -store.ledger.balance(operator_id, wallet(driver_id), currency)
    held = store.ledger.balance(operator_id, held_on_wallet(driver_id), currency)
    return Prepaid(Money(balance, currency), Money(held, currency))


def check_currency(store: Store, operator_id: OperatorId, currency: str) -> None:
    """currency: of a place where a balance is too little, and no card stands behind it. Raises Conflict where it can be loaded in another
    one alone."""
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
    """Of a top-up goes back what of the balance is still there. Locks the balance; raises BadInput."""
    store.wallets.lock(top_up.driver_id)
    has = prepaid(store, top_up.operator_id, top_up.driver_id, top_up.currency)
    if amount > has.available:
        raise BadInput(
            "return_above_balance",
            "{amount} is more than the {free} available.",
            "The rest was charged for.",
            amount=amount,
            free=has.available,
        )
