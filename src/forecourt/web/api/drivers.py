"""REST for an operator's drivers and their cards, for the operator's own programs: the flows and the log of the console."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Response
from msgspec import Meta, Struct

from forecourt.drivers import Driver, Duty, PayBy
from forecourt.flows.charging import move_card
from forecourt.flows.desk import DriverAccountRequest, assign_card, block_card_by_api, enrol_driver, rename_driver
from forecourt.flows.paying import set_driver_pay_by
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId
from forecourt.web.api.pagination import PAGINATED, PageQuery, page_response
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_member, staff_only, visitor_of
from forecourt.web.people.drivers import invitation
from forecourt.web.queries.drivers import drivers_found, own_driver


class DriverRequest(Struct, forbid_unknown_fields=True):
    """language: of messages and receipts."""

    name: Annotated[str, Meta(max_length=100)]
    email: Annotated[str, Meta(max_length=254)]
    pay_by: PayBy = PayBy.ACCOUNT
    language: Literal["en", "de", "fr", "nl", "es"] = "en"


class DriverUpdateRequest(Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=100)]
    pay_by: PayBy


class DriverCardRequest(Struct, forbid_unknown_fields=True):
    """label: the driver's name for it. blocked: it starts no charges, and the driver cannot change that."""

    label: Annotated[str, Meta(max_length=40)] = ""
    blocked: bool = False


class DriverCardItem(Struct):
    uid: str
    label: str
    blocked: bool


class DriverItem(Struct):
    """cards: RFID cards, and contracts of cars (Plug and Charge) as EMAID: and the id. invitation: the address at which a newly enrolled
    driver chooses a password: returned once, to be passed on to them only."""

    id: UUID
    name: str
    email: str
    pay_by: PayBy
    cards: list[DriverCardItem]
    invitation: str | None = None


@get("/drivers", sync_to_thread=True, **PAGINATED, summary="Your drivers: by name, email address or card")
def list_drivers(request: WebRequest, part: PageQuery, words: FromQuery[str] = "") -> Response[list[DriverItem]]:
    """words: in the name or email address, or a card number. Latest first."""
    with ports_of(request).transactions.begin() as store:
        found = drivers_found(store, visitor_of(request).operator, words[:100], part.newest(50))
        return page_response(request, found, lambda one: _item(store, store.drivers.driver(DriverId(UUID(one.id)))))


@post("/drivers", sync_to_thread=True, summary="Add a driver")
def add_driver(request: WebRequest, data: JSONBody[DriverRequest]) -> Response[DriverItem]:
    """Refused (409) if the email address already has an account."""
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        wanted = DriverAccountRequest(by.operator_id, data.name, data.email, "", data.language, data.pay_by)
        account = enrol_driver(store, by, wanted)
        assert account.driver_id is not None  # noqa: S101 - a driver's account has a driver
        made = _item(store, store.drivers.driver(account.driver_id))
    made.invitation = invitation(request, account)
    return Response(made, status_code=201, headers={"cache-control": "no-store"})


@get("/drivers/{driver_id:uuid}", sync_to_thread=True, summary="One of your drivers")
def get_driver(request: WebRequest, driver_id: FromPath[UUID]) -> DriverItem:
    with ports_of(request).transactions.begin() as store:
        return _item(store, own_driver(store, visitor_of(request).operator, DriverId(driver_id)))


@put("/drivers/{driver_id:uuid}", sync_to_thread=True, summary="Change a driver's name and how they pay")
def update_driver(request: WebRequest, driver_id: FromPath[UUID], data: JSONBody[DriverUpdateRequest]) -> DriverItem:
    """For bills and charges from now on. Refused (409) while a charge is in progress or money is held, and if a fleet pays."""
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        rename_driver(store, by, DriverId(driver_id), data.name)
        return _item(store, set_driver_pay_by(store, by, DriverId(driver_id), data.pay_by))


@put("/drivers/{driver_id:uuid}/cards/{uid:str}", sync_to_thread=True, summary="Give a driver a card, or name, block or unblock it")
def set_driver_card(request: WebRequest, driver_id: FromPath[UUID], uid: FromPath[str], data: JSONBody[DriverCardRequest]) -> DriverItem:
    """The same request again changes nothing. Refused (409) if the card belongs to someone else. A blocked card starts nothing; a charge
    in progress continues. A card blocked by a dispute stays blocked: a person unblocks it on the driver's page.
    """
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        token = assign_card(store, by, DriverId(driver_id), uid, data.label)
        block_card_by_api(store, by, DriverId(driver_id), token.uid, data.blocked)
        return _item(store, store.drivers.driver(DriverId(driver_id)))


@post("/drivers/{driver_id:uuid}/cards/{uid:str}/move", sync_to_thread=True, status_code=200, summary="Move a card from another driver")
def move_driver_card(request: WebRequest, driver_id: FromPath[UUID], uid: FromPath[str]) -> DriverItem:
    """Earlier charges with it stay with the previous driver. Refused (409) while they are charging with it or have a bay reserved."""
    with ports_of(request).transactions.begin() as store:
        move_card(store, staff_member(request), DriverId(driver_id), uid, "")
        return _item(store, store.drivers.driver(DriverId(driver_id)))


def _item(store: Store, driver: Driver) -> DriverItem:
    tokens = [one for one in store.drivers.tokens_of(driver.id) if one.is_physical]
    cards = [DriverCardItem(one.uid, one.label, one.blocked) for one in tokens]
    return DriverItem(driver.id, driver.name, driver.email, driver.pay_by, cards)


routes = Router(
    "/api/v1",
    tags=["Drivers"],
    guards=[staff_only],
    route_handlers=[list_drivers, add_driver, get_driver, update_driver, set_driver_card, move_driver_card],
    opt={"duty": Duty.SITES},
)
