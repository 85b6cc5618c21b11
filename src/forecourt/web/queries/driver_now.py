"""A driver's current situation: charges, a start, the queue, upcoming bookings, the balance and debts."""

from datetime import datetime

from forecourt.drivers import Driver, TokenKind
from forecourt.flows.paying import prepaid
from forecourt.flows.ports import PageRequest, Store
from forecourt.kernel import DriverId, Money
from forecourt.ledger import overdrawn, wallet
from forecourt.payments import Prepaid
from forecourt.web.queries.bookings import booking_on_board
from forecourt.web.queries.charges import running_of
from forecourt.web.queries.drivers import refusal_reason
from forecourt.web.queries.start_progress import start_view
from forecourt.web.views.driver_now import DriverNow, QueuePlace

_NEXT = 3


def driver_now(store: Store, driver_id: DriverId, now: datetime) -> DriverNow:
    driver = store.drivers.driver(driver_id)
    operator = store.stations.operator(driver.operator_id)
    currency = store.wallets.rules(operator.id).least_load.currency
    live_bookings = store.bookings.live_of(driver_id)
    balance = prepaid(store, operator.id, driver_id, currency)
    return DriverNow(
        charges=running_of(store, driver_id, now),
        start=start_view(store, driver_id, now),
        queue=_place(store, driver_id),
        upcoming=tuple(booking_on_board(store, one, now) for one in live_bookings[:_NEXT]),
        more_upcoming=max(0, len(live_bookings) - _NEXT),
        recent=tuple(booking_on_board(store, one, now) for one in store.bookings.past_of(driver_id, PageRequest(limit=_NEXT)).rows),
        prepaid=balance if _ever(store, driver_id, balance) else None,
        account=wallet(driver_id).name,
        overdrawn=Money(store.ledger.balance(operator.id, overdrawn(driver_id), currency), currency),
        debts=tuple(one for one in store.dunning.of_driver(driver_id) if one.open),
        zone=operator.zone,
        app_refused=_app_refused(store, driver, now),
    )


def _ever(store: Store, driver_id: DriverId, balance: Prepaid) -> bool:
    return bool(balance.balance or balance.held or store.payments.top_ups(driver_id, 1))


def _place(store: Store, driver_id: DriverId) -> QueuePlace | None:
    ticket = store.queue.live_of(driver_id)
    if ticket is None:
        return None
    site = store.stations.site(ticket.site_id)
    return QueuePlace(site.name, site.slug, ticket.kind, ticket.called_to is not None)


def _app_refused(store: Store, driver: Driver, now: datetime) -> str | None:
    app = next((one for one in store.drivers.tokens_of(driver.id) if one.kind is TokenKind.APP), None)
    return refusal_reason(store, app, driver, now) if app else None
