"""Stored cards: a driver adds one at the processor's page, chooses the default, removes one. For people and for programs."""

from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.exceptions import ServiceUnavailableException
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.flows.desk import operator_zone
from forecourt.flows.paying import apply_setup_record, begin_setup, cards_of, make_default, own_setup, remove_card, store_setup_page
from forecourt.flows.ports import CardSetupService, Store
from forecourt.kernel import Conflict, DriverId, NotFound, Text
from forecourt.payments import CardSetup, SetupRecord
from forecourt.web.frame.responses import WebRequest, page, redirect_to, safe_path
from forecourt.web.frame.visitor import ports_of, service_url, signed_in, visitor_of
from forecourt.web.queries.refusals import decline_text

_HOME = "/cards"
_UNREACHABLE = Text("We cannot reach the card processor. Nothing was stored. Try again in a minute.")


class CardItem(Struct):
    """expires: "2027-03", empty if unknown. default: used for charges, top-ups and debts."""

    id: str
    name: str
    brand: str
    last4: str
    expires: str
    expired: bool
    default: bool


class CardForm(Struct):
    """back: the page whose driver lacked a card, to go on with."""

    back: str = _HOME


class SetupItem(Struct):
    """page: where the driver enters the card. state: open, stored or refused. card: the stored one's id."""

    id: str
    page: str
    state: str
    card: str
    refusal: str


@get("/cards", sync_to_thread=True)
def cards(request: WebRequest, back: FromQuery[str] = _HOME) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        items = _items(store, visitor_of(request).require_driver(), ports_of(request).clock.now())
    may_add = ports_of(request).card_desk is not None
    return page(request, "driver/cards.html", cards=items, may_add=may_add, back=safe_path(back), tab="account")


@post("/cards", sync_to_thread=True, status_code=303)
def add(request: WebRequest, data: URLEncodedBody[CardForm]) -> Redirect:
    """Redirect to our page that leads to the processor's, as our forms may not redirect to other sites (form-action)."""
    query = "" if data.back == _HOME else f"?back={quote(safe_path(data.back), safe='')}"
    return redirect_to(request, f"/cards/setups/{_begin_setup(request, query).id}{query}")


@get("/cards/setups/{setup_id:uuid}", sync_to_thread=True)
def setup_page(request: WebRequest, setup_id: FromPath[UUID], back: FromQuery[str] = _HOME) -> Response[Any]:
    """Leads to the processor's page, which returns here. It can be opened any number of times. With a card stored, the driver goes on where
    they lacked one."""
    setup = _refreshed_setup(request, setup_id)
    if setup.card_id is not None:
        return redirect_to(request, safe_path(back), "card_stored")
    refusal = decline_text(setup.refusal)
    return page(request, "driver/card_setup.html", setup=setup, refusal=refusal, back=safe_path(back), tab="account")


