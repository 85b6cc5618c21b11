"""REST for starting a charge from an app: requested, and followed until the charge runs or has failed."""

from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.params import JSONBody
from litestar.response import Response

from forecourt.flows import charging
from forecourt.flows.charging import pending_start, recheck_start
from forecourt.flows.ports import Store
from forecourt.kernel import Conflict, EvseId, NotFound
from forecourt.payments import AtPayer
from forecourt.web.api.charge_items import StartItem, StartProgress, StartRequest
from forecourt.web.api.models import amount
from forecourt.web.api.shared import Key, json_answer, to_json
from forecourt.web.frame.idempotency import idempotent, request_digest, scoped_key
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, service_url, signed_in, visitor_of
from forecourt.web.queries.start_progress import start_view


@post("/charges", sync_to_thread=True, status_code=202, guards=[signed_in], summary="Start a charge")
def start_charge(request: WebRequest, data: JSONBody[StartRequest], key: Key = "") -> Response[StartItem]:
    """The charger is asked as soon as the card has been checked: follow it at GET /start. The charge then appears under its own id in GET
    /charges.
    """
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now, by_page = ports.clock.now(), data.by == "page"
    if by_page and ports.payment_events is None:
        raise Conflict("no_processor", "Card payments are not available here.", "Ask the operator.")
    with (
        ports.transactions.begin() as store,
        idempotent(store, scoped_key(request, "start", key), now, request_digest(request, data)) as step,
    ):
        if step.fresh:
            starting = charging.start_charge(store, driver_id, store.stations.evse(EvseId(data.evse)), now, ports.ids, by_page)
            step.answer = to_json(StartItem(data.evse, "holding" if starting.waits else "starting"))
    return json_answer(step.answer, 202)


@get("/start", sync_to_thread=True, guards=[signed_in], summary="Status of your last start, until its charge begins")
def get_start(request: WebRequest) -> StartProgress:
    """404 (`start`) once its charge is in progress, or some time after it failed; also if nothing had to be held: then only the charge is
    shown, in GET /charges.
    """
    with ports_of(request).transactions.begin() as store:
        return _progress(request, store)


@post(
    "/start/look-ups",
    sync_to_thread=True,
    status_code=202,
    guards=[signed_in],
    summary="Read the processor's record when the driver returns",
)
def refresh_start(request: WebRequest) -> StartProgress:
    """In case the processor's own notification is late or lost. Then check the status again."""
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        recheck_start(store, visitor_of(request).require_driver(), ports.clock.now(), ports.ids)
        return _progress(request, store)


def _progress(request: WebRequest, store: Store) -> StartProgress:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    payment, view = pending_start(store, driver_id, now), start_view(store, driver_id, now)
    if payment is None or view is None:
        raise NotFound("start", "You have no start in progress.", "Charges in progress are in GET /charges.")
    secret = payment.state.secret if isinstance(payment.state, AtPayer) else ""
    ours = f"{service_url(request)}/charge"
    page = f"{view.page}&back={quote(f'{ours}?back=1', safe='')}" if view.page else f"{ours}/card"
    return StartProgress(
        evse=view.evse_id,
        site=view.site_slug,
        bay=view.bay,
        state=view.step,
        amount=amount(view.amount),
        balance=view.balance,
        until=view.until,
        page=page if view.step == "pay" else "",
        client_secret=secret,
        publishable_key=ports.card_key if secret else "",
        why=view.why,
    )


handlers: list[Any] = [start_charge, get_start, refresh_start]
