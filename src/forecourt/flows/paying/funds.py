"""Is there money behind a card that is shown at a charger? Without, the charge would be a debt that nothing secures."""

from datetime import datetime

from forecourt.drivers import Driver, PayBy, Token
from forecourt.flows.paying.balances import prepaid
from forecourt.flows.paying.deposits import set_aside_now, use_for_charge
from forecourt.flows.paying.pay import assign_hold
from forecourt.flows.paying.wallet import hold_running
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids
from forecourt.reservations import Booking
from forecourt.sessions import Session
from forecourt.stations import Evse


def secure_charge(store: Store, session: Session, evse: Evse, booking: Booking | None, at: datetime, ids: Ids) -> None:
    """A charge has begun: what was held for it, or for its booking, is its own now; from a balance more may have to be held."""
    assign_hold(store, session)
    hold_running(store, session, evse, at, ids)
    use_for_charge(store, session, booking)


def has_funds(store: Store, token: Token, starting: bool, at: datetime, currency: str | None = None) -> bool:
    """A stored method, a monthly account, or, for who pays by it, a prepaid balance with the operator's least to start free on it, in the
    currency of the place.

    An app's or a guest's token is shown by us alone, once money was held; roaming is settled with the partner. starting: a
    charge is being begun with it; else who is charging already is let through, because the card ends that charge too.
    """
    if not token.carried:
        return True
    driver = store.drivers.driver(token.driver_id)
    return can_pay(store, driver, at, currency) or (not starting and bool(store.sessions.open_of(driver.id)))


def can_pay(store: Store, driver: Driver, at: datetime, currency: str | None = None) -> bool:
    """Whether a charge that this driver began now would be paid, as far as can be known before. currency: of the place; None: the one
    balances are loaded in. In another one there is no least: what is left of such a balance pays as far as it goes."""
    if driver.pay_by is PayBy.ACCOUNT or driver.payment_method:
        return True
    if driver.pay_by is PayBy.CARD:
        return False  # the last card was removed, or none was ever stored: nobody would pay
    least = store.wallets.rules(driver.operator_id).least_start
    available = prepaid(store, driver.operator_id, driver.id, currency or least.currency).available
    booked = set_aside_now(store, driver.id, at)  # its charge will have it
    free = available + booked if booked and booked.currency == available.currency else available
    return free >= least if free.currency == least.currency else free.minor > 0
