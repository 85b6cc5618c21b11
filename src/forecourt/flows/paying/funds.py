"""Whether a card shown at a charger has money behind it. Without, the charge would be an unsecured debt."""

from datetime import datetime

from forecourt.drivers import Driver, PayBy, Token
from forecourt.flows.paying.balances import prepaid
from forecourt.flows.paying.deposits import reserved_from_balance, use_for_charge
from forecourt.flows.paying.pay import assign_hold
from forecourt.flows.paying.wallet import hold_balance_for_session
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids
from forecourt.reservations import Booking
from forecourt.sessions import Session
from forecourt.stations import Evse


def secure_charge(store: Store, session: Session, evse: Evse, booking: Booking | None, at: datetime, ids: Ids) -> None:
    """A charge has begun: what was held for it, or for its booking, becomes its own; a balance may need a further hold."""
    assign_hold(store, session)
    hold_balance_for_session(store, session, evse, at, ids)
    use_for_charge(store, session, booking)


def has_funds(store: Store, token: Token, starting: bool, at: datetime, currency: str | None = None) -> bool:
    """Whether there is a stored method, a monthly account or, for drivers who pay by it, a prepaid balance in the place's currency with
    the operator's minimum free to start on.

    App and guest tokens are only ever sent by us, once money is held; roaming is settled with the partner. starting: the token is to
    begin a charge; otherwise a driver who is already charging is accepted, because the card also ends that charge.
    """
    if not token.is_physical:
        return True
    driver = store.drivers.driver(token.driver_id)
    return can_pay(store, driver, at, currency) or (not starting and bool(store.sessions.open_of(driver.id)))


def can_pay(store: Store, driver: Driver, at: datetime, currency: str | None = None) -> bool:
    """Whether a charge this driver began now would be paid, as far as can be known. currency: of the place; None: that of the balances.
    In another currency there is no minimum: what is left of such a balance pays as far as it goes."""
    if driver.pay_by is PayBy.ACCOUNT or driver.payment_method:
        return True
    if driver.pay_by is PayBy.CARD:
        return False  # the last card was removed, or there never was one: nobody would pay
    min_balance = store.wallets.rules(driver.operator_id).least_start
    available = prepaid(store, driver.operator_id, driver.id, currency or min_balance.currency).available
    booked = reserved_from_balance(store, driver.id, at)  # the charge will use this
    free = available + booked if booked and booked.currency == available.currency else available
    return free >= min_balance if free.currency == min_balance.currency else free.minor > 0
