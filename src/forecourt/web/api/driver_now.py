"""REST for the desk: a driver's current situation, and starting a charge for one who calls."""

from datetime import datetime
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import Struct

from forecourt.drivers import Duty
from forecourt.flows.charging import start_for_driver
from forecourt.kernel import DriverId, EvseId
from forecourt.web.api.charge_items import ChargeItem, ChargeRequest, StartItem, charge_item
from forecourt.web.api.models import Amount, BookingItem, amount, booking_item
from forecourt.web.api.shared import Key, json_answer, to_json
from forecourt.web.frame.idempotency import idempotent, request_digest, scoped_key
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_member, staff_only, visitor_of
from forecourt.web.queries.bookings import booking_view
from forecourt.web.queries.driver_now import driver_now
from forecourt.web.queries.drivers import own_driver


class DebtItem(Struct):
    """number: of the document or the monthly statement. since: when its payment failed or fell due. level: of the last reminder, 0 before
    the first. blocks: no charge starts until it is paid."""

    number: str
    owed: Amount
    since: datetime
    level: int
    blocks: bool


class DriverNowItem(Struct):
    """charges: running ones. bookings: upcoming ones, soonest first. balance: the prepaid balance, and how much of it is free; null if
    there never was any. owed: after failed and late payments. blocked: no charge starts because of it."""

    charges: list[ChargeItem]
    bookings: list[BookingItem]
    balance: Amount | None
    balance_free: Amount | None
    owed: Amount | None
    debts: list[DebtItem]
    blocked: bool


@get("/drivers/{driver_id:uuid}/now", sync_to_thread=True, summary="A driver's current charges, bookings, balance and debts")
def get_driver_now(request: WebRequest, driver_id: FromPath[UUID]) -> DriverNowItem:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        driver, at = own_driver(store, visitor_of(request).operator, DriverId(driver_id)), ports.clock.now()
        seen, standing = driver_now(store, driver.id, at), store.payments.debt_status(driver.id)
        bookings = [booking_item(booking_view(store, one, at)) for one in store.bookings.live_of(driver.id)]
    return DriverNowItem(
        [charge_item(one) for one in seen.charges],
        bookings,
        amount(seen.prepaid.balance) if seen.prepaid else None,
        amount(seen.prepaid.available) if seen.prepaid else None,
        amount(standing.owed) if standing.owed else None,
        [DebtItem(one.number, amount(one.owed), one.since, one.level, one.blocks) for one in seen.debts],
        standing.blocked,
    )


@post("/drivers/{driver_id:uuid}/charges", sync_to_thread=True, status_code=202, summary="Start a charge for a driver")
def start_driver_charge(
    request: WebRequest, driver_id: FromPath[UUID], data: JSONBody[ChargeRequest], key: Key = ""
) -> Response[StartItem]:
    """Follows every rule of the driver's own start and uses the way they pay. The charger is asked as soon as a card has been checked; the
    charge then appears among those in progress.
    """
    by = staff_member(request)
    with (
        ports_of(request).transactions.begin() as store,
        idempotent(store, scoped_key(request, f"start-for/{driver_id}", key), by.at, request_digest(request, data)) as attempt,
    ):
        if attempt.fresh:
            starting = start_for_driver(store, by, DriverId(driver_id), EvseId(data.evse))
            attempt.answer = to_json(StartItem(data.evse, "holding" if starting.waits else "starting"))
    return json_answer(attempt.answer, 202)


routes = Router(
    "/api/v1", tags=["Drivers"], guards=[staff_only], route_handlers=[get_driver_now, start_driver_charge], opt={"duty": Duty.SITES}
)