@post("/cards/{card_id:uuid}/default", sync_to_thread=True, status_code=303)
def choose(request: WebRequest, card_id: FromPath[UUID]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        make_default(store, visitor_of(request).require_driver(), card_id)
    return redirect_to(request, _HOME, "card_default")


@get("/cards/{card_id:uuid}/remove", sync_to_thread=True)
def remove_page(request: WebRequest, card_id: FromPath[UUID]) -> Response[str]:
    """Preview the effect of removing it."""
    with ports_of(request).transactions.begin() as store:
        items = _items(store, visitor_of(request).require_driver(), ports_of(request).clock.now())
    card = next((one for one in items if one.id == str(card_id)), None)
    if card is None:
        raise NotFound("card", "You have no such card.")
    return page(request, "driver/card_remove.html", card=card, others=len(items) > 1, tab="account")


@post("/cards/{card_id:uuid}/remove", sync_to_thread=True, status_code=303)
def remove(request: WebRequest, card_id: FromPath[UUID]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        remove_card(store, visitor_of(request).require_driver(), card_id)
    return redirect_to(request, _HOME, "card_removed")


@get("/", sync_to_thread=True, guards=[signed_in], summary="Your stored cards")
def list_cards(request: WebRequest) -> list[CardItem]:
    with ports_of(request).transactions.begin() as store:
        return list(_items(store, visitor_of(request).require_driver(), ports_of(request).clock.now()))


@post("/", sync_to_thread=True, status_code=202, guards=[signed_in], summary="Add a card")
def add_card(request: WebRequest) -> SetupItem:
    """Send the driver to `page`, then check the status of the setup."""
    return _setup_item(_begin_setup(request))


@get("/setups/{setup_id:uuid}", sync_to_thread=True, guards=[signed_in], summary="Status of adding a card")
def get_card_setup(request: WebRequest, setup_id: FromPath[UUID]) -> SetupItem:
    return _setup_item(_refreshed_setup(request, setup_id))


@put("/{card_id:uuid}/default", sync_to_thread=True, guards=[signed_in], summary="Make a card the default")
def set_default_card(request: WebRequest, card_id: FromPath[UUID]) -> list[CardItem]:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        make_default(store, driver_id, card_id)
        return list(_items(store, driver_id, ports_of(request).clock.now()))


@delete("/{card_id:uuid}", sync_to_thread=True, status_code=200, guards=[signed_in], summary="Remove a card")
def delete_card(request: WebRequest, card_id: FromPath[UUID]) -> list[CardItem]:
    """Refused while money is held on it, or it is the only one and something is owed."""
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        remove_card(store, driver_id, card_id)
        return list(_items(store, driver_id, ports_of(request).clock.now()))


def _begin_setup(request: WebRequest, query: str = "") -> CardSetup:
    """The setup is stored before the processor is called, and its page afterwards. query: of the address to which the processor returns."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    desk = _card_setup(request)
    with ports.transactions.begin() as store:
        setup = begin_setup(store, driver_id, ports.clock.now(), ports.ids)
        currency = store.stations.operator(setup.operator_id).currency
    try:
        provider_setup = desk.begin(setup.id, currency, f"{service_url(request)}/cards/setups/{setup.id}{query}")
    except ConnectionError as error:
        raise ServiceUnavailableException(_UNREACHABLE) from error
    with ports.transactions.begin() as store:
        return store_setup_page(store, setup, provider_setup)


def _refreshed_setup(request: WebRequest, setup_id: UUID) -> CardSetup:
    """The setup in its present state at the processor; if that cannot be reached, as stored."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        setup = own_setup(store, driver_id, setup_id)
    record = _processor_record(request, setup)
    if record is None:
        return setup
    with ports.transactions.begin() as store:
        return apply_setup_record(store, record, ports.clock.now(), ports.ids)


def _processor_record(request: WebRequest, setup: CardSetup) -> SetupRecord | None:
    desk = ports_of(request).card_desk
    if desk is None or setup.card_id is not None or not setup.reference:
        return None
    try:
        return desk.fetch_record(setup)
    except ConnectionError:
        return None


def _card_setup(request: WebRequest) -> CardSetupService:
    desk = ports_of(request).card_desk
    if desk is None:
        raise Conflict("no_card_desk", "You cannot add cards here.", "Ask the operator.")
    return desk


def _items(store: Store, driver_id: DriverId, at: datetime) -> tuple[CardItem, ...]:
    driver = store.drivers.driver(driver_id)
    chosen, today = driver.payment_method, at.astimezone(operator_zone(store, driver.operator_id)).date()
    return tuple(
        CardItem(
            id=str(one.id),
            name=one.name,
            brand=one.brand,
            last4=one.last4,
            expires=f"{one.year}-{one.month:02d}" if one.year else "",
            expired=one.expired(today),
            default=one.method == chosen,
        )
        for one in cards_of(store, driver_id)
    )


def _setup_item(setup: CardSetup) -> SetupItem:
    state = "stored" if setup.card_id else "refused" if setup.refusal else "open"
    return SetupItem(str(setup.id), setup.page, state, str(setup.card_id or ""), setup.refusal)


routes = Router("/", guards=[signed_in], route_handlers=[cards, add, setup_page, choose, remove_page, remove])
api_routes = Router(
    "/api/v1/cards", tags=["Cards and mandates"], route_handlers=[list_cards, add_card, get_card_setup, set_default_card, delete_card]
)
